//! The program from outside: a real server on a port of its own, asked over
//! HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod administration;
mod apps;
mod backups;
mod browser;
mod changes;
mod client_pulls;
mod clients;
mod conformance;
mod contract;
mod covers;
mod data;
mod days;
mod demo;
mod desk;
mod disclosures;
mod district;
mod documents;
mod engine;
mod errors;
mod exports;
mod finds;
mod forgets;
mod gets;
mod gets_far;
mod grants;
mod guards;
mod house;
mod http;
mod interrupts;
mod issuers;
mod kills;
mod limits;
mod live;
mod metrics;
#[allow(dead_code, unused_imports, reason = "the tests of its own crate use the rest")]
#[path = "../../../homeroom-targets/tests/it/fake/mod.rs"]
mod moodle;
mod mutated;
mod packages;
mod page;
mod previews;
mod profiles;
mod pulls;
mod reading;
mod rekeys;
mod reports;
mod retains;
mod runs;
mod samples;
mod signing;
mod silence;
mod sources;
mod spans;
mod spellings;
mod stub;
mod swagger;
mod targets;
mod targets_files;
mod tenants;
mod tokens;
mod transport;
mod writes;
mod zoo;
