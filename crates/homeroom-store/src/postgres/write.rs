//! The writing side of a roster in a PostgreSQL database.

use super::apply::Applier;
use super::bare;
use super::export::Whole;
use super::pool::Pool;
use super::stored::Snapshot;
use crate::archive::Archive;
use crate::export::Source;
use crate::first_load::{Feed, FirstLoad};
use crate::gradebook::since;
use crate::intake::{Compared, Stage, Stored};
use crate::run::{Run, Written};
use crate::schema::{TENANT, indexed_columns};
use crate::work::Work;
use crate::writer::Writer;
use crate::{Error, ErrorKind, Result};
use oneroster::model::{Entity, MODEL};
use oneroster::time::Timestamp;
use postgres::Client;
use std::time::Duration;

impl Writer for Pool {
    fn source(&self, name: &str) -> Result<u32> {
        let tenant = self.number();
        let mut leased = self.begin("BEGIN")?;
        let client = leased.client()?;
        const KNOWN: &str = "SELECT id FROM sources WHERE tenant = $1 AND name = $2";
        let mut known = client.query_opt(KNOWN, &[&tenant, &name])?;
        if known.is_none() {
            // Whoever takes the next number holds the tenant's row; another
            // one may have added the same name meanwhile.
            client.execute("SELECT FROM tenants WHERE id = $1 FOR UPDATE", &[&tenant])?;
            known = client.query_opt(KNOWN, &[&tenant, &name])?;
        }
        let id: i64 = match known {
            Some(row) => row.try_get(0)?,
            None => {
                let add = "WITH t AS (UPDATE tenants SET sources = sources + 1 WHERE id = $1 RETURNING id, sources) \
                           INSERT INTO sources (tenant, id, name) SELECT id, sources, $2 FROM t RETURNING id";
                client.query_one(add, &[&tenant, &name])?.try_get(0)?
            }
        };
        leased.commit()?;
        u32::try_from(id).map_err(|error| Error::caused(ErrorKind::Internal, "there are too many sources", error))
    }

    fn source_name(&self, id: u32) -> Result<Option<String>> {
        let tenant = self.number();
        let mut leased = self.begin("BEGIN READ ONLY")?;
        let sql = "SELECT name FROM sources WHERE tenant = $1 AND id = $2";
        let row = leased.client()?.query_opt(sql, &[&tenant, &i64::from(id)])?;
        // A row holds its statement, which ends with the transaction.
        let name = row.map(|row| row.try_get(0)).transpose()?;
        leased.commit()?;
        Ok(name)
    }

    fn snapshot(&self) -> Result<Box<dyn Stored>> {
        Ok(Box::new(Snapshot::open(self)?))
    }

    fn whole(&self) -> Result<Box<dyn Source>> {
        Ok(Box::new(Whole::open(self)?))
    }

    fn stage(&self) -> Result<Stage> {
        Stage::nameless()
    }

    fn apply(&self, mut compared: Compared, run: &Run, now: Timestamp) -> Result<Written> {
        let (mut client, tenant) = (self.begin_apart(WRITE)?, self.number());
        lock(&mut client, tenant)?;
        self.hold(&mut client)?;
        let version = since(&mut Work::Postgres(&mut client, tenant), compared.version)?;
        // Strictly later than any before, even if the clock steps back.
        let published = crate::visible::next_version(&mut Work::Postgres(&mut client, tenant), now, version)?;
        let mut applier = Applier::new(&mut client, tenant, published).compared(compared.version);
        let mut wrote = false;
        while let Some(piece) = compared.staged.piece()? {
            wrote = true;
            applier.apply(&piece)?;
        }
        if wrote {
            applier.finish()?;
            crate::forwards::queue_run(&mut Work::Postgres(&mut client, tenant), run.source, published)?;
            crate::visible::follow(&mut Work::Postgres(&mut client, tenant), published)?;
        }
        let at = wrote.then_some(published);
        let work = &mut Work::Postgres(&mut client, tenant);
        crate::claims::write(work, compared.claims.as_mut(), &compared.merges, at)?;
        let id = keep(&mut client, tenant, run, at)?;
        client.batch_execute("COMMIT")?;
        Ok(Written { run: id, published: at.map(Timestamp) })
    }

