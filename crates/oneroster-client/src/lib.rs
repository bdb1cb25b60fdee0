//! A consumer of OneRoster over REST.
//!
//! It reads rosters, resources and gradebooks of any provider, in versions 1.1
//! and 1.2 (and 1.0, unproven), and writes grades. Every operation of the
//! standard is a row of [`oneroster::model::ROUTES`]; an [`Ask`] names one.
//!
//! ```no_run
//! # async fn f() -> Result<(), oneroster_client::Error> {
//! use oneroster::model::Kind;
//! use oneroster_client::{Ask, Client, Config, Edition, equal};
//!
//! let config = Config::new("sis.example.org")?.edition(Edition::V1P2).oauth2("client", "secret");
//! let client = Client::new(config)?;
//!
//! let active = Ask::all(Kind::User).filter(equal("status", "active")).fields(["sourcedId", "email"]);
//! let mut users = client.records(active)?;
//! while let Some(user) = users.next().await? {
//!     println!("{}", user.sourced_id);
//! }
//!
//! for finding in client.findings().list() {
//!     println!("{} {} ({} times)", finding.habit.code(), finding.habit.row().sentence, finding.count);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What it holds to:
//! - One page is in memory at a time; its records are read one by one.
//! - A reading ends by links, totals or an empty page, never by a short page
//!   alone. [`Ending`] says what speaks against its being whole.
//! - Reads are repeated on 429, 5xx, timeouts and cut answers, with growing
//!   waits and as `Retry-After` asks. Writes are repeated only where the
//!   provider surely did nothing.
//! - Credentials leave for the provider's own server and its token URL only,
//!   never in the clear, never along a redirect.
//! - What real systems do otherwise is read where its meaning is certain; each
//!   such reading is a [`Finding`] with a row in [`HABITS`].
//! - Calls are futures: drop one, and it is over.
//!
//! The examples ask for the students of a class (`students`) and for what has
//! changed (`changes`), put a score (`grade`) and find out what a provider can do
//! (`probe`). Members are read and set by handles that the compiler knows:
//! `at!(User.email)`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod address;
mod ask;
mod auth;
pub mod clever;
mod client;
mod config;
mod detect;
mod envelope;
mod error;
mod failure;
mod findings;
pub mod get;
mod habit;
mod link;
mod offered;
mod page;
mod pages;
mod people;
mod place;
pub mod probe;
mod rate;
mod read;
mod records;
mod tls;
pub mod vendor;
mod wire;
mod world;
mod write;

pub use address::Address;
pub use ask::{Ask, compare, equal};
pub use auth::SignIn;
pub use client::Client;
pub use config::{Config, Credentials, ForeignLinks, OAuth2, Scopes};
pub use detect::detect;
pub use error::{Error, ErrorKind};
pub use failure::{Failure, Shape};
pub use findings::{Finding, Findings, LISTED};
pub use habit::{HABITS, Habit, HabitRow, Standing};
pub use offered::Offered;
pub use oneroster::model::Edition;
pub use page::Page;
pub use pages::Pages;
pub use people::{Found, People};
pub use place::{Doubt, Ending, Place};
pub use probe::{ProbeReport, Profile, probe};
pub use read::Unreadable;
pub use records::Records;
pub use vendor::Vendor;
pub use world::{System, Wait, World};
pub use write::{Deleted, Pair, Written};
