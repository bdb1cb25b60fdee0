//! The second wall between districts: row-level security.
//!
//! The first one is that every statement names its tenant. Behind it, policies
//! stand on every table that has a tenant's number: a transaction says in its
//! first batch for whom it works, and rows of others are not there for it, nor
//! can it write any. One that has not said it sees nothing. The owner of the
//! tables is held, too; superusers and roles with BYPASSRLS are not.
//!
//! What is said lasts as long as the transaction, so that a pooler that hands
//! connections on between transactions changes nothing.

use crate::schema::TENANT;
use crate::{Error, ErrorKind, Result};
use oneroster::model::MODEL;
use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

/// The setting that names the tenant, as `homeroom_tenant()` of the migrations
/// reads it.
const SETTING: &str = "homeroom.tenant";

/// Begins a transaction by `begin` for a tenant, and asks for a row of numbers
/// if `ask` says so, in one round trip.
///
/// # Errors
/// `NotFound` if the tenant was removed; the transaction is open all the same.
pub(super) fn enter(client: &mut Client, begin: &str, tenant: i64, ask: Option<&str>) -> Result<Option<Numbers>> {
    let mut batch = entering(begin, tenant);
    if let Some(ask) = ask {
        batch.push_str("; ");
        batch.push_str(ask);
    }
    let told = client.simple_query(&batch)?;
    let mut rows =
        told.iter().filter_map(|message| if let SimpleQueryMessage::Row(row) = message { Some(row) } else { None });
    rows.next().ok_or_else(gone)?;
    rows.next().map(numbers).transpose()
}

/// Makes a whole session a tenant's: statements of no transaction are its, and
/// those of transactions that say no other.
///
/// # Errors
/// `NotFound` if the tenant was removed.
pub(super) fn turn_session(client: &mut Client, tenant: i64) -> Result<()> {
    let turn = format!("SELECT set_config('{SETTING}', id::text, false) FROM tenants WHERE id = {tenant}");
    let said = client.simple_query(&turn)?;
    let there = said.iter().any(|message| matches!(message, SimpleQueryMessage::Row(_)));
    if there { Ok(()) } else { Err(gone()) }
}

/// Makes a session nobody's again.
pub(super) const NOBODY: &str = "RESET homeroom.tenant";

fn gone() -> Error {
    Error::new(ErrorKind::NotFound, "this district is not there any more: it was removed")
}

/// A row of whole numbers, some of which may be missing.
pub type Numbers = Vec<Option<i64>>;

/// Reads one.
pub fn numbers(row: &SimpleQueryRow) -> Result<Numbers> {
    let lost = |error| Error::caused(ErrorKind::Internal, "the server gave no number", error);
    let cell = |place| row.try_get(place)?.map(|text: &str| text.parse().map_err(lost)).transpose();
    (0..row.len()).map(cell).collect()
}

/// The batch by which a transaction begins for a tenant; it gives a row if there
/// is one.
pub fn entering(begin: &str, tenant: i64) -> String {
    format!("{begin}; SELECT set_config('{SETTING}', id::text, true) FROM tenants WHERE id = {tenant}")
}

/// Says within a transaction for whom it goes on.
pub fn turn_to(client: &mut Client, tenant: i64) -> Result<()> {
    client.execute(&format!("SELECT set_config('{SETTING}', $1, true)"), &[&tenant.to_string()])?;
    Ok(())
}

/// The tables that have a tenant's number, as `c`, and are as a condition says.
const WALLED: &str = "FROM pg_class AS c \
    JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema() \
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant' AND a.atttypid = 'bigint'::regtype \
    WHERE c.relkind IN ('r', 'p')";
/// Whether one of them has no policy, or none that holds its owner.
const BARE: &str = "NOT (c.relrowsecurity AND c.relforcerowsecurity)";

/// Whether every table has its policy.
pub fn stands(client: &mut Client) -> Result<bool> {
    let mut transaction = client.transaction()?;
    let none = transaction.query_one(&format!("SELECT NOT EXISTS (SELECT {WALLED} AND {BARE})"), &[])?.try_get(0)?;
    transaction.commit()?;
    Ok(none)
}

/// A loop over the tables that have a tenant's number, and are as `which` says.
fn every_table(which: &str, statements: &[&str]) -> String {
    let run: Vec<String> =
        statements.iter().map(|statement| format!("EXECUTE format('{statement}', wanted.name);")).collect();
    format!(
        "DO $wall$ DECLARE wanted record; BEGIN \
         FOR wanted IN SELECT c.relname AS name {WALLED} AND {which} ORDER BY c.relname \
         LOOP {} END LOOP; END $wall$",
        run.join(" ")
    )
}

/// Puts the policy on every table that has none yet.
pub fn raise(client: &mut Client) -> Result<()> {
    // Asked once for a statement, not for every row.
    let policy = format!("CREATE POLICY own_tenant ON %I USING ({TENANT} = (SELECT homeroom_tenant()))");
    let statements = [
        "DROP POLICY IF EXISTS own_tenant ON %I",
        &policy,
        "ALTER TABLE %I ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE %I FORCE ROW LEVEL SECURITY",
    ];
    Ok(client.batch_execute(&every_table(BARE, &statements))?)
}

/// Lets the owner of the tables see all of them, until they are raised again: a
/// migration may have to write the rows of every district.
pub fn lower(client: &mut Client) -> Result<()> {
    let statement = "ALTER TABLE %I NO FORCE ROW LEVEL SECURITY";
    Ok(client.batch_execute(&every_table("c.relforcerowsecurity", &[statement]))?)
}

/// What lets the owner copy rows straight into the tables of records, or holds
/// it again: COPY goes into no table with a policy. Only for a transaction that
/// holds them all to itself.
pub fn script(held: bool) -> String {
    let force = if held { "FORCE" } else { "NO FORCE" };
    let each = |plural: &str| format!("ALTER TABLE \"{plural}\" {force} ROW LEVEL SECURITY");
    MODEL.iter().map(|entity| each(entity.plural)).collect::<Vec<_>>().join(";\n")
}
