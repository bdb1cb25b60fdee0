//! Nested rows, held until the record they belong to comes by.
//!
//! Roles, accounts, objectives and links have files of their own, yet JSON
//! shows them inside the record they belong to, and a change of one is a change
//! of that record. They are kept packed in pieces, some dozens of bytes
//! each, until that record is met.

use hashbrown::HashMap;
use oneroster::model::MODEL;
use oneroster::record::{Record, id_digest};

/// The nested rows of all records of a kind.
#[derive(Default, Debug)]
pub struct Nested {
    /// Rows one after the other: a head, the sourcedId, the packed record
    /// without the parent, which the chain knows.
    pieces: Vec<Piece>,
    /// Where the first and the last row of each parent begin, by digest of its
    /// sourcedId.
    chains: HashMap<u64, (Place, Place)>,
}

/// Rows that are given back to the system together, as packages mostly have
/// nested rows in the order of their parents.
#[derive(Default, Debug)]
struct Piece {
    bytes: Vec<u8>,
    /// How many of its rows are waiting yet.
    waiting: u32,
}

/// How large a piece is; the last row may reach over its end.
const PIECE: usize = 1 << 18;

/// Room for so many chains is no matter.
const FEW: usize = 64;

/// Where a row begins: the number of its piece, the place in it.
type Place = (u32, u32);

/// Stands where a row has no next one. A head is: where the next row of the same
/// parent begins; the kind; whether
/// the row stays; the lengths of the sourcedId and of the packed record.
const NONE: Place = (u32::MAX, u32::MAX);

/// A place as it stands in a head.
fn written((piece, start): Place) -> [u8; 8] {
    (u64::from(piece) << 32 | u64::from(start)).to_le_bytes()
}

fn read(bytes: [u8; 8]) -> Place {
    let place = u64::from_le_bytes(bytes);
    ((place >> 32) as u32, place as u32)
}

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
        if self.pieces.last().is_none_or(|last| last.bytes.len() >= PIECE) {
            self.pieces.push(Piece { bytes: Vec::with_capacity(PIECE + 1024), waiting: 0 });
        }
        let number = (self.pieces.len() - 1) as u32;
        let Some(Piece { bytes, waiting }) = self.pieces.last_mut() else { return };
        *waiting += 1;
        let here = (number, bytes.len() as u32);
        bytes.extend_from_slice(&written(NONE));
        bytes.extend_from_slice(&[record.kind() as u8, u8::from(kept)]);
        // Identifiers have at most 255 characters, of four bytes at most.
        bytes.extend_from_slice(&(record.sourced_id.len() as u16).to_le_bytes());
        let length = bytes.len();
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(record.sourced_id.as_bytes());
        let start = bytes.len();
        record.pack(bytes);
        let packed = (bytes.len() - start) as u32;
        bytes[length..length + 4].copy_from_slice(&packed.to_le_bytes());
        let before = match self.chains.get_mut(&chain) {
            Some((_, last)) => std::mem::replace(last, here),
            None => {
                self.chains.insert(chain, (here, here));
                return;
            }
        };
        let piece = self.pieces.get_mut(before.0 as usize);
        let head = piece.and_then(|piece| piece.bytes.get_mut(before.1 as usize..before.1 as usize + 8));
        if let Some(head) = head {
            head.copy_from_slice(&written(here));
        }
    }

    /// The rows of a parent, in the order in which they came.
    pub fn take(&mut self, parent: &str) -> Vec<Row> {
        if self.chains.is_empty() {
            return Vec::new();
        }
        let Some((first, _)) = self.chains.remove(&id_digest(parent)) else { return Vec::new() };
        let mut found = Vec::new();
        let mut at = first;
        while let Some((next, row)) = self.row(at, parent) {
            found.extend(row);
            self.taken(at);
            at = next;
        }
        if self.chains.is_empty() {
            self.emptied();
        }
        found
    }

    /// Nobody waits any more. What comes after, enrollments by the million, has
    /// the room; but rows that come just before their parent find their piece
    /// again.
    fn emptied(&mut self) {
        match self.pieces.as_mut_slice() {
            [one] if self.chains.capacity() <= FEW && one.bytes.capacity() > 0 => one.bytes.clear(),
            _ => self.clear(),
        }
    }

    /// Counts a row that waits no more, and gives its piece back with the last; the
    /// piece that is being filled stays.
    fn taken(&mut self, (number, _): Place) {
        let filled = number as usize + 1 < self.pieces.len();
        if let Some(piece) = self.pieces.get_mut(number as usize) {
            piece.waiting = piece.waiting.saturating_sub(1);
            if piece.waiting == 0 && filled {
                piece.bytes = Vec::new();
            }
        }
    }

    fn row(&self, (number, start): Place, parent: &str) -> Option<(Place, Option<Row>)> {
        let head = self.pieces.get(number as usize)?.bytes.get(start as usize..)?;
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
        Some((read(*next), row))
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

    #[test]
    fn rows_that_were_taken_give_their_room_back() {
        let (mut nested, many) = (Nested::default(), 60_000);
        let hold = |nested: &mut Nested, round: u32| {
            for user in 0..many {
                let mut row = Record::new(Kind::Role);
                row.sourced_id.push_str(&format!("role-{round}-{user}"));
                row.push(at!(Role.user), &format!("u{user}"));
                nested.hold(&mut row, false);
            }
        };
        let bytes = |nested: &Nested| nested.pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>();
        (0..2).for_each(|round| hold(&mut nested, round));
        let all = bytes(&nested);
        assert!(nested.pieces.len() > 3, "{all}");
        for user in 0..many {
            let ids: Vec<String> =
                nested.take(&format!("u{user}")).into_iter().map(|row| row.record.sourced_id).collect();
            assert_eq!(ids, [format!("role-0-{user}"), format!("role-1-{user}")]);
            if user == many / 2 {
                assert!(bytes(&nested) < all * 2 / 3, "{} of {all}", bytes(&nested));
            }
        }
        assert_eq!(bytes(&nested), 0);
    }
}
