//! What the cells `status` and `dateLastModified` say of a row (csv.md 3, 5.4
//! and the repairs D22, D23 and D29). Both passes read them by these functions.

use crate::model::Kind;
use crate::record::Status;
use crate::time::{Date, Timestamp};
use crate::validate::Code;
use jiff::tz::TimeZone;

/// What a status makes of its record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Life {
    /// Whether the record lives.
    pub status: Status,
    /// Whether a person may no longer sign in, which is what 1.0 called inactive.
    pub disabled: bool,
    /// Whether the word was translated (D23).
    pub repaired: bool,
}

/// The word of 1.0 for records that are neither live nor deleted.
pub const INACTIVE: &str = "inactive";

/// Reads a status that is not blank.
///
/// # Errors
/// L3, if it is none of the words.
pub fn status(raw: &str, kind: Kind, strict: bool) -> Result<Life, Code> {
    let word = if strict { raw } else { raw.trim() };
    for status in [Status::Active, Status::ToBeDeleted] {
        if status.word() == word || (!strict && status.word().eq_ignore_ascii_case(word)) {
            return Ok(Life { status, disabled: false, repaired: status.word() != raw });
        }
    }
    if strict || !INACTIVE.eq_ignore_ascii_case(word) {
        return Err(Code::L3);
    }
    let disabled = kind == Kind::User;
    let status = if disabled { Status::Active } else { Status::ToBeDeleted };
    Ok(Life { status, disabled, repaired: true })
}

/// Reads a time; with it, whether it was of another form (D29).
///
/// A time without a zone is read in the district's, if that is known.
///
/// # Errors
/// V4, if it cannot be read, or only by guessing its zone.
pub fn instant(raw: &str, strict: bool, zone: &TimeZone) -> Result<(Timestamp, bool), Code> {
    let text = raw.trim();
    if is_exact(raw) {
        return Timestamp::parse(raw).map(|instant| (instant, false)).ok_or(Code::V4);
    }
    if strict {
        return Err(Code::V4);
    }
    if let Some(instant) = Timestamp::parse(text) {
        return Ok((instant, true));
    }
    if *zone == TimeZone::UTC {
        return Err(Code::V4);
    }
    let local: Result<jiff::civil::DateTime, _> = text.parse();
    let zoned = local.ok().and_then(|local| zone.to_ambiguous_zoned(local).compatible().ok());
    zoned.map(|zoned| (Timestamp(zoned.timestamp().as_millisecond()), true)).ok_or(Code::V4)
}

/// Whether a text has the one form of the standard: `2026-09-01T00:00:00.000Z`.
fn is_exact(text: &str) -> bool {
    const FORM: &[u8; 24] = b"0000-00-00T00:00:00.000Z";
    let fits = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    text.len() == FORM.len() && text.bytes().zip(FORM).all(fits) && text.get(..10).and_then(Date::parse).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_of_two_words_or_can_only_mean_one() {
        let cases = [
            ("active", Kind::Org, Ok((Status::Active, false, false))),
            ("tobedeleted", Kind::Org, Ok((Status::ToBeDeleted, false, false))),
            (" toBeDeleted", Kind::Org, Ok((Status::ToBeDeleted, false, true))),
            ("Active", Kind::User, Ok((Status::Active, false, true))),
            ("inactive", Kind::User, Ok((Status::Active, true, true))),
            ("Inactive", Kind::Class, Ok((Status::ToBeDeleted, false, true))),
            ("deleted", Kind::Class, Err(Code::L3)),
            ("1", Kind::Class, Err(Code::L3)),
        ];
        for (raw, kind, wanted) in cases {
            let life = status(raw, kind, false).map(|life| (life.status, life.disabled, life.repaired));
            assert_eq!(life, wanted, "{raw}");
            let exact = wanted.is_ok_and(|(.., repaired)| !repaired);
            assert_eq!(status(raw, kind, true).is_ok(), exact, "{raw}, strictly");
        }
    }

    #[test]
    fn times_have_one_form_and_some_that_can_be_read() {
        let (utc, chicago) = (TimeZone::UTC, TimeZone::get("America/Chicago").unwrap());
        let cases = [
            ("2026-09-01T05:00:00.000Z", Ok(false), Ok(false)),
            ("2026-09-01T05:00:00Z", Ok(true), Ok(true)),
            ("2026-09-01T00:00:00-05:00", Ok(true), Ok(true)),
            ("2026-09-01 05:00:00Z", Ok(true), Ok(true)),
            ("2026-09-01T00:00:00", Err(Code::V4), Ok(true)),
            ("2026-09-01 00:00", Err(Code::V4), Ok(true)),
            ("2026-09-01", Err(Code::V4), Ok(true)),
            ("2026-02-30T00:00:00.000Z", Err(Code::V4), Err(Code::V4)),
            ("yesterday", Err(Code::V4), Err(Code::V4)),
        ];
        let wanted = Timestamp::parse("2026-09-01T05:00:00Z").unwrap();
        for (raw, in_utc, in_chicago) in cases {
            for (zone, expected) in [(&utc, in_utc), (&chicago, in_chicago)] {
                let read = instant(raw, false, zone);
                assert_eq!(read.map(|(_, repaired)| repaired), expected, "{raw}");
                assert!(read.is_err() || read.is_ok_and(|(at, _)| at == wanted), "{raw}");
            }
            assert_eq!(instant(raw, true, &utc).is_ok(), in_utc == Ok(false), "{raw}, strictly");
        }
    }
}
