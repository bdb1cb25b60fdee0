//! Tables as an application with a bounded grant sees them: joined with the
//! rows of its view, which say what is visible, since when, and what is left of
//! a record.

use super::{Bind, Builder, Goal, col};
use crate::schema::{Dialect, PUBLISHED, STATUS, TENANT, UNTIL, all_columns, history};
use crate::visible::overrides;
use oneroster::model::Entity;
use sea_query::{BinOper, CaseStatement, Expr, ExprTrait, Func, SelectStatement, UnionType};

/// The table of views, and that of their earlier rows.
const VISIBLE: [&str; 2] = ["visible", "visible_history"];

/// In a statement: the rows of a view, and the records.
const ROWS: &str = "v";
const RECORDS: &str = "t";

impl Builder<'_> {
    /// A table as the view shows it, by the names of the table's own columns.
    /// `whole` tells that the records themselves are asked for, and not what
    /// they belong to.
    pub(super) fn bounded(&mut self, select: &mut SelectStatement, entity: &'static Entity, alias: &str, whole: bool) {
        let past = self.shape.past;
        let one = whole && self.shape.goal == Goal::One;
        let gone = self.shape.tombstones || self.shape.goal == Goal::One;
        // The one record that is asked for is there, or was deleted as it stands.
        let earlier = past || (gone && !one);
        let mut all: Option<SelectStatement> = None;
        for earlier_view in [false, true].into_iter().take(1 + usize::from(past)) {
            for earlier_record in [false, true].into_iter().take(1 + usize::from(earlier)) {
                let part = self.part(entity, (earlier_view, earlier_record), gone, whole);
                match &mut all {
                    None => all = Some(part),
                    Some(all) => drop(all.union(UnionType::All, part)),
                }
            }
        }
        if let Some(all) = all {
            select.from_subquery(all, alias.to_owned());
        }
    }

    /// Present or earlier rows of the view, with present or earlier records.
    fn part(
        &mut self,
        entity: &'static Entity,
        (earlier_view, earlier_record): (bool, bool),
        gone: bool,
        whole: bool,
    ) -> SelectStatement {
        let records = if earlier_record { history(entity) } else { entity.plural.to_owned() };
        let mut part = SelectStatement::new();
        part.from_as(VISIBLE[usize::from(earlier_view)], ROWS).from_as(records, RECORDS);
        self.shown(&mut part, entity, gone);
        let view = self.bind(Bind::View);
        self.of_tenant(&mut part, col(ROWS, TENANT));
        part.and_where(col(ROWS, "view").eq(view))
            .and_where(col(ROWS, "kind").eq(Expr::cust((entity.kind as u8).to_string())))
            .and_where(col(RECORDS, "rid").eq(col(ROWS, "rid")));
        self.of_tenant(&mut part, col(RECORDS, TENANT));
        self.at_version(&mut part, earlier_view);
        if !gone {
            part.and_where(col(ROWS, STATUS).eq(Expr::cust("0")));
        } else if whole && self.shape.goal == Goal::One {
            // What only left the grant is as unknown as what never was in it.
            part.and_where(col(ROWS, STATUS).ne(Expr::cust("2")));
        }
        self.content(&mut part, earlier_record, gone);
        part
    }

    /// Rows of the view that stood at the version that is read.
    fn at_version(&mut self, part: &mut SelectStatement, earlier: bool) {
        if self.shape.past {
            let since = self.bind(Bind::Version);
            part.and_where(col(ROWS, PUBLISHED).lte(since));
        }
        if earlier {
            let until = self.bind(Bind::Version);
            part.and_where(col(ROWS, UNTIL).gt(until));
        }
    }

    /// The form of the record that the row shows: that of the version, and of
    /// one that is gone the last that was visible.
    fn content(&mut self, part: &mut SelectStatement, earlier: bool, gone: bool) {
        let past = self.shape.past;
        if past {
            let version = self.bind(Bind::Version);
            part.and_where(col(RECORDS, PUBLISHED).lte(version));
        }
        if gone {
            part.and_where(col(RECORDS, PUBLISHED).lte(col(ROWS, "content")));
        }
        if !earlier {
            return;
        }
        let last = col(RECORDS, UNTIL).gt(col(ROWS, "content"));
        let until = || col(RECORDS, UNTIL);
        if !past {
            part.and_where(col(ROWS, STATUS).ne(Expr::cust("0"))).and_where(last);
            return;
        }
        let version = self.bind(Bind::Version);
        let replaced = until().gt(version);
        part.and_where(if gone { replaced.or(last) } else { replaced });
    }

    /// The columns of the table, as far as the view changes them.
    fn shown(&mut self, part: &mut SelectStatement, entity: &'static Entity, gone: bool) {
        let kind = entity.kind;
        for name in all_columns(kind) {
            let over = overrides(kind).iter().find(|over| over.name == name);
            let value = match name {
                "rid" => col(ROWS, "rid"),
                STATUS if !gone => Expr::cust("CAST(0 AS bigint)"),
                STATUS => CaseStatement::new()
                    .case(col(ROWS, STATUS).eq(Expr::cust("0")), Expr::cust("CAST(0 AS bigint)"))
                    .finally(Expr::cust("CAST(1 AS bigint)"))
                    .into(),
                PUBLISHED => col(ROWS, PUBLISHED),
                "packed" if !overrides(kind).is_empty() => {
                    Func::coalesce([col(ROWS, "packed"), col(RECORDS, "packed")]).into()
                }
                _ => match over {
                    None => col(RECORDS, name),
                    Some(over) if over.made && !self.shape.made => col(RECORDS, name),
                    // What was not made has no cell.
                    Some(over) if over.made => {
                        Func::coalesce([self.cell(over.name, over.whole), col(RECORDS, name)]).into()
                    }
                    Some(over) => {
                        let own = self.cell(over.name, over.whole);
                        CaseStatement::new().case(col(ROWS, "cells").is_null(), col(RECORDS, name)).finally(own).into()
                    }
                },
            };
            part.expr_as(value, name);
        }
    }

    /// A column of what is left of a record. Names of columns are ours.
    fn cell(&self, name: &str, whole: bool) -> Expr {
        let name = Expr::cust(format!("'{name}'"));
        match self.dialect {
            Dialect::Sqlite => col(ROWS, "cells").binary(BinOper::Custom("->>"), name),
            Dialect::Postgres => {
                let text = col(ROWS, "cells").cast_as("json").binary(BinOper::Custom("->>"), name);
                if whole { text.cast_as("bigint") } else { self.text(text) }
            }
        }
    }
}
