//! What an export reads: the roster as it stands or stood, or as an application
//! sees it.

use super::Request;
use crate::output::Failure;
use homeroom_store::{Export as Whole, Read, Roster, Sink, Tombstones, ViewId, Which};
use oneroster::grant::{Cover, Mask, spell, spell_record};
use oneroster::json::Row;
use oneroster::model::{Kind, Place, Slot, Type, Version};
use oneroster::prefix::Prefix;
use oneroster::query::{Clause, Filter, Literal, Logical, Part, Path, Predicate};
use oneroster::record::Record;
use oneroster::time::Timestamp;

/// What an application sees.
#[derive(Clone, Debug)]
pub struct AsSeen {
    /// The records, if it does not see all of them.
    pub view: Option<ViewId>,
    /// What it is shown of them.
    pub cover: Cover,
    /// What makes its stand-ins.
    pub mask: Mask,
    /// Whether it is shown identifiers spelled for URLs.
    pub spelled: bool,
}

impl AsSeen {
    /// Gives a record as the application is shown it.
    fn show(&self, record: &Record, row: &Row<'_>, give: &mut dyn FnMut(&mut Record, &Row<'_>) -> bool) -> bool {
        // Stand-ins of a row are those that it has in its record.
        let kind = record.kind();
        let own = kind.entity().parent_field().filter(|_| matches!(kind.entity().place, Place::Nested(_)));
        let owner = own.and_then(|own| record.get(own)).unwrap_or(&record.sourced_id);
        let mut shown = self.mask.covered_row(record, &self.cover, owner);
        if !self.spelled {
            return give(&mut shown, row);
        }
        let mut spelled = spell_record(&shown);
        let sourced_id = spelled.sourced_id.clone();
        let children: Vec<String> = row.children.iter().map(|id| spell(id).into_owned()).collect();
        give(&mut spelled, &Row { sourced_id: &sourced_id, children: &children, ..*row })
    }
}

/// Where the records of an export come from.
pub(super) enum Reading {
    Whole(Box<Whole>),
    Seen(Box<Seen>),
    Sourced(Box<Whole>, Prefix),
}

/// The roster as an application sees it.
pub(crate) struct Seen {
    roster: Roster,
    sight: AsSeen,
    /// How it stood when reading began; or the earlier instant that is read.
    at: Option<Timestamp>,
    past: Option<Timestamp>,
}

/// Most records of a page.
const PAGE: u32 = 5_000;

impl Reading {
    pub(super) fn of(roster: &Roster, request: &Request) -> Result<Reading, Failure> {
        let whole = || roster.export(request.as_of);
        Ok(match (&request.as_seen, &request.source) {
            (None, None) => Reading::Whole(Box::new(whole()?)),
            (Some(sight), _) => Reading::Seen(Box::new(Seen::at(roster, sight, request.as_of)?)),
            (None, Some(of)) => Reading::Sourced(Box::new(whole()?.of_source(of.owner)), of.prefix.clone()),
        })
    }

    pub(super) fn at(&self) -> Option<Timestamp> {
        match self {
            Reading::Whole(whole) | Reading::Sourced(whole, _) => whole.at(),
            Reading::Seen(seen) => seen.at,
        }
    }

    /// The instant after which changes are wanted that a run is named for.
    pub(super) fn published_by(&mut self, run: i64) -> Result<Timestamp, Failure> {
        match self {
            Reading::Whole(whole) | Reading::Sourced(whole, _) => Ok(whole.published_by(run)?),
            Reading::Seen(seen) => Ok(seen.roster.export(None)?.published_by(run)?),
        }
    }

    pub(super) fn remembers(&mut self, since: Timestamp) -> Result<(), Failure> {
        match self {
            Reading::Whole(whole) | Reading::Sourced(whole, _) => Ok(whole.remembers(since)?),
            Reading::Seen(seen) => seen.remembers(since),
        }
    }

    pub(super) fn count(&mut self, kind: Kind, which: Which) -> Result<u64, Failure> {
        match self {
            Reading::Whole(whole) | Reading::Sourced(whole, _) => Ok(whole.count(kind, which)?),
            Reading::Seen(seen) => seen.count_of(kind, which),
        }
    }

