//! Executing reads in an SQLite file.

use super::Pool;
use super::pool::Pooled;
use crate::paging::KeyValue;
use crate::plan::Value;
use crate::reader::{Ask, Counts, Engine, Given, Session, Standing};
use crate::schema::Dialect;
use crate::sql::{Order, Statement};
use crate::{Result, ViewId};
use oneroster::json::Row;
use oneroster::model::Kind;
use oneroster::record::Status;
use oneroster::time::Timestamp;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql};

impl Engine for Pool {
    const DIALECT: Dialect = Dialect::Sqlite;
    const INLINE: bool = true;
    type Session = Pooled;

    fn begin(&self) -> Result<Pooled> {
        let connection = self.get()?;
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(connection)
    }

    /// A tenant has a file of its own.
    fn tenant(&self) -> i64 {
        0
    }
}

impl Session for Pooled {
    fn standing(&mut self) -> Result<Standing> {
        let mut prepared = self.prepare_cached("SELECT published, written, base FROM state")?;
        let standing = prepared
            .query_row([], |row| Ok(Standing { published: row.get(0)?, written: row.get(1)?, base: row.get(2)? }))?;
        Ok(standing)
    }

    /// Readers of a file see what was there before, whatever a load does.
    fn nothing_yet(&mut self, _: Option<i64>) -> Result<bool> {
        Ok(false)
    }

    fn give(&mut self, ask: &Ask<'_>, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Given> {
        let mut given = Given::default();
        let mut prepared = self.prepare_cached(&ask.statement.sql)?;
        let mut rows = prepared.query(rusqlite::params_from_iter(&ask.values))?;
        while let Some(row) = rows.next()? {
            given.rows += 1;
            if given.rows == ask.last {
                given.key = last_key(row, ask.order)?;
            }
            if ask.every {
                given.keys.push(last_key(row, ask.order)?);
            }
            let children = children(self, ask.kind, ask.view, row.get(0)?)?;
            with_row(row, &children, sink)?;
        }
        Ok(given)
    }

    fn number(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<Option<i64>> {
        let mut prepared = self.prepare_cached(&statement.sql)?;
        Ok(prepared.query_row(rusqlite::params_from_iter(values), |row| row.get(0)).optional()?)
    }

    fn view(&mut self, view: ViewId) -> Result<Option<(i64, i64)>> {
        let mut prepared = self.prepare_cached("SELECT published, revised FROM views WHERE id = ?1")?;
        Ok(prepared.query_row([view.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    fn counts(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Counts> {
        if let Some(view) = view {
            // Records without a 1.1 form are few, and mostly none.
            let sql = "SELECT v.live, 0, v.only1p2 + coalesce(c.only1p2, 0) FROM view_counts AS v \
                       LEFT JOIN counts AS c ON c.kind = ?3 WHERE v.view = ?1 AND v.kind = ?2";
            let mut prepared = self.prepare_cached(sql)?;
            let values = (view.0, kind as u8, kind.entity().plural);
            return Ok(prepared.query_row(values, counts).optional()?.unwrap_or_default());
        }
        let mut prepared = self.prepare_cached("SELECT live, dead, only1p2 FROM counts WHERE kind = ?1")?;
        Ok(prepared.query_row([kind.entity().plural], counts).optional()?.unwrap_or_default())
    }

    fn live(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Vec<i64>> {
        if let Some(view) = view {
            let sql = "SELECT rid FROM visible WHERE view = ?1 AND kind = ?2 AND status = 0";
            let mut prepared = self.prepare_cached(sql)?;
            let rids = prepared.query_map((view.0, kind as u8), |row| row.get(0))?;
            return Ok(rids.collect::<rusqlite::Result<_>>()?);
        }
        // Covered by the index on published and status.
        let sql = format!("SELECT rid FROM \"{}\" WHERE status = 0", kind.entity().plural);
        let mut prepared = self.prepare_cached(&sql)?;
        Ok(prepared.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    fn end(&mut self) -> Result<()> {
        Ok(self.prepare_cached("COMMIT")?.execute([]).map(|_| ())?)
    }
}

fn counts(row: &rusqlite::Row<'_>) -> rusqlite::Result<Counts> {
    Ok(Counts { live: row.get(0)?, dead: row.get(1)?, only1p2: row.get(2)? })
}

/// The live records whose parent is this one, as far as the view shows them;
/// only trees have any.
fn children(connection: &Connection, kind: Kind, view: Option<ViewId>, rid: i64) -> Result<Vec<String>> {
    let sql = match kind {
        Kind::Org => "SELECT \"sourcedId\" FROM orgs WHERE parent = ?1 AND status = 0 ORDER BY \"sourcedId\"",
        Kind::AcademicSession => {
            "SELECT \"sourcedId\" FROM \"academicSessions\" WHERE parent = ?1 AND status = 0 ORDER BY \"sourcedId\""
        }
        _ => return Ok(Vec::new()),
    };
    if let Some(view) = view {
        let seen =
            "EXISTS (SELECT 1 FROM visible AS v WHERE v.view = ?2 AND v.kind = ?3 AND v.rid = t.rid AND v.status = 0)";
        let sql = format!(
            "SELECT t.\"sourcedId\" FROM \"{}\" AS t WHERE t.parent = ?1 AND {seen} ORDER BY t.\"sourcedId\"",
            kind.entity().plural
        );
        let mut prepared = connection.prepare_cached(&sql)?;
        let ids = prepared.query_map((rid, view.0, kind as u8), |row| row.get(0))?;
        return Ok(ids.collect::<rusqlite::Result<_>>()?);
    }
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
    let id = || Ok::<_, rusqlite::Error>(KeyValue::Text(row.get(1)?));
    Ok(match order {
        Order::Row => vec![KeyValue::Whole(row.get(0)?)],
        Order::Published { .. } => vec![KeyValue::Whole(row.get(3)?), KeyValue::Whole(row.get(0)?)],
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

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Whole(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
