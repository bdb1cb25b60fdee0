//! The gradebook of a few classes: enough to try every operation on.
//!
//! In each grade of each school the first class of two subjects keeps grades:
//! a homework, a quiz and a test, with a result for whoever sits in it.

use super::Options;
use super::calendar::Term;
use super::classes::{Grade, grades};
use super::curriculum::Course;
use super::days::{Story, begin};
use super::out::Package;
use super::people::student_id;
use super::rng::{Key, Uuid};
use super::rows::Sheet;
use super::schools::District;
use super::staff::since;
use super::timetable::Section;
use oneroster::at;
use oneroster::model::Kind;
use oneroster::time::Date;

/// The categories of the district: identifier, title, weight in percent.
const CATEGORIES: [(&str, &str, u32); 3] =
    [("cat-homework", "Homework", 30), ("cat-quiz", "Quizzes", 30), ("cat-test", "Tests", 40)];

/// What is graded: title, category, days after the beginning, days to do it, greatest score.
const ITEMS: [(&str, usize, i32, i32, u32); 3] =
    [("Practice 1", 0, 1, 4, 20), ("Quiz 1", 1, 8, 0, 10), ("Unit 1 Test", 2, 15, 0, 100)];

/// The slots of the timetable whose first class keeps grades.
const SLOTS: [u32; 2] = [1, 2];

/// Whoever handed nothing in, in 100,000.
const MISSING: u32 = 5_000;

/// A class that keeps grades.
pub(super) struct Graded<'g> {
    pub(super) grade: &'g Grade<'g>,
    pub(super) section: Section,
    course: Course,
}

/// One thing that is graded in it.
struct Item {
    key: Key,
    title: &'static str,
    category: &'static str,
    assigned: Date,
    due: Date,
    most: u32,
}

impl Graded<'_> {
    /// Whether it is the first of its grade that keeps grades.
    pub(super) fn is_first(&self) -> bool {
        self.section.slot == SLOTS[0]
    }

    /// Whoever sits in it.
    pub(super) fn sitting(&self, story: &Story<'_>) -> impl Iterator<Item = Uuid> {
        let (grade, section) = (self.grade, self.section);
        (0..grade.table.shape.seats).filter_map(move |seat| {
            let student = story.occupant(story.cohort(grade.grade), grade.school.first + seat)?;
            let (own, changed) = grade.table.class_of(section.slot, seat);
            let sits = since(grade.year, student.since.max(student.joined)).max(changed);
            let here = grade.class_key(own).0 == grade.class_key(section).0;
            (here && begin(grade.year, self.term(), sits).is_some()).then(|| student_id(grade.district, &student))
        })
    }

    fn items(&self) -> impl Iterator<Item = Item> + '_ {
        let (start, _) = self.grade.year.span(self.term());
        ITEMS.iter().enumerate().map(move |(at, (title, category, after, days, most))| Item {
            key: self.grade.class_key(self.section).text("line item").with(at as u64),
            title,
            category: CATEGORIES[*category].0,
            assigned: start.plus(*after),
            due: start.plus(after + days),
            most: *most,
        })
    }

    fn term(&self) -> Term {
        self.grade.place(self.section).term
    }

    /// The grading period in which a term begins.
    fn period(&self) -> String {
        let id = self.grade.year.id();
        match self.term() {
            Term::Trimesters => format!("{id}-t1-g"),
            Term::Semesters | Term::First => format!("{id}-q1"),
            Term::Second => format!("{id}-q3"),
        }
    }
}

/// Writes the files of the gradebook.
pub fn gradebook(
    district: &District,
    story: &Story<'_>,
    options: &Options,
    package: &mut Package,
) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(package, Kind::Category, options, &[]);
    for (id, title, weight) in CATEGORIES {
        sheet.row(id).text(at!(Category.title), title).set(at!(Category.weight), weight).end()?;
    }
    sheet.finish()?;
    let mut sheet = Sheet::new(package, Kind::LineItem, options, &[]);
    graded(district, story, &mut |graded| line_items(graded, &mut sheet))?;
    sheet.finish()?;
    let mut sheet = Sheet::new(package, Kind::Result, options, &[]);
    graded(district, story, &mut |graded| results(graded, story, &mut sheet))?;
    sheet.finish()?;
    if !Kind::ScoreScale.entity().csv.has(options.version()) {
        return Ok(());
    }
    let mut sheet = Sheet::new(package, Kind::ScoreScale, options, &[]);
    graded(district, story, &mut |graded| scale(graded, &mut sheet))?;
    sheet.finish()
}

