//! The roster of a district.

use crate::{DatabaseUrl, Found, Page, Published, Read, Result};
use oneroster::json::Row;

/// The roster of a district: open once, share freely between threads.
#[derive(Clone, Debug)]
pub struct Roster {}

impl Roster {
    /// Opens the roster of a database, creating or migrating it as needed.
    ///
    /// # Errors
    /// `Unusable` if the file cannot be used, `Busy` if a first import holds it.
    pub fn open(_url: &DatabaseUrl) -> Result<Roster> {
        Ok(Roster {})
    }

    /// Gives the records of one page to `sink`, in order; `None` if a record
    /// that the path names is unknown or outside its view.
    ///
    /// # Errors
    /// `Cursor` if the cursor is not one of ours, `Busy`, `Internal`.
    pub fn page(&self, _read: &Read<'_>, _sink: &mut dyn FnMut(&Row<'_>)) -> Result<Option<Page>> {
        Ok(None)
    }

    /// Gives one record of the request's view to `sink`; tombstones too.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn one(&self, _read: &Read<'_>, _sourced_id: &str, _sink: &mut dyn FnMut(&Row<'_>)) -> Result<Found> {
        Ok(Found::No)
    }

    /// Whether a request is answered by a few look-ups, so that it may be made
    /// on a thread that serves others, too.
    pub fn is_quick(&self, _read: &Read<'_>) -> bool {
        false
    }

    /// How the roster stands.
    ///
    /// # Errors
    /// `Internal`.
    pub fn published(&self) -> Result<Published> {
        Ok(Published { at: None })
    }
}
