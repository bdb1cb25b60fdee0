//! Reading pages and records.

use super::Pool;
use crate::paging::{Anchors, Bookmarks, Cursor, KeyValue};
use crate::plan::{Planned, Value, plan};
use crate::schema::Dialect;
use crate::sql::{Bind, Goal, Key, Order, Shape, Statement, Wrap};
use crate::{Error, ErrorKind, Found, Page, Published, Read, Result, Tombstones};
use oneroster::json::Row;
use oneroster::model::{Kind, View};
use oneroster::query::Path;
use oneroster::record::Status;
use oneroster::time::Timestamp;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The reading side of a roster in an SQLite file.
#[derive(Debug)]
pub struct Reader {
    pool: Pool,
    bookmarks: Bookmarks,
    statements: Cache<Shape, Arc<Statement>>,
    totals: Cache<(i64, u64), u64>,
    anchors: Mutex<HashMap<Kind, Arc<Anchors>>>,
}

/// A page in the making: the connection, what is asked, and where it begins.
struct Pull<'a> {
    connection: &'a Connection,
    planned: Planned,
    read: &'a Read<'a>,
    parents: Vec<i64>,
    start: Cursor,
    /// The version that stands now.
    now: i64,
    /// Rows to be passed over from the key.
    skip: u64,
}

impl Reader {
    /// A reader of a file that exists and is migrated.
    pub fn new(pool: Pool) -> Reader {
        Reader {
            pool,
            bookmarks: Bookmarks::new(),
            statements: Cache::new(1_000),
            totals: Cache::new(10_000),
            anchors: Mutex::new(HashMap::new()),
        }
    }

    /// Closes idle connections, so that a writer can have the file to itself.
    pub fn close_idle(&self) {
        self.pool.close_idle();
    }

    /// How the roster stands.
    pub fn published(&self) -> Result<Published> {
        let at = version(&*self.pool.get()?)?;
        Ok(Published { at: (at > 0).then_some(Timestamp(at)) })
    }

    /// Whether the page needs no count, scan or sort.
    pub fn is_quick(&self, read: &Read<'_>) -> bool {
        let simple = read.filter.is_none() && read.sort.is_none() && read.views.is_empty();
        simple && (read.cursor.is_some() || read.offset == 0)
    }

    /// One page.
    pub fn page(&self, read: &Read<'_>, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Option<Page>> {
        let connection = self.pool.get()?;
        begin(&connection)?;
        let now = version(&connection)?;
        let Some(parents) = self.parents(&connection, read)? else { return Ok(None) };
        let planned = plan(read);
        let (start, skip) = self.start(&connection, read, &planned, &parents, now)?;
        let pull = Pull { connection: &connection, planned, read, parents, start, now, skip };
        let page = self.give(pull, sink)?;
        commit(&connection)?;
        Ok(Some(page))
    }

    /// One record.
    pub fn one(&self, read: &Read<'_>, sourced_id: &str, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Found> {
        let connection = self.pool.get()?;
        begin(&connection)?;
        let Some(parents) = self.parents(&connection, read)? else { return Ok(Found::No) };
        let mut shape = plan(read).shape;
        shape.goal = Goal::One;
        let statement = self.statement(&shape);
        let context = Context { read, parents: &parents, key: &[], version: 0, skip: 0, sourced_id };
        let mut prepared = connection.prepare_cached(&statement.sql)?;
        let mut rows = prepared.query(context.values(&statement)?.as_slice())?;
        let Some(row) = rows.next()? else { return Ok(Found::No) };
        let children = children(&connection, read.kind, row.get(0)?)?;
        with_row(row, &children, sink)?;
        drop(rows);
        drop(prepared);
        commit(&connection)?;
        Ok(Found::Yes)
    }

