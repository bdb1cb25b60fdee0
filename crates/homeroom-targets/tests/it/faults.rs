//! What goes wrong: with the site, the token, the way, and single records.

use crate::bench::{Bench, about, count};
use crate::district::District;
use crate::fake::{Faults, Moodle};
use homeroom_targets::moodle::{Did, What};
use oneroster::at;
use oneroster::model::Kind;

#[test]
fn one_bad_record_does_not_stop_the_others() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 150));
    // Legal by our rules, and refused by this site.
    moodle.inner().site.courses.get_mut(&1).unwrap().shortname = "c2".into();
    district.class("c3", "Geometry", "s1");
    let bench = Bench::new(&moodle, &district);
    let (_, lines) = bench.push();
    let told = about(&lines, What::Course, "c2")[0];
    assert_eq!(told.did, Did::Refused);
    assert!(told.why.as_ref().unwrap().contains("already with this short name"), "{told:?}");
    assert_eq!(count(&lines, What::Course, Did::Created), 2);
    assert_eq!(count(&lines, What::Enrolment, Did::Created), 76);
    let skipped = about(&lines, What::Enrolment, "u0001")[0];
    assert_eq!(skipped.why.as_deref(), Some("the course is not there"));
}

#[test]
fn a_push_that_broke_off_goes_on_and_makes_nothing_twice() {
    let whole = {
        let (moodle, district) = (Moodle::new(), District::with("", 250));
        Bench::new(&moodle, &district).push();
        let writes = moodle.writes().len();
        let inner = moodle.inner();
        (
            writes,
            inner.site.users.len(),
            inner.site.courses.len(),
            inner.site.enrolments.len(),
            inner.site.categories.len(),
        )
    };
    for cut in 0..whole.0 {
        let (moodle, district) = (Moodle::new(), District::with("", 250));
        let bench = Bench::new(&moodle, &district);
        moodle.inner().faults = Faults { cut_after: Some(cut), ..Faults::default() };
        let stop = bench.try_push(false, None).0.unwrap_err();
        assert!(stop.hint.contains("push again"), "{stop}");
        moodle.inner().faults = Faults::default();
        bench.push();
        {
            let inner = moodle.inner();
            let site = &inner.site;
            let now = (whole.0, site.users.len(), site.courses.len(), site.enrolments.len(), site.categories.len());
            assert_eq!(now, whole, "cut after {cut}");
        }
        assert_eq!(bench.writes(), 0, "cut after {cut}");
    }
}

#[test]
fn a_mail_that_fails_after_the_enrolment_is_no_failure() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 120));
    moodle.inner().faults.mail_fails = true;
    let bench = Bench::new(&moodle, &district);
    let (_, lines) = bench.push();
    assert_eq!((count(&lines, What::Enrolment, Did::Created), count(&lines, What::Enrolment, Did::Refused)), (122, 0));
    // Moodle 4.4 sends it to those, too, whose enrolment is suspended or has other days.
    district.drop(Kind::Enrollment, "e-c1-u0000-student");
    district.records.retain(|record| record.sourced_id != "e-c2-u0001-student");
    district.enroll("c2", "u0001", "student", "2026-09-02", "2027-01-10");
    bench.import(&district);
    let (_, lines) = bench.push();
    let told: Vec<_> = lines.iter().map(|told| (told.did, told.what, told.id.as_str())).collect();
    assert_eq!(told, [(Did::Updated, What::Enrolment, "u0001"), (Did::Suspended, What::Enrolment, "u0000")]);
    assert!(moodle.inner().site.enrolled("c1", "u0000").unwrap().0.suspended);
    moodle.inner().faults.mail_fails = false;
    assert_eq!(bench.writes(), 0);
}

