//! Identifiers in URIs: the last segment of an href, and the URI of an account.

use crate::query::PROFILE_URI;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use std::borrow::Cow;

/// Everything but RFC 3986's unreserved characters: a space is `%20`, in queries, too,
/// which keeps signatures simple (rest.md 3.5).
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Whether an identifier can stand in a URI, and so in a JSON string, as it is.
#[inline]
pub(super) fn is_unreserved(bytes: &[u8]) -> bool {
    // No early exit: identifiers are short, and this form is done many bytes at once.
    bytes.iter().fold(true, |all, &b| {
        let letter = (b | 0x20).wrapping_sub(b'a') < 26;
        let digit = b.wrapping_sub(b'0') < 10;
        all & (letter | digit | (b == b'-') | (b == b'_') | (b == b'.') | (b == b'~'))
    })
}

/// Appends an identifier as one segment of a path.
pub(super) fn segment(id: &[u8], out: &mut Vec<u8>) {
    for piece in percent_encode(id, RESERVED) {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// Whether an account's identifier is a URI already, as other providers' are.
fn is_uri(id: &[u8]) -> bool {
    let legal = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(b);
    (id.starts_with(b"urn:") || id.windows(3).any(|w| w == b"://"))
        && id.iter().all(legal)
        && !id.starts_with(PROFILE_URI.as_bytes())
}

/// Appends the URI of an account: `urn:oneroster:userProfile:` and its
/// sourcedId, or the sourcedId alone where it is a URI. [`profile_id`] undoes it.
pub(super) fn profile(id: &[u8], out: &mut Vec<u8>) {
    if is_uri(id) {
        out.extend_from_slice(id);
    } else {
        out.extend_from_slice(PROFILE_URI.as_bytes());
        segment(id, out);
    }
}

/// The sourcedId of the account that a URI names.
pub(super) fn profile_id(uri: &str) -> Cow<'_, str> {
    match uri.strip_prefix(PROFILE_URI) {
        Some(id) => percent_decode_str(id).decode_utf8().unwrap_or(Cow::Borrowed(id)),
        None => Cow::Borrowed(uri),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn profile_of(id: &str) -> String {
        let mut out = Vec::new();
        profile(id.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn accounts_have_uris_that_can_be_undone() {
        assert_eq!(profile_of("up-1"), "urn:oneroster:userProfile:up-1");
        assert_eq!(profile_of("Zoë/1"), "urn:oneroster:userProfile:Zo%C3%AB%2F1");
        assert_eq!(profile_of("https://lms.example.com/profile/7"), "https://lms.example.com/profile/7");
        for id in ["urn:oneroster:userProfile:x", "urn:uuid:1", "a b", "http://\"", "100%"] {
            assert_eq!(profile_id(&profile_of(id)), id);
        }
    }

    proptest! {
        #[test]
        fn any_identifier_survives_its_uri(id in "\\PC{1,30}") {
            let uri = profile_of(&id);
            prop_assert_eq!(profile_id(&uri), id.as_str());
        }

        #[test]
        fn a_segment_is_unreserved_exactly_when_it_is_kept(id in any::<String>()) {
            let mut out = Vec::new();
            segment(id.as_bytes(), &mut out);
            prop_assert_eq!(is_unreserved(id.as_bytes()), out == id.as_bytes());
            prop_assert_eq!(percent_decode_str(std::str::from_utf8(&out).unwrap()).decode_utf8().unwrap(), id);
        }
    }
}
