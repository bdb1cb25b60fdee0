//! Where a page begins: cursors, bookmarks and anchors.
//!
//! A pull reads one version to its end. Followed by `Link`, the version and
//! the key travel in the `cursor` parameter; asked by plain offsets, the
//! store remembers, for the same caller and request, where the page before
//! ended. Either way no record is skipped or repeated, and the total stays
//! that of the version, whatever is committed between two pages.

use crate::{Error, ErrorKind, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// A value of a record in the order of a collection.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyValue {
    /// The record has no value.
    Missing,
    /// A row id, a day, an instant.
    Whole(i64),
    /// A number.
    Real(f64),
    /// A text or an identifier.
    Text(String),
}

impl KeyValue {
    /// A row id; 0, which is none, if it is anything else.
    pub fn whole(&self) -> i64 {
        match self {
            KeyValue::Whole(number) => *number,
            _ => 0,
        }
    }
}

/// The end of a page, and so the beginning of the next.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cursor {
    /// The version, as the instant it was published.
    #[serde(rename = "v")]
    pub version: i64,
    /// How many records the request selects in that version.
    #[serde(rename = "t")]
    pub total: u64,
    /// How many records stand before.
    #[serde(rename = "o")]
    pub offset: u64,
    /// The digest of the request it belongs to.
    #[serde(rename = "r")]
    pub request: u64,
    /// The values of the last record in the order.
    #[serde(rename = "k")]
    pub key: Vec<KeyValue>,
}

impl Cursor {
    /// The opaque text, of URL-safe characters only.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the text back, for the same request.
    ///
    /// # Errors
    /// `Cursor` if it is not one of ours or belongs to another request.
    pub fn decode(text: &str, request: u64) -> Result<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor: Option<Cursor> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match cursor {
            Some(cursor) if cursor.request == request => Ok(cursor),
            Some(_) => Err(Error::new(
                ErrorKind::Cursor,
                "the cursor belongs to another request; follow the Link header unchanged, or begin again without it",
            )),
            None => Err(Error::new(
                ErrorKind::Cursor,
                "the cursor is damaged; follow the Link header unchanged, or begin again without it",
            )),
        }
    }
}

/// Who asked what, and how many records stand before the page.
type Place = (u64, u64, u64);

/// The ends of recent pages, by caller, request and offset. Bounded: the
/// oldest go first, and a pull that lost its place falls back on its offset.
#[derive(Debug)]
pub struct Bookmarks {
    inner: Mutex<(HashMap<Place, Cursor>, VecDeque<Place>)>,
}

const MOST: usize = 20_000;

impl Bookmarks {
    /// None yet.
    pub fn new() -> Bookmarks {
        Bookmarks { inner: Mutex::new((HashMap::new(), VecDeque::new())) }
    }

    /// Remembers where a page ended.
    pub fn keep(&self, caller: u64, cursor: Cursor) {
        let place = (caller, cursor.request, cursor.offset);
        let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, order) = &mut *guard;
        if kept.insert(place, cursor).is_none() {
            order.push_back(place);
        }
        while order.len() > MOST {
            if let Some(oldest) = order.pop_front() {
                kept.remove(&oldest);
            }
        }
    }

    /// Where the page at an offset begins, if the one before was ours.
    pub fn find(&self, caller: u64, request: u64, offset: u64) -> Option<Cursor> {
        let guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        guard.0.get(&(caller, request, offset)).cloned()
    }
}

/// How many records lie between two anchors.
pub const ANCHOR_STEP: u64 = 32;

/// Row ids of live records of a kind in one version, one every so many.
#[derive(Debug)]
pub struct Anchors {
    /// The version.
    pub version: i64,
    /// The row ids, beginning with that of the first record.
    pub rids: Vec<i64>,
}

impl Anchors {
    /// From the row ids of all live records, in any order.
    pub fn new(version: i64, mut rids: Vec<i64>) -> Anchors {
        rids.sort_unstable();
        Anchors { version, rids: rids.into_iter().step_by(ANCHOR_STEP as usize).collect() }
    }

    /// The row id that a page at an offset begins after, and how many rows
    /// are to be passed over from there; `None` past the end.
    pub fn seek(&self, offset: u64) -> Option<(i64, u64)> {
        let anchor = self.rids.get(usize::try_from(offset / ANCHOR_STEP).ok()?)?;
        Some((anchor - 1, offset % ANCHOR_STEP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_survives_its_text_and_serves_only_its_request() {
        let key = vec![KeyValue::Text("Zoë".into()), KeyValue::Missing, KeyValue::Whole(7), KeyValue::Real(0.5)];
        let cursor = Cursor { version: 17, total: 5, offset: 3, request: u64::MAX, key };
        let text = cursor.encode();
        assert_eq!(Cursor::decode(&text, u64::MAX).unwrap(), cursor);
        assert_eq!(Cursor::decode(&text, 1).unwrap_err().kind(), ErrorKind::Cursor);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    }

    #[test]
    fn bookmarks_are_bounded_and_the_oldest_go_first() {
        let marks = Bookmarks::new();
        for offset in 0..MOST as u64 + 5 {
            marks.keep(1, Cursor { version: 0, total: 0, offset, request: 2, key: Vec::new() });
        }
        assert!(marks.find(1, 2, 4).is_none());
        assert!(marks.find(1, 2, 5).is_some());
        assert!(marks.find(9, 2, 5).is_none());
    }

    proptest! {
        #[test]
        fn an_anchor_leads_to_the_record_at_the_offset(gaps in proptest::collection::vec(1i64..4, 1..4_000), pick in 0usize..4_000) {
            let rids: Vec<i64> = gaps.iter().scan(0, |rid, gap| { *rid += gap; Some(*rid) }).collect();
            let anchors = Anchors::new(1, rids.clone());
            let offset = pick % rids.len();
            let (after, skip) = anchors.seek(offset as u64).unwrap();
            let found = rids.iter().filter(|r| **r > after).nth(skip as usize);
            prop_assert_eq!(found, Some(&rids[offset]));
        }

        #[test]
        fn any_text_is_a_cursor_or_refused(text in "\\PC*") {
            let _ = Cursor::decode(&text, 0);
        }
    }
}
