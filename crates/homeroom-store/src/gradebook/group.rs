//! A group of requests as one change of the roster.

use super::judge::{Judged, judge};
use super::known::Known;
use super::lines::{Step, take};
use super::{APPLICATIONS, Task, Verdict, Write};
use crate::intake::Cell;
use crate::reader::Standing;
use crate::work::{Work, number, whole};
use crate::{Error, ErrorKind, Result, postgres, sqlite};
use hashbrown::{HashMap, HashSet};
use oneroster::model::{Kind, Type};
use oneroster::time::Timestamp;
use std::collections::BTreeMap;

/// What became of one request of a group; `None` if it waits for the next one.
pub(super) type Outcome = Option<Verdict>;

/// Judges the requests in their order and writes what they ask, within a
/// transaction that its caller opened and ends.
pub(super) fn run(work: &mut Work<'_>, group: &[&Write]) -> Result<Vec<Outcome>> {
    let before = lock(work)?;
    let now = group.iter().map(|write| write.now.0).max().unwrap_or_default();
    // Strictly later than any before, even if the clock steps back.
    let published = crate::visible::next_version(work, Timestamp(now), before.published)?;
    let owners = owners(work, group)?;
    let (mut lines, mut touched, mut outcomes) = (Vec::new(), Touched::default(), Vec::new());
    let mut known = Known::new(work);
    known.prepare(&wanted(group))?;
    for write in group {
        let owner = owners.get(&*write.author).copied().unwrap_or(APPLICATIONS);
        outcomes.push(match judge(&mut known, write, owner)? {
            Judged::Later => None,
            Judged::Refused(refused) => Some(Err(refused)),
            Judged::Steps(done, mut steps) => {
                for step in &mut steps {
                    let rid = take(step, &mut known, published, &mut lines)?;
                    touched.add(step, rid);
                }
                Some(Ok(done))
            }
        });
    }
    drop(known);
    if !lines.is_empty() {
        apply(work, &lines, published)?;
        touched.sign(work)?;
        crate::forwards::queue_written(work, touched.rows.keys().copied(), published)?;
        // The rest of the roster stands as before.
        let stands = [Cell::Whole(published), Cell::Whole(before.read())];
        let sql = format!("UPDATE state SET written = ?1, base = ?2 WHERE {} published >= 0", work.own("state"));
        work.execute(&sql, &stands)?;
        crate::visible::follow(work, published)?;
    }
    Ok(outcomes)
}

/// How the roster stands; nobody else writes from here on, until the
/// transaction ends.
fn lock(work: &mut Work<'_>) -> Result<Standing> {
    let lock = if matches!(work, Work::Sqlite(_)) { "" } else { " FOR UPDATE" };
    standing(work, lock)
}

/// How the roster stands.
fn standing(work: &mut Work<'_>, lock: &str) -> Result<Standing> {
    let own = work.own("state");
    let sql = format!("SELECT published, written, base FROM state WHERE {own} published >= 0{lock}");
    let mut found = None;
    work.query(&sql, &[], &mut |row| {
        found = Some(Standing { published: whole(row, 0)?, written: whole(row, 1)?, base: whole(row, 2)? });
        Ok(())
    })?;
    found.ok_or_else(|| Error::new(ErrorKind::Internal, "the database does not say how the roster stands"))
}

/// Gives the version that stands, if since another one nobody but applications
/// changed the roster: then a package that was compared with that one may still be applied.
///
/// # Errors
/// `Busy` if somebody did: compare again.
pub(crate) fn since(work: &mut Work<'_>, version: i64) -> Result<i64> {
    let standing = standing(work, "")?;
    if standing.published != version && (standing.published != standing.written || standing.base > version) {
        return Err(Error::new(ErrorKind::Busy, "the roster was changed by another run meanwhile; plan again"));
    }
    Ok(standing.published)
}

