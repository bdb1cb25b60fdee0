//! What is done with bytes from outside, whatever they are. The fuzz targets
//! and the test that replays the corpus call the same functions; each of them
//! must come back, and may panic only where a promise is broken.

use oneroster::csv::cell::{Cells, Cleaner, Form, Repairs};
use oneroster::csv::{
    Archive, DateOrder, DateRule, Dialect, Faults, Mode, Package, PackageError, Scanner, Zip, records,
};
use oneroster::model::{Edition, Kind, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use oneroster::validate::{CONSENTS, Known, KnownRecord, Options, judge, judge_against};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::LazyLock;

/// The bytes of a zip.
pub fn package(bytes: &[u8]) {
    if let Ok(zip) = Zip::from_bytes(bytes.to_vec()) {
        judged(&mut Package::new(zip));
    }
}

/// What a file alone in a package may be: of a version whole or as changes, or,
/// without a manifest, of 1.0.
const WAYS: [(Version, Option<Mode>); 5] = [
    (Version::V1P1, Some(Mode::Bulk)),
    (Version::V1P2, Some(Mode::Bulk)),
    (Version::V1P1, Some(Mode::Delta)),
    (Version::V1P2, Some(Mode::Delta)),
    (Version::V1P1, None),
];

/// A byte that chooses a file of the standard, a byte that chooses a way, and
/// the text of that file, alone in a package.
pub fn file(bytes: &[u8]) {
    let [which, way, text @ ..] = bytes else { return };
    let (version, mode) = WAYS[usize::from(*way) % WAYS.len()];
    let kinds: Vec<Kind> = Kind::all().filter(|kind| kind.entity().csv.has(version)).collect();
    let kind = kinds[usize::from(*which) % kinds.len()];
    let manifest = mode.map(|mode| {
        let text = oneroster::csv::write::manifest(version, &[(kind, mode)], None);
        ("manifest.csv".to_owned(), text.into_bytes())
    });
    let file = (kind.entity().file_name(), text.to_vec());
    judged(&mut Package::new(Files(manifest.into_iter().chain([file]).collect())));
}

/// The text of a manifest, beside a file of organisations.
pub fn manifest(bytes: &[u8]) {
    let orgs = b"sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\r\no,,,North,school,,\r\n";
    let files = [("manifest.csv", bytes), ("orgs.csv", &orgs[..])];
    judged(&mut Package::new(Files(files.map(|(name, text)| (name.to_owned(), text.to_vec())).to_vec())));
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

/// Every form of a cell: those that a header gives to some columns, and those
/// that columns have by themselves.
static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let days = [DateOrder::Open, DateOrder::DayFirst, DateOrder::MonthFirst];
    let given = [Form::Skip, Form::Name, Form::Code, Form::Codes, Form::Grades, Form::Secret].into_iter();
    let given = given.chain(days.map(|order| Form::Date(DateRule { order, serials: true })));
    let columns = |kind: Kind| Version::ALL.into_iter().flat_map(move |version| kind.entity().columns(version));
    let own = Kind::all().flat_map(columns).map(|(slot, field)| Form::of(slot, field));
    let named: BTreeMap<String, Form> = given.chain(own).map(|form| (format!("{form:?}"), form)).collect();
    named.into_values().collect()
});

/// The text of a cell, in every form.
pub fn cells(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for &form in FORMS.iter() {
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

/// Judges a package by the letter, with care, as one of 1.0, and with every
/// consent, beside what is stored; what is read then is what was judged.
fn judged(package: &mut Package) {
    let now = Timestamp(1_790_000_000_000);
    let careful = Options::careful(now);
    let old = Options { assume: Some(Edition::V1P0), ..careful.clone() };
    let consenting = Options { consent: CONSENTS.to_vec(), assume: Some(Edition::V1P2), ..careful.clone() };
    for (options, stored) in [(Options::strict(now), false), (careful, false), (old, false), (consenting, true)] {
        let judgement = match stored {
            true => judge_against(package, &options, &mut Stored, &mut |_| {}),
            false => judge(package, &options, &mut |_| {}),
        };
        let Ok(judgement) = judgement else { continue };
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

/// A store that has every other record, alive or not.
struct Stored;

impl Known for Stored {
    fn record(&mut self, _: Kind, id: &str) -> Option<KnownRecord> {
        let sum = id.bytes().fold(0, u8::wrapping_add);
        let modified = (sum % 8 < 2).then_some(Timestamp(1_780_000_000_000));
        (sum % 2 == 0).then_some(KnownRecord { live: sum % 4 == 0, modified })
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
