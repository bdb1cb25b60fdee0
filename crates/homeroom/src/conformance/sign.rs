//! The header by which a request says who sends it.

use super::call::Odd;
use super::wire::Sent;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oneroster::oauth1::{Address, Credentials, Hash, Message, Stamp, sign, sign_unversioned};
use oneroster::time::Timestamp;

/// HTTP Basic.
pub(super) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")))
}

/// A signature of OAuth 1.0a, at this time and with this nonce.
pub(super) fn header(
    sent: &Sent,
    (key, secret): (&str, &str),
    (now, nonce): (Timestamp, &str),
    odd: Option<Odd>,
) -> String {
    let Some(address) = Address::split(&sent.url) else { return String::new() };
    let message = Message { method: sent.method, query: address.query, form: None };
    let now = now.0.div_euclid(1000);
    let minutes = if let Some(Odd::Minutes(minutes)) = odd { minutes } else { 0 };
    let key = if odd == Some(Odd::UnknownKey) { "nobody-has-this-key" } else { key };
    let wrong = format!("{secret}x");
    let secret = if odd == Some(Odd::Wrong) { wrong.as_str() } else { secret };
    let hash = if odd == Some(Odd::Sha1) { Hash::Sha1 } else { Hash::Sha256 };
    let stamp = Stamp { nonce, timestamp: now - minutes * 60 };
    let credentials = Credentials { key, secret };
    match odd {
        Some(Odd::NoVersion) => sign_unversioned(&message, &address, &credentials, hash, stamp),
        _ => sign(&message, &address, &credentials, hash, stamp),
    }
}
