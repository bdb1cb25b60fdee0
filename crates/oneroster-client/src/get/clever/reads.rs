//! Which reads of Clever answer a question; nothing is read here.

use crate::clever::path_of;
use crate::error::Error;
use crate::get::Question;
use oneroster::at;
use oneroster::json::RESERVED;
use oneroster::model::{Kind, Role, Route, Slot, View};
use oneroster::query::{Clause, Filter, Literal, Logical, Part, Path, Predicate};
use percent_encoding::utf8_percent_encode;

/// One read of Clever's own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Read {
    /// What stands behind the version in its address.
    pub path: String,
    /// The role to which its people are limited.
    pub role: Option<Role>,
    /// What its objects are read as: sections are classes, or their enrollments.
    pub kind: Kind,
}

/// How a question is answered.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// By all of a kind: these reads together.
    Whole(Vec<Read>),
    /// By what is below a record, if there is one.
    Below(Read),
    /// By what these reads give, each if there is such a record.
    Each(Vec<Read>),
    /// By the people of this school, if it is one.
    At(String),
    /// By the records of these identifiers.
    ById(Vec<String>),
}

impl Read {
    /// Everything of a kind.
    pub fn all(kind: Kind) -> Result<Read, Error> {
        Ok(Read { path: path_of(kind)?.to_owned(), role: None, kind })
    }

    /// One record.
    pub fn one(kind: Kind, id: &str) -> Result<Read, Error> {
        Ok(Read { path: format!("{}/{}", path_of(kind)?, segment(id)), role: None, kind })
    }

    /// What is below a record.
    pub fn below(parent: Kind, id: &str, kind: Kind) -> Result<Read, Error> {
        let path = format!("{}/{}/{}", path_of(parent)?, segment(id), path_of(kind)?);
        Ok(Read { path, role: None, kind })
    }

    fn of(self, role: Option<Role>) -> Read {
        Read { role, ..self }
    }
}

/// An identifier as a segment of a path.
fn segment(id: &str) -> String {
    utf8_percent_encode(id, RESERVED).to_string()
}

/// How a question is answered; none if Clever has no such read.
pub(super) fn way(question: &Question) -> Result<Option<Way>, Error> {
    let (route, kind) = (question.route, question.route.kind);
    match (route.parents, question.parents.as_slice()) {
        ([], []) => {}
        ([parent], [id]) => return Ok(Some(Way::Below(Read::below(parent.kind, id, kind)?.of(role(route))))),
        _ => return Ok(None),
    }
    for (path, ids) in question.filter.iter().flat_map(named) {
        let of_roles = Part::Row(at!(Role.org));
        match (kind, path.slot, &path.part, ids.as_slice()) {
            (_, Slot::SourcedId, Part::Value, _) => return Ok(Some(Way::ById(owned(&ids)))),
            (Kind::Enrollment, Slot::Own(at), Part::Value, _) if at == at!(Enrollment.class) => {
                let reads: Result<Vec<Read>, Error> = ids.iter().map(|id| Read::one(kind, id)).collect();
                return Ok(Some(Way::Each(reads?)));
            }
            (Kind::User, Slot::Own(at), part, [id]) if at == at!(User.roles) && *part == of_roles => {
                return Ok(Some(Way::At((*id).to_owned())));
            }
            _ => {}
        }
    }
    whole(route).map(|reads| Some(Way::Whole(reads)))
}

/// The reads of a whole collection.
pub(super) fn whole(route: &Route) -> Result<Vec<Read>, Error> {
    let all = Read::all(route.kind)?;
    let schools = route.views.iter().any(|view| matches!(view, View::Typed("school")));
    Ok(match route.kind {
        Kind::Org if !schools => vec![Read { path: "districts".to_owned(), ..all.clone() }, all],
        Kind::User => vec![all.of(role(route))],
        _ => vec![all],
    })
}

/// The role that a collection of people is of.
fn role(route: &Route) -> Option<Role> {
    route.views.iter().find_map(|view| match view {
        View::Holds(role) | View::EnrolledIn(_, role) | View::AtSchool(_, role) => Some(*role),
        _ => None,
    })
}

