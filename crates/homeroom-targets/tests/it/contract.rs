//! What is relied on of a Moodle, asked over its web services alone, so that the
//! same holds of a real one: see docs/moodle.md.

use crate::bench::{Bench, count};
use crate::district::District;
use crate::fake::{Moodle as Fake, TOKEN};
use homeroom_targets::moodle::{By, Did, Moodle, What, Wrong, check};
use oneroster::at;
use oneroster::model::Kind;
use secrecy::SecretString;
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// A Moodle to ask, ours or a real one.
struct Asked {
    url: String,
    token: String,
    /// Identifiers of a test begin with it, for a real site keeps them.
    prefix: String,
    _fake: Option<Fake>,
}

impl Asked {
    fn new(test: &str) -> Asked {
        let Ok(url) = std::env::var("HOMEROOM_MOODLE_URL") else {
            let fake = Fake::new();
            let (url, token, prefix) = (fake.url(), TOKEN.to_owned(), format!("{test}-"));
            return Asked { url, token, prefix, _fake: Some(fake) };
        };
        let file =
            std::env::var("HOMEROOM_MOODLE_TOKEN_FILE").expect("HOMEROOM_MOODLE_TOKEN_FILE names the token's file");
        let token = std::fs::read_to_string(file).unwrap().trim().to_owned();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        Asked { url, token, prefix: format!("{test}{now:x}-"), _fake: None }
    }

    fn client(&self) -> Moodle {
        Moodle::new(&self.url, SecretString::from(self.token.clone()))
    }

    fn bench(&self, district: &District) -> Bench {
        Bench::at(&self.url, &self.token, district)
    }

    fn read(&self, function: &str, arguments: &[(&str, &str)]) -> Value {
        let arguments: Vec<_> =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.client().read(function, &arguments).unwrap()
    }

    fn user(&self, idnumber: &str) -> Value {
        self.read("core_user_get_users_by_field", &[("field", "idnumber"), ("values[0]", idnumber)])[0].clone()
    }

    fn course(&self, idnumber: &str) -> Value {
        let found = self.read("core_course_get_courses_by_field", &[("field", "idnumber"), ("value", idnumber)]);
        found["courses"][0].clone()
    }

    /// The roles of those in a course, by username.
    fn members(&self, idnumber: &str) -> Vec<(i64, Vec<i64>)> {
        let course = self.course(idnumber)["id"].to_string();
        let found = self.read("core_enrol_get_enrolled_users", &[("courseid", &course)]);
        let roles = |user: &Value| {
            user["roles"].as_array().unwrap().iter().map(|role| role["roleid"].as_i64().unwrap()).collect()
        };
        found.as_array().unwrap().iter().map(|user| (user["id"].as_i64().unwrap(), roles(user))).collect()
    }
}

#[test]
fn the_token_may_do_what_is_needed() {
    let asked = Asked::new("a");
    let district = District::new(&asked.prefix);
    let bench = asked.bench(&district).set("cohorts", "both").set("courses", "course").set("ended", "unenrol");
    let settings = homeroom_targets::moodle::Settings::parse(&bench.given).unwrap();
    let checked = check(&asked.client(), &settings).unwrap();
    assert!(checked.missing.is_empty(), "{:?}", checked.missing);
    assert!(!checked.release.is_empty() && checked.own > 0, "{checked:?}");
}

#[test]
fn a_wrong_token_is_refused_with_status_200() {
    let asked = Asked::new("b");
    let client = Moodle::new(&asked.url, SecretString::from("0".repeat(32)));
    let Err(Wrong::Refused { code, .. }) = client.read("core_webservice_get_site_info", &[]) else { panic!("refused") };
    assert_eq!(code, "invalidtoken");
}

#[test]
fn a_roster_arrives_and_a_second_push_writes_nothing() {
    let asked = Asked::new("c");
    let mut district = District::with(&asked.prefix, 12);
    district.get(Kind::User, "u0000").set(at!(User.givenName), "Zoë \"Q\" & 1 < 2");
    district.get(Kind::Class, "c1").set(at!(Class.title), "Math & \"Art\" 1 < 2 <b>");
    district.get(Kind::User, "u0001").set(at!(User.email), "");
    district.get(Kind::User, "u0002").set(at!(User.familyName), "𝔘nicode 🎓 <3 <");
    let bench = asked.bench(&district);
    let (outcome, lines) = bench.push();
    assert_eq!(lines.iter().filter(|told| told.did != Did::Created).count(), 0, "{lines:?}");
    assert!(outcome.calls.1 <= 6, "{:?}", outcome.calls);
    let zoe = asked.user(&district.id("u0000"));
    assert_eq!(zoe["firstname"], "Zoë \"Q\" & 1 < 2");
    assert_eq!(asked.course(&district.id("c1"))["fullname"], "Math & \"Art\" 1 < 2 < b>");
    assert_eq!(asked.user(&district.id("u0002"))["lastname"], "𝔘nicode 🎓 < 3");
    let members = asked.members(&district.id("c1"));
    assert_eq!(members.len(), 7);
    assert!(members.contains(&(zoe["id"].as_i64().unwrap(), vec![5])), "{members:?}");
    assert_eq!(bench.writes(), 0);
    let found = bench.verify(false);
    assert!(found.differs.is_empty() && found.looked[&What::User] == 14, "{found:?}");
    // What was taken over is known again by its idnumber.
    let other = asked.bench(&district);
    let adoption = other.adopt(&[By::IdNumber]);
    assert_eq!(
        (adoption.adopted[&What::User], adoption.adopted[&What::Course], adoption.adopted[&What::Category]),
        (14, 2, 2)
    );
    let (_, lines) = other.push();
    assert_eq!(count(&lines, What::Enrolment, Did::Left), 14, "{lines:?}");
}

