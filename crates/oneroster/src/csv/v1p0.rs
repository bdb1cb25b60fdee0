//! OneRoster 1.0: seven files of columns of their own, and what becomes of
//! their cells (csv.md 2.2 and 6.2).
//!
//! A column is a field of the model under the name it had then; the table says
//! only what differs.

use super::header::Target;
use crate::at;
use crate::model::{Kind, Slot, Version};
use std::borrow::Cow;

/// Whether a cell must be filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It may be blank.
    No,
    /// It ought to be filled; a blank is worth a warning, for it is in doubt
    /// whether 1.0 demands it.
    Doubtful,
    /// It must be filled.
    Yes,
}

/// How a cell of 1.0 becomes one of 1.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Translation {
    /// It is the same.
    Same,
    /// One grade or a range: `9`, `9-12`, `K`.
    Grades,
    /// One identifier of another system, of no type.
    UserId,
    /// A word in any case: `Female`, `FALSE`.
    Lower,
    /// A list with spaces after its commas.
    Spaced,
    /// What a person is in a class: an aide is read as a teacher, by consent.
    Aide,
}

/// A column of 1.0.
#[derive(Clone, Copy, Debug)]
pub struct Old {
    target: Place,
    name: Option<&'static str>,
    need: Option<Need>,
    /// What becomes of its cells.
    pub translation: Translation,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Slot(Slot),
    Metadata,
}

const fn slot(slot: Slot) -> Old {
    Old { target: Place::Slot(slot), name: None, need: None, translation: Translation::Same }
}

const fn own(field: u8) -> Old {
    slot(Slot::Own(field))
}

const fn metadata(name: &'static str) -> Old {
    let target = Place::Metadata;
    Old { target, name: Some(name), need: Some(Need::No), translation: Translation::Same }
}

impl Old {
    const fn named(mut self, name: &'static str) -> Old {
        self.name = Some(name);
        self
    }
    const fn need(mut self, need: Need) -> Old {
        self.need = Some(need);
        self
    }
    const fn read_as(mut self, translation: Translation) -> Old {
        self.translation = translation;
        self
    }

    /// What it is in a record.
    pub fn target(&self) -> Target {
        match self.target {
            Place::Slot(slot) => Target::Slot(slot),
            Place::Metadata => Target::Metadata,
        }
    }

    /// Its header in the file of a kind.
    pub fn column(&self, kind: Kind) -> &'static str {
        match (self.name, self.target) {
            (Some(name), _) => name,
            (None, Place::Slot(slot)) => kind.entity().field(slot).column,
            (None, Place::Metadata) => "",
        }
    }

    /// Whether its cells must be filled.
    pub fn needed(&self, kind: Kind) -> Need {
        match (self.need, self.target) {
            (Some(need), _) => need,
            (None, Place::Slot(slot)) if kind.entity().field(slot).csv_required.has(Version::V1P1) => Need::Yes,
            _ => Need::No,
        }
    }
}

const ID: Old = slot(Slot::SourcedId);
const STATUS: Old = slot(Slot::Status);
const MODIFIED: Old = slot(Slot::Modified);

const fn flag(field: u8) -> Old {
    own(field).need(Need::Doubtful).read_as(Translation::Lower)
}

/// The kinds that 1.0 has files of.
pub const KINDS: [Kind; 7] =
    [Kind::Org, Kind::AcademicSession, Kind::Course, Kind::Class, Kind::User, Kind::Demographics, Kind::Enrollment];

/// The columns of a kind's file in order; none if 1.0 has no such file.
pub fn columns(kind: Kind) -> &'static [Old] {
    match kind {
        Kind::Org => ORGS,
        Kind::AcademicSession => SESSIONS,
        Kind::Course => COURSES,
        Kind::Class => CLASSES,
        Kind::User => USERS,
        Kind::Demographics => DEMOGRAPHICS,
        Kind::Enrollment => ENROLLMENTS,
        _ => &[],
    }
}

const ORGS: &[Old] = &[
    ID,
    STATUS,
    MODIFIED,
    own(at!(Org.name)),
    own(at!(Org.type)),
    own(at!(Org.identifier)),
    metadata("metadata.classification"),
    metadata("metadata.gender"),
    metadata("metadata.boarding"),
    own(at!(Org.parent)),
];

