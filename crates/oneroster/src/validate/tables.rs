//! Compact tables of a run: sets of rows, and identifiers with their rows.

use crate::record::id_digest;
use hashbrown::HashTable;

/// A set of row ordinals, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    count: u64,
}

impl Bits {
    /// Adds a row; whether it was not in the set.
    pub fn insert(&mut self, row: u32) -> bool {
        let (word, bit) = ((row / 64) as usize, 1u64 << (row % 64));
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.count += u64::from(new);
        new
    }

    /// Whether a row is in the set.
    #[inline]
    pub fn has(&self, row: u32) -> bool {
        self.words.get((row / 64) as usize).is_some_and(|word| word & (1 << (row % 64)) != 0)
    }

    /// Adds the rows of another set.
    pub fn join(&mut self, other: &Bits) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (own, more) in self.words.iter_mut().zip(&other.words) {
            *own |= more;
        }
        self.count = self.words.iter().map(|w| u64::from(w.count_ones())).sum();
    }

    /// How many rows are in the set.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether no row is in the set.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// No record.
pub(super) const NONE: u32 = u32::MAX;

/// What is known of an identifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// A row refers to it, none has defined it.
    Mentioned,
    /// A good row defines it.
    Good,
    /// The row that defines it was rejected.
    Rejected,
    /// The row that defines it was left out by consent.
    Skipped,
    /// The row that defines it takes it away.
    Deleted,
}

impl State {
    fn of(byte: u8) -> State {
        match byte {
            0 => State::Mentioned,
            1 => State::Good,
            2 => State::Rejected,
            3 => State::Skipped,
            _ => State::Deleted,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Known {
    start: u32,
    row: u32,
    line: u32,
}

/// Without the digest of the text, which the text itself gives again where the
/// table grows: for most look-ups the few bits that the table keeps are enough.
#[derive(Clone, Copy, Debug)]
struct Slot {
    start: u32,
    number: u32,
}

/// The identifiers of one kind: exact, each with a small number.
///
/// A look-up is mostly a wait for memory, so what it needs stands together: the
/// state and the length of an identifier are the two bytes before its text.
#[derive(Debug, Default)]
pub(super) struct Ids {
    table: HashTable<Slot>,
    known: Vec<Known>,
    bytes: Vec<u8>,
}

#[inline]
fn bytes_at(bytes: &[u8], start: u32) -> &[u8] {
    let start = start as usize;
    &bytes[start + 2..start + 2 + bytes[start + 1] as usize]
}

fn text_at(bytes: &[u8], start: u32) -> &str {
    std::str::from_utf8(bytes_at(bytes, start)).unwrap_or_default()
}

impl Ids {
    /// How many identifiers there are, mentioned ones too.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// The text of an identifier.
    pub fn text(&self, number: u32) -> &str {
        text_at(&self.bytes, self.known[number as usize].start)
    }

    /// The number of an identifier, if it is known.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.look_up(id).map(|(number, _)| number)
    }

    /// The number and the state of an identifier, if it is known.
    #[inline]
    pub fn look_up(&self, id: &str) -> Option<(u32, State)> {
        let digest = id_digest(id);
        let same = |slot: &Slot| bytes_at(&self.bytes, slot.start) == id.as_bytes();
        let slot = self.table.find(digest, same)?;
        Some((slot.number, State::of(self.bytes[slot.start as usize])))
    }

    /// Whether an identifier of this digest is there.
    pub fn has_digest(&self, digest: u64) -> bool {
        self.table.find(digest, |slot| id_digest(text_at(&self.bytes, slot.start)) == digest).is_some()
    }

    /// The number of an identifier, which is added if need be. It must have
    /// at most 255 bytes.
    pub fn mention(&mut self, id: &str) -> u32 {
        if let Some(number) = self.find(id) {
            return number;
        }
        let number = self.known.len() as u32;
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&[State::Mentioned as u8, id.len() as u8]);
        self.bytes.extend_from_slice(id.as_bytes());
        self.known.push(Known { start, row: 0, line: 0 });
        let bytes = &self.bytes;
        let digest = |slot: &Slot| id_digest(text_at(bytes, slot.start));
        self.table.insert_unique(id_digest(id), Slot { start, number }, digest);
        number
    }

    /// Makes a row define an identifier; `Err` if another row does already.
    pub fn define(&mut self, id: &str, row: u32, line: u32) -> Result<u32, u32> {
        let number = self.mention(id);
        if self.state(number) != State::Mentioned {
            return Err(number);
        }
        self.set(number, State::Good);
        let known = &mut self.known[number as usize];
        (known.row, known.line) = (row, line);
        Ok(number)
    }

    fn set(&mut self, number: u32, state: State) {
        let start = self.known[number as usize].start;
        self.bytes[start as usize] = state as u8;
    }

    /// What is known of an identifier.
    pub fn state(&self, number: u32) -> State {
        State::of(self.bytes[self.known[number as usize].start as usize])
    }

    /// The row that defines an identifier, and its line.
    pub fn row(&self, number: u32) -> (u32, u32) {
        let known = self.known[number as usize];
        (known.row, known.line)
    }

    /// Takes an identifier for rejected.
    pub fn reject(&mut self, number: u32) {
        self.set(number, State::Rejected);
    }

    /// Takes an identifier for left out.
    pub fn skip(&mut self, number: u32) {
        self.set(number, State::Skipped);
    }

    /// Takes an identifier for one that its row takes away.
    pub fn delete(&mut self, number: u32) {
        self.set(number, State::Deleted);
    }

    /// Takes an identifier for one with a good row.
    pub fn restore(&mut self, number: u32) {
        self.set(number, State::Good);
    }

    /// The numbers of identifiers with a good row.
    pub fn good(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.known.len() as u32).filter(|&n| self.state(n) == State::Good)
    }
}

/// Sets what is kept of a number; of those before it that nothing is known of,
/// `blank`.
pub(super) fn put<T: Copy>(table: &mut Vec<T>, number: u32, value: T, blank: T) {
    if number == NONE {
        return;
    }
    if table.len() <= number as usize {
        table.resize(number as usize + 1, blank);
    }
    table[number as usize] = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn bits_are_a_set(rows in proptest::collection::vec(0u32..500, 0..100)) {
            let mut bits = Bits::default();
            let mut set = BTreeSet::new();
            for row in rows {
                prop_assert_eq!(bits.insert(row), set.insert(row));
            }
            prop_assert_eq!(bits.len(), set.len() as u64);
            prop_assert!((0..600).all(|row| bits.has(row) == set.contains(&row)));
        }

        #[test]
        fn each_identifier_has_one_number(ids in proptest::collection::vec("[ab]{1,3}", 0..60)) {
            let mut table = Ids::default();
            let numbers: Vec<u32> = ids.iter().map(|id| table.mention(id)).collect();
            prop_assert_eq!(table.len(), ids.iter().collect::<BTreeSet<_>>().len());
            prop_assert!(ids.iter().zip(numbers).all(|(id, n)| table.text(n) == id && table.find(id) == Some(n)));
        }
    }

    #[test]
    fn an_identifier_is_defined_once() {
        let mut ids = Ids::default();
        assert_eq!(ids.mention("b"), 0);
        assert_eq!(ids.define("a", 0, 2), Ok(1));
        assert_eq!(ids.define("a", 1, 3), Err(1));
        ids.reject(1);
        assert_eq!((ids.state(0), ids.state(1), ids.row(1)), (State::Mentioned, State::Rejected, (0, 2)));
        assert_eq!(ids.good().count(), 0);
    }
}
