//! What was sent the last time, and what of it is gone now.
//!
//! Every format keeps how many rows each file had. One that tells of what is
//! gone keeps its rows, too. The ledger is written in an order that loses
//! nothing if we are stopped in between: what is new is noted before the set
//! is handed out, and that something was told as gone only after.

use super::error::Error;
use super::format::File;
use hashbrown::{HashMap, HashSet};
use homeroom_store::Entry;
use xxhash_rust::xxh3::xxh3_64;

/// A row that was sent is told as gone in so many sets: one of them may never
/// be taken in.
const TOLD: i64 = 5;
/// The kind of the entries that count rows.
const COUNTS: i64 = -1;
/// So many entries are written at once.
const AT_ONCE: usize = 2_000;
/// Parts the cells of a key, and of a row that is kept.
const BETWEEN: char = '\u{1f}';

/// Where it is kept what was sent to a target. Of an entry, `kind` is the place of
/// the file in its format, or -1 for what counts rows; `number` how many rows the
/// file had; `state` in how many sets the row was told as gone, or, of a count,
/// the file; `parts` the row.
pub trait Ledger {
    /// Gives every entry to the sink.
    ///
    /// # Errors
    /// If they cannot be read.
    fn each(&self, sink: &mut dyn FnMut(Entry)) -> Result<(), Error>;

    /// Writes entries, new or in the place of what they were.
    ///
    /// # Errors
    /// If they cannot be written.
    fn keep(&self, entries: Vec<Entry>) -> Result<(), Error>;
}

/// What was sent to a target.
pub struct Sent<'a> {
    ledger: Option<&'a dyn Ledger>,
    /// How many rows each file had.
    before: HashMap<i64, u64>,
    /// The rows that were sent, by file and key: what they were.
    rows: HashMap<(i64, u64), i64>,
    /// The rows of the file that is being written.
    seen: HashSet<u64>,
    /// Those of them that were told as gone already.
    early: HashSet<u64>,
    keep: Vec<Entry>,
    told: Vec<Entry>,
    counts: Vec<(i64, u64)>,
}

