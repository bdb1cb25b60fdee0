//! Groups and cohorts that get another name, or another place.

use crate::bench::Bench;
use crate::district::District;
use crate::fake::Moodle;
use homeroom_targets::moodle::Told;
use oneroster::at;
use oneroster::model::Kind;

fn lines(told: &[Told]) -> Vec<String> {
    told.iter().map(Told::line).collect()
}

#[test]
fn groups_and_cohorts_are_renamed_with_their_class_and_school() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &district).set("courses", "course").set("cohorts", "both");
    bench.push();
    moodle.writes();
    district.get(Kind::Class, "c1").set(at!(Class.title), "Geometry");
    district.get(Kind::Org, "s1").set(at!(Org.name), "Uptown School");
    bench.import(&district);
    let told = lines(&bench.push().1);
    let shared = "co@s1@2027";
    let wanted = [
        "updated category s1: name".to_owned(),
        format!("updated group c1 in {shared}: name"),
        "updated cohort s1: name".to_owned(),
        "updated cohort s1@09: name".to_owned(),
    ];
    assert_eq!(told, wanted);
    assert_eq!(moodle.writes().len(), 3);
    {
        let inner = moodle.inner();
        assert_eq!(inner.site.group("c1").unwrap().name, "Geometry");
        assert_eq!(inner.site.group("c1").unwrap().members.len(), 3);
        let names: Vec<&str> = inner.site.cohorts.values().map(|cohort| cohort.name.as_str()).collect();
        assert!(names.iter().all(|name| name.starts_with("Uptown School")), "{names:?}");
    }
    assert_eq!(bench.writes(), 0);
}

#[test]
fn of_two_groups_with_one_name_one_makes_room() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 2));
    let bench = Bench::new(&moodle, &district).set("courses", "course");
    bench.push();
    // The first class takes the name of the second, and then gives it back.
    for (title, names) in
        [("Algebra c2", ["Algebra c2", "Algebra c2 (c2)"]), ("Algebra c1", ["Algebra c1", "Algebra c2"])]
    {
        district.get(Kind::Class, "c1").set(at!(Class.title), title);
        bench.import(&district);
        let told = lines(&bench.push().1);
        assert!(told.len() == 2 && told.iter().all(|line| line.starts_with("updated group")), "{told:?}");
        let inner = moodle.inner();
        assert_eq!(["c1", "c2"].map(|id| inner.site.group(id).unwrap().name.clone()), names);
    }
}

#[test]
fn a_class_of_another_course_gets_a_group_there() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &district).set("courses", "course");
    bench.push();
    let old = moodle.inner().site.group("c1").unwrap().clone();
    district.records.push(crate::district::record(
        Kind::Course,
        "ge",
        &[(at!(Course.title), "Geometry"), (at!(Course.courseCode), "GEO"), (at!(Course.org), "s1")],
    ));
    district.get(Kind::Class, "c1").set(at!(Class.course), "ge");
    bench.import(&district);
    bench.push();
    let inner = moodle.inner();
    let there = inner.site.course("ge@s1@2027").unwrap().0;
    let groups: Vec<_> = inner.site.groups.values().filter(|group| group.idnumber == "c1").collect();
    assert_eq!((groups.len(), groups[0]), (2, &old));
    assert_eq!((groups[1].course, groups[1].members.len()), (there, 3));
}

#[test]
fn who_was_unenrolled_is_in_the_group_again_when_they_come_back() {
    let (moodle, whole) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &whole).set("courses", "course").set("ended", "unenrol");
    bench.push();
    let mut less = whole.clone();
    less.drop(Kind::Enrollment, "e-c1-u0000-student");
    bench.import(&less);
    bench.push();
    let members = || moodle.inner().site.group("c1").unwrap().members.len();
    assert_eq!(members(), 2);
    bench.import(&whole);
    bench.push();
    assert_eq!(members(), 3);
}
