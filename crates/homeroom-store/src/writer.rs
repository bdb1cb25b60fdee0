//! What an engine does for the writing side of a roster.

use crate::archive::Archive;
use crate::export::Source;
use crate::first_load::FirstLoad;
use crate::intake::{Action, Compared, Head, ONLY_1P2, RETURNS, Stage, Stored};
use crate::run::{Run, Written};
use crate::work::Work;
use crate::{Error, ErrorKind, Result};
use oneroster::model::MODEL;
use oneroster::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// The writing side; every call takes a connection of its own.
pub trait Writer {
    /// The number of a source, new if its name is.
    fn source(&self, name: &str) -> Result<u32>;
    /// The name of a source.
    fn source_name(&self, id: u32) -> Result<Option<String>>;
    /// One unchanging version to compare with: the one that stands now.
    fn snapshot(&self) -> Result<Box<dyn Stored>>;
    /// One unchanging version to export.
    fn whole(&self) -> Result<Box<dyn Source>>;
    /// Where the changes of a comparison wait.
    fn stage(&self) -> Result<Stage>;
    /// Applies compared changes and keeps the run, in one transaction;
    /// `Busy` if the roster is no longer the one that was compared with.
    fn apply(&self, compared: Compared, run: &Run, now: Timestamp) -> Result<Written>;
    /// Begins a first load; `None` if the roster holds anything already.
    fn first_load(&self, now: Timestamp) -> Result<Option<(Stage, FirstLoad)>>;
    /// Keeps a run that wrote nothing.
    fn keep_run(&self, run: &Run) -> Result<i64>;
    /// Runs statements that only look, at one version.
    fn look<T>(&self, work: impl FnOnce(&mut Work<'_>) -> Result<T>) -> Result<T>;
    /// Runs statements as one change.
    fn change<T>(&self, work: impl FnOnce(&mut Work<'_>) -> Result<T>) -> Result<T>;
    /// Runs statements as one change that is on the disk when this returns, over
    /// a connection that is kept for the next one. Waits so long for the lock.
    fn group(
        &self,
        held: &mut Option<rusqlite::Connection>,
        patience: Duration,
        work: &mut dyn FnMut(&mut Work<'_>) -> Result<()>,
    ) -> Result<()>;
    /// The packages and findings of runs.
    fn archive(&self) -> Archive;
}

/// An application changed a row that a comparison was about to change.
pub fn overtaken() -> Error {
    Error::new(ErrorKind::Busy, "an application changed a record meanwhile that this run changes, too; plan again")
}

/// Records of a kind that a run moved.
#[derive(Clone, Copy, Default, Debug)]
pub struct Moved {
    /// How many live records more.
    pub live: i64,
    /// How many tombstones more.
    pub dead: i64,
    /// How many live records without a 1.1 form more.
    pub only1p2: i64,
    /// The range of row ids of added records.
    pub added: Option<(i64, i64)>,
}

/// Records that a run moved, by the kind's place in the model.
#[derive(Default, Debug)]
pub struct Moves(BTreeMap<u8, Moved>);

impl Moves {
    /// Counts a change.
    pub fn count(&mut self, head: Head) {
        let moved = self.0.entry(head.kind).or_default();
        if head.flags & ONLY_1P2 != 0 {
            moved.only1p2 += 1;
        }
        match head.action {
            Action::Add => {
                moved.live += 1;
                let (first, last) = moved.added.unwrap_or((head.rid, head.rid));
                moved.added = Some((first.min(head.rid), last.max(head.rid)));
            }
            Action::Change if head.flags & RETURNS != 0 => {
                moved.live += 1;
                moved.dead -= 1;
            }
            Action::Change => {}
            Action::Remove => {
                moved.live -= 1;
                moved.dead += 1;
            }
        }
    }

    /// What was counted, by the name of the kind's table.
    pub fn by_table(&self) -> impl Iterator<Item = (&'static str, Moved)> + '_ {
        self.0.iter().filter_map(|(kind, moved)| Some((MODEL.get(usize::from(*kind))?.plural, *moved)))
    }
}
