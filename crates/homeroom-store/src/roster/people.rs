//! People by what is known of them: found, merged, forgotten.

use super::{Engine, Roster};
use crate::check::{self, Checked, Fault};
use crate::claims::{self, Merges};
use crate::find::{self, Stored, Wanted};
use crate::forget::{self, Forgotten};
use crate::intake::{Compared, Intake, Merge};
use crate::people::{self, Somebody};
use crate::precedence::{self, Precedence};
use crate::writer::Writer as _;
use crate::{Result, sqlite};
use oneroster::model::Kind;
use oneroster::time::Timestamp;

impl Roster {
    /// Makes one of two people: what the first of each pair, who stands, and all
    /// that names the second become. What comes of it is applied like a package.
    ///
    /// # Errors
    /// `Refused` if one of them is not there, or is in two pairs; `Busy`.
    pub fn merge(&self, pairs: &[Merge]) -> Result<Compared> {
        on!(self, reader => {
            let engine = reader.engine();
            let naming = engine.look(|work| people::naming(work, pairs))?;
            Intake::for_people(engine.snapshot()?, engine.stage()?)?.merge(pairs, &naming)
        })
    }

    /// Makes two of one person again, by the identifier that stands no more.
    ///
    /// # Errors
    /// `Refused` if it stands by itself, `Busy`.
    pub fn part(&self, other: &str) -> Result<Compared> {
        on!(self, reader => {
            let engine = reader.engine();
            let moved = engine.look(|work| people::moved(work, other))?;
            Intake::for_people(engine.snapshot()?, engine.stage()?)?.part(other, &moved)
        })
    }

    /// Makes every record that several sources send anew, by another precedence:
    /// the orders of [`precedence::SCOPE`], a key and names each.
    ///
    /// # Errors
    /// `Busy`, `Unusable` if changes cannot be staged.
    pub fn resettle(&self, orders: &[(String, String)]) -> Result<Compared> {
        on!(self, reader => {
            let engine = reader.engine();
            let precedence = engine.look(|work| precedence::of(work, orders))?;
            Intake::for_people(engine.snapshot()?, engine.stage()?)?.again(precedence)
        })
    }

    /// The identifiers that stand for other ones.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn merges(&self) -> Result<Merges> {
        on!(self, reader => reader.engine().look(claims::merges))
    }

    /// Which of several sources is right.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn precedence(&self) -> Result<Precedence> {
        on!(self, reader => reader.engine().look(precedence::read))
    }

    /// Says of two people whether they are two, whatever they have in common.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_apart(&self, one: &str, other: &str, are: bool) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| claims::keep_apart(work, (one, other), are)))
    }

    /// Who was said to be two, the lesser identifier first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn apart(&self) -> Result<hashbrown::HashSet<(String, String)>> {
        on!(self, reader => reader.engine().look(claims::apart))
    }

    /// Gives every live person, with who owns the record and the birth date.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn everybody(&self, sink: &mut dyn FnMut(Somebody)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| people::everybody(work, sink)))
    }

    /// The people and classes that are meant, at most so many, tombstones too;
    /// with their true number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn find(&self, wanted: &Wanted, most: usize) -> Result<(u64, Vec<Stored>)> {
        on!(self, reader => reader.engine().look(|work| find::find(work, wanted, most)))
    }

    /// One record, even if it is a tombstone.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn stored(&self, kind: Kind, sourced_id: &str) -> Result<Option<Stored>> {
        on!(self, reader => reader.engine().look(|work| find::one(work, kind, sourced_id)))
    }

    /// Gives the records that name a record, tombstones too, and those that
    /// stand under its identifier in another file.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn around(&self, kind: Kind, sourced_id: &str, sink: &mut dyn FnMut(Stored)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| find::around(work, kind, sourced_id, sink)))
    }

    /// Every record of a person with its row id and its identifier, the person's
    /// own first; none if there is no such person.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn records_of(&self, person: &str) -> Result<Vec<(Kind, i64, String)>> {
        on!(self, reader => reader.engine().look(|work| forget::records(work, person)))
    }

    /// Takes a person out of the roster and its history; bare tombstones are
    /// left. Packages and findings are in the archive.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forget(&self, person: &str, now: Timestamp) -> Result<Forgotten> {
        let done = on!(self, reader => reader.engine().change(|work| forget::forget(work, person, now))?);
        if let Engine::Sqlite(reader) = &self.0 {
            sqlite::scrub(reader.engine().path())?;
        }
        Ok(done)
    }

    /// Looks at every row, total and instant of one version, and gives what does
    /// not follow from the records to `faults`.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn check(&self, faults: &mut dyn FnMut(Fault)) -> Result<Checked> {
        on!(self, reader => reader.engine().look(|work| check::check(work, faults)))
    }
}
