//! Lists of a million entries, and which of them meet.

use super::tables::Bits;

/// So many entries stand in a piece.
const PIECE: usize = 4096;
/// So many slots there are for each entry when those are sought that meet.
const SLOTS: usize = 8;
/// An odd constant spreads keys that are near each other.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// A list that grows by pieces. One that is moved whenever it grows leaves as
/// much room behind as it had, for which nobody else has a use.
#[derive(Debug)]
pub(super) struct Long<T> {
    pieces: Vec<Vec<T>>,
}

impl<T> Default for Long<T> {
    fn default() -> Long<T> {
        Long { pieces: Vec::new() }
    }
}

impl<T: Copy> Long<T> {
    /// Adds an entry.
    #[inline]
    pub fn push(&mut self, entry: T) {
        match self.pieces.last_mut() {
            Some(last) if last.len() < PIECE => last.push(entry),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(entry);
                self.pieces.push(piece);
            }
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.pieces.last().map_or(0, |last| (self.pieces.len() - 1) * PIECE + last.len())
    }

    /// The entries, in their order.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.pieces.iter().flatten().copied()
    }

    /// Every entry whose key is another one's, too, with its place, and some
    /// whose are not: a bit for each of many slots tells who may meet somebody,
    /// and nothing has to be sorted. An entry without a key meets nobody.
    pub fn meeting(&self, key: impl Fn(&T) -> Option<u64>) -> Vec<(u32, T)> {
        let bits = (self.len() * SLOTS).next_power_of_two().trailing_zeros().clamp(6, 31);
        let slot = |entry: &T| key(entry).map(|key| (key.wrapping_mul(SPREAD) >> (64 - bits)) as u32);
        let (mut taken, mut shared) = (Bits::default(), Bits::default());
        for slot in self.iter().filter_map(|entry| slot(&entry)) {
            if !taken.insert(slot) {
                shared.insert(slot);
            }
        }
        let meets = |entry: &T| slot(entry).is_some_and(|slot| shared.has(slot));
        (0u32..).zip(self.iter()).filter(|(_, entry)| meets(entry)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn who_meets_another_is_found(keys in proptest::collection::vec(proptest::option::of(0u64..400), 0..300)) {
            let mut long = Long::default();
            keys.iter().for_each(|key| long.push(*key));
            let found = long.meeting(|key| *key);
            for (at, key) in (0u32..).zip(&keys) {
                let meets = key.is_some() && keys.iter().filter(|other| *other == key).count() > 1;
                prop_assert!(!meets || found.contains(&(at, *key)), "{at} {key:?}");
            }
            prop_assert!(found.iter().all(|(at, key)| keys[*at as usize] == *key && key.is_some()));
        }
    }

    #[test]
    fn few_others_are_looked_at() {
        let mut long = Long::default();
        (0..50_000u64).for_each(|key| long.push(key << 4));
        assert_eq!((long.len(), long.iter().last()), (50_000, Some(49_999 << 4)));
        assert!(long.meeting(|key| Some(*key)).len() < 10_000);
    }
}
