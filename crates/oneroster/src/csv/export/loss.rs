//! What a package could not carry, counted.

use super::column;
use crate::model::{Kind, Slot, Version};
use crate::validate::Code;
use std::collections::BTreeMap;

/// Something that was left out or changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loss {
    /// The rule of csv.md that would be broken otherwise, where there is one.
    pub code: Option<Code>,
    /// The base name of the file that the records belong to.
    pub file: &'static str,
    /// How many records, or values, it is about.
    pub count: u64,
    /// What became of them, in a sentence.
    pub message: String,
}

/// Why something was left out or changed. Fields are positions in the kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Reason {
    /// The version has no file of the kind.
    NoFile,
    /// The row lacks what the version demands.
    Missing(u8),
    /// The row has a word that the version demands and does not know.
    NoForm(u8),
    /// The row belongs to a record that is not exported.
    Orphan(Slot),
    /// The identifier cannot be written within 255 characters.
    TooLong,
    /// The packed form cannot be read.
    Unreadable,
    /// The version has no column for it.
    NoColumn(u8),
    /// A word that the version does not know, in an optional place.
    NoWord(u8),
    /// A reference to a record that is not exported, in an optional place.
    Dangling(u8),
    /// A pair with a sign that its form cannot hold.
    Pair(u8),
    /// A secret that was not asked for.
    Secret(u8),
    /// A date-time that was not midnight.
    Time(u8),
    /// A number that was not whole.
    Rounded(u8),
    /// A number that was taken from the score scale.
    FromScale(u8),
    /// A session that is no grading period, for which the one inside it stands.
    Period(u8),
    /// A session that is no grading period, where 1.1 wants one.
    NoPeriod(u8),
    /// An identifier with characters that the standard does not allow.
    Escaped,
    /// A text with line breaks.
    LineBreak(u8),
    /// A list item with a comma.
    Comma(u8),
    /// Items that the standard wants in pairs with those of another list, and
    /// that are not as many.
    Unpaired(u8),
    /// A role with dates.
    RoleDates,
    /// A role that is not primary.
    RoleType,
    /// A role beside the one that 1.1 shows.
    FurtherRole,
    /// A role for which 1.1 has a wider word.
    RoleKind,
}

impl Reason {
    fn code(self) -> Option<Code> {
        Some(match self {
            Reason::Missing(_) => Code::V1,
            Reason::NoForm(_) | Reason::NoWord(_) => Code::V7,
            Reason::Orphan(_) | Reason::Dangling(_) => Code::R2,
            Reason::TooLong => Code::V2,
            Reason::Escaped => Code::D58,
            Reason::Pair(_) => Code::V10,
            Reason::Rounded(_) => Code::V9,
            Reason::Period(_) | Reason::NoPeriod(_) => Code::G5,
            Reason::LineBreak(_) => Code::D13,
            Reason::Unpaired(_) => Code::V12,
            _ => return None,
        })
    }

