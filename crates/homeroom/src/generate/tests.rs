//! The packages as a reader sees them: by the model's own facts, and by the
//! rules of csv.md section 5.

use super::{Options, generate};
use oneroster::model::{Entity, Kind, Slot, Type, Version};
use oneroster::time::Date;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::ops::Index;
use std::path::Path;
use std::rc::Rc;

/// One row: its cells by the names of the columns.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Cells {
    header: Rc<[String]>,
    cells: Vec<String>,
}

impl Index<&str> for Cells {
    type Output = String;

    fn index(&self, column: &str) -> &String {
        let at = self.header.iter().position(|name| name == column);
        &self.cells[at.unwrap_or_else(|| panic!("no column {column}"))]
    }
}

/// Rows of each file by base name and sourcedId.
type Roster = BTreeMap<&'static str, BTreeMap<String, Cells>>;

fn options(version: Version, students: u32, day: u32) -> Options {
    Options { version, students, seed: 7, day }
}

fn folder(options: &Options, at: &Path) -> Roster {
    generate(options, at).unwrap();
    read(at, options.version)
}

/// Splits one line; the generator writes no line break inside a cell.
fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let (mut quoted, mut chars) = (false, line.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "{line}");
    cells
}

fn read(at: &Path, version: Version) -> Roster {
    let mut roster = Roster::new();
    let manifest = fs::read_to_string(at.join("manifest.csv")).unwrap();
    for entity in Kind::all().map(Kind::entity).filter(|e| e.csv.has(version)) {
        let path = at.join(entity.file_name());
        let mode = if path.exists() { "bulk" } else { "absent" };
        let lines = manifest.matches(&format!("\r\nfile.{},{mode}\r\n", entity.plural)).count();
        assert_eq!(lines, 1, "manifest, {}", entity.plural);
        if path.exists() {
            roster.insert(entity.plural, table(entity, version, &fs::read_to_string(path).unwrap()));
        }
    }
    assert_eq!(fs::read_dir(at).unwrap().count(), roster.len() + 1);
    roster
}

fn table(entity: &'static Entity, version: Version, text: &str) -> BTreeMap<String, Cells> {
    let body = text.strip_suffix("\r\n").unwrap();
    assert_eq!(body.matches('\n').count(), body.matches("\r\n").count(), "{}: line ends", entity.plural);
    let mut lines = body.split("\r\n").map(split);
    let header: Rc<[String]> = lines.next().unwrap().into();
    let columns: Vec<&str> = entity.columns(version).map(|(_, f)| f.column).collect();
    assert_eq!(header[..columns.len()], columns[..]);
    assert!(header[columns.len()..].iter().all(|h| h.starts_with("metadata.")));
    let mut rows = BTreeMap::new();
    for cells in lines {
        assert_eq!(cells.len(), header.len(), "{}: {cells:?}", entity.plural);
        let row = Cells { header: header.clone(), cells };
        let id = row["sourcedId"].clone();
        assert!(rows.insert(id.clone(), row).is_none(), "{}: {id} twice", entity.plural);
    }
    assert!(!rows.is_empty());
    rows
}

fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',').filter(move |_| !cell.is_empty())
}

/// Every cell against the model: filled where it must be, of its type, its
/// words known, its references to be found.
fn check_model(roster: &Roster, version: Version) {
    for (plural, rows) in roster {
        let entity = Kind::from_plural(plural).unwrap().entity();
        let columns: Vec<_> = entity.columns(version).enumerate().collect();
        for (row, &(at, (slot, field))) in rows.values().flat_map(|r| columns.iter().map(move |c| (r, c))) {
            let cell = &row.cells[at];
            let said = || format!("{plural}.{} of {}", field.column, row["sourcedId"]);
            assert!(!field.csv_required.has(version) || !cell.is_empty(), "{} is blank", said());
            assert!(!matches!(slot, Slot::Status | Slot::Modified) || cell.is_empty(), "{} is filled", said());
            let values: Vec<&str> =
                if field.many { items(cell).collect() } else { Some(&**cell).into_iter().collect() };
            for value in values.into_iter().filter(|v| field.many || !v.is_empty()) {
                assert!(fits(field.ty, value, version, roster), "{}: {value:?}", said());
            }
        }
    }
    for id in roster["demographics"].keys() {
        assert!(roster["users"].contains_key(id));
    }
}

fn fits(ty: Type, value: &str, version: Version, roster: &Roster) -> bool {
    let clean = !value.is_empty() && value.trim() == value && !value.chars().any(char::is_control);
    let guid = |c: char| c.is_ascii_alphanumeric() || ".-_/@".contains(c);
    clean
        && match ty {
            Type::SourcedId => value.chars().all(guid),
            Type::Bool => matches!(value, "true" | "false"),
            Type::Date => Date::parse(value).is_some(),
            Type::Year => value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit()),
            Type::Word(vocabulary) => vocabulary.allows(version, value),
            Type::Pairs(..) => {
                let inner = value.strip_prefix('{').and_then(|v| v.strip_suffix('}')).unwrap_or_default();
                inner.split_once(':').is_some_and(|(l, r)| !l.is_empty() && !r.is_empty() && !r.contains(':'))
            }
            Type::Ref(kind, types) => {
                let target = roster.get(kind.entity().plural).and_then(|rows| rows.get(value));
                target.is_some_and(|row| types.is_empty() || types.contains(&&*row["type"]))
            }
            Type::ProfileRef => roster["userProfiles"].contains_key(value),
            _ => true,
        }
}

