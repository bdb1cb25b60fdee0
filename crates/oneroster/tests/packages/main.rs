//! Whole packages: the samples, the mutations of csv.md section 8, and small
//! packages in the shape of what other people's software writes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod changes;
mod figures;
mod garbage;
mod memory;
mod mutations;
mod repairs;
mod rules;
mod v1p0;

use memory::{Memory, NOW, found, listed};
use oneroster::csv::{ErrorKind, Package, records, write};
use oneroster::model::{Edition, Kind, Version};
use oneroster::validate::{Code, FileState, Judgement, Options, Severity, Verdict};

#[test]
fn the_samples_have_no_errors_in_either_mode() {
    for version in ["v1p0", "v1p1", "v1p2"] {
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

/// Writes every good record of a file again, as bulk.
fn rewritten(files: &Memory, judgement: &Judgement, kind: Kind) -> String {
    let version = judgement.version.unwrap();
    let plan = judgement.file(kind).unwrap().plan.clone().unwrap();
    let metadata: Vec<&str> =
        (0..plan.columns.len()).map(|at| plan.metadata_name(at)).filter(|n| !n.is_empty()).collect();
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
    let users = rewritten(&files, &judgement, Kind::User);
    assert!(users.contains("usr-t1,,,true,") && users.contains("{ldap:aokafor}"), "{users}");
    let orgs = rewritten(&files, &judgement, Kind::Org);
    assert!(orgs.contains(" Elementary School,school"), "{orgs}");
    assert!(rewritten(&files, &judgement, Kind::Class).contains("\"t1-2027,t2-2027\",,,1"));
    let enrollments = rewritten(&files, &judgement, Kind::Enrollment);
    let file = judgement.file(Kind::Enrollment).unwrap();
    let id = judgement.report.findings().find(|f| f.code == Code::R2).unwrap().sourced_id.unwrap().to_owned();
    assert!(file.keeps_stored(&id) && !file.keeps_stored("e02") && !enrollments.contains(&format!("{id},")));
    assert_eq!((file.rows, file.rejected, file.unidentified, file.accepted()), (14, 1, 0, 13));
}

#[test]
fn a_package_of_school_data_sync_is_refused_in_a_sentence() {
    let files = Memory::of(&[
        ("orgs.csv", "sourcedId,name,type,parentSourcedId\r\n1,College,college,\r\n"),
        ("users.csv", "sourcedId,username,givenName,familyName\r\n2,ann,Ann,Lee\r\n"),
        ("enrollments.csv", "classSourcedId,userSourcedId,role\r\n3,2,student\r\n"),
    ]);
    let error = files.judge(&Options::careful(NOW)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::SchoolDataSync);
    assert_eq!(error.to_string().matches(". ").count(), 0, "one sentence: {error}");
}

/// Bulk files without a manifest, each row marked as active, columns left out.
fn without_manifest() -> Memory {
    Memory::of(&[
        ("orgs.csv", "sourcedId,status,dateLastModified,name,type\ns1,active,2012-04-23T18:25:43.511Z,Hill,school\n"),
        (
            "users.csv",
            "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName\n\
             1,active,2012-04-23T18:25:43.511Z,TRUE,s1,student,a@x.org,Ann,Lee\n\
             2,toBeDeleted,2012-04-23T18:25:43.511Z,TRUE,s1,student,b@x.org,Bob,Lee\n",
        ),
    ])
}

#[test]
fn without_a_manifest_a_package_needs_consent_and_removes_nothing() {
    let files = without_manifest();
    let mut options = Options::careful(NOW);
    for (assume, consent) in [(None, vec![]), (Some(Edition::V1P1), vec![]), (None, vec![Code::D3])] {
        (options.assume, options.consent) = (assume, consent);
        let refused = files.judge(&options).unwrap();
        assert!(refused.unusable && matches!(&refused.verdict, Verdict::Refused(why) if why.contains("--assume 1.1")));
    }
    (options.assume, options.consent) = (Some(Edition::V1P1), vec![Code::D3]);
    let judgement = files.judge(&options).unwrap();
    assert_eq!((judgement.verdict.clone(), judgement.no_deletions), (Verdict::Accepted, true));
    let users = judgement.file(Kind::User).unwrap();
    assert_eq!((users.rows, users.rejected, users.accepted()), (2, 0, 1), "{}", listed(&judgement));
}

#[test]
fn columns_of_1_0_under_a_manifest_of_1_1_are_read_by_name_and_reported() {
    let manifest = String::from_utf8(Memory::sample("v1p1").0["manifest.csv"].clone()).unwrap();
    let sent = ["file.orgs", "file.users"];
    let manifest: String = manifest
        .lines()
        .map(|line| {
            if sent.iter().any(|s| line.starts_with(&format!("{s},"))) {
                line.to_owned()
            } else {
                line.replace("bulk", "absent")
            }
        })
        .map(|line| line + "\n")
        .collect();
    let files = Memory::of(&[
        ("manifest.csv", manifest.trim_end()),
        (
            "orgs.csv",
            "sourcedId,status,dateLastModified,name,type,identifier,metadata.gender,parentSourcedId,ext_id\n\
             1,active,\"2017-05-06 08:01:05\",School 1,school,my id,mixed,2,\n2,,,School 2,school,,,,\n",
        ),
        (
            "users.csv",
            "sourcedId,enabledUser,status,dateLastModified,orgSourcedIds,role,username,userId,givenName,familyName,\
             identifier,email,sms,phone,agents\nu1,TRUE,,,1,student,ann,abc,Ann,Lee,,,,,\n",
        ),
    ]);
    let judgement = files.judge(&Options::careful(NOW)).unwrap();
    assert_eq!(judgement.report.count(Severity::Error), 0, "{}", listed(&judgement));
    let codes: Vec<Code> = found(&judgement).into_iter().map(|(code, _)| code).collect();
    for code in [Code::T5, Code::T6, Code::D20, Code::D21, Code::D22, Code::D24, Code::D48] {
        assert!(codes.contains(&code), "{code:?} in {codes:?}");
    }
    assert!(rewritten(&files, &judgement, Kind::User).contains("u1,,,true,1,student,ann,{unknown:abc},Ann,Lee"));
    assert!(rewritten(&files, &judgement, Kind::Org).contains("1,,,School 1,school,my id,2,mixed"));
}

/// Judges a package, and reads what it says can be read.
fn read_whole(files: &Memory, options: &Options) {
    let judgement = files.judge(options).unwrap();
    for file in &judgement.files {
        let mut package = Package::new(files.clone());
        let mut record = oneroster::record::Record::new(file.kind);
        let mut count = 0;
        if let Some(mut rows) = records(&mut package, &judgement, file.kind).unwrap() {
            while rows.next(&mut record).unwrap().is_some() {
                count += 1;
            }
            assert_eq!(count, file.accepted());
        }
    }
}

#[test]
fn no_column_that_lacks_makes_a_panic() {
    for sample in ["v1p0", "v1p1", "v1p2"] {
        let files = Memory::sample(sample);
        for (name, text) in files.0.iter().filter(|(name, _)| *name != "manifest.csv") {
            let text = std::str::from_utf8(text).unwrap();
            let (header, rows) = text.split_once('\n').unwrap();
            let columns: Vec<&str> = header.trim_end().split(',').collect();
            for lacking in 0..columns.len() {
                let mut columns = columns.clone();
                columns[lacking] = "other";
                let mut files = files.clone();
                files.0.insert(name.clone(), format!("{}\n{rows}", columns.join(",")).into_bytes());
                for options in [Options::strict(NOW), Options::careful(NOW)] {
                    read_whole(&files, &options);
                }
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_of_a_file_make_a_panic(at in proptest::prelude::any::<proptest::sample::Index>(),
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..6), strict: bool, form in 0usize..3, which in 0usize..21) {
        let (old, delta) = (form == 1, form == 2);
        let kind = Kind::all().nth(if old { which % 5 } else { which }).unwrap();
        let kind = if old && kind == Kind::User { Kind::Enrollment } else { kind };
        let mut files = Memory::sample(if old { "v1p0" } else { "v1p2" });
        if delta {
            files.edit("manifest.csv", |text| text.replace(",bulk", ",delta"));
        }
        let text = files.0.get_mut(&kind.entity().file_name()).unwrap();
        if delta {
            let filled = String::from_utf8(text.clone()).unwrap().replace(",,,", ",active,2026-09-01T00:00:00.000Z,");
            *text = filled.into_bytes();
        }
        let at = at.index(text.len());
        text.splice(at..(at + bytes.len()).min(text.len()), bytes);
        let options = if strict { Options::strict(NOW) } else { Options::careful(NOW) };
        read_whole(&files, &options);
    }
}
