//! The words of a request, as people write them in flags and addresses.

use super::kind_named;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo};
use oneroster::model::{Edition, Kind};
use oneroster::time::DAY_MS;
use oneroster::validate::{CONSENTS, Code};

/// The widest identifier that is filled up with zeros.
const WIDEST: u8 = 64;

/// A treatment that is done by consent only.
///
/// # Errors
/// A sentence for people; so of all others here.
pub fn code(text: &str) -> Result<Code, String> {
    let code = Code::from_label(text.trim());
    let code = code.ok_or_else(|| format!("{text} is not the code of a rule; codes look like D3"))?;
    if CONSENTS.contains(&code) {
        return Ok(code);
    }
    let list: Vec<&str> = CONSENTS.iter().map(|code| code.label()).collect();
    Err(format!("{text} needs no consent; these do: {}", list.join(", ")))
}

/// How many digits the identifiers of a kind have, as in `users=8`.
///
/// # Errors
/// As [`code`].
pub fn pad(text: &str) -> Result<(Kind, u8), String> {
    let (file, width) = text.split_once('=').ok_or_else(|| "write a file and a width, such as users=8".to_owned())?;
    let file = file.trim();
    let kind =
        kind_named(file).ok_or_else(|| format!("{file:?} is not the name of a OneRoster file, such as users"))?;
    let width = width.trim().parse().ok().filter(|width| (1..=WIDEST).contains(width));
    Ok((kind, width.ok_or_else(|| format!("a width is a number of digits, from 1 to {WIDEST}"))?))
}

/// A version of packages.
///
/// # Errors
/// As [`code`].
pub fn edition(text: &str) -> Result<Edition, String> {
    Edition::from_label(text).ok_or_else(|| "the versions that are read are 1.0, 1.1 and 1.2".to_owned())
}

/// A time zone.
///
/// # Errors
/// As [`code`].
pub fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| format!("{text} is not a time zone; zones look like America/Chicago"))
}

/// A share in percent.
///
/// # Errors
/// As [`code`].
pub fn percent(text: &str) -> Result<f64, String> {
    let share = text.trim_end_matches('%').parse().ok().filter(|share| (0.0..=100.0).contains(share));
    share.ok_or_else(|| "it is a share from 0 to 100 percent".to_owned())
}

/// The longest time that makes sense: ten years, in milliseconds.
const LONGEST: i64 = 3650 * DAY_MS;

/// A time such as `24h` or `90d`, in milliseconds; `None` if it is none, or longer
/// than ten years. Days have 24 hours.
pub fn time(text: &str) -> Option<i64> {
    let span: Span = text.parse().ok()?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    i64::try_from(time.as_millis()).ok().filter(|time| (0..=LONGEST).contains(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_names_its_file() {
        assert_eq!(pad("users=8"), Ok((Kind::User, 8)));
        assert_eq!(pad(" classes.csv = 6 "), Ok((Kind::Class, 6)));
        for (text, says) in
            [("users", "such as users=8"), ("people=8", "not the name"), ("users=0", "1 to 64"), ("users=x", "1 to 64")]
        {
            assert!(pad(text).unwrap_err().contains(says), "{text}");
        }
    }
}
