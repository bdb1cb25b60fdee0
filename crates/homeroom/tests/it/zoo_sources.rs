//! Every animal of the zoo is fetched as a source, by command, into an empty
//! database, and gives the roster of the plain demonstration.

use super::desk::Desk;
use super::packages::Table;
use super::zoo::Animal;
use oneroster::model::{Kind, Service};
use oneroster_client::Edition;
use oneroster_client::vendor::{Trait, VENDORS, Vendor, Way};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What an animal cannot say, and why: a vendor (or `*`), a file, a column (or
/// `rows`).
const UNSAID: &[(&str, &str, &str, &str)] = &[
    ("*", "enrollments.csv", "primary", "REST always says whether an enrollment is the primary one"),
    ("*", "demographics.csv", "rows", "the application of the demonstration may not read demographics"),
    ("powerschool", "users.csv", "rows", "it serves no guardians"),
    ("powerschool", "users.csv", "agentSourcedIds", "it serves no guardians, so that nobody can be named as an agent"),
    ("rediker", "orgs.csv", "rows", "it serves schools, and neither the district nor departments"),
    (
        "rediker",
        "users.csv",
        "rows",
        "who belongs to the district or a department alone belongs to nothing that it serves",
    ),
    ("rediker", "enrollments.csv", "rows", "as for users: enrollments of people who cannot be placed"),
    ("oneroster-1.0", "orgs.csv", "rows", "1.0 has no departments"),
    ("oneroster-1.0", "orgs.csv", "type", "1.0 has no districts: its word is local"),
    ("oneroster-1.0", "users.csv", "orgSourcedIds", "nobody belongs to a department that is not there"),
    ("oneroster-1.0", "users.csv", "userIds", "1.0 has one identifier, and not its type"),
    ("oneroster-1.0", "users.csv", "grades", "1.0 has none of people"),
    ("oneroster-1.0", "users.csv", "middleName", "1.0 has none"),
    ("oneroster-1.0", "enrollments.csv", "beginDate", "1.0 has none"),
    ("oneroster-1.0", "enrollments.csv", "endDate", "1.0 has none"),
    ("oneroster-1.0", "classes.csv", "periods", "1.0 has none"),
    ("oneroster-1.0", "classes.csv", "subjects", "1.0 has no codes, and a subject without one is not exported"),
    ("oneroster-1.0", "classes.csv", "subjectCodes", "1.0 has none"),
    ("oneroster-1.0", "courses.csv", "subjects", "as of classes"),
    ("oneroster-1.0", "courses.csv", "subjectCodes", "1.0 has none"),
];

/// The files of rostering in a package, by name.
pub fn exported(desk: &Desk, line: &str, version: &str) -> BTreeMap<String, Table> {
    let folder = desk.path("exported");
    let _ = fs::remove_dir_all(&folder);
    desk.json(0, &format!("export exported --oneroster {version} {line}"));
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let named = files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), Table::read(&path)));
    let rostering = |name: &str| {
        Kind::all().any(|kind| kind.entity().file_name() == name && kind.entity().service == Service::Rostering)
    };
    named.filter(|(name, _)| rostering(name)).collect()
}

