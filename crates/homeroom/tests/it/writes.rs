//! The gradebook as applications write it (rest.md 6, T14 to T25, T57, T59; 7).

use super::district::{graded, import};
use super::house::{Answer, House, minor, writes};
use oneroster::json::check::check;
use oneroster::model::{Kind, Method, Route, Service, Shape, Version};
use oneroster::time::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// 2026-09-01T00:00:00Z, in milliseconds.
const START: i64 = 1_788_220_800_000;
const V1P1: Version = Version::V1P1;
const V1P2: Version = Version::V1P2;

/// A served district with a gradebook, and a token that opens everything.
struct Desk {
    house: House,
    token: String,
}

impl Desk {
    fn new(students: usize) -> Desk {
        let house = House::new();
        import(&house.roster(), &graded(students), Timestamp(START));
        let token = house.token();
        Desk { house, token }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let authorization = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", authorization.as_str()), ("content-type", "application/json")];
        all.extend_from_slice(headers);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.house.send(method, &format!("/ims/oneroster/{path}"), &all, &body)
    }

    fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[], body)
    }

    fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], &Value::Null)
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &Value::Null)
    }

    #[track_caller]
    fn ids(&self, path: &str, key: &str) -> Vec<String> {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        body[key].as_array().unwrap().iter().map(|r| r["sourcedId"].as_str().unwrap().to_owned()).collect()
    }
}

fn of(id: &str) -> Value {
    json!({ "sourcedId": id })
}

/// What callers send of a kind: all that is mandatory, and not more.
fn minimal(kind: Kind, version: Version) -> Value {
    let mut body = match kind {
        Kind::Category => json!({ "title": "Projects" }),
        Kind::ScoreScale => json!({
            "title": "Marks", "type": "numbers", "class": of("c1"),
            "scoreScaleValue": [{ "itemValueLHS": "1", "itemValueRHS": "100" }]
        }),
        Kind::LineItem => json!({
            "title": "Quiz 5", "description": "Linear equations", "resultValueMin": 0, "resultValueMax": 100,
            "assignDate": "2026-09-14T07:00:00Z", "dueDate": "2026-09-18T21:59:59Z", "class": of("c1")
        }),
        Kind::Result => json!({
            "lineItem": of("li1"), "student": of("u001"), "score": 80, "comment": "",
            "scoreStatus": "fully graded", "scoreDate": "2026-09-19T10:11:12.000Z"
        }),
        Kind::AssessmentLineItem => json!({ "title": "State maths" }),
        Kind::AssessmentResult => json!({
            "assessmentLineItem": of("al1"), "student": of("u000"),
            "scoreStatus": "fully graded", "scoreDate": "2026-10-02"
        }),
        other => panic!("{other:?} is not written"),
    };
    if (kind, version) == (Kind::LineItem, V1P2) {
        body["category"] = of("homework");
        body["school"] = of("s");
    }
    body
}

fn wrapped(kind: Kind, body: &Value) -> Value {
    json!({ kind.entity().name: body })
}

fn base(kind: Kind, version: Version) -> String {
    let base = kind.entity().service.base_path(version).strip_prefix("/ims/oneroster/").unwrap();
    format!("{base}/{}", kind.entity().plural)
}

/// The kinds that are written one by one, in an order in which they can be.
fn written() -> impl Iterator<Item = (Kind, Version)> {
    let puts: Vec<_> = writes().filter(|(route, _)| route.shape == Shape::Put).collect();
    Kind::all().flat_map(move |kind| {
        puts.clone()
            .into_iter()
            .filter(move |(route, _)| route.kind == kind)
            .map(|(route, version)| (route.kind, version))
    })
}

