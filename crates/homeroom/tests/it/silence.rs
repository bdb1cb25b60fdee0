//! What a package does not speak of stays as it is stored (csv.md D21, 3.6).

use super::desk::{Desk, Served};
use oneroster::model::Version;
use serde_json::{Value, json};

fn assert_changes(plan: &Value, entity: &str, changes: [u64; 3]) {
    for (name, tally) in plan.as_object().unwrap() {
        let expected = if name == entity { changes } else { [0; 3] };
        assert_eq!(
            [&tally["added"], &tally["changed"], &tally["removed"]],
            expected.map(Value::from).each_ref(),
            "{name}"
        );
    }
}

fn user(served: &Served, id: &str) -> Value {
    let (_, mut body) = served.get(&served.address(Version::V1P2, &format!("users/{id}")));
    body["user"].take()
}

#[test]
fn a_column_that_is_missing_blanks_nothing() {
    for version in ["v1p1", "v1p2"] {
        let desk = Desk::new();
        desk.sample(version);
        let line = format!("import {version} --yes");
        desk.json(0, &line);
        let served = desk.serve();
        let before = user(&served, "usr-t2");
        assert_eq!(before["middleName"], "Jo");
        desk.edit(version, "users.csv", |users| {
            for column in ["middleName", "phone", "agentSourcedIds", "userIds"] {
                users.drop_column(column);
            }
        });
        desk.edit(version, "classes.csv", |classes| classes.drop_column("location"));
        let silent = desk.json(0, &line);
        assert_changes(&silent["plan"], "", [0; 3]);
        assert_eq!(user(&served, "usr-t2"), before);
        // What is said is taken, what is not said stays, and who is new has nothing.
        desk.edit(version, "users.csv", |users| *users.cell("usr-t2", "givenName") = "Kira".into());
        desk.edit(version, "users.csv", |users| *users.cell("usr-s1", "grades") = "05".into());
        assert_changes(&desk.json(0, &line)["plan"], "users", [0, 2, 0]);
        let after = user(&served, "usr-t2");
        assert_eq!((&after["givenName"], &after["middleName"]), (&json!("Kira"), &json!("Jo")));
        assert_eq!(after["userIds"], before["userIds"]);
        let mia = user(&served, "usr-s1");
        assert_eq!((&mia["grades"], &mia["agents"][0]["sourcedId"]), (&json!(["05"]), &json!("usr-g1")));
        assert_changes(&desk.json(0, &line)["plan"], "", [0; 3]);
    }
}

#[test]
fn a_blank_cell_is_said_and_blanks() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    desk.edit("v1p2", "users.csv", |users| users.cell("usr-t2", "middleName").clear());
    assert_changes(&desk.json(0, "import v1p2 --yes")["plan"], "users", [0, 1, 0]);
    assert!(user(&desk.serve(), "usr-t2").get("middleName").is_none_or(Value::is_null));
}

#[test]
fn a_row_without_an_identifier_may_be_anyones_so_nothing_is_removed() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let rows = desk.table("d", "enrollments.csv").rows.len();
    desk.edit("d", "enrollments.csv", |table| {
        table.rows[3][0].clear();
        table.rows.truncate(rows - 2);
    });
    let plan = desk.json(0, "import d --yes")["plan"].clone();
    assert_changes(&plan, "", [0; 3]);
    assert_eq!(plan["enrollments"]["rejected"], 1);
    let served = desk.serve();
    assert_eq!(served.total("enrollments"), rows);
    // With the identifier there, the two rows are gone.
    desk.edit("d", "enrollments.csv", |table| table.rows[3][0] = "known-again".into());
    let plan = desk.json(0, "import d --yes")["plan"].clone();
    assert_changes(&plan, "enrollments", [1, 0, 3]);
    assert_eq!(served.total("enrollments"), rows - 2);
}

#[test]
fn a_file_that_is_absent_removes_nothing() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let rows = desk.table("v1p2", "demographics.csv").rows.len();
    std::fs::remove_file(desk.path("v1p2/demographics.csv")).unwrap();
    desk.edit("v1p2", "manifest.csv", |manifest| *manifest.cell("file.demographics", "value") = "absent".into());
    // That it is gone is worth a look; nothing is lost by going on.
    let held = desk.json(1, "import v1p2 --yes");
    let reason = held["reason"].as_str().unwrap();
    assert!(held["state"] == "held" && reason.starts_with("demographics.csv is not in the package"), "{held}");
    assert_changes(&desk.json(0, &format!("runs approve {}", held["run"]))["plan"], "", [0; 3]);
    assert_eq!(desk.serve().total("demographics"), rows);
}
