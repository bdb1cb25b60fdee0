//! Identifiers that a spreadsheet spoiled: what is suspected, never repaired
//! (csv.md D30, D31, D33 to D35).

use super::rules::Code;
use super::tables::{Ids, State};
use crate::csv::lenient::is_placeholder;

/// Why an identifier that has the right characters cannot be one.
#[inline]
pub(super) fn odd(id: &str) -> Option<Code> {
    match id.as_bytes() {
        [b'0'..=b'9', b'.', ..] if is_scientific(id) => Some(Code::D31),
        [b'N' | b'n' | b'#' | b'-', ..] if is_placeholder(id) => Some(Code::D33),
        _ => None,
    }
}

/// The rule of an identifier that has other characters than the standard's.
pub(super) fn unfit(id: &str) -> Code {
    let typographic = |c: char| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2018}'..='\u{201f}' | '\u{2212}');
    match () {
        () if is_scientific(id) => Code::D31,
        () if is_placeholder(id) => Code::D33,
        () if id.contains(typographic) => Code::D35,
        () => Code::D58,
    }
}

/// What a reference that names nothing may have been: an identifier that lost
/// its zeros, or got a decimal part.
#[cold]
pub(super) fn lost(ids: &Ids, text: &str) -> Option<Code> {
    let known = |id: &str| matches!(ids.look_up(id), Some((_, State::Good)));
    if is_scientific(text) {
        return Some(Code::D31);
    }
    let whole = text.strip_suffix(".0").unwrap_or(text);
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if (whole.len() < text.len() && known(whole)) || known(&format!("{whole}.0")) {
        return Some(Code::D34);
    }
    let bare = whole.trim_start_matches('0');
    let padded = (1..=12usize.saturating_sub(bare.len())).any(|zeros| known(&format!("{}{bare}", "0".repeat(zeros))));
    (known(bare) || padded).then_some(Code::D30)
}

/// `1.23457E+11`: the digits are gone. Without a point or a plus sign it may be
/// an identifier such as `2E3`.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once('E') else { return false };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let marked = mantissa.contains('.') || exponent.starts_with('+');
    marked && whole.len() == 1 && digits(whole) && digits(part) && digits(exponent.trim_start_matches('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoiled_identifiers_are_told_apart() {
        for (id, wanted) in [("1.5E11", Some(Code::D31)), ("NULL", Some(Code::D33)), ("2E3", None), ("1.5", None)] {
            assert_eq!(odd(id), wanted, "{id}");
        }
        let cases =
            [("1.23457E+11", Code::D31), ("#N/A", Code::D33), ("a\u{2013}b", Code::D35), ("Smith J", Code::D58)];
        for (id, wanted) in cases {
            assert_eq!(unfit(id), wanted, "{id}");
        }
    }

    #[test]
    fn a_reference_that_lost_its_zeros_is_suspected() {
        let mut ids = Ids::default();
        for (row, id) in ["00123", "45", "7.0", "abc"].into_iter().enumerate() {
            let _ = ids.define(id, row as u32, 0);
        }
        let cases = [
            ("123", Some(Code::D30)),
            ("00045", Some(Code::D30)),
            ("45.0", Some(Code::D34)),
            ("7", Some(Code::D34)),
            ("1.2E+5", Some(Code::D31)),
            ("99", None),
            ("abcd", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(lost(&ids, text), wanted, "{text}");
        }
    }
}