#[test]
fn what_the_token_may_not_is_said_in_words() {
    let (moodle, district) = (Moodle::new(), District::with("", 2));
    let bench = Bench::new(&moodle, &district);
    moodle.inner().faults.lacking = vec!["core_role_unassign_roles"];
    let stop = bench.try_push(false, None).0.unwrap_err();
    assert!(stop.message.contains("core_role_unassign_roles") && stop.hint.contains("External services"), "{stop}");
    moodle.inner().faults = Faults { blind: true, ..Faults::default() };
    let stop = bench.try_push(false, None).0.unwrap_err();
    assert!(stop.hint.contains("moodle/user:viewalldetails"), "{stop}");
    // Seen again, nobody is made twice.
    moodle.inner().faults = Faults::default();
    bench.push();
    assert_eq!(moodle.inner().site.users.values().filter(|user| user.idnumber == "u0000").count(), 1);
    for (answer, part) in
        [((403, ""), "web services"), ((503, "<html>"), "maintenance"), ((200, "Notice: x\n0"), "not JSON")]
    {
        moodle.inner().faults.answer = Some(answer);
        let stop = bench.try_push(false, None).0.unwrap_err();
        assert!(stop.message.contains(part), "{stop}");
    }
}

#[test]
fn a_site_that_cuts_calls_is_found_out() {
    let (moodle, district) = (Moodle::new(), District::with("", 98));
    let bench = Bench::new(&moodle, &district);
    moodle.inner().faults.max_input_vars = Some(400);
    let stop = bench.try_push(false, None).0.unwrap_err();
    assert!(stop.message.contains("variables") && stop.hint.contains("max_input_vars"), "{stop}: {}", stop.hint);
    // Enrolments are answered with nothing, so nobody would know that they were cut.
    assert!(moodle.writes().is_empty());
    let bench = bench.set("variables", "300");
    bench.push();
    let inner = moodle.inner();
    assert_eq!((inner.site.users.len(), inner.site.enrolments.len()), (103, 100));
}

#[test]
fn an_account_that_was_deleted_there_is_made_anew_with_all_that_hung_on_it() {
    // Moodle keeps a deleted account for some time.
    for purged in [true, false] {
        let (moodle, mut district) = (Moodle::new(), District::with("", 3));
        let bench = Bench::new(&moodle, &district).set("courses", "course").set("cohorts", "school");
        bench.push();
        let before = moodle.inner().site.group("c1").unwrap().members.len();
        {
            let site = &mut moodle.inner().site;
            let id = site.user("u0000").unwrap().0;
            site.enrolments.retain(|(_, user), _| *user != id);
            site.groups.values_mut().for_each(|group| _ = group.members.remove(&id));
            if purged { drop(site.users.remove(&id)) } else { crate::verified::delete(site, "u0000") }
        }
        district.get(Kind::User, "u0000").set(at!(User.familyName), "Changed");
        bench.import(&district);
        let (_, lines) = bench.push();
        assert!(about(&lines, What::User, "u0000")[0].why.as_ref().unwrap().contains("gone in Moodle"));
        let (_, lines) = bench.push();
        assert_eq!(about(&lines, What::User, "u0000")[0].did, Did::Created);
        assert_eq!(count(&lines, What::Enrolment, Did::Created), 1, "{lines:?}");
        assert_eq!(moodle.inner().site.group("c1").unwrap().members.len(), before);
        assert_eq!(bench.writes(), 0);
    }
}

#[test]
fn a_course_that_was_deleted_there_is_made_anew_with_all_that_hung_on_it() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 3));
    let bench = Bench::new(&moodle, &district).set("courses", "course");
    bench.push();
    let there = || {
        let inner = moodle.inner();
        (inner.site.enrolments.len(), inner.site.group("c1").unwrap().members.len())
    };
    let then = there();
    {
        let site = &mut moodle.inner().site;
        let id = site.course("co@s1@2027").unwrap().0;
        site.courses.remove(&id);
        site.enrolments.clear();
        site.groups.clear();
    }
    district.get(Kind::Course, "co").set(at!(Course.title), "Changed");
    bench.import(&district);
    let (_, lines) = bench.push();
    assert!(about(&lines, What::Course, "co@s1@2027")[0].why.as_ref().unwrap().contains("gone in Moodle"));
    bench.push();
    assert_eq!(there(), then);
    assert_eq!(bench.writes(), 0);
}