/// Adds an animal as a source, as a person would; the version it is read in.
fn add(desk: &Desk, animal: &Animal, vendor: &'static Vendor, more: &str) -> &'static str {
    let edition = vendor.editions[0];
    let bearer = vendor.ways[0] == Way::Bearer;
    fs::write(desk.path("secret"), animal.text(if bearer { "bearer" } else { "client_secret" })).unwrap();
    let auth = match vendor.ways[0] {
        Way::Bearer => "--set auth=bearer".to_owned(),
        Way::OAuth1 => format!("--set auth=oauth1 --client-id {}", animal.text("client_id")),
        _ => format!("--client-id {} --token-url {}", animal.text("client_id"), animal.text("token_url")),
    };
    let name = if vendor.name == "generic" { String::new() } else { format!("--set vendor={}", vendor.name) };
    let whose = if vendor.token_members().is_empty() { "" } else { "--set organisation=4711" };
    desk.json(
        0,
        &format!(
            "source add sis --kind oneroster --url {} --secret-file secret --set oneroster={edition} {auth} {name} {whose} {more}",
            animal.base()
        ),
    );
    Edition::from(edition.version()).label()
}

/// Adds an animal as a source and fetches it.
pub fn fetch(desk: &Desk, animal: &Animal, vendor: &'static Vendor, more: &str) -> (&'static str, String) {
    let version = add(desk, animal, vendor, more);
    let pulled = desk.run("source pull sis --yes --json");
    assert_eq!(pulled.status, 0, "{}: {pulled:?}", vendor.name);
    let pulled = pulled.document();
    assert_eq!(pulled["state"], "applied", "{}: {pulled}", vendor.name);
    (version, pulled["notes"].to_string())
}

/// Where two packages differ: file and column, or file and `rows`.
pub fn differences(theirs: &BTreeMap<String, Table>, ours: &BTreeMap<String, Table>) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    for name in names {
        let (Some(theirs), Some(ours)) = (theirs.get(name), ours.get(name)) else {
            all.insert((name.clone(), "rows".to_owned()));
            continue;
        };
        // Roles have no identifiers over REST; they are known by what they say.
        let key = |table: &Table, row: &[String]| match name.as_str() {
            "roles.csv" => {
                ["userSourcedId", "role", "orgSourcedId"].map(|column| row[table.column(column)].clone()).join(" ")
            }
            _ => row[0].clone(),
        };
        let by_key = |table: &Table| -> BTreeMap<String, Vec<String>> {
            table.rows.iter().map(|row| (key(table, row), row.clone())).collect()
        };
        let (a, b) = (by_key(theirs), by_key(ours));
        if a.keys().ne(b.keys()) {
            all.insert((name.clone(), "rows".to_owned()));
        }
        let columns: BTreeSet<&String> = theirs.header.iter().chain(&ours.header).collect();
        for column in columns {
            let cell = |table: &Table, row: &Vec<String>| {
                let at = table.header.iter().position(|head| head == column);
                at.map(|at| row[at].clone()).unwrap_or_default()
            };
            let skipped = name == "roles.csv" && column == "sourcedId";
            let pairs = a.iter().filter_map(|(key, row)| Some((cell(theirs, row), cell(ours, b.get(key)?))));
            if !skipped && pairs.into_iter().any(|(a, b)| a != b) {
                all.insert((name.clone(), column.clone()));
            }
        }
    }
    all
}

pub fn unsaid(vendor: &str) -> BTreeSet<(String, String)> {
    let rows = UNSAID.iter().filter(|(of, _, _, why)| (*of == vendor || *of == "*") && !why.is_empty());
    rows.map(|(_, file, column, _)| ((*file).to_owned(), (*column).to_owned())).collect()
}

