//! Whatever a provider answers, the runner ends, and believes nothing.

use super::ground::Ground;
use super::proxy::{Asked, Given, Plant, Proxy};
use homeroom::conformance::Verdict;
use oneroster::model::Version;
use serde_json::json;

/// What is odd about a provider, and how its answers become so.
type Odd = (&'static str, fn(&Asked, &mut Given));

/// Provider after provider, each odd in its own way.
const ODD: &[Odd] = &[
    ("pages for people", |_, g| g.answer(200, "<!doctype html><title>Sign in</title>")),
    ("nothing", |_, g| g.answer(200, "")),
    ("broken JSON", |_, g| g.answer(200, r#"{"users":[{"sourcedId":"#)),
    ("other bytes", |_, g| g.body = (0..=255).cycle().take(100_000).collect()),
    ("deep JSON", |_, g| g.body = "[".repeat(100_000).into_bytes()),
    ("lists of anything", |a, g| {
        let key = a.path().rsplit('/').next().unwrap_or_default().to_owned();
        let odd =
            json!([null, 7, "x", [], {}, {"sourcedId": 7, "dateLastModified": "é".repeat(30)}, {"sourcedId": null}]);
        g.answer(200, &json!({ key: odd }).to_string());
    }),
    ("numbers for objects", |a, g| {
        g.answer(200, &json!({ a.path().rsplit('/').nth(1).unwrap_or_default(): 7, "access_token": 7 }).to_string());
    }),
    ("errors", |_, g| g.answer(500, r#"{"statusInfoSet":7,"imsx_CodeMinor":[]}"#)),
    ("redirects", |_, g| {
        g.answer(302, "");
        g.headers.push(("location".into(), "http://other.test/".into()));
    }),
    ("next links without an end", |a, g| {
        g.drop("link");
        let next = format!("<http://{}{}&x=1>; rel=\"next\"", a.header("host"), a.target);
        g.headers.push(("link".into(), next));
    }),
    ("next links to the same page", |a, g| {
        g.drop("link");
        g.headers.push(("link".into(), format!("<http://{}{}>; rel=\"next\"", a.header("host"), a.target)));
    }),
    ("next links to others", |_, g| {
        g.drop("link");
        g.headers.push(("link".into(), "<http://other.test/users?offset=5>; rel=\"next\"".into()));
    }),
    ("counts beyond all measure", |_, g| {
        g.drop("x-total-count");
        g.headers.push(("x-total-count".into(), u64::MAX.to_string()));
    }),
];

#[test]
fn no_answer_is_too_odd() {
    let proxy = Proxy::new();
    let ground = Ground::of(100, Some(proxy.address));
    proxy.lead(ground.house.address);
    for ((what, odd), version) in ODD.iter().zip(Version::ALL.into_iter().cycle()) {
        proxy.plant(Plant::Data(*odd));
        let report = ground.run(&ground.options(&[version], &[]));
        let failed = report.outcomes.iter().filter(|o| matches!(o.verdict, Verdict::Failed(_))).count();
        assert!(failed > 0, "nothing failed before {what}");
    }
}
