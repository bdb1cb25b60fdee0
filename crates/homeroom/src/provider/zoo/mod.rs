//! The provider in disguise: with the quirks of a vendor's server, and with
//! faults, to test consumers against. Quirks are the rows of the vendor table
//! (`oneroster_client::vendor`), which says where each is known from.

mod answers;
mod asks;
mod chaos;
mod old;

pub use chaos::Chaos;

use super::below::Below;
use super::oauth1::AsWritten;
use asks::Goal;
use axum::body::Body;
use chaos::Fault;
use homeroom_store::Roster;
use http::{HeaderMap, Request, Response, header};
use oneroster_client::Edition;
use oneroster_client::vendor::{Trait, Vendor, Way};
use std::collections::BTreeSet;
use std::sync::Arc;

/// As whom we serve, and how badly.
#[derive(Debug)]
pub struct Disguise {
    vendor: Option<&'static Vendor>,
    chaos: Option<Chaos>,
    /// The tenant that is served.
    tenant: Arc<str>,
    /// Organisations of it that the vendor does not tell of, by sourcedId.
    left_out: BTreeSet<String>,
}

/// What is to be done with the answer to a request.
pub(super) struct Plan {
    fault: Option<Fault>,
    goal: Goal,
}

impl Plan {
    /// Whether it is to be in the names and forms of 1.0.
    fn is_old(&self) -> bool {
        self.goal == Goal::Records(Some(Edition::V1P0))
    }
}

/// The name of the application in paths that have one.
const APPLICATION: &str = "demo";
/// Where tokens are given if that cannot be derived from the base URL.
const APART: &str = "/signin/token";

impl Disguise {
    /// As a vendor, with faults, or both.
    pub fn new(vendor: Option<&'static Vendor>, chaos: Option<Chaos>, tenant: &str) -> Disguise {
        Disguise { vendor, chaos, tenant: tenant.into(), left_out: BTreeSet::new() }
    }

    /// Looks up what of a roster the vendor does not tell of.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn knowing(mut self, roster: &Roster) -> homeroom_store::Result<Disguise> {
        if self.vendor.is_some_and(|vendor| vendor.editions.contains(&Edition::V1P0)) {
            self.left_out = old::left_out(roster)?;
        }
        Ok(self)
    }

    fn does(&self, what: Trait) -> bool {
        self.vendor.is_some_and(|vendor| vendor.does(what))
    }

    fn traits(&self) -> impl Iterator<Item = Trait> {
        self.vendor.into_iter().flat_map(|vendor| vendor.facts).map(|fact| fact.what)
    }

    /// What stands before `/ims/oneroster` in its addresses.
    fn prefix(&self) -> String {
        let Some(vendor) = self.vendor else { return String::new() };
        match (vendor.root, vendor.token_path) {
            (Some(root), _) => root.strip_suffix("/ims/oneroster").unwrap_or(root).to_owned(),
            (None, Some(path)) if path.contains("{application}") => format!("/campus/oneroster/{APPLICATION}"),
            _ => String::new(),
        }
    }

    /// The base URL to give to consumers, of a server at this address.
    pub fn base_url(&self, origin: &str) -> String {
        let only_old = self.vendor.is_some_and(|vendor| vendor.editions == [Edition::V1P0]);
        let path = if only_old { old::path() } else { "/ims/oneroster" };
        format!("{origin}{}{path}", self.prefix())
    }

    /// What of a path stands below the one of 1.0, if that is served.
    fn below_old<'p>(&self, path: &'p str) -> Option<&'p str> {
        self.vendor.filter(|vendor| vendor.editions.contains(&Edition::V1P0))?;
        let below = path.strip_prefix(&self.prefix())?.strip_prefix(old::path())?;
        below.starts_with('/').then_some(below)
    }

    /// Where it gives tokens; `None` if it gives none.
    pub fn token_url(&self, origin: &str) -> Option<String> {
        let gives = |vendor: &Vendor| vendor.ways.iter().any(|way| matches!(way, Way::OAuth2 | Way::OAuth2Body));
        if self.vendor.is_some_and(|vendor| !gives(vendor)) {
            return None;
        }
        Some(format!("{origin}{}", self.token_path().replace("{application}", APPLICATION)))
    }

    fn token_path(&self) -> &'static str {
        match self.vendor.and_then(|vendor| vendor.token_path) {
            Some(path) => path,
            None if self.does(Trait::TokenUrlApart) => APART,
            None => super::oauth2::TOKEN,
        }
    }

    /// Quirks of the vendor that are not played, by name: they are of the data of
    /// real districts, or of what is not served.
    pub fn unplayed(&self) -> Vec<String> {
        self.traits().filter(|what| !answers::plays(*what) && !asks::plays(*what)).map(|t| format!("{t:?}")).collect()
    }

    /// Brings a request to the form in which we take it; or answers at once.
    pub(super) async fn take<B>(&self, request: &mut Request<B>) -> Result<Plan, Box<Response<Body>>> {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
        let written = AsWritten(request.uri().clone());
        request.extensions_mut().insert(written);
        let goal = asks::reaches(self, request)?;
        let data = goal != Goal::Other;
        let mut plan = Plan { fault: None, goal };
        if let Some(chaos) = self.chaos.as_ref().filter(|_| data && request.method() == http::Method::GET) {
            plan.fault = chaos.next(&request.uri().to_string());
            if let Some(fault) = plan.fault {
                tracing::info!(fault = fault.word(), "a fault is given");
            }
            chaos::before(plan.fault, request).await?;
        }
        if data && let Some(vendor) = self.vendor {
            let prefix = self.prefix();
            if !prefix.is_empty() {
                let (prefix, tenant): (std::sync::Arc<str>, _) = (prefix.into(), Some(self.tenant.clone()));
                request.extensions_mut().insert(Below { shown: prefix.clone(), prefix, tenant, school: None });
            }
            asks::rewritten(vendor, request);
            if plan.is_old() {
                old::narrowed(request);
            }
        }
        Ok(plan)
    }

    /// Brings an answer to the form in which the vendor gives it.
    pub(super) async fn give(&self, plan: &Plan, response: Response<Body>) -> Response<Body> {
        let response = match plan.goal {
            Goal::Records(_) => answers::rewritten(self, plan.is_old(), response).await,
            Goal::Other => response,
        };
        chaos::after(plan.fault, response).await
    }

    /// Why a token request is refused that the vendor would refuse.
    pub(super) fn refuses_token(&self, form: &[u8]) -> Option<&'static str> {
        let has = |name: &str| form_urlencoded::parse(form).any(|(key, value)| key == name && !value.is_empty());
        self.traits().find_map(|what| match what {
            Trait::ScopesNeeded if !has("scope") => Some("The parameter scope is missing; this server demands it."),
            Trait::TokenMember(name, _) if !has(name) => {
                Some("A parameter is missing that this server demands; see its documentation.")
            }
            _ => None,
        })
    }

    /// What every answer of the vendor has in its header.
    fn headers(&self, headers: &mut HeaderMap) {
        answers::headers(self.traits(), headers);
    }
}
