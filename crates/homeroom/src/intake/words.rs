//! The words of a request, as people write them in flags and addresses.

use jiff::tz::TimeZone;
use oneroster::csv::Edition;
use oneroster::validate::{CONSENTS, Code};

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
