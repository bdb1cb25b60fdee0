//! What a client should be told of a provider from now on.

use super::tries::reading;
use super::{Changes, Outcome, ProbeReport};
use crate::ask::Ask;
use crate::config::{Config, ForeignLinks};
use crate::habit::Habit;
use crate::vendor::Vendor;
use oneroster::model::Edition;
use serde::{Deserialize, Serialize};

/// The profile of a provider, as settings keep it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Profile {
    /// The version: `1.2`.
    pub edition: String,
    /// The vendor, by its name in the table.
    pub vendor: String,
    /// How many records a page is asked to have, if fewer than usual.
    pub page_size: Option<u32>,
    /// Whether links to other servers are followed on its own.
    pub rebase_links: bool,
    /// Whether totals are named, so that a reading can be proven whole.
    pub totals: bool,
    /// Whether what changed since an instant can be asked for.
    pub changes: bool,
    /// What was tried and does not work: `filter users by email =`.
    pub lacking: Vec<String>,
    /// Collections that cannot be read: `/demographics`.
    pub closed: Vec<String>,
    /// Codes of what it does otherwise.
    pub habits: Vec<String>,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile {
            edition: Edition::V1P1.label().to_owned(),
            vendor: Vendor::generic().name.to_owned(),
            page_size: None,
            rebase_links: false,
            totals: false,
            changes: false,
            lacking: Vec::new(),
            closed: Vec::new(),
            habits: Vec::new(),
        }
    }
}

impl Profile {
    pub(super) fn of(report: &ProbeReport) -> Profile {
        let lacks = |outcome: &Outcome| matches!(outcome, Outcome::Ignored | Outcome::Refused(_));
        let mut habits: Vec<String> = report.findings.iter().map(|f| f.habit.code().to_owned()).collect();
        habits.dedup();
        Profile {
            edition: report.edition.label().to_owned(),
            vendor: report.vendor.to_owned(),
            page_size: report.paging.cap.filter(|cap| *cap > 0),
            rebase_links: report.findings.iter().any(|finding| finding.habit == Habit::ForeignLink),
            totals: report.paging.totals,
            changes: report.changes == Changes::Honest,
            lacking: report.tries.iter().filter(|t| lacks(&t.outcome)).map(|t| t.what.clone()).collect(),
            closed: report.collections.iter().filter(|c| c.failure.is_some()).map(|c| c.path.to_owned()).collect(),
            habits,
        }
    }

    /// Whether people below a class cannot be read.
    fn is_flat(&self) -> bool {
        Ask::operation("getStudentsForClass").is_ok_and(|ask| self.lacking.contains(&reading(ask.route)))
    }
}

impl Config {
    /// Reckons with what was found out about the provider; what was said
    /// already is kept.
    #[must_use]
    pub fn profile(mut self, profile: &Profile) -> Config {
        self.edition = self.edition.or_else(|| Edition::from_label_or_segment(&profile.edition));
        if let Some(vendor) = Vendor::named(&profile.vendor) {
            self.vendor = vendor;
        }
        self.page_size = self.page_size.or_else(|| profile.page_size.and_then(std::num::NonZeroU32::new));
        self.flat |= profile.is_flat();
        if profile.rebase_links {
            self.foreign_links = ForeignLinks::Rebase;
        }
        self
    }
}
