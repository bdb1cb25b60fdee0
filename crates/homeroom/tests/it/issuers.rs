//! Bearer tokens of an outside issuer: a real one, over HTTP, in this process.

use super::district::{import, small};
use super::house::{Answer, House};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use homeroom::system::System;
use homeroom_store::Roster;
use homeroom_store::access::{NewApp, NewIssuer, Outside, ScopeSet};
use oneroster::model::Version;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::Sha256;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

const USERS: &str = "/ims/oneroster/rostering/v1p2/users?limit=1";

/// An issuer with two keys, which answers until the process ends.
struct Issuer {
    address: SocketAddr,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    published: Arc<Mutex<Vec<Value>>>,
    asked: Arc<AtomicU32>,
}

fn text(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Issuer {
    fn new() -> Issuer {
        let chance = SystemRandom::new();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance).unwrap();
        let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref(), &chance).unwrap();
        let ed = Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&chance).unwrap().as_ref()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (published, asked) = (Arc::<Mutex<Vec<Value>>>::default(), Arc::<AtomicU32>::default());
        let (keys, count) = (published.clone(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let body = if first.contains("openid-configuration") {
                    count.fetch_add(1, Ordering::SeqCst);
                    json!({ "issuer": format!("http://{address}"), "jwks_uri": format!("http://{address}/keys") })
                } else {
                    json!({ "keys": *keys.lock().unwrap() })
                }
                .to_string();
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length:";
                let _ = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
            }
        });
        Issuer { address, ec, ed, published, asked }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn ec_key(&self) -> Value {
        let point = self.ec.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "x": x, "y": y })
    }

    fn ed_key(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.ed.public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "ed", "alg": "EdDSA", "x": x })
    }

    fn publish(&self, keys: &[Value]) {
        *self.published.lock().unwrap() = keys.to_vec();
    }

    /// Claims that are good, with some of them replaced.
    fn claims(&self, with: Value) -> Value {
        let now = System.now().0 / 1000;
        let mut claims = json!({ "iss": self.url(), "aud": "homeroom", "exp": now + 300, "iat": now });
        for (name, value) in with.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", text(header), text(claims));
        let signature = if header["alg"] == "EdDSA" {
            self.ed.sign(message.as_bytes()).as_ref().to_vec()
        } else {
            self.ec.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn token(&self, with: Value) -> String {
        self.signed(&json!({ "alg": "ES256", "kid": "ec", "typ": "JWT" }), &self.claims(with))
    }
}

/// A house with people that takes the tokens of an issuer.
fn house(issuer: &Issuer, user_claim: Option<&str>) -> House {
    let house = House::new();
    import(&Roster::open(&house.url()).unwrap(), &small(10), System.now());
    house.access.add("test", &NewApp::new("portal", ScopeSet::parse("roster-core.readonly roster.readonly"))).unwrap();
    let [name, url, audience, app] = ["login", &issuer.url(), "homeroom", "portal"].map(str::to_owned);
    let (user_claim, user_member) = (user_claim.map(str::to_owned), "sourcedId".to_owned());
    house.access.add_issuer("test", &NewIssuer { name, url, audience, app, user_claim, user_member }).unwrap();
    house
}

#[track_caller]
fn refused(answer: &Answer) {
    answer.fails(Version::V1P2, 401, "unauthorisedrequest");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
}

#[test]
fn tokens_of_an_issuer_open_what_the_application_is_granted() {
    let issuer = Issuer::new();
    issuer.publish(&[issuer.ec_key(), json!({ "kty": "strange" }), issuer.ed_key()]);
    let house = house(&issuer, None);
    for header in [json!({ "alg": "ES256", "kid": "ec" }), json!({ "alg": "EdDSA", "kid": "ed" })] {
        let answer = house.get(USERS, &issuer.signed(&header, &issuer.claims(json!({}))));
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(
        house.get("/ims/oneroster/v1p1/users?limit=1", &issuer.token(json!({ "aud": ["a", "homeroom"] }))).status,
        200
    );
    let narrow = house.get("/ims/oneroster/rostering/v1p2/demographics", &issuer.token(json!({})));
    narrow.fails(Version::V1P2, 403, "forbidden");
    // Scopes of OneRoster in the token narrow it, others say nothing.
    let core = "openid https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly";
    assert_eq!(house.get(USERS, &issuer.token(json!({ "scope": core }))).status, 200);
    let nested = "/ims/oneroster/rostering/v1p2/schools/s1/classes";
    assert_eq!(house.get(nested, &issuer.token(json!({ "scope": core }))).status, 403);
    assert_ne!(house.get(nested, &issuer.token(json!({ "scope": "openid email" }))).status, 403);
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1, "the keys are kept");
    // Whoever is taken off the list is refused at once.
    let token = issuer.token(json!({}));
    house.access.remove_issuer("test", "login").unwrap();
    refused(&house.get(USERS, &token));
}

#[test]
fn what_is_not_of_the_issuer_or_not_for_us_is_refused() {
    let issuer = Issuer::new();
    issuer.publish(&[issuer.ec_key(), issuer.ed_key()]);
    let house = house(&issuer, None);
    let now = System.now().0 / 1000;
    for with in [
        json!({ "iss": "http://127.0.0.1:1" }),
        json!({ "iss": format!("{}/", issuer.url()) }),
        json!({ "iss": null }),
        json!({ "aud": "somebody else" }),
        json!({ "aud": null }),
        json!({ "aud": [] }),
        json!({ "exp": now - 120 }),
        json!({ "exp": null }),
        json!({ "nbf": now + 600 }),
    ] {
        let answer = house.get(USERS, &issuer.token(with.clone()));
        assert_eq!(answer.status, 401, "{with}");
        refused(&answer);
    }
    let good = issuer.claims(json!({}));
    let signed = |header: Value| issuer.signed(&header, &good);
    // Another key than is named, and keys for something else.
    refused(&house.get(USERS, &signed(json!({ "alg": "ES256", "kid": "ed" }))));
    refused(&house.get(USERS, &signed(json!({ "alg": "EdDSA", "kid": "ec" }))));
    refused(&house.get(USERS, &signed(json!({ "alg": "RS256", "kid": "ec" }))));
    // Signed with the public key as a shared secret, and not signed at all.
    let message = format!("{}.{}", text(&json!({ "alg": "HS256", "kid": "ec" })), text(&good));
    let mut mac = Hmac::<Sha256>::new_from_slice(issuer.ec.public_key().as_ref()).unwrap();
    mac.update(message.as_bytes());
    let code = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    refused(&house.get(USERS, &format!("{message}.{code}")));
    refused(&house.get(USERS, &format!("{}.{}.", text(&json!({ "alg": "none" })), text(&good))));
    let token = issuer.token(json!({}));
    let (head, signature) = token.rsplit_once('.').unwrap();
    let other = issuer.token(json!({ "sub": "x" }));
    refused(&house.get(USERS, &format!("{}.{signature}", other.rsplit_once('.').unwrap().0)));
    refused(&house.get(USERS, head));
    for odd in ["a.b.c", "..", "a.b", &"x.".repeat(5000)] {
        refused(&house.get(USERS, odd));
    }
    assert_eq!(house.get(USERS, &token).status, 200);
}

#[test]
fn new_keys_are_asked_for_but_not_by_everybody() {
    let issuer = Issuer::new();
    issuer.publish(&[issuer.ed_key()]);
    let house = house(&issuer, None);
    // Its key is not published: the issuer is asked once, and not again for a while.
    for _ in 0..5 {
        refused(&house.get(USERS, &issuer.token(json!({}))));
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    let ed = issuer.signed(&json!({ "alg": "EdDSA" }), &issuer.claims(json!({})));
    assert_eq!(house.get(USERS, &ed).status, 200, "the one key of its kind needs no name");
    // An issuer that does not answer is not the sender's fault.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let [name, url, audience, app] = ["gone", &format!("http://{gone}"), "homeroom", "portal"].map(str::to_owned);
    let (user_claim, user_member) = (None, "sourcedId".to_owned());
    house.access.add_issuer("test", &NewIssuer { name, url, audience, app, user_claim, user_member }).unwrap();
    let answer = house.get(USERS, &issuer.token(json!({ "iss": format!("http://{gone}") })));
    answer.fails(Version::V1P2, 503, "server_busy");
}

#[test]
fn a_teachers_token_sees_the_teachers_classes() {
    let issuer = Issuer::new();
    issuer.publish(&[issuer.ec_key()]);
    let house = house(&issuer, Some("sub"));
    let seen = |list: &str, with: Value| {
        let path = format!("/ims/oneroster/rostering/v1p2/{list}?sort=sourcedId");
        let answer = house.get(&path, &issuer.token(with));
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        let records = body[list].as_array().unwrap().iter();
        records.map(|record| record["sourcedId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let nobody = || json!({});
    assert_eq!(seen("classes", nobody()), ["c1", "c2"], "a token of nobody is the application's");
    assert_eq!(seen("classes", json!({ "sub": "t1" })), ["c1"]);
    assert_eq!(seen("classes", json!({ "sub": "t2" })), ["c2"]);
    let people = seen("users", json!({ "sub": "t1" }));
    assert!(people.contains(&"u000".to_owned()) && people.contains(&"t1".to_owned()), "{people:?}");
    assert!(!people.contains(&"u001".to_owned()) && !people.contains(&"t2".to_owned()), "{people:?}");
    assert!(seen("users", nobody()).len() > people.len());
    let unknown = house.get(USERS, &issuer.token(json!({ "sub": "nobody' OR status='active" })));
    unknown.fails(Version::V1P2, 403, "forbidden");
}
