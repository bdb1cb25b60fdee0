//! Texts of other forms, and what they can only mean (csv.md 5.9).

use super::cell::{Repairs, Value};
use crate::time::Date;
use crate::validate::Code;

pub(super) fn lenient_flag<'a>(text: &str, repairs: &mut Repairs) -> Result<Value<'a>, Code> {
    for flag in [true, false] {
        if text.eq_ignore_ascii_case(Value::Flag(flag).text()) {
            repairs.add(Code::D24);
            return Ok(Value::Flag(flag));
        }
    }
    Err(Code::V6)
}

pub(super) fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The later year of `2026-2027`, the form of csv.md D56 that needs no guess.
pub(super) fn year_of_range<'a>(text: &'a str, repairs: &mut Repairs) -> Result<&'a str, Code> {
    let (from, to) = text.split_once(['-', '/']).ok_or(Code::V5)?;
    let numbers = from.parse::<u16>().ok().zip(to.parse::<u16>().ok());
    if is_year(from) && is_year(to) && numbers.is_some_and(|(a, b)| a.checked_add(1) == Some(b)) {
        repairs.add(Code::D56);
        return Ok(to);
    }
    Err(Code::V5)
}

pub(super) fn is_number(text: &str, decimal: bool) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !decimal {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        return plain && (digits == "0" || !digits.starts_with('0'));
    }
    let (mantissa, exponent) = digits.split_once(['e', 'E']).map_or((digits, None), |(m, e)| (m, Some(e)));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let exponent_good = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && all(e)
    });
    all(whole) && all(part) && !(whole.is_empty() && part.is_empty()) && exponent_good
}

/// Year first, or a day above 12 that shows which number the month is.
pub(super) fn unambiguous_date(text: &str) -> Option<Date> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return ymd(text.get(0..4)?, text.get(4..6)?, text.get(6..8)?);
    }
    let mut parts = text.split(['/', '.', '-']);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || [a, b, c].iter().any(|p| p.is_empty() || !p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    if a.len() == 4 && b.len() <= 2 && c.len() <= 2 {
        return ymd(a, b, c);
    }
    let (first, second) = (a.parse::<u8>().ok()?, b.parse::<u8>().ok()?);
    match (c.len() == 4, first > 12, second > 12) {
        (true, false, true) => ymd(c, a, b),
        (true, true, false) => ymd(c, b, a),
        (true, false, false) if first == second => ymd(c, a, b),
        _ => None,
    }
}

fn ymd(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

pub(super) fn json_pairs(text: &str, mut pair: impl FnMut(&str, &str)) -> Result<(), Code> {
    let items: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|_| Code::V10)?;
    for item in &items {
        let member = |name: &str| item.get(name).and_then(serde_json::Value::as_str).filter(|t| !t.is_empty());
        match (member("type"), member("identifier"), item.as_str()) {
            (left, Some(right), _) => pair(left.unwrap_or("unknown"), right),
            (_, _, Some(id)) if !id.is_empty() => pair("unknown", id),
            _ => return Err(Code::V10),
        }
    }
    Ok(())
}
