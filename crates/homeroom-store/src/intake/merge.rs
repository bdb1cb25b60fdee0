//! One person under two identifiers becomes one record, and two again.
//!
//! The record of the identifier that stands is made of what was said under both;
//! the other one goes, and whatever named it names the first. What each source
//! says is kept as a claim under the identifier that it uses, so that later
//! packages find their record, and the two can be parted.

use super::nest::dress;
use super::order::{inside, link_target, shown_in};
use super::{Action, Compared, Intake, Kind, RETURNS, Record, Stage, Stored, StoredRow};
use crate::claims::{Holder, MergeChange, Said};
use crate::precedence::{Claim, Precedence, bare};
use crate::{Error, ErrorKind, Result};
use hashbrown::{HashMap, HashSet};
use oneroster::at;
use oneroster::model::Type;
use oneroster::time::Timestamp;

/// Two identifiers of one person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Merge {
    /// The one that stands.
    pub keep: String,
    /// The one that stands no more.
    pub other: String,
    /// By which type that stands among the identifiers of the person.
    pub label: String,
}

/// Rows by kind.
pub(crate) type Rows = HashMap<Kind, HashSet<i64>>;

/// What is made of the claims to one record.
struct Made {
    owner: u32,
    record: Record,
}

impl Intake {
    /// A comparison that no package is for.
    pub(crate) fn for_people(stored: Box<dyn Stored>, stage: Stage) -> Result<Intake> {
        let mut intake = Intake::new(stored, 0, false, stage)?;
        intake.lazy = true;
        Ok(intake)
    }

    /// Makes one of two people, pair by pair; `naming` are the rows that name the
    /// ones that go.
    pub(crate) fn merge(mut self, pairs: &[Merge], naming: &Rows) -> Result<Compared> {
        let mut changes = Vec::new();
        for pair in pairs {
            let new = |label: &str| Some((pair.keep.clone(), label.to_owned()));
            for (old, _) in self.contest.merges.all().filter(|(_, new)| *new == pair.other) {
                let label = self.contest.merges.label(old).unwrap_or_default();
                changes.push(MergeChange { old: old.to_owned(), new: new(label) });
            }
            changes.push(MergeChange { old: pair.other.clone(), new: new(&pair.label) });
        }
        self.contest.merges = self.contest.merges.with(&changes);
        let mut gone: HashSet<i64> = HashSet::new();
        let mut by_keep: HashMap<&str, Vec<&str>> = HashMap::new();
        for pair in pairs {
            by_keep.entry(&pair.keep).or_default().push(&pair.other);
        }
        let mut all: Vec<_> = by_keep.into_iter().collect();
        all.sort_unstable();
        for (keep, others) in all {
            let rids = self.merge_one(keep, &others)?;
            gone.extend(rids);
        }
        self.rename(naming, &gone)?;
        self.ended(changes)
    }

    /// Makes one of several; gives the rows of people that are done with.
    fn merge_one(&mut self, keep: &str, others: &[&str]) -> Result<Vec<i64>> {
        let row = self.person(keep)?;
        let mut done = vec![row.rid];
        let mut inner = self.rows_inside(row.rid)?;
        self.gather(Kind::User, keep, (row, keep))?;
        for other in others {
            let from = self.person(other)?;
            for (child, rid, source) in self.rows_inside(from.rid)? {
                let mut child = child;
                self.contest.merges.apply(&mut child);
                let digest = child.digest();
                self.plan.of(child.kind()).changed += 1;
                self.stage(&mut child, digest, Action::Change, (rid, source), 0)?;
                inner.push((child, rid, source));
            }
            self.gather(Kind::User, keep, (from, other))?;
            self.stage_removal(Kind::User, from.rid, None)?;
            done.push(from.rid);
            self.merge_demographics(keep, other)?;
        }
        let made = self.made(Kind::User, keep, row)?;
        let rows = inner.into_iter().map(|(record, ..)| record).collect();
        self.put_together(made, row, rows)?;
        if let Some(row) = self.live(Kind::Demographics, keep)?
            && !self.contest.holders(Kind::Demographics, row.rid).is_empty()
        {
            let made = self.made(Kind::Demographics, keep, row)?;
            self.put_together(made, row, Vec::new())?;
        }
        Ok(done)
    }

