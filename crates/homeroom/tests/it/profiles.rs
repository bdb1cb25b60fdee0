//! What well-known consumers are given, and what would stop them.

use super::desk::Desk;
use oneroster::model::Version;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A district in which four people are as no consumer wants them: one without
/// an address, one with a name of odd letters, two with one name.
fn district(desk: &Desk) -> Vec<String> {
    desk.district("d", 100, 0);
    let mut odd = Vec::new();
    desk.edit("d", "users.csv", |table| {
        let [id, name, email] = ["sourcedId", "username", "email"].map(|name| table.column(name));
        for row in &mut table.rows {
            row[name] = format!("person{}", odd.len());
            row[email] = format!("person{}@school.example", odd.len());
            odd.push(row[id].clone());
        }
        table.rows[0][email] = String::new();
        table.rows[1][name] = "Zoë Müller".to_owned();
        table.rows[2][name] = "Twin".to_owned();
        table.rows[3][name] = "twin".to_owned();
    });
    desk.json(0, "import d --yes");
    odd.truncate(4);
    odd
}

fn strings<'a>(records: &'a [Value], member: &str) -> Vec<&'a str> {
    records.iter().filter_map(|record| record[member].as_str()).collect()
}

#[test]
fn moodles_plugin_gets_what_it_needs_and_asks_by_what_it_was_given() {
    let desk = Desk::new();
    let odd = district(&desk);
    desk.json(0, "app add reader --profile moodle-plugin");
    let shown = desk.json(0, "app show reader");
    assert_eq!(shown["grant"]["profile"], "moodle-plugin");
    assert_eq!(shown["scopes"], json!(["roster-core.readonly", "roster.readonly"]));
    assert!(desk.run("app show reader").stdout.contains("user.identifier: a name that Moodle takes"));
    let served = desk.serve();
    for version in Version::ALL {
        let users = served.pull(version, "users", "");
        let identifiers = strings(&users, "identifier");
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b);
        assert!(users.len() > 100 && identifiers.len() == users.len() && strings(&users, "email").len() == users.len());
        assert!(identifiers.iter().all(|name| name.bytes().all(fits)), "{identifiers:?}");
        let zoe = users.iter().find(|user| user["sourcedId"] == odd[1]).unwrap()["identifier"].as_str().unwrap();
        assert!(zoe.starts_with("zoemuller-"), "{zoe}");
        for filter in [format!("identifier='{zoe}'"), format!("identifier~'{}'", &zoe[3..])] {
            let found = served.pull(version, "users", &format!("filter={}", filter.replace('=', "%3D")));
            assert_eq!(strings(&found, "sourcedId"), [odd[1].as_str()], "{filter}");
        }
        let found = served.pull(version, "users", "filter=email~'nobody.invalid'");
        assert_eq!(strings(&found, "sourcedId"), [odd[0].as_str()]);
        let sorted = served.pull(version, "users", "sort=identifier");
        assert!(strings(&sorted, "identifier").is_sorted());
    }
    let out = desk.json(0, "export out --app reader --oneroster 1.1");
    assert_eq!(desk.json(0, "validate out")["summary"]["error"], 0, "{out}");
    let users = desk.table("out", "users.csv");
    let here: BTreeSet<&String> = users.rows.iter().map(|row| &row[users.column("identifier")]).collect();
    let there = served.pull(Version::V1P1, "users", "");
    assert_eq!(
        here.iter().map(|name| name.as_str()).collect::<BTreeSet<_>>(),
        strings(&there, "identifier").into_iter().collect()
    );
}

#[test]
fn a_preview_names_who_would_stop_the_consumer() {
    let desk = Desk::new();
    let odd = district(&desk);
    desk.json(0, "app add moodle --profile moodle-plugin");
    let told = |name: &str| desk.json(0, &format!("app preview {name}"))["profile"].clone();
    let seen = told("moodle");
    assert!(seen["advice"][0].as_str().unwrap().contains("passwordpolicy"), "{seen}");
    let [twins] = seen["stopped"].as_array().unwrap().as_slice() else { panic!("{seen}") };
    assert_eq!((&twins["member"], &twins["count"]), (&json!("identifier"), &json!(2)));
    assert_eq!(strings_of(&twins["records"]).iter().collect::<BTreeSet<_>>().len(), 2);
    assert!(strings_of(&twins["records"]).iter().all(|id| odd[2..].contains(id)), "{twins}");
    let text = desk.run("app preview moodle").stdout;
    assert!(text.contains("come to one username") && text.contains("identifier=sourcedId"), "{text}");
    // Both next steps help, a copy keeps them, and they can be taken away again.
    desk.json(0, "app edit moodle --profile-set told-apart=all");
    assert_eq!(told("moodle")["stopped"], json!([]));
    desk.json(0, "app edit moodle --profile-set told-apart=needed");
    assert_eq!(told("moodle")["stopped"], seen["stopped"]);
    desk.json(0, "app edit moodle --profile-set identifier=sourcedId");
    assert_eq!(told("moodle")["stopped"], json!([]));
    assert!(desk.run("app preview moodle").stdout.contains("nothing in what it sees would stop it"));
    desk.json(0, "app copy moodle again");
    assert_eq!(desk.json(0, "app show again")["grant"]["profile_set"], json!(["identifier=sourcedId"]));
    desk.json(0, "app edit again --hide user.email");
    assert!(told("again")["stopped"][0]["reason"].as_str().unwrap().contains("hidden"));
    let plain = desk.json(0, "app edit again --profile none --hide none");
    assert_eq!((&plain["grant"]["profile"], told("again")), (&json!(null), json!(null)));
}

