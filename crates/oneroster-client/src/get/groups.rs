//! Schools, courses and classes by what people call them.

use super::plan::{Elsewhere, by_id, elsewhere, named};
use super::provider::{Next, Provider, Question, record};
use super::{Request, below, collection};
use oneroster::at;
use oneroster::model::{Kind, Privacy, Route, Version};
use oneroster::query::{Filter, Literal, Logical, Path, folded, parse_filter, values};
use oneroster::record::{Record, Status};
use std::collections::HashSet;

/// So many clauses of a filter are borne by everyone (rest.md D19).
const BORNE: usize = 2;

/// The fields of a group that are compared with what was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matching(Vec<String>);

impl Default for Matching {
    /// The identifier, and the name of whatever kind it is.
    fn default() -> Matching {
        Matching::new(["sourcedId", "name", "title"])
    }
}

impl Matching {
    /// These fields, by their names in filters; a kind of group that has none of
    /// them has no group that is meant.
    pub fn new<S: AsRef<str>>(fields: impl IntoIterator<Item = S>) -> Matching {
        Matching(fields.into_iter().map(|field| field.as_ref().trim().to_owned()).collect())
    }

    /// The kinds that groups are of.
    pub const KINDS: [Kind; 3] = [Kind::Org, Kind::Course, Kind::Class];

    /// A field that no kind of group has, if there is one among them.
    pub fn unknown(&self, version: Version) -> Option<&str> {
        let known = |field: &String| Matching::KINDS.iter().any(|kind| open(field, *kind, version).is_some());
        self.0.iter().find(|field| !known(field)).map(String::as_str)
    }

    /// The fields that a kind has.
    pub fn paths(&self, kind: Kind, version: Version) -> Vec<Path> {
        self.0.iter().filter_map(|field| open(field, kind, version)).collect()
    }
}

/// A field that may be compared: a secret is not.
fn open(field: &str, kind: Kind, version: Version) -> Option<Path> {
    Path::named(field, kind, version).filter(|path| path.leaf().privacy != Privacy::Secret)
}

/// A group that there is not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// What it was to be: a school, a course or a class.
    pub group: &'static str,
    /// The collection in which such groups are listed.
    pub collection: &'static str,
    /// What it was called.
    pub name: String,
    /// The fields that were compared with that.
    pub fields: Vec<String>,
    /// Whether it was looked for at the named schools only.
    pub at_school: bool,
}

/// The groups that a request names; no list sets no limit.
#[derive(Default, Debug)]
pub(super) struct Groups {
    pub schools: Option<Vec<Record>>,
    pub courses: Option<Vec<Record>>,
    pub classes: Option<Vec<Record>>,
    /// What could not be found.
    pub unknown: Vec<Unknown>,
}

impl Groups {
    /// Whether nothing can be in all of them.
    pub fn is_nothing(&self) -> bool {
        [&self.schools, &self.courses, &self.classes].into_iter().flatten().any(Vec::is_empty)
    }
}

/// A kind of group.
struct Sort {
    word: &'static str,
    /// The collection.
    path: &'static str,
}

const SCHOOL: Sort = Sort { word: "school", path: "schools" };
const COURSE: Sort = Sort { word: "course", path: "courses" };
const CLASS: Sort = Sort { word: "class", path: "classes" };

