//! The roster of a district.

/// The same call, whichever the engine.
macro_rules! on {
    ($roster:expr, $reader:ident => $call:expr) => {
        match &$roster.0 {
            Engine::Sqlite($reader) => $call,
            Engine::Postgres($reader) => $call,
        }
    };
}

mod grades;
mod intake;
mod kept;
mod people;
mod reading;
mod runs;

use crate::gradebook::Desk;
use crate::reader::Reader;
use crate::tenants::DEFAULT_TENANT;
use crate::writer::Writer as _;
use crate::{DatabaseUrl, Result, Turn, carried, postgres, sqlite};
use std::sync::Arc;

/// The roster of a district: open once, share freely between threads.
///
/// Every call blocks. On PostgreSQL it also may not be made on a thread that
/// drives an asynchronous runtime; [`Roster::is_quick`] never says so there.
#[derive(Clone, Debug)]
pub struct Roster(Engine, Desk);

#[derive(Clone, Debug)]
enum Engine {
    Sqlite(Arc<Reader<sqlite::Pool>>),
    Postgres(Arc<Reader<postgres::Pool>>),
}

impl Roster {
    /// Opens the roster of a database's only or default tenant, creating or
    /// migrating it as needed.
    ///
    /// # Errors
    /// `Unusable` if the database cannot be used, `Busy` if a first import
    /// holds it.
    pub fn open(url: &DatabaseUrl) -> Result<Roster> {
        Roster::open_tenant(url, DEFAULT_TENANT)
    }

    /// Opens the roster of a tenant, made if its name is new; whether there is
    /// such a tenant, [`Tenants`](crate::Tenants) says.
    ///
    /// # Errors
    /// As [`Roster::open`].
    pub fn open_tenant(url: &DatabaseUrl, tenant: &str) -> Result<Roster> {
        let engine = match url.of_tenant(tenant) {
            DatabaseUrl::Sqlite(path) => {
                drop(sqlite::make(&path)?);
                Engine::Sqlite(Arc::new(Reader::new(sqlite::Pool::new(path))))
            }
            DatabaseUrl::Postgres(url) => Engine::Postgres(Arc::new(Reader::new(postgres::Pool::open(&url, tenant)?))),
        };
        let roster = Roster(engine, Desk::default());
        roster.up_to_date()?;
        Ok(roster)
    }

    /// Writes what a later version of the program keeps beside records.
    fn up_to_date(&self) -> Result<()> {
        if on!(self, reader => reader.engine().look(carried::is_due))? {
            on!(self, reader => reader.engine().change(carried::write))?;
        }
        Ok(())
    }

    /// Whether the district was found to be removed by somebody else, on
    /// PostgreSQL; on SQLite the file tells.
    pub fn is_gone(&self) -> bool {
        match &self.0 {
            Engine::Sqlite(_) => false,
            Engine::Postgres(reader) => reader.engine().is_gone(),
        }
    }

    /// The same roster for whoever has a turn: what is written through it is
    /// refused once another process has taken that turn.
    #[must_use]
    pub fn under(&self, turn: &Turn) -> Roster {
        match (&self.0, turn.fence()) {
            (Engine::Postgres(reader), Some(fence)) => {
                let pool = reader.engine().fenced(fence.clone());
                Roster(Engine::Postgres(Arc::new(Reader::new(pool))), Desk::default())
            }
            _ => self.clone(),
        }
    }

    /// The roster of another tenant of the same database, over the same
    /// connections where there are such.
    ///
    /// # Errors
    /// As [`Roster::open`].
    pub(crate) fn sibling(&self, url: &DatabaseUrl, tenant: &str) -> Result<Roster> {
        match &self.0 {
            Engine::Sqlite(_) => Roster::open_tenant(url, tenant),
            Engine::Postgres(reader) => {
                let pool = reader.engine().of_tenant(tenant)?;
                let roster = Roster(Engine::Postgres(Arc::new(Reader::new(pool))), Desk::default());
                roster.up_to_date()?;
                Ok(roster)
            }
        }
    }
}
