//! The program from outside: a real server on a port of its own, asked over
//! HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apps;
mod data;
mod district;
mod errors;
mod house;
mod http;
mod tokens;
