//! Identifiers spelled so that they stand in a URL as they are, for consumers
//! that put them there without a thought.
//!
//! Letters, digits, `.`, `-`, `_` and `@` stay; every other byte is `_x` and two
//! hexadecimal digits, as files write keys that are no identifiers of the
//! standard. No two identifiers come to one spelling, and every spelling leads
//! back to its identifier.

use crate::json::target;
use crate::model::{Field, Kind, Place, Slot, Type};
use crate::query::{Filter, Literal, Path, Predicate};
use crate::record::Record;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Stands before the digits of a byte.
const MARK: &str = "_x";
/// What nothing is called: identifiers have no control characters.
pub(super) const NOBODY: &str = "\u{1f}";

fn stays(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-_@".contains(&byte)
}

/// The byte that is written at the beginning of a text, and what follows.
fn written(text: &str) -> Option<(u8, &str)> {
    let digits = text.strip_prefix(MARK)?;
    let (digits, rest) = (digits.get(..2)?, digits.get(2..)?);
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    Some((u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?, rest))
}

/// How an identifier is spelled.
pub fn spell(id: &str) -> Cow<'_, str> {
    // These two are steps of a path.
    let step = matches!(id, "." | "..");
    if !step && id.bytes().all(stays) && !id.contains(MARK) {
        return id.into();
    }
    let mut spelled = String::with_capacity(id.len() + 16);
    for (at, c) in id.char_indices() {
        let mark = || written(&id[at..]).is_some();
        if !step && c.is_ascii() && stays(c as u8) && !mark() {
            spelled.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(spelled, "{MARK}{byte:02X}");
        }
    }
    spelled.into()
}

/// The identifier that is spelled so; `None` if none is.
pub fn spelled_as(text: &str) -> Option<String> {
    let id = plain(text)?;
    (spell(&id) == text).then_some(id)
}

