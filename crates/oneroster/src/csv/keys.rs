//! Keys that are no identifiers of the standard, kept by consent (csv.md D58),
//! as files of the standard can hold them.

use crate::model::{LONGEST_ID, is_id_byte, is_sourced_id};
use std::borrow::Cow;
use std::fmt::Write;

/// Whether a text may be kept as a key by consent (csv.md D58): anything that
/// can be seen, and is no longer than an identifier also as exports write it.
pub fn is_raw_key(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && !text.chars().any(char::is_control) && is_sourced_id(&written_key(text))
}

/// The key as files write it: an identifier as it is; of any other text each
/// byte that identifiers do not have as `_x` and two hexadecimal digits.
///
/// Different keys are written differently, but for an identifier that looks
/// like what is written of another key.
pub fn written_key(key: &str) -> Cow<'_, str> {
    if is_sourced_id(key) || key.is_empty() {
        return Cow::Borrowed(key);
    }
    let mut out = String::with_capacity(key.len() + 16);
    let bytes = key.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let mark = byte == b'_' && bytes.get(at + 1) == Some(&b'x');
        if is_id_byte(byte) && !mark {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "_x{byte:02X}");
        }
    }
    Cow::Owned(out)
}

/// The key that [`written_key`] wrote so; `None` if nothing was escaped in it.
pub fn read_key(written: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("_x") {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(..2).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok().filter(|key| key != written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn identifiers_stay_and_other_keys_are_escaped() {
        for (key, wanted) in [
            ("usr-1_xy", "usr-1_xy"),
            ("Smith John", "Smith_x20John"),
            ("A&B", "A_x26B"),
            ("10:2", "10_x3A2"),
            ("a_x20 b", "a_x5Fx20_x20b"),
            ("Zoë", "Zo_xC3_xAB"),
        ] {
            assert_eq!(written_key(key), wanted);
        }
        assert_eq!(read_key("usr-1_xy"), None);
    }

    proptest! {
        #[test]
        fn a_key_is_read_back(key in "[a-c_x2 :é#]{1,20}") {
            let written = written_key(&key).into_owned();
            prop_assert!(is_sourced_id(&written));
            if written != key {
                prop_assert_eq!(read_key(&written), Some(key));
            }
        }

        #[test]
        fn any_text_is_read_or_not(text in "\\PC{0,20}") {
            let _ = read_key(&text);
        }
    }
}
