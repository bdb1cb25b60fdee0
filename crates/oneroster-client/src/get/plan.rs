//! Which reads answer a request, once its groups are known; nothing is read
//! here.

use super::groups::Groups;
use super::provider::Question;
use super::{Request, below, collection};
use oneroster::at;
use oneroster::model::{Kind, Role, Route, Version, View};
use oneroster::query::{Filter, Literal, Logical, parse_filter};
use oneroster::record::Record;
use std::collections::BTreeSet;

/// So long may the filter of a read grow that names several records: some servers
/// refuse longer addresses.
const LONGEST: usize = 6_000;
/// What one more record adds to such a filter, beside its identifier.
const CLAUSE: usize = 28;
/// So many classes at most are asked for by a read each.
const FEW: usize = 2;

/// One step towards the answer.
#[derive(Debug)]
pub(super) enum Step {
    /// Records that were read already.
    Have(Vec<Record>),
    /// The records of a read.
    Read(Question),
    /// The records of these identifiers.
    ById(Vec<String>),
    /// The records whose identifiers these steps come to: of the records of a
    /// read, the ones that a field names, or else their own.
    Named(Vec<(Question, Option<u8>)>),
    /// The people of a role in several classes.
    Together(Together),
}

/// The people of several classes: by their enrollments, whatever the number of
/// classes, or by a read for each of them.
#[derive(Debug)]
pub(super) struct Together {
    /// The identifiers of the classes.
    pub classes: Vec<String>,
    /// The role that is meant.
    pub role: Role,
    /// Their enrollments.
    pub enrolled: Vec<Question>,
    /// The people of each class by itself.
    pub each: Vec<Question>,
}

/// The steps of a request.
pub(super) fn steps(request: &Request, groups: Groups) -> Vec<Step> {
    let Groups { schools, courses, classes, .. } = groups;
    if schools.is_none() && courses.is_none() && classes.is_none() {
        return vec![Step::Read(Question::all(request.route))];
    }
    let here = Here { version: request.version, schools, courses, classes };
    match request.route.kind {
        Kind::User => here.people(role(request.route)),
        Kind::Class => here.classes(),
        Kind::Course => here.courses(),
        Kind::Org => here.schools(),
        Kind::Enrollment => here.enrollments(),
        Kind::AcademicSession => here.sessions(),
        Kind::Demographics => vec![Step::Named(here.everyone())],
        // Rostering has no other collections.
        _ => Vec::new(),
    }
}

/// The role that a collection of people is of.
fn role(route: &Route) -> Option<Role> {
    route.views.iter().find_map(|view| match view {
        View::Holds(role) => Some(*role),
        _ => None,
    })
}

struct Here {
    version: Version,
    schools: Option<Vec<Record>>,
    courses: Option<Vec<Record>>,
    classes: Option<Vec<Record>>,
}

/// The collections of people of a role.
const PEOPLE: [(Role, &str); 2] = [(Role::Student, "students"), (Role::Teacher, "teachers")];

impl Here {
    fn people(self, role: Option<Role>) -> Vec<Step> {
        let Some(role) = role else { return self.all_people() };
        let word = PEOPLE.iter().find(|(known, _)| *known == role).map_or("", |(_, word)| *word);
        match (&self.classes, &self.schools) {
            (Some(classes), _) if classes.len() > FEW => vec![Step::Together(self.together(role, word, classes))],
            (Some(classes), _) => reads("classes", word, classes),
            (None, Some(schools)) => reads("schools", word, schools),
            (None, None) => Vec::new(),
        }
    }

    fn together(&self, role: Role, word: &str, classes: &[Record]) -> Together {
        let ids = ids(classes);
        let route = below("classes", word);
        let each = ids.iter().filter_map(|id| Some(Question::below(route?, id))).collect();
        let enrollments = collection("enrollments").into_iter();
        let enrolled = enrollments.flat_map(|route| named_by(route, self.version, "class.sourcedId", &ids));
        Together { role, enrolled: enrolled.map(Question::only).collect(), each, classes: ids }
    }

    /// People of any role: of a class whoever is enrolled; of a school also
    /// whoever holds a role there.
    fn all_people(self) -> Vec<Step> {
        if self.classes.is_some() {
            return vec![Step::Named(self.everyone())];
        }
        let Some(schools) = &self.schools else { return Vec::new() };
        let mut steps: Vec<Step> =
            schools.iter().filter_map(|school| self.by_role_at(school)).map(Step::Read).collect();
        for (_, word) in PEOPLE {
            steps.extend(reads("schools", word, schools));
        }
        steps.push(Step::Named(schools.iter().filter_map(|school| self.otherwise_enrolled(school)).collect()));
        steps
    }

