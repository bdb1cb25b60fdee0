//! The tables and indexes in SQL.

use super::{Column, Content, DERIVED, FIXED, HELD_ROLES, TENANT, UNTIL, columns, history};
use oneroster::model::{Entity, Kind, MODEL, Type};
use sea_query::{
    ColumnDef, Index, IndexCreateStatement, PostgresQueryBuilder, SqliteQueryBuilder, Table, TableCreateStatement,
};

/// A dialect of SQL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Dialect {
    /// SQLite, the default.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// The roster's tables and indexes, as one script.
pub fn schema(dialect: Dialect) -> String {
    let mut script = String::new();
    for entity in MODEL {
        for statement in tables(entity, dialect) {
            script.push_str(&render_table(&statement, dialect));
            script.push_str(";\n");
        }
        for index in indexes(entity, dialect, Order::Any).into_iter().chain(history_indexes(entity, dialect)) {
            script.push_str(&render_index(&index, dialect));
            script.push_str(";\n");
        }
        script.push('\n');
    }
    script
}

fn render_table(statement: &TableCreateStatement, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => statement.to_string(SqliteQueryBuilder),
        Dialect::Postgres => statement.to_string(PostgresQueryBuilder),
    }
}

fn render_index(statement: &IndexCreateStatement, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => statement.to_string(SqliteQueryBuilder),
        Dialect::Postgres => statement.to_string(PostgresQueryBuilder),
    }
}

fn tables(entity: &Entity, dialect: Dialect) -> [TableCreateStatement; 2] {
    let mut live = Table::create();
    live.table(entity.plural);
    let mut past = Table::create();
    past.table(history(entity));
    let rid = || whole("rid", dialect).not_null().to_owned();
    match dialect {
        // An alias of SQLite's own row id.
        Dialect::Sqlite => {
            live.col(rid().primary_key());
        }
        Dialect::Postgres => {
            for table in [&mut live, &mut past] {
                table.col(whole(TENANT, dialect).not_null());
            }
            live.col(rid()).primary_key(Index::create().col(TENANT).col("rid"));
        }
    }
    past.col(rid());
    for table in [&mut live, &mut past] {
        rest(table, entity.kind, dialect);
    }
    past.col(whole(UNTIL, dialect).not_null());
    [live, past]
}

fn rest(table: &mut TableCreateStatement, kind: Kind, dialect: Dialect) {
    for name in &FIXED[1..] {
        let mut column = match *name {
            "sourcedId" => text(name, dialect),
            "packed" => blob(name, dialect),
            _ => whole(name, dialect),
        };
        if *name != "sourceModified" {
            column.not_null();
        }
        table.col(column);
    }
    for Column { name, content, .. } in columns(kind) {
        table.col(match content {
            Content::RowId(_) | Content::Day | Content::Instant => whole(name, dialect),
            Content::Number => real(name, dialect),
            _ => text(name, dialect),
        });
    }
    table.col(text(DERIVED[0], dialect)).col(whole(DERIVED[1], dialect));
    if kind == Kind::User {
        table.col(text(HELD_ROLES, dialect));
    }
}

fn custom(name: &str, sqlite: &'static str, postgres: &'static str, dialect: Dialect) -> ColumnDef {
    let mut column = ColumnDef::new(name.to_owned());
    column.custom(match dialect {
        Dialect::Sqlite => sqlite,
        Dialect::Postgres => postgres,
    });
    column
}
fn whole(name: &str, dialect: Dialect) -> ColumnDef {
    custom(name, "INTEGER", "bigint", dialect)
}
fn real(name: &str, dialect: Dialect) -> ColumnDef {
    custom(name, "REAL", "double precision", dialect)
}
/// Compared by code point on both engines.
fn text(name: &str, dialect: Dialect) -> ColumnDef {
    custom(name, "TEXT", "text COLLATE \"C\"", dialect)
}
fn blob(name: &str, dialect: Dialect) -> ColumnDef {
    custom(name, "BLOB", "bytea", dialect)
}

