//! What a push makes of a roster.

use crate::bench::{Bench, about, count};
use crate::district::District;
use crate::fake::{Moodle, User};
use homeroom_targets::moodle::{Did, What};
use oneroster::at;
use oneroster::model::Kind;

/// Midnight in UTC of the days of the term.
const TERM: (i64, i64) = (1_786_320_000, 1_800_403_200);

#[test]
fn a_school_becomes_categories_courses_accounts_and_enrolments() {
    let (moodle, district) = (Moodle::new(), District::with("", 5));
    let bench = Bench::new(&moodle, &district);
    let (outcome, lines) = bench.push();
    assert_eq!(outcome.schools, ["s1"]);
    let inner = moodle.inner();
    let site = &inner.site;
    let of = |idnumber: &str| site.categories.iter().find(|(_, one)| one.idnumber == idnumber).unwrap();
    assert_eq!((of("d").1.parent, of("d").1.name.as_str()), (0, "District"));
    assert_eq!((of("s1").1.parent, of("s1").1.name.as_str()), (*of("d").0, "North School"));
    assert!(site.categories.values().all(|category| category.idnumber != "s2"));
    let course = site.course("c1").unwrap().1;
    assert_eq!((course.fullname.as_str(), course.shortname.as_str()), ("Algebra c1", "c1"));
    assert_eq!((course.start, course.end, course.visible, course.category), (TERM.0, TERM.1, true, *of("s1").0));
    let ada = site.user("u0000").unwrap().1;
    let wanted = User {
        username: "u0000".into(),
        firstname: "Ada".into(),
        lastname: "Name-u0000".into(),
        email: "u0000@school.test".into(),
        idnumber: "u0000".into(),
        auth: "manual".into(),
        password: ada.password.clone(),
        suspended: false,
    };
    assert_eq!(ada, &wanted);
    assert!(ada.password.len() > 20);
    let (enrolment, roles) = site.enrolled("c1", "u0000").unwrap();
    assert_eq!((enrolment.start, enrolment.end, enrolment.suspended, roles), (0, 0, false, vec![5]));
    assert_eq!(site.enrolled("c1", "t1").unwrap().1, [3]);
    assert!(site.enrolled("c2", "u0000").is_none());
    assert_eq!((count(&lines, What::User, Did::Created), count(&lines, What::Enrolment, Did::Created)), (7, 7));
}

#[test]
fn without_a_chosen_school_nothing_is_asked_of_moodle() {
    let (moodle, district) = (Moodle::new(), District::with("", 2));
    let bench = Bench::new(&moodle, &district).set("schools", "");
    let (outcome, lines) = bench.push();
    assert!(outcome.schools.is_empty() && lines.is_empty() && moodle.inner().asked.is_empty());
}

#[test]
fn a_school_that_is_gone_or_none_holds_everything() {
    let (moodle, district) = (Moodle::new(), District::with("", 2));
    for (school, part) in [("s9", "not in the roster"), ("d", "no school but a district")] {
        let bench = Bench::new(&moodle, &district).set("schools", school);
        let stop = bench.try_push(false, None).0.unwrap_err();
        assert!(stop.message.contains(part) && stop.hint.contains("North School"), "{stop}: {}", stop.hint);
    }
    assert!(moodle.writes().is_empty());
}

#[test]
fn days_of_enrolments_are_days_of_the_time_zone() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 1));
    district.drop(Kind::Enrollment, "e-c1-u0000-student");
    district.enroll("c1", "u0000", "student", "2026-09-01", "2026-12-01");
    let bench = Bench::new(&moodle, &district).set("timezone", "America/Chicago");
    bench.push();
    let (enrolment, _) = moodle.inner().site.enrolled("c1", "u0000").unwrap();
    // Five and six hours behind UTC.
    assert_eq!((enrolment.start, enrolment.end), (1_788_220_800 + 5 * 3600, 1_796_083_200 + 6 * 3600));
    district.drop(Kind::Enrollment, "e-c1-u0000-student");
    district.enroll("c1", "u0000", "student", "2026-09-01", "");
    bench.import(&district);
    let (_, lines) = bench.push();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((lines[0].did, &lines[0].fields[..]), (Did::Updated, &["timestart", "timeend"][..]));
    assert_eq!(moodle.inner().site.enrolled("c1", "u0000").unwrap().0.end, 0);
}