    /// Where a page begins, and how many rows are passed over from there.
    fn start(
        &self,
        connection: &Connection,
        read: &Read<'_>,
        planned: &Planned,
        parents: &[i64],
        now: i64,
    ) -> Result<(Cursor, u64)> {
        if let Some(text) = read.cursor {
            let cursor = Cursor::decode(text, planned.request)?;
            if cursor.version > now {
                return Err(Error::new(
                    ErrorKind::Cursor,
                    "the cursor is of a later roster than this one; begin again",
                ));
            }
            return Ok((cursor, 0));
        }
        if read.offset > 0
            && let Some(cursor) = self.bookmarks.find(read.caller, planned.request, read.offset)
        {
            return Ok((cursor, 0));
        }
        let total = self.total(connection, read, planned, parents, now)?;
        let mut cursor = Cursor { version: now, total, offset: read.offset, request: planned.request, key: Vec::new() };
        if read.offset == 0 {
            return Ok((cursor, 0));
        }
        if planned.is_plain(read)
            && total > read.offset
            && let Some((after, skip)) = self.anchors(connection, read.kind, now)?.seek(read.offset)
        {
            cursor.key = vec![KeyValue::Whole(after)];
            return Ok((cursor, skip));
        }
        Ok((cursor, read.offset))
    }

    fn give(&self, pull: Pull<'_>, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Page> {
        let Pull { connection, mut planned, read, parents, start, now, skip } = pull;
        let left = start.total.saturating_sub(start.offset);
        let wanted = u64::from(read.limit).min(left);
        let mut page = Page { total: start.total, given: 0, next: None };
        if wanted == 0 {
            return Ok(page);
        }
        let shape = &mut planned.shape;
        shape.past = start.version != now;
        shape.skip = skip > 0;
        shape.key = match start.key.first() {
            None => Key::Start,
            Some(KeyValue::Missing) => Key::AfterMissing,
            Some(_) => Key::After,
        };
        let statement = self.statement(shape);
        let context =
            Context { read, parents: &parents, key: &start.key, version: start.version, skip, sourced_id: "" };
        let mut prepared = connection.prepare_cached(&statement.sql)?;
        let mut rows = prepared.query(context.values(&statement)?.as_slice())?;
        let mut key = Vec::new();
        while let Some(row) = rows.next()? {
            page.given += 1;
            if u64::from(page.given) == wanted {
                key = last_key(row, &planned.shape.order)?;
            }
            let children = children(connection, read.kind, row.get(0)?)?;
            with_row(row, &children, sink)?;
        }
        let offset = start.offset + u64::from(page.given);
        if u64::from(page.given) == wanted {
            // The end is remembered, too: who asks once more is told the same total.
            let next = Cursor { version: start.version, total: start.total, offset, request: start.request, key };
            page.next = (offset < start.total).then(|| next.encode());
            self.bookmarks.keep(read.caller, next);
        }
        Ok(page)
    }

    /// The row ids of the records that the path names; `None` if one of them
    /// is unknown, outside its view, or not the later one's own.
    fn parents(&self, connection: &Connection, read: &Read<'_>) -> Result<Option<Vec<i64>>> {
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
                past: false,
                skip: false,
            };
            let statement = self.statement(&shape);
            let context = Context { read, parents: &rids, key: &[], version: 0, skip: 0, sourced_id: id };
            let mut prepared = connection.prepare_cached(&statement.sql)?;
            let rid: Option<i64> =
                prepared.query_row(context.values(&statement)?.as_slice(), |row| row.get(0)).optional()?;
            match rid {
                Some(rid) => rids.push(rid),
                None => return Ok(None),
            }
        }
        Ok(Some(rids))
    }

    /// How many records a request selects in the version that stands.
    fn total(
        &self,
        connection: &Connection,
        read: &Read<'_>,
        planned: &Planned,
        parents: &[i64],
        now: i64,
    ) -> Result<u64> {
        if planned.shape.clauses.is_empty()
            && planned.shape.views.is_empty()
            && let Some(total) = counted(connection, read)?
        {
            return Ok(total);
        }
        if let Some(total) = self.totals.get(&(now, planned.request)) {
            return Ok(total);
        }
        let mut shape = planned.shape.clone();
        shape.goal = Goal::Count;
        let statement = self.statement(&shape);
        let context = Context { read, parents, key: &[], version: now, skip: 0, sourced_id: "" };
        let mut prepared = connection.prepare_cached(&statement.sql)?;
        let total: i64 = prepared.query_row(context.values(&statement)?.as_slice(), |row| row.get(0))?;
        let total = u64::try_from(total).unwrap_or(0);
        self.totals.put((now, planned.request), total);
        Ok(total)
    }

    fn anchors(&self, connection: &Connection, kind: Kind, now: i64) -> Result<Arc<Anchors>> {
        let mut kept = self.anchors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(anchors) = kept.get(&kind).filter(|a| a.version == now) {
            return Ok(anchors.clone());
        }
        // Covered by the index on published and status.
        let sql = format!("SELECT rid FROM \"{}\" WHERE status = 0", kind.entity().plural);
        let mut prepared = connection.prepare_cached(&sql)?;
        let rids = prepared.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
        let anchors = Arc::new(Anchors::new(now, rids));
        kept.insert(kind, anchors.clone());
        Ok(anchors)
    }

    fn statement(&self, shape: &Shape) -> Arc<Statement> {
        self.statements.get(shape).unwrap_or_else(|| {
            let statement = Arc::new(shape.statement(Dialect::Sqlite));
            self.statements.put(shape.clone(), statement.clone());
            statement
        })
    }
}