/// An index; where one database serves many tenants, the tenant leads it.
fn index(table: &str, name: &str, columns: &[&str], dialect: Dialect) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{name}")).table(table.to_owned());
    if dialect == Dialect::Postgres {
        index.col(TENANT);
    }
    for column in columns {
        index.col((*column).to_owned());
    }
    index
}

/// In which order an index gives the rows that hold the same value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// In any, as the first migration made them on PostgreSQL. SQLite has the
    /// row id behind every index by itself.
    Any,
    /// Where many rows hold it, in that of the row id, which pages follow.
    Row,
}

/// The indexes of a live table; they are made after a first load.
fn indexes(entity: &Entity, dialect: Dialect, order: Order) -> Vec<IndexCreateStatement> {
    let index = |name: &str, columns: &[&str]| index(entity.plural, name, columns, dialect);
    let by_row = order == Order::Row && dialect == Dialect::Postgres;
    // Changes are read in the order of `published` and `rid`; with the status
    // behind them the index alone tells which rows are live.
    let published = &["published", "rid", "status"];
    let mut all = vec![index("sourcedId", &["sourcedId"]).unique().to_owned(), index("published", published)];
    for column in columns(entity.kind).iter().filter(|c| c.indexed) {
        // People are sorted by texts, with the sourcedId deciding ties.
        let by_text = column.content == Content::Text && !is_word(entity, column);
        let name = column.name.as_str();
        all.push(match name {
            _ if by_text => index(name, &[name, "sourcedId"]),
            _ if by_row && is_crowded(entity, column) => index(name, &[name, "rid"]),
            _ => index(name, &[name]),
        });
    }
    all
}

fn is_word(entity: &Entity, column: &Column) -> bool {
    matches!(entity.fields[column.field as usize].ty, Type::Word(_))
}

/// Whether so many rows hold the same value that to find them all and sort
/// them for a page, or to pass over all others, would cost more than the page.
fn is_crowded(entity: &Entity, column: &Column) -> bool {
    is_word(entity, column) || matches!(column.content, Content::RowId(Kind::Org | Kind::Course))
}

/// The columns that the indexes of a live table begin with, each once: those
/// by which records are found.
pub fn indexed_columns(entity: &Entity) -> Vec<String> {
    let fixed = ["rid", "sourcedId", "published", "status"].into_iter().map(str::to_owned);
    fixed.chain(columns(entity.kind).iter().filter(|column| column.indexed).map(|column| column.name.clone())).collect()
}

/// The name of each index of a live table, and the statement that makes it.
pub fn index_statements(entity: &Entity, dialect: Dialect) -> Vec<(String, String)> {
    indexes(entity, dialect, Order::Row)
        .iter()
        .map(|index| {
            let make = render_index(index, dialect);
            (make.split('"').nth(1).unwrap_or_default().to_owned(), make)
        })
        .collect()
}

/// The statement that drops an index.
pub fn drop_index(name: &str) -> String {
    format!("DROP INDEX IF EXISTS \"{name}\"")
}

fn history_indexes(entity: &Entity, dialect: Dialect) -> Vec<IndexCreateStatement> {
    let table = history(entity);
    ["rid", UNTIL].into_iter().map(|column| index(&table, column, &[column], dialect)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// The statements that give PostgreSQL's first indexes the order of rows, where
    /// that matters. Whoever reads is not kept waiting for a new one.
    pub fn ordered_indexes() -> String {
        let mut script = String::new();
        for entity in MODEL {
            let (first, now) =
                (indexes(entity, Dialect::Postgres, Order::Any), index_statements(entity, Dialect::Postgres));
            for (first, (name, make)) in first.iter().zip(now) {
                if render_index(first, Dialect::Postgres) != make {
                    let new = make.replacen(&format!("\"{name}\""), &format!("\"{name}_new\""), 1);
                    let _ = writeln!(script, "{new};");
                    let _ = writeln!(script, "DROP INDEX \"{name}\";");
                    let _ = writeln!(script, "ALTER INDEX \"{name}_new\" RENAME TO \"{name}\";");
                }
            }
        }
        script
    }
}