fn strings_of(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn google_and_microsoft_have_their_own() {
    let desk = Desk::new();
    let odd = district(&desk);
    let google = desk.json(0, "app add classroom --profile google-classroom");
    assert!(google["scopes"].as_array().unwrap().contains(&json!("gradebook.createput")), "{google}");
    desk.json(0, "app add sds --profile sds --scope roster-core.readonly");
    let stopped = |name: &str| desk.json(0, &format!("app preview {name}"))["profile"]["stopped"].clone();
    let missing = stopped("classroom");
    assert!(missing.as_array().unwrap().iter().any(|one| strings_of(&one["records"]) == [odd[0].clone()]), "{missing}");
    // Whoever has an address signs in by it; whoever has none is named.
    let nameless = stopped("sds");
    let named: BTreeSet<String> =
        nameless.as_array().unwrap().iter().flat_map(|one| strings_of(&one["records"])).collect();
    assert!(named.contains(&odd[0]) && !named.contains(&odd[1]), "{nameless}");
}

/// A grant that is bounded for the first time, and an application that goes.
#[test]
fn what_an_application_sees_no_more_is_told_and_its_views_go_with_it() {
    let desk = Desk::new();
    desk.district("d", 600, 0);
    desk.json(0, "import d --yes");
    let orgs = desk.table("d", "orgs.csv");
    let (id, kind) = (orgs.column("sourcedId"), orgs.column("type"));
    let school = orgs.rows.iter().find(|row| row[kind] == "school").map(|row| row[id].clone()).unwrap();
    let served = desk.serve();
    let all = served.pull(Version::V1P2, "users", "limit=1000");
    let last = strings(&all, "dateLastModified").into_iter().max().unwrap().to_owned();
    desk.json(0, &format!("app edit reader --school {school}"));
    let few = served.pull(Version::V1P2, "users", "limit=1000");
    let told = served.pull(Version::V1P2, "users", &format!("limit=1000&filter=dateLastModified%3E'{last}'"));
    assert!(!few.is_empty() && few.len() < all.len());
    let set = |records: &[Value]| strings(records, "sourcedId").into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let gone: Vec<Value> = told.into_iter().filter(|user| user["status"] == "tobedeleted").collect();
    assert_eq!(set(&gone), set(&all).difference(&set(&few)).cloned().collect(), "those that left, and nobody else");
    let path = format!("{}/t/default/s/{school}/ims/oneroster/rostering/v1p2/users", served.base);
    assert!(!served.page("users", &path).records.is_empty());
    drop(served);
    let client = desk.json(0, "app show reader")["client_id"].as_str().unwrap().to_owned();
    desk.json(0, "app remove reader");
    let roster = homeroom_store::Roster::open(&desk.database.url()).unwrap();
    assert_eq!(roster.remove_views(&client).unwrap(), 0, "no view of it is left");
}

#[test]
fn what_is_no_profile_is_refused_with_what_there_is() {
    let desk = Desk::new();
    for (line, wanted) in [
        ("app add x --profile moodle", "moodle-plugin"),
        ("app add x --profile-set identifier=username", "no profile"),
        ("app add x --profile sds --profile-set identifier=username", "no setting"),
        ("app add x --profile moodle-plugin --profile-set identifier", "KEY=VALUE"),
        ("app add x --profile moodle-plugin --profile-set identifier=shoe", "username"),
        ("app add x --profile moodle-plugin --profile-set told-apart=some", "needed, all"),
    ] {
        let error = desk.json(2, line)["error"].clone();
        assert_eq!(error["code"], "usage", "{line}");
        assert!(error["message"].as_str().unwrap().contains(wanted), "{line}: {error}");
    }
}
