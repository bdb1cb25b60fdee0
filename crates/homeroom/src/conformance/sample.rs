//! Records of the provider's own, to ask for.

use super::Step;
use super::call::Call;
use super::look::{Look, Stop, id, reference};
use super::names::{ID, STATUS, collection, member, route};
use oneroster::model::{Kind, Parent, ROUTES, Role, Route, Service, Shape, Version, View};
use serde_json::Value;

/// How many enrollments are looked through for a class to ask about.
const LOOKED: u64 = 500;

/// What was found, by version.
#[derive(Debug, Default)]
pub(super) struct Samples([Found; 2]);

#[derive(Debug, Default)]
struct Found {
    rostering: Option<Step<Classroom>>,
    gradebook: Option<Step<Graded>>,
}

impl Samples {
    /// Forgets what was found in the gradebook.
    pub(super) fn forget_grades(&mut self, version: Version) {
        self.0[version as usize].gradebook = None;
    }
}

/// A class with a teacher and a student in it.
#[derive(Clone, Debug)]
pub(super) struct Classroom {
    pub(super) class: String,
    pub(super) school: String,
    pub(super) course: String,
    pub(super) term: String,
    pub(super) student: String,
    pub(super) teacher: String,
    pub(super) enrollment: String,
}

/// A result, and what it is of.
#[derive(Clone, Debug)]
pub(super) struct Graded {
    pub(super) result: String,
    pub(super) line_item: String,
    pub(super) class: String,
    pub(super) student: String,
    pub(super) category: String,
}

/// A record that a request was made for: it must be in the answer.
pub(super) struct Asked {
    pub(super) call: Call,
    /// The identifier of a record that must be there, if one is known.
    pub(super) holds: Option<String>,
}

impl Look<'_, '_> {
    /// A class with a teacher and a student in it.
    pub(super) fn classroom(&mut self) -> Step<Classroom> {
        let at = self.version as usize;
        if self.site.samples.0[at].rostering.is_none() {
            let found = self.find_classroom();
            self.site.samples.0[at].rostering = Some(found);
        }
        self.site.samples.0[at].rostering.clone().unwrap_or(Err(Stop::Failed))
    }

    fn find_classroom(&mut self) -> Step<Classroom> {
        let all = route!(getAllEnrollments);
        let first = Call::new(all, &[]).with("limit", LOOKED);
        let mut records = self.page(&first)?.records;
        // Teachers may stand far behind: those who can be asked for are.
        let is_teacher = |r: &Value| r[member!(Enrollment.role)] == Role::Teacher.word();
        if !records.iter().any(is_teacher) {
            let role = format!("{}='{{}}'", member!(Enrollment.role));
            records.extend(self.page(&first.filter(&role, Role::Teacher.word()))?.records);
        }
        let active: Vec<&Value> = records.iter().filter(|r| r[STATUS] != "tobedeleted").collect();
        let of = |role: Role| {
            let has = move |r: &&Value| r[member!(Enrollment.role)] == role.word();
            active.iter().copied().filter(has)
        };
        let class = |record: &Value| reference(record, member!(Enrollment.class)).to_owned();
        let person = |record: &Value| reference(record, member!(Enrollment.user)).to_owned();
        // The teacher's class may have its students on a later page.
        let taught = of(Role::Teacher).find(|t| of(Role::Student).any(|s| class(s) == class(t)));
        let Some(teacher) = taught.or_else(|| of(Role::Teacher).next()) else {
            return Err(Stop::NotTried("no teacher among the first enrollments".to_owned()));
        };
        let class_id = class(teacher);
        let mut student = of(Role::Student).find(|s| class(s) == class_id).cloned();
        if student.is_none() {
            let within = Call::new(all, &[]).with("limit", LOOKED).filter("class.sourcedId='{}'", &class_id);
            let page = self.page(&within)?;
            student = page.records.into_iter().find(|r| r[member!(Enrollment.role)] == Role::Student.word());
        }
        let Some(student) = student else {
            return Err(Stop::NotTried("no class with a teacher and a student".to_owned()));
        };
        let record = self.record(&Call::new(route!(getClass), &[&class_id]))?;
        let of_class = |name| reference(&record, name).to_owned();
        Ok(Classroom {
            school: of_class(member!(Class.school)),
            course: of_class(member!(Class.course)),
            term: of_class(member!(Class.terms)),
            student: person(&student),
            teacher: person(teacher),
            enrollment: id(&student).to_owned(),
            class: class_id,
        })
    }

    /// A result of a line item of a class.
    pub(super) fn graded(&mut self) -> Step<Graded> {
        let at = self.version as usize;
        if self.site.samples.0[at].gradebook.is_none() {
            let found = self.find_graded();
            self.site.samples.0[at].gradebook = Some(found);
        }
        self.site.samples.0[at].gradebook.clone().unwrap_or(Err(Stop::Failed))
    }