#[test]
fn only_what_changed_is_sent_and_named() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 5));
    let bench = Bench::new(&moodle, &district);
    bench.push();
    moodle.writes();
    assert!(bench.push().1.is_empty());
    assert!(moodle.writes().is_empty(), "a second push of the same roster writes nothing");
    district.get(Kind::User, "u0001").set(at!(User.familyName), "Lovelace");
    district.get(Kind::Class, "c2").set(at!(Class.title), "Algebra <b>2</b>");
    bench.import(&district);
    let (_, lines) = bench.push();
    let told: Vec<String> = lines.iter().map(homeroom_targets::moodle::Told::line).collect();
    assert_eq!(told, ["updated course c2: fullname", "updated user u0001: lastname"]);
    assert_eq!(moodle.writes().len(), 2);
    let inner = moodle.inner();
    assert_eq!(inner.site.user("u0001").unwrap().1.lastname, "Lovelace");
    assert_eq!(inner.site.course("c2").unwrap().1.fullname, "Algebra < b>2< /b>");
}

#[test]
fn who_is_skipped_is_told_why() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 7));
    district.get(Kind::User, "u0000").set(at!(User.username), "ann lee");
    district.get(Kind::User, "u0001").set(at!(User.username), "");
    district.get(Kind::User, "u0002").set(at!(User.username), "U0003");
    district.get(Kind::User, "u0004").set(at!(User.enabledUser), "false");
    district.get(Kind::User, "u0005").set(at!(User.givenName), " ");
    district.get(Kind::User, "u0006").set(at!(User.username), "guest");
    district.person("a1", "aide", "s1");
    district.enroll("c1", "t2", "proctor", "", "");
    let bench = Bench::new(&moodle, &district);
    let (_, lines) = bench.push();
    for (id, part) in [
        ("u0000", "a space"),
        ("u0001", "no username"),
        ("u0003", "another person has"),
        ("u0004", "may not sign in"),
        ("u0005", "no first"),
        ("u0006", "for itself"),
    ] {
        let told = about(&lines, What::User, id);
        assert_eq!(told[0].did, Did::Skipped, "{told:?}");
        assert!(told[0].why.as_ref().unwrap().contains(part), "{told:?}");
        let enrolment = about(&lines, What::Enrolment, id)[0];
        assert_eq!((enrolment.did, enrolment.why.as_deref()), (Did::Skipped, Some("the person has no account")));
    }
    assert_eq!(about(&lines, What::User, "u0002")[0].did, Did::Created);
    let proctor = about(&lines, What::Enrolment, "t2").into_iter().find(|told| told.did == Did::Skipped).unwrap();
    assert_eq!(proctor.why.as_deref(), Some("the role proctor is not mapped"));
    assert!(about(&lines, What::User, "a1").is_empty() && moodle.inner().site.user("a1").is_none());
    // The rules can be others.
    let bench = bench.set("illegal-usernames", "replace").set("people", "all").set("role.proctor", "teacher");
    let (_, lines) = bench.push();
    let inner = moodle.inner();
    assert_eq!(inner.site.user("u0000").unwrap().1.username, "ann-lee");
    assert!(inner.site.user("a1").is_some() && !about(&lines, What::User, "a1").is_empty());
    assert_eq!(inner.site.enrolled("c1", "t2").unwrap().1, [4]);
}

#[test]
fn people_without_an_address_or_with_anothers_get_a_stand_in() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 4));
    district.get(Kind::User, "u0000").set(at!(User.email), "");
    district.get(Kind::User, "u0001").set(at!(User.email), "no address");
    for id in ["u0002", "u0003"] {
        district.get(Kind::User, id).set(at!(User.email), "Family@School.Test");
    }
    let bench = Bench::new(&moodle, &district);
    bench.push();
    let email = |id: &str| moodle.inner().site.user(id).unwrap().1.email.clone();
    let emails: Vec<String> = ["u0000", "u0001", "u0002", "u0003"].iter().map(|id| email(id)).collect();
    let wanted = ["u0000@noemail.invalid", "u0001@noemail.invalid", "family@school.test", "u0003@noemail.invalid"];
    assert_eq!(emails, wanted);
    assert!(bench.push().1.is_empty());
    let other = Moodle::new();
    let strict = Bench::new(&other, &district).set("missing-email", "skip").set("shared-email", "skip");
    let (_, lines) = strict.push();
    for id in ["u0000", "u0001", "u0003"] {
        let why = about(&lines, What::User, id)[0].why.clone().unwrap();
        assert!(why.contains("e-mail address"), "{why}");
    }
}