#[test]
fn every_kind_is_created_replaced_shown_and_deleted() {
    let desk = Desk::new(4);
    desk.put(
        &format!("{}/al1", base(Kind::AssessmentLineItem, V1P2)),
        &json!({ "assessmentLineItem": { "title": "A" } }),
    );
    for (kind, version) in written() {
        let (name, path) = (kind.entity().name, format!("{}/new%2Fone", base(kind, version)));
        let body = minimal(kind, version);
        let first = desk.put(&path, &wrapped(kind, &body));
        assert_eq!((first.status, first.body.as_str()), (201, ""), "{kind:?} {version}: {first:?}");
        let shown = desk.get(&path);
        assert_eq!(shown.status, 200, "{kind:?} {version}: {shown:?}");
        let record = shown.json()[name].clone();
        assert_eq!(check(kind, version, &record, false), [""; 0], "{kind:?} {version}: {record}");
        assert_eq!((&record["sourcedId"], &record["status"]), (&json!("new/one"), &json!("active")));
        holds(&record, &body);
        // A retry moves nothing.
        let again = desk.put(&path, &wrapped(kind, &body));
        assert_eq!(again.status, 200, "{kind:?} {version}: {again:?}");
        assert_eq!(desk.get(&path).body, shown.body);
        let mut other = body.clone();
        let long = "x".repeat(300);
        let changed = if kind == Kind::Result || kind == Kind::AssessmentResult { "comment" } else { "title" };
        other[changed] = json!(long);
        assert_eq!(desk.put(&path, &wrapped(kind, &other)).status, 200);
        let now = desk.get(&path).json()[name].clone();
        assert_eq!(now[changed], long);
        assert_ne!(now["dateLastModified"], record["dateLastModified"]);
        let gone = desk.delete(&path);
        assert_eq!((gone.status, gone.body.as_str()), (204, ""), "{gone:?}");
        let unknown = minor(version, "unknown object", "unknownobject");
        desk.get(&path).fails(version, 404, unknown);
        desk.delete(&path).fails(version, 404, unknown);
        let list = desk.ids(&format!("{}?limit=10000", base(kind, version)), kind.entity().plural);
        assert!(!list.contains(&"new/one".to_owned()), "{kind:?} {version}");
        let deleted = format!("{}?filter=status='tobedeleted'", base(kind, version));
        assert_eq!(desk.ids(&deleted, kind.entity().plural), ["new/one"], "{kind:?} {version}");
        // What was deleted may come back, and is new then.
        assert_eq!(desk.put(&path, &wrapped(kind, &body)).status, 201);
        assert_eq!(desk.delete(&path).status, 204);
    }
}

/// Whether a shown record has what was put, in the strict form.
#[track_caller]
fn holds(record: &Value, put: &Value) {
    for (name, value) in put.as_object().unwrap() {
        let shown = &record[name];
        match value {
            Value::Object(members) if members.contains_key("sourcedId") => {
                assert_eq!(shown["sourcedId"], value["sourcedId"], "{name}");
            }
            Value::String(text) if text.is_empty() => assert!(shown.is_null(), "{name}"),
            Value::String(text) if name.ends_with("Date") => {
                let shown = shown.as_str().unwrap();
                assert!(text.starts_with(shown.trim_end_matches(".000Z")), "{name}: {shown} {text}");
            }
            Value::Number(number) => assert_eq!(shown.as_f64(), number.as_f64(), "{name}"),
            value => assert_eq!(shown, value, "{name}"),
        }
    }
}

#[test]
fn refusals_have_the_statuses_of_the_tables() {
    let desk = Desk::new(2);
    let narrow = desk.house.token_of(&desk.house.app("reader", "gradebook.readonly assessment.readonly"));
    for (route, version) in writes() {
        let (method, path) = (super::house::method(route), super::house::path(route, version));
        let body = json!({}).to_string();
        let send =
            |token: &str| desk.house.send(method, &path, &[("authorization", &format!("Bearer {token}"))], &body);
        // T57
        send(&narrow).fails(version, 403, "forbidden");
        send("0123").fails(version, 401, minor(version, "unauthorized", "unauthorisedrequest"));
        let (invalid, unknown) =
            (minor(version, "invalid data", "invaliddata"), minor(version, "unknown object", "unknownobject"));
        match route.shape {
            Shape::Delete => send(&desk.token).fails(version, 404, unknown),
            _ => {
                let answer = send(&desk.token);
                answer.fails(version, 422, invalid);
                assert!(answer.body.contains(route.request_key().unwrap()), "{answer:?}");
                let auth = format!("Bearer {}", desk.token);
                let broken = desk.house.send(method, &path, &[("authorization", &auth)], "{\"result\":");
                broken.fails(version, 400, invalid);
                desk.house.send(method, &path, &[("authorization", &auth)], "").fails(version, 400, invalid);
            }
        }
        if route.shape == Shape::Post {
            let body = json!({ route.request_key().unwrap(): [] }).to_string();
            let auth = format!("Bearer {}", desk.token);
            desk.house.send(method, &path, &[("authorization", &auth)], &body).fails(version, 404, unknown);
        }
    }
}

