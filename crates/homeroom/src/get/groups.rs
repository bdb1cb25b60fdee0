//! Schools, courses and classes by what people call them.

use super::plan::{by_id, elsewhere, named};
use super::provider::{Ask, Provider, record};
use super::{Request, below, collection};
use crate::output::Failure;
use oneroster::at;
use oneroster::model::{Kind, Privacy, Route, Version};
use oneroster::query::{Filter, Literal, Logical, Path, folded, parse_filter, values};
use oneroster::record::{Record, Status};
use std::collections::HashSet;

/// The fields of a group that are compared with what was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matching(Vec<String>);

impl Default for Matching {
    /// The identifier, and the name of whatever kind it is.
    fn default() -> Matching {
        Matching(["sourcedId", "name", "title"].map(str::to_owned).to_vec())
    }
}

impl Matching {
    /// These fields, by their names in filters.
    ///
    /// # Errors
    /// `usage` if a field is none of any kind of group.
    pub fn new(fields: &[String], version: Version) -> Result<Matching, Failure> {
        let groups = [Kind::Org, Kind::Course, Kind::Class];
        let fields: Vec<String> = fields.iter().map(|field| field.trim().to_owned()).collect();
        for field in &fields {
            if !groups.iter().any(|kind| open(field, *kind, version).is_some()) {
                let kinds: Vec<String> = groups.iter().map(|kind| names(*kind, version)).collect();
                return Err(Failure::usage(format!("--match: no group has a field {field:?}")).hint(kinds.join("; ")));
            }
        }
        Ok(Matching(fields))
    }

    /// The fields that a kind has.
    fn paths(&self, kind: Kind, version: Version) -> Vec<Path> {
        self.0.iter().filter_map(|field| open(field, kind, version)).collect()
    }
}

/// A field that may be compared: a secret is not.
fn open(field: &str, kind: Kind, version: Version) -> Option<Path> {
    Path::named(field, kind, version).filter(|path| path.leaf().privacy != Privacy::Secret)
}

/// The fields of a kind, in words.
fn names(kind: Kind, version: Version) -> String {
    let entity = kind.entity();
    let fields: Vec<&str> = entity.members(version).map(|(_, field)| field.name).collect();
    format!("{} have {}", entity.plural, fields.join(", "))
}

/// The groups that a request names; no list sets no limit.
#[derive(Default, Debug)]
pub(super) struct Groups {
    pub schools: Option<Vec<Record>>,
    pub courses: Option<Vec<Record>>,
    pub classes: Option<Vec<Record>>,
    /// What could not be found, in words.
    pub unknown: Vec<String>,
}

impl Groups {
    /// Whether nothing can be in all of them.
    pub fn is_nothing(&self) -> bool {
        [&self.schools, &self.courses, &self.classes].into_iter().flatten().any(Vec::is_empty)
    }
}

/// What a flag of the command names.
struct Flag {
    word: &'static str,
    /// The collection.
    path: &'static str,
}

const SCHOOL: Flag = Flag { word: "school", path: "schools" };
const COURSE: Flag = Flag { word: "course", path: "courses" };
const CLASS: Flag = Flag { word: "class", path: "classes" };

/// Looks up the groups that a request names.
///
/// # Errors
/// As [`Provider::read`]; `usage` if a kind has none of the fields that are
/// compared.
pub(super) fn groups(provider: &mut dyn Provider, request: &Request) -> Result<Groups, Failure> {
    let mut groups = Groups::default();
    if !request.schools.is_empty() {
        let found = SCHOOL.find(provider, request, &request.schools, None, &mut groups.unknown)?;
        groups.schools = Some(found);
    }
    if !request.courses.is_empty() && !groups.is_nothing() {
        let within = groups.schools.as_deref();
        let found = COURSE.find(provider, request, &request.courses, within, &mut groups.unknown)?;
        groups.courses = Some(found);
    }
    if !request.classes.is_empty() && !groups.is_nothing() {
        let within = groups.schools.as_deref();
        let mut found = CLASS.find(provider, request, &request.classes, within, &mut groups.unknown)?;
        if let Some(courses) = &groups.courses {
            retain(&mut found, at!(Class.course), courses);
        }
        groups.classes = Some(found);
    } else if needs_classes(request) && !groups.is_nothing() {
        groups.classes = Some(classes_of(provider, &groups)?);
    }
    Ok(groups)
}

/// Whether the classes must be known, though none was named.
fn needs_classes(request: &Request) -> bool {
    let sessions = request.route.kind == Kind::AcademicSession && !request.schools.is_empty();
    let of_course = !request.courses.is_empty() && request.route.kind != Kind::Course;
    sessions || of_course
}

/// The classes of the courses, or else of the schools.
fn classes_of(provider: &mut dyn Provider, groups: &Groups) -> Result<Vec<Record>, Failure> {
    let (parents, flag) = match (&groups.courses, &groups.schools) {
        (Some(courses), _) => (courses, COURSE),
        (None, Some(schools)) => (schools, SCHOOL),
        (None, None) => return Ok(Vec::new()),
    };
    let mut classes = Vec::new();
    for parent in parents {
        classes.extend(all(provider, &Ask::below(nested(&flag, &CLASS)?, &parent.sourced_id))?);
    }
    if let (Some(_), Some(schools)) = (&groups.courses, &groups.schools) {
        retain(&mut classes, at!(Class.school), schools);
    }
    Ok(once(classes))
}

/// Leaves the records of which a field names one of these.
fn retain(records: &mut Vec<Record>, field: u8, of: &[Record]) {
    let ids: HashSet<&str> = of.iter().map(|record| record.sourced_id.as_str()).collect();
    records.retain(|record| record.get(field).is_some_and(|id| ids.contains(id)));
}

