//! Records that come back under other identifiers.

use crate::output::Failure;
use homeroom_store::{Rekeyed, Rename};
use oneroster::csv::Scanner;
use oneroster::model::Kind;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The header of a mapping.
const HEADER: &str = "class,old id,new id";

/// The kind that a word means: the name of its file, with or without `.csv`, or
/// of one record.
pub fn kind_named(word: &str) -> Option<Kind> {
    let word = word.trim_end_matches(".csv");
    Kind::all().find(|kind| kind.entity().plural == word || kind.entity().name == word)
}

/// Reads a mapping.
///
/// # Errors
/// `unreadable` if it is not one, with the line.
pub fn read(path: &Path) -> Result<Vec<Rename>, Failure> {
    let name = path.display();
    let hint = format!("its first line must be: {HEADER}; a line of it looks like: users,old-1,new-1");
    let wrong = |line: u32, what: &str| Failure::unreadable(format!("{name}, line {line}: {what}")).hint(&hint);
    let file = File::open(path).map_err(|error| Failure::unreadable(format!("{name} cannot be read: {error}")))?;
    let mut scanner = Scanner::new(file);
    let mut mapping = Vec::new();
    let mut header = false;
    while let Some(row) = scanner.next_row().map_err(|error| wrong(0, &error.to_string()))? {
        let cells: Vec<&str> = row.cells().map(str::trim).collect();
        if row.is_blank() {
            continue;
        }
        if !header {
            if !cells.iter().map(|cell| cell.to_lowercase()).eq(HEADER.split(',')) {
                return Err(wrong(row.line, "this is not the header of a mapping"));
            }
            header = true;
            continue;
        }
        let [class, old, new] = cells[..] else { return Err(wrong(row.line, "there must be three cells")) };
        let kind = kind_named(class).ok_or_else(|| wrong(row.line, "the class is not the name of a OneRoster file"))?;
        if old.is_empty() || new.is_empty() {
            return Err(wrong(row.line, "both identifiers must be filled in"));
        }
        if old != new {
            mapping.push(Rename { kind, old: old.to_owned(), new: new.to_owned() });
        }
    }
    if mapping.is_empty() {
        return Err(wrong(1, "there is nothing to rename in it"));
    }
    Ok(mapping)
}

/// What the name of a proposal ends with.
pub const PROPOSAL: &str = "-rekey.csv";

/// Where a proposal for a package is written: beside it.
pub fn proposal(package: &Path) -> PathBuf {
    let mut name = package.with_extension("").into_os_string();
    name.push(PROPOSAL);
    PathBuf::from(name)
}

/// Writes a proposal beside a package; gives where.
pub fn propose(package: &Path, rekeyed: &[Rekeyed]) -> Result<PathBuf, Failure> {
    let mut text = format!("{HEADER}\r\n");
    for one in rekeyed {
        let _ = write!(text, "{},{},{}\r\n", one.kind.entity().plural, quoted(&one.old), quoted(&one.new));
    }
    let path = proposal(package);
    homeroom_store::access::write_private(&path, text.trim_end()).map_err(|error| {
        Failure::refused(format!("the proposed mapping cannot be written to {}: {error}", path.display()))
            .hint("make the folder of the package writable, and import it again")
    })?;
    Ok(path)
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
