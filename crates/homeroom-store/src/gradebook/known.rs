//! What is stored, as the requests of a group see it one after the other.

use super::{WRITTEN, lines::Step};
use crate::intake::Cell;
use crate::work::{Work, bytes, text, whole};
use crate::{Result, ViewId};
use hashbrown::{HashMap, HashSet};
use oneroster::model::Kind;
use oneroster::record::Record;
use std::rc::Rc;

/// So many identifiers are asked for by one statement.
const SOME: usize = 500;

/// A stored record.
#[derive(Debug)]
pub(super) struct Found {
    pub kind: Kind,
    pub rid: i64,
    pub sourced_id: String,
    pub owner: u32,
    pub live: bool,
    pub published: i64,
    pub digest: u64,
    packed: Vec<u8>,
}

impl Found {
    /// The record itself.
    pub fn record(&self) -> Option<Record> {
        Record::unpack(self.kind, &self.sourced_id, &self.packed)
    }
}

/// What was looked up, with what this group changes of it.
pub(super) struct Known<'w, 'c> {
    pub work: &'w mut Work<'c>,
    found: HashMap<(Kind, String), Option<Rc<Found>>>,
    /// The last row id of each kind.
    last: HashMap<Kind, i64>,
    /// Rows that this group changes.
    touched: HashSet<(Kind, i64)>,
    /// The view of the application that asks.
    view: Option<ViewId>,
    /// Whether it asked for something that only the next group knows.
    pub unsure: bool,
    /// Rows that records of this group name.
    named: HashSet<(Kind, i64)>,
}

const COLUMNS: &str = "t.\"sourcedId\", t.rid, t.owner, t.status, t.published, t.digest, t.packed";

impl<'w, 'c> Known<'w, 'c> {
    pub fn new(work: &'w mut Work<'c>) -> Known<'w, 'c> {
        let (found, last, touched, named) = Default::default();
        Known { work, found, last, touched, view: None, unsure: false, named }
    }

    /// Looks up many records at once, where every statement is a journey.
    pub fn prepare(&mut self, wanted: &HashMap<Kind, HashSet<&str>>) -> Result<()> {
        if matches!(self.work, Work::Sqlite(_)) {
            return Ok(());
        }
        for (kind, ids) in wanted {
            let ids: Vec<&str> = ids.iter().copied().collect();
            for some in ids.chunks(SOME) {
                let marks: Vec<String> = (1..=some.len()).map(|at| format!("?{at}")).collect();
                let cells: Vec<Cell<'_>> = some.iter().map(|id| Cell::Text(id)).collect();
                let rows = self.rows(*kind, &format!("t.\"sourcedId\" IN ({})", marks.join(", ")), &cells)?;
                for id in some {
                    self.found.insert((*kind, (*id).to_owned()), None);
                }
                for row in rows {
                    self.found.insert((*kind, row.sourced_id.clone()), Some(Rc::new(row)));
                }
            }
        }
        Ok(())
    }

    /// A record, live or not.
    pub fn get(&mut self, kind: Kind, id: &str) -> Result<Option<Rc<Found>>> {
        if let Some(found) = self.found.get(&(kind, id.to_owned())) {
            return Ok(found.clone());
        }
        let found = self.rows(kind, "t.\"sourcedId\" = ?1", &[Cell::Text(id)])?.pop().map(Rc::new);
        self.found.insert((kind, id.to_owned()), found.clone());
        Ok(found)
    }

    /// A live record that the application sees.
    pub fn live(&mut self, kind: Kind, id: &str) -> Result<Option<Rc<Found>>> {
        let Some(found) = self.get(kind, id)?.filter(|found| found.live) else { return Ok(None) };
        Ok(if self.shows(&found)? { Some(found) } else { None })
    }

    /// Begins with the request of an application that sees a view.
    pub fn ask_for(&mut self, view: Option<ViewId>) {
        (self.view, self.unsure) = (view, false);
    }

