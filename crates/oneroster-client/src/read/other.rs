//! Members that the class of this version does not have: those of the other
//! version, those in other case, and those that are nobody's.

use super::Reader;
use crate::habit::Habit;
use oneroster::json::decode::decode;
use oneroster::model::{Edition, Kind, Slot, Type, Version};
use oneroster::record::Record;
use serde_json::{Value, json};

/// The member that some call otherwise: `school` for `org` (Aeries).
const SCHOOL: &str = "school";
const ORG: &str = "org";

/// Reads what can be read of the unknown members, and names the others.
pub(super) fn settle(reader: &Reader, record: &mut Record, object: &Value, unknown: &[&str]) {
    let version = reader.edition.version();
    for name in unknown {
        let habit = match object.get(*name) {
            Some(value) => known(reader, record, object, name, value, version),
            None => None,
        };
        reader.note(habit.unwrap_or(Habit::UnknownMember), name, record);
    }
}

fn known(
    reader: &Reader,
    record: &mut Record,
    object: &Value,
    name: &str,
    value: &Value,
    version: Version,
) -> Option<Habit> {
    let entity = reader.kind.entity();
    let absent = |name: &str| object.get(name).is_none_or(Value::is_null);
    let free = |name: &str| entity.member(name, version).is_some() && absent(name);
    if let Some((_, field)) = entity.members(version).find(|(_, f)| f.name.eq_ignore_ascii_case(name) && absent(f.name))
    {
        return take(reader.kind, version, record, field.name, value).map(|()| Habit::NameInOtherCase);
    }
    if name == SCHOOL && free(ORG) {
        return take(reader.kind, version, record, ORG, value).map(|()| Habit::SchoolForOrg);
    }
    let other = Version::ALL.into_iter().find(|other| *other != version)?;
    // Of 1.0 nothing is later.
    if reader.edition == Edition::V1P0 || entity.member(name, other).is_none() {
        return None;
    }
    take(reader.kind, other, record, name, value).map(|()| Habit::OtherVersion)
}

/// Reads one member by the rules of a version and adds it to the record.
fn take(kind: Kind, version: Version, record: &mut Record, name: &str, value: &Value) -> Option<()> {
    let read = decode(kind, version, &json!({ name: value })).ok()?.record;
    let (slot, field) = kind.entity().member(name, version)?;
    match slot {
        Slot::SourcedId if record.sourced_id.is_empty() => record.sourced_id = read.sourced_id,
        Slot::Status => record.status = read.status,
        Slot::Modified => record.modified = read.modified,
        Slot::SourcedId => {}
        Slot::Own(i) => {
            if matches!(field.ty, Type::Rows(_)) {
                for row in read.rows(i) {
                    record.push_row(i, row.clone());
                }
            }
            for value in read.list(i) {
                record.push(i, value);
            }
        }
    }
    Some(())
}
