//! The executor for SQLite.

mod apply;
mod export;
mod open;
mod overwrite;
mod pool;
mod session;
mod stored;
mod write;

pub use apply::{Applier, CellSql};
pub use open::{compatible, made, make, open_writer, tables, write_ahead};
pub use pool::Pool;
pub use write::scrub;

use crate::Result;
use crate::archive::Archive;
use crate::export::Source;
use crate::first_load::FirstLoad;
use crate::intake::{Compared, Stage, Stored};
use crate::reader::{Engine as _, Session as _};
use crate::run::{Run, Written};
use crate::work::Work;
use crate::writer::Writer;
use oneroster::time::Timestamp;
use std::time::Duration;

impl Writer for Pool {
    fn source(&self, name: &str) -> Result<u32> {
        write::source(self.path(), name)
    }
    fn source_name(&self, id: u32) -> Result<Option<String>> {
        write::source_name(self.path(), id)
    }
    fn snapshot(&self) -> Result<Box<dyn Stored>> {
        Ok(Box::new(stored::Snapshot::open(self.path())?))
    }
    fn whole(&self) -> Result<Box<dyn Source>> {
        Ok(Box::new(export::Whole::open(self.path())?))
    }
    fn stage(&self) -> Result<Stage> {
        Stage::file(write::staging(self.path()))
    }
    fn apply(&self, compared: Compared, run: &Run, now: Timestamp) -> Result<Written> {
        write::apply(self.path(), compared, run, now)
    }
    fn first_load(&self, now: Timestamp) -> Result<Option<(Stage, FirstLoad)>> {
        // Connections are only closed for a load that there may be.
        if self.begin()?.standing()?.published != 0 {
            return Ok(None);
        }
        self.close_idle();
        write::first_load(self.path(), now)
    }
    fn keep_run(&self, run: &Run) -> Result<i64> {
        write::keep_run(self.path(), run)
    }
    fn look<T>(&self, work: impl FnOnce(&mut Work<'_>) -> Result<T>) -> Result<T> {
        write::look(self.path(), work)
    }
    fn change<T>(&self, work: impl FnOnce(&mut Work<'_>) -> Result<T>) -> Result<T> {
        write::change(self.path(), work)
    }
    fn group(
        &self,
        held: &mut Option<rusqlite::Connection>,
        patience: Duration,
        work: &mut dyn FnMut(&mut Work<'_>) -> Result<()>,
    ) -> Result<()> {
        write::group(self.path(), held, patience, work)
    }
    fn archive(&self) -> Archive {
        Archive::beside(self.path())
    }
}
