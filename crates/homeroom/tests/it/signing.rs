//! Requests that are signed with OAuth 1.0a, by a client made from the RFC and
//! by clients as they are shipped.

use super::house::{Answer, FORM, Holder, House};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use homeroom::provider::Options;
use homeroom_store::access::{NewApp, ScopeSet};
use oneroster::model::Version;
use secrecy::ExposeSecret;
use sha2::Sha256;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const USERS: &str = "/ims/oneroster/v1p1/users";

fn signer(house: &House) -> Holder {
    let new = NewApp { signs: true, ..NewApp::new("signer", ScopeSet::parse("roster-core.readonly roster.readonly")) };
    let (app, secret) = house.access.add("test", &new).unwrap();
    Holder { app, secret: secret.expose_secret().to_owned() }
}

fn now() -> u64 {
    // A second ahead of us: never of before the start, however quick a test is.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 1
}

fn nonce() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("nonce{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Percent-encoding of RFC 5849, 3.6.
fn encoded(text: &str) -> String {
    let byte = |b: u8| {
        let kept = b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if kept { char::from(b).to_string() } else { format!("%{b:02X}") }
    };
    text.bytes().map(byte).collect()
}

fn as_it_is(text: &str) -> String {
    text.to_owned()
}

/// A client: what it asks for, and how it writes what it signs.
struct Client<'a> {
    holder: &'a Holder,
    method: &'a str,
    base: String,
    /// Decoded.
    query: Vec<(&'a str, &'a str)>,
    timestamp: u64,
    nonce: String,
    value: fn(&str) -> String,
    key: fn(&str) -> String,
}

impl<'a> Client<'a> {
    fn new(house: &House, holder: &'a Holder, path: &str, query: &[(&'a str, &'a str)]) -> Client<'a> {
        let base = format!("http://{}{path}", house.address);
        let (timestamp, nonce) = (now(), nonce());
        Client { holder, method: "GET", base, query: query.to_vec(), timestamp, nonce, value: encoded, key: encoded }
    }

    /// The parameters of the signature, decoded, with the signature (RFC 5849, 3.4).
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let own = vec![
            ("oauth_consumer_key", self.holder.app.client_id.clone()),
            ("oauth_signature_method", "HMAC-SHA256".to_owned()),
            ("oauth_timestamp", self.timestamp.to_string()),
            ("oauth_nonce", self.nonce.clone()),
        ];
        let all = own.iter().map(|(n, v)| (*n, v.as_str())).chain(self.query.iter().copied());
        let mut pairs: Vec<_> = all.map(|(n, v)| ((self.value)(n), (self.value)(v))).collect();
        pairs.sort();
        let pairs: Vec<_> = pairs.into_iter().map(|(n, v)| format!("{n}={v}")).collect();
        let text = format!("{}&{}&{}", self.method, encoded(&self.base), encoded(&pairs.join("&")));
        let key = (self.key)(&self.holder.secret) + "&";
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        own.into_iter().chain([("oauth_signature", signature)]).collect()
    }

    fn header(&self) -> String {
        let pairs: Vec<_> = self.parameters().iter().map(|(n, v)| format!("{n}=\"{}\"", encoded(v))).collect();
        format!("OAuth {}", pairs.join(","))
    }

    /// Path and query as they are sent.
    fn target(&self, house: &House) -> String {
        let path = self.base.strip_prefix(&format!("http://{}", house.address)).unwrap_or(&self.base);
        let pairs: Vec<_> = self.query.iter().map(|(n, v)| format!("{n}={}", encoded(v))).collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }

    fn ask(&self, house: &House) -> Answer {
        house.send(self.method, &self.target(house), &[("authorization", &self.header())], "")
    }
}

#[track_caller]
fn refused(answer: &Answer) {
    answer.fails(Version::V1P1, 401, "unauthorized");
    assert!(answer.header("www-authenticate").unwrap().starts_with("OAuth"), "{answer:?}");
}

