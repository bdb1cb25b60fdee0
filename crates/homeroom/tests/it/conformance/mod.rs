//! The conformance runner: on our own server everything passes.

mod faults;
pub mod ground;
mod hostile;
pub mod proxy;
#[cfg(target_os = "linux")]
mod typing;

use super::desk::Desk;
use ground::Ground;
use homeroom::conformance::{Needs, Options, Report, Verdict};
use homeroom_store::DatabaseUrl;
use oneroster::model::{Access, Version};
use serde_json::Value;
use std::collections::HashSet;

/// Checks that everything passed but what wants other credentials.
fn all_passed(ground: &Ground, options: &Options, other: &[Needs]) -> Report {
    let report = ground.run(options);
    let forgets = matches!(ground.house.url(), DatabaseUrl::Sqlite(_));
    for outcome in &report.outcomes {
        let (id, verdict) = (outcome.check.id, &outcome.verdict);
        let untried = matches!(verdict, Verdict::NotTried(_));
        // On SQLite nonces of before the start are forgotten, which was just now.
        let young = id == "T58" && untried && forgets;
        let allowed = if other.contains(&outcome.check.needs) { untried } else { *verdict == Verdict::Passed || young };
        assert!(allowed, "{} {}: {verdict:?}", outcome.version, outcome.name());
    }
    report
}

#[test]
fn our_own_server_passes_every_check_of_both_versions_and_authentications() {
    let ground = Ground::new();
    let report = all_passed(&ground, &ground.options(&Version::ALL, &[]), &[Needs::OAuth1]);
    let asked: HashSet<_> = report.outcomes.iter().map(|o| (o.version, o.check.id)).collect();
    for check in homeroom::conformance::CHECKS {
        for version in Version::ALL.into_iter().filter(|v| check.versions.has(*v)) {
            assert!(asked.contains(&(version, check.id)), "{} {version}", check.id);
        }
    }
    all_passed(&ground, &ground.signed(&[]), &[Needs::OAuth2, Needs::WriteByToken]);
}

#[test]
fn what_an_application_was_not_granted_is_no_fault_of_the_server() {
    let mut ground = Ground::of(1_000, None);
    ground.holder = ground.house.app("narrow", "roster-core.readonly roster.readonly");
    let report = ground.run(&ground.options(&Version::ALL, &["T55", "E2", "T52", "T32", "T33", "D1"]));
    for outcome in &report.outcomes {
        let rostering =
            outcome.operation.is_some_and(|route| matches!(route.access, Access::RosterCore | Access::Roster));
        let passed = outcome.verdict == Verdict::Passed;
        let untried = matches!(&outcome.verdict, Verdict::NotTried(why) if why.contains("lacks the scope"));
        let plain = outcome.operation.is_none();
        assert!(passed && (plain || rostering) || untried && !rostering, "{}: {:?}", outcome.name(), outcome.verdict);
    }
}

#[test]
fn the_command_reports_in_every_form_and_names_nobody() {
    let ground = Ground::new();
    let desk = Desk::new();
    std::fs::write(desk.path("secret"), format!("{}\n", ground.holder.secret)).unwrap();
    let line = format!(
        "conformance --url http://{} --client-id {} --secret-file secret --oneroster 1.2 \
         --check T1,T7,T29,T36,T55,F7,G1,T58 --report r.json --report r.xml --report r.html",
        ground.house.address, ground.holder.app.client_id
    );
    let said = desk.json(0, &line);
    assert_eq!((&said["conforms"], &said["summary"]["failed"]), (&Value::from(true), &Value::from(0)));
    let file = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&file("r.json")).unwrap()["checks"], said["checks"]);
    let (xml, page) = (file("r.xml"), file("r.html"));
    assert!(xml.contains("<testsuite name=\"OneRoster 1.2 rostering\"") && xml.ends_with("</testsuites>\n"));
    assert!(page.contains("Nothing found that departs") && page.contains("getAllUsers"));
    // People are told of each check as it ends, and of each service at the end.
    let told = desk.run(line.split(" --report").next().unwrap());
    let lines = told.stderr.lines().filter(|line| line.starts_with("ok   1.2 ")).count();
    assert_eq!(lines, said["checks"].as_array().unwrap().len(), "{told:?}");
    for service in ["1.2 rostering", "1.2 gradebook"] {
        assert!(told.stdout.lines().any(|line| line.starts_with(service)), "{told:?}");
    }
    assert!(told.stdout.trim_end().ends_with(&format!("All {lines} checks that could be made passed.")), "{told:?}");
    for text in [&said.to_string(), &xml, &page, &told.stdout, &told.stderr] {
        assert!(!text.contains("@school.test") && !text.contains("O'Brien") && !text.contains(&ground.holder.secret));
    }
}

#[test]
fn what_cannot_be_begun_is_said_plainly() {
    let desk = Desk::new();
    std::fs::write(desk.path("secret"), "s").unwrap();
    let fails = |status: i32, rest: &str, says: &str| {
        let said = desk.json(status, &format!("conformance {rest}"));
        let message = said["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(says), "{rest}: {said}");
    };
    fails(2, "--url http://sis.example.org --client-id x --secret-file secret", "in the clear");
    fails(2, "--url https://h --client-id x --secret-file nowhere", "cannot be read");
    fails(2, "--url https://h --client-id x", "secret is missing");
    fails(2, "--url https://h --client-id x --secret-file secret --check T999", "no check T999");
    fails(2, "--url https://h --client-id x --secret-file secret --report r.pdf", ".html");
    fails(2, "--url https://h --client-id x --secret-file secret --oauth1 --oneroster 1.2", "1.1 only");
    // Nobody listens on the port of a listener that is gone.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fails(1, &format!("--url http://{gone} --client-id x --secret-file secret"), "connection");
    let listed = desk.json(0, "conformance --list");
    assert_eq!(listed["checks"].as_array().unwrap().len(), homeroom::conformance::CHECKS.len());
}
