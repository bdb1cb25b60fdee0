//! What an export reads: the roster as it stands or stood, or as an application
//! sees it.

use crate::output::Failure;
use homeroom_store::{Export as Whole, Read, Roster, Sink, Tombstones, ViewId, Which};
use oneroster::grant::{Cover, Mask, spell, spell_record};
use oneroster::json::Row;
use oneroster::model::{Kind, Place, Slot, Type, Version};
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
        let mut shown = self.mask.covered(record, &self.cover);
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
}

/// The roster as an application sees it.
pub(crate) struct Seen {
    roster: Roster,
    sight: AsSeen,
    /// How it stood when reading began.
    at: Option<Timestamp>,
}

/// Most records of a page.
const PAGE: u32 = 5_000;

impl Reading {
    pub(super) fn of(roster: &Roster, as_of: Option<Timestamp>, sight: Option<&AsSeen>) -> Result<Reading, Failure> {
        Ok(match sight {
            None => Reading::Whole(Box::new(roster.export(as_of)?)),
            Some(sight) => Reading::Seen(Box::new(Seen::new(roster, sight)?)),
        })
    }

    pub(super) fn at(&self) -> Option<Timestamp> {
        match self {
            Reading::Whole(whole) => whole.at(),
            Reading::Seen(seen) => seen.at,
        }
    }

    /// The instant after which changes are wanted that a run is named for.
    pub(super) fn published_by(&mut self, run: i64) -> Result<Timestamp, Failure> {
        match self {
            Reading::Whole(whole) => Ok(whole.published_by(run)?),
            Reading::Seen(_) => Err(no_changes()),
        }
    }

    pub(super) fn remembers(&mut self, since: Timestamp) -> Result<(), Failure> {
        match self {
            Reading::Whole(whole) => Ok(whole.remembers(since)?),
            Reading::Seen(_) => Err(no_changes()),
        }
    }

    pub(super) fn count(&mut self, kind: Kind, which: Which) -> Result<u64, Failure> {
        match self {
            Reading::Whole(whole) => Ok(whole.count(kind, which)?),
            Reading::Seen(seen) => seen.count(kind),
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
            Reading::Seen(seen) => seen.rows(kind, limit, sink),
        }
    }

    /// Makes sure that everything was read of one version.
    pub(super) fn end(&self) -> Result<(), Failure> {
        match self {
            Reading::Whole(_) => Ok(()),
            Reading::Seen(seen) => seen.end(),
        }
    }
}

fn no_changes() -> Failure {
    Failure::usage("what an application sees is exported whole").hint("leave --delta-since and --since-run out")
}

impl Seen {
    pub(crate) fn new(roster: &Roster, sight: &AsSeen) -> Result<Seen, Failure> {
        let at = stands(roster, sight)?;
        Ok(Seen { roster: roster.clone(), sight: sight.clone(), at })
    }

    fn end(&self) -> Result<(), Failure> {
        if stands(&self.roster, &self.sight)? == self.at {
            return Ok(());
        }
        let message = "the roster was changed while it was read; nothing was written";
        Err(Failure { code: "busy", message: message.to_owned(), hint: Some("try again".to_owned()), status: 1 })
    }

    pub(crate) fn count(&self, kind: Kind) -> Result<u64, Failure> {
        let Place::Nested(_) = kind.entity().place else {
            if !opens(&self.sight.cover, kind) {
                return Ok(0);
            }
            return Ok(self.page(kind, 1, None, &mut |_| ())?.0);
        };
        let mut count = 0;
        self.rows(kind, None, &mut |_| {
            count += 1;
            true
        })?;
        Ok(count)
    }

    /// Gives records as the application is shown them; no more than some.
    pub(crate) fn rows(&self, kind: Kind, limit: Option<u64>, sink: &mut Sink<'_>) -> Result<(), Failure> {
        if !opens(&self.sight.cover, kind) {
            return Ok(());
        }
        let mut left = limit.unwrap_or(u64::MAX);
        let mut give = |row: &Row<'_>| {
            left = left.saturating_sub(1);
            sink(row) && left > 0
        };
        match kind.entity().place {
            Place::Nested(parent) => self.nested(parent, kind, &mut give),
            _ => self.each(kind, &mut |record, row| {
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
        self.each(parent, &mut |record, row| {
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
    fn each(&self, kind: Kind, give: &mut dyn FnMut(&mut Record, &Row<'_>) -> bool) -> Result<(), Failure> {
        let (mut cursor, mut further) = (None, true);
        loop {
            let (_, next) = self.page(kind, PAGE, cursor.as_deref(), &mut |row| {
                // What cannot be read cannot be covered, and is not shown.
                let record = Record::unpack(kind, row.sourced_id, row.packed).filter(|_| further);
                if let Some(record) = record {
                    further = self.sight.show(&record, row, give);
                }
            })?;
            match next {
                Some(next) if further => cursor = Some(next),
                _ => return Ok(()),
            }
        }
    }

    /// One page as it is: how many there are in all, and where it goes on.
    fn page(
        &self,
        kind: Kind,
        limit: u32,
        cursor: Option<&str>,
        sink: &mut dyn FnMut(&Row<'_>),
    ) -> Result<(u64, Option<String>), Failure> {
        let read = Read {
            version: Version::V1P2,
            kind,
            parents: &[],
            views: &[],
            filter: None,
            view: self.sight.view,
            tombstones: Tombstones::Hidden,
            sort: None,
            limit,
            offset: 0,
            cursor,
            caller: 0,
        };
        let page = self.roster.page(&read, sink)?;
        Ok(page.map_or((0, None), |page| (page.total, page.next)))
    }
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
