//! Values in forms that the strict reading refuses but whose meaning is certain.

use super::is_reference;
use super::leaf::{self, Step};
use crate::habit::Habit;
use oneroster::model::{Field, Type};
use oneroster::record::Status;
use oneroster::time::{Date, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Number, Value, json};

/// Words that are read as a boolean.
const TRUE: [&str; 4] = ["yes", "y", "t", "on"];
const FALSE: [&str; 4] = ["no", "n", "f", "off"];

/// Words that are read as the status of a deleted record, beside the strict ones.
const DELETED: [&str; 3] = ["deleted", "inactive", "to be deleted"];

/// Repairs the value at a path; says how, or that it cannot.
pub(super) fn at(object: &mut Value, path: &str, field: &'static Field) -> Option<Habit> {
    let mut steps = leaf::steps(path);
    // A reference whose identifier is missing is repaired as a whole.
    if is_reference(field.ty) && steps.last() == Some(&Step::Name("sourcedId")) && steps.len() > 1 {
        steps.pop();
    }
    let value = leaf::value(object, &steps)?;
    if let Value::Array(items) = value
        && !matches!(field.ty, Type::Rows(_) | Type::Pairs(..))
        && items.len() == 1
    {
        *value = items.remove(0);
        return Some(Habit::ListForSingle);
    }
    let (repaired, habit) = repaired(value, field)?;
    *value = repaired;
    Some(habit)
}

fn repaired(value: &Value, field: &'static Field) -> Option<(Value, Habit)> {
    match (field.ty, value) {
        (ty, _) if is_reference(ty) => reference(value),
        (Type::Word(_), Value::String(word)) if field.name == "status" => {
            status(word).map(|status| (json!(status.word()), Habit::StatusWord))
        }
        (Type::Bool, Value::String(word)) => {
            let said = |words: [&str; 4]| words.iter().any(|known| word.trim().eq_ignore_ascii_case(known));
            let truth = if said(TRUE) { Some(true) } else { said(FALSE).then_some(false) };
            truth
                .or_else(|| word.trim().to_ascii_lowercase().parse().ok())
                .map(|truth| (json!(truth.to_string()), Habit::BooleanWord))
        }
        (Type::Number, Value::String(text)) => {
            let number: Number = serde_json::from_str(text.trim()).ok()?;
            Some((Value::Number(number), Habit::TextForNumber))
        }
        (Type::Number, Value::Null) => None,
        (Type::Date, Value::String(text)) => Some((json!(day(text)?.to_string()), Habit::DateForm)),
        (Type::DateTime, Value::String(text)) => Some((json!(zoneless(text)?.to_string()), Habit::InstantWithoutZone)),
        (Type::Text | Type::Word(_) | Type::Year, Value::Bool(truth)) => {
            Some((json!(truth.to_string()), Habit::JsonBoolean))
        }
        _ => None,
    }
}

/// A bare identifier, or one under another name, or the end of an address.
fn reference(value: &Value) -> Option<(Value, Habit)> {
    match value {
        Value::String(id) if !id.is_empty() => Some((json!({ "sourcedId": id }), Habit::ReferenceAsText)),
        Value::String(_) => Some((Value::Null, Habit::NullMember)),
        Value::Number(id) => Some((json!({ "sourcedId": id.to_string() }), Habit::ReferenceAsText)),
        Value::Object(object) => {
            if object.is_empty() || object.get("sourcedId").is_some_and(Value::is_null) && !object.contains_key("href")
            {
                return Some((Value::Null, Habit::NullMember));
            }
            let href = object.get("href")?.as_str()?;
            let path = href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
            let (before, last) = path.rsplit_once('/')?;
            let id = percent_decode_str(last).decode_utf8().ok()?;
            (!before.is_empty() && !id.is_empty()).then(|| (json!({ "sourcedId": id }), Habit::ReferenceByHref))
        }
        _ => None,
    }
}

fn status(word: &str) -> Option<Status> {
    let word = word.trim();
    let strict =
        [Status::Active, Status::ToBeDeleted].into_iter().find(|status| status.word().eq_ignore_ascii_case(word));
    let deleted = DELETED.iter().any(|known| known.eq_ignore_ascii_case(word));
    strict.or_else(|| deleted.then_some(Status::ToBeDeleted))
}

/// `20260824` and `2026-8-4`: year first, so that the day is certain.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<i32>().ok()).flatten();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Date::from_ymd(digits(&text[..4])?, digits(&text[4..6])?, digits(&text[6..])?);
    }
    let text = text.split(['T', ' ']).next()?;
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => Date::from_ymd(digits(year)?, digits(month)?, digits(day)?),
        _ => None,
    }
}

/// `2026-08-14T06:30:05`, with a blank for the T, with a fraction.
fn zoneless(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', ' '])?;
    Date::parse(date)?;
    let clock = time.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.');
    // An hour and a minute alone are a time, too.
    let seconds = if time.matches(':').count() == 1 { ":00" } else { "" };
    clock.then(|| Timestamp::parse(&format!("{date}T{time}{seconds}Z"))).flatten()
}
