//! Identifiers that a consumer puts into addresses as they are.

use super::desk::Desk;
use oneroster::model::{Service, Version};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

/// The identifiers of a person with a class and of its school, as the source
/// has them, and as they are spelled.
struct Odd {
    user: [String; 2],
    class: [String; 2],
    school: [String; 2],
}

/// A district in which a person, a class and a school have identifiers that
/// cannot stand in a URL.
fn district(desk: &Desk) -> Odd {
    desk.json(0, "generate d --students 100 --seed 7 --gradebook");
    let enrollments = desk.table("d", "enrollments.csv");
    let results = desk.table("d", "results.csv");
    // Who has a grade.
    let graded = &results.rows[0][results.column("studentSourcedId")];
    let row = enrollments.rows.iter().find(|row| &row[enrollments.column("userSourcedId")] == graded).unwrap();
    let id = |column: &str| row[enrollments.column(column)].clone();
    let [user, class, school] = ["userSourcedId", "classSourcedId", "schoolSourcedId"].map(id);
    let odd = Odd {
        user: [format!("{user} É/1"), format!("{user}_x20_xC3_x89_x2F1")],
        class: [format!("{class}?~%"), format!("{class}_x3F_x7E_x25")],
        school: [format!("{school}#<"), format!("{school}_x23_x3C")],
    };
    let renamed = |cell: &str| {
        let all = [(&user, &odd.user), (&class, &odd.class), (&school, &odd.school)];
        all.iter().find(|(id, _)| *id == cell).map_or(cell, |(_, [own, _])| own).to_owned()
    };
    for file in fs::read_dir(desk.path("d")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        desk.edit("d", &name, |table| {
            for cell in table.rows.iter_mut().flatten() {
                *cell = cell.split(',').map(renamed).collect::<Vec<_>>().join(",");
            }
        });
    }
    desk.json(0, "import d --yes --consent D58");
    odd
}

/// Every identifier that an answer names as one.
fn ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(members) => {
            found.extend(members.get("sourcedId").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| ids(member, found));
        }
        _ => {}
    }
}

#[test]
fn moodles_plugin_is_given_identifiers_that_stand_in_addresses() {
    let desk = Desk::new();
    let odd = district(&desk);
    desk.json(0, "app add reader --profile moodle-plugin");
    let served = desk.serve();
    for version in Version::ALL {
        let mut found = BTreeSet::new();
        for collection in ["users", "classes", "orgs", "enrollments", "courses", "academicSessions"] {
            served.pull(version, collection, "").iter().for_each(|record| ids(record, &mut found));
        }
        let stands = |id: &String| id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b));
        assert!(found.iter().all(stands), "{found:?}");
        for [own, spelled] in [&odd.user, &odd.class, &odd.school] {
            assert!(found.contains(spelled) && !found.contains(own), "{spelled}");
        }
        // A record is under its spelling, in paths of its own and of others, and nowhere else.
        for (path, [own, spelled]) in [("users", &odd.user), ("classes", &odd.class), ("orgs", &odd.school)] {
            let (_, body) = served.get(&served.address(version, &format!("{path}/{spelled}")));
            let record = body.as_object().unwrap().values().find(|member| member.is_object()).unwrap();
            assert_eq!(record["sourcedId"], spelled.as_str());
            let encoded: String = own.bytes().map(|byte| format!("%{byte:02X}")).collect();
            assert_eq!(served.status(&served.address(version, &format!("{path}/{encoded}"))), 404, "{own}");
            let small = spelled.replace("_x", "_x0");
            assert_eq!(served.status(&served.address(version, &format!("{path}/{small}"))), 404, "{small}");
            let same = served.pull(version, path, &format!("filter=sourcedId%3D'{spelled}'"));
            assert_eq!(same.len(), 1, "{path}");
            assert_eq!(served.pull(version, path, &format!("filter=sourcedId%3D'{encoded}'")).len(), 0, "{path}");
        }
        let of_class = format!("classes/{}/students", odd.class[1]);
        let students = served.page("users", &served.address(version, &of_class)).records;
        let own = students.iter().find(|student| student["sourcedId"] == odd.user[1].as_str()).expect("the student");
        assert!(own["givenName"].is_string());
        let by_class = format!("filter=class.sourcedId%3D'{}'&limit=1000", odd.class[1]);
        let enrolled = served.pull(version, "enrollments", &by_class);
        assert!(enrolled.len() >= students.len() && !students.is_empty());
        // What is linked is there.
        for reference in [&enrolled[0]["class"], &enrolled[0]["school"], &enrolled[0]["user"]] {
            assert_eq!(served.status(reference["href"].as_str().unwrap()), 200, "{reference}");
        }
    }
}

