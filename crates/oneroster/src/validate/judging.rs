//! The state of a run: what every file leaves for the files after it.

use super::figures::Counting;
use super::gradebook::Gradebook;
use super::judgement::FileState;
use super::known::Store;
use super::options::Options;
use super::report::Report;
use super::resources::Resources;
use super::roster::Roster;
use super::tables::Ids;
use super::tally::Tally;
use crate::csv::{Derived, Mode, Package};
use crate::model::{Edition, Entity, Kind, MODEL, Version};
use hashbrown::{HashMap, HashSet};

/// What the run knows while it goes from file to file.
pub(super) struct Judging<'a> {
    pub options: &'a Options,
    pub version: Version,
    pub report: Report,
    pub ids: Vec<Ids>,
    pub states: [Option<FileState>; MODEL.len()],
    pub roster: Roster,
    pub gradebook: Gradebook,
    pub resources: Resources,
    /// The mode of each kind's file, if it was sent.
    pub modes: [Option<Mode>; MODEL.len()],
    pub figures: Counting,
    pub package: &'a Package,
    pub tally: Tally,
    /// Whether the package is of 1.0.
    pub old: bool,
    /// Whether people's material stands in their own rows.
    pub resources_in_users: bool,
    /// What its records lack.
    pub derived: Derived,
    /// Digests of the identifiers that delta files speak of.
    pub told: HashMap<Kind, HashSet<u64>>,
    /// Records that delta files take away.
    pub gone: Vec<Gone>,
    /// What is stored, for changes.
    pub store: Store<'a>,
    /// Why the package is of no use: a file of it is no table at all.
    pub unreadable: Option<String>,
}

impl<'a> Judging<'a> {
    /// A run that has read nothing yet.
    pub fn new(
        options: &'a Options,
        edition: Edition,
        report: Report,
        store: Store<'a>,
        package: &'a Package,
    ) -> Judging<'a> {
        Judging {
            options,
            version: edition.version(),
            report,
            ids: MODEL.iter().map(|_| Ids::default()).collect(),
            states: [None; MODEL.len()],
            roster: Roster::new(options),
            package,
            tally: Tally::default(),
            figures: Counting::default(),
            gradebook: Gradebook::default(),
            resources: Resources::default(),
            modes: [None; MODEL.len()],
            old: edition == Edition::V1P0,
            resources_in_users: false,
            derived: Derived::default(),
            told: HashMap::new(),
            gone: Vec::new(),
            store,
            unreadable: None,
        }
    }

    /// Notes that a file is no table at all, and why.
    pub fn no_table(&mut self, kind: Kind, why: &str) {
        let name = kind.entity().file_name();
        self.unreadable.get_or_insert_with(|| {
            format!("{name} cannot be read as a table: {why}. Export the package again, and look into the file.")
        });
    }

    /// The edition of the package.
    pub fn edition(&self) -> Edition {
        if self.old { Edition::V1P0 } else { self.version.into() }
    }

    /// Whether a kind's file is in the package.
    pub fn sent(&self, kind: Kind) -> bool {
        self.modes[kind as usize].is_some()
    }

    /// Whether files of the package refer to records of a kind.
    pub fn referred(&self, kind: Kind) -> bool {
        let refers = |e: &&Entity| e.fields.iter().any(|f| f.in_csv(self.version) && f.target() == Some(kind));
        (kind == Kind::Resource && self.resources_in_users)
            || MODEL
                .iter()
                .any(|e| self.sent(e.kind) && (refers(e) || (kind, e.kind) == (Kind::User, Kind::Demographics)))
    }
}

/// A record that a row of a delta file takes away.
#[derive(Debug)]
pub(super) struct Gone {
    pub kind: Kind,
    pub file: u8,
    pub line: u32,
    pub id: Box<str>,
}
