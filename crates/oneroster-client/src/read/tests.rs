//! What providers send, and what is made of it.

use super::*;
use oneroster::model::Version;
use oneroster::record::Status;
use oneroster::time::Timestamp;
use serde_json::json;

fn read_as(edition: Edition, kind: Kind, value: &Value) -> Result<(Record, Vec<(Habit, String)>), Unreadable> {
    let findings = Findings::default();
    let record = Reader::new(kind, edition, false, findings.clone()).read(&value.to_string())?;
    Ok((record, findings.list().into_iter().map(|f| (f.habit, f.member)).collect()))
}

/// Reads an object of 1.2 that has an identifier.
fn read(kind: Kind, value: Value) -> (Record, Vec<(Habit, String)>) {
    let mut value = value;
    value["sourcedId"] = json!("x");
    read_as(Edition::V1P2, kind, &value).unwrap_or_else(|e| panic!("{value}: {}", e.why))
}

#[test]
fn certain_meanings_are_read_and_named() {
    let cases = [
        (Kind::Class, json!({"school": "s1"}), at!(Class.school), Some("s1"), Habit::ReferenceAsText),
        (Kind::Class, json!({"school": [{"sourcedId": "s1"}]}), at!(Class.school), Some("s1"), Habit::ListForSingle),
        (Kind::Class, json!({"terms": ["t1"]}), at!(Class.terms), Some("t1"), Habit::ReferenceAsText),
        (
            Kind::Class,
            json!({"school": {"href": "https://x/orgs/a%20b"}}),
            at!(Class.school),
            Some("a b"),
            Habit::ReferenceByHref,
        ),
        (Kind::Class, json!({"course": {}}), at!(Class.course), None, Habit::NullMember),
        (Kind::Course, json!({"school": {"sourcedId": "s1"}}), at!(Course.org), Some("s1"), Habit::SchoolForOrg),
        (Kind::User, json!({"enabledUser": "Yes"}), at!(User.enabledUser), Some("true"), Habit::BooleanWord),
        (Kind::User, json!({"enabledUser": " FALSE "}), at!(User.enabledUser), Some("false"), Habit::BooleanWord),
        (Kind::User, json!({"GivenName": "Zoë"}), at!(User.givenName), Some("Zoë"), Habit::NameInOtherCase),
        (Kind::User, json!({"role": "student"}), at!(User.role), Some("student"), Habit::OtherVersion),
        (Kind::User, json!({"password": "p"}), at!(User.password), Some("p"), Habit::PasswordSent),
        (Kind::Result, json!({"score": "91.50"}), at!(Result.score), Some("91.5"), Habit::TextForNumber),
        (
            Kind::Enrollment,
            json!({"beginDate": "20260824"}),
            at!(Enrollment.beginDate),
            Some("2026-08-24"),
            Habit::DateForm,
        ),
        (
            Kind::Enrollment,
            json!({"beginDate": "2026/8/4"}),
            at!(Enrollment.beginDate),
            Some("2026-08-04"),
            Habit::DateForm,
        ),
        (Kind::Enrollment, json!({"role": "Student"}), at!(Enrollment.role), Some("student"), Habit::WordInOtherCase),
        (Kind::Enrollment, json!({"role": "pupil"}), at!(Enrollment.role), Some("pupil"), Habit::WordUnknown),
        (Kind::Org, json!({"type": "departments"}), at!(Org.type), Some("departments"), Habit::WordUnknown),
        (Kind::User, json!({"grades": ["09", "K"]}), at!(User.grades), Some("09"), Habit::GradeCode),
        (Kind::User, json!({"shoeSize": 46}), at!(User.email), None, Habit::UnknownMember),
        (
            Kind::Demographics,
            json!({"birthDate": "01/02/2010"}),
            at!(Demographics.birthDate),
            None,
            Habit::MemberLeftOut,
        ),
        (Kind::User, json!({"userIds": ["4711"]}), at!(User.userIds), None, Habit::MemberLeftOut),
    ];
    for (kind, value, field, wanted, habit) in cases {
        let (record, habits) = read(kind, value.clone());
        assert_eq!(record.get(field), wanted, "{value}");
        assert_eq!(habits.iter().map(|(h, _)| *h).collect::<Vec<_>>(), [habit], "{value}");
    }
}

