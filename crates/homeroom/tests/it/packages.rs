//! Packages as folders of files, read and changed by a test's own hands.

use super::desk::Desk;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Splits a line that has no line break inside a cell.
pub fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let (mut quoted, mut chars) = (false, line.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

fn join(cells: &[String]) -> String {
    let quote = |cell: &String| {
        if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    cells.iter().map(quote).collect::<Vec<_>>().join(",")
}

/// A file: its header and its rows.
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn read(path: &Path) -> Table {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines().map(split);
        Table { header: lines.next().unwrap(), rows: lines.collect() }
    }

    pub fn write(&self, path: &Path) {
        let lines = std::iter::once(&self.header).chain(&self.rows).map(|row| join(row) + "\r\n");
        fs::write(path, lines.collect::<String>()).unwrap();
    }

    pub fn column(&self, name: &str) -> usize {
        self.header.iter().position(|head| head == name).unwrap_or_else(|| panic!("no column {name}"))
    }

    /// The cell of a row by sourcedId.
    pub fn cell(&mut self, id: &str, name: &str) -> &mut String {
        let column = self.column(name);
        &mut self.rows.iter_mut().find(|row| row[0] == id).unwrap_or_else(|| panic!("no row {id}"))[column]
    }

    pub fn drop_column(&mut self, name: &str) {
        let column = self.column(name);
        self.header.remove(column);
        self.rows.iter_mut().for_each(|row| drop(row.remove(column)));
    }

    /// The rows by sourcedId.
    pub fn by_id(&self) -> BTreeMap<&str, &[String]> {
        self.rows.iter().map(|row| (&*row[0], &row[..])).collect()
    }
}

impl Desk {
    /// Changes a file of a package that lies in the folder.
    pub fn edit(&self, package: &str, file: &str, change: impl FnOnce(&mut Table)) {
        let path = self.path(package).join(file);
        let mut table = Table::read(&path);
        change(&mut table);
        table.write(&path);
    }

    pub fn table(&self, package: &str, file: &str) -> Table {
        Table::read(&self.path(package).join(file))
    }

    /// Lays a copy of a sample of the standard into the folder: `v1p1` or `v1p2`.
    pub fn sample(&self, version: &str) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oneroster/tests/fixtures").join(version);
        fs::create_dir(self.path(version)).unwrap();
        for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
            fs::copy(file.path(), self.path(version).join(file.file_name())).unwrap();
        }
    }
}
