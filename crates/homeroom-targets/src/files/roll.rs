//! The roster of a district, or what an application sees of it, as a source.

use super::error::Error;
use super::write::Source;
use homeroom_store::{Error as StoreError, ErrorKind, Read, Roster, Tombstones, ViewId};
use oneroster::grant::{Cover, Mask, spell_record};
use oneroster::model::{Kind, Slot, Version};
use oneroster::query::{Part, Path, Sort};
use oneroster::record::Record;
use oneroster::time::Timestamp;

/// So many records are read at once.
const PAGE: u32 = 2_000;

/// What an application sees of a roster.
#[derive(Debug)]
pub struct Sight {
    /// Which records; every one if there is no view.
    pub view: Option<ViewId>,
    /// What of them.
    pub cover: Cover,
    /// What stands in for masked members.
    pub mask: Mask,
    /// Whether identifiers are spelled for URLs.
    pub spelled: bool,
}

impl Sight {
    /// A record as it is seen.
    fn shown(&self, record: &Record) -> Record {
        let covered = self.mask.covered(record, &self.cover);
        if self.spelled { spell_record(&covered) } else { covered }
    }
}

/// A roster to be read whole.
#[derive(Debug)]
pub struct Roll {
    roster: Roster,
    /// What an application sees of it.
    sight: Option<Sight>,
    at: Option<Timestamp>,
}

impl Roll {
    /// The roster as it stands; `sight` is what an application sees of it: which
    /// records, and what of them.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn new(roster: &Roster, sight: Option<Sight>) -> Result<Roll, Error> {
        let mut roll = Roll { roster: roster.clone(), sight, at: None };
        roll.at = roll.stands()?;
        Ok(roll)
    }

    /// The version that is read; none if nothing was ever imported.
    pub fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// Makes sure that everything was read of one version.
    ///
    /// # Errors
    /// `Busy` if the roster was changed meanwhile.
    pub fn end(&self) -> Result<(), Error> {
        if self.stands()? == self.at {
            return Ok(());
        }
        let message = "the roster was changed while it was read; nothing was sent, try again";
        Err(StoreError::new(ErrorKind::Busy, message).into())
    }

    fn view(&self) -> Option<ViewId> {
        self.sight.as_ref().and_then(|sight| sight.view)
    }

    fn stands(&self) -> Result<Option<Timestamp>, Error> {
        let whole = self.roster.published()?.at;
        Ok(match self.view() {
            Some(view) => self.roster.published_in(view)?.at.max(whole),
            None => whole,
        })
    }
}

impl Source for Roll {
    fn each(&mut self, kind: Kind, sink: &mut dyn FnMut(&Record) -> Result<(), Error>) -> Result<(), Error> {
        if self.sight.as_ref().is_some_and(|sight| !sight.cover.opens(kind)) {
            return Ok(());
        }
        let sort = Sort { path: Path { kind, slot: Slot::SourcedId, part: Part::Value }, descending: false };
        let mut cursor: Option<String> = None;
        loop {
            let read = Read {
                version: Version::V1P2,
                kind,
                parents: &[],
                views: &[],
                filter: None,
                view: self.view(),
                tombstones: Tombstones::Hidden,
                sort: Some(&sort),
                limit: PAGE,
                offset: 0,
                cursor: cursor.as_deref(),
                caller: 0,
            };
            let mut done = Ok(());
            let page = self.roster.page(&read, &mut |row| {
                let record = Record::unpack(kind, row.sourced_id, row.packed).filter(|_| done.is_ok());
                if let Some(record) = record {
                    done = match &self.sight {
                        Some(sight) => sink(&sight.shown(&record)),
                        None => sink(&record),
                    };
                }
            })?;
            done?;
            match page.and_then(|page| page.next) {
                Some(next) => cursor = Some(next),
                None => return Ok(()),
            }
        }
    }
}
