//! Versions of one record, as HTTP names them (RFC 9110, section 8.8.3).
//!
//! A tag holds when the record last changed and a digest of what was shown of
//! it. Who has seen a record compares the whole; who changes one compares the
//! instant alone, for it moves exactly when the content does.

use homeroom_store::gradebook::When;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use oneroster::time::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

/// The tag of a record as it is shown.
pub(super) fn tag(published: Timestamp, body: &[u8]) -> String {
    format!("\"{:x}-{:016x}\"", published.0, xxh3_64(body))
}

/// Whether the caller has this already.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    listed(headers, header::IF_NONE_MATCH).any(|known| known == "*" || known == tag)
}

/// Under which condition a caller wants a record changed; `Err` if there is one
/// that cannot be read, which then cannot hold.
pub(super) fn condition(headers: &HeaderMap) -> Result<When, ()> {
    if headers.contains_key(header::IF_MATCH) {
        let mut seen = Vec::new();
        for tag in listed(headers, header::IF_MATCH) {
            if tag == "*" {
                return Ok(When::Present);
            }
            seen.extend(instant(tag));
        }
        return if seen.is_empty() { Err(()) } else { Ok(When::Unchanged(seen)) };
    }
    let absent = listed(headers, header::IF_NONE_MATCH).any(|tag| tag == "*");
    Ok(if absent { When::Absent } else { When::Always })
}

/// The tags of a header. Proxies that compress weaken them, which changes
/// nothing of what they say here.
fn listed(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|tag| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag)
    })
}

fn instant(tag: &str) -> Option<Timestamp> {
    let (instant, _) = tag.strip_prefix('"')?.strip_suffix('"')?.split_once('-')?;
    i64::from_str_radix(instant, 16).ok().map(Timestamp)
}

/// A tag as the value of a header.
pub(super) fn value(tag: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(tag).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn conditions_are_read() {
        let at = Timestamp(1_788_220_800_000);
        let tag = tag(at, b"{}");
        for text in [tag.clone(), format!("\"x\", W/{tag}")] {
            assert_eq!(condition(&headers(header::IF_MATCH, &text)), Ok(When::Unchanged(vec![at])), "{text}");
        }
        assert_eq!(condition(&headers(header::IF_MATCH, "*")), Ok(When::Present));
        assert_eq!(condition(&headers(header::IF_NONE_MATCH, "*")), Ok(When::Absent));
        assert_eq!(condition(&headers(header::IF_NONE_MATCH, &tag)), Ok(When::Always));
        assert_eq!(condition(&HeaderMap::new()), Ok(When::Always));
        for odd in ["", "\"\"", "x", "\"-1\"", "\"zz-0\""] {
            assert_eq!(condition(&headers(header::IF_MATCH, odd)), Err(()), "{odd}");
        }
        assert!(is_known(&headers(header::IF_NONE_MATCH, &format!("\"a\",{tag}")), &tag));
        assert!(!is_known(&headers(header::IF_NONE_MATCH, "\"a\""), &tag));
    }
}
