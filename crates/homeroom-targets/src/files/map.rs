//! Words of the roster to words of a system.

use super::settings::Settings;

/// A table of words.
#[derive(Debug)]
pub struct Map {
    /// What it is of: settings name it.
    pub name: &'static str,
    /// The word of the roster, and that of the system.
    pub rows: &'static [(&'static str, &'static str)],
    /// What becomes of a word that is not in the table.
    pub other: Other,
}

/// What becomes of a word that is not in the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Other {
    /// It cannot be told.
    Unknown,
    /// Nothing is told, and that is no fault: "not mapped".
    Silent,
    /// It stays as it is.
    Same,
    /// It becomes this.
    Word(&'static str),
}

/// What came of a word.
#[derive(PartialEq, Eq, Debug)]
pub enum Mapped {
    /// The system's word.
    To(String),
    /// The system has none.
    Unknown,
    /// It is not to be told.
    Silent,
}

impl Map {
    /// Looks a word up: what was set for it counts first. A word set to nothing
    /// is not mapped.
    pub fn look(&self, word: &str, settings: &Settings) -> Mapped {
        if let Some(set) = settings.mapped(self.name, word) {
            return if set.is_empty() { Mapped::Silent } else { Mapped::To(set.to_owned()) };
        }
        let known = self.rows.iter().find(|(from, _)| from.eq_ignore_ascii_case(word));
        match (known, self.other) {
            (Some((_, to)), _) => Mapped::To((*to).to_owned()),
            (None, Other::Unknown) => Mapped::Unknown,
            (None, Other::Silent) => Mapped::Silent,
            (None, Other::Same) => Mapped::To(word.to_owned()),
            (None, Other::Word(to)) => Mapped::To(to.to_owned()),
        }
    }

    /// Whether there are words that it cannot tell.
    pub(super) fn may_fail(&self) -> bool {
        self.other == Other::Unknown
    }
}
