//! Records that several sources send, or that several identifiers stand for.
//!
//! What each says of such a record is a claim. A record that comes takes the
//! place of its source's own claim, and what comes of all claims, by the
//! precedence of the sources, is compared with what is stored in its stead. A
//! claim that its source lets fall leaves what comes of the others.

use super::order::shown_in;
use super::{Intake, Keep, Stored, StoredRow, StoredRows};
use crate::Result;
use crate::claims::{ClaimStage, Holder, Merges, Said};
use crate::precedence::{Claim, Precedence, bare};
use hashbrown::{HashMap, HashSet};
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use oneroster::time::Timestamp;

/// The claims that a comparison meets.
#[derive(Default)]
pub(super) struct Contest {
    pub precedence: Precedence,
    pub merges: Merges,
    /// Who claims the records of a kind that several claim, by row id.
    held: HashMap<Kind, HashMap<i64, Vec<Holder>>>,
    /// What came of a record until all is known that its source says of it.
    pub said: HashMap<(Kind, i64), Vec<Said>>,
    /// Records that are taken up once their file has ended: of people of several
    /// identifiers it is not known before who else comes.
    pending: HashSet<(Kind, i64)>,
    /// Claims of this source that came by.
    seen: HashSet<(Kind, i64, String)>,
    /// Whose the records are that several claim and that came by.
    owners: HashMap<(Kind, u64), u32>,
    /// New records for which other identifiers stand, too.
    fresh: HashSet<(Kind, u64)>,
    pub stage: ClaimStage,
}

impl Contest {
    /// What is set and merged in a roster that is not empty.
    pub fn of(stored: &dyn Stored, first: bool) -> Result<Contest> {
        if first {
            return Ok(Contest::default());
        }
        Ok(Contest { precedence: stored.precedence()?, merges: stored.merges()?, ..Contest::default() })
    }

    /// Whether nothing is set by which a record could be of several.
    fn is_idle(&self) -> bool {
        self.precedence.is_empty() && self.merges.is_empty() && self.held.values().all(HashMap::is_empty)
    }

    /// Whose a record is that came by and that several claim.
    pub fn owner(&self, kind: Kind, digest: u64) -> Option<u32> {
        if self.owners.is_empty() { None } else { self.owners.get(&(kind, digest)).copied() }
    }

    /// The rows of a kind that several claim.
    pub fn held(&self, kind: Kind) -> impl Iterator<Item = i64> + '_ {
        self.held.get(&kind).into_iter().flat_map(|rows| rows.keys().copied())
    }

    pub fn holders(&self, kind: Kind, rid: i64) -> &[Holder] {
        self.held.get(&kind).and_then(|rows| rows.get(&rid)).map_or(&[], Vec::as_slice)
    }

    /// Takes a claim, in place of what its holder said before.
    pub fn put(&mut self, kind: Kind, row: StoredRow, said: Said) -> Result<()> {
        self.stage.set(kind, row.rid, &said, row.source)?;
        let holders = self.held.entry(kind).or_default().entry(row.rid).or_default();
        if !holders.contains(&said.holder) {
            holders.push(said.holder.clone());
        }
        let all = self.said.entry((kind, row.rid)).or_default();
        all.retain(|one| one.holder != said.holder);
        all.push(said);
        Ok(())
    }

    /// Lets a claim fall.
    pub fn fall(&mut self, kind: Kind, row: StoredRow, holder: &Holder) -> Result<()> {
        if let Some(holders) = self.held.get_mut(&kind).and_then(|rows| rows.get_mut(&row.rid)) {
            holders.retain(|one| one != holder);
        }
        if let Some(all) = self.said.get_mut(&(kind, row.rid)) {
            all.retain(|one| one.holder != *holder);
        }
        self.stage.end(kind, row.rid, holder, row.source)
    }
}

