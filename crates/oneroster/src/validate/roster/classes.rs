//! Rows of sessions, courses and classes: S1, S3, S16, and S20 to S22.

use super::{DEPTH, Roster, ends_first};
use crate::at;
use crate::csv::Row;
use crate::csv::cell::OWN_WORD;
use crate::csv::lenient::year_of_range;
use crate::model::vocabulary::{ORG_TYPE, SESSION_TYPE};
use crate::model::{Kind, Type, Vocabulary};
use crate::time::Date;
use crate::validate::remarks::Remarks;
use crate::validate::rules::Code;
use crate::validate::tables::{NONE, put};
use crate::validate::tally::Tally;
use crate::validate::values::Values;
use crate::validate::words::{DISTRICT, SCHOOL_YEAR};

/// What a session leaves.
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) struct Session {
    pub word: u8,
    pub parent: u32,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub year: u16,
}

/// What a course leaves.
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) struct Course {
    org: u32,
    year: u32,
    pub has_class: bool,
}

/// What a class leaves.
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) struct Class {
    pub school: u32,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub taught: bool,
}

impl Roster {
    pub(super) fn session(&mut self, values: &Values, row: &Row<'_>, number: u32, remarks: &mut Remarks<'_>) {
        let start = values.day(at!(AcademicSession.startDate));
        let end = values.day(at!(AcademicSession.endDate));
        if ends_first((start, end)) {
            remarks.about(Code::S16, at!(AcademicSession.endDate), "");
        }
        let year = remarks.column(at!(AcademicSession.schoolYear)).map_or("", |at| row.cell(at).trim());
        let mut room = String::new();
        let year = year_of_range(year, &mut room).unwrap_or(year).parse().unwrap_or(0);
        let (word, parent) = (values.word(at!(AcademicSession.type)), values.target(at!(AcademicSession.parent)));
        let blank = Session { word: OWN_WORD, parent: NONE, start: None, end: None, year: 0 };
        put(&mut self.sessions, number, Session { word, parent, start, end, year }, blank);
    }

    /// S1, S2: an org that should be a school.
    pub(super) fn type_of_org(
        &self,
        values: &Values,
        (kind, field, code): (Kind, u8, Code),
        tally: &mut Tally,
        remarks: &mut Remarks<'_>,
    ) {
        let Some(org) = self.orgs.get(values.target(field) as usize) else { return };
        if elsewhere(&ORG_TYPE, org.word, wanted_types(kind, field)) {
            remarks.about(code, field, "");
            if org.word == DISTRICT {
                tally.add(Code::D44, remarks.column(field), remarks.line);
            }
        }
    }

    /// S3: a session that should be a school year.
    fn type_of_session(&self, values: &Values, field: u8, code: Code, remarks: &mut Remarks<'_>) {
        let Some(session) = self.sessions.get(values.target(field) as usize) else { return };
        if elsewhere(&SESSION_TYPE, session.word, wanted_types(Kind::Course, field)) {
            remarks.about(code, field, "");
        }
    }

    pub(super) fn course(&mut self, values: &Values, number: u32, remarks: &mut Remarks<'_>) {
        self.type_of_session(values, at!(Course.schoolYear), Code::S3, remarks);
        let [org, year] = [at!(Course.org), at!(Course.schoolYear)].map(|field| values.target(field));
        let blank = Course { org: NONE, year: NONE, has_class: false };
        put(&mut self.courses, number, Course { org, year, ..blank }, blank);
    }

    pub(super) fn class(&mut self, values: &Values, number: u32, tally: &mut Tally, remarks: &mut Remarks<'_>) {
        self.type_of_org(values, (Kind::Class, at!(Class.school), Code::S1), tally, remarks);
        let blank = Class { school: NONE, start: None, end: None, taught: false };
        let mut class = Class { school: values.target(at!(Class.school)), ..blank };
        let terms = || values.list(at!(Class.terms)).filter_map(|term| self.sessions.get(term as usize));
        class.start = terms().filter_map(|t| t.start).min();
        class.end = terms().filter_map(|t| t.end).max();
        if usize::from(values.count(at!(Class.terms))) != terms().count() {
            (class.start, class.end) = (None, None);
        }
        if terms().any(|term| term.word == SCHOOL_YEAR) {
            remarks.about(Code::S20, at!(Class.terms), "");
        }
        let of = values.target(at!(Class.course)) as usize;
        if let Some(course) = self.courses.get_mut(of) {
            course.has_class = true;
        }
        if let Some(course) = self.courses.get(of) {
            if values.list(at!(Class.terms)).any(|term| self.is_in_other_year(term, course.year)) {
                remarks.about(Code::S21, at!(Class.terms), "");
            }
            if class.school != NONE && course.org != NONE && !self.is_within(class.school, course.org) {
                remarks.about(Code::S22, at!(Class.course), "");
            }
        }
        put(&mut self.classes, number, class, blank);
    }

    /// Whether a session lies in another school year than the one given.
    fn is_in_other_year(&self, session: u32, year: u32) -> bool {
        let Some(wanted) = self.sessions.get(year as usize) else { return false };
        let mut at = session;
        for _ in 0..DEPTH {
            match self.sessions.get(at as usize) {
                _ if at == year => return false,
                Some(session) if session.word == SCHOOL_YEAR => return wanted.word == SCHOOL_YEAR,
                Some(session) if session.parent != NONE => at = session.parent,
                // A tree without a school year tells its year by number only.
                Some(session) => return session.year != wanted.year,
                None => return false,
            }
        }
        false
    }

    /// The school of a class.
    pub fn school_of(&self, class: u32) -> u32 {
        self.classes.get(class as usize).map_or(NONE, |class| class.school)
    }
}

/// The types that the target of a field must have, if it is restricted.
fn wanted_types(kind: Kind, field: u8) -> &'static [&'static str] {
    match kind.entity().fields[field as usize].ty {
        Type::Ref(_, types) => types,
        _ => &[],
    }
}

/// Whether a word of a vocabulary is none of those wanted; what is none of its
/// words, because the file has its own or no such column, may be anything.
fn elsewhere(vocabulary: &Vocabulary, word: u8, wanted: &[&str]) -> bool {
    vocabulary.words.get(usize::from(word)).is_some_and(|word| !wanted.contains(&word.text))
}