const SESSIONS: &[Old] = &[
    ID,
    STATUS,
    MODIFIED,
    own(at!(AcademicSession.title)),
    own(at!(AcademicSession.type)),
    own(at!(AcademicSession.startDate)),
    own(at!(AcademicSession.endDate)),
    own(at!(AcademicSession.parent)),
];

const COURSES: &[Old] = &[
    ID,
    STATUS,
    MODIFIED,
    own(at!(Course.schoolYear)).named("schoolYearId"),
    metadata("metadata.duration"),
    own(at!(Course.title)),
    own(at!(Course.courseCode)),
    own(at!(Course.grades)).named("grade").read_as(Translation::Grades),
    own(at!(Course.org)).need(Need::No),
    own(at!(Course.subjects)).read_as(Translation::Spaced),
];

const CLASSES: &[Old] = &[
    ID,
    STATUS,
    MODIFIED,
    own(at!(Class.title)),
    own(at!(Class.grades)).named("grade").read_as(Translation::Grades),
    own(at!(Class.course)),
    own(at!(Class.classCode)),
    own(at!(Class.classType)),
    own(at!(Class.location)),
    own(at!(Class.school)),
    own(at!(Class.terms)).named("termSourcedId").read_as(Translation::Spaced),
    own(at!(Class.subjects)).read_as(Translation::Spaced),
];

const USERS: &[Old] = &[
    ID,
    STATUS,
    MODIFIED,
    own(at!(User.orgs)).read_as(Translation::Spaced),
    own(at!(User.role)),
    own(at!(User.username)),
    own(at!(User.userIds)).named("userId").read_as(Translation::UserId),
    own(at!(User.givenName)),
    own(at!(User.familyName)),
    own(at!(User.identifier)),
    own(at!(User.email)),
    own(at!(User.sms)),
    own(at!(User.phone)),
    own(at!(User.agents)).named("agents").read_as(Translation::Spaced),
];

const DEMOGRAPHICS: &[Old] = &[
    ID.named("userSourcedId"),
    STATUS,
    MODIFIED,
    own(at!(Demographics.birthDate)).named("birthdate").need(Need::Doubtful),
    own(at!(Demographics.sex)).need(Need::Doubtful).read_as(Translation::Lower),
    flag(at!(Demographics.americanIndianOrAlaskaNative)),
    flag(at!(Demographics.asian)),
    flag(at!(Demographics.blackOrAfricanAmerican)),
    flag(at!(Demographics.nativeHawaiianOrOtherPacificIslander)),
    flag(at!(Demographics.white)),
    flag(at!(Demographics.demographicRaceTwoOrMoreRaces)),
    flag(at!(Demographics.hispanicOrLatinoEthnicity)),
    own(at!(Demographics.countryOfBirthCode)).need(Need::Doubtful),
    own(at!(Demographics.stateOfBirthAbbreviation)),
    own(at!(Demographics.cityOfBirth)).need(Need::Doubtful),
    own(at!(Demographics.publicSchoolResidenceStatus)).need(Need::Doubtful),
];

const ENROLLMENTS: &[Old] = &[
    ID,
    own(at!(Enrollment.class)),
    own(at!(Enrollment.school)),
    own(at!(Enrollment.user)),
    own(at!(Enrollment.role)),
    STATUS,
    MODIFIED,
    own(at!(Enrollment.primary)).read_as(Translation::Lower),
];

/// What a person may be in a class of 1.0, and in none of 1.1.
pub const LOST_ROLES: [&str; 4] = ["aide", "guardian", "parent", "relative"];

/// Which of them may be taken for a teacher, who is not the main one, by consent.
const AIDE: &str = "aide";
/// What an aide is taken for.
const TEACHER: &str = "teacher";

/// Whether a role of 1.0 is that of an aide.
pub fn is_aide(role: &str) -> bool {
    role.trim().eq_ignore_ascii_case(AIDE)
}

