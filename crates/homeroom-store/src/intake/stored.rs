//! What the store holds of a kind, for comparison.

pub use super::rows::StoredRows;

/// A stored row, in a few bytes.
#[derive(Clone, Copy, Debug)]
pub struct StoredRow {
    /// Its row id.
    pub rid: i64,
    /// The digest of its content.
    pub digest: u64,
    /// Its owner.
    pub source: u32,
    /// Whether it is live.
    pub live: bool,
    /// Whether the package has a row of it.
    pub seen: bool,
}

/// The engine's side of a comparison: what is stored, in one unchanging
/// version.
pub trait Stored: Send {
    /// The instant at which that version was published; 0 before the first.
    fn version(&self) -> i64;
    /// Every row of a kind.
    fn rows(&self, kind: oneroster::model::Kind) -> crate::Result<StoredRows>;
    /// The packed form of some rows of a kind: sourcedId, packed.
    fn packed(&self, kind: oneroster::model::Kind, rids: &[i64]) -> crate::Result<Vec<(String, Vec<u8>)>>;
    /// The greatest row id of a kind, of all times.
    fn last_rid(&self, kind: oneroster::model::Kind) -> crate::Result<i64>;
}
