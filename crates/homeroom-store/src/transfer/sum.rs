//! What a table holds, in a few bytes.

use crate::intake::Cell;
use xxhash_rust::xxh3::xxh3_64;

/// A sum over rows that does not depend on their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sum {
    rows: u64,
    total: u64,
    mixed: u64,
}

impl Sum {
    /// Adds a row.
    pub fn add(&mut self, row: &[Cell<'_>]) {
        let mut bytes = Vec::with_capacity(256);
        row.iter().for_each(|cell| cell.write(&mut bytes));
        let digest = xxh3_64(&bytes);
        self.rows += 1;
        self.total = self.total.wrapping_add(digest);
        // Two rows that were exchanged in part do not come to the same.
        self.mixed = self.mixed.wrapping_add(digest.wrapping_mul(digest | 1).rotate_left(23));
    }

    /// How many rows there were.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_rows_does_not_matter_and_their_content_does() {
        let sum = |rows: &[[Cell<'_>; 2]]| {
            let mut sum = Sum::default();
            rows.iter().for_each(|row| sum.add(row));
            sum
        };
        let (a, b) = ([Cell::Whole(1), Cell::Text("a")], [Cell::Whole(2), Cell::Null]);
        assert_eq!(sum(&[a, b]), sum(&[b, a]));
        assert_ne!(sum(&[a, b]), sum(&[a, a]));
        assert_ne!(sum(&[a, b]), sum(&[[Cell::Whole(2), Cell::Text("a")], [Cell::Whole(1), Cell::Null]]));
        assert_ne!(sum(&[a]), sum(&[]));
    }
}
