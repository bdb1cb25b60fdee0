//! The store of Homeroom: rosters with their history, runs, and access.
//!
//! Every call blocks until it is done; a server decides which calls are quick
//! enough to make on its own threads ([`Roster::is_quick`]).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod access;
mod archive;
mod backup;
mod came;
mod carried;
mod changes;
mod check;
pub mod claims;
mod configure;
mod context;
mod disclosed;
mod error;
mod export;
mod find;
mod first_load;
mod forget;
mod forwards;
pub mod gradebook;
pub mod intake;
mod migrations;
mod paging;
mod people;
mod plan;
mod postgres;
pub mod precedence;
mod read;
mod reader;
mod rekey;
pub mod retention;
mod review;
mod roster;
mod run;
mod schema;
mod settings;
mod sources;
mod sql;
mod sqlite;
mod targets;
mod tenants;
mod transfer;
mod turn;
mod undo;
mod url;
mod visible;
mod work;
mod writer;

pub use archive::{Archive, Opened};
pub use backup::backup;
pub use changes::Moved;
pub use check::{Checked, Damage, Fault};
pub use configure::{Act, Configured};
pub use disclosed::{Asked, Disclosure, Shown};
pub use error::{Error, ErrorKind};
pub use export::{Export, Sink, Which};
pub use find::{Stored, Wanted};
pub use first_load::FirstLoad;
pub use forget::Forgotten;
pub use forwards::{Forward, Forwarded, Sent, Stand, Standing, Which as Forwards};
pub use migrations::{Tables, migrations};
pub use people::Somebody;
pub use read::{Belief, Found, Page, Published, Read, Tombstones};
pub use reader::{Rank, Ranked};
pub use rekey::{Rename, Renames, shared};
pub use review::{Gone, Loss, Rekeyed, Review};
pub use roster::Roster;
pub use run::{Deed, Run, RunState, Schools, Shift, Written};
pub use schema::{Dialect, schema};
pub use settings::Set;
pub use sources::Feed;
pub use targets::{Entry, Target};
pub use tenants::{DEFAULT_TENANT, Rosters, Tenants};
pub use transfer::{Carried, transfer};
pub use turn::Turn;
pub use undo::{Stays, TakenBack, Why};
pub use url::DatabaseUrl;
pub use visible::ViewId;

/// A result of the store.
pub type Result<T> = std::result::Result<T, Error>;
