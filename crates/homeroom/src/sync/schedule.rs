//! When a source is fetched. Pure: what time it is, is given.

use croner::Cron;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, Zoned};
use oneroster::time::Timestamp;
use std::str::FromStr as _;

/// So many pauses are looked at one after the other: more days than two years have,
/// each with its hours.
const MOST_PAUSES: usize = 2_000;

/// When to fetch, and when not to.
#[derive(Debug)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
    pauses: Vec<Pause>,
}

/// A time in which nothing is fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pause {
    /// From one day to another, both within.
    Days(Date, Date),
    /// The same in every year, by month and day; it may go over its end.
    Yearly((i8, i8), (i8, i8)),
    /// From a time of every day up to another; it may go over midnight.
    Hours(Time, Time),
}

/// Reads a cron expression.
///
/// # Errors
/// A sentence for people.
pub fn cron(text: &str) -> Result<Cron, String> {
    let cron = Cron::from_str(text).map_err(|_| {
        format!("{text:?} is no cron expression; write minute, hour, day, month and weekday, as in \"0 2 * * *\"")
    })?;
    // Such as the thirtieth of February: nobody would notice that nothing comes.
    match cron.find_next_occurrence(&zoned(Timestamp(0), &TimeZone::UTC), false) {
        Ok(_) => Ok(cron),
        Err(_) => Err(format!("{text:?} never comes; look at its day and its month")),
    }
}

/// Reads pauses, parted by commas.
///
/// # Errors
/// A sentence for people.
pub fn pauses(text: &str) -> Result<Vec<Pause>, String> {
    text.split(',').map(pause).collect()
}

fn pause(text: &str) -> Result<Pause, String> {
    let told = || format!("{text:?} is no pause; write 06-20..08-10, 2027-06-20..2027-08-10 or 07:00..16:00");
    let (from, to) = text.trim().split_once("..").ok_or_else(told)?;
    if let (Ok(from), Ok(to)) = (from.parse::<Date>(), to.parse::<Date>()) {
        return if from <= to { Ok(Pause::Days(from, to)) } else { Err(told()) };
    }
    if from.contains(':')
        && let (Ok(from), Ok(to)) = (from.parse::<Time>(), to.parse::<Time>())
    {
        return if from == to { Err(told()) } else { Ok(Pause::Hours(from, to)) };
    }
    // A day that some years lack is a day all the same.
    let day = |text: &str| format!("2028-{text}").parse::<Date>().ok().filter(|_| text.len() == 5);
    let month_and_day = |date: Date| (date.month(), date.day());
    let (from, to) = (day(from).ok_or_else(told)?, day(to).ok_or_else(told)?);
    Ok(Pause::Yearly(month_and_day(from), month_and_day(to)))
}

impl Pause {
    fn holds(self, at: &Zoned) -> bool {
        let (date, time) = (at.date(), at.time());
        match self {
            Pause::Days(from, to) => from <= date && date <= to,
            Pause::Yearly(from, to) => {
                let day = (date.month(), date.day());
                if from <= to { from <= day && day <= to } else { from <= day || day <= to }
            }
            Pause::Hours(from, to) => {
                if from < to {
                    from <= time && time < to
                } else {
                    from <= time || time < to
                }
            }
        }
    }
}

impl Pause {
    /// When it ends, or, of days of every year, the day that it holds: the next one
    /// is looked at by itself.
    fn end(self, at: &Zoned) -> Option<Zoned> {
        let zone = at.time_zone().clone();
        let date = match self {
            Pause::Days(_, to) => to.tomorrow(),
            Pause::Yearly(..) => at.date().tomorrow(),
            Pause::Hours(_, to) => {
                let date = if at.time() < to { at.date() } else { at.date().tomorrow().ok()? };
                return date.to_datetime(to).to_zoned(zone).ok();
            }
        };
        date.ok()?.to_zoned(zone).ok()
    }
}

