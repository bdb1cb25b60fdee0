//! Which district, and which school of it, a path is about: `/t/{tenant}` and
//! `/t/{tenant}/s/{school}` may stand before every path.

use super::answer::Refusal;
use homeroom_store::access::Caller;
use http::uri::PathAndQuery;
use http::{Extensions, Request, Uri};
use oneroster::json::ProblemKind;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// What stood before the path of a request; it travels with the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Below {
    /// As it was written.
    pub(super) prefix: Arc<str>,
    pub(super) tenant: Arc<str>,
    pub(super) school: Option<String>,
}

impl Below {
    /// That of a path which is nothing else.
    pub(super) fn of(path: &str) -> Option<Below> {
        let (below, rest) = split(&path.trim_end_matches('/').parse().ok()?)?;
        (rest.path() == "/").then_some(below)
    }
}

/// Takes such a prefix off the path of a request, and notes it.
pub(super) fn take<B>(request: &mut Request<B>) {
    let Some((below, rest)) = split(request.uri()) else { return };
    *request.uri_mut() = rest;
    request.extensions_mut().insert(below);
}

fn split(uri: &Uri) -> Option<(Below, Uri)> {
    let path = uri.path();
    let (tenant, mut rest) = segment(path, "/t/")?;
    let mut school = None;
    if let Some((id, further)) = segment(rest, "/s/") {
        school = Some(id);
        rest = further;
    }
    let prefix = &path[..path.len() - rest.len()];
    let below = Below { prefix: prefix.into(), tenant: tenant.into(), school };
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
    let there = caller.at(&below.tenant).ok_or_else(|| no_place(&below.prefix))?;
    let there = going_on(there)?;
    match &below.school {
        None => Ok(there),
        Some(school) => within(there, school, &below.prefix),
    }
}

/// Nothing of a district is given while it is suspended.
fn going_on(there: Arc<Caller>) -> Result<Arc<Caller>, Box<Refusal>> {
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
        (None, _) => Err(forbidden("The authorization of this application was withdrawn.".to_owned())),
        (Some(_), Some(_)) => {
            let places: Vec<String> = caller.everywhere().map(|there| format!("/t/{}", there.tenant)).collect();
            let text =
                format!("This application reads several districts; put one before the path: {}.", places.join(", "));
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
    forbidden(format!("This application is not authorized for {prefix}."))
}

fn forbidden(text: String) -> Box<Refusal> {
    Refusal::new(ProblemKind::Forbidden, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taken(uri: &str) -> (Option<Below>, String) {
        let mut request = Request::builder().uri(uri).body(()).unwrap();
        take(&mut request);
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
            ("/t/", None, "/t/"),
            ("/t//x", None, "/t//x"),
            ("/t/%FF/x", None, "/t/%FF/x"),
            ("/ims/oneroster/v1p1/t/x", None, "/ims/oneroster/v1p1/t/x"),
        ];
        for (uri, wanted, rest) in cases {
            let (below, left) = taken(uri);
            let told = below.as_ref().map(|b| (&*b.prefix, &*b.tenant, b.school.as_deref()));
            assert_eq!((told, left.as_str()), (wanted, rest), "{uri}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_taken(path in "/t?[/%a-zA-Z0-9]{0,30}(\\?[a-z=&%]{0,9})?") {
            if path.parse::<Uri>().is_ok() {
                let _ = taken(&path);
            }
        }
    }
}
