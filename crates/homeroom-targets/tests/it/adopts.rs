//! What is there already: left alone, or taken over when that is said.

use crate::bench::{Bench, about, count};
use crate::district::District;
use crate::fake::{Enrolment, Moodle, User};
use homeroom_targets::moodle::{By, Did, What};
use oneroster::at;
use oneroster::model::Kind;

fn account(moodle: &Moodle, username: &str, idnumber: &str, last: &str) -> i64 {
    let mut inner = moodle.inner();
    let id = inner.site.next();
    let user = User {
        username: username.into(),
        firstname: "Ada".into(),
        lastname: last.into(),
        email: format!("{username}@old.test"),
        idnumber: idnumber.into(),
        ..User::default()
    };
    inner.site.users.insert(id, user);
    id
}

#[test]
fn nothing_is_touched_that_was_there_before() {
    let (moodle, district) = (Moodle::new(), District::with("", 4));
    account(&moodle, "u0000", "", "Other");
    account(&moodle, "x1", "u0001", "Other");
    let bench = Bench::new(&moodle, &district);
    let before = moodle.inner().site.users.clone();
    let (_, lines) = bench.push();
    for (id, part) in [("u0000", "username"), ("u0001", "idnumber")] {
        let told = about(&lines, What::User, id)[0];
        assert!(told.did == Did::Skipped && told.why.as_ref().unwrap().contains(part), "{told:?}");
    }
    let inner = moodle.inner();
    assert!(before.iter().all(|(id, user)| inner.site.users[id] == *user));
}

#[test]
fn accounts_are_adopted_by_sure_signs_and_doubts_are_told() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 6));
    let sure = account(&moodle, "x0", "u0000", "Name-u0000");
    account(&moodle, "u0001", "", "Name-u0001");
    account(&moodle, "u0002", "somebody", "Name-u0002");
    account(&moodle, "u0003", "", "Stranger");
    moodle
        .inner()
        .site
        .users
        .values_mut()
        .filter(|user| user.lastname == "Stranger")
        .for_each(|user| user.firstname = "Bob".into());
    account(&moodle, "y1", "u0004", "Name-u0004");
    account(&moodle, "y2", "u0004", "Name-u0004");
    let bench = Bench::new(&moodle, &district);
    let adoption = bench.adopt(&[By::IdNumber]);
    assert_eq!(adoption.adopted.get(&What::User), Some(&1));
    let doubt =
        |id: &str| adoption.doubts.iter().find(|(_, of, _)| of == id).map(|(.., why)| why.as_str()).unwrap_or_default();
    assert!(doubt("u0001").contains("--by username"), "{:?}", adoption.doubts);
    assert!(doubt("u0002").contains("another idnumber") && doubt("u0003").contains("another first and last name"));
    assert!(doubt("u0004").contains("2 accounts"));
    assert!(moodle.writes().is_empty());
    assert_eq!(bench.adopt(&[By::IdNumber, By::Username]).adopted.get(&What::User), Some(&1));
    let (_, lines) = bench.push();
    assert_eq!(about(&lines, What::User, "u0000")[0].did, Did::Updated);
    assert_eq!(count(&lines, What::User, Did::Skipped), 3);
    assert_eq!(moodle.inner().site.users[&sure].username, "u0000");
    assert_eq!(moodle.inner().site.user("u0001").unwrap().1.idnumber, "u0001");
    // What was adopted follows the roster like what was made.
    district.leave("u0000");
    bench.import(&district);
    bench.push();
    assert!(moodle.inner().site.users[&sure].suspended);
}

#[test]
fn what_moodles_own_plugin_made_is_taken_over_and_nobody_enrolled_twice() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 4));
    // As the plugin leaves it: the same numbers, and enrolments of its own.
    let plugin = Bench::new(&moodle, &district);
    plugin.push();
    for enrolment in moodle.inner().site.enrolments.values_mut() {
        enrolment.by = "oneroster";
    }
    moodle.inner().site.users.retain(|_, user| user.idnumber != "u0003");
    moodle.writes();
    let bench = Bench::new(&moodle, &district);
    let adoption = bench.adopt(&[By::IdNumber]);
    assert_eq!(
        (adoption.adopted[&What::Category], adoption.adopted[&What::Course], adoption.adopted[&What::User]),
        (2, 2, 5)
    );
    let before: Vec<(_, Enrolment)> = moodle.inner().site.enrolments.clone().into_iter().collect();
    let (_, lines) = bench.push();
    assert_eq!((count(&lines, What::Enrolment, Did::Left), count(&lines, What::Enrolment, Did::Created)), (5, 1));
    assert!(before.iter().all(|(at, enrolment)| moodle.inner().site.enrolments[at] == *enrolment));
    moodle.writes();
    assert_eq!(bench.writes(), 0);
    // What is not ours stays when the roster no longer asks for it.
    district.drop(Kind::Enrollment, "e-c1-u0000-student");
    bench.import(&district);
    assert_eq!(bench.writes(), 0);
}

#[test]
fn who_was_enrolled_by_hand_gets_the_role_alone() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 2));
    let bench = Bench::new(&moodle, &district);
    bench.push();
    district.person("t3", "teacher", "s1");
    bench.import(&district);
    bench.push();
    let (course, user) = {
        let inner = moodle.inner();
        (inner.site.course("c1").unwrap().0, inner.site.user("t3").unwrap().0)
    };
    let by_hand = Enrolment { start: 7, end: 8, suspended: false, by: "manual" };
    moodle.inner().site.enrolments.insert((course, user), by_hand.clone());
    moodle.inner().site.roles.insert(("course".into(), course, user, 4));
    district.enroll("c1", "t3", "teacher", "", "");
    bench.import(&district);
    bench.push();
    assert_eq!(moodle.inner().site.enrolled("c1", "t3").unwrap(), (by_hand.clone(), vec![3, 4]));
    assert_eq!(bench.writes(), 0);
    district.drop(Kind::Enrollment, "e-c1-t3-teacher");
    bench.import(&district);
    bench.push();
    assert_eq!(moodle.inner().site.enrolled("c1", "t3").unwrap(), (by_hand, vec![4]));
}

#[test]
fn the_account_of_the_token_is_never_written() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 1));
    moodle.inner().site.users.get_mut(&3).unwrap().idnumber = "t1".into();
    district.get(Kind::User, "t1").set(at!(User.familyName), "Root");
    let bench = Bench::new(&moodle, &district);
    let adoption = bench.adopt(&[By::IdNumber]);
    assert!(adoption.doubts.iter().any(|(_, id, why)| id == "t1" && why.contains("never written")), "{adoption:?}");
    let before = moodle.inner().site.users[&3].clone();
    bench.push();
    assert_eq!(moodle.inner().site.users[&3], before);
}