#[test]
fn what_a_known_consumer_does_in_a_class_works() {
    // T14 to T25
    for version in [V1P1, V1P2] {
        let desk = Desk::new(4);
        let (items, results) = (base(Kind::LineItem, version), base(Kind::Result, version));
        let classes = items.replace("lineItems", "classes");
        let (item, result) = (format!("{items}/5f0c"), format!("{results}/77aa"));
        assert_eq!(desk.put(&item, &wrapped(Kind::LineItem, &minimal(Kind::LineItem, version))).status, 201);
        assert_eq!(desk.ids(&format!("{classes}/c1/lineItems?limit=10000"), "lineItems"), ["li1", "5f0c"]);
        let mut body = minimal(Kind::LineItem, version);
        body["title"] = json!("t".repeat(112));
        body["category"] = of("tests");
        assert_eq!(desk.put(&item, &wrapped(Kind::LineItem, &body)).status, 200);
        let shown = desk.get(&format!("{classes}/c1/lineItems")).json();
        let shown = shown["lineItems"].as_array().unwrap().iter().find(|i| i["sourcedId"] == "5f0c").unwrap().clone();
        assert_eq!(
            (shown["title"].as_str().map(str::len), &shown["category"]["sourcedId"]),
            (Some(112), &json!("tests"))
        );
        assert_eq!(shown["gradingPeriod"]["sourcedId"], "g", "the grading period in which it is due");
        let mut score = minimal(Kind::Result, version);
        score["lineItem"] = of("5f0c");
        assert_eq!(desk.put(&result, &wrapped(Kind::Result, &score)).status, 201);
        let list = format!("{classes}/c1/lineItems/5f0c/results?limit=10000");
        assert_eq!(desk.ids(&list, "results"), ["77aa"]);
        score["score"] = json!(300);
        assert_eq!(desk.put(&result, &wrapped(Kind::Result, &score)).status, 200);
        assert_eq!(desk.get(&result).json()["result"]["score"], json!(300));
        score["scoreStatus"] = json!("exempt");
        assert_eq!(desk.put(&result, &wrapped(Kind::Result, &score)).status, 200);
        assert_eq!(desk.get(&result).json()["result"]["scoreStatus"], "exempt");
        assert_eq!(desk.delete(&result).status, 204);
        assert_eq!(desk.ids(&list, "results"), [""; 0]);
        assert_eq!(desk.put(&result, &wrapped(Kind::Result, &score)).status, 201);
        // A line item takes its results along.
        assert_eq!(desk.delete(&item).status, 204);
        assert_eq!(desk.ids(&format!("{classes}/c1/lineItems"), "lineItems"), ["li1"]);
        assert_eq!(desk.get(&result).status, 404);
    }
}

#[test]
fn a_line_item_of_1_1_without_a_category_has_one_all_the_same() {
    let desk = Desk::new(2);
    let (old, new) = (base(Kind::LineItem, V1P1), base(Kind::LineItem, V1P2));
    for id in ["a", "b"] {
        assert_eq!(
            desk.put(&format!("{old}/{id}"), &wrapped(Kind::LineItem, &minimal(Kind::LineItem, V1P1))).status,
            201
        );
        for (version, path) in [(V1P1, &old), (V1P2, &new)] {
            let record = desk.get(&format!("{path}/{id}")).json()["lineItem"].clone();
            assert_eq!(check(Kind::LineItem, version, &record, false), [""; 0], "{record}");
            assert_eq!(record["category"]["sourcedId"], "uncategorized");
        }
    }
    let category = desk.get("v1p1/categories/uncategorized").json();
    assert_eq!(category["category"]["title"], "Uncategorized");
    let shown = desk.get(&format!("{new}/a")).json();
    assert_eq!(shown["lineItem"]["school"]["sourcedId"], "s");
    desk.delete("v1p1/categories/uncategorized").fails(V1P1, 422, "invalid data");
}

#[test]
fn references_must_lead_to_live_records_of_the_right_kind() {
    let desk = Desk::new(2);
    let wrong = [
        (Kind::LineItem, "class", of("nobody")),
        (Kind::LineItem, "class", of("s")),
        (Kind::LineItem, "category", of("li1")),
        (Kind::LineItem, "school", of("d")),
        (Kind::LineItem, "gradingPeriod", of("t")),
        (Kind::LineItem, "academicSession", of("nobody")),
        (Kind::LineItem, "scoreScale", of("nobody")),
        (Kind::Result, "lineItem", of("nobody")),
        (Kind::Result, "student", of("c1")),
        (Kind::Result, "class", of("c2")),
        (Kind::ScoreScale, "course", of("nobody")),
        (Kind::AssessmentLineItem, "parentAssessmentLineItem", of("x")),
        (Kind::AssessmentLineItem, "scoreScale", of("nobody")),
        (Kind::AssessmentResult, "assessmentLineItem", of("li1")),
    ];
    for (kind, member, value) in wrong {
        let mut body = minimal(kind, V1P2);
        body[member] = value;
        let answer = desk.put(&format!("{}/x", base(kind, V1P2)), &wrapped(kind, &body));
        answer.fails(V1P2, 422, "invaliddata");
        let text = answer.json()["imsx_description"].as_str().unwrap().to_owned();
        assert!(text.starts_with(&format!("{member}: ")), "{kind:?} {member}: {text}");
        assert_eq!(desk.get(&format!("{}/x", base(kind, V1P2))).status, 404);
    }
    // In 1.1 some sources know no grading periods; the term is named there.
    let mut body = minimal(Kind::LineItem, V1P1);
    body["gradingPeriod"] = of("t");
    assert_eq!(desk.put("v1p1/lineItems/x", &wrapped(Kind::LineItem, &body)).status, 201);
    let item = desk.get("gradebook/v1p2/lineItems/x").json();
    assert_eq!(
        (&item["lineItem"]["academicSession"]["sourcedId"], item["lineItem"].get("gradingPeriod")),
        (&json!("t"), None)
    );
}

