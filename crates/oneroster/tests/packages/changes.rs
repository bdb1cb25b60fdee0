//! Delta files: what becomes of their rows, by themselves and beside a store.

use crate::memory::{Memory, NOW, found, listed};
use oneroster::at;
use oneroster::csv::{Package, records};
use oneroster::model::Kind;
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;
use oneroster::validate::{Code, FileState, Judgement, Known, KnownRecord, Options, Severity};
use std::collections::BTreeMap;

/// A store of a few records.
#[derive(Default)]
struct Store(BTreeMap<(Kind, String), KnownRecord>);

impl Known for Store {
    fn record(&mut self, kind: Kind, sourced_id: &str) -> Option<KnownRecord> {
        self.0.get(&(kind, sourced_id.to_owned())).copied()
    }
}

impl Store {
    fn with(mut self, kind: Kind, id: &str, live: bool, modified: Option<&str>) -> Store {
        let modified = modified.map(|text| Timestamp::parse(text).unwrap());
        self.0.insert((kind, id.to_owned()), KnownRecord { live, modified });
        self
    }
}

/// A package of changes: the manifest, and these files with these rows.
fn changes(files: &[(&str, &str)]) -> Memory {
    let sample = Memory::sample("v1p2");
    let text = |name: &str| String::from_utf8(sample.0[name].clone()).unwrap();
    let mut manifest = text("manifest.csv").replace(",bulk", ",absent");
    let mut package = Memory::default();
    for (name, rows) in files {
        let base = name.trim_end_matches(".csv");
        manifest = manifest.replace(&format!("file.{base},absent"), &format!("file.{base},delta"));
        let header = text(name).lines().next().unwrap().to_owned();
        package.0.insert((*name).to_owned(), format!("{header}\r\n{rows}\r\n").into_bytes());
    }
    package.0.insert("manifest.csv".into(), manifest.into_bytes());
    package
}

/// Status, time and sourcedId of each record that a file gives.
fn given(files: &Memory, judgement: &Judgement, kind: Kind) -> Vec<(String, Status, Option<Timestamp>)> {
    let mut package = Package::new(files.clone());
    let mut record = Record::new(kind);
    let mut all = Vec::new();
    if let Some(mut rows) = records(&mut package, judgement, kind).unwrap() {
        while rows.next(&mut record).unwrap().is_some() {
            all.push((record.sourced_id.clone(), record.status, record.modified));
        }
    }
    all
}

const EARLY: &str = "2026-09-01T00:00:00.000Z";
const LATE: &str = "2026-09-02T00:00:00.000Z";

fn careful() -> Options {
    Options::careful(NOW)
}

fn at(text: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(text).unwrap())
}

#[test]
fn late_deliveries_are_passed_over_and_unknown_deletions_do_nothing() {
    let files = changes(&[(
        "categories.csv",
        &format!(
            "old,active,{EARLY},Old,\r\nsame,active,{LATE},Same,\r\nnew,active,{EARLY},New,\r\n\
             gone,tobedeleted,{EARLY},,\r\nlost,tobedeleted,{EARLY},Lost,"
        ),
    )]);
    let mut store = Store::default()
        .with(Kind::Category, "old", true, Some(LATE))
        .with(Kind::Category, "same", true, Some(LATE))
        .with(Kind::Category, "gone", true, None);
    let judged = files.judge_against(&careful(), &mut store);
    let codes = [(Code::V1, Severity::Info), (Code::L5, Severity::Info), (Code::L6, Severity::Info)];
    assert_eq!(found(&judged), codes.into_iter().collect(), "{}", listed(&judged));
    let wanted = [
        ("same", Status::Active, LATE),
        ("new", Status::Active, EARLY),
        ("gone", Status::ToBeDeleted, EARLY),
        ("lost", Status::ToBeDeleted, EARLY),
    ];
    let wanted = wanted.map(|(id, status, time)| (id.to_owned(), status, at(time)));
    assert_eq!(given(&files, &judged, Kind::Category), wanted);
    // By itself the package cannot know.
    let alone = files.judge(&careful()).unwrap();
    assert_eq!(found(&alone), [(Code::V1, Severity::Info)].into_iter().collect());
}

