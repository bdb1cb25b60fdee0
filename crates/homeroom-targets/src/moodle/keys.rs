//! By what things of a Moodle are called in the ledger.

use super::told::What;

/// The kinds that hang on a person, and on what that person is in.
pub(super) const HANGING: [What; 5] =
    [What::Enrolment, What::GroupMember, What::CohortMember, What::Guardian, What::Staff];

/// What something hangs on: the thing that it is in, and the person.
pub(super) fn hangs_on(what: What, key: &str) -> Option<(What, &str, &str)> {
    match what {
        What::GroupMember => two(key).map(|(group, person)| (What::Group, group, person)),
        What::CohortMember => two(key).map(|(cohort, person)| (What::Cohort, cohort, person)),
        What::Enrolment => three(key).map(|(course, person, _)| (What::Course, course, person)),
        What::Guardian => three(key).map(|(student, agent, _)| (What::User, student, agent)),
        What::Staff => three(key).map(|(place, person, _)| (What::Category, place, person)),
        _ => None,
    }
}

/// Stands between the parts of a key; no sourcedId holds a control character.
const BETWEEN: char = '\u{1f}';

/// A key of several parts.
pub(super) fn join(parts: &[&str]) -> String {
    let mut key = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            key.push(BETWEEN);
        }
        key.push_str(part);
    }
    key
}

/// The parts of a key of three.
pub(super) fn three(key: &str) -> Option<(&str, &str, i64)> {
    let mut parts = key.split(BETWEEN);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    Some((first, second, third.parse().ok()?))
}

/// The parts of a key of two.
pub(super) fn two(key: &str) -> Option<(&str, &str)> {
    key.split_once(BETWEEN)
}

/// A somebody in a something with a role.
pub(super) fn held(place: &str, person: &str, role: i64) -> String {
    join(&[place, person, &role.to_string()])
}
