//! Texts of other forms, and what they can only mean (csv.md 5.9).

use super::cell::{Repairs, Value};
use crate::time::Date;
use crate::validate::Code;
use std::fmt::Write;

/// Other spellings of `true` and `false` (csv.md D25).
const FLAGS: [(&str, bool); 6] = [("1", true), ("0", false), ("y", true), ("n", false), ("yes", true), ("no", false)];

pub(super) fn lenient_flag<'a>(text: &str, repairs: &mut Repairs) -> Result<Value<'a>, Code> {
    for flag in [true, false] {
        if text.eq_ignore_ascii_case(Value::Flag(flag).text()) {
            repairs.add(Code::D24);
            return Ok(Value::Flag(flag));
        }
    }
    let (_, flag) = FLAGS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).ok_or(Code::V6)?;
    repairs.add(Code::D25);
    Ok(Value::Flag(*flag))
}

/// The word that a single letter for a sex stands for (csv.md D25).
pub(super) fn sex(text: &str) -> Option<&'static str> {
    match text {
        "M" | "m" => Some("male"),
        "F" | "f" => Some("female"),
        _ => None,
    }
}

/// What spreadsheets and databases write where there is nothing (csv.md D33).
const PLACEHOLDERS: [&str; 7] = ["NULL", "null", "N/A", "#N/A", "#REF!", "-", "none"];

/// Whether a text stands for no value.
#[inline]
pub(crate) fn is_placeholder(text: &str) -> bool {
    #[cold]
    fn is_known(text: &str) -> bool {
        PLACEHOLDERS.contains(&text)
    }
    // Most cells are longer, which is the cheaper question.
    text.len() <= 5 && matches!(text.as_bytes().first(), Some(b'N' | b'n' | b'#' | b'-')) && is_known(text)
}

/// Whether a spreadsheet made a day of a text: `12-Sep` of `9-12`, `Jan-02` of
/// `1-2` (csv.md D32).
#[inline]
pub(super) fn is_month_day(text: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let Some((left, right)) = text.split_once('-') else { return false };
    let number = |t: &str| (1..=4).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    let month = |t: &str| MONTHS.iter().any(|m| m.eq_ignore_ascii_case(t));
    (number(left) && month(right)) || (month(left) && number(right))
}

/// Whether a grade level lost its leading zero (csv.md D30).
#[inline]
pub(super) fn is_short_grade(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1'..=b'9'])
}

pub(super) fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The later year of `2026-2027` and `2026/27`, the forms of csv.md D56 that
/// need no guess; a year of two digits is put into `room`.
pub(crate) fn year_of_range<'a>(text: &'a str, room: &'a mut String) -> Option<&'a str> {
    let (from, to) = text.split_once(['-', '/'])?;
    let next = from.parse::<u16>().ok().filter(|_| is_year(from))?.checked_add(1)?;
    room.clear();
    let _ = write!(room, "{next:04}");
    let short = to.len() == 2 && room.ends_with(to);
    (to == room || short).then_some(room)
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

/// Which of two numbers before a year is the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DateOrder {
    /// It cannot be told.
    #[default]
    Open,
    /// The first, as in 17.08.2026.
    DayFirst,
    /// The second, as in 8/17/2026.
    MonthFirst,
}

impl DateOrder {
    /// What a date of a column says of the order of all of them.
    pub fn of(text: &str) -> DateOrder {
        match parts(day_of(text)).map(|[a, b, c]| (a.parse::<u8>(), b.parse::<u8>(), c.len())) {
            Some((Ok(13..), Ok(..=12), 4)) => DateOrder::DayFirst,
            Some((Ok(..=12), Ok(13..), 4)) => DateOrder::MonthFirst,
            _ => DateOrder::Open,
        }
    }
}

/// How days of other forms are read (csv.md D28).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DateRule {
    /// What the rest of the column proves of the order of day and month.
    pub order: DateOrder,
    /// Whether the day numbers of spreadsheets are taken, which needs consent.
    pub serials: bool,
}

/// The day of another form: year first, a day above 12 that shows which number
/// the month is, or the order that the column proves.
///
/// # Errors
/// D28 for the day number of a spreadsheet without consent; V3 for what is no
/// day, or could be two.
pub(super) fn lenient_date(text: &str, rule: DateRule) -> Result<Date, Code> {
    let text = day_of(text);
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let (year, rest) = text.split_at(4);
        return ymd(year, &rest[..2], &rest[2..]).ok_or(Code::V3);
    }
    if let Some(day) = serial(text) {
        return if rule.serials { Ok(day) } else { Err(Code::D28) };
    }
    let [a, b, c] = parts(text).ok_or(Code::V3)?;
    if a.len() == 4 && b.len() <= 2 && c.len() <= 2 {
        return ymd(a, b, c).ok_or(Code::V3);
    }
    let order = match (a == b, DateOrder::of(text)) {
        (true, _) => DateOrder::MonthFirst,
        (_, DateOrder::Open) => rule.order,
        (_, shown) => shown,
    };
    let day = match order {
        _ if c.len() != 4 => None,
        DateOrder::MonthFirst => ymd(c, a, b),
        DateOrder::DayFirst => ymd(c, b, a),
        DateOrder::Open => None,
    };
    day.ok_or(Code::V3)
}

/// Whether a text is a day that could be read in two ways.
pub(crate) fn is_ambiguous_date(text: &str) -> bool {
    let text = day_of(text);
    let read = |order| lenient_date(text, DateRule { order, serials: false });
    read(DateOrder::Open).is_err() && read(DateOrder::DayFirst).is_ok() && read(DateOrder::MonthFirst).is_ok()
}

/// The text without a time behind it.
fn day_of(text: &str) -> &str {
    match text.split_once(['T', ' ']) {
        Some((day, time)) if time.contains(':') && time.starts_with(|c: char| c.is_ascii_digit()) => day,
        _ => text,
    }
}

fn parts(text: &str) -> Option<[&str; 3]> {
    let mut parts = text.split(['/', '.', '-']);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    let good = |p: &&str| (1..=4).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
    (parts.next().is_none() && three.iter().all(good)).then_some(three)
}

/// The day that a spreadsheet means by a number: days since the end of 1899,
/// here those of the years 1954 to 2064.
fn serial(text: &str) -> Option<Date> {
    const EPOCH: i32 = 25_569;
    let number = text.strip_suffix(".0").unwrap_or(text);
    let plain = number.len() == 5 && number.bytes().all(|b| b.is_ascii_digit());
    let days = number.parse::<i32>().ok().filter(|n| plain && (20_000..=60_000).contains(n))?;
    Some(Date(days - EPOCH))
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