    fn merge_demographics(&mut self, keep: &str, other: &str) -> Result<()> {
        let kind = Kind::Demographics;
        let Some(from) = self.live(kind, other)? else { return Ok(()) };
        self.stage_removal(kind, from.rid, None)?;
        if let Some(row) = self.live(kind, keep)? {
            self.gather(kind, keep, (row, keep))?;
            return self.gather_into(kind, row, (from, other));
        }
        let Some(mut record) = self.stored(kind, other)? else { return Ok(()) };
        self.contest.merges.apply(&mut record);
        let digest = record.digest();
        let (rid, action, flags) = match self.stored.find(kind, keep)? {
            Some((row, _)) => (row.rid, Action::Change, RETURNS),
            None => (self.ids.fresh(kind), Action::Add, 0),
        };
        self.plan.of(kind).added += 1;
        self.stage(&mut record, digest, action, (rid, from.source), flags)?;
        self.gather_into(kind, StoredRow { rid, live: true, ..from }, (from, other))
    }

    /// Takes what is said of a row as claims to the record that stands.
    fn gather(&mut self, kind: Kind, keep: &str, of: (StoredRow, &str)) -> Result<()> {
        let row = self.live(kind, keep)?.ok_or_else(|| missing(keep))?;
        self.gather_into(kind, row, of)
    }

    fn gather_into(&mut self, kind: Kind, row: StoredRow, (from, name): (StoredRow, &str)) -> Result<()> {
        self.open_claims(kind)?;
        let said = self.stored.said(kind, from.rid)?;
        if said.is_empty() {
            let Some((id, packed)) = self.stored.packed(kind, &[from.rid])?.pop() else { return Ok(()) };
            let Some(mut record) = Record::unpack(kind, &id, &packed) else { return Ok(()) };
            record.modified = self.stored.modified(kind, from.rid)?.map(Timestamp);
            let holder = Holder { source: from.source, name: name.to_owned() };
            return self.contest.put(kind, row, Said::of(holder, &record));
        }
        if from.rid != row.rid {
            for one in said {
                self.contest.fall(kind, from, &one.holder.clone())?;
                self.contest.put(kind, row, one)?;
            }
        }
        Ok(())
    }

    /// What comes of all claims to a row.
    fn made(&mut self, kind: Kind, id: &str, row: StoredRow) -> Result<Made> {
        let mut all = self.contest.said.remove(&(kind, row.rid)).unwrap_or_default();
        for said in self.stored.said(kind, row.rid)? {
            let holds = self.contest.holders(kind, row.rid).contains(&said.holder);
            if holds && !all.iter().any(|one| one.holder == said.holder) {
                all.push(said);
            }
        }
        self.combined(kind, id, all)?.ok_or_else(|| missing(id))
    }

    fn combined(&self, kind: Kind, id: &str, said: Vec<Said>) -> Result<Option<Made>> {
        let merges = &self.contest.merges;
        let claims: Vec<Claim> = said.into_iter().filter_map(|said| said.claim(kind, merges)).collect();
        let made = self.contest.precedence.combine(kind, id, &claims);
        Ok(made.map(|(owner, record)| Made { owner, record }))
    }

    /// Stages a record that stands already, with the rows inside it.
    fn put_together(&mut self, made: Made, row: StoredRow, mut rows: Vec<Record>) -> Result<()> {
        let Made { owner, mut record } = made;
        rows.sort_by(|a, b| a.sourced_id.cmp(&b.sourced_id));
        let digest = dress(&mut record, rows);
        let kind = record.kind();
        match row.live {
            true => self.plan.of(kind).changed += 1,
            false => self.plan.of(kind).added += 1,
        }
        let flags = if row.live { 0 } else { RETURNS };
        self.stage(&mut record, digest, Action::Change, (row.rid, owner), flags)
    }

    /// Writes rows that name people by the identifiers that stand.
    fn rename(&mut self, naming: &Rows, done: &HashSet<i64>) -> Result<()> {
        let merges = self.contest.merges.clone();
        self.rewrite(naming, done, &mut |record| merges.apply(record))
    }

    fn rewrite(&mut self, naming: &Rows, done: &HashSet<i64>, change: &mut dyn FnMut(&mut Record)) -> Result<()> {
        for kind in Kind::all() {
            if shown_in(kind).is_some_and(|(parent, _)| parent == Kind::User) {
                // They are written with their person.
                continue;
            }
            let mut rids: Vec<i64> = naming.get(&kind).into_iter().flatten().copied().collect();
            rids.retain(|rid| kind != Kind::User || !done.contains(rid));
            rids.sort_unstable();
            for rid in rids {
                let Some((id, packed)) = self.stored.packed(kind, &[rid])?.pop() else { continue };
                let Some(mut record) = Record::unpack(kind, &id, &packed) else { continue };
                let Some((row, modified)) = self.stored.find(kind, &id)? else { continue };
                record.modified = modified.map(Timestamp);
                change(&mut record);
                let digest = digest(&record);
                self.plan.of(kind).changed += 1;
                self.stage(&mut record, digest, Action::Change, (rid, row.source), 0)?;
            }
        }
        Ok(())
    }

