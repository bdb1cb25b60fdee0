//! What becomes of the grades of a Moodle.

use crate::bench::Bench;
use crate::district::District;
use crate::fake::{Item, Moodle};
use homeroom_targets::moodle::Graded;
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;

/// 2026-09-21T12:53:20Z, in seconds.
const DAY: i64 = 1_790_000_000;

/// A district of two classes that was carried to a Moodle.
fn carried(moodle: &Moodle) -> Bench {
    let bench = Bench::new(moodle, &District::with("", 4)).set("grades", "yes");
    bench.push();
    bench
}

fn item(moodle: &Moodle, id: i64, kind: &'static str, grades: &[(&str, f64, Option<i64>)]) {
    let mut inner = moodle.inner();
    let course = inner.site.course("c1").unwrap().0;
    let number = |of: &str| inner.site.user(of).unwrap().0;
    let grades = grades.iter().map(|(of, grade, on)| (number(of), (*grade, *on))).collect();
    inner.site.items.insert(id, Item { course, name: format!("Item {id}"), kind, most: 20.0, grades });
}

/// Students with their scores and days.
fn results(graded: &Graded) -> Vec<(String, String, String)> {
    let text = |record: &Record, field: u8| record.get(field).unwrap_or_default().to_owned();
    let of = |record: &Record| {
        (text(record, at!(Result.student)), text(record, at!(Result.score)), text(record, at!(Result.scoreDate)))
    };
    graded.records.iter().filter(|record| record.kind() == Kind::Result).map(of).collect()
}

fn told(all: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    all.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

#[test]
fn grades_of_students_become_results_and_those_of_others_are_counted() {
    let moodle = Moodle::new();
    let bench = carried(&moodle);
    {
        // Somebody made the teacher a student, too.
        let site = &mut moodle.inner().site;
        let (course, teacher) = (site.course("c1").unwrap().0, site.user("t1").unwrap().0);
        site.roles.insert(("course".to_owned(), course, teacher, 5));
    }
    item(&moodle, 7, "mod", &[("u0000", 17.5, Some(DAY)), ("t1", 3.0, Some(DAY))]);
    // On a scale Moodle tells no more than the place of the word.
    moodle.inner().site.scales.insert(6);
    item(&moodle, 6, "manual", &[("u0000", 2.0, Some(DAY))]);
    item(&moodle, 8, "course", &[("u0000", 17.5, None)]);
    item(&moodle, 9, "category", &[]);
    let graded = bench.grades(&[]).unwrap();
    assert_eq!((graded.courses, graded.strangers, graded.worded, graded.unread.len()), (2, 1, 1, 0));
    assert_eq!(results(&graded), told(&[("u0000", "17.5", "2026-09-21")]));
    let items: Vec<&Record> = graded.records.iter().filter(|record| record.kind() == Kind::LineItem).collect();
    assert_eq!(items.len(), 1);
    for (field, value) in [
        (at!(LineItem.title), "Item 7"),
        (at!(LineItem.class), "c1"),
        (at!(LineItem.school), "s1"),
        (at!(LineItem.academicSession), "t"),
        (at!(LineItem.category), "moodle.lms"),
        (at!(LineItem.assignDate), "2026-08-10T00:00:00.000Z"),
        (at!(LineItem.dueDate), "2027-01-19T00:00:00.000Z"),
        (at!(LineItem.resultValueMax), "20"),
    ] {
        assert_eq!(items[0].get(field), Some(value));
    }
    // Nothing is written there.
    moodle.writes();
    bench.grades(&[]).unwrap();
    assert!(moodle.writes().is_empty());
}

#[test]
fn a_total_has_the_day_on_which_it_was_seen_first() {
    let moodle = Moodle::new();
    let bench = carried(&moodle).set("grade-items", "total").set("grade-as", "percent");
    item(&moodle, 8, "course", &[("u0000", 15.0, None)]);
    let first = bench.grades(&[]).unwrap();
    assert_eq!(results(&first), told(&[("u0000", "75", "2026-11-22")]));
    let mut earlier: Vec<Record> =
        first.records.iter().filter(|record| record.kind() == Kind::Result).cloned().collect();
    earlier[0].set(at!(Result.scoreDate), "2026-10-01");
    assert_eq!(results(&bench.grades(&earlier).unwrap()), told(&[("u0000", "75", "2026-10-01")]));
    item(&moodle, 8, "course", &[("u0000", 16.0, None)]);
    assert_eq!(results(&bench.grades(&earlier).unwrap()), told(&[("u0000", "80", "2026-11-22")]));
}

#[test]
fn what_cannot_be_read_is_told() {
    let moodle = Moodle::new();
    let bench = carried(&moodle);
    item(&moodle, 7, "mod", &[("u0000", 17.5, Some(DAY))]);
    let course = moodle.inner().site.course("c1").unwrap().0;
    moodle.inner().site.blind.insert(course);
    let graded = bench.grades(&[]).unwrap();
    assert_eq!((graded.courses, graded.unread.len(), graded.unread[0].0.as_str()), (1, 1, "c1"));
    moodle.inner().faults.lacking = vec!["gradereport_user_get_grade_items"];
    assert!(bench.grades(&[]).unwrap_err().to_string().contains("lacks gradereport_user_get_grade_items"));
}

#[test]
fn of_whom_nothing_is_told_nothing_is_gone() {
    let moodle = Moodle::new();
    let bench = carried(&moodle);
    item(&moodle, 7, "mod", &[("u0000", 17.5, Some(DAY)), ("u0002", 3.0, Some(DAY))]);
    let all = bench.grades(&[]).unwrap().untold;
    assert!(!all.hides_items_of("c1") && !all.hides_results_of("c1", "u0000"));
    // The days of one are over: Moodle tells the other alone.
    let (first, second) = {
        let site = &mut moodle.inner().site;
        site.now = Some(DAY);
        let of = |id: &str| (site.course("c1").unwrap().0, site.user(id).unwrap().0);
        (of("u0000"), of("u0002"))
    };
    moodle.inner().site.enrolments.get_mut(&first).unwrap().end = DAY - 1;
    let graded = bench.grades(&[]).unwrap();
    assert_eq!(results(&graded), told(&[("u0002", "3", "2026-09-21")]));
    assert!(graded.untold.hides_results_of("c1", "u0000") && !graded.untold.hides_results_of("c1", "u0002"));
    assert!(!graded.untold.hides_items_of("c1") && graded.unread.is_empty());
    // Those of all are, and so it tells not even what there is to grade.
    moodle.inner().site.enrolments.get_mut(&second).unwrap().suspended = true;
    let graded = bench.grades(&[]).unwrap();
    assert_eq!((results(&graded), graded.unread.len()), (Vec::new(), 0));
    assert!(graded.untold.hides_items_of("c1") && graded.untold.hides_results_of("c1", "u0002"));
    assert!(!graded.untold.hides_items_of("c3") && !graded.untold.hides_results_of("c3", "u0002"));
}

#[test]
fn a_course_that_shows_no_ranges_is_not_read() {
    let moodle = Moodle::new();
    let bench = carried(&moodle);
    item(&moodle, 7, "mod", &[("u0000", 17.5, Some(DAY))]);
    let course = moodle.inner().site.course("c1").unwrap().0;
    moodle.inner().site.rangeless.insert(course);
    let graded = bench.grades(&[]).unwrap();
    assert_eq!((graded.courses, graded.unread.len(), graded.unread[0].0.as_str()), (1, 1, "c1"));
    assert!(graded.unread[0].1.contains("User report") && graded.untold.hides_items_of("c1"), "{:?}", graded.unread);
}
