//! Identifiers whose leading zeros a spreadsheet took, filled up again to the
//! width that the district says they have (csv.md D30).
//!
//! It is done where rows come from, so that every pass over a file, and every
//! rule, sees the same identifiers.

use super::cell::Form;
use super::header::Plan;
use crate::model::Kind;
use crate::validate::Options;
use std::sync::Arc;

/// How wide the identifiers in each column are, in digits; 0 where they stay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Padding(Arc<[u8]>);

/// What stands around the items of a list.
const AROUND: [char; 6] = [',', ';', '|', '"', '[', ']'];

impl Padding {
    /// Whether no column is filled up.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The width of the identifiers in a column.
    pub(super) fn width(&self, column: usize) -> usize {
        self.0.get(column).copied().unwrap_or(0).into()
    }
}

/// Whether an identifier in a cell is a number of fewer digits.
pub(super) fn is_short(cell: &str, width: usize) -> bool {
    width > 0 && cell.split(AROUND).any(|item| lacks(item, width) > 0)
}

/// Writes a cell with its identifiers filled up.
pub(super) fn fill(cell: &str, width: usize, out: &mut String) {
    for part in cell.split_inclusive(AROUND) {
        let item = part.trim_end_matches(AROUND);
        let zeros = lacks(item, width);
        let start = item.len() - item.trim_start().len();
        out.push_str(&part[..start]);
        out.extend(std::iter::repeat_n('0', zeros));
        out.push_str(&part[start..]);
    }
}

/// How many digits a number lacks.
fn lacks(item: &str, width: usize) -> usize {
    let digits = item.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number { width.saturating_sub(digits.len()) } else { 0 }
}

impl Plan {
    /// Has identifiers filled up as a run wants it.
    pub fn pad(&mut self, options: &Options) {
        if options.strict || options.pad.is_empty() {
            return;
        }
        let width = |kind: Kind| options.pad.iter().find(|(of, _)| *of == kind).map_or(0, |(_, width)| *width);
        let own = if self.kind == Kind::Demographics { Kind::User } else { self.kind };
        let widths = self.columns.iter().map(|column| match column.form {
            Form::Id => width(own),
            Form::Ref(kind) | Form::Refs(kind) => width(kind),
            _ => 0,
        });
        let widths: Vec<u8> = widths.collect();
        self.padding = if widths.iter().all(|width| *width == 0) { Padding::default() } else { Padding(widths.into()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_filled_up_and_everything_else_stays() {
        for (cell, width, wanted) in [
            ("123", 5, Some("00123")),
            (" 123 ", 5, Some(" 00123 ")),
            ("00123", 5, None),
            ("123456", 5, None),
            ("S123", 5, None),
            ("12.0", 5, None),
            ("", 5, None),
            ("123", 0, None),
            ("1,22, 333", 3, Some("001,022, 333")),
            ("1;a|2", 2, Some("01;a|02")),
            ("[\"1\",\"b\"]", 2, Some("[\"01\",\"b\"]")),
        ] {
            assert_eq!(is_short(cell, width), wanted.is_some(), "{cell}");
            let mut out = String::new();
            fill(cell, width, &mut out);
            assert_eq!(out, wanted.unwrap_or(cell), "{cell}");
        }
    }
}
