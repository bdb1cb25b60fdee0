//! Requests on their way to us, as a vendor's server takes them.

use super::super::oauth2::TOKEN;
use super::{Disguise, old};
use axum::body::Body;
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode, Uri};
use oneroster_client::Edition;
use oneroster_client::vendor::{Trait, Vendor};

/// What the paths of the standard begin with.
const STANDARD: &str = "/ims/oneroster/";

/// Whether a quirk is played here.
pub(super) fn plays(what: Trait) -> bool {
    matches!(
        what,
        Trait::PageCap(_)
            | Trait::NoNestedReads
            | Trait::FilterIgnored(_)
            | Trait::MixedViews
            | Trait::NoCategoriesByClass
            | Trait::NoCategoryWrites
            | Trait::ResultsByClassOnly
            | Trait::TokenUrlApart
            | Trait::ScopesNeeded
            | Trait::TokenMember(..)
            | Trait::NoGuardians
            | Trait::OldForms
    )
}

/// Where a request goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Goal {
    /// To records, in an edition if the path names one.
    Records(Option<Edition>),
    /// To anything else.
    Other,
}

/// Looks where a request goes; one for records has the path of the standard from
/// then on.
pub(super) fn reaches<B>(disguise: &Disguise, request: &mut Request<B>) -> Result<Goal, Box<Response<Body>>> {
    let path = request.uri().path().to_owned();
    let token = disguise.token_path().split('?').next().unwrap_or_default();
    if path == token && token != TOKEN {
        set(request, TOKEN, None);
        return Ok(Goal::Other);
    }
    if let Some(below) = disguise.below_old(&path) {
        let below = below.to_owned();
        return if old::reaches(request, &below) { Ok(Goal::Records(Some(Edition::V1P0))) } else { Err(nowhere()) };
    }
    let apart = token != TOKEN || disguise.token_url("").is_none();
    if apart && (path == TOKEN || path.starts_with("/.well-known/")) {
        return Err(nowhere());
    }
    let Some(at) = path.find(STANDARD) else { return Ok(Goal::Other) };
    if path[..at] != disguise.prefix() {
        return Err(nowhere());
    }
    let rest = &path[at..];
    let below: Vec<&str> = rest[STANDARD.len()..].split('/').collect();
    let Some(vendor) = disguise.vendor else { return Ok(Goal::Records(None)) };
    let label = below.iter().position(|part| part.starts_with("v1p"));
    let edition = label.and_then(|at| below.get(at)).map(|label| match *label {
        "v1p1" => Edition::V1P1,
        _ => Edition::V1P2,
    });
    if edition.is_some_and(|edition| !vendor.editions.contains(&edition)) {
        return Err(nowhere());
    }
    let own = label.map_or(&[][..], |at| below.get(at + 1..).unwrap_or_default());
    let reads = request.method() == http::Method::GET;
    let refused = vendor.facts.iter().any(|fact| match (fact.what, own) {
        (Trait::NoNestedReads, own) => reads && own.len() > 2,
        (Trait::NoCategoriesByClass, ["classes", _, "categories"]) => true,
        (Trait::ResultsByClassOnly, ["results"]) => true,
        (Trait::NoCategoryWrites, ["categories", ..]) => !reads,
        _ => false,
    });
    if refused {
        return Err(nowhere());
    }
    let rest = match own {
        ["students"] if vendor.does(Trait::MixedViews) => rest.replace("/students", "/users"),
        _ => rest.to_owned(),
    };
    let query = request.uri().query().map(str::to_owned);
    set(request, &rest, query.as_deref());
    Ok(Goal::Records(edition))
}

/// Changes the query to what the vendor makes of it.
pub(super) fn rewritten<B>(vendor: &Vendor, request: &mut Request<B>) {
    let Some(query) = request.uri().query() else { return };
    let cap = vendor.page_cap().unwrap_or(u32::MAX);
    let ignored = |value: &str| {
        vendor.facts.iter().any(|fact| matches!(fact.what, Trait::FilterIgnored(member) if value.contains(member)))
    };
    let pairs = query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "limit" => value.parse::<u32>().map_or(Some(pair.to_owned()), |n| Some(format!("limit={}", n.min(cap)))),
            "filter" if ignored(value) => None,
            _ => Some(pair.to_owned()),
        }
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    let path = request.uri().path().to_owned();
    set(request, &path, Some(&query));
}

/// Sends a request to another path or query of ours.
pub(super) fn set<B>(request: &mut Request<B>, path: &str, query: Option<&str>) {
    let whole = match query.filter(|query| !query.is_empty()) {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(whole).ok().or(parts.path_and_query);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

fn nowhere() -> Box<Response<Body>> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    Box::new(response)
}
