//! Targets from outside: a real store, and a Moodle that answers over HTTP as a
//! real one was measured to.
//!
//! With `HOMEROOM_MOODLE_URL` and `HOMEROOM_MOODLE_TOKEN_FILE` set, the tests of
//! `contract` ask that Moodle instead.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adopts;
mod bench;
mod clashes;
mod contract;
mod counts;
mod district;
mod fake;
mod faults;
mod grades;
mod pushes;
mod renames;
mod shorts;
mod undone;
mod verified;
