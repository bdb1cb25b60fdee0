//! Taking a run back: the changes that return what it touched to how it was.
//!
//! What was replaced stands in the history with the instant of the run; what was
//! added has no earlier row. Both become staged changes like those of a package,
//! so that consumers follow. A record that was changed since is left as it is,
//! and so is one that records which stay point to.

mod keep;

use crate::came;
use crate::intake::{Action, Cell, Compared, Head, ONLY_1P2, Plan, RETURNS, Stage};
use crate::review::some_rows;
use crate::schema::{PUBLISHED, RID, STATUS, UNTIL, all_columns, column, history};
use crate::work::{Work, number, text, whole};
use crate::{Error, ErrorKind, Result};
use hashbrown::{HashMap, HashSet};
use oneroster::model::{Kind, Place};

/// So many rows are asked for by one statement.
const SOME: usize = 500;
/// So many records that stay are named; the others are only counted.
const NAMED: usize = 1_000;

/// A record that an undo leaves as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stays {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier.
    pub sourced_id: String,
    /// Why.
    pub why: Why,
}

/// Why a record stays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// It was changed since; by this run, if it was a run.
    Changed(Option<i64>),
    /// A record that stays points to it: its kind and identifier.
    Needed(Kind, String),
}

/// What taking a run back comes to.
#[derive(Debug)]
pub struct TakenBack {
    /// The changes, to be applied.
    pub compared: Compared,
    /// Records that stay, the first thousand.
    pub stays: Vec<Stays>,
    /// How many were changed since.
    pub conflicts: u64,
    /// How many are needed by others.
    pub needed: u64,
    /// How many scores go with what they were given for.
    pub scores: u64,
}

/// What is to be done with the rows of a kind, by row id.
#[derive(Default)]
pub(crate) struct Rows {
    /// They get back what they were; whether they are tombstones now.
    restore: HashMap<i64, bool>,
    /// They go.
    remove: HashSet<i64>,
    /// They were changed since.
    conflict: HashSet<i64>,
    /// The parent of nested rows.
    parents: HashMap<i64, i64>,
}

pub(crate) type Touched = HashMap<Kind, Rows>;

/// Stages what takes back the run that was published at an instant.
pub(crate) fn take_back(
    work: &mut Work<'_>,
    mut stage: Stage,
    published: i64,
    plan: &Plan,
    force: bool,
) -> Result<TakenBack> {
    let sql = format!("SELECT published FROM state WHERE {} published >= 0", work.own("state"));
    let version = work.number(&sql, &[])?.unwrap_or_default();
    if crate::retention::horizon(work)?.is_some_and(|horizon| published <= horizon) {
        return Err(not_kept());
    }
    let mut stays = Staying::default();
    let mut touched = Touched::new();
    for kind in Kind::all() {
        whole_history(work, kind, published, plan)?;
        let moved = plan.kinds().find(|(k, _)| *k == kind).map_or(0, |(_, t)| t.added + t.changed + t.removed);
        came::join_many(work, moved)?;
        let rows = rows(work, kind, published, &touched, &mut stays)?;
        touched.insert(kind, rows);
    }
    came::join_many(work, 0)?;
    let scores = keep::settle(work, &mut touched, &mut stays, force)?;
    let mut counted = Plan::default();
    for kind in Kind::all() {
        let Some(rows) = touched.get(&kind) else { continue };
        let staying = stays.of.get(&kind).copied().unwrap_or_default();
        if rows.restore.is_empty() && rows.remove.is_empty() && staying == 0 {
            continue;
        }
        let tally = counted.of(kind);
        let back = rows.restore.values().filter(|dead| **dead).count();
        tally.added = back as u64;
        tally.changed = (rows.restore.len() - back) as u64;
        tally.removed = rows.remove.len() as u64;
        tally.unchanged = staying;
        write(work, kind, rows, published, &mut stage)?;
    }
    let stays_now = |kind, rid| touched.get(&kind).is_some_and(|rows: &Rows| rows.conflict.contains(&rid));
    let (claims, merges) = crate::claims::take_back(work, published, &stays_now)?;
    let staged = stage.finish()?;
    let compared = Compared { plan: counted, collisions: Vec::new(), collided: 0, version, staged, claims, merges };
    let Staying { named, conflicts, needed, .. } = stays;
    Ok(TakenBack { compared, stays: named, conflicts, needed, scores })
}

/// What stays, as it is found.
#[derive(Default)]
pub(crate) struct Staying {
    named: Vec<Stays>,
    of: HashMap<Kind, u64>,
    conflicts: u64,
    needed: u64,
    runs: HashMap<i64, Option<i64>>,
}