/// The rules of csv.md 5.6 that the model does not say.
fn check_semantics(roster: &Roster, version: Version) {
    check_sessions(roster);
    check_people(roster, version);
    check_classes(roster);
    check_enrollments(roster);
}

/// S16 to S19, S23, S24.
fn check_sessions(roster: &Roster) {
    let rank = |order: &[&str], ty: &str| order.iter().position(|t| *t == ty).unwrap();
    let sessions = &roster["academicSessions"];
    for row in sessions.values() {
        assert!(row["startDate"] < row["endDate"]);
        let Some(parent) = sessions.get(&row["parentSourcedId"]) else {
            assert_eq!(row["type"], "schoolYear");
            assert_eq!(row["schoolYear"], row["endDate"][..4]);
            continue;
        };
        let order = ["schoolYear", "semester", "term", "gradingPeriod"];
        assert!(rank(&order, &parent["type"]) < rank(&order, &row["type"]));
        assert!(parent["startDate"] <= row["startDate"] && row["endDate"] <= parent["endDate"]);
        assert_eq!(parent["schoolYear"], row["schoolYear"]);
    }
    let orgs = &roster["orgs"];
    assert_eq!(orgs.values().filter(|o| o["parentSourcedId"].is_empty()).count(), 1);
    for row in orgs.values().filter(|o| !o["parentSourcedId"].is_empty()) {
        let order = ["district", "school", "department"];
        assert!(rank(&order, &orgs[&row["parentSourcedId"]]["type"]) < rank(&order, &row["type"]));
    }
}

/// The roles of each person: word and org.
fn roles(roster: &Roster, version: Version) -> HashMap<&str, Vec<(&str, &str)>> {
    let mut found: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    if version == Version::V1P1 {
        for (id, user) in &roster["users"] {
            found.insert(id, items(&user["orgSourcedIds"]).map(|org| (&*user["role"], org)).collect());
        }
    } else {
        for row in roster["roles"].values() {
            found.entry(&row["userSourcedId"]).or_default().push((&row["role"], &row["orgSourcedId"]));
        }
    }
    found
}

/// S4 to S8, S10, S11, S25 to S29, S31, S32.
fn check_people(roster: &Roster, version: Version) {
    let (users, held) = (&roster["users"], roles(roster, version));
    let mut once = HashSet::new();
    for (id, user) in users {
        let mine = &held[&**id];
        assert!(once.insert(("username", user["username"].to_lowercase())), "{id}");
        for pair in items(&user["userIds"]) {
            assert!(once.insert(("id", pair.to_owned())));
        }
        assert!(once.insert(("email", user["email"].to_lowercase())) && user["email"].contains('@'));
        assert!(!user["username"].contains('@'));
        assert!(user["identifier"].is_empty() || once.insert(("identifier", user["identifier"].clone())));
        let is = |word: &str| mine.iter().any(|(role, _)| *role == word);
        assert_eq!(roster["demographics"].contains_key(id), is("student"));
        assert_eq!(user["grades"].is_empty(), !is("student"));
        for agent in items(&user["agentSourcedIds"]) {
            assert!(items(&users[agent]["agentSourcedIds"]).any(|back| back == id), "{agent} does not mirror {id}");
            let kind = held[agent][0].0;
            assert_eq!(is("student"), matches!(kind, "parent" | "guardian" | "relative"));
        }
        assert!(mine.iter().map(|(_, org)| org).collect::<HashSet<_>>().len() == mine.len());
        if version == Version::V1P2 {
            assert_eq!(mine.iter().filter(|(_, org)| *org == user["primaryOrgSourcedId"]).count(), 1);
        }
    }
    let Some(rows) = roster.get("roles") else { return };
    let mains: Vec<&String> =
        rows.values().filter(|r| r["roleType"] == "primary").map(|r| &r["userSourcedId"]).collect();
    assert_eq!((mains.len(), mains.iter().collect::<HashSet<_>>().len()), (users.len(), users.len()));
    for row in rows.values().filter(|r| !r["userProfileSourcedId"].is_empty()) {
        assert_eq!(roster["userProfiles"][&row["userProfileSourcedId"]]["userSourcedId"], row["userSourcedId"]);
    }
}

/// S3, S20 to S22, the lists of subjects.
fn check_classes(roster: &Roster) {
    let (courses, sessions) = (&roster["courses"], &roster["academicSessions"]);
    let mut taught = HashSet::new();
    for class in roster["classes"].values() {
        let course = &courses[&class["courseSourcedId"]];
        taught.insert(&class["courseSourcedId"]);
        assert_eq!(items(&class["subjects"]).count(), items(&class["subjectCodes"]).count());
        for term in items(&class["termSourcedIds"]) {
            assert_ne!(sessions[term]["type"], "schoolYear");
            assert_eq!(sessions[term]["parentSourcedId"], course["schoolYearSourcedId"]);
        }
        let parent = &roster["orgs"][&class["schoolSourcedId"]]["parentSourcedId"];
        assert!(course["orgSourcedId"] == class["schoolSourcedId"] || course["orgSourcedId"] == *parent);
    }
    assert_eq!(taught.len(), courses.len(), "a course without a class");
}

