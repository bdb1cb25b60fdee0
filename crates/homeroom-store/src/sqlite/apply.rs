//! Writing changes, in one transaction.

use super::overwrite::Overwrite;
use crate::intake::{Action, Cell, Changes};
use crate::schema::all_columns;
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
    /// The columns of the kind.
    columns: usize,
    add: Statement<'c>,
    over: Overwrite<'c>,
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
                Action::Add => statements.add(head.rid, published, &mut changes)?,
                Action::Change => {
                    let cells = statements.cells(published, &mut changes)?;
                    statements.over.change(head.rid, published, compared, &cells)?;
                }
                Action::Remove => statements.over.remove(head.rid, published, compared, changes.cell()?)?,
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
        let columns = all_columns(kind);
        let quoted: Vec<String> = columns.iter().map(|c| format!("\"{c}\"")).collect();
        let marks: Vec<String> = (1..=columns.len()).map(|i| format!("?{i}")).collect();
        let table = kind.entity().plural;
        let add = format!("INSERT INTO \"{table}\" ({}) VALUES ({})", quoted.join(", "), marks.join(", "));
        Ok(Statements {
            columns: columns.len(),
            add: connection.prepare(&add)?,
            over: Overwrite::new(connection, kind)?,
        })
    }

    fn add(&mut self, rid: i64, published: i64, changes: &mut Changes<'_>) -> Result<()> {
        self.add.raw_bind_parameter(RID + 1, rid)?;
        self.add.raw_bind_parameter(STATUS + 1, 0)?;
        self.add.raw_bind_parameter(PUBLISHED + 1, published)?;
        for place in staged(self.columns) {
            self.add.raw_bind_parameter(place + 1, CellSql(changes.cell()?))?;
        }
        self.add.raw_execute()?;
        Ok(())
    }

    /// The cells of a live row, each with the place of its column.
    fn cells<'a>(&self, published: i64, changes: &mut Changes<'a>) -> Result<Vec<(usize, Cell<'a>)>> {
        let mut cells = vec![(STATUS, Cell::Whole(0)), (PUBLISHED, Cell::Whole(published))];
        for place in staged(self.columns) {
            cells.push((place, changes.cell()?));
        }
        Ok(cells)
    }
}

/// The places of the columns that a staged change has cells for: the row id,
/// the status and the instant are the writer's.
fn staged(columns: usize) -> impl Iterator<Item = usize> {
    (0..columns).filter(|place| ![RID, STATUS, PUBLISHED].contains(place))
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
