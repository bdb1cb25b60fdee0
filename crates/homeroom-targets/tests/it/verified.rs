//! What another hand did in Moodle: found, told, and mended if that is wanted.

use crate::bench::Bench;
use crate::district::District;
use crate::fake::{Moodle, Site};
use homeroom_targets::moodle::{Differs, Verified, What};
use std::collections::BTreeSet;

fn bench(moodle: &Moodle, district: &District) -> Bench {
    let bench = Bench::new(moodle, district).set("courses", "course").set("cohorts", "school").set("role.parent", "9");
    bench.push();
    moodle.writes();
    bench
}

fn lines(found: &Verified) -> BTreeSet<String> {
    found.differs.iter().map(Differs::line).collect()
}

/// A district with a guardian, too.
fn district() -> District {
    let mut district = District::with("", 4);
    district.person("p1", "parent", "s1");
    let agent = district.id("p1");
    district.get(oneroster::model::Kind::User, "u0000").set(oneroster::at!(User.agents), &agent);
    district
}

#[test]
fn what_was_sent_and_still_stands_is_told_so() {
    let (moodle, district) = (Moodle::new(), district());
    let bench = bench(&moodle, &district);
    let found = bench.verify(true);
    assert!(found.differs.is_empty(), "{:?}", lines(&found));
    for (what, count) in [
        (What::Category, 2),
        (What::Course, 1),
        (What::User, 7),
        (What::Group, 2),
        (What::Cohort, 1),
        (What::Enrolment, 6),
        (What::GroupMember, 6),
        (What::CohortMember, 4),
    ] {
        assert_eq!(found.looked.get(&what), Some(&count), "{what:?}");
    }
    assert_eq!(found.unseen, [What::Guardian]);
    assert!(moodle.writes().is_empty());
}

/// A hand that meddles, what is told of it.
type Meddled = (&'static str, fn(&mut Site), &'static [&'static str]);

const SHARED: &str = "co@s1@2027";

const MEDDLED: &[Meddled] = &[
    ("a name", |site| user(site, "u0001").lastname = "Other".into(), &["user u0001 is changed: lastname"]),
    ("an account shut", |site| user(site, "u0001").suspended = true, &["user u0001 is changed: suspended"]),
    (
        "a course",
        |site| {
            let course = site.courses.values_mut().find(|course| course.idnumber == SHARED).unwrap();
            (course.visible, course.fullname) = (false, "Mine".into());
        },
        &["course co@s1@2027 is changed: fullname, visible"],
    ),
    (
        "a category moved",
        |site| site.categories.values_mut().find(|one| one.idnumber == "s1").unwrap().parent = 0,
        &["category s1 is changed: parent"],
    ),
    (
        "a group renamed",
        |site| site.groups.values_mut().find(|one| one.idnumber == "c1").unwrap().name = "Mine".into(),
        &["group c1 is changed: name"],
    ),
    (
        "the number of a group",
        |site| site.groups.values_mut().find(|one| one.idnumber == "c1").unwrap().idnumber = String::new(),
        &["group c1 is changed: idnumber"],
    ),
    (
        "a course gone",
        |site| {
            let id = site.course(SHARED).unwrap().0;
            site.courses.remove(&id);
            site.enrolments.retain(|(course, _), _| *course != id);
            site.roles.retain(|(level, place, ..)| !(level == "course" && *place == id));
            site.groups.retain(|_, group| group.course != id);
        },
        &["course co@s1@2027 is gone", "group c1 is gone", "group c2 is gone"],
    ),
    ("a cohort gone", |site| site.cohorts.clear(), &["cohort s1 is gone"]),
    (
        "a member out of a cohort and a group",
        |site| {
            let id = site.user("u0000").unwrap().0;
            site.cohorts.values_mut().for_each(|cohort| _ = cohort.members.remove(&id));
            site.groups.values_mut().for_each(|group| _ = group.members.remove(&id));
        },
        &["cohort member u0000 in s1 is gone", "group member u0000 in c1 is gone"],
    ),
    (
        "an enrolment suspended",
        |site| enrolment(site, "u0000", |site, key| site.enrolments.get_mut(&key).unwrap().suspended = true),
        &["enrolment u0000 in co@s1@2027 is changed: suspend"],
    ),
    (
        "a role taken",
        |site| site.roles.retain(|(level, _, _, role)| !(level == "course" && *role == 3)),
        &["enrolment t1 in co@s1@2027 is changed: role", "enrolment t2 in co@s1@2027 is changed: role"],
    ),
    (
        "somebody unenrolled",
        |site| {
            enrolment(site, "u0000", |site, key| {
                site.enrolments.remove(&key);
                site.roles.retain(|(_, _, user, _)| *user != key.1);
                site.groups.values_mut().for_each(|group| _ = group.members.remove(&key.1));
            });
        },
        &["enrolment u0000 in co@s1@2027 is gone", "group member u0000 in c1 is gone"],
    ),
    (
        "an account deleted",
        |site| {
            let id = site.user("u0000").unwrap().0;
            site.enrolments.retain(|(_, user), _| *user != id);
            site.roles.retain(|(_, place, user, _)| ![*place, *user].contains(&id));
            site.groups.values_mut().for_each(|group| _ = group.members.remove(&id));
            site.cohorts.values_mut().for_each(|cohort| _ = cohort.members.remove(&id));
            delete(site, "u0000");
        },
        &["user u0000 is gone"],
    ),
];

fn user<'a>(site: &'a mut Site, id: &str) -> &'a mut crate::fake::User {
    site.users.values_mut().find(|user| user.idnumber == id).unwrap()
}

