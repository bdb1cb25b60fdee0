//! The program from outside: a real server on a port of its own, asked over
//! HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apps;
mod backups;
mod browser;
mod changes;
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
mod guards;
mod house;
mod http;
mod interrupts;
mod kills;
mod limits;
mod live;
mod mutated;
mod packages;
mod page;
mod reading;
mod rekeys;
mod reports;
mod retains;
mod runs;
mod samples;
mod signing;
mod silence;
mod swagger;
mod tenants;
mod tokens;
mod transport;
mod writes;
