//! The provider: a roster, served over HTTP as OneRoster 1.1 and 1.2.

mod answer;
mod auth;
mod documents;
mod layers;
mod lenient;
mod operations;
mod pages;
mod paths;
mod plans;
mod pool;
mod serve;
mod token;

pub use serve::{Server, public_url};

use homeroom_store::Roster;
use homeroom_store::access::Access;
use http::{HeaderMap, header};
use std::sync::Arc;

/// What every request needs.
struct State {
    roster: Roster,
    access: Access,
    paths: paths::Paths,
    addresses: plans::Addresses,
    documents: documents::Documents,
    pool: pool::Pool,
    /// Host and port to speak of if a request names none.
    host: String,
    /// What commands need to meet the same database, for the page.
    flags: String,
}

impl State {
    fn address(&self, headers: &HeaderMap) -> Arc<plans::Address> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        self.addresses.of(host, &self.host)
    }
}
