//! The links between the pages of a collection (rest.md 3.2).

use super::params::{CURSOR, decode};
use std::fmt::Write;

/// A page of a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pages<'a> {
    /// How many records a page has at most.
    pub limit: u32,
    /// How many records come before this page.
    pub offset: u64,
    /// How many records there are.
    pub total: u64,
    /// What the next page is to be asked with, beside its offset.
    pub next_cursor: Option<&'a str>,
}

/// The value of the `Link` header: `next` and `prev` where there are such
/// pages, `first` and `last`; `None` if there are no records.
///
/// `base_url` is the absolute URL of the collection without a query. Of the
/// caller's own query every parameter but `limit`, `offset` and `cursor` is
/// kept byte for byte and in its place; only bytes that cannot stand in a
/// header's URL are percent-encoded.
pub fn link_header(base_url: &str, raw_query: Option<&str>, pages: Pages<'_>) -> Option<String> {
    if pages.total == 0 {
        return None;
    }
    let raw = raw_query.unwrap_or_default();
    let limit = u64::from(pages.limit.max(1));
    let next = pages.offset.saturating_add(limit);
    let last = (pages.total - 1) / limit * limit;
    let links = [
        ("next", (next < pages.total).then_some(next)),
        ("prev", (pages.offset > 0).then(|| pages.offset.saturating_sub(limit))),
        ("first", Some(0)),
        ("last", Some(last)),
    ];
    let mut header = String::new();
    for (rel, offset) in links {
        let Some(offset) = offset else { continue };
        if !header.is_empty() {
            header.push_str(", ");
        }
        let cursor = pages.next_cursor.filter(|_| rel == "next");
        header.push('<');
        safe(base_url, &mut header);
        page_query(raw, limit, offset, cursor, &mut header);
        // Writing to a String cannot fail.
        let _ = write!(header, ">; rel=\"{rel}\"");
    }
    Some(header)
}

/// Writes the query of one page, `?` included.
fn page_query(raw: &str, limit: u64, offset: u64, cursor: Option<&str>, out: &mut String) {
    let mut own = [("limit", Some(limit.to_string())), ("offset", Some(offset.to_string())), (CURSOR, None)];
    own[2].1 = cursor.map(str::to_owned);
    let mut separator = '?';
    let mut put = |name: &str, value: Option<&str>, out: &mut String| {
        out.push(separator);
        separator = '&';
        safe(name, out);
        if let Some(value) = value {
            out.push('=');
            encode(value, out);
        }
    };
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let name = decode(pair.split_once('=').map_or(pair, |(name, _)| name));
        match own.iter_mut().find(|(own, _)| Some(*own) == name.as_deref()) {
            None => put(pair, None, out),
            Some((name, value)) => {
                if let Some(value) = value.take() {
                    put(name, Some(&value), out);
                }
            }
        }
    }
    for (name, value) in own {
        if let Some(value) = value {
            put(name, Some(&value), out);
        }
    }
}

/// Writes a part of a URL as it is, but for bytes that no URL may hold.
fn safe(text: &str, out: &mut String) {
    push(text, out, |b| {
        b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | b'#')
    });
}