#[test]
fn all_that_1_2_says_comes_back_and_replaces_what_was_there() {
    let desk = Desk::new(4);
    let item = json!({ "lineItem": {
        "sourcedId": "li9", "status": "active", "dateLastModified": "2001-01-01T00:00:00.000Z", "title": "Übung \"1\"\u{2028}",
        "description": "Zeile", "assignDate": "2026-09-14T07:00:00.000Z", "dueDate": "2026-09-18T21:59:59.000Z",
        "class": of("c1"), "school": of("s"), "category": of("tests"), "gradingPeriod": of("g"), "academicSession": of("t"),
        "scoreScale": of("letters"), "resultValueMin": -1.5, "resultValueMax": 100,
        "learningObjectiveSet": [
            { "source": "case", "learningObjectiveIds": ["0f1c6f2e-7a53-4a55-9a3f-2a6b5f0c9e11", "b"] },
            { "source": "unknown", "learningObjectiveIds": ["NS.7.2"] }
        ],
        "metadata": { "our.colour": "red", "nested": { "a": [1, 2] } }
    }});
    let path = "gradebook/v1p2/lineItems/li9";
    assert_eq!(desk.put(path, &item).status, 201);
    let shown = desk.get(path).json()["lineItem"].clone();
    assert_eq!(check(Kind::LineItem, V1P2, &shown, false), [""; 0]);
    for name in ["title", "resultValueMin", "learningObjectiveSet", "metadata", "assignDate"] {
        assert_eq!(shown[name], item["lineItem"][name], "{name}");
    }
    for name in ["class", "school", "category", "gradingPeriod", "academicSession", "scoreScale"] {
        assert_eq!(shown[name]["sourcedId"], item["lineItem"][name]["sourcedId"], "{name}");
    }
    assert_ne!(shown["dateLastModified"], item["lineItem"]["dateLastModified"]);
    let find = |filter: &str| desk.ids(&format!("gradebook/v1p2/lineItems?filter={filter}"), "lineItems");
    assert_eq!(find("scoreScale.sourcedId='letters'"), ["li1", "li9"]);
    assert_eq!(find("learningObjectiveSet.source='unknown'"), ["li9"]);
    assert_eq!(find("metadata.our.colour='red'"), ["li9"]);
    assert_eq!(find("title~'%C3%BCBUNG'"), ["li9"]);
    // A put replaces all of it.
    assert_eq!(desk.put(path, &wrapped(Kind::LineItem, &minimal(Kind::LineItem, V1P2))).status, 200);
    let shown = desk.get(path).json()["lineItem"].clone();
    for name in ["scoreScale", "learningObjectiveSet", "metadata"] {
        assert_eq!(shown.get(name), None, "{name}");
    }
    assert_eq!(find("scoreScale.sourcedId='letters'"), ["li1"]);
    assert_eq!(find("learningObjectiveSet.source='unknown'"), [""; 0]);
    assert_eq!(desk.put(path, &item).status, 200);
    assert_eq!(find("scoreScale.sourcedId='letters'"), ["li1", "li9"]);

    let result = json!({ "result": {
        "lineItem": of("li9"), "student": of("u000"), "class": of("c1"), "scoreScale": of("letters"),
        "scoreStatus": "ext:late", "score": 91.5, "textScore": "A", "scoreDate": "2026-09-19", "comment": "Well\nargued.",
        "learningObjectiveSet": [{ "source": "case", "learningObjectiveResults": [
            { "learningObjectiveId": "x", "score": 4, "textScore": "mastered" }, { "learningObjectiveId": "x", "score": 3 }
        ]}],
        "inProgress": "false", "incomplete": false, "late": 1, "missing": "FALSE"
    }});
    let path = "gradebook/v1p2/results/r9";
    assert_eq!(desk.put(path, &result).status, 201);
    let shown = desk.get(path).json()["result"].clone();
    assert_eq!(check(Kind::Result, V1P2, &shown, false), [""; 0]);
    assert_eq!(shown["learningObjectiveSet"], result["result"]["learningObjectiveSet"]);
    let flags = ["inProgress", "incomplete", "late", "missing"].map(|name| shown[name].as_str().unwrap().to_owned());
    assert_eq!(flags, ["false", "false", "true", "false"]);
    // A word of one's own has no form in 1.1.
    desk.get("v1p1/results/r9").fails(V1P1, 404, "unknown object");
}

