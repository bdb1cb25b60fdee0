//! The records of a collection, one by one.

use crate::error::Error;
use crate::habit::Habit;
use crate::page::Page;
use crate::pages::Pages;
use crate::place::Ending;
use crate::read::Unreadable;
use futures_util::{Stream, stream};
use hashbrown::HashSet;
use oneroster::at;
use oneroster::model::{Route, View};
use oneroster::record::{Record, id_digest};

/// The records of a collection. At any time one page is in memory, and a few
/// bytes for each record that came.
///
/// ```no_run
/// # async fn f(client: oneroster_client::Client) -> Result<(), oneroster_client::Error> {
/// use oneroster::{at, model::Kind};
/// use oneroster_client::Ask;
///
/// let mut users = client.records(Ask::all(Kind::User))?;
/// while let Some(user) = users.next().await? {
///     println!("{} {}", user.sourced_id, user.get(at!(User.familyName)).unwrap_or_default());
/// }
/// if !users.ending().is_whole() {
///     eprintln!("absence proves nothing here");
/// }
/// # Ok(())
/// # }
/// ```
pub struct Records {
    pages: Pages,
    page: Option<Page>,
    at: usize,
    seen: HashSet<u64>,
    twice: u64,
    unreadable: Vec<Unreadable>,
}

impl Records {
    pub(crate) fn new(pages: Pages) -> Records {
        Records { pages, page: None, at: 0, seen: HashSet::new(), twice: 0, unreadable: Vec::new() }
    }

    /// The next record; `None` at the end. Records that cannot be read are
    /// passed over and kept in [`Records::unreadable`]; one that comes a second
    /// time is passed over and counted.
    ///
    /// # Errors
    /// If the provider fails for good.
    pub async fn next(&mut self) -> Result<Option<Record>, Error> {
        loop {
            if let Some(record) = self.of_page() {
                return Ok(Some(record));
            }
            self.at = 0;
            self.page = self.pages.next().await?;
            if self.page.is_none() {
                return Ok(None);
            }
        }
    }

    /// The next record of the page at hand.
    fn of_page(&mut self) -> Option<Record> {
        let page = self.page.as_ref()?;
        while self.at < page.len() {
            let read = page.record(self.at)?;
            self.at += 1;
            match read {
                Ok(record) if is_beyond(&record, self.pages.ask().operation_row()) => {
                    self.pages.note(Habit::RoleBeyondView)
                }
                Ok(record) if record.sourced_id.is_empty() || self.seen.insert(id_digest(&record.sourced_id)) => {
                    return Some(record);
                }
                Ok(_) => {
                    self.twice += 1;
                    self.pages.note(Habit::RecordTwice);
                }
                Err(unreadable) => self.unreadable.push(unreadable),
            }
        }
        None
    }

    /// All that is left, in memory; for small collections.
    ///
    /// # Errors
    /// If the provider fails for good.
    pub async fn all(mut self) -> Result<Vec<Record>, Error> {
        let mut all = Vec::new();
        while let Some(record) = self.next().await? {
            all.push(record);
        }
        Ok(all)
    }

    /// As a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Record, Error>> + Send {
        stream::try_unfold(self, |mut records| async move { Ok(records.next().await?.map(|record| (record, records))) })
    }

    /// How many records there are, as the provider said so far.
    pub fn total(&self) -> Option<u64> {
        self.pages.total()
    }

    /// Records that could not be read so far. Where there are any, the absence
    /// of a record proves nothing.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// How the reading ended, or where it stands.
    pub fn ending(&self) -> Ending {
        self.pages.ending(self.twice)
    }

    /// The pages below.
    pub fn pages(&mut self) -> &mut Pages {
        &mut self.pages
    }
}

/// Whether a person says to hold roles, none of which is that of the view.
fn is_beyond(record: &Record, route: &Route) -> bool {
    let Some(View::Holds(role)) = route.views.iter().find(|view| matches!(view, View::Holds(_))) else { return false };
    let rows = record.rows(at!(User.roles)).filter_map(|row| row.get(at!(Role.role)));
    let mut roles = rows.chain(record.get(at!(User.role))).peekable();
    roles.peek().is_some() && roles.all(|held| held != role.word())
}
