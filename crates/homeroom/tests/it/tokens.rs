//! `POST /oauth/token` and what its tokens open (rest.md 5.3; T1 to T5, T56).

use super::house::{Answer, FORM, Holder, House, LOG, method, minor, path, rostering};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use homeroom_store::access::ScopeSet;
use oneroster::model::{Version, scope_uri};

const V1P1: &str = "https://purl.imsglobal.org/spec/or/v1p1/scope/";
const V1P2: &str = "https://purl.imsglobal.org/spec/or/v1p2/scope/";

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn ask(house: &House, holder: &Holder, body: &str) -> Answer {
    let authorization = basic(&holder.app.client_id, &holder.secret);
    house.send("POST", "/oauth/token", &[FORM, ("authorization", &authorization)], body)
}

#[track_caller]
fn scopes(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    let mut scopes: Vec<_> = body["scope"].as_str().unwrap().split(' ').map(str::to_owned).collect();
    scopes.sort();
    scopes
}

#[test]
fn a_token_is_given_in_the_agreed_shape() {
    let house = House::new();
    let holder = house.app("LMS", "roster.readonly roster-core.readonly");
    let answer = ask(&house, &holder, "grant_type=client_credentials");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    let mut members: Vec<_> = body.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["token_type"], "Bearer");
    assert!(body["access_token"].as_str().unwrap().len() >= 43);
}

#[test]
fn scopes_are_narrowed_to_what_is_granted() {
    let house = House::new();
    let granted = ["roster-core.readonly", "roster.readonly"];
    let holder = house.app("LMS", &granted.join(" "));
    let all: Vec<_> = Version::ALL.into_iter().flat_map(|v| granted.map(|s| scope_uri(v, s))).collect();
    let scope = |scope: &str| ask(&house, &holder, &format!("grant_type=client_credentials&scope={scope}"));
    // T3, and a blank scope like none.
    assert_eq!(scopes(&ask(&house, &holder, "grant_type=client_credentials")), all);
    assert_eq!(scopes(&scope("")), all);
    // T1: four scopes asked for by a notebook, one of them granted.
    let asked = ["roster.readonly", "gradebook.readonly", "gradebook.createput", "gradebook.delete"];
    for separator in ["%20", "+"] {
        let uris: Vec<_> = asked
            .iter()
            .map(|s| form_urlencoded::byte_serialize(V1P2.as_bytes()).chain([*s]).collect::<String>())
            .collect();
        assert_eq!(scopes(&scope(&uris.join(separator))), [format!("{V1P2}roster.readonly")]);
    }
    // The request of Moodle's plugin, byte for byte.
    let moodle = "https%3A%2F%2Fpurl.imsglobal.org%2Fspec%2For%2Fv1p1%2Fscope%2Froster.readonly";
    assert_eq!(scopes(&scope(moodle)), [format!("{V1P1}roster.readonly")]);
    // Short names mean both versions.
    assert_eq!(scopes(&scope("roster.readonly")), [format!("{V1P1}roster.readonly"), format!("{V1P2}roster.readonly")]);
    for none in ["gradebook.readonly", "nothing", "https%3A%2F%2Fexample.org%2Froster.readonly"] {
        let answer = scope(none);
        assert_eq!((answer.status, &answer.json()["error"]), (400, &"invalid_scope".into()), "{none}");
    }
}

#[test]
fn credentials_come_raw_encoded_or_in_the_body() {
    let house = House::new();
    let holder = house.app("LMS", "roster.readonly");
    let (id, secret) = (holder.app.client_id.as_str(), holder.secret.as_str());
    // T2: every character form-encoded.
    let encoded = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let headers =
        [basic(id, secret), basic(&encoded(id), &encoded(secret)), basic(id, secret).replace("Basic", "bAsIc")];
    for header in headers {
        let answer =
            house.send("POST", "/oauth/token", &[FORM, ("authorization", &header)], "grant_type=client_credentials");
        assert_eq!(answer.status, 200, "{header}");
    }
    let body = format!("client_secret={secret}&client_id={id}&grant_type=client_credentials&more=x");
    let typed = ("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
    assert_eq!(house.send("POST", "/oauth/token", &[typed], &body).status, 200);
    assert_eq!(house.send("POST", "/oauth/token/", &[typed], &body).status, 404);
}

#[test]
fn wrong_requests_are_told_why() {
    let house = House::new();
    let holder = house.app("LMS", "roster.readonly");
    let grant = "grant_type=client_credentials";
    let good = basic(&holder.app.client_id, &holder.secret);
    let wrong = [
        (good.as_str(), "", 400, "invalid_request"),
        (&good, "grant_type=", 400, "unsupported_grant_type"),
        (&good, "grant_type=password", 400, "unsupported_grant_type"),
        (&good, "grant_type=client_credentials&grant_type=client_credentials", 400, "invalid_request"),
        (&basic(&holder.app.client_id, "guess"), grant, 401, "invalid_client"),
        (&basic("nobody", &holder.secret), grant, 401, "invalid_client"),
        ("Basic !!!", grant, 401, "invalid_client"),
        ("Basic", grant, 401, "invalid_client"),
        ("Bearer x", grant, 401, "invalid_client"),
        ("", grant, 401, "invalid_client"),
        ("", "grant_type=client_credentials&client_id=x", 401, "invalid_client"),
    ];
    for (authorization, body, status, error) in wrong {
        let mut headers = vec![FORM];
        if !authorization.is_empty() {
            headers.push(("authorization", authorization));
        }
        let answer = house.send("POST", "/oauth/token", &headers, body);
        let said = answer.json();
        assert_eq!((answer.status, &said["error"]), (status, &error.into()), "{authorization} {body}");
        assert!(!said["error_description"].as_str().unwrap().is_empty());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let challenge = answer.header("www-authenticate").is_some_and(|c| c.starts_with("Basic"));
        assert_eq!(challenge, status == 401);
    }
    let json =
        house.send("POST", "/oauth/token", &[("content-type", "application/json"), ("authorization", &good)], "{}");
    assert_eq!((json.status, &json.json()["error"]), (400, &"invalid_request".into()));
    let long = format!("{grant}&scope={}", "x".repeat(100_000));
    assert_eq!(ask(&house, &holder, &long).json()["error"], "invalid_request");
    let got = house.send("GET", "/oauth/token", &[], "");
    assert_eq!((got.status, got.header("allow")), (405, Some("POST")));
}

#[test]
fn without_a_good_token_nothing_is_open() {
    let house = House::new();
    for (route, version) in rostering() {
        let path = path(route, version);
        let code = minor(version, "unauthorized", "unauthorisedrequest");
        let none = house.send(method(route), &path, &[], "");
        none.fails(version, 401, code);
        assert_eq!(none.header("www-authenticate"), Some("Bearer"));
        for bad in ["Bearer unknown", "bearer unknown", "Bearer", "Bearer a b", "Bearer  "] {
            let answer = house.send("GET", &path, &[("authorization", bad)], "");
            answer.fails(version, 401, code);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""), "{bad}");
        }
        house.send("GET", &path, &[("authorization", "Basic eDp5")], "").fails(version, 401, code);
    }
}

