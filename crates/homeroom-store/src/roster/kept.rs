//! What is set of a district: sources, settings, targets.

use super::{Engine, Roster};
use crate::Result;
use crate::configure::{self, Act, Configured};
use crate::settings::{self, Set};
use crate::sources::{self, Feed};
use crate::targets::{self, Entry, Target};
use crate::writer::Writer as _;

impl Roster {
    /// The sources that are fetched, by name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn feeds(&self) -> Result<Vec<Feed>> {
        on!(self, reader => reader.engine().look(sources::all))
    }

    /// Keeps what is known of a source that is fetched: a new one, or one that
    /// is there.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_feed(&self, feed: &Feed) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| sources::keep(work, feed)))
    }

    /// Keeps how far a source has come; whether there is one of this name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_feed_state(&self, name: &str, state: &str) -> Result<bool> {
        on!(self, reader => reader.engine().change(|work| sources::keep_state(work, name, state)))
    }

    /// Keeps the credentials of a source, sealed anew; nothing else of it moves.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_feed_sealed(&self, name: &str, sealed: &[u8]) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| sources::keep_sealed(work, name, sealed)))
    }

    /// Forgets where a source is fetched; its records stay. Whether there was
    /// one of this name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn remove_feed(&self, name: &str) -> Result<bool> {
        on!(self, reader => reader.engine().change(|work| sources::remove(work, name)))
    }

    /// The settings whose scope begins with a text.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn settings(&self, scope: &str) -> Result<Vec<Set>> {
        on!(self, reader => reader.engine().look(|work| settings::within(work, scope)))
    }

    /// Sets a value, or takes it away.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn set(&self, scope: &str, key: &str, value: Option<&str>) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| settings::set(work, scope, key, value)))
    }

    /// Makes several settings in one step, and keeps the document that they
    /// came from; its number.
    ///
    /// # Errors
    /// `Refused` if a target is there already or is not, `Busy`, `Internal`.
    pub fn configure(&self, acts: &[Act], kept: &Configured) -> Result<i64> {
        on!(self, reader => reader.engine().change(|work| configure::configure(work, acts, kept)))
    }

    /// Keeps the document of a configuration: all that was set when it was done.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_configuration(&self, id: i64, document: &str) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| configure::document(work, id, document)))
    }

    /// The configurations that were applied, the latest first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn configured(&self, most: i64) -> Result<Vec<Configured>> {
        on!(self, reader => reader.engine().look(|work| configure::configured(work, most)))
    }

    /// The targets by their names.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn targets(&self) -> Result<Vec<Target>> {
        on!(self, reader => reader.engine().look(|work| targets::targets(work, None)))
    }

    /// A target by its name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn target(&self, name: &str) -> Result<Option<Target>> {
        Ok(on!(self, reader => reader.engine().look(|work| targets::targets(work, Some(name))))?.pop())
    }

    /// Adds a target.
    ///
    /// # Errors
    /// `Refused` if the name is taken, `Busy`, `Internal`.
    pub fn add_target(&self, target: &Target) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::add(work, target)))
    }

    /// Gives a target other settings, another secret or another last version.
    ///
    /// # Errors
    /// `Refused` if there is none of its name, `Busy`, `Internal`.
    pub fn edit_target(&self, target: &Target) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::edit(work, target)))
    }

    /// Keeps the secret of a target, sealed anew; nothing else of it moves.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_target_sealed(&self, name: &str, sealed: &[u8]) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::keep_sealed(work, name, sealed)))
    }

    /// Keeps how far a target has come; whether there is one of this name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn keep_target_state(&self, name: &str, state: &str) -> Result<bool> {
        on!(self, reader => reader.engine().change(|work| targets::keep_state(work, name, state)))
    }

    /// Takes a target away with its ledger; what was made there stays.
    ///
    /// # Errors
    /// `Refused` if there is none of that name, `Busy`, `Internal`.
    pub fn remove_target(&self, name: &str) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::remove(work, name)))
    }

    /// Gives every entry of the ledger of a target to the sink, in the order of
    /// kind and key.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn ledger(&self, target: &str, sink: &mut dyn FnMut(Entry)) -> Result<()> {
        on!(self, reader => reader.engine().look(|work| targets::entries(work, target, sink)))
    }

    /// One entry of the ledger of a target.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn ledger_entry(&self, target: &str, kind: i64, key: &str) -> Result<Option<Entry>> {
        on!(self, reader => reader.engine().look(|work| targets::entry(work, target, kind, key)))
    }

    /// How many entries the ledger of a target has of each kind and state.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn ledger_counts(&self, target: &str) -> Result<Vec<(i64, i64, i64)>> {
        on!(self, reader => reader.engine().look(|work| targets::counts(work, target)))
    }

    /// Writes entries into the ledger of a target, and strikes others by kind and
    /// key, as one change.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn write_ledger(&self, target: &str, keep: &[Entry], strike: &[(i64, String)]) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| targets::write(work, target, keep, strike)))
    }
}