impl Schedule {
    /// Of what is set.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn new(expression: &str, zone: TimeZone, paused: Option<&str>) -> Result<Schedule, String> {
        let pauses = paused.map(pauses).transpose()?.unwrap_or_default();
        Ok(Schedule { cron: cron(expression)?, zone, pauses })
    }

    /// Whether it is time to fetch, when it was heeded last at an instant. What
    /// was missed meanwhile is caught up once.
    pub fn is_due(&self, heeded: Timestamp, now: Timestamp) -> bool {
        let at = zoned(now, &self.zone);
        if self.pauses.iter().any(|pause| pause.holds(&at)) {
            return false;
        }
        self.next(heeded).is_some_and(|next| next <= now)
    }

    /// When it is due, when it was heeded last at an instant: at its first time
    /// after that, or, if that falls into a pause, when the pause ends. None if
    /// pauses leave it no time.
    pub fn due(&self, heeded: Timestamp) -> Option<Timestamp> {
        let mut at = zoned(self.next(heeded)?, &self.zone);
        for _ in 0..MOST_PAUSES {
            let Some(pause) = self.pauses.iter().find(|pause| pause.holds(&at)) else {
                return Some(Timestamp(at.timestamp().as_millisecond()));
            };
            at = pause.end(&at)?;
        }
        None
    }

    /// The first time after an instant, pauses not looked at.
    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let next = self.cron.find_next_occurrence(&zoned(after, &self.zone), false).ok()?;
        Some(Timestamp(next.timestamp().as_millisecond()))
    }
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Zoned {
    Instant::from_millisecond(at.0).unwrap_or_default().to_zoned(zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn schedule(expression: &str, zone: &str, pauses: Option<&str>) -> Schedule {
        Schedule::new(expression, TimeZone::get(zone).unwrap(), pauses).unwrap()
    }

    #[test]
    fn what_was_missed_is_caught_up_once() {
        let nightly = schedule("0 2 * * *", "UTC", None);
        let heeded = at("2026-11-20T02:00:00.000Z");
        assert!(!nightly.is_due(heeded, at("2026-11-21T01:59:59.999Z")));
        let late = at("2026-11-23T09:00:00.000Z");
        assert!(nightly.is_due(heeded, late));
        assert!(!nightly.is_due(late, at("2026-11-24T01:00:00.000Z")));
        assert_eq!(nightly.due(late), Some(at("2026-11-24T02:00:00.000Z")));
    }

    #[test]
    fn every_minute_is_allowed_and_zones_have_their_summer() {
        let minute = schedule("* * * * *", "UTC", None);
        assert!(minute.is_due(at("2026-11-22T10:00:10.000Z"), at("2026-11-22T10:01:00.000Z")));
        let chicago = schedule("0 2 * * *", "America/Chicago", None);
        assert_eq!(chicago.due(at("2026-07-01T00:00:00.000Z")), Some(at("2026-07-01T07:00:00.000Z")));
        assert_eq!(chicago.due(at("2026-12-01T00:00:00.000Z")), Some(at("2026-12-01T08:00:00.000Z")));
        // 2:00 does not come on the day when clocks go forward; the night is not lost.
        let spring = chicago.due(at("2026-03-08T07:00:00.000Z")).unwrap();
        assert!(spring <= at("2026-03-08T09:00:00.000Z"), "{spring}");
    }

    #[test]
    fn pauses_hold_and_what_fell_into_them_is_caught_up_after() {
        let summer = schedule("0 2 * * *", "UTC", Some("06-20..08-10,07:00..16:00"));
        let heeded = at("2026-06-19T02:00:00.000Z");
        assert!(!summer.is_due(heeded, at("2026-06-20T02:00:00.000Z")));
        assert!(!summer.is_due(heeded, at("2026-08-10T23:00:00.000Z")));
        assert!(summer.is_due(heeded, at("2026-08-11T02:00:00.000Z")));
        assert!(!summer.is_due(heeded, at("2026-08-11T07:00:00.000Z")));
        assert!(summer.is_due(heeded, at("2026-08-11T16:00:00.000Z")));
        let over = [pause("12-20..01-06").unwrap(), pause("22:00..05:00").unwrap()];
        let zone = TimeZone::UTC;
        for (moment, held) in [
            ("2026-12-31T12:00:00.000Z", [true, false]),
            ("2026-01-06T23:00:00.000Z", [true, true]),
            ("2026-01-07T04:59:00.000Z", [false, true]),
            ("2026-07-07T05:00:00.000Z", [false, false]),
        ] {
            assert_eq!(over.map(|pause| pause.holds(&zoned(at(moment), &zone))), held, "{moment}");
        }
    }

    #[test]
    fn it_is_due_when_its_pause_ends() {
        let due = |zone: &str, pauses: &str, heeded: &str| {
            schedule("0 2 * * *", zone, Some(pauses)).due(at(heeded)).map(|due| due.to_string())
        };
        let told = |text: &str| Some(text.to_owned());
        let summer = "06-20..08-10";
        assert_eq!(due("UTC", summer, "2026-06-18T02:00:00.000Z"), told("2026-06-19T02:00:00.000Z"));
        assert_eq!(due("UTC", summer, "2026-06-19T02:00:00.000Z"), told("2026-08-11T00:00:00.000Z"));
        // Midnight is that of the zone; what ends in another pause goes on in it.
        assert_eq!(due("America/Chicago", summer, "2026-06-19T07:00:00.000Z"), told("2026-08-11T05:00:00.000Z"));
        let both = "2026-06-20..2026-08-10,22:00..05:00,08-12..08-13";
        assert_eq!(due("UTC", both, "2026-06-19T05:00:00.000Z"), told("2026-08-11T05:00:00.000Z"));
        assert_eq!(due("UTC", "01-01..12-31", "2026-06-19T05:00:00.000Z"), None);
        // What it says is when it is done.
        let nightly = schedule("0 2 * * *", "America/Chicago", Some("12-20..01-06,01:00..05:00"));
        let mut heeded = at("2026-01-01T00:00:00.000Z");
        for _ in 0..800 {
            let next = nightly.due(heeded).unwrap();
            assert!(nightly.is_due(heeded, next) && !nightly.is_due(heeded, Timestamp(next.0 - 1)), "{next}");
            heeded = next;
        }
    }

    #[test]
    fn what_is_no_pause_is_told() {
        for bad in ["", "06-20", "6-20..8-10", "13-01..13-02", "2027-08-10..2027-06-20", "07:00..07:00", "a..b"] {
            assert!(pause(bad).is_err(), "{bad}");
        }
        assert!(pause("02-29..03-01").is_ok());
        assert!(cron("0 25 * * *").is_err() && cron("").is_err());
        assert!(cron("0 2 30 2 *").unwrap_err().contains("never comes") && cron("0 2 29 2 *").is_ok());
    }
}
