//! JSON: records to objects of a version, and back.
//!
//! Out: a [`Plan`] renders stored records, [`envelope`] wraps them, a
//! [`Problem`] says what went wrong. In: [`decode`](decode::decode) reads one
//! object leniently, [`Strict`](strict::Strict) faster if nothing is amiss with
//! it, [`accept`](accept::accept) says whether it may be stored.
//! [`check`](check::check) holds what was written against the model.

pub mod accept;
pub mod check;
mod compile;
pub mod decode;
mod defaults;
pub mod envelope;
mod members;
mod plan;
mod row;
mod rows;
mod status;
pub mod strict;
pub(crate) mod target;
mod text;
mod uri;

#[cfg(test)]
mod tests;

pub use plan::{Bases, Plan};
pub use row::Row;
pub use status::{Problem, ProblemKind, Warning, WarningKind};
pub(crate) use target::target;
pub use uri::RESERVED;