#[test]
fn sets_are_stored_whole_under_new_identifiers_or_not_at_all() {
    // T59
    let desk = Desk::new(4);
    let post = |path: &str, body: &Value| desk.send("POST", &format!("gradebook/v1p2/{path}"), &[], body);
    let mut item = minimal(Kind::LineItem, V1P2);
    let named = |mut body: Value, id: &str| {
        body["sourcedId"] = json!(id);
        body
    };
    item.as_object_mut().unwrap().remove("class");
    let answer = post(
        "classes/c2/lineItems",
        &json!({ "lineItems": [named(item.clone(), "tmp-1"), named(item.clone(), "tmp-2")] }),
    );
    assert_eq!(answer.status, 201, "{answer:?}");
    let pairs = answer.json()["sourcedIdPairs"].clone();
    assert_eq!(pairs.as_array().unwrap().len(), 2);
    assert_eq!(pairs[1]["suppliedSourcedId"], "tmp-2");
    let first = pairs[0]["allocatedSourcedId"].as_str().unwrap();
    assert_eq!((first.len(), &first[14..15]), (36, "4"), "a random UUID");
    assert_eq!(desk.ids("gradebook/v1p2/classes/c2/lineItems", "lineItems").len(), 2);
    let mut score = minimal(Kind::Result, V1P2);
    score.as_object_mut().unwrap().remove("lineItem");
    let answer = post(&format!("lineItems/{first}/results"), &json!({ "results": [named(score.clone(), "tmp-1")] }));
    assert_eq!(answer.status, 201, "{answer:?}");
    score["lineItem"] = of("li1");
    for session in ["g", "t", "y"] {
        let path = format!("classes/c1/academicSessions/{session}/results");
        assert_eq!(post(&path, &json!({ "results": [named(score.clone(), "tmp-1")] })).status, 201, "{session}");
    }
    assert_eq!(
        post("schools/s/lineItems", &json!({ "lineItems": [named(minimal(Kind::LineItem, V1P2), "1")] })).status,
        201
    );
    let empty = post("lineItems/li1/results", &json!({ "results": [] }));
    assert_eq!((empty.status, empty.json()), (201, json!({ "sourcedIdPairs": [] })));

    let before = desk.ids("gradebook/v1p2/results?limit=10000", "results");
    let wrong = |path: &str, results: Value, member: &str| {
        let answer = post(path, &json!({ "results": results }));
        answer.fails(V1P2, 422, "invaliddata");
        assert!(answer.body.contains(member), "{member}: {answer:?}");
    };
    let good = named(score.clone(), "tmp-1");
    let mut bad = named(score.clone(), "tmp-2");
    wrong("lineItems/li1/results", json!([good, good]), "results[1].sourcedId");
    bad["student"] = of("nobody");
    wrong("lineItems/li1/results", json!([good, bad]), "results[1].student");
    bad["student"] = of("u000");
    bad["lineItem"] = of(first);
    wrong("lineItems/li1/results", json!([good, bad]), "results[1].lineItem");
    wrong("classes/c1/academicSessions/g/results", json!([good, bad]), "results[1].class");
    wrong("lineItems/li1/results", json!([{}]), "results[0].");
    wrong("lineItems/li1/results", json!({}), "results: A list");
    assert_eq!(desk.ids("gradebook/v1p2/results?limit=10000", "results"), before);
    post("lineItems/nobody/results", &json!({ "results": [] })).fails(V1P2, 404, "unknownobject");
    post("schools/d/lineItems", &json!({ "lineItems": [] })).fails(V1P2, 404, "unknownobject");
}

#[test]
fn what_others_need_is_not_deleted() {
    let desk = Desk::new(2);
    let category = wrapped(Kind::Category, &minimal(Kind::Category, V1P2));
    let mut item = minimal(Kind::LineItem, V1P2);
    assert_eq!(desk.put("gradebook/v1p2/categories/ca", &category).status, 201);
    item["category"] = of("ca");
    assert_eq!(desk.put("gradebook/v1p2/lineItems/li9", &wrapped(Kind::LineItem, &item)).status, 201);
    desk.delete("gradebook/v1p2/categories/ca").fails(V1P2, 422, "deletefailure");
    desk.delete("v1p1/categories/ca").fails(V1P1, 422, "invalid data");
    assert_eq!(desk.delete("gradebook/v1p2/lineItems/li9").status, 204);
    assert_eq!(desk.delete("gradebook/v1p2/categories/ca").status, 204);
    // A put of a deleted record deletes it, too.
    assert_eq!(desk.put("gradebook/v1p2/categories/cb", &category).status, 201);
    let dead = json!({ "category": { "title": "Projects", "status": "tobedeleted" } });
    assert_eq!(desk.put("gradebook/v1p2/categories/cb", &dead).status, 200);
    assert_eq!(desk.put("gradebook/v1p2/categories/cb", &dead).status, 200);
    desk.get("gradebook/v1p2/categories/cb").fails(V1P2, 404, "unknownobject");
    desk.put("gradebook/v1p2/categories/cc", &dead).fails(V1P2, 404, "unknownobject");
}

