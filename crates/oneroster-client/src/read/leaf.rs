//! Where in an object a path leads, and which field of the model that is.

use crate::habit::Habit;
use oneroster::model::{COMMON, Field, Kind, Slot, Type, Version};
use serde_json::Value;

/// The names of a path with their positions in lists: `roles[0].org` is `roles`, 0, `org`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step<'a> {
    Name(&'a str),
    At(usize),
}

/// The steps of a path. Names of unknown members may hold dots and brackets,
/// but those are never asked for.
pub(super) fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let mut pieces = part.split('[');
        steps.extend(pieces.next().map(Step::Name));
        steps.extend(pieces.filter_map(|piece| piece.trim_end_matches(']').parse().ok()).map(Step::At));
    }
    steps
}

/// The value at a path.
pub(super) fn value<'v>(value: &'v mut Value, steps: &[Step<'_>]) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Name(name) => value.get_mut(*name),
        Step::At(i) => value.get_mut(*i),
    })
}

/// The field that a path leads to: a member of the class, or of its nested rows.
pub(super) fn field(kind: Kind, version: Version, path: &str) -> Option<&'static Field> {
    let names: Vec<&str> = steps(path)
        .into_iter()
        .filter_map(|step| match step {
            Step::Name(name) => Some(name),
            Step::At(_) => None,
        })
        .collect();
    let (slot, field) = kind.entity().member(names.first()?, version)?;
    let Slot::Own(_) = slot else { return Some(common(slot)) };
    match field.ty {
        // Members of rows may stand in an array within them.
        Type::Rows(kind) if names.len() > 1 => {
            let within = names[1..].iter().rev();
            let mut of_row = within.filter_map(|name| kind.entity().member(name, version));
            of_row.next().map(|(_, field)| field)
        }
        _ => Some(field),
    }
}

fn common(slot: Slot) -> &'static Field {
    match slot {
        Slot::Status => &COMMON[1],
        Slot::Modified => &COMMON[2],
        Slot::SourcedId | Slot::Own(_) => &COMMON[0],
    }
}

/// Takes out what a path leads to: an optional member of a nested row alone,
/// else the element of the list it is in, else the member of the record;
/// `None` if the record cannot do without it.
pub(super) fn leave_out(object: &mut Value, path: &str, field: Option<(&'static Field, Version)>) -> Option<Habit> {
    let steps = steps(path);
    let Some(Step::Name(head)) = steps.first() else { return None };
    if *head == COMMON[0].name || *head == COMMON[1].name {
        return None;
    }
    if let Some((field, version)) = field
        && !field.json_required.has(version)
        && let Some(at) = steps.iter().rposition(|step| *step == Step::Name(field.name)).filter(|at| *at > 0)
    {
        value(object, &steps[..at])?.as_object_mut()?.remove(field.name)?;
        return Some(Habit::MemberLeftOut);
    }
    let object = object.as_object_mut()?;
    match (steps.get(1), object.get_mut(*head)) {
        (Some(Step::At(i)), Some(Value::Array(items))) if *i < items.len() => {
            items.remove(*i);
        }
        _ => {
            object.remove(*head)?;
        }
    }
    Some(Habit::MemberLeftOut)
}
