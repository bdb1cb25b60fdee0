//! Short names of courses that are made of codes.

use crate::bench::Bench;
use crate::district::District;
use crate::fake::Moodle;
use homeroom_targets::moodle::Did;
use oneroster::at;
use oneroster::model::Kind;

fn short(moodle: &Moodle, course: &str) -> String {
    moodle.inner().site.course(course).unwrap().1.shortname.clone()
}

/// A class with a code, and a student in it.
fn class(district: &mut District, id: &str, code: &str) {
    district.class(id, "Algebra", "s1");
    district.get(Kind::Class, id).push(at!(Class.classCode), code);
    district.enroll(id, "u0000", "student", "", "");
}

#[test]
fn at_rollover_the_course_of_last_year_keeps_its_short_name() {
    let (moodle, mut old) = (Moodle::new(), District::with("", 1));
    class(&mut old, "m1", "ALG-1");
    class(&mut old, "m2", "alg-1");
    let bench = Bench::new(&moodle, &old).set("shortname", "code");
    bench.push();
    assert_eq!([short(&moodle, "m1"), short(&moodle, "m2")], ["ALG-1", "alg-1 (m2)"]);
    let mut new = old.clone();
    for class in ["m1", "m2"] {
        new.drop(Kind::Enrollment, &format!("e-{class}-u0000-student"));
        new.drop(Kind::Class, class);
    }
    class(&mut new, "a1", "ALG-1");
    bench.import(&new);
    let (outcome, lines) = bench.push();
    assert_eq!(outcome.tally.sum(Did::Refused), 0, "{lines:?}");
    assert_eq!([short(&moodle, "a1"), short(&moodle, "m1")], ["ALG-1 (a1)", "ALG-1"]);
    assert!(moodle.inner().site.enrolled("a1", "u0000").is_some());
    assert_eq!(bench.writes(), 0);
    // And it has it still when it is taught again.
    class(&mut new, "m1", "ALG-1");
    bench.import(&new);
    bench.push();
    assert_eq!([short(&moodle, "a1"), short(&moodle, "m1")], ["ALG-1 (a1)", "ALG-1"]);
    assert!(moodle.inner().site.course("m1").unwrap().1.visible);
    assert_eq!(bench.writes(), 0);
}

#[test]
fn a_shared_course_of_the_next_year_is_another() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 2));
    let bench = Bench::new(&moodle, &district).set("shortname", "code").set("courses", "course");
    bench.push();
    assert_eq!(short(&moodle, "co@s1@2027"), "ALG");
    for session in ["y", "t"] {
        district.get(Kind::AcademicSession, session).set(at!(AcademicSession.schoolYear), "2028");
    }
    bench.import(&district);
    let (outcome, lines) = bench.push();
    assert_eq!(outcome.tally.sum(Did::Refused), 0, "{lines:?}");
    assert_eq!(short(&moodle, "co@s1@2028"), "ALG (co@s1@2028)");
}
