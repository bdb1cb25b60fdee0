//! Groups by their names.

use super::{People, lacks, like};
use crate::ask::{Ask, equal};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::habit::Habit;
use oneroster::at;
use oneroster::model::{Kind, Slot, Type};
use oneroster::record::{Record, Status};

/// The groups that people are asked of; `None` where no such limit was set.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub schools: Option<Vec<Record>>,
    pub classes: Option<Vec<Record>>,
    pub unknown: Vec<String>,
}

impl Groups {
    pub async fn find(client: &Client, people: &People) -> Result<Groups, Error> {
        let mut groups = Groups::default();
        let finder = Finder { client, members: &people.matched };
        if !people.schools.is_empty() {
            let schools = finder.named(Kind::Org, &people.schools, "school", &mut groups.unknown).await?;
            groups.schools = Some(schools);
        }
        if !people.classes.is_empty() {
            groups.classes = Some(finder.named(Kind::Class, &people.classes, "class", &mut groups.unknown).await?);
        }
        if !people.courses.is_empty() {
            let courses = finder.named(Kind::Course, &people.courses, "course", &mut groups.unknown).await?;
            let of_courses = match groups.classes.take() {
                Some(mut classes) => {
                    let ids: Vec<&str> = courses.iter().map(|course| course.sourced_id.as_str()).collect();
                    classes.retain(|class| class.get(at!(Class.course)).is_some_and(|id| ids.contains(&id)));
                    classes
                }
                None => finder.classes_of(&courses).await?,
            };
            groups.classes = Some(of_courses);
        }
        if let (Some(classes), Some(schools)) = (&mut groups.classes, &groups.schools) {
            let at_one = |class: &Record| {
                schools.iter().any(|school| class.get(at!(Class.school)) == Some(school.sourced_id.as_str()))
            };
            classes.retain(at_one);
        }
        Ok(groups)
    }
}

struct Finder<'a> {
    client: &'a Client,
    members: &'a [String],
}

impl Finder<'_> {
    /// The groups of each name; names that none has are noted with their sort.
    async fn named(
        &self,
        kind: Kind,
        names: &[String],
        sort: &str,
        unknown: &mut Vec<String>,
    ) -> Result<Vec<Record>, Error> {
        let mut found: Vec<Record> = Vec::new();
        for name in names {
            let of_name = self.of_name(kind, name.trim()).await?;
            if of_name.is_empty() {
                unknown.push(format!("{sort} called {name}"));
            }
            found.extend(of_name);
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|group| seen.insert(group.sourced_id.clone()));
        Ok(found)
    }

    /// The groups of one name: by the provider's filter, else by reading all.
    async fn of_name(&self, kind: Kind, name: &str) -> Result<Vec<Record>, Error> {
        let members = self.members_of(kind);
        let clauses: Vec<String> = members
            .iter()
            .map(|(slot, member)| if *slot == Slot::SourcedId { equal(member, name) } else { like(member, name) })
            .collect();
        if clauses.is_empty() || name.is_empty() {
            return Ok(Vec::new());
        }
        // Two clauses are what every provider bears (rest.md D19).
        let mut found = Vec::new();
        for filter in clauses.chunks(2).map(|few| few.join(" OR ")) {
            match self.compared(kind, name, Some(filter)).await {
                Ok(groups) => found.extend(groups),
                Err(error) if error.kind() == ErrorKind::BadRequest || lacks(&error) => {
                    self.client.findings().note_kind(Habit::FilterRefused, kind);
                    return self.compared(kind, name, None).await;
                }
                Err(error) => return Err(error),
            }
        }
        if found.is_empty() {
            // That a filter finds nothing is no proof that there is nothing:
            // some providers compare otherwise than they say.
            return self.compared(kind, name, None).await;
        }
        Ok(found)
    }

    /// The groups that come for a filter, compared with the name here.
    async fn compared(&self, kind: Kind, name: &str, filter: Option<String>) -> Result<Vec<Record>, Error> {
        let asked = filter.is_some();
        let mut ask = Ask::all(kind);
        if let Some(filter) = filter {
            ask = ask.filter(filter);
        }
        let members = self.members_of(kind);
        let mut records = self.client.records(ask)?;
        let (mut found, mut strange) = (Vec::new(), false);
        while let Some(record) = records.next().await? {
            let of_kind = kind != Kind::Org || record.get(at!(Org.type)) == Some("school");
            if of_kind
                && record.status == Status::Active
                && members.iter().any(|(slot, _)| is_called(&record, *slot, name))
            {
                found.push(record);
            } else if !members.iter().any(|(slot, _)| resembles(&record, *slot, name)) {
                strange = true;
            }
        }
        if asked && strange {
            self.client.findings().note_kind(Habit::FilterIgnored, kind);
        }
        Ok(found)
    }

    /// The members that are compared, of those that the kind has as texts.
    fn members_of(&self, kind: Kind) -> Vec<(Slot, &'static str)> {
        let known = |name: &String| {
            let (slot, field) = kind.entity().member(name, self.client.edition().model())?;
            let text = matches!(field.ty, Type::Text | Type::SourcedId | Type::Word(_) | Type::Year);
            text.then_some((slot, field.name))
        };
        self.members.iter().filter_map(known).collect()
    }

    /// The classes of courses.
    async fn classes_of(&self, courses: &[Record]) -> Result<Vec<Record>, Error> {
        let mut classes = Vec::new();
        for course in courses {
            let ask = Ask::operation("getClassesForCourse")?.below([course.sourced_id.as_str()]);
            match self.client.records(ask)?.all().await {
                Ok(of_course) => classes.extend(of_course),
                Err(error) if lacks(&error) => {
                    self.client.findings().note_kind(Habit::NestedReadMissing, Kind::Class);
                    let ask = Ask::all(Kind::Class).filter(equal("course.sourcedId", &course.sourced_id));
                    let all = self.client.records(ask)?.all().await?;
                    let of_it = |class: &Record| class.get(at!(Class.course)) == Some(course.sourced_id.as_str());
                    classes.extend(all.into_iter().filter(of_it));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(classes)
    }
}

/// Whether a group bears a name in a member; trimmed, in whatever case.
fn is_called(record: &Record, slot: Slot, name: &str) -> bool {
    let same = |value: &str| value.trim().to_lowercase() == name.to_lowercase();
    values(record, slot).any(same)
}

/// Whether a filter could have found it.
fn resembles(record: &Record, slot: Slot, name: &str) -> bool {
    values(record, slot).any(|value| value.to_lowercase().contains(&name.to_lowercase()))
}

fn values(record: &Record, slot: Slot) -> impl Iterator<Item = &str> {
    let own = match slot {
        Slot::Own(i) => Some(record.list(i)),
        _ => None,
    };
    let common = if own.is_none() { record.slot(slot) } else { None };
    own.into_iter().flatten().chain(common)
}