impl Staying {
    pub(crate) fn add(&mut self, kind: Kind, sourced_id: &str, why: Why) {
        match why {
            Why::Changed(_) => self.conflicts += 1,
            Why::Needed(..) => self.needed += 1,
        }
        *self.of.entry(kind).or_default() += 1;
        if self.named.len() < NAMED {
            self.named.push(Stays { kind, sourced_id: sourced_id.to_owned(), why });
        }
    }

    /// The run that was published at an instant.
    fn run(&mut self, work: &mut Work<'_>, published: i64) -> Result<Option<i64>> {
        if let Some(run) = self.runs.get(&published) {
            return Ok(*run);
        }
        let sql = format!("SELECT id FROM runs WHERE {} published = ?1", work.own("runs"));
        let run = work.number(&sql, &[Cell::Whole(published)])?;
        self.runs.insert(published, run);
        Ok(run)
    }
}

/// What was replaced must still be known, or nothing can be given back.
fn whole_history(work: &mut Work<'_>, kind: Kind, published: i64, plan: &Plan) -> Result<()> {
    let planned = plan.kinds().find(|(k, _)| *k == kind).map_or(0, |(_, tally)| tally.changed + tally.removed);
    if planned == 0 {
        return Ok(());
    }
    let (past, own) = (history(kind.entity()), work.own("h"));
    let sql = format!("SELECT count(*) FROM \"{past}\" AS h WHERE {own} h.{UNTIL} = ?1");
    let kept = work.number(&sql, &[Cell::Whole(published)])?.unwrap_or_default().unsigned_abs();
    if kept < planned {
        return Err(not_kept());
    }
    Ok(())
}

fn not_kept() -> Error {
    let message = "what the run replaced is not kept any more, so it cannot be taken back";
    Error::new(ErrorKind::Refused, message)
}

/// The parent column of a nested kind.
fn parent(kind: Kind) -> Option<(Kind, &'static str)> {
    let Place::Nested(parent) = kind.entity().place else { return None };
    Some((parent, &column(kind, kind.entity().parent_field()?)?.name))
}

/// One row that the run touched, as it stands now.
struct Now {
    rid: i64,
    sourced_id: String,
    dead: bool,
    published: i64,
    parent: Option<i64>,
    /// Whether it is still as the run left it.
    same: bool,
    /// Whether it was there, live or deleted, before the run.
    before: Option<bool>,
}

/// Sorts the rows of a kind that the run touched.
fn rows(work: &mut Work<'_>, kind: Kind, published: i64, touched: &Touched, stays: &mut Staying) -> Result<Rows> {
    let mut rows = Rows::default();
    let above = parent(kind).and_then(|(parent, _)| touched.get(&parent));
    let mut conflicts = Vec::new();
    for sql in touching(work, kind) {
        work.query(&sql, &[Cell::Whole(published)], &mut |row| {
            let now = now(row)?;
            if let Some(parent) = now.parent {
                rows.parents.insert(now.rid, parent);
            }
            // A nested row is shown in its parent: they go back together.
            let within = now.parent.is_some_and(|parent| above.is_some_and(|rows| rows.conflict.contains(&parent)));
            match now.before {
                // What came with the run and has gone since is as it was.
                None if now.dead => {}
                _ if !now.same || within => {
                    rows.conflict.insert(now.rid);
                    conflicts.push((now.sourced_id, now.published));
                }
                Some(true) => drop(rows.restore.insert(now.rid, now.dead)),
                _ if !now.dead => drop(rows.remove.insert(now.rid)),
                _ => {}
            }
            Ok(())
        })?;
    }
    for (sourced_id, at) in conflicts {
        let run = stays.run(work, at)?;
        stays.add(kind, &sourced_id, Why::Changed(run));
    }
    Ok(rows)
}

