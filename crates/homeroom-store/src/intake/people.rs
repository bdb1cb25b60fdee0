//! Nested rows, held until the record they belong to comes by.
//!
//! Roles and accounts have files of their own, yet JSON shows them inside the
//! person, and a change of one is a change of the person. They are kept
//! packed, a few dozen bytes each, until the person's own row is met.

use hashbrown::HashMap;
use oneroster::model::{Kind, Type};
use oneroster::record::{Record, id_digest};

/// One nested row that waits.
#[derive(Debug)]
struct Waiting {
    kind: Kind,
    sourced_id: String,
    packed: Vec<u8>,
    /// Whether it is stored and the package does not speak of it.
    kept: bool,
    next: Option<u32>,
}

/// The nested rows of all persons.
#[derive(Default, Debug)]
pub struct Nested {
    rows: Vec<Waiting>,
    /// The first and the last row of each parent, by digest of its sourcedId.
    chains: HashMap<u64, (u32, u32)>,
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
        let Some(parent) = record.kind().entity().parent_field().and_then(|field| record.get(field)) else { return };
        let chain = id_digest(parent);
        let mut packed = Vec::new();
        record.pack(&mut packed);
        let here = self.rows.len() as u32;
        let sourced_id = record.sourced_id.clone();
        self.rows.push(Waiting { kind: record.kind(), sourced_id, packed, kept, next: None });
        let (_, last) = *self
            .chains
            .entry(chain)
            .and_modify(|(_, last)| {
                self.rows[*last as usize].next = Some(here);
                *last = here;
            })
            .or_insert((here, here));
        debug_assert_eq!(last, here);
    }

    /// The rows of a parent, in the order in which they came.
    pub fn take(&mut self, parent: &str) -> Vec<Row> {
        let Some((first, _)) = self.chains.remove(&id_digest(parent)) else { return Vec::new() };
        let mut found = Vec::new();
        let mut at = Some(first);
        while let Some(place) = at {
            let waiting = &mut self.rows[place as usize];
            at = waiting.next;
            let packed = std::mem::take(&mut waiting.packed);
            if let Some(record) = Record::unpack(waiting.kind, &waiting.sourced_id, &packed) {
                found.push(Row { record, kept: waiting.kept });
            }
        }
        found
    }

    /// Forgets what nobody asked for.
    pub fn clear(&mut self) {
        *self = Nested::default();
    }
}

/// The member of a parent that shows rows of a kind, with the parent's kind.
pub fn shown_in(kind: Kind) -> Option<(Kind, u8)> {
    let parent = kind.entity().parent_kind()?;
    let member = parent.entity().fields.iter().position(|f| matches!(f.ty, Type::Rows(k) if k == kind))?;
    Some((parent, member as u8))
}
