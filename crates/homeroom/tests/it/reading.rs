//! Every file of a package is read, kept and shown.

use super::desk::Desk;
use super::packages::Table;
use homeroom_store::{Found, Read, Roster, Tombstones};
use oneroster::json::{Bases, Plan};
use oneroster::model::{Kind, Version};
use serde_json::{Value, json};

/// One record as its version shows it, straight from the database.
pub fn shown(desk: &Desk, version: Version, kind: Kind, id: &str) -> Value {
    let roster = Roster::open(&desk.database.url()).unwrap();
    let read = Read {
        version,
        kind,
        parents: &[],
        views: &[],
        filter: None,
        view: None,
        tombstones: Tombstones::Shown,
        sort: None,
        limit: 1,
        offset: 0,
        cursor: None,
        caller: 1,
    };
    let plan = Plan::new(kind, version, &Bases::new(version, "https://x.example"), None);
    let mut out = Vec::new();
    let found = roster.one(&read, id, &mut |row| plan.write(row, &mut out)).unwrap();
    assert_eq!(found, Found::Yes, "{kind:?} {id}");
    serde_json::from_slice(&out).unwrap()
}

pub fn guid(reference: &Value) -> &str {
    reference["sourcedId"].as_str().unwrap_or_default()
}

#[test]
fn every_file_of_the_samples_is_planned_and_planned_no_more() {
    for (version, files) in [("v1p1", 13), ("v1p2", 21)] {
        let desk = Desk::new();
        desk.sample(version);
        let first = desk.json(0, &format!("import {version} --yes"));
        assert_eq!((&first["findings"]["error"], &first["findings"]["warning"]), (&json!(0), &json!(0)), "{first}");
        let plan = first["plan"].as_object().unwrap();
        // In 1.1 the roles of people are told beside the files.
        assert_eq!(plan.len(), files + usize::from(version == "v1p1"));
        for (entity, tally) in plan.iter().filter(|(entity, _)| version == "v1p2" || *entity != "roles") {
            let rows = desk.table(version, &format!("{entity}.csv")).rows.len();
            assert_eq!(tally["added"], rows, "{version} {entity}");
        }
        let again = desk.json(0, &format!("import {version} --yes"));
        for (entity, tally) in again["plan"].as_object().unwrap() {
            let moved = ["added", "changed", "removed", "rejected"].map(|what| tally[what].as_u64().unwrap());
            assert_eq!(moved, [0; 4], "{version} {entity}");
        }
    }
}

#[test]
fn line_items_and_results_come_back_in_both_versions() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let item = shown(&desk, Version::V1P2, Kind::LineItem, "li-1");
    assert_eq!((guid(&item["gradingPeriod"]), guid(&item["school"])), ("gp1-2027", "org-s2"));
    assert_eq!(item["dueDate"], "2026-09-14T00:00:00.000Z");
    let set = json!([{
        "source": "case", "learningObjectiveIds": ["urn:uuid:3f1d0f9a-6a52-4c53-9b0e-2f8a7c1d4e60"]
    }]);
    assert_eq!((&item["learningObjectiveSet"], item.get("scoreScale")), (&set, None));
    let lab = shown(&desk, Version::V1P2, Kind::LineItem, "li-3");
    assert_eq!((lab.get("gradingPeriod"), guid(&lab["academicSession"])), (None, "t1-2027"));
    assert_eq!(guid(&lab["scoreScale"]), "ssc-1");
    let result = shown(&desk, Version::V1P2, Kind::Result, "res-1");
    let mastered = json!([{ "source": "case", "learningObjectiveResults": [{
        "learningObjectiveId": "urn:uuid:3f1d0f9a-6a52-4c53-9b0e-2f8a7c1d4e60", "score": 0.9, "textScore": "mastered"
    }] }]);
    assert_eq!((&result["learningObjectiveSet"], &result["score"]), (&mastered, &json!(18.5)));
    assert_eq!(guid(&shown(&desk, Version::V1P2, Kind::Result, "res-4")["scoreScale"]), "ssc-1");
    let old = shown(&desk, Version::V1P1, Kind::LineItem, "li-1");
    assert_eq!((guid(&old["gradingPeriod"]), old.get("school")), ("gp1-2027", None));
    let scale = shown(&desk, Version::V1P2, Kind::ScoreScale, "ssc-1");
    assert_eq!(scale["scoreScaleValue"][1], json!({ "itemValueLHS": "A-", "itemValueRHS": "90" }));
}

#[test]
fn line_items_of_1_1_know_their_school_and_their_session() {
    let desk = Desk::new();
    desk.sample("v1p1");
    desk.json(0, "import v1p1 --yes");
    let item = shown(&desk, Version::V1P2, Kind::LineItem, "li-1");
    let ids = ["gradingPeriod", "academicSession", "school"].map(|name| guid(&item[name]).to_owned());
    assert_eq!(ids, ["gp1-2027", "gp1-2027", "org-s2"]);
}

