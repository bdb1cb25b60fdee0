//! The provider under test: where it is, and who asks it.

use super::answer::Answer;
use super::call::{Call, Odd, Way, encoded, scope_uris};
use super::sample::Samples;
use super::sign;
use super::wire::{NoAnswer, Sent, Wire};
use super::{Options, names};
use crate::output::Failure;
use homeroom_store::access::Outside;
use oneroster::model::{Kind, ROUTES, Service, Version};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::fmt;
use ureq::http::Uri;

/// Where a provider is.
#[derive(Clone, Debug)]
pub struct Base {
    /// `https://host:port` and what stands before `/ims/oneroster`.
    root: String,
    /// The base of version 1.1 where it is not the standard's.
    old: Option<String>,
}

/// Who asks.
#[derive(Debug)]
pub enum Credentials {
    /// Client credentials of OAuth 2.0.
    OAuth2 {
        /// Where tokens are given out, if not where the provider says.
        token_url: Option<String>,
        /// The client id.
        client_id: String,
        /// The client secret.
        secret: SecretString,
    },
    /// A key and a secret of OAuth 1.0a.
    OAuth1 {
        /// The consumer key.
        key: String,
        /// The consumer secret.
        secret: SecretString,
    },
}

impl Credentials {
    /// The name of the mechanism.
    pub fn name(&self) -> &'static str {
        match self {
            Credentials::OAuth2 { .. } => "OAuth 2.0",
            Credentials::OAuth1 { .. } => "OAuth 1.0a",
        }
    }
}

impl Base {
    /// Reads the address of a provider: what stands before `/ims/oneroster`,
    /// that with `/ims/oneroster` or a service's base path behind it, or any
    /// address that ends in `/v1p1`, for a 1.1 provider that lies elsewhere.
    ///
    /// # Errors
    /// A sentence, if it is no http or https address or would send secrets in
    /// the clear: plain HTTP is for this machine unless `insecure`.
    pub fn parse(url: &str, insecure: bool) -> Result<Base, String> {
        let url = url.trim().trim_end_matches('/');
        is_safe(url, insecure)?;
        let (root, rest) = url.split_once("/ims/oneroster").unwrap_or((url, ""));
        let standard = rest.is_empty()
            || Service::ALL
                .iter()
                .any(|s| Version::ALL.iter().any(|v| s.base_path(*v).strip_prefix("/ims/oneroster") == Some(rest)));
        if standard && !url.ends_with("/v1p1") || url.ends_with(Service::Rostering.base_path(Version::V1P1)) {
            return Ok(Base { root: root.to_owned(), old: None });
        }
        if url.ends_with("/v1p1") {
            return Ok(Base { root: root.to_owned(), old: Some(url.to_owned()) });
        }
        Err("it must end before /ims/oneroster, or with it, or with a base path of the standard".to_owned())
    }

    /// The base address of a service, without a slash at the end.
    pub(super) fn service(&self, service: Service, version: Version) -> String {
        match &self.old {
            Some(old) if version == Version::V1P1 => old.clone(),
            _ => format!("{}{}", self.root, service.base_path(version)),
        }
    }

    /// The scheme, host and port, and what stands before the standard's paths.
    pub(super) fn root(&self) -> &str {
        &self.root
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.old.as_ref().unwrap_or(&self.root))
    }
}

/// Whether secrets may be sent to an address.
///
/// # Errors
/// A sentence, if it is no http or https address, or plain HTTP to another
/// machine and not `insecure`.
pub fn is_safe(url: &str, insecure: bool) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|_| "it is not an address such as https://sis.example.org".to_owned())?;
    if uri.query().is_some() || uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return Err("it must hold neither a query nor a name and password".to_owned());
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if insecure || is_this_machine(uri.host().unwrap_or_default()) => Ok(()),
        Some("http") => Err("plain http would send secrets in the clear".to_owned()),
        _ => Err("it must begin with https://".to_owned()),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

/// The scheme, host and port of an address.
pub(super) fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let port = match (uri.scheme_str()?, uri.port_u16()) {
        (_, Some(port)) => port,
        ("https", None) => 443,
        _ => 80,
    };
    Some(format!("{}://{}:{port}", uri.scheme_str()?, uri.host()?.to_ascii_lowercase()))
}

/// The provider, and what is known of it so far.
pub(super) struct Site<'a> {
    pub(super) options: &'a Options,
    outside: &'a dyn Outside,
    wire: Wire,
    token_url: String,
    tokens: [Option<String>; 2],
    pub(super) samples: Samples,
    /// What was written, by version, in its order.
    written: [Vec<(Kind, String)>; 2],
    /// What was written for several checks to lean on.
    shared: [Vec<(Kind, String)>; 2],
}

