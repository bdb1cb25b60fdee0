//! How many there are of whom, by district, school, grade and more, as of any
//! time that is still known; small numbers are withheld.

pub mod dimension;
mod facts;
mod tally;
mod withhold;

pub use dimension::{Dimension, Subject};
pub use tally::{Line, Tally, Value};
pub use withhold::withhold;

use crate::output::Failure;
use homeroom_store::{Roster, Which};
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::Timestamp;

/// What is to be counted.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Of what.
    pub of: Subject,
    /// By what, from the whole to its parts.
    pub by: Vec<&'static Dimension>,
    /// The roster as it was then.
    pub as_of: Option<Timestamp>,
}

/// Counts one district into a tally; gives the instant that was counted, if
/// anything was ever imported.
///
/// # Errors
/// If the history does not reach back so far, or the roster cannot be read.
pub fn count(roster: &Roster, district: &str, ask: &Ask, tally: &mut Tally) -> Result<Option<Timestamp>, Failure> {
    let mut export = roster.export(ask.as_of)?;
    let mut facts = facts::Facts::new(district, ask);
    for kind in facts.wants() {
        export.rows(kind, Which::Live, None, &mut |row| {
            if let Some(record) = Record::unpack(kind, row.sourced_id, row.packed) {
                facts.learn(&record);
            }
            true
        })?;
    }
    let subject: Kind = ask.of.kind();
    let mut missed = 0_u64;
    export.rows(subject, Which::Live, None, &mut |row| {
        match Record::unpack(subject, row.sourced_id, row.packed) {
            Some(record) => tally.add(facts.keys(&record)),
            None => missed += 1,
        }
        true
    })?;
    if missed > 0 {
        return Err(Failure::refused(format!("{missed} records of {district} cannot be read"))
            .hint("see what is wrong with: homeroom database check"));
    }
    Ok(export.at())
}
