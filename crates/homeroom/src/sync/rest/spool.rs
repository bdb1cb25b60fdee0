//! What came of a collection, page by page, until all of it is there.
//!
//! A file of packed records and, beside it, a note how far it is good: the
//! place in the reading, and the length and digest of the file at that place.
//! After a crash the file is cut to that length and the reading goes on with the
//! next page. Nothing is forced to the disk: what a power cut took or garbled, the
//! digest tells, and then the collection begins afresh.
//!
//! A record is its length-prefixed identifier, a byte for its status, its time
//! of change in milliseconds (the least number if it says none), and its
//! length-prefixed packed form.

use super::seen::Seen;
use crate::intake::fetched::{Met, joined};
use crate::sync::source::private_file;
use oneroster::csv::export::metadata_names;
use oneroster::json::Row;
use oneroster::model::Kind;
use oneroster::record::{Record, Status, id_digest};
use oneroster::time::Timestamp;
use oneroster_client::{Page, Place};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

/// No time of change.
const UNSAID: i64 = i64::MIN;
/// The longest identifier and the largest record that is believed in a file.
const LARGEST: usize = 64 << 20;

/// How far a collection has come.
#[derive(Serialize, Deserialize, Clone, Default, Debug)]
#[serde(default)]
pub struct Reached {
    /// Where the reading stands.
    pub place: Place,
    /// How long the file is at that place.
    pub bytes: u64,
    /// The digest of it.
    pub digest: u64,
    /// How many different records came.
    pub records: u64,
    /// How many came more than once.
    pub twice: u64,
    /// How many could not be read.
    pub unreadable: u64,
    /// The greatest time of change.
    pub greatest: Option<i64>,
    /// Why it does not prove that a record is gone, once it is read to its end.
    pub doubts: Vec<String>,
    /// Whether it was read to its end.
    pub ended: bool,
    /// Why it is not there at all.
    pub left_out: Option<String>,
    /// What its records were seen to do otherwise.
    pub met: Vec<Met>,
}

/// The spool of a collection.
pub struct Spool {
    kind: Kind,
    folder: PathBuf,
    /// How far it has come.
    pub reached: Reached,
    seen: Seen,
    file: Option<BufWriter<File>>,
    /// The digest of what was written.
    hash: Xxh3,
    /// The names of the metadata members.
    names: BTreeSet<String>,
    /// A record as it is written.
    row: Vec<u8>,
    /// What was met before the reading broke off.
    before: Vec<Met>,
}

impl Spool {
    /// Opens the spool of a kind, to go on where it was.
    ///
    /// # Errors
    /// As the system says. A spool that cannot be trusted begins afresh.
    pub fn open(folder: &Path, kind: Kind) -> io::Result<Spool> {
        let mut spool = Spool {
            kind,
            folder: folder.to_owned(),
            reached: Reached::default(),
            seen: Seen::default(),
            file: None,
            hash: Xxh3::new(),
            names: BTreeSet::new(),
            row: Vec::new(),
            before: Vec::new(),
        };
        let kept = fs::read(spool.note()).ok().and_then(|text| serde_json::from_slice::<Reached>(&text).ok());
        spool.reached = kept.unwrap_or_default();
        if !spool.recalled() {
            spool.reached = Reached::default();
            (spool.seen, spool.hash, spool.names) = (Seen::default(), Xxh3::new(), BTreeSet::new());
        }
        spool.before.clone_from(&spool.reached.met);
        Ok(spool)
    }

    /// Notes what its records were seen to do otherwise, by this process.
    pub fn met(&mut self, since: impl IntoIterator<Item = Met>) {
        self.reached.met = joined(&self.before, since);
    }

    /// The kind of its records.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Reads what is there again; whether it is what the note speaks of.
    fn recalled(&mut self) -> bool {
        if self.reached.bytes == 0 {
            return true;
        }
        let (mut seen, mut names) = (Seen::default(), BTreeSet::new());
        let read = self.digested().and_then(|hash| {
            self.read(&mut |row| {
                seen.insert(id_digest(row.sourced_id));
                metadata_names(self.kind, row.packed, &mut names);
                true
            })?;
            Ok(hash)
        });
        let Ok(hash) = read else { return false };
        let whole = hash.digest() == self.reached.digest && seen.len() == self.reached.records;
        (self.seen, self.hash, self.names) = (seen, hash, names);
        whole
    }