    /// Whether the application sees a record, or saw it until it was deleted.
    /// Of what this group changes, the next one knows.
    pub fn shows(&mut self, found: &Found) -> Result<bool> {
        let Some(view) = self.view else { return Ok(true) };
        if self.is_taken(found.kind, found.rid) {
            self.unsure = true;
            return Ok(true);
        }
        crate::visible::shows(self.work, view, (found.kind, found.rid), found.live)
    }

    /// The live records of a kind that name a record in a column, as they stood
    /// before this group.
    pub fn naming(&mut self, kind: Kind, column: &str, rid: i64) -> Result<Vec<Found>> {
        self.rows(kind, &format!("t.\"{column}\" = ?1 AND t.status = 0"), &[Cell::Whole(rid)])
    }

    /// Whether any live record of a kind names a record in a column.
    pub fn is_named(&mut self, kind: Kind, column: &str, rid: i64) -> Result<bool> {
        let (table, own) = (kind.entity().plural, self.work.own("t"));
        let sql =
            format!("SELECT t.rid FROM \"{table}\" AS t WHERE {own} t.\"{column}\" = ?1 AND t.status = 0 LIMIT 1");
        self.work.any(&sql, &[Cell::Whole(rid)])
    }

    fn rows(&mut self, kind: Kind, which: &str, values: &[Cell<'_>]) -> Result<Vec<Found>> {
        let (table, own) = (kind.entity().plural, self.work.own("t"));
        let sql = format!("SELECT {COLUMNS} FROM \"{table}\" AS t WHERE {own} {which}");
        let mut found = Vec::new();
        self.work.query(&sql, values, &mut |row| {
            found.push(Found {
                kind,
                sourced_id: text(row, 0)?.unwrap_or_default().to_owned(),
                rid: whole(row, 1)?,
                owner: u32::try_from(whole(row, 2)?).unwrap_or_default(),
                live: whole(row, 3)? == 0,
                published: whole(row, 4)?,
                digest: whole(row, 5)? as u64,
                packed: bytes(row, 6)?.to_vec(),
            });
            Ok(())
        })?;
        Ok(found)
    }

    /// A row id that nobody had.
    pub fn fresh(&mut self, kind: Kind) -> Result<i64> {
        let last = match self.last.get(&kind) {
            Some(last) => *last,
            None => {
                let own = self.work.own("t");
                let sql = format!("SELECT max(t.rid) FROM \"{}\" AS t WHERE {own} t.rid > 0", kind.entity().plural);
                self.work.number(&sql, &[])?.unwrap_or_default().max(WRITTEN)
            }
        };
        self.last.insert(kind, last + 1);
        Ok(last + 1)
    }

    /// Whether a request has to wait for the next group: a row cannot change
    /// twice at one instant.
    pub fn is_taken(&self, kind: Kind, rid: i64) -> bool {
        self.touched.contains(&(kind, rid))
    }

    /// Whether a record of this group names a row.
    pub fn is_in_use(&self, kind: Kind, rid: i64) -> bool {
        self.named.contains(&(kind, rid))
    }

    /// Notes what a step does, for the requests behind it.
    pub fn note(&mut self, step: &Step, rid: i64, published: i64) {
        let found = match step {
            Step::Write { record, digest, owner, .. } => {
                let mut packed = Vec::new();
                record.clone().pack(&mut packed);
                Found {
                    kind: record.kind(),
                    rid,
                    sourced_id: record.sourced_id.clone(),
                    owner: *owner,
                    live: true,
                    published,
                    digest: *digest,
                    packed,
                }
            }
            Step::Remove { found, owner } => Found {
                kind: found.kind,
                rid,
                sourced_id: found.sourced_id.clone(),
                owner: *owner,
                live: false,
                published,
                digest: found.digest,
                packed: found.packed.clone(),
            },
        };
        self.touched.insert((found.kind, rid));
        self.found.insert((found.kind, found.sourced_id.clone()), Some(Rc::new(found)));
    }

    /// Notes that a record of this group names a row.
    pub fn name(&mut self, kind: Kind, rid: i64) {
        self.named.insert((kind, rid));
    }
}
