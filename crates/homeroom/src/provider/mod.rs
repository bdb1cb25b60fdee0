//! The provider: a roster, served over HTTP as OneRoster 1.1 and 1.2.

mod admin;
mod answer;
mod auth;
mod below;
mod documents;
mod etag;
mod everywhere;
mod guesses;
mod issuers;
mod jwt;
mod layers;
mod lenient;
mod metrics;
mod oauth1;
mod oauth2;
mod operations;
mod pages;
mod paths;
mod plans;
mod pool;
mod proxy;
mod rate;
mod serve;
mod sight;
mod spans;
mod swagger;
mod tls;
mod together;
mod token;
mod veil;
mod writing;
mod zoo;

pub use below::{ALL, Hosts};
pub use issuers::is_safe as is_safe_issuer;
pub use serve::{Options, Server, public_url};
pub use spans::Spans;
pub use tls::{Tls, TlsError};
pub use zoo::{Chaos, Disguise};

use crate::days::Zones;
use homeroom_store::access::Access;
use homeroom_store::{DatabaseUrl, ErrorKind, Roster, Rosters};
use http::{Extensions, HeaderMap};
use std::sync::Arc;

/// What every request needs.
struct State {
    roster: Roster,
    /// Those of every tenant, if there may be several.
    rosters: Option<Arc<Rosters>>,
    access: Access,
    paths: paths::Paths,
    addresses: plans::Addresses,
    documents: documents::Documents,
    metrics: metrics::Metrics,
    spans: Option<Arc<Spans>>,
    pool: pool::Pool,
    proxies: proxy::Proxies,
    hosts: Hosts,
    limits: rate::Limits,
    guesses: guesses::Guesses,
    /// Called when other nodes should hear at once of what is counted here.
    hurry: Arc<tokio::sync::Notify>,
    /// What is administered; without it, nothing can be.
    database: Option<DatabaseUrl>,
    issuers: issuers::Issuers,
    /// As whom we serve, if not as ourselves.
    disguise: Option<Arc<Disguise>>,
    /// Which day it is where.
    zones: Arc<Zones>,
    /// Host and port to speak of if a request names none.
    host: String,
    /// What commands need to meet the same database, for the page.
    flags: String,
}

impl State {
    /// By which address the sender of a request knows us.
    fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Arc<plans::Address> {
        let origin = self.proxies.origin(extensions, headers);
        let below = extensions.get::<below::Below>().map_or("", |below| &below.shown);
        self.addresses.of(origin.scheme, origin.host.as_deref(), &self.host, below)
    }

    /// The district that a request names before its path or by its host, if there
    /// is one: callers write what they like. Blocks if it was not asked for yet
    /// and `look` says that it may.
    fn named(&self, extensions: &Extensions, look: bool) -> Option<Arc<str>> {
        let below = extensions.get::<below::Below>()?;
        let rosters = self.rosters.as_ref()?;
        let known = |tenant: &Arc<str>| rosters.opened(tenant).is_some() || look && rosters.get(tenant).is_ok();
        below.tenant.clone().filter(known)
    }

    /// The roster of a tenant, if it is open already.
    fn opened(&self, tenant: &str) -> Option<Roster> {
        match &self.rosters {
            None => Some(self.roster.clone()),
            Some(rosters) => rosters.opened(tenant),
        }
    }

    /// The same, opened if it is not yet. Blocks meanwhile.
    fn open(&self, tenant: &str) -> homeroom_store::Result<Roster> {
        match (self.opened(tenant), &self.rosters) {
            (Some(roster), _) => Ok(roster),
            (None, Some(rosters)) => rosters.get(tenant),
            (None, None) => Ok(self.roster.clone()),
        }
    }

    /// The roster of a tenant, opened if it is not yet.
    async fn roster_of(&self, tenant: &Arc<str>) -> Result<Roster, Box<answer::Refusal>> {
        if let Some(roster) = self.opened(tenant) {
            return Ok(roster);
        }
        let Some(rosters) = self.rosters.clone() else { return Ok(self.roster.clone()) };
        let name = tenant.clone();
        let open = tokio::task::spawn_blocking(move || rosters.get(&name));
        let opened = open.await.map_err(|e| answer::Refusal::internal(e.to_string()))?;
        opened.map_err(|e| match e.kind() {
            ErrorKind::NotFound => below::no_place(&format!("/t/{tenant}")),
            _ => answer::Refusal::store(&e),
        })
    }

    /// The same, and certainly that of the district which has the name now: work
    /// that is not done over if it fails.
    async fn roster_now(&self, tenant: &Arc<str>) -> Result<Roster, Box<answer::Refusal>> {
        let roster = self.roster_of(tenant).await?;
        let looked = roster.clone();
        let look = tokio::task::spawn_blocking(move || looked.published().map(drop));
        let stands = look.await.map_err(|e| answer::Refusal::internal(e.to_string()))?;
        match stands {
            Err(_) if roster.is_gone() => self.roster_of(tenant).await,
            other => other.map(|()| roster).map_err(|e| answer::Refusal::store(&e)),
        }
    }

    /// The applications, of the tenant that the path is about, or of all.
    fn access_at(&self, extensions: &Extensions) -> Access {
        match extensions.get::<below::Below>().and_then(|below| below.tenant.as_ref()) {
            Some(tenant) => self.access.within(tenant),
            None => self.access.clone(),
        }
    }
}