#[test]
fn what_is_signed_well_is_answered_once() {
    let house = House::new();
    let holder = signer(&house);
    let query = [("filter", "familyName='O\u{fc} ~/(x)*!'"), ("limit", "5"), ("fields", "sourcedId,givenName")];
    let client = Client::new(&house, &holder, USERS, &query);
    assert_eq!(client.ask(&house).status, 200);
    let again = client.ask(&house);
    refused(&again);
    assert!(again.body.contains("nonce"), "{again:?}");
    // A trailing slash is signed as it is sent.
    assert_eq!(Client::new(&house, &holder, "/ims/oneroster/v1p1/courses/", &[("limit", "1")]).ask(&house).status, 200);
    assert_eq!(Client { method: "HEAD", ..Client::new(&house, &holder, USERS, &[]) }.ask(&house).status, 200);
    assert_eq!(Client::new(&house, &holder, "/ims/oneroster/v1p1/users/nobody", &[]).ask(&house).status, 404);
    // It may ask for a token with the same secret, too.
    assert_eq!(house.get(USERS, &house.token_of(&holder)).status, 200);
}

#[test]
fn what_is_not_is_refused_in_the_shapes_of_1_1() {
    let house = House::new();
    let holder = signer(&house);
    let client = || Client::new(&house, &holder, USERS, &[("limit", "5")]);
    let wrong = Holder { app: holder.app.clone(), secret: "0".repeat(64) };
    refused(&Client { holder: &wrong, ..client() }.ask(&house));
    let unknown = house.app("asks for tokens", "roster.readonly");
    refused(&Client { holder: &unknown, ..client() }.ask(&house));
    for timestamp in [now() - 700, now() + 400, 0] {
        refused(&Client { timestamp, ..client() }.ask(&house));
    }
    // A right one in between, since five wrong ones in a row make one wait.
    assert_eq!(client().ask(&house).status, 200);
    // Signed for another method, address or query.
    let header = |client: &Client<'_>| client.header();
    let send = |path: &str, header: &str| house.send("GET", path, &[("authorization", header)], "");
    refused(&send("/ims/oneroster/v1p1/users?limit=5", &header(&Client { method: "PUT", ..client() })));
    refused(&send("/ims/oneroster/v1p1/users?limit=6", &header(&client())));
    refused(&send("/ims/oneroster/v1p1/classes?limit=5", &header(&client())));
    refused(&send(
        "/ims/oneroster/v1p1/users?limit=5",
        &header(&Client { base: format!("http://other{USERS}"), ..client() }),
    ));
    for odd in ["OAuth", "OAuth x", "OAuth oauth_consumer_key=\"a\"", "OAuth \u{1}"] {
        refused(&send(USERS, odd.trim_end_matches('\u{1}')));
    }
    assert_eq!(client().ask(&house).status, 200);
    let plaintext = header(&client()).replace("HMAC-SHA256", "PLAINTEXT");
    refused(&send("/ims/oneroster/v1p1/users?limit=5", &plaintext));
    // Scopes count as they do for tokens.
    let narrow = Client::new(&house, &holder, "/ims/oneroster/v1p1/demographics", &[]).ask(&house);
    narrow.fails(Version::V1P1, 403, "forbidden");
    // Whoever goes on guessing has to wait.
    let mut wrong = (0..6).map(|_| Client { holder: &wrong, ..client() }.ask(&house).status);
    assert!(wrong.by_ref().take(5).all(|status| status == 401) && wrong.next() == Some(429));
    // 1.2 knows tokens only.
    let path = "/ims/oneroster/rostering/v1p2/users";
    let modern = Client::new(&house, &holder, path, &[]).ask(&house);
    modern.fails(Version::V1P2, 401, "unauthorisedrequest");
}

#[test]
fn a_disabled_or_rotated_application_is_refused_at_once() {
    let house = House::new();
    let holder = signer(&house);
    let client = || Client::new(&house, &holder, USERS, &[]);
    assert_eq!(client().ask(&house).status, 200);
    house.another_process().rotate("test", "signer").unwrap();
    refused(&client().ask(&house));
}

