//! Each check is proven able to fail: the faults, one for each.

use super::ground::Ground;
use super::proxy::{Asked, Given, Plant, Proxy};
use Plant::{Asking, Giving, Minding};
use homeroom::conformance::{CHECKS, Needs, Verdict};
use oneroster::model::Version;
use serde_json::{Value, json};

/// A fault, and the check that must find it in every version it is made of.
type Fault = (&'static str, &'static str, Plant);

fn is_token(asked: &Asked) -> bool {
    asked.is("/oauth/token")
}

/// Who asks, as HTTP Basic says it.
fn basic(asked: &Asked) -> String {
    use base64::Engine as _;
    let text = asked.header("authorization").strip_prefix("Basic ").unwrap_or_default();
    String::from_utf8(base64::prelude::BASE64_STANDARD.decode(text).unwrap_or_default()).unwrap_or_default()
}

fn is_beyond_ascii(asked: &Asked) -> bool {
    asked.query().split('%').skip(1).any(|rest| rest.starts_with(|c: char| "89ABCDEF".contains(c)))
}

fn is_nested(asked: &Asked) -> bool {
    asked.path().split("/v1p").nth(1).is_some_and(|rest| rest.split('/').count() > 3)
}

/// Whether one record is asked for.
fn is_single(asked: &Asked) -> bool {
    asked.path().split("/v1p").nth(1).is_some_and(|rest| rest.split('/').count() == 3)
}

/// Empties nested collections that the path begins with.
fn forgets(asked: &Asked, given: &mut Given, above: &str) {
    if is_nested(asked) && asked.path().contains(above) {
        given.list(Vec::clear);
    }
}

fn renamed(given: &mut Given) {
    given.json(|body| {
        let value = body.as_object().and_then(|o| o.values().next().cloned()).unwrap_or_default();
        *body = json!({ "data": value });
    });
}

