//! The roster of a district.

use crate::intake::{Compared, Intake, Stage};
use crate::reader::Reader;
use crate::run::{Run, Written};
use crate::sqlite::{self, FirstLoad, Pool, Snapshot};
use crate::{DatabaseUrl, Error, ErrorKind, Found, Page, Published, Read, Result};
use oneroster::json::Row;
use oneroster::time::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// The roster of a district: open once, share freely between threads.
#[derive(Clone, Debug)]
pub struct Roster {
    path: Arc<PathBuf>,
    reader: Arc<Reader<Pool>>,
}

impl Roster {
    /// Opens the roster of a database, creating or migrating it as needed.
    ///
    /// # Errors
    /// `Unusable` if the file cannot be used, `Busy` if a first import holds it.
    pub fn open(url: &DatabaseUrl) -> Result<Roster> {
        let DatabaseUrl::Sqlite(path) = url else {
            return Err(Error::new(
                ErrorKind::Unusable,
                "PostgreSQL is not served yet; use sqlite:PATH, for example sqlite:homeroom.db",
            ));
        };
        drop(sqlite::open_writer(path)?);
        let reader = Reader::new(Pool::new(path.clone()));
        Ok(Roster { path: Arc::new(path.clone()), reader: Arc::new(reader) })
    }

    /// Gives the records of one page to `sink`, in order; `None` if a record
    /// that the path names is unknown or outside its view.
    ///
    /// # Errors
    /// `Cursor` if the cursor is not one of ours, `Busy`, `Internal`.
    pub fn page(&self, read: &Read<'_>, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Option<Page>> {
        self.reader.page(read, sink)
    }

    /// Gives one record of the request's view to `sink`; tombstones too.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn one(&self, read: &Read<'_>, sourced_id: &str, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Found> {
        self.reader.one(read, sourced_id, sink)
    }

    /// Whether a request is answered by a few look-ups, so that it may be made
    /// on a thread that serves others, too.
    pub fn is_quick(&self, read: &Read<'_>) -> bool {
        self.reader.is_quick(read)
    }

    /// How the roster stands.
    ///
    /// # Errors
    /// `Internal`.
    pub fn published(&self) -> Result<Published> {
        self.reader.published()
    }

    /// The number of a source, made if its name is new.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn source(&self, name: &str) -> Result<u32> {
        sqlite::source(&self.path, name)
    }

    /// The name of a source.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn source_name(&self, id: u32) -> Result<Option<String>> {
        sqlite::source_name(&self.path, id)
    }

    /// Begins to compare a package with what is stored. `deletions` says
    /// whether what the package lacks is removed.
    ///
    /// # Errors
    /// `Busy`, `Unusable` if changes cannot be staged.
    pub fn compare(&self, source: u32, deletions: bool) -> Result<Intake> {
        let stage = Stage::file(sqlite::staging(&self.path))?;
        Intake::new(Box::new(Snapshot::open(&self.path)?), source, deletions, stage)
    }

    /// Writes what a comparison came to, in one transaction with its run.
    ///
    /// # Errors
    /// `Busy` if the roster was changed meanwhile: compare again.
    pub fn apply(&self, compared: Compared, run: &Run, now: Timestamp) -> Result<Written> {
        sqlite::apply(&self.path, compared, run, now)
    }

    /// Begins to load an empty roster, writing while the package is read;
    /// `None` if it is not empty. The load holds the write lock to its end.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn first_load(&self, source: u32, now: Timestamp) -> Result<Option<(Intake, FirstLoad)>> {
        // What is stored is nothing; looking at it later would wait for the load.
        let empty = Box::new(Nothing);
        self.reader.engine().close_idle();
        let Some((stage, load)) = sqlite::first_load(&self.path, now)? else { return Ok(None) };
        Ok(Some((Intake::new(empty, source, true, stage)?, load)))
    }

    /// Keeps a run that wrote nothing; gives its number.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_run(&self, run: &Run) -> Result<i64> {
        sqlite::keep_run(&self.path, run)
    }
}

/// An empty roster, as a comparison sees it.
struct Nothing;

impl crate::intake::Stored for Nothing {
    fn version(&self) -> i64 {
        0
    }
    fn rows(&self, _: oneroster::model::Kind) -> Result<crate::intake::StoredRows> {
        Ok(crate::intake::StoredRows::new())
    }
    fn packed(&self, _: oneroster::model::Kind, _: &[i64]) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(Vec::new())
    }
    fn last_rid(&self, _: oneroster::model::Kind) -> Result<i64> {
        Ok(0)
    }
}