#[test]
fn records_of_a_source_are_its_own() {
    let desk = Desk::new(2);
    for path in ["categories/homework", "lineItems/li1", "results/g-u000", "scoreScales/letters"] {
        let answer = desk.delete(&format!("gradebook/v1p2/{path}"));
        answer.fails(V1P2, 403, "forbidden");
        assert!(answer.body.contains("\\\"file\\\""), "{answer:?}");
    }
    let body = wrapped(Kind::Result, &minimal(Kind::Result, V1P1));
    desk.put("v1p1/results/g-u000", &body).fails(V1P1, 403, "forbidden");
    // An application's line item with a score of the source cannot take it along,
    // nor is a record of one application safe from another that may write.
    assert_eq!(desk.put("v1p1/results/x", &body).status, 201);
    let other = desk.house.token_of(&desk.house.app("other", "gradebook.createput gradebook.delete"));
    let auth = format!("Bearer {other}");
    let gone = desk.house.send("DELETE", "/ims/oneroster/v1p1/results/x", &[("authorization", &auth)], "");
    assert_eq!(gone.status, 204);
}

#[test]
fn tags_save_reading_and_guard_writing() {
    let desk = Desk::new(2);
    let path = "gradebook/v1p2/results/r1";
    let mut body = minimal(Kind::Result, V1P2);
    let put = |headers: &[(&str, &str)], body: &Value| desk.send("PUT", path, headers, &wrapped(Kind::Result, body));
    put(&[("if-match", "*")], &body).fails(V1P2, 412, "invaliddata");
    assert_eq!(put(&[("if-none-match", "*")], &body).status, 201);
    put(&[("if-none-match", "*")], &body).fails(V1P2, 412, "invaliddata");
    let first = desk.get(path);
    let tag = first.header("etag").unwrap().to_owned();
    let known = desk.send("GET", path, &[("if-none-match", &tag)], &Value::Null);
    assert_eq!((known.status, known.body.as_str(), known.header("etag")), (304, "", Some(tag.as_str())));
    body["score"] = json!(81);
    assert_eq!(put(&[("if-match", &tag)], &body).status, 200);
    body["score"] = json!(82);
    put(&[("if-match", &tag)], &body).fails(V1P2, 412, "invaliddata");
    put(&[("if-match", "\"nonsense\"")], &body).fails(V1P2, 412, "invaliddata");
    assert_eq!(desk.send("GET", path, &[("if-none-match", &tag)], &Value::Null).status, 200);
    let old = desk.send("DELETE", path, &[("if-match", &tag)], &Value::Null);
    old.fails(V1P2, 412, "invaliddata");
    // The tag of one version of the standard guards writes in the other.
    let tag = desk.get("v1p1/results/r1").header("etag").unwrap().to_owned();
    assert_eq!(desk.send("DELETE", path, &[("if-match", &tag)], &Value::Null).status, 204);
    // Rostering has tags, too.
    let user = "rostering/v1p2/users/u000";
    let tag = desk.get(user).header("etag").unwrap().to_owned();
    assert_eq!(desk.send("GET", user, &[("if-none-match", &tag)], &Value::Null).status, 304);
    assert_eq!(desk.get("rostering/v1p2/users").header("etag"), None);
}

#[test]
fn many_who_write_at_once_are_each_served() {
    let desk = Desk::new(8);
    let roster = desk.house.roster();
    std::thread::scope(|scope| {
        for writer in 0..16 {
            let desk = &desk;
            scope.spawn(move || {
                for number in 0..12 {
                    // Some write the same record.
                    let shared = number % 4 == 3;
                    let id = if shared { format!("shared-{number}") } else { format!("r-{writer}-{number}") };
                    let mut body = minimal(Kind::Result, V1P2);
                    body["score"] = json!(writer);
                    let answer = desk.put(&format!("gradebook/v1p2/results/{id}"), &wrapped(Kind::Result, &body));
                    assert!([200, 201].contains(&answer.status), "{answer:?}");
                    assert!(shared || answer.status == 201);
                    let read = desk.get(&format!("gradebook/v1p2/results/{id}")).json();
                    assert!(shared || read["result"]["score"] == writer, "{read}");
                }
            });
        }
    });
    let all = desk.get("gradebook/v1p2/results?limit=1");
    assert_eq!(all.header("x-total-count"), Some((4 + 16 * 9 + 3).to_string().as_str()));
    // Rostering did not move, for who pages through it.
    let users = desk.get("rostering/v1p2/users?limit=1");
    assert_eq!(users.header("x-total-count"), Some("10"));
    assert!(roster.published().unwrap().at.unwrap() > Timestamp(START));
}

#[test]
fn a_nightly_package_leaves_what_applications_wrote() {
    let desk = Desk::new(4);
    let roster = desk.house.roster();
    assert_eq!(
        desk.put("gradebook/v1p2/results/mine", &wrapped(Kind::Result, &minimal(Kind::Result, V1P2))).status,
        201
    );
    let before = desk.get("gradebook/v1p2/results/mine").body;
    let mut next = graded(4);
    next.retain(|record| record.sourced_id != "g-u002");
    import(&roster, &next, Timestamp(START + 86_400_000));
    assert_eq!(desk.ids("gradebook/v1p2/results", "results"), ["g-u000", "mine"]);
    assert_eq!(desk.get("gradebook/v1p2/results/mine").body, before);
}

