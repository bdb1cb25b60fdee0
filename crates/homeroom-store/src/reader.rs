//! Reading pages and records, on either engine.

mod beside;
mod cache;
mod engine;
mod shown;
mod totals;
mod views;

pub use beside::{Rank, Ranked};
pub use engine::{Ask, Counts, Engine, Given, Jump, Session, Standing};

use crate::context::Context;
use crate::paging::{Anchors, Bookmarks, Cursor, KeyValue};
use crate::plan::{Planned, plan};
use crate::sql::{Goal, Key, Order, Shape, Statement, told};
use crate::visible::Known;
use crate::{Belief, Error, ErrorKind, Found, Page, Published, Read, Result, Shown, ViewId};
use cache::Cache;
use oneroster::json::Row;
use oneroster::model::{Kind, View};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many lists of anchors are kept.
const ANCHORED: usize = 500;

/// The reading side of a roster.
#[derive(Debug)]
pub struct Reader<E> {
    engine: E,
    bookmarks: Bookmarks,
    statements: Cache<Shape, Arc<Statement>>,
    totals: Cache<(i64, u64), u64>,
    views: Mutex<HashMap<String, Option<Known>>>,
    anchors: Mutex<HashMap<Collection, Arc<Anchors>>>,
}

/// Who takes the rows.
type Sink<'a> = &'a mut dyn FnMut(&Row<'_>);

/// A kind as everyone sees it, or a view of it.
type Collection = (Kind, Option<ViewId>);

/// Whom a read asks.
#[derive(Clone, Copy)]
enum Where {
    /// Whoever is nearest, and of what is believed, too.
    Near(Option<Belief>),
    /// The database itself, which is asked for everything.
    Here,
}

/// How a page is asked for.
#[derive(Clone, Copy)]
struct Way {
    /// No later version is wanted.
    until: i64,
    near: Where,
    /// The digest of a request that goes by offset, where other processes may have given pages of it.
    request: Option<u64>,
    jump: Option<Jump>,
}

/// How a roster stands for a caller, and how much of that it is told.
#[derive(Clone, Copy)]
struct Stand {
    /// The version that stands now.
    now: i64,
    /// The one before which the bounds of the view were others.
    revised: i64,
    /// No later version is wanted.
    until: i64,
}

impl Stand {
    /// The version that a list begins with.
    fn version(self) -> i64 {
        self.until.max(self.revised).min(self.now)
    }
}

/// What is asked: the request, its plan, and the row ids of the records in its path.
struct Asked<'a> {
    read: &'a Read<'a>,
    planned: Planned,
    parents: Vec<i64>,
}

impl<'a> Asked<'a> {
    fn of(read: &'a Read<'a>, parents: Vec<i64>) -> Asked<'a> {
        Asked { read, planned: plan(read), parents }
    }
}

/// A page in the making: what is asked, and where it begins.
struct Pull<'a> {
    asked: Asked<'a>,
    start: Cursor,
    /// The version that stands now.
    now: i64,
    /// Rows to be passed over from the key.
    skip: u64,
}

impl<E: Engine> Reader<E> {
    /// A reader of a database that exists and is migrated.
    pub fn new(engine: E) -> Reader<E> {
        Reader {
            engine,
            bookmarks: Bookmarks::new(),
            statements: Cache::new(1_000),
            totals: Cache::new(10_000),
            views: Mutex::new(HashMap::new()),
            anchors: Mutex::new(HashMap::new()),
        }
    }