#[test]
fn of_several_rows_of_a_record_the_latest_is_kept() {
    let row = |id: &str, status: &str, time: &str, title: &str| format!("{id},{status},{time},{title},\r\n");
    let rows = [
        row("a", "active", LATE, "New"),
        row("a", "active", EARLY, "Old"),
        row("b", "active", EARLY, "Old"),
        row("b", "tobedeleted", LATE, ""),
        row("c", "active", EARLY, "One"),
        row("c", "active", EARLY, "Two"),
        row("d", "active", EARLY, "Same"),
        row("d", "active", EARLY, "Same"),
    ];
    let files = changes(&[
        ("categories.csv", rows.concat().trim_end()),
        ("lineItems.csv", &format!("li,active,{EARLY},X,,2026-09-07,2026-09-14,c1,b,s1,,,o1")),
    ]);
    let mut store = Store::default()
        .with(Kind::Class, "c1", true, None)
        .with(Kind::AcademicSession, "s1", true, None)
        .with(Kind::Org, "o1", true, None)
        .with(Kind::Category, "b", true, None);
    let judged = files.judge_against(&careful(), &mut store);
    let kept: Vec<String> =
        given(&files, &judged, Kind::Category).into_iter().map(|(id, status, _)| format!("{id} {status:?}")).collect();
    assert_eq!(kept, ["a Active", "b ToBeDeleted", "d Active"], "{}", listed(&judged));
    let count = |code: Code| judged.report.counts().filter(|(c, ..)| *c == code).map(|(.., n)| n).sum::<u64>();
    assert_eq!((count(Code::D36), count(Code::D36c), count(Code::L7)), (3, 2, 1), "{}", listed(&judged));
    let strict = files.judge(&Options::strict(NOW)).unwrap();
    assert!(found(&strict).contains(&(Code::R1, Severity::Error)));
}

#[test]
fn a_time_in_the_future_does_not_block_later_rows() {
    let files = changes(&[("categories.csv", "a,active,2036-01-01T00:00:00.000Z,A,")]);
    let judged = files.judge(&careful()).unwrap();
    assert_eq!(found(&judged), [(Code::L4, Severity::Warning)].into_iter().collect());
    assert_eq!(given(&files, &judged, Kind::Category), [("a".to_owned(), Status::Active, Some(NOW))]);
}

#[test]
fn references_lead_into_the_package_or_the_store() {
    let rows = |org: &str, parent: &str| format!("{org},active,{EARLY},{org},school,,{parent}\r\n");
    let orgs = [
        rows("in", "stored"),
        rows("low", "in"),
        rows("lost", "nowhere"),
        rows("dead", "buried"),
        rows("last", "leaving"),
        format!("leaving,tobedeleted,{EARLY},,,,\r\n"),
        rows("bad", "").replace("school", "college"),
        rows("under", "bad"),
        rows("worse", "").replace("school", "college"),
        rows("beneath", "worse"),
    ];
    let course = |id: &str, org: &str| format!("{id},active,{EARLY},,{id},,,{org},,\r\n");
    let courses = [
        course("c1", "in"),
        course("c2", "stored"),
        course("c3", "nowhere"),
        course("c4", "leaving"),
        course("c5", "bad"),
    ];
    let files = changes(&[
        ("orgs.csv", orgs.concat().trim_end()),
        ("courses.csv", courses.concat().trim_end()),
        (
            "enrollments.csv",
            &format!("e1,active,{EARLY},k1,stored,u1,student,,,\r\ne2,active,{EARLY},k1,stored,u2,student,,,"),
        ),
    ]);
    let mut store = Store::default()
        .with(Kind::Org, "stored", true, None)
        .with(Kind::Org, "buried", false, None)
        .with(Kind::Org, "leaving", true, None)
        .with(Kind::Org, "bad", true, None)
        .with(Kind::Class, "k1", true, None)
        .with(Kind::User, "u1", true, None);
    let judged = files.judge_against(&careful(), &mut store);
    let good = |kind: Kind| -> Vec<String> { given(&files, &judged, kind).into_iter().map(|(id, ..)| id).collect() };
    assert_eq!(good(Kind::Org), ["in", "low", "last", "leaving", "under"], "{}", listed(&judged));
    assert_eq!(good(Kind::Course), ["c1", "c2", "c4", "c5"]);
    assert_eq!(good(Kind::Enrollment), ["e1"]);
    let at = |code: Code| judged.report.findings().filter(|f| f.code == code).count();
    // The enrollment names a person whose file was not sent.
    assert_eq!((at(Code::R2), at(Code::R3), at(Code::L7)), (4, 1, 2), "{}", listed(&judged));
}

