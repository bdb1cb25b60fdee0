//! Packages in memory, and what was found in them.

use oneroster::csv::{Archive, Package, PackageError};
use oneroster::time::Timestamp;
use oneroster::validate::{Code, Judgement, Known, Options, Severity, judge, judge_against};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::path::Path;

#[derive(Clone, Default)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Archive for Memory {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, PackageError> {
        Ok(Box::new(Cursor::new(self.0[name].clone())))
    }
    fn size(&self, name: &str) -> u64 {
        self.0[name].len() as u64
    }
}

impl Memory {
    pub fn sample(version: &str) -> Memory {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(version);
        let files = std::fs::read_dir(folder).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())
        });
        Memory(files.collect())
    }

    pub fn of(files: &[(&str, &str)]) -> Memory {
        Memory(files.iter().map(|(n, text)| ((*n).to_owned(), text.as_bytes().to_vec())).collect())
    }

    /// The 1.2 sample with some texts replaced in some files.
    pub fn edited(edits: &[(&str, &str, &str)]) -> Memory {
        let mut files = Memory::sample("v1p2");
        for (file, from, to) in edits {
            files.edit(file, |text| {
                assert!(text.contains(from), "{file} holds no {from}");
                text.replace(from, to)
            });
        }
        files
    }

    pub fn edit(&mut self, file: &str, change: impl FnOnce(String) -> String) {
        let text = String::from_utf8(self.0[file].clone()).unwrap();
        self.0.insert(file.to_owned(), change(text).into_bytes());
    }

    pub fn judge(&self, options: &Options) -> Result<Judgement, PackageError> {
        judge(&mut Package::new(self.clone()), options, &mut |_| {})
    }

    /// Judges against a store.
    pub fn judge_against(&self, options: &Options, known: &mut dyn Known) -> Judgement {
        judge_against(&mut Package::new(self.clone()), options, known, &mut |_| {}).unwrap()
    }
}

/// What time it is in these tests.
pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// The rules that were broken, by severity.
pub fn found(judgement: &Judgement) -> BTreeSet<(Code, Severity)> {
    judgement.report.counts().map(|(code, severity, _)| (code, severity)).collect()
}

/// Every finding, a line each.
pub fn listed(judgement: &Judgement) -> String {
    judgement.report.findings().map(|f| format!("{f:?}\n")).collect()
}
