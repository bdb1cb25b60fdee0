//! `/metrics`, and who may see them.

use super::house::{House, LOG};
use oneroster::model::Version;

/// The value of the line that begins so.
fn value(text: &str, line: &str) -> Option<f64> {
    let line = text.lines().find_map(|other| other.strip_prefix(line))?;
    line.trim().parse().ok()
}

#[test]
fn requests_are_counted_by_pattern_and_application() {
    let house = House::new();
    let reader = house.token_of(&house.app("reader", "roster-core.readonly"));
    let watcher = house.token_of(&house.app("watcher", "metrics.readonly"));
    let users = "/ims/oneroster/rostering/v1p2/users";
    for query in ["?filter=familyName='Secretson'", "", "/secret-person"] {
        house.get(&format!("{users}{query}"), &reader);
    }
    house.get(users, "no-token-of-ours");
    house.get(users, &watcher);
    house.raw(format!("BREW {users} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
    house.send(
        "POST",
        "/oauth/token",
        &[super::house::FORM],
        "grant_type=client_credentials&client_id=a&client_secret=b",
    );

    let answer = house.get("/metrics", &watcher);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let of = |line: &str| value(&answer.body, line);
    let counted = |route: &str, method: &str, status: u16, app: &str| {
        let tenant = if app.is_empty() { "" } else { "default" };
        of(&format!(
            "homeroom_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\",app=\"{app}\",tenant=\"{tenant}\"}}"
        ))
    };
    assert_eq!(counted(users, "GET", 200, "reader"), Some(2.0), "{}", answer.body);
    assert_eq!(counted(&format!("{users}/{{sourcedId}}"), "GET", 404, "reader"), Some(1.0));
    assert_eq!(counted(users, "GET", 401, ""), Some(1.0));
    assert_eq!(of("homeroom_refused_total{why=\"token\",tenant=\"\"}"), Some(1.0));
    assert_eq!(of("homeroom_refused_total{why=\"scope\",tenant=\"default\"}"), Some(1.0));
    assert_eq!(of("homeroom_refused_total{why=\"credentials\",tenant=\"\"}"), Some(1.0));
    assert!(of(&format!("homeroom_request_seconds_count{{route=\"{users}\",method=\"GET\"}}")).unwrap() >= 3.0);
    assert!(of("homeroom_seconds_total{tenant=\"default\"}").unwrap() > 0.0);
    assert!(answer.body.ends_with("# EOF\n") && answer.body.matches("# EOF").count() == 1);
    // Neither the numbers nor the log know of people.
    for told in [&answer.body, &LOG.text()] {
        assert!(!told.contains("Secretson") && !told.contains("secret-person") && !told.contains("BREW"));
    }

    assert_eq!(house.send("GET", "/metrics", &[], "").status, 401);
    let refused = house.get("/metrics", &reader);
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (403, &"forbidden".into()));
    assert_eq!(house.send("POST", "/metrics", &[], "").status, 405);
}

#[test]
fn imports_are_told_of() {
    let desk = super::desk::Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    desk.json(1, "import d --source other");
    desk.json(0, "app add reader --scope metrics.readonly --scope roster-core.readonly");
    let served = desk.serve();
    assert_eq!(served.page("users", &served.address(Version::V1P2, "users?limit=7")).records.len(), 7);
    let text = served.text(&format!("{}/metrics", served.base));
    let users = "route=\"/ims/oneroster/rostering/v1p2/users\",app=\"reader\",tenant=\"default\"";
    assert_eq!(value(&text, &format!("homeroom_rows_total{{{users}}}")), Some(7.0), "{text}");
    assert_eq!(value(&text, "homeroom_runs{tenant=\"default\",state=\"held\"}"), Some(1.0), "{text}");
    assert!(value(&text, "homeroom_guards_holding{tenant=\"default\"}").unwrap() >= 1.0, "{text}");
    assert_eq!(value(&text, "homeroom_runs{tenant=\"default\",state=\"applied\"}"), Some(1.0), "{text}");
    assert!(value(&text, "homeroom_applied_records{tenant=\"default\",what=\"added\"}").unwrap() > 100.0);
    assert!(value(&text, "homeroom_published_timestamp_seconds{tenant=\"default\"}").unwrap() > 1e9);
}
