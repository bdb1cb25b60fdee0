//! The second look at a file, for the few rows that need one.

use super::lifecycle;
use super::options::Options;
use super::reading::Reading;
use crate::csv::cell;
use crate::csv::{DataRows, Dialect, Package, PackageError, Padding, Row, ScanError};
use crate::model::LONGEST_ID;
use crate::record::{Status, id_digest};
use crate::time::Timestamp;
use hashbrown::{HashMap, HashSet};

/// A file that can be read again.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub package: &'a Package,
    pub entry: &'a str,
    pub dialect: Dialect,
    pub padding: &'a Padding,
    pub strict: bool,
}

/// Goes over a file again.
pub(super) fn again(source: &Source<'_>, mut each: impl FnMut(u32, &Row<'_>)) -> Result<(), PackageError> {
    let entry = source.entry;
    let broken = |e: ScanError| PackageError::broken(entry, &std::io::Error::other(e.to_string()));
    let reader = source.package.read(entry)?;
    let mut rows = DataRows::of_file(reader, (source.dialect, source.padding), source.strict).map_err(broken)?;
    while let Some(numbered) = rows.next_row().map_err(broken)? {
        if let Some(ordinal) = numbered.ordinal {
            each(ordinal, &numbered.row);
        }
    }
    Ok(())
}

/// What was seen: wanted rows by their ordinals, and all rows of suspected
/// identifiers.
#[derive(Default)]
pub(super) struct Seen {
    /// Line and identifier.
    pub rows: HashMap<u32, (u32, String)>,
    /// Rows whose identifier is suspected to be there more than once; copies of
    /// an identifier stand together, in the order of the file.
    pub suspects: Vec<Suspect>,
    /// Of each person's row, if copies may differ in some cells.
    pub people: HashMap<u32, PersonRow>,
    /// Of each row of changes, what it says of its record's life.
    pub said: HashMap<u32, (Status, Timestamp)>,
    texts: String,
}

/// One row of a suspected identifier; a file may hold all its rows twice, so it
/// is small.
#[derive(Clone, Copy)]
pub(super) struct Suspect {
    pub digest: u64,
    pub ordinal: u32,
    pub line: u32,
    /// A digest of all cells.
    pub content: u64,
    id: (u32, u16),
}

/// What a copy of a 1.1 person may differ in.
pub(super) struct PersonRow {
    /// A digest of all cells but the orgs.
    pub but_orgs: u64,
    /// A digest of all cells but the orgs and the role.
    pub but_role: u64,
    /// The cell of the orgs.
    pub orgs: String,
}

impl Seen {
    /// The identifier of a suspect.
    pub fn id(&self, suspect: &Suspect) -> &str {
        let (start, len) = (suspect.id.0 as usize, usize::from(suspect.id.1));
        self.texts.get(start..start + len).unwrap_or_default()
    }
}

/// Looks at the wanted rows and the suspects of a reading, if there are any;
/// `apart` are the columns of orgs and role of a 1.1 person.
pub(super) fn look(
    source: &Source<'_>,
    reading: &Reading,
    wanted: &HashSet<u32>,
    apart: Option<[usize; 2]>,
    options: &Options,
) -> Result<Seen, PackageError> {
    let mut seen = Seen::default();
    if wanted.is_empty() && reading.suspects.is_empty() {
        return Ok(seen);
    }
    again(source, |ordinal, row| {
        let id = cell::key(row.cell(reading.id_column), source.strict);
        if wanted.contains(&ordinal) {
            seen.rows.insert(ordinal, (row.line, id.to_owned()));
        }
        if reading.suspects.is_empty() || reading.skipped.has(ordinal) {
            return;
        }
        let digest = id_digest(id);
        let Ok(start) = u32::try_from(seen.texts.len()) else { return };
        if !reading.suspects.contains(&digest) || id.len() > LONGEST_ID {
            return;
        }
        if let Some(said) = lifecycle::said(reading, row, options).filter(|_| reading.delta) {
            seen.said.insert(ordinal, said);
        }
        seen.texts.push_str(id);
        let id = (start, id.len() as u16);
        seen.suspects.push(Suspect { digest, ordinal, line: row.line, content: content(row, &[]), id });
        if let Some([orgs, role]) = apart {
            let (but_orgs, but_role) = (content(row, &[orgs]), content(row, &[orgs, role]));
            seen.people.insert(ordinal, PersonRow { but_orgs, but_role, orgs: row.cell(orgs).to_owned() });
        }
    })?;
    seen.suspects.sort_unstable_by_key(|s| (s.digest, s.ordinal));
    Ok(seen)
}

fn content(row: &Row<'_>, apart: &[usize]) -> u64 {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for (at, cell) in row.cells().enumerate() {
        if !apart.contains(&at) {
            hash.update(&(cell.len() as u32).to_le_bytes());
            hash.update(cell.as_bytes());
        }
    }
    hash.digest()
}
