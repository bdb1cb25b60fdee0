//! The one command of a newcomer, and a server's beginning and end.

use super::desk::{Desk, Served, until};
use oneroster::model::Version;
use std::process::Command;

const DEMO: &str = "demo --listen 127.0.0.1:0 --students 100 --json";

#[test]
fn the_demonstration_serves_a_district_and_knows_it_again() {
    let desk = Desk::new();
    let first = Served::start(desk.command(DEMO));
    assert_eq!(first.page("users", &first.address(Version::V1P2, "students?limit=1")).total, 100);
    let secret = first.hello["client_secret"].clone();
    let lines = first.hello["try"].as_array().unwrap();
    assert!(lines.len() == 2 && lines[1].as_str().unwrap().contains("/students?limit=3"));
    drop(first);
    let exported = desk.json(0, "export e.zip --database sqlite:homeroom-demo.db");
    for file in ["categories", "lineItems", "results", "scoreScales"] {
        assert!(exported["files"][file]["rows"].as_u64().is_some_and(|rows| rows > 0), "{file}: {exported}");
    }
    std::fs::remove_file(desk.path("e.zip")).unwrap();
    let again = Served::start(desk.command(DEMO));
    assert_eq!(again.hello["client_secret"], secret, "what is there is used");
    for version in Version::ALL {
        assert_eq!(again.page("users", &again.address(version, "students?limit=3")).records.len(), 3);
    }
    let results = format!("{}/ims/oneroster/gradebook/v1p2/results?limit=1", again.base);
    assert_eq!(again.status(&results), 403);
    drop(again);
    let all = Served::start(desk.command(&format!("{DEMO} --scopes all")));
    let scopes = all.hello["scopes"].as_array().unwrap();
    assert!(scopes.contains(&"gradebook.createput".into()) && !scopes.iter().any(|s| s == "admin.runs"), "{scopes:?}");
    assert_eq!(all.status(&format!("{}/ims/oneroster/gradebook/v1p2/results?limit=1", all.base)), 200);
    drop(all);
    let error = desk.json(2, &format!("{} --scopes most", DEMO.trim_end_matches(" --json")))["error"].clone();
    assert_eq!(error["code"], "usage");
    assert!(desk.files().iter().all(|name| !name.ends_with(".zip")), "{:?}", desk.files());
}

#[test]
fn a_port_in_use_is_said_plainly() {
    let desk = Desk::new();
    let first = desk.serve();
    let port = first.base.rsplit(':').next().unwrap().to_owned();
    let second = desk.json(1, &format!("serve --listen 127.0.0.1:{port}"));
    assert_eq!(second["error"]["code"], "port_in_use");
    let message = second["error"]["message"].as_str().unwrap();
    assert_eq!(message, format!("port {port} is in use by another program"));
    assert!(second["error"]["hint"].as_str().unwrap().contains("--listen"));
}

#[test]
fn a_server_that_is_asked_to_end_ends_well() {
    let desk = Desk::new();
    let mut served = desk.serve();
    let asked = Command::new("kill").arg(served.child.id().to_string()).status().unwrap();
    assert!(asked.success());
    until(&mut served.child, || false);
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}