#[test]
fn bulk_rows_may_lead_to_what_changes_leave_in_the_store() {
    let mut files = Memory::sample("v1p2");
    files.edit("manifest.csv", |text| text.replace("file.categories,bulk", "file.categories,delta"));
    let rows = format!("sourcedId,status,dateLastModified,title,weight\r\ncat-test,active,{EARLY},Tests,60\r\n");
    files.0.insert("categories.csv".into(), rows.into_bytes());
    let alone = files.judge(&careful()).unwrap();
    assert!(found(&alone).contains(&(Code::R2, Severity::Error)));
    let mut store = Store::default().with(Kind::Category, "cat-hw", true, None).with(Kind::User, "usr-zz", true, None);
    let judged = files.judge_against(&careful(), &mut store);
    assert_eq!(judged.report.count(Severity::Error), 0, "{}", listed(&judged));
    assert_eq!(judged.mode(), "mixed");
    // What a bulk file lacks is gone, whatever is stored.
    files.edit("enrollments.csv", |text| text.replace("cls-alg1,org-s2,usr-s3", "cls-alg1,org-s2,usr-zz"));
    let judged = files.judge_against(&careful(), &mut store);
    assert!(found(&judged).contains(&(Code::R2, Severity::Error)));
}

#[test]
fn changes_may_be_none_at_all() {
    let mut files = changes(&[("categories.csv", "")]);
    files.edit("categories.csv", |text| text.trim_end().to_owned());
    let judged = files.judge(&careful()).unwrap();
    assert_eq!(found(&judged), [(Code::T7, Severity::Warning)].into_iter().collect());
    assert_eq!(judged.files[0].state, FileState::Judged);
    assert!(given(&files, &judged, Kind::Category).is_empty());
    let strict = files.judge(&Options::strict(NOW)).unwrap();
    assert!(found(&strict).contains(&(Code::T7, Severity::Error)));
}

#[test]
fn an_inactive_person_may_no_longer_sign_in() {
    let row = "u1,inactive,2026-09-01T00:00:00.000Z,true,ann,,Ann,Lee,,,,,,,,,,,,,,";
    for files in
        [changes(&[("users.csv", row)]), { Memory::edited(&[("users.csv", "usr-t1,,,true", "usr-t1,inactive,,true")]) }]
    {
        let judged = files.judge(&careful()).unwrap();
        assert!(found(&judged).contains(&(Code::D23, Severity::Repaired)), "{}", listed(&judged));
        let mut rows = records(&mut Package::new(files.clone()), &judged, Kind::User).unwrap().unwrap();
        let mut record = Record::new(Kind::User);
        let mut off = Vec::new();
        while rows.next(&mut record).unwrap().is_some() {
            assert_eq!(record.status, Status::Active);
            if record.get(at!(User.enabledUser)) == Some("false") {
                off.push(record.sourced_id.clone());
            }
        }
        assert!(off.contains(&"u1".to_owned()) || off.contains(&"usr-t1".to_owned()), "{off:?}");
    }
}

#[test]
fn what_a_deleted_row_says_is_not_asked() {
    // The second row repeats the first one's person and class, and is no double
    // enrollment: it takes one away.
    let files = changes(&[(
        "enrollments.csv",
        &format!(
            "e1,active,{EARLY},c1,s1,u1,student,false,,\r\ne2,tobedeleted,{EARLY},c1,s1,u1,student,oh,2026-02-30,"
        ),
    )]);
    let mut store = Store::default()
        .with(Kind::Class, "c1", true, None)
        .with(Kind::Org, "s1", true, None)
        .with(Kind::User, "u1", true, None)
        .with(Kind::Enrollment, "e2", true, None);
    let judged = files.judge_against(&careful(), &mut store);
    assert!(found(&judged).is_empty(), "{}", listed(&judged));
    assert_eq!(given(&files, &judged, Kind::Enrollment).len(), 2);
}
