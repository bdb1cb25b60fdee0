//! Verifying a signed request.

use super::encode::{SecretWriting, Writing};
use super::parameters::{Parameter, of_form, of_header, of_query};
use super::{Address, Hash, Message, base};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::fmt;

/// Clients that strip the padding are no worse than others.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest key or nonce that is looked at, in bytes.
const LONGEST: usize = 255;

/// A request with the parameters of a signature, which may be right or not.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    method: &'a str,
    /// All that is signed.
    parameters: Vec<Parameter<'a>>,
    consumer_key: String,
    nonce: String,
    timestamp: i64,
    hash: Hash,
    signature: Vec<u8>,
}

/// Why a request is no signed one although it means to be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The header is of the scheme `OAuth` and cannot be read.
    #[error("the Authorization header of the scheme OAuth cannot be read")]
    Header,
    /// A parameter that must be there is not, or has no value that could be.
    #[error("the parameter {0} is missing or cannot be read")]
    Missing(&'static str),
    /// One of the protocol's parameters is given twice.
    #[error("a parameter of the signature is given twice")]
    Repeated,
    /// The signature is made in a way that is not offered.
    #[error("the signature method must be HMAC-SHA256 or HMAC-SHA1")]
    Method,
    /// It is of another version of the protocol.
    #[error("oauth_version must be 1.0 or left out")]
    Version,
    /// It is of a kind that needs a token, which OneRoster has not.
    #[error("oauth_token must be left out: OneRoster signs with key and secret alone")]
    Token,
}

/// In which way a signature is right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fit {
    /// How names and values were written.
    pub writing: Writing,
    /// How the secret was written.
    pub secret: SecretWriting,
    /// Whether the client left out a port that it should not have.
    pub port_left_out: bool,
}

impl Fit {
    /// Whether it is right by the RFC.
    pub fn is_standard(&self) -> bool {
        *self == Fit { writing: Writing::Standard, secret: SecretWriting::Standard, port_left_out: false }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = if self.port_left_out { ", port left out" } else { "" };
        write!(f, "values {:?}, secret {:?}{port}", self.writing, self.secret)
    }
}

impl<'a> Signed<'a> {
    /// Finds the signature of a request in its `Authorization` header, its body
    /// or its query. `None` if there is none.
    ///
    /// # Errors
    /// If there is something of one that is no whole one.
    pub fn read(message: &Message<'a>, authorization: Option<&'a str>) -> Result<Option<Signed<'a>>, Malformed> {
        let mut parameters: Vec<Parameter<'a>> = Vec::new();
        match authorization {
            Some(header) if is_oauth(header) => parameters.extend(of_header(header).ok_or(Malformed::Header)?),
            _ => {}
        }
        parameters.extend(message.form.into_iter().flat_map(of_form));
        parameters.extend(message.query.into_iter().flat_map(of_query));
        if authorization.is_none_or(|header| !is_oauth(header)) && find(&parameters, SIGNATURE)?.is_none() {
            return Ok(None);
        }
        let hash = need(&parameters, "oauth_signature_method")?;
        let hash = Hash::named(&hash.value).ok_or(Malformed::Method)?;
        let signature = need(&parameters, SIGNATURE)?;
        let signature = BASE64.decode(&signature.value).map_err(|_| Malformed::Missing(SIGNATURE))?;
        let timestamp = text(&parameters, "oauth_timestamp")?;
        let timestamp = timestamp.parse().ok().filter(|t| *t >= 0).ok_or(Malformed::Missing("oauth_timestamp"))?;
        if find(&parameters, "oauth_version")?.is_some_and(|version| &*version.value != b"1.0") {
            return Err(Malformed::Version);
        }
        if find(&parameters, "oauth_token")?.is_some_and(|token| !token.value.is_empty()) {
            return Err(Malformed::Token);
        }
        let (consumer_key, nonce) = (text(&parameters, "oauth_consumer_key")?, text(&parameters, "oauth_nonce")?);
        parameters.retain(|parameter| &*parameter.name != SIGNATURE.as_bytes());
        let method = message.method;
        Ok(Some(Signed { method, parameters, consumer_key, nonce, timestamp, hash, signature }))
    }

    /// The key: the client id.
    pub fn consumer_key(&self) -> &str {
        &self.consumer_key
    }

    /// The nonce, which may be used once for a timestamp.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// When it was signed, in seconds since 1970, by the client's clock.
    pub fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// Whether the request was signed with a secret, for one of the addresses
    /// that the client may have known; as the RFC has it or, if `lenient`, in
    /// one of the ways that known clients have.
    pub fn fit(&self, addresses: &[Address<'_>], secret: &str, lenient: bool) -> Option<Fit> {
        let writings: &[Writing] = if lenient { &Writing::ALL } else { &Writing::ALL[..1] };
        let mut keys: Vec<(SecretWriting, String)> = Vec::new();
        for writing in SecretWriting::ALL.into_iter().take(if lenient { usize::MAX } else { 1 }) {
            let key = writing.key(secret);
            if keys.iter().all(|(_, known)| *known != key) {
                keys.push((writing, key));
            }
        }
        let ways = writings.iter().flat_map(|writing| addresses.iter().map(move |address| (*writing, address)));
        for (writing, address) in ways {
            for port_left_out in [false, true] {
                if port_left_out && !(lenient && base::has_port(address)) {
                    continue;
                }
                let uri = base::uri(address, port_left_out);
                let text = base::string(self.method, &uri, &self.parameters, writing);
                let fits = |key: &String| self.hash.holds(key.as_bytes(), &text, &self.signature);
                if let Some((secret, _)) = keys.iter().find(|(_, key)| fits(key)) {
                    return Some(Fit { writing, secret: *secret, port_left_out });
                }
            }
        }
        None
    }
}

const SIGNATURE: &str = "oauth_signature";

/// Whether a header is of the scheme.
fn is_oauth(header: &str) -> bool {
    let scheme = header.split([' ', '\t', ',']).next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("OAuth")
}

fn find<'p, 'a>(parameters: &'p [Parameter<'a>], name: &str) -> Result<Option<&'p Parameter<'a>>, Malformed> {
    let mut found = parameters.iter().filter(|p| p.is_oauth() && &*p.name == name.as_bytes());
    let first = found.next();
    if found.next().is_some() { Err(Malformed::Repeated) } else { Ok(first) }
}

fn need<'p, 'a>(parameters: &'p [Parameter<'a>], name: &'static str) -> Result<&'p Parameter<'a>, Malformed> {
    find(parameters, name)?.ok_or(Malformed::Missing(name))
}

fn text(parameters: &[Parameter<'_>], name: &'static str) -> Result<String, Malformed> {
    let value = &*need(parameters, name)?.value;
    let text = std::str::from_utf8(value).ok().filter(|text| (1..=LONGEST).contains(&text.len()));
    text.filter(|text| !text.contains('\0')).map(str::to_owned).ok_or(Malformed::Missing(name))
}
