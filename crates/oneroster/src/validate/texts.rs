//! Rules over the text of a cell: length, addresses, spoiled encodings, signs
//! that spreadsheets take for formulas.

use super::remarks::Remarks;
use super::rules::Code;
use super::tally::Tally;
use crate::at;
use crate::model::Kind;
use encoding_rs::WINDOWS_1252;

/// Looks at a text that is not blank.
#[inline]
pub(super) fn look(kind: Kind, field: u8, (at, text): (usize, &str), tally: &mut Tally, remarks: &mut Remarks<'_>) {
    if text.len() > 255 && text.chars().count() > 255 {
        remarks.add(Code::V14, Some(at), text);
    }
    if !text.is_ascii() && is_spoiled(text) {
        remarks.add(Code::D11, Some(at), text);
    }
    if kind == Kind::User {
        contact(field, (at, text), remarks);
    }
    if matches!(text.as_bytes().first(), Some(b'=' | b'+' | b'@')) && !(kind == Kind::User && is_number(field)) {
        tally.add(Code::D54, Some(at), remarks.line);
    }
}

/// Addresses and numbers (V16, D49).
#[inline]
fn contact(field: u8, (at, text): (usize, &str), remarks: &mut Remarks<'_>) {
    let several = |text: &str| text.contains([',', ';']);
    if field == at!(User.email) {
        if !is_address(text) {
            let code = if several(text) && text.split([',', ';']).all(|part| is_address(part.trim())) {
                Code::D49
            } else {
                Code::V16
            };
            remarks.add(code, Some(at), text);
        }
    } else if is_number(field) && several(text) {
        remarks.add(Code::D49, Some(at), text);
    }
}

fn is_number(field: u8) -> bool {
    field == at!(User.phone) || field == at!(User.sms)
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty() && domain.contains('.') && !domain.contains('@') && !text.contains([' ', ',', ';'])
}

/// Whether UTF-8 was taken for Windows-1252 and encoded once more, as in
/// `ZoÃ«`, or signs were lost in an encoding (csv.md D11).
#[cold]
fn is_spoiled(text: &str) -> bool {
    if text.contains('\u{fffd}') {
        return true;
    }
    // A sign of two bytes or more became as many signs, the first of them one of these.
    let mut beside = text.chars().zip(text.chars().skip(1));
    if !beside.any(|(first, next)| matches!(first, '\u{c2}'..='\u{f4}') && !next.is_ascii()) {
        return false;
    }
    let (bytes, _, unmappable) = WINDOWS_1252.encode(text);
    !unmappable && !bytes.is_ascii() && std::str::from_utf8(&bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoiled_texts_are_told_from_foreign_ones() {
        for spoiled in ["ZoÃ«", "Nguyá»…n", "Oâ€™Neill", "Mu\u{fffd}oz"] {
            assert!(is_spoiled(spoiled), "{spoiled}");
        }
        for good in ["Zoë", "SÃO PAULO", "Novák", "Nguyễn", "東京", "O’Neill", "Ã"] {
            assert!(!is_spoiled(good), "{good}");
        }
    }
}