    pub(super) fn rows(
        &mut self,
        kind: Kind,
        which: Which,
        limit: Option<u64>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Failure> {
        match self {
            Reading::Whole(whole) => Ok(whole.rows(kind, which, limit, sink)?),
            Reading::Seen(seen) => seen.rows_of(kind, which, limit, sink),
            Reading::Sourced(whole, prefix) => {
                Ok(whole.rows(kind, which, limit, &mut |row| stripped(kind, row, prefix, sink))?)
            }
        }
    }

    /// Makes sure that everything was read of one version.
    pub(super) fn end(&self) -> Result<(), Failure> {
        match self {
            Reading::Whole(_) | Reading::Sourced(..) => Ok(()),
            Reading::Seen(seen) => seen.end(),
        }
    }
}

/// Gives a record as its source knows it. What cannot be read is given as it is.
fn stripped(kind: Kind, row: &Row<'_>, prefix: &Prefix, sink: &mut Sink<'_>) -> bool {
    let Some(mut record) = Record::unpack(kind, row.sourced_id, row.packed).filter(|_| !prefix.is_empty()) else {
        return sink(row);
    };
    prefix.strip(&mut record);
    let mut packed = Vec::new();
    record.pack(&mut packed);
    let children: Vec<String> = row.children.iter().map(|id| prefix.off(kind, id).unwrap_or(id).to_owned()).collect();
    sink(&Row { sourced_id: &record.sourced_id, packed: &packed, children: &children, ..*row })
}

impl Seen {
    pub(crate) fn new(roster: &Roster, sight: &AsSeen) -> Result<Seen, Failure> {
        let at = stands(roster, sight)?;
        Ok(Seen { roster: roster.clone(), sight: sight.clone(), at, past: None })
    }

    /// The same as it was at an instant.
    fn at(roster: &Roster, sight: &AsSeen, as_of: Option<Timestamp>) -> Result<Seen, Failure> {
        let mut seen = Seen::new(roster, sight)?;
        seen.past = as_of.filter(|then| seen.at.is_some_and(|now| *then < now));
        if let Some(then) = seen.past {
            // Whether the history reaches back so far.
            drop(roster.export(Some(then))?);
            seen.is_known(then)?;
            seen.at = Some(then);
        }
        Ok(seen)
    }

    fn remembers(&self, since: Timestamp) -> Result<(), Failure> {
        self.roster.export(None)?.remembers(since)?;
        self.is_known(since)
    }

    /// Makes sure that it is on record what was seen at an instant.
    fn is_known(&self, then: Timestamp) -> Result<(), Failure> {
        let Some(view) = self.sight.view else { return Ok(()) };
        let since = self.roster.seen_since(view)?;
        if since <= then {
            return Ok(());
        }
        let message = format!("what this application sees is on record since {since}");
        Err(Failure::refused(message).hint("name that time or a later one"))
    }

    fn end(&self) -> Result<(), Failure> {
        if self.past.is_some() || stands(&self.roster, &self.sight)? == self.at {
            return Ok(());
        }
        let message = "the roster was changed while it was read; nothing was written";
        Err(Failure { code: "busy", message: message.to_owned(), hint: Some("try again".to_owned()), status: 1 })
    }

    /// How many records of a kind it sees.
    pub(crate) fn count(&self, kind: Kind) -> Result<u64, Failure> {
        self.count_of(kind, Which::Live)
    }

    fn count_of(&self, kind: Kind, which: Which) -> Result<u64, Failure> {
        if let (Place::Nested(_), Which::Live) = (kind.entity().place, which) {
            let mut count = 0;
            self.rows(kind, None, &mut |_| {
                count += 1;
                true
            })?;
            return Ok(count);
        }
        if !opens(&self.sight.cover, kind) {
            return Ok(0);
        }
        let filter = changed(kind, which);
        let read = Read { limit: 1, ..self.read(kind, filter.as_ref()) };
        Ok(match self.past {
            Some(then) => self.roster.count_at(&read, then)?,
            None => self.roster.page(&read, &mut |_| ())?.map_or(0, |page| page.total),
        })
    }

    /// Gives records as the application is shown them; no more than some.
    pub(crate) fn rows(&self, kind: Kind, limit: Option<u64>, sink: &mut Sink<'_>) -> Result<(), Failure> {
        self.rows_of(kind, Which::Live, limit, sink)
    }

