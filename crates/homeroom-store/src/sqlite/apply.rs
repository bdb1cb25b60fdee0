//! Writing changes, in one transaction.

use crate::intake::{Action, Cell, Changes};
use crate::schema::{UNTIL, all_columns, history};
use crate::writer::Moves;
use crate::{Error, ErrorKind, Result};
use oneroster::model::{Kind, MODEL};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, ToSql};

/// The columns that the writer fills itself, by position in the table.
const RID: usize = 0;
const STATUS: usize = 3;
const PUBLISHED: usize = 4;

/// Applies changes within a transaction that its caller opened and ends.
pub struct Applier<'c> {
    connection: &'c Connection,
    published: i64,
    /// The version that the changes were compared with.
    compared: i64,
    kinds: Vec<Option<Statements<'c>>>,
    moved: Moves,
}

struct Statements<'c> {
    /// How many cells a change of the kind has.
    cells: usize,
    add: Statement<'c>,
    keep: Statement<'c>,
    change: Statement<'c>,
    remove: Statement<'c>,
}

impl<'c> Applier<'c> {
    /// For changes that become visible at `published`.
    pub fn new(connection: &'c Connection, published: i64) -> Applier<'c> {
        let kinds = MODEL.iter().map(|_| None).collect();
        Applier { connection, published, compared: i64::MAX, kinds, moved: Moves::default() }
    }

    /// For changes that come of a comparison with a version: rows that an
    /// application changed since are not written over.
    pub fn compared(mut self, version: i64) -> Applier<'c> {
        self.compared = version;
        self
    }

    /// Applies a piece of staged changes.
    pub fn apply(&mut self, piece: &[u8]) -> Result<()> {
        let mut changes = Changes::new(piece);
        while let Some(head) = changes.head()? {
            self.moved.count(head);
            let (published, compared) = (self.published, self.compared);
            let statements = self.statements(head.kind)?;
            match head.action {
                Action::Add => statements.write_row(head.rid, published, &mut changes, false)?,
                Action::Change => {
                    statements.keep(head.rid, published, compared)?;
                    statements.write_row(head.rid, published, &mut changes, true)?;
                }
                Action::Remove => {
                    statements.keep(head.rid, published, compared)?;
                    statements.remove.raw_bind_parameter(1, published)?;
                    statements.remove.raw_bind_parameter(2, head.rid)?;
                    statements.remove.raw_bind_parameter(3, CellSql(changes.cell()?))?;
                    statements.remove.raw_execute()?;
                }
            }
        }
        Ok(())
    }

    fn statements(&mut self, kind: u8) -> Result<&mut Statements<'c>> {
        let lost = || Error::new(ErrorKind::Internal, "the staged changes name an unknown kind");
        let place = self.kinds.get_mut(usize::from(kind)).ok_or_else(lost)?;
        match place {
            Some(statements) => Ok(statements),
            None => {
                let kind = MODEL.get(usize::from(kind)).ok_or_else(lost)?.kind;
                Ok(place.insert(Statements::new(self.connection, kind)?))
            }
        }
    }

    /// Writes the totals, the ranges of added rows and the new version.
    pub fn finish(self) -> Result<()> {
        for (name, moved) in self.moved.by_table() {
            self.connection.execute(
                "INSERT INTO counts (kind, live, dead, only1p2) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind) DO UPDATE \
                 SET live = live + excluded.live, dead = dead + excluded.dead, only1p2 = only1p2 + excluded.only1p2",
                (name, moved.live, moved.dead, moved.only1p2),
            )?;
            if let Some((first, last)) = moved.added {
                self.connection.execute(
                    "INSERT INTO added (published, kind, first, last) VALUES (?1, ?2, ?3, ?4)",
                    (self.published, name, first, last),
                )?;
            }
        }
        self.connection.execute("UPDATE state SET published = ?1", [self.published])?;
        Ok(())
    }
}

impl<'c> Statements<'c> {
    fn new(connection: &'c Connection, kind: Kind) -> Result<Statements<'c>> {
        let entity = kind.entity();
        let table = entity.plural;
        let columns = all_columns(kind);
        let quoted: Vec<String> = columns.iter().map(|c| format!("\"{c}\"")).collect();
        let list = quoted.join(", ");
        let marks: Vec<String> = (1..=columns.len()).map(|i| format!("?{i}")).collect();
        let sets: Vec<String> =
            quoted.iter().enumerate().skip(1).map(|(i, column)| format!("{column} = ?{}", i + 1)).collect();
        let past = history(entity);
        Ok(Statements {
            // The row id, the status and the instant are the writer's.
            cells: columns.len() - 3,
            add: connection.prepare(&format!("INSERT INTO \"{table}\" ({list}) VALUES ({})", marks.join(", ")))?,
            keep: connection.prepare(&format!(
                "INSERT INTO \"{past}\" ({list}, \"{UNTIL}\") SELECT {list}, ?1 FROM \"{table}\" WHERE rid = ?2 \
                 AND published <= ?3"
            ))?,
            change: connection.prepare(&format!("UPDATE \"{table}\" SET {} WHERE rid = ?1", sets.join(", ")))?,
            remove: connection.prepare(&format!(
                "UPDATE \"{table}\" SET status = 1, published = ?1, \"sourceModified\" = ?3 WHERE rid = ?2"
            ))?,
        })
    }

    /// Copies a row to the history.
    fn keep(&mut self, rid: i64, published: i64, compared: i64) -> Result<()> {
        self.keep.raw_bind_parameter(1, published)?;
        self.keep.raw_bind_parameter(2, rid)?;
        self.keep.raw_bind_parameter(3, compared)?;
        if self.keep.raw_execute()? == 0 {
            return Err(crate::writer::overtaken());
        }
        Ok(())
    }

    fn write_row(&mut self, rid: i64, published: i64, changes: &mut Changes<'_>, stored: bool) -> Result<()> {
        let statement = if stored { &mut self.change } else { &mut self.add };
        statement.raw_bind_parameter(RID + 1, rid)?;
        statement.raw_bind_parameter(STATUS + 1, 0)?;
        statement.raw_bind_parameter(PUBLISHED + 1, published)?;
        let columns = (0..self.cells + 3).filter(|place| ![RID, STATUS, PUBLISHED].contains(place));
        for place in columns {
            statement.raw_bind_parameter(place + 1, CellSql(changes.cell()?))?;
        }
        statement.raw_execute()?;
        Ok(())
    }
}

/// A cell as SQLite takes it.
pub struct CellSql<'a>(pub Cell<'a>);

impl ToSql for CellSql<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Whole(number) => ValueRef::Integer(number),
            Cell::Real(number) => ValueRef::Real(number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