fn apply(work: &mut Work<'_>, lines: &[u8], published: i64) -> Result<()> {
    match work {
        Work::Sqlite(connection) => {
            let mut applier = sqlite::Applier::new(connection, published);
            applier.apply(lines)?;
            applier.finish()
        }
        Work::Postgres(client, tenant) => {
            let mut applier = postgres::Applier::new(client, *tenant, published);
            applier.apply(lines)?;
            applier.finish().map(drop)
        }
    }
}

/// The numbers by which the applications of a group own records.
fn owners<'g>(work: &mut Work<'_>, group: &[&'g Write]) -> Result<HashMap<&'g str, u32>> {
    let mut owners = HashMap::new();
    for write in group {
        if !owners.contains_key(&*write.author) {
            owners.insert(&*write.author, owner(work, &write.author)?);
        }
    }
    Ok(owners)
}

fn owner(work: &mut Work<'_>, name: &str) -> Result<u32> {
    let own = work.own("authors");
    let known = format!("SELECT id FROM authors WHERE {own} name = ?1");
    let mut id = work.number(&known, &[Cell::Text(name)])?;
    if id.is_none() {
        let last = format!("SELECT max(id) FROM authors WHERE {own} id > 0");
        let mut next = 1;
        work.query(&last, &[], &mut |row| {
            next = number(row, 0)?.unwrap_or_default() + 1;
            Ok(())
        })?;
        let (column, tenant) = work.first();
        let add = format!("INSERT INTO authors ({column}id, name) VALUES ({tenant}?1, ?2)");
        work.execute(&add, &[Cell::Whole(next), Cell::Text(name)])?;
        id = Some(next);
    }
    let number = id.and_then(|id| u32::try_from(id).ok()).and_then(|id| APPLICATIONS.checked_add(id));
    number.ok_or_else(|| Error::new(ErrorKind::Internal, "there are too many applications"))
}

/// What the requests name, to be looked up at once.
fn wanted<'g>(group: &[&'g Write]) -> HashMap<Kind, HashSet<&'g str>> {
    let mut wanted: HashMap<Kind, HashSet<&str>> = HashMap::new();
    let mut want = |kind: Kind, id: &'g str| {
        wanted.entry(kind).or_default().insert(id);
    };
    for write in group {
        let records: &[_] = match &write.task {
            Task::Put(record) => std::slice::from_ref(record.as_ref()),
            Task::Post { records, parents } => {
                parents.iter().for_each(|(parent, id)| want(parent.kind, id));
                records
            }
            Task::Delete { kind, sourced_id } => {
                want(*kind, sourced_id);
                &[]
            }
        };
        for record in records {
            want(record.kind(), &record.sourced_id);
            for (at, field) in (0u8..).zip(record.kind().entity().fields) {
                if let (Type::Ref(target, _), Some(id)) = (field.ty, record.get(at)) {
                    want(target, id);
                }
            }
        }
    }
    wanted
}

/// The rows that a group changes, and whose tombstones some of them are now.
#[derive(Default)]
struct Touched {
    rows: BTreeMap<Kind, Vec<i64>>,
    gone: BTreeMap<(Kind, u32), Vec<i64>>,
}

impl Touched {
    fn add(&mut self, step: &Step, rid: i64) {
        let kind = match step {
            Step::Write { record, .. } => record.kind(),
            Step::Remove { found, owner } => {
                self.gone.entry((found.kind, *owner)).or_default().push(rid);
                found.kind
            }
        };
        self.rows.entry(kind).or_default().push(rid);
    }

    /// Puts the name of who deleted a record on its tombstone: owner and instant
    /// of each row, now and in the history, are the log of who wrote it.
    fn sign(&self, work: &mut Work<'_>) -> Result<()> {
        for ((kind, owner), rids) in &self.gone {
            let list: Vec<String> = rids.iter().map(i64::to_string).collect();
            let (table, own) = (kind.entity().plural, work.own(&format!("\"{}\"", kind.entity().plural)));
            let sql = format!("UPDATE \"{table}\" SET owner = ?1 WHERE {own} rid IN ({})", list.join(", "));
            work.execute(&sql, &[Cell::Whole(i64::from(*owner))])?;
        }
        Ok(())
    }
}
