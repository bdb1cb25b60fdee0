//! Queries in one line, on our own store: held to the package that was
//! imported.

use super::desk::Desk;
use homeroom::get::{Store, Told, at_once};
use homeroom_store::Roster;
use oneroster::json::Row;
use oneroster::model::Version;
use oneroster_client::get::{Next, Provider, Question, Request, collection, get};
use serde_json::Value;
use std::collections::BTreeSet;

/// A district of 300 students, and its package.
fn district() -> Desk {
    let desk = Desk::new();
    desk.district("d", 300, 0);
    desk.json(0, "import d --yes");
    desk
}

/// The cells of a column, in rows where another holds this.
fn cells(desk: &Desk, file: &str, wanted: &str, given: &[(&str, &str)]) -> BTreeSet<String> {
    let table = desk.table("d", file);
    let given: Vec<(usize, &str)> = given.iter().map(|(column, text)| (table.column(column), *text)).collect();
    let wanted = table.column(wanted);
    let rows = table.rows.iter().filter(|row| given.iter().all(|(at, text)| row[*at] == *text));
    rows.map(|row| row[wanted].clone()).collect()
}

/// The identifiers that a document lists, in its order.
fn listed(document: &Value, key: &str) -> Vec<String> {
    let all = document[key].as_array().unwrap_or_else(|| panic!("no {key}: {document}"));
    assert_eq!(document["found"], all.len());
    all.iter().map(|record| record["sourcedId"].as_str().unwrap().to_owned()).collect()
}

fn once(ids: Vec<String>) -> BTreeSet<String> {
    let count = ids.len();
    let set: BTreeSet<String> = ids.into_iter().collect();
    assert_eq!(set.len(), count, "nobody twice");
    set
}

