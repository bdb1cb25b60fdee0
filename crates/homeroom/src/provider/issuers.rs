//! Bearer tokens of outside issuers (OpenID Connect): JWTs, verified by the
//! keys that the issuer publishes.

use super::jwt;
use hashbrown::HashMap;
use homeroom_store::access::{Access, Caller, Issuer, ScopeSet};
use homeroom_store::{Read, Roster, Tombstones};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous};
use oneroster::model::{Kind, Version};
use oneroster::query::{Clause, Filter, Literal, Logical, Part, Path, Predicate};
use oneroster::time::Timestamp;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The longest token that is looked at, in bytes.
pub(super) const LONGEST: usize = 8 << 10;
/// How long an issuer may take to give one of its documents.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest document of an issuer, in bytes.
const LARGEST: u64 = 1 << 20;
/// The most keys of an issuer that are kept.
const MOST_KEYS: usize = 100;
/// How long keys are good before they are asked for again.
const GOOD_FOR: Duration = Duration::from_secs(60 * 60);
/// An issuer is not asked for its keys more often than this.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// How far clocks may be apart, in milliseconds.
const LEEWAY: i64 = 60_000;

/// The keys of the issuers, as they were last published.
pub(super) struct Issuers {
    agent: Agent,
    keys: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    keys: Arc<[Jwk]>,
    asked: Instant,
}

/// Why a token is not taken. Its sender is told no more than that it is bad.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// It is not right, or of nobody we know.
    Bad(&'static str),
    /// It is right, but of a person whom the roster does not know.
    Nobody,
    /// The issuer gives no keys at this moment.
    Unreachable(String),
    /// The district was removed a moment ago.
    Gone,
    /// Our own failure.
    Failed(String),
}

impl From<homeroom_store::Error> for Refused {
    fn from(error: homeroom_store::Error) -> Refused {
        match error.kind() {
            homeroom_store::ErrorKind::NotFound => Refused::Gone,
            _ => Refused::Failed(super::answer::chain(&error)),
        }
    }
}

impl Issuers {
    pub(super) fn new() -> Issuers {
        jwt::install();
        let native = rustls_native_certs::load_native_certs().certs;
        let roots = if native.is_empty() {
            RootCerts::WebPki
        } else {
            RootCerts::Specific(Arc::new(native.iter().map(|der| Certificate::from_der(der).to_owned()).collect()))
        };
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .user_agent(concat!("homeroom/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Issuers { agent: config.into(), keys: Mutex::default() }
    }

    /// Who calls with a token of an outside issuer. Blocks where the issuer is
    /// asked for its keys.
    pub(super) fn verify(
        &self,
        access: &Access,
        roster: &dyn Fn(&str) -> homeroom_store::Result<Roster>,
        token: &str,
        now: Timestamp,
    ) -> Result<Caller, Refused> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refused::Bad("no JWT"))?;
        if !jwt::ALGORITHMS.contains(&header.alg) {
            return Err(Refused::Bad("the algorithm"));
        }
        // What is not verified yet says only whose keys to try.
        let unverified: Value = dangerous::insecure_decode(token).map_err(|_| Refused::Bad("no claims"))?.claims;
        let issuers: Vec<Issuer> =
            access.issuers()?.into_iter().filter(|issuer| unverified["iss"] == issuer.url).collect();
        let url = &issuers.first().ok_or(Refused::Bad("the issuer"))?.url;
        let key = self.key(url, header.alg, header.kid.as_deref())?;
        let claims = verified(token, header.alg, &key, &issuers)?;
        let expires = timely(&claims, now)?;
        let meant = |issuer: &&Issuer| audiences(&claims).any(|audience| audience == issuer.audience);
        let issuer = issuers.iter().find(meant).ok_or(Refused::Bad("the audience"))?;
        let person = match issuer.user_claim.as_deref().and_then(|claim| claims[claim].as_str()) {
            None => None,
            Some(value) => {
                let roster = roster(&issuer.tenant)?;
                Some(person(&roster, &issuer.user_member, value)?.ok_or(Refused::Nobody)?)
            }
        };
        // Scopes of ours within the token narrow it; those of the issuer say nothing.
        let asked = claims["scope"].as_str().map(ScopeSet::parse).filter(|scopes| !scopes.is_empty());
        let caller = access.vouched(issuer, asked, person.as_deref(), expires)?;
        caller.ok_or(Refused::Bad("the application is disabled"))
    }

