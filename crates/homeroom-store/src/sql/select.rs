//! The statement of a request.

use super::filter::ClauseShape;
use super::{Bind, Builder, col, literal, marker};
use crate::schema::{Content, Dialect, column};
use oneroster::model::{Kind, Service, Slot, Span, Version, View};
use oneroster::query::{Logical, Part, Path};
use sea_query::{
    Condition, Expr, ExprTrait, Func, Order as Direction, PostgresQueryBuilder, SelectStatement, SqliteQueryBuilder,
    Value,
};

/// What is wanted of the records that a request selects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Goal {
    /// A page of them.
    Page,
    /// Their number.
    Count,
    /// The one of an identifier.
    One,
}

/// The order of a collection.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Order {
    /// As the store came to know them.
    Row,
    /// By the instant of the last change, then as the store came to know them:
    /// thousands share an instant, and one index gives both.
    Published {
        /// From the last to the first.
        descending: bool,
    },
    /// By identifier.
    SourcedId {
        /// From the last to the first.
        descending: bool,
    },
    /// By a member, then by identifier.
    Member {
        /// The member.
        path: Path,
        /// From the greatest to the least.
        descending: bool,
    },
}

/// Where a page begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Key {
    /// At the first record.
    Start,
    /// After a record, whose values in the order are bound.
    After,
    /// After a record that has no value in the order.
    AfterMissing,
    /// After a record, among those of its instant: the first half of
    /// [`Key::After`] where records are in the order of their instants. SQLite
    /// walks all records of an instant for a comparison of both at once.
    Within,
    /// After all records of an instant: the second half.
    Beyond,
}

/// What of a request decides the text of its statement.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Shape {
    /// What is wanted.
    pub goal: Goal,
    /// The version that is spoken.
    pub version: Version,
    /// The kind that is asked for.
    pub kind: Kind,
    /// What the route selects.
    pub views: Vec<View>,
    /// How clauses are joined.
    pub logical: Logical,
    /// What the caller selects.
    pub clauses: Vec<ClauseShape>,
    /// Whether tombstones are shown.
    pub tombstones: bool,
    /// The order.
    pub order: Order,
    /// Where the page begins.
    pub key: Key,
    /// Whether the caller sees a view of the roster.
    pub bounded: bool,
    /// Whether members are made anew in that view.
    pub made: bool,
    /// Whether an earlier version is read.
    pub past: bool,
    /// Whether rows are passed over.
    pub skip: bool,
    /// The limit, if it stands in the text; see [`told`].
    pub limit: Option<u64>,
}

/// Limits that many consumers ask for. PostgreSQL plans a statement once and
/// for all only if it knows by then how few rows are wanted; planning costs it
/// as much as the page.
const TOLD: [u64; 12] = [10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000];

/// The limit, if it is to stand in the text of a statement. Few do: each makes
/// another statement, which sessions keep prepared.
pub fn told(dialect: Dialect, limit: u64) -> Option<u64> {
    (dialect == Dialect::Postgres && TOLD.contains(&limit)).then_some(limit)
}

/// A statement and where its values come from, in order of its placeholders.
#[derive(Clone, PartialEq, Debug)]
pub struct Statement {
    /// The text.
    pub sql: String,
    /// The values.
    pub binds: Vec<Bind>,
}

impl Statement {
    /// The same with its limit in the text, if that is the last of its values.
    fn limited(mut self, limit: u64) -> Statement {
        let place = format!("${}", self.binds.len());
        if self.binds.last() == Some(&Bind::Limit) && self.sql.ends_with(&place) {
            self.sql.truncate(self.sql.len() - place.len());
            self.sql.push_str(&limit.to_string());
            self.binds.pop();
        }
        self
    }
}

/// Stand for the page's limit and the rows passed over until they are bound.
const LIMIT: u64 = u64::MAX;
const SKIP: u64 = u64::MAX - 1;

