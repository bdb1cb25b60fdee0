//! A provider, ready to be asked.

use crate::address::Address;
use crate::ask::Ask;
use crate::auth::SignIn;
use crate::config::{Config, ForeignLinks};
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind};
use crate::findings::Findings;
use crate::offered::Offered;
use crate::pages::Pages;
use crate::place::Place;
use crate::read::Reader;
use crate::records::Records;
use crate::vendor::Vendor;
use crate::wire::{Answer, Request, Wire};
use oneroster::model::{Edition, Kind};
use oneroster::record::Record;
use std::sync::{Arc, OnceLock};
use url::Url;

/// A client of one provider. Copies are cheap and share connections, tokens,
/// limits and findings; a call that is dropped is over.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    edition: Edition,
    address: Address,
    wire: Wire,
    findings: Findings,
    offered: OnceLock<Offered>,
}

impl Client {
    /// A client of a provider. Nothing is sent yet.
    ///
    /// # Errors
    /// If the settings do not fit together, or would let records go in the clear.
    pub fn new(config: Config) -> Result<Client, Error> {
        config.check()?;
        let findings = Findings::default();
        let wire = Wire::new(&config, &findings)?;
        let address = match config.vendor.root {
            Some(root) => config.address.clone().with_root(root),
            None => config.address.clone(),
        };
        let edition = config.spoken();
        Ok(Client { inner: Arc::new(Inner { config, edition, address, wire, findings, offered: OnceLock::new() }) })
    }

    /// The version that is spoken.
    pub fn edition(&self) -> Edition {
        self.inner.edition
    }

    /// Where the provider is.
    pub fn address(&self) -> &Address {
        &self.inner.address
    }

    /// What the client was told.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The vendor whose habits are reckoned with.
    pub fn vendor(&self) -> &'static Vendor {
        self.inner.config.vendor
    }

    /// What the provider was seen to do otherwise, so far.
    pub fn findings(&self) -> &Findings {
        &self.inner.findings
    }

    /// Signs in, if the credentials ask for it, and says what came of it.
    ///
    /// # Errors
    /// If the provider refuses the credentials.
    pub async fn sign_in(&self) -> Result<Option<SignIn>, Error> {
        self.inner.wire.auth().sign_in().await
    }

    /// The records of a collection, one by one, each once.
    ///
    /// # Errors
    /// If the version has no such operation, or identifiers are missing.
    pub fn records(&self, ask: Ask) -> Result<Records, Error> {
        Ok(Records::new(self.pages(ask)?))
    }

    /// The pages of a collection.
    ///
    /// # Errors
    /// As [`Client::records`].
    pub fn pages(&self, ask: Ask) -> Result<Pages, Error> {
        self.resume(ask, Place::default())
    }

    /// The pages of a collection from where an earlier reading stood.
    ///
    /// # Errors
    /// As [`Client::records`].
    pub fn resume(&self, ask: Ask, place: Place) -> Result<Pages, Error> {
        Pages::new(self.clone(), ask, place)
    }

    /// How many records there are, if the provider says so; one small request.
    ///
    /// # Errors
    /// If the provider fails.
    pub async fn count(&self, ask: Ask) -> Result<Option<u64>, Error> {
        let page = self.pages(ask.limit(1))?.next().await?;
        Ok(page.and_then(|page| page.total()))
    }

    /// One record; the last of the identifiers of `ask` is its own.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub async fn one(&self, ask: &Ask) -> Result<Record, Error> {
        let url = ask.page(&self.url(ask)?, None);
        let reader = self.reader(ask.kind(), !ask.fields.is_empty());
        let make = |answer: Answer| {
            let envelope = Envelope::read(answer.body, ask.route, false, self.findings())?;
            let none = || Error::new(ErrorKind::NotOneRoster, "The provider's answer has no record in it.");
            let text = envelope.record(0).ok_or_else(none)?;
            reader.read(text).map_err(|unreadable| Error::new(ErrorKind::NotOneRoster, unreadable.why))
        };
        self.wire().read(&Request::get(url, ask.route.operation), make).await
    }

    /// Keeps what the provider says it offers; the first word holds.
    pub(crate) fn keep_offered(&self, offered: Offered) {
        let _ = self.inner.offered.set(offered);
    }

    /// The URL of a question without its query.
    pub(crate) fn url(&self, ask: &Ask) -> Result<Url, Error> {
        if self.inner.offered.get().is_some_and(|offered| !offered.has(ask.route)) {
            let message = format!("The provider's discovery document does not list {}.", ask.route.operation);
            return Err(Error::new(ErrorKind::NotOffered, message));
        }
        ask.path(self.address(), self.edition())
    }

    pub(crate) fn wire(&self) -> &Wire {
        &self.inner.wire
    }

    pub(crate) fn reader(&self, kind: Kind, partial: bool) -> Reader {
        Reader::new(kind, self.edition(), partial, self.inner.findings.clone())
    }

    /// How many records a page is asked to have.
    pub(crate) fn page_size(&self) -> u32 {
        self.inner.config.page_size.unwrap_or(self.vendor().page_size).get()
    }

    pub(crate) fn foreign_links(&self) -> ForeignLinks {
        self.inner.config.foreign_links
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("config", &self.inner.config).finish_non_exhaustive()
    }
}
