//! What came back, and what can be read out of it.

use oneroster::model::Version;
use serde_json::{Map, Value};
use std::cell::OnceCell;
use ureq::http::HeaderMap;

/// More records than anyone has.
const MOST: u64 = 1 << 40;

/// One answer, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    json: OnceCell<Option<Value>>,
}

/// What an error says of itself, in the form of its version.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StatusInfo<'a> {
    pub(super) major: &'a str,
    pub(super) severity: &'a str,
    pub(super) minor: Option<&'a str>,
    pub(super) description: Option<&'a str>,
}

impl Answer {
    pub(super) fn new(status: u16, headers: HeaderMap, body: Vec<u8>) -> Answer {
        Answer { status, headers, body, json: OnceCell::new() }
    }

    /// The first header of this name, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers of this name that are text.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// The body, if it is JSON.
    pub(super) fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| serde_json::from_slice(&self.body).ok()).as_ref()
    }

    /// The body's members, if it is a JSON object.
    pub(super) fn object(&self) -> Option<&Map<String, Value>> {
        self.json()?.as_object()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Whether the body is declared as JSON.
    pub(super) fn says_json(&self) -> bool {
        let media = self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        media.trim().eq_ignore_ascii_case("application/json")
    }

    /// How many records there are, if the answer says so and can mean it.
    pub(super) fn total(&self) -> Option<u64> {
        self.header("x-total-count")?.trim().parse().ok().filter(|total| *total <= MOST)
    }

    /// The address of a relation of the `Link` headers.
    pub(super) fn link(&self, rel: &str) -> Option<&str> {
        self.all("link").find_map(|header| link(header, rel))
    }

    /// How many seconds the provider wants us to wait before the next try.
    pub(super) fn wait(&self) -> Option<u64> {
        let busy = matches!(self.status, 429 | 503);
        busy.then(|| self.header("retry-after").and_then(|text| text.trim().parse().ok()))?
    }

    /// The status info in the form of a version, if the body has that form.
    pub(super) fn status_info(&self, version: Version) -> Option<StatusInfo<'_>> {
        let object = self.object()?;
        let (info, minor) = match version {
            Version::V1P1 => {
                let info = object.get("statusInfoSet")?.as_array()?.first()?;
                (info, &info["imsx_codeMinor"])
            }
            Version::V1P2 => {
                let fields = object.get("imsx_CodeMinor").map(|minor| &minor["imsx_codeMinorField"]);
                let value = fields.map_or(&Value::Null, |fields| &fields[0]["imsx_codeMinorFieldValue"]);
                (self.json()?, value)
            }
        };
        Some(StatusInfo {
            major: info["imsx_codeMajor"].as_str()?,
            severity: info["imsx_severity"].as_str()?,
            minor: minor.as_str(),
            description: info["imsx_description"].as_str(),
        })
    }
}

/// The address of a relation in a `Link` header (RFC 8288).
fn link<'a>(header: &'a str, rel: &str) -> Option<&'a str> {
    let mut rest = header;
    while let Some(start) = rest.find('<') {
        let (url, after) = rest.get(start + 1..)?.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        let parameters = after.get(..end)?.split(';').map(|p| p.trim().trim_end_matches(',').trim());
        let mut rels = parameters.filter_map(|p| p.strip_prefix("rel=")).map(|value| value.trim_matches('"'));
        if rels.any(|rels| rels.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case(rel))) {
            return Some(url);
        }
        rest = after.get(end..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_as_they_are_written() {
        let header = r#"<http://x/u?a=1,2&b=rel="next">; rel="first", <http://x/u?offset=3>; rel=next; title="n", <http://x/l>; rel="last prev""#;
        assert_eq!(link(header, "next"), Some("http://x/u?offset=3"));
        assert_eq!(link(header, "first"), Some("http://x/u?a=1,2&b=rel=\"next\""));
        assert_eq!(link(header, "prev"), Some("http://x/l"));
        assert_eq!(link(r#"<http://x/next>; rel="prev""#, "next"), None);
        for odd in ["", "<", "<x", "<x>", "<x>;rel", "next", "<<<>>>"] {
            assert_eq!(link(odd, "next"), None, "{odd}");
        }
    }

    #[test]
    fn status_info_is_read_in_its_version_only() {
        let answer = |body: &str| Answer::new(400, HeaderMap::new(), body.as_bytes().to_vec());
        let old = answer(
            r#"{"statusInfoSet":[{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_codeMinor":"invalid data"}]}"#,
        );
        assert_eq!(old.status_info(Version::V1P1).unwrap().minor, Some("invalid data"));
        assert_eq!(old.status_info(Version::V1P2), None);
        let new = answer(
            r#"{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldName":"T","imsx_codeMinorFieldValue":"invaliddata"}]}}"#,
        );
        assert_eq!(new.status_info(Version::V1P2).unwrap().minor, Some("invaliddata"));
        assert_eq!(new.status_info(Version::V1P1), None);
        for odd in ["", "[]", "{}", "null", "<html>", r#"{"statusInfoSet":{}}"#, r#"{"imsx_CodeMinor":7}"#] {
            assert!(Version::ALL.iter().all(|v| answer(odd).status_info(*v).is_none()), "{odd}");
        }
    }
}
