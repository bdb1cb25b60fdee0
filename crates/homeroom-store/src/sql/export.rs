//! Statements that give all records of a kind, in no order.

use super::literal;
use crate::schema::{Dialect, TENANT, UNTIL, history};
use oneroster::model::Kind;
use sea_query::{
    Expr, ExprTrait, Func, IntoIden, PostgresQueryBuilder, SelectStatement, SqliteQueryBuilder, TableRef, UnionType,
    Value,
};

/// Which records of a kind are wanted, and of which version.
#[derive(Clone, Copy, Debug)]
pub struct Records {
    /// The kind.
    pub kind: Kind,
    /// The tenant, where one database serves many.
    pub tenant: Option<i64>,
    /// An earlier version, as the instant it was published.
    pub as_of: Option<i64>,
    /// Only what was published later, tombstones too; else live records alone.
    pub since: Option<i64>,
    /// Only those of one owner.
    pub owner: Option<u32>,
}

/// A statement and its values, in the order of its placeholders.
pub type Bound = (String, Vec<i64>);

impl Records {
    /// The records: `sourcedId`, `status`, `published` and `packed`; at most so
    /// many.
    pub fn rows(&self, limit: Option<u64>, dialect: Dialect) -> Bound {
        let mut select = self.live(&["sourcedId", "status", "published", "packed"]);
        if let Some(past) = self.past(&["sourcedId", "status", "published", "packed"]) {
            select.union(UnionType::All, past);
        }
        if let Some(limit) = limit {
            select.limit(limit);
        }
        build(&select, dialect)
    }

    /// Their number.
    pub fn count(&self, dialect: Dialect) -> Bound {
        let mut rows = self.live(&["rid"]);
        if let Some(past) = self.past(&["rid"]) {
            rows.union(UnionType::All, past);
        }
        let mut select = SelectStatement::new();
        select.expr(Func::count(Expr::col(sea_query::Asterisk))).from_subquery(rows, "records");
        build(&select, dialect)
    }

    fn live(&self, columns: &[&'static str]) -> SelectStatement {
        let mut select = self.select(self.kind.entity().plural.to_owned(), columns);
        if let Some(at) = self.as_of {
            select.and_where(Expr::col("published").lte(at));
        }
        select
    }

    /// What an earlier version had and the present one has not.
    fn past(&self, columns: &[&'static str]) -> Option<SelectStatement> {
        let at = self.as_of?;
        let mut select = self.select(history(self.kind.entity()), columns);
        select.and_where(Expr::col("published").lte(at)).and_where(Expr::col(UNTIL).gt(at));
        Some(select)
    }

    fn select(&self, table: String, columns: &[&'static str]) -> SelectStatement {
        let mut select = SelectStatement::new();
        select.columns(columns.iter().copied()).from(TableRef::Table(table.into_iden().into(), None));
        if let Some(tenant) = self.tenant {
            select.and_where(Expr::col(TENANT).eq(tenant));
        }
        if let Some(owner) = self.owner {
            select.and_where(Expr::col("owner").eq(i64::from(owner)));
        }
        match self.since {
            Some(since) => select.and_where(Expr::col("published").gt(since)),
            None => select.and_where(Expr::col("status").eq(literal("0"))),
        };
        select
    }
}

fn build(select: &SelectStatement, dialect: Dialect) -> Bound {
    let (sql, values) = match dialect {
        Dialect::Sqlite => select.build(SqliteQueryBuilder),
        Dialect::Postgres => select.build(PostgresQueryBuilder),
    };
    let number = |value: Value| match value {
        Value::BigInt(Some(number)) => Some(number),
        Value::BigUnsigned(Some(number)) => i64::try_from(number).ok(),
        _ => None,
    };
    (sql, values.0.into_iter().filter_map(number).collect())
}
