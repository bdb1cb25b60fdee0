//! The executor for PostgreSQL.
//!
//! One database serves many tenants; the tenant leads every key. Readers take
//! a snapshot each, writers of a tenant wait for each other at its row of
//! `state`, whose instant is decided while that row is held.

mod apply;
mod bare;
mod connect;
mod copy;
mod pool;
mod session;
mod stored;
mod tls;
mod write;

pub use pool::{Leased, Pool};
