//! Lenient reading (rest.md 2.1, C13).

use super::super::decode::{DecodeError, Decoded, Deviation, decode};
use super::*;
use crate::at;
use crate::record::Status;
use proptest::prelude::*;
use serde_json::json;

fn read(kind: Kind, value: Value) -> Result<Decoded, DecodeError> {
    decode(kind, Version::V1P2, &value)
}

#[test]
fn departures_are_read_and_noted() {
    let cases = [
        (Kind::User, json!({"enabledUser": true}), at!(User.enabledUser), Some("true"), Deviation::Boolean),
        (Kind::User, json!({"enabledUser": 0}), at!(User.enabledUser), Some("false"), Deviation::Boolean),
        (Kind::User, json!({"enabledUser": "TRUE"}), at!(User.enabledUser), Some("true"), Deviation::Boolean),
        (Kind::User, json!({"identifier": 4711}), at!(User.identifier), Some("4711"), Deviation::Number),
        (Kind::User, json!({"email": null}), at!(User.email), None, Deviation::Null),
        (Kind::User, json!({"email": ""}), at!(User.email), None, Deviation::Empty),
        (Kind::User, json!({"grades": "09"}), at!(User.grades), Some("09"), Deviation::Single),
        (Kind::User, json!({"grades": [null, "09"]}), at!(User.grades), Some("09"), Deviation::Null),
        (Kind::User, json!({"shoeSize": "44"}), at!(User.email), None, Deviation::Unknown),
        (Kind::User, json!({"role": "student"}), at!(User.role), None, Deviation::Unknown),
        (Kind::Result, json!({"comment": ""}), at!(Result.comment), None, Deviation::Empty),
        (
            Kind::AcademicSession,
            json!({"schoolYear": 2027}),
            at!(AcademicSession.schoolYear),
            Some("2027"),
            Deviation::Number,
        ),
        (
            Kind::Result,
            json!({"scoreDate": "2026-09-19T08:00:00Z"}),
            at!(Result.scoreDate),
            Some("2026-09-19"),
            Deviation::DateWithTime,
        ),
        (
            Kind::LineItem,
            json!({"dueDate": "2026-09-19T08:00:00+02:00"}),
            at!(LineItem.dueDate),
            Some("2026-09-19T06:00:00.000Z"),
            Deviation::DateTimeForm,
        ),
        (
            Kind::Class,
            json!({"school": {"sourcedId": "s1", "type": "school"}}),
            at!(Class.school),
            Some("s1"),
            Deviation::ReferenceType,
        ),
    ];
    for (kind, value, field, wanted, deviation) in cases {
        let decoded = read(kind, value.clone()).unwrap_or_else(|e| panic!("{value}: {e}"));
        assert_eq!(decoded.record.get(field), wanted, "{value}");
        assert_eq!(decoded.notes.iter().map(|n| n.what).collect::<Vec<_>>(), [deviation], "{value}");
    }
}

#[test]
fn a_reference_needs_only_its_sourced_id() {
    let decoded = read(Kind::Class, json!({"school": {"sourcedId": "s1"}, "terms": [{"sourcedId": "t1"}]})).unwrap();
    assert_eq!(decoded.notes, []);
    assert_eq!(decoded.record.get(at!(Class.terms)), Some("t1"));
}

#[test]
fn common_members_are_read() {
    let decoded =
        read(Kind::Category, json!({"sourcedId": "c1", "status": "inactive", "dateLastModified": "2026-08-14"}))
            .unwrap();
    assert_eq!((decoded.record.sourced_id.as_str(), decoded.record.status), ("c1", Status::ToBeDeleted));
    assert_eq!(decoded.record.modified, Timestamp::parse("2026-08-14T00:00:00Z"));
    let bare = read(Kind::Category, json!({"title": "Homework"})).unwrap();
    assert_eq!((bare.record.status, bare.record.modified), (Status::Active, None));
}

#[test]
fn what_is_not_certain_is_refused_with_its_place_and_without_its_value() {
    let cases = [
        (Kind::User, json!("x"), ""),
        (Kind::User, json!({"status": "gone"}), "status"),
        (Kind::User, json!({"enabledUser": "yes"}), "enabledUser"),
        (Kind::User, json!({"enabledUser": 2}), "enabledUser"),
        (Kind::User, json!({"givenName": ["secret"]}), "givenName"),
        (Kind::User, json!({"agents": [{"sourcedId": "a"}, "secret"]}), "agents[1]"),
        (Kind::User, json!({"roles": [{"org": {"href": "secret"}}]}), "roles[0].org.sourcedId"),
        (Kind::User, json!({"userIds": [{"type": "secret"}]}), "userIds[0].identifier"),
        (Kind::User, json!({"metadata": "secret"}), "metadata"),
        (Kind::Result, json!({"score": "91"}), "score"),
        (Kind::Result, json!({"scoreDate": "19/09/2026"}), "scoreDate"),
        (Kind::LineItem, json!({"dueDate": "secret"}), "dueDate"),
    ];
    for (kind, value, path) in cases {
        let error = read(kind, value.clone()).expect_err(&value.to_string());
        assert_eq!(error.path, path, "{value}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn unknown_members_are_listed_with_their_paths() {
    let decoded = read(
        Kind::User,
        json!({
            "x": 1,
            "userIds": [{"type": "a", "identifier": "b", "y": 2}],
            "roles": [{"role": "student", "sourcedId": "r1"}],
            "userProfiles": [{"profileId": "p:1", "credentials": [{"type": "t", "z": 3}]}],
        }),
    )
    .unwrap();
    let unknown: Vec<&str> = decoded.unknown().collect();
    assert_eq!(unknown, ["x", "userIds[0].y", "roles[0].sourcedId", "userProfiles[0].credentials[0].z"]);
}

#[test]
fn each_element_of_an_inner_array_is_a_row() {
    let accounts = json!({"userProfiles": [
        {"profileId": "urn:oneroster:userProfile:up%201", "vendorId": "v",
         "credentials": [{"username": "a"}, {"username": "b"}]},
        {"profileId": "https://x/2", "credentials": []},
        {"profileId": "https://x/3", "credentials": null},
        {"profileId": "https://x/4", "credentials": {"username": "d"}},
    ]});
    let decoded = read(Kind::User, accounts).unwrap();
    let rows: Vec<_> = decoded
        .record
        .rows(at!(User.userProfiles))
        .map(|r| (r.sourced_id.as_str(), r.get(at!(UserProfile.vendorId)), r.get(at!(UserProfile.username))))
        .collect();
    let wanted = [
        ("up 1", Some("v"), Some("a")),
        ("up 1", Some("v"), Some("b")),
        ("https://x/2", None, None),
        ("https://x/3", None, None),
        ("https://x/4", None, Some("d")),
    ];
    assert_eq!(rows, wanted);
}

pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let names: Vec<String> = Version::ALL
        .into_iter()
        .flat_map(|v| Kind::all().flat_map(move |k| k.entity().members(v).map(|(_, f)| f.name.to_owned())))
        .chain(["credentials", "learningObjectiveIds", "learningObjectiveResults", "x"].map(str::to_owned))
        .collect();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}|true|2026-08-14T?".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(names.clone()), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read_or_refused(value in any_json(), class in any::<proptest::sample::Index>()) {
        let kinds: Vec<Kind> = Kind::all().collect();
        let kind = kinds[class.index(kinds.len())];
        for version in Version::ALL {
            if let Ok(mut decoded) = decode(kind, version, &value) {
                render(&plan(kind, version, None).with_secrets(), &mut decoded.record);
                check::check(kind, version, &value, false);
            }
        }
    }
}
