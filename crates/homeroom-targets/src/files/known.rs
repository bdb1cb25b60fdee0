//! What must be known of the whole roster before a row can be written: compact,
//! for it is held while all files are.

use super::error::Error;
use super::format::{Column, File, Format};
use super::input::held;
use super::write::Source;
use hashbrown::{HashMap, HashSet};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::model::vocabulary::USER_ROLE;
use oneroster::record::{Record, id_digest};
use oneroster::time::Date;

/// What is known of the roster.
#[derive(Debug, Default)]
pub struct Known {
    /// The type and the parent of organisations.
    orgs: HashMap<String, (String, Option<String>)>,
    /// Which roles a person holds, as bits by the order of the vocabulary.
    people: HashMap<u64, u16>,
    /// Who is related to a student.
    relatives: HashSet<u64>,
    /// Who teaches a class, the lead teacher first.
    teachers: HashMap<u64, Vec<String>>,
    /// A school at which a course is taught.
    taught_at: HashMap<u64, String>,
    /// The first and the last day of sessions.
    sessions: HashMap<String, (String, String)>,
    /// How many columns of several are needed, by file and column.
    widths: HashMap<(&'static str, &'static str), usize>,
}

/// Whether a last day has not come yet; the day itself is the first one after.
pub(super) fn live_until(end: Option<&str>, today: Date) -> bool {
    end.and_then(Date::parse).is_none_or(|end| end > today)
}

/// The bit of a role.
fn bit(role: &str) -> u16 {
    let place = USER_ROLE.words.iter().position(|word| word.text == role);
    place.and_then(|place| 1u16.checked_shl(u32::try_from(place).ok()?)).unwrap_or(0)
}

impl Known {
    /// Looks through the roster; enrollments only if a format needs them.
    pub(super) fn of(source: &mut dyn Source, format: &Format, today: Date) -> Result<Known, Error> {
        let mut known = Known::default();
        for kind in [Kind::Org, Kind::AcademicSession, Kind::Class, Kind::User] {
            source.each(kind, &mut |record| {
                known.add(record, today);
                Ok(())
            })?;
        }
        let several =
            format.files.iter().any(|file| file.of == Kind::Class && file.columns.iter().any(|c| c.most.is_some()));
        if several {
            source.each(Kind::Enrollment, &mut |record| {
                known.teaches(record, today);
                Ok(())
            })?;
            known.teachers.values_mut().for_each(|teachers| teachers.dedup());
        }
        Ok(known)
    }

    fn add(&mut self, record: &Record, today: Date) {
        match record.kind() {
            Kind::Org => {
                let word = record.get(at!(Org.type)).unwrap_or_default().to_owned();
                let parent = record.get(at!(Org.parent)).map(str::to_owned);
                self.orgs.insert(record.sourced_id.clone(), (word, parent));
            }
            Kind::AcademicSession => {
                let day = |field| record.get(field).unwrap_or_default().to_owned();
                let days = (day(at!(AcademicSession.startDate)), day(at!(AcademicSession.endDate)));
                self.sessions.insert(record.sourced_id.clone(), days);
            }
            Kind::Class => {
                if let (Some(course), Some(school)) = (record.get(at!(Class.course)), record.get(at!(Class.school))) {
                    self.taught_at.entry(id_digest(course)).or_insert_with(|| school.to_owned());
                }
            }
            Kind::User => {
                let roles = record.rows(at!(User.roles)).filter(|role| held(role, today));
                let bits = roles.filter_map(|role| role.get(at!(Role.role))).fold(0, |bits, role| bits | bit(role));
                self.people.insert(id_digest(&record.sourced_id), bits);
                if bits & bit("student") != 0 {
                    self.relatives.extend(record.list(at!(User.agents)).map(id_digest));
                }
            }
            _ => {}
        }
    }

    fn teaches(&mut self, enrollment: &Record, today: Date) {
        let teacher = enrollment.get(at!(Enrollment.role)) == Some("teacher");
        let (Some(class), Some(user)) = (enrollment.get(at!(Enrollment.class)), enrollment.get(at!(Enrollment.user)))
        else {
            return;
        };
        if !teacher || !live_until(enrollment.get(at!(Enrollment.endDate)), today) {
            return;
        }
        let teachers = self.teachers.entry(id_digest(class)).or_default();
        if teachers.iter().any(|known| known == user) {
            return;
        }
        if enrollment.get(at!(Enrollment.primary)) == Some("true") {
            teachers.insert(0, user.to_owned());
        } else {
            teachers.push(user.to_owned());
        }
    }

    /// The type of an organisation.
    pub fn org_type(&self, org: &str) -> Option<&str> {
        self.orgs.get(org).map(|(word, _)| word.as_str())
    }

    /// The first day of some sessions, and the last of them.
    pub fn days<'a>(&'a self, sessions: impl Iterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
        let days = sessions.filter_map(|session| self.sessions.get(session));
        let days = days.filter(|(start, end)| !start.is_empty() && !end.is_empty());
        days.map(|(start, end)| (start.as_str(), end.as_str())).reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
    }

    /// Whether a person holds a role.
    pub fn holds(&self, person: &str, role: &str) -> bool {
        self.people.get(&id_digest(person)).is_some_and(|bits| bits & bit(role) != 0)
    }

    /// Whether a person is related to a student.
    pub fn is_relative(&self, person: &str) -> bool {
        self.relatives.contains(&id_digest(person))
    }

    /// Who teaches a class, the lead teacher first.
    pub fn teachers(&self, class: &str) -> &[String] {
        self.teachers.get(&id_digest(class)).map_or(&[], Vec::as_slice)
    }

    /// A school at which a course is taught.
    pub fn taught_at(&self, course: &str) -> Option<&str> {
        self.taught_at.get(&id_digest(course)).map(String::as_str)
    }

    /// How many columns of a file a column is.
    pub(super) fn width_of(&self, file: &File, column: &Column) -> usize {
        match column.most {
            Some((most, true)) => most,
            Some(_) => self.widths.get(&(file.name, column.name)).copied().unwrap_or(1),
            None => 1,
        }
    }

    /// Notes how many values a row has.
    pub(super) fn widen(&mut self, file: &'static str, column: &'static str, values: usize) {
        let width = self.widths.entry((file, column)).or_insert(1);
        *width = values.max(*width);
    }
}
