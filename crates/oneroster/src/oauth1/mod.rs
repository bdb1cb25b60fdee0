//! OAuth 1.0a without tokens, as OneRoster 1.1 uses it: each request is signed
//! with the application's key and secret (RFC 5849; OneRoster 1.1, 3.2.2).
//!
//! [`sign`] makes the `Authorization` header of a request. [`Signed::read`]
//! finds the parameters of a request that came, [`Signed::fit`] tells whether
//! they were signed with a secret. Clients in use deviate from the RFC in known
//! ways; each of them is a [`Writing`] or a [`SecretWriting`] of its own, tried
//! after the standard one.
//!
//! What time it is, and which nonces were used, is the caller's to know.
//!
//! ```
//! use oneroster::oauth1::{Address, Credentials, Hash, Message, Signed, Stamp, sign};
//!
//! let address = Address::split("https://sis.example.org/ims/oneroster/v1p1/users?limit=100").unwrap();
//! let message = Message { method: "GET", query: address.query, form: None };
//! let credentials = Credentials { key: "demo-key", secret: "demo-secret" };
//! let stamp = Stamp { nonce: "n0nce", timestamp: 1_700_000_000 };
//! let header = sign(&message, &address, &credentials, Hash::Sha256, stamp);
//!
//! let signed = Signed::read(&message, Some(&header)).unwrap().unwrap();
//! assert_eq!(signed.consumer_key(), "demo-key");
//! assert!(signed.fit(&[address], "demo-secret", false).is_some());
//! assert!(signed.fit(&[address], "another", true).is_none());
//! ```

mod base;
mod encode;
mod parameters;
mod sign;
mod signed;
#[cfg(test)]
mod tests;

pub use encode::{SecretWriting, Writing};
pub use sign::{sign, sign_unversioned};
pub use signed::{Fit, Malformed, Signed};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// How old a timestamp may be, in seconds (rest.md 5.4).
pub const OLDEST: i64 = 600;
/// How far ahead of our clock it may be, in seconds.
pub const FARTHEST_AHEAD: i64 = 300;

/// Whether a timestamp is near enough to now, both in seconds since 1970.
#[must_use]
pub fn is_timely(timestamp: i64, now: i64) -> bool {
    let oldest = now.saturating_sub(OLDEST);
    (oldest..=now.saturating_add(FARTHEST_AHEAD)).contains(&timestamp)
}

/// The hash of a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Hash {
    /// `HMAC-SHA1`, as the RFC has it and older clients use it.
    Sha1,
    /// `HMAC-SHA256`, as OneRoster 1.1 has it.
    #[default]
    Sha256,
}

impl Hash {
    /// The word of `oauth_signature_method`.
    pub fn name(self) -> &'static str {
        match self {
            Hash::Sha1 => "HMAC-SHA1",
            Hash::Sha256 => "HMAC-SHA256",
        }
    }

    fn named(name: &[u8]) -> Option<Hash> {
        [Hash::Sha1, Hash::Sha256].into_iter().find(|hash| hash.name().as_bytes() == name)
    }

    fn code(self, key: &[u8], text: &str) -> Vec<u8> {
        match self {
            Hash::Sha1 => code::<Hmac<Sha1>>(key, text).map(|mac| mac.finalize().into_bytes().to_vec()),
            Hash::Sha256 => code::<Hmac<Sha256>>(key, text).map(|mac| mac.finalize().into_bytes().to_vec()),
        }
        .unwrap_or_default()
    }

    /// Compares in constant time.
    fn holds(self, key: &[u8], text: &str, signature: &[u8]) -> bool {
        match self {
            Hash::Sha1 => code::<Hmac<Sha1>>(key, text).is_some_and(|mac| mac.verify_slice(signature).is_ok()),
            Hash::Sha256 => code::<Hmac<Sha256>>(key, text).is_some_and(|mac| mac.verify_slice(signature).is_ok()),
        }
    }
}

/// A key of any length is one; `None` never comes.
fn code<M: Mac + KeyInit>(key: &[u8], text: &str) -> Option<M> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

/// What is signed of a request, beside where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The query as it stands in the request line, without the question mark.
    pub query: Option<&'a str>,
    /// The body if its type is `application/x-www-form-urlencoded`; any other
    /// body is not signed.
    pub form: Option<&'a [u8]>,
}

/// Where a request goes, as the client knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host, and the port behind a colon unless it is the scheme's own.
    pub authority: &'a str,
    /// What stands before the path and a proxy takes away; mostly nothing.
    pub prefix: &'a str,
    /// The path as it is sent, without the query.
    pub path: &'a str,
    /// The query, without the question mark.
    pub query: Option<&'a str>,
}

impl<'a> Address<'a> {
    /// Splits a URL; `None` if it is not an absolute one.
    pub fn split(url: &'a str) -> Option<Address<'a>> {
        let (scheme, rest) = url.split_once("://")?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = if path.is_empty() { "/" } else { path };
        (!authority.is_empty()).then_some(Address { scheme, authority, prefix: "", path, query })
    }
}

/// Who signs.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The consumer key: the client id.
    pub key: &'a str,
    /// The consumer secret.
    pub secret: &'a str,
}

/// What makes a request different from every other.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// A text that no other request of the same second has.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub timestamp: i64,
}
