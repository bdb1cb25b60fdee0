//! Packages that were not written by our own writer.

use super::desk::Desk;
use super::packages::Table;
use oneroster::model::Version;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn ids(records: &[Value]) -> BTreeSet<&str> {
    records.iter().map(|record| record["sourcedId"].as_str().unwrap()).collect()
}

fn listed(cell: &str) -> Vec<&str> {
    cell.split(',').filter(|item| !item.is_empty()).collect()
}

fn guids(references: &Value) -> Vec<&str> {
    references.as_array().unwrap().iter().map(|guid| guid["sourcedId"].as_str().unwrap()).collect()
}

/// What 1.2 calls an administrator of an org of the samples.
fn administrator(org: &str) -> &'static str {
    if org == "org-d1" { "districtAdministrator" } else { "siteAdministrator" }
}

#[test]
fn every_person_of_the_1_1_sample_comes_back_in_both_versions() {
    let desk = Desk::new();
    desk.sample("v1p1");
    assert_eq!(desk.json(0, "import v1p1 --yes")["findings"]["error"], 0);
    let mut users = desk.table("v1p1", "users.csv");
    let served = desk.serve();
    let both = Version::ALL.map(|version| served.pull(version, "users", "limit=3"));
    for (version, pulled) in Version::ALL.iter().zip(&both) {
        assert_eq!(ids(pulled), users.by_id().into_keys().collect(), "{version}");
        for user in pulled {
            let id = user["sourcedId"].as_str().unwrap();
            let (role, orgs) = (users.cell(id, "role").clone(), users.cell(id, "orgSourcedIds").clone());
            let orgs = listed(&orgs);
            if *version == Version::V1P1 {
                assert_eq!((user["role"].as_str().unwrap(), guids(&user["orgs"])), (&*role, orgs), "{id}");
                continue;
            }
            let word = |org: &str| if role == "administrator" { administrator(org).to_owned() } else { role.clone() };
            let expected: Vec<_> = orgs.iter().map(|org| ((*org).to_owned(), word(org))).collect();
            assert_eq!(roles(user), expected, "{id}");
        }
        let mia = pulled.iter().find(|user| user["sourcedId"] == "usr-s1").unwrap();
        assert_eq!((&mia["familyName"], &mia["enabledUser"]), (&json!("Novák"), &json!("true")));
        assert_eq!((guids(&mia["agents"]), &mia["grades"]), (vec!["usr-g1"], &json!(["04"])));
        assert_eq!(mia["userIds"], json!([{ "type": "state", "identifier": "000123" }]));
        assert_eq!(mia["metadata"]["homeLanguage"], "cs");
    }
}

/// The org and the word of each role, in order.
fn roles(user: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = user["roles"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["org"]["sourcedId"]), text(&row["role"]))).collect()
}

#[test]
fn every_person_of_the_1_2_sample_comes_back_in_both_versions() {
    let desk = Desk::new();
    desk.sample("v1p2");
    assert_eq!(desk.json(0, "import v1p2 --yes")["findings"]["error"], 0);
    let (users, rows) = (desk.table("v1p2", "users.csv"), desk.table("v1p2", "roles.csv"));
    let cell = |row: &Vec<String>, name: &str| row[rows.column(name)].clone();
    let served = desk.serve();
    let new = served.pull(Version::V1P2, "users", "limit=4");
    assert_eq!(ids(&new), users.by_id().into_keys().collect());
    for user in &new {
        let of = rows.rows.iter().filter(|row| cell(row, "userSourcedId") == user["sourcedId"]);
        let expected: Vec<_> = of.map(|row| (cell(row, "orgSourcedId"), cell(row, "role"))).collect();
        assert_eq!(roles(user), expected, "{}", user["sourcedId"]);
        assert!(user.get("role").is_none() && user.get("orgs").is_none());
    }
    let old = served.pull(Version::V1P1, "users", "limit=4");
    assert_eq!(ids(&old), ids(&new));
    let expected = [
        ("usr-a1", "administrator", vec!["org-d1", "org-s1", "org-s2"]),
        ("usr-p1", "administrator", vec!["org-s2"]),
        ("usr-t1", "teacher", vec!["org-s1"]),
        ("usr-t2", "teacher", vec!["org-s1", "org-s2"]),
        ("usr-t3", "aide", vec!["org-s1"]),
        ("usr-s4", "student", vec!["org-s2"]),
        ("usr-g1", "parent", vec!["org-s1", "org-s2"]),
    ];
    for (id, role, orgs) in expected {
        let (_, body) = served.get(&served.address(Version::V1P1, &format!("users/{id}")));
        let user = &body["user"];
        assert_eq!((user["role"].as_str().unwrap(), guids(&user["orgs"])), (role, orgs), "{id}");
        assert!(user.get("roles").is_none() && user.get("userProfiles").is_none());
    }
    let zoe = new.iter().find(|user| user["sourcedId"] == "usr-s3").unwrap();
    assert!(zoe["userProfiles"][0]["profileId"].as_str().unwrap().ends_with("up-s3"), "{zoe}");
    let sam = new.iter().find(|user| user["sourcedId"] == "usr-s4").unwrap();
    assert_eq!((&sam["preferredFirstName"], &sam["enabledUser"]), (&json!("Sami"), &json!("false")), "{sam}");
}