/// Moodle still tells a deleted account by its number, so named.
pub fn delete(site: &mut Site, id: &str) {
    let left = user(site, id);
    (left.username, left.idnumber) = (format!("{id}@school.test.1788220800"), String::new());
    left.email = "gone".into();
}

fn enrolment(site: &mut Site, person: &str, act: impl FnOnce(&mut Site, (i64, i64))) {
    let key = (site.course(SHARED).unwrap().0, site.user(person).unwrap().0);
    act(site, key);
}

#[test]
fn what_another_hand_did_is_found_and_mended() {
    for (name, meddle, told) in MEDDLED {
        let (moodle, district) = (Moodle::new(), district());
        let bench = bench(&moodle, &district);
        let before = moodle.inner().site.clone();
        meddle(&mut moodle.inner().site);
        let found = bench.verify(false);
        assert_eq!(lines(&found), told.iter().map(|line| (*line).to_owned()).collect(), "{name}");
        // Without a yes nothing is noted, and nothing is sent.
        assert_eq!(bench.writes(), 0, "{name}");
        bench.verify(true);
        bench.push();
        assert!(bench.verify(false).differs.is_empty(), "{name}: {:?}", lines(&bench.verify(false)));
        assert_eq!(bench.writes(), 0, "{name}");
        if !name.contains("gone") && !name.contains("deleted") {
            let inner = moodle.inner();
            let (now, then) = (&inner.site, &before);
            assert_eq!(
                (&now.users, &now.courses, &now.categories),
                (&then.users, &then.courses, &then.categories),
                "{name}"
            );
            assert_eq!((&now.groups, &now.cohorts, &now.roles), (&then.groups, &then.cohorts, &then.roles), "{name}");
        }
        let inner = moodle.inner();
        assert!(inner.site.group("c1").unwrap().members.len() == 3, "{name}");
        assert!(inner.site.roles.iter().any(|(level, .., role)| level == "user" && *role == 9), "{name}");
    }
}