#[test]
fn a_member_that_cannot_be_read_takes_nothing_else_along() {
    let (user, habits) = read(
        Kind::User,
        json!({"givenName": "Zoë", "email": ["a@x.org", "b@x.org"], "agents": [{"sourcedId": "a1"}, {"x": 1}, "a2"],
               "roles": [{"role": "Student", "roleType": "primary", "org": "s1"}, {"role": ["x", "y"]}]}),
    );
    assert_eq!((user.get(at!(User.givenName)), user.get(at!(User.email))), (Some("Zoë"), None));
    assert_eq!(user.list(at!(User.agents)).collect::<Vec<_>>(), ["a1", "a2"]);
    let roles: Vec<&Record> = user.rows(at!(User.roles)).collect();
    assert_eq!(roles.len(), 1);
    assert_eq!((roles[0].get(at!(Role.role)), roles[0].get(at!(Role.org))), (Some("student"), Some("s1")));
    let members: Vec<&str> =
        habits.iter().filter(|(h, _)| *h == Habit::MemberLeftOut).map(|(_, m)| m.as_str()).collect();
    assert_eq!(members, ["agents.sourcedId", "email", "roles.role"]);
}

#[test]
fn a_row_is_kept_without_an_optional_member_and_not_without_a_mandatory_one() {
    let role = |more: Value| {
        let mut role = json!({"role": "teacher", "roleType": "primary", "org": {"sourcedId": "s1"}});
        role.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (user, habits) = read(Kind::User, json!({ "roles": [role] }));
        let begins: Vec<_> =
            user.rows(at!(User.roles)).map(|row| row.get(at!(Role.beginDate)).map(str::to_owned)).collect();
        (begins, habits)
    };
    let left_out = |member: &str| vec![(Habit::MemberLeftOut, member.to_owned())];
    assert_eq!(role(json!({"beginDate": "01/02/2026"})), (vec![None], left_out("roles.beginDate")));
    assert_eq!(
        role(json!({"beginDate": "2026-08-24", "userProfile": [1, 2]})),
        (vec![Some("2026-08-24".to_owned())], left_out("roles.userProfile"))
    );
    assert_eq!(role(json!({"org": {"x": 1}})), (vec![], left_out("roles.org.sourcedId")));
}

#[test]
fn common_members_are_repaired_or_the_record_is_named() {
    let (record, _) = read(Kind::Org, json!({"status": "Deleted", "dateLastModified": "2026-08-14 06:30:05"}));
    assert_eq!(record.status, Status::ToBeDeleted);
    assert_eq!(record.modified, Timestamp::parse("2026-08-14T06:30:05Z"));
    let (record, habits) = read(Kind::Org, json!({"dateLastModified": "yesterday"}));
    assert_eq!((record.modified, habits[0].0), (None, Habit::MemberLeftOut));
    let numbered = read_as(Edition::V1P1, Kind::Org, &json!({"sourcedId": 4711, "status": "ACTIVE"})).unwrap();
    assert_eq!((numbered.0.sourced_id.as_str(), numbered.0.status), ("4711", Status::Active));
    for (value, id) in [
        (json!({"name": "x"}), None),
        (json!({"sourcedId": ""}), None),
        (json!({"sourcedId": {"a": 1}}), None),
        (json!({"sourcedId": "o1", "status": "perhaps"}), Some("o1")),
        (json!(["x"]), None),
    ] {
        let unreadable = read_as(Edition::V1P1, Kind::Org, &value).unwrap_err();
        assert_eq!(unreadable.sourced_id.as_deref(), id, "{value}");
    }
}