#[test]
fn the_sis_password_is_an_opt_in() {
    let mut district = District::with("", 2);
    district.get(Kind::User, "u0000").set(at!(User.password), "Secret-1234");
    for (password, auth, wanted) in [("random", "manual", false), ("sis", "manual", true), ("none", "oauth2", false)] {
        let moodle = Moodle::new();
        let bench = Bench::new(&moodle, &district).set("password", password).set("auth", auth);
        bench.push();
        let inner = moodle.inner();
        let (given, other) = (inner.site.user("u0000").unwrap().1, inner.site.user("u0001").unwrap().1);
        assert_eq!(given.password == "Secret-1234", wanted, "{password}");
        assert_eq!((given.auth.as_str(), other.password.is_empty()), (auth, password == "none"));
    }
}

#[test]
fn several_roles_of_one_person_come_and_go_by_themselves() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 2));
    district.enroll("c1", "t1", "student", "", "");
    let bench = Bench::new(&moodle, &district);
    bench.push();
    let roles = || moodle.inner().site.enrolled("c1", "t1").unwrap();
    assert_eq!(roles().1, [3, 5]);
    district.drop(Kind::Enrollment, "e-c1-t1-student");
    bench.import(&district);
    let (_, lines) = bench.push();
    assert_eq!((roles().1, roles().0.suspended), (vec![3], false));
    assert_eq!(
        lines.iter().map(|told| told.line()).collect::<Vec<_>>(),
        ["removed enrolment t1 in c1: the role ceased"]
    );
    // The other way round: a new role does not bring an old one back.
    district.drop(Kind::Enrollment, "e-c1-t1-teacher");
    bench.import(&district);
    bench.push();
    assert!(roles().0.suspended);
    district.enroll("c1", "t1", "student", "", "");
    bench.import(&district);
    bench.push();
    assert_eq!((roles().1, roles().0.suspended), (vec![5], false));
    assert!(bench.push().1.is_empty());
}

#[test]
fn guardians_have_their_role_with_their_student_only_and_lose_it() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 3));
    for (id, role) in [("p1", "parent"), ("p2", "guardian"), ("p3", "relative")] {
        district.person(id, role, "s2");
    }
    district.get(Kind::User, "u0000").push(at!(User.agents), "p1");
    district.get(Kind::User, "u0000").push(at!(User.agents), "p3");
    // The other one may name the student, too.
    district.get(Kind::User, "p2").push(at!(User.agents), "u0001");
    let bench = Bench::new(&moodle, &district);
    bench.push();
    assert!(moodle.inner().site.user("p1").is_none(), "not mapped unless that is said");
    let bench = bench.set("role.parent", "9").set("role.guardian", "10");
    let (_, lines) = bench.push();
    let held = |child: &str, agent: &str| {
        let inner = moodle.inner();
        let (child, agent) = (inner.site.user(child).unwrap().0, inner.site.user(agent).unwrap().0);
        inner.site.roles_in("user", child, agent)
    };
    assert_eq!((held("u0000", "p1"), held("u0001", "p2"), held("u0002", "p1")), (vec![9], vec![10], Vec::new()));
    assert!(moodle.inner().site.user("p3").is_none());
    assert_eq!(about(&lines, What::Guardian, "p1")[0].line(), "created guardian p1 of u0000");
    assert!(bench.push().1.is_empty());
    district.get(Kind::User, "u0000").set(at!(User.agents), "");
    bench.import(&district);
    let (_, lines) = bench.push();
    assert!(held("u0000", "p1").is_empty());
    assert_eq!(about(&lines, What::Guardian, "p1")[0].did, Did::Removed);
    // Nobody's agent any more.
    assert_eq!(about(&lines, What::User, "p1")[0].did, Did::Suspended);
}

