//! The executor for PostgreSQL.
//!
//! One database serves many tenants; the tenant leads every key. Readers take
//! a snapshot each, writers of a tenant wait for each other at its row of
//! `state`, whose instant is decided while that row is held.

mod apply;
mod assumed;
mod bare;
mod connect;
mod copy;
mod cursor;
mod export;
mod options;
mod places;
mod pool;
mod session;
mod stored;
mod tls;
mod turn;
mod wall;
mod write;

pub use apply::Applier;
pub use connect::tables;
pub use copy::Rows;
pub use options::part;
pub use pool::{Leased, Pool};
pub use turn::{Fence, Held};
pub use wall::turn_to;