#[test]
fn the_same_spelling_stands_in_exports_and_the_log_knows_whom_it_means() {
    let desk = Desk::new();
    let odd = district(&desk);
    desk.json(0, "app add reader --profile moodle-plugin");
    desk.json(0, "export out --app reader");
    assert_eq!(desk.json(0, "validate out")["summary"]["error"], 0);
    let users = desk.table("out", "users.csv");
    let here: BTreeSet<&String> = users.rows.iter().map(|row| &row[users.column("sourcedId")]).collect();
    assert!(here.contains(&odd.user[1]) && !here.contains(&odd.user[0]));
    let served = desk.serve();
    let filter = format!("filter=sourcedId%3D'{}'", odd.user[1]);
    assert_eq!(served.pull(Version::V1P1, "users", &filter).len(), 1);
    served.get(&served.address(Version::V1P2, &format!("users/{}", odd.user[1])));
    served.stop();
    let said = desk.command("disclosures --json --user").arg(&odd.user[0]).output().unwrap();
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    let times: u64 = said["disclosures"].as_array().map_or(0, |all| all.len() as u64);
    assert!(times >= 2, "{said}");
    // Who looks after the roster is told by its own identifiers, and may do without spellings.
    let stopped = || desk.json(0, "app preview reader")["profile"]["stopped"].clone();
    let of_ids = |told: &Value| -> Vec<Value> {
        told.as_array().unwrap().iter().filter(|one| one["member"] == "sourcedId").cloned().collect()
    };
    assert!(of_ids(&stopped()).is_empty());
    desk.json(0, "app edit reader --profile-set sourced-ids=own");
    let told = of_ids(&stopped());
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().any(|one| one["records"] == json!([odd.user[0]])), "{told:?}");
    let served = desk.serve();
    let own: BTreeSet<String> = served
        .pull(Version::V1P1, "users", "")
        .iter()
        .map(|user| user["sourcedId"].as_str().unwrap().to_owned())
        .collect();
    assert!(own.contains(&odd.user[0]) && !own.contains(&odd.user[1]));
}

#[test]
fn what_is_written_under_a_spelling_is_stored_under_what_it_means() {
    let desk = Desk::new();
    let odd = district(&desk);
    let scopes =
        ["roster-core.readonly", "roster.readonly", "gradebook.readonly", "gradebook.createput", "gradebook.delete"];
    let scopes: Vec<String> = scopes.iter().map(|scope| format!("--scope {scope}")).collect();
    desk.json(0, &format!("app add reader --profile moodle-plugin {}", scopes.join(" ")));
    let served = desk.serve();
    let gradebook = |path: &str| format!("{}{}/{path}", served.base, Service::Gradebook.base_path(Version::V1P2));
    let by_student = format!("results?filter=student.sourcedId%3D'{}'", odd.user[1]);
    let results = served.page("results", &gradebook(&by_student)).records;
    let mut result = results.first().expect("a result of the student").clone();
    assert_eq!(result["student"]["sourcedId"], odd.user[1].as_str());
    result["sourcedId"] = json!("new_x201");
    for member in ["dateLastModified", "status"] {
        result.as_object_mut().unwrap().remove(member);
    }
    let mut wrong = result.clone();
    assert_eq!(served.put(&gradebook("results/new_x201"), &json!({ "result": result })), Some(201));
    assert_eq!(served.put(&gradebook("results/new_x201"), &json!({ "result": result })), Some(200));
    let (_, body) = served.get(&gradebook("results/new_x201"));
    assert_eq!(body["result"]["sourcedId"], "new_x201");
    // What spells nothing names nobody.
    wrong["student"]["sourcedId"] = json!(odd.user[0]);
    assert_eq!(served.put(&gradebook("results/new_x201"), &json!({ "result": wrong })), Some(422));
    result["sourcedId"] = json!("new_x41");
    assert_eq!(served.put(&gradebook("results/new_x41"), &json!({ "result": result })), Some(422));
    served.stop();
    // It is stored under what the spelling means, of whom it means.
    desk.json(0, "app edit reader --profile-set sourced-ids=own");
    let served = desk.serve();
    let own = format!("{}{}/results/new%201", served.base, Service::Gradebook.base_path(Version::V1P2));
    let (_, body) = served.get(&own);
    assert_eq!(body["result"]["sourcedId"], "new 1");
    assert_eq!(body["result"]["student"]["sourcedId"], odd.user[0].as_str());
}