impl Said {
    /// What a source says by a record.
    pub(crate) fn of(holder: Holder, record: &Record) -> Said {
        let mut packed = Vec::new();
        bare(record).pack(&mut packed);
        Said { holder, modified: record.modified.map(|at| at.0), packed }
    }

    /// The claim under the identifiers that stand.
    pub(crate) fn claim(self, kind: Kind, merges: &Merges) -> Option<Claim> {
        let mut record = Record::unpack(kind, &self.holder.name, &self.packed)?;
        record.modified = self.modified.map(Timestamp);
        merges.apply(&mut record);
        Some(Claim { source: self.holder.source, name: self.holder.name, record })
    }
}

impl Intake {
    /// Reads who claims the records of a kind.
    pub(super) fn open_claims(&mut self, kind: Kind) -> Result<()> {
        if !self.first && !self.contest.held.contains_key(&kind) {
            let held = self.stored.holders(kind)?;
            self.contest.held.insert(kind, held);
        }
        Ok(())
    }

    /// Gives a record the identifiers that stand; the record as it was, if it
    /// had others.
    pub(super) fn alias(&self, record: &mut Record) -> Option<Record> {
        self.contest.merges.touches(record).then(|| {
            let raw = record.clone();
            self.contest.merges.apply(record);
            raw
        })
    }

    /// Notes that a row that is shown inside another came by.
    pub(super) fn note_claim(&mut self, record: &Record) -> Result<()> {
        let kind = record.kind();
        if self.contest.held.get(&kind).is_none_or(HashMap::is_empty) {
            return Ok(());
        }
        if let Some(row) = self.row(kind, &record.sourced_id)?
            && !self.contest.holders(kind, row.rid).is_empty()
        {
            self.contest.seen.insert((kind, row.rid, record.sourced_id.clone()));
        }
        Ok(())
    }

    /// What this source said of a row by itself, if several claim it; and whether
    /// what is stored is of others alone.
    pub(super) fn own_claim(&self, kind: Kind, name: &str, row: StoredRow) -> Result<(Option<Record>, bool)> {
        let mine = Holder { source: self.source, name: name.to_owned() };
        if !self.contest.holders(kind, row.rid).contains(&mine) {
            return Ok((None, row.source != self.source));
        }
        let said = self.stored.said(kind, row.rid)?.into_iter().find(|said| said.holder == mine);
        Ok((said.and_then(|said| Record::unpack(kind, name, &said.packed)), false))
    }

    /// Puts what comes of all claims in the place of a record that several
    /// claim; `raw` is the record as its source calls it. Whether it is to be
    /// compared now.
    pub(super) fn contest(&mut self, record: &mut Record, raw: Option<Record>) -> Result<bool> {
        if self.first || self.contest.is_idle() {
            return Ok(true);
        }
        let (kind, digest) = (record.kind(), id_digest(&record.sourced_id));
        if shown_in(kind).is_some() && self.contest.owner(kind, digest).is_some() {
            // It came of the claims of others when its file ended.
            return Ok(true);
        }
        let target = self.contest.merges.is_target(kind, &record.sourced_id);
        let Some(row) = self.row(kind, &record.sourced_id)?.filter(|row| row.live) else {
            // Two that are one and are both new: the second waits until the
            // first is known.
            return Ok(!target || self.contest.fresh.insert((kind, digest)));
        };
        let holders = self.contest.holders(kind, row.rid);
        if holders.is_empty() && row.source == self.source && !target {
            return Ok(true);
        }
        let parties = if holders.is_empty() { vec![row.source, self.source] } else { vec![self.source] };
        // Who was made one with another is meant to be of both.
        let other = raw.as_ref().is_some_and(|raw| raw.sourced_id != record.sourced_id);
        let own = holders.iter().any(|holder| holder.source == self.source) || row.source == self.source;
        if !own && !other && !self.contest.precedence.covers(kind, &parties) {
            return Ok(true);
        }
        self.say(row, raw.unwrap_or_else(|| record.clone()))?;
        self.see(kind, &record.sourced_id)?;
        if target {
            self.contest.pending.insert((kind, row.rid));
            return Ok(false);
        }
        let id = record.sourced_id.clone();
        if let Some(resolved) = self.resolved(kind, &id, row)? {
            *record = resolved;
        }
        Ok(true)
    }

