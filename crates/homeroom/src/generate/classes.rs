//! The files about classes: classes and enrollments.

use super::Options;
use super::calendar::{Term, Year};
use super::curriculum::{Slot, slots};
use super::days::{Occupant, Story, begin};
use super::frame::homeroom_course;
use super::out::Package;
use super::people::{STUDENT, staff_id, student_id};
use super::rng::{Key, Stream, Uuid};
use super::rows::Sheet;
use super::schools::{District, Level, School, grade_code};
use super::staff::{Holder, Plan, since};
use super::timetable::{Section, Timetable, Upheaval, upheavals};
use oneroster::at;
use oneroster::model::Kind;

const TEACHER: &str = "teacher";

/// What both files go through: every grade of every school, with its classes.
pub(super) struct Grade<'d> {
    pub(super) district: &'d District,
    pub(super) school: &'d School,
    pub(super) plan: &'d Plan,
    pub(super) year: Year,
    pub(super) grade: u32,
    pub(super) table: Timetable,
    /// The draws of the grade's classes; they change when the school's
    /// identifiers do.
    pub(super) key: Key,
}

pub(super) fn grades(
    district: &District,
    story: &Story<'_>,
    tell: &mut dyn FnMut(&Grade<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let year = Year::on(story.day);
    let all: Vec<Upheaval> = upheavals(district, story, year);
    for school in &district.schools {
        let plan = Plan::new(district, school);
        let root = district.key(Stream::Class).with(1 << 32 | u64::from(school.index)).with(year.fall as u64);
        let root = root.with(story.migrations(school.index, year.first_day()).into());
        for grade in school.level.grades() {
            let table = Timetable::new(district, story, year, school, grade, &all);
            tell(&Grade { district, school, plan: &plan, year, grade, table, key: root.with(grade.into()) })?;
        }
    }
    Ok(())
}

impl Grade<'_> {
    pub(super) fn place(&self, section: Section) -> Slot {
        slots(self.school.level)[section.slot as usize]
    }

    pub(super) fn class_key(&self, section: Section) -> Key {
        let split = section.split.unwrap_or(0);
        self.key.with(u64::from(section.slot) << 32 | u64::from(section.number)).with(split.into())
    }

    fn title(&self, section: Section, course: Option<super::curriculum::Course>) -> String {
        const MASCOTS: [&str; 8] = ["Otters", "Explorers", "Salmon", "Pumas & Co.", "Owls", "Quail", "Niños", "Stars"];
        let number = section.number + 1;
        let part = if section.split.is_some() { " B" } else { "" };
        match course {
            Some(course) => format!("{}, Section {number}{part}", course.title()),
            None if self.school.level == Level::Elementary => {
                format!("Homeroom {} \"{}\"", room(self, section), self.class_key(section).pick(&MASCOTS))
            }
            None => format!("Advisory {}-{number}", grade_code(self.grade)),
        }
    }
}

/// Writes classes.csv.
pub fn classes(district: &District, story: &Story<'_>, options: &Options, package: &mut Package) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(package, Kind::Class, options, &[]);
    grades(district, story, &mut |grade| {
        let level = grade.school.level;
        for section in grade.table.sections() {
            let place = grade.place(section);
            let course = grade.table.shape.course(grade.grade, section.slot, section.number);
            let id = grade.class_key(section).uuid();
            let row = sheet.row(id.as_str()).text(at!(Class.title), &grade.title(section, course));
            let row = row.text(at!(Class.grades), grade_code(grade.grade));
            let row = match course {
                Some(course) => row.text(at!(Class.course), &course.id()),
                None => row.text(at!(Class.course), &homeroom_course(grade.school)),
            };
            let part = if section.split.is_some() { "B" } else { "" };
            let (code, number) = (place.subject.code(), section.number + 1);
            let row =
                row.set(at!(Class.classCode), format_args!("{}-{code}-{number:02}{part}", grade_code(grade.grade)));
            let row = row.text(at!(Class.classType), if section.slot == 0 { "homeroom" } else { "scheduled" });
            let row = row.text(at!(Class.location), &room(grade, section));
            let row = row.text(at!(Class.school), &grade.school.id);
            let row = row.text(at!(Class.terms), &grade.year.term_ids(place.term));
            let row = row.text(at!(Class.subjects), place.subject.name());
            let row = row.text(at!(Class.subjectCodes), place.subject.sced());
            let period = grade.table.shape.period(level, grade.grade, section.number, place.line);
            let row = if section.slot == 0 {
                row.text(at!(Class.periods), "HR")
            } else {
                row.set(at!(Class.periods), period)
            };
            row.end()?;
        }
        Ok(())
    })?;
    sheet.finish()
}

