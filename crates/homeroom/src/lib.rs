//! Homeroom, the open roster hub for schools: the program's own library.
//!
//! [`cli`] is the commands, one file each; [`provider`] serves a roster over
//! HTTP; [`telemetry`] is what is logged of it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod admin;
pub mod cli;
pub mod conformance;
pub mod counts;
pub mod days;
pub mod disclosures;
pub mod export;
pub mod generate;
pub mod get;
pub mod grades;
pub mod intake;
pub mod interrupt;
pub mod mail;
pub mod output;
pub mod people;
pub mod progress;
pub mod provider;
pub mod report;
pub mod sftp;
pub mod sync;
pub mod system;
pub mod table;
pub mod targets;
pub mod telemetry;