    /// The digest of the file, as far as it is good.
    fn digested(&self) -> io::Result<Xxh3> {
        let mut file = File::open(self.data())?.take(self.reached.bytes);
        let (mut hash, mut buffer, mut bytes) = (Xxh3::new(), vec![0; 1 << 18], 0);
        loop {
            match file.read(&mut buffer)? {
                0 if bytes == self.reached.bytes => return Ok(hash),
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                n => {
                    hash.update(&buffer[..n]);
                    bytes += n as u64;
                }
            }
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join(format!("{}.records", self.kind.entity().plural))
    }

    fn note(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.kind.entity().plural))
    }

    /// Adds a record of the page at hand; one that came before is only counted.
    ///
    /// # Errors
    /// As the system says.
    pub fn add(&mut self, record: &mut Record) -> io::Result<()> {
        if !self.seen.insert(id_digest(&record.sourced_id)) {
            self.reached.twice += 1;
            return Ok(());
        }
        self.reached.records += 1;
        let modified = record.modified.map_or(UNSAID, |at| at.0);
        if modified != UNSAID {
            self.reached.greatest = self.reached.greatest.max(Some(modified));
        }
        let open = self.kind.entity().metadata();
        for (name, _) in open.into_iter().flat_map(|at| record.pairs(at)) {
            if !name.is_empty() && !self.names.contains(name) {
                self.names.insert(name.to_owned());
            }
        }
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        row.extend(length(record.sourced_id.len())?);
        row.extend(record.sourced_id.as_bytes());
        row.push(u8::from(record.status == Status::ToBeDeleted));
        row.extend(modified.to_le_bytes());
        let at = row.len();
        row.extend([0; 4]);
        record.pack(&mut row);
        let packed = length(row.len() - at - 4)?;
        row[at..at + 4].copy_from_slice(&packed);
        self.hash.update(&row);
        let written = self.file()?.write_all(&row);
        self.row = row;
        written
    }

    /// Adds the records of a page, and counts those that cannot be read.
    ///
    /// # Errors
    /// As the system says.
    pub fn take(&mut self, page: &Page) -> io::Result<()> {
        page.each(|record| match record {
            Ok(record) => self.add(record),
            Err(_) => {
                self.reached.unreadable += 1;
                Ok(())
            }
        })
    }

    /// The file, cut to what is good of it.
    fn file(&mut self) -> io::Result<&mut BufWriter<File>> {
        if self.file.is_none() {
            let path = self.data();
            let mut file =
                if self.reached.bytes == 0 { private_file(&path)? } else { File::options().write(true).open(&path)? };
            file.set_len(self.reached.bytes)?;
            file.seek(SeekFrom::Start(self.reached.bytes))?;
            self.file = Some(BufWriter::with_capacity(1 << 18, file));
        }
        self.file.as_mut().ok_or_else(|| io::Error::other("the spool has no file"))
    }

    /// Notes that a page is in, whole.
    ///
    /// # Errors
    /// As the system says.
    pub fn keep(&mut self, place: Place) -> io::Result<()> {
        let file = self.file()?;
        file.flush()?;
        self.reached.bytes = file.get_mut().stream_position()?;
        self.reached.digest = self.hash.digest();
        self.reached.place = place;
        self.save()
    }

    /// Notes how the reading ended.
    ///
    /// # Errors
    /// As the system says.
    pub fn end(&mut self, doubts: Vec<String>) -> io::Result<()> {
        self.reached.doubts = doubts;
        self.reached.ended = true;
        // Nothing comes any more.
        self.seen = Seen::default();
        self.file = None;
        self.save()
    }

    /// Notes that there is no such collection for us.
    ///
    /// # Errors
    /// As the system says.
    pub fn leave_out(&mut self, why: String) -> io::Result<()> {
        self.reached = Reached { left_out: Some(why), ended: true, ..Reached::default() };
        self.save()
    }

    fn save(&self) -> io::Result<()> {
        let text = serde_json::to_vec(&self.reached).map_err(io::Error::other)?;
        let draft = self.folder.join(format!("{}.json.new", self.kind.entity().plural));
        let mut file = private_file(&draft)?;
        file.write_all(&text)?;
        fs::rename(draft, self.note())
    }

    /// The names of the metadata members of its records.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Gives every record, in the order in which they came, until `sink` says
    /// that it is enough. `published` is what the record says of its change, or
    /// the least instant.
    ///
    /// # Errors
    /// If the file cannot be read, or is none of ours.
    pub fn read(&self, sink: &mut dyn FnMut(&Row<'_>) -> bool) -> io::Result<()> {
        if self.reached.bytes == 0 {
            return Ok(());
        }
        let mut file = BufReader::with_capacity(1 << 18, File::open(self.data())?).take(self.reached.bytes);
        let (mut id, mut packed) = (Vec::new(), Vec::new());
        while block(&mut file, &mut id)? {
            let (mut status, mut modified) = ([0; 1], [0; 8]);
            file.read_exact(&mut status)?;
            file.read_exact(&mut modified)?;
            if !block(&mut file, &mut packed)? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let sourced_id = std::str::from_utf8(&id).map_err(io::Error::other)?;
            let status = if status == [0] { Status::Active } else { Status::ToBeDeleted };
            let published = Timestamp(i64::from_le_bytes(modified));
            if !sink(&Row { sourced_id, status, published, packed: &packed, children: &[] }) {
                break;
            }
        }
        Ok(())
    }
}