/// The room of a class: that of its lead teacher.
fn room(grade: &Grade<'_>, section: Section) -> String {
    let post = grade.plan.teachers_of(grade.grade, section).0;
    format!("Room {}", 100 + post.number)
}

/// Writes enrollments.csv: for each grade its students, then its teachers.
pub fn enrollments(
    district: &District,
    story: &Story<'_>,
    options: &Options,
    package: &mut Package,
) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(package, Kind::Enrollment, options, &[]);
    grades(district, story, &mut |grade| {
        let mut writer = Writer { sheet: &mut sheet, grade };
        for seat in 0..grade.table.shape.seats {
            let occupant = story.occupant(story.cohort(grade.grade), grade.school.first + seat);
            if let Some(student) = occupant {
                writer.student(seat, &student)?;
            }
        }
        for section in grade.table.sections() {
            writer.teachers(story, section)?;
        }
        Ok(())
    })?;
    sheet.finish()
}

struct Writer<'w, 'a, 'g> {
    sheet: &'w mut Sheet<'a>,
    grade: &'w Grade<'g>,
}

impl Writer<'_, '_, '_> {
    fn student(&mut self, seat: u32, student: &Occupant) -> anyhow::Result<()> {
        let (grade, year) = (self.grade, self.grade.year);
        let id = student_id(grade.district, student);
        // A seat that was won in an earlier year counts from the beginning of this one.
        let sits = since(year, student.since.max(student.joined));
        for slot in 0..slots(grade.school.level).len() as u32 {
            let (section, changed) = grade.table.class_of(slot, seat);
            let span = (grade.place(section).term, sits.max(changed));
            self.row(section, id, STUDENT, None, span)?;
        }
        Ok(())
    }

    fn teachers(&mut self, story: &Story<'_>, section: Section) -> anyhow::Result<()> {
        let grade = self.grade;
        let (lead, helper) = grade.plan.teachers_of(grade.grade, section);
        for (post, primary) in [(Some(lead), true), (helper, false)] {
            let Some(post) = post else { continue };
            let holder = Holder::of(grade.district, story, post);
            let term = grade.place(section).term;
            let opened = section.split.unwrap_or(0);
            let hired = since(grade.year, holder.hired).max(opened);
            // Classes of a semester that was over before are kept under the new name.
            let hired = if begin(grade.year, term, hired).is_some() { hired } else { opened };
            self.row(section, staff_id(&holder), TEACHER, Some(primary), (term, hired))?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        section: Section,
        user: Uuid,
        role: &str,
        primary: Option<bool>,
        (term, since): (Term, u32),
    ) -> anyhow::Result<()> {
        let grade = self.grade;
        let Some(from) = begin(grade.year, term, since) else { return Ok(()) };
        let class = grade.class_key(section);
        let row = self.sheet.row(class.text(user.as_str()).uuid().as_str());
        let row = row.text(at!(Enrollment.class), class.uuid().as_str());
        let row = row.text(at!(Enrollment.school), &grade.school.id);
        let row = row.text(at!(Enrollment.user), user.as_str()).text(at!(Enrollment.role), role);
        let row = match primary {
            Some(primary) => row.set(at!(Enrollment.primary), primary),
            None => row,
        };
        let row = row.set(at!(Enrollment.beginDate), from);
        row.set(at!(Enrollment.endDate), grade.year.span(term).1).end()
    }
}
