//! Who has seen whose data, against what the answers themselves held.

use super::desk::{Desk, Served};
use oneroster::model::Version;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Asks, and notes whose records the answer holds: for each person the kind of
/// records and how many of them.
struct Witness<'a> {
    served: &'a Served,
    answers: Vec<(&'static str, Vec<Value>)>,
}

impl Witness<'_> {
    fn ask(&mut self, collection: &'static str, version: Version, path: &str) -> Option<String> {
        self.follow(collection, &self.served.address(version, path))
    }

    fn follow(&mut self, collection: &'static str, address: &str) -> Option<String> {
        let page = self.served.page(collection, address);
        self.answers.push((collection, page.records));
        page.next
    }

    fn one(&mut self, id: &str) {
        let (_, mut body) = self.served.get(&self.served.address(Version::V1P2, &format!("users/{id}")));
        self.answers.push(("users", vec![body["user"].take()]));
    }

    fn pull(&mut self, collection: &'static str, version: Version, path: &str) {
        let mut next = self.ask(collection, version, path);
        while let Some(address) = next {
            next = self.follow(collection, &address);
        }
    }

    /// What a person's disclosures must tell, one entry an answer.
    fn of(&self, person: &str) -> Vec<(String, usize)> {
        let about = |collection: &str, row: &Value| match collection {
            "enrollments" => row["user"]["sourcedId"] == person,
            _ => row["sourcedId"] == person,
        };
        let count = |(collection, rows): &(&'static str, Vec<Value>)| {
            ((*collection).to_owned(), rows.iter().filter(|row| about(collection, row)).count())
        };
        self.answers.iter().map(count).filter(|(_, n)| *n > 0).collect()
    }
}

fn told(desk: &Desk, person: &str) -> Vec<(String, usize)> {
    let said = desk.json(0, &format!("disclosures --user {person}"));
    assert_eq!(said["untold"], 0);
    let entry =
        |entry: &Value| (entry["entity"].as_str().unwrap().to_owned(), entry["records"].as_array().unwrap().len());
    said["disclosures"].as_array().unwrap().iter().map(entry).collect()
}

#[test]
fn who_has_seen_whose_data_is_what_the_answers_held() {
    let desk = Desk::new();
    desk.district("june", 200, 30);
    desk.district("july", 200, 33);
    desk.json(0, "import june --yes");
    let served = desk.serve();
    let class = served.pull(Version::V1P2, "classes", "limit=1")[0]["sourcedId"].as_str().unwrap().to_owned();
    let mut witness = Witness { served: &served, answers: Vec::new() };
    witness.pull("users", Version::V1P2, "users?limit=50");
    witness.pull("users", Version::V1P1, "students?limit=70&sort=familyName&fields=sourcedId,givenName");
    witness.ask("users", Version::V1P2, "users?limit=20&offset=40");
    witness.ask("users", Version::V1P2, "users?limit=9&offset=133&filter=roles.role%3D'student'");
    witness.ask("users", Version::V1P2, &format!("classes/{class}/students?limit=100"));
    // What a pull began with is read to its end, whatever is imported meanwhile.
    let next = witness.ask("enrollments", Version::V1P2, "enrollments?limit=400").unwrap();
    desk.json(0, "import july --yes --max-removed 100");
    witness.follow("enrollments", &next);
    witness.pull("enrollments", Version::V1P1, "enrollments?limit=1000");
    witness.pull("demographics", Version::V1P2, "demographics?limit=100&sort=birthDate");
    witness.ask("users", Version::V1P2, "users?limit=3&filter=dateLastModified%3E'2020-01-01'&sort=dateLastModified");
    let people: Vec<String> =
        witness.answers[0].1.iter().map(|row| row["sourcedId"].as_str().unwrap().to_owned()).collect();
    for person in people.iter().step_by(10) {
        witness.one(person);
    }
    let wanted: BTreeMap<&String, Vec<(String, usize)>> = people.iter().map(|p| (p, witness.of(p))).collect();
    served.stop();
    for (person, wanted) in wanted.into_iter().step_by(3) {
        assert_eq!(told(&desk, person), wanted, "{person}");
    }
}

#[test]
fn an_application_is_told_of_with_what_it_was_shown() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let served = desk.serve();
    served.get(&served.address(Version::V1P2, "users?limit=2&offset=1&fields=sourcedId,email"));
    served.get(&served.address(Version::V1P1, "users/usr-s1"));
    // No record, no disclosure.
    served.get(&served.address(Version::V1P2, "users?filter=familyName%3D'nobody'"));
    served.stop();
    let said = desk.json(0, "disclosures --app reader");
    let all = said["disclosures"].as_array().unwrap();
    assert_eq!(all.len(), 2, "{said}");
    assert_eq!((&all[0]["operation"], &all[0]["query"]), (&json!("getAllUsers"), &json!("fields=sourcedId,email")));
    assert_eq!((&all[0]["skipped"], &all[0]["given"]), (&json!(1), &json!(2)));
    assert_eq!(all[0]["members"], json!(["sourcedId", "email"]));
    assert_eq!((&all[1]["sourcedId"], &all[1]["oneroster"]), (&json!("usr-s1"), &json!("1.1")));
    assert!(all[1]["members"].as_array().unwrap().contains(&json!("givenName")), "{said}");
    let text = desk.run("disclosures --user usr-s1");
    assert!(text.status == 0 && text.stdout.contains("reader\n  users"), "{text:?}");
    assert_eq!(desk.json(1, "disclosures --app writer")["error"]["code"], "not_found");
    assert_eq!(desk.json(1, "disclosures --user nobody")["error"]["code"], "not_found");
    assert_eq!(desk.run("disclosures").status, 2);
}