impl Shape {
    /// The statement in a dialect. A page gives `rid`, `sourcedId`, `status`,
    /// `published` and `packed`, and the value of the order if it has one; a
    /// count gives one number.
    pub fn statement(&self, dialect: Dialect) -> Statement {
        let mut builder = Builder { shape: self, dialect, binds: Vec::new() };
        let select = builder.select();
        let (sql, values) = match dialect {
            Dialect::Sqlite => select.build(SqliteQueryBuilder),
            Dialect::Postgres => select.build(PostgresQueryBuilder),
        };
        let binds = values.0.into_iter().map(|value| builder.resolve(&value)).collect();
        let statement = Statement { sql, binds };
        match self.limit {
            Some(limit) => statement.limited(limit),
            None => statement,
        }
    }
}

impl Builder<'_> {
    fn resolve(&self, value: &Value) -> Bind {
        match value {
            Value::BigUnsigned(Some(LIMIT)) => Bind::Limit,
            Value::BigUnsigned(Some(SKIP)) => Bind::Skip,
            Value::String(Some(text)) => Bind::Text(text.clone()),
            other => {
                marker(other).and_then(|i| self.binds.get(i as usize)).cloned().unwrap_or(Bind::Text(String::new()))
            }
        }
    }

    fn select(&mut self) -> SelectStatement {
        let entity = self.shape.kind.entity();
        let alias = entity.plural;
        let mut select = SelectStatement::new();
        match self.shape.bounded {
            true => self.bounded(&mut select, entity, alias, true),
            false => self.from(&mut select, entity, alias),
        }
        self.conditions(&mut select, alias);
        match self.shape.goal {
            Goal::Count => {
                select.expr(Func::count(Expr::col(sea_query::Asterisk)));
            }
            Goal::One => {
                self.columns(&mut select, alias);
                let id = self.bind(Bind::SourcedId);
                select.and_where(col(alias, "sourcedId").eq(id));
            }
            Goal::Page => {
                self.columns(&mut select, alias);
                self.ordered(&mut select, alias);
                select.limit(LIMIT);
                if self.shape.skip {
                    select.offset(SKIP);
                }
            }
        }
        select
    }

    fn columns(&self, select: &mut SelectStatement, alias: &str) {
        for name in ["rid", "sourcedId", "status", "published", "packed"] {
            select.expr(col(alias, name));
        }
    }

    fn conditions(&mut self, select: &mut SelectStatement, alias: &str) {
        let shape = self.shape;
        let entity = shape.kind.entity();
        // One record is shown even if it is deleted, for consumers that follow it;
        // of the gradebook it is gone at once (rest.md 3.7).
        if (!shape.tombstones && shape.goal != Goal::One) || (shape.goal == Goal::One && is_graded(shape.kind)) {
            select.and_where(col(alias, "status").eq(literal("0")));
        }
        // A record whose words 1.1 does not know has no 1.1 form.
        if shape.version == Version::V1P1 && has_open_words(shape.kind) {
            select.and_where(col(alias, "only1p2").is_null());
        }
        for view in &shape.views {
            let condition = self.view(*view, entity, alias);
            select.and_where(condition);
        }
        if shape.clauses.is_empty() {
            return;
        }
        let mut joined = match shape.logical {
            Logical::And => Condition::all(),
            Logical::Or => Condition::any(),
        };
        for (number, clause) in shape.clauses.iter().enumerate() {
            joined = joined.add(self.clause(number, clause, alias));
        }
        select.cond_where(joined);
    }

    fn ordered(&mut self, select: &mut SelectStatement, alias: &str) {
        let after = self.shape.key != Key::Start;
        match &self.shape.order {
            Order::Row => {
                if after {
                    let rid = self.bind(Bind::Key(0));
                    select.and_where(col(alias, "rid").gt(rid));
                }
                select.order_by_expr(col(alias, "rid"), Direction::Asc);
            }
            Order::Published { descending } => {
                if after {
                    let condition = self.after_instant(*descending, alias);
                    select.and_where(condition);
                }
                for name in ["published", "rid"] {
                    select.order_by_expr(col(alias, name), direction(*descending));
                }
            }
            Order::SourcedId { descending } => {
                let (here, down) = (col(alias, "sourcedId"), *descending);
                if after {
                    let id = self.bind(Bind::Key(0));
                    select.and_where(if down { here.clone().lt(id) } else { here.clone().gt(id) });
                }
                select.order_by_expr(here, direction(down));
            }
            Order::Member { path, descending } => self.by_member(select, path, *descending, alias),
        }
    }

    /// What stands after a record in the order of instants, or a half of it.
    fn after_instant(&mut self, descending: bool, alias: &str) -> Expr {
        let [instant, rid] = ["published", "rid"].map(|name| col(alias, name));
        let beyond = |here: Expr, key: Expr| if descending { here.lt(key) } else { here.gt(key) };
        let first = self.bind(Bind::Key(0));
        match self.shape.key {
            Key::Within => instant.eq(first).and(beyond(rid, self.bind(Bind::Key(1)))),
            Key::Beyond => beyond(instant, first),
            _ => {
                let key = Expr::tuple([first, self.bind(Bind::Key(1))]);
                beyond(Expr::tuple([instant, rid]), key)
            }
        }
    }

    /// Records without the value come last, or first when descending; equal
    /// values are ordered by sourcedId.
    fn by_member(&mut self, select: &mut SelectStatement, path: &Path, descending: bool, alias: &str) {
        let value = self.sort_value(path, alias);
        let may_miss = !always_there(path);
        match self.shape.key {
            Key::Start => {}
            Key::AfterMissing => {
                let id = self.bind(Bind::Key(1));
                let rest = value.clone().is_null().and(col(alias, "sourcedId").gt(id));
                select.and_where(if descending { rest.or(value.clone().is_not_null()) } else { rest });
            }
            Key::After | Key::Within | Key::Beyond => {
                let further = self.further(value.clone(), descending, alias);
                let more = if may_miss && !descending { further.or(value.clone().is_null()) } else { further };
                select.and_where(more);
            }
        }
        if may_miss {
            select.order_by_expr(value.clone().is_null(), direction(descending));
        }
        select.order_by_expr(value.clone(), direction(descending));
        select.order_by_expr(col(alias, "sourcedId"), Direction::Asc);
        select.expr(value);
    }

    fn further(&mut self, value: Expr, descending: bool, alias: &str) -> Expr {
        if !descending {
            let key = [self.bind(Bind::Key(0)), self.bind(Bind::Key(1))];
            return Expr::tuple([value, col(alias, "sourcedId")]).gt(Expr::tuple(key));
        }
        let (less, same) = (self.bind(Bind::Key(0)), self.bind(Bind::Key(0)));
        let id = self.bind(Bind::Key(1));
        value.clone().lt(less).or(value.eq(same).and(col(alias, "sourcedId").gt(id)))
    }
}

fn direction(descending: bool) -> Direction {
    if descending { Direction::Desc } else { Direction::Asc }
}

/// Whether every record has a value: only then can an index give the order.
fn always_there(path: &Path) -> bool {
    match path.slot {
        Slot::Own(field) => {
            let field = &path.entity().fields[field as usize];
            field.csv_required == Span::ALL
                && path.part == Part::Value
                && column(path.kind, path.entity().at(field.name)).is_some_and(|c| c.content != Content::Metadata)
        }
        _ => true,
    }
}

/// Whether a kind has mandatory words that a deployment may extend in 1.2
/// only, a role that 1.1 cannot say, or numbers that only 1.1 demands.
fn has_open_words(kind: Kind) -> bool {
    use Kind::{AcademicSession, Enrollment, LineItem, Org, Result, User};
    matches!(kind, Org | AcademicSession | User | Enrollment | LineItem | Result)
}

/// Whether a kind is of the gradebook or of assessments.
fn is_graded(kind: Kind) -> bool {
    matches!(kind.entity().service, Service::Gradebook | Service::Assessment)
}
