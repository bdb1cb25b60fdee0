//! Answers with records in them, on every operation of both versions, and what
//! consumers rely on (rest.md 6; moodle.md 3).

use super::district::{graded, import, line_item, person};
use super::house::{Answer, House, reads};
use homeroom_store::Roster;
use homeroom_store::access::{Edit, TombstonePolicy};
use oneroster::json::check::check;
use oneroster::model::{Route, Service, Shape, Version};
use oneroster::time::Timestamp;
use serde_json::Value;

/// 2026-09-01T00:00:00Z, in milliseconds.
const START: i64 = 1_788_220_800_000;

fn filled(students: usize) -> (House, String) {
    let house = House::new();
    let roster = Roster::open(&house.url()).unwrap();
    import(&roster, &graded(students), Timestamp(START));
    let token = house.token();
    (house, token)
}

/// The path of an operation with identifiers that are there.
fn path(route: &Route, version: Version) -> String {
    let own = match route.path.split('/').nth(1).unwrap_or_default() {
        "academicSessions" | "terms" => "t",
        "gradingPeriods" => "g",
        "classes" => "c1",
        "courses" => "co",
        "enrollments" => "e-u000",
        "orgs" | "schools" => "s",
        "teachers" => "t1",
        "resources" => "res-1",
        "categories" => "homework",
        "scoreScales" => "letters",
        "lineItems" => "li1",
        "results" => "g-u000",
        _ => "u000",
    };
    let mut last = "";
    let fill = |segment: &'static str| {
        let word = std::mem::replace(&mut last, segment);
        match (segment.starts_with('{'), word) {
            (false, _) => segment,
            (true, "classes") => "c1",
            (true, "lineItems") => "li1",
            (true, "students") => "u000",
            (true, _) => own,
        }
    };
    let path: Vec<_> = route.path.split('/').map(fill).collect();
    format!("{}{}", route.service.base_path(version), path.join("/"))
}

fn items<'a>(body: &'a Value, route: &Route) -> &'a Vec<Value> {
    body[route.kind.entity().plural].as_array().unwrap()
}

