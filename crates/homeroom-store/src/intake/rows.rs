//! The stored rows of a kind, found by identifier.

use super::stored::StoredRow;
use std::cell::OnceCell;

/// So many stored rows that the package has no more are passed over before a
/// record is looked up.
const AHEAD: usize = 8;
/// No row.
const NONE: u32 = u32::MAX;

/// Stored rows by digest of their sourcedId.
///
/// Exports mostly keep their order from day to day. The rows lie in the order
/// of the store, so that the next one is mostly the one that is asked for; an
/// index over all is only made once that fails.
#[derive(Debug, Default)]
pub struct StoredRows {
    rows: Vec<(u64, StoredRow)>,
    /// Where the row after the last one that was found lies.
    next: usize,
    /// Positions in `rows`, by digest: open addressing, at most half full.
    index: OnceCell<Vec<u32>>,
}

impl StoredRows {
    /// None.
    pub fn new() -> StoredRows {
        StoredRows::default()
    }

    /// Adds the row of an identifier that is not there yet.
    pub fn insert(&mut self, id: u64, row: StoredRow) {
        self.rows.push((id, row));
        match self.index.get_mut() {
            Some(index) if self.rows.len() * 2 <= index.len() => place(index, id, self.rows.len() - 1),
            _ => drop(self.index.take()),
        }
    }

    /// The row of an identifier.
    pub fn get(&self, id: &u64) -> Option<&StoredRow> {
        let at = self.ahead(*id).or_else(|| self.indexed(*id))?;
        self.rows.get(at).map(|(_, row)| row)
    }

    /// The row of an identifier, which is the last one that was come by.
    pub fn get_mut(&mut self, id: &u64) -> Option<&mut StoredRow> {
        let at = self.ahead(*id).or_else(|| self.indexed(*id))?;
        self.next = at + 1;
        self.rows.get_mut(at).map(|(_, row)| row)
    }

    /// Finds a row by another identifier from now on.
    pub fn rename(&mut self, old: u64, new: u64) {
        if let Some(at) = self.ahead(old).or_else(|| self.indexed(old)) {
            self.rows[at].0 = new;
            drop(self.index.take());
        }
    }

    /// Every row, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut StoredRow> {
        self.rows.iter_mut().map(|(_, row)| row)
    }

    /// Every row.
    pub fn iter(&self) -> impl Iterator<Item = (&u64, &StoredRow)> {
        self.rows.iter().map(|(id, row)| (id, row))
    }

    #[inline]
    fn ahead(&self, id: u64) -> Option<usize> {
        let rest = self.rows.get(self.next..)?;
        rest.iter().take(AHEAD).position(|(here, _)| *here == id).map(|place| self.next + place)
    }

    fn indexed(&self, id: u64) -> Option<usize> {
        let index = self.index.get_or_init(|| self.make_index());
        let mask = index.len() - 1;
        let mut slot = id as usize & mask;
        loop {
            match index[slot] {
                NONE => return None,
                at if self.rows[at as usize].0 == id => return Some(at as usize),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn make_index(&self) -> Vec<u32> {
        let mut index = vec![NONE; (self.rows.len() * 3 + 2).next_power_of_two()];
        for (at, (id, _)) in self.rows.iter().enumerate() {
            place(&mut index, *id, at);
        }
        index
    }
}

fn place(index: &mut [u32], id: u64, at: usize) {
    let mask = index.len() - 1;
    let mut slot = id as usize & mask;
    while index[slot] != NONE {
        slot = (slot + 1) & mask;
    }
    index[slot] = at as u32;
}

impl<'a> IntoIterator for &'a StoredRows {
    type Item = (&'a u64, &'a StoredRow);
    type IntoIter =
        std::iter::Map<std::slice::Iter<'a, (u64, StoredRow)>, fn(&'a (u64, StoredRow)) -> (&'a u64, &'a StoredRow)>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter().map(|(id, row)| (id, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(rid: i64) -> StoredRow {
        StoredRow { rid, digest: 0, source: 0, live: true, seen: false }
    }

    proptest! {
        #[test]
        fn every_row_is_found_in_any_order(
            stored in proptest::collection::hash_set(any::<u64>(), 0..200),
            asked in proptest::collection::vec((any::<u64>(), any::<proptest::sample::Index>(), any::<bool>()), 0..400),
            late in proptest::collection::hash_set(any::<u64>(), 0..50),
        ) {
            let mut rows = StoredRows::new();
            let mut all: Vec<u64> = stored.into_iter().collect();
            all.iter().enumerate().for_each(|(rid, id)| rows.insert(*id, row(rid as i64)));
            let mut late = late.into_iter();
            for (stranger, pick, known) in asked {
                let known = known && !all.is_empty();
                let id = if known { all[pick.index(all.len())] } else { stranger };
                let wanted = all.iter().position(|here| *here == id).map(|rid| rid as i64);
                prop_assert_eq!(rows.get(&id).map(|row| row.rid), wanted);
                prop_assert_eq!(rows.get_mut(&id).map(|row| row.rid), wanted);
                if let Some(id) = late.next().filter(|id| !all.contains(id)) {
                    rows.insert(id, row(all.len() as i64));
                    all.push(id);
                }
            }
            let in_order: Vec<u64> = rows.iter().map(|(id, _)| *id).collect();
            prop_assert_eq!(in_order, all);
        }
    }
}
