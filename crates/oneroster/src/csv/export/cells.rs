//! Cells as the rules of csv.md section 7 want them.

use crate::csv::keys::written_key;
use crate::csv::write::write_cell;
use crate::model::{LONGEST_ID, is_id_byte};

/// How an identifier was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Id {
    /// As it is.
    Plain,
    /// With signs that the standard does not allow escaped.
    Escaped,
    /// Not at all.
    TooLong,
}

/// Appends an identifier; none needs quotes.
#[inline]
pub(super) fn id(out: &mut Vec<u8>, bytes: &[u8]) -> Id {
    if bytes.iter().all(|&b| is_id_byte(b)) && (1..=LONGEST_ID).contains(&bytes.len()) {
        out.extend_from_slice(bytes);
        return Id::Plain;
    }
    escaped(out, bytes)
}

/// Appends a key that is no identifier of the standard (csv.md D58).
#[cold]
fn escaped(out: &mut Vec<u8>, bytes: &[u8]) -> Id {
    let key = String::from_utf8_lossy(bytes);
    let written = written_key(&key);
    if !(1..=LONGEST_ID).contains(&written.len()) {
        return Id::TooLong;
    }
    out.extend_from_slice(written.as_bytes());
    Id::Escaped
}

/// Appends a text, quoted where it must be; says whether it had line breaks,
/// which became spaces. `odd` says that it may hold quotes or control
/// characters.
#[inline]
pub(super) fn text(out: &mut Vec<u8>, bytes: &[u8], odd: bool) -> bool {
    let edge = |b: Option<&u8>| matches!(b, Some(b' ' | b'\t'));
    if !odd && !bytes.contains(&b',') && !edge(bytes.first()) && !edge(bytes.last()) {
        out.extend_from_slice(bytes);
        return false;
    }
    quoted(out, bytes)
}

fn quoted(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let mut cell = String::new();
    write_cell(&mut cell, &String::from_utf8_lossy(bytes));
    out.extend_from_slice(cell.as_bytes());
    bytes.iter().any(|b| matches!(b, b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The way back.
    fn unescaped(text: &str) -> Vec<u8> {
        let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
        while let Some((&b, tail)) = rest.split_first() {
            if let [b'_', b'x', high, low, tail @ ..] = rest {
                let digit = |d: &u8| char::from(*d).to_digit(16).unwrap() as u8;
                bytes.push(digit(high) << 4 | digit(low));
                rest = tail;
            } else {
                bytes.push(b);
                rest = tail;
            }
        }
        bytes
    }

    #[test]
    fn identifiers_are_escaped_where_they_must_be() {
        for (given, wanted, how) in [
            ("a.b-c_d/e@f", "a.b-c_d/e@f", Id::Plain),
            ("a_x41", "a_x41", Id::Plain),
            ("Smith John", "Smith_x20John", Id::Escaped),
            ("A&B_x#", "A_x26B_x5Fx_x23", Id::Escaped),
            ("é", "_xC3_xA9", Id::Escaped),
            ("", "", Id::TooLong),
        ] {
            let mut out = Vec::new();
            assert_eq!(id(&mut out, given.as_bytes()), how, "{given}");
            assert_eq!(String::from_utf8(out).unwrap(), wanted);
        }
        assert_eq!(id(&mut Vec::new(), " ".repeat(64).as_bytes()), Id::TooLong);
        assert_eq!(id(&mut Vec::new(), "a".repeat(256).as_bytes()), Id::TooLong);
    }

    proptest! {
        #[test]
        fn escaping_can_be_undone(given in "[a_x ]{0,10}[ é#][a_x0]{0,10}") {
            let mut out = Vec::new();
            prop_assert_eq!(id(&mut out, given.as_bytes()), Id::Escaped);
            let text = String::from_utf8(out).unwrap();
            prop_assert!(crate::model::is_sourced_id(&text));
            prop_assert_eq!(unescaped(&text), given.as_bytes());
        }

        #[test]
        fn texts_are_cells_as_the_writer_of_cells_makes_them(given in "\\PC{0,8}[ ,\"\n\t]?\\PC{0,8}") {
            let (mut out, mut cell) = (Vec::new(), String::new());
            write_cell(&mut cell, &given);
            text(&mut out, given.as_bytes(), crate::record::needs_escape(given.as_bytes()));
            prop_assert_eq!(String::from_utf8(out).unwrap(), cell);
        }
    }
}