impl<'a> Sent<'a> {
    /// Nothing was sent, and nothing is noted.
    pub fn nothing() -> Sent<'static> {
        Sent {
            ledger: None,
            before: HashMap::new(),
            rows: HashMap::new(),
            seen: HashSet::new(),
            early: HashSet::new(),
            keep: Vec::new(),
            told: Vec::new(),
            counts: Vec::new(),
        }
    }

    /// What the ledger of a target says.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(ledger: &'a dyn Ledger) -> Result<Sent<'a>, Error> {
        let mut sent = Sent { ledger: Some(ledger), ..Sent::nothing() };
        ledger.each(&mut |entry| match entry.kind {
            COUNTS => {
                let rows = u64::try_from(entry.number).unwrap_or(0);
                sent.before.insert(entry.state, rows);
            }
            kind => {
                // A row that was told as gone is new if it comes again.
                let digest = if entry.state > 0 { entry.digest.wrapping_add(1) } else { entry.digest };
                sent.rows.insert((kind, xxh3_64(entry.key.as_bytes())), digest);
            }
        })?;
        Ok(sent)
    }

    /// How many rows a file had the last time, without those of what is gone.
    pub(super) fn before(&self, place: usize) -> Option<u64> {
        self.before.get(&number(place)).copied()
    }

    /// Whether anything is known of what was sent.
    pub(super) fn knows(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Notes that a record may have a row, as long as no row is written: whatever has
    /// none is gone for sure.
    pub(super) fn foresee(&mut self, sourced_id: &str) {
        self.seen.insert(xxh3_64(joined(&[sourced_id.to_owned()]).as_bytes()));
    }

    /// Notes a row; false if the file has it already.
    pub(super) fn row(&mut self, place: usize, file: &File, cells: &[String]) -> Result<bool, Error> {
        let key = key(file, cells);
        let digest = xxh3_64(key.as_bytes());
        if !self.seen.insert(digest) {
            return Ok(false);
        }
        if file.gone.is_none() || self.ledger.is_none() {
            return Ok(true);
        }
        let row = joined(cells);
        let what = xxh3_64(row.as_bytes()).cast_signed();
        if self.rows.get(&(number(place), digest)) != Some(&what) {
            let row = row.into_bytes();
            self.keep.push(Entry {
                kind: number(place),
                key,
                number: 0,
                state: 0,
                digest: what,
                parts: row,
                before: None,
            });
        }
        Ok(true)
    }

    /// The rows of a file that were sent and are not any more, with the word for
    /// it, so many cells each; `sent` says whether a file has a row of this name.
    pub(super) fn gone(
        &mut self,
        place: usize,
        file: &File,
        width: usize,
        sent: &dyn Fn(&str, &str) -> bool,
    ) -> Result<Vec<Vec<String>>, Error> {
        let seen = std::mem::take(&mut self.seen);
        let (Some(says), Some(ledger)) = (file.gone, self.ledger) else { return Ok(Vec::new()) };
        let at = file.columns.iter().rposition(|known| known.name == says.column);
        let always = file.columns.iter().filter(|column| column.only.is_none()).count();
        let (mut gone, told, early) = (Vec::new(), &mut self.told, &mut self.early);
        ledger.each(&mut |entry| {
            let digest = xxh3_64(entry.key.as_bytes());
            let here = entry.kind == number(place) && !seen.contains(&digest) && !early.contains(&digest);
            if !here || entry.state >= TOLD {
                return;
            }
            early.insert(digest);
            let text = String::from_utf8_lossy(&entry.parts).into_owned();
            let mut cells: Vec<String> = text.split(BETWEEN).map(str::to_owned).collect();
            let first = cells.first().map_or("", String::as_str);
            let orphan = says.orphan.filter(|(file, _)| !sent(file, first));
            let word = orphan.map_or(says.word, |(_, word)| word);
            if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
                word.clone_into(cell);
            }
            // What is there by a setting comes last, and may have been another then.
            cells.truncate(always);
            cells.resize(width, String::new());
            gone.push(cells);
            told.push(Entry { state: entry.state + 1, ..entry });
        })?;
        Ok(gone)
    }

    /// Notes how many rows a file has.
    pub(super) fn end(&mut self, place: usize, rows: u64) {
        self.seen.clear();
        self.early.clear();
        self.counts.push((number(place), rows));
    }

    /// Notes what is about to be handed out.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn announce(&mut self) -> Result<(), Error> {
        let keep = std::mem::take(&mut self.keep);
        match self.ledger {
            Some(ledger) => in_pieces(ledger, keep),
            None => Ok(()),
        }
    }

    /// Notes that it was handed out.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn done(self) -> Result<(), Error> {
        let Some(ledger) = self.ledger else { return Ok(()) };
        let count = |(place, rows): &(i64, u64)| Entry {
            kind: COUNTS,
            key: place.to_string(),
            number: i64::try_from(*rows).unwrap_or(i64::MAX),
            state: *place,
            digest: 0,
            parts: Vec::new(),
            before: None,
        };
        let mut entries: Vec<Entry> = self.counts.iter().map(count).collect();
        entries.extend(self.told);
        in_pieces(ledger, entries)
    }
}

fn in_pieces(ledger: &dyn Ledger, mut entries: Vec<Entry>) -> Result<(), Error> {
    while !entries.is_empty() {
        let rest = entries.split_off(entries.len().min(AT_ONCE));
        ledger.keep(std::mem::replace(&mut entries, rest))?;
    }
    Ok(())
}

impl std::fmt::Debug for Sent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sent").field("before", &self.before).field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

fn key(file: &File, cells: &[String]) -> String {
    joined(cells.get(..file.key).unwrap_or(cells))
}

fn joined(cells: &[String]) -> String {
    let mut out = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(BETWEEN);
        }
        out.extend(cell.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
    out
}
