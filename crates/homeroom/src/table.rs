//! Columns for people.

use std::io::{self, Write};

/// So many rows are looked at for the width of the columns.
const MEASURED: usize = 500;
/// No column is made wider for a long value.
const WIDEST: usize = 40;

/// A table whose columns are as wide as its first rows want.
#[derive(Default)]
pub struct Table {
    waiting: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
}

impl Table {
    /// Writes a row; the first is the header.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn row(&mut self, cells: Vec<String>, out: &mut dyn Write) -> io::Result<()> {
        if let Some(widths) = &self.widths {
            return line(&cells, widths, out);
        }
        self.waiting.push(cells);
        if self.waiting.len() < MEASURED { Ok(()) } else { self.end(out) }
    }

    /// Writes what still waits.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.widths.is_some() {
            return Ok(());
        }
        let mut widths = vec![0; self.waiting.first().map_or(0, Vec::len)];
        for (width, cell) in self.waiting.iter().flat_map(|row| (0..).zip(row)) {
            if let Some(widest) = widths.get_mut(width) {
                *widest = cell.chars().count().min(WIDEST).max(*widest);
            }
        }
        // A header by itself tells nothing that the number found does not.
        if self.waiting.len() > 1 {
            self.waiting.iter().try_for_each(|row| line(row, &widths, out))?;
        }
        self.waiting.clear();
        self.widths = Some(widths);
        Ok(())
    }
}

fn line(cells: &[String], widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{:<width$}", plain(cell)));
    let line = padded.collect::<Vec<_>>().join("  ");
    writeln!(out, "{}", line.trim_end())
}

/// A value that cannot steer the terminal.
fn plain(cell: &str) -> String {
    cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rows: &[&[&str]]) -> String {
        let (mut table, mut out) = (Table::default(), Vec::new());
        for row in rows {
            table.row(row.iter().map(|cell| (*cell).to_owned()).collect(), &mut out).unwrap();
        }
        table.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn tables_are_as_wide_as_they_must() {
        assert_eq!(shown(&[&["id", "name"], &["1", "Zoë"], &["20", ""]]), "id  name\n1   Zoë\n20\n");
        assert_eq!(shown(&[&["id", "name"]]), "");
        assert_eq!(shown(&[&["id"], &["a\u{1b}[2Jb\n"]]), "id\na [2Jb\n");
        let long = "x".repeat(WIDEST + 5);
        assert_eq!(shown(&[&["a", "b"], &[&long, "y"]]).lines().nth(1), Some(format!("{long}  y").as_str()));
    }
}
