//! The store's integration tests.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