#[test]
fn a_year_goes_by() {
    let asked = Asked::new("d");
    let mut district = District::with(&asked.prefix, 6);
    let bench = asked.bench(&district);
    bench.push();
    // A transfer, a new name, a leaver, and somebody back.
    district.drop(Kind::Enrollment, "e-c1-u0000-student");
    district.enroll("c2", "u0000", "student", "2026-09-01", "2027-01-10");
    district.get(Kind::User, "u0001").set(at!(User.familyName), "Lovelace");
    // Two have each other's name and address.
    for (of, to) in [("u0003", "u0004"), ("u0004", "u0003")] {
        let name = district.id(to);
        district.get(Kind::User, of).set(at!(User.username), &name);
        district.get(Kind::User, of).set(at!(User.email), &format!("{name}@school.test"));
    }
    let before = district.clone();
    district.leave("u0002");
    bench.import(&district);
    let (_, lines) = bench.push();
    let refused: Vec<_> = lines.iter().filter(|told| told.did == Did::Refused).collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(asked.user(&district.id("u0001"))["lastname"], "Lovelace");
    assert_eq!(asked.user(&district.id("u0003"))["username"], district.id("u0004"));
    assert_eq!(asked.user(&district.id("u0004"))["email"], format!("{}@school.test", district.id("u0003")));
    assert_eq!(asked.user(&district.id("u0002"))["suspended"], true);
    assert_eq!(asked.members(&district.id("c2")).len(), 5);
    assert_eq!(bench.writes(), 0);
    bench.import(&before);
    bench.push();
    assert_eq!(asked.user(&district.id("u0002"))["suspended"], false);
    // The end of a class.
    district.records.retain(|record| {
        record.get(at!(Enrollment.class)).filter(|_| record.kind() == Kind::Enrollment)
            != Some(district.prefix.clone() + "c2").as_deref()
    });
    let class = district.id("c2");
    district.drop(Kind::Class, "c2");
    bench.import(&district);
    bench.push();
    assert!(matches!(asked.course(&class)["visible"].as_i64(), Some(0)), "{}", asked.course(&class));
    assert_eq!(bench.writes(), 0);
}

#[test]
fn shared_courses_groups_cohorts_and_guardians() {
    let asked = Asked::new("e");
    let mut district = District::with(&asked.prefix, 6);
    district.person("p1", "parent", "s1");
    let parent = district.id("p1");
    district.get(Kind::User, "u0000").push(at!(User.agents), &parent);
    let role = std::env::var("HOMEROOM_MOODLE_PARENT_ROLE").unwrap_or_else(|_| "9".to_owned());
    let bench = asked.bench(&district).set("courses", "course").set("cohorts", "both").set("role.parent", &role);
    let (_, lines) = bench.push();
    assert_eq!(lines.iter().filter(|told| told.did != Did::Created).count(), 0, "{lines:?}");
    for (what, wanted) in
        [(What::Group, 2), (What::GroupMember, 8), (What::Cohort, 2), (What::CohortMember, 12), (What::Guardian, 1)]
    {
        assert_eq!(count(&lines, what, Did::Created), wanted, "{what:?}");
    }
    assert_eq!(bench.writes(), 0);
    district.drop(Kind::Enrollment, "e-c1-u0000-student");
    district.enroll("c2", "u0000", "student", "", "");
    district.get(Kind::User, "u0000").set(at!(User.agents), "");
    bench.import(&district);
    let (_, lines) = bench.push();
    assert_eq!(
        count(&lines, What::GroupMember, Did::Created) + count(&lines, What::GroupMember, Did::Removed),
        2,
        "{lines:?}"
    );
    assert_eq!(count(&lines, What::Guardian, Did::Removed), 1, "{lines:?}");
    assert_eq!(bench.writes(), 0);
    // Who is in a cohort that was taken over is in it by another hand.
    let other = asked.bench(&district).set("courses", "course").set("cohorts", "both").set("role.parent", &role);
    other.adopt(&[By::IdNumber]);
    let (_, lines) = other.push();
    assert_eq!(count(&lines, What::CohortMember, Did::Left), 12, "{lines:?}");
    assert_eq!(other.writes(), 0);
}
