//! Writing over a stored row, and into those indexes only whose columns differ.

use super::apply::CellSql;
use crate::Result;
use crate::intake::Cell;
use crate::schema::{PUBLISHED, RID, STATUS, UNTIL, all_columns, history, indexed_columns};
use oneroster::model::Kind;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};

/// Writes over the rows of one kind.
///
/// SQLite takes an entry out of an index and puts it back for every column of
/// it that an `UPDATE` names, whether its value changes or not, and a page is
/// written each time. A night's changes lie all over the indexes, so that an
/// update of all columns writes twice the pages of one that leaves out those
/// that stay.
pub struct Overwrite<'c> {
    connection: &'c Connection,
    kind: Kind,
    columns: Vec<&'static str>,
    /// The places of the columns that an index holds, but for those that the
    /// writer fills itself.
    indexed: Vec<usize>,
    keep: Statement<'c>,
    remove: Statement<'c>,
    /// By the places of indexed columns that they write.
    updates: Vec<(Vec<usize>, Statement<'c>)>,
}

impl<'c> Overwrite<'c> {
    /// For a kind.
    pub fn new(connection: &'c Connection, kind: Kind) -> Result<Overwrite<'c>> {
        let columns = all_columns(kind);
        let with_index = indexed_columns(kind.entity());
        let indexed: Vec<usize> = (0..columns.len())
            .filter(|&place| !own(columns[place]) && with_index.iter().any(|name| name == columns[place]))
            .collect();
        let list = listed(columns.iter());
        let told = listed(indexed.iter().map(|&place| &columns[place]));
        let keep = connection.prepare(&format!(
            "INSERT INTO \"{}\" ({list}, \"{UNTIL}\") SELECT {list}, ?1 FROM \"{}\" WHERE rid = ?2 AND published <= ?3 \
             RETURNING {told}",
            history(kind.entity()),
            kind.entity().plural
        ))?;
        let remove = connection.prepare(&format!(
            "UPDATE \"{}\" SET status = 1, published = ?1, \"sourceModified\" = ?3 WHERE rid = ?2",
            kind.entity().plural
        ))?;
        Ok(Overwrite { connection, kind, columns, indexed, keep, remove, updates: Vec::new() })
    }

    /// Copies a row to the history, unless it is of a later version than it was
    /// compared with. Gives the places of indexed columns that are not as in
    /// `cells`.
    fn keep(&mut self, rid: i64, published: i64, compared: i64, cells: &[(usize, Cell<'_>)]) -> Result<Vec<usize>> {
        self.keep.raw_bind_parameter(1, published)?;
        self.keep.raw_bind_parameter(2, rid)?;
        self.keep.raw_bind_parameter(3, compared)?;
        let mut rows = self.keep.raw_query();
        let row = rows.next()?.ok_or_else(crate::writer::overtaken)?;
        let mut differ = Vec::new();
        for (at, place) in self.indexed.iter().enumerate() {
            let told = row.get_ref(at)?;
            let stays = cells.iter().any(|(of, cell)| of == place && same(told, *cell));
            if !stays {
                differ.push(*place);
            }
        }
        Ok(differ)
    }

    /// Keeps a row as it was, and writes cells over it, each with the place of
    /// its column.
    pub fn change(&mut self, rid: i64, published: i64, compared: i64, cells: &[(usize, Cell<'_>)]) -> Result<()> {
        let differ = self.keep(rid, published, compared, cells)?;
        let update = self.update(differ)?;
        update.raw_bind_parameter(1, rid)?;
        for (place, cell) in cells {
            update.raw_bind_parameter(place + 1, CellSql(*cell))?;
        }
        update.raw_execute()?;
        Ok(())
    }

    /// Keeps a row as it was, and makes it a tombstone.
    pub fn remove(&mut self, rid: i64, published: i64, compared: i64, modified: Cell<'_>) -> Result<()> {
        self.keep(rid, published, compared, &[])?;
        self.remove.raw_bind_parameter(1, published)?;
        self.remove.raw_bind_parameter(2, rid)?;
        self.remove.raw_bind_parameter(3, CellSql(modified))?;
        self.remove.raw_execute()?;
        Ok(())
    }

    /// The statement that writes all columns without an index, and those of the
    /// others that differ. A parameter has the number of its column's place.
    fn update(&mut self, differ: Vec<usize>) -> Result<&mut Statement<'c>> {
        if let Some(at) = self.updates.iter().position(|(places, _)| *places == differ) {
            return Ok(&mut self.updates[at].1);
        }
        let sets: Vec<String> = (1..self.columns.len())
            .filter(|place| !self.indexed.contains(place) || differ.contains(place))
            .map(|place| format!("\"{}\" = ?{}", self.columns[place], place + 1))
            .collect();
        let table = self.kind.entity().plural;
        let statement =
            self.connection.prepare(&format!("UPDATE \"{table}\" SET {} WHERE rid = ?1", sets.join(", ")))?;
        Ok(&mut self.updates.push_mut((differ, statement)).1)
    }
}

/// Whether the writer fills a column itself.
fn own(column: &str) -> bool {
    [RID, STATUS, PUBLISHED].contains(&column)
}

fn listed<'n>(columns: impl Iterator<Item = &'n &'static str>) -> String {
    let quoted: Vec<String> = columns.map(|column| format!("\"{column}\"")).collect();
    quoted.join(", ")
}

/// Whether a stored cell is what would be written; of another type it is not.
fn same(stored: ValueRef<'_>, cell: Cell<'_>) -> bool {
    match (stored, cell) {
        (ValueRef::Null, Cell::Null) => true,
        (ValueRef::Integer(stored), Cell::Whole(number)) => stored == number,
        (ValueRef::Text(stored), Cell::Text(text)) => stored == text.as_bytes(),
        (ValueRef::Blob(stored), Cell::Bytes(bytes)) => stored == bytes,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Dialect, schema};

    /// The cells of a row whose every text column has `text`.
    fn cells<'a>(over: &Overwrite<'_>, text: &'a str) -> Vec<(usize, Cell<'a>)> {
        let places = 1..over.columns.len();
        places.map(|place| (place, if place < 8 && place != 1 { Cell::Whole(7) } else { Cell::Text(text) })).collect()
    }

    #[test]
    fn an_update_names_the_indexed_columns_that_differ() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&schema(Dialect::Sqlite)).unwrap();
        let mut over = Overwrite::new(&connection, Kind::Org).unwrap();
        let stored = cells(&over, "old");
        connection
            .execute(
                "INSERT INTO orgs (rid, \"sourcedId\", owner, status, published, digest, packed, type, name) \
                 VALUES (1, 'old', 7, 0, 7, 7, 7, 'old', 'old')",
                [],
            )
            .unwrap();
        let name = over.columns.iter().position(|column| *column == "name").unwrap();
        let kind = over.columns.iter().position(|column| *column == "type").unwrap();
        let parent = over.columns.iter().position(|column| *column == "parent").unwrap();

        let mut renamed = stored.clone();
        renamed.retain(|(place, _)| *place != parent && *place != name);
        renamed.extend([(parent, Cell::Null), (name, Cell::Text("new"))]);
        over.change(1, 8, 7, &renamed).unwrap();
        assert_eq!(over.updates.last().unwrap().0, [] as [usize; 0]);

        let mut retyped = renamed.clone();
        retyped.retain(|(place, _)| *place != kind);
        retyped.push((kind, Cell::Text("other")));
        over.change(1, 9, 8, &retyped).unwrap();
        assert_eq!(over.updates.last().unwrap().0, [kind]);

        let found: String = connection
            .query_row("SELECT name FROM orgs INDEXED BY orgs_type WHERE type = 'other'", [], |row| row.get(0))
            .unwrap();
        let kept: i64 = connection.query_row("SELECT count(*) FROM orgs_history", [], |row| row.get(0)).unwrap();
        assert_eq!((found.as_str(), kept), ("new", 2));
        assert!(over.change(1, 10, 3, &retyped).is_err(), "it is of a later version");
    }
}
