//! What an application was given, and the records of it, found again.
//!
//! A page is remembered by a few numbers. Who was on it is worked out when
//! somebody asks: the roster of that version is still there, in its history.

use crate::ViewId;
use oneroster::grant::{Bounds, Cover, Naming};
use oneroster::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Which part of an answer's records was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shown {
    /// The version of the roster, as the instant it was published.
    pub version: i64,
    /// How many records stood before.
    pub skipped: u64,
    /// How many were given.
    pub given: u32,
    /// The row id before the page, where it lies in their order.
    pub after: Option<i64>,
    /// The row id at its end, where it lies in their order.
    pub upto: Option<i64>,
}

/// What was asked, in the words of the request.
#[derive(Clone, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
pub struct Asked {
    /// The operation of the standard.
    pub operation: String,
    /// The version that was spoken, `1.1` or `1.2`.
    pub version: String,
    /// The records that the path names before the last segment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    /// The query without the place of the page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Whether the application saw tombstones always.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tombstones: bool,
    /// The view of its grant, if that had bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ViewId>,
    /// Which records it might see then.
    #[serde(default, skip_serializing_if = "Bounds::is_open")]
    pub bounds: Bounds,
    /// What it might see of them.
    #[serde(default, skip_serializing_if = "Cover::is_open")]
    pub cover: Cover,
    /// The name before the identifiers of the query, where several districts
    /// were asked at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
}

impl Asked {
    /// How the query tells identifiers.
    pub fn naming(&self) -> Naming {
        let spelled = self.bounds.spells_ids();
        match &self.district {
            None => Naming::new(spelled),
            Some(district) => Naming::of_district(district, spelled),
        }
    }
}

/// One answer, as it is remembered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disclosure {
    /// When.
    pub at: Timestamp,
    /// The application's name then.
    pub app: std::sync::Arc<str>,
    /// What was asked.
    pub asked: std::sync::Arc<Asked>,
    /// The single record that was asked for.
    pub own: Option<String>,
    /// Which part was given.
    pub shown: Shown,
}