#[test]
fn a_part_of_a_record_is_enough_where_one_was_asked_for() {
    // rest.md C14
    let reader = Reader::new(Kind::User, Edition::V1P2, true, Findings::default());
    let part = reader.read(r#"{"email":"a@x.org"}"#).unwrap();
    assert_eq!((part.sourced_id.as_str(), part.get(at!(User.email))), ("", Some("a@x.org")));
}

#[test]
fn objects_of_1_0_become_those_of_1_1() {
    let (class, _) =
        read_as(Edition::V1P0, Kind::Class, &json!({"sourcedId": "c", "grade": "9-12", "term": {"sourcedId": "t"}}))
            .unwrap();
    assert_eq!(class.list(at!(Class.grades)).collect::<Vec<_>>(), ["09", "10", "11", "12"]);
    for (text, grades) in
        [("KG-02", vec!["KG", "01", "02"]), ("K, 9", vec!["KG", "09"]), ("", vec![]), ("all", vec!["all"])]
    {
        let (class, _) = read_as(Edition::V1P0, Kind::Class, &json!({"sourcedId": "c", "grade": text})).unwrap();
        assert_eq!(class.list(at!(Class.grades)).collect::<Vec<_>>(), grades, "{text}");
    }
    assert_eq!(class.get(at!(Class.terms)), Some("t"));
    let (user, habits) = read_as(
        Edition::V1P0,
        Kind::User,
        &json!({"sourcedId": "u", "status": "inactive", "userId": "77", "role": "student"}),
    )
    .unwrap();
    assert_eq!((user.status, user.get(at!(User.enabledUser))), (Status::Active, Some("false")));
    assert_eq!(user.pairs(at!(User.userIds)).collect::<Vec<_>>(), [("unknown", "77")]);
    assert!(habits.iter().any(|(habit, _)| *habit == Habit::OldName));
    let (person, _) = read_as(
        Edition::V1P0,
        Kind::Demographics,
        &json!({"userSourcedId": "u", "birthdate": "2010-02-01", "sex": "Female"}),
    )
    .unwrap();
    assert_eq!((person.sourced_id.as_str(), person.get(at!(Demographics.sex))), ("u", Some("female")));
    // The school year is told by the end; a year may end late in summer.
    for (ty, end, year) in [
        ("term", "2026-12-18", Some("2027")),
        ("gradingPeriod", "2027-06-04", Some("2027")),
        ("schoolYear", "2027-08-01", Some("2027")),
        ("term", "soon", None),
    ] {
        let (session, _) =
            read_as(Edition::V1P0, Kind::AcademicSession, &json!({"sourcedId": "t", "type": ty, "endDate": end}))
                .unwrap();
        assert_eq!(session.get(at!(AcademicSession.schoolYear)), year, "{ty} {end}");
    }
}

#[test]
fn people_of_1_1_keep_what_only_1_2_has() {
    let value = json!({"sourcedId": "u", "role": "Student", "orgs": [{"sourcedId": "s"}], "preferredFirstName": "Zo",
                       "roles": [{"role": "student", "roleType": "primary", "org": {"sourcedId": "s"}}]});
    let (user, habits) = read_as(Edition::V1P1, Kind::User, &value).unwrap();
    assert_eq!((user.get(at!(User.role)), user.get(at!(User.preferredFirstName))), (Some("student"), Some("Zo")));
    assert_eq!(user.rows(at!(User.roles)).count(), 1);
    assert!(habits.contains(&(Habit::OtherVersion, "preferredFirstName".to_owned())));
}

proptest::proptest! {
    #[test]
    fn any_object_is_read_or_named(path in 0usize..40, junk in "\\PC{0,12}", shape in 0u8..6) {
        let fields: Vec<&str> = Kind::User.entity().members(Version::V1P2).map(|(_, f)| f.name).collect();
        let name = fields[path % fields.len()];
        let value = match shape {
            0 => json!(junk), 1 => json!([junk]), 2 => json!({ "sourcedId": junk }), 3 => json!([{ "a": junk }]), 4 => json!([[junk]]), _ => json!({ "href": junk }),
        };
        let mut object = json!({"sourcedId": "x"});
        object[name] = value;
        let _ = read_as(Edition::V1P2, Kind::User, &object);
        let _ = read_as(Edition::V1P0, Kind::User, &object);
    }
}
