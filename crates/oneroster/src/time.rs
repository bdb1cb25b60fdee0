//! Days and instants as the standard writes them.
//!
//! A [`Date`] is a calendar day, a [`Timestamp`] an instant in UTC with the
//! standard's own precision of a millisecond. Neither knows the clock: what
//! time it is now is always a parameter.

use jiff::civil;
use std::cell::Cell;
use std::fmt;

/// A calendar day, as days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Date(pub i32);

/// An instant in UTC, as milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Timestamp(pub i64);

/// A day, in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

const EPOCH: [u8; 24] = *b"1970-01-01T00:00:00.000Z";

thread_local! {
    /// The instant that was written last, and its text.
    static LAST: Cell<(i64, [u8; 24])> = const { Cell::new((0, EPOCH)) };
}

impl Date {
    /// Reads `YYYY-MM-DD`, a real calendar day, and nothing else.
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            bytes[range].iter().try_fold(0i32, |n, b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))
        };
        Date::from_ymd(number(0..4)?, number(5..7)?, number(8..10)?)
    }

    /// The day of a year, month (1 to 12) and day (1 to 31), if there is one.
    pub fn from_ymd(year: i32, month: i32, day: i32) -> Option<Date> {
        let month_days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        ((0..=9999).contains(&year) && (1..=month_days).contains(&day)).then(|| Date(days(year, month, day)))
    }

    /// Year, month and day.
    pub fn ymd(self) -> (i32, i32, i32) {
        civil_from_days(self.0)
    }

    /// The school year of a session that ends on this day, as the year in which
    /// it ends, in summer (csv.md 6.2).
    pub fn school_year(self) -> i32 {
        let (year, month, _) = self.ymd();
        if month <= 7 { year } else { year + 1 }
    }

    /// The instant at which the day begins in UTC.
    pub fn midnight(self) -> Timestamp {
        Timestamp(i64::from(self.0) * DAY_MS)
    }

    /// The day `days` later, or earlier if negative.
    pub fn plus(self, days: i32) -> Date {
        Date(self.0 + days)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Timestamp {
    /// Reads an RFC 3339 date-time with `Z` or an offset and any fraction.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        Some(Timestamp(instant.as_millisecond()))
    }

    /// Reads a date-time as [`Timestamp::parse`] does, or a bare day as its
    /// midnight in UTC.
    pub fn parse_lenient(text: &str) -> Option<Timestamp> {
        Timestamp::parse(text).or_else(|| Date::parse(text).map(Date::midnight))
    }

    /// The day in UTC.
    pub fn date(self) -> Date {
        Date(i32::try_from(self.0.div_euclid(DAY_MS)).unwrap_or(i32::MAX))
    }

    /// The day in a time zone.
    pub fn date_in(self, zone: &jiff::tz::TimeZone) -> Date {
        let Ok(instant) = jiff::Timestamp::from_millisecond(self.0) else { return self.date() };
        let day: civil::Date = zone.to_datetime(instant).date();
        Date(days(i32::from(day.year()), i32::from(day.month()), i32::from(day.day())))
    }

    /// Writes `YYYY-MM-DDTHH:MM:SS.sssZ`.
    pub fn write(self, out: &mut Vec<u8>) {
        // Records of one page mostly carry the same instant.
        let (last, text) = LAST.get();
        if last == self.0 {
            return out.extend_from_slice(&text);
        }
        let text = self.text();
        LAST.set((self.0, text));
        out.extend_from_slice(&text);
    }

    fn text(self) -> [u8; 24] {
        let (year, month, day) = self.date().ymd();
        let ms = self.0.rem_euclid(DAY_MS);
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        let mut text = EPOCH;
        put(&mut text[0..4], i64::from(year));
        put(&mut text[5..7], i64::from(month));
        put(&mut text[8..10], i64::from(day));
        put(&mut text[11..13], hour);
        put(&mut text[14..16], minute);
        put(&mut text[17..19], second);
        put(&mut text[20..23], ms % 1_000);
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(24);
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

fn put(field: &mut [u8], mut number: i64) {
    for digit in field.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Days since 1970-01-01 of a civil date (Howard Hinnant's algorithm).
fn days(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i32) -> (i32, i32, i32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i32::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_begins_where_the_district_is() {
        let at = |text: &str| Timestamp::parse_lenient(text).unwrap();
        let on = |zone: &str, text: &str| at(text).date_in(&jiff::tz::TimeZone::get(zone).unwrap());
        let first = Date::parse("2026-09-01").unwrap();
        assert_eq!(on("UTC", "2026-09-01T00:00:00Z"), first);
        assert_eq!(on("America/Chicago", "2026-09-01T04:59:59Z"), Date(first.0 - 1));
        assert_eq!(on("America/Chicago", "2026-09-01T05:00:00Z"), first);
        assert_eq!(on("Australia/Sydney", "2026-09-01T14:00:00Z"), Date(first.0 + 1));
        // In winter the offset is another one.
        assert_eq!(on("America/Chicago", "2026-12-01T05:59:59Z"), Date::parse("2026-11-30").unwrap());
    }

    #[test]
    fn only_real_days_are_read() {
        for good in ["2024-02-29", "1970-01-01", "9999-12-31", "2000-02-29"] {
            assert_eq!(Date::parse(good).map(|d| d.to_string()).as_deref(), Some(good));
        }
        for bad in ["2026-02-30", "2023-02-29", "1900-02-29", "2026-2-3", "2026/02/03", "", "2026-00-10", "20260203xx"]
        {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn instants_are_written_with_three_fraction_digits() {
        let cases = [
            ("2026-08-14T06:30:05.120Z", "2026-08-14T06:30:05.120Z"),
            ("2026-08-14T06:30:05Z", "2026-08-14T06:30:05.000Z"),
            ("2026-08-14T08:30:05.5+02:00", "2026-08-14T06:30:05.500Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ];
        for (given, wanted) in cases {
            assert_eq!(Timestamp::parse(given).map(|t| t.to_string()).as_deref(), Some(wanted));
        }
        assert_eq!(Timestamp::parse("2026-08-14"), None);
        assert_eq!(
            Timestamp::parse_lenient("2026-08-14").map(|t| t.to_string()).as_deref(),
            Some("2026-08-14T00:00:00.000Z")
        );
    }

    proptest! {
        #[test]
        fn a_day_survives_its_text(n in -700_000i32..2_900_000) {
            let day = Date(n);
            prop_assert_eq!(Date::parse(&day.to_string()), Some(day));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = (Date::parse(&text), Timestamp::parse_lenient(&text));
        }
    }
}