    /// What runs the statements.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Asks for something, and once more if the server broke off before it gave
    /// a row; it may first be asked elsewhere.
    fn twice<T>(&self, sink: Sink<'_>, ask: impl Fn(Where, Sink<'_>) -> Result<T>) -> Result<T> {
        if E::INLINE {
            return ask(Where::Near(None), sink);
        }
        let mut given = false;
        let first = ask(Where::Near(None), &mut |row| {
            given = true;
            sink(row);
        });
        match first {
            Err(error) if !given && self.engine.may_ask_again(&error) => ask(Where::Here, sink),
            done => done,
        }
    }

    fn begin(&self, near: Where, read: &Read<'_>) -> Result<E::Session> {
        self.begin_at(near, read, None)
    }

    fn begin_at(&self, near: Where, read: &Read<'_>, jump: Option<Jump>) -> Result<E::Session> {
        if let Where::Near(belief) = near
            && (jump.is_none() || self.engine.takes_jumps())
        {
            return self.engine.begin_near(read.kind, read.view, belief, jump);
        }
        // Before a session takes a connection: two of one read would wait for each other.
        if let Some(jump) = jump {
            let place = self.engine.find_place(jump)?;
            place.into_iter().for_each(|cursor| self.bookmarks.keep(jump.caller, cursor));
        }
        match near {
            Where::Near(belief) => self.engine.begin_near(read.kind, read.view, belief, None),
            Where::Here => self.engine.begin(),
        }
    }

    /// A page by its offset that does not begin where one ended.
    fn jump(&self, read: &Read<'_>, request: u64) -> Option<Jump> {
        let Read { caller, offset, .. } = *read;
        let known = offset == 0 || self.bookmarks.find(caller, request, offset).is_some();
        (!known).then_some(Jump { caller, request, offset })
    }

    /// How the roster stands.
    pub fn published(&self) -> Result<Published> {
        self.twice(&mut |_| (), |_, _| self.published_once())
    }

    fn published_once(&self) -> Result<Published> {
        let mut session = self.engine.begin()?;
        let standing = session.standing()?;
        session.end()?;
        Ok(Published::of(standing.published, standing.read()))
    }

    /// How the roster stands for who sees it in a view.
    pub fn published_in(&self, view: ViewId) -> Result<Published> {
        self.twice(&mut |_| (), |_, _| self.published_in_once(view))
    }

    fn published_in_once(&self, view: ViewId) -> Result<Published> {
        let mut session = self.engine.begin()?;
        let standing = session.standing()?;
        let (at, _) = self.in_view(&mut session, view, standing.published)?;
        session.end()?;
        Ok(Published::of(at, standing.read()))
    }

    /// Whether the page needs no count, scan or sort.
    pub fn is_quick(&self, read: &Read<'_>) -> bool {
        let simple = read.filter.is_none() && read.sort.is_none() && read.views.is_empty();
        E::INLINE && simple && (read.cursor.is_some() || read.offset == 0)
    }

    /// One page, and if it is the first one, of no later version than this.
    pub fn page(&self, read: &Read<'_>, until: i64, sink: Sink<'_>) -> Result<Option<Page>> {
        self.twice(sink, |near, sink| self.page_once(read, until, near, sink))
    }

    /// One page for a caller of whom something is believed.
    ///
    /// # Errors
    /// `Stale` if it is so no more, or whatever else failed; then look first.
    pub fn page_believing(&self, read: &Read<'_>, belief: Belief, sink: Sink<'_>) -> Result<Option<Page>> {
        self.page_once(read, i64::MAX, Where::Near(Some(belief)), sink)
    }

    fn page_once(&self, read: &Read<'_>, until: i64, near: Where, sink: Sink<'_>) -> Result<Option<Page>> {
        let by_offset = !E::INLINE && read.cursor.is_none();
        let request = if by_offset { Some(plan(read).request) } else { None };
        let way = Way { until, near, request, jump: request.and_then(|request| self.jump(read, request)) };
        let page = self.page_by(read, way, &mut *sink);
        let (Err(_), Some(jump)) = (&page, way.jump) else { return page };
        let Some(place) = self.engine.came_upon(jump) else { return page };
        self.bookmarks.keep(read.caller, place);
        self.page_by(read, Way { jump: None, ..way }, sink)
    }

    fn page_by(&self, read: &Read<'_>, way: Way, sink: Sink<'_>) -> Result<Option<Page>> {
        let mut session = self.begin_at(way.near, read, way.jump)?;
        let standing = session.standing()?;
        let now = standing.of(read.kind);
        if session.nothing_yet(Some(standing.published))? {
            let page = Page { total: 0, given: 0, next: None, shown: Shown::default() };
            return Ok(read.parents.is_empty().then_some(page));
        }
        let (now, revised) = self.stands(&mut session, read, now)?;
        let Some(parents) = self.parents(&mut session, read)? else { return Ok(None) };
        let (asked, stand) = (Asked::of(read, parents), Stand { now, revised, until: way.until });
        let (start, skip) = self.start(&mut session, &asked, stand)?;
        let pull = Pull { asked, start, now, skip };
        let offset = pull.start.offset;
        let known = |given: u32| self.bookmarks.find(read.caller, way.request?, offset + u64::from(given));
        let before = known(read.limit);
        let page = self.give(&mut session, pull, sink)?;
        session.end()?;
        // Its connection is free for the next step.
        drop(session);
        if page.next.is_some()
            && let Some(place) = known(page.given).filter(|place| before.as_ref() != Some(place))
        {
            self.engine.keep_place(read.caller, &place);
        }
        Ok(Some(page))
    }

    /// One page of an earlier version, whatever the bounds of its view have come
    /// to be since; without a total.
    pub fn page_at(&self, read: &Read<'_>, version: i64, sink: Sink<'_>) -> Result<Page> {
        self.twice(sink, |near, sink| self.page_at_once(read, version, near, sink))
    }

    fn page_at_once(&self, read: &Read<'_>, version: i64, near: Where, sink: Sink<'_>) -> Result<Page> {
        let mut session = self.begin(near, read)?;
        let standing = session.standing()?;
        if session.nothing_yet(Some(standing.published))? {
            return Ok(Page { total: 0, given: 0, next: None, shown: Shown::default() });
        }
        let (now, _) = self.stands(&mut session, read, standing.of(read.kind))?;
        let asked = Asked::of(read, Vec::new());
        let (version, request) = (version.min(now), asked.planned.request);
        let start = match read.cursor {
            Some(text) => Cursor::decode(text, request)?,
            None => Cursor { version, total: u64::MAX, offset: 0, request, key: Vec::new() },
        };
        let page = self.give(&mut session, Pull { asked, start, now, skip: 0 }, sink)?;
        session.end()?;
        Ok(page)
    }

    /// One record.
    pub fn one(&self, read: &Read<'_>, sourced_id: &str, sink: Sink<'_>) -> Result<Found> {
        self.twice(sink, |near, sink| self.one_once(read, sourced_id, near, sink))
    }

    /// One record for a caller of whom something is believed.
    ///
    /// # Errors
    /// As [`Reader::page_believing`].
    pub fn one_believing(&self, read: &Read<'_>, sourced_id: &str, belief: Belief, sink: Sink<'_>) -> Result<Found> {
        self.one_once(read, sourced_id, Where::Near(Some(belief)), sink)
    }

    fn one_once(&self, read: &Read<'_>, sourced_id: &str, near: Where, sink: Sink<'_>) -> Result<Found> {
        let mut session = self.begin(near, read)?;
        if session.nothing_yet(None)? {
            return Ok(Found::No);
        }
        let Some(parents) = self.parents(&mut session, read)? else { return Ok(Found::No) };
        let mut shape = plan(read).shape;
        shape.goal = Goal::One;
        let statement = self.statement(&shape);
        let context = self.context(read, &parents, sourced_id);
        let values = context.values(&statement)?;
        let ask = Ask::alone(read, &statement, values, &Order::Row, 0);
        let given = session.give(&ask, sink)?;
        session.end()?;
        Ok(if given.rows == 0 { Found::No } else { Found::Yes })
    }

    /// The version that the caller sees now, and the one before which its
    /// bounds were others.
    fn stands(&self, session: &mut E::Session, read: &Read<'_>, now: i64) -> Result<(i64, i64)> {
        read.view.map_or(Ok((now, 0)), |view| self.in_view(session, view, now))
    }

    fn context<'a>(&self, read: &'a Read<'a>, parents: &'a [i64], sourced_id: &'a str) -> Context<'a> {
        let (tenant, limit) = (self.engine.tenant(), u64::from(read.limit));
        Context { tenant, read, parents, key: &[], version: 0, skip: 0, limit, sourced_id }
    }

    /// Where a page begins, and how many rows are passed over from there.
    fn start(&self, session: &mut E::Session, asked: &Asked<'_>, stand: Stand) -> Result<(Cursor, u64)> {
        let Asked { read, planned, .. } = asked;
        let Stand { now, revised, .. } = stand;
        if let Some(text) = read.cursor {
            let cursor = Cursor::decode(text, planned.request)?;
            if cursor.version > now {
                return Err(Error::new(
                    ErrorKind::Cursor,
                    "the cursor is of a later roster than this one; begin again",
                ));
            }
            if cursor.version < revised {
                return Err(Error::new(
                    ErrorKind::Cursor,
                    "the grant of this application was changed since; begin again without the cursor",
                ));
            }
            return Ok((cursor, 0));
        }
        if read.offset > 0
            && let Some(cursor) = self.bookmarks.find(read.caller, planned.request, read.offset)
            && cursor.version >= revised
        {
            return Ok((cursor, 0));
        }
        let (version, request) = (stand.version(), planned.request);
        let total = self.total_of(session, asked, (version, now))?;
        let mut cursor = Cursor { version, total, offset: read.offset, request, key: Vec::new() };
        if read.offset == 0 {
            return Ok((cursor, 0));
        }
        if version == now
            && planned.is_plain(read)
            && total > read.offset
            && let Some((after, skip)) = self.anchors(session, (read.kind, read.view), now)?.seek(read.offset)
        {
            cursor.key = vec![KeyValue::Whole(after)];
            return Ok((cursor, skip));
        }
        Ok((cursor, read.offset))
    }

    fn give(&self, session: &mut E::Session, pull: Pull<'_>, sink: Sink<'_>) -> Result<Page> {
        let Pull { asked: Asked { read, mut planned, parents }, start, now, skip } = pull;
        let left = start.total.saturating_sub(start.offset);
        let wanted = u64::from(read.limit).min(left);
        let shown = Shown { version: start.version, skipped: start.offset, ..Shown::default() };
        let mut page = Page { total: start.total, given: 0, next: None, shown };
        if wanted == 0 {
            return Ok(page);
        }
        planned.shape.past = start.version != now;
        planned.shape.skip = skip > 0;
        let (mut rows, mut key) = (0, Vec::new());
        let steps = steps(&planned.shape.order, &start.key, skip);
        let only = steps.len() == 1;
        for &step in steps {
            if rows == wanted {
                break;
            }
            let (left, version) = (wanted - rows, start.version);
            (planned.shape.key, planned.shape.limit) = (step, told(E::DIALECT, left));
            let statement = self.statement(&planned.shape);
            let order = &planned.shape.order;
            let context = Context { key: &start.key, version, skip, limit: left, ..self.context(read, &parents, "") };
            let values = context.values(&statement)?;
            let (kind, view) = (read.kind, read.view);
            let ask = Ask { kind, view, statement: &statement, values, order, last: left, only, every: false };
            let given = session.give(&ask, sink)?;
            rows += given.rows;
            key = given.key;
        }
        page.given = u32::try_from(rows).unwrap_or(u32::MAX);
        page.shown = Shown { given: page.given, ..shown };
        if planned.shape.order == Order::Row && skip == 0 {
            page.shown.after = Some(start.key.first().map_or(0, KeyValue::whole));
            page.shown.upto = key.first().map(KeyValue::whole).filter(|_| rows == wanted);
        }
        let offset = start.offset + rows;
        if rows == wanted {
            // The end is remembered, too: who asks once more is told the same total.
            let next = Cursor { version: start.version, total: start.total, offset, request: start.request, key };
            page.next = (offset < start.total).then(|| next.encode());
            self.bookmarks.keep(read.caller, next);
        }
        Ok(page)
    }

    /// The row ids of the records that the path names; `None` if one of them
    /// is unknown, outside its view, or not the later one's own.
    fn parents(&self, session: &mut E::Session, read: &Read<'_>) -> Result<Option<Vec<i64>>> {
        let mut rids: Vec<i64> = Vec::with_capacity(read.parents.len());
        for (place, (parent, id)) in read.parents.iter().enumerate() {
            let mut views: Vec<View> = parent.view.into_iter().collect();
            views.extend(belongs(read, place));
            let shape = Shape {
                goal: Goal::One,
                version: read.version,
                kind: parent.kind,
                views,
                logical: oneroster::query::Logical::And,
                clauses: Vec::new(),
                tombstones: true,
                order: Order::Row,
                key: Key::Start,
                bounded: read.view.is_some(),
                made: read.view.is_some_and(|view| view.1),
                past: false,
                skip: false,
                limit: None,
            };
            let statement = self.statement(&shape);
            let context = self.context(read, &rids, id);
            let rid = session.number(&statement, &context.values(&statement)?)?;
            match rid {
                Some(rid) => rids.push(rid),
                None => return Ok(None),
            }
        }
        Ok(Some(rids))
    }

    fn anchors(&self, session: &mut E::Session, of: Collection, now: i64) -> Result<Arc<Anchors>> {
        let mut kept = self.anchors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(anchors) = kept.get(&of).filter(|a| a.version == now) {
            return Ok(anchors.clone());
        }
        let anchors = Arc::new(Anchors::new(now, session.live(of.0, of.1)?));
        if kept.len() >= ANCHORED {
            kept.clear();
        }
        kept.insert(of, anchors.clone());
        Ok(anchors)
    }

    fn statement(&self, shape: &Shape) -> Arc<Statement> {
        self.statements.get(shape).unwrap_or_else(|| {
            let statement = Arc::new(shape.statement(E::DIALECT));
            self.statements.put(shape.clone(), statement.clone());
            statement
        })
    }
}

/// The statements that give a page, one after the other until it is full: two in
/// the order of instants, for thousands of records share one, and a page must not
/// cost what stands before it.
fn steps(order: &Order, key: &[KeyValue], skip: u64) -> &'static [Key] {
    match (key.first(), order) {
        (None, _) => &[Key::Start],
        (Some(KeyValue::Missing), _) => &[Key::AfterMissing],
        (Some(_), Order::Published { .. }) if skip == 0 => &[Key::Within, Key::Beyond],
        (Some(_), _) => &[Key::After],
    }
}

/// The later of two records in a path must belong to the earlier one: a
/// class to the school, a line item to the class.
fn belongs(read: &Read<'_>, place: usize) -> Option<View> {
    let earlier = read.parents[..place].last()?.0.kind;
    let later = read.parents[place].0.kind.entity();
    let field = later.fields.iter().find(|f| !f.many && f.target() == Some(earlier))?;
    Some(View::Refers(field.name, place - 1))
}
