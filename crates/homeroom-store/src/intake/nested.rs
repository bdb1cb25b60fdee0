//! Nested rows, held until the record they belong to comes by.
//!
//! Roles, accounts, objectives and links have files of their own, yet JSON
//! shows them inside the record they belong to, and a change of one is a change
//! of that record. They are kept packed in one arena, some dozens of bytes
//! each, until that record is met.

use hashbrown::HashMap;
use oneroster::model::MODEL;
use oneroster::record::{Record, id_digest};

/// The nested rows of all records of a kind.
#[derive(Default, Debug)]
pub struct Nested {
    /// Rows one after the other: a head, the sourcedId, the packed record
    /// without the parent, which the chain knows.
    arena: Vec<u8>,
    /// Where the first and the last row of each parent begin, by digest of its
    /// sourcedId.
    chains: HashMap<u64, (usize, usize)>,
}

/// Stands where a row has no next one. A head is: where the next row of the same
/// parent begins; the kind; whether
/// the row stays; the lengths of the sourcedId and of the packed record.
const NONE: u64 = u64::MAX;

/// A nested row that was waiting for its parent.
#[derive(Debug)]
pub struct Row {
    /// The row.
    pub record: Record,
    /// Whether it stays as it is stored.
    pub kept: bool,
}

impl Nested {
    /// Holds a row; it must name its parent.
    pub fn hold(&mut self, record: &mut Record, kept: bool) {
        let Some(field) = record.kind().entity().parent_field() else { return };
        let Some(chain) = record.get(field).map(id_digest) else { return };
        record.set(field, "");
        let here = self.arena.len();
        self.arena.extend_from_slice(&NONE.to_le_bytes());
        self.arena.extend_from_slice(&[record.kind() as u8, u8::from(kept)]);
        // Identifiers have at most 255 characters, of four bytes at most.
        self.arena.extend_from_slice(&(record.sourced_id.len() as u16).to_le_bytes());
        let length = self.arena.len();
        self.arena.extend_from_slice(&[0; 4]);
        self.arena.extend_from_slice(record.sourced_id.as_bytes());
        let start = self.arena.len();
        record.pack(&mut self.arena);
        let packed = (self.arena.len() - start) as u32;
        self.arena[length..length + 4].copy_from_slice(&packed.to_le_bytes());
        if let Some((_, last)) = self.chains.get_mut(&chain) {
            self.arena[*last..*last + 8].copy_from_slice(&(here as u64).to_le_bytes());
            *last = here;
        } else {
            self.chains.insert(chain, (here, here));
        }
    }

    /// The rows of a parent, in the order in which they came.
    pub fn take(&mut self, parent: &str) -> Vec<Row> {
        if self.chains.is_empty() {
            return Vec::new();
        }
        let Some((first, _)) = self.chains.remove(&id_digest(parent)) else { return Vec::new() };
        let mut found = Vec::new();
        let mut at = first as u64;
        while let Some((next, row)) = self.row(at, parent) {
            found.extend(row);
            at = next;
        }
        if self.chains.is_empty() {
            // What comes after, enrollments by the million, has the room.
            self.clear();
        }
        found
    }

    fn row(&self, at: u64, parent: &str) -> Option<(u64, Option<Row>)> {
        let head = self.arena.get(usize::try_from(at).ok()?..)?;
        let (next, rest) = head.split_first_chunk::<8>()?;
        let ([kind, kept], rest) = rest.split_first_chunk::<2>()?;
        let (id_length, rest) = rest.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (id, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*id_length)))?;
        let packed = rest.get(..u32::from_le_bytes(*length) as usize)?;
        let kind = MODEL.get(usize::from(*kind))?.kind;
        let record = std::str::from_utf8(id).ok().and_then(|id| Record::unpack(kind, id, packed));
        let row = record.map(|mut record| {
            if let Some(field) = kind.entity().parent_field() {
                record.push(field, parent);
            }
            Row { record, kept: *kept == 1 }
        });
        Some((u64::from_le_bytes(*next), row))
    }

    /// Forgets what nobody asked for.
    pub fn clear(&mut self) {
        *self = Nested::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::at;
    use oneroster::model::Kind;

    #[test]
    fn rows_come_back_to_their_parent_in_order_and_whole() {
        let mut nested = Nested::default();
        for (id, user, role) in [("r1", "u1", "student"), ("r2", "u2", "aide"), ("r3", "u1", "teacher")] {
            let mut row = Record::new(Kind::Role);
            row.sourced_id.push_str(id);
            row.push(at!(Role.user), user);
            row.push(at!(Role.role), role);
            nested.hold(&mut row, id == "r3");
        }
        let rows = nested.take("u1");
        let seen: Vec<_> =
            rows.iter().map(|r| (r.record.sourced_id.as_str(), r.record.get(at!(Role.role)), r.kept)).collect();
        assert_eq!(seen, [("r1", Some("student"), false), ("r3", Some("teacher"), true)]);
        assert_eq!(rows[0].record.get(at!(Role.user)), Some("u1"));
        assert!(nested.take("u1").is_empty());
        assert_eq!(nested.take("u2").len(), 1);
    }
}
