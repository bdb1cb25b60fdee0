//! Runs: what came of them, and what is kept of them.

use super::{Engine, Roster};
use crate::archive::Archive;
use crate::changes::{self, Moved};
use crate::intake::Plan;
use crate::run::{self, Run};
use crate::undo::{self, TakenBack};
use crate::writer::Writer as _;
use crate::{Result, retention};
use oneroster::model::Kind;
use oneroster::time::Timestamp;

impl Roster {
    /// Keeps a run that wrote nothing; gives its number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_run(&self, run: &Run) -> Result<i64> {
        on!(self, reader => reader.engine().keep_run(run))
    }

    /// A run by its number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn run(&self, id: i64) -> Result<Option<Run>> {
        on!(self, reader => reader.engine().look(|work| run::one(work, id)))
    }

    /// The latest runs, the last one first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn runs(&self, most: i64) -> Result<Vec<Run>> {
        on!(self, reader => reader.engine().look(|work| run::latest(work, most)))
    }

    /// The latest imports of a source on which the roster stands, the last one
    /// first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn applied(&self, source: u32, most: i64) -> Result<Vec<Run>> {
        on!(self, reader => reader.engine().look(|work| run::applied(work, source, most)))
    }

    /// Gives the records that a written run moved, by the instant of its
    /// publication, before and after; what has left the history is not among
    /// them.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn changes(&self, published: Timestamp, sink: &mut dyn FnMut(Moved<'_>)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| changes::written(work, published.0, sink)))
    }

    /// Compares the roster with how it was before a run that was published at
    /// an instant; `plan` is what that run counted. What comes of it is applied
    /// like a package. `force` takes along what cannot stand without what goes.
    ///
    /// # Errors
    /// `Refused` if what the run replaced is not kept any more, `Busy`.
    pub fn take_back(&self, published: Timestamp, plan: &Plan, force: bool) -> Result<TakenBack> {
        on!(self, reader => {
            let stage = reader.engine().stage()?;
            reader.engine().look(|work| undo::take_back(work, stage, published.0, plan, force))
        })
    }

    /// Gives the identifiers of the people that came, or changed, with the
    /// version of an instant.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn people_of(&self, published: Timestamp, sink: &mut dyn FnMut(&str)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| changes::people(work, published.0, sink)))
    }

    /// Ends what is older than an instant: earlier rows, tombstones, and runs but
    /// for the last import of each source. Packages and findings are in the
    /// archive.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn end_history(&self, until: Timestamp) -> Result<retention::Ended> {
        on!(self, reader => reader.engine().change(|work| retention::end(work, until)))
    }

    /// Ends, as failed, the runs that died with their process; to be called by
    /// who has the turn. Gives their numbers.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn break_off(&self, now: Timestamp) -> Result<Vec<i64>> {
        on!(self, reader => reader.engine().change(|work| run::break_off(work, now)))
    }

    /// The packages and findings of runs.
    pub fn archive(&self) -> Archive {
        on!(self, reader => reader.engine().archive())
    }

    /// The names of organisations, by their identifiers.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn org_names(&self) -> Result<std::collections::HashMap<String, String>> {
        on!(self, reader => reader.engine().look(|work| changes::names(work, Kind::Org)))
    }
}
