//! The limit of a grant to some time.

use crate::time::Date;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A time in which a class must lie.
///
/// As text: `current`, `2026-08-01..2027-06-30` (the last day is among them),
/// or the sourcedId of a session.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TermLimit {
    /// One of its sessions holds today.
    Current,
    /// One of its sessions has a day between these, both included.
    Days(Date, Date),
    /// One of its sessions is this one, or lies below it.
    Session(String),
}

/// A text that limits no time.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TermLimitError {
    /// Days that are no days, or in the wrong order.
    #[error("{0:?} is no span of days; write the first and the last one, such as 2026-08-01..2027-06-30")]
    Days(String),
    /// Nothing.
    #[error("a term is `current`, two days such as 2026-08-01..2027-06-30, or the sourcedId of a session")]
    Empty,
}

impl FromStr for TermLimit {
    type Err = TermLimitError;

    fn from_str(text: &str) -> Result<TermLimit, TermLimitError> {
        if text == "current" {
            return Ok(TermLimit::Current);
        }
        if text.is_empty() {
            return Err(TermLimitError::Empty);
        }
        let Some((first, last)) = text.split_once("..") else { return Ok(TermLimit::Session(text.to_owned())) };
        match (Date::parse(first), Date::parse(last)) {
            (Some(first), Some(last)) if first <= last => Ok(TermLimit::Days(first, last)),
            // A session may be named with two points; only what begins like a
            // day was meant as one.
            (None, None) => Ok(TermLimit::Session(text.to_owned())),
            _ => Err(TermLimitError::Days(text.to_owned())),
        }
    }
}

impl TryFrom<String> for TermLimit {
    type Error = TermLimitError;

    fn try_from(text: String) -> Result<TermLimit, TermLimitError> {
        text.parse()
    }
}

impl From<TermLimit> for String {
    fn from(limit: TermLimit) -> String {
        limit.to_string()
    }
}

impl fmt::Display for TermLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |date: &Date| {
            let (year, month, day) = date.ymd();
            format!("{year:04}-{month:02}-{day:02}")
        };
        match self {
            TermLimit::Current => f.write_str("current"),
            TermLimit::Days(first, last) => write!(f, "{}..{}", day(first), day(last)),
            TermLimit::Session(id) => f.write_str(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_survives_its_text() {
        for text in ["current", "2026-08-01..2027-06-30", "2026-08-01..2026-08-01", "term-1", "a..b"] {
            let limit: TermLimit = text.parse().unwrap();
            assert_eq!(limit.to_string(), text);
            let json = serde_json::to_string(&limit).unwrap();
            assert_eq!(serde_json::from_str::<TermLimit>(&json).unwrap(), limit);
        }
        for bad in ["", "2026-08-01..", "2026-08-02..2026-08-01", "..2026-08-02", "2026-02-30..2026-03-01"] {
            assert!(bad.parse::<TermLimit>().is_err(), "{bad}");
        }
    }
}