    /// The key with which a token says that it was signed.
    fn key(&self, url: &str, algorithm: Algorithm, id: Option<&str>) -> Result<DecodingKey, Refused> {
        let now = Instant::now();
        let (kept, age) = {
            let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = keys.get(url);
            (kept.map(|kept| kept.keys.clone()), kept.map(|kept| now.saturating_duration_since(kept.asked)))
        };
        let found = kept.as_deref().and_then(|keys| fitting(keys, algorithm, id));
        let (fresh, may_ask) = (age.is_some_and(|age| age < GOOD_FOR), age.is_none_or(|age| age >= ASK_AGAIN));
        if fresh && let Some(key) = found {
            return Ok(key);
        }
        if !may_ask {
            return found.ok_or(Refused::Bad("the key"));
        }
        match self.ask(url) {
            Ok(keys) => {
                let found = fitting(&keys, algorithm, id);
                self.keep(url, keys, now);
                found.ok_or(Refused::Bad("the key"))
            }
            Err(why) => {
                // An issuer that is down for a while still vouched for what it signed.
                self.keep(url, kept.unwrap_or_default(), now);
                found.ok_or(Refused::Unreachable(why))
            }
        }
    }

    fn keep(&self, url: &str, keys: Arc<[Jwk]>, asked: Instant) {
        // As many as there are issuers, which an administrator named.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(url.to_owned(), Kept { keys, asked });
    }

    /// Asks an issuer where its keys are, and for them.
    fn ask(&self, url: &str) -> Result<Arc<[Jwk]>, String> {
        let place = format!("{}/.well-known/openid-configuration", url.trim_end_matches('/'));
        let document = self.document(&place)?;
        if document["issuer"] != url {
            return Err(format!("{place} names another issuer"));
        }
        let place = document["jwks_uri"].as_str().unwrap_or_default();
        if !is_safe(place) {
            return Err("its keys are not at a https address".to_owned());
        }
        let document = self.document(place)?;
        let keys = document["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        // A key of a kind that is not known here is somebody else's.
        Ok(keys.iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value(key.clone()).ok()).collect())
    }

    fn document(&self, url: &str) -> Result<Value, String> {
        let failed = |e: ureq::Error| format!("{url}: {e}");
        let mut answer = self.agent.get(url).header("accept", "application/json").call().map_err(failed)?;
        let bytes = answer.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(failed)?;
        serde_json::from_slice(&bytes).map_err(|e| format!("{url}: {e}"))
    }
}

/// Whether an address may be trusted with keys: https, or on this machine.
pub fn is_safe(url: &str) -> bool {
    let local = |rest: &str| {
        let host = rest.split('/').next().unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1" | "[::1]")
    };
    match url.split_once("://") {
        Some(("https", rest)) => !rest.is_empty() && !rest.starts_with('/'),
        Some(("http", rest)) => local(rest),
        _ => false,
    }
}

/// The key of an id that may be used with an algorithm.
fn fitting(keys: &[Jwk], algorithm: Algorithm, id: Option<&str>) -> Option<DecodingKey> {
    let named = |key: &&Jwk| id.is_none() || key.common.key_id.as_deref() == id;
    let meant = |key: &&Jwk| {
        let said = key.common.key_algorithm.map(|alg| alg.to_string());
        said.is_none_or(|said| said == format!("{algorithm:?}"))
    };
    let keys = keys.iter().filter(named).filter(meant).filter_map(|key| DecodingKey::from_jwk(key).ok());
    // A token that does not name its key can only be of an issuer with one.
    let mut fit = keys.filter(|key| key.family() == algorithm.family());
    let first = fit.next();
    if id.is_none() && fit.next().is_some() { None } else { first }
}

/// The claims of a token whose signature, issuer and audience are right.
fn verified(token: &str, algorithm: Algorithm, key: &DecodingKey, issuers: &[Issuer]) -> Result<Value, Refused> {
    let mut rules = Validation::new(algorithm);
    rules.set_required_spec_claims(&["exp", "iss", "aud"]);
    rules.set_audience(&issuers.iter().map(|issuer| &issuer.audience).collect::<Vec<_>>());
    rules.set_issuer(&issuers.iter().map(|issuer| &issuer.url).collect::<Vec<_>>());
    // The clock is ours, not the library's.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    let decoded = jsonwebtoken::decode::<Value>(token, key, &rules);
    decoded.map(|token| token.claims).map_err(|_| Refused::Bad("signature, issuer or audience"))
}

/// When a token ends, if it is good now.
fn timely(claims: &Value, now: Timestamp) -> Result<Timestamp, Refused> {
    let millis = |claim: &str| claims[claim].as_f64().map(|seconds| (seconds * 1000.0) as i64);
    let expires = millis("exp").ok_or(Refused::Bad("no exp"))?;
    if expires.saturating_add(LEEWAY) <= now.0 || millis("nbf").is_some_and(|from| from > now.0 + LEEWAY) {
        return Err(Refused::Bad("expired or not good yet"));
    }
    Ok(Timestamp(expires))
}

