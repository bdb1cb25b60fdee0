//! Records of a fetch that no file of the standard has room for: tests outside the
//! gradebook, and their results. They lie beside the files of its package, the
//! objects of 1.2 line by line, and go through the same steps.
//!
//! The first line says, as a manifest does, whether the file has every record or
//! changes only. A package that somebody sends has no such files: what is called so
//! there is ignored like any other.

use super::Request;
use crate::interrupt;
use crate::output::Failure;
use crate::sync::source::private_file;
use oneroster::csv::{Archive, Mode, Package, PackageError};
use oneroster::json::decode::decode;
use oneroster::json::strict::Strict;
use oneroster::json::{Bases, Plan, Row};
use oneroster::model::{Kind, Version};
use oneroster::record::{Record, Status};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

/// The version whose objects are written.
const VERSION: Version = Version::V1P2;
/// The longest line that is read.
const LONGEST: u64 = 64 << 20;

/// The kinds that have no file in any version.
pub fn kinds() -> impl Iterator<Item = Kind> {
    Kind::all().filter(|kind| kind.entity().csv.is_empty())
}

/// The name under which records of a kind lie beside the files.
pub fn name(kind: Kind) -> String {
    format!("{}.jsonl", kind.entity().plural)
}

/// Whether a file of a package is one of these.
pub fn is_one(name: &str) -> bool {
    kinds().any(|kind| self::name(kind) == name)
}

/// What lies beside the files of a package.
#[derive(Debug)]
pub struct Beside {
    folder: PathBuf,
    /// Whether the package came of a fetch, so that rows that belong to a record
    /// are all there wherever it is.
    pub of_fetch: bool,
    files: Vec<(Kind, Mode)>,
}

impl Beside {
    /// Looks what there is.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(request: &Request) -> Result<Beside, Failure> {
        let (folder, of_fetch) = (request.package.clone(), request.nested_whole);
        let mut files = Vec::new();
        for kind in kinds().filter(|_| of_fetch && folder.is_dir()) {
            if let Some(mut lines) = Lines::open(&folder, kind)? {
                files.push((kind, lines.mode()?));
            }
        }
        Ok(Beside { folder, of_fetch, files })
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The kinds that lie there, and how much of each.
    pub fn modes(&self) -> impl Iterator<Item = (Kind, Mode)> {
        self.files.iter().copied()
    }

    /// How much of a kind lies there, if any does.
    pub fn mode(&self, kind: Kind) -> Option<Mode> {
        self.modes().find(|(of, _)| *of == kind).map(|(_, mode)| mode)
    }

    /// Gives every record of a kind with the number of its line.
    ///
    /// # Errors
    /// If they cannot be read, and what the sink says.
    pub fn each(
        &self,
        kind: Kind,
        sink: &mut dyn FnMut(&mut Record, u32) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Some(mut lines) = Lines::open(&self.folder, kind)? else { return Ok(()) };
        let mode = lines.mode()?;
        let mut record = Record::new(kind);
        while lines.next(&mut record)? {
            interrupt::go_on()?;
            if mode == Mode::Bulk {
                // Of a whole file no row says when it changed.
                record.modified = None;
            }
            sink(&mut record, lines.line)?;
        }
        Ok(())
    }
}

/// The package of a request, so that judges see nothing of what lies beside.
///
/// # Errors
/// If it cannot be opened.
pub fn package(request: &Request) -> Result<Package, Failure> {
    let package = interrupt::open(&request.package)?;
    Ok(if request.nested_whole { package.within(|archive| Box::new(Files(archive))) } else { package })
}

/// An archive without what lies beside.
struct Files(Box<dyn Archive>);

impl Archive for Files {
    fn names(&self) -> Vec<String> {
        let mut names = self.0.names();
        names.retain(|name| !is_one(name));
        names
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, PackageError> {
        self.0.open(name)
    }

    fn size(&self, name: &str) -> u64 {
        self.0.size(name)
    }
}

/// Writes records beside the files of a package.
pub struct Writer {
    plan: Plan,
    file: BufWriter<File>,
    bytes: Vec<u8>,
    records: u64,
}

impl Writer {
    /// Begins the file of a kind in a folder.
    ///
    /// # Errors
    /// As the system says.
    pub fn new(folder: &Path, kind: Kind, mode: Mode) -> io::Result<Writer> {
        let mut file = BufWriter::with_capacity(1 << 18, private_file(&folder.join(name(kind)))?);
        writeln!(file, "{}", json!({ format!("file.{}", kind.entity().plural): mode.word() }))?;
        let plan = Plan::new(kind, VERSION, &Bases::new(VERSION, ""), None);
        Ok(Writer { plan, file, bytes: Vec::new(), records: 0 })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// As the system says.
    pub fn add(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.bytes.clear();
        self.plan.write(row, &mut self.bytes);
        self.bytes.push(b'\n');
        self.records += 1;
        self.file.write_all(&self.bytes)
    }

    /// Ends the file; how many records it has.
    ///
    /// # Errors
    /// As the system says.
    pub fn end(mut self) -> io::Result<u64> {
        self.file.flush()?;
        Ok(self.records)
    }
}

/// A file of them, line by line.
struct Lines {
    kind: Kind,
    file: BufReader<File>,
    strict: Strict,
    text: String,
    line: u32,
}

impl Lines {
    fn open(folder: &Path, kind: Kind) -> io::Result<Option<Lines>> {
        let file = match File::open(folder.join(name(kind))) {
            Ok(file) => BufReader::with_capacity(1 << 18, file),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(Lines { kind, file, strict: Strict::new(kind, VERSION), text: String::new(), line: 0 }))
    }

