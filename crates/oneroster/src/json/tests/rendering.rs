//! Single rules of the output plan.

use super::*;
use crate::at;
use serde_json::json;

#[test]
fn hrefs_have_the_base_of_the_targets_service_and_an_encoded_segment() {
    let mut class = record(Kind::Class, &[(at!(Class.school), "hs/1 ö"), (at!(Class.resources), "re-1")]);
    let written = render(
        &Plan::new(Kind::Class, Version::V1P2, &Bases::new(Version::V1P2, "http://h:1/t/north/"), None),
        &mut class,
    );
    let base = "http://h:1/t/north/ims/oneroster";
    let school = json!({
        "href": format!("{base}/rostering/v1p2/orgs/hs%2F1%20%C3%B6"), "sourcedId": "hs/1 ö", "type": "org"
    });
    assert_eq!(written["school"], school);
    assert_eq!(written["resources"][0]["href"], format!("{base}/resources/v1p2/resources/re-1"));
    let old = render(&plan(Kind::Class, Version::V1P1, None), &mut class);
    assert_eq!(old["resources"][0]["href"], format!("{HOST}/ims/oneroster/v1p1/resources/re-1"));
}

#[test]
fn bases_are_absolute() {
    let bases = Bases::new(Version::V1P2, HOST);
    assert_eq!(bases.service(crate::model::Service::Gradebook), format!("{HOST}/ims/oneroster/gradebook/v1p2"));
}

#[test]
fn the_versions_show_a_users_roles_each_in_its_way() {
    let mut user = record(Kind::User, &[(at!(User.role), "student"), (at!(User.orgs), "o1"), (at!(User.orgs), "o2")]);
    let mut role = Record::new(Kind::Role);
    role.sourced_id.push_str("ro-1");
    role.push(at!(Role.user), "id-1");
    role.push(at!(Role.role), "student");
    role.push(at!(Role.org), "o1");
    role.push(at!(Role.userProfile), "up 1");
    user.push_row(at!(User.roles), role);

    let old = render(&plan(Kind::User, Version::V1P1, None), &mut user);
    assert_eq!(old["role"], "student");
    assert_eq!(old["orgs"][1]["sourcedId"], "o2");
    assert_eq!(old.get("roles"), None);

    let new = render(&plan(Kind::User, Version::V1P2, None), &mut user);
    assert_eq!((new.get("role"), new.get("orgs")), (None, None));
    let org = json!({"href": format!("{HOST}/ims/oneroster/rostering/v1p2/orgs/o1"), "sourcedId": "o1", "type": "org"});
    let role = json!([{"role": "student", "org": org, "userProfile": "urn:oneroster:userProfile:up%201"}]);
    assert_eq!(new["roles"], role);
}

#[test]
fn rows_that_agree_outside_the_inner_array_share_an_object() {
    let mut item = record(Kind::LineItem, &[]);
    for (source, id) in [("case", "a"), ("case", "b"), ("unknown", "c"), ("case", "d")] {
        let mut row = Record::new(Kind::LineItemLearningObjectiveId);
        row.sourced_id = format!("lo-{id}");
        row.push(at!(LineItemLearningObjectiveId.lineItem), "id-1");
        row.push(at!(LineItemLearningObjectiveId.source), source);
        row.push(at!(LineItemLearningObjectiveId.learningObjectiveId), id);
        item.push_row(at!(LineItem.learningObjectiveSet), row);
    }
    let sets = json!([
        {"source": "case", "learningObjectiveIds": ["a", "b"]},
        {"source": "unknown", "learningObjectiveIds": ["c"]},
        {"source": "case", "learningObjectiveIds": ["d"]},
    ]);
    assert_eq!(render(&plan(Kind::LineItem, Version::V1P2, None), &mut item)["learningObjectiveSet"], sets);
}

#[test]
fn accounts_are_told_apart_by_their_identifier() {
    let mut user = record(Kind::User, &[]);
    for (id, name) in [("up-1", Some("a")), ("up-1", Some("b")), ("up-2", None), ("up-2", Some("c"))] {
        let mut row = Record::new(Kind::UserProfile);
        row.sourced_id.push_str(id);
        row.push(at!(UserProfile.vendorId), "v");
        if let Some(name) = name {
            row.push(at!(UserProfile.username), name);
            row.push(at!(UserProfile.password), "secret");
        }
        user.push_row(at!(User.userProfiles), row);
    }
    let profiles = json!([
        {"profileId": "urn:oneroster:userProfile:up-1", "vendorId": "v",
         "credentials": [{"username": "a"}, {"username": "b"}]},
        {"profileId": "urn:oneroster:userProfile:up-2", "vendorId": "v", "credentials": [{"username": "c"}]},
    ]);
    assert_eq!(render(&plan(Kind::User, Version::V1P2, None), &mut user)["userProfiles"], profiles);
}

