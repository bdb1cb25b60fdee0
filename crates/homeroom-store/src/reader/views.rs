//! The views of applications, known by their names.

use super::{Engine, Reader, Session};
use crate::visible::{self, Known};
use crate::writer::Writer;
use crate::{Error, ErrorKind, Result, ViewId};
use oneroster::grant::Bounds;
use oneroster::time::{Date, Timestamp};
use std::sync::PoisonError;

/// So many views are known by their names.
const VIEWS: usize = 10_000;

impl<E: Engine> Reader<E> {
    /// The view of a name with the rows of some bounds on a day.
    pub fn view(&self, name: &str, bounds: &Bounds, at: (Timestamp, Date)) -> Result<Option<ViewId>>
    where
        E: Writer,
    {
        if let Some(known) = self.known_view(name, bounds, at.1) {
            return Ok(known);
        }
        let found = self.engine.look(|work| visible::find(work, name, bounds, at.1))?;
        let known = match found {
            Some(known) => known,
            None => self.engine.change(|work| visible::find_or_make(work, name, bounds, at))?,
        };
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if views.len() >= VIEWS {
            views.clear();
        }
        let view = known.as_ref().map(Known::view);
        views.insert(name.to_owned(), known);
        Ok(view)
    }

    /// The same, if it is known without asking the database.
    pub fn known_view(&self, name: &str, bounds: &Bounds, today: Date) -> Option<Option<ViewId>> {
        let views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        match views.get(name)? {
            Some(known) => known.fits(bounds, today).then_some(Some(known.view())),
            None => bounds.is_open().then_some(None),
        }
    }

    /// Forgets where the views of an application are.
    pub fn forget_views(&self, client_id: &str) {
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.retain(|name, _| !visible::is_of(name, client_id));
    }

    pub(super) fn in_view(&self, session: &mut E::Session, view: ViewId, now: i64) -> Result<(i64, i64)> {
        let gone = || Error::new(ErrorKind::Busy, "the grant of this application is being changed; ask again");
        let Some((published, revised)) = session.view(view)? else {
            let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
            views.retain(|_, known| known.as_ref().is_none_or(|known| known.id != view.0));
            return Err(gone());
        };
        Ok((now.max(published), revised))
    }
}
