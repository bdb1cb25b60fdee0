//! What a run over a package comes to.

use super::figures::Figures;
use super::report::Report;
use super::tables::Bits;
use crate::csv::{Derived, Mode, Plan};
use crate::model::{Edition, Kind, Version};
use crate::record::id_digest;
use crate::time::Timestamp;
use hashbrown::{HashMap, HashSet};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// How far the judging of a package has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The file that is being read.
    pub kind: Kind,
    /// How many of its rows were read.
    pub rows: u64,
    /// How many bytes of the whole package were read.
    pub bytes: u64,
    /// How many bytes the package has.
    pub total: u64,
}

/// What a package says of itself, before any row is read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its edition.
    pub edition: Edition,
    /// Whether nothing may be removed because of it.
    pub no_deletions: bool,
    /// Its files and their modes.
    pub modes: Vec<(Kind, Mode)>,
    /// Whether people's material stands in their own rows (csv.md D60).
    pub resources_in_users: bool,
}

/// What the judging of a package tells on its way.
#[derive(Debug)]
pub enum Told<'a> {
    /// The package can be judged.
    Opened(&'a Opened),
    /// It is being read.
    Progress(Progress),
    /// A file is judged; nothing that comes after it changes that.
    File(&'a FileJudgement),
}

/// What became of a package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Its good rows may be imported.
    Accepted,
    /// None of it may, and why.
    Refused(String),
}

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileState {
    /// It was read to its end; its good rows may be imported.
    Judged,
    /// It is rejected whole; nothing is imported from it and nothing removed.
    Rejected,
    /// It is not read, because the package was refused before.
    NotRead,
}

/// What was found about one file; a copy shares what is large.
#[derive(Clone, Debug)]
pub struct FileJudgement {
    /// What it holds.
    pub kind: Kind,
    /// What the manifest says of it.
    pub mode: Mode,
    /// What became of it.
    pub state: FileState,
    /// Its name in the archive.
    pub entry: String,
    /// How many rows it has; blank ones are not counted.
    pub rows: u64,
    /// How many of them are rejected.
    pub rejected: u64,
    /// How many of these have no sourcedId: which stored record they mean
    /// cannot be told, so absence proves little.
    pub unidentified: u64,
    /// Rows that are not imported, by ordinal: the rejected ones, and those
    /// that count as not there.
    pub dropped: Arc<Bits>,
    /// Whether its rows come in the order of the rows of the records that they are
    /// shown in; of other files it tells nothing.
    pub in_order: bool,
    /// How its cells become records, if its header could be read.
    pub plan: Option<Arc<Plan>>,
    /// The orgs of people who stood in several rows, by the row that was kept.
    pub(crate) merged: Arc<HashMap<u32, String>>,
    pub(super) rejected_ids: Arc<HashSet<u64>>,
}

impl FileJudgement {
    /// How many records it gives.
    pub fn accepted(&self) -> u64 {
        match self.state {
            FileState::Judged => self.rows - self.dropped.len(),
            FileState::Rejected | FileState::NotRead => 0,
        }
    }

    /// Whether a stored record of this identifier must stay as it is, because a
    /// row with it was rejected.
    pub fn keeps_stored(&self, sourced_id: &str) -> bool {
        self.rejected_ids.contains(&id_digest(sourced_id))
    }

    /// The digests ([`id_digest`]) of identifiers whose rows were rejected.
    pub fn rejected_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.rejected_ids.iter().copied()
    }
}

/// The result of judging a package.
#[derive(Debug)]
pub struct Judgement {
    /// The edition of the package, if it could be told.
    pub edition: Option<Edition>,
    /// The version whose form its records have; that of 1.0 is 1.1.
    pub version: Option<Version>,
    /// Whether it was judged by the letter.
    pub strict: bool,
    /// Its files, parents before children.
    pub files: Vec<FileJudgement>,
    /// Everything that was found.
    pub report: Report,
    /// How full its columns are, and what each school has.
    pub figures: Figures,
    /// What became of it.
    pub verdict: Verdict,
    /// Whether it is of no use to anybody: it could not be judged further than its
    /// manifest, or a file of it is no table at all.
    pub unusable: bool,
    /// Whether nothing may be removed because of it.
    pub no_deletions: bool,
    /// What time it was, and in which zone times without one are read.
    pub(crate) clock: (Timestamp, TimeZone),
    pub(crate) derived: Arc<Derived>,
}

impl Judgement {
    /// Whether any of its files were read.
    pub fn was_read(&self) -> bool {
        self.files.iter().any(|file| file.state != FileState::NotRead)
    }

    /// What was found about the file of a kind, if it was sent.
    pub fn file(&self, kind: Kind) -> Option<&FileJudgement> {
        self.files.iter().find(|f| f.kind == kind)
    }

    /// The mode of the package as a whole, `mixed` if its files differ.
    pub fn mode(&self) -> &'static str {
        let has = |mode| self.files.iter().any(|f| f.mode == mode);
        match (has(Mode::Bulk), has(Mode::Delta)) {
            (true, true) => "mixed",
            (true, false) => Mode::Bulk.word(),
            (false, true) => Mode::Delta.word(),
            (false, false) => Mode::Absent.word(),
        }
    }
}
