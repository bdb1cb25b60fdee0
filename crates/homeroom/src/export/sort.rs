//! Rows into the order of their identifiers, in bounded memory.
//!
//! The store gives rows in whatever order is quickest for it. They are gathered
//! in batches; a batch is sorted in memory, and if a second one comes the first
//! goes into a file without a name. In the end the batches are merged.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// So many bytes of rows are sorted in memory at a time.
const BATCH: usize = 16 << 20;
/// Files are read and written in pieces of so many bytes.
const BUFFER: usize = 256 << 10;

/// Rows in the order of their coming.
#[derive(Default, Debug)]
pub struct Batch {
    /// The rows one after the other; each begins with its identifier, which is
    /// followed by a comma and never quoted.
    pub bytes: Vec<u8>,
    rows: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    prefix: u64,
    start: u32,
    end: u32,
}

impl Batch {
    /// An empty one.
    pub fn new() -> Batch {
        Batch { bytes: Vec::with_capacity(BATCH + (1 << 16)), rows: Vec::new() }
    }

    /// Notes that a row was appended, which began at `start`.
    pub fn add(&mut self, start: usize) {
        let prefix = prefix(id(self.bytes.get(start..).unwrap_or_default()));
        self.rows.push(Place { prefix, start: start as u32, end: self.bytes.len() as u32 });
    }

    /// Whether it should be handed on.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH
    }

    fn row(&self, place: &Place) -> &[u8] {
        self.bytes.get(place.start as usize..place.end as usize).unwrap_or_default()
    }

    fn sort(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable_by(|a, b| a.prefix.cmp(&b.prefix).then_with(|| id(self.row(a)).cmp(id(self.row(b)))));
        self.rows = rows;
    }
}

/// The identifier that a row begins with.
fn id(row: &[u8]) -> &[u8] {
    row.split(|&b| b == b',').next().unwrap_or_default()
}

/// The first bytes of an identifier as a number of the same order.
fn prefix(id: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = id.len().min(8);
    first[..length].copy_from_slice(&id[..length]);
    u64::from_be_bytes(first)
}

/// The rows of one file.
#[derive(Debug)]
pub struct Sorter {
    folder: PathBuf,
    held: Option<Batch>,
    files: Vec<File>,
}

impl Sorter {
    /// A sorter that keeps what it cannot hold in files of a folder; they have
    /// no names there and vanish with it.
    pub fn new(folder: &Path) -> Sorter {
        Sorter { folder: folder.to_owned(), held: None, files: Vec::new() }
    }

    /// Takes rows.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn push(&mut self, mut batch: Batch) -> io::Result<()> {
        if let Some(held) = self.held.take() {
            self.spill(&held)?;
        }
        batch.sort();
        self.held = Some(batch);
        Ok(())
    }

    fn spill(&mut self, batch: &Batch) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(&self.folder)?);
        for place in &batch.rows {
            let row = batch.row(place);
            file.write_all(&(row.len() as u32).to_le_bytes())?;
            file.write_all(row)?;
        }
        self.files.push(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }

    /// Forgets every row.
    pub fn clear(&mut self) {
        self.held = None;
        self.files.clear();
    }

    /// Gives every row in order to `sink`, and forgets it.
    ///
    /// # Errors
    /// If a file cannot be written or read, or of `sink`.
    pub fn drain(&mut self, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let Some(held) = self.held.take() else { return Ok(()) };
        if self.files.is_empty() {
            return held.rows.iter().try_for_each(|place| sink(held.row(place)));
        }
        self.spill(&held)?;
        drop(held);
        let mut runs = BinaryHeap::new();
        for mut file in self.files.drain(..) {
            file.rewind()?;
            let reader = BufReader::with_capacity(BUFFER, file);
            let mut run = Run { reader, row: Vec::new(), prefix: 0 };
            if run.step()? {
                runs.push(run);
            }
        }
        while let Some(mut run) = runs.peek_mut() {
            sink(&run.row)?;
            if !run.step()? {
                std::collections::binary_heap::PeekMut::pop(run);
            }
        }
        Ok(())
    }
}

/// A sorted batch that is read back.
struct Run {
    reader: BufReader<File>,
    row: Vec<u8>,
    prefix: u64,
}

impl Run {
    /// Reads the next row; false at the end.
    fn step(&mut self) -> io::Result<bool> {
        let mut length = [0; 4];
        match self.reader.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        self.row.resize(u32::from_le_bytes(length) as usize, 0);
        self.reader.read_exact(&mut self.row)?;
        self.prefix = prefix(id(&self.row));
        Ok(true)
    }
}

/// The least row is the greatest run: that is what the heap gives first.
impl Ord for Run {
    fn cmp(&self, other: &Run) -> Ordering {
        other.prefix.cmp(&self.prefix).then_with(|| id(&other.row).cmp(id(&self.row)))
    }
}
impl PartialOrd for Run {
    fn partial_cmp(&self, other: &Run) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Run {
    fn eq(&self, other: &Run) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Run {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_out_in_order_however_they_were_parted(
            ids in proptest::collection::hash_set("[a-c./@]{1,10}", 0..60),
            parts in 1usize..5,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let ids: Vec<String> = ids.into_iter().collect();
            let mut sorter = Sorter::new(folder.path());
            for chunk in ids.chunks(ids.len().div_ceil(parts).max(1)) {
                let mut batch = Batch::new();
                for id in chunk {
                    let start = batch.bytes.len();
                    batch.bytes.extend_from_slice(format!("{id},\"x,y\"\r\n").as_bytes());
                    batch.add(start);
                }
                sorter.push(batch).unwrap();
            }
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "files have no names");
            let mut found = Vec::new();
            sorter.drain(&mut |row| {
                found.push(String::from_utf8(row.to_vec()).unwrap());
                Ok(())
            }).unwrap();
            let mut wanted = ids;
            wanted.sort();
            let wanted: Vec<String> = wanted.into_iter().map(|id| format!("{id},\"x,y\"\r\n")).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