    fn first_load(&self, now: Timestamp) -> Result<Option<(Stage, FirstLoad)>> {
        let (mut client, tenant) = (self.begin_apart(WRITE)?, self.number());
        if lock(&mut client, tenant)? != 0 {
            return Ok(None);
        }
        self.hold(&mut client)?;
        let bare = bare::strip(&mut client, tenant)?;
        FirstLoad::start(move |feed| load(client, tenant, now, &feed, bare)).map(Some)
    }

    fn keep_run(&self, run: &Run) -> Result<i64> {
        self.change(|work| crate::run::keep(work, run, None))
    }

    fn look<T>(&self, work: impl FnOnce(&mut Work<'_>) -> Result<T>) -> Result<T> {
        let tenant = self.number();
        let mut leased = self.begin_long("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let done = work(&mut Work::Postgres(leased.client()?, tenant))?;
        leased.commit()?;
        Ok(done)
    }

    fn change<T>(&self, work: impl FnOnce(&mut Work<'_>) -> Result<T>) -> Result<T> {
        let tenant = self.number();
        let mut leased = self.begin_long(WRITE)?;
        self.hold(leased.client()?)?;
        let done = work(&mut Work::Postgres(leased.client()?, tenant))?;
        leased.commit()?;
        Ok(done)
    }

    fn group(
        &self,
        _: &mut Option<rusqlite::Connection>,
        patience: Duration,
        work: &mut dyn FnMut(&mut Work<'_>) -> Result<()>,
    ) -> Result<()> {
        let tenant = self.number();
        let milliseconds = patience.as_millis().max(1);
        let mut leased = self.begin_long(&format!("BEGIN; SET LOCAL lock_timeout = {milliseconds}"))?;
        work(&mut Work::Postgres(leased.client()?, tenant))?;
        leased.commit()
    }

    fn archive(&self) -> Archive {
        Archive::table(self.clone())
    }
}

/// How a transaction that writes begins.
const WRITE: &str = "BEGIN; SET LOCAL lock_timeout = '5s'";

/// Begins to write: whoever holds the tenant's row of `state` is alone, and
/// decides the instant of the next version. Gives the version that stands.
fn lock(client: &mut Client, tenant: i64) -> Result<i64> {
    Ok(client.query_one("SELECT published FROM state WHERE tenant = $1 FOR UPDATE", &[&tenant])?.try_get(0)?)
}

fn keep(client: &mut Client, tenant: i64, run: &Run, published: Option<i64>) -> Result<i64> {
    crate::run::keep(&mut Work::Postgres(client, tenant), run, published)
}

fn load(mut client: Client, tenant: i64, now: Timestamp, feed: &Feed, bare: bool) -> Result<Written> {
    let published = crate::visible::next_version(&mut Work::Postgres(&mut client, tenant), now, 0)?;
    let mut applier = Applier::new(&mut client, tenant, published);
    if bare {
        applier = applier.bare();
    }
    while let Ok(piece) = feed.pieces.recv() {
        applier.apply(&piece)?;
    }
    let Some(run) = feed.decision() else {
        client.batch_execute("ROLLBACK")?;
        return Ok(Written { run: 0, published: None });
    };
    let tables = applier.finish()?;
    if bare {
        bare::dress(&mut client)?;
    }
    crate::visible::follow(&mut Work::Postgres(&mut client, tenant), published)?;
    let run = Run { schools: crate::review::loaded(&mut Work::Postgres(&mut client, tenant))?, ..run };
    let id = keep(&mut client, tenant, &run, Some(published))?;
    client.batch_execute("COMMIT")?;
    for entity in MODEL.iter().filter(|entity| tables.contains(&entity.plural)) {
        let _ = client.batch_execute(&statistics(entity));
    }
    Ok(Written { run: id, published: Some(Timestamp(published)) })
}

/// Statistics let the planner choose. Those of the columns by which records are
/// found are enough to begin with, and cost a fraction of all; the server makes
/// the rest by itself, a minute later.
fn statistics(entity: &Entity) -> String {
    // Without the tenant and the row id, a long page in their order looks dearer than all rows, sorted.
    let columns: Vec<String> = indexed_columns(entity).iter().map(|column| format!("\"{column}\"")).collect();
    format!("ANALYZE \"{}\" ({TENANT}, {})", entity.plural, columns.join(", "))
}