    fn message(self, kind: Kind, version: Version) -> String {
        let name = |field: u8| {
            let entity = kind.entity();
            if entity.metadata() == Some(field) { "metadata" } else { column(kind, Slot::Own(field)) }
        };
        match self {
            Reason::NoFile if kind.entity().csv.is_empty() => {
                "CSV packages have no file for these records; they are left out.".to_owned()
            }
            Reason::NoFile => {
                format!("OneRoster {version} has no {}; its rows are left out.", kind.entity().file_name())
            }
            Reason::Missing(f) => {
                format!(
                    "{} has no value that OneRoster {version} can show, and must have one; the rows are left out.",
                    name(f)
                )
            }
            Reason::NoForm(f) => {
                format!("{} must hold a word of OneRoster {version} and holds another; the rows are left out.", name(f))
            }
            Reason::Orphan(slot) => {
                format!("{} names a record that is not in the package; the rows are left out.", column(kind, slot))
            }
            Reason::TooLong => "The identifier cannot be written in 255 characters; the rows are left out.".to_owned(),
            Reason::Unreadable => "The record cannot be read from the database; the rows are left out.".to_owned(),
            Reason::NoColumn(f) => format!("OneRoster {version} has no column {}; its values are left out.", name(f)),
            Reason::NoWord(f) => {
                format!("{} holds words that OneRoster {version} does not know; they are left out.", name(f))
            }
            Reason::Dangling(f) => {
                format!("{} names records that are not in the package; they are left out of the cell.", name(f))
            }
            Reason::Pair(f) => {
                format!(
                    "{} holds colons, commas, quotes or braces that the form {{a:b}} cannot; these items are left out.",
                    name(f)
                )
            }
            Reason::Secret(f) => format!("{} is left out: passwords are written only when asked for.", name(f)),
            Reason::Time(f) => format!("{} is a day in CSV; the time of day is left out.", name(f)),
            Reason::Rounded(f) => format!("{} is a whole number in CSV; it was rounded.", name(f)),
            Reason::FromScale(f) => format!("{} was blank and was taken from the score scale.", name(f)),
            Reason::Period(f) => {
                format!(
                    "{} names sessions that are no grading periods; the one inside was written in which the work is due.",
                    name(f)
                )
            }
            Reason::NoPeriod(f) => format!("{} names sessions that are no grading periods; they were kept.", name(f)),
            Reason::Escaped => {
                "Identifiers with other signs than letters, digits and . - _ / @ were written with _xNN in their place."
                    .to_owned()
            }
            Reason::LineBreak(f) => format!("Line breaks in {} were replaced by spaces.", name(f)),
            Reason::Comma(f) => format!("Commas inside the items of {} were replaced by spaces.", name(f)),
            Reason::Unpaired(f) => {
                format!("{} has not one item for each of its counterpart; both are left out of the row.", name(f))
            }
            Reason::RoleDates => format!("OneRoster {version} has no dates of roles; they are left out."),
            Reason::RoleType => format!("OneRoster {version} does not tell main from further roles."),
            Reason::FurtherRole => {
                format!("OneRoster {version} shows one role of a person; the further ones are left out.")
            }
            Reason::RoleKind => format!("OneRoster {version} has a wider word for these roles."),
        }
    }
}

/// Counts of losses.
#[derive(Default, Debug)]
pub(super) struct Losses {
    counts: BTreeMap<(Kind, Reason), u64>,
    /// What the row that is being written loses, if it is written.
    row: Vec<(Kind, Reason)>,
}

impl Losses {
    /// Notes that the row being written loses something.
    #[cold]
    pub fn add(&mut self, kind: Kind, reason: Reason) {
        self.row.push((kind, reason));
    }

    /// The row was written: what it loses counts.
    pub fn written(&mut self) {
        for key in self.row.drain(..) {
            *self.counts.entry(key).or_default() += 1;
        }
    }

    /// The row was left out; nothing else that it loses matters.
    pub fn left_out(&mut self, kind: Kind, reason: Option<Reason>) {
        self.row.clear();
        self.row.extend(reason.map(|reason| (kind, reason)));
        self.written();
    }

    /// Counts records that have no file.
    pub fn no_file(&mut self, kind: Kind, count: u64) {
        if count > 0 {
            self.counts.insert((kind, Reason::NoFile), count);
        }
    }

    /// Forgets what was counted of a kind, for it is begun anew. What is told
    /// of roles while people are written goes with the people.
    pub fn forget(&mut self, kind: Kind) {
        let also = (kind == Kind::User).then_some(Kind::Role);
        self.counts.retain(|(k, _), _| *k != kind && Some(*k) != also);
    }

    /// All of them, in words.
    pub fn list(&self, version: Version) -> Vec<Loss> {
        let loss = |(&(kind, reason), &count): (&(Kind, Reason), &u64)| Loss {
            code: reason.code(),
            file: kind.entity().plural,
            count,
            message: reason.message(kind, version),
        };
        self.counts.iter().map(loss).collect()
    }
}