#[test]
fn a_word_that_the_version_lacks_is_left_out_and_nothing_takes_its_place() {
    for word in ["other", "unspecified", "ext:x"] {
        let mut person = record(Kind::Demographics, &[(at!(Demographics.sex), word)]);
        assert_eq!(render(&plan(Kind::Demographics, Version::V1P1, None), &mut person).get("sex"), None);
        assert_eq!(render(&plan(Kind::Demographics, Version::V1P2, None), &mut person)["sex"], word);
    }
    let mut class = record(Kind::Class, &[(at!(Class.classType), "ext:lab")]);
    assert_eq!(render(&plan(Kind::Class, Version::V1P1, None), &mut class).get("classType"), None);
    let mut material = record(Kind::Resource, &[(at!(Resource.roles), "ext:x"), (at!(Resource.roles), "student")]);
    assert_eq!(render(&plan(Kind::Resource, Version::V1P1, None), &mut material)["roles"], json!(["student"]));
    let mut material = record(Kind::Resource, &[(at!(Resource.roles), "ext:x")]);
    assert_eq!(render(&plan(Kind::Resource, Version::V1P1, None), &mut material).get("roles"), None);
}

#[test]
fn defaults_fill_what_the_record_lacks() {
    let show = |kind, version, values: &[(u8, &str)], name: &str| {
        render(&plan(kind, version, None), &mut record(kind, values)).get(name).cloned()
    };
    let (old, new) = (Version::V1P1, Version::V1P2);
    let is = |text: &str| Some(Value::from(text));
    assert_eq!(show(Kind::Org, new, &[], "identifier"), is("id-1"));
    assert_eq!(show(Kind::Org, old, &[], "identifier"), None);
    assert_eq!(show(Kind::Course, old, &[(at!(Course.title), "Art \"1\"")], "courseCode"), is("Art \"1\""));
    assert_eq!(show(Kind::Course, new, &[(at!(Course.courseCode), "A1")], "courseCode"), is("A1"));
    assert_eq!(show(Kind::Class, new, &[], "classType"), is("scheduled"));
    assert_eq!(show(Kind::Enrollment, old, &[], "primary"), is("false"));
    assert_eq!(show(Kind::User, old, &[(at!(User.identifier), "77")], "username"), is("77"));
    assert_eq!(show(Kind::User, old, &[], "username"), is("id-1"));
    assert_eq!(show(Kind::User, new, &[], "username"), None);
}

#[test]
fn numbers_and_date_times_are_brought_into_form() {
    let cases = [("91.50", "91.50"), ("0", "0"), ("+7", "7.0"), (".5", "0.5"), ("007", "7.0")];
    for (stored, shown) in cases {
        let mut item = record(Kind::LineItem, &[(at!(LineItem.resultValueMax), stored)]);
        let text = write(&plan(Kind::LineItem, Version::V1P1, None), &mut item, &[]);
        assert!(text.contains(&format!("\"resultValueMax\":{shown}")), "{text}");
    }
    for bad in ["A+", "NaN", "inf"] {
        let mut item = record(Kind::LineItem, &[(at!(LineItem.resultValueMax), bad)]);
        assert_eq!(render(&plan(Kind::LineItem, Version::V1P1, None), &mut item).get("resultValueMax"), None);
    }
    let mut item = record(Kind::LineItem, &[(at!(LineItem.dueDate), "2026-09-18")]);
    assert_eq!(render(&plan(Kind::LineItem, Version::V1P1, None), &mut item)["dueDate"], "2026-09-18T00:00:00.000Z");
}

#[test]
fn empty_values_and_broken_metadata_do_not_break_the_object() {
    let mut org = record(Kind::Org, &[(at!(Org.name), ""), (at!(Org.identifier), "")]);
    for (name, value) in [("b", "null"), ("a", "{\"x\":"), ("c", "\"\""), ("d", "")] {
        org.push_pair(at!(Org.metadata), name, value);
    }
    let written = render(&plan(Kind::Org, Version::V1P2, None), &mut org);
    assert_eq!((written.get("name"), &written["identifier"]), (None, &json!("id-1")));
    assert_eq!(written["metadata"], json!({"a": "{\"x\":"}));
}

#[test]
fn of_an_unknown_form_the_common_members_are_written() {
    let row =
        Row { sourced_id: "a\"b", status: Default::default(), published: Timestamp(0), packed: b"?", children: &[] };
    let mut out = b"[".to_vec();
    plan(Kind::Category, Version::V1P1, None).write(&row, &mut out);
    let wanted = r#"[{"sourcedId":"a\"b","status":"active","dateLastModified":"1970-01-01T00:00:00.000Z"}"#;
    assert_eq!(String::from_utf8(out).unwrap(), wanted);
    let mut out = Vec::new();
    plan(Kind::Category, Version::V1P1, Some(&[])).write(&row, &mut out);
    assert_eq!(out, b"{}");
}

#[test]
fn children_come_from_the_row() {
    let plan = plan(Kind::Org, Version::V1P1, None);
    let mut org = record(Kind::Org, &[]);
    let text = write(&plan, &mut org, &["a".into(), "b\"".into()]);
    let written: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written["children"][1]["sourcedId"], "b\"");
    assert_eq!(written["children"][1]["href"], format!("{HOST}/ims/oneroster/v1p1/orgs/b%22"));
    assert_eq!(render(&plan, &mut org).get("children"), None);
}
