//! The packages as a reader sees them: by the model's own facts, and by the
//! rules of csv.md section 5.

mod package;
mod rules;

use super::{Options, generate};
use oneroster::csv::Package;
use oneroster::model::{Edition, Version};
use oneroster::time::Timestamp;
use oneroster::validate::{Severity, judge};
use package::{Cells, Roster, check_model, read};
use rules::check_semantics;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn options(version: Version, students: u32, day: u32) -> Options {
    Options { edition: version.into(), students, seed: 7, day, gradebook: false }
}

fn folder(options: &Options, at: &Path) -> Roster {
    generate(options, at).unwrap();
    read(at, options.version())
}

fn check_days(version: Version, students: u32, days: &[u32]) {
    let dir = tempfile::tempdir().unwrap();
    for &day in days {
        let roster = folder(&options(version, students, day), &dir.path().join("d"));
        check_model(&roster, version);
        check_semantics(&roster, version);
        assert!(day > 0 || roster["demographics"].len() == students as usize);
    }
}

/// Every kind of day: the first ones, merges and splits, moved identifiers,
/// term ends, the last days of June and the first of July, later years.
#[test]
fn small_districts_are_valid_on_any_day() {
    let days = [0, 1, 2, 15, 25, 30, 99, 100, 120, 142, 143, 250, 298, 300, 302, 303, 320, 400, 1_100];
    for version in Version::ALL {
        check_days(version, 100, &days);
    }
}

#[test]
fn a_larger_district_is_valid_in_1_1_on_any_day() {
    check_days(Version::V1P1, 1_000, &[0, 100, 302]);
    check_days(Version::V1P1, 3_000, &[120]);
}

#[test]
fn a_larger_district_is_valid_in_1_2_on_any_day() {
    check_days(Version::V1P2, 1_000, &[1, 99, 143, 303]);
    check_days(Version::V1P2, 3_000, &[320]);
}

#[test]
fn a_package_is_the_same_bytes_every_time() {
    let dir = tempfile::tempdir().unwrap();
    for version in Version::ALL {
        let options = options(version, 300, 40);
        let (a, b) = (dir.path().join("a.zip"), dir.path().join("b.zip"));
        let rows = generate(&options, &a).unwrap();
        assert_eq!(generate(&options, &b).unwrap(), rows);
        assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
        // The folder holds what the archive holds, no more and no less.
        generate(&options, &dir.path().join("f")).unwrap();
        let mut zip = zip::ZipArchive::new(fs::File::open(&a).unwrap()).unwrap();
        assert_eq!(zip.len(), fs::read_dir(dir.path().join("f")).unwrap().count());
        for i in 0..zip.len() {
            let mut entry = zip.by_index(i).unwrap();
            let name = entry.name().unwrap().into_owned();
            let mut bytes = Vec::new();
            std::io::copy(&mut entry, &mut bytes).unwrap();
            assert_eq!(fs::read(dir.path().join("f").join(&*name)).unwrap(), bytes);
        }
        let other = Options { seed: 8, ..options };
        generate(&other, &b).unwrap();
        assert_ne!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
    }
}

/// Rows added, changed and removed from one roster to the next, and those of the first.
fn moves(before: &Roster, after: &Roster, file: &str) -> (usize, usize, usize, usize) {
    let (before, after) = (&before[file], &after[file]);
    let added = after.keys().filter(|id| !before.contains_key(*id)).count();
    let removed = before.keys().filter(|id| !after.contains_key(*id)).count();
    let changed = before.iter().filter(|(id, row)| after.get(*id).is_some_and(|new| new != *row)).count();
    (added, changed, removed, before.len())
}

#[test]
fn about_one_in_a_hundred_moves_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let on = |day| folder(&options(Version::V1P2, 3_000, day), &dir.path().join("d"));
    let (mut before, mut total) = (on(0), 0);
    for day in 1..=3 {
        let after = on(day);
        for file in ["orgs", "academicSessions", "courses", "classes"] {
            assert_eq!(moves(&before, &after, file), (0, 0, 0, before[file].len()), "{file}");
        }
        // Whoever's own row, or the set of classes, is not what it was.
        let students = |roster: &Roster| {
            let mut all: BTreeMap<String, (Cells, BTreeSet<String>)> = BTreeMap::new();
            for id in roster["demographics"].keys() {
                all.insert(id.clone(), (roster["users"][id].clone(), BTreeSet::new()));
            }
            for row in roster["enrollments"].values().filter(|r| r["role"] == "student") {
                all.get_mut(&row["userSourcedId"]).unwrap().1.insert(row["classSourcedId"].clone());
            }
            all
        };
        let (old, new) = (students(&before), students(&after));
        let stayed = old.iter().filter(|(id, row)| new.get(*id) == Some(row)).count();
        let moved = old.len() - stayed + new.keys().filter(|id| !old.contains_key(*id)).count();
        assert!((15..=60).contains(&moved), "day {day}: {moved} of {}", old.len());
        let (added, changed, removed, rows) = moves(&before, &after, "enrollments");
        assert!((added + changed + removed) * 50 < rows, "day {day}: {added} {changed} {removed} of {rows}");
        assert!(added > 0 && removed > 0 && old.len().abs_diff(new.len()) < 20);
        total += moved;
        before = after;
    }
    assert!((60..=135).contains(&total), "{total}");
}

