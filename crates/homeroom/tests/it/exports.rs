//! What goes out is what came in: the laws of packages that are written.
//!
//! A law holds for the files of [`COVERED`] services, for every package of
//! [`packages`]. What is taken for equal is written down in docs/export.md.

use super::desk::Desk;
use super::packages::Table;
use oneroster::csv::Mode;
use oneroster::model::{Kind, Service, Type, Version};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The services whose files are read and written alike.
const COVERED: &[Service] = &[Service::Rostering, Service::Gradebook, Service::Resources];

/// The modes that are imported.
const MODES: &[Mode] = &[Mode::Bulk, Mode::Delta];

/// A package by name, its version, and how it comes into the folder of a desk.
type Given = (&'static str, Version, fn(&Desk, &str));

/// The packages that every law is held to.
fn packages() -> [Given; 6] {
    [
        ("v1p1", Version::V1P1, |desk, name| desk.sample(name)),
        ("v1p2", Version::V1P2, |desk, name| desk.sample(name)),
        ("old", Version::V1P1, |desk, name| generate(desk, name, "--oneroster 1.1 --students 150 --seed 3")),
        ("new", Version::V1P2, |desk, name| generate(desk, name, "--students 150 --seed 4")),
        ("late", Version::V1P2, |desk, name| generate(desk, name, "--students 120 --seed 5 --day 200")),
        ("odd", Version::V1P2, odd),
    ]
}

fn generate(desk: &Desk, name: &str, options: &str) {
    desk.json(0, &format!("generate {name} {options}"));
}

/// The sample with what tries a writer: quotes, commas, spaces at the ends of
/// metadata, members of metadata that come late and in no order.
fn odd(desk: &Desk, name: &str) {
    desk.sample("v1p2");
    fs::rename(desk.path("v1p2"), desk.path(name)).unwrap();
    desk.edit(name, "users.csv", |users| {
        for (column, last) in [("metadata.z.y, x", " kept, \"as it\" is "), ("metadata.a", "é'=\\ \u{1F600}")] {
            users.header.push(column.into());
            users.rows.iter_mut().for_each(|row| row.push(String::new()));
            *users.rows.last_mut().unwrap().last_mut().unwrap() = last.into();
        }
        *users.cell("usr-s1", "familyName") = "O'Brien, \"Bob\" {x:y} \\n".into();
    });
    desk.edit(name, "roles.csv", |roles| {
        roles.header.push("metadata.own".into());
        for (at, row) in roles.rows.iter_mut().enumerate() {
            row.push(at.to_string());
        }
    });
}

/// The files of a package that the laws are about.
fn covered(desk: &Desk, package: &str) -> BTreeMap<String, Table> {
    let kinds = Kind::all().filter(|kind| COVERED.contains(&kind.entity().service));
    let files = kinds.map(|kind| kind.entity().file_name()).filter(|file| desk.path(package).join(file).exists());
    files.map(|file| (file.clone(), desk.table(package, &file))).collect()
}

/// What a package is taken to be equal to: rows by sourcedId, metadata columns
/// by name and only if a row has any of it, subjects and codes in pairs.
fn normal(mut table: Table) -> (Vec<String>, Vec<Vec<String>>) {
    let place = |name: &str| table.header.iter().position(|column| column == name);
    if let (Some(names), Some(codes)) = (place("subjects"), place("subjectCodes")) {
        let items = |cell: &str| if cell.is_empty() { 0 } else { cell.split(',').count() };
        for row in table.rows.iter_mut().filter(|row| items(&row[names]) != items(&row[codes])) {
            row[names].clear();
            row[codes].clear();
        }
    }
    table.rows.sort();
    let standard = table.header.iter().filter(|name| !name.starts_with("metadata.")).count();
    let mut own: Vec<usize> =
        (standard..table.header.len()).filter(|at| table.rows.iter().any(|row| !row[*at].is_empty())).collect();
    own.sort_by_key(|at| table.header[*at].clone());
    let pick = |row: &Vec<String>| (0..standard).chain(own.iter().copied()).map(|at| row[at].clone()).collect();
    (pick(&table.header), table.rows.iter().map(pick).collect())
}

#[track_caller]
fn assert_same(desk: &Desk, given: &str, (other, written): (&Desk, &str)) {
    let (given, mut written) = (covered(desk, given), covered(other, written));
    for (file, table) in given.into_iter().filter(|(_, table)| !table.rows.is_empty()) {
        let found = written.remove(&file).unwrap_or_else(|| panic!("no {file}"));
        assert!(found.rows.is_sorted(), "{file}");
        let (header, rows) = normal(table);
        assert_eq!((&found.header, found.rows.len()), (&header, rows.len()), "{file}");
        found.rows.iter().zip(&rows).for_each(|(found, wanted)| assert_eq!(found, wanted, "{file}"));
    }
    assert!(written.is_empty(), "{:?}", written.keys());
}

/// Every file of two packages, byte for byte.
#[track_caller]
fn assert_bytes(one: &Path, other: &Path) {
    let bytes = |path: &Path| -> BTreeMap<String, String> {
        let files = fs::read_dir(path).unwrap().map(Result::unwrap);
        files.map(|f| (f.file_name().into_string().unwrap(), fs::read_to_string(f.path()).unwrap())).collect()
    };
    let (one, other) = (bytes(one), bytes(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (file, text) in one {
        assert_eq!(text, other[&file], "{file}");
    }
}

#[track_caller]
fn export(desk: &Desk, out: &str, options: &str) -> (PathBuf, Value) {
    let said = desk.json(0, &format!("export {out} {options}"));
    (desk.path(out), said)
}

/// Another roster with a package in it.
fn filled(package: &Path) -> Desk {
    let desk = Desk::new();
    desk.json(0, &format!("import {} --yes --consent D50", package.display()));
    desk
}

#[test]
fn what_was_imported_is_exported_and_stays_so() {
    for (name, version, make) in packages() {
        let desk = Desk::new();
        make(&desk, name);
        desk.json(0, &format!("import {name} --yes"));
        let (out, said) = export(&desk, "out", &format!("--oneroster {version}"));
        assert_eq!(
            (&said["mode"], &said["losses"], &said["oneroster"]),
            (&"bulk".into(), &Value::Array(vec![]), &version.label().into()),
            "{name}"
        );
        assert_same(&desk, name, (&desk, "out"));
        let other = filled(&out);
        let (again, _) = export(&other, "again", &format!("--oneroster {version}"));
        assert_bytes(&out, &again);
        let zips = [&desk, &other].map(|desk| fs::read(export(desk, "out.zip", "").0).unwrap());
        assert!(zips[0] == zips[1], "{name}: equal rosters give equal bytes");
    }
}

/// There is no finding but what the export itself listed: 1.1 wants a grading
/// period where the roster has a term.
#[track_caller]
fn assert_told(judged: &Value, said: &Value) {
    let told = |finding: &&Value| said["losses"].as_array().unwrap().iter().any(|l| l["code"] == finding["code"]);
    let findings = judged["findings"].as_array().unwrap();
    let untold: Vec<&Value> = findings.iter().filter(|f| !(f["code"] == "G5" && told(f))).collect();
    assert!(untold.is_empty(), "{untold:?}");
    assert_eq!(said["findings"], findings.len());
}

#[test]
fn every_export_is_right_by_the_letter() {
    for (name, _, make) in packages() {
        let desk = Desk::new();
        make(&desk, name);
        desk.json(0, &format!("import {name} --yes"));
        for version in Version::ALL {
            for out in ["out", "out.zip"] {
                let (_, said) = export(&desk, out, &format!("--oneroster {version}"));
                let judged = desk.json(0, &format!("validate {out} --strict"));
                assert_eq!(judged["package"]["oneroster"], version.label());
                assert_told(&judged, &said);
            }
        }
    }
}

#[test]
fn a_1_1_roster_comes_back_through_1_2() {
    for (name, _, make) in packages().into_iter().filter(|(_, version, _)| *version == Version::V1P1) {
        let desk = Desk::new();
        make(&desk, name);
        desk.json(0, &format!("import {name} --yes"));
        let (new, _) = export(&desk, "new", "--oneroster 1.2");
        let other = filled(&new);
        let (_, said) = export(&other, "back", "--oneroster 1.1");
        assert_eq!(said["losses"], Value::Array(vec![]), "{name}");
        // The orgs of a person are rows of roles.csv on the way, in their order.
        for (desk, package) in [(&desk, name), (&other, "back")] {
            desk.edit(package, "users.csv", |users| {
                let orgs = users.column("orgSourcedIds");
                for row in &mut users.rows {
                    let mut all: Vec<&str> = row[orgs].split(',').collect();
                    all.sort();
                    row[orgs] = all.join(",");
                }
            });
        }
        assert_same(&desk, name, (&other, "back"));
    }
}

/// A package of changes by a reader's own hand: what is active replaces or
/// joins, what is to be deleted goes.
fn apply(mut old: BTreeMap<String, Table>, delta: BTreeMap<String, Table>) -> BTreeMap<String, Table> {
    for (file, changes) in delta {
        let table = old.entry(file).or_insert_with(|| Table { header: changes.header.clone(), rows: Vec::new() });
        assert_eq!(table.header, changes.header);
        for mut row in changes.rows {
            table.rows.retain(|known| known[0] != row[0]);
            let [status, modified] = [std::mem::take(&mut row[1]), std::mem::take(&mut row[2])];
            assert!(modified.len() == 24 && modified.ends_with('Z'), "{modified}");
            match &*status {
                "active" => table.rows.push(row),
                other => assert_eq!(other, "tobedeleted"),
            }
        }
        table.rows.sort();
    }
    old
}

fn texts(package: BTreeMap<String, Table>) -> BTreeMap<String, (Vec<String>, Vec<Vec<String>>)> {
    package.into_iter().filter(|(_, t)| !t.rows.is_empty()).map(|(file, t)| (file, (t.header, t.rows))).collect()
}

#[test]
fn changes_turn_the_old_roster_into_the_new_one_and_the_past_stays() {
    for version in Version::ALL {
        let desk = Desk::new();
        let mut stood: Vec<(String, i64, PathBuf)> = Vec::new();
        for day in [0, 3, 5] {
            let day_of = format!("d{day}");
            generate(&desk, &day_of, &format!("--oneroster {version} --students 200 --seed 9 --day {day}"));
            let said = desk.json(0, &format!("import {day_of} --yes --max-removed 100"));
            let (out, exported) = export(&desk, &format!("at{day}"), &format!("--oneroster {version}"));
            assert_eq!(exported["published"], said["published"]);
            stood.push((said["published"].as_str().unwrap().to_owned(), said["run"].as_i64().unwrap(), out));
        }
        let [(first, run, _), (second, ..), (third, ..)] = &stood[..] else { panic!("three days") };
        // As of each day, and at any time between.
        for (at, out) in [(first, "at0"), (second, "at3"), (third, "at5")] {
            let (past, _) = export(&desk, "past", &format!("--oneroster {version} --as-of {at}"));
            assert_bytes(&past, &desk.path(out));
        }
        // Changes up to each day, from the first.
        for (until, new) in [(second, "at3"), (third, "at5")] {
            let options = format!("--oneroster {version} --delta-since {first} --as-of {until}");
            let (_, said) = export(&desk, "delta", &options);
            assert_eq!(said["mode"], "delta");
            assert!(said["files"]["enrollments"]["rows"].as_u64().unwrap() > 0, "{said}");
            let changed = apply(covered(&desk, "at0"), covered(&desk, "delta"));
            assert_eq!(texts(changed), texts(covered(&desk, new)), "{version}, to {new}");
            if MODES.contains(&Mode::Delta) {
                let other = filled(&desk.path("d0"));
                other.json(0, &format!("import {} --yes --max-removed 100", desk.path("delta").display()));
                let (out, _) = export(&other, "out", &format!("--oneroster {version}"));
                assert_bytes(&out, &desk.path(new));
            }
        }
        let (by_run, _) = export(&desk, "run", &format!("--oneroster {version} --since-run {run}"));
        assert_bytes(&by_run, &desk.path("delta"));
        // Since the last day nothing changed: a manifest alone.
        let (none, said) = export(&desk, "none", &format!("--delta-since {third}"));
        assert_eq!((fs::read_dir(none).unwrap().count(), &said["files"]), (1, &serde_json::json!({})));
    }
}

#[test]
fn the_order_of_the_rows_that_came_in_does_not_matter() {
    // Roles in the order of their people are taken with them, others wait.
    let reversed: [fn(&str) -> bool; 3] = [|_| false, |_| true, |file| file == "roles.csv"];
    let desks = reversed.map(|reversed| {
        let desk = Desk::new();
        generate(&desk, "d", "--students 150 --seed 2");
        for file in fs::read_dir(desk.path("d")).unwrap().map(|file| file.unwrap().file_name()) {
            let file = file.to_str().unwrap();
            if file != "manifest.csv" && reversed(file) {
                desk.edit("d", file, |table| table.rows.reverse());
            }
        }
        desk.json(0, "import d --yes");
        desk
    });
    let zips = desks.map(|desk| fs::read(export(&desk, "out.zip", "").0).unwrap());
    assert!(zips[0] == zips[1] && zips[0] == zips[2]);
}

/// 1.0 has subjects without codes, which no later version takes by the letter.
#[test]
fn a_1_0_roster_comes_out_to_the_letter() {
    let desk = Desk::new();
    desk.sample("v1p0");
    desk.json(0, "import v1p0 --yes");
    for version in Version::ALL {
        let (_, said) = export(&desk, "out", &format!("--oneroster {version}"));
        assert_eq!(said["findings"], 0);
        assert_eq!(desk.json(0, "validate out --strict")["findings"], Value::Array(vec![]));
    }
}

#[test]
fn chosen_files_come_with_what_they_need_or_not_at_all() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let (out, said) = export(&desk, "some", "--files orgs,courses.csv");
    assert_eq!(said["files"], serde_json::json!({ "orgs": { "rows": 3 }, "courses": { "rows": 4 } }));
    assert_eq!(fs::read_dir(out).unwrap().count(), 3);
    // The school years are not in the package, so no course names one.
    let loss = said["losses"].as_array().unwrap();
    assert_eq!((loss.len(), &loss[0]["file"], &loss[0]["code"]), (1, &"courses".into(), &"R2".into()), "{said}");
    assert_eq!(desk.json(0, "validate some --strict")["findings"], Value::Array(vec![]));
    let refused = desk.run("export none --files enrollments,users");
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("users need the files they refer to: orgs, roles"), "{}", refused.stderr);
    let unknown = desk.run("export none --files enrolments");
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("these are: "), "{}", unknown.stderr);
    let old = desk.run("export none --files orgs,users,roles --oneroster 1.1");
    assert!(old.status == 2 && old.stderr.contains("OneRoster 1.1 has no roles.csv"), "{}", old.stderr);
    assert!(!desk.path("none").exists());
}

