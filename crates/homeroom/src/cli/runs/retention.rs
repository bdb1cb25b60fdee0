//! `homeroom runs retention`: how long runs and what they replaced are kept.

use super::super::Setting;
use crate::intake::retention::{HISTORY, MOST, PACKAGES, Retention as Kept, enforce};
use crate::output::{Failure, Status};
use homeroom_store::Roster;
use serde_json::json;

/// What is set.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Retention {
    /// Days of history: for exports of an earlier time, changes since a time, runs
    /// and undo [default: 400]
    #[arg(long, value_name = "N", value_parser = days)]
    history_days: Option<Days>,
    /// Days of packages: for approving a run, and for finding a row [default: 30]
    #[arg(long, value_name = "N", value_parser = days)]
    package_days: Option<Days>,
}

/// So many days, or as usual.
type Days = Box<Option<u32>>;

fn days(text: &str) -> Result<Days, String> {
    if text == "default" {
        return Ok(Box::new(None));
    }
    let days: Option<u32> = text.parse().ok().filter(|days| *days <= MOST);
    days.map(|days| Box::new(Some(days))).ok_or_else(|| format!("it is a number of days, 0 to {MOST}, or default"))
}

impl Retention {
    pub(in crate::cli) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let roster = setting.roster()?;
        for ((key, _), days) in [(HISTORY, &self.history_days), (PACKAGES, &self.package_days)] {
            if let Some(days) = days {
                let before = roster.settings("retention")?.into_iter().find(|set| set.key == key);
                Kept::set(&roster, key, **days)?;
                let (before, now) = (before.as_ref().map(|set| set.value.as_str()), days.map(|days| days.to_string()));
                setting.office(&roster, |office| office.set("runs retention", key, before, now.as_deref()))?;
            }
        }
        let kept = Kept::of(&roster)?;
        let document = json!({ HISTORY.0: kept.history, PACKAGES.0: kept.packages });
        let text = format!(
            "history, tombstones, runs, findings and disclosures: {} days\npackages: {} days\nWhat is older goes at the end of the \
             next import that is applied, and cannot be had back.",
            kept.history, kept.packages
        );
        setting.output.result(&document, &text)?;
        Ok(Status::Done)
    }
}

/// Ends what is due after an import; that is no reason for it to fail.
pub(in crate::cli) fn end_what_is_due(setting: &Setting, roster: &Roster) {
    // Without the key, who was given what is kept until somebody has it.
    let access = setting.access_if_any().ok().flatten();
    match enforce(roster, access.as_ref(), setting.now()) {
        Ok(ended) if ended.rows + ended.tombstones > 0 || !ended.runs.is_empty() => setting.output.note(&format!(
            "note: retention removed {} earlier rows, {} tombstones and {} runs; see: homeroom runs retention",
            ended.rows,
            ended.tombstones,
            ended.runs.len()
        )),
        Ok(_) => {}
        Err(failure) => setting.output.note(&format!(
            "note: what is older than the retention could not be removed: {}; the next import tries again",
            failure.message
        )),
    }
}
