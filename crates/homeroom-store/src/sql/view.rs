//! What a route selects, as conditions (rest.md 1.5).

use super::filter::parent_column;
use super::{Bind, Builder, col, concat, literal};
use crate::schema::{Content, HELD_ROLES, SEPARATOR, column};
use oneroster::model::{Entity, Kind, Role, Version, View};
use sea_query::{Expr, ExprTrait, SelectStatement, UnionType};

impl Builder<'_> {
    /// A view as a condition on the table `alias`.
    pub(super) fn view(&mut self, view: View, entity: &'static Entity, alias: &str) -> Expr {
        match view {
            View::Typed(word) => col(alias, "type").eq(Expr::val(word)),
            View::Holds(role) => self.holds_role(role, alias),
            View::Refers(field, parent) => self.refers(field, parent, entity, alias),
            View::EnrolledIn(class, role) => {
                let users = self.enrolled("user", &[("class", class)], Some(role));
                col(alias, "rid").in_subquery(users)
            }
            View::ClassOf(user, role) => {
                let classes = self.enrolled("class", &[("user", user)], role);
                col(alias, "rid").in_subquery(classes)
            }
            View::AtSchool(school, role) => {
                let mut users = self.with_role_at(school, role);
                let enrolled = self.enrolled("user", &[("school", school)], Some(role));
                users.union(UnionType::Distinct, enrolled);
                col(alias, "rid").in_subquery(users)
            }
            View::CourseAt(school) => {
                let owner = self.bind(Bind::Parent(school));
                let courses = self.field_of(Kind::Class, "course", "school", school);
                col(alias, "org").eq(owner).or(col(alias, "rid").in_subquery(courses))
            }
            View::SessionAt(school) => self.session_at(school, alias),
            View::Below(session) => self.below(session, entity, alias),
            View::Attached(link, parent) => {
                let by = parent_column(link.entity());
                let resources = self.field_of(link, "resource", by, parent);
                col(alias, "rid").in_subquery(resources)
            }
            View::GradedIn(class) => {
                let items = self.field_of(Kind::LineItem, "rid", "class", class);
                col(alias, "lineItem").in_subquery(items)
            }
            View::UsedIn(class) => {
                let categories = self.field_of(Kind::LineItem, "category", "class", class);
                let any = self.field_of(Kind::LineItem, "category", "class", class);
                col(alias, "rid").in_subquery(categories).or(Expr::exists(any).not())
            }
        }
    }

    /// 1.1 knows one role of a person, 1.2 all that are live.
    fn holds_role(&mut self, role: Role, alias: &str) -> Expr {
        match self.shape.version {
            Version::V1P1 => col(alias, "role").eq(Expr::val(role.word())),
            Version::V1P2 => {
                let item = Expr::val(format!("{SEPARATOR}{}{SEPARATOR}", role.word()));
                self.holds(col(alias, HELD_ROLES), item)
            }
        }
    }

    fn refers(&mut self, field: &'static str, parent: usize, entity: &'static Entity, alias: &str) -> Expr {
        let list = column(entity.kind, entity.at(field)).is_some_and(|c| c.content == Content::Ids);
        if list {
            let item = self.bind(Bind::ParentItem(parent));
            self.holds(col(alias, field), item)
        } else {
            let rid = self.bind(Bind::Parent(parent));
            col(alias, field).eq(rid)
        }
    }

    /// One side of the enrollments that name the parents on the other. A
    /// delta lists who left by a tombstoned enrollment, too.
    fn enrolled(&mut self, side: &str, parents: &[(&str, usize)], role: Option<Role>) -> SelectStatement {
        let rows = format!("e{}", self.binds.len());
        let mut select = SelectStatement::new();
        select.expr(col(&rows, side));
        self.from(&mut select, Kind::Enrollment.entity(), &rows);
        for (field, parent) in parents {
            let rid = self.bind(Bind::Parent(*parent));
            select.and_where(col(&rows, field).eq(rid));
        }
        if let Some(role) = role {
            select.and_where(col(&rows, "role").eq(Expr::val(role.word())));
        }
        self.live(&mut select, &rows);
        select
    }

    fn with_role_at(&mut self, school: usize, role: Role) -> SelectStatement {
        let rows = format!("r{}", self.binds.len());
        let mut select = SelectStatement::new();
        select.expr(col(&rows, "user"));
        self.from(&mut select, Kind::Role.entity(), &rows);
        let rid = self.bind(Bind::Parent(school));
        select.and_where(col(&rows, "org").eq(rid)).and_where(col(&rows, "role").eq(Expr::val(role.word())));
        self.live(&mut select, &rows);
        select
    }

    /// `column` of the records of a kind whose `by` names the parent.
    fn field_of(&mut self, kind: Kind, column: &str, by: &str, parent: usize) -> SelectStatement {
        let rows = format!("f{}", self.binds.len());
        let mut select = SelectStatement::new();
        select.expr(col(&rows, column));
        self.from(&mut select, kind.entity(), &rows);
        let rid = self.bind(Bind::Parent(parent));
        select.and_where(col(&rows, by).eq(rid)).and_where(col(&rows, column).is_not_null());
        self.live(&mut select, &rows);
        select
    }

    fn live(&self, select: &mut SelectStatement, rows: &str) {
        if !self.shape.tombstones {
            select.and_where(col(rows, "status").eq(literal("0")));
        }
    }

    /// Some live class of the school lists the session among its terms.
    fn session_at(&mut self, school: usize, alias: &str) -> Expr {
        let rows = format!("c{}", self.binds.len());
        let mut classes = SelectStatement::new();
        classes.expr(literal("1"));
        self.from(&mut classes, Kind::Class.entity(), &rows);
        let rid = self.bind(Bind::Parent(school));
        let separator = || Expr::val(SEPARATOR.to_string());
        let item = concat(concat(separator(), col(alias, "sourcedId")), separator());
        let listed = self.holds(col(&rows, "terms"), item);
        classes.and_where(col(&rows, "school").eq(rid)).and_where(listed);
        self.live(&mut classes, &rows);
        Expr::exists(classes)
    }

    /// Directly below, or below through up to three sessions between: a
    /// school year holds semesters, these terms, these grading periods.
    fn below(&mut self, session: usize, entity: &'static Entity, alias: &str) -> Expr {
        let mut within = {
            let rid = self.bind(Bind::Parent(session));
            col(alias, "parent").eq(rid)
        };
        for depth in 1..=3 {
            let mut parents: Option<SelectStatement> = None;
            for _ in 0..depth {
                let rows = format!("s{}", self.binds.len());
                let mut select = SelectStatement::new();
                select.expr(col(&rows, "rid"));
                self.from(&mut select, entity, &rows);
                match parents.take() {
                    None => {
                        let rid = self.bind(Bind::Parent(session));
                        select.and_where(col(&rows, "parent").eq(rid));
                    }
                    Some(above) => {
                        // A placeholder keeps the alias of the next level its own.
                        self.binds.push(Bind::Parent(session));
                        select.and_where(col(&rows, "parent").in_subquery(above));
                    }
                }
                parents = Some(select);
            }
            if let Some(parents) = parents {
                within = within.or(col(alias, "parent").in_subquery(parents));
            }
        }
        within
    }
}
