//! The executor for PostgreSQL.
//!
//! One database serves many tenants; the tenant leads every key. Readers take
//! a snapshot each, writers of a tenant wait for each other at its row of
//! `state`, whose instant is decided while that row is held.

mod apply;
mod bare;
mod connect;
mod copy;
mod export;
mod pool;
mod session;
mod stored;
mod tls;
mod wall;
mod write;

pub use apply::Applier;
pub use connect::tables;
pub use copy::Rows;
pub use pool::{Leased, Pool};
pub use wall::{enter, turn_to};

use crate::Result;

/// Takes the turn of a tenant: a lock that goes with the session.
pub fn turn(url: &str, tenant: &str, what: &str) -> Result<Option<postgres::Client>> {
    let mut client = tls::connect(&connect::config(url)?)?;
    let sql = "SELECT pg_try_advisory_lock(hashtext('homeroom.' || $2), hashtext($1))";
    let taken: bool = client.query_one(sql, &[&tenant, &what])?.try_get(0)?;
    Ok(taken.then_some(client))
}