    /// Whether this source has yet to say more of a row.
    fn waits(&self, kind: Kind, rid: i64) -> bool {
        let own = self.contest.holders(kind, rid).iter().filter(|holder| holder.source == self.source);
        own.into_iter().any(|holder| !self.contest.seen.contains(&(kind, rid, holder.name.clone())))
    }

    /// Takes what this source says of a row; what another one said before is
    /// what is stored, if it was alone until now.
    fn say(&mut self, row: StoredRow, raw: Record) -> Result<()> {
        let kind = raw.kind();
        if self.contest.holders(kind, row.rid).is_empty()
            && row.source != self.source
            && let Some((id, packed)) = self.stored.packed(kind, &[row.rid])?.pop()
            && let Some(mut record) = Record::unpack(kind, &id, &packed)
        {
            record.modified = self.stored.modified(kind, row.rid)?.map(Timestamp);
            self.contest.put(kind, row, Said::of(Holder { source: row.source, name: id }, &record))?;
        }
        self.contest.seen.insert((kind, row.rid, raw.sourced_id.clone()));
        let said = Said::of(Holder { source: self.source, name: raw.sourced_id.clone() }, &raw);
        let before = self.stored.said(kind, row.rid)?.into_iter().find(|one| one.holder == said.holder);
        if before.is_some_and(|before| before.packed == said.packed && before.modified == said.modified) {
            return Ok(());
        }
        self.contest.put(kind, row, said)
    }

    /// What comes of all claims to a row; none if nobody claims it any more.
    fn resolved(&mut self, kind: Kind, id: &str, row: StoredRow) -> Result<Option<Record>> {
        let holders = self.contest.holders(kind, row.rid).to_vec();
        let mut all = self.contest.said.remove(&(kind, row.rid)).unwrap_or_default();
        for said in self.stored.said(kind, row.rid)? {
            if holders.contains(&said.holder) && !all.iter().any(|one| one.holder == said.holder) {
                all.push(said);
            }
        }
        let merges = &self.contest.merges;
        let claims: Vec<Claim> = all.into_iter().filter_map(|said| said.claim(kind, merges)).collect();
        let Some((owner, record)) = self.contest.precedence.combine(kind, id, &claims) else { return Ok(None) };
        self.contest.owners.insert((kind, id_digest(id)), owner);
        if let [only] = holders.as_slice()
            && only.name == id
            && !self.contest.merges.is_target(kind, id)
        {
            // It is of one source again.
            self.contest.fall(kind, row, only)?;
        }
        Ok(Some(record))
    }

    /// Takes up what is left of records of an open kind to which this source
    /// said only a part of what it said before, or nothing.
    pub(super) fn settle_claims(&mut self, kind: Kind) -> Result<()> {
        let Some(held) = self.contest.held.get(&kind) else { return Ok(()) };
        let mine = |holders: &[Holder]| holders.iter().any(|holder| holder.source == self.source);
        let mut rids: Vec<i64> = held.iter().filter(|(_, holders)| mine(holders)).map(|(rid, _)| *rid).collect();
        rids.retain(|rid| self.contest.pending.contains(&(kind, *rid)) || self.waits(kind, *rid));
        rids.sort_unstable();
        let Some(open) = self.kinds.remove(&kind) else { return Ok(()) };
        let falls = |name: &str| !open.changes && self.deletions && !(open.keep)(id_digest(name));
        let mut left = Vec::new();
        for rid in rids {
            let own = self.contest.holders(kind, rid).iter().filter(|holder| holder.source == self.source);
            let unseen: Vec<Holder> =
                own.filter(|one| !self.contest.seen.contains(&(kind, rid, one.name.clone()))).cloned().collect();
            let falling: Vec<Holder> = unseen.into_iter().filter(|one| falls(&one.name)).collect();
            left.push((rid, falling));
        }
        self.kinds.insert(kind, open);
        for (rid, falling) in left {
            let Some((id, _)) = self.stored.packed(kind, &[rid])?.pop() else { continue };
            self.settle_claim(kind, &id, &falling)?;
        }
        Ok(())
    }

