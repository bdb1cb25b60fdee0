//! Where a roster is carried to.
//!
//! [`moodle`] keeps a Moodle in step with a roster through its web services;
//! [`files`] writes the sets of files that other systems take in; [`ledger`] is
//! what we know of what we made there. Nothing here knows of the HTTP server.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod files;
pub mod ledger;
pub mod moodle;