fn audiences(claims: &Value) -> impl Iterator<Item = &str> {
    let one = claims["aud"].as_str();
    let many = claims["aud"].as_array().map(Vec::as_slice).unwrap_or_default();
    one.into_iter().chain(many.iter().filter_map(Value::as_str))
}

/// The sourcedId of the one live person of whom a member has a value.
fn person(roster: &Roster, member: &str, value: &str) -> Result<Option<String>, Refused> {
    let Some((slot, _)) = Kind::User.entity().member(member, Version::V1P2) else {
        return Err(Refused::Failed(format!("people have no member {member}")));
    };
    let path = Path { kind: Kind::User, slot, part: Part::Value };
    let clause = Clause { path, predicate: Predicate::Equal, literal: Literal::Text(value.to_owned()) };
    let filter = Filter { logical: Logical::And, clauses: vec![clause] };
    let read = Read {
        version: Version::V1P2,
        kind: Kind::User,
        parents: &[],
        views: &[],
        filter: Some(&filter),
        view: None,
        tombstones: Tombstones::Hidden,
        sort: None,
        limit: 2,
        offset: 0,
        cursor: None,
        caller: 0,
    };
    let mut found = Vec::new();
    roster.page(&read, &mut |row| found.push(row.sourced_id.to_owned()))?;
    // Two people of one name are neither of them.
    Ok(found.pop().filter(|_| found.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by OpenSSL, for the audiences `other` and `homeroom`, good until 2100.
    const KEYS: &str = r#"{"keys": [{"kty": "RSA", "kid": "r", "n": "tuEM4l6-_sChQAitmpTr1B0gsZD6qOcoUOhmWrn29X1hW_w9YfQswqj7WFXlwAjC3FKC-Akx36zs8HKYvwpcBe_WCAWizLSrRbdgeQW1tNhytC4Qjrh_E4YyOgQA99Msc_Bm-RcqUaIuyVsjquS12owWIGmHrBbBgC1gTAiXlCWLsZO83SEVFYA-CoTj1heq9Weh5vEOSHSzsTssb4_YTQeQtM29ZkvjMQ6X0JyLjiJCNzWsiMQunaN8TaHD3CCJiU8STY1CwqYldAVuwHThSs9TvqYUvun8lohZc13HYkWqEHYHKYOVRWSS5I1sLdCfkRpg1VxZ4Vcio6c6U_sb8w", "e": "AQAB"}, {"kty": "EC", "kid": "e", "crv": "P-384", "alg": "ES384", "x": "GMGXTzf8hhL53xObmwZvNI-x2IiEtU0XLOUzCXnY2DTWdSTTZEaCjnQ79gIffWwx", "y": "9yRfWyhI-fsr2e7ssuyjFi66aBBF8TRc8xgF81nzo_hDeDL6LWsRImguchzV_uu_"}, {"kty": "oct", "kid": "h", "k": "c2VjcmV0"}, {"kty": "strange"}]}"#;
    const TOKENS: [(Algorithm, &str, &str); 3] = [
        (
            Algorithm::RS256,
            "r",
            "eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwiYXVkIjpbIm90aGVyIiwiaG9tZXJvb20iXSwiZXhwIjo0MTAyNDQ0ODAwLCJzdWIiOiJzIn0.BaT4PVNGqFRgMflaseWck38IfaPE7u7oJgsiRR3ezvvW8Yg5tL7W9VyItGkhDUF9LkwzG62N-GYERwhMb0leklQzhSFIDgidmauP8yKSktW1SNBgYbe8x9qKZxP4QNMO-O2m36CJxRRrNMkGUxfGujQTY9I7qsWSKiPxVIjRXwYtnu03nZrMn0Q-vhsshBFAa8kmdAMny5bTsVe_28RYYBMTL0sWbN8m3Mdi5VouqfmfvuxDnU-ns1mqLLUOpHPD7E4eTosoMil-pXJ7chtPXO607AiG6lT0M-JYF5D8RMwNIETNJPsOxyXC7rihiaQaWxQ8hGi8mFDtI5At7Gnitg",
        ),
        (
            Algorithm::PS256,
            "r",
            "eyJhbGciOiJQUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwiYXVkIjpbIm90aGVyIiwiaG9tZXJvb20iXSwiZXhwIjo0MTAyNDQ0ODAwLCJzdWIiOiJzIn0.HNEBDF6wv5G8rmnAQpsqnjzl7DW-rWTPGIIX55vDbyv_sS0HxtSFoWBk8JXU6nKpmy_QcH14GzgdNAfiYB-RMMUbHkAh_H93en_0HbavvPChQFy_A0ucqEgsivr9Fb5hc6y14LXdLkJviHZxyZT5_S555tsANPeF5yMNET5UNq91CTzoqEUnkJ8-xavPWJ-q8N__CJL6oNm5d35MZQWqkQkxlq89Oxrj34_ytuuO6JYgciLiA1mxIZjZ7rULAG65GXQsryK16zAYNc4RkzHDWVR-H105IiVj88I0QsaGtvZ3HRiDkBEHiywidDq6AV33YV1puOnv4S4Lp5ChNK0RwA",
        ),
        (
            Algorithm::ES384,
            "e",
            "eyJhbGciOiJFUzM4NCIsImtpZCI6ImUifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwiYXVkIjpbIm90aGVyIiwiaG9tZXJvb20iXSwiZXhwIjo0MTAyNDQ0ODAwLCJzdWIiOiJzIn0.rG9weLboIhrq4_ADquSmUk2HPjWBDOrPBtMwStUdw_XcmedHspl75F0AKU2qHnGQPa7rsUlIX1wcOQQFMYs8j5MmJbQ1TPap3K2qhy3KSYEyRvwLZ9HUP6SPYgKHp_Id",
        ),
    ];

    fn keys() -> Vec<Jwk> {
        let document: Value = serde_json::from_str(KEYS).unwrap();
        document["keys"].as_array().unwrap().iter().filter_map(|k| serde_json::from_value(k.clone()).ok()).collect()
    }

    fn issuer(url: &str, audience: &str) -> [Issuer; 1] {
        let [url, audience, tenant, name, client_id, user_member] = [url, audience, "", "", "", ""].map(str::to_owned);
        let (app, created) = ("".into(), Timestamp(0));
        [Issuer { tenant, name, url, audience, app, client_id, user_claim: None, user_member, created }]
    }

    #[test]
    fn signatures_of_other_software_are_verified() {
        jwt::install();
        for (algorithm, id, token) in TOKENS {
            let key = fitting(&keys(), algorithm, Some(id)).unwrap();
            let taken = |token: &str, url, audience| verified(token, algorithm, &key, &issuer(url, audience));
            let claims = taken(token, "https://idp.example", "homeroom").unwrap();
            assert_eq!(timely(&claims, Timestamp(0)).unwrap(), Timestamp(4_102_444_800_000));
            assert!(taken(token, "https://idp.example", "elsewhere").is_err());
            assert!(taken(token, "https://other.example", "homeroom").is_err());
            let changed = if token.ends_with('A') { "B" } else { "A" };
            assert!(
                taken(&format!("{}{changed}", &token[..token.len() - 2]), "https://idp.example", "homeroom").is_err()
            );
        }
    }

    #[test]
    fn a_key_is_used_for_what_it_is_for() {
        let fits = |algorithm, id| fitting(&keys(), algorithm, id).is_some();
        assert!(fits(Algorithm::RS512, Some("r")) && fits(Algorithm::RS256, None));
        for (algorithm, id) in [
            (Algorithm::ES256, Some("r")),
            (Algorithm::ES256, Some("e")),
            (Algorithm::RS256, Some("e")),
            (Algorithm::RS256, Some("x")),
            (Algorithm::EdDSA, None),
        ] {
            assert!(!fits(algorithm, id), "{algorithm:?} {id:?}");
        }
        assert!(!jwt::ALGORITHMS.contains(&Algorithm::HS256));
    }

    #[test]
    fn times_are_ours_to_judge() {
        let at = |claims: &str, now| timely(&serde_json::from_str(claims).unwrap(), Timestamp(now)).is_ok();
        assert!(at(r#"{"exp":100}"#, 159_999) && !at(r#"{"exp":100}"#, 160_000));
        assert!(at(r#"{"exp":1000,"nbf":100}"#, 40_000) && !at(r#"{"exp":1000,"nbf":100}"#, 39_999));
        assert!(!at("{}", 0) && !at(r#"{"exp":"100"}"#, 0) && !at(r#"{"exp":-1e300}"#, 0));
    }

    #[test]
    fn keys_come_over_safe_ways_only() {
        for safe in ["https://idp.example/x", "http://localhost:8080/a", "http://127.0.0.1", "http://[::1]:1"] {
            assert!(is_safe(safe), "{safe}");
        }
        for bad in ["http://idp.example", "http://localhost.evil.example", "ftp://x", "https://", "file:///etc", ""] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
