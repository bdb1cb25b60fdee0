//! Queries in one line, of our own store or of any provider. How a query is
//! answered stands in the client library, which vendors use as it is; here is
//! who is asked, and how it is told.

mod asked;
mod columns;
pub mod show;
mod store;
mod told;

pub use asked::Asked;
pub use store::{Store, at_once};
pub use told::{Told, unknown};
