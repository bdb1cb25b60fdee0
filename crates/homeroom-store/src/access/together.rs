//! What the nodes of one database count together: how often applications ask,
//! and how often somebody guessed.
//!
//! Each node counts by itself, and tells now and then what came to it since the
//! last time; it is told what came to all. Instants are those of the server, so
//! that no clock of a node matters. On SQLite one process serves, which knows
//! everything already.

use super::Access;
use super::database::Database;
use crate::postgres::Leased;
use crate::{Error, ErrorKind, Result};
use postgres::Row;
use std::time::Duration;

/// What is counted, as a digest: neither an address nor a name that somebody
/// tried stands in the database.
pub type Tag = [u8; 16];

/// What a node let somebody ask since it last told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spent {
    /// Whom, and at which rate.
    pub what: Tag,
    /// How long it takes to work that off, at the rate.
    pub took: Duration,
    /// How long ago the first of it came.
    pub ago: Duration,
}

/// The wrong secrets of somebody that a node met since it last told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guessed {
    /// Whose.
    pub what: Tag,
    /// How many.
    pub wrong: u32,
    /// Whether a right one came before them.
    pub afresh: bool,
}

/// What a node tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// What was asked of it.
    pub spent: Vec<Spent>,
    /// What was guessed.
    pub guessed: Vec<Guessed>,
    /// When it heard last, as it was told then; 0 for never.
    pub since: i64,
    /// After so long without a wrong secret, all are forgotten.
    pub forget_after: Duration,
}

/// What it hears.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Heard {
    /// Of what it told: how long it takes until all that was asked, of whichever
    /// node, is worked off.
    pub spent: Vec<(Tag, Duration)>,
    /// The wrong secrets in all, and how long ago the last one came, of whoever
    /// sent one, or a right one, since it heard last.
    pub guessed: Vec<(Tag, u32, Duration)>,
    /// When that was.
    pub at: i64,
}

/// Now, by the server, in microseconds.
const NOW: &str = "(extract(epoch FROM now()) * 1000000)::bigint";
/// Nobody waits longer for what was asked of other nodes, in microseconds,
/// whatever the clock of the server did.
const FARTHEST: i64 = 60_000_000;
/// What was written at about the same time is heard of twice rather than never:
/// who began first may commit last. In microseconds.
const OVERLAP: i64 = 5_000_000;
/// More wrong secrets make no difference.
const MOST_WRONG: i64 = 1_000_000;
/// Of more than these nobody needs to hear at once.
const MOST_HEARD: i64 = 10_000;
/// After so many times old rows are taken away.
const OFTEN: u32 = 128;

impl Access {
    /// Tells what was counted here, and hears what was counted everywhere;
    /// `None` where nobody else counts. Blocks while the database is asked.
    ///
    /// # Errors
    /// `Busy`, `Lost`, `Internal`; then nothing was told.
    pub fn count_together(&self, told: &Told) -> Result<Option<Heard>> {
        let Database::Postgres(pool) = self.database() else { return Ok(None) };
        let mut leased = pool.begin("BEGIN; SET LOCAL synchronous_commit = off")?;
        let spent = spend(&mut leased, &told.spent)?;
        guess(&mut leased, told)?;
        let heard = hear(&mut leased, told)?;
        if pool.one_in(OFTEN) {
            purge(&mut leased, told.forget_after)?;
        }
        leased.commit()?;
        Ok(Some(Heard { spent, ..heard }))
    }
}

fn spend(leased: &mut Leased, spent: &[Spent]) -> Result<Vec<(Tag, Duration)>> {
    if spent.is_empty() {
        return Ok(Vec::new());
    }
    // In one order, so that no two nodes wait for each other.
    let sql = format!(
        "INSERT INTO spent AS s (what, free, added) \
         SELECT n.what, {NOW} - n.ago + n.took, n.took \
         FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS n (what, took, ago) ORDER BY n.what \
         ON CONFLICT (what) DO UPDATE SET added = excluded.added, \
         free = greatest(least(s.free, {NOW} + {FARTHEST}) + excluded.added, excluded.free) \
         RETURNING what, free - {NOW}"
    );
    let what: Vec<&[u8]> = spent.iter().map(|one| &one.what[..]).collect();
    let took: Vec<i64> = spent.iter().map(|one| micros(one.took)).collect();
    let ago: Vec<i64> = spent.iter().map(|one| micros(one.ago)).collect();
    let (client, statement) = leased.prepared(&sql)?;
    let rows = client.query(statement, &[&what, &took, &ago])?;
    rows.iter().map(|row| Ok((tag(row)?, duration(row.try_get(1)?)))).collect()
}

