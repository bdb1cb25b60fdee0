//! The one way in which texts are made comparable, here and in the store.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A text as `=` and the order compare it: in NFC.
pub fn normal(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// A text as `~` compares it: the Unicode lower case of its NFC, in NFC again
/// because lower case can bring letters and marks together.
pub fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { normal(&normal(text).to_lowercase()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_and_composition_do_not_matter() {
        assert_eq!(folded("ÉCOLE"), folded("e\u{301}cole"));
        assert_eq!(folded("H\u{331}"), "\u{1e96}");
        assert_eq!(normal("e\u{301}"), "é");
        assert_ne!(normal("É"), normal("é"));
    }

    proptest! {
        #[test]
        fn doing_it_twice_changes_nothing(text in "\\PC{0,20}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }
    }
}