    fn rows_of(&self, kind: Kind, which: Which, limit: Option<u64>, sink: &mut Sink<'_>) -> Result<(), Failure> {
        if !opens(&self.sight.cover, kind) {
            return Ok(());
        }
        let mut left = limit.unwrap_or(u64::MAX);
        let mut give = |row: &Row<'_>| {
            left = left.saturating_sub(1);
            sink(row) && left > 0
        };
        match (kind.entity().place, which) {
            (Place::Nested(parent), Which::Live) => self.nested(parent, kind, &mut give),
            _ => self.each(kind, which, &mut |record, row| {
                let mut packed = Vec::new();
                record.pack(&mut packed);
                give(&Row { packed: &packed, ..*row })
            }),
        }
    }

    /// The rows that stand in records of another kind.
    fn nested(&self, parent: Kind, kind: Kind, give: &mut Sink<'_>) -> Result<(), Failure> {
        let fields = parent.entity().fields.iter().zip(0u8..);
        let holds: Vec<u8> =
            fields.filter(|(f, _)| matches!(f.ty, Type::Rows(k) if k == kind)).map(|(_, at)| at).collect();
        self.each(parent, Which::Live, &mut |record, row| {
            let mut further = true;
            for nested in holds.iter().flat_map(|field| record.rows(*field)) {
                let mut nested = nested.clone();
                if let Some(own) = kind.entity().parent_field().filter(|own| nested.get(*own).is_none()) {
                    nested.push(own, &record.sourced_id);
                }
                let mut packed = Vec::new();
                nested.pack(&mut packed);
                let inner = Row { sourced_id: &nested.sourced_id, packed: &packed, children: &[], ..*row };
                further = further && give(&inner);
            }
            further
        })
    }

    /// Every record of a kind, covered.
    fn each(
        &self,
        kind: Kind,
        which: Which,
        give: &mut dyn FnMut(&mut Record, &Row<'_>) -> bool,
    ) -> Result<(), Failure> {
        let filter = changed(kind, which);
        let (mut cursor, mut further) = (None::<String>, true);
        loop {
            let read = Read { cursor: cursor.as_deref(), ..self.read(kind, filter.as_ref()) };
            let mut sink = |row: &Row<'_>| {
                // What cannot be read cannot be covered, and is not shown.
                let record = Record::unpack(kind, row.sourced_id, row.packed).filter(|_| further);
                if let Some(record) = record {
                    further = self.sight.show(&record, row, give);
                }
            };
            let next = match self.past {
                Some(then) => self.roster.page_at(&read, then, &mut sink)?.next,
                None => self.roster.page(&read, &mut sink)?.and_then(|page| page.next),
            };
            match next {
                Some(next) if further => cursor = Some(next),
                _ => return Ok(()),
            }
        }
    }

    fn read<'a>(&self, kind: Kind, filter: Option<&'a Filter>) -> Read<'a> {
        Read {
            version: Version::V1P2,
            kind,
            parents: &[],
            views: &[],
            filter,
            view: self.sight.view,
            tombstones: if filter.is_some() { Tombstones::Shown } else { Tombstones::Hidden },
            sort: None,
            limit: PAGE,
            offset: 0,
            cursor: None,
            caller: 0,
        }
    }
}

/// What selects the records that changed.
fn changed(kind: Kind, which: Which) -> Option<Filter> {
    let Which::Since(since) = which else { return None };
    let path = Path { kind, slot: Slot::Modified, part: Part::Value };
    let clause = Clause { path, predicate: Predicate::Greater, literal: Literal::Timestamp(since) };
    Some(Filter { logical: Logical::And, clauses: vec![clause] })
}

fn stands(roster: &Roster, sight: &AsSeen) -> Result<Option<Timestamp>, Failure> {
    Ok(match sight.view {
        Some(view) => roster.published_in(view)?.at.max(roster.published()?.at),
        None => roster.published()?.at,
    })
}

/// Whether records of a kind may be read: those that stand in others, and links
/// of others, like these.
fn opens(cover: &Cover, kind: Kind) -> bool {
    match kind.entity().place {
        Place::Class => cover.opens(kind),
        Place::Nested(parent) | Place::Link(parent) => {
            let holds = |ty: Type| matches!(ty, Type::Rows(k) | Type::Through(k) if k == kind);
            let fields = parent.entity().fields.iter().zip(0u8..);
            let hidden = fields.filter(|(f, _)| holds(f.ty)).any(|(_, at)| cover.hides(parent, Slot::Own(at)));
            cover.opens(parent) && !hidden
        }
    }
}