#[test]
fn passwords_are_written_only_when_asked_for() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.edit("v1p2", "users.csv", |users| *users.cell("usr-s1", "password") = "tr0ub4dor".into());
    desk.json(0, "import v1p2 --yes --consent D50");
    let cell = |options: &str| {
        let (_, said) = export(&desk, "out", options);
        let lost = said["losses"].as_array().unwrap().iter().filter(|l| l["file"] == "users").count();
        (desk.table("out", "users.csv").cell("usr-s1", "password").clone(), lost)
    };
    assert_eq!(cell(""), (String::new(), 1));
    assert_eq!(cell("--passwords"), ("tr0ub4dor".to_owned(), 0));
}

#[test]
fn what_cannot_be_exported_is_said_and_leaves_nothing() {
    let desk = Desk::new();
    desk.sample("v1p2");
    let nothing = desk.run("export out.zip");
    assert_eq!((nothing.status, desk.files()), (1, vec!["v1p2".to_owned()]), "and no database is made");
    assert!(nothing.stderr.contains("there is nothing to export"), "{}", nothing.stderr);
    desk.json(1, "import v1p2");
    let empty = desk.run("export out.zip");
    assert!(empty.status == 1 && empty.stderr.contains("the roster is empty"), "{}", empty.stderr);
    desk.json(0, "import v1p2 --yes");
    fs::write(desk.path("thesis"), "years").unwrap();
    fs::create_dir(desk.path("papers")).unwrap();
    fs::write(desk.path("papers/one.txt"), "years").unwrap();
    for (line, status, says) in [
        ("export out.zip --as-of 2020-01-01", 1, "reaches back to 20"),
        ("export out.zip --since-run 7", 1, "there is no run 7"),
        ("export out.zip --as-of yesterday", 2, "times look like"),
        ("export out.zip --oneroster 1.0", 2, "1.1 and 1.2"),
        ("export out.zip --delta-since 2026-01-01 --since-run 1", 2, "cannot be used with"),
        ("export out.zip --app moodle", 1, "there is no application"),
        ("export nowhere/out.zip", 2, "check that the folder around it exists"),
        ("export thesis", 2, "is a file"),
        ("export papers", 2, "no part of a package"),
    ] {
        let ran = desk.run(line);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert!(ran.stderr.contains(says), "{line}: {}", ran.stderr);
        assert!(desk.run(&format!("{line} --json")).document()["error"]["message"].is_string(), "{line}");
    }
    assert!(
        !desk.files().iter().any(|file| file.starts_with("out.zip") || file.ends_with(".part")),
        "{:?}",
        desk.files()
    );
    assert_eq!(fs::read_to_string(desk.path("papers/one.txt")).unwrap(), "years");
    // A run that waits wrote nothing that could be told from.
    desk.edit("v1p2", "orgs.csv", |orgs| *orgs.cell("org-s1", "name") = "North".into());
    let planned = desk.json(1, "import v1p2");
    let refused = desk.run(&format!("export out.zip --since-run {}", planned["run"]));
    assert!(refused.status == 1 && refused.stderr.contains("wrote nothing"), "{}", refused.stderr);
    // One that found nothing new tells from the one before.
    desk.json(0, "import v1p2 --yes");
    let same = desk.json(0, "import v1p2 --yes");
    let (_, said) = export(&desk, "same", &format!("--since-run {}", same["run"]));
    assert_eq!(said["files"], serde_json::json!({}));
}