    fn settle_claim(&mut self, kind: Kind, id: &str, falling: &[Holder]) -> Result<()> {
        let Some(row) = self.row(kind, id)?.filter(|row| row.live) else { return Ok(()) };
        for holder in falling {
            self.contest.fall(kind, row, holder)?;
        }
        if self.contest.holders(kind, row.rid).is_empty() {
            return Ok(());
        }
        let said_more = self.contest.pending.remove(&(kind, row.rid)) || !falling.is_empty();
        self.see(kind, id)?;
        if !said_more {
            return Ok(());
        }
        match self.resolved(kind, id, row)? {
            Some(record) => self.settle(record),
            None => Ok(()),
        }
    }

    /// Compares what came of claims without a record that came by.
    fn settle(&mut self, mut record: Record) -> Result<()> {
        if let Some((parent, _)) = shown_in(record.kind()) {
            return self.hold(&mut record, parent);
        }
        let nests = !super::order::inside(record.kind()).is_empty();
        let digest = if nests { self.nest(&mut record)? } else { record.digest() };
        self.compare(&mut record, digest)
    }

    /// Lets the claim of this source to a live row fall, as it says; whether that
    /// is all there is to do, since others claim the row, too.
    pub(super) fn withdraw_claim(&mut self, kind: Kind, id: &str, name: &str, row: StoredRow) -> Result<bool> {
        let mine = Holder { source: self.source, name: name.to_owned() };
        if !self.contest.holders(kind, row.rid).contains(&mine) {
            return Ok(false);
        }
        self.contest.fall(kind, row, &mine)?;
        if self.contest.holders(kind, row.rid).is_empty() {
            return Ok(false);
        }
        if self.contest.merges.is_target(kind, id) {
            self.contest.pending.insert((kind, row.rid));
        } else if let Some(record) = self.resolved(kind, id, row)? {
            self.settle(record)?;
        }
        Ok(true)
    }

    /// The same of a row inside a record that is put together now: what is left
    /// of it.
    pub(super) fn withdraw_within(&mut self, kind: Kind, id: &str) -> Result<Option<Record>> {
        let Some(row) = self.row(kind, id)?.filter(|row| row.live) else { return Ok(None) };
        let mine = Holder { source: self.source, name: id.to_owned() };
        if !self.contest.holders(kind, row.rid).contains(&mine) {
            return Ok(None);
        }
        self.contest.fall(kind, row, &mine)?;
        self.resolved(kind, id, row)
    }

    /// Which of the stored records of a kind stay, by what is said of the
    /// identifiers under which their source sends them.
    ///
    /// # Errors
    /// `Internal` if the store cannot be read.
    pub fn keeping(&self, kind: Kind, keeps: &dyn Fn(&str) -> bool) -> Result<Keep> {
        let mut kept: HashSet<u64> = HashSet::new();
        let rows = if self.first { StoredRows::new() } else { self.stored.rows(kind)? };
        let rids: Vec<i64> = rows.iter().filter(|(_, row)| row.live).map(|(_, row)| row.rid).collect();
        let stored = self.stored.packed(kind, &rids)?.into_iter().map(|(id, _)| id);
        let claimed = if self.first { HashMap::new() } else { self.stored.holders(kind)? };
        let claimed = claimed.into_values().flatten().map(|holder| holder.name);
        kept.extend(stored.chain(claimed).filter(|id| keeps(id)).map(|id| id_digest(&id)));
        Ok(Box::new(move |digest| kept.contains(&digest)))
    }
}
