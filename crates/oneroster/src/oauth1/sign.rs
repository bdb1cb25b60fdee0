//! Signing a request.

use super::encode::{SecretWriting, Writing};
use super::parameters::{Parameter, of_form, of_query};
use super::{Address, Credentials, Hash, Message, Stamp, base};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The value of the `Authorization` header that signs a request.
///
/// The query is the message's; a nonce may be used once for a timestamp.
#[must_use]
pub fn sign(
    message: &Message<'_>,
    address: &Address<'_>,
    credentials: &Credentials<'_>,
    hash: Hash,
    stamp: Stamp<'_>,
) -> String {
    signed(message, address, credentials, hash, stamp, &[("oauth_version", "1.0")])
}

/// The same without `oauth_version`, which is optional and which some clients
/// leave out (RFC 5849, 3.1).
#[must_use]
pub fn sign_unversioned(
    message: &Message<'_>,
    address: &Address<'_>,
    credentials: &Credentials<'_>,
    hash: Hash,
    stamp: Stamp<'_>,
) -> String {
    signed(message, address, credentials, hash, stamp, &[])
}

fn signed(
    message: &Message<'_>,
    address: &Address<'_>,
    credentials: &Credentials<'_>,
    hash: Hash,
    stamp: Stamp<'_>,
    version: &[(&'static str, &'static str)],
) -> String {
    let timestamp = stamp.timestamp.to_string();
    let own = [
        ("oauth_consumer_key", credentials.key),
        ("oauth_nonce", stamp.nonce),
        ("oauth_signature_method", hash.name()),
        ("oauth_timestamp", &timestamp),
    ];
    let own: Vec<(&str, &str)> = own.into_iter().chain(version.iter().copied()).collect();
    let mut parameters: Vec<Parameter<'_>> = own.iter().map(|(name, value)| Parameter::new(name, value)).collect();
    parameters.extend(message.query.into_iter().flat_map(of_query));
    parameters.extend(message.form.into_iter().flat_map(of_form));
    let text = base::string(message.method, &base::uri(address, false), &parameters, Writing::Standard);
    let key = SecretWriting::Standard.key(credentials.secret);
    let signature = STANDARD.encode(hash.code(key.as_bytes(), &text));
    let mut header = String::from("OAuth ");
    for (name, value) in own.into_iter().chain([("oauth_signature", signature.as_str())]) {
        if !header.ends_with(' ') {
            header.push_str(", ");
        }
        header.push_str(name);
        header.push_str("=\"");
        Writing::Standard.value(value.as_bytes(), &mut header);
        header.push('"');
    }
    header
}
