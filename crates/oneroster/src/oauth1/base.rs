//! The text that is signed (RFC 5849, 3.4.1).

use super::Address;
use super::encode::Writing;
use super::parameters::Parameter;

/// The signature base string: method, address and parameters.
pub(super) fn string(method: &str, uri: &str, parameters: &[Parameter<'_>], writing: Writing) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(method);
    text.push('&');
    writing.whole(uri, &mut text);
    text.push('&');
    writing.whole(&normalized(parameters, writing), &mut text);
    text
}

/// The base string URI: no query, no port of the scheme's own; without any port
/// for clients that leave it out.
pub(super) fn uri(address: &Address<'_>, without_port: bool) -> String {
    let scheme = address.scheme.to_ascii_lowercase();
    let mut authority = address.authority.to_ascii_lowercase();
    if let Some((host, port)) = host_and_port(&authority) {
        let own = matches!((scheme.as_str(), port), ("http", "80") | ("https", "443") | (_, ""));
        if own || without_port {
            authority.truncate(host.len());
        }
    }
    let path = if address.prefix.is_empty() && address.path.is_empty() { "/" } else { address.path };
    [&scheme, "://", &authority, address.prefix, path].concat()
}

/// Whether there is a port that a client might leave out.
pub(super) fn has_port(address: &Address<'_>) -> bool {
    host_and_port(address.authority).is_some()
}

/// The colons within an IPv6 address are none of a port.
fn host_and_port(authority: &str) -> Option<(&str, &str)> {
    authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'))
}

fn normalized(parameters: &[Parameter<'_>], writing: Writing) -> String {
    let mut pairs: Vec<(String, String)> = parameters.iter().map(|parameter| written(parameter, writing)).collect();
    pairs.sort_unstable();
    let mut text = String::with_capacity(pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum());
    for (name, value) in &pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

fn written(parameter: &Parameter<'_>, writing: Writing) -> (String, String) {
    if let (Writing::AsSent, Some(sent)) = (writing, parameter.sent) {
        let (name, value) = sent.split_once('=').unwrap_or((sent, ""));
        return (name.to_owned(), value.to_owned());
    }
    let encoded = |bytes: &[u8]| {
        let mut text = String::with_capacity(bytes.len() + 16);
        writing.value(bytes, &mut text);
        text
    };
    (encoded(&parameter.name), encoded(&parameter.value))
}
