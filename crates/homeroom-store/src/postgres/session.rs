//! Executing reads.

use super::pool::{Leased, Pool};
use crate::paging::{Cursor, KeyValue};
use crate::plan::Value;
use crate::reader::{Ask, Counts, Engine, Given, Jump, Session, Standing};
use crate::schema::Dialect;
use crate::sql::{Order, Statement};
use crate::{Belief, Error, ErrorKind, Result, ViewId};
use oneroster::json;
use oneroster::model::Kind;
use oneroster::record::Status;
use oneroster::time::Timestamp;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Row};
use std::collections::HashMap;

impl Engine for Pool {
    const DIALECT: Dialect = Dialect::Postgres;
    // A round trip to a server may take any time.
    const INLINE: bool = false;
    type Session = Leased;

    fn begin(&self) -> Result<Leased> {
        self.begin_sure(None)
    }

    fn begin_near(
        &self,
        kind: Kind,
        view: Option<ViewId>,
        belief: Option<Belief>,
        jump: Option<Jump>,
    ) -> Result<Leased> {
        let belief = belief.map(|Belief(number)| number);
        if let Some(leased) = self.assuming(view, belief, jump)? {
            return Ok(leased);
        }
        if jump.is_some() {
            return Err(super::assumed::stale());
        }
        if belief.is_some() {
            return self.begin_sure(belief);
        }
        let Some(replica) = self.replica() else { return Engine::begin(self) };
        let Some(floor) = self.floor(kind, view)? else { return Engine::begin(self) };
        match has_all(&replica, kind, view, floor) {
            Ok(Some(leased)) => Ok(leased),
            Ok(None) => Engine::begin(self),
            Err(error) => {
                tracing::warn!("the replica cannot be read from, and is left alone for a while: {error}");
                self.rest();
                Engine::begin(self)
            }
        }
    }

    fn keep_place(&self, caller: u64, cursor: &Cursor) {
        // It is remembered here; only another node would miss it.
        if let Err(error) = self.write_place(caller, cursor) {
            tracing::warn!("the place of a pull could not be kept for other nodes: {error}");
        }
    }

    fn takes_jumps(&self) -> bool {
        self.may_assume()
    }

    fn came_upon(&self, jump: Jump) -> Option<Cursor> {
        let text = self.last().place(self.number(), jump)?;
        Cursor::decode(&text, jump.request).ok()
    }

    fn find_place(&self, jump: Jump) -> Result<Option<Cursor>> {
        self.read_place(jump)
    }

    fn may_ask_again(&self, error: &Error) -> bool {
        match error.kind() {
            ErrorKind::Lost | ErrorKind::Stale => true,
            // A replica breaks off reads that keep it from following.
            ErrorKind::Busy => self.has_replica(),
            // That of another node may be of a later version than the one that was assumed.
            ErrorKind::Cursor => self.may_assume(),
            _ => false,
        }
    }

    fn tenant(&self) -> i64 {
        self.number()
    }
}

/// The versions of a kind and of a view that whoever asks now may not be shown
/// less than.
type Floor = (i64, Option<i64>);

impl Pool {
    /// What the primary has at this moment; none if the tenant is gone.
    fn floor(&self, kind: Kind, view: Option<ViewId>) -> Result<Option<Floor>> {
        let (tenant, view) = (self.number(), view.map_or(0, |view| view.0));
        let select = format!(
            "SELECT s.published, s.written, s.base, \
             (SELECT v.published FROM views AS v WHERE v.tenant = {tenant} AND v.id = {view}) \
             FROM state AS s WHERE s.tenant = {tenant}"
        );
        Ok(match self.numbers(&select)?.as_deref() {
            Some([Some(published), Some(written), Some(base), view]) => {
                let standing = Standing { published: *published, written: *written, base: *base };
                Some((standing.of(kind), *view))
            }
            _ => None,
        })
    }
}

/// A transaction of a replica that has replayed at least so much, seen within
/// the very snapshot that is read.
fn has_all(replica: &Pool, kind: Kind, view: Option<ViewId>, (version, seen): Floor) -> Result<Option<Leased>> {
    let mut leased = Engine::begin(replica)?;
    if leased.standing()?.of(kind) < version {
        return Ok(None);
    }
    if let Some(view) = view
        && leased.view(view)?.map(|(published, _)| published) < seen
    {
        return Ok(None);
    }
    Ok(Some(leased))
}

impl Session for Leased {
    fn standing(&mut self) -> Result<Standing> {
        if let Some(assumed) = &self.assumed {
            return Ok(assumed.standing);
        }
        if let Some(&[Some(published), Some(written), Some(base), ..]) = self.told() {
            return Ok(Standing { published, written, base });
        }
        let tenant = self.tenant();
        let (client, statement) = self.prepared("SELECT published, written, base FROM state WHERE tenant = $1")?;
        let row = client.query_one(statement, &[&tenant])?;
        Ok(Standing { published: row.try_get(0)?, written: row.try_get(1)?, base: row.try_get(2)? })
    }

