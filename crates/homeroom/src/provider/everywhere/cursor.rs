//! Where a list of several districts goes on.

use crate::provider::answer::Refusal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use homeroom_store::Rank;
use serde::{Deserialize, Serialize};

/// The end of a page, and so the beginning of the next.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The digest of the request it belongs to.
    #[serde(rename = "r")]
    pub(super) request: u64,
    /// No district is read in a later version: the greatest of those that stood
    /// when the list was begun. So whoever asks for changes since the last one
    /// that it was shown misses none of a district that was read before another.
    #[serde(rename = "u")]
    pub(super) until: i64,
    /// How many records the request selects.
    #[serde(rename = "t")]
    pub(super) total: u64,
    /// How many of them stand before.
    #[serde(rename = "o")]
    pub(super) offset: u64,
    #[serde(rename = "p")]
    pub(super) place: Place,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Place {
    /// Before the first record.
    #[serde(rename = "b")]
    Begin,
    /// In a district, where it says itself, or before its first record.
    #[serde(rename = "i")]
    In(String, Option<String>),
    /// In the order of all: behind a record of a district.
    #[serde(rename = "a")]
    After(String, Rank, Versions),
    /// Behind the last record.
    #[serde(rename = "e")]
    End,
}

/// The versions of the districts that changed shortly before the list was begun.
pub(super) type Versions = Vec<(String, i64)>;

impl Cursor {
    /// The opaque text, of URL-safe characters only.
    pub(super) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the text back, for the same request.
    pub(super) fn decode(text: &str, request: u64) -> Result<Cursor, Box<Refusal>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor: Option<Cursor> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor.filter(|cursor| cursor.request == request).ok_or_else(Refusal::cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_survives_its_text_and_serves_only_its_request() {
        let rank: Rank = serde_json::from_str(r#"["Zoë","7"]"#).unwrap();
        for place in [
            Place::Begin,
            Place::In("north".into(), Some("x".into())),
            Place::After("north".into(), rank, vec![("south".into(), 7)]),
            Place::End,
        ] {
            let cursor = Cursor { request: u64::MAX, until: 17, total: 5, offset: 3, place };
            let text = cursor.encode();
            assert_eq!(Cursor::decode(&text, u64::MAX).unwrap(), cursor);
            assert!(Cursor::decode(&text, 1).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_refused(text in "\\PC*") {
            let _ = Cursor::decode(&text, 0);
        }
    }
}
