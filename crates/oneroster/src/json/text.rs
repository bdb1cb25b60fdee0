//! Pieces of JSON text, written without allocation.

/// Appends the inside of a JSON string; `escape` says whether anything in it
/// needs escaping, as packed values know of themselves.
#[inline]
pub(super) fn text(bytes: &[u8], escape: bool, out: &mut Vec<u8>) {
    if escape {
        escaped(bytes, out);
    } else {
        out.extend_from_slice(bytes);
    }
}

/// Appends a whole JSON string, quotes included.
pub(super) fn string(value: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escaped(value.as_bytes(), out);
    out.push(b'"');
}

#[cold]
fn escaped(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut written = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        let unicode;
        let replacement: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => {
                unicode = [b'\\', b'u', b'0', b'0', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                &unicode
            }
            _ => continue,
        };
        out.extend_from_slice(&bytes[written..i]);
        out.extend_from_slice(replacement);
        written = i + 1;
    }
    out.extend_from_slice(&bytes[written..]);
}

/// Whether the bytes are a JSON number, to the letter of its grammar.
pub(super) fn is_number(bytes: &[u8]) -> bool {
    fn digits(bytes: &[u8]) -> usize {
        bytes.iter().take_while(|b| b.is_ascii_digit()).count()
    }
    let rest = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let n = digits(fraction);
        if n == 0 {
            return false;
        }
        rest = &fraction[n..];
    }
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        let exponent = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

/// Whether the bytes are one JSON value.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    // Nearly every value is a plain string, which needs no parser.
    if let Some(inside) = bytes.strip_prefix(b"\"").and_then(|b| b.strip_suffix(b"\""))
        && !crate::record::needs_escape(inside)
    {
        return std::str::from_utf8(inside).is_ok();
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_those_of_the_grammar() {
        for good in ["0", "-0", "91.5", "100", "1e9", "1E+9", "0.5e-3", "-12.25"] {
            assert!(is_number(good.as_bytes()), "{good}");
        }
        for bad in ["", "-", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", "NaN", "1 ", " 1", "1,5", "--1"] {
            assert!(!is_number(bad.as_bytes()), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_string_is_read_back_by_a_parser(value in any::<String>()) {
            let mut out = Vec::new();
            string(&value, &mut out);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), value);
        }

        #[test]
        fn numbers_agree_with_a_parser(value in "-?[0-9.eE+-]{1,8}") {
            prop_assert_eq!(is_number(value.as_bytes()), is_json(value.as_bytes()));
        }

        #[test]
        fn json_agrees_with_a_parser(value in "[\"\\\\a{}:\\[\\]0, ]{0,8}") {
            prop_assert_eq!(is_json(value.as_bytes()), serde_json::from_str::<serde_json::Value>(&value).is_ok());
        }
    }
}