fn guess(leased: &mut Leased, told: &Told) -> Result<()> {
    let afresh: Vec<&[u8]> = told.guessed.iter().filter(|one| one.afresh).map(|one| &one.what[..]).collect();
    if !afresh.is_empty() {
        let sql = format!(
            "INSERT INTO guessed (what, wrong, last) SELECT n.what, 0, {NOW} FROM unnest($1::bytea[]) AS n (what) \
             ORDER BY n.what ON CONFLICT (what) DO UPDATE SET wrong = 0, last = excluded.last"
        );
        let (client, statement) = leased.prepared(&sql)?;
        client.execute(statement, &[&afresh])?;
    }
    let wrong: Vec<_> = told.guessed.iter().filter(|one| one.wrong > 0).collect();
    if !wrong.is_empty() {
        let sql = format!(
            "INSERT INTO guessed AS g (what, wrong, last) \
             SELECT n.what, n.wrong, {NOW} FROM unnest($1::bytea[], $2::bigint[]) AS n (what, wrong) ORDER BY n.what \
             ON CONFLICT (what) DO UPDATE SET last = excluded.last, wrong = excluded.wrong + \
             CASE WHEN g.last <= excluded.last - $3 THEN 0 ELSE least(g.wrong, {MOST_WRONG}) END"
        );
        let what: Vec<&[u8]> = wrong.iter().map(|one| &one.what[..]).collect();
        let many: Vec<i64> = wrong.iter().map(|one| i64::from(one.wrong)).collect();
        let (client, statement) = leased.prepared(&sql)?;
        client.execute(statement, &[&what, &many, &micros(told.forget_after)])?;
    }
    Ok(())
}

/// Hears of guesses.
fn hear(leased: &mut Leased, told: &Told) -> Result<Heard> {
    let sql = format!(
        "SELECT what, {NOW} - last, wrong, {NOW} FROM guessed WHERE last >= $1 UNION ALL SELECT NULL, 0, 0, {NOW} \
         ORDER BY 2 LIMIT {MOST_HEARD}"
    );
    let (client, statement) = leased.prepared(&sql)?;
    let since = told.since.saturating_sub(OVERLAP).max(0);
    let (mut guessed, mut at) = (Vec::new(), told.since);
    for row in client.query(statement, &[&since])? {
        at = row.try_get(3)?;
        if row.try_get::<_, Option<&[u8]>>(0)?.is_some() {
            let wrong = u32::try_from(row.try_get::<_, i64>(2)?).unwrap_or(u32::MAX);
            guessed.push((tag(&row)?, wrong, duration(row.try_get(1)?)));
        }
    }
    Ok(Heard { guessed, at, spent: Vec::new() })
}

/// Takes away what is worked off, and what is forgotten.
fn purge(leased: &mut Leased, forget_after: Duration) -> Result<()> {
    for (table, old, after) in [("spent", "free", Duration::ZERO), ("guessed", "last", forget_after)] {
        let sql = format!(
            "DELETE FROM {table} WHERE what IN \
             (SELECT what FROM {table} WHERE {old} < {NOW} - $1 FOR UPDATE SKIP LOCKED)"
        );
        let (client, statement) = leased.prepared(&sql)?;
        client.execute(statement, &[&micros(after)])?;
    }
    Ok(())
}

fn tag(row: &Row) -> Result<Tag> {
    let lost = |_| Error::new(ErrorKind::Internal, "the database tells of something that nobody counted");
    row.try_get::<_, &[u8]>(0)?.try_into().map_err(lost)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4)
}

/// What lies in the past is over.
fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}
