//! How long history and packages are kept, and their end.

use crate::output::Failure;
use homeroom_store::Roster;
use homeroom_store::access::Access;
use homeroom_store::retention::{Ended, SCOPE};
use oneroster::time::{DAY_MS, Timestamp};

/// How many days earlier rows, tombstones, runs, findings and disclosures are
/// kept.
pub const HISTORY: (&str, u32) = ("history-days", 400);
/// How many days packages are kept.
pub const PACKAGES: (&str, u32) = ("package-days", 30);

/// More days than this are a mistake.
pub const MOST: u32 = 36_500;
/// The scope of the settings.
pub const KEPT_IN: &str = SCOPE;
/// When it was looked last what is due.
pub const LOOKED: &str = "looked";
/// An import a day looks once; two in a night need not.
const LOOK: i64 = DAY_MS * 3 / 4;

/// What is set of a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// Days of history.
    pub history: u32,
    /// Days of packages.
    pub packages: u32,
    looked: i64,
}

impl Retention {
    /// Reads what is set.
    ///
    /// # Errors
    /// As [`Roster::settings`].
    pub fn of(roster: &Roster) -> Result<Retention, Failure> {
        let set = roster.settings(SCOPE)?;
        let value = |key: &str| set.iter().find(|set| set.scope == SCOPE && set.key == key).map(|set| &set.value);
        let days = |(key, usual): (&str, u32)| value(key).and_then(|value| value.parse().ok()).unwrap_or(usual);
        let number = |key: &str| value(key).and_then(|value| value.parse().ok()).unwrap_or_default();
        Ok(Retention { history: days(HISTORY), packages: days(PACKAGES), looked: number(LOOKED) })
    }

    /// Sets days, or takes a setting away; it counts from the next import on.
    ///
    /// # Errors
    /// As [`Roster::set`].
    pub fn set(roster: &Roster, key: &str, days: Option<u32>) -> Result<(), Failure> {
        roster.set(SCOPE, key, days.map(|days| days.to_string()).as_deref())?;
        Ok(roster.set(SCOPE, LOOKED, None)?)
    }
}

/// Ends what is older than is set, once a day; to be called by who has the turn.
///
/// # Errors
/// If something cannot be removed.
pub fn enforce(roster: &Roster, access: Option<&Access>, now: Timestamp) -> Result<Ended, Failure> {
    let retention = Retention::of(roster)?;
    if (retention.looked..retention.looked.saturating_add(LOOK)).contains(&now.0) {
        return Ok(Ended::default());
    }
    let before = |days: u32| Timestamp(now.0.saturating_sub(i64::from(days) * DAY_MS));
    let archive = roster.archive();
    let (old, packages) = (before(retention.history), before(retention.packages));
    for run in roster.runs(i64::MAX)? {
        let id = run.id.unwrap_or_default();
        let ended = run.finished.unwrap_or(run.started);
        if ended <= packages {
            archive.forget_package(id)?;
        }
        if ended <= old {
            archive.forget(id)?;
        }
    }
    let ended = roster.end_history(old)?;
    access.map(|access| access.end_disclosures(old)).transpose()?;
    roster.set(SCOPE, LOOKED, Some(&now.0.to_string()))?;
    Ok(ended)
}
