//! Connecting to a server, and bringing its tables up to date.

use super::{tls, wall};
use crate::migrations::{MADE, Tables};
use crate::{Error, ErrorKind, Result};
use postgres::{Client, Config};
use refinery::{Migration, Runner};
use std::time::Duration;

/// The migrations, in order; each is kept as it was when it was published.
const MIGRATIONS: &[(&str, &str)] = &[
    ("V1__roster", include_str!("../../migrations/postgres/V1__roster.sql")),
    ("V2__runs", include_str!("../../migrations/postgres/V2__runs.sql")),
    ("V3__access", include_str!("../../migrations/postgres/V3__access.sql")),
    ("V4__plans", include_str!("../../migrations/postgres/V4__plans.sql")),
    ("V5__grants", include_str!("../../migrations/postgres/V5__grants.sql")),
    ("V6__secrets", include_str!("../../migrations/postgres/V6__secrets.sql")),
    ("V7__writes", include_str!("../../migrations/postgres/V7__writes.sql")),
    ("V8__views", include_str!("../../migrations/postgres/V8__views.sql")),
    ("V9__disclosures", include_str!("../../migrations/postgres/V9__disclosures.sql")),
    ("V10__consents", include_str!("../../migrations/postgres/V10__consents.sql")),
    ("V11__sources", include_str!("../../migrations/postgres/V11__sources.sql")),
    ("V12__targets", include_str!("../../migrations/postgres/V12__targets.sql")),
    ("V13__suspended", include_str!("../../migrations/postgres/V13__suspended.sql")),
    ("V14__made", include_str!("../../migrations/postgres/V14__made.sql")),
    ("V15__seen_since", include_str!("../../migrations/postgres/V15__seen_since.sql")),
    ("V16__effects", include_str!("../../migrations/postgres/V16__effects.sql")),
    ("V17__configurations", include_str!("../../migrations/postgres/V17__configurations.sql")),
    ("V18__claims", include_str!("../../migrations/postgres/V18__claims.sql")),
    ("V20__forwards", include_str!("../../migrations/postgres/V20__forwards.sql")),
    ("V22__target_states", include_str!("../../migrations/postgres/V22__target_states.sql")),
    ("V23__wall", include_str!("../../migrations/postgres/V23__wall.sql")),
];

/// How long a server may take to answer the first time.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every session wants: statements of a page are too short to compile,
/// and a comparison may think longer than a server lets transactions idle.
const OPTIONS: &str = "-c jit=off -c idle_in_transaction_session_timeout=0";

/// Reads a connection string.
pub fn config(url: &str) -> Result<Config> {
    // Every certificate is checked in full; the driver has no word for it.
    let url = url.replace("sslmode=verify-full", "sslmode=require");
    let mut config: Config = url.parse().map_err(|error| {
        let message = "the database URL cannot be read; it looks like postgres://user:password@host:5432/database";
        Error::caused(ErrorKind::Unusable, message, error)
    })?;
    tls::check(&config)?;
    let options = config.get_options().map_or_else(|| OPTIONS.to_owned(), |given| format!("{OPTIONS} {given}"));
    config.options(&options);
    if config.get_application_name().is_none() {
        config.application_name("homeroom");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    Ok(config)
}

/// Brings the tables up to date; gives the number of the tenant, new if its
/// name is.
pub fn prepare(client: &mut Client, tenant: &str) -> Result<i64> {
    let encoding: String = client.query_one("SHOW server_encoding", &[])?.try_get(0)?;
    if encoding != "UTF8" {
        let message = format!("the PostgreSQL database is kept in {encoding}; create one with ENCODING 'UTF8'");
        return Err(Error::new(ErrorKind::Unusable, message));
    }
    // Two processes that start at once migrate one after the other.
    client.batch_execute("SELECT pg_advisory_lock(hashtext('homeroom.migrate'))")?;
    let migrated = migrate(client);
    client.batch_execute("SELECT pg_advisory_unlock(hashtext('homeroom.migrate'))")?;
    migrated?;
    if let Some(id) = number(client, tenant)? {
        return Ok(id);
    }
    client.batch_execute("BEGIN")?;
    client.execute("INSERT INTO tenants (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", &[&tenant])?;
    let id = client.query_one(KNOWN, &[&tenant])?.try_get(0)?;
    wall::turn_to(client, id)?;
    client.execute("INSERT INTO state (tenant) VALUES ($1) ON CONFLICT (tenant) DO NOTHING", &[&id])?;
    client.batch_execute("COMMIT")?;
    Ok(id)
}

const KNOWN: &str = "SELECT id FROM tenants WHERE name = $1";

/// The number of a tenant, if there is one of the name.
pub fn number(client: &mut Client, tenant: &str) -> Result<Option<i64>> {
    Ok(client.query_opt(KNOWN, &[&tenant])?.map(|row| row.try_get(0)).transpose()?)
}

/// How far the tables of a server are brought up to date.
pub fn tables(url: &str) -> Result<Tables> {
    let mut client = tls::connect(&config(url)?)?;
    let known: Vec<String> = MIGRATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    Ok(Tables::new("all districts", &known, made(&mut client)?))
}

/// The migrations that were made.
fn made(client: &mut Client) -> Result<Vec<String>> {
    let there = "SELECT to_regclass('refinery_schema_history') IS NOT NULL";
    let there: bool = client.query_one(there, &[])?.try_get(0)?;
    let rows = if there { client.query(MADE, &[])? } else { Vec::new() };
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?)
}

fn migrate(client: &mut Client) -> Result<()> {
    let wrong = |error: refinery::Error| {
        let message = "the PostgreSQL database is not one of this program's version, or the role may not create \
                       tables in it; restore a backup, use a newer program or another database";
        Error::caused(ErrorKind::Unusable, message, error)
    };
    let migrations: Vec<Migration> = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<std::result::Result<_, _>>()
        .map_err(wrong)?;
    let made = made(client)?;
    if MIGRATIONS.iter().any(|(name, _)| !made.iter().any(|other| other == name)) {
        wall::lower(client)?;
    }
    Runner::new(&migrations).set_grouped(true).run(client).map_err(wrong)?;
    wall::raise(client)
}