/// Grades in their order, by the codes of 1.1.
const GRADES: [&str; 17] =
    ["IT", "PR", "PK", "TK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];

/// A cell of 1.0 as 1.1 writes it.
pub fn translate(translation: Translation, raw: &str) -> Cow<'_, str> {
    match translation {
        Translation::Same => Cow::Borrowed(raw),
        Translation::Lower if raw.bytes().any(|b| b.is_ascii_uppercase()) => Cow::Owned(raw.to_ascii_lowercase()),
        Translation::Lower => Cow::Borrowed(raw),
        Translation::Spaced if raw.contains(", ") => {
            Cow::Owned(raw.split(',').map(str::trim).collect::<Vec<_>>().join(","))
        }
        Translation::Spaced => Cow::Borrowed(raw),
        Translation::UserId if raw.trim().is_empty() || raw.starts_with('{') => Cow::Borrowed(raw),
        Translation::UserId => Cow::Owned(format!("{{unknown:{}}}", raw.trim())),
        Translation::Aide if is_aide(raw) => Cow::Borrowed(TEACHER),
        Translation::Aide => Cow::Borrowed(raw),
        Translation::Grades => grades(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
    }
}

/// The code of a grade: `9` is `09`, `K` is `KG`.
fn grade(text: &str) -> Option<usize> {
    let text = text.trim();
    let code = match text {
        "K" | "k" => "KG",
        _ => text,
    };
    let padded = if code.len() == 1 { format!("0{code}") } else { code.to_ascii_uppercase() };
    GRADES.iter().position(|known| *known == padded)
}

/// A list of grades for one or a range of them; `None` if it is neither.
fn grades(raw: &str) -> Option<String> {
    let (first, last) = match raw.split_once('-') {
        Some((first, last)) => (grade(first)?, grade(last)?),
        None => (grade(raw)?, grade(raw)?),
    };
    Some(GRADES.get(first..=last)?.join(","))
}

/// A cell of 1.1 as 1.0 writes it; `None` if 1.0 has no place for it.
pub fn translate_back(translation: Translation, cell: &str) -> Option<Cow<'_, str>> {
    match translation {
        Translation::Grades => Some(Cow::Owned(match (cell.split(',').next()?, cell.split(',').next_back()?) {
            (first, last) if first == last => first.to_owned(),
            (first, last) => format!("{first}-{last}"),
        })),
        Translation::UserId => {
            let first = cell.split(',').next()?.trim_matches(['{', '}']);
            Some(Cow::Borrowed(first.split_once(':').map_or(first, |(_, id)| id)))
        }
        _ => Some(Cow::Borrowed(cell)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_brought_into_the_form_of_1_1() {
        let cases = [
            (Translation::Grades, "9", "09"),
            (Translation::Grades, "K", "KG"),
            (Translation::Grades, "9-12", "09,10,11,12"),
            (Translation::Grades, "K-2", "KG,01,02"),
            (Translation::Grades, "12-9", "12-9"),
            (Translation::Grades, "mixed", "mixed"),
            (Translation::Grades, "", ""),
            (Translation::UserId, "E-1", "{unknown:E-1}"),
            (Translation::UserId, "", ""),
            (Translation::UserId, "{ldap:x}", "{ldap:x}"),
            (Translation::Lower, "Female", "female"),
            (Translation::Lower, "FALSE", "false"),
            (Translation::Spaced, "a, b,c", "a,b,c"),
            (Translation::Same, "A, b", "A, b"),
            (Translation::Aide, "Aide", "teacher"),
            (Translation::Aide, "student", "student"),
        ];
        for (translation, raw, wanted) in cases {
            assert_eq!(translate(translation, raw), wanted, "{raw}");
        }
    }

    #[test]
    fn and_back() {
        for (translation, cell, wanted) in [
            (Translation::Grades, "09,10,11", "09-11"),
            (Translation::Grades, "KG", "KG"),
            (Translation::Grades, "", ""),
            (Translation::UserId, "{ldap:x},{state:7}", "x"),
            (Translation::UserId, "", ""),
            (Translation::Spaced, "a,b", "a,b"),
        ] {
            assert_eq!(translate_back(translation, cell).as_deref(), Some(wanted), "{cell}");
        }
    }
}