/// A text without marks, however its digits are written.
fn plain(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some(at) = rest.find(MARK) {
        let (before, from) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        rest = match written(from) {
            Some((byte, rest)) => {
                bytes.push(byte);
                rest
            }
            None => {
                bytes.extend_from_slice(MARK.as_bytes());
                from.strip_prefix(MARK)?
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

/// A record with its identifier, and those it names, spelled.
pub fn spell_record(record: &Record) -> Record {
    let spelled = map(record, true, &|id| Some(spell(id).into_owned()));
    spelled.unwrap_or_else(|_| Record::new(record.kind()))
}

/// A record whose identifiers are spelled, with those that are meant.
///
/// # Errors
/// The member that holds what is no spelling.
pub fn unspell_record(record: &Record) -> Result<Record, &'static str> {
    map(record, true, &spelled_as)
}

/// Lets a filter that speaks of spelled identifiers speak of those that are
/// meant. Orders and parts compare the identifiers themselves.
pub fn unspell_filter(filter: &mut Filter) {
    for clause in filter.clauses.iter_mut().filter(|clause| speaks_of_ids(&clause.path)) {
        let part = clause.predicate == Predicate::Contains;
        let meant = |text: &str| match part {
            true => plain(text).map_or_else(|| text.to_owned(), |text| text.to_lowercase()),
            false => spelled_as(text).unwrap_or_else(|| NOBODY.to_owned()),
        };
        match &mut clause.literal {
            Literal::Text(text) => *text = meant(text),
            Literal::List(items) => items.iter_mut().for_each(|item| *item = meant(item)),
            Literal::Date(_) | Literal::Timestamp(_) | Literal::Number(_) => {}
        }
    }
}

pub(super) fn speaks_of_ids(path: &Path) -> bool {
    path.is_identifier() && (path.slot == Slot::SourcedId || names(path.leaf()))
}

/// Whether a field names records that have paths of their own.
fn names(field: &Field) -> bool {
    target(field).is_some_and(has_paths)
}

fn has_paths(kind: Kind) -> bool {
    kind.entity().place == Place::Class
}

/// A record with its identifier, if it has a path, and those it names in another
/// form.
pub(super) fn map(
    record: &Record,
    top: bool,
    spelling: &dyn Fn(&str) -> Option<String>,
) -> Result<Record, &'static str> {
    let kind = record.kind();
    let mut mapped = Record::new(kind);
    mapped.sourced_id = match top && has_paths(kind) {
        true => spelling(&record.sourced_id).ok_or("sourcedId")?,
        false => record.sourced_id.clone(),
    };
    (mapped.status, mapped.modified) = (record.status, record.modified);
    for (field, position) in kind.entity().fields.iter().zip(0u8..) {
        if let Type::Rows(_) = field.ty {
            for row in record.rows(position) {
                mapped.push_row(position, map(row, false, spelling)?);
            }
            continue;
        }
        let named = names(field);
        for value in record.list(position) {
            if named && !value.is_empty() {
                mapped.push(position, &spelling(value).ok_or(field.name)?);
            } else {
                mapped.push(position, value);
            }
        }
    }
    Ok(mapped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at;
    use crate::model::Version;
    use crate::query::{matches, parse_filter};
    use proptest::prelude::*;

    #[test]
    fn what_cannot_stand_in_a_url_is_spelled() {
        let cases = [
            ("u-1_b.c@d", "u-1_b.c@d"),
            ("{A-1}:x", "_x7BA-1_x7D_x3Ax"),
            ("Schüler 7", "Sch_xC3_xBCler_x207"),
            ("a/b?c#d%", "a_x2Fb_x3Fc_x23d_x25"),
            ("a_x41", "a_x5Fx41"),
            ("a_xy_x4", "a_xy_x4"),
            ("_x _xa", "_x_x20_xa"),
            (".", "_x2E"),
            ("..", "_x2E_x2E"),
            (".a", ".a"),
        ];
        for (id, wanted) in cases {
            assert_eq!(spell(id), wanted);
            assert_eq!(spelled_as(wanted).as_deref(), Some(id));
        }
        for odd in ["_x41", "_xc3_xbc", "_xFF", "a b", "ü", "_x2Ea", ".", "a/b"] {
            assert_eq!(spelled_as(odd), None, "{odd}");
        }
    }

    fn enrollment(class: &str) -> Record {
        let mut record = Record::new(Kind::Enrollment);
        record.sourced_id.push_str("e 1");
        record.push(at!(Enrollment.class), class);
        record.push(at!(Enrollment.role), "student");
        record
    }

    #[test]
    fn records_name_others_as_these_are_spelled() {
        let mut user = Record::new(Kind::User);
        user.sourced_id.push_str("É 1");
        user.push(at!(User.familyName), "É 1");
        user.push(at!(User.agents), "a b");
        user.push_pair(at!(User.metadata), "a b", "\"a b\"");
        let mut role = Record::new(Kind::Role);
        role.sourced_id.push_str("r 1");
        role.push(at!(Role.org), "o 1");
        user.push_row(at!(User.roles), role);
        let spelled = spell_record(&user);
        assert_eq!((spelled.sourced_id.as_str(), spelled.get(at!(User.agents))), ("_xC3_x89_x201", Some("a_x20b")));
        assert_eq!(spelled.get(at!(User.familyName)), Some("É 1"));
        let role = spelled.rows(at!(User.roles)).next().unwrap();
        // Roles have no paths, and no identifiers over REST.
        assert_eq!((role.sourced_id.as_str(), role.get(at!(Role.org))), ("r 1", Some("o_x201")));
        assert_eq!(unspell_record(&spelled), Ok(user));
        let mut odd = enrollment("c 1");
        odd.sourced_id = "e1".to_owned();
        assert_eq!(unspell_record(&odd), Err("class"));
    }

    #[test]
    fn filters_mean_the_identifiers_themselves() {
        let record = enrollment("Ü 1");
        let holds = |text: &str| {
            let mut filter = parse_filter(text, Kind::Enrollment, Version::V1P2).unwrap().unwrap();
            unspell_filter(&mut filter);
            matches(&filter, &record)
        };
        for text in [
            "sourcedId='e_x201'",
            "class='_xC3_x9C_x201'",
            "class.sourcedId~'_xc3_xbc'",
            "role='student'",
            "class!='x'",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in
            ["sourcedId='e 1'", "class='_xc3_x9c_x201'", "class='Ü 1'", "role='_x73tudent'", "class.type='_x20'"]
        {
            assert!(!holds(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_spelling_stands_in_a_url_and_leads_back(id in "\\PC{1,20}|[_x.4aA ]{1,9}") {
            let spelled = spell(&id);
            prop_assert!(spelled.bytes().all(stays));
            prop_assert_eq!(spelled_as(&spelled), Some(id));
        }

        #[test]
        fn what_is_a_spelling_is_the_only_one(text in "[_x4a.A5F]{1,12}") {
            if let Some(id) = spelled_as(&text) {
                prop_assert_eq!(spell(&id), text);
            }
        }
    }
}