#[test]
fn parameters_may_come_in_the_query_or_a_form() {
    let house = House::new();
    let holder = signer(&house);
    let pairs = |client: &Client<'_>| {
        client.parameters().iter().map(|(n, v)| format!("{n}={}", encoded(v))).collect::<Vec<_>>().join("&")
    };
    let client = Client::new(&house, &holder, USERS, &[("limit", "1"), ("offset", "0")]);
    let answer = house.send("GET", &format!("{}&{}", client.target(&house), pairs(&client)), &[], "");
    assert_eq!(answer.status, 200);
    for link in answer.header("link").into_iter() {
        assert!(!link.contains("oauth_"), "a signature is good once: {link}");
    }
    // A GET with a body is odd, but it is what the RFC describes.
    let client = Client::new(&house, &holder, USERS, &[]);
    let body = pairs(&client);
    let request = format!(
        "GET {USERS} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}: {}\r\nContent-Length: {}\r\n\r\n{body}",
        house.address,
        FORM.0,
        FORM.1,
        body.len()
    );
    assert!(house.raw(request.as_bytes()).starts_with("HTTP/1.1 200 "));
}

#[test]
fn shipped_clients_are_understood() {
    let house = House::new();
    let holder = signer(&house);
    let slash_kept = |text: &str| text.split('/').map(encoded).collect::<Vec<_>>().join("/");
    let plus = |text: &str| text.split(' ').map(encoded).collect::<Vec<_>>().join("+");
    let query = [("filter", "title='a/b c'"), ("limit", "10000"), ("offset", "0")];
    let courses = "/ims/oneroster/v1p1/courses/";
    // ClassLink's clients for Python and for Ruby.
    assert_eq!(
        Client { value: slash_kept, key: plus, ..Client::new(&house, &holder, courses, &query) }.ask(&house).status,
        200
    );
    assert_eq!(
        Client { value: plus, key: plus, ..Client::new(&house, &holder, courses, &query) }.ask(&house).status,
        200
    );
    // Moodle's plugin: the raw secret, and an identifier that is not encoded.
    let moodle = Client { key: as_it_is, ..Client::new(&house, &holder, "/ims/oneroster/v1p1/users/{A-1}:x", &[]) };
    let header = moodle.header().replace(',', ", ");
    assert_eq!(
        house.send("GET", &moodle.target(&house), &[("authorization", &header), ("accept", "*/*")], "").status,
        404
    );
    // ClassLink's client for .NET: a comma behind the scheme.
    let client = Client::new(&house, &holder, USERS, &[]);
    let header = client.header().replace("OAuth ", "OAuth, ");
    assert_eq!(house.send("GET", USERS, &[("authorization", &header)], "").status, 200);
}

#[test]
fn the_address_is_the_one_that_the_client_knows() {
    let public = House::known_as("https://roster.example.org/north");
    let trusted_proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().unwrap().into()];
    let behind = House::with(Options { trusted_proxies, ..Options::default() });
    for (house, base) in [(&public, "https://roster.example.org/north"), (&behind, "https://outer.example")] {
        let holder = signer(house);
        let known = Client { base: format!("{base}{USERS}"), ..Client::new(house, &holder, USERS, &[]) };
        let told = [("x-forwarded-proto", "https"), ("x-forwarded-host", "outer.example")];
        let headers = [("authorization", &*known.header()), told[0], told[1]];
        assert_eq!(house.send("GET", USERS, &headers, "").status, 200, "{base}");
    }
    // Whoever is not trusted cannot say where it asked.
    let house = House::new();
    let holder = signer(&house);
    let known = Client { base: format!("https://outer.example{USERS}"), ..Client::new(&house, &holder, USERS, &[]) };
    let headers =
        [("authorization", &*known.header()), ("x-forwarded-proto", "https"), ("x-forwarded-host", "outer.example")];
    refused(&house.send("GET", USERS, &headers, ""));
}
