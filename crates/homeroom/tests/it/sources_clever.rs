//! A district at Clever, in the shapes of dev.clever.com/reference/schema.

use super::desk::Desk;
use super::stub::{Reply, Stub};
use serde_json::{Value, json};
use std::fs;

fn page(objects: &[Value]) -> Reply {
    let data: Vec<Value> = objects.iter().map(|object| json!({ "data": object, "uri": "/v3.0/x" })).collect();
    Reply::ok(json!({ "data": data, "links": [{"rel": "self", "uri": "/v3.0/x"}] }).to_string().as_bytes())
}

fn person(id: &str, role: &str) -> Value {
    json!({
        "id": id, "district": "d", "last_modified": "2026-08-20T16:04:05.123Z", "email": format!("{id}@example.org"),
        "name": {"first": "Zoe", "last": "Okafor"},
        "roles": {role: {"school": "s1", "schools": ["s1"], "sis_id": id, "credentials": {"district_username": id}}},
    })
}

fn section(students: &[&str]) -> Value {
    json!({"id": "c1", "name": "ELA 6", "school": "s1", "course": "co1", "term_id": "t1", "teacher": "p1",
           "teachers": ["p1"], "students": students})
}

/// What Clever answers to one fetch, in the order in which it is asked.
fn district(people: &[Value], students: &[&str]) -> Vec<Reply> {
    let section = section(students);
    vec![
        page(&[json!({"id": "d", "name": "District"})]),
        page(&[json!({"id": "s1", "name": "North High", "district": "d", "school_number": "9"})]),
        page(&[json!({"id": "t1", "name": "Fall", "start_date": "2026-08-24", "end_date": "2026-12-18"})]),
        page(&[json!({"id": "co1", "name": "English", "number": "E6", "district": "d"})]),
        page(std::slice::from_ref(&section)),
        page(people),
        page(&[section]),
    ]
}

#[test]
fn a_query_is_asked_of_clever_itself() {
    let (desk, stub) = (Desk::new(), Stub::new());
    fs::write(desk.path("token"), "district-token").unwrap();
    desk.json(0, &format!("source add clever --kind clever --url {} --set tries=1 --secret-file token", stub.url()));
    let all = [person("p1", "teacher"), person("u1", "student"), person("u2", "student")];
    let [districts, schools, terms, courses, sections, people, _] = district(&all, &["u1"]).try_into().unwrap();
    let asked = |line: &str, replies: &[&Reply]| {
        stub.answer(replies.iter().map(|reply| (*reply).clone()).collect());
        let ran = desk.run(&format!("get {line} --source clever --json"));
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        assert_eq!(stub.asked().len(), replies.len(), "{line}: {:?}", stub.asked());
        let document = ran.document();
        let lists = document.as_object().unwrap().iter().filter(|(name, _)| *name != "notes");
        let records = lists.filter_map(|(_, value)| value.as_array()).flatten();
        let mut ids: Vec<&str> = records.map(|record| record["sourcedId"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.join(" ")
    };
    assert_eq!(asked("students", &[&people]), "u1 u2");
    assert_eq!(asked("schools", &[&schools]), "s1");
    assert_eq!(asked("orgs", &[&districts, &schools]), "d s1");
    assert_eq!(asked("courses", &[&courses]), "co1");
    assert_eq!(asked("terms", &[&terms]), "t1");
    assert_eq!(asked("classes --filter title~'ela'", &[&sections]), "c1");
    // Nothing is asked for twice, whatever it takes.
    assert_eq!(asked("students --class ELA --match title", &[&sections]), "");
    // People are asked for section by section, school by school.
    let alone = Reply::ok(json!({ "data": section(&["u1"]) }).to_string().as_bytes());
    let [both, student] = [page(&all[..2]), page(&all[1..2])];
    assert_eq!(asked("students --class c1", &[&sections, &student]), "u1");
    assert_eq!(asked("users --class c1", &[&sections, &alone, &both]), "p1 u1");
    assert_eq!(asked("enrollments --class c1", &[&sections, &alone]), "c1.p1.teacher c1.u1.student");
    assert_eq!(asked("users --school s1", &[&schools, &people, &sections]), "p1 u1 u2");
    assert_eq!(asked("students --course co1 --school s1", &[&schools, &courses, &sections, &student]), "u1");
    assert_eq!(desk.json(0, "runs list")["runs"], json!([]), "nothing is written");
}

#[test]
fn what_clever_has_becomes_a_roster_and_follows_it() {
    let (desk, stub) = (Desk::new(), Stub::new());
    fs::write(desk.path("token"), "district-token").unwrap();
    desk.json(0, &format!("source add clever --kind clever --url {} --set tries=1", stub.url()));
    let none = desk.run("source pull clever --yes");
    assert!(none.status == 1 && none.stderr.contains("token of the district"), "{none:?}");
    desk.json(0, "source edit clever --secret-file token");
    let (teacher, students) = (person("p1", "teacher"), [person("u1", "student"), person("u2", "student")]);
    let all = [std::slice::from_ref(&teacher), students.as_slice()].concat();
    stub.answer(district(&all, &["u1", "u2"]));
    let first = desk.json(0, "source pull clever --yes");
    assert_eq!(first["state"], "applied", "{first}");
    let asked = stub.asked();
    let paths: Vec<&str> = asked.iter().map(|one| one.split([' ', '?']).nth(1).unwrap()).collect();
    let wanted = ["districts", "schools", "terms", "courses", "sections", "users", "sections"];
    assert_eq!(paths, wanted.map(|name| format!("/v3.0/{name}")));
    assert!(asked.iter().all(|one| one.contains("authorization: Bearer district-token")));
    let added = |name: &str| first["plan"][name]["added"].as_u64().unwrap_or_default();
    assert_eq!(
        ["orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments"].map(added),
        [2, 1, 1, 1, 3, 3, 3],
        "{first}"
    );
    let got = desk.run("get students --class ELA --match title --json");
    assert!(got.status == 0, "{got:?}");
    assert_eq!(desk.run("get students --json").stdout.matches("\"sourcedId\":\"u").count(), 2, "{got:?}");
    // The same again is nothing new.
    stub.answer(district(&all, &["u1", "u2"]));
    assert_eq!(desk.json(0, "source pull clever --yes")["state"], "nothing");
    // Who left Clever leaves the roster, but not by an answer of which a part cannot be read.
    stub.answer(
        [
            district(&[teacher.clone(), json!({"name": {}})], &["u1"]),
            district(&[teacher, json!({"name": {}})], &["u1"]),
        ]
        .concat(),
    );
    let doubtful = desk.run("source pull clever --yes --json");
    assert!(doubtful.stdout.contains("not proven whole"), "{doubtful:?}");
    assert_eq!(desk.run("get students --json").stdout.matches("\"sourcedId\":\"u").count(), 2);
    stub.answer(district(&all[..2], &["u1"]));
    let gone = desk.json(0, "source pull clever --yes --max-removed 100");
    let removed = |name: &str| gone["plan"][name]["removed"].as_u64().unwrap_or_default();
    assert_eq!((gone["state"].as_str(), removed("users"), removed("enrollments")), (Some("applied"), 1, 1), "{gone}");
    stub.answer(vec![Reply::status(401)]);
    let refused = desk.run("source pull clever --yes");
    assert!(refused.status == 1 && !refused.stderr.contains("district-token"), "{refused:?}");
}