#[test]
fn what_applications_wrote_is_exported_in_both_editions() {
    let desk = Desk::new(4);
    let mut item = minimal(Kind::LineItem, V1P2);
    item["scoreScale"] = of("letters");
    item["learningObjectiveSet"] = json!([{ "source": "unknown", "learningObjectiveIds": ["x", "y"] }]);
    assert_eq!(desk.put("gradebook/v1p2/lineItems/li9", &wrapped(Kind::LineItem, &item)).status, 201);
    assert_eq!(desk.put("v1p1/lineItems/old", &wrapped(Kind::LineItem, &minimal(Kind::LineItem, V1P1))).status, 201);
    let mut score = minimal(Kind::Result, V1P2);
    score["lineItem"] = of("li9");
    score["comment"] = json!("Well, \"argued\".");
    score["learningObjectiveSet"] =
        json!([{ "source": "unknown", "learningObjectiveResults": [{ "learningObjectiveId": "x", "score": 4 }] }]);
    assert_eq!(desk.put("gradebook/v1p2/results/r9", &wrapped(Kind::Result, &score)).status, 201);
    assert_eq!(desk.put("gradebook/v1p2/categories/ca", &json!({ "category": { "title": "Labs" } })).status, 201);
    for (edition, rows) in [
        ("1.1", &["lineItems li9 li1 old", "results r9", "categories ca uncategorized homework"][..]),
        (
            "1.2",
            &[
                "lineItems li9 li1 old",
                "results r9",
                "categories ca uncategorized",
                "lineItemScoreScales lineItemScoreScale.li9",
                "lineItemLearningObjectiveIds learningObjectiveSet.li9.unknown.x learningObjectiveSet.li9.unknown.y",
                "resultLearningObjectiveIds learningObjectiveScoreSet.r9.unknown.x",
            ],
        ),
    ] {
        let told = desk.house.run(0, &format!("export out{edition} --oneroster {edition}"));
        for row in rows {
            let mut words = row.split(' ');
            let file = desk.house.file(&format!("out{edition}/{}.csv", words.next().unwrap()));
            for id in words {
                assert!(file.lines().any(|line| line.starts_with(&format!("{id},"))), "{edition} {id}: {told} {file}");
            }
        }
        let judged = desk.house.run(0, &format!("validate out{edition} --strict"));
        assert_eq!(judged["summary"]["error"], 0, "{edition}: {judged}");
    }
}

#[test]
fn who_wrote_a_record_is_told() {
    let desk = Desk::new(2);
    let path = "gradebook/v1p2/results/r1";
    let mut body = minimal(Kind::Result, V1P2);
    desk.put(path, &wrapped(Kind::Result, &body));
    body["score"] = json!(1);
    let other = desk.house.token_of(&desk.house.app("other", "gradebook.createput"));
    let sent = wrapped(Kind::Result, &body).to_string();
    let answer = desk.house.send(
        "PUT",
        &format!("/ims/oneroster/{path}"),
        &[("authorization", &format!("Bearer {other}"))],
        &sent,
    );
    assert_eq!(answer.status, 200);
    desk.delete(path);
    let found = desk.house.run(0, "find r1");
    let told = &found["gradebook"][0];
    assert_eq!((&told["entity"], &told["sourced_id"]), (&json!("results"), &json!("r1")));
    let changes = told["changes"].as_array().unwrap();
    let by: Vec<_> =
        changes.iter().map(|c| (c["by"]["name"].as_str().unwrap(), c["status"].as_str().unwrap())).collect();
    assert_eq!(by, [("everything", "tobedeleted"), ("other", "active"), ("everything", "active")]);
    assert!(changes.iter().all(|change| change["by"]["kind"] == "application"));
    let of_source = desk.house.run(0, "find g-u000");
    assert_eq!(of_source["gradebook"][0]["changes"][0]["by"], json!({ "kind": "source", "name": "file" }));
}

#[test]
fn a_package_that_has_a_record_of_an_application_is_held() {
    let desk = Desk::new(4);
    desk.put("gradebook/v1p2/results/mine", &wrapped(Kind::Result, &minimal(Kind::Result, V1P2)));
    desk.house.run(0, "export out --oneroster 1.2");
    let held = desk.house.run(1, "import out --yes");
    assert_eq!(held["state"], "held", "{held}");
    let shown = desk.house.run(0, &format!("runs show {}", held["run"]));
    assert!(shown.to_string().contains("the application \\\"everything\\\""), "{shown}");
    assert_eq!(desk.get("gradebook/v1p2/results/mine").status, 200);
}

/// A text of JSON, odd ones among them.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9 ]{1,20}", "\\PC{1,20}", "[\u{80}-\u{10FFFF}\"\\\\/\n\t]{1,12}"]
}

fn numbers() -> impl Strategy<Value = Value> {
    prop_oneof![any::<i32>().prop_map(|n| json!(n)), (-1e12..1e12f64).prop_map(|n| json!(n))]
}

