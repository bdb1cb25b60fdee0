//! What is left of a visible record: references to invisible ones are taken out.

use crate::at;
use crate::compat::derive_v1p1;
use crate::json::target;
use crate::model::{Entity, Field, Kind, Place, Type};
use crate::record::Record;

/// Tells whether a record, by its kind and sourcedId, is visible.
pub type Shown<'a> = &'a dyn Fn(Kind, &str) -> bool;

/// The fields by which a record of a kind must name others, and what they name:
/// it is visible only if those that it names there are.
///
/// The sessions of a class and the roles of a person are lists, of which one
/// must be left, and are none of them.
pub fn demanded(kind: Kind) -> impl Iterator<Item = (u8, Kind)> {
    let entity = kind.entity();
    let inside = entity.place != Place::Class;
    entity.fields.iter().zip(0u8..).filter_map(move |(field, position)| {
        let must = !field.json_required.is_empty() || (inside && !field.csv_required.is_empty());
        match field.ty {
            Type::Ref(target, _) if must && !field.many => Some((position, target)),
            _ => None,
        }
    })
}

/// Kinds whose records name nothing, and are visible by what names them; and
/// whether those that nothing names are visible, too.
///
/// A category that no line item uses is visible, lest an application could not
/// see the one that it has just made. A resource is there for somebody.
pub const BY_USE: [(Kind, bool); 2] = [(Kind::Category, true), (Kind::Resource, false)];

/// The kinds whose records must name one of a kind, and by which field.
pub fn users(kind: Kind) -> impl Iterator<Item = (Kind, u8)> {
    Kind::all()
        .filter_map(move |user| demanded(user).find(|(_, target)| *target == kind).map(|(field, _)| (user, field)))
}

/// Whether rows of a nested kind are visible one by one, and not simply with
/// the record that they stand in: they name further records.
pub fn stands_alone(kind: Kind) -> bool {
    let parent = kind.entity().parent_field();
    demanded(kind).any(|(field, _)| Some(field) != parent)
}

/// What is shown of a visible record; `None` if all of it.
///
/// References to invisible records are left out, and so are nested rows that
/// name one; what 1.1 says of a person is derived anew from the roles that
/// remain. A bare organisation keeps its mandatory members and its parent.
pub fn redact(record: &Record, shown: Shown<'_>, bare: bool) -> Option<Record> {
    let mut cut = false;
    let mut left = rebuilt(record, shown, bare, &mut cut);
    if !cut {
        return None;
    }
    if record.kind() == Kind::User {
        derive_v1p1(&mut left);
    }
    Some(left)
}

fn rebuilt(record: &Record, shown: Shown<'_>, bare: bool, cut: &mut bool) -> Record {
    let kind = record.kind();
    let mut left = Record::new(kind);
    left.sourced_id.push_str(&record.sourced_id);
    (left.status, left.modified) = (record.status, record.modified);
    for (field, position) in kind.entity().fields.iter().zip(0u8..) {
        if let Type::Rows(_) = field.ty {
            for row in record.rows(position) {
                if stands_alone(row.kind()) && !shown(row.kind(), &row.sourced_id) {
                    *cut = true;
                } else {
                    left.push_row(position, rebuilt(row, shown, false, cut));
                }
            }
            continue;
        }
        let kept = !bare || stays_bare(kind.entity(), field);
        let named = target(field).or(field.target()).filter(|_| !derived(kind, position));
        for value in record.list(position) {
            if kept && named.is_none_or(|target| shown(target, value)) {
                left.push(position, value);
            } else {
                *cut = true;
            }
        }
    }
    left
}

/// The organisations of a person follow from the roles.
fn derived(kind: Kind, field: u8) -> bool {
    kind == Kind::User && field == at!(User.orgs)
}

/// Mandatory members, and those by which a tree is one.
fn stays_bare(entity: &Entity, field: &Field) -> bool {
    !field.json_required.is_empty() || matches!(field.ty, Type::Ref(kind, _) if kind == entity.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: Kind) -> Vec<&'static str> {
        demanded(kind).map(|(field, _)| kind.entity().fields[usize::from(field)].name).collect()
    }

    #[test]
    fn what_must_be_named_is_read_off_the_model() {
        assert_eq!(named(Kind::Org), [""; 0]);
        assert_eq!(named(Kind::Class), ["course", "school"]);
        assert_eq!(named(Kind::Enrollment), ["class", "school", "user"]);
        assert_eq!(named(Kind::Role), ["user", "org"]);
        assert_eq!(named(Kind::UserProfile), ["user"]);
        assert_eq!(named(Kind::LineItem), ["class", "category", "gradingPeriod", "school"]);
        assert_eq!(named(Kind::Result), ["lineItem", "student"]);
        assert_eq!(named(Kind::UserResource), ["user", "resource"]);
        assert_eq!(named(Kind::AssessmentResult), ["assessmentLineItem", "student"]);
        let alone: Vec<Kind> =
            Kind::all().filter(|k| matches!(k.entity().place, Place::Nested(_)) && stands_alone(*k)).collect();
        assert_eq!(alone, [Kind::Role]);
    }

    fn user() -> Record {
        let mut user = Record::new(Kind::User);
        user.sourced_id.push('u');
        for agent in ["g", "h"] {
            user.push(at!(User.agents), agent);
        }
        user.push(at!(User.familyName), "Zoë");
        user.push(at!(User.primaryOrg), "a");
        for (id, word, org) in [("r1", "teacher", "a"), ("r2", "aide", "b")] {
            let mut role = Record::new(Kind::Role);
            role.sourced_id.push_str(id);
            role.push(at!(Role.roleType), "primary");
            role.push(at!(Role.role), word);
            role.push(at!(Role.org), org);
            role.push(at!(Role.userProfile), "p");
            user.push_row(at!(User.roles), role);
        }
        derive_v1p1(&mut user);
        user
    }

    #[test]
    fn a_record_that_names_visible_ones_only_stays_whole() {
        assert_eq!(redact(&user(), &|_, _| true, false), None);
    }

    #[test]
    fn what_is_invisible_leaves_no_trace_in_a_person() {
        let shown = |_: Kind, id: &str| !["r1", "a", "g", "p"].contains(&id);
        let left = redact(&user(), &shown, false).unwrap();
        assert_eq!(left.list(at!(User.agents)).collect::<Vec<_>>(), ["h"]);
        assert_eq!((left.get(at!(User.role)), left.get(at!(User.primaryOrg))), (Some("aide"), None));
        assert_eq!(left.list(at!(User.orgs)).collect::<Vec<_>>(), ["b"]);
        assert_eq!(left.get(at!(User.familyName)), Some("Zoë"));
        let roles: Vec<_> = left.rows(at!(User.roles)).collect();
        assert_eq!((roles.len(), roles[0].sourced_id.as_str(), roles[0].get(at!(Role.userProfile))), (1, "r2", None));
    }

    #[test]
    fn a_bare_organisation_is_its_name_and_place() {
        let mut org = Record::new(Kind::Org);
        org.push(at!(Org.name), "District");
        org.push(at!(Org.type), "district");
        org.push(at!(Org.identifier), "17");
        org.push(at!(Org.parent), "state");
        org.push_pair(at!(Org.metadata), "budget", "5");
        let left = redact(&org, &|_, _| true, true).unwrap();
        assert_eq!(left.get(at!(Org.metadata)), None);
        assert_eq!((left.get(at!(Org.identifier)), left.get(at!(Org.parent))), (Some("17"), Some("state")));
    }
}