impl<'a> Site<'a> {
    pub(super) fn new(options: &'a Options, outside: &'a dyn Outside) -> Result<Site<'a>, Failure> {
        let mut wire = Wire::new();
        let token_url = match &options.credentials {
            Credentials::OAuth2 { token_url: Some(url), .. } => url.clone(),
            Credentials::OAuth2 { token_url: None, .. } => token_url(&mut wire, &options.base)?,
            Credentials::OAuth1 { .. } => String::new(),
        };
        Ok(Site {
            options,
            outside,
            wire,
            token_url,
            tokens: [None, None],
            samples: Samples::default(),
            written: Default::default(),
            shared: Default::default(),
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.outside.now()
    }

    pub(super) fn requests(&self) -> u32 {
        self.wire.requests()
    }

    /// Notes that a record was written, so that it is taken back.
    pub(super) fn wrote(&mut self, version: Version, kind: Kind, id: &str) {
        self.written[version as usize].push((kind, id.to_owned()));
    }

    /// A record that was written for several checks to lean on.
    pub(super) fn shared(&self, version: Version, kind: Kind) -> Option<String> {
        self.shared[version as usize].iter().find(|(k, _)| *k == kind).map(|(_, id)| id.clone())
    }

    /// Keeps a record for several checks to lean on.
    pub(super) fn share(&mut self, version: Version, kind: Kind, id: &str) {
        self.shared[version as usize].push((kind, id.to_owned()));
    }

    /// What was written of a version, which is now to be taken back.
    pub(super) fn forget(&mut self, version: Version) -> Vec<(Kind, String)> {
        self.shared[version as usize].clear();
        self.samples.forget_grades(version);
        std::mem::take(&mut self.written[version as usize])
    }

    /// A word that nobody used before.
    pub(super) fn chance(&self) -> Result<String, NoAnswer> {
        let mut bytes = [0; 16];
        let none = |error: std::io::Error| NoAnswer { why: format!("no random numbers: {error}"), deaf: false };
        self.outside.fill(&mut bytes).map_err(none)?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Sends a request; with a new token if the old one is refused.
    pub(super) fn send(&mut self, version: Version, call: &Call) -> Result<Answer, NoAnswer> {
        let answer = self.once(version, call)?;
        let spent = answer.status == 401 && call.way == Way::Granted && self.tokens[version as usize].take().is_some();
        if spent { self.once(version, call) } else { Ok(answer) }
    }

    fn once(&mut self, version: Version, call: &Call) -> Result<Answer, NoAnswer> {
        let mut url = self.options.base.service(call.service, version);
        url.push_str(&call.sent());
        let mut sent = Sent { method: call.method, url, ..Sent::default() };
        sent.headers.push(("accept", "application/json".to_owned()));
        let authorization = match &call.way {
            Way::Nobody => None,
            Way::Header(value) => Some(value.clone()),
            Way::Granted => Some(self.granted(version, &sent)?),
            Way::Scoped(names) => Some(bearer(&self.token(&scope_uris(version, names))?)?),
            Way::Signed(odd) => Some(self.signed(&sent, Some(*odd))?),
        };
        sent.headers.extend(authorization.map(|value| ("authorization", value)));
        sent.headers.extend(call.headers.iter().cloned());
        if let Some(body) = &call.body {
            sent.headers.push(("content-type", "application/json".to_owned()));
            sent.body = Some(body.to_string().into_bytes());
        }
        if let Some((media, text)) = &call.raw_body {
            sent.headers.push(("content-type", (*media).to_owned()));
            sent.body = Some(text.clone().into_bytes());
        }
        self.wire.send(&sent)
    }

    /// A signature of a request, which may be sent more than once.
    pub(super) fn signature(&self, version: Version, call: &Call) -> Result<String, NoAnswer> {
        let url = self.options.base.service(call.service, version) + &call.sent();
        self.signed(&Sent { method: call.method, url, ..Sent::default() }, None)
    }

    /// Reads an address that the provider gave, as the same caller.
    pub(super) fn follow(&mut self, version: Version, url: &str) -> Result<Answer, NoAnswer> {
        let mut sent = Sent { method: "GET", url: url.to_owned(), ..Sent::default() };
        sent.headers.push(("accept", "application/json".to_owned()));
        let authorization = self.granted(version, &sent)?;
        sent.headers.push(("authorization", authorization));
        self.wire.send(&sent)
    }

    fn granted(&mut self, version: Version, sent: &Sent) -> Result<String, NoAnswer> {
        if matches!(self.options.credentials, Credentials::OAuth1 { .. }) {
            return self.signed(sent, None);
        }
        let at = version as usize;
        if self.tokens[at].is_none() {
            // Some give nothing at all if one of the scopes is unknown to them.
            let mut answer = self.token(&every_scope(version))?;
            if answer.status != 200 {
                answer = self.token("")?;
            }
            self.tokens[at] = Some(bearer(&answer)?);
        }
        Ok(self.tokens[at].clone().unwrap_or_default())
    }

    fn signed(&self, sent: &Sent, odd: Option<Odd>) -> Result<String, NoAnswer> {
        let Credentials::OAuth1 { key, secret } = &self.options.credentials else {
            return Err(NoAnswer { why: "the credentials cannot sign".to_owned(), deaf: false });
        };
        let nonce = self.chance()?;
        Ok(sign::header(sent, (key, secret.expose_secret()), (self.now(), &nonce), odd))
    }

    /// Asks for a token of these scopes, by their full URIs.
    pub(super) fn token(&mut self, scopes: &str) -> Result<Answer, NoAnswer> {
        let scope = if scopes.is_empty() { String::new() } else { format!("&scope={}", encoded(scopes)) };
        self.ask_token(None, &format!("grant_type=client_credentials{scope}"))
    }

    /// Asks for a token by this form, as this client or as the one that was given.
    pub(super) fn ask_token(&mut self, basic: Option<String>, form: &str) -> Result<Answer, NoAnswer> {
        let basic = basic.unwrap_or_else(|| {
            let (id, secret) = self.client();
            sign::basic(&id, &secret)
        });
        self.wire.send(&Sent {
            method: "POST",
            url: self.token_url.clone(),
            headers: vec![
                ("accept", "application/json".to_owned()),
                ("content-type", "application/x-www-form-urlencoded".to_owned()),
                ("authorization", basic),
            ],
            body: Some(form.as_bytes().to_vec()),
        })
    }

    /// The client id and the secret.
    pub(super) fn client(&self) -> (String, String) {
        match &self.options.credentials {
            Credentials::OAuth2 { client_id: id, secret, .. } | Credentials::OAuth1 { key: id, secret } => {
                (id.clone(), secret.expose_secret().to_owned())
            }
        }
    }

    /// Reads the document in which a service describes itself.
    pub(super) fn document(&mut self, url: &str) -> Result<Answer, NoAnswer> {
        let headers = vec![("accept", "application/json".to_owned())];
        self.wire.send(&Sent { method: "GET", url: url.to_owned(), headers, body: None })
    }
}

/// The header of a token answer.
pub(super) fn bearer(answer: &Answer) -> Result<String, NoAnswer> {
    let token = answer.json().and_then(|body| body["access_token"].as_str()).filter(|_| answer.status == 200);
    let none = || NoAnswer { why: format!("no token was given: status {}", answer.status), deaf: false };
    token.map(|token| format!("Bearer {token}")).ok_or_else(none)
}

/// Every scope that an operation of the version wants.
pub(super) fn every_scope(version: Version) -> String {
    let mut scopes: Vec<&str> = Vec::new();
    for route in ROUTES.iter().filter(|route| route.versions.has(version)) {
        for scope in route.access.scopes(version) {
            if !scopes.contains(scope) {
                scopes.push(scope);
            }
        }
    }
    scope_uris(version, &scopes)
}

/// Where a provider gives out tokens: as it says, else as we would.
fn token_url(wire: &mut Wire, base: &Base) -> Result<String, Failure> {
    let here = origin(base.root());
    for name in names::DOCUMENTS.iter().filter(|(service, ..)| *service == Service::Rostering).flat_map(|d| [d.1, d.2])
    {
        let url = format!("{}/discovery/{name}", base.service(Service::Rostering, Version::V1P2));
        let headers = vec![("accept", "application/json".to_owned())];
        let answer = wire.send(&Sent { method: "GET", url, headers, body: None })?;
        let said = answer.json().filter(|_| answer.status == 200).and_then(said_token_url);
        // A secret goes out in the clear to this machine only.
        if let Some(url) = said.filter(|url| url.starts_with("https://") || origin(url) == here) {
            return Ok(url);
        }
    }
    Ok(format!("{}/oauth/token", base.root()))
}

fn said_token_url(document: &Value) -> Option<String> {
    let schemes = document["components"]["securitySchemes"].as_object()?;
    schemes.values().find_map(|s| Some(s["flows"]["clientCredentials"]["tokenUrl"].as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_in_every_form_that_people_have() {
        let bases = |url: &str| {
            let base = Base::parse(url, false)?;
            Ok::<_, String>((
                base.service(Service::Gradebook, Version::V1P2),
                base.service(Service::Gradebook, Version::V1P1),
            ))
        };
        let standard =
            ("https://h/t/x/ims/oneroster/gradebook/v1p2".to_owned(), "https://h/t/x/ims/oneroster/v1p1".to_owned());
        for url in [
            "https://h/t/x",
            "https://h/t/x/",
            "https://h/t/x/ims/oneroster",
            "https://h/t/x/ims/oneroster/v1p1",
            "https://h/t/x/ims/oneroster/rostering/v1p2/",
        ] {
            assert_eq!(bases(url).unwrap(), standard, "{url}");
        }
        assert_eq!(bases("https://h/api/v1p1").unwrap().1, "https://h/api/v1p1");
        for url in [
            "",
            "h",
            "ftp://h",
            "http://sis.example.org",
            "https://u:p@h/",
            "https://h/?x",
            "https://h/ims/oneroster/v9",
        ] {
            assert!(bases(url).is_err(), "{url}");
        }
        assert!(bases("http://127.0.0.1:80").is_ok() && Base::parse("http://h", true).is_ok());
    }
}
