//! Sets of files that other systems take in.
//!
//! What a system wants is data: a [`Format`] is a table of files and columns,
//! where each value comes from, what must hold of it, and who says so. One
//! engine, [`write()`], goes over any of them: it looks through the roster once,
//! writes every file in order, and names each record that the system would
//! refuse, with the next step. What would be refused is left out, and so is
//! whatever names it; a set that would do harm is held back whole.

mod apple;
mod canvas;
mod error;
mod format;
mod input;
mod judge;
mod known;
mod map;
mod place;
mod report;
mod roll;
mod row;
mod sds;
mod sent;
mod settings;
mod write;

#[cfg(test)]
mod tests;

pub use apple::FORMAT as APPLE;
pub use canvas::FORMAT as CANVAS;
pub use error::Error;
pub use format::{Column, Effect, File, Format};
pub use map::Map;
pub use place::{Contents, Place};
pub use report::{Finding, Report, Told};
pub use roll::{Roll, Sight};
pub use sds::FORMAT as SDS;
pub use sent::{Ledger, Sent};
pub use settings::{Setting, Settings};
pub use write::{Nowhere, Out, Source, write};

/// Every format.
pub static FORMATS: [&Format; 3] = [&SDS, &APPLE, &CANVAS];

/// The format of a kind of target.
pub fn format(kind: &str) -> Option<&'static Format> {
    FORMATS.into_iter().find(|format| format.kind == kind)
}
