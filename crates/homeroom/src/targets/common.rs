//! What can be set of every target: when it is pushed, and who is told.

use super::history::Pushed;
use super::tried::Tried;
use super::{Given, Key, Kind};
use crate::days;
use crate::intake::words;
use crate::mail;
use crate::output::Failure;
use crate::sync::schedule::{Schedule, pauses};
use crate::sync::source::is_near;
use crate::sync::state::Last;
use homeroom_store::{Roster, Target};
use jiff::tz::TimeZone;
use oneroster::time::Timestamp;
use serde::{Deserialize, Serialize};

/// When it is pushed.
pub const SCHEDULE: Key = Key {
    name: "schedule",
    default: "",
    about: "When it is pushed: a cron expression such as \"0 4 * * *\"; without it, it follows each change",
};
/// The district's, unless another one is set.
const TIMEZONE: Key =
    Key { name: "timezone", default: "", about: "Time zone of its days and its schedule; without it, the district's" };
const PAUSE: Key = Key {
    name: "pause",
    default: "",
    about: "When not: days of every year (06-20..08-10), days, or hours (07:00..16:00), parted by commas",
};
/// Who is told.
pub const MAIL_TO: Key =
    Key { name: "mail-to", default: "", about: "Who gets a letter of what came of it, parted by commas" };
/// Where it is posted.
pub const NOTIFY_URL: Key = Key {
    name: "notify-url",
    default: "",
    about: "Where the outcome is posted of what ran by itself, signed if there is a secret for it (--notify-secret-file)",
};
/// Of what they are told.
pub const NOTIFY: Key = Key { name: "notify", default: "problems", about: "Which outcomes are told: all, or problems" };

/// Every one of them.
pub const COMMON: &[Key] = &[SCHEDULE, TIMEZONE, PAUSE, NOTIFY, NOTIFY_URL, MAIL_TO];

/// How far a target has come.
#[derive(Serialize, Deserialize, Clone, Default, PartialEq, Eq, Debug)]
#[serde(default)]
pub struct State {
    /// When its schedule was heeded last.
    pub heeded: Option<i64>,
    /// What the last push came to.
    pub last: Option<Last>,
    /// When it was to follow a change last, and could not.
    pub tried: Option<Tried>,
    /// What was pushed, the last one last, as far as it can be taken back.
    pub pushes: Vec<Pushed>,
    /// The secret of its webhook, sealed.
    pub hook: Option<String>,
}

impl State {
    /// Reads what is kept. What cannot be read begins afresh: it costs a push.
    pub fn of(target: &Target) -> State {
        serde_json::from_str(&target.state).unwrap_or_default()
    }

    /// Notes that it is to follow a change. That is kept before it is done: what
    /// kills a node is not tried again by the next one.
    ///
    /// # Errors
    /// As the store says.
    pub fn trying(target: &Target, version: Timestamp, now: Timestamp, roster: &Roster) -> Result<(), Failure> {
        let tried = Some(Tried::of(version, now));
        State { tried, ..State::of(target) }.keep(roster, &target.name)
    }

    /// Lets it be tried at once, if it is there.
    ///
    /// # Errors
    /// As the store says.
    pub fn try_at_once(roster: &Roster, name: &str) -> Result<(), Failure> {
        let Some(target) = roster.target(name)? else { return Ok(()) };
        State { tried: None, ..State::of(&target) }.keep(roster, name)
    }

