//! Which district, and which school of it, a path is about: `/t/{tenant}` and
//! `/t/{tenant}/s/{school}` may stand before every path, or `/all` for all the
//! districts that let the caller in. Without them the name of the host may tell
//! the district.

use super::answer::Refusal;
use super::proxy::Proxies;
use homeroom_store::access::Caller;
use http::uri::PathAndQuery;
use http::{Extensions, Request, Uri};
use oneroster::json::ProblemKind;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// What stood before the path of a request; it travels with the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Below {
    /// As it was written; nothing if the host told.
    pub(super) prefix: Arc<str>,
    /// What stands before the paths of addresses in answers.
    pub(super) shown: Arc<str>,
    /// The district; none where all are meant that let the caller in.
    pub(super) tenant: Option<Arc<str>>,
    pub(super) school: Option<String>,
}

/// What stands before the paths of all districts at once.
pub const ALL: &str = "/all";

/// Whether a request is about all districts that let the caller in.
pub(super) fn is_of_all(extensions: &Extensions) -> bool {
    extensions.get::<Below>().is_some_and(|below| below.tenant.is_none())
}

impl Below {
    /// That of a path which is nothing else.
    pub(super) fn of(path: &str) -> Option<Below> {
        let (below, rest) = split(&path.trim_end_matches('/').parse().ok()?)?;
        (rest.path() == "/").then_some(below)
    }
}

/// Takes such a prefix off the path of a request, and notes it; where there is
/// none, what the host says.
pub(super) fn take<B>(request: &mut Request<B>, hosts: &Hosts, proxies: &Proxies) {
    if let Some((below, rest)) = split(request.uri()) {
        *request.uri_mut() = rest;
        request.extensions_mut().insert(below);
        return;
    }
    if hosts.all.is_empty() {
        return;
    }
    let origin = proxies.origin(request.extensions(), request.headers());
    if let Some(tenant) = origin.host.as_deref().and_then(|host| hosts.tenant(host)) {
        let shown = if hosts.prefixed { format!("/t/{tenant}").into() } else { "".into() };
        request.extensions_mut().insert(Below { prefix: "".into(), shown, tenant: Some(tenant), school: None });
    }
}

/// Names of hosts, each of a district.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    all: Vec<Host>,
    /// Whether addresses in answers name the district: those of a server that
    /// is known by one public address.
    prefixed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    /// In lower case; what stands behind the first label, if that names the
    /// district.
    name: String,
    tenant: Option<Arc<str>>,
}

impl Hosts {
    /// One more: `north.example.org=north`, or `*.example.org`, where the first
    /// label is the name of the district.
    ///
    /// # Errors
    /// How it is written.
    pub fn add(&mut self, text: &str) -> Result<(), &'static str> {
        const FORM: &str = "write HOST=TENANT, such as roster.north.example.org=north, or *.example.org";
        let good = |name: &str| {
            let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
            !name.is_empty() && name.bytes().all(fits) && !name.starts_with('.')
        };
        let (name, tenant) = match (text.split_once('='), text.strip_prefix("*.")) {
            (Some((name, tenant)), None) if !tenant.is_empty() => (name, Some(tenant.into())),
            (None, Some(domain)) => (domain, None),
            _ => return Err(FORM),
        };
        if !good(name) {
            return Err(FORM);
        }
        self.all.push(Host { name: name.to_ascii_lowercase(), tenant });
        Ok(())
    }

    /// The same of a server that is known by one public address, or is not.
    pub(super) fn of_server(self, public: bool) -> Hosts {
        Hosts { prefixed: public, ..self }
    }

    /// The district of a host, which may have a port behind it.
    fn tenant(&self, host: &str) -> Option<Arc<str>> {
        let host = host.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let first = host.split_once('.');
        self.all.iter().find_map(|known| match (&known.tenant, first) {
            (Some(tenant), _) if known.name == host => Some(tenant.clone()),
            (None, Some((label, domain))) if known.name == domain && !label.is_empty() => Some(label.into()),
            _ => None,
        })
    }
}

fn split(uri: &Uri) -> Option<(Below, Uri)> {
    let path = uri.path();
    let (tenant, school, rest) = match path.strip_prefix(ALL).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => (None, None, rest),
        None => {
            let (tenant, rest) = segment(path, "/t/")?;
            match segment(rest, "/s/") {
                Some((school, rest)) => (Some(tenant.into()), Some(school), rest),
                None => (Some(tenant.into()), None, rest),
            }
        }
    };
    let prefix = &path[..path.len() - rest.len()];
    let below = Below { prefix: prefix.into(), shown: prefix.into(), tenant, school };
    let rest = if rest.is_empty() { "/" } else { rest };
    let whole = match uri.query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Some((below, Uri::from_parts(parts).ok()?))
}

/// The decoded segment behind a word, and what follows it.
fn segment<'a>(path: &'a str, word: &str) -> Option<(String, &'a str)> {
    let behind = path.strip_prefix(word)?;
    let end = behind.find('/').unwrap_or(behind.len());
    let text = percent_decode_str(&behind[..end]).decode_utf8().ok()?.into_owned();
    (!text.is_empty()).then_some((text, &behind[end..]))
}

