//! What a probe finds out.

use super::server::{Asked, Reply, Server, run};
use oneroster::model::{Kind, ROUTES, Shape, Version};
use oneroster::query::{compare, matches, parse_filter};
use oneroster::record::Record;
use oneroster_client::probe::{Changes, Outcome};
use oneroster_client::{Client, Config, ErrorKind, Habit, ProbeReport, Profile, probe};
use serde_json::{Value, json};

/// A provider of 300 people and little else, with these faults.
#[derive(Clone, Copy, Default)]
struct Faults {
    cap: Option<usize>,
    no_total: bool,
    filters_ignored: bool,
    order_ignored: bool,
    one_instant: bool,
    no_classes: bool,
}

fn people(faults: Faults) -> Vec<Value> {
    let person = |n: usize| {
        let day = if faults.one_instant { 1 } else { 1 + n % 28 };
        json!({
            "sourcedId": format!("u{n:03}"), "status": "active", "dateLastModified": format!("2026-08-{day:02}T06:30:05.120Z"),
            "enabledUser": true, "orgs": [{"sourcedId": "s1"}], "role": if n.is_multiple_of(10) { "counsellor" } else { "student" },
            "username": format!("user{n}"), "grades": [if n < 5 { "K" } else { "09" }], "givenName": "Zoë", "familyName": format!("Family{}", n % 7),
            "email": if n.is_multiple_of(2) { format!("u{n}@x.org") } else { String::new() },
        })
    };
    (0..300).map(person).collect()
}

fn record(value: &Value) -> Record {
    oneroster::json::decode::decode(Kind::User, Version::V1P1, value).unwrap().record
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

fn answer(asked: &Asked, faults: Faults) -> Reply {
    let path = asked.path().strip_prefix("/ims/oneroster/v1p1").unwrap_or_default();
    let plain = |route: &&oneroster::model::Route| route.shape == Shape::Collection && route.path == path;
    let Some(route) = ROUTES.iter().find(plain) else { return Reply::new(404, "") };
    let mut found = match path {
        "/users" => people(faults),
        "/classes" if faults.no_classes => return Reply::new(403, r#"{"error":"no"}"#),
        "/classes" => {
            vec![json!({"sourcedId": "c1", "status": "active", "title": "Art", "school": {"sourcedId": "s1"}})]
        }
        _ => Vec::new(),
    };
    if let Some(filter) = asked.query("filter").filter(|_| !faults.filters_ignored) {
        let Ok(Some(filter)) = parse_filter(&decoded(filter), route.kind, Version::V1P1) else {
            return Reply::new(400, "");
        };
        let read = |value: &Value| oneroster::json::decode::decode(route.kind, Version::V1P1, value).unwrap().record;
        found.retain(|value| matches(&filter, &read(value)));
    }
    if asked.query("sort").is_some() && !faults.order_ignored {
        let query =
            oneroster::query::Query::parse(asked.target.split_once('?').map(|(_, q)| q), route, Version::V1P1).unwrap();
        found.sort_by(|a, b| compare(query.sort.as_ref().unwrap(), &record(a), &record(b)));
    }
    if let Some(fields) = asked.query("fields") {
        let fields = decoded(fields);
        for object in &mut found {
            object.as_object_mut().unwrap().retain(|name, _| fields.split(',').any(|field| field == name));
        }
    }
    let total = found.len();
    let limit = asked.number("limit").min(faults.cap.unwrap_or(usize::MAX));
    let page: Vec<Value> = found.into_iter().skip(asked.number("offset")).take(limit).collect();
    let reply = Reply::ok(json!({ route.kind.entity().plural: page }).to_string());
    if faults.no_total { reply } else { reply.with("X-Total-Count", total.to_string()) }
}

fn report(faults: Faults) -> (ProbeReport, usize) {
    let mut result = None;
    run(async {
        let server = Server::new(move |asked| answer(asked, faults)).await;
        let report = probe(&server.client()).await.unwrap();
        result = Some((report, server.asked().len()));
    });
    result.unwrap()
}

fn outcome<'r>(report: &'r ProbeReport, what: &str) -> &'r Outcome {
    &report
        .tries
        .iter()
        .find(|tried| tried.what == what)
        .unwrap_or_else(|| panic!("{what}: {:?}", report.tries))
        .outcome
}

