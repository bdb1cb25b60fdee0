//! The same tests of the program, on PostgreSQL.
//!
//! They are a binary of their own, so that every test of the other one that
//! does not speak of files runs here as it stands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

#[path = "../../../homeroom-store/tests/it/cluster.rs"]
mod cluster;
mod engine;
mod failover;
mod kills;
mod moves;
mod nodes;
mod pooled;
#[path = "../../../homeroom-store/tests/it/pooler.rs"]
mod pooler;
#[path = "../../../homeroom-store/tests/it/script.rs"]
mod script;
#[path = "../../../homeroom-store/tests/it/server.rs"]
mod server;

#[path = "../it/administration.rs"]
mod administration;
#[path = "../it/changes.rs"]
mod changes;
#[path = "../it/checks.rs"]
mod checks;
#[path = "../it/conformance/mod.rs"]
mod conformance;
#[path = "../it/counted.rs"]
mod counted;
#[path = "../it/covers.rs"]
mod covers;
#[path = "../it/data.rs"]
mod data;
#[path = "../it/days.rs"]
mod days;
#[path = "../it/desk.rs"]
mod desk;
#[path = "../it/disclosures.rs"]
mod disclosures;
#[path = "../it/district.rs"]
mod district;
#[path = "../it/documents.rs"]
mod documents;
#[path = "../it/errors.rs"]
mod errors;
#[path = "../it/exports.rs"]
mod exports;
#[path = "../it/finds.rs"]
mod finds;
#[path = "../it/forgets.rs"]
mod forgets;
#[path = "../it/gets.rs"]
mod gets;
#[path = "../it/gets_far.rs"]
mod gets_far;
#[path = "../it/gone.rs"]
mod gone;
#[path = "../it/grades.rs"]
mod grades;
#[path = "../it/grants.rs"]
mod grants;
#[path = "../it/guards.rs"]
mod guards;
#[path = "../it/house.rs"]
mod house;
#[path = "../it/http.rs"]
mod http;
#[path = "../it/isolation.rs"]
mod isolation;
#[path = "../it/issuers.rs"]
mod issuers;
#[path = "../it/limits.rs"]
mod limits;
#[path = "../it/live.rs"]
mod live;
#[path = "../it/packages.rs"]
mod packages;
#[path = "../it/previews.rs"]
mod previews;
#[path = "../it/pulls.rs"]
mod pulls;
#[path = "../it/reading.rs"]
mod reading;
#[path = "../it/rekeys.rs"]
mod rekeys;
#[path = "../it/retains.rs"]
mod retains;
#[path = "../it/runs.rs"]
mod runs;
#[path = "../it/samples.rs"]
mod samples;
#[path = "../it/signing.rs"]
mod signing;
#[path = "../it/silence.rs"]
mod silence;
#[path = "../it/sources.rs"]
mod sources;
#[path = "../it/statewide.rs"]
mod statewide;
#[path = "../it/stub.rs"]
mod stub;
#[path = "../it/targets_files.rs"]
mod targets_files;
#[path = "../it/tenants.rs"]
mod tenants;
#[path = "../it/tokens.rs"]
mod tokens;
#[path = "../it/writes.rs"]
mod writes;
