//! Where a reading stands, and what speaks against its being whole.

use serde::{Deserialize, Serialize};

/// Where a reading stands: enough to go on with it in another process.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The next page, if a link named it: path and query.
    pub(crate) next: Option<String>,
    /// How many records came.
    pub(crate) received: u64,
    /// How many pages came.
    pub(crate) pages: u64,
    /// The least and the greatest total that was named.
    pub(crate) totals: Option<(u64, u64)>,
    /// Whether links were given.
    pub(crate) links: bool,
    /// Whether the reading is at its end.
    pub(crate) over: bool,
    /// The digest of the first page.
    pub(crate) first: u64,
    /// How many records the first page was asked to have.
    pub(crate) first_size: u32,
    /// The revision of permissions, where the provider tells one.
    pub(crate) revision: Option<String>,
    /// What speaks against its being whole.
    pub(crate) doubts: Vec<Doubt>,
}

/// What speaks against a reading being whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Doubt {
    /// No total was named, so nothing can be counted against.
    NoTotal,
    /// The total moved while it was read.
    TotalMoved,
    /// Fewer records came than the total said.
    Fewer,
    /// More records came than the total said.
    More,
    /// The provider ignores offsets.
    OffsetIgnored,
    /// Records came twice: the order moved.
    Twice,
    /// An empty page named a next one.
    EmptyWithNext,
    /// The first page was another one at the end.
    FirstPageMoved,
    /// What the provider shares was changed between two pages.
    PermissionsMoved,
}

impl Doubt {
    /// It in words.
    pub const fn sentence(self) -> &'static str {
        match self {
            Doubt::NoTotal => "the provider does not say how many records there are",
            Doubt::TotalMoved => "the number of records changed while they were read",
            Doubt::Fewer => "fewer records came than the provider says there are",
            Doubt::More => "more records came than the provider says there are",
            Doubt::OffsetIgnored => "the provider ignores offsets, so that only its first page is known",
            Doubt::Twice => "records came twice, so others may have been skipped",
            Doubt::EmptyWithNext => "an empty page names a next one",
            Doubt::FirstPageMoved => "the first page was another one at the end than at the beginning",
            Doubt::PermissionsMoved => "what the provider shares was changed while it was read",
        }
    }
}

/// How a reading ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ending {
    /// How many pages came.
    pub pages: u64,
    /// How many different records came.
    pub records: u64,
    /// How many there are, as the provider said last.
    pub total: Option<u64>,
    /// What speaks against the reading being whole.
    pub doubts: Vec<Doubt>,
}

impl Ending {
    /// Whether the count proves that everything came. Unreadable records are
    /// the reader's to count.
    pub fn is_whole(&self) -> bool {
        self.doubts.is_empty()
    }
}
