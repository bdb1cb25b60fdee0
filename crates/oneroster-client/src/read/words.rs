//! Words of vocabularies: in the case of the standard, and those it lacks named.

use super::Reader;
use crate::habit::Habit;
use oneroster::at;
use oneroster::model::{Kind, Type, Version};
use oneroster::record::Record;
use oneroster::validate::GRADES;

/// Brings words to the case of the vocabulary; names those that it does not
/// have and keeps them, for what they mean is not ours to say.
pub(super) fn settle(reader: &Reader, record: &mut Record) {
    let version = reader.edition.version();
    if let Some(field) = grades(record.kind())
        && record.list(field).any(|grade| !GRADES.contains(&grade))
    {
        reader.note(Habit::GradeCode, record.kind().entity().fields[usize::from(field)].name, record);
    }
    for (i, field) in (0u8..).zip(record.kind().entity().fields) {
        match field.ty {
            Type::Word(_) => {
                if let Some(habit) = word(record, i, version) {
                    reader.note(habit, field.name, record);
                }
            }
            Type::Rows(kind) => rows(reader, record, i, kind, version),
            _ => {}
        }
    }
}

/// The grade levels of a kind.
pub(crate) fn grades(kind: Kind) -> Option<u8> {
    match kind {
        Kind::Course => Some(at!(Course.grades)),
        Kind::Class => Some(at!(Class.grades)),
        Kind::User => Some(at!(User.grades)),
        _ => None,
    }
}

/// Brings one word to the case of its vocabulary; says what was met.
fn word(record: &mut Record, i: u8, version: Version) -> Option<Habit> {
    let Type::Word(vocabulary) = record.kind().entity().fields.get(usize::from(i))?.ty else { return None };
    let word = record.get(i)?;
    let known = |version: Version| vocabulary.words(version).find(|known| known.eq_ignore_ascii_case(word));
    if vocabulary.words(version).any(|known| known == word) {
        return None;
    }
    if let Some(meant) = known(version) {
        record.set(i, meant);
        return Some(Habit::WordInOtherCase);
    }
    let of_other = Version::ALL.into_iter().find_map(known);
    match of_other {
        Some(meant) => {
            record.set(i, meant);
            Some(Habit::OtherVersion)
        }
        None if vocabulary.allows(version, word) => None,
        None => Some(Habit::WordUnknown),
    }
}

/// Words of nested rows. Rows are replaced only if one of them was brought to
/// the case of its vocabulary.
fn rows(reader: &Reader, record: &mut Record, i: u8, kind: Kind, version: Version) {
    let fields = kind.entity().fields;
    let as_written = |row: &Record| {
        (0u8..).zip(fields).all(|(at, field)| match field.ty {
            Type::Word(vocabulary) => {
                row.get(at).is_none_or(|word| vocabulary.words(version).any(|known| known == word))
            }
            _ => true,
        })
    };
    if record.rows(i).all(as_written) {
        return;
    }
    let worded: Vec<u8> =
        (0u8..).zip(fields).filter(|(_, f)| matches!(f.ty, Type::Word(_))).map(|(at, _)| at).collect();
    let mut rows: Vec<Record> = record.rows(i).cloned().collect();
    let mut met = Vec::new();
    for row in &mut rows {
        met.extend(worded.iter().filter_map(|at| word(row, *at, version).map(|habit| (habit, *at))));
    }
    for (habit, at) in &met {
        let outer = record.kind().entity().fields[usize::from(i)].name;
        reader.note(*habit, &format!("{outer}.{}", fields[usize::from(*at)].name), record);
    }
    if met.iter().any(|(habit, _)| *habit != Habit::WordUnknown) {
        replace(record, i, rows);
    }
}

fn replace(record: &mut Record, i: u8, rows: Vec<Record>) {
    let others: Vec<(u8, Record)> = (0u8..)
        .zip(record.kind().entity().fields)
        .filter(|(at, field)| *at != i && matches!(field.ty, Type::Rows(_)))
        .flat_map(|(at, _)| record.rows(at).cloned().map(move |row| (at, row)).collect::<Vec<_>>())
        .collect();
    record.drop_rows();
    for (at, row) in others.into_iter().chain(rows.into_iter().map(|row| (i, row))) {
        record.push_row(at, row);
    }
}
