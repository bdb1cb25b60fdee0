//! Whether a roster agrees with itself.
//!
//! What a reader sees comes from packed records; what a query finds comes from
//! the columns beside them, from row ids, totals and instants. Each of these
//! follows from the records, and is computed again here and held against what is
//! stored.

mod rows;
mod sums;

use crate::Result;
use crate::work::Work;
use oneroster::model::Kind;
use std::fmt;

/// Something that is not as it follows from the records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The table.
    pub table: String,
    /// The record, where one is concerned.
    pub sourced_id: Option<String>,
    /// What is wrong.
    pub damage: Damage,
}

/// What can be wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Damage {
    /// The file itself is damaged, as SQLite says.
    File(String),
    /// The record cannot be read.
    Record,
    /// The content is not that of its digest: it would be taken for changed, or
    /// a change would be missed.
    Digest,
    /// A column says something else than the record: queries miss the record, or
    /// find it wrongly.
    Column(String),
    /// A reference names a record that is not there.
    Reference(String),
    /// The row was published after the version that stands.
    Ahead,
    /// An earlier state of a record ends at no later one.
    Gap,
    /// A total: what is stored, and what was counted.
    Total {
        /// Which one.
        what: &'static str,
        /// As it is stored.
        stored: i64,
        /// As it was counted.
        counted: i64,
    },
    /// A view shows records that are not there, so many.
    Shown(i64),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::File(said) => write!(f, "the file is damaged: {said}"),
            Damage::Record => f.write_str("the record cannot be read"),
            Damage::Digest => f.write_str("the record is another one than its digest says"),
            Damage::Column(name) => write!(f, "{name} says something else than the record"),
            Damage::Reference(name) => write!(f, "{name} names a record that is not there"),
            Damage::Ahead => f.write_str("it was published after the version that stands"),
            Damage::Gap => f.write_str("an earlier state ends where no later one begins"),
            Damage::Total { what, stored, counted } => {
                write!(f, "the total of {what} records is stored as {stored}, and is {counted}")
            }
            Damage::Shown(rows) => write!(f, "{rows} rows of applications' views show records that are not there"),
        }
    }
}

/// What was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Checked {
    /// Records, tombstones among them.
    pub records: u64,
    /// Earlier states of records.
    pub earlier: u64,
}

/// Takes faults as they are found.
pub(crate) type Faults<'a> = &'a mut dyn FnMut(Fault);

/// Looks at everything, in one version.
pub(crate) fn check(work: &mut Work<'_>, faults: Faults<'_>) -> Result<Checked> {
    sums::file(work, faults)?;
    let mut ids = rows::ids(work)?;
    let mut checked = Checked::default();
    for kind in Kind::all() {
        checked.records += rows::live(work, kind, &mut ids, faults)?;
        checked.earlier += rows::earlier(work, kind, faults)?;
        sums::totals(work, kind, faults)?;
        sums::instants(work, kind, faults)?;
        sums::views(work, kind, faults)?;
    }
    Ok(checked)
}