/// Writes the value of a parameter.
fn encode(text: &str, out: &mut String) {
    push(text, out, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
}

fn push(text: &str, out: &mut String, plain: impl Fn(u8) -> bool) {
    for byte in text.bytes() {
        if plain(byte) {
            out.push(byte as char);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: &str = "https://sis.example.org/ims/oneroster/v1p1/students";

    fn links(raw: Option<&str>, pages: Pages<'_>) -> Vec<(String, String)> {
        let header = link_header(BASE, raw, pages).unwrap_or_default();
        let link = |link: &str| {
            let (url, rel) = link.strip_prefix('<')?.split_once(">; rel=\"")?;
            Some((rel.strip_suffix('"')?.to_owned(), url.strip_prefix(BASE)?.to_owned()))
        };
        header.split(", ").filter(|l| !l.is_empty()).map(|l| link(l).unwrap_or_else(|| panic!("{l}"))).collect()
    }

    fn page(limit: u32, offset: u64, total: u64) -> Pages<'static> {
        Pages { limit, offset, total, next_cursor: None }
    }

    #[test]
    fn the_example_of_the_standard() {
        let wanted = format!(
            "<{BASE}?limit=10&offset=20>; rel=\"next\", <{BASE}?limit=10&offset=0>; rel=\"prev\", \
             <{BASE}?limit=10&offset=0>; rel=\"first\", <{BASE}?limit=10&offset=500>; rel=\"last\""
        );
        assert_eq!(link_header(BASE, Some("limit=10&offset=10"), page(10, 10, 503)), Some(wanted));
    }

    #[test]
    fn rels_are_there_when_their_page_is() {
        let cases: &[(Pages<'_>, &[(&str, u64)])] = &[
            (page(10, 0, 0), &[]),
            (page(10, 0, 10), &[("first", 0), ("last", 0)]),
            (page(10, 0, 11), &[("next", 10), ("first", 0), ("last", 10)]),
            (page(10, 10, 20), &[("prev", 0), ("first", 0), ("last", 10)]),
            (page(10, 5, 20), &[("next", 15), ("prev", 0), ("first", 0), ("last", 10)]),
            (page(10, 500, 20), &[("prev", 490), ("first", 0), ("last", 10)]),
            (page(10, u64::MAX, 20), &[("prev", u64::MAX - 10), ("first", 0), ("last", 10)]),
        ];
        for (pages, wanted) in cases {
            let wanted: Vec<_> =
                wanted.iter().map(|(rel, at)| (rel.to_string(), format!("?limit=10&offset={at}"))).collect();
            assert_eq!(links(None, *pages), wanted, "{pages:?}");
        }
    }

    #[test]
    fn the_rest_of_the_query_stays_as_it_was() {
        let pages = Pages { limit: 10_000, offset: 3, total: 90_000, next_cursor: Some("v7/a+b=") };
        let raw =
            "filter=status='active'+AND%20familyName%3D'x'&%6Cimit=20000&flag&x=%ff&cursor=old&offset=3&sort=a&limit=1";
        let all = links(Some(raw), pages);
        let query = |offset: u64, cursor: &str| {
            format!(
                "?filter=status='active'+AND%20familyName%3D'x'&limit=10000&flag&x=%ff{cursor}&offset={offset}&sort=a"
            )
        };
        assert_eq!(all[0], ("next".into(), query(10_003, "&cursor=v7%2Fa%2Bb%3D")));
        assert_eq!(all[1], ("prev".into(), query(0, "")));
        assert_eq!(all[3], ("last".into(), query(80_000, "")));
        let fresh = links(Some("sort=a"), pages);
        assert_eq!(fresh[0].1, "?sort=a&limit=10000&offset=10003&cursor=v7%2Fa%2Bb%3D");
    }

    #[test]
    fn what_would_break_the_header_is_encoded() {
        let all = links(Some("filter=dateLastModified>'2026' AND x<\"é\"\r\n"), page(1, 0, 2));
        assert_eq!(all[0].1, "?filter=dateLastModified%3E'2026'%20AND%20x%3C%22%C3%A9%22%0D%0A&limit=1&offset=1");
    }

    proptest! {
        #[test]
        fn any_query_gives_links_that_can_be_read(
            raw in "\\PC{0,60}", limit in 1u32..20, offset in 0u64..200, total in 1u64..200, cursor in "\\PC{0,10}"
        ) {
            let header = link_header(BASE, Some(&raw), Pages { limit, offset, total, next_cursor: Some(&cursor) });
            let header = header.expect("there are records");
            prop_assert!(header.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
            prop_assert_eq!(header.matches('<').count(), header.matches("; rel=").count());
        }
    }
}
