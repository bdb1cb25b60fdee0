//! What is no package at all, or only looks like one: a clear error or findings,
//! never a crash, and no memory without bounds.

use crate::memory::{Memory, NOW, found, listed};
use oneroster::csv::{Archive, ErrorKind, Folder, MAX_ROW, Package, PackageError, Zip, records};
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::validate::{Code, FileState, Judgement, Options, Severity, Verdict, judge};
use proptest::prelude::*;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

#[path = "../../../../fuzz/src/lib.rs"]
#[allow(clippy::expect_used, reason = "a fuzz target fails by a panic")]
mod fuzz;

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sample() -> Vec<u8> {
    let files = Memory::sample("v1p2").0;
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    zipped(&files)
}

/// Opens and judges the bytes of a zip, and reads what was judged good.
fn taken(bytes: Vec<u8>) -> Result<Judgement, PackageError> {
    let mut package = Package::new(Zip::from_bytes(bytes)?);
    let judgement = judge(&mut package, &Options::careful(NOW), &mut |_| {})?;
    for file in &judgement.files {
        let Some(mut rows) = records(&mut package, &judgement, file.kind)? else { continue };
        let mut record = Record::new(file.kind);
        while rows.next(&mut record)?.is_some() {}
    }
    Ok(judgement)
}

fn refused(bytes: Vec<u8>) -> ErrorKind {
    let error = taken(bytes).unwrap_err();
    assert!(error.message.len() > 10 && error.hint.len() > 10, "says what and what next: {error:?}");
    error.kind
}

#[test]
fn a_zip_that_is_cut_off_anywhere_is_refused() {
    let whole = sample();
    assert!(taken(whole.clone()).is_ok());
    for at in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        assert_eq!(refused(whole[..at].to_vec()), ErrorKind::NotAnArchive, "cut at {at}");
    }
}

#[test]
fn a_zip_with_a_damaged_byte_is_refused_or_judged() {
    let whole = sample();
    for at in (0..whole.len()).step_by(61) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        if let Err(error) = taken(bytes) {
            assert!(!error.message.is_empty(), "{at}");
        }
    }
}

#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    let zeros = vec![b'0'; 32 << 20];
    assert_eq!(refused(zipped(&[("users.csv", &zeros)])), ErrorKind::TooLarge);
    // A zip that says it were small: it is read no further than it says.
    let mut bytes = zipped(&[("manifest.csv", &zeros[..1 << 20])]);
    let size = u32::try_from(1 << 20).unwrap().to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].copy_from_slice(&100u32.to_le_bytes());
    }
    assert_eq!(refused(bytes), ErrorKind::Broken);
    let names: Vec<String> = (0..100).map(|n| format!("{n}.csv")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    assert_eq!(refused(zipped(&many)), ErrorKind::TooLarge);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["../users.csv", "/users.csv", "a/../../users.csv", "C:\\users.csv", "..\\users.csv"] {
        assert_eq!(refused(zipped(&[(name, b"sourcedId")])), ErrorKind::UnsafeName, "{name}");
    }
    let mut linked = zip::ZipWriter::new(Cursor::new(Vec::new()));
    linked.add_symlink("users.csv", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert_eq!(refused(linked.finish().unwrap().into_inner()), ErrorKind::UnsafeName);
}

#[test]
fn what_has_the_wrong_extension_is_known_by_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let opened = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Package::open(&path).map(|mut package| judge(&mut package, &Options::careful(NOW), &mut |_| {}).is_ok())
    };
    for (name, bytes) in
        [("roster.zip", &b"%PDF-1.7"[..]), ("users.csv", b"sourcedId,status\r\n1,"), ("empty.zip", b"")]
    {
        assert_eq!(opened(name, bytes).unwrap_err().kind, ErrorKind::NotAnArchive, "{name}");
    }
    assert!(opened("export.txt", &sample()).unwrap(), "a zip is a zip");
    assert_eq!(Package::open(&folder.path().join("none.zip")).unwrap_err().kind, ErrorKind::Io);
    assert!(Folder::open(&folder.path().join("none")).is_err());
    // A workbook in the place of a file: it is text that no one can read.
    let mut files = Memory::sample("v1p2");
    files.0.insert("users.csv".to_owned(), zipped(&[("xl/workbook.xml", b"<workbook/>")]));
    let judgement = files.judge(&Options::careful(NOW)).unwrap();
    assert_eq!(judgement.file(Kind::User).unwrap().state, FileState::Rejected);
}

