//! SQL for the store's reads, built once for both dialects.
//!
//! A [`Shape`] is what of a request decides the text of its statement; the
//! rest of the request is bound. Statements are pure values: they are kept by
//! shape, printed in snapshots, and executed by the engines.

mod bounded;
mod export;
mod filter;
mod select;
mod sort;
#[cfg(test)]
mod tests;
mod view;

pub use export::Records;
pub use filter::ClauseShape;
pub use select::{Goal, Key, Order, Shape, Statement, told};

use crate::schema::{Dialect, TENANT};
use oneroster::model::Entity;
use sea_query::{BinOper, CaseStatement, Expr, ExprTrait, Func, IntoColumnRef, SelectStatement, UnionType, Value};

/// Where a bound value comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum Bind {
    /// A value that belongs to the statement itself.
    Text(String),
    /// The view of the caller's grant.
    View,
    /// The tenant, on an engine where one database serves many.
    Tenant,
    /// The row id of the record that the path names at this place.
    Parent(usize),
    /// Its sourcedId between separators.
    ParentItem(usize),
    /// The one record that is asked for.
    SourcedId,
    /// The literal of a clause, or one item of its list.
    Literal {
        /// The clause.
        clause: usize,
        /// The item, if the literal is a list.
        item: Option<usize>,
        /// How it is bound.
        wrap: Wrap,
    },
    /// The name of a metadata member of a clause or of the order.
    MetadataName(Option<usize>),
    /// A value of the key that the page begins after.
    Key(usize),
    /// The version that is read, as the instant it was published.
    Version,
    /// How many rows are wanted.
    Limit,
    /// How many rows are passed over.
    Skip,
}

/// How a literal is bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrap {
    /// As it is.
    Plain,
    /// Between separators, as an item of a list column.
    Item,
    /// As the store's number of a status, -1 if it is none.
    Status,
}

/// Collects the bound values of a statement while it is built.
struct Builder<'a> {
    shape: &'a Shape,
    dialect: Dialect,
    binds: Vec<Bind>,
}

impl Builder<'_> {
    /// A placeholder; the library carries its number through to the order of
    /// the finished text.
    fn bind(&mut self, bind: Bind) -> Expr {
        self.binds.push(bind);
        Expr::val(self.binds.len() as i64 - 1)
    }

    /// A table, or what it held at the version that is read, or what the
    /// caller's view shows of it.
    fn from(&mut self, select: &mut SelectStatement, entity: &'static Entity, alias: &str) {
        if self.shape.bounded {
            self.bounded(select, entity, alias, false);
            return;
        }
        if !self.shape.past {
            self.table(select, entity, alias);
            return;
        }
        let columns = crate::schema::all_columns(entity.kind);
        let mut live = SelectStatement::new();
        let version = self.bind(Bind::Version);
        live.columns(columns.clone()).from(entity.plural).and_where(Expr::col("published").lte(version));
        self.of_tenant(&mut live, Expr::col(TENANT));
        let mut past = SelectStatement::new();
        let (since, until) = (self.bind(Bind::Version), self.bind(Bind::Version));
        past.columns(columns)
            .from(crate::schema::history(entity))
            .and_where(Expr::col("published").lte(since))
            .and_where(Expr::col(crate::schema::UNTIL).gt(until));
        self.of_tenant(&mut past, Expr::col(TENANT));
        live.union(UnionType::All, past);
        select.from_subquery(live, alias.to_owned());
    }

    /// A table as it is now.
    fn table(&mut self, select: &mut SelectStatement, entity: &'static Entity, alias: &str) {
        select.from_as(entity.plural, alias.to_owned());
        self.of_tenant(select, col(alias, TENANT));
    }

    /// On SQLite a tenant has a file of its own, and no table names it.
    fn of_tenant(&mut self, select: &mut SelectStatement, column: Expr) {
        if self.dialect == Dialect::Postgres {
            let tenant = self.bind(Bind::Tenant);
            select.and_where(column.eq(tenant));
        }
    }

    /// A text that PostgreSQL would otherwise take for something else, or
    /// compare by the rules of a language.
    fn text(&self, expr: Expr) -> Expr {
        match self.dialect {
            Dialect::Sqlite => expr,
            Dialect::Postgres => Expr::cust_with_expr("(CAST($1 AS text) COLLATE \"C\")", expr),
        }
    }

    /// A member of a JSON object as text; both dialects write `->>`.
    fn json_member(&self, object: Expr, name: Expr) -> Expr {
        match self.dialect {
            Dialect::Sqlite => object.binary(BinOper::Custom("->>"), name).cast_as("text"),
            Dialect::Postgres => {
                let member = object.cast_as("json").binary(BinOper::Custom("->>"), name.cast_as("text"));
                self.text(member)
            }
        }
    }

    /// The word of a status.
    fn status_word(&self, alias: &str) -> Expr {
        let word = CaseStatement::new()
            .case(col(alias, "status").eq(literal("0")), Expr::val("active"))
            .finally(Expr::val("tobedeleted"));
        self.text(word.into())
    }

    /// Whether one text holds another, by code point.
    fn holds(&self, text: Expr, part: Expr) -> Expr {
        let function = match self.dialect {
            Dialect::Sqlite => "instr",
            Dialect::Postgres => "strpos",
        };
        Expr::expr(Func::cust(function).arg(text).arg(part)).gt(literal("0"))
    }

    /// The lower case of a text column. Both engines lower ASCII alone; what
    /// is beyond it was lowered by us and stands in `folded`.
    fn lower(&self, alias: &str, column: &str) -> Expr {
        let folded = self.json_member(col(alias, "folded"), Expr::val(column.to_owned()));
        Func::coalesce([folded, Func::lower(col(alias, column)).into()]).into()
    }
}

fn col(alias: &str, column: &str) -> Expr {
    Expr::col((alias.to_owned(), column.to_owned()).into_column_ref())
}

/// A constant of the statement, written into its text so that planners see it.
fn literal(text: &'static str) -> Expr {
    Expr::cust(text)
}

fn concat(left: Expr, right: Expr) -> Expr {
    left.binary(BinOper::Custom("||"), right)
}

/// The negation that counts "unknown" as false: a record without the value
/// matches.
fn not(expr: Expr) -> Expr {
    let case: Expr = CaseStatement::new().case(expr, literal("1")).finally(literal("0")).into();
    case.eq(literal("0"))
}

fn marker(value: &Value) -> Option<i64> {
    match value {
        Value::BigInt(number) => *number,
        _ => None,
    }
}
