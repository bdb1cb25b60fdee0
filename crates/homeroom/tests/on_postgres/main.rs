//! The same tests of the program, on PostgreSQL.
//!
//! They are a binary of their own, so that every test of the other one that
//! does not speak of files runs here as it stands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unused_imports)]

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
mod pushes;
mod replaced;
#[path = "../../../homeroom-store/tests/it/script.rs"]
mod script;
#[path = "../../../homeroom-store/tests/it/server.rs"]
mod server;
mod statewide_nodes;
mod together;

#[path = "../it/administration.rs"]
mod administration;
#[path = "../it/changes.rs"]
mod changes;
#[path = "../it/checks.rs"]
mod checks;
#[path = "../it/configs.rs"]
mod configs;
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
#[path = "../it/export_sources.rs"]
mod export_sources;
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
#[path = "../it/grades_moodle.rs"]
mod grades_moodle;
#[path = "../it/grants.rs"]
mod grants;
#[path = "../it/guards.rs"]
mod guards;
#[path = "../it/hooks.rs"]
mod hooks;
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
#[path = "../it/metrics.rs"]
mod metrics;
#[path = "../../../homeroom-targets/tests/it/fake/mod.rs"]
mod moodle;
#[path = "../it/packages.rs"]
mod packages;
#[path = "../it/previews.rs"]
mod previews;
#[path = "../it/profiles.rs"]
mod profiles;
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
#[path = "../it/several.rs"]
mod several;
#[path = "../it/signing.rs"]
mod signing;
#[path = "../it/silence.rs"]
mod silence;
#[path = "../it/sources.rs"]
mod sources;
#[path = "../it/spellings.rs"]
mod spellings;
#[path = "../it/statewide/mod.rs"]
mod statewide;
#[path = "../it/stub.rs"]
mod stub;
#[path = "../it/targets.rs"]
mod targets;
#[path = "../it/targets_files.rs"]
mod targets_files;
#[path = "../it/tenants.rs"]
mod tenants;
#[path = "../it/tokens.rs"]
mod tokens;
#[path = "../it/writes.rs"]
mod writes;