#[test]
fn a_good_provider_is_found_good() {
    let (report, requests) = report(Faults::default());
    assert!(requests <= 45, "{requests}");
    assert_eq!(report.changes, Changes::Honest);
    assert_eq!((report.paging.totals, report.paging.links, report.paging.cap), (true, false, None));
    for what in [
        "filter users by familyName =",
        "filter users by familyName ~",
        "order users by familyName",
        "select members of users by fields",
    ] {
        assert_eq!(outcome(&report, what), &Outcome::Works, "{what}");
    }
    assert_eq!(outcome(&report, "filter users by two clauses with OR"), &Outcome::Works);
    assert_eq!(outcome(&report, "filter orgs by name ="), &Outcome::Untried);
    let users = report.collections.iter().find(|collection| collection.kind == Kind::User).unwrap();
    assert_eq!((users.total, users.sample), (Some(300), 300));
    let email = users.filled.iter().find(|filled| filled.member == "email").unwrap();
    assert_eq!((email.records, email.demanded), (150, false));
    let role = users.words.iter().find(|words| words.member == "role").unwrap();
    assert_eq!(role.words, [("student".to_owned(), 270, true), ("counsellor".to_owned(), 30, false)]);
    let grades = users.words.iter().find(|words| words.member == "grades").unwrap();
    assert_eq!(grades.words, [("09".to_owned(), 295, true), ("K".to_owned(), 5, false)]);
    assert!(report.findings.iter().any(|finding| finding.habit == Habit::JsonBoolean));
}

#[test]
fn faults_are_found_and_said_in_words() {
    let faults =
        Faults { cap: Some(50), filters_ignored: true, order_ignored: true, no_classes: true, ..Faults::default() };
    let (report, _) = report(faults);
    assert_eq!((report.paging.cap, report.changes.clone()), (Some(50), Changes::NoFilter));
    assert_eq!(outcome(&report, "filter users by familyName ="), &Outcome::Ignored);
    assert_eq!(outcome(&report, "order users by familyName"), &Outcome::Ignored);
    let words = report.words().join("\n");
    for said in [
        "A page has at most 50 records.",
        "/classes: cannot be read.",
        "Ignored: filter users by familyName =.",
        "\"counsellor\"",
        "records looked at",
        "role is student (",
        "pull whole",
    ] {
        assert!(words.contains(said), "{said}\n{words}");
    }
    // Neither names nor addresses of people.
    assert!(!words.contains("Family") && !words.contains("@x.org"), "{words}");
}

#[test]
fn changes_of_one_instant_are_no_delta() {
    let (report, _) = report(Faults { one_instant: true, no_total: true, ..Faults::default() });
    assert_eq!((report.changes, report.paging.totals), (Changes::OneInstant, false));
}

#[test]
fn a_profile_is_kept_and_reckoned_with() {
    let (report, _) = report(Faults { cap: Some(50), ..Faults::default() });
    let profile = report.profile();
    let kept: Profile = serde_json::from_str(&serde_json::to_string(&profile).unwrap()).unwrap();
    assert_eq!(kept, profile);
    assert_eq!((profile.edition.as_str(), profile.page_size, profile.changes), ("1.1", Some(50), true));
    assert!(profile.habits.contains(&"M4".to_owned()), "{profile:?}");
    // A profile of an older or newer program is read as far as it goes.
    assert_eq!(serde_json::from_str::<Profile>(r#"{"edition":"1.2","later":1}"#).unwrap().edition, "1.2");
    run(async {
        let server = Server::new(|asked| answer(asked, Faults::default())).await;
        let config = Config::new(&server.url).unwrap().profile(&kept);
        let client = Client::new(config).unwrap();
        client.pages(oneroster_client::Ask::all(Kind::User)).unwrap().next().await.unwrap();
        assert_eq!(server.asked()[0].number("limit"), 50);
    });
}

#[test]
fn credentials_that_are_no_good_are_no_report() {
    run(async {
        let server = Server::new(|_| Reply::new(401, "")).await;
        assert_eq!(probe(&server.client()).await.unwrap_err().kind(), ErrorKind::SignIn);
    });
}