/// What a caller may read where the request asks.
pub(super) fn place(caller: Arc<Caller>, extensions: &Extensions) -> Result<Arc<Caller>, Box<Refusal>> {
    let Some(below) = extensions.get::<Below>() else { return going_on(only(&caller)?) };
    let there = below.tenant.as_ref().and_then(|tenant| caller.at(tenant));
    let there = going_on(there.ok_or_else(|| no_place(&below.prefix))?)?;
    match &below.school {
        None => Ok(there),
        Some(school) => within(there, school, &below.prefix),
    }
}

/// What an application is told that no district lets in any more.
pub(super) fn withdrawn() -> Box<Refusal> {
    forbidden("The authorization of this application was withdrawn.".to_owned())
}

/// Nothing of a district is given while it is suspended.
pub(super) fn going_on(there: Arc<Caller>) -> Result<Arc<Caller>, Box<Refusal>> {
    if there.suspended {
        return Err(forbidden("This district is suspended: nothing of it is given until it is resumed.".to_owned()));
    }
    Ok(there)
}

/// Without a prefix the only district is meant.
fn only(caller: &Arc<Caller>) -> Result<Arc<Caller>, Box<Refusal>> {
    let mut all = caller.everywhere();
    match (all.next(), all.next()) {
        (Some(there), None) => Ok(there.clone()),
        (None, _) => Err(withdrawn()),
        (Some(_), Some(_)) => {
            let places: Vec<String> = caller.everywhere().map(|there| format!("/t/{}", there.tenant)).collect();
            let text = format!(
                "This application reads several districts; put one before the path: {}, or {ALL} for all of them.",
                places.join(", ")
            );
            Err(Refusal::new(ProblemKind::InvalidData, text))
        }
    }
}

/// The same for one school alone.
fn within(caller: Arc<Caller>, school: &str, prefix: &str) -> Result<Arc<Caller>, Box<Refusal>> {
    let schools = &caller.bounds.schools;
    if !schools.is_empty() && !schools.contains(school) {
        return Err(no_place(prefix));
    }
    let mut there = Caller::clone(&caller);
    there.bounds.schools = [school.to_owned()].into();
    Ok(Arc::new(there))
}

/// The same whether or not there is such a district, or such a school of it.
pub(super) fn no_place(prefix: &str) -> Box<Refusal> {
    let place = if prefix.is_empty() { "this address" } else { prefix };
    forbidden(format!("This application is not authorized for {place}."))
}

fn forbidden(text: String) -> Box<Refusal> {
    Refusal::new(ProblemKind::Forbidden, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_host_tells_its_district() {
        let mut hosts = Hosts::default();
        for good in ["Roster.North.example.org=north", "*.example.org"] {
            hosts.add(good).unwrap();
        }
        for (host, wanted) in [
            ("roster.north.example.org", Some("north")),
            ("ROSTER.north.example.org.:8443", Some("north")),
            ("south.example.org:80", Some("south")),
            ("a.south.example.org", None),
            ("example.org", None),
            ("example.com", None),
            ("[::1]:8080", None),
            ("", None),
        ] {
            assert_eq!(hosts.tenant(host).as_deref(), wanted, "{host}");
        }
        for bad in ["", "north", "north.example.org", "=north", "x.org=", "*.", "*.a=b", "a b.org=north", ".org=x"] {
            assert!(Hosts::default().add(bad).is_err(), "{bad}");
        }
    }
    use proptest::prelude::*;

    fn taken(uri: &str) -> (Option<Below>, String) {
        let mut request = Request::builder().uri(uri).body(()).unwrap();
        take(&mut request, &Hosts::default(), &Proxies::default());
        (request.extensions().get().cloned(), request.uri().to_string())
    }

    #[test]
    fn prefixes_are_taken_off() {
        let cases = [
            ("/t/north/oauth/token", Some(("/t/north", "north", None)), "/oauth/token"),
            ("/t/north/ims/x?a=b%20c&d", Some(("/t/north", "north", None)), "/ims/x?a=b%20c&d"),
            ("/t/north", Some(("/t/north", "north", None)), "/"),
            ("/t/north/s/a%2Fb%20c/ims", Some(("/t/north/s/a%2Fb%20c", "north", Some("a/b c"))), "/ims"),
            ("/t/north/s/ims", Some(("/t/north/s/ims", "north", Some("ims"))), "/"),
            ("/t/north/s/", Some(("/t/north", "north", None)), "/s/"),
            ("/all/ims/x?a", Some(("/all", "", None)), "/ims/x?a"),
            ("/all", Some(("/all", "", None)), "/"),
            ("/all/t/north", Some(("/all", "", None)), "/t/north"),
            ("/t/all/x", Some(("/t/all", "all", None)), "/x"),
            ("/allx", None, "/allx"),
            ("/t/", None, "/t/"),
            ("/t//x", None, "/t//x"),
            ("/t/%FF/x", None, "/t/%FF/x"),
            ("/ims/oneroster/v1p1/t/x", None, "/ims/oneroster/v1p1/t/x"),
        ];
        for (uri, wanted, rest) in cases {
            let (below, left) = taken(uri);
            let told =
                below.as_ref().map(|b| (&*b.prefix, b.tenant.as_deref().unwrap_or_default(), b.school.as_deref()));
            assert_eq!((told, left.as_str()), (wanted, rest), "{uri}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_taken(path in "/(t|all)?[/%a-zA-Z0-9]{0,30}(\\?[a-z=&%]{0,9})?") {
            if path.parse::<Uri>().is_ok() {
                let _ = taken(&path);
            }
        }
    }
}