/// S9 to S15, S30, S31.
fn check_enrollments(roster: &Roster) {
    let (mut lead, mut pairs, mut placed) = (HashSet::new(), HashSet::new(), HashSet::new());
    for row in roster["enrollments"].values() {
        let class = &roster["classes"][&row["classSourcedId"]];
        let user = &roster["users"][&row["userSourcedId"]];
        assert_eq!(row["schoolSourcedId"], class["schoolSourcedId"]);
        assert_eq!(user["enabledUser"], "true");
        let terms: Vec<&Cells> = items(&class["termSourcedIds"]).map(|t| &roster["academicSessions"][t]).collect();
        let first = terms.iter().map(|t| &t["startDate"]).min().unwrap();
        let last = terms.iter().map(|t| &t["endDate"]).max().unwrap();
        assert!(*first <= row["beginDate"] && row["beginDate"] < row["endDate"] && row["endDate"] <= *last);
        assert!(pairs.insert((&row["classSourcedId"], &row["userSourcedId"])));
        placed.insert(&row["userSourcedId"]);
        assert_eq!(row["role"] == "student", row["primary"].is_empty());
        assert!(row["primary"] != "true" || lead.insert(&row["classSourcedId"]), "two lead teachers");
        // The tests' own district: everybody in a class belongs to its school.
        let here = |org: &str| org == row["schoolSourcedId"];
        let belongs = match roster.get("roles") {
            None => items(&user["orgSourcedIds"]).any(here) && user["role"] == row["role"],
            Some(_) => true,
        };
        assert!(belongs);
    }
    assert_eq!(lead.len(), roster["classes"].len(), "a class without a teacher");
    let grades = roster["users"].iter().filter(|(_, u)| !u["grades"].is_empty());
    for (id, _) in grades {
        assert!(placed.contains(id), "a student in no class");
    }
    let Some(rows) = roster.get("roles") else { return };
    let held: HashSet<_> = rows.values().map(|r| (&r["userSourcedId"], &r["orgSourcedId"], &r["role"])).collect();
    for row in roster["enrollments"].values() {
        assert!(held.contains(&(&row["userSourcedId"], &row["schoolSourcedId"], &row["role"])));
    }
}

const DAYS: [u32; 7] = [0, 1, 2, 30, 120, 300, 320];

fn check_days(students: u32, days: &[u32]) {
    let dir = tempfile::tempdir().unwrap();
    for (&day, version) in days.iter().flat_map(|day| Version::ALL.map(|v| (day, v))) {
        let roster = folder(&options(version, students, day), &dir.path().join("d"));
        check_model(&roster, version);
        check_semantics(&roster, version);
        if day == 0 {
            assert_eq!(roster["demographics"].len(), students as usize);
        }
    }
}

#[test]
fn a_hundred_students_make_a_valid_package_on_any_day() {
    check_days(100, &DAYS);
    check_days(100, &[15, 25, 100, 250, 298, 302, 303, 400, 1_100]);
}

#[test]
fn a_thousand_students_make_a_valid_package_on_any_day() {
    check_days(1_000, &DAYS);
    check_days(1_000, &[99, 100, 142, 143, 302, 303]);
}

#[test]
fn five_thousand_students_make_a_valid_package_on_any_day() {
    check_days(5_000, &DAYS);
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
    let on = |day| folder(&options(Version::V1P2, 10_000, day), &dir.path().join("d"));
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
        assert!((50..=200).contains(&moved), "day {day}: {moved} of {}", old.len());
        let (added, changed, removed, rows) = moves(&before, &after, "enrollments");
        assert!((added + changed + removed) * 50 < rows, "day {day}: {added} {changed} {removed} of {rows}");
        assert!(added > 0 && removed > 0 && old.len().abs_diff(new.len()) < 40);
        total += moved;
        before = after;
    }
    assert!((200..=450).contains(&total), "{total}");
}

#[test]
fn what_is_rare_happens_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let on = |day| folder(&options(Version::V1P2, 5_000, day), &dir.path().join("d"));
    let change = |day, file| moves(&on(day - 1), &on(day), file);
    assert_eq!(change(15, "classes"), (0, 0, 1, on(14)["classes"].len()), "two classes merge");
    assert_eq!(change(25, "classes"), (1, 0, 0, on(24)["classes"].len()), "a class splits");
    let (added, _, removed, rows) = change(100, "users");
    assert!(added > 200 && removed > 200 && removed < rows / 2, "a school's identifiers change");
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
    for (students, day) in [(99, 0), (200_001, 0), (100, 3_651)] {
        assert!(generate(&options(Version::V1P2, students, day), &dir.path().join("d")).is_err());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