    fn nothing_yet(&mut self, version: Option<i64>) -> Result<bool> {
        Ok(version.map_or_else(|| self.standing().map(|standing| standing.published), Ok)? == 0)
    }

    fn give(&mut self, ask: &Ask<'_>, sink: &mut dyn FnMut(&json::Row<'_>)) -> Result<Given> {
        let tree = ask.kind.entity().fields.iter().any(|field| field.name == "children");
        if tree || !ask.only {
            self.settle()?;
        }
        let mut given = Given::default();
        let mut take = |row: &Row, children: &[String]| {
            given.rows += 1;
            if given.rows == ask.last {
                given.key = last_key(row, ask.order)?;
            }
            if ask.every {
                given.keys.push(last_key(row, ask.order)?);
            }
            with_row(row, children, sink)
        };
        if self.assumed.is_some() {
            self.guarded(ask, &mut |row| take(row, &[]))?;
            return Ok(given);
        }
        let values: Vec<&Value<'_>> = ask.values.iter().collect();
        let (client, statement) = self.prepared(&ask.statement.sql)?;
        let mut rows = rows(client, statement, &values, ask.last)?;
        if !tree {
            while let Some(row) = rows.next()? {
                take(&row, &[])?;
            }
            drop(rows);
            return Ok(given);
        }
        let rows: Vec<Row> = rows.collect()?;
        let mut children = self.children(ask.kind, ask.view, &rows)?;
        for row in &rows {
            take(row, &children.remove(&row.try_get(0)?).unwrap_or_default())?;
        }
        Ok(given)
    }

    fn number(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<Option<i64>> {
        self.settle()?;
        let (client, statement) = self.prepared(&statement.sql)?;
        let first = client.query_raw(statement, values)?.next()?;
        Ok(first.map(|row| row.try_get(0)).transpose()?)
    }

    fn view(&mut self, view: ViewId) -> Result<Option<(i64, i64)>> {
        match self.assumed.as_ref().map_or(self.seen, |assumed| assumed.view) {
            Some((known, seen)) if known == view.0 => Ok(Some(seen)),
            _ => {
                self.settle()?;
                self.look_at(view.0)
            }
        }
    }

    fn counts(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Counts> {
        // They change with the version, of the roster and of the view, and with nothing else.
        let seen = view.map(|view| self.view(view)).transpose()?.flatten();
        let at = (self.standing()?.published, seen);
        let place = (self.tenant(), view.map_or(0, |view| view.0), kind as u8);
        if let Some(counts) = self.pool().last().counts(place, at) {
            return Ok(counts);
        }
        self.settle()?;
        let Some(counts) = self.count(kind, view)? else { return Ok(Counts::default()) };
        self.pool().last().counted(place, at, counts);
        Ok(counts)
    }

    fn live(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Vec<i64>> {
        self.settle()?;
        let tenant = self.tenant();
        if let Some(view) = view {
            let sql = "SELECT rid FROM visible WHERE tenant = $1 AND view = $2 AND kind = $3 AND status = 0";
            let (client, statement) = self.prepared(sql)?;
            let rows = client.query_raw(statement, [tenant, view.0, i64::from(kind as u8)])?;
            return Ok(rows.map(|row| row.try_get(0)).collect()?);
        }
        let sql = format!("SELECT rid FROM \"{}\" WHERE tenant = $1 AND status = 0", kind.entity().plural);
        let (client, statement) = self.prepared(&sql)?;
        let rows = client.query_raw(statement, [tenant])?;
        Ok(rows.map(|row| row.try_get(0)).collect()?)
    }

    fn end(&mut self) -> Result<()> {
        if self.assumed.as_ref().is_some_and(|assumed| assumed.proven) {
            return Ok(());
        }
        // Whoever asked nothing has assumed something all the same.
        self.settle()?;
        self.commit()
    }
}

impl Leased {
    /// Where a view stands now.
    pub(super) fn look_at(&mut self, view: i64) -> Result<Option<(i64, i64)>> {
        let tenant = self.tenant();
        let (client, statement) =
            self.prepared("SELECT published, revised FROM views WHERE tenant = $1 AND id = $2")?;
        let Some(row) = client.query_opt(statement, &[&tenant, &view])? else { return Ok(None) };
        let seen = (row.try_get(0)?, row.try_get(1)?);
        self.pool().last().seen(tenant, view, seen);
        self.seen = Some((view, seen));
        Ok(Some(seen))
    }

    /// The numbers of records of a kind, as the writer keeps them.
    fn count(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Option<Counts>> {
        let tenant = self.tenant();
        let counts = |row: Row| {
            let counts = Counts { live: row.try_get(0)?, dead: row.try_get(1)?, only1p2: row.try_get(2)? };
            Ok::<_, Error>(counts)
        };
        let Some(view) = view else {
            let sql = "SELECT live, dead, only1p2 FROM counts WHERE tenant = $1 AND kind = $2";
            let (client, statement) = self.prepared(sql)?;
            return client.query_opt(statement, &[&tenant, &kind.entity().plural])?.map(counts).transpose();
        };
        // Records without a 1.1 form are few, and mostly none.
        let sql = "SELECT v.live, 0::bigint, v.only1p2 + coalesce(c.only1p2, 0) FROM view_counts AS v LEFT JOIN counts AS c \
                   ON c.tenant = $1 AND c.kind = $4 WHERE v.tenant = $1 AND v.view = $2 AND v.kind = $3";
        let (client, statement) = self.prepared(sql)?;
        let number = i64::from(kind as u8);
        client.query_opt(statement, &[&tenant, &view.0, &number, &kind.entity().plural])?.map(counts).transpose()
    }

    /// The live records below each of some records of a tree, as far as the view
    /// shows them, by row id.
    fn children(&mut self, kind: Kind, view: Option<ViewId>, rows: &[Row]) -> Result<HashMap<i64, Vec<String>>> {
        let tenant = self.tenant();
        let rids = rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<Vec<i64>, _>>()?;
        let (view, kind_number) = (view.map(|view| view.0), i64::from(kind as u8));
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&tenant, &rids];
        let mut seen = "t.status = 0";
        if let Some(view) = &view {
            values.extend([view as &(dyn ToSql + Sync), &kind_number]);
            seen = "EXISTS (SELECT FROM visible AS v WHERE v.tenant = $1 AND v.view = $3 AND v.kind = $4 \
                    AND v.rid = t.rid AND v.status = 0)";
        }
        let sql = format!(
            "SELECT t.parent, t.\"sourcedId\" FROM \"{}\" AS t WHERE t.tenant = $1 AND t.parent = ANY($2) AND {seen} \
             ORDER BY t.\"sourcedId\"",
            kind.entity().plural
        );
        let (client, statement) = self.prepared(&sql)?;
        let mut children: HashMap<i64, Vec<String>> = HashMap::new();
        for row in client.query(statement, &values)? {
            children.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
        }
        Ok(children)
    }
}

/// So many rows are taken at once: asking the driver for each of them costs more
/// than the row. More than these come as they are taken.
const AT_ONCE: u64 = 1000;

/// The rows of a statement that gives at most so many; 0 if that is not told,
/// and then they are few.
pub(super) fn rows<'c>(
    client: &'c mut Client,
    statement: &postgres::Statement,
    values: &[&Value<'_>],
    most: u64,
) -> Result<Box<dyn FallibleIterator<Item = Row, Error = postgres::Error> + 'c>> {
    if most > AT_ONCE {
        return Ok(Box::new(client.query_raw(statement, values.iter().copied())?));
    }
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| *value as &(dyn ToSql + Sync)).collect();
    let rows = client.query(statement, &values)?;
    Ok(Box::new(fallible_iterator(rows)))
}