#[test]
fn the_other_records_of_the_samples_come_back_too() {
    for (name, own) in [("v1p1", Version::V1P1), ("v1p2", Version::V1P2)] {
        let desk = Desk::new();
        desk.sample(name);
        desk.json(0, &format!("import {name} --yes"));
        let served = desk.serve();
        for collection in ["orgs", "academicSessions", "courses", "classes", "demographics", "enrollments"] {
            let table = desk.table(name, &format!("{collection}.csv"));
            for version in Version::ALL {
                let pulled = served.pull(version, collection, "limit=100");
                assert_eq!(ids(&pulled), table.by_id().into_keys().collect(), "{name} {version} {collection}");
            }
        }
        let (_, body) = served.get(&served.address(own, "classes/cls-alg1"));
        let class = &body["class"];
        assert_eq!(class["title"], "Algebra I \"Period 3\"");
        assert_eq!((guids(&class["terms"]), &class["grades"]), (vec!["t1-2027"], &json!(["09", "10"])));
    }
}

/// A small export as older systems write it: no manifest, the columns of the
/// first version, dates and words as they came.
fn without_manifest(desk: &Desk) {
    desk.sample("v1p1");
    let folder = desk.path("v1p1");
    for file in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        let kept = ["academicSessions", "orgs", "courses", "classes", "users", "enrollments"];
        if !kept.contains(&name.trim_end_matches(".csv")) {
            std::fs::remove_file(file.path()).unwrap();
        }
    }
    let late = |table: &mut Table| {
        for row in &mut table.rows {
            row[1] = "active".into();
            row[2] = "2026-08-01T00:00:00.000Z".into();
        }
    };
    desk.edit("v1p1", "users.csv", |users| {
        late(users);
        let enabled = users.column("enabledUser");
        users.rows.iter_mut().for_each(|row| row[enabled] = row[enabled].to_uppercase());
    });
    desk.edit("v1p1", "enrollments.csv", late);
    desk.edit("v1p1", "academicSessions.csv", |sessions| {
        let end = sessions.column("endDate");
        for row in &mut sessions.rows {
            row[end] = row[end].replace('-', "/");
        }
    });
}

#[test]
fn an_export_without_a_manifest_names_what_accepts_it() {
    let desk = Desk::new();
    without_manifest(&desk);
    let refused = desk.run("import v1p1 --yes");
    assert_eq!(refused.status, 2);
    assert!(refused.stdout.contains("--assume 1.1 --consent D3"), "{refused:?}");
    assert!(!refused.stdout.contains(".."), "{}", refused.stdout);
    assert_eq!(desk.run("validate v1p1").status, 2);
    let line = "import v1p1 --yes --assume 1.1 --consent D3";
    let applied = desk.json(0, line);
    assert_eq!((&applied["state"], &applied["findings"]["error"]), (&json!("applied"), &json!(0)));
    let served = desk.serve();
    assert_eq!(served.total("users"), 10);
    // Such an export removes nothing: who knows whether it is whole.
    desk.edit("v1p1", "enrollments.csv", |table| drop(table.rows.pop()));
    let later = desk.json(0, line);
    assert_eq!((&later["plan"]["enrollments"]["removed"], served.total("enrollments")), (&json!(0), 14));
    assert!(desk.run("validate v1p1 --assume 1.1 --consent D3").stdout.contains("Nothing is removed by this package"));
}

#[test]
fn another_format_is_refused_in_one_sentence() {
    let desk = Desk::new();
    let folder = desk.path("sds");
    std::fs::create_dir(&folder).unwrap();
    for (file, text) in [
        ("orgs.csv", "sourcedId,name,type,parentSourcedId\r\ns1,Birch School,school,\r\n"),
        (
            "users.csv",
            "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms\r\n\
             u1,mia,Mia,Novak,,,mia@example.com,,\r\n",
        ),
        (
            "roles.csv",
            "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate\r\nu1,s1,student,,04,true,,\r\n",
        ),
        ("classes.csv", "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code\r\nc1,s1,Algebra,,,\r\n"),
        ("enrollments.csv", "classSourcedId,userSourcedId,role\r\nc1,u1,student\r\n"),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
    }
    for command in ["import sds --yes", "validate sds"] {
        let refused = desk.run(command);
        assert_eq!((refused.status, refused.stdout.as_str()), (2, ""));
        let said = "error: This is a package of Microsoft School Data Sync (format V2.1), not of OneRoster.\nhint: ";
        assert!(refused.stderr.starts_with(said) && refused.stderr.lines().count() == 2, "{}", refused.stderr);
    }
}
