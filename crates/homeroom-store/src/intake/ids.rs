//! Row ids by sourcedId, for the kinds that others refer to.

use crate::gradebook::WRITTEN;
use crate::{Error, ErrorKind, Result};
use hashbrown::HashMap;
use oneroster::model::Kind;
use oneroster::record::id_digest;

/// The row ids of one kind.
#[derive(Default, Debug)]
struct Known {
    /// By digest of the sourcedId. Row ids are greater than 0; one whose row was
    /// not met, only a reference to it, stands here below 0. Hundreds of thousands
    /// of people and classes are kept so, at 16 bytes each.
    rids: HashMap<u64, i64>,
    next: i64,
}

/// Row ids of every kind, given in the order of first mention.
///
/// Compact: only digests are kept. A digest that two identifiers share is
/// noticed when the second row is met, and refused; among a million records
/// the chance is one in forty million.
#[derive(Default, Debug)]
pub struct Ids {
    kinds: HashMap<Kind, Known>,
}

impl Ids {
    /// Tells of a stored row.
    pub fn stored(&mut self, kind: Kind, digest: u64, rid: i64) {
        let known = self.kinds.entry(kind).or_default();
        known.rids.insert(digest, -rid);
        // What applications wrote is numbered apart.
        if rid < WRITTEN {
            known.next = known.next.max(rid);
        }
    }

    /// Sets the greatest row id of a kind whose rows are not told one by one.
    pub fn begin_after(&mut self, kind: Kind, last: i64) {
        let known = self.kinds.entry(kind).or_default();
        known.next = known.next.max(last);
    }

    /// Whether the row id of a record is known.
    pub fn knows(&self, kind: Kind, digest: u64) -> bool {
        self.kinds.get(&kind).is_some_and(|known| known.rids.contains_key(&digest))
    }

    /// The row id of a record that is referred to, perhaps before its row.
    pub fn rid(&mut self, kind: Kind, sourced_id: &str) -> Result<i64> {
        let known = self.kinds.entry(kind).or_default();
        let next = &mut known.next;
        let rid = *known.rids.entry(id_digest(sourced_id)).or_insert_with(|| {
            *next += 1;
            -*next
        });
        Ok(rid.abs())
    }

    /// The row id of a record whose row is met now.
    pub fn define(&mut self, kind: Kind, sourced_id: &str) -> Result<i64> {
        let rid = self.rid(kind, sourced_id)?;
        let known = self.kinds.entry(kind).or_default();
        if let Some(entry) = known.rids.get_mut(&id_digest(sourced_id)) {
            if *entry > 0 {
                return Err(Error::new(
                    ErrorKind::Refused,
                    format!("two records of {} have identifiers that cannot be told apart", kind.entity().plural),
                ));
            }
            *entry = rid;
        }
        Ok(rid)
    }

    /// A row id for a record that nothing refers to.
    pub fn fresh(&mut self, kind: Kind) -> i64 {
        let known = self.kinds.entry(kind).or_default();
        known.next += 1;
        known.next
    }

    /// Whether others refer to the kind, so that its ids are worth keeping.
    pub fn is_target(kind: Kind) -> bool {
        oneroster::model::MODEL.iter().any(|e| e.fields.iter().any(|f| f.target() == Some(kind)))
    }
}