    /// Whether it is too early to try a version again.
    pub fn waits(target: &Target, version: Timestamp, now: Timestamp) -> bool {
        State::of(target).tried.is_some_and(|tried| tried.keeps_waiting(version, now))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// As the store says.
    pub fn keep(&self, roster: &Roster, name: &str) -> Result<(), Failure> {
        let text = serde_json::to_string(self).map_err(std::io::Error::other)?;
        // One that was removed meanwhile wants no state.
        roster.keep_target_state(name, &text)?;
        Ok(())
    }
}

/// The settings that a kind has, those of every kind among them.
pub fn keys(kind: &dyn Kind) -> Vec<Key> {
    let own = kind.keys();
    let more = COMMON.iter().filter(|common| own.iter().all(|key| key.name != common.name)).cloned();
    own.iter().cloned().chain(more.collect::<Vec<_>>()).collect()
}

/// What is set for the kind itself. What it is not told of its days is as the
/// district has it.
pub fn own(kind: &dyn Kind, given: &Given, zone: &TimeZone) -> Given {
    let keys = kind.keys();
    let has = |name: &str| keys.iter().any(|key| key.name == name);
    let mut own = given.clone();
    own.retain(|name, _| has(name) || COMMON.iter().all(|common| common.name != name));
    if has(TIMEZONE.name) && own.get(TIMEZONE.name).is_none_or(String::is_empty) {
        own.insert(TIMEZONE.name.to_owned(), zone.iana_name().unwrap_or("UTC").to_owned());
    }
    own
}

/// Looks whether what is set can be.
///
/// # Errors
/// `usage` with the first that cannot.
pub fn check(kind: &dyn Kind, given: &Given) -> Result<(), Failure> {
    let wrong = |key: &Key, told: String| Failure::usage(format!("{}: {told}", key.name));
    zone_of(given).map_err(|told| wrong(&TIMEZONE, told))?;
    schedule(given, &TimeZone::UTC)?;
    if let Some(to) = value(given, &MAIL_TO) {
        mail::addresses(to).map_err(|told| wrong(&MAIL_TO, told))?;
    }
    if let Some(url) = value(given, &NOTIFY_URL)
        && !url.starts_with("https://")
        && !(url.starts_with("http://") && is_near(url))
    {
        return Err(wrong(&NOTIFY_URL, "write the whole address; plain http goes to this machine alone".to_owned()));
    }
    if value(given, &NOTIFY).is_some_and(|word| !["all", "problems"].contains(&word)) {
        return Err(wrong(&NOTIFY, "it is all or problems".to_owned()));
    }
    kind.check(&own(kind, given, &TimeZone::UTC))
}

/// What is set, if it is something.
pub fn value<'a>(given: &'a Given, key: &Key) -> Option<&'a str> {
    given.get(key.name).map(String::as_str).filter(|value| !value.is_empty())
}

/// The zone of a target: its own, or the district's.
///
/// # Errors
/// As the store says.
pub fn zone(roster: &Roster, given: &Given) -> Result<TimeZone, Failure> {
    match zone_of(given).ok().flatten() {
        Some(zone) => Ok(zone),
        None => Ok(days::zone(roster)?),
    }
}

fn zone_of(given: &Given) -> Result<Option<TimeZone>, String> {
    value(given, &TIMEZONE).map(words::zone).transpose()
}

/// The schedule of a target, if it has one.
///
/// # Errors
/// `usage` if it is not well written.
pub fn schedule(given: &Given, zone: &TimeZone) -> Result<Option<Schedule>, Failure> {
    let wrong = |key: &Key, told: String| Failure::usage(format!("{}: {told}", key.name));
    let paused = value(given, &PAUSE);
    paused.map(pauses).transpose().map_err(|told| wrong(&PAUSE, told))?;
    let Some(expression) = value(given, &SCHEDULE) else { return Ok(None) };
    Schedule::new(expression, zone.clone(), paused).map(Some).map_err(|told| wrong(&SCHEDULE, told))
}

/// When a target is pushed next by its schedule, and whether that is now.
///
/// # Errors
/// As [`schedule`], and as the store says.
pub fn due(roster: &Roster, target: &Target, now: Timestamp) -> Result<Option<(bool, Option<Timestamp>)>, Failure> {
    let given = super::given(target)?;
    let Some(schedule) = schedule(&given, &zone(roster, &given)?)? else { return Ok(None) };
    let heeded = State::of(target).heeded.map_or(target.created, Timestamp);
    Ok(Some((schedule.is_due(heeded, now), schedule.due(heeded))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::KINDS;

    #[test]
    fn what_every_target_has_is_kept_from_the_kinds() {
        for kind in KINDS {
            let mut given: Given = COMMON.iter().map(|key| (key.name.to_owned(), "x".to_owned())).collect();
            given.insert("app".to_owned(), "one".to_owned());
            let zone = TimeZone::get("America/Chicago").unwrap();
            let theirs = kind.keys();
            let own = own(*kind, &given, &zone);
            assert_eq!(own.get("app").map(String::as_str), Some("one"));
            assert!(!own.contains_key("schedule") && !own.contains_key("mail-to"), "{}", kind.name());
            let keys = keys(*kind);
            assert!(COMMON.iter().all(|common| keys.iter().filter(|key| key.name == common.name).count() == 1));
            given.remove("timezone");
            let days = theirs.iter().any(|key| key.name == "timezone");
            assert_eq!(
                super::own(*kind, &given, &zone).get("timezone").map(String::as_str),
                days.then_some("America/Chicago")
            );
        }
    }
}
