//! The client against servers that answer as they are told, well or badly.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clever;
mod examples;
mod hostile;
mod paging;
mod patience;
mod people;
mod probing;
mod server;
mod signing;
mod silence;
mod writing;
