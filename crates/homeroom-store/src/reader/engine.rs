//! What a reader asks of an engine, and what it is given.

use crate::gradebook::is_written;
use crate::paging::{Cursor, KeyValue};
use crate::plan::Value;
use crate::schema::Dialect;
use crate::sql::{Order, Statement};
use crate::{Belief, Error, Read, Result, ViewId};
use oneroster::json::Row;
use oneroster::model::Kind;

/// What runs the statements of the reading side.
pub trait Engine {
    /// The SQL it speaks.
    const DIALECT: Dialect;
    /// Whether a few look-ups are so quick that a thread that serves others
    /// may make them, too.
    const INLINE: bool;
    /// A transaction that reads one version.
    type Session: Session;

    /// Begins to read the version that stands now.
    fn begin(&self) -> Result<Self::Session>;

    /// The same, perhaps elsewhere, where nothing is missing that stands now of a
    /// kind and of a view.
    /// If something is believed of the applications, it is made sure of before
    /// the session has ended; so is that nobody gave the page before a jump.
    fn begin_near(&self, _: Kind, _: Option<ViewId>, _: Option<Belief>, _: Option<Jump>) -> Result<Self::Session> {
        self.begin()
    }

    /// Whether `begin_near` makes sure of a jump by itself.
    fn takes_jumps(&self) -> bool {
        false
    }

    /// Lets other processes know where a page ended.
    fn keep_place(&self, _: u64, _: &Cursor) {}

    /// Where a jump begins, if a session was given up because another process had
    /// given the page before.
    fn came_upon(&self, _: Jump) -> Option<Cursor> {
        None
    }

    /// Where a page begins whose former one another process gave.
    fn find_place(&self, _: Jump) -> Result<Option<Cursor>> {
        Ok(None)
    }

    /// Whether something that failed so may be asked once more of `begin`, if
    /// nothing was given yet.
    fn may_ask_again(&self, _: &Error) -> bool {
        false
    }

    /// The tenant whose roster is read.
    fn tenant(&self) -> i64;
}

/// One version, as statements see it. Dropped without an end, it is given up.
pub trait Session {
    /// How the roster stands.
    fn standing(&mut self) -> Result<Standing>;
    /// Whether the tables must not be looked at, because the version is that
    /// before the first, and the first load may hold them to itself.
    fn nothing_yet(&mut self, version: Option<i64>) -> Result<bool>;
    /// Gives the rows of a statement to `sink`.
    fn give(&mut self, ask: &Ask<'_>, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Given>;
    /// The first number of the first row, if there is one.
    fn number(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<Option<i64>>;
    /// The version that a view stands at, and the one before which its bounds
    /// were others; `None` if it is gone.
    fn view(&mut self, view: ViewId) -> Result<Option<(i64, i64)>>;
    /// The numbers of records of a kind, as the writer keeps them, of all or of
    /// those in a view.
    fn counts(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Counts>;
    /// The row ids of all live records of a kind, or of those in a view, in any
    /// order.
    fn live(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Vec<i64>>;
    /// Ends the transaction.
    fn end(&mut self) -> Result<()>;
}

/// How a roster stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The instant of the last change; 0 before the first.
    pub published: i64,
    /// The instant of the last write of an application.
    pub written: i64,
    /// The instant of the last change by anyone else before that write.
    pub base: i64,
}

impl Standing {
    /// The version in which records of a kind last may have changed: what
    /// applications write moves the gradebook alone.
    pub fn of(self, kind: Kind) -> i64 {
        if is_written(kind) { self.published } else { self.read() }
    }

    /// The instant of the last change by anyone but applications.
    pub fn read(self) -> i64 {
        if self.published == self.written { self.base } else { self.published }
    }
}

/// A statement that gives records.
pub struct Ask<'a> {
    /// The kind of the records.
    pub kind: Kind,
    /// The view that they are seen in.
    pub view: Option<ViewId>,
    /// The statement.
    pub statement: &'a Statement,
    /// Its values.
    pub values: Vec<Value<'a>>,
    /// The order of the records.
    pub order: &'a Order,
    /// The number of the row whose key is wanted, counted from 1.
    pub last: u64,
    /// Whether no other statement belongs to the same answer.
    pub only: bool,
    /// Whether the key of every row is wanted.
    pub every: bool,
}

impl<'a> Ask<'a> {
    /// One that is an answer by itself, and wants the key of one row at the most.
    pub(super) fn alone(
        read: &Read<'_>,
        statement: &'a Statement,
        values: Vec<Value<'a>>,
        order: &'a Order,
        last: u64,
    ) -> Ask<'a> {
        Ask { kind: read.kind, view: read.view, statement, values, order, last, only: true, every: false }
    }
}

/// A page by its offset, whose former one this process did not give.
#[derive(Clone, Copy)]
pub struct Jump {
    pub caller: u64,
    pub request: u64,
    pub offset: u64,
}

/// What came of it.
#[derive(Default)]
pub struct Given {
    /// How many rows were given.
    pub rows: u64,
    /// The key of the row that was asked for.
    pub key: Vec<KeyValue>,
    /// The keys of all rows, if they were asked for.
    pub keys: Vec<Vec<KeyValue>>,
}

/// How many records there are of a kind.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    /// Live ones.
    pub live: i64,
    /// Tombstones.
    pub dead: i64,
    /// Live ones without a 1.1 form.
    pub only1p2: i64,
}
