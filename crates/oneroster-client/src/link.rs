//! The `Link` header (RFC 8288), as far as pages need it.

use http::HeaderMap;

/// The target of the first link of a relation; as it stands there.
pub(crate) fn target<'a>(headers: &'a HeaderMap, rel: &str) -> Option<&'a str> {
    let values = headers.get_all(http::header::LINK).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(links).find(|(_, params)| has_rel(params, rel)).map(|(target, _)| target)
}

/// Targets and the parameters behind them.
fn links(header: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        let end = end_of_params(after);
        found.push((target.trim(), &after[..end]));
        rest = &after[end..];
    }
    found
}

/// Up to the comma before the next link; commas within quotes are text.
fn end_of_params(text: &str) -> usize {
    let mut quoted = false;
    let comma = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    });
    comma.unwrap_or(text.len())
}

fn has_rel(params: &str, rel: &str) -> bool {
    params.split(';').filter_map(|param| param.split_once('=')).any(|(name, value)| {
        let value = value.trim().trim_matches(['"', '\'']);
        name.trim().eq_ignore_ascii_case("rel") && value.split_whitespace().any(|word| word.eq_ignore_ascii_case(rel))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(http::header::LINK, value.parse().unwrap());
        }
        target(&headers, "next").map(str::to_owned)
    }

    #[test]
    fn the_next_page_is_found_in_every_writing() {
        let url = "https://x.org/users?limit=10&filter=a,b;c&offset=20";
        for header in [
            format!("<{url}>; rel=\"next\", <https://x.org/p>; rel=\"prev\""),
            format!("<https://x.org/p>; title=\"a, <b>\"; rel=prev,<{url}>;rel=next"),
            format!("<https://x.org/p>; rel=\"last\", < {url} > ; REL='Next'"),
            format!("<{url}>; rel=\"next last\""),
        ] {
            assert_eq!(next(&[&header]).as_deref(), Some(url), "{header}");
        }
        assert_eq!(next(&["<https://x.org/p>; rel=prev", &format!("<{url}>; rel=next")]).as_deref(), Some(url));
    }

    #[test]
    fn what_is_no_link_is_none() {
        for header in ["", "next", "<https://x.org", "<https://x.org>; rel=nextpage", "<x>; title=next", ">;<;,"] {
            assert_eq!(next(&[header]), None, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read(header in "[<>;,=\" a-z/rel]{0,60}") {
            let _ = next(&[&header]);
        }
    }
}
