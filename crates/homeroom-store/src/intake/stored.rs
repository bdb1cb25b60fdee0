//! What the store holds of a kind, for comparison.

pub use super::rows::StoredRows;
use crate::claims::{Holder, Merges, Said};
use crate::precedence::Precedence;
use hashbrown::HashMap;

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

/// A row that is stored inside another record.
#[derive(Clone, Debug)]
pub struct StoredChild {
    /// Its row id.
    pub rid: i64,
    /// Its identifier.
    pub sourced_id: String,
    /// Its owner.
    pub source: u32,
    /// The packed record.
    pub packed: Vec<u8>,
}

/// The column by which rows of a nested or linking kind name their record.
pub fn parent_column(kind: oneroster::model::Kind) -> &'static str {
    let entity = kind.entity();
    entity.parent_field().and_then(|field| entity.fields.get(usize::from(field))).map_or("rid", |field| field.name)
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
    /// One row of a kind, by its sourcedId, and what its source said of its last
    /// change.
    fn find(&self, kind: oneroster::model::Kind, sourced_id: &str) -> crate::Result<Option<(StoredRow, Option<i64>)>>;
    /// The live rows of a nested or linking kind that belong to a record, in
    /// the order of their row ids.
    fn children(&self, kind: oneroster::model::Kind, parent: i64) -> crate::Result<Vec<StoredChild>>;
    /// Gives the sourcedIds of live rows of a kind that name a record in a column
    /// to `look`, until it says that it has seen enough; whether it did.
    fn referrers(
        &self,
        kind: oneroster::model::Kind,
        column: &str,
        record: i64,
        look: &mut dyn FnMut(&str) -> bool,
    ) -> crate::Result<bool>;
    /// What the source said of the last change of a row, if it did.
    fn modified(&self, kind: oneroster::model::Kind, rid: i64) -> crate::Result<Option<i64>>;
    /// How many live records of a kind there are.
    fn live(&self, kind: oneroster::model::Kind) -> crate::Result<u64>;
    /// The greatest row id of a kind, of all times.
    fn last_rid(&self, kind: oneroster::model::Kind) -> crate::Result<i64>;
    /// Which of several sources is right.
    fn precedence(&self) -> crate::Result<Precedence> {
        Ok(Precedence::default())
    }
    /// Which identifiers stand for other ones.
    fn merges(&self) -> crate::Result<Merges> {
        Ok(Merges::default())
    }
    /// Who claims the records of a kind that several claim, by row id.
    fn holders(&self, _: oneroster::model::Kind) -> crate::Result<HashMap<i64, Vec<Holder>>> {
        Ok(HashMap::new())
    }
    /// What is said of a record that several claim.
    fn said(&self, _: oneroster::model::Kind, _: i64) -> crate::Result<Vec<Said>> {
        Ok(Vec::new())
    }
}