#[test]
fn whatever_is_put_comes_back() {
    let desk = Desk::new(4);
    const WORDS: &[&str] = &["exempt", "fully graded", "not submitted", "partially graded", "submitted"];
    let bodies = (
        prop::sample::select(&Version::ALL[..]),
        texts(),
        numbers(),
        prop::sample::select(WORDS),
        prop::sample::select(&["u000", "u001", "u002"][..]),
        prop::option::of(texts()),
        prop::collection::btree_map(texts(), prop_oneof![texts().prop_map(Value::from), numbers()], 0..3),
        prop::collection::btree_set("[a-z0-9:-]{1,12}", 0..3),
    );
    let mut runner = TestRunner::new(Config { cases: 48, ..Config::default() });
    let run = runner.run(&bodies, |(version, id, score, word, student, text, metadata, objectives)| {
        let mut body = json!({
            "lineItem": of("li1"), "student": of(student), "scoreStatus": word, "score": score, "scoreDate": "2026-09-19"
        });
        if let Some(text) = text {
            body["comment"] = json!(text);
            if version == V1P2 {
                body["textScore"] = json!(text);
            }
        }
        if !metadata.is_empty() {
            body["metadata"] = json!(metadata);
        }
        if version == V1P2 && !objectives.is_empty() {
            let results: Vec<_> = objectives.iter().map(|id| json!({ "learningObjectiveId": id, "score": score })).collect();
            body["learningObjectiveSet"] = json!([{ "source": "unknown", "learningObjectiveResults": results }]);
        }
        let refused = id.chars().any(char::is_control);
        let id: String = id.bytes().map(|b| format!("%{b:02X}")).collect();
        let path = format!("{}/{id}", base(Kind::Result, version));
        let answer = desk.put(&path, &wrapped(Kind::Result, &body));
        if refused {
            prop_assert_eq!(answer.status, 422, "{:?}", answer);
            return Ok(());
        }
        prop_assert!([200, 201].contains(&answer.status), "{:?} {}", answer, body);
        let shown = desk.get(&path).json()["result"].clone();
        prop_assert_eq!(check(Kind::Result, version, &shown, false), [""; 0]);
        let mut shown = shown.as_object().unwrap().clone();
        for name in ["sourcedId", "status", "dateLastModified"] {
            prop_assert!(shown.remove(name).is_some());
        }
        for name in ["lineItem", "student"] {
            let reference = shown[name].as_object_mut().unwrap();
            prop_assert!(reference.remove("href").is_some() && reference.remove("type").is_some());
        }
        prop_assert_eq!(&Value::from(shown), &body);
        for other in Version::ALL {
            let answer = desk.get(&format!("{}/{id}", base(Kind::Result, other)));
            prop_assert_eq!(check(Kind::Result, other, &answer.json()["result"], false), [""; 0]);
        }
        Ok(())
    });
    run.unwrap();
}

#[test]
fn what_was_acknowledged_outlives_a_server_that_is_killed() {
    let program = super::desk::Desk::new();
    program.sample("v1p2");
    program.json(0, "import v1p2 --yes");
    program.json(0, "app add reader --scope gradebook.readonly --scope gradebook.createput");
    let mut served = program.serve();
    let address = |id: &str| format!("{}/ims/oneroster/gradebook/v1p2/results/{id}", served.base);
    let body = |score: usize| {
        json!({ "result": {
            "lineItem": of("li-1"), "student": of("usr-s1"), "score": score, "scoreStatus": "submitted", "scoreDate": "2026-09-19"
        }})
    };
    let told = std::sync::Mutex::new(Vec::new());
    let enough = 60;
    let process = served.child.id();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (served, told, address, body) = (&served, &told, &address, &body);
            scope.spawn(move || {
                for number in 0.. {
                    let id = format!("k-{writer}-{number}");
                    let Some(status) = served.put(&address(&id), &body(number)) else { return };
                    assert_eq!(status, 201, "{id}");
                    let mut told = told.lock().unwrap();
                    told.push((id, number));
                    if told.len() == enough {
                        let process = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
                        rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
                    }
                }
            });
        }
    });
    served.child.wait().unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.len() >= enough);
    let served = program.serve();
    for (id, score) in told {
        let (_, shown) = served.get(&format!("{}/ims/oneroster/gradebook/v1p2/results/{id}", served.base));
        assert_eq!(shown["result"]["score"], score, "{id}");
    }
}

/// What each operation of the table is proven by above.
#[test]
fn every_write_of_the_tables_is_meant_here() {
    let count = |service: Service, method: Method| {
        writes().filter(|(route, _): &(&Route, Version)| route.service == service && route.method == method).count()
    };
    assert_eq!([Method::Put, Method::Post, Method::Delete].map(|m| count(Service::Gradebook, m)), [7, 4, 7]);
    assert_eq!([Method::Put, Method::Post, Method::Delete].map(|m| count(Service::Assessment, m)), [2, 0, 2]);
    assert_eq!(writes().count(), 22);
}
