//! The store's integration tests: a real file, real records, the real SQL.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod district;
mod filters;
mod intake;
mod paging;
