//! Finding out what a provider can do, in about a minute and some forty
//! requests: what it lets us read, how it pages, which filters and orders it
//! means, whether its changes can be trusted, how well its records are filled.

mod changes;
mod collections;
mod profile;
mod tries;
mod words;

use crate::auth::SignIn;
use crate::client::Client;
use crate::error::Error;
use crate::findings::Finding;
use oneroster::model::{Edition, Kind, Slot};
use oneroster::record::Record;

pub use profile::Profile;

/// What became of one thing that was tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It does what the standard says.
    Works,
    /// It is answered as if it had not been asked.
    Ignored,
    /// It is refused; the provider's words.
    Refused(String),
    /// There was nothing to try it on.
    Untried,
}

/// One thing that was tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Try {
    /// What is was: `filter users by familyName =`.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// A collection that was looked at.
#[derive(Clone, Debug)]
pub struct Collection {
    /// The kind of its records.
    pub kind: Kind,
    /// Its path below the base.
    pub path: &'static str,
    /// How many records it has, if the provider says so.
    pub total: Option<u64>,
    /// The records that were looked at.
    pub sample: u64,
    /// Why it cannot be read, in words.
    pub failure: Option<String>,
    /// How often each member is filled among them, of those that any has.
    pub filled: Vec<Filled>,
    /// The words of its vocabularies, each with its number.
    pub words: Vec<Words>,
}

/// How often a member is filled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filled {
    /// The member.
    pub member: &'static str,
    /// In how many records of the sample.
    pub records: u64,
    /// Whether the version demands it.
    pub demanded: bool,
}

/// The words of a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// The member: `role`, `roles.role`.
    pub member: String,
    /// Each word, how often it came, and whether the vocabulary has it.
    pub words: Vec<(String, u64, bool)>,
}

/// How a provider pages.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Paging {
    /// Whether it says how many records there are.
    pub totals: bool,
    /// Whether it names the next page.
    pub links: bool,
    /// The most records of a page, where a larger one was asked for.
    pub cap: Option<u32>,
    /// Whether offsets are followed.
    pub offsets: bool,
}

/// How far `dateLastModified` can be trusted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Changes {
    /// Filters by it work and its instants differ: changes can be asked for.
    Honest,
    /// Filters by it work, but all records that were looked at bear one
    /// instant: a delta may be everything.
    OneInstant,
    /// Filters by it are ignored or refused: only whole readings.
    NoFilter,
    /// Records lack it.
    NoInstants,
    /// There was nothing to try it on.
    Untried,
}

/// What was found out.
#[derive(Clone, Debug)]
pub struct ProbeReport {
    /// The version that was spoken.
    pub edition: Edition,
    /// The server.
    pub origin: String,
    /// The vendor that was reckoned with.
    pub vendor: &'static str,
    /// What signing in showed, where there is such a thing.
    pub sign_in: Option<SignIn>,
    /// How it pages.
    pub paging: Paging,
    /// What can be read.
    pub collections: Vec<Collection>,
    /// Filters, orders, selections and nested reads that were tried.
    pub tries: Vec<Try>,
    /// How far its changes can be trusted.
    pub changes: Changes,
    /// Whether it shows what was deleted.
    pub tombstones: Option<u64>,
    /// What it does otherwise than the standard says.
    pub findings: Vec<Finding>,
}

impl ProbeReport {
    /// It in words, a line each, for people.
    pub fn words(&self) -> Vec<String> {
        words::lines(self)
    }

    /// What a client should be told from now on.
    pub fn profile(&self) -> Profile {
        Profile::of(self)
    }
}

/// The records of a collection that were looked at.
struct Sample {
    kind: Kind,
    records: Vec<Record>,
}

impl Sample {
    /// The first value of a member that any record has.
    fn value(&self, slot: Slot) -> Option<&str> {
        self.records.iter().find_map(|record| record.slot(slot).filter(|value| !value.is_empty()))
    }
}

/// Finds out what a provider can do. Only reads are made.
///
/// # Errors
/// If the provider cannot be reached or refuses the credentials; what it
/// refuses beyond that is part of the report.
pub async fn probe(client: &Client) -> Result<ProbeReport, Error> {
    let sign_in = client.sign_in().await?;
    let mut paging = Paging::default();
    let (collections, samples) = collections::look(client, &mut paging).await?;
    collections::cap(client, &collections, &mut paging).await;
    let tries = tries::all(client, &samples).await;
    let (changes, tombstones) = changes::look(client, &samples).await;
    Ok(ProbeReport {
        edition: client.edition(),
        origin: client.address().origin(),
        vendor: client.vendor().name,
        sign_in,
        paging,
        collections,
        tries,
        changes,
        tombstones,
        findings: client.findings().list(),
    })
}