/// Looks up the groups that a request names.
///
/// # Errors
/// As [`Provider::next`].
pub(super) async fn groups<P: Provider>(provider: &mut P, request: &Request) -> Result<Groups, P::Error> {
    let mut groups = Groups::default();
    if !request.schools.is_empty() {
        let found = SCHOOL.find(provider, request, &request.schools, None, &mut groups.unknown).await?;
        groups.schools = Some(found);
    }
    if !request.courses.is_empty() && !groups.is_nothing() {
        let within = groups.schools.as_deref();
        let found = COURSE.find(provider, request, &request.courses, within, &mut groups.unknown).await?;
        groups.courses = Some(found);
    }
    if !request.classes.is_empty() && !groups.is_nothing() {
        let within = groups.schools.as_deref();
        let mut found = CLASS.find(provider, request, &request.classes, within, &mut groups.unknown).await?;
        if let Some(courses) = &groups.courses {
            retain(&mut found, at!(Class.course), courses);
        }
        groups.classes = Some(found);
    } else if needs_classes(request) && !groups.is_nothing() {
        groups.classes = Some(classes_of(provider, &groups).await?);
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
async fn classes_of<P: Provider>(provider: &mut P, groups: &Groups) -> Result<Vec<Record>, P::Error> {
    let (parents, sort) = match (&groups.courses, &groups.schools) {
        (Some(courses), _) => (courses, COURSE),
        (None, Some(schools)) => (schools, SCHOOL),
        (None, None) => return Ok(Vec::new()),
    };
    let mut classes = Vec::new();
    for ask in sort.below(&CLASS, parents) {
        classes.extend(all(provider, ask).await?);
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
async fn all<P: Provider>(provider: &mut P, ask: Question) -> Result<Vec<Record>, P::Error> {
    if let Some(found) = own(provider, ask.clone()).await? {
        return Ok(found);
    }
    let Some(Elsewhere { ask, named: of }) = elsewhere(&ask, provider.version()) else { return Ok(Vec::new()) };
    let mut found = own(provider, ask).await?.unwrap_or_default();
    if let Some((field, route)) = of {
        let ids = named(&found, field);
        found.clear();
        for ask in by_id(route, provider.version(), &ids) {
            found.extend(own(provider, ask).await?.unwrap_or_default());
        }
    }
    Ok(found)
}

/// The records that a question itself gives, if it is answered.
async fn own<P: Provider>(provider: &mut P, ask: Question) -> Result<Option<Vec<Record>>, P::Error> {
    let kind = ask.route.kind;
    provider.ask(ask);
    let mut found = Vec::new();
    loop {
        match provider.next().await? {
            Next::Row(row) => found.extend(record(kind, &row)),
            Next::End => return Ok(Some(found)),
            Next::Unanswered => return Ok(None),
        }
    }
}

fn once(mut records: Vec<Record>) -> Vec<Record> {
    let mut seen = HashSet::new();
    records.retain(|record| seen.insert(record.sourced_id.clone()));
    records
}

impl Sort {
    /// The groups of these names, of the schools if there are any.
    async fn find<P: Provider>(
        &self,
        provider: &mut P,
        request: &Request,
        given: &[String],
        within: Option<&[Record]>,
        unknown: &mut Vec<Unknown>,
    ) -> Result<Vec<Record>, P::Error> {
        let Some(route) = collection(self.path) else { return Ok(Vec::new()) };
        let paths = request.matching.paths(route.kind, provider.version());
        let asks = match within {
            None => vec![Question::all(route)],
            Some(schools) => SCHOOL.below(self, schools),
        };
        let mut found = Vec::new();
        for text in given {
            let before = found.len();
            // A name that is blank would match what has none.
            let asks = asks.iter().filter(|_| !paths.is_empty() && !text.trim().is_empty());
            for ask in asks {
                found.extend(look(provider, ask, &paths, text).await?);
            }
            if found.len() == before {
                unknown.push(self.unknown(text, &paths, within.is_some()));
            }
        }
        Ok(once(found))
    }

    /// The groups of another kind below each of these.
    fn below(&self, child: &Sort, parents: &[Record]) -> Vec<Question> {
        let route: Option<&'static Route> = below(self.path, child.path);
        let ask = |parent: &Record| Some(Question::below(route?, &parent.sourced_id));
        parents.iter().filter_map(ask).collect()
    }

    fn unknown(&self, text: &str, paths: &[Path], at_school: bool) -> Unknown {
        let fields = paths.iter().map(|path| path.to_string()).collect();
        Unknown { group: self.word, collection: self.path, name: text.to_owned(), fields, at_school }
    }
}

/// The records of which a field is this text, in any case and whatever space is
/// around it.
async fn look<P: Provider>(
    provider: &mut P,
    ask: &Question,
    paths: &[Path],
    text: &str,
) -> Result<Vec<Record>, P::Error> {
    let filters = paths.chunks(BORNE).map(|few| clauses(few, text, provider.version())).collect::<Option<Vec<_>>>();
    let asked = filters.is_some();
    let mut found = Vec::new();
    for filter in filters.map_or_else(|| vec![None], |filters| filters.into_iter().map(Some).collect()) {
        found.extend(all(provider, ask.clone().that(filter)).await?);
    }
    found.retain(|record| is(record, paths, text));
    if found.is_empty() && asked && !provider.is_trusted() {
        // That a filter finds nothing is no proof that there is nothing: some
        // providers compare otherwise than they say.
        found = all(provider, ask.clone()).await?;
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
        let paths = Matching::new(fields).paths(kind, Version::V1P2);
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
    fn fields_that_nothing_has_are_told() {
        let unknown = |fields: &[&str]| Matching::new(fields).unknown(Version::V1P2).map(str::to_owned);
        assert_eq!(unknown(&["location", " courseCode ", "metadata.x"]), None);
        assert_eq!(unknown(&["location", "room"]).as_deref(), Some("room"));
        assert!(Matching::new(["location"]).paths(Kind::Org, Version::V1P2).is_empty());
    }
}
