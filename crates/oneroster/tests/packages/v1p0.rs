//! Packages of 1.0: seven files without a manifest, brought into the form of 1.1.

use crate::memory::{Memory, NOW, found, listed};
use oneroster::at;
use oneroster::csv::{Package, records};
use oneroster::model::{Edition, Kind, Version};
use oneroster::record::Record;
use oneroster::validate::{Code, Judgement, Options, Severity, Verdict};
use std::collections::BTreeMap;

fn careful() -> Options {
    Options::careful(NOW)
}

/// Every record of a kind, by its sourcedId.
fn given(files: &Memory, judgement: &Judgement, kind: Kind) -> BTreeMap<String, Record> {
    let mut package = Package::new(files.clone());
    let mut rows = records(&mut package, judgement, kind).unwrap().unwrap();
    let mut record = Record::new(kind);
    let mut all = BTreeMap::new();
    while rows.next(&mut record).unwrap().is_some() {
        all.insert(record.sourced_id.clone(), record.clone());
    }
    all
}

fn edited(file: &str, from: &str, to: &str) -> Memory {
    let mut files = Memory::sample("v1p0");
    files.edit(file, |text| {
        assert!(text.contains(from), "{file} holds no {from}");
        text.replace(from, to)
    });
    files
}

#[test]
fn the_sample_is_read_as_what_the_1_1_sample_says() {
    let (old, new) = (Memory::sample("v1p0"), Memory::sample("v1p1"));
    let (judged, as_new) = (old.judge(&careful()).unwrap(), new.judge(&careful()).unwrap());
    assert_eq!((judged.edition, judged.version), (Some(Edition::V1P0), Some(Version::V1P1)));
    assert_eq!((judged.mode(), judged.no_deletions, judged.verdict.clone()), ("bulk", false, Verdict::Accepted));
    // These fields 1.0 has whole.
    let same: [(Kind, &[u8]); 6] = [
        (Kind::Org, &[at!(Org.name), at!(Org.identifier), at!(Org.parent)]),
        (Kind::AcademicSession, &[at!(AcademicSession.schoolYear), at!(AcademicSession.endDate)]),
        (Kind::Course, &[at!(Course.grades), at!(Course.schoolYear), at!(Course.org), at!(Course.subjects)]),
        (Kind::Class, &[at!(Class.grades), at!(Class.terms), at!(Class.school), at!(Class.title)]),
        (Kind::Demographics, &[at!(Demographics.sex), at!(Demographics.birthDate)]),
        (Kind::Enrollment, &[at!(Enrollment.role), at!(Enrollment.primary), at!(Enrollment.class)]),
    ];
    for (kind, fields) in same {
        let (from, to) = (given(&old, &judged, kind), given(&new, &as_new, kind));
        assert_eq!(from.keys().collect::<Vec<_>>(), to.keys().collect::<Vec<_>>(), "{kind:?}");
        for (id, record) in &from {
            for &field in fields {
                let values = |r: &Record| r.list(field).map(str::to_owned).collect::<Vec<_>>();
                let name = kind.entity().fields[field as usize].name;
                assert_eq!(values(record), values(&to[id]), "{kind:?} {id} {name}");
            }
        }
    }
    let users = given(&old, &judged, Kind::User);
    let mia = &users["usr-s1"];
    assert_eq!(mia.pairs(at!(User.userIds)).collect::<Vec<_>>(), [("unknown", "000123")]);
    assert_eq!((mia.get(at!(User.enabledUser)), mia.get(at!(User.agents))), (Some("true"), Some("usr-g1")));
    let course = &given(&old, &judged, Kind::Course)["crs-hr4"];
    assert_eq!(course.pairs(at!(Course.metadata)).collect::<Vec<_>>(), [("duration", "\"one year\"")]);
}

