//! Tokens given back, what is offered, and who asks too often or guesses.

use super::house::{Answer, FORM, Holder, House, LOG};
use homeroom::provider::Options;
use homeroom_store::access::{Edit, NewApp, ScopeSet};
use oneroster::model::Version;
use secrecy::ExposeSecret;
use std::num::NonZeroU32;

const USERS: &str = "/ims/oneroster/v1p1/users?limit=1";

fn form(house: &House, path: &str, holder: &Holder, body: &str) -> Answer {
    let body = format!("client_id={}&client_secret={}&{body}", holder.app.client_id, holder.secret);
    house.send("POST", path, &[FORM], &body)
}

#[test]
fn a_token_is_given_back() {
    let house = House::new();
    let (holder, other) = (house.app("LMS", "roster.readonly"), house.app("other", "roster.readonly"));
    let [one, two] = [(); 2].map(|()| house.token_of(&holder));
    let give_back = |holder: &Holder, token: &str| form(&house, "/oauth/revoke", holder, &format!("token={token}"));
    let done = |answer: Answer| assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{answer:?}");
    done(give_back(&other, &one));
    assert_eq!(house.get(USERS, &one).status, 200, "it is another one's");
    done(give_back(&holder, &one));
    house.get(USERS, &one).fails(Version::V1P1, 401, "unauthorized");
    assert_eq!(house.get(USERS, &two).status, 200);
    // RFC 7009, 2.2: what is not there any more is given back, too.
    done(give_back(&holder, &one));
    done(form(&house, "/oauth/revoke", &holder, &format!("token={two}&token_type_hint=access_token")));
    house.get(USERS, &two).fails(Version::V1P1, 401, "unauthorized");
    let wrong = Holder { app: holder.app.clone(), secret: "guess".into() };
    assert_eq!(
        (give_back(&wrong, &two).status, give_back(&wrong, &two).json()["error"].as_str()),
        (401, Some("invalid_client"))
    );
    let none = form(&house, "/oauth/revoke", &holder, "");
    assert_eq!((none.status, none.json()["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(house.send("GET", "/oauth/revoke", &[], "").status, 405);
}

#[test]
fn what_is_offered_is_told_where_clients_look() {
    let house = House::new();
    let told = house.send("GET", "/.well-known/oauth-authorization-server", &[], "").json();
    let base = format!("http://{}", house.address);
    assert_eq!(told["issuer"], base);
    assert_eq!(told["token_endpoint"], format!("{base}/oauth/token"));
    assert_eq!(told["revocation_endpoint"], format!("{base}/oauth/revoke"));
    assert_eq!(told["grant_types_supported"], serde_json::json!(["client_credentials"]));
    let scopes = told["scopes_supported"].as_array().unwrap();
    assert!(scopes.contains(&"https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly".into()));
    assert_eq!(house.send("POST", "/.well-known/oauth-authorization-server", &[], "").status, 405);
    assert_eq!(house.send("GET", "/.well-known/oauth-authorization-server/north", &[], "").status, 404);
    // RFC 8414, 3.1: the path of the issuer stands behind the well-known one.
    for path in ["/t/north", "/t/north/s/a%20b"] {
        for at in [
            format!("/.well-known/oauth-authorization-server{path}"),
            format!("{path}/.well-known/oauth-authorization-server"),
        ] {
            let told = house.send("GET", &at, &[], "").json();
            assert_eq!(
                (&told["issuer"], &told["token_endpoint"]),
                (&format!("{base}{path}").into(), &format!("{base}{path}/oauth/token").into())
            );
        }
    }
    assert_eq!(house.send("GET", "/.well-known/oauth-authorization-server/t/north/x", &[], "").status, 404);
    let house = House::known_as("https://roster.example.org/north");
    for path in ["/.well-known/oauth-authorization-server/north", "/.well-known/oauth-authorization-server"] {
        let told = house.send("GET", path, &[], "").json();
        assert_eq!(told["issuer"], "https://roster.example.org/north");
        assert_eq!(told["token_endpoint"], "https://roster.example.org/north/oauth/token");
    }
}

#[test]
fn who_guesses_has_to_wait_and_nobody_else() {
    let trusted_proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().unwrap().into()];
    let house = House::with(Options { trusted_proxies, ..Options::default() });
    let holder = house.app("guessed-at", "roster.readonly");
    let ask = |secret: &str, from: &str| {
        let body = format!("grant_type=client_credentials&client_id={}&client_secret={secret}", holder.app.client_id);
        house.send("POST", "/oauth/token", &[FORM, ("x-forwarded-for", from)], &body)
    };
    for _ in 0..5 {
        assert_eq!(ask("guess", "192.0.2.1").status, 401);
    }
    for secret in ["guess", &holder.secret] {
        let wait = ask(secret, "192.0.2.1");
        assert_eq!(wait.status, 429, "{wait:?}");
        assert_eq!(wait.header("retry-after"), Some("1"));
        assert!(wait.json()["error_description"].as_str().unwrap().contains("Retry-After"));
    }
    assert_eq!(ask(&holder.secret, "192.0.2.2").status, 200, "the same client from elsewhere");
    let other = house.app("at the same address", "roster.readonly");
    let body =
        format!("grant_type=client_credentials&client_id={}&client_secret={}", other.app.client_id, other.secret);
    assert_eq!(house.send("POST", "/oauth/token", &[FORM, ("x-forwarded-for", "192.0.2.1")], &body).status, 200);
    let log = LOG.text();
    assert!(log.lines().any(|line| line.contains("wrong client id or secret") && line.contains("192.0.2.1")));
}

#[test]
fn who_asks_too_often_has_to_wait() {
    let house = House::with(Options { rate: NonZeroU32::new(1), ..Options::default() });
    let everything = ScopeSet::parse(&ScopeSet::all_names().join(" "));
    let holder = |name: &str, rate| {
        let (app, secret) = house.access.add("test", &NewApp { rate, ..NewApp::new(name, everything) }).unwrap();
        Holder { app, secret: secret.expose_secret().to_owned() }
    };
    let (usual, free) = (holder("usual", None), holder("free", Some(0)));
    let (token, other) = (house.token_of(&usual), house.token_of(&free));
    let modern = "/ims/oneroster/rostering/v1p2/users?limit=1";
    let answers: Vec<_> = (0..20).map(|_| house.get(modern, &token)).collect();
    assert!(answers[..4].iter().all(|answer| answer.status == 200), "{:?}", answers[3]);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(!refused.is_empty());
    for answer in refused {
        answer.fails(Version::V1P2, 429, "server_busy");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert!((0..20).all(|_| house.get(modern, &other).status == 200), "each has a limit of its own");
    // A second token is no second limit, and a change counts at once.
    let second = house.token_of(&usual);
    assert!((0..8).any(|_| house.get(USERS, &second).status == 429));
    house.access.edit("test", "usual", Edit { rate: Some(Some(1000)), ..Edit::default() }).unwrap();
    assert!((0..50).all(|_| house.get(USERS, &second).status == 200));
}

#[test]
fn tokens_and_administration_have_limits_too() {
    let options = Options { rate: NonZeroU32::new(2), ..Options::default() };
    let house = House::with(options);
    let holder = house.app("LMS", "roster.readonly admin.readonly");
    let token = house.token_of(&holder);
    let many = |ask: &dyn Fn() -> Answer| (0..60).map(|_| ask()).find(|answer| answer.status == 429);
    let hurried = many(&|| house.get("/api/v1/apps", &token)).expect("somebody is too quick");
    assert!(hurried.header("retry-after").is_some());
    let hurried = many(&|| form(&house, "/oauth/token", &holder, "grant_type=client_credentials")).unwrap();
    assert_eq!(hurried.json()["error"], "temporarily_unavailable");
    assert!(hurried.header("retry-after").is_some());
    // Another client is not held up by it.
    let other = house.app("other", "roster.readonly");
    assert_eq!(form(&house, "/oauth/token", &other, "grant_type=client_credentials").status, 200);
}

#[test]
fn an_offset_of_any_size_is_an_empty_page_or_refused() {
    let house = House::new();
    let token = house.token_of(&house.app("LMS", "roster.readonly"));
    for (offset, status) in [
        ("2147483648", 200),
        ("4294967296", 200),
        ("9223372036854775807", 200),
        ("9223372036854775808", 400),
        ("18446744073709551615", 400),
        ("18446744073709551616", 400),
    ] {
        for more in ["", "&sort=familyName", "&filter=status='active'"] {
            let answer = house.get(&format!("/ims/oneroster/v1p1/users?limit=5&offset={offset}{more}"), &token);
            assert_eq!(answer.status, status, "{offset}{more}: {answer:?}");
        }
    }
}