#[test]
fn any_one_scope_of_the_version_opens_an_operation() {
    let house = House::new();
    let holder = house.app("all", &ScopeSet::all_names().join(" "));
    let mut tokens = Vec::new();
    for version in Version::ALL {
        for name in ScopeSet::all_names() {
            let uri = scope_uri(version, name);
            let body = format!("grant_type=client_credentials&scope={uri}");
            if ScopeSet::parse(&uri).is_empty() {
                continue;
            }
            let token = ask(&house, &holder, &body).json()["access_token"].as_str().unwrap().to_owned();
            tokens.push((version, name, token));
        }
    }
    for (route, version) in rostering() {
        for (of, name, token) in &tokens {
            let opens = *of == version && route.access.scopes(version).contains(name);
            let answer = house.get(&path(route, version), token);
            if opens {
                assert!(matches!(answer.status, 200 | 404), "{} {version} {name}: {answer:?}", route.operation);
                continue;
            }
            answer.fails(version, 403, "forbidden");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer error=\"insufficient_scope\", scope=\"https://"), "{challenge}");
        }
    }
}

#[test]
fn a_new_token_leaves_the_earlier_ones() {
    // T4
    let house = House::new();
    let holder = house.app("LMS", "roster.readonly");
    let tokens = [(); 3].map(|()| house.token_of(&holder));
    for token in tokens {
        assert_ne!(house.get("/ims/oneroster/v1p1/users?limit=1", &token).status, 401);
    }
}

#[test]
fn another_process_revokes_at_once() {
    let house = House::new();
    let holder = house.app("LMS", "roster.readonly");
    let token = house.token_of(&holder);
    let users = "/ims/oneroster/rostering/v1p2/users?limit=1";
    for _ in 0..3 {
        assert_ne!(house.get(users, &token).status, 401);
    }
    house.another_process().rotate("test", "LMS").unwrap();
    house.get(users, &token).fails(Version::V1P2, 401, "unauthorisedrequest");
    assert_eq!(ask(&house, &holder, "grant_type=client_credentials").status, 401);
}

#[test]
fn the_log_holds_no_secret_query_or_identifier() {
    let house = House::new();
    let holder = house.app("logged-app", "roster.readonly");
    let token = house.token_of(&holder);
    let odd = ("x-request-id", "a person\"s name");
    let good = ("x-request-id", "request-4711");
    let authorization = format!("Bearer {token}");
    let path = "/ims/oneroster/v1p1/users/private-id-1?fields=givenName&filter=familyName='Verysecret'";
    for id in [odd, good] {
        house.send("GET", path, &[id, ("authorization", &authorization)], "");
    }
    house.send("GET", "/ims/oneroster/v1p1/private-path", &[], "");
    house.send(
        "POST",
        "/oauth/token",
        &[FORM, ("authorization", &basic("private-client", "private-guess"))],
        "grant_type=client_credentials",
    );
    let log = LOG.text();
    for hidden in [&*holder.secret, &*token, "private-", "Verysecret", "givenName", "a person"] {
        assert!(!log.contains(hidden), "{hidden}");
    }
    let line = log.lines().find(|line| line.contains("request-4711")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["route"], "/ims/oneroster/v1p1/users/{sourcedId}");
    assert_eq!((&line["app"], &line["method"], &line["status"]), (&"logged-app".into(), &"GET".into(), &404.into()));
    assert!(line["microseconds"].is_u64());
}