#[test]
fn staff_have_their_role_in_the_category_of_their_school() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 1));
    district.person("h1", "principal", "s1");
    district.person("h2", "principal", "s2");
    let bench = Bench::new(&moodle, &district).set("role.principal", "manager");
    bench.push();
    let inner = moodle.inner();
    let school = *inner.site.categories.iter().find(|(_, one)| one.idnumber == "s1").unwrap().0;
    assert_eq!(inner.site.roles_in("coursecat", school, inner.site.user("h1").unwrap().0), [1]);
    assert!(inner.site.user("h2").is_none());
}

#[test]
fn classes_of_a_course_share_one_with_a_group_each() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 4));
    district.get(Kind::Class, "c2").set(at!(Class.title), "Algebra c1");
    let bench = Bench::new(&moodle, &district).set("courses", "course").set("categories", "course");
    bench.push();
    let shared = "co@s1@2027";
    {
        let inner = moodle.inner();
        let site = &inner.site;
        let course = site.course(shared).unwrap().1;
        assert_eq!((course.fullname.as_str(), course.start, course.end), ("Algebra", TERM.0, TERM.1));
        assert_eq!(site.categories[&course.category].idnumber, "co@s1");
        assert_eq!(
            (site.group("c1").unwrap().name.as_str(), site.group("c2").unwrap().name.as_str()),
            ("Algebra c1", "Algebra c1 (c2)")
        );
        let members = |group: &str| site.group(group).unwrap().members.len();
        assert_eq!((members("c1"), members("c2")), (3, 3));
    }
    assert!(bench.push().1.is_empty());
    // From one class to the other.
    district.drop(Kind::Enrollment, "e-c1-u0000-student");
    district.enroll("c2", "u0000", "student", "", "");
    bench.import(&district);
    let (_, lines) = bench.push();
    let told: Vec<String> = lines.iter().map(|told| told.line()).collect();
    assert_eq!(told, ["created group member u0000 in c2", "removed group member u0000 in c1"]);
    // Who leaves the course keeps the group for the day of their return.
    district.drop(Kind::Enrollment, "e-c2-u0000-student");
    bench.import(&district);
    bench.push();
    let inner = moodle.inner();
    let id = inner.site.user("u0000").unwrap().0;
    assert!(
        inner.site.enrolled(shared, "u0000").unwrap().0.suspended
            && inner.site.group("c2").unwrap().members.contains(&id)
    );
}

#[test]
fn cohorts_hold_the_students_of_schools_and_grades() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 3));
    let bench = Bench::new(&moodle, &district).set("cohorts", "both");
    bench.push();
    let members = |idnumber: &str| {
        let inner = moodle.inner();
        inner.site.cohorts.values().find(|cohort| cohort.idnumber == idnumber).map(|cohort| cohort.members.len())
    };
    assert_eq!((members("s1"), members("s1@09")), (Some(3), Some(3)));
    assert!(bench.push().1.is_empty());
    district.get(Kind::User, "u0002").set(at!(User.grades), "10");
    bench.import(&district);
    bench.push();
    assert_eq!((members("s1"), members("s1@09"), members("s1@10")), (Some(3), Some(2), Some(1)));
}

#[test]
fn leavers_are_suspended_and_come_back() {
    let (moodle, whole) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &whole);
    bench.push();
    let mut less = whole.clone();
    less.leave("u0000");
    bench.import(&less);
    let (_, lines) = bench.push();
    let told: Vec<String> = lines.iter().map(|told| told.line()).collect();
    assert_eq!(told, ["suspended enrolment u0000 in c1", "suspended user u0000"]);
    let state = || {
        let inner = moodle.inner();
        (inner.site.user("u0000").unwrap().1.suspended, inner.site.enrolled("c1", "u0000").unwrap().0.suspended)
    };
    assert_eq!(state(), (true, true));
    assert!(bench.push().1.is_empty());
    bench.import(&whole);
    bench.push();
    assert_eq!(state(), (false, false));
    assert!(bench.push().1.is_empty());
}

