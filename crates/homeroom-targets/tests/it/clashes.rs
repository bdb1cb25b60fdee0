//! Accounts that get the username or the address that another one has yet.

use crate::bench::{Bench, about};
use crate::district::District;
use crate::fake::Moodle;
use homeroom_targets::moodle::{Did, What};
use oneroster::at;
use oneroster::model::Kind;

/// Usernames and addresses there, by sourcedId.
fn names(moodle: &Moodle, of: &[&str]) -> Vec<(String, String)> {
    let inner = moodle.inner();
    let named = |id: &&str| inner.site.user(id).map(|(_, user)| (user.username.clone(), user.email.clone())).unwrap();
    of.iter().map(named).collect()
}

fn rename(district: &mut District, of: &str, to: &str) {
    let person = district.get(Kind::User, of);
    person.set(at!(User.username), to);
    person.set(at!(User.email), &format!("{to}@school.test"));
}

fn wanted(all: &[&str]) -> Vec<(String, String)> {
    all.iter().map(|name| ((*name).to_owned(), format!("{name}@school.test"))).collect()
}

#[test]
fn those_who_exchange_their_names_get_them_in_one_push() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 8));
    let bench = Bench::new(&moodle, &district);
    bench.push();
    // Two exchange them, three in a circle, and of three one makes room for the next.
    for (of, to) in [
        ("u0000", "u0001"),
        ("u0001", "u0000"),
        ("u0002", "u0003"),
        ("u0003", "u0004"),
        ("u0004", "u0002"),
        ("u0005", "u0006"),
        ("u0006", "u0007"),
        ("u0007", "fresh"),
    ] {
        rename(&mut district, of, to);
    }
    bench.import(&district);
    let (outcome, lines) = bench.push();
    let all = ["u0000", "u0001", "u0002", "u0003", "u0004", "u0005", "u0006", "u0007"];
    assert_eq!(
        names(&moodle, &all),
        wanted(&["u0001", "u0000", "u0003", "u0004", "u0002", "u0006", "u0007", "fresh"]),
        "{lines:?}"
    );
    assert_eq!(outcome.tally.sum(Did::Refused), 0, "{lines:?}");
    assert_eq!(bench.writes(), 0);
}

#[test]
fn whose_name_a_stranger_has_keeps_the_old_one_and_so_does_who_waits_for_it() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &district);
    bench.push();
    let taken = moodle.inner().site.users.get(&2).unwrap().username.clone() + "2";
    moodle.inner().site.users.get_mut(&2).unwrap().username.clone_from(&taken);
    district.get(Kind::User, "u0000").set(at!(User.username), &taken);
    rename(&mut district, "u0001", "u0000");
    bench.import(&district);
    let (_, lines) = bench.push();
    for id in ["u0000", "u0001"] {
        let told = about(&lines, What::User, id);
        assert!(told[0].did == Did::Refused && told.len() == 1, "{told:?}");
        assert!(told[0].why.as_ref().unwrap().contains("another account in Moodle has this"), "{told:?}");
    }
    assert_eq!(names(&moodle, &["u0000", "u0001"]), wanted(&["u0000", "u0001"]));
}

#[test]
fn a_newcomer_gets_what_somebody_gives_away_and_not_what_a_leaver_has() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 4));
    let bench = Bench::new(&moodle, &district);
    bench.push();
    rename(&mut district, "u0001", "other");
    district.person("u1000", "student", "s1");
    rename(&mut district, "u1000", "u0001");
    district.leave("u0002");
    district.person("u1001", "student", "s1");
    rename(&mut district, "u1001", "u0002");
    bench.import(&district);
    let (_, lines) = bench.push();
    assert_eq!(names(&moodle, &["u0001", "u1000", "u0002"]), wanted(&["other", "u0001", "u0002"]), "{lines:?}");
    bench.push();
    let (_, lines) = bench.push();
    let told = about(&lines, What::User, "u1001")[0];
    assert!(told.why.as_ref().unwrap().contains("the account of u0002, who left, has this username"), "{told:?}");
}

#[test]
fn a_sourced_id_that_differs_by_case_is_another() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 2));
    let bench = Bench::new(&moodle, &district);
    bench.push();
    // MariaDB finds both by either.
    moodle.inner().faults.any_case = true;
    district.person("U0000", "student", "s1");
    rename(&mut district, "U0000", "someone");
    bench.import(&district);
    let (_, lines) = bench.push();
    assert_eq!(about(&lines, What::User, "U0000")[0].did, Did::Created, "{lines:?}");
}

#[test]
fn an_address_that_is_kept_may_be_there_already() {
    let (moodle, mut district) = (Moodle::new(), District::with("", 2));
    moodle.inner().faults.same_emails = true;
    let bench = Bench::new(&moodle, &district).set("shared-email", "keep");
    bench.push();
    district.person("u1000", "student", "s1");
    district.get(Kind::User, "u1000").set(at!(User.email), "u0000@school.test");
    bench.import(&district);
    let (_, lines) = bench.push();
    assert_eq!(about(&lines, What::User, "u1000")[0].did, Did::Created, "{lines:?}");
    assert_eq!(names(&moodle, &["u1000"])[0].1, "u0000@school.test");
}
