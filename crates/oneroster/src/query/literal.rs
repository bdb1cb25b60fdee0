//! The right side of a clause, read as the type of its left side wants it.

use super::ast::{Literal, Part, Path, Predicate};
use super::fold::{folded, normal};
use crate::model::{Field, Type};
use crate::time::{Date, Timestamp};

/// What stands before the sourcedId of a `UserProfile` where JSON shows it as
/// a URI (csv.md 6.1).
pub const PROFILE_URI: &str = "urn:oneroster:userProfile:";

/// Why a predicate does not go with a path, if it does not.
pub(super) fn unsuitable(path: &Path, predicate: Predicate) -> Option<&'static str> {
    let ty = compared(path);
    match predicate {
        Predicate::Contains if matches!(ty, Type::Date | Type::DateTime | Type::Number) => {
            Some("The predicate ~ looks into texts; days, times and numbers are compared by = != < <= > >=.")
        }
        _ if !predicate.is_order() => None,
        _ if matches!(path.part, Part::Left | Part::Right) => {
            Some("Identifiers in lists of pairs have no order; use = != or ~.")
        }
        _ if path.is_many() && !matches!(path.part, Part::Row(_) | Part::RowRefType(_)) => {
            Some("A list has no order; use = != or ~.")
        }
        _ if matches!(ty, Type::Bool | Type::Word(_)) => {
            Some("A word of a fixed list, such as true or active, has no order; use = != or ~.")
        }
        _ => None,
    }
}

/// What values of the path are compared as: pairs, metadata and the type of a
/// reference are texts or words, whatever the field is.
fn compared(path: &Path) -> Type {
    match path.part {
        Part::Value | Part::Row(_) => path.leaf().ty,
        Part::Left | Part::Right | Part::Metadata(_) => Type::Text,
        Part::RefType | Part::RowRefType(_) => Type::Bool,
    }
}

/// Reads a literal; the error says what was wanted.
pub(super) fn literal(path: &Path, predicate: Predicate, text: String) -> Result<Literal, &'static str> {
    match compared(path) {
        Type::Date => Date::parse(text.trim()).map(Literal::Date).ok_or("A day is wanted, such as 2026-08-01."),
        Type::DateTime => instant(text.trim())
            .map(Literal::Timestamp)
            .ok_or("A day or an instant is wanted, such as 2026-08-01 or 2026-08-01T06:30:00.000Z."),
        Type::Number => number(text.trim()).map(Literal::Number).ok_or("A number is wanted, such as 12.5."),
        _ => Ok(words(path, predicate, text)),
    }
}

fn words(path: &Path, predicate: Predicate, text: String) -> Literal {
    let contains = predicate == Predicate::Contains;
    if path.is_identifier() {
        let id = match text.strip_prefix(PROFILE_URI) {
            Some(id) if is_profile(path.leaf()) => id.to_owned(),
            _ => text,
        };
        return Literal::Text(if contains { id.to_lowercase() } else { id });
    }
    let form = |text: &str| if contains { folded(text) } else { normal(text) };
    if path.part != Part::Value || !path.field().many {
        return Literal::Text(form(&text));
    }
    let mut items: Vec<String> = text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(form).collect();
    if items.is_empty() {
        // Asks for an empty item, which no list has.
        items.push(String::new());
    }
    Literal::List(items)
}

/// Whether JSON shows values of the field as URIs of user profiles.
fn is_profile(field: &Field) -> bool {
    matches!(field.ty, Type::ProfileRef | Type::SourcedId)
}

/// Reads an instant of the years that the standard can write. A `+` of an
/// offset that was sent bare has become a space.
fn instant(text: &str) -> Option<Timestamp> {
    let repaired = || {
        let at = text.len().checked_sub("+00:00".len())?;
        (text.is_char_boundary(at) && text[at..].starts_with(' ')).then(|| text.replacen(' ', "+", 1))
    };
    let read = Timestamp::parse_lenient(text).or_else(|| Timestamp::parse(&repaired()?))?;
    (0..=9999).contains(&read.date().ymd().0).then_some(read)
}

/// Reads a decimal number, with or without an exponent.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'e' | b'E' | b'+');
    if text.starts_with('+') || !text.as_bytes().iter().all(digits) {
        return None;
    }
    text.parse().ok().filter(|n: &f64| n.is_finite())
}