fn fallible_iterator(rows: Vec<Row>) -> impl FallibleIterator<Item = Row, Error = postgres::Error> {
    postgres::fallible_iterator::convert(rows.into_iter().map(Ok))
}

fn with_row(row: &Row, children: &[String], sink: &mut dyn FnMut(&json::Row<'_>)) -> Result<()> {
    let status = if row.try_get::<_, i64>(2)? == 0 { Status::Active } else { Status::ToBeDeleted };
    let published = Timestamp(row.try_get(3)?);
    sink(&json::Row { sourced_id: row.try_get(1)?, status, published, packed: row.try_get(4)?, children });
    Ok(())
}

fn last_key(row: &Row, order: &Order) -> Result<Vec<KeyValue>> {
    let whole = |place: usize| row.try_get(place).map(KeyValue::Whole);
    let id = || row.try_get(1).map(KeyValue::Text);
    Ok(match order {
        Order::Row => vec![whole(0)?],
        Order::Published { .. } => vec![whole(3)?, whole(0)?],
        Order::SourcedId { .. } => vec![id()?],
        Order::Member { .. } => vec![key_value(row)?, id()?],
    })
}

fn key_value(row: &Row) -> Result<KeyValue> {
    let value = match *row.columns()[5].type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(5)?.map(KeyValue::Whole),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(5)?.map(KeyValue::Real),
        Type::TEXT => row.try_get::<_, Option<String>>(5)?.map(KeyValue::Text),
        _ => return Err(Error::new(ErrorKind::Internal, "a value of an order has a type that no column has")),
    };
    Ok(value.unwrap_or(KeyValue::Missing))
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Whole(number) if *ty == Type::FLOAT8 => (*number as f64).to_sql_checked(ty, out),
            Value::Whole(number) => number.to_sql_checked(ty, out),
            Value::Real(number) => number.to_sql_checked(ty, out),
            // No stored text holds the character that PostgreSQL cannot hold;
            // its neighbour is as foreign and stands in the same place.
            Value::Text(text) if text.contains('\0') => text.replace('\0', "\u{1}").to_sql_checked(ty, out),
            Value::Text(text) => text.to_sql_checked(ty, out),
        }
    }

    // The value decides; one of another type is refused by its own check.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
