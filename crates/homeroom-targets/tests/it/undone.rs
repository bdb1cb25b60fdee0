//! The last push, taken back.

use crate::bench::Bench;
use crate::district::District;
use crate::fake::{Moodle, Site, User};
use homeroom_targets::moodle::{By, Told, Version};
use oneroster::at;
use oneroster::model::Kind;

fn lines(told: &[Told]) -> Vec<String> {
    told.iter().map(Told::line).collect()
}

#[test]
fn what_a_push_changed_is_as_before_and_what_it_made_is_ended() {
    let (moodle, old) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &old).set("courses", "course");
    let version = bench.push().0.at.unwrap();
    let before = moodle.inner().site.clone();
    let mut new = old.clone();
    new.get(Kind::User, "u0001").set(at!(User.familyName), "Lovelace");
    new.get(Kind::Class, "c2").set(at!(Class.title), "Geometry");
    new.leave("u0000");
    new.person("u0009", "student", "s1");
    new.enroll("c1", "u0009", "student", "", "");
    bench.import(&new);
    bench.push();
    let told = lines(&bench.back(Version::Earlier(version)));
    assert!(told.contains(&"suspended user u0009".to_owned()), "{told:?}");
    {
        let inner = moodle.inner();
        let mut now: Site = inner.site.clone();
        let made = now.user("u0009").unwrap().0;
        assert!(now.users[&made].suspended && now.enrolled("co@s1@2027", "u0009").unwrap().0.suspended);
        // But for the new one all is as it was.
        now.users.remove(&made);
        now.enrolments.retain(|(_, user), _| *user != made);
        now.groups.values_mut().for_each(|group| _ = group.members.remove(&made));
        assert_eq!((&now.users, &now.courses, &now.groups), (&before.users, &before.courses, &before.groups));
        assert_eq!(now.enrolments, before.enrolments);
    }
    // The next push does it again.
    bench.push();
    let inner = moodle.inner();
    assert!(!inner.site.user("u0009").unwrap().1.suspended && inner.site.user("u0000").unwrap().1.suspended);
    assert_eq!(inner.site.user("u0001").unwrap().1.lastname, "Lovelace");
}

#[test]
fn who_was_in_an_adopted_cohort_already_stays_in_it() {
    let (moodle, district) = (Moodle::new(), District::with("", 3));
    Bench::new(&moodle, &district).set("cohorts", "school").push();
    let [t1, u0000] = ["t1", "u0000"].map(|id| moodle.inner().site.user(id).unwrap().0);
    let members = || moodle.inner().site.cohorts.values().next().unwrap().members.clone();
    moodle.inner().site.cohorts.values_mut().for_each(|cohort| {
        cohort.members.remove(&u0000);
        cohort.members.insert(t1);
    });
    let before = members();
    let mut district = district;
    let bench = Bench::new(&moodle, &district).set("cohorts", "school");
    bench.adopt(&[By::IdNumber]);
    let told = lines(&bench.push().1);
    assert_eq!(told.iter().filter(|line| line.starts_with("left cohort member")).count(), 2, "{told:?}");
    assert!(members().contains(&u0000) && members().len() == before.len() + 1);
    assert_eq!(bench.writes(), 0);
    assert!(bench.verify(false).differs.is_empty());
    // Nor do they go with the roster; whom we added does.
    for id in ["u0000", "u0001"] {
        district.leave(id);
    }
    bench.import(&district);
    bench.push();
    assert_eq!(members(), before);
    bench.back(Version::Nothing);
    assert_eq!(members(), before);
}

#[test]
fn the_first_push_taken_back_leaves_nothing_active_but_what_was_there() {
    let (moodle, district) = (Moodle::new(), District::with("", 3));
    let ann = User {
        username: "u0000".into(),
        firstname: "Adele".into(),
        lastname: "Name-u0000".into(),
        email: "adele@home.test".into(),
        idnumber: "u0000".into(),
        auth: "manual".into(),
        ..User::default()
    };
    moodle.inner().site.users.insert(50, ann.clone());
    let bench = Bench::new(&moodle, &district).set("cohorts", "school");
    bench.adopt(&[By::IdNumber]);
    bench.push();
    assert_ne!(moodle.inner().site.users[&50], ann);
    let told = lines(&bench.back(Version::Nothing));
    let back = "updated user u0000: firstname, email: as it was before it was taken over";
    assert!(told.contains(&back.to_owned()), "{told:?}");
    assert_eq!(moodle.inner().site.users[&50], ann, "who was adopted is as before, and not ours to suspend");
    // Pushed once more, and taken back once more.
    bench.push();
    assert_eq!(moodle.inner().site.users[&50].email, "u0000@school.test");
    bench.back(Version::Nothing);
    let inner = moodle.inner();
    let site = &inner.site;
    assert_eq!(site.users[&50], ann);
    for id in ["u0001", "u0002", "t1", "t2"] {
        assert!(site.user(id).unwrap().1.suspended, "{id}");
    }
    assert!(["c1", "c2"].iter().all(|id| !site.course(id).unwrap().1.visible));
    assert!(site.cohorts.values().all(|cohort| cohort.members.is_empty()));
}
