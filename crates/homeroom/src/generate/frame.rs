//! The files that do not name people: orgs, academicSessions, courses, and
//! the manifest.

use super::Options;
use super::calendar::Year;
use super::curriculum::{Course, Subject, slots};
use super::out::Package;
use super::rng::{Key, Stream};
use super::rows::Sheet;
use super::schools::{District, Level, School, grade_code};
use super::staff::Plan;
use super::timetable::Shape;
use oneroster::at;
use oneroster::csv::{Mode, write};
use oneroster::model::Kind;

/// Writes orgs.csv: the district, its schools, the departments of high schools.
pub fn orgs(district: &District, options: &Options, package: &mut Package) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(package, Kind::Org, options, &["classification"]);
    let row = sheet.row(District::ID).text(at!(Org.name), "Riverbend \"Twin Lakes\" Unified School District");
    // 1.0 has no districts, nor departments (csv.md 6.4).
    let kind = if options.is_old() { "local" } else { "district" };
    row.text(at!(Org.type), kind).text(at!(Org.identifier), "0053010").metadata(0, "public").end()?;
    for school in &district.schools {
        let row = sheet.row(&school.id).text(at!(Org.name), &school.name).text(at!(Org.type), "school");
        let row = row.set(at!(Org.identifier), format_args!("0053010{:05}", school.index + 1));
        let charter = district.key(Stream::Layout).with(school.index.into()).chance(8_000);
        let row = row.text(at!(Org.parent), District::ID);
        row.metadata(0, if charter { "charter" } else { "public" }).end()?;
        for subject in Plan::new(district, school).departments().filter(|_| !options.is_old()) {
            let row = sheet.row(&format!("{}-{}", school.id, subject.code()));
            let row = row.set(at!(Org.name), format_args!("{}, {}", school.name, subject.name()));
            let row = row.set(at!(Org.identifier), format_args!("{:03}-{}", school.index + 1, subject.code()));
            row.text(at!(Org.type), "department").text(at!(Org.parent), &school.id).end()?;
        }
    }
    sheet.finish()
}

/// Writes academicSessions.csv: the school year in force.
pub fn sessions(year: Year, options: &Options, package: &mut Package) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(package, Kind::AcademicSession, options, &[]);
    for session in year.sessions() {
        let row = sheet.row(&session.id).text(at!(AcademicSession.title), &session.title);
        let row = row.text(at!(AcademicSession.type), session.ty);
        let row = row.set(at!(AcademicSession.startDate), session.start);
        let row = row.set(at!(AcademicSession.endDate), session.end);
        let row = row.text(at!(AcademicSession.parent), session.parent.as_deref().unwrap_or_default());
        row.set(at!(AcademicSession.schoolYear), year.number()).end()?;
    }
    sheet.finish()
}

/// Writes courses.csv: what the district teaches, and each school's homeroom.
pub fn courses(district: &District, year: Year, options: &Options, package: &mut Package) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(package, Kind::Course, options, &[]);
    let school_year = year.id();
    let homeroom = Subject::Homeroom;
    for school in &district.schools {
        let row = sheet.row(&homeroom_course(school)).text(at!(Course.schoolYear), &school_year);
        let row = row.text(at!(Course.title), homeroom.name()).text(at!(Course.courseCode), "HR");
        let row = row.list(at!(Course.grades), school.level.grades().map(grade_code));
        let row = row.text(at!(Course.org), &school.id).text(at!(Course.subjects), homeroom.name());
        row.text(at!(Course.subjectCodes), homeroom.sced()).end()?;
    }
    for course in taught(district) {
        let subject = course.place().subject;
        let row = sheet.row(&course.id()).text(at!(Course.schoolYear), &school_year);
        let row = row.text(at!(Course.title), &course.title()).text(at!(Course.courseCode), &course.code());
        let row = row.text(at!(Course.grades), grade_code(course.grade)).text(at!(Course.org), District::ID);
        let row = row.text(at!(Course.subjects), subject.name());
        row.text(at!(Course.subjectCodes), subject.sced()).end()?;
    }
    sheet.finish()
}

/// The sourcedId of a school's own course.
pub fn homeroom_course(school: &School) -> String {
    format!("{}-{}", school.id, Subject::Homeroom.code())
}

/// Every course that has a class somewhere.
fn taught(district: &District) -> Vec<Course> {
    let mut found = Vec::new();
    for level in Level::ALL {
        // The offers of a place go round among the rotations, so the school
        // with the most rotations has every course that any school has.
        let most = district.schools.iter().filter(|s| s.level == level).max_by_key(|s| Shape::of(s).rotations);
        let Some(shape) = most.map(Shape::of) else { continue };
        for grade in level.grades() {
            for slot in 0..slots(level).len() as u32 {
                for section in 0..shape.rotations {
                    found.extend(shape.course(grade, slot, section).filter(|c| !found.contains(c)));
                }
            }
        }
    }
    found
}

/// The manifest: every file of the version, `bulk` if it was written.
pub fn manifest(options: &Options, rows: &[(&'static str, u64)]) -> String {
    let modes: Vec<(Kind, Mode)> =
        rows.iter().filter_map(|(name, _)| Some((Kind::from_plural(name)?, Mode::Bulk))).collect();
    let code = Key::root(options.seed, Stream::Layout).below(100_000);
    write::manifest(options.version(), &modes, Some(("Homeroom Synthetic District", &format!("{code:05}"))))
}