/// The time of change that a row of the spool says.
pub fn modified(row: &Row<'_>) -> Option<Timestamp> {
    Some(row.published).filter(|at| at.0 != UNSAID)
}

fn length(bytes: usize) -> io::Result<[u8; 4]> {
    Ok(u32::try_from(bytes).map_err(io::Error::other)?.to_le_bytes())
}

/// Reads a length-prefixed block; false at the end of the file.
fn block(file: &mut impl Read, out: &mut Vec<u8>) -> io::Result<bool> {
    let mut length = [0; 4];
    let mut read = 0;
    while read < length.len() {
        match file.read(&mut length[read..])? {
            0 if read == 0 => return Ok(false),
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            n => read += n,
        }
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > LARGEST {
        return Err(ErrorKind::InvalidData.into());
    }
    out.resize(length, 0);
    file.read_exact(out)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::at;

    fn org(id: &str, name: &str, modified: Option<i64>) -> Record {
        let mut record = Record::new(Kind::Org);
        record.sourced_id.push_str(id);
        record.modified = modified.map(Timestamp);
        record.push(at!(Org.name), name);
        record.push_pair(at!(Org.metadata), "colour", "\"red\"");
        record
    }

    fn ids(spool: &Spool) -> Vec<(String, Option<Timestamp>)> {
        let mut ids = Vec::new();
        spool
            .read(&mut |row| {
                ids.push((row.sourced_id.to_owned(), modified(row)));
                true
            })
            .unwrap();
        ids
    }

    #[test]
    fn a_reading_goes_on_after_the_last_whole_page() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), Kind::Org).unwrap();
        spool.add(&mut org("a", "A", Some(7))).unwrap();
        spool.add(&mut org("b", "B", None)).unwrap();
        spool.keep(Place::default()).unwrap();
        // A page that broke off, with all that was written of it.
        spool.add(&mut org("c", "C", Some(9))).unwrap();
        drop(spool);
        let mut spool = Spool::open(folder.path(), Kind::Org).unwrap();
        assert_eq!((spool.reached.records, spool.reached.greatest), (2, Some(7)));
        spool.add(&mut org("c", "C", Some(8))).unwrap();
        spool.add(&mut org("a", "A", Some(7))).unwrap();
        spool.keep(Place::default()).unwrap();
        let wanted = [("a", Some(7)), ("b", None), ("c", Some(8))];
        let wanted: Vec<_> = wanted.into_iter().map(|(id, at)| (id.to_owned(), at.map(Timestamp))).collect();
        assert_eq!(ids(&spool), wanted);
        assert_eq!((spool.reached.twice, spool.reached.greatest), (1, Some(8)));
        assert_eq!(spool.names().iter().collect::<Vec<_>>(), ["colour"]);
    }

    #[test]
    fn what_cannot_be_trusted_begins_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), Kind::Org).unwrap();
        spool.add(&mut org("a", "A", Some(7))).unwrap();
        spool.keep(Place::default()).unwrap();
        drop(spool);
        let data = folder.path().join("orgs.records");
        let whole = fs::read(&data).unwrap();
        let mut garbled = whole.clone();
        *garbled.last_mut().unwrap() ^= 1;
        for bad in [&whole[..whole.len() - 1], &garbled, &[255; 40], b""] {
            fs::write(&data, bad).unwrap();
            let spool = Spool::open(folder.path(), Kind::Org).unwrap();
            assert_eq!((spool.reached.records, ids(&spool)), (0, Vec::new()));
        }
        fs::write(folder.path().join("orgs.json"), "nonsense").unwrap();
        assert_eq!(Spool::open(folder.path(), Kind::Org).unwrap().reached.records, 0);
    }
}