impl Desk {
    /// Runs a query whose words may hold spaces.
    fn asked(&self, words: &[&str]) -> super::desk::Ran {
        let output = self.command("get").args(words).output().unwrap();
        super::desk::Ran {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn found(&self, key: &str, words: &[&str]) -> BTreeSet<String> {
        let ran = self.asked(&[words, &["--json"]].concat());
        assert_eq!(ran.status, 0, "{words:?}: {ran:?}");
        once(listed(&ran.document(), key))
    }
}

/// A class with students and a teacher, by its identifier and title.
fn class(desk: &Desk) -> (String, String) {
    let classes = desk.table("d", "classes.csv");
    let scheduled = classes.rows.iter().find(|row| row[classes.column("classType")] == "scheduled").unwrap();
    (scheduled[0].clone(), scheduled[classes.column("title")].clone())
}

#[test]
fn people_of_a_class_are_found_by_its_name_in_any_case() {
    let desk = district();
    let (id, title) = class(&desk);
    let same: BTreeSet<String> = cells(&desk, "classes.csv", "sourcedId", &[("title", &title)]);
    let of = |role: &str| -> BTreeSet<String> {
        same.iter()
            .flat_map(|id| cells(&desk, "enrollments.csv", "userSourcedId", &[("classSourcedId", id), ("role", role)]))
            .collect()
    };
    let odd = format!("  {} ", title.to_uppercase());
    // Several groups of one name are all meant.
    let students = desk.found("users", &["students", "--class", &odd]);
    assert!(!students.is_empty());
    assert_eq!(students, of("student"));
    assert_eq!(desk.found("users", &["teachers", "--class", &title]), of("teacher"));
    let one = [("classSourcedId", id.as_str())];
    assert_eq!(desk.found("users", &["users", "--class", &id]), cells(&desk, "enrollments.csv", "userSourcedId", &one));
    assert_eq!(
        desk.found("enrollments", &["enrollments", "--class", &id]),
        cells(&desk, "enrollments.csv", "sourcedId", &one)
    );
    let people = cells(&desk, "enrollments.csv", "userSourcedId", &one);
    let known = cells(&desk, "demographics.csv", "sourcedId", &[]);
    let wanted: BTreeSet<String> = people.intersection(&known).cloned().collect();
    assert_eq!(desk.found("demographics", &["demographics", "--class", &id]), wanted);
    let terms: BTreeSet<String> = cells(&desk, "classes.csv", "termSourcedIds", &[("sourcedId", &id)])
        .iter()
        .flat_map(|terms| terms.split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(desk.found("academicSessions", &["sessions", "--class", &id]), terms);
    assert_eq!(
        desk.found("orgs", &["schools", "--class", &id]),
        cells(&desk, "classes.csv", "schoolSourcedId", &[("sourcedId", &id)])
    );
}

#[test]
fn a_course_means_the_people_of_its_classes_and_groups_hold_together() {
    let desk = district();
    let (id, _) = class(&desk);
    let course = cells(&desk, "classes.csv", "courseSourcedId", &[("sourcedId", &id)]).pop_first().unwrap();
    let school = cells(&desk, "classes.csv", "schoolSourcedId", &[("sourcedId", &id)]).pop_first().unwrap();
    let classes = cells(&desk, "classes.csv", "sourcedId", &[("courseSourcedId", &course)]);
    let students = |classes: &BTreeSet<String>| -> BTreeSet<String> {
        let of = |id: &String| {
            cells(&desk, "enrollments.csv", "userSourcedId", &[("classSourcedId", id), ("role", "student")])
        };
        classes.iter().flat_map(of).collect()
    };
    assert_eq!(desk.found("classes", &["classes", "--course", &course]), classes);
    assert_eq!(desk.found("users", &["students", "--course", &course]), students(&classes));
    let here = cells(&desk, "classes.csv", "sourcedId", &[("courseSourcedId", &course), ("schoolSourcedId", &school)]);
    assert_eq!(desk.found("users", &["students", "--course", &course, "--school", &school]), students(&here));
    assert_eq!(desk.found("courses", &["courses", "--class", &id]), BTreeSet::from([course]));
    let name = cells(&desk, "orgs.csv", "name", &[("sourcedId", &school)]).pop_first().unwrap();
    let at = cells(&desk, "classes.csv", "sourcedId", &[("schoolSourcedId", &school)]);
    assert_eq!(desk.found("classes", &["classes", "--school", &name.to_lowercase()]), at);
    let with_role = cells(&desk, "roles.csv", "userSourcedId", &[("orgSourcedId", &school)]);
    let enrolled = cells(&desk, "enrollments.csv", "userSourcedId", &[("schoolSourcedId", &school)]);
    let everyone: BTreeSet<String> = with_role.union(&enrolled).cloned().collect();
    assert_eq!(desk.found("users", &["users", "--school", &name]), everyone);
}

#[test]
fn other_fields_can_be_compared_lists_too() {
    let desk = district();
    let classes = desk.table("d", "classes.csv");
    let (location, grades) = (classes.column("location"), classes.column("grades"));
    let roomy = classes.rows.iter().find(|row| !row[location].is_empty()).expect("a class with a room");
    let room = &roomy[location];
    assert_eq!(
        desk.found("classes", &["classes", "--match", "location", "--class", &room.to_lowercase()]),
        cells(&desk, "classes.csv", "sourcedId", &[("location", room)])
    );
    let grade = roomy[grades].split(',').next().unwrap();
    let of_grade: BTreeSet<String> = classes
        .rows
        .iter()
        .filter(|row| row[grades].split(',').any(|one| one == grade))
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(desk.found("classes", &["classes", "--match", "grades,title", "--class", grade]), of_grade);
    let wrong = desk.asked(&["classes", "--match", "room", "--class", "1"]);
    assert!(wrong.status == 2 && wrong.stderr.contains("location"), "{wrong:?}");
    let none = desk.asked(&["classes", "--match", "location", "--school", "1"]);
    assert!(none.status == 2 && none.stderr.contains("orgs have"), "{none:?}");
}

#[test]
fn an_unknown_group_is_a_message_and_an_empty_result() {
    let desk = district();
    for form in ["table", "json", "jsonl", "csv"] {
        let ran = desk.asked(&["students", "--class", "no such class", "--format", form]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stderr.contains("there is no class \"no such class\"") && ran.stderr.contains("0 students found"));
        let lines: Vec<&str> = ran.stdout.lines().collect();
        match form {
            "json" => assert_eq!(listed(&ran.document(), "users"), [] as [String; 0]),
            "csv" => assert!(lines.len() == 1 && lines[0].starts_with("sourcedId,"), "{lines:?}"),
            _ => assert!(lines.is_empty(), "{lines:?}"),
        }
    }
    // One that is there is used beside one that is not.
    let (id, _) = class(&desk);
    let both = desk.asked(&["students", "--class", &id, "--class", "nowhere", "--json"]);
    let alone = desk.found("users", &["students", "--class", &id]);
    assert_eq!(once(listed(&both.document(), "users")), alone);
    assert_eq!(both.document()["notes"].as_array().unwrap().len(), 1);
}

#[test]
fn filters_fields_and_a_maximum_narrow_what_is_given() {
    let desk = district();
    let (id, _) = class(&desk);
    let all = desk.found("users", &["students", "--class", &id]);
    let few = desk.asked(&["students", "--class", &id, "--max", "2", "--json"]);
    assert_eq!(listed(&few.document(), "users").len(), 2);
    assert!(few.stderr.contains("the first 2 students; there may be more"), "{few:?}");
    assert_eq!((&few.document()["more"], &few.document()["found"]), (&true.into(), &2.into()));
    let exact = desk.asked(&["students", "--class", &id, "--max", &all.len().to_string(), "--json"]);
    assert!(exact.stderr.contains(&format!("{} students found", all.len())), "{exact:?}");
    assert_eq!(exact.document()["more"], false);
    let none = desk.asked(&["students", "--max", "0"]);
    assert!(none.stdout.is_empty() && none.stderr.contains("the first 0 students; there may be more"), "{none:?}");
    let one = all.first().unwrap();
    // Passed on to a read of a class, and judged by us where we ask for another thing.
    let filter = format!("sourcedId='{one}'");
    for word in ["students", "users"] {
        let found = desk.found("users", &[word, "--class", &id, "--filter", &filter]);
        assert_eq!(found, BTreeSet::from([one.clone()]), "{word}");
    }
    let named = desk.asked(&["users", "--filter", &filter, "--fields", "familyName, sourcedId", "--format", "csv"]);
    let family = cells(&desk, "users.csv", "familyName", &[("sourcedId", one)]).pop_first().unwrap();
    assert_eq!(named.stdout, format!("familyName,sourcedId\r\n{family},{one}\r\n"));
    let table = desk.asked(&["users", "--filter", &filter]);
    assert!(table.stdout.starts_with("sourcedId") && table.stdout.lines().count() == 2, "{table:?}");
    let lines = desk.asked(&["users", "--filter", &filter, "--format", "jsonl", "--oneroster", "1.1"]);
    let record: Value = serde_json::from_str(&lines.stdout).unwrap();
    assert_eq!((record["sourcedId"].as_str(), record["role"].as_str()), (Some(one.as_str()), Some("student")));
    for (words, told) in [
        (["users", "--filter", "shoeSize='9'"], "shoeSize"),
        (["users", "--fields", "password"], "no field \"password\""),
        (["users", "--class", " "], "names nothing"),
        (["people", "--max", "1"], "these are: "),
    ] {
        let wrong = desk.asked(&words);
        assert!(wrong.status == 2 && wrong.stderr.contains(told), "{words:?}: {wrong:?}");
    }
}

/// A provider that counts how often it is asked.
struct Counted(Store, usize);

impl Provider for Counted {
    type Error = homeroom_store::Error;

    fn version(&self) -> Version {
        self.0.version()
    }
    fn ask(&mut self, question: Question) {
        self.1 += 1;
        self.0.ask(question);
    }
    fn next(&mut self) -> impl Future<Output = Result<Next<'_>, Self::Error>> {
        self.0.next()
    }
    fn is_trusted(&self) -> bool {
        self.0.is_trusted()
    }
}

#[test]
fn one_class_by_name_is_two_reads() {
    let desk = district();
    let (id, _) = class(&desk);
    let roster = Roster::open(&desk.database.url()).unwrap();
    let mut provider = Counted(Store::new(roster, Version::V1P2), 0);
    let request = Request { classes: vec![id], ..Request::all(collection("students").unwrap(), Version::V1P2) };
    let mut given = 0;
    let mut count = |_: &Row<'_>| {
        given += 1;
        Ok::<(), Told>(())
    };
    let answer = at_once(get(&mut provider, &request, &mut count)).unwrap();
    assert!(answer.found == given && given > 0 && !answer.cut);
    assert_eq!(provider.1, 2);
}

#[test]
fn who_closes_the_pipe_has_seen_enough() {
    let desk = district();
    let mut child = desk.command("get users --format jsonl").stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