    /// Makes two of a person again. `moved` are the rows that are the other one's:
    /// those that were moved when the two became one, and those that came since
    /// from who sends the other one alone.
    pub(crate) fn part(mut self, other: &str, moved: &Rows) -> Result<Compared> {
        let keep = self.contest.merges.stands(Kind::User, other).to_owned();
        let changes = vec![MergeChange { old: other.to_owned(), new: None }];
        let Some(row) = self.live(Kind::User, &keep)? else {
            // Neither is there: nothing is to be parted.
            return self.ended(changes);
        };
        self.contest.merges = self.contest.merges.with(&changes);
        let mine = |rids: &Rows, kind: Kind, rid: i64| rids.get(&kind).is_some_and(|rids| rids.contains(&rid));
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        let inner = self.rows_inside(row.rid)?;
        let (mut parted, mut done) = (Vec::new(), HashSet::from([row.rid]));
        for (child, rid, source) in inner {
            if mine(moved, child.kind(), rid) {
                parted.push((child, rid, source));
            } else {
                ours.push(child);
            }
        }
        let returns = self.part_claims(Kind::User, other, row)?;
        if let Some((made, rid, action)) = returns {
            for (mut child, rid, source) in parted {
                if let Some(field) = child.kind().entity().parent_field() {
                    child.set(field, other);
                }
                let digest = child.digest();
                self.plan.of(child.kind()).changed += 1;
                self.stage(&mut child, digest, Action::Change, (rid, source), 0)?;
                theirs.push(child);
            }
            done.insert(rid);
            self.give_back(made, (rid, action), theirs)?;
            let back = |record: &mut Record| name_again(record, &keep, other);
            self.rewrite(moved, &done, &mut { back })?;
        } else {
            ours.extend(parted.into_iter().map(|(child, ..)| child));
        }
        self.leave(Kind::User, &keep, row, ours)?;
        if let Some(row) = self.live(Kind::Demographics, &keep)? {
            self.open_claims(Kind::Demographics)?;
            if let Some((made, rid, action)) = self.part_claims(Kind::Demographics, other, row)? {
                self.give_back(made, (rid, action), Vec::new())?;
                self.leave(Kind::Demographics, &keep, row, Vec::new())?;
            }
        }
        self.ended(changes)
    }

    /// Takes the claims under the other identifier away from a record: what
    /// comes of them, and where it is to be written.
    fn part_claims(&mut self, kind: Kind, other: &str, row: StoredRow) -> Result<Option<(Made, i64, Action)>> {
        self.open_claims(kind)?;
        let all = self.stored.said(kind, row.rid)?;
        let theirs: Vec<Said> = all.into_iter().filter(|said| said.holder.name == other).collect();
        for said in &theirs {
            self.contest.fall(kind, row, &said.holder)?;
        }
        let Some(made) = self.combined(kind, other, theirs.clone())? else { return Ok(None) };
        let (rid, action) = match self.stored.find(kind, other)? {
            Some((row, _)) => (row.rid, Action::Change),
            None if super::Ids::is_target(kind) => (self.ids.define(kind, other)?, Action::Add),
            None => (self.ids.fresh(kind), Action::Add),
        };
        if let Some((found, _)) = self.stored.find(kind, other)? {
            self.ids.stored(kind, oneroster::record::id_digest(other), found.rid);
        }
        if theirs.len() > 1 {
            let row = StoredRow { rid, digest: 0, source: made.owner, live: true, seen: false };
            for said in theirs {
                self.contest.put(kind, row, said)?;
            }
        }
        Ok(Some((made, rid, action)))
    }

    fn give_back(&mut self, made: Made, (rid, action): (i64, Action), mut rows: Vec<Record>) -> Result<()> {
        let Made { owner, mut record } = made;
        rows.sort_by(|a, b| a.sourced_id.cmp(&b.sourced_id));
        let digest = dress(&mut record, rows);
        self.plan.of(record.kind()).added += 1;
        let flags = if action == Action::Change { RETURNS } else { 0 };
        self.stage(&mut record, digest, action, (rid, owner), flags)
    }

    /// Writes what is left of a record that was parted.
    fn leave(&mut self, kind: Kind, keep: &str, row: StoredRow, rows: Vec<Record>) -> Result<()> {
        let holders = self.contest.holders(kind, row.rid).to_vec();
        if holders.is_empty() {
            return self.stage_removal(kind, row.rid, None);
        }
        let made = self.made(kind, keep, row)?;
        if let [only] = holders.as_slice()
            && only.name == keep
        {
            self.contest.fall(kind, row, only)?;
        }
        self.put_together(made, row, rows)
    }

