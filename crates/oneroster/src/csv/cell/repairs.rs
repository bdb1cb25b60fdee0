//! What was repaired in a cell, and what is left blank where nothing can be.

use crate::validate::Code;

/// The repairs that were made to a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Repairs(u16);

const REPAIRS: [Code; 13] = [
    Code::D13,
    Code::D24,
    Code::D25,
    Code::D26,
    Code::D27,
    Code::D28,
    Code::D30,
    Code::D33,
    Code::D48,
    Code::D53,
    Code::D56,
    Code::V9,
    Code::V10,
];

impl Repairs {
    /// Notes a repair.
    pub fn add(&mut self, code: Code) {
        if let Some(at) = REPAIRS.iter().position(|&c| c == code) {
            self.0 |= 1 << at;
        }
    }

    /// Whether nothing was repaired.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a repair was made.
    pub fn has(self, code: Code) -> bool {
        REPAIRS.iter().position(|&c| c == code).is_some_and(|at| self.0 & (1 << at) != 0)
    }

    /// The repairs, by their codes.
    pub fn codes(self) -> impl Iterator<Item = Code> {
        REPAIRS.into_iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, code)| code)
    }
}

/// Whether a cell that cannot be read by a rule is left blank, and by which
/// finding: words that no one knows and what spreadsheets made of a code, where
/// the cell is optional (csv.md D25, D32).
pub fn blanked(code: Code, required: bool, strict: bool) -> Option<Code> {
    match code {
        _ if required || strict => None,
        Code::V6 | Code::V7 => Some(Code::D25),
        Code::D32 => Some(Code::D32),
        _ => None,
    }
}