/// A bounded map; when it is full it begins anew.
#[derive(Debug)]
struct Cache<K, V> {
    most: usize,
    map: RwLock<HashMap<K, V>>,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    fn new(most: usize) -> Cache<K, V> {
        Cache { most, map: RwLock::new(HashMap::new()) }
    }
    fn get(&self, key: &K) -> Option<V> {
        self.map.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
    fn put(&self, key: K, value: V) {
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= self.most {
            map.clear();
        }
        map.insert(key, value);
    }
}

fn begin(connection: &Connection) -> Result<()> {
    Ok(connection.prepare_cached("BEGIN")?.execute([]).map(|_| ())?)
}

fn commit(connection: &Connection) -> Result<()> {
    Ok(connection.prepare_cached("COMMIT")?.execute([]).map(|_| ())?)
}

fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.prepare_cached("SELECT published FROM state")?.query_row([], |row| row.get(0))?)
}

/// The later of two records in a path must belong to the earlier one: a
/// class to the school, a line item to the class.
fn belongs(read: &Read<'_>, place: usize) -> Option<View> {
    let earlier = read.parents[..place].last()?.0.kind;
    let later = read.parents[place].0.kind.entity();
    let field = later.fields.iter().find(|f| !f.many && f.target() == Some(earlier))?;
    Some(View::Refers(field.name, place - 1))
}

