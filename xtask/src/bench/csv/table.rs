//! The file of a package as text: its rows, as they were written, and their cells.

use anyhow::Context as _;
use oneroster::model::{Field, Kind, Version};

/// The version of the packages that are measured.
const VERSION: Version = Version::V1P2;

/// A file, with the rows as they were written, line ends and all.
#[derive(Debug)]
pub struct Table<'a> {
    pub header: &'a str,
    pub rows: Vec<&'a str>,
}

impl<'a> Table<'a> {
    /// Fails on a row of several lines, which the generator never writes.
    pub fn of(text: &'a str) -> anyhow::Result<Table<'a>> {
        anyhow::ensure!(text.ends_with('\n'), "the last row has no end");
        let mut rows = text.split_inclusive('\n');
        let header = rows.next().context("no header")?;
        let rows: Vec<&str> = rows.collect();
        for row in &rows {
            let quotes = row.matches('"').count();
            anyhow::ensure!(quotes % 2 == 0, "a row goes over several lines: {row}");
        }
        Ok(Table { header, rows })
    }

    /// The field of each column, if it is one of the standard's.
    pub fn fields(&self, kind: Kind) -> Vec<Option<&'static Field>> {
        let field = |name: &str| kind.entity().columns(VERSION).find(|(_, field)| field.column == name);
        cells(self.header).into_iter().map(|name| field(name).map(|(_, field)| field)).collect()
    }
}

/// Whether the cell of a field must be filled.
pub fn is_required(field: &Field) -> bool {
    field.csv_required.has(VERSION)
}

/// The cells of a row as they were written, quotes and all.
pub fn cells(row: &str) -> Vec<&str> {
    let mut quoted = false;
    let parted = |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    };
    row.trim_end_matches(['\r', '\n']).split(parted).collect()
}

/// The row of these cells, ended as this one is.
pub fn row_like(row: &str, cells: &[&str]) -> String {
    let end = row.get(row.trim_end_matches(['\r', '\n']).len()..).unwrap_or_default();
    format!("{}{end}", cells.join(","))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn rows_and_cells_are_what_was_written() {
        let text = "a,b,c\r\n1,\"x, \"\"y\"\"\",\r\n,,3\r\n";
        let table = Table::of(text).unwrap();
        assert_eq!((table.header, table.rows.len()), ("a,b,c\r\n", 2));
        assert_eq!(cells(table.rows[0]), ["1", "\"x, \"\"y\"\"\"", ""]);
        for row in &table.rows {
            assert_eq!(row_like(row, &cells(row)), *row);
        }
    }

    #[test]
    fn what_is_not_row_by_row_is_refused() {
        assert!(Table::of("").is_err());
        assert!(Table::of("a\nb").is_err());
        assert!(Table::of("a,b\n1,\"x\ny\"\n").is_err());
    }
}
