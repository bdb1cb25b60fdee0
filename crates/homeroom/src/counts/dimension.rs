//! By what can be counted.

use oneroster::model::{Entity, Field, Kind, Type};
use std::sync::LazyLock;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Subject {
    /// People with the role of a student
    Students,
    /// People with the role of a teacher
    Teachers,
    /// Everybody who has a role
    People,
    /// Classes
    Classes,
    /// Enrollments in classes
    Enrollments,
}

impl Subject {
    /// The kind of its records.
    pub fn kind(self) -> Kind {
        match self {
            Subject::Students | Subject::Teachers | Subject::People => Kind::User,
            Subject::Classes => Kind::Class,
            Subject::Enrollments => Kind::Enrollment,
        }
    }

    /// The role that people must have to be counted.
    pub fn role(self) -> Option<&'static str> {
        match self {
            Subject::Students => Some("student"),
            Subject::Teachers => Some("teacher"),
            _ => None,
        }
    }

    /// Whether a small number may tell who is meant.
    pub fn is_personal(self) -> bool {
        self != Subject::Classes
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Subject::Students => "students",
            Subject::Teachers => "teachers",
            Subject::People => "people",
            Subject::Classes => "classes",
            Subject::Enrollments => "enrollments",
        }
    }
}

/// From where a value comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// The tenant.
    Tenant,
    /// The school of the role, the class or the enrollment.
    School,
    /// The role.
    Role,
    /// The course of the class.
    Course,
    /// The class of the enrollment.
    Class,
    /// The terms of the class.
    Term,
    /// A field of the record itself, by its name.
    Own(&'static str),
    /// A field of the person's demographics, by its place.
    Demographics(u8),
}

/// One way to count.
#[derive(Debug)]
pub struct Dimension {
    /// As it is asked for, and as it heads its column.
    pub name: &'static str,
    /// Where its values come from.
    pub from: From,
}

static NAMED: [Dimension; 7] = [
    Dimension { name: "district", from: From::Tenant },
    Dimension { name: "school", from: From::School },
    Dimension { name: "grade", from: From::Own("grades") },
    Dimension { name: "role", from: From::Role },
    Dimension { name: "course", from: From::Course },
    Dimension { name: "class", from: From::Class },
    Dimension { name: "term", from: From::Term },
];

/// Fields of demographics that say one of a few things.
static OF_DEMOGRAPHICS: LazyLock<Vec<Dimension>> = LazyLock::new(|| {
    let entity: &'static Entity = Kind::Demographics.entity();
    let few = |field: &Field| matches!(field.ty, Type::Bool | Type::Word(_)) && !field.many;
    let fields = (0_u8..).zip(entity.fields).filter(|(_, field)| few(field));
    fields.map(|(place, field)| Dimension { name: field.name, from: From::Demographics(place) }).collect()
});

/// Every way to count.
pub fn all() -> impl Iterator<Item = &'static Dimension> {
    NAMED.iter().chain(OF_DEMOGRAPHICS.iter())
}

/// The one of a name.
pub fn named(name: &str) -> Option<&'static Dimension> {
    all().find(|dimension| dimension.name.eq_ignore_ascii_case(name))
}

impl Dimension {
    /// Whether records of a subject can be counted so.
    pub fn fits(&self, of: Subject) -> bool {
        match self.from {
            From::Tenant | From::School => true,
            From::Own(name) => of.kind().entity().fields.iter().any(|field| field.name == name),
            From::Role => of.kind() != Kind::Class,
            From::Course | From::Term => of.kind() != Kind::User,
            From::Class => of == Subject::Enrollments,
            From::Demographics(_) => of.kind() == Kind::User,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_fit_something() {
        let subjects = [Subject::Students, Subject::Classes, Subject::Enrollments];
        for dimension in all() {
            assert!(std::ptr::eq(named(dimension.name).unwrap(), dimension), "{}", dimension.name);
            assert!(subjects.iter().any(|of| dimension.fits(*of)), "{}", dimension.name);
        }
        assert!(named("sex").is_some() && named("birthDate").is_none());
    }
}
