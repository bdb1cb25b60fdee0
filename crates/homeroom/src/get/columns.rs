//! Records as rows of texts: which members, and how a value reads in a cell.

use oneroster::at;
use oneroster::csv::write::write_cell;
use oneroster::model::{Field, Kind, Privacy, Slot, Type, Version};
use serde_json::Value;

/// What a table shows of a kind, if nothing else is asked: enough to know a
/// record by, and where it belongs.
const SHOWN: &[(Kind, &[Slot])] = &[
    (Kind::Org, &[Slot::SourcedId, own(at!(Org.name)), own(at!(Org.type)), own(at!(Org.identifier))]),
    (
        Kind::AcademicSession,
        &[
            Slot::SourcedId,
            own(at!(AcademicSession.title)),
            own(at!(AcademicSession.type)),
            own(at!(AcademicSession.startDate)),
            own(at!(AcademicSession.endDate)),
        ],
    ),
    (Kind::Course, &[Slot::SourcedId, own(at!(Course.title)), own(at!(Course.courseCode)), own(at!(Course.org))]),
    (
        Kind::Class,
        &[
            Slot::SourcedId,
            own(at!(Class.title)),
            own(at!(Class.classCode)),
            own(at!(Class.course)),
            own(at!(Class.school)),
        ],
    ),
    (
        Kind::User,
        &[
            Slot::SourcedId,
            own(at!(User.givenName)),
            own(at!(User.familyName)),
            own(at!(User.role)),
            own(at!(User.username)),
            own(at!(User.grades)),
        ],
    ),
    (
        Kind::Enrollment,
        &[
            Slot::SourcedId,
            own(at!(Enrollment.user)),
            own(at!(Enrollment.role)),
            own(at!(Enrollment.class)),
            own(at!(Enrollment.beginDate)),
            own(at!(Enrollment.endDate)),
        ],
    ),
    (Kind::Demographics, &[Slot::SourcedId, own(at!(Demographics.birthDate)), own(at!(Demographics.sex))]),
];

const fn own(field: u8) -> Slot {
    Slot::Own(field)
}

/// The members that a table shows.
pub(super) fn of_table(kind: Kind, version: Version) -> Vec<Slot> {
    let shown = SHOWN.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, slots)| *slots);
    let there = |slot: &Slot| kind.entity().field(*slot).in_json(version);
    shown.iter().copied().filter(there).collect()
}

/// Every member that has a value of its own and is no secret. What lies below a
/// record is no value of its own.
pub(super) fn all(kind: Kind, version: Version) -> Vec<Slot> {
    let derived = |field: &Field| {
        matches!(field.ty, Type::Through(_)) || (field.csv.is_empty() && matches!(field.ty, Type::Ref(..)))
    };
    let members = kind.entity().members(version);
    members.filter(|(_, field)| field.privacy != Privacy::Secret && !derived(field)).map(|(slot, _)| slot).collect()
}

/// The names of members.
pub(super) fn names(kind: Kind, slots: &[Slot]) -> Vec<&'static str> {
    slots.iter().map(|slot| kind.entity().field(*slot).name).collect()
}

/// What a member is in one cell: of metadata each value with its name, for the
/// names are not those of the standard.
pub(super) fn of_field(field: &Field, value: &Value) -> String {
    match (field.ty, value) {
        (Type::Metadata, Value::Object(members)) => {
            let named = |(name, value): (&String, &Value)| Value::String(format!("{name}={}", cell(value)));
            list(&members.iter().map(named).collect::<Vec<_>>())
        }
        _ => cell(value),
    }
}

/// A value in one cell: a reference by its identifier, a list with commas
/// between, as the files of the standard write lists (an item that has commas
/// itself in quotes), an object by its values.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => list(items),
        Value::Object(members) => match members.get("sourcedId") {
            Some(id) if members.contains_key("href") => cell(id),
            _ => joined(members.values(), " "),
        },
        other => other.to_string(),
    }
}

fn list(items: &[Value]) -> String {
    let mut text = String::new();
    for item in items.iter().map(cell).filter(|item| !item.is_empty()) {
        if !text.is_empty() {
            text.push(',');
        }
        write_cell(&mut text, &item);
    }
    text
}

fn joined<'a>(values: impl Iterator<Item = &'a Value>, between: &str) -> String {
    values.map(cell).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster_client::get::collections;
    use serde_json::json;

    #[test]
    fn every_collection_has_a_table_in_either_version() {
        for (word, route) in collections() {
            for version in Version::ALL {
                let shown = of_table(route.kind, version);
                assert!(shown.len() >= 3, "{word} {version}: {:?}", names(route.kind, &shown));
                assert!(shown.iter().all(|slot| all(route.kind, version).contains(slot)), "{word}");
            }
        }
        let user = names(Kind::User, &all(Kind::User, Version::V1P2));
        assert!(user.contains(&"email") && !user.contains(&"password"), "{user:?}");
    }

    #[test]
    fn values_read_in_a_cell() {
        let org = json!({ "href": "/orgs/o1", "sourcedId": "o1", "type": "org" });
        assert_eq!(cell(&json!(["09", "10"])), "09,10");
        assert_eq!(
            cell(&json!(["Reading, Writing", "the \"new\" Art"])),
            "\"Reading, Writing\",\"the \"\"new\"\" Art\""
        );
        assert_eq!(cell(&org), "o1");
        assert_eq!(cell(&json!([{ "roleType": "primary", "role": "student", "org": org }])), "primary student o1");
        assert_eq!(cell(&json!({ "type": "ldap", "identifier": "zoe" })), "ldap zoe");
        let named = json!({ "language": "en, fr", "bus": 4 });
        let metadata = Kind::User.entity().metadata().map(|at| Kind::User.entity().field(own(at))).unwrap();
        assert_eq!(of_field(metadata, &named), "\"language=en, fr\",bus=4");
        assert_eq!((cell(&json!(null)), cell(&json!(2.5))), (String::new(), "2.5".to_owned()));
    }
}
