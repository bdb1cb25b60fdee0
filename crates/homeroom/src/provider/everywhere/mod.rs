//! All districts that let an application in, read as one provider: what stands
//! below `/all`.
//!
//! Identifiers stand behind the name of their district, so that each leads back
//! to one record of one district; which of them are seen, and what of them, each
//! district decides as ever. A list goes through the districts one after the
//! other ([`chain`]), or, in an order of its own, through all of them at once
//! ([`merge`]); of none is more held than what a page needs.

mod asked;
mod chain;
mod cursor;
mod merge;
mod page;

use super::answer::{Refusal, Trail};
use super::operations::{self, District, not_granted, unknown};
use super::paths::{Ids, Operation, reads};
use super::{State, auth, below};
use axum::body::Body;
use bytes::Bytes;
use homeroom_store::access::Caller;
use http::{Response, request};
use oneroster::grant::Naming;
use oneroster::json::ProblemKind;
use oneroster::model::Shape;
use std::sync::Arc;

/// Stands for the districts of an answer that may be of several; none has this
/// name.
const SEVERAL: &str = "*";
/// Which of the districts are meant, if not all; a list, or given repeatedly.
const DISTRICT: &str = "district";

/// One operation in all districts that let the caller in.
pub(super) async fn operate(
    state: &Arc<State>,
    operation: &Operation,
    ids: Option<Ids>,
    (request, body): (&request::Parts, Bytes),
    trail: &mut Trail,
) -> Result<Response<Body>, Box<Refusal>> {
    let caller = auth::identify(state, request, operation).await?;
    trail.app = Some(caller.app.clone());
    trail.tenant = Some(SEVERAL.into());
    auth::within_rate_of_all(state, &caller)?;
    let all = districts(&caller, operation)?;
    let all = chosen(all, request.uri.query().unwrap_or_default())?;
    let route = operation.route;
    if route.shape == Shape::Collection && route.parents.is_empty() {
        return page::answer(state, operation, all, request, trail).await;
    }
    let named = ids.as_ref().and_then(Ids::first).and_then(Naming::district);
    let Some(there) = all.iter().find(|there| there.name.as_deref() == named) else {
        if reads(route) {
            // What is asked wrong is so wherever it is asked.
            asked::query(request.uri.query(), operation, &all)?;
        }
        return Err(unknown());
    };
    operations::within(state, operation, there.clone(), ids, (request, body), trail).await
}

/// The districts that let a caller do this, in the order of what stands before
/// their identifiers.
fn districts(caller: &Arc<Caller>, operation: &Operation) -> Result<Vec<District>, Box<Refusal>> {
    let mut all: Vec<&Arc<Caller>> = caller.everywhere().collect();
    let first = (*all.first().ok_or_else(below::withdrawn)?).clone();
    all.retain(|there| !there.suspended);
    if all.is_empty() {
        below::going_on(first)?;
    }
    all.retain(|there| !there.scopes.intersection(operation.opening).is_empty());
    if all.is_empty() {
        return Err(auth::too_narrow(operation));
    }
    let kind = operation.route.kind;
    all.retain(|there| there.cover.opens(kind));
    if all.is_empty() {
        return Err(not_granted(kind));
    }
    let there = |caller: &Arc<Caller>| {
        let naming = Naming::of_district(&caller.tenant, caller.bounds.spells_ids());
        District { naming, name: Some(caller.tenant.clone()), caller: caller.clone(), belief: None }
    };
    let mut all: Vec<District> = all.into_iter().map(there).collect();
    all.sort_by(|a, b| a.naming.before().cmp(b.naming.before()));
    Ok(all)
}

/// Those of them that a query means: never others, and never none without a word.
fn chosen(mut all: Vec<District>, query: &str) -> Result<Vec<District>, Box<Refusal>> {
    let given = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == DISTRICT);
    let lists: Vec<_> = given.map(|(_, list)| list).collect();
    if lists.is_empty() {
        return Ok(all);
    }
    let names: Vec<&str> = lists.iter().flat_map(|list| list.split(',')).map(str::trim).collect();
    let known = |name: &&str| all.iter().any(|there| there.name.as_deref() == Some(name));
    if let Some(other) = names.iter().find(|name| !known(name)) {
        let text = format!("district: there is none of the name {other:?} that lets this application ask for this.");
        return Err(Refusal::new(ProblemKind::InvalidData, text));
    }
    all.retain(|there| there.name.as_deref().is_some_and(|name| names.contains(&name)));
    Ok(all)
}