#[test]
fn a_transfer_keeps_the_old_enrolment_suspended() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 2));
    let bench = Bench::new(&moodle, &district);
    bench.push();
    district.drop(Kind::Enrollment, "e-c1-u0000-student");
    district.enroll("c2", "u0000", "student", "", "");
    bench.import(&district);
    bench.push();
    {
        let inner = moodle.inner();
        let old = inner.site.enrolled("c1", "u0000").unwrap();
        assert!(old.0.suspended && old.1 == [5]);
        assert!(!inner.site.enrolled("c2", "u0000").unwrap().0.suspended);
    }
    // With unenrol, it is taken away.
    let bench = bench.set("ended", "unenrol");
    district.drop(Kind::Enrollment, "e-c2-u0000-student");
    bench.import(&district);
    bench.push();
    assert!(
        moodle.inner().site.enrolled("c2", "u0000").is_none() && moodle.inner().site.enrolled("c1", "u0000").is_none()
    );
}

#[test]
fn a_merge_suspends_one_account_and_a_split_makes_one() {
    let (moodle, two) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &two);
    bench.push();
    let mut merged = two.clone();
    merged.leave("u0002");
    merged.enroll("c2", "u0000", "student", "", "");
    bench.import(&merged);
    bench.push();
    {
        let inner = moodle.inner();
        assert!(inner.site.user("u0002").unwrap().1.suspended && !inner.site.user("u0000").unwrap().1.suspended);
        assert!(inner.site.enrolled("c1", "u0002").unwrap().0.suspended);
        assert!(!inner.site.enrolled("c2", "u0000").unwrap().0.suspended);
    }
    let before = moodle.inner().site.user("u0002").unwrap().0;
    let mut split = two.clone();
    split.person("u0009", "student", "s1");
    split.enroll("c2", "u0009", "student", "", "");
    bench.import(&split);
    bench.push();
    let inner = moodle.inner();
    assert!(!inner.site.user("u0002").unwrap().1.suspended && inner.site.user("u0002").unwrap().0 == before);
    assert!(inner.site.enrolled("c2", "u0009").is_some() && inner.site.enrolled("c2", "u0000").unwrap().0.suspended);
}

#[test]
fn at_rollover_old_courses_are_hidden_with_all_that_is_in_them() {
    let (moodle, old) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &old);
    bench.push();
    let mut new = old.clone();
    new.records.retain(|record| ![Kind::Class, Kind::Enrollment].contains(&record.kind()));
    new.class("n1", "Algebra II", "s1");
    for number in 0..4 {
        new.enroll("n1", &format!("u{number:04}"), "student", "", "");
    }
    bench.import(&new);
    let (_, lines) = bench.push();
    assert_eq!((count(&lines, What::Course, Did::Suspended), count(&lines, What::Enrolment, Did::Suspended)), (2, 0));
    let inner = moodle.inner();
    assert!(!inner.site.course("c1").unwrap().1.visible && inner.site.course("n1").unwrap().1.visible);
    assert!(!inner.site.enrolled("c1", "u0000").unwrap().0.suspended);
}

#[test]
fn a_look_ahead_tells_the_same_and_writes_nothing() {
    let (moodle, district) = (Moodle::new(), District::with("", 5));
    let bench = Bench::new(&moodle, &district).set("cohorts", "school").set("courses", "course");
    let (outcome, ahead) = bench.try_push(true, None);
    assert_eq!(outcome.unwrap().calls.1, 0);
    assert!(moodle.writes().is_empty());
    let (_, done) = bench.push();
    assert_eq!(ahead, done);
}

#[test]
fn a_short_roster_suspends_nobody() {
    let (moodle, whole) = (Moodle::new(), District::with("", 60));
    let bench = Bench::new(&moodle, &whole);
    bench.push();
    moodle.writes();
    let mut short = whole.clone();
    (20..60).for_each(|number| short.leave(&format!("u{number:04}")));
    bench.import(&short);
    let stop = bench.try_push(false, None).0.unwrap_err();
    assert!(stop.held && stop.message.contains("40 of 62 accounts"), "{stop}");
    assert!(moodle.writes().is_empty());
    bench.try_push(false, Some(100.0)).0.unwrap();
    assert_eq!(moodle.inner().site.users.values().filter(|user| user.suspended).count(), 40);
}
