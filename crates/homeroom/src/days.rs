//! Which day it is in a district: by its own time zone.

use homeroom_store::Roster;
use jiff::tz::TimeZone;
use oneroster::grant::{Bounds, TermLimit};
use oneroster::time::{Date, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Where the settings of a district itself are.
pub const SCOPE: &str = "tenant";
/// The name of its time zone.
pub const ZONE: &str = "timezone";
/// For how long a zone is taken for known, in milliseconds.
const GOOD_FOR: i64 = 5_000;

/// The time zone of a district; UTC unless another one was set.
///
/// # Errors
/// As the store says.
pub fn zone(roster: &Roster) -> homeroom_store::Result<TimeZone> {
    let set = roster.settings(SCOPE)?.into_iter().find(|set| set.scope == SCOPE && set.key == ZONE);
    Ok(set.and_then(|set| TimeZone::get(&set.value).ok()).unwrap_or(TimeZone::UTC))
}

/// Whether what some bounds show depends on the day.
pub fn matters(bounds: &Bounds) -> bool {
    bounds.terms.contains(&TermLimit::Current)
}

/// The day for some bounds; any one if they do not ask.
///
/// # Errors
/// As [`zone`].
pub fn today(roster: &Roster, bounds: &Bounds, now: Timestamp) -> homeroom_store::Result<Date> {
    if matters(bounds) { Ok(now.date_in(&zone(roster)?)) } else { Ok(Date(0)) }
}

/// The zones of districts, as far as they were looked up of late.
#[derive(Debug, Default)]
pub struct Zones(Mutex<HashMap<String, (Timestamp, TimeZone)>>);

impl Zones {
    /// The same as [`today`], without asking the database; `None` if it must be
    /// asked.
    pub fn known(&self, tenant: &str, bounds: &Bounds, now: Timestamp) -> Option<Date> {
        if !matters(bounds) {
            return Some(Date(0));
        }
        let zones = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |(at, _): &&(Timestamp, TimeZone)| (at.0..at.0 + GOOD_FOR).contains(&now.0);
        zones.get(tenant).filter(fresh).map(|(_, zone)| now.date_in(zone))
    }

    /// The same as [`today`].
    ///
    /// # Errors
    /// As [`zone`].
    pub fn today(
        &self,
        tenant: &str,
        roster: &Roster,
        bounds: &Bounds,
        now: Timestamp,
    ) -> homeroom_store::Result<Date> {
        if let Some(day) = self.known(tenant, bounds, now) {
            return Ok(day);
        }
        let zone = zone(roster)?;
        let today = now.date_in(&zone);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.to_owned(), (now, zone));
        Ok(today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::time::DAY_MS;

    #[test]
    fn a_zone_is_asked_for_again_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let url = homeroom_store::DatabaseUrl::Sqlite(folder.path().join("r.db"));
        let roster = Roster::open(&url).unwrap();
        let bounds = Bounds { terms: [TermLimit::Current].into(), ..Bounds::default() };
        let (zones, noon) = (Zones::default(), Timestamp(DAY_MS / 2));
        assert_eq!(zones.known("t", &bounds, noon), None);
        assert_eq!(zones.today("t", &roster, &bounds, noon).unwrap(), Date(0));
        roster.set(SCOPE, ZONE, Some("Pacific/Auckland")).unwrap();
        assert_eq!(zones.known("t", &bounds, noon), Some(Date(0)));
        let later = Timestamp(noon.0 + GOOD_FOR);
        assert_eq!(zones.known("t", &bounds, later), None);
        assert_eq!(zones.today("t", &roster, &bounds, later).unwrap(), Date(1));
        assert_eq!(zones.known("t", &Bounds::default(), later), Some(Date(0)));
    }
}