#[test]
fn a_binary_file_spoils_its_package_though_the_rest_is_judged() {
    let noise: Vec<u8> = (0..50_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let contents: [&[u8]; 6] =
        [&noise, &[0; 10_000], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xFF\xFE\0", b"\xFE\xFF", b"\xFF"];
    for bytes in contents {
        let mut files = Memory::sample("v1p2");
        files.0.insert("orgs.csv".to_owned(), bytes.to_vec());
        for options in [Options::careful(NOW), Options::strict(NOW)] {
            let judgement = files.judge(&options).unwrap();
            assert_eq!(
                judgement.file(Kind::Org).unwrap().state,
                FileState::Rejected,
                "{:?}",
                &bytes[..2.min(bytes.len())]
            );
            let mut said = judgement.report.findings().filter(|f| f.file == Some("orgs.csv"));
            assert!(said.any(|f| f.severity == Severity::Error));
            assert_eq!(judgement.file(Kind::User).unwrap().state, FileState::Judged);
            // Without NUL it may be a text in an older encoding.
            assert!(spoilt(&judgement) || !bytes.contains(&0), "{bytes:?}");
        }
    }
}

/// Whether the package is refused whole, and it is said for which file.
fn spoilt(judgement: &Judgement) -> bool {
    let named = matches!(&judgement.verdict, Verdict::Refused(why) if why.starts_with("orgs.csv cannot be read"));
    assert!(!judgement.unusable || named, "{:?}", judgement.verdict);
    judgement.unusable
}

/// The 1.2 sample, with one file that is made while it is read.
struct Made {
    files: Memory,
    name: &'static str,
    make: fn() -> Box<dyn Read + Send>,
}

impl Archive for Made {
    fn names(&self) -> Vec<String> {
        self.files.names()
    }
    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, PackageError> {
        if name == self.name { Ok((self.make)()) } else { self.files.open(name) }
    }
    fn size(&self, name: &str) -> u64 {
        self.files.size(name)
    }
}

fn made(name: &'static str, make: fn() -> Box<dyn Read + Send>) -> Judgement {
    let mut package = Package::new(Made { files: Memory::sample("v1p2"), name, make });
    judge(&mut package, &Options::careful(NOW), &mut |_| {}).unwrap()
}

const ORGS: &[u8] = b"sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\r\n";

#[test]
fn a_line_of_a_hundred_megabytes_ends_its_file() {
    let line = || std::io::repeat(b'x').take(100 << 20);
    let header = made("orgs.csv", || Box::new(std::io::repeat(b'x').take(100 << 20)));
    let row = made("orgs.csv", || Box::new(Cursor::new(ORGS).chain(std::io::repeat(b'x').take(100 << 20))));
    let quoted = made("orgs.csv", || {
        Box::new(Cursor::new(ORGS).chain(&b"1,,,\""[..]).chain(std::io::repeat(b'\n').take(100 << 20)))
    });
    assert!(line().limit() > MAX_ROW as u64);
    for judgement in [header, row, quoted] {
        assert!(found(&judgement).contains(&(Code::D15, Severity::Error)), "{}", listed(&judgement));
        assert_eq!(judgement.file(Kind::Org).unwrap().state, FileState::Rejected);
        assert!(spoilt(&judgement));
    }
}

#[test]
fn a_million_columns_are_too_many() {
    let header =
        made("orgs.csv", || Box::new(Cursor::new(ORGS.trim_ascii_end()).chain(Cursor::new(",x".repeat(1 << 20)))));
    assert!(found(&header).contains(&(Code::T3, Severity::Error)), "{}", listed(&header));
    assert_eq!(
        (header.file(Kind::Org).unwrap().state, header.report.findings().filter(|f| f.code == Code::T5).count()),
        (FileState::Rejected, 0)
    );
    let row = made("orgs.csv", || Box::new(Cursor::new(ORGS).chain(Cursor::new("1,".repeat(1 << 20)))));
    assert!(found(&row).contains(&(Code::T8, Severity::Error)), "{}", listed(&row));
    assert!(spoilt(&header) && spoilt(&row));
}

#[test]
fn nul_bytes_are_taken_out_and_told() {
    let mut files = Memory::sample("v1p2");
    files.edit("users.csv", |text| text.replace("Okafor", "Oka\0for").replace("usr-t1,,,true", "usr\0-t1,,,true"));
    let judgement = files.judge(&Options::careful(NOW)).unwrap();
    let seen = found(&judgement);
    assert!(seen.contains(&(Code::D53, Severity::Repaired)) && seen.contains(&(Code::D58, Severity::Error)));
}

#[test]
fn the_corpus_of_the_fuzzers_is_replayed() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    type Target = (&'static str, fn(&[u8]));
    let targets: [Target; 5] = [
        ("package", fuzz::package),
        ("manifest", fuzz::manifest),
        ("file", fuzz::file),
        ("scanner", fuzz::scanner),
        ("cells", fuzz::cells),
    ];
    // Each one that can be run by a fuzzer, and no other.
    let run = std::fs::read_dir(corpus.join("../fuzz_targets")).unwrap().count();
    assert_eq!(run, targets.len());
    for (name, target) in targets {
        let inputs: Vec<_> = std::fs::read_dir(corpus.join(name)).unwrap().collect();
        assert!(inputs.len() >= 5, "{name} has a corpus");
        for input in inputs {
            target(&std::fs::read(input.unwrap().path()).unwrap());
        }
    }
}

/// Bytes that look a little like a file.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..12),
        2 => prop::sample::select(vec![
            &b"sourcedId"[..], b"status", b"dateLastModified", b"name", b"type", b"users", b"school", b"8/7/2026", b"1.5E+11",
            b"{a:b}", b"[\"x\"]", b"NULL", b"9-Sep", b"40%", b"\"", b"\"\"", b"\r", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xC3\xA9",
        ]).prop_map(<[u8]>::to_vec),
        3 => prop::sample::select(vec![&b","[..], b"\n", b"\r\n", b";", b"\t", b"|"]).prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_a_panic(bytes in bytes(), which: u8, way: u8) {
        fuzz::package(&bytes);
        fuzz::scanner(&bytes);
        fuzz::cells(&bytes);
        fuzz::manifest(&bytes);
        fuzz::file(&[&[which, way][..], &bytes].concat());
    }

    #[test]
    fn no_rows_below_a_good_header_make_a_panic(bytes in bytes(), which in 0usize..9, changes: bool) {
        let sample = Memory::sample("v1p2");
        let kind = Kind::all().filter(|kind| sample.0.contains_key(&kind.entity().file_name())).nth(which).unwrap();
        let text = &sample.0[&kind.entity().file_name()];
        let header = text.split(|&b| b == b'\n').next().unwrap();
        let position = Kind::all().filter(|k| k.entity().csv.has(oneroster::model::Version::V1P2)).position(|k| k == kind);
        let which = u8::try_from(position.unwrap()).unwrap();
        // As fuzz::file counts its ways: 1.2, whole or as changes.
        let way = if changes { 3 } else { 1 };
        fuzz::file(&[&[which, way][..], header, b"\n", &bytes].concat());
    }
}
