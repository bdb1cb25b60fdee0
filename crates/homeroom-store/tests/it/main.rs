//! The store's integration tests: real databases, real records, the real SQL.
//! Every test runs on both engines.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

/// Each function takes an engine and becomes a test on either.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $name() { super::$name($crate::district::Engine::Sqlite); })*
        }
        mod on_postgres {
            $(#[test] fn $name() { super::$name($crate::district::Engine::Postgres); })*
        }
    };
}

mod access;
mod archive;
mod assumed;
mod check;
mod claims;
mod cluster;
mod costs;
mod disclosures;
mod district;
mod export;
mod filters;
mod forget;
mod forwards;
mod gradebook;
mod grants;
mod intake;
mod keys;
mod paging;
mod pooled;
mod pooler;
mod postgres;
mod removal;
mod replicas;
mod retention;
mod script;
mod secrets;
mod server;
mod signed;
mod sources;
mod streams;
mod targets;
mod together;
mod turns;
mod undo;
mod wall;