fn ids(answer: &Answer, key: &str) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    body[key].as_array().unwrap().iter().map(|r| r["sourcedId"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_operation_gives_conforming_records() {
    // T29 to T35, T41, T46
    let (house, token) = filled(6);
    // Of assessments there are none without a write; see writes.rs.
    for (route, version) in reads().filter(|(route, _)| route.service != Service::Assessment) {
        let answer = house.get(&path(route, version), &token);
        assert_eq!(answer.status, 200, "{} {version}: {answer:?}", route.operation);
        let body = answer.json();
        let key = route.response_key().unwrap();
        assert!(answer.body.starts_with(&format!("{{\"{key}\":")), "the data come first");
        assert_eq!(body.as_object().unwrap().len(), 1);
        let records = if route.shape == Shape::Single { vec![body[key].clone()] } else { items(&body, route).clone() };
        assert!(!records.is_empty(), "{} {version} is empty", route.operation);
        if route.shape == Shape::Collection {
            assert_eq!(answer.header("x-total-count"), Some(records.len().to_string().as_str()));
        }
        for record in &records {
            assert_eq!(check(route.kind, version, record, false), [""; 0], "{} {version}: {record}", route.operation);
            assert_eq!(record["dateLastModified"].as_str().map(str::len), Some(24));
            let here = format!("http://{}/ims/oneroster/", house.address);
            for href in record.to_string().split("\"href\":\"").skip(1) {
                assert!(href.starts_with(&here), "{href}");
            }
        }
    }
}

#[test]
fn links_lead_through_all_pages_and_keep_the_question() {
    // T42, T47, T52
    let (house, token) = filled(7);
    for version in Version::ALL {
        let base = if version == Version::V1P1 { "/ims/oneroster/v1p1" } else { "/ims/oneroster/rostering/v1p2" };
        let mut next = Some(format!("{base}/students/?fields=sourcedId&limit=3&filter=familyName='O''Brien'&x=%C3%BC"));
        let mut seen = Vec::new();
        while let Some(path) = next {
            let answer = house.get(&path, &token);
            seen.extend(ids(&answer, "users"));
            assert_eq!(answer.header("x-total-count"), Some("7"));
            let links = answer.header("link").unwrap();
            for rel in ["first", "last"] {
                assert!(links.contains(&format!("rel=\"{rel}\"")), "{links}");
            }
            let link = links.split(", ").find(|link| link.ends_with("rel=\"next\""));
            next = link.map(|link| {
                let url = link.split(['<', '>']).nth(1).unwrap();
                assert!(url.contains("fields=sourcedId") && url.contains("x=%C3%BC") && url.contains("familyName="));
                url.strip_prefix(&format!("http://{}", house.address)).unwrap().to_owned()
            });
            assert!(seen.len() <= 7);
        }
        assert_eq!(seen, (0..7).map(|n| format!("u{n:03}")).collect::<Vec<_>>());
    }
}

#[test]
fn questions_of_known_consumers_are_answered() {
    let (house, token) = filled(6);
    let get = |rest: &str| house.get(&format!("/ims/oneroster/v1p1/{rest}"), &token);
    // T12, T36, T39, T40 and the raw forms of T7.
    assert_eq!(ids(&get("classes?filter=sourcedId='c2'&limit=10000"), "classes"), ["c2"]);
    assert_eq!(ids(&get("users?filter=email%3D%27u001%40school.test%27"), "users"), ["u001"]);
    assert_eq!(ids(&get("users?filter=dateLastModified%3E'2026-08-01'"), "users").len(), 8);
    assert_eq!(
        ids(
            &get("classes?filter=school.sourcedId='s'%20AND%20dateLastModified%3C='2026-07-01T12:00:00.000Z'"),
            "classes"
        )
        .len(),
        0
    );
    // T37
    let descending = ids(&get("users?sort=sourcedId&orderBy=desc"), "users");
    assert_eq!(descending, ["u005", "u004", "u003", "u002", "u001", "u000", "t2", "t1"]);
    // T38
    let projected = get("users?fields=sourcedId,email").json();
    for user in projected["users"].as_array().unwrap() {
        assert_eq!(user.as_object().unwrap().keys().collect::<Vec<_>>(), ["sourcedId", "email"]);
    }
    // T54 in 1.1: everything and a warning.
    let warned = get("users?fields=shoeSize&limit=1").json();
    assert!(warned["users"][0]["familyName"].is_string());
    assert_eq!(warned["statusInfoSet"][0]["imsx_codeMinor"], "invalid_selection_field");
    // Moodle pages by offsets and ends with a page that is not full.
    let pages: Vec<_> =
        [0, 4, 8].map(|at| ids(&get(&format!("users?limit=4&offset={at}&sort=familyName")), "users").len()).into();
    assert_eq!(pages, [4, 4, 0]);
    // Identifiers of the path are decoded once.
    assert_eq!(get("users/%75000").json()["user"]["sourcedId"], "u000");
}

#[test]
fn leavers_are_shown_where_they_are_asked_for() {
    // T26, T27, rest.md 3.7
    let (house, token) = filled(6);
    let roster = Roster::open(&house.url()).unwrap();
    let mut next = graded(5);
    person(&mut next, "u900", "student", "c1");
    let published = import(&roster, &next, Timestamp(START + 86_400_000));
    let users = |query: &str| {
        let path = format!("/ims/oneroster/rostering/v1p2/users?{query}");
        let mut found = ids(&house.get(&path, &token), "users");
        found.sort();
        found
    };
    let stays = ["t1", "t2", "u000", "u001", "u002", "u003", "u004", "u900"];
    assert_eq!(users(""), stays);
    assert_eq!(users("filter=status='active'"), stays);
    assert_eq!(users("filter=status='tobedeleted'"), ["u005"]);
    assert_eq!(users(&format!("filter=dateLastModified%3E='{published}'")), ["u005", "u900"]);
    let leaver = house.get("/ims/oneroster/rostering/v1p2/users/u005", &token).json();
    assert_eq!(leaver["user"]["status"], "tobedeleted");
    let edit = Edit { tombstones: Some(TombstonePolicy::Always), ..Edit::default() };
    house.another_process().edit("test", "everything", edit).unwrap();
    assert_eq!(users("").len(), stays.len() + 1);
}

#[test]
fn the_gradebook_of_a_class_is_read_in_all_its_views() {
    // T8 to T13, T16, T20 on what a source sent
    let (house, token) = filled(6);
    let get = |rest: &str| house.get(&format!("/ims/oneroster/gradebook/v1p2/{rest}"), &token);
    let old = |rest: &str| house.get(&format!("/ims/oneroster/v1p1/{rest}"), &token);
    assert_eq!(ids(&get("classes/c1/lineItems?limit=10000"), "lineItems"), ["li1"]);
    assert_eq!(ids(&get("classes/c2/lineItems"), "lineItems"), [""; 0]);
    let all = ["g-u000", "g-u002", "g-u004"];
    for path in ["results", "classes/c1/results", "classes/c1/lineItems/li1/results"] {
        assert_eq!(ids(&get(path), "results"), all, "{path}");
        assert_eq!(ids(&old(path), "results"), all, "{path}");
    }
    assert_eq!(ids(&get("classes/c1/students/u002/results"), "results"), ["g-u002"]);
    assert_eq!(ids(&get("results?filter=student.sourcedId='u004'"), "results"), ["g-u004"]);
    assert_eq!(
        ids(&get("results?filter=score%3E'91'&sort=sourcedId&orderBy=desc&limit=2"), "results"),
        ["g-u004", "g-u002"]
    );
    // The categories of a class that uses some, and of one that has yet to choose.
    for class in [&get as &dyn Fn(&str) -> Answer, &old] {
        assert_eq!(ids(&class("classes/c1/categories?limit=10000"), "categories"), ["homework"]);
        assert_eq!(ids(&class("classes/c2/categories?limit=10000"), "categories"), ["homework", "tests"]);
    }
    // A line item of another class is unknown in this one.
    get("classes/c2/lineItems/li1/results").fails(Version::V1P2, 404, "unknownobject");
    assert_eq!(ids(&get("schools/s/scoreScales"), "scoreScales"), ["letters"]);
    let resources = |rest: &str| house.get(&format!("/ims/oneroster/resources/v1p2/{rest}"), &token);
    assert_eq!(ids(&resources("courses/co/resources"), "resources"), ["res-2"]);
    assert_eq!(ids(&resources("users/u000/resources"), "resources"), ["res-1"]);
}

#[test]
fn what_1_1_cannot_say_of_the_gradebook_is_not_shown_there() {
    let (house, token) = filled(2);
    let roster = Roster::open(&house.url()).unwrap();
    let mut next = graded(2);
    line_item(&mut next, "li2", "c1");
    let item = next.iter_mut().find(|r| r.sourced_id == "li2").unwrap();
    item.set(oneroster::at!(LineItem.resultValueMax), "");
    let result = next.iter_mut().find(|r| r.sourced_id == "g-u000").unwrap();
    result.set(oneroster::at!(Result.score), "");
    import(&roster, &next, Timestamp(START + 86_400_000));
    let get = |rest: &str| house.get(&format!("/ims/oneroster/{rest}"), &token);
    assert_eq!(ids(&get("gradebook/v1p2/lineItems"), "lineItems"), ["li1", "li2"]);
    let old = get("v1p1/lineItems");
    assert_eq!((ids(&old, "lineItems"), old.header("x-total-count")), (vec!["li1".to_owned()], Some("1")));
    assert_eq!(ids(&get("v1p1/results"), "results"), [""; 0]);
    get("v1p1/results/g-u000").fails(Version::V1P1, 404, "unknown object");
}

#[test]
fn deleted_records_of_the_gradebook_are_gone_at_once() {
    let (house, token) = filled(4);
    let roster = Roster::open(&house.url()).unwrap();
    let mut next = graded(4);
    next.retain(|record| !["li1", "g-u000", "res-1"].contains(&record.sourced_id.as_str()));
    line_item(&mut next, "li2", "c1");
    import(&roster, &next, Timestamp(START + 86_400_000));
    let get = |rest: &str| house.get(&format!("/ims/oneroster/{rest}"), &token);
    get("gradebook/v1p2/results/g-u000").fails(Version::V1P2, 404, "unknownobject");
    get("v1p1/lineItems/li1").fails(Version::V1P1, 404, "unknown object");
    get("gradebook/v1p2/classes/c1/lineItems/li1/results").fails(Version::V1P2, 404, "unknownobject");
    // Who follows the changes learns of it.
    assert_eq!(ids(&get("gradebook/v1p2/results?filter=status='tobedeleted'"), "results"), ["g-u000"]);
    // Material is like rostering.
    assert_eq!(get("resources/v1p2/resources/res-1").json()["resource"]["status"], "tobedeleted");
}