/// The total of a plain collection, kept by the writer.
fn counted(connection: &Connection, read: &Read<'_>) -> Result<Option<u64>> {
    let mut prepared = connection.prepare_cached("SELECT live, dead, only1p2 FROM counts WHERE kind = ?1")?;
    let counts: Option<(i64, i64, i64)> = prepared
        .query_row([read.kind.entity().plural], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (live, dead, only1p2) = counts.unwrap_or((0, 0, 0));
    if only1p2 > 0 && read.version == oneroster::model::Version::V1P1 {
        return Ok(None);
    }
    let total = if read.tombstones == Tombstones::Shown { live + dead } else { live };
    Ok(u64::try_from(total).ok())
}

/// The live records whose parent is this one; only trees have any.
fn children(connection: &Connection, kind: Kind, rid: i64) -> Result<Vec<String>> {
    let sql = match kind {
        Kind::Org => "SELECT \"sourcedId\" FROM orgs WHERE parent = ?1 AND status = 0 ORDER BY \"sourcedId\"",
        Kind::AcademicSession => {
            "SELECT \"sourcedId\" FROM \"academicSessions\" WHERE parent = ?1 AND status = 0 ORDER BY \"sourcedId\""
        }
        _ => return Ok(Vec::new()),
    };
    let mut prepared = connection.prepare_cached(sql)?;
    let ids = prepared.query_map([rid], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

fn with_row(row: &rusqlite::Row<'_>, children: &[String], sink: &mut dyn FnMut(&Row<'_>)) -> Result<()> {
    let text = |index| row.get_ref(index).map(|v| v.as_str().unwrap_or_default());
    let packed = row.get_ref(4)?.as_blob().unwrap_or_default();
    let status = if row.get::<_, i64>(2)? == 0 { Status::Active } else { Status::ToBeDeleted };
    sink(&Row { sourced_id: text(1)?, status, published: Timestamp(row.get(3)?), packed, children });
    Ok(())
}

fn last_key(row: &rusqlite::Row<'_>, order: &Order) -> Result<Vec<KeyValue>> {
    let id = || Ok::<_, Error>(KeyValue::Text(row.get(1)?));
    Ok(match order {
        Order::Row => vec![KeyValue::Whole(row.get(0)?)],
        Order::Published => vec![KeyValue::Whole(row.get(3)?), KeyValue::Whole(row.get(0)?)],
        Order::SourcedId { .. } => vec![id()?],
        Order::Member { .. } => vec![key_value(row.get_ref(5)?), id()?],
    })
}

fn key_value(value: ValueRef<'_>) -> KeyValue {
    match value {
        ValueRef::Integer(number) => KeyValue::Whole(number),
        ValueRef::Real(number) => KeyValue::Real(number),
        ValueRef::Text(text) => KeyValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Null | ValueRef::Blob(_) => KeyValue::Missing,
    }
}

/// What the placeholders of a statement stand for in one request.
struct Context<'a> {
    read: &'a Read<'a>,
    parents: &'a [i64],
    key: &'a [KeyValue],
    version: i64,
    skip: u64,
    sourced_id: &'a str,
}

/// A value that is bound.
enum Bound<'a> {
    Value(Value<'a>),
    Text(&'a str),
}

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Bound::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Bound::Value(Value::Null) => ToSqlOutput::Borrowed(ValueRef::Null),
            Bound::Value(Value::Whole(number)) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Bound::Value(Value::Real(number)) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
            Bound::Value(Value::Text(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

impl<'a> Context<'a> {
    fn values(&self, statement: &'a Statement) -> Result<BoundValues<'a>>
    where
        'a: 'a,
    {
        let values = statement.binds.iter().map(|bind| self.value(bind)).collect::<Result<Vec<_>>>()?;
        Ok(BoundValues(values))
    }

    fn value(&self, bind: &'a Bind) -> Result<Bound<'a>> {
        let lost = || Error::new(ErrorKind::Internal, "a statement asks for a value that the request has not");
        Ok(match bind {
            Bind::Text(text) => Bound::Text(text),
            Bind::Parent(place) => Bound::Value(Value::Whole(*self.parents.get(*place).ok_or_else(lost)?)),
            Bind::ParentItem(place) => Bound::Value(Value::item(&self.read.parents.get(*place).ok_or_else(lost)?.1)),
            Bind::SourcedId => Bound::Value(Value::Text(self.sourced_id.into())),
            Bind::Literal { clause, item, wrap } => Bound::Value(self.literal(*clause, *item, *wrap).ok_or_else(lost)?),
            Bind::MetadataName(clause) => Bound::Value(self.metadata_name(*clause).ok_or_else(lost)?),
            Bind::Key(place) => Bound::Value(match self.key.get(*place).ok_or_else(lost)? {
                KeyValue::Missing => Value::Null,
                KeyValue::Whole(number) => Value::Whole(*number),
                KeyValue::Real(number) => Value::Real(*number),
                KeyValue::Text(text) => Value::Text(text.clone().into()),
            }),
            Bind::Version => Bound::Value(Value::Whole(self.version)),
            Bind::Limit => Bound::Value(Value::Whole(i64::from(self.read.limit))),
            Bind::Skip => Bound::Value(Value::Whole(i64::try_from(self.skip).unwrap_or(i64::MAX))),
        })
    }

    fn literal(&self, clause: usize, item: Option<usize>, wrap: Wrap) -> Option<Value<'static>> {
        let literal = &self.read.filter?.clauses.get(clause)?.literal;
        Value::literal(literal, item, wrap)
    }

    fn metadata_name(&self, clause: Option<usize>) -> Option<Value<'static>> {
        let path: &Path = match clause {
            Some(clause) => &self.read.filter?.clauses.get(clause)?.path,
            None => &self.read.sort?.path,
        };
        match &path.part {
            oneroster::query::Part::Metadata(name) => Some(Value::Text(name.clone().into())),
            _ => None,
        }
    }
}

/// Bound values as the driver wants them.
struct BoundValues<'a>(Vec<Bound<'a>>);

impl BoundValues<'_> {
    fn as_slice(&self) -> rusqlite::ParamsFromIter<std::slice::Iter<'_, Bound<'_>>> {
        rusqlite::params_from_iter(self.0.iter())
    }
}