/// Tells every class that keeps grades.
pub(super) fn graded(
    district: &District,
    story: &Story<'_>,
    tell: &mut dyn FnMut(&Graded<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    grades(district, story, &mut |grade| {
        let first = |section: &Section| SLOTS.contains(&section.slot) && section.number == 0 && section.split.is_none();
        for section in grade.table.sections().filter(first) {
            if let Some(course) = grade.table.shape.course(grade.grade, section.slot, section.number) {
                tell(&Graded { grade, section, course })?;
            }
        }
        Ok(())
    })
}

fn line_items(graded: &Graded<'_>, sheet: &mut Sheet<'_>) -> anyhow::Result<()> {
    let class = graded.grade.class_key(graded.section).uuid();
    let period = graded.period();
    for item in graded.items() {
        let row = sheet.row(item.key.uuid().as_str()).text(at!(LineItem.title), item.title);
        let row = row.set(at!(LineItem.assignDate), item.assigned).set(at!(LineItem.dueDate), item.due);
        let row = row.text(at!(LineItem.class), class.as_str()).text(at!(LineItem.category), item.category);
        let row = row.text(at!(LineItem.gradingPeriod), &period).text(at!(LineItem.academicSession), &period);
        let row = row.text(at!(LineItem.resultValueMin), "0.0");
        let row = row.set(at!(LineItem.resultValueMax), format_args!("{}.0", item.most));
        row.text(at!(LineItem.school), &graded.grade.school.id).end()?;
    }
    Ok(())
}

fn results(graded: &Graded<'_>, story: &Story<'_>, sheet: &mut Sheet<'_>) -> anyhow::Result<()> {
    let class = graded.grade.class_key(graded.section).uuid();
    for student in graded.sitting(story) {
        for item in graded.items() {
            let key = item.key.text(student.as_str());
            let missing = key.with(1).chance(MISSING);
            // Most do well: of two draws the better one counts.
            let halves = item.most * 2 + 1;
            let score = if missing { 0 } else { key.with(2).below(halves).max(key.with(3).below(halves)) };
            let row = sheet.row(key.uuid().as_str()).text(at!(Result.lineItem), item.key.uuid().as_str());
            let row = row.text(at!(Result.student), student.as_str());
            let row = row.text(at!(Result.scoreStatus), if missing { "not submitted" } else { "fully graded" });
            let row = row.set(at!(Result.score), format_args!("{}.{}", score / 2, score % 2 * 5));
            let row = row.set(at!(Result.scoreDate), item.due.plus(1)).text(at!(Result.class), class.as_str());
            row.set(at!(Result.missing), missing).end()?;
        }
    }
    Ok(())
}

fn scale(graded: &Graded<'_>, sheet: &mut Sheet<'_>) -> anyhow::Result<()> {
    let class = graded.grade.class_key(graded.section);
    let row = sheet.row(class.text("score scale").uuid().as_str()).text(at!(ScoreScale.title), "Letters");
    let row = row.text(at!(ScoreScale.type), "percent").text(at!(ScoreScale.org), &graded.grade.school.id);
    let row = row.text(at!(ScoreScale.course), &graded.course.id());
    let row = row.text(at!(ScoreScale.class), class.uuid().as_str());
    row.text(at!(ScoreScale.scoreScaleValue), "{A:90},{B:80},{C:70},{D:60},{F:0}").end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::calendar::Year;

    #[test]
    fn what_is_graded_is_due_before_the_period_ends() {
        let year = Year::new(2026);
        for term in [Term::Trimesters, Term::Semesters, Term::First, Term::Second] {
            let (start, end) = year.span(term);
            for (_, category, after, days, _) in ITEMS {
                assert!(start.plus(after + days) < end && category < CATEGORIES.len());
            }
        }
        assert_eq!(CATEGORIES.iter().map(|(.., weight)| weight).sum::<u32>(), 100);
    }
}
