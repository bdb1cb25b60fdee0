//! The executor for SQLite.

mod apply;
mod open;
mod pool;
mod session;
mod stored;
mod write;

pub use open::open_writer;
pub use pool::Pool;
pub use stored::Snapshot;
pub use write::{FirstLoad, apply, first_load, keep_run, source, source_name, staging};