    /// The enrollments that name everyone of the groups; of schools, also who
    /// holds a role there.
    fn everyone(&self) -> Vec<(Question, Option<u8>)> {
        let user = Some(at!(Enrollment.user));
        if let Some(classes) = &self.classes {
            return classes.iter().filter_map(in_class).map(|ask| (ask, user)).collect();
        }
        let schools = self.schools.iter().flatten();
        let mut asks = Vec::new();
        for school in schools {
            asks.extend(self.by_role_at(school).map(|ask| (ask, None)));
            asks.extend(
                below("schools", "enrollments").map(|route| (Question::below(route, &school.sourced_id), user)),
            );
        }
        asks
    }

    /// The people who hold any role at a school.
    fn by_role_at(&self, school: &Record) -> Option<Question> {
        let member = match self.version {
            Version::V1P1 => "orgs.sourcedId",
            Version::V1P2 => "roles.org.sourcedId",
        };
        let filter = equal(Kind::User, self.version, &[(member, &school.sourced_id)])?;
        Some(Question::all(collection("users")?).that(Some(filter)))
    }

    /// The enrollments at a school of whoever is neither student nor teacher.
    fn otherwise_enrolled(&self, school: &Record) -> Option<(Question, Option<u8>)> {
        let other: Vec<String> = PEOPLE.iter().map(|(role, _)| format!("role!='{}'", role.word())).collect();
        let filter = parse_filter(&other.join(" AND "), Kind::Enrollment, self.version).ok().flatten();
        let route = below("schools", "enrollments")?;
        Some((Question::below(route, &school.sourced_id).that(filter), Some(at!(Enrollment.user))))
    }

    fn classes(self) -> Vec<Step> {
        match (self.classes, self.schools) {
            (Some(classes), _) => vec![Step::Have(classes)],
            (None, schools) => reads("schools", "classes", schools.as_deref().unwrap_or_default()),
        }
    }

    fn courses(self) -> Vec<Step> {
        match (self.classes, self.courses, self.schools) {
            (Some(classes), ..) => vec![Step::ById(named(&classes, at!(Class.course)))],
            (None, Some(courses), _) => vec![Step::Have(courses)],
            (None, None, schools) => reads("schools", "courses", schools.as_deref().unwrap_or_default()),
        }
    }

    fn schools(self) -> Vec<Step> {
        match (self.classes, self.schools) {
            (Some(classes), _) => vec![Step::ById(named(&classes, at!(Class.school)))],
            // What lies below them is told of a school that is read by itself.
            (None, schools) => vec![Step::ById(ids(&schools.unwrap_or_default()))],
        }
    }

    fn enrollments(self) -> Vec<Step> {
        match (&self.classes, &self.schools) {
            (Some(classes), _) => classes.iter().filter_map(in_class).map(Step::Read).collect(),
            (None, schools) => reads("schools", "enrollments", schools.as_deref().unwrap_or_default()),
        }
    }

    fn sessions(self) -> Vec<Step> {
        vec![Step::ById(named(&self.classes.unwrap_or_default(), at!(Class.terms)))]
    }
}

/// The collection below each of these records.
fn reads(parent: &str, word: &str, of: &[Record]) -> Vec<Step> {
    let Some(route) = below(parent, word) else { return Vec::new() };
    of.iter().map(|record| Step::Read(Question::below(route, &record.sourced_id))).collect()
}

/// The enrollments of a class.
fn in_class(class: &Record) -> Option<Question> {
    let filter = equal(Kind::Enrollment, Version::V1P2, &[("class.sourcedId", &class.sourced_id)])?;
    Some(Question::all(collection("enrollments")?).that(Some(filter)))
}

/// Where the same is found as below a record.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// The read that tells it.
    pub ask: Question,
    /// The field of its records that names the wanted ones, and the collection
    /// in which these are; none if they are its own records.
    pub named: Option<(u8, &'static Route)>,
}

/// The read that gives the same as one below a record, for providers that have
/// no such reads.
pub(super) fn elsewhere(ask: &Question, version: Version) -> Option<Elsewhere> {
    let id = ask.parents.last()?;
    let mut segments = ask.route.path.split('/').skip(1);
    let (parent, word) = (segments.next()?, segments.last()?);
    let (from, field) = match (parent, word) {
        (_, "students" | "teachers") => ("enrollments", Some(at!(Enrollment.user))),
        (_, "enrollments") => ("enrollments", None),
        (_, "classes") => ("classes", None),
        ("schools", "courses") => ("classes", Some(at!(Class.course))),
        _ => return None,
    };
    let route = collection(from)?;
    let member = match parent {
        "schools" => "school.sourcedId",
        "courses" => "course.sourcedId",
        "classes" => "class.sourcedId",
        _ => return None,
    };
    let mut filter = equal(route.kind, version, &[(member, id)])?;
    filter.logical = Logical::And;
    if let Some((role, _)) = PEOPLE.iter().find(|(_, known)| *known == word) {
        filter.clauses.extend(equal(route.kind, version, &[("role", role.word())])?.clauses);
    }
    let named = match field {
        Some(field) => Some((field, collection(word)?)),
        None => None,
    };
    Some(Elsewhere { ask: Question::all(route).that(Some(filter)), named })
}