#[test]
fn what_is_rare_happens_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let on = |day| folder(&options(Version::V1P2, 2_000, day), &dir.path().join("d"));
    let change = |day, file| moves(&on(day - 1), &on(day), file);
    let (added, changed, removed, _) = change(15, "classes");
    assert_eq!((added, changed, removed), (0, 0, 1), "two classes merge");
    let (added, changed, removed, _) = change(25, "classes");
    assert_eq!((added, changed, removed), (1, 0, 0), "a class splits");
    let (added, _, removed, rows) = change(100, "users");
    assert!(added > 80 && removed > 80 && removed < rows / 2, "a school's identifiers change");
    let (june, july) = (on(302), on(303));
    for file in ["academicSessions", "classes", "enrollments"] {
        let (added, changed, removed, rows) = moves(&june, &july, file);
        assert_eq!((added, changed, removed), (july[file].len(), 0, rows), "{file} of a new year");
    }
    let grade = |roster: &Roster, code: &str| -> BTreeSet<String> {
        roster["users"].iter().filter(|(_, u)| u["grades"] == code).map(|(id, _)| id.clone()).collect()
    };
    assert_eq!(grade(&june, "03"), grade(&july, "04"));
    assert!(grade(&june, "12").iter().all(|id| !july["users"].contains_key(id)));
    assert!(grade(&july, "KG").iter().all(|id| !june["users"].contains_key(id)));
}

#[test]
fn names_and_titles_are_as_varied_as_real_ones() {
    let dir = tempfile::tempdir().unwrap();
    let roster = folder(&options(Version::V1P2, 2_000, 0), &dir.path().join("d"));
    let names: Vec<&str> = roster["users"].values().map(|u| &*u["familyName"]).collect();
    for wanted in ["'", "-", ", Jr.", "ñ", "ł"] {
        assert!(names.iter().any(|n| n.contains(wanted)), "{wanted}");
    }
    assert!(names.iter().any(|n| n.chars().all(|c| c > '\u{2fff}')), "another script");
    assert!(roster["classes"].values().any(|c| c["title"].contains('"')));
    assert!(roster["users"].values().any(|u| u["identifier"].starts_with('0')));
    let words: BTreeSet<&str> = roster["roles"].values().map(|r| &*r["role"]).collect();
    for word in ["student", "teacher", "aide", "parent", "guardian", "relative", "principal", "counselor"] {
        assert!(words.contains(word), "{word}");
    }
    let schools = |id: &str| {
        let org = |r: &&Cells| roster["orgs"][&r["orgSourcedId"]]["type"] == "school" && r["role"] == "teacher";
        roster["roles"].values().filter(org).filter(|r| r["userSourcedId"] == id).count()
    };
    let second = |r: &&Cells| r["roleType"] == "secondary" && r["role"] == "teacher";
    assert!(roster["roles"].values().filter(second).any(|r| schools(&r["userSourcedId"]) == 2), "two schools");
    assert!(roster["enrollments"].values().any(|e| e["primary"] == "false"), "co-teachers");
}

#[test]
fn sizes_and_days_out_of_range_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (students, day) in [(99, 0), (500_001, 0), (100, 3_651)] {
        assert!(generate(&options(Version::V1P2, students, day), &dir.path().join("d")).is_err());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_district_of_1_0_is_its_seven_files() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { edition: Edition::V1P0, ..options(Version::V1P1, 300, 3) };
    let rows = generate(&options, &dir.path().join("d")).unwrap();
    assert_eq!(rows.len(), 7);
    let mut package = Package::open(&dir.path().join("d")).unwrap();
    let judging = oneroster::validate::Options::strict(Timestamp(1_790_000_000_000));
    let judged = judge(&mut package, &judging, &mut |_| {}).unwrap();
    let worst: Vec<_> = judged.report.findings().filter(|f| f.severity != Severity::Info).take(3).collect();
    assert!(worst.is_empty(), "{worst:?}");
    assert_eq!(judged.edition, Some(Edition::V1P0));
    let users = fs::read_to_string(dir.path().join("d/users.csv")).unwrap();
    assert!(users.contains(",inactive,") && !users.contains('{'));
    let classes = fs::read_to_string(dir.path().join("d/classes.csv")).unwrap();
    assert!(classes.starts_with("sourcedId,status,dateLastModified,title,grade,"));
}

#[test]
fn a_gradebook_is_right_by_the_letter_in_either_version() {
    let dir = tempfile::tempdir().unwrap();
    for version in Version::ALL {
        for day in [0, 40, 143, 302, 303] {
            let options = Options { gradebook: true, ..options(version, 300, day) };
            let at = dir.path().join("d");
            let rows: BTreeMap<&str, u64> = generate(&options, &at).unwrap().into_iter().collect();
            assert_eq!((rows["categories"], rows["lineItems"] % 3), (3, 0));
            assert!(rows["results"] > rows["lineItems"], "{rows:?}");
            assert_eq!(rows.contains_key("scoreScales"), version == Version::V1P2);
            let mut package = Package::open(&at).unwrap();
            let judging = oneroster::validate::Options::strict(Timestamp(1_790_000_000_000));
            let judged = judge(&mut package, &judging, &mut |_| {}).unwrap();
            let worst: Vec<_> = judged.report.findings().filter(|f| f.severity != Severity::Info).take(3).collect();
            assert!(worst.is_empty(), "{version} day {day}: {worst:?}");
        }
    }
    // Without it nothing is another one.
    let plain = generate(&options(Version::V1P2, 300, 0), &dir.path().join("p")).unwrap();
    assert!(plain.iter().all(|(file, _)| *file != "results"));
}
