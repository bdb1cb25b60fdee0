//! Several districts in one installation: each with a roster, runs and
//! applications of its own.

use super::desk::Desk;
use serde_json::{Value, json};

#[test]
fn districts_stand_apart() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    assert_eq!(desk.json(0, "tenant list")["tenants"], json!([{ "tenant": "default", "path": "", "published": null }]));
    let added = desk.json(0, "tenant add north");
    assert_eq!(added, json!({ "tenant": "north", "path": "/t/north", "sandbox": false }));
    let run = desk.json(0, "import d --yes --tenant north");
    assert_eq!((&run["run"], &run["state"]), (&json!(1), &json!("applied")));
    let listed = desk.json(0, "tenant list");
    assert_eq!(listed["tenants"][0]["published"], Value::Null);
    assert!(listed["tenants"][1]["published"].is_string() && listed["tenants"][1]["tenant"] == "north");
    // Nothing of it is in the other one, and each numbers its runs from 1.
    assert_eq!(desk.json(0, "runs list")["runs"], json!([]));
    assert_eq!(desk.json(0, "runs list --tenant north")["runs"].as_array().unwrap().len(), 1);
    assert_eq!(desk.json(0, "import d --yes --dry-run")["state"], "planned");
    desk.json(0, "export north.zip --tenant north");
    desk.json(0, "app add LMS --tenant north");
    assert_eq!(desk.json(0, "app list")["apps"], json!([]));
    assert_eq!(desk.json(0, "app list --tenant north")["apps"].as_array().unwrap().len(), 1);
    desk.json(0, "app add LMS");
}

#[test]
fn a_slip_of_the_pen_makes_no_district() {
    let desk = Desk::new();
    desk.json(0, "tenant add north");
    let before = desk.files();
    for line in
        ["app list --tenant nroth", "import d --tenant nroth", "export x --tenant nroth", "app add x --tenant nroth"]
    {
        let failed = desk.json(2, line);
        assert_eq!(failed["error"]["code"], "usage", "{line}");
        assert!(failed["error"]["hint"].as_str().unwrap().contains("default, north"), "{failed}");
    }
    assert_eq!(desk.files(), before);
    assert_eq!(desk.json(1, "tenant add north")["error"]["code"], "refused");
    assert_eq!(desk.json(1, "tenant add default")["error"]["code"], "refused");
    for name in ["North", "../x", "a_b"] {
        assert_eq!(desk.json(1, &format!("tenant add {name}"))["error"]["code"], "refused", "{name}");
    }
}

#[test]
fn a_sandbox_comes_with_a_district() {
    let desk = Desk::new();
    let added = desk.json(0, "tenant add sandbox --sandbox --students 100");
    assert_eq!(added["sandbox"], true);
    assert_eq!(desk.json(0, "runs list --tenant sandbox")["runs"].as_array().unwrap().len(), 1);
    desk.json(0, "export s --tenant sandbox");
    assert!(desk.json(0, "validate s")["summary"]["error"] == 0);
    assert_eq!(desk.json(2, "tenant add other --students 100")["error"]["code"], "usage");
}