/// What a filter wants to be one of some texts, whatever else it wants.
fn named(filter: &Filter) -> Vec<(&Path, Vec<&str>)> {
    let all = filter.clauses.as_slice();
    let [first, rest @ ..] = all else { return Vec::new() };
    if filter.logical == Logical::And || rest.is_empty() {
        return all.iter().filter_map(|clause| Some((&clause.path, vec![text(clause)?]))).collect();
    }
    let same = all.iter().all(|clause| clause.path == first.path);
    let texts: Option<Vec<&str>> = all.iter().map(text).collect();
    texts.filter(|_| same).map(|texts| (&first.path, texts)).into_iter().collect()
}

/// The text that a clause wants something to be.
fn text(clause: &Clause) -> Option<&str> {
    match (clause.predicate, &clause.literal) {
        (Predicate::Equal, Literal::Text(text)) => Some(text),
        _ => None,
    }
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::get::{below, collection};
    use oneroster::model::Version;
    use oneroster::query::parse_filter;

    fn told(route: &'static Route, parents: &[&str], filter: &str) -> String {
        let filter = parse_filter(filter, route.kind, Version::V1P2).unwrap();
        let parents = parents.iter().map(|id| (*id).to_owned()).collect();
        let read = |read: &Read| match read.role {
            Some(role) => format!("{}?role={}", read.path, role.word()),
            None => read.path.clone(),
        };
        let reads = |reads: &[Read]| reads.iter().map(read).collect::<Vec<_>>().join(" ");
        match way(&Question { route, parents, filter, only: false }).unwrap().unwrap() {
            Way::Whole(all) => format!("all of {}", reads(&all)),
            Way::Below(one) => read(&one),
            Way::Each(all) => format!("each {}", reads(&all)),
            Way::At(school) => format!("at {school}"),
            Way::ById(ids) => format!("ids {}", ids.join(" ")),
        }
    }

    #[test]
    fn what_is_below_a_record_has_a_read_of_its_own() {
        for (parent, word, wanted) in [
            ("classes", "students", "sections/a%2Fb/users?role=student"),
            ("classes", "teachers", "sections/a%2Fb/users?role=teacher"),
            ("schools", "students", "schools/a%2Fb/users?role=student"),
            ("schools", "classes", "schools/a%2Fb/sections"),
            ("schools", "courses", "schools/a%2Fb/courses"),
            ("schools", "enrollments", "schools/a%2Fb/sections"),
            ("schools", "terms", "schools/a%2Fb/terms"),
            ("courses", "classes", "courses/a%2Fb/sections"),
        ] {
            assert_eq!(told(below(parent, word).unwrap(), &["a/b"], ""), wanted);
        }
    }

    #[test]
    fn filters_that_name_records_are_asked_for_these() {
        for (word, filter, wanted) in [
            ("students", "", "all of users?role=student"),
            ("users", "familyName='Okafor'", "all of users"),
            ("schools", "", "all of schools"),
            ("orgs", "", "all of districts schools"),
            ("users", "sourcedId='u1' OR sourcedId='u2'", "ids u1 u2"),
            ("users", "sourcedId='u1' AND familyName='A'", "ids u1"),
            ("users", "sourcedId='u1' OR familyName='A'", "all of users"),
            ("users", "roles.org.sourcedId='s1'", "at s1"),
            ("users", "roles.org.sourcedId!='s1'", "all of users"),
            ("enrollments", "class.sourcedId='c1' AND role='student'", "each sections/c1"),
            ("enrollments", "class.sourcedId='c1' OR class.sourcedId='c2'", "each sections/c1 sections/c2"),
            ("enrollments", "user.sourcedId='u1'", "all of sections"),
        ] {
            assert_eq!(told(collection(word).unwrap(), &[], filter), wanted, "{word} {filter}");
        }
        let demographics = Question::all(collection("demographics").unwrap());
        assert!(way(&demographics).is_err(), "Clever has none");
    }
}