    /// Reads the next line; false at the end.
    fn read(&mut self) -> Result<bool, Failure> {
        self.text.clear();
        self.line = self.line.saturating_add(1);
        let read = self.file.by_ref().take(LONGEST).read_line(&mut self.text)?;
        Ok(read > 0)
    }

    /// What the first line says.
    fn mode(&mut self) -> Result<Mode, Failure> {
        self.read()?;
        let said: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let word = said[format!("file.{}", self.kind.entity().plural)].as_str();
        let mode = [Mode::Bulk, Mode::Delta].into_iter().find(|mode| Some(mode.word()) == word);
        mode.ok_or_else(|| self.unreadable())
    }

    fn next(&mut self, record: &mut Record) -> Result<bool, Failure> {
        if !self.read()? {
            return Ok(false);
        }
        if !self.strict.read(&self.text, record) {
            let value: Value = serde_json::from_str(&self.text).map_err(|_| self.unreadable())?;
            *record = decode(self.kind, VERSION, &value).map_err(|_| self.unreadable())?.record;
        }
        if record.status == Status::ToBeDeleted {
            let mut gone = Record::new(self.kind);
            (gone.status, gone.modified) = (record.status, record.modified);
            gone.sourced_id = std::mem::take(&mut record.sourced_id);
            *record = gone;
        }
        Ok(true)
    }

    fn unreadable(&self) -> Failure {
        Failure::unreadable(format!("{}, line {}: this is not what was fetched", name(self.kind), self.line))
            .hint("fetch it again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Asked;
    use oneroster::at;
    use oneroster::time::Timestamp;

    fn row<'a>(record: &'a Record, packed: &'a [u8]) -> Row<'a> {
        let (sourced_id, status) = (record.sourced_id.as_str(), record.status);
        Row { sourced_id, status, published: Timestamp(1_000), packed, children: &[] }
    }

    #[test]
    fn what_is_written_beside_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut test = Record::new(Kind::AssessmentLineItem);
        test.sourced_id.push_str("a 1");
        test.push(at!(AssessmentLineItem.title), "Quiz \"7\"\nof bees");
        test.push(at!(AssessmentLineItem.resultValueMax), "10.5");
        test.push_pair(at!(AssessmentLineItem.metadata), "weight", "3");
        let mut goal = Record::new(Kind::LineItemLearningObjectiveId);
        goal.push(at!(LineItemLearningObjectiveId.source), "case");
        goal.push(at!(LineItemLearningObjectiveId.learningObjectiveId), "o1");
        test.push_row(at!(AssessmentLineItem.learningObjectiveSet), goal);
        let mut gone = Record::new(Kind::AssessmentLineItem);
        gone.sourced_id.push('b');
        gone.status = Status::ToBeDeleted;
        for mode in [Mode::Bulk, Mode::Delta] {
            let mut writer = Writer::new(folder.path(), Kind::AssessmentLineItem, mode).unwrap();
            for record in [&mut test, &mut gone] {
                let mut packed = Vec::new();
                record.pack(&mut packed);
                writer.add(&row(record, &packed)).unwrap();
            }
            assert_eq!(writer.end().unwrap(), 2);
            let mut request = Asked::default().again(folder.path(), String::new(), Timestamp(0));
            assert!(Beside::of(&request).unwrap().is_empty(), "a package that somebody sends");
            request.nested_whole = true;
            let beside = Beside::of(&request).unwrap();
            assert_eq!(beside.modes().collect::<Vec<_>>(), [(Kind::AssessmentLineItem, mode)]);
            let mut read = Vec::new();
            let each = beside.each(Kind::AssessmentLineItem, &mut |record, line| {
                read.push((record.clone(), line));
                Ok(())
            });
            each.unwrap();
            assert_eq!(read[0].0.modified.is_some(), mode == Mode::Delta);
            assert_eq!(read.iter().map(|(_, line)| *line).collect::<Vec<_>>(), [2, 3]);
            assert_eq!([&read[0].0, &read[1].0], [&test, &gone]);
            assert!(package(&request).unwrap().read(&name(Kind::AssessmentLineItem)).is_ok());
        }
        std::fs::write(folder.path().join(name(Kind::AssessmentResult)), "{}\n").unwrap();
        let mut request = Asked::default().again(folder.path(), String::new(), Timestamp(0));
        request.nested_whole = true;
        assert_eq!(Beside::of(&request).unwrap_err().status, 2);
    }
}