#[test]
fn every_animal_gives_the_roster_of_the_demonstration() {
    let keeper = Desk::new();
    drop(Animal::start(&keeper, ""));
    let plain = ["1.1", "1.2"].map(|version| exported(&keeper, "--database sqlite:zoo.db", version));
    let mut wrong = String::new();
    for vendor in VENDORS.iter().filter(|vendor| !vendor.editions.is_empty()) {
        let desk = Desk::new();
        let more = if vendor.name == "generic" { String::new() } else { format!("--as {}", vendor.name) };
        let animal = Animal::start(&keeper, &more);
        let (version, notes) = fetch(&desk, &animal, vendor, "");
        if notes.contains("not proven whole") {
            wrong.push_str(&format!("{}: {notes}\n", vendor.name));
        }
        if vendor.does(Trait::NoNestedReads) {
            asked_without_nested_reads(&desk);
        }
        let theirs = &plain[usize::from(version == "1.2")];
        let ours = exported(&desk, "", version);
        let (found, known) = (differences(theirs, &ours), unsaid(vendor.name));
        if found != known {
            let new: Vec<_> = found.difference(&known).collect();
            let old: Vec<_> = known.difference(&found).collect();
            wrong.push_str(&format!("{} ({version}): differs in {new:?}; said to differ in {old:?}\n", vendor.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A query finds the people of a class though the provider gives nothing below it.
fn asked_without_nested_reads(desk: &Desk) {
    let enrollments = exported(desk, "", "1.1").remove("enrollments.csv").unwrap();
    let class = enrollments.rows[0][enrollments.column("classSourcedId")].clone();
    for line in [format!("get students --class {class}"), format!("get teachers --class {class}")] {
        let (own, far) = (desk.run(&format!("{line} --json")), desk.run(&format!("{line} --source sis --json")));
        assert_eq!(own.document()["found"], far.document()["found"], "{far:?}");
        // A vendor that is not known is found out.
        desk.json(0, "source edit sis --set vendor=");
        let out = desk.run(&format!("{line} --source sis --json"));
        desk.json(0, "source edit sis --set vendor=aeries");
        assert_eq!(own.document()["found"], out.document()["found"], "{out:?}");
        assert!(out.stderr.contains("A nested read is not offered"), "{out:?}");
    }
}

#[test]
fn faults_keep_nothing_from_coming() {
    let keeper = Desk::new();
    for seed in [3, 4] {
        let desk = Desk::new();
        let animal = Animal::start(&keeper, &format!("--chaos --chaos-seed {seed}"));
        let (version, _) = fetch(&desk, &animal, Vendor::generic(), "--set page=60 --set tries=8");
        let theirs = exported(&keeper, "--database sqlite:zoo.db", version);
        let found = differences(&theirs, &exported(&desk, "", version));
        assert_eq!(found, unsaid("generic"), "seed {seed}");
    }
}

/// The findings of a run that tell of its provider.
fn of_the_provider(desk: &Desk, run: &Value) -> Vec<Value> {
    let run = desk.json(0, &format!("runs show {run} --findings"));
    let mut all = run["all_findings"].as_array().unwrap().clone();
    all.retain(|finding| finding["code"].as_str().unwrap().starts_with('F'));
    all
}

#[test]
fn what_a_provider_does_otherwise_is_found_by_the_run() {
    let (keeper, desk) = (Desk::new(), Desk::new());
    let words = |vendor: &&Vendor| vendor.facts.iter().any(|fact| matches!(fact.what, Trait::OrgType(_)));
    let vendor = VENDORS.iter().find(words).unwrap();
    let animal = Animal::start(&keeper, &format!("--as {}", vendor.name));
    add(&desk, &animal, vendor, "");
    let planned = desk.json(1, "source pull sis");
    assert_eq!(planned["state"], "planned", "{planned}");
    let found = of_the_provider(&desk, &planned["run"]);
    // Departments are called otherwise.
    let orgs: Vec<&Value> = found.iter().filter(|finding| finding["file"] == "orgs.csv").collect();
    assert!(!orgs.is_empty(), "{found:?}");
    for one in orgs {
        assert_eq!((&one["code"], &one["severity"]), (&json!("F5"), &json!("info")), "{one}");
        assert!(one["message"].as_str().unwrap().starts_with("type: A word is not of the vocabulary"), "{one}");
        assert!(one["sourced_id"].is_string() && one["hint"].is_string(), "{one}");
    }
    assert!(planned["findings"]["info"].as_u64().unwrap() >= found.len() as u64, "{planned}");
    // A yes on another day judges the package again, and finds the same.
    let approved = desk.json(0, &format!("runs approve {}", planned["run"]));
    assert_eq!((&approved["state"], &approved["findings"]), (&json!("applied"), &planned["findings"]));
    assert_eq!(of_the_provider(&desk, &planned["run"]), found);
}
