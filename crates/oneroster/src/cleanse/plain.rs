//! Letters as sign-in names may have them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters of which no mark can be taken off.
const OTHERS: [(char, &str); 14] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('Æ', "AE"),
    ('ø', "o"),
    ('Ø', "O"),
    ('œ', "oe"),
    ('Œ', "OE"),
    ('ł', "l"),
    ('Ł', "L"),
    ('đ', "d"),
    ('Đ', "D"),
    ('ð', "d"),
    ('þ', "th"),
    ('ı', "i"),
];

/// A text without accents, spaces and marks: letters and digits of ASCII, and
/// `-`, `_` and `.`; letters of other scripts have no plain form and are left out.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        match OTHERS.iter().find(|(letter, _)| *letter == c) {
            Some((_, letters)) => out.push_str(letters),
            None if c.is_ascii_alphanumeric() || "-_.".contains(c) => out.push(c),
            None => {}
        }
    }
    out
}

/// A text with capitals where words begin, if it is in one case all through.
pub(super) fn title(text: &str) -> String {
    if text.chars().any(char::is_lowercase) && text.chars().any(char::is_uppercase) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase())
        } else {
            out.extend(c.to_lowercase())
        }
        begins = !c.is_alphanumeric();
    }
    out
}

/// A text without spaces around it, and with one where there are several.
pub(super) fn trimmed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lose_their_marks() {
        let cases = [("Zoë", "Zoe"), ("Müller-Lüdenscheidt", "Muller-Ludenscheidt"), ("O'Brien", "OBrien")];
        for (text, wanted) in cases {
            assert_eq!(plain(text), wanted);
        }
        assert_eq!((plain("Groß Łódź").as_str(), plain("李").as_str()), ("GrossLodz", ""));
    }

    #[test]
    fn titles_are_made_of_one_case_only() {
        let cases = [("O'BRIEN", "O'Brien"), ("mary ann", "Mary Ann"), ("McDonald", "McDonald"), ("ÉCOLE", "École")];
        for (text, wanted) in cases {
            assert_eq!(title(text), wanted);
        }
        assert_eq!(trimmed("  a \t b\u{a0}"), "a b");
    }
}
