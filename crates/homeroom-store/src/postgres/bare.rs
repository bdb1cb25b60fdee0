//! Tables without indexes, for the first load of all.
//!
//! Indexes that are made after the rows cost half of what they cost when they
//! are kept while rows come in. Taking them away locks the tables, so it is
//! done only while they are empty; readers of a tenant without a version do
//! not look at them.

use super::wall;
use crate::Result;
use crate::schema::{Dialect, TENANT, drop_index, index_statements};
use oneroster::model::MODEL;
use postgres::Client;
use postgres::error::SqlState;

/// Takes the indexes away for the rest of the transaction, if the tables are
/// empty for every tenant and nobody else uses them; says whether it did.
pub fn strip(client: &mut Client, tenant: i64) -> Result<bool> {
    // Looked at first without a lock, lest it disturb the other tenants. Their
    // rows cannot be seen from here; whoever never made a run has hardly any.
    let others = "SELECT NOT EXISTS (SELECT FROM tenants WHERE runs > 0 AND id <> $1)";
    if !client.query_one(others, &[&tenant])?.try_get::<_, bool>(0)? {
        return Ok(false);
    }
    let tables: Vec<String> = MODEL.iter().map(|entity| format!("\"{}\"", entity.plural)).collect();
    let lock = format!("SAVEPOINT bare; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT", tables.join(", "));
    match client.batch_execute(&lock) {
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            client.batch_execute("ROLLBACK TO SAVEPOINT bare")?;
            return Ok(false);
        }
        other => other?,
    }
    // From here on the rows of all tenants are seen, by us alone.
    client.batch_execute(&wall::script(false))?;
    if !empty(client)? {
        // Lets the locks go.
        client.batch_execute("ROLLBACK TO SAVEPOINT bare")?;
        return Ok(false);
    }
    client.batch_execute(&script(|(remove, _)| remove))?;
    Ok(true)
}

/// Makes the indexes again, and raises the wall between tenants.
pub fn dress(client: &mut Client) -> Result<()> {
    // Less than this, and the index of a large table is sorted on the disk.
    client.batch_execute(
        "SELECT set_config('maintenance_work_mem', '256MB', true) \
         WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('256MB')",
    )?;
    client.batch_execute(&script(|(_, make)| make))?;
    Ok(client.batch_execute(&wall::script(true))?)
}

fn script(side: impl Fn((String, String)) -> String) -> String {
    let statements = MODEL.iter().flat_map(|entity| {
        let indexes = index_statements(entity, Dialect::Postgres);
        std::iter::once(primary_key(entity.plural))
            .chain(indexes.into_iter().map(|(name, make)| (drop_index(&name), make)))
    });
    statements.map(side).collect::<Vec<_>>().join(";\n")
}

/// The statements that drop and make the key of a table, under the name that the
/// server gives it.
fn primary_key(table: &str) -> (String, String) {
    let (drop, make) = (format!("DROP CONSTRAINT \"{table}_pkey\""), format!("ADD PRIMARY KEY ({TENANT}, rid)"));
    (format!("ALTER TABLE \"{table}\" {drop}"), format!("ALTER TABLE \"{table}\" {make}"))
}

fn empty(client: &mut Client) -> Result<bool> {
    let none: Vec<String> =
        MODEL.iter().map(|entity| format!("NOT EXISTS (SELECT FROM \"{}\")", entity.plural)).collect();
    Ok(client.query_one(&format!("SELECT {}", none.join(" AND ")), &[])?.try_get(0)?)
}
