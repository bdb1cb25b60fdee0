//! Packages on their way into a roster.

use super::{Engine, Roster};
use crate::changes::{self, Moved};
use crate::first_load::FirstLoad;
use crate::forwards;
use crate::intake::{Compared, Intake, Recorded};
use crate::people;
use crate::precedence;
use crate::rekey::{self, Rename, Renamed, Renames};
use crate::review::{self, Review};
use crate::run::{Run, Written};
use crate::writer::Writer as _;
use crate::{DatabaseUrl, Result};
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::Timestamp;
use std::sync::Arc;

impl Roster {
    /// The number of a source, made if its name is new.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn source(&self, name: &str) -> Result<u32> {
        on!(self, reader => reader.engine().source(name))
    }

    /// The name of a source.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn source_name(&self, id: u32) -> Result<Option<String>> {
        on!(self, reader => reader.engine().source_name(id))
    }

    /// The names of the sources that have sent anything, by number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn sources(&self) -> Result<Vec<(u32, String)>> {
        on!(self, reader => reader.engine().look(precedence::sources))
    }

    /// Whether a source owns any live record of a kind.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn owns(&self, kind: Kind, source: u32) -> Result<bool> {
        on!(self, reader => reader.engine().look(|work| review::owns(work, kind, source)))
    }

    /// Gives every live record that a source owns.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn owned(&self, source: u32, sink: &mut dyn FnMut(&Record)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| people::owned(work, source, sink)))
    }

    /// Begins to compare a package with what is stored. `deletions` says
    /// whether what the package lacks is removed.
    ///
    /// # Errors
    /// `Busy`, `Unusable` if changes cannot be staged.
    pub fn compare(&self, source: u32, deletions: bool) -> Result<Intake> {
        let (stored, stage) = on!(self, reader => (reader.engine().snapshot()?, reader.engine().stage()?));
        let mut intake = Intake::new(stored, source, deletions, stage)?;
        // Looked at after the snapshot: what is written in between counts as not
        // yet forwarded.
        intake.expect_back(on!(self, reader => reader.engine().look(|work| forwards::back(work, source)))?);
        Ok(intake)
    }

    /// The roster as it stands, to judge a package of changes by.
    pub fn known(&self) -> Recorded {
        let roster = self.clone();
        Recorded::new(Box::new(move || on!(roster, reader => reader.engine().snapshot())))
    }

    /// The roster of a tenant, which is opened when it is asked first.
    pub fn known_in(url: DatabaseUrl, tenant: String) -> Recorded {
        Recorded::new(Box::new(move || {
            let roster = Roster::open_tenant(&url, &tenant)?;
            on!(roster, reader => reader.engine().snapshot())
        }))
    }

    /// The same with the roster as if a mapping had been applied to it already;
    /// what comes of it is to be completed before it is applied.
    ///
    /// # Errors
    /// `Refused` if the mapping cannot be applied, and as [`Roster::compare`].
    pub fn compare_renamed(&self, source: u32, deletions: bool, mapping: &[Rename]) -> Result<(Intake, Arc<Renames>)> {
        on!(self, reader => {
            let engine = reader.engine();
            let renames = Arc::new(engine.look(|work| rekey::look(work, mapping, source))?);
            let stored = Box::new(Renamed { stored: engine.snapshot()?, renames: renames.clone() });
            Ok((Intake::new(stored, source, deletions, engine.stage()?)?, renames))
        })
    }

    /// Adds to what such a comparison came to the records that name what is
    /// renamed and of which the package did not speak.
    ///
    /// # Errors
    /// `Busy`, `Unusable` if changes cannot be staged.
    pub fn complete(&self, compared: Compared, renames: &Renames) -> Result<Compared> {
        on!(self, reader => {
            let stage = reader.engine().stage()?;
            reader.engine().look(|work| rekey::complete(work, compared, renames, stage))
        })
    }

    /// Writes what a comparison came to, in one transaction with its run.
    ///
    /// # Errors
    /// `Busy` if the roster was changed meanwhile: compare again.
    pub fn apply(&self, compared: Compared, run: &Run, now: Timestamp) -> Result<Written> {
        on!(self, reader => reader.engine().apply(compared, run, now))
    }

    /// Begins to load an empty roster, writing while the package is read;
    /// `None` if it is not empty. The load holds the write lock to its end.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn first_load(&self, source: u32, now: Timestamp) -> Result<Option<(Intake, FirstLoad)>> {
        // What is stored is nothing; looking at it later would wait for the load.
        let empty = Box::new(Nothing);
        let begun = on!(self, reader => reader.engine().first_load(now)?);
        let Some((stage, load)) = begun else { return Ok(None) };
        Ok(Some((Intake::new(empty, source, true, stage)?, load)))
    }

    /// Takes a second look at what a comparison came to; `most` is the share of
    /// a kind, in percent, that a school may lose.
    ///
    /// # Errors
    /// `Busy` if the roster was changed meanwhile: compare again.
    pub fn review(&self, compared: &mut Compared, source: u32, most: &dyn Fn(Kind) -> f64) -> Result<Review> {
        on!(self, reader => reader.engine().look(|work| review::review(work, compared, source, most)))
    }

    /// How many live roles, classes, courses or enrollments a source has at a
    /// school.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn at_school(&self, kind: Kind, school: &str, source: u32) -> Result<u64> {
        on!(self, reader => reader.engine().look(|work| review::at_school(work, kind, school, source)))
    }

    /// Gives the records that a comparison would move, before and after.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn staged_changes(&self, compared: &mut Compared, sink: &mut dyn FnMut(Moved<'_>)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| changes::staged(work, compared, sink)))
    }
}

/// An empty roster, as a comparison sees it.
struct Nothing;

impl crate::intake::Stored for Nothing {
    fn version(&self) -> i64 {
        0
    }
    fn rows(&self, _: Kind) -> Result<crate::intake::StoredRows> {
        Ok(crate::intake::StoredRows::new())
    }
    fn packed(&self, _: Kind, _: &[i64]) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(Vec::new())
    }
    fn find(&self, _: oneroster::model::Kind, _: &str) -> Result<Option<(crate::intake::StoredRow, Option<i64>)>> {
        Ok(None)
    }
    fn children(&self, _: oneroster::model::Kind, _: i64) -> Result<Vec<crate::intake::StoredChild>> {
        Ok(Vec::new())
    }
    fn referrers(&self, _: oneroster::model::Kind, _: &str, _: i64, _: &mut dyn FnMut(&str) -> bool) -> Result<bool> {
        Ok(false)
    }
    fn modified(&self, _: oneroster::model::Kind, _: i64) -> Result<Option<i64>> {
        Ok(None)
    }
    fn live(&self, _: oneroster::model::Kind) -> Result<u64> {
        Ok(0)
    }
    fn last_rid(&self, _: oneroster::model::Kind) -> Result<i64> {
        Ok(0)
    }
}