fn now(row: &[Cell<'_>]) -> Result<Now> {
    Ok(Now {
        rid: whole(row, 0)?,
        sourced_id: text(row, 1)?.unwrap_or_default().to_owned(),
        dead: whole(row, 2)? != 0,
        published: whole(row, 3)?,
        same: whole(row, 4)? == 1,
        before: number(row, 5)?.map(|status| status == 0),
        parent: number(row, 6)?,
    })
}

/// The statements that give the rows of a kind which the run touched: those it
/// replaced; those it added and nobody touched since; those it added and a
/// later run replaced.
fn touching(work: &Work<'_>, kind: Kind) -> [String; 3] {
    let (table, past) = (kind.entity().plural, history(kind.entity()));
    let (t, h, g) = (work.own("t"), work.own("h"), work.own("g"));
    let above = parent(kind).map_or("NULL".to_owned(), |(_, column)| format!("t.\"{column}\""));
    // As a number that is null or the type is not known.
    let above = format!("CAST({above} AS bigint)");
    // A tombstone is one whatever it says.
    let as_left = "CASE WHEN t.published = ?1 OR (g.status = t.status AND (t.status = 1 OR g.digest = t.digest)) \
                   THEN 1 ELSE 0 END";
    // A record that was renamed can only go back to an identifier that is free.
    let free = format!(
        "h.\"sourcedId\" = t.\"sourcedId\" OR NOT EXISTS \
         (SELECT 1 FROM \"{table}\" AS o WHERE {} o.\"sourcedId\" = h.\"sourcedId\")",
        work.own("o")
    );
    let columns = "t.rid, t.\"sourcedId\", t.status, t.published";
    [
        format!(
            "SELECT {columns}, CASE WHEN {free} THEN {as_left} ELSE 0 END, h.status, {above} FROM \"{past}\" AS h \
             JOIN \"{table}\" AS t ON {t} t.rid = h.rid \
             LEFT JOIN \"{past}\" AS g ON {g} g.rid = h.rid AND g.published = ?1 \
             WHERE {h} h.{UNTIL} = ?1"
        ),
        format!(
            "SELECT {columns}, 1, CAST(NULL AS bigint), {above} FROM ({}) AS n JOIN \"{table}\" AS t ON {t} t.rid = n.rid",
            came::standing(work, kind)
        ),
        format!(
            "SELECT {columns}, {as_left}, CAST(NULL AS bigint), {above} FROM ({}) AS n \
             JOIN \"{past}\" AS g ON {g} g.rid = n.rid AND g.published = ?1 \
             JOIN \"{table}\" AS t ON {t} t.rid = n.rid AND t.published <> ?1",
            came::put_away(work, kind)
        ),
    ]
}

/// Stages the changes of a kind.
fn write(work: &mut Work<'_>, kind: Kind, rows: &Rows, published: i64, stage: &mut Stage) -> Result<()> {
    // The row id, the status and the instant are the writer's.
    let all = all_columns(kind);
    let own: Vec<&str> = all.into_iter().filter(|name| ![RID, STATUS, PUBLISHED].contains(name)).collect();
    let only1p2 = own.iter().position(|name| *name == crate::schema::DERIVED[1]).map(|at| at + 1);
    let list: Vec<String> = own.iter().map(|name| format!("t.\"{name}\"")).collect();
    let (past, tenant) = (history(kind.entity()), work.own("t"));
    if !rows.restore.is_empty() {
        let sql = format!(
            "SELECT t.rid, {} FROM \"{past}\" AS t WHERE {tenant} t.{UNTIL} = ?1 ORDER BY t.rid",
            list.join(", ")
        );
        work.query(&sql, &[Cell::Whole(published)], &mut |row| {
            let rid = whole(row, 0)?;
            let Some(dead) = rows.restore.get(&rid) else { return Ok(()) };
            let mut flags = if *dead { RETURNS } else { 0 };
            if only1p2.is_some_and(|at| matches!(row.get(at), Some(Cell::Whole(1)))) {
                flags |= ONLY_1P2;
            }
            Head { action: Action::Change, kind: kind as u8, rid, flags }.write(&mut stage.buffer);
            for cell in row.iter().skip(1) {
                cell.write(&mut stage.buffer);
            }
            stage.settle()
        })?;
    }
    let mut remove: Vec<i64> = rows.remove.iter().copied().collect();
    remove.sort_unstable();
    for rid in remove {
        Head { action: Action::Remove, kind: kind as u8, rid, flags: 0 }.write(&mut stage.buffer);
        Cell::Null.write(&mut stage.buffer);
        stage.settle()?;
    }
    Ok(())
}

/// The identifiers of some rows, by row id.
fn named(work: &mut Work<'_>, kind: Kind, rids: &[i64]) -> Result<HashMap<i64, String>> {
    let mut found = HashMap::new();
    for some in rids.chunks(SOME) {
        work.query(&some_rows(work, kind, "rid, \"sourcedId\"", some), &[], &mut |row| {
            found.insert(whole(row, 0)?, text(row, 1)?.unwrap_or_default().to_owned());
            Ok(())
        })?;
    }
    Ok(found)
}
