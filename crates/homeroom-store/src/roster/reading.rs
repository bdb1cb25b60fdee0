//! What is read of a roster: pages, records, views, whole versions.

use super::{Engine, Roster};
use crate::export::Export;
use crate::visible::{self, ViewId};
use crate::writer::Writer as _;
use crate::{Belief, Error, ErrorKind, Found, Page, Published, Rank, Ranked, Read, Result, Shown, retention};
use oneroster::grant::Bounds;
use oneroster::json::Row;
use oneroster::time::{Date, Timestamp};

impl Roster {
    /// Gives the records of one page to `sink`, in order; `None` if a record
    /// that the path names is unknown or outside its view.
    ///
    /// # Errors
    /// `Cursor` if the cursor is not one of ours, `Busy`, `Internal`.
    pub fn page(&self, read: &Read<'_>, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Option<Page>> {
        on!(self, reader => reader.page(read, i64::MAX, sink))
    }

    /// The same; a list that begins with this page is of no later version than
    /// that of an instant, unless the bounds of its view are.
    ///
    /// # Errors
    /// As [`Roster::page`].
    pub fn page_until(&self, read: &Read<'_>, until: i64, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Option<Page>> {
        on!(self, reader => reader.page(read, until, sink))
    }

    /// The version that a list of a request without parents would begin with, as
    /// the instant it was published, and how many records it has.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn stand(&self, read: &Read<'_>) -> Result<(i64, u64)> {
        on!(self, reader => reader.stand(read))
    }

    /// Gives the records of a request without parents to `sink` that stand behind
    /// a rank in its order, of no later version than this; says of which version
    /// they are, and where they stand.
    ///
    /// # Errors
    /// `Cursor` if the bounds of the view were changed since that version, `Busy`,
    /// `Internal`.
    pub fn ranked(
        &self,
        read: &Read<'_>,
        until: i64,
        after: Option<&Rank>,
        sink: &mut dyn FnMut(&Row<'_>),
    ) -> Result<Ranked> {
        on!(self, reader => reader.ranked(read, until, after, sink))
    }

    /// Keeps where a page ended that was made of several rosters, for the same
    /// caller and request, at an offset.
    pub fn keep_place(&self, caller: u64, request: u64, offset: u64, text: &str) {
        on!(self, reader => reader.keep_place(caller, (request, offset), text));
    }

    /// What was kept so, if it was of late.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn find_place(&self, caller: u64, request: u64, offset: u64) -> Result<Option<String>> {
        on!(self, reader => reader.find_place(caller, (request, offset)))
    }

    /// The same for a caller who was known without a look at the applications:
    /// `belief` is made sure of in the same breath.
    ///
    /// # Errors
    /// As [`Roster::page`], and `Stale` if it is so no more.
    pub fn page_believing(
        &self,
        read: &Read<'_>,
        belief: Belief,
        sink: &mut dyn FnMut(&Row<'_>),
    ) -> Result<Option<Page>> {
        on!(self, reader => reader.page_believing(read, belief, sink))
    }

    /// Gives the records of one page of an earlier version to `sink`, in order,
    /// as they were visible then; its total means nothing. The cursor of the page
    /// leads to the next one of that version.
    ///
    /// # Errors
    /// `Cursor` if the cursor is not one of ours, `Busy`, `Internal`.
    pub fn page_at(&self, read: &Read<'_>, version: Timestamp, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Page> {
        on!(self, reader => reader.page_at(read, version.0, sink))
    }

    /// How many records such pages have in all.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn count_at(&self, read: &Read<'_>, version: Timestamp) -> Result<u64> {
        on!(self, reader => reader.count_at(read, version.0))
    }

    /// From when on it is known what a view showed.
    ///
    /// # Errors
    /// `Busy` if the view is gone, `Internal`.
    pub fn seen_since(&self, view: ViewId) -> Result<Timestamp> {
        let since = on!(self, reader => reader.engine().look(|work| visible::since(work, view))?);
        let gone = || Error::new(ErrorKind::Busy, "the grant of this application is being changed; ask again");
        since.map(Timestamp).ok_or_else(gone)
    }

    /// Gives one record of the request's view to `sink`; tombstones too.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn one(&self, read: &Read<'_>, sourced_id: &str, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Found> {
        on!(self, reader => reader.one(read, sourced_id, sink))
    }

    /// The same for a caller who was known without a look at the applications:
    /// `belief` is made sure of in the same breath.
    ///
    /// # Errors
    /// As [`Roster::one`], and `Stale` if it is so no more.
    pub fn one_believing(
        &self,
        read: &Read<'_>,
        sourced_id: &str,
        belief: Belief,
        sink: &mut dyn FnMut(&Row<'_>),
    ) -> Result<Found> {
        on!(self, reader => reader.one_believing(read, sourced_id, belief, sink))
    }

    /// Whether a request is answered by a few look-ups, so that it may be made
    /// on a thread that serves others, too.
    pub fn is_quick(&self, read: &Read<'_>) -> bool {
        on!(self, reader => reader.is_quick(read))
    }

    /// The same of one record.
    pub fn one_is_quick(&self) -> bool {
        matches!(self.0, Engine::Sqlite(_))
    }

    /// Finds or makes the view of a name, with what some bounds make visible on a
    /// day: the view of an application, or of one for a person. Other bounds than
    /// those of the last call are a version of their own, in which what is no
    /// longer visible is marked as deleted, and so is another day if the bounds
    /// depend on it. `None` if the bounds are open and there is no view: then
    /// everything is seen.
    ///
    /// Called for every request: if nothing changed, nothing is asked of the
    /// database.
    ///
    /// # Errors
    /// `Busy` if a load holds the roster, `Internal`.
    pub fn view(&self, name: &str, bounds: &Bounds, now: Timestamp, today: Date) -> Result<Option<ViewId>> {
        on!(self, reader => reader.view(name, bounds, (now, today)))
    }

    /// Makes the view of a name if there is none, with all records: of an
    /// application that saw everything so far, before its grant is bounded, so
    /// that what it sees no more becomes a tombstone.
    ///
    /// # Errors
    /// `Busy` if a load holds the roster, `Internal`.
    pub fn see_all(&self, name: &str, now: Timestamp, today: Date) -> Result<()> {
        on!(self, reader => {
            reader.forget_views(name);
            reader.engine().change(|work| visible::see_all(work, name, (now, today)))
        })
    }

    /// The view of a name, if it is known without asking the database, and as
    /// [`Roster::view`] gives it.
    pub fn known_view(&self, name: &str, bounds: &Bounds, today: Date) -> Option<Option<ViewId>> {
        on!(self, reader => reader.known_view(name, bounds, today))
    }

    /// How the roster stands for who sees it in a view.
    ///
    /// # Errors
    /// `Busy` if the view is gone, `Internal`.
    pub fn published_in(&self, view: ViewId) -> Result<Published> {
        on!(self, reader => reader.published_in(view))
    }

    /// Takes the views of an application away that is no more: that of its
    /// client id, and those whose names go on after it with a `/`. Gives how many
    /// there were.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn remove_views(&self, client_id: &str) -> Result<usize> {
        on!(self, reader => {
            reader.forget_views(client_id);
            reader.engine().change(|work| visible::remove(work, client_id))
        })
    }

    /// How the roster stands.
    ///
    /// # Errors
    /// `Internal`.
    pub fn published(&self) -> Result<Published> {
        on!(self, reader => reader.published())
    }

    /// Whether a record was on a page that was given earlier, as far as the
    /// history reaches: `shown` is what the page said of itself, and `read`
    /// what was asked.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn was_shown(&self, read: &Read<'_>, shown: &Shown, sourced_id: &str) -> Result<bool> {
        on!(self, reader => reader.was_shown(read, shown, sourced_id))
    }

    /// Holds one version still, to export it: the one that stands now, or the
    /// one that stood at an instant.
    ///
    /// # Errors
    /// `Refused` if the history does not reach back so far, `Busy`, `Internal`.
    pub fn export(&self, as_of: Option<Timestamp>) -> Result<Export> {
        let source = on!(self, reader => reader.engine().whole()?);
        Export::new(source, as_of)
    }

    /// Whether nothing had come in yet at an instant; false if it is not known any
    /// more.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn was_nothing(&self, at: Timestamp) -> Result<bool> {
        let mut source = on!(self, reader => reader.engine().whole()?);
        Export::was_nothing(source.as_mut(), at)
    }

    /// From when on the history is whole, if some of it was ended.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn horizon(&self) -> Result<Option<Timestamp>> {
        Ok(on!(self, reader => reader.engine().look(retention::horizon))?.map(Timestamp))
    }
}
