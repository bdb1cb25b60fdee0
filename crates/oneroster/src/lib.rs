//! OneRoster, the 1EdTech standard by which schools share who is in which class.
//!
//! This crate is the standard and nothing else: the [`model`] as one table, a
//! [`record`] and its forms in CSV and JSON, the query language, the rules of
//! validation. It opens no sockets, reads no clock and no environment; what
//! time it is, and where bytes come from, is given by the caller.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cleanse;
pub mod compat;
pub mod csv;
pub mod docs;
pub mod grant;
pub mod json;
pub mod model;
pub mod oauth1;
pub mod prefix;
pub mod query;
pub mod record;
pub mod time;
pub mod validate;