    fn find_graded(&mut self) -> Step<Graded> {
        let page = self.page(&Call::new(route!(getAllResults), &[]).with("limit", 1))?;
        let own;
        let result = match page.records.first() {
            Some(result) => result,
            None if self.site.options.write => {
                let (new, _) = self.written(Kind::Result)?;
                own = self.record(&Call::new(route!(getResult), &[&new]))?;
                &own
            }
            None => return Err(Stop::NotTried("there are no results".to_owned())),
        };
        let line_item = reference(result, member!(Result.lineItem)).to_owned();
        let record = self.record(&Call::new(route!(getLineItem), &[&line_item]))?;
        Ok(Graded {
            result: id(result).to_owned(),
            class: reference(&record, member!(LineItem.class)).to_owned(),
            category: reference(&record, member!(LineItem.category)).to_owned(),
            student: reference(result, member!(Result.student)).to_owned(),
            line_item,
        })
    }

    /// Sees to it that there is something to read of what comes by writes alone.
    fn furnish(&mut self, route: &Route) -> Step {
        if !self.site.options.write {
            return Ok(());
        }
        match (route.service, route.kind) {
            (Service::Assessment, _) => self.written(Kind::AssessmentResult).map(drop),
            (Service::Gradebook, Kind::ScoreScale) => self.written(Kind::ScoreScale).map(drop),
            _ => Ok(()),
        }
    }

    /// A request for an operation on records that are there.
    pub(super) fn asked(&mut self, route: &'static Route) -> Step<Asked> {
        self.furnish(route)?;
        let mut ids = Vec::new();
        for parent in route.parents {
            let found = self.parent(route, parent)?;
            if found.is_empty() {
                let why = format!("no {} is known to ask about", parent.kind.entity().name);
                return Err(Stop::NotTried(why));
            }
            ids.push(found);
        }
        if route.shape == Shape::Single {
            ids.push(self.first(route)?);
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        Ok(Asked { call: Call::new(route, &ids), holds: self.expected(route) })
    }

    /// The identifier for a parameter before the record itself.
    fn parent(&mut self, route: &Route, parent: &Parent) -> Step<String> {
        match (route.service, parent.kind) {
            (Service::Resources, kind) => self.with_resources(kind),
            (Service::Gradebook, Kind::Class) => Ok(self.graded()?.class),
            (Service::Gradebook, Kind::LineItem) => Ok(self.graded()?.line_item),
            (Service::Gradebook, Kind::User) => Ok(self.graded()?.student),
            (Service::Gradebook, Kind::Org) => {
                let class = self.graded()?.class;
                let record = self.record(&Call::new(route!(getClass), &[&class]))?;
                Ok(reference(&record, member!(Class.school)).to_owned())
            }
            (_, Kind::Class) => Ok(self.classroom()?.class),
            (_, Kind::Org) => Ok(self.classroom()?.school),
            (_, Kind::Course) => Ok(self.classroom()?.course),
            (_, Kind::AcademicSession) => Ok(self.classroom()?.term),
            (_, Kind::User) if parent.view == Some(View::Holds(Role::Teacher)) => Ok(self.classroom()?.teacher),
            (_, Kind::User) => Ok(self.classroom()?.student),
            _ => Ok(String::new()),
        }
    }

    /// A record to which resources are attached.
    fn with_resources(&mut self, kind: Kind) -> Step<String> {
        let Some(all) = collection(kind) else { return Ok(String::new()) };
        let name = member!(Class.resources);
        let call = Call::new(all, &[]).with("limit", 10_000).with("fields", format!("{ID},{name}"));
        let page = self.page(&call)?;
        let has = |record: &&Value| record[name].as_array().is_some_and(|list| !list.is_empty());
        Ok(page.records.iter().find(has).map(|record| id(record).to_owned()).unwrap_or_default())
    }

    /// The first record of the collection that a path to one record lies in.
    fn first(&mut self, route: &Route) -> Step<String> {
        let above = route.path.rsplit_once('/').map_or("", |(above, _)| above);
        let within = |r: &&Route| r.path == above && r.shape == Shape::Collection;
        let Some(all) = ROUTES.iter().find(within) else { return Ok(String::new()) };
        let page = self.page(&Call::new(all, &[]).with("limit", 1))?;
        match page.records.first().and_then(|record| record[ID].as_str()) {
            Some(id) => Ok(id.to_owned()),
            None => Err(Stop::NotTried(format!("there are no {}", route.kind.entity().plural))),
        }
    }

    /// A record that the answer of a nested read must hold, where one is known.
    fn expected(&mut self, route: &Route) -> Option<String> {
        if route.parents.is_empty() {
            return None;
        }
        let service = route.service;
        match (service, route.kind) {
            (Service::Rostering, kind) => {
                let room = self.classroom().ok()?;
                let teaches = route
                    .views
                    .iter()
                    .any(|view| matches!(view, View::EnrolledIn(_, Role::Teacher) | View::AtSchool(_, Role::Teacher)));
                match kind {
                    Kind::User if teaches => Some(room.teacher),
                    Kind::User => Some(room.student),
                    Kind::Class => Some(room.class),
                    Kind::Course => Some(room.course),
                    Kind::Enrollment => Some(room.enrollment),
                    _ => None,
                }
            }
            (Service::Gradebook, kind) => {
                let graded = self.graded().ok()?;
                match kind {
                    Kind::Result => Some(graded.result),
                    Kind::LineItem => Some(graded.line_item),
                    Kind::Category => Some(graded.category),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
