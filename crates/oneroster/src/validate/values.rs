//! What the cells of one row say, by the positions of their fields, for the rules
//! that compare them.

use super::tables::NONE;
use crate::model::MODEL;
use crate::time::Date;

/// Most fields that a kind may have.
pub(super) const FIELDS: usize = 32;

const _: () = {
    let mut i = 0;
    while i < MODEL.len() {
        assert!(MODEL[i].fields.len() <= FIELDS, "a kind has more fields than Values has room for");
        i += 1;
    }
};

/// The values of one row, by the position of their field.
pub(super) struct Values {
    pub refs: [u32; FIELDS],
    pub days: [Option<Date>; FIELDS],
    pub words: [u8; FIELDS],
    pub flags: [Option<bool>; FIELDS],
    pub items: [u16; FIELDS],
    /// References of lists: field, record.
    pub lists: Vec<(u8, u32)>,
    /// The words of a list, as bits; no kind has two such lists.
    pub word_bits: u32,
    /// Digests of the left sides of pairs, of kinds that others look them up in.
    pub lefts: Vec<u64>,
}

/// No word.
pub(super) const NO_WORD: u8 = 254;

impl Values {
    pub fn new() -> Values {
        Values {
            refs: [NONE; FIELDS],
            days: [None; FIELDS],
            words: [NO_WORD; FIELDS],
            flags: [None; FIELDS],
            items: [0; FIELDS],
            lists: Vec::new(),
            word_bits: 0,
            lefts: Vec::new(),
        }
    }

    #[inline]
    pub fn clear(&mut self) {
        self.refs = [NONE; FIELDS];
        self.days = [None; FIELDS];
        self.words = [NO_WORD; FIELDS];
        self.flags = [None; FIELDS];
        self.items = [0; FIELDS];
        self.lists.clear();
        self.word_bits = 0;
        self.lefts.clear();
    }

    /// The record that a field names; [`NONE`] if it names none that is known.
    #[inline]
    pub fn target(&self, field: u8) -> u32 {
        self.refs[usize::from(field)]
    }

    /// The day of a field.
    #[inline]
    pub fn day(&self, field: u8) -> Option<Date> {
        self.days[usize::from(field)]
    }

    /// The position of a field's word in its vocabulary; [`NO_WORD`] without one.
    #[inline]
    pub fn word(&self, field: u8) -> u8 {
        self.words[usize::from(field)]
    }

    /// What a field says to be true or false.
    #[inline]
    pub fn flag(&self, field: u8) -> Option<bool> {
        self.flags[usize::from(field)]
    }

    /// How many items a field's list has.
    pub fn count(&self, field: u8) -> u16 {
        self.items[usize::from(field)]
    }

    /// The records of a list.
    pub fn list(&self, field: u8) -> impl Iterator<Item = u32> + '_ {
        self.lists.iter().filter(move |(f, _)| *f == field).map(|(_, r)| *r)
    }
}