/// Every record of an answer.
fn all(provider: &mut dyn Provider, ask: &Ask) -> Result<Vec<Record>, Failure> {
    let mut found = Vec::new();
    let answered = provider.read(ask, &mut |row| {
        found.extend(record(ask.route.kind, row));
        Ok(true)
    })?;
    match elsewhere(ask, provider.version()).filter(|_| !answered) {
        None => Ok(found),
        Some((other, None)) => all(provider, &other),
        Some((other, Some(field))) => {
            let ids = named(&all(provider, &other)?, field);
            let asks = by_id(ask.route, provider.version(), &ids);
            Ok(asks.iter().map(|ask| all(provider, ask)).collect::<Result<Vec<_>, _>>()?.concat())
        }
    }
}

fn once(mut records: Vec<Record>) -> Vec<Record> {
    let mut seen = HashSet::new();
    records.retain(|record| seen.insert(record.sourced_id.clone()));
    records
}

fn nested(parent: &Flag, child: &Flag) -> Result<&'static Route, Failure> {
    below(parent.path, child.path).ok_or_else(missing)
}

fn missing() -> Failure {
    Failure { code: "internal", message: "the standard lacks an operation".into(), hint: None, status: 1 }
}

impl Flag {
    /// The groups of these names, of the schools if there are any.
    fn find(
        &self,
        provider: &mut dyn Provider,
        request: &Request,
        given: &[String],
        within: Option<&[Record]>,
        unknown: &mut Vec<String>,
    ) -> Result<Vec<Record>, Failure> {
        let route = collection(self.path).ok_or_else(missing)?;
        let version = provider.version();
        let paths = request.matching.paths(route.kind, version);
        if paths.is_empty() {
            let message = format!("--match: a {} has none of these fields", self.word);
            return Err(Failure::usage(message).hint(names(route.kind, version)));
        }
        let asks = match within {
            None => vec![Ask::all(route)],
            Some(schools) => {
                let route = nested(&SCHOOL, self)?;
                schools.iter().map(|school| Ask::below(route, &school.sourced_id)).collect()
            }
        };
        let mut found = Vec::new();
        for text in given {
            let before = found.len();
            for ask in &asks {
                found.extend(look(provider, ask, &paths, text)?);
            }
            if found.len() == before {
                unknown.push(self.unknown(text, &paths, within.is_some()));
            }
        }
        Ok(once(found))
    }

    fn unknown(&self, text: &str, paths: &[Path], at_school: bool) -> String {
        let fields: Vec<String> = paths.iter().map(|path| path.to_string()).collect();
        let place = if at_school { " at that school" } else { "" };
        format!(
            "there is no {} {text:?}{place} by its {}; see them with: homeroom get {}",
            self.word,
            fields.join(" or "),
            self.path
        )
    }
}

/// The records of which a field is this text, in any case and whatever space is
/// around it.
fn look(provider: &mut dyn Provider, ask: &Ask, paths: &[Path], text: &str) -> Result<Vec<Record>, Failure> {
    let filter = clauses(paths, text, provider.version());
    let asked = filter.is_some();
    let mut found = all(provider, &ask.clone().that(filter))?;
    found.retain(|record| is(record, paths, text));
    if found.is_empty() && asked && !provider.is_trusted() {
        found = all(provider, ask)?;
        found.retain(|record| is(record, paths, text));
    }
    Ok(found)
}

fn is(record: &Record, paths: &[Path], text: &str) -> bool {
    let wanted = folded(text.trim());
    let live = record.status == Status::Active;
    live && paths.iter().any(|path| values(path, record).iter().any(|value| folded(value.trim()) == wanted))
}

/// A filter that lets every record through that is meant, and few others;
/// `None` if there is none such.
fn clauses(paths: &[Path], text: &str, version: Version) -> Option<Filter> {
    let quoted = Literal::Text(text.trim().to_owned()).to_string();
    let mut filter = Filter { logical: Logical::Or, clauses: Vec::new() };
    for path in paths {
        let one = ["~", "="].into_iter().find_map(|predicate| {
            let text = format!("{path}{predicate}'{quoted}'");
            parse_filter(&text, path.kind, version).ok().flatten()
        })?;
        filter.clauses.extend(one.clauses);
    }
    Some(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(fields: &[&str], kind: Kind, text: &str) -> Option<String> {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        let paths = Matching(fields).paths(kind, Version::V1P2);
        clauses(&paths, text, Version::V1P2).map(|filter| filter.to_string())
    }

    #[test]
    fn names_are_looked_up_by_one_filter() {
        let usual = ["sourcedId", "name", "title"];
        assert_eq!(printed(&usual, Kind::Class, " ELA 6 ").as_deref(), Some("sourcedId~'ela 6' OR title~'ela 6'"));
        assert_eq!(printed(&usual, Kind::Org, "O'Hara").as_deref(), Some("sourcedId~'o''hara' OR name~'o''hara'"));
        assert_eq!(printed(&["location"], Kind::Class, "R 1").as_deref(), Some("location~'r 1'"));
        assert_eq!(printed(&["subjects"], Kind::Class, "Art").as_deref(), Some("subjects~'art'"));
        // A day is equal or not; what is none is looked for by hand.
        assert_eq!(printed(&["dateLastModified"], Kind::Class, "soon"), None);
    }

    #[test]
    fn fields_that_nothing_has_are_refused() {
        let matching = |field: &str| Matching::new(&[field.to_owned()], Version::V1P2);
        assert!(matching("location").is_ok() && matching(" courseCode ").is_ok() && matching("metadata.x").is_ok());
        let failure = matching("room").unwrap_err();
        assert_eq!((failure.code, failure.status), ("usage", 2));
        assert!(failure.hint.unwrap().contains("location"));
    }
}