#[test]
fn statuses_and_dates_of_1_0_mean_what_they_meant() {
    let mut files = edited("users.csv", "usr-t1,,,", "usr-t1,inactive,2015-09-01,");
    files.edit("users.csv", |text| text.replace("usr-t2,,,", "usr-t2,active,2015-09-01,"));
    files.edit("demographics.csv", |text| text.replace("usr-s1,,,", "usr-s1,tobedeleted,,"));
    for options in [careful(), Options::strict(NOW)] {
        let judged = files.judge(&options).unwrap();
        assert_eq!(judged.report.count(Severity::Error), 0, "{}", listed(&judged));
        let users = given(&files, &judged, Kind::User);
        let enabled = |id: &str| users[id].get(at!(User.enabledUser)).map(str::to_owned);
        assert_eq!((enabled("usr-t1").as_deref(), enabled("usr-t2").as_deref()), (Some("false"), Some("true")));
        assert!(!given(&files, &judged, Kind::Demographics).contains_key("usr-s1"));
        assert!(judged.report.counts().any(|(code, ..)| code == Code::D23));
    }
}

#[test]
fn what_has_no_place_is_left_out_and_said() {
    let files = edited("enrollments.csv", "e05,cls-mat4,org-s1,usr-t2,teacher", "e05,cls-mat4,org-s1,usr-t2,aide");
    let judged = files.judge(&careful()).unwrap();
    assert!(found(&judged).contains(&(Code::U3, Severity::Warning)));
    assert!(!given(&files, &judged, Kind::Enrollment).contains_key("e05"));
    let consenting = Options { consent: vec![Code::U3], ..careful() };
    let judged = files.judge(&consenting).unwrap();
    assert!(found(&judged).contains(&(Code::U3, Severity::Repaired)), "{}", listed(&judged));
    let aide = &given(&files, &judged, Kind::Enrollment)["e05"];
    let says = [at!(Enrollment.role), at!(Enrollment.primary)].map(|field| aide.get(field));
    assert_eq!(says, [Some("teacher"), Some("false")]);
    let parent = edited("enrollments.csv", "e05,cls-mat4,org-s1,usr-t2,teacher", "e05,cls-mat4,org-s1,usr-t2,parent");
    let judged = parent.judge(&consenting).unwrap();
    assert!(!given(&parent, &judged, Kind::Enrollment).contains_key("e05"), "no other role is guessed");
    let files = edited(
        "courses.csv",
        "crs-sci,,,ay-2027,one year,Integrated Science,SCI1,9-10,org-s2,",
        "crs-sci,,,,,Science,SCI1,K-2,,",
    );
    let judged = files.judge(&careful()).unwrap();
    let science = &given(&files, &judged, Kind::Course)["crs-sci"];
    assert_eq!(science.get(at!(Course.org)), Some("org-d1"), "{}", listed(&judged));
    assert_eq!(science.list(at!(Course.grades)).collect::<Vec<_>>(), ["KG", "01", "02"]);
    let files = edited("demographics.csv", "2016-11-02,Female", ",");
    assert!(found(&files.judge(&careful()).unwrap()).contains(&(Code::V1, Severity::Warning)));
}

#[test]
fn the_seven_files_and_no_others() {
    for (change, code) in [
        (Box::new(|f: &mut Memory| drop(f.0.remove("courses.csv"))) as Box<dyn Fn(&mut Memory)>, Code::P15),
        (Box::new(|f| drop(f.0.insert("roles.csv".into(), b"sourcedId\r\n".to_vec()))), Code::P15),
    ] {
        let mut files = Memory::sample("v1p0");
        change(&mut files);
        let judged = files.judge(&careful()).unwrap();
        assert!(judged.unusable && found(&judged).contains(&(code, Severity::Error)), "{}", listed(&judged));
    }
    let mut files = Memory::sample("v1p0");
    files.0.insert("readme.txt".into(), Vec::new());
    let judged = files.judge(&careful()).unwrap();
    assert_eq!(judged.verdict, Verdict::Accepted);
    assert!(found(&judged).contains(&(Code::P4, Severity::Warning)));
}

#[test]
fn the_edition_may_be_said_and_a_manifest_decides() {
    let mut files = edited("users.csv", "userId,", "identity,");
    files.edit("users.csv", |text| text.replace(",agents", ",relatives"));
    assert!(files.judge(&careful()).unwrap().unusable, "it does not look like 1.0");
    let assumed = Options { assume: Some(Edition::V1P0), ..careful() };
    assert_eq!(files.judge(&assumed).unwrap().edition, Some(Edition::V1P0));
    assert_eq!(Memory::sample("v1p1").judge(&assumed).unwrap().edition, Some(Edition::V1P1));
}
