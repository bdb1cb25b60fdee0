//! Our own roster as a provider.

use homeroom_store::{Error, Read, Roster, Tombstones};
use oneroster::json::Row;
use oneroster::model::{Parent, Slot, Version};
use oneroster::record::Status;
use oneroster::time::Timestamp;
use oneroster_client::get::{Next, Provider, Question};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// So many records are read at once.
const PAGE: u32 = 1_000;

/// The roster of a district, asked directly.
#[derive(Debug)]
pub struct Store {
    roster: Roster,
    version: Version,
    asked: Option<Underway>,
    page: VecDeque<Held>,
    lent: Option<Held>,
}

/// A question that is being answered, and where its next page begins.
#[derive(Debug)]
struct Underway {
    question: Question,
    cursor: Option<String>,
}

/// A row of a page.
#[derive(Debug)]
struct Held {
    sourced_id: String,
    status: Status,
    published: Timestamp,
    packed: Vec<u8>,
    children: Vec<String>,
}

impl Store {
    /// A roster, asked in a version.
    pub fn new(roster: Roster, version: Version) -> Store {
        Store { roster, version, asked: None, page: VecDeque::new(), lent: None }
    }

    /// Reads a page; what it leaves of the question.
    fn turn(&mut self, under: Underway) -> Result<Option<Underway>, Error> {
        let Underway { question, cursor } = under;
        let parents: Vec<(&'static Parent, String)> =
            question.route.parents.iter().zip(question.parents.clone()).collect();
        // As the API does it: who asks for a status or a time of change means
        // deleted records, too.
        let clauses = || question.filter.iter().flat_map(|filter| &filter.clauses);
        let dead = clauses().any(|clause| [Slot::Status, Slot::Modified].contains(&clause.path.slot));
        let read = Read {
            version: self.version,
            kind: question.route.kind,
            parents: &parents,
            views: question.route.views,
            filter: question.filter.as_ref(),
            view: None,
            tombstones: if dead { Tombstones::Shown } else { Tombstones::Hidden },
            sort: None,
            limit: PAGE,
            offset: 0,
            cursor: cursor.as_deref(),
            caller: 0,
        };
        let (roster, held) = (&self.roster, &mut self.page);
        let page = roster.page(&read, &mut |row| held.push_back(Held::of(row)))?;
        let next = page.and_then(|page| page.next);
        Ok(next.map(|next| Underway { question, cursor: Some(next) }))
    }
}

impl Held {
    fn of(row: &Row<'_>) -> Held {
        Held {
            sourced_id: row.sourced_id.to_owned(),
            status: row.status,
            published: row.published,
            packed: row.packed.to_vec(),
            children: row.children.to_vec(),
        }
    }

    fn row(&self) -> Row<'_> {
        let Held { sourced_id, status, published, packed, children } = self;
        Row { sourced_id, status: *status, published: *published, packed, children }
    }
}

impl Provider for Store {
    type Error = Error;

    fn version(&self) -> Version {
        self.version
    }

    fn ask(&mut self, question: Question) {
        self.page.clear();
        self.asked = Some(Underway { question, cursor: None });
    }

    async fn next(&mut self) -> Result<Next<'_>, Error> {
        while self.page.is_empty()
            && let Some(under) = self.asked.take()
        {
            self.asked = self.turn(under)?;
        }
        self.lent = self.page.pop_front();
        Ok(self.lent.as_ref().map_or(Next::End, |held| Next::Row(held.row())))
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

/// What comes of work that waits for nothing but a store: that blocks, and may
/// not be called on a thread that drives a runtime.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}