#[test]
fn resources_are_shown_with_what_they_are_attached_to() {
    let desk = Desk::new();
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes");
    let of = |kind: Kind, id: &str| {
        let shown = shown(&desk, Version::V1P2, kind, id);
        let all = shown["resources"].as_array().cloned().unwrap_or_default();
        all.iter().map(|resource| guid(resource).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((of(Kind::Class, "cls-alg1"), of(Kind::Class, "cls-sci")), (vec!["rsc-1".into()], vec![]));
    assert_eq!(of(Kind::Course, "crs-sci"), ["rsc-2"]);
    assert_eq!((of(Kind::User, "usr-t2"), of(Kind::User, "usr-s4")), (vec!["rsc-1".into()], vec!["rsc-2".into()]));
    // A link that goes is a change of the class; its row is removed.
    desk.edit("v1p2", "classResources.csv", |table| {
        table.cell("clr-1", "resourceSourcedId").replace_range(.., "rsc-2")
    });
    let next = desk.json(0, "import v1p2 --yes");
    assert_eq!(
        (&next["plan"]["classes"]["changed"], &next["plan"]["classResources"]["changed"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(of(Kind::Class, "cls-alg1"), ["rsc-2"]);
    // A package that does not speak of links leaves them.
    std::fs::remove_file(desk.path("v1p2").join("classResources.csv")).unwrap();
    desk.edit("v1p2", "manifest.csv", |table| *table.cell("file.classResources", "value") = "absent".into());
    desk.edit("v1p2", "classes.csv", |table| *table.cell("cls-alg1", "title") = "Algebra".into());
    let next = desk.json(0, "import v1p2 --yes");
    assert_eq!((&next["plan"]["classes"]["changed"], next["plan"].get("classResources")), (&json!(1), None));
    assert_eq!(of(Kind::Class, "cls-alg1"), ["rsc-2"]);
}

fn with_metadata(table: &mut Table) {
    table.header.push("metadata.our.colour".into());
    table.rows.iter_mut().for_each(|row| row.push("red".into()));
}

#[test]
fn metadata_columns_of_every_file_are_kept_and_shown_where_json_has_a_place() {
    let desk = Desk::new();
    desk.sample("v1p2");
    for kind in Kind::all().filter(|kind| !kind.entity().csv.is_empty()) {
        desk.edit("v1p2", &kind.entity().file_name(), with_metadata);
    }
    desk.json(0, "import v1p2 --yes");
    let examples = [
        (Kind::Category, "cat-hw"),
        (Kind::ScoreScale, "ssc-1"),
        (Kind::LineItem, "li-1"),
        (Kind::Result, "res-1"),
        (Kind::Resource, "rsc-1"),
        (Kind::Class, "cls-alg1"),
    ];
    for (kind, id) in examples {
        assert_eq!(shown(&desk, Version::V1P2, kind, id)["metadata"]["our.colour"], "red", "{kind:?}");
    }
}

#[test]
fn a_package_of_1_0_is_imported_and_served_in_both_versions() {
    let desk = Desk::new();
    desk.sample("v1p0");
    assert_eq!(desk.json(0, "validate v1p0")["package"]["oneroster"], "1.0");
    let first = desk.json(0, "import v1p0 --yes");
    assert_eq!((&first["findings"]["error"], &first["findings"]["warning"]), (&json!(0), &json!(0)), "{first}");
    for (entity, tally) in first["plan"].as_object().unwrap().iter().filter(|(entity, _)| *entity != "roles") {
        assert_eq!(tally["added"], desk.table("v1p0", &format!("{entity}.csv")).rows.len(), "{entity}");
    }
    let user = shown(&desk, Version::V1P1, Kind::User, "usr-t2");
    assert_eq!(
        (&user["role"], &user["enabledUser"], guid(&user["orgs"][1])),
        (&json!("teacher"), &json!("true"), "org-s2")
    );
    let user = shown(&desk, Version::V1P2, Kind::User, "usr-a1");
    assert_eq!(user["userIds"], json!([{ "type": "unknown", "identifier": "E-1001" }]));
    let class = shown(&desk, Version::V1P2, Kind::Class, "cls-alg1");
    assert_eq!(class["grades"], json!(["09", "10"]));
    assert_eq!(shown(&desk, Version::V1P2, Kind::AcademicSession, "gp1-2027")["schoolYear"], "2027");
    assert_eq!(shown(&desk, Version::V1P2, Kind::Org, "org-s1")["metadata"]["gender"], "mixed");
    let again = desk.json(0, "import v1p0 --yes");
    let moved = |what: &str| again["plan"].as_object().unwrap().values().any(|tally| tally[what] != 0);
    assert!(!["added", "changed", "removed"].into_iter().any(moved), "{again}");
    // The whole state: who is missing is gone.
    desk.edit("v1p0", "enrollments.csv", |table| drop(table.rows.pop()));
    assert_eq!(desk.json(0, "import v1p0 --yes")["plan"]["enrollments"]["removed"], 1);
    assert_eq!(desk.run("import v1p0 --yes --assume 1.0").status, 0);
}
