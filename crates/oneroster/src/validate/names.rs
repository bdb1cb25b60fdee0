//! Names of people: placeholders, capitals, and digests that tell two of them
//! apart whatever their case and encoding (csv.md D51, D52, D55).

use crate::record::id_digest;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Words that stand where a person is still to be found.
const PLACEHOLDERS: [&str; 13] = [
    "tbd",
    "tba",
    "tbc",
    "vacant",
    "vacancy",
    "vacant position",
    "vacant teacher",
    "placeholder",
    "unassigned",
    "unfilled",
    "not assigned",
    "to be determined",
    "to be announced",
];

/// Whether one of a person's names says that there is none.
#[inline]
pub(super) fn is_placeholder(names: [&str; 2]) -> bool {
    names.into_iter().any(|name| {
        let may_be = matches!(
            name.as_bytes().first(),
            Some(b't' | b'T' | b'v' | b'V' | b'p' | b'P' | b'u' | b'U' | b'n' | b'N')
        );
        may_be && PLACEHOLDERS.iter().any(|word| word.eq_ignore_ascii_case(name))
    })
}

/// Whether a name is in capitals, or last and first name share a cell.
#[inline]
pub(super) fn is_shouted(names: [&str; 2]) -> bool {
    names.into_iter().any(|name| {
        // Most names have a small letter soon, which settles it.
        let calm = name.bytes().any(|b| b.is_ascii_lowercase());
        (!calm && in_capitals(name)) || name.contains(',')
    })
}

/// Three letters or more, none of them small.
fn in_capitals(name: &str) -> bool {
    let letters = || name.chars().filter(|c| c.is_alphabetic());
    letters().count() >= 3 && letters().all(char::is_uppercase)
}

/// A digest of a text, whatever its case and whether its accents are letters of
/// their own.
pub(super) fn digest(text: &str) -> u64 {
    if !text.is_ascii() {
        let lower = if is_nfc(text) { text.to_lowercase() } else { text.nfc().collect::<String>().to_lowercase() };
        return id_digest(&lower);
    }
    // Most names are short, and millions of them are asked for.
    let mut room = [0u8; 64];
    match room.get_mut(..text.len()) {
        Some(lower) => {
            lower.copy_from_slice(text.as_bytes());
            lower.make_ascii_lowercase();
            std::str::from_utf8(lower).map_or(0, id_digest)
        }
        None => id_digest(&text.to_ascii_lowercase()),
    }
}

/// A digest of a person's given and family name.
pub(super) fn name_digest([given, family]: [&str; 2]) -> u64 {
    digest(given).rotate_left(1) ^ digest(family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        for names in [["Vacant", "Teacher"], ["", "TBD"], ["to be announced", ""]] {
            assert!(is_placeholder(names), "{names:?}");
        }
        for names in [["Tbilisi", "Vacante"], ["Petra", "Novák"]] {
            assert!(!is_placeholder(names), "{names:?}");
        }
        for names in [["ADA", "Okafor"], ["Ada", "ŽIŽKA"], ["Ada", "Okafor, Ada"]] {
            assert!(is_shouted(names), "{names:?}");
        }
        for names in [["Jo", "O'Neill"], ["J.", "McADAM"], ["AJ", "Li"], ["明", "王"]] {
            assert!(!is_shouted(names), "{names:?}");
        }
        assert_eq!(name_digest(["Zoe\u{308}", "NOVÁK"]), name_digest(["Zoë", "Novák"]));
        assert_ne!(name_digest(["Ada", "Okafor"]), name_digest(["Okafor", "Ada"]));
    }
}
