//! Connecting to a server, and bringing its tables up to date.

use super::options::{Options, part};
use super::{tls, wall};
use crate::migrations::{COMPATIBLE, MADE, Tables};
use crate::{Error, ErrorKind, Result};
use postgres::{Client, Config, Transaction};
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
    ("V24__carried", include_str!("../../migrations/postgres/V24__carried.sql")),
    ("V28__turns", include_str!("../../migrations/postgres/V28__turns.sql")),
    ("V29__compatible", include_str!("../../migrations/postgres/V29__compatible.sql")),
    ("V30__places", include_str!("../../migrations/postgres/V30__places.sql")),
    ("V33__pieces", include_str!("../../migrations/postgres/V33__pieces.sql")),
    ("V39__adopted", include_str!("../../migrations/postgres/V39__adopted.sql")),
    ("V46__together", include_str!("../../migrations/postgres/V46__together.sql")),
    ("V48__ordered", include_str!("../../migrations/postgres/V48__ordered.sql")),
    ("V53__packed_pieces", include_str!("../../migrations/postgres/V53__packed_pieces.sql")),
    ("V58__busy", include_str!("../../migrations/postgres/V58__busy.sql")),
];

/// How long a server may take to answer the first time.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that vanished without a word is noticed after so long: a network
/// says nothing of a machine that lost its power.
const SILENCE: Duration = Duration::from_secs(15);

/// Statements of a page are too short to compile, and a comparison may think
/// longer than a server lets transactions idle.
const WANTED: [(&str, &str); 2] = [("jit", "off"), ("idle_in_transaction_session_timeout", "0")];

/// A server holds the turn of a client that vanished without a word for two
/// hours if nobody tells it to look.
const LOOKED_AFTER: &str = "-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

/// How a server is reached.
pub struct Server {
    /// For sessions of long work.
    pub apart: Config,
    /// For those that answer requests.
    pub short: Config,
    pub options: Options,
}

impl Server {
    /// By a connection string.
    pub fn of(url: &str) -> Result<Server> {
        let (url, options) = part(url)?;
        let config = config(&url)?;
        if options.pooled {
            // A pooler knows nothing of such options; transactions carry them.
            return Ok(Server { apart: config.clone(), short: config, options });
        }
        let with = |milliseconds: u128| {
            let ours = WANTED.iter().map(|(name, value)| format!("-c {name}={value}")).collect::<Vec<_>>().join(" ");
            let given = config.get_options().map_or_else(String::new, |given| format!(" {given}"));
            let mut config = config.clone();
            config.options(&format!("{ours} {LOOKED_AFTER} -c statement_timeout={milliseconds}{given}"));
            config
        };
        Ok(Server { apart: with(0), short: with(options.timeout.as_millis()), options })
    }

    /// What begins a transaction: `begin` and what such work wants. Without a
    /// limit of its own, work takes as long as it takes.
    pub fn batch(&self, begin: &str, limited: bool) -> String {
        let limit = if limited { self.options.timeout.as_millis() } else { 0 };
        let limit = format!("; SET LOCAL statement_timeout = {limit}");
        if self.options.pooled {
            let wanted: String = WANTED.iter().map(|(name, value)| format!("; SET LOCAL {name} = '{value}'")).collect();
            return format!("{begin}{wanted}{limit}");
        }
        // Sessions that answer requests have their limit already.
        if limited { begin.to_owned() } else { format!("{begin}{limit}") }
    }
}

/// Reads the part of a connection string that is the driver's.
pub fn config(url: &str) -> Result<Config> {
    // Every certificate is checked in full; the driver has no word for it.
    let url = url.replace("sslmode=verify-full", "sslmode=require");
    let mut config: Config = url.parse().map_err(|error| {
        let message = "the database URL cannot be read; it looks like postgres://user:password@host:5432/database";
        Error::caused(ErrorKind::Unusable, message, error)
    })?;
    tls::check(&config)?;
    if config.get_application_name().is_none() {
        config.application_name("homeroom");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if !url.contains("keepalives") {
        config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 3).keepalives_retries(3);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(2 * SILENCE);
    }
    Ok(config)
}

/// Brings the tables up to date, unless they are.
pub fn update(server: &Server, client: &mut Client) -> Result<()> {
    let mut transaction = client.transaction()?;
    let encoding: String = transaction.query_one("SHOW server_encoding", &[])?.try_get(0)?;
    if encoding != "UTF8" {
        let message = format!("the PostgreSQL database is kept in {encoding}; create one with ENCODING 'UTF8'");
        return Err(Error::new(ErrorKind::Unusable, message));
    }
    let before = stand(&mut transaction)?;
    transaction.commit()?;
    if before.is_good()? && wall::stands(client)? {
        return Ok(());
    }
    // Two processes that start at once migrate one after the other. The lock
    // ends with its transaction, so that it holds through a pooler, too.
    let mut guard = tls::connect(&server.apart)?;
    guard.batch_execute(&server.batch("BEGIN", false))?;
    guard.batch_execute("SELECT pg_advisory_xact_lock(hashtext('homeroom.migrate'))")?;
    migrate(client)?;
    Ok(guard.batch_execute("COMMIT")?)
}

/// The number of a tenant, new if its name is; within a transaction that
/// writes.
pub fn made(client: &mut Client, tenant: &str) -> Result<i64> {
    if let Some(id) = number(client, tenant)? {
        return Ok(id);
    }
    client.execute("INSERT INTO tenants (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", &[&tenant])?;
    let id = client.query_one(KNOWN, &[&tenant])?.try_get(0)?;
    wall::turn_to(client, id)?;
    client.execute("INSERT INTO state (tenant) VALUES ($1) ON CONFLICT (tenant) DO NOTHING", &[&id])?;
    Ok(id)
}

const KNOWN: &str = "SELECT id FROM tenants WHERE name = $1";

/// The number of a tenant, if there is one of the name.
pub fn number(client: &mut Client, tenant: &str) -> Result<Option<i64>> {
    Ok(client.query_opt(KNOWN, &[&tenant])?.map(|row| row.try_get(0)).transpose()?)
}

/// How far the tables of a server are brought up to date.
pub fn tables(url: &str) -> Result<Tables> {
    let mut client = tls::connect(&Server::of(url)?.apart)?;
    stand(&mut client.transaction()?)
}

fn stand(transaction: &mut Transaction<'_>) -> Result<Tables> {
    let known: Vec<String> = MIGRATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut there = |table: &str| -> Result<bool> {
        Ok(transaction.query_one("SELECT to_regclass($1) IS NOT NULL", &[&table])?.try_get(0)?)
    };
    let (history, compatible) = (there("refinery_schema_history")?, there("compatible")?);
    let rows = if history { transaction.query(MADE, &[])? } else { Vec::new() };
    let made = rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?;
    let since = if compatible { transaction.query_opt(COMPATIBLE, &[])? } else { None };
    let since: Option<i64> = since.map(|row| row.try_get(0)).transpose()?.flatten();
    Ok(Tables::new("all districts", &known, made, since))
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
    // Another process may have been quicker; then there is nothing to do.
    if !stand(&mut client.transaction()?)?.pending.is_empty() {
        wall::lower(client)?;
    }
    Runner::new(&migrations).set_grouped(true).run(client).map_err(wrong)?;
    wall::raise(client)
}