fn ids(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| record.sourced_id.clone()).collect()
}

/// The identifiers that a field of the records names, each once.
pub(super) fn named(records: &[Record], field: u8) -> Vec<String> {
    let ids: BTreeSet<&str> = records.iter().flat_map(|record| record.list(field)).collect();
    ids.into_iter().map(str::to_owned).collect()
}

/// The reads of records by their identifiers.
pub(super) fn by_id(route: &'static Route, version: Version, ids: &[String]) -> Vec<Question> {
    named_by(route, version, "sourcedId", ids)
}

/// The reads of records of which a member is one of these identifiers: as few as
/// addresses have room for.
fn named_by(route: &'static Route, version: Version, member: &str, ids: &[String]) -> Vec<Question> {
    let (mut asks, mut pairs, mut room) = (Vec::new(), Vec::new(), LONGEST);
    let ask = |pairs: &[(&str, &str)]| Question::all(route).that(equal(route.kind, version, pairs));
    for id in ids {
        // Not every character stands for itself in an address.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let length = CLAUSE + id.bytes().map(|byte| if plain(byte) { 1 } else { 3 }).sum::<usize>();
        if length > room && !pairs.is_empty() {
            asks.push(ask(&pairs));
            (room, pairs) = (LONGEST, Vec::new());
        }
        room = room.saturating_sub(length);
        pairs.push((member, id.as_str()));
    }
    if !pairs.is_empty() {
        asks.push(ask(&pairs));
    }
    asks
}

