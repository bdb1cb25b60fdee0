//! The provider: a roster, served over HTTP as OneRoster 1.1 and 1.2.

mod answer;
mod auth;
mod documents;
mod etag;
mod guesses;
mod layers;
mod lenient;
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
mod swagger;
mod tls;
mod token;
mod veil;
mod writing;

pub use serve::{Options, Server, public_url};
pub use tls::{Tls, TlsError};

use homeroom_store::Roster;
use homeroom_store::access::Access;
use http::{Extensions, HeaderMap};
use std::sync::Arc;

/// What every request needs.
struct State {
    roster: Roster,
    access: Access,
    paths: paths::Paths,
    addresses: plans::Addresses,
    documents: documents::Documents,
    pool: pool::Pool,
    proxies: proxy::Proxies,
    limits: rate::Limits,
    guesses: guesses::Guesses,
    /// Host and port to speak of if a request names none.
    host: String,
    /// What commands need to meet the same database, for the page.
    flags: String,
}

impl State {
    /// By which address the sender of a request knows us.
    fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Arc<plans::Address> {
        let origin = self.proxies.origin(extensions, headers);
        self.addresses.of(origin.scheme, origin.host.as_deref(), &self.host)
    }
}
