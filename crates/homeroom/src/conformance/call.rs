//! A request, as it goes out and as it may be shown.

use oneroster::json::RESERVED;
use oneroster::model::{Method, Route, Service, Version};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;

/// Stands in for what may name a person.
const HIDDEN: &str = "…";

/// An identifier that no record has.
pub(super) const UNKNOWN: &str = "no-such-record-7f3a";

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// The application with all that it was granted.
    Granted,
    /// Nobody: no credentials at all.
    Nobody,
    /// This header.
    Header(String),
    /// A token of these scopes only, by their short names.
    Scoped(&'static [&'static str]),
    /// A signature of OAuth 1.0a that departs from the usual one.
    Signed(Odd),
}

/// How a signature departs from the usual one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Odd {
    /// By HMAC-SHA1.
    Sha1,
    /// Without `oauth_version`.
    NoVersion,
    /// Made so many minutes ago; ahead of time if negative.
    Minutes(i64),
    /// With a signature of something else.
    Wrong,
    /// By a key that nobody has.
    UnknownKey,
}

/// A request on its way.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: &'static str,
    /// What it is of, where it is of an operation.
    pub(super) route: Option<&'static Route>,
    pub(super) service: Service,
    /// Below the base path of the service, as it goes out.
    pub(super) path: String,
    /// The same without identifiers.
    shown_path: String,
    /// Pairs as they go out, and as they are shown.
    query: Vec<(String, String)>,
    pub(super) way: Way,
    pub(super) body: Option<Value>,
    /// A body that is not JSON, with its type.
    pub(super) raw_body: Option<(&'static str, String)>,
    /// Headers that only this request has.
    pub(super) headers: Vec<(&'static str, String)>,
    /// What is odd about it, for people.
    note: String,
}

impl Call {
    /// An operation on records with these identifiers, in the order of its path.
    pub(super) fn new(route: &'static Route, ids: &[&str]) -> Call {
        let mut ids = ids.iter();
        let mut path = String::new();
        for segment in route.path.split('/').skip(1) {
            path.push('/');
            if segment.starts_with('{') {
                path.extend(utf8_percent_encode(ids.next().unwrap_or(&UNKNOWN), RESERVED));
            } else {
                path.push_str(segment);
            }
        }
        let method = match route.method {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        };
        Call { method, route: Some(route), path, shown_path: route.path.to_owned(), ..Call::at(route.service, "") }
    }

    /// A path below the base path of a service.
    pub(super) fn at(service: Service, path: &str) -> Call {
        let (path, shown_path) = (path.to_owned(), path.to_owned());
        let (query, way, body, raw_body) = (Vec::new(), Way::Granted, None, None);
        let (headers, note) = (Vec::new(), String::new());
        Call { method: "GET", route: None, service, path, shown_path, query, way, body, raw_body, headers, note }
    }

    /// With a parameter of ours.
    pub(super) fn with(self, name: &str, value: impl ToString) -> Call {
        let value = value.to_string();
        let shown = format!("{name}={value}");
        self.pair(format!("{name}={}", encoded(&value)), shown)
    }

    /// With a filter; `{}` in it stands for a value of the provider's records.
    pub(super) fn filter(self, filter: &str, value: &str) -> Call {
        let sent = filter.replace("{}", &value.replace('\'', "''"));
        let shown = if filter.contains("{}") { filter.replace("{}", HIDDEN) } else { filter.to_owned() };
        self.pair(format!("filter={}", encoded(&sent)), format!("filter={shown}"))
    }

    /// With a pair of the query as it is to go out, and as it may be shown.
    pub(super) fn pair(mut self, sent: impl Into<String>, shown: impl Into<String>) -> Call {
        self.query.push((sent.into(), shown.into()));
        self
    }

    pub(super) fn by(self, way: Way) -> Call {
        Call { way, ..self }
    }

    pub(super) fn method(self, method: &'static str) -> Call {
        Call { method, ..self }
    }

    /// With a word on what is odd about it, for people.
    pub(super) fn noted(mut self, what: &str) -> Call {
        self.note = format!(" {what}");
        self
    }

    /// With a slash behind the path.
    pub(super) fn slashed(mut self) -> Call {
        self.path.push('/');
        self.shown_path.push('/');
        self
    }

    pub(super) fn body(self, body: Value) -> Call {
        Call { body: Some(body), ..self }
    }

    /// With a body that is not JSON, and its type.
    pub(super) fn raw_body(self, media: &'static str, text: &str) -> Call {
        Call { raw_body: Some((media, text.to_owned())), ..self }
    }

    /// With a header more.
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Call {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The path and the query as they go out.
    pub(super) fn sent(&self) -> String {
        self.text(&self.path, |(sent, _)| sent)
    }

    /// The request for people; without values unless they may be shown.
    pub(super) fn shown(&self, values: bool) -> String {
        let target = if values { self.sent() } else { self.text(&self.shown_path, |(_, shown)| shown) };
        format!("{} {target}{}", self.method, self.note)
    }

    fn text(&self, path: &str, of: impl Fn(&(String, String)) -> &String) -> String {
        let mut text = path.to_owned();
        for (at, pair) in self.query.iter().enumerate() {
            text.push(if at == 0 { '?' } else { '&' });
            text.push_str(of(pair));
        }
        text
    }

    /// Whether the answer holds records, and under which key.
    pub(super) fn key(&self) -> Option<&'static str> {
        self.route?.response_key()
    }
}

/// A value of a query or a segment of a path, percent-encoded.
pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// The scopes of a version by their full URIs, parted by spaces.
pub(super) fn scope_uris(version: Version, names: &[&str]) -> String {
    let uris: Vec<String> = names.iter().map(|name| oneroster::model::scope_uri(version, name)).collect();
    uris.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::names::route;
    use super::*;

    #[test]
    fn values_go_out_and_are_not_shown() {
        let call = Call::new(route!(getUser), &["O'Brien/é"]).filter("familyName='{}' AND status='active'", "O'Brien");
        assert_eq!(
            call.sent(),
            "/users/O%27Brien%2F%C3%A9?filter=familyName%3D%27O%27%27Brien%27%20AND%20status%3D%27active%27"
        );
        assert_eq!(call.shown(false), "GET /users/{sourcedId}?filter=familyName='…' AND status='active'");
        assert!(call.shown(true).contains("Brien"));
    }
}
