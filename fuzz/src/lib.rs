//! What is done with bytes from outside, whatever they are. The fuzz targets
//! and the test that replays the corpus call the same functions; each of them
//! must come back, and may panic only where a promise is broken.

use oneroster::csv::cell::{Cells, Cleaner, Form, Repairs};
use oneroster::csv::{
    Archive, DateOrder, DateRule, Dialect, Edition, Faults, Package, PackageError, Scanner, Zip, records,
};
use oneroster::model::vocabulary::{ORG_TYPE, SEX};
use oneroster::model::{Kind, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use oneroster::validate::{CONSENTS, Options, judge};
use std::io::{Cursor, Read};

/// The bytes of a zip.
pub fn package(bytes: &[u8]) {
    if let Ok(zip) = Zip::from_bytes(bytes.to_vec()) {
        judged(&mut Package::new(zip));
    }
}

/// A byte that chooses a file of the standard, a byte that chooses a version,
/// and the text of that file, alone in a package.
pub fn file(bytes: &[u8]) {
    let [which, version, text @ ..] = bytes else { return };
    let versions: Vec<Version> = Version::ALL.into_iter().collect();
    let version = versions[usize::from(*version) % versions.len()];
    let kinds: Vec<Kind> = Kind::all().filter(|kind| kind.entity().csv.has(version)).collect();
    let kind = kinds[usize::from(*which) % kinds.len()];
    let name = kind.entity().file_name();
    let manifest = oneroster::csv::write::manifest(version, &[(kind, oneroster::csv::Mode::Bulk)], None);
    let files = vec![("manifest.csv".to_owned(), manifest.into_bytes()), (name, text.to_vec())];
    judged(&mut Package::new(Files(files)));
}

/// The bytes of a file, in every dialect.
pub fn scanner(bytes: &[u8]) {
    let mut dialects: Vec<Dialect> = b",;\t|"
        .iter()
        .flat_map(|&separator| [true, false].map(|legacy| Dialect { separator, legacy, ..Dialect::default() }))
        .collect();
    dialects.extend(Dialect::of(Box::new(Cursor::new(bytes.to_vec())), Kind::User));
    for dialect in dialects {
        let mut scanner: Scanner<_> = dialect.scanner(Box::new(Cursor::new(bytes.to_vec())));
        let mut line = 0;
        while let Ok(Some(row)) = scanner.next_row() {
            assert!(row.line > line && !row.is_empty(), "rows go on");
            line = row.line;
            assert!(row.cells().map(str::len).sum::<usize>() <= 3 * bytes.len(), "cells are of the file");
        }
    }
}

/// The text of a cell, in every form.
pub fn cells(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let days = [DateOrder::Open, DateOrder::DayFirst, DateOrder::MonthFirst];
    let mut forms = vec![
        Form::Text,
        Form::Name,
        Form::Code,
        Form::Bool,
        Form::Year,
        Form::Integer,
        Form::Number,
        Form::Word(&ORG_TYPE),
        Form::Word(&SEX),
        Form::Texts,
        Form::Codes,
        Form::Grades,
        Form::Words(&ORG_TYPE),
        Form::Refs(Kind::Org),
        Form::Pairs,
        Form::Metadata,
    ];
    forms.extend(days.map(|order| Form::Date(DateRule { order, serials: true })));
    for form in forms {
        for (strict, version) in [(false, Version::V1P1), (true, Version::V1P2), (false, Version::V1P2)] {
            cell(form, &text, strict, version);
        }
    }
}

fn cell(form: Form, text: &str, strict: bool, version: Version) {
    let (mut cleaner, mut cells) = (Cleaner::new(strict), Cells::new(version, strict));
    let mut repairs = Repairs::default();
    let faults = Faults::CONTROL.and(Faults::LINE_BREAK);
    let Ok(clean) = cleaner.clean(form, text, faults, &mut repairs) else { return };
    let done = match form {
        Form::Pairs => cells.pairs(clean, &mut repairs, |_, _| {}),
        form if form.is_list() => cells.items(form, clean, &mut repairs, |_| {}),
        form => cells.scalar(form, clean, &mut repairs).map(|_| ()),
    };
    assert!(done.is_err() || !strict || repairs.is_empty(), "the letter repairs nothing: {form:?}");
}

/// Judges a package by the letter, with care, and with every consent; what is
/// read then is what was judged.
fn judged(package: &mut Package) {
    let now = Timestamp(1_790_000_000_000);
    let consenting = Options { consent: CONSENTS.to_vec(), assume: Some(Edition::V1P2), ..Options::careful(now) };
    for options in [Options::strict(now), Options::careful(now), consenting] {
        let Ok(judgement) = judge(package, &options, &mut |_| {}) else { continue };
        for file in &judgement.files {
            let Ok(Some(mut rows)) = records(package, &judgement, file.kind) else { continue };
            let mut record = Record::new(file.kind);
            let mut count = 0;
            while rows.next(&mut record).expect("a row that was judged good is read").is_some() {
                count += 1;
            }
            assert_eq!(count, file.accepted(), "as many records as were judged good");
        }
    }
}

struct Files(Vec<(String, Vec<u8>)>);

impl Archive for Files {
    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, PackageError> {
        let bytes = self.0.iter().find(|(n, _)| n == name).map(|(_, bytes)| bytes.clone());
        Ok(Box::new(Cursor::new(bytes.unwrap_or_default())))
    }

    fn size(&self, name: &str) -> u64 {
        self.0.iter().find(|(n, _)| n == name).map_or(0, |(_, bytes)| bytes.len() as u64)
    }
}