/// A filter by which any one of these members is this text.
fn equal(kind: Kind, version: Version, pairs: &[(&str, &str)]) -> Option<Filter> {
    let mut filter = Filter { logical: Logical::Or, clauses: Vec::new() };
    for (member, id) in pairs {
        let quoted = Literal::Text((*id).to_owned());
        filter.clauses.extend(parse_filter(&format!("{member}='{quoted}'"), kind, version).ok()??.clauses);
    }
    Some(filter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::model::Slot;

    fn group(kind: Kind, id: &str) -> Record {
        let mut record = Record::new(kind);
        record.sourced_id.push_str(id);
        record
    }

    fn class(id: &str) -> Record {
        let mut class = group(Kind::Class, id);
        class.push(at!(Class.course), "co");
        class.push(at!(Class.school), "sc");
        class.push(at!(Class.terms), "t1");
        class.push(at!(Class.terms), "t2");
        class
    }

    /// The steps as one would write them down.
    fn told(word: &str, groups: Groups) -> Vec<String> {
        let request = Request::all(collection(word).unwrap(), Version::V1P2);
        let ask = |ask: &Question| {
            let mut path = ask.route.path.to_owned();
            for id in &ask.parents {
                let (from, to) = (path.find('{').unwrap(), path.find('}').unwrap());
                path.replace_range(from..=to, id);
            }
            ask.filter.as_ref().map_or(path.clone(), |filter| format!("{path}?{filter}"))
        };
        let step = |step: &Step| match step {
            Step::Have(records) => format!("have {}", records.len()),
            Step::Read(read) => ask(read),
            Step::ById(ids) => format!("ids {}", ids.join(" ")),
            Step::Named(asks) => {
                let asks: Vec<String> = asks
                    .iter()
                    .map(|(read, field)| match field {
                        Some(field) => {
                            format!("{} {}", read.route.kind.entity().field(Slot::Own(*field)).name, ask(read))
                        }
                        None => ask(read),
                    })
                    .collect();
                format!("named by {}", asks.join("; "))
            }
            Step::Together(of) => {
                let [enrolled, each] = [&of.enrolled, &of.each].map(|asks| asks.iter().map(ask).collect::<Vec<_>>());
                format!("{} of {}, or {}", of.role.word(), enrolled.join("; "), each.join("; "))
            }
        };
        steps(&request, groups).iter().map(step).collect()
    }

    fn in_classes() -> Groups {
        Groups { classes: Some(vec![class("c1"), class("c2")]), ..Groups::default() }
    }

    fn at_school() -> Groups {
        Groups { schools: Some(vec![group(Kind::Org, "s'1")]), ..Groups::default() }
    }

    #[test]
    fn each_collection_of_a_class_has_its_reads() {
        let cases: &[(&str, &[&str])] = &[
            ("students", &["/classes/c1/students", "/classes/c2/students"]),
            ("teachers", &["/classes/c1/teachers", "/classes/c2/teachers"]),
            ("users", &["named by user /enrollments?class.sourcedId='c1'; user /enrollments?class.sourcedId='c2'"]),
            (
                "demographics",
                &["named by user /enrollments?class.sourcedId='c1'; user /enrollments?class.sourcedId='c2'"],
            ),
            ("enrollments", &["/enrollments?class.sourcedId='c1'", "/enrollments?class.sourcedId='c2'"]),
            ("classes", &["have 2"]),
            ("courses", &["ids co"]),
            ("schools", &["ids sc"]),
            ("sessions", &["ids t1 t2"]),
        ];
        for (word, wanted) in cases {
            assert_eq!(told(word, in_classes()), *wanted, "{word}");
        }
    }

    #[test]
    fn people_of_many_classes_are_told_by_their_enrollments() {
        let groups = Groups { classes: Some(["c1", "c2", "c3"].map(class).to_vec()), ..Groups::default() };
        let wanted = "student of /enrollments?class.sourcedId='c1' OR class.sourcedId='c2' OR class.sourcedId='c3', or \
                      /classes/c1/students; /classes/c2/students; /classes/c3/students";
        assert_eq!(told("students", groups), [wanted]);
    }

    #[test]
    fn each_collection_of_a_school_has_its_reads() {
        let cases: &[(&str, &[&str])] = &[
            ("students", &["/schools/s'1/students"]),
            ("classes", &["/schools/s'1/classes"]),
            ("courses", &["/schools/s'1/courses"]),
            ("enrollments", &["/schools/s'1/enrollments"]),
            ("schools", &["ids s'1"]),
            (
                "users",
                &[
                    "/users?roles.org.sourcedId='s''1'",
                    "/schools/s'1/students",
                    "/schools/s'1/teachers",
                    "named by user /schools/s'1/enrollments?role!='student' AND role!='teacher'",
                ],
            ),
            ("demographics", &["named by /users?roles.org.sourcedId='s''1'; user /schools/s'1/enrollments"]),
        ];
        for (word, wanted) in cases {
            assert_eq!(told(word, at_school()), *wanted, "{word}");
        }
    }

    #[test]
    fn without_a_group_one_read_is_enough() {
        assert_eq!(told("students", Groups::default()), ["/students"]);
        assert_eq!(told("sessions", Groups::default()), ["/academicSessions"]);
    }

    #[test]
    fn what_is_not_below_a_record_is_elsewhere() {
        for (parent, word, wanted, field) in [
            ("classes", "students", "/enrollments?class.sourcedId='x' AND role='student'", true),
            ("schools", "teachers", "/enrollments?school.sourcedId='x' AND role='teacher'", true),
            ("schools", "enrollments", "/enrollments?school.sourcedId='x'", false),
            ("schools", "classes", "/classes?school.sourcedId='x'", false),
            ("courses", "classes", "/classes?course.sourcedId='x'", false),
            ("schools", "courses", "/classes?school.sourcedId='x'", true),
        ] {
            let found = elsewhere(&Question::below(below(parent, word).unwrap(), "x"), Version::V1P1).unwrap();
            assert_eq!(format!("{}?{}", found.ask.route.path, found.ask.filter.unwrap()), wanted);
            // What is named stands in a collection that can be asked for as it is.
            let of = found.named.map(|(_, route)| route.path.to_owned());
            assert_eq!(of, field.then(|| format!("/{word}")), "{parent} {word}");
        }
        assert!(elsewhere(&Question::all(collection("users").unwrap()), Version::V1P2).is_none());
    }

    #[test]
    fn as_many_identifiers_are_asked_for_at_once_as_an_address_has_room_for() {
        let lengths = |ids: &[String]| -> Vec<usize> {
            let asks = by_id(collection("users").unwrap(), Version::V1P2, ids);
            asks.iter().map(|ask| ask.filter.as_ref().unwrap().clauses.len()).collect()
        };
        let ids =
            |count: usize, length: usize| -> Vec<String> { (0..count).map(|i| format!("{i:0length$}")).collect() };
        assert_eq!(lengths(&ids(170, 7)), [170]);
        assert_eq!(lengths(&ids(100, 36)), [93, 7]);
        // One that is longer than all the room goes alone.
        assert_eq!(lengths(&[&ids(1, 7)[..], &["ü".repeat(1_000)], &ids(1, 7)].concat()), [1, 1, 1]);
        assert_eq!(lengths(&[]), [0; 0]);
    }
}