    /// Makes every record that several claim anew, by the precedence of the
    /// sources.
    pub(crate) fn again(mut self, precedence: Precedence) -> Result<Compared> {
        self.contest.precedence = precedence;
        let mut touched: Rows = HashMap::new();
        let mut made_rows: HashMap<(Kind, i64), Record> = HashMap::new();
        // What is shown in a record comes before it.
        for kind in super::order() {
            self.open_claims(kind)?;
            let mut rids: HashSet<i64> = self.contest.held(kind).collect();
            rids.extend(touched.remove(&kind).unwrap_or_default());
            let mut rids: Vec<i64> = rids.into_iter().collect();
            rids.sort_unstable();
            for rid in rids {
                let Some((id, packed)) = self.stored.packed(kind, &[rid])?.pop() else { continue };
                let Some(row) = self.live(kind, &id)? else { continue };
                let Some(stored) = Record::unpack(kind, &id, &packed) else { continue };
                let Made { owner, mut record } = match self.contest.holders(kind, rid).is_empty() {
                    true => Made { owner: row.source, record: bare(&stored) },
                    false => self.made(kind, &id, row)?,
                };
                if record.modified.is_none() {
                    record.modified = self.stored.modified(kind, rid)?.map(Timestamp);
                }
                let mut rows = Vec::new();
                for &nested in inside(kind) {
                    for child in self.stored.children(nested, rid)? {
                        let made = made_rows.remove(&(nested, child.rid));
                        rows.extend(made.or_else(|| Record::unpack(nested, &child.sourced_id, &child.packed)));
                    }
                }
                rows.sort_by(|a, b| a.sourced_id.cmp(&b.sourced_id));
                let digest = dress(&mut record, rows);
                if digest == row.digest {
                    if owner != row.source {
                        self.contest.stage.own(kind, rid, owner)?;
                    }
                    continue;
                }
                if let Some((parent, _)) = shown_in(kind)
                    && let Some(above) = kind.entity().parent_field().and_then(|field| record.get(field))
                    && let Some(above) = self.live(parent, above)?
                {
                    touched.entry(parent).or_default().insert(above.rid);
                    made_rows.insert((kind, rid), record.clone());
                }
                self.plan.of(kind).changed += 1;
                self.stage(&mut record, digest, Action::Change, (rid, owner), 0)?;
            }
        }
        self.finish()
    }

    fn ended(self, merges: Vec<MergeChange>) -> Result<Compared> {
        Ok(Compared { merges, ..self.finish()? })
    }

    fn live(&self, kind: Kind, id: &str) -> Result<Option<StoredRow>> {
        Ok(self.stored.find(kind, id)?.map(|(row, _)| row).filter(|row| row.live))
    }

    fn person(&self, id: &str) -> Result<StoredRow> {
        self.live(Kind::User, id)?.ok_or_else(|| missing(id))
    }

    /// The rows inside a person, with their row ids and owners.
    fn rows_inside(&self, parent: i64) -> Result<Vec<(Record, i64, u32)>> {
        let mut rows = Vec::new();
        for &kind in inside(Kind::User) {
            for child in self.stored.children(kind, parent)? {
                if let Some(mut record) = Record::unpack(kind, &child.sourced_id, &child.packed) {
                    record.modified = self.stored.modified(kind, child.rid)?.map(Timestamp);
                    rows.push((record, child.rid, child.source));
                }
            }
        }
        Ok(rows)
    }
}

fn missing(id: &str) -> Error {
    Error::new(ErrorKind::Refused, format!("there is no person {id} in the roster"))
}

/// The digest of a record as it is stored, with the rows inside it.
fn digest(record: &Record) -> u64 {
    let mut own = record.clone();
    if own.kind() == Kind::User {
        own.set(at!(User.role), "");
        own.set(at!(User.orgs), "");
    }
    let mut digest = own.digest();
    for (at, field) in (0u8..).zip(own.kind().entity().fields) {
        if let Type::Rows(kind) = field.ty
            && link_target(kind).is_none()
        {
            digest = own.rows(at).fold(digest, |sum, row| sum.wrapping_add(row.clone().digest().rotate_left(17)));
        }
    }
    digest
}

/// Names a person by another identifier wherever a record does.
fn name_again(record: &mut Record, from: &str, to: &str) {
    for (at, field) in (0u8..).zip(record.kind().entity().fields) {
        if field.target() == Some(Kind::User) && record.list(at).any(|id| id == from) {
            let named: Vec<String> =
                record.list(at).map(|id| if id == from { to.to_owned() } else { id.to_owned() }).collect();
            record.set(at, "");
            named.iter().for_each(|id| record.push(at, id));
        }
    }
}