#[rustfmt::skip]
const FAULTS: &[Fault] = &[
    ("T1", "several scopes are refused", Giving(|a, g| if is_token(a) && a.form().contains("gradebook.createput") && !a.form().contains("demographics") { g.answer(400, r#"{"error":"invalid_scope"}"#) })),
    ("T2", "id and secret are not decoded", Giving(|a, g| if is_token(a) && basic(a).contains('%') { g.answer(401, r#"{"error":"invalid_client"}"#) })),
    ("T3", "a scope must be asked for", Giving(|a, g| if is_token(a) && !a.form().contains("scope=") { g.answer(400, r#"{"error":"invalid_scope"}"#) })),
    ("T4", "a new token ends the one before", Minding(|a, g, seen| {
        if is_token(a) {
            g.json(|body| seen.push(body["access_token"].as_str().unwrap_or_default().to_owned()));
        } else if !seen.last().is_some_and(|last| a.header("authorization").ends_with(last)) {
            g.answer(401, "{}");
        }
    })),
    ("T5", "a token answer lacks expires_in", Giving(|a, g| if is_token(a) { g.json(|body| drop(body.as_object_mut().unwrap().remove("expires_in"))) })),
    ("A1", "token answers may be kept", Giving(|_, g| g.drop("cache-control"))),
    ("A2", "errors of the token endpoint have words of their own", Giving(|a, g| if is_token(a) { g.swap("invalid_client", "bad_client") })),
    ("T56", "401 does not say how to authenticate", Giving(|_, g| g.drop("www-authenticate"))),
    ("A3", "any token opens", Giving(|a, g| if g.status == 401 && !a.header("authorization").is_empty() { g.answer(200, r#"{"users":[]}"#) })),
    ("A4", "scopes do not matter", Giving(|_, g| if g.status == 403 { g.answer(200, r#"{"users":[]}"#) })),
    ("T6", "roster.readonly does not open plain reads", Giving(|a, g| if a.is("/teachers") { g.answer(403, "{}") })),

    ("T28", "values with a space break signatures", Giving(|a, g| if a.says("%20") { g.answer(401, "{}") })),
    ("T45", "there is no HMAC-SHA1", Giving(|a, g| if a.header("authorization").contains("HMAC-SHA1") { g.answer(401, "{}") })),
    ("T58", "signatures never grow old", Giving(|_, g| if g.status == 401 { g.answer(200, r#"{"orgs":[]}"#) })),
    ("A5", "any signature is taken", Giving(|_, g| if g.status == 401 { g.answer(200, r#"{"orgs":[]}"#) })),

    ("T29", "collections have a key of their own", Giving(|a, g| if a.is("/orgs") { renamed(g) })),
    ("T30", "one record comes as a list", Giving(|a, g| if a.path().contains("/courses/") { g.json(|b| *b = json!({"courses": [b["course"].take()]})) })),
    ("T31", "a school has forgotten its own", Giving(|a, g| forgets(a, g, "/schools/"))),
    ("T32", "people have forgotten their classes", Giving(|a, g| forgets(a, g, "/students/"))),
    ("T33", "classes have forgotten their people", Giving(|a, g| forgets(a, g, "/classes/"))),
    ("T34", "classes of schools have forgotten their people", Giving(|a, g| if a.is("/enrollments") { forgets(a, g, "/schools/"); })),
    ("T35", "terms have forgotten their classes", Giving(|a, g| forgets(a, g, "/terms/"))),
    ("R1", "a record alone lacks a member", Giving(|a, g| if is_single(a) { g.record(|r| drop(r.as_object_mut().unwrap().remove("status"))) })),
    ("T41", "times have no fraction", Giving(|_, g| g.list(|list| list.iter_mut().for_each(|r| if let Some(at) = r["dateLastModified"].as_str() { r["dateLastModified"] = json!(format!("{}Z", &at[..19])) })))),
    ("T44", "a success speaks of failure", Giving(|_, g| if g.status == 200 { g.json(|b| b["statusInfoSet"] = json!([{"imsx_codeMajor": "failure", "imsx_severity": "error"}])) })),
    ("T46", "something stands before the data", Giving(|a, g| if g.status == 200 && !is_token(a) { g.json(|b| {
        let mut new = serde_json::Map::from_iter([("statusInfoSet".to_owned(), json!([]))]);
        new.extend(b.as_object().cloned().unwrap_or_default());
        *b = Value::Object(new);
    }) })),
    ("T48", "a slash behind the path leads nowhere", Giving(|a, g| if a.path().ends_with('/') { g.answer(404, "{}") })),
    ("T49", "the test of the connection fails", Giving(|a, g| if a.is("/orgs") && a.query() == "limit=1" { g.answer(500, "{}") })),
    ("R2", "unknown parameters are errors", Giving(|a, g| if a.says("_ts=") { g.answer(400, "{}") })),
    ("R3", "tags are given and never looked at", Asking(|a| if a.method == "GET" { a.forget("if-none-match") })),
    ("R3", "304 for whoever names a tag", Giving(|a, g| if !a.header("if-none-match").is_empty() { g.answer(304, "") })),
    ("R4", "HEAD is not allowed", Giving(|a, g| if a.method == "HEAD" { g.answer(405, "{}") })),
    ("R4", "HEAD counts nothing", Giving(|a, g| if a.method == "HEAD" { g.drop("x-total-count") })),

    ("T42", "offsets count from one", Asking(|a| if !a.says("offset=0") { for n in 1..400 { let (from, to) = (format!("offset={n}"), format!("offset={}", n - 1)); if a.target.ends_with(&from) { a.swap(&from, &to); break; } } })),
    ("T47", "there are no links", Giving(|_, g| g.drop("link"))),
    ("T52", "large pages are cut", Asking(|a| for n in 5..2000 { let from = format!("limit={n}"); if a.target.ends_with(&from) { a.swap(&from, "limit=4"); break; } })),
    ("P1", "X-Total-Count counts one more", Giving(|_, g| if let Some(total) = g.header("x-total-count") { *total = (total.parse::<u64>().unwrap() + 1).to_string() })),
    ("P2", "links forget the fields", Giving(|_, g| if let Some(link) = g.header("link") { *link = link.replace("fields=", "was=") })),
    ("P3", "ties come in another order each time", Minding(|a, g, seen| if a.says("sort=status") { seen.push(String::new()); let turn = seen.len() % 2; g.list(|list| if turn == 0 { list.reverse() }) })),
    ("P4", "the default limit is 50", Asking(|a| if !a.target.contains("limit=") && !is_token(a) { let sign = if a.target.contains('?') { '&' } else { '?' }; a.target.push(sign); a.target.push_str("limit=50") })),
    ("T51", "a huge limit is an error", Giving(|a, g| if a.says("limit=1000000") { g.answer(400, "{}") })),

    ("F1", "!= is =", Asking(|a| a.swap("%21%3D", "%3D"))),
    ("F2", ">= is >", Asking(|a| a.swap("%3E%3D", "%3E"))),
    ("F3", "<= is <", Asking(|a| a.swap("%3C%3D", "%3C"))),
    ("F4", "~ is =", Asking(|a| a.swap("~", "%3D"))),
    ("F5", "OR is AND", Asking(|a| a.swap("%20OR%20", "%20AND%20"))),
    ("F6", "quotes are not minded", Giving(|a, g| if a.says("x%20AND") { g.answer(400, "{}") })),
    ("F7", "letters beyond ASCII are not understood", Giving(|a, g| if is_beyond_ascii(a) { g.answer(400, "{}") })),
    ("F8", "a plus is a plus", Asking(|a| a.swap("+", "%2B"))),
    ("F9", "dotted names are unknown", Giving(|a, g| if a.says(".sourcedId") { g.answer(400, "{}") })),
    ("F10", "~ on lists is =", Asking(|a| a.swap("~", "%3D"))),
    ("F11", "unknown words are errors", Giving(|a, g| if a.says("gone") { g.answer(400, "{}") })),
    ("F12", "an empty filter is an error", Giving(|a, g| if a.query().ends_with("filter=") { g.answer(400, "{}") })),
    ("T7", "raw quotes are errors", Giving(|a, g| if a.says("'") { g.answer(400, "{}") })),
    ("T36", "filters by e-mail are passed over", Asking(|a| if a.says("email") { a.drop("filter") })),
    ("T40", "two clauses are too many", Giving(|a, g| if a.says("%20AND%20") { g.answer(400, "{}") })),
    ("T12", "filters are passed over", Asking(|a| a.drop("filter"))),
    ("T8", "classes have no term", Giving(|a, g| if is_nested(a) { g.list(|list| list.iter_mut().for_each(|r| drop(r.as_object_mut().unwrap().remove("terms")))) })),
    ("T9", "classes have forgotten their students", Giving(|a, g| forgets(a, g, "/classes/"))),
    ("T13", "grading periods are of another type", Giving(|_, g| g.swap("\"gradingPeriod\"", "\"term\""))),

    ("T37", "desc is asc", Asking(|a| a.swap("orderBy=desc", "orderBy=asc"))),
    ("S1", "desc is asc", Asking(|a| a.swap("orderBy=desc", "orderBy=asc"))),
    ("S2", "texts are not sorted", Asking(|a| { a.swap("sort=familyName", "sort=sourcedId"); a.swap("sort=title", "sort=sourcedId") })),
    ("S3", "orderBy alone is passed over", Asking(|a| a.drop("orderBy"))),
    ("S4", "an unknown sort field is an error", Giving(|a, g| if a.says("shoeSize") { g.answer(400, "{}") })),
    ("S5", "orderBy may be anything", Asking(|a| a.drop("orderBy"))),
    ("T38", "fields are passed over", Asking(|a| a.drop("fields"))),
    ("S6", "fields of one record are passed over", Asking(|a| a.drop("fields"))),
    ("S7", "of repeated fields the first counts", Asking(|a| a.swap("&fields=status", ""))),
    ("T54", "unknown fields are passed over without a word", Asking(|a| a.drop("fields"))),
    ("S8", "a blank list of fields is none", Asking(|a| a.drop("fields"))),

    ("T26", "pages are cut", Asking(|a| a.swap("limit=5000", "limit=3"))),
    ("T27", "filters by time are passed over", Asking(|a| if a.says("dateLastModified%3E%272026") { a.drop("filter") })),
    ("T39", "a day alone is an error", Giving(|a, g| if !a.says("T0") && a.says("dateLastModified") { g.answer(400, "{}") })),
    ("D1", ">= is >", Asking(|a| a.swap("%3E%3D", "%3E"))),
    ("D2", "< is <=", Asking(|a| a.swap("dateLastModified%3C%27", "dateLastModified%3C%3D%27"))),
    ("D3", "a record alone has another time", Giving(|a, g| if is_single(a) { g.record(|r| r["dateLastModified"] = json!("2020-01-01T00:00:00.000Z")) })),

    ("T50", "limits that are none are passed over", Asking(|a| if a.says("limit=abc") { a.drop("limit") })),
    ("T53", "unknown fields in filters are passed over", Asking(|a| if a.says("shoeSize") { a.drop("filter") })),
    ("E1", "filters that cannot be read are passed over", Asking(|a| if a.says("soon") { a.drop("filter") })),
    ("T55", "an unknown record is an empty one", Giving(|a, g| if g.status == 404 && is_single(a) { g.answer(200, "{}") })),
    ("E2", "an unknown record above fails the server", Giving(|a, g| if g.status == 404 && is_nested(a) { g.answer(500, "{}") })),
    ("T43", "refusals are pages for people", Giving(|_, g| if g.status >= 400 { g.answer(g.status, "<html>no</html>") })),
    ("E3", "405 does not say what is allowed", Giving(|_, g| g.drop("allow"))),

    ("G1", "line items have a key of their own", Giving(|a, g| if a.is("/lineItems") { renamed(g) })),
    ("G2", "tests have a key of their own", Giving(|a, g| if a.is("/assessmentLineItems") { renamed(g) })),
    ("G3", "resources have a key of their own", Giving(|a, g| if a.is("/resources") { renamed(g) })),
    ("T10", "a GET with a body is an error", Giving(|a, g| if a.method == "GET" && !a.body.is_empty() { g.answer(400, "{}") })),
    ("T11", "there are no categories", Giving(|a, g| if a.is("/categories") { g.list(Vec::clear) })),
    ("W1", "deleted objects are still found", Giving(|a, g| if g.status == 404 && is_single(a) { g.answer(200, r#"{"category":{}}"#) })),
    ("T14", "creating is answered with 200", Giving(|_, g| if g.status == 201 { g.status = 200 })),
    ("T15", "creating is answered with 200", Giving(|_, g| if g.status == 201 { g.status = 200 })),
    ("T16", "classes have forgotten their line items", Giving(|a, g| forgets(a, g, "/classes/"))),
    ("T17", "titles are cut", Giving(|a, g| if is_single(a) { g.record(|r| if let Some(t) = r["title"].as_str() { r["title"] = json!(t.chars().take(100).collect::<String>()) }) })),
    ("W17", "titles are cut", Giving(|a, g| if is_single(a) { g.record(|r| if let Some(t) = r["title"].as_str() { r["title"] = json!(t.chars().take(200).collect::<String>()) }) })),
    ("T18", "line items have another category", Giving(|a, g| if is_nested(a) { g.list(|list| list.iter_mut().for_each(|r| r["category"]["sourcedId"] = json!("x"))) })),
    ("T19", "the empty comment comes back", Giving(|a, g| if is_single(a) { g.record(|r| r["comment"] = json!("")) })),
    ("T20", "line items have forgotten their results", Giving(|a, g| forgets(a, g, "/lineItems/"))),
    ("T21", "scores are cut at the greatest", Giving(|_, g| g.swap("300", "100"))),
    ("W16", "scores are rounded", Giving(|_, g| g.swap("80.25", "80"))),
    ("W16", "scores are at least 0", Giving(|_, g| g.swap("\"score\":-5", "\"score\":0"))),
    ("T22", "exempt is another word", Giving(|_, g| g.swap("\"exempt\"", "\"submitted\""))),
    ("T23", "deletions fail", Giving(|a, g| if a.method == "DELETE" { g.answer(500, "{}") })),
    ("T24", "deleted results are still listed", Asking(|a| if a.method == "DELETE" { a.method = "HEAD".to_owned() })),
    ("W6", "a deleted identifier is spent", Minding(|a, g, seen| match a.method.as_str() {
        "DELETE" => seen.push(a.target.clone()),
        "PUT" if seen.contains(&a.target) => g.answer(409, "{}"),
        _ => {}
    })),
    ("W7", "bodies must name themselves", Giving(|a, g| if a.method == "PUT" && !a.form().contains("sourcedId") { g.answer(422, "{}") })),
    ("T25", "what is deleted stays", Asking(|a| if a.method == "DELETE" { a.method = "GET".to_owned() })),
    ("T57", "scopes do not matter", Giving(|_, g| if g.status == 403 { g.answer(201, "") })),
    ("T59", "pairs are missing", Giving(|a, g| if a.method == "POST" { g.json(|b| if let Some(pairs) = b["sourcedIdPairs"].as_array_mut() { pairs.truncate(1) }) })),
    ("W2", "what is left out stays", Giving(|a, g| if is_single(a) { g.record(|r| r["description"] = json!("Written by a check")) })),
    ("W3", "wrong bodies are bad requests", Giving(|_, g| if g.status == 422 { g.status = 400 })),
    ("W4", "what is not there can be deleted", Giving(|a, g| if a.method == "DELETE" { g.answer(204, "") })),
    ("W5", "dateLastModified is what was sent", Giving(|a, g| if is_single(a) { g.record(|r| r["dateLastModified"] = json!("1999-01-01T00:00:00.000Z")) })),
    ("W8", "what comes twice is refused", Minding(|a, g, seen| if a.method == "PUT" {
        if seen.contains(&a.target) { g.answer(409, "{}"); }
        seen.push(a.target.clone());
    })),
    ("W8", "what comes twice stands there twice", Giving(|a, g| if a.says("sourcedId%3D") { g.list(|list| list.extend(list.clone())) })),
    ("W8", "what comes twice loses a member", Minding(|a, g, seen| match a.method.as_str() {
        "PUT" => seen.push(a.target.clone()),
        "GET" if seen.iter().filter(|put| **put == a.target).count() > 1 => g.record(|r| drop(r.as_object_mut().unwrap().remove("status"))),
        _ => {}
    })),
    ("W15", "a set may name what it likes", Giving(|a, g| if a.method == "POST" && g.status == 422 { g.answer(201, "{\"sourcedIdPairs\":[]}") })),
    ("W10", "the status of a body is passed over", Asking(|a| a.write("tobedeleted", "active"))),
    ("W11", "half of a set is stored", Minding(|a, g, seen| {
        let mark = serde_json::from_slice::<Value>(&a.body).ok().and_then(|body| {
            let one = body["lineItems"].get(0).map(|item| item["title"].clone());
            let comment = || Some(body["results"].get(0)?["comment"].clone());
            Some(one.or_else(comment)?.as_str()?.to_owned())
        });
        match (a.method.as_str(), mark) {
            ("POST", Some(mark)) if g.status == 422 => seen.push(mark),
            ("GET", _) if is_nested(a) => if let Some(mark) = seen.last().cloned() {
                g.list(|list| list.push(json!({ "sourcedId": "half", "title": mark, "comment": mark })));
            },
            _ => {}
        }
    })),
    ("W12", "what others need is said to be gone", Giving(|a, g| if a.method == "DELETE" && g.status == 422 { g.answer(204, "") })),
    ("W12", "deletions are refused in other words", Giving(|a, g| if a.method == "DELETE" && g.status == 422 { g.answer(422, "{}") })),
    ("W13", "If-Match is passed over", Asking(|a| a.forget("if-match"))),
    ("W14", "If-None-Match is passed over", Asking(|a| a.forget("if-none-match"))),
    ("D4", "deltas hold nothing that was deleted", Giving(|a, g| if a.says("dateLastModified") { g.list(|list| list.retain(|r| r["status"] != "tobedeleted")) })),
    ("D4", "what was deleted comes as it was before", Giving(|a, g| if a.says("dateLastModified") { g.swap("tobedeleted", "active") })),
    ("W9", "what is deleted stays", Asking(|a| if a.method == "DELETE" { a.method = "GET".to_owned() })),
    ("T60", "services say nothing of themselves", Giving(|a, g| if a.path().contains("/discovery/") { g.answer(404, "{}") })),
];

#[test]
fn every_check_can_fail() {
    let proxy = Proxy::new();
    let ground = Ground::of(100, Some(proxy.address));
    proxy.lead(ground.house.address);
    let sound = ground.run(&ground.options(&Version::ALL, &[])).outcomes;
    let failed: Vec<_> = sound.iter().filter(|o| matches!(o.verdict, Verdict::Failed(_))).collect();
    assert!(failed.is_empty(), "without a fault: {failed:?}");
    let mut missed = Vec::new();
    for check in CHECKS {
        let found: Vec<&Fault> = FAULTS.iter().filter(|(id, ..)| *id == check.id).collect();
        if found.is_empty() {
            missed.push(format!("{}: no fault is planted", check.id));
        }
        for (id, what, plant) in found {
            let versions: Vec<_> = Version::ALL.into_iter().filter(|v| check.versions.has(*v)).collect();
            let run = |plant| {
                proxy.plant(plant);
                let signed = check.needs == Needs::OAuth1;
                let options = if signed { ground.signed(&[id]) } else { ground.options(&versions, &[id]) };
                ground.run(&options).outcomes
            };
            let broken = run(*plant);
            for version in versions {
                let told = broken.iter().any(|o| o.version == version && matches!(o.verdict, Verdict::Failed(_)));
                if !told {
                    missed.push(format!("{id} {version} does not see that {what}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn faults_are_of_checks() {
    for (id, ..) in FAULTS {
        assert!(CHECKS.iter().any(|check| check.id == *id), "{id}");
    }
}