#[test]
fn what_was_ended_and_is_active_again_is_ended_again() {
    let (moodle, whole) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &whole);
    bench.push();
    let mut less = whole.clone();
    less.leave("u0000");
    bench.import(&less);
    bench.push();
    let shut = |shut: bool| {
        let mut inner = moodle.inner();
        user(&mut inner.site, "u0000").suspended = shut;
        let key = (inner.site.course("c1").unwrap().0, inner.site.user("u0000").unwrap().0);
        inner.site.enrolments.get_mut(&key).unwrap().suspended = shut;
    };
    shut(false);
    let told = lines(&bench.verify(true));
    let wanted = ["enrolment u0000 in c1 is changed: suspend", "user u0000 is changed: suspended"];
    assert_eq!(told, wanted.iter().map(|line| (*line).to_owned()).collect());
    bench.push();
    assert!(moodle.inner().site.user("u0000").unwrap().1.suspended);
    assert!(moodle.inner().site.enrolled("c1", "u0000").unwrap().0.suspended);
}

#[test]
fn a_token_that_sees_nobody_repairs_nobody() {
    let (moodle, district) = (Moodle::new(), District::with("", 20));
    let bench = Bench::new(&moodle, &district);
    bench.push();
    moodle.inner().faults.blind = true;
    let stop = bench.try_verify().unwrap_err();
    assert!(stop.message.contains("22 users"), "{stop}");
    moodle.inner().faults.blind = false;
    assert_eq!(bench.writes(), 0);
}

#[test]
fn a_token_that_does_not_see_separate_groups_repairs_nothing_there() {
    let (moodle, mut district) = (Moodle::new(), district());
    let bench = bench(&moodle, &district);
    let course = moodle.inner().site.course(SHARED).unwrap().0;
    moodle.inner().site.courses.get_mut(&course).unwrap().separate = true;
    moodle.inner().faults.apart = true;
    let stop = bench.try_verify().unwrap_err();
    assert!(stop.message.contains("groups are separate") && stop.hint.contains("accessallgroups"), "{stop}");
    // Nor is anybody enrolled who may be there by another hand.
    district.person("u0009", "student", "s1");
    district.enroll("c1", "u0009", "student", "", "");
    bench.import(&district);
    let stop = bench.try_push(false, None).0.unwrap_err();
    assert!(stop.hint.contains("accessallgroups"), "{stop}");
    moodle.inner().faults.apart = false;
    bench.push();
    assert!(bench.verify(false).differs.is_empty());
    // A course that is empty in truth is told so.
    {
        let mut inner = moodle.inner();
        inner.site.enrolments.clear();
        inner.site.groups.values_mut().for_each(|group| group.members.clear());
    }
    let gone = lines(&bench.verify(true));
    assert!(gone.contains("enrolment u0009 in co@s1@2027 is gone") && gone.len() > 7, "{gone:?}");
    bench.push();
    assert!(bench.verify(false).differs.is_empty());
}

#[test]
fn members_of_cohorts_are_looked_at_if_the_token_may() {
    let (moodle, district) = (Moodle::new(), district());
    let bench = bench(&moodle, &district);
    moodle.inner().faults.lacking = vec!["core_cohort_get_cohort_members"];
    let found = bench.verify(false);
    assert_eq!(found.unseen, [What::CohortMember, What::Guardian]);
}

#[test]
fn what_cannot_be_asked_for_is_sent_again_if_that_is_wanted() {
    let (moodle, district) = (Moodle::new(), district());
    let bench = bench(&moodle, &district);
    let before = moodle.inner().site.clone();
    {
        let mut inner = moodle.inner();
        inner.site.roles.retain(|(level, ..)| level != "user");
        inner.site.enrolments.values_mut().for_each(|one| one.start = 1);
    }
    // It is not seen, and left alone.
    assert!(bench.verify(true).differs.is_empty());
    bench.push();
    assert!(moodle.writes().is_empty());
    let found = bench.verify_again();
    assert!(found.differs.is_empty(), "{:?}", lines(&found));
    assert_eq!(found.again.into_iter().collect::<Vec<_>>(), [(What::Enrolment, 6), (What::Guardian, 1)]);
    bench.push();
    let now = moodle.inner().site.clone();
    assert_eq!((&now.roles, &now.enrolments), (&before.roles, &before.enrolments));
    moodle.writes();
    bench.push();
    assert!(moodle.writes().is_empty());
}