#[test]
fn a_package_is_replaced_whole_and_ctrl_c_leaves_the_old_one() {
    let desk = Desk::new();
    desk.district("d", 400, 0);
    desk.json(0, "import d --yes");
    let (out, _) = export(&desk, "out.zip", "");
    let before = fs::read(&out).unwrap();
    fs::write(&out, "old").unwrap();
    let mut child = desk.start("export out.zip");
    super::desk::until(&mut child, || desk.path("out.zip.part").exists());
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    let ended = child.wait().unwrap();
    assert!(sent.unwrap().success() || ended.success());
    // It may have been quicker than the signal.
    let found = fs::read(&out).unwrap();
    assert!(found == if ended.success() { &before[..] } else { b"old" }, "{ended:?}");
    assert!(!desk.path("out.zip.part").exists());
    export(&desk, "out.zip", "--no-check");
    assert!(fs::read(&out).unwrap() == before);
}

/// Puts texts into a package, wherever a text may stand.
fn write_in(desk: &Desk, package: &str, version: Version, texts: &[(u16, u16, String)]) {
    for (file, mut table) in covered(desk, package) {
        let entity = Kind::all().map(Kind::entity).find(|entity| entity.file_name() == file).unwrap();
        let is_text = |name: &String| {
            let mut fields = entity.columns(version).map(|(_, field)| field);
            fields.find(|f| f.column == name).map_or(name.starts_with("metadata."), |f| matches!(f.ty, Type::Text))
        };
        let columns: Vec<usize> = (0..table.header.len()).filter(|at| is_text(&table.header[*at])).collect();
        for (row, column, text) in texts.iter().filter(|_| !columns.is_empty()) {
            let (at, count) = (columns[usize::from(*column) % columns.len()], table.rows.len());
            let many = entity.columns(version).any(|(_, f)| f.many && f.column == table.header[at]);
            // What may part the items of a list, does.
            let text = if many { text.replace([',', ';', '|'], "+") } else { text.clone() };
            table.rows[usize::from(*row) % count][at] = text;
        }
        table.write(&desk.path(package).join(file));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back(
        // What a spreadsheet or a reader would take for something else is the
        // reader's matter: texts begin and end with a letter.
        texts in proptest::collection::vec((any::<u16>(), any::<u16>(), "x[\\PC,\"\\\\{}:;|']{0,12}z"), 1..60),
        new: bool,
    ) {
        let (name, version) = if new { ("v1p2", Version::V1P2) } else { ("v1p1", Version::V1P1) };
        let desk = Desk::new();
        desk.sample(name);
        write_in(&desk, name, version, &texts);
        desk.json(0, &format!("import {name} --yes --consent D50"));
        let (out, _) = export(&desk, "out", &format!("--oneroster {version} --passwords"));
        assert_same(&desk, name, (&desk, "out"));
        let other = filled(&out);
        let (again, _) = export(&other, "again", &format!("--oneroster {version} --passwords"));
        assert_bytes(&out, &again);
    }
}

#[test]
fn a_roster_with_gaps_is_exported_without_what_hangs_in_the_air() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    // The next package speaks of people alone, and one of them is gone.
    for file in ["enrollments.csv", "demographics.csv"] {
        fs::remove_file(desk.path("v1p2").join(file)).unwrap();
    }
    desk.edit("v1p2", "manifest.csv", |manifest| {
        for name in ["file.enrollments", "file.demographics"] {
            *manifest.cell(name, "value") = "absent".into();
        }
    });
    desk.edit("v1p2", "users.csv", |users| users.rows.retain(|row| row[0] != "usr-s4"));
    desk.edit("v1p2", "roles.csv", |roles| {
        let user = roles.column("userSourcedId");
        roles.rows.retain(|row| row[user] != "usr-s4");
    });
    // Files that came before are missed.
    desk.json(1, "import v1p2 --yes");
    desk.json(0, "runs approve 2");
    for version in Version::ALL {
        let (_, said) = export(&desk, "out", &format!("--oneroster {version}"));
        let orphans: Vec<&Value> =
            said["losses"].as_array().unwrap().iter().filter(|loss| loss["code"] == "R2").collect();
        assert!(orphans.iter().any(|loss| loss["file"] == "enrollments" && loss["count"] == 2), "{version}: {said}");
        assert_told(&desk.json(0, "validate out --strict"), &said);
        let enrollments = desk.table("out", "enrollments.csv");
        assert!(enrollments.rows.iter().all(|row| !row.contains(&"usr-s4".to_owned())));
    }
}

#[test]
fn a_member_of_metadata_that_comes_late_has_its_column() {
    let desk = Desk::new();
    generate(&desk, "d", "--students 800 --seed 6");
    desk.edit("d", "users.csv", |users| {
        assert!(users.rows.len() > 1_200, "more than are looked at beforehand: {}", users.rows.len());
        users.header.push("metadata.a.late".into());
        users.rows.iter_mut().for_each(|row| row.push(String::new()));
        *users.rows.last_mut().unwrap().last_mut().unwrap() = "here".into();
    });
    desk.json(0, "import d --yes");
    export(&desk, "out", "");
    assert_same(&desk, "d", (&desk, "out"));
}
