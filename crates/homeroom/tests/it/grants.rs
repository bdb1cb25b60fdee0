//! What an application with a bounded grant meets at the server.

use super::district::{graded, import, line_item};
use super::house::{Answer, Holder, House, minor};
use homeroom_store::access::{Edit, ScopeSet};
use oneroster::model::Version;
use oneroster::time::Timestamp;
use serde_json::{Value, json};

/// 2026-09-01T00:00:00Z, in milliseconds.
const START: i64 = 1_788_220_800_000;
const ROSTER: &str = "/ims/oneroster/rostering/v1p2";
const GRADES: &str = "/ims/oneroster/gradebook/v1p2";

/// A served district, and an application that may see one class of it.
struct Desk {
    house: House,
    app: Holder,
    token: String,
}

impl Desk {
    fn new() -> Desk {
        let house = House::new();
        let mut all = graded(4);
        line_item(&mut all, "li2", "c2");
        import(&house.roster(), &all, Timestamp(START));
        let app = house.app("tool", &ScopeSet::all_names().join(" "));
        let token = house.token_of(&app);
        let desk = Desk { house, app, token };
        desk.grant(r#"{"classes":["c1"]}"#);
        desk
    }

    fn grant(&self, bounds: &str) {
        let edit = Edit { bounds: Some(serde_json::from_str(bounds).unwrap()), ..Edit::default() };
        self.house.access.edit("test", &self.app.app.name, edit).unwrap();
    }

    fn get(&self, path: &str) -> Answer {
        self.house.get(path, &self.token)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let authorization = format!("Bearer {}", self.token);
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.house.send(method, path, &headers, &body)
    }

    #[track_caller]
    fn ids(&self, path: &str) -> Vec<String> {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        let all = body.as_object().unwrap().values().find_map(Value::as_array).unwrap();
        assert_eq!(answer.header("x-total-count"), Some(all.len().to_string().as_str()));
        all.iter().map(|record| record["sourcedId"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn every_route_shows_what_is_granted_alone() {
    let desk = Desk::new();
    assert_eq!(desk.ids(&format!("{ROSTER}/classes")), ["c1"]);
    assert_eq!(desk.ids(&format!("{ROSTER}/users")), ["u000", "u002", "t1"]);
    assert_eq!(desk.ids("/ims/oneroster/v1p1/students"), ["u000", "u002"]);
    assert_eq!(desk.ids(&format!("{ROSTER}/schools/s/teachers")), ["t1"]);
    assert_eq!(desk.ids(&format!("{ROSTER}/users?filter=username~'u'")), ["u000", "u002"]);
    assert_eq!(desk.ids(&format!("{GRADES}/lineItems")), ["li1"]);
    assert_eq!(desk.ids("/ims/oneroster/v1p1/lineItems"), ["li1"]);
    assert_eq!(desk.ids(&format!("{GRADES}/classes/c1/results")), ["g-u000", "g-u002"]);
    // The school stands there as a bare org.
    let school = desk.get(&format!("{ROSTER}/schools/s")).json();
    assert_eq!((&school["org"]["name"], school["org"].get("metadata")), (&json!("School"), None));
}

/// All that tells answers apart, but what every answer has of its own.
fn told(answer: &Answer, id: &str) -> (u16, Vec<(String, String)>, String) {
    let own = ["date", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    let request = answer.header("x-request-id").unwrap_or("-");
    (answer.status, headers, answer.body.replace(request, "").replace(id, ""))
}

#[test]
fn a_forbidden_record_is_as_unknown_as_one_that_never_was() {
    let desk = Desk::new();
    for base in [ROSTER, "/ims/oneroster/v1p1"] {
        for (path, forbidden) in [
            ("users/{}", "u001"),
            ("students/{}", "u001"),
            ("classes/{}", "c2"),
            ("classes/{}/students", "c2"),
            ("users/{}/classes", "u001"),
            ("enrollments/{}", "e-u001"),
        ] {
            let ask = |id: &str| desk.get(&format!("{base}/{}", path.replace("{}", id)));
            let (one, other) = (ask(forbidden), ask(&"x".repeat(forbidden.len())));
            assert_eq!(one.status, 404, "{path}: {one:?}");
            assert_eq!(told(&one, forbidden), told(&other, &"x".repeat(forbidden.len())), "{base}/{path}");
        }
    }
}

#[test]
fn what_leaves_a_grant_is_told_once_and_old_cursors_are_refused() {
    let desk = Desk::new();
    desk.grant(r#"{"roles":["student","teacher"]}"#);
    let page = desk.get(&format!("{ROSTER}/users?limit=2"));
    let link = page.header("link").unwrap().to_owned();
    let next = link.split(['<', '>']).find(|part| part.contains("cursor=")).unwrap();
    let next = &next[next.find("/ims").unwrap()..];
    assert_eq!(desk.get(next).status, 200);
    let all = desk.get(&format!("{ROSTER}/users?limit=100")).json();
    let last = all["users"].as_array().unwrap().iter().map(|user| user["dateLastModified"].as_str().unwrap()).max();
    let changes = format!("{ROSTER}/users?filter=dateLastModified%3E'{}'", last.unwrap());
    desk.grant(r#"{"roles":["teacher"]}"#);
    let left = desk.get(&changes).json();
    let told: Vec<(&str, &str)> = left["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| (user["sourcedId"].as_str().unwrap(), user["status"].as_str().unwrap()))
        .collect();
    assert_eq!(told, ["u000", "u001", "u002", "u003"].map(|id| (id, "tobedeleted")));
    assert_eq!(desk.get(&format!("{ROSTER}/users/u000")).status, 404);
    desk.get(next).fails(Version::V1P2, 400, minor(Version::V1P2, "invalid_data", "invaliddata"));
}

#[test]
fn a_bounded_application_writes_where_it_sees() {
    let desk = Desk::new();
    let item = |class: &str| {
        json!({ "lineItem": {
            "title": "Quiz", "resultValueMin": 0, "resultValueMax": 10,
            "assignDate": "2026-09-14T07:00:00Z", "dueDate": "2026-09-18T21:59:59Z",
            "class": { "sourcedId": class }, "category": { "sourcedId": "homework" }, "school": { "sourcedId": "s" }
        } })
    };
    assert_eq!(desk.send("PUT", &format!("{GRADES}/lineItems/new1"), &item("c1")).status, 201);
    assert_eq!(desk.send("PUT", &format!("{GRADES}/lineItems/new1"), &item("c1")).status, 200);
    assert_eq!(desk.ids(&format!("{GRADES}/lineItems")), ["li1", "new1"]);
    // A class that it does not see is one that is not there.
    let forbidden = desk.send("PUT", &format!("{GRADES}/lineItems/new2"), &item("c2"));
    let unknown = desk.send("PUT", &format!("{GRADES}/lineItems/new2"), &item("xx"));
    assert_eq!((forbidden.status, told(&forbidden, "c2")), (422, told(&unknown, "xx")));
    let score = |student: &str| {
        json!({ "result": {
            "lineItem": { "sourcedId": "new1" }, "student": { "sourcedId": student }, "score": 7,
            "scoreStatus": "fully graded", "scoreDate": "2026-09-19"
        } })
    };
    assert_eq!(desk.send("PUT", &format!("{GRADES}/results/r1"), &score("u000")).status, 201);
    assert_eq!(desk.send("PUT", &format!("{GRADES}/results/r2"), &score("u001")).status, 422);
    assert_eq!(desk.send("DELETE", &format!("{GRADES}/lineItems/li2"), &Value::Null).status, 404);
    assert_eq!(desk.send("PUT", &format!("{GRADES}/lineItems/li2"), &item("c1")).status, 404);
    assert_eq!(desk.send("DELETE", &format!("{GRADES}/lineItems/new1"), &Value::Null).status, 204);
    assert_eq!(desk.ids(&format!("{GRADES}/lineItems")), ["li1"]);
    assert_eq!(desk.ids(&format!("{GRADES}/results")), ["g-u000", "g-u002"]);
}

#[test]
fn a_school_in_the_path_is_seen_apart() {
    let desk = Desk::new();
    desk.grant("{}");
    let below = |school: &str, path: &str| format!("/t/default/s/{school}{ROSTER}/{path}");
    assert_eq!(desk.ids(&below("s", "classes?limit=100")), ["c1", "c2"]);
    assert!(desk.ids(&below("nowhere", "classes")).is_empty());
    // Without the prefix nothing has left, and so it is when both are asked.
    desk.grant(r#"{"roles":["teacher"]}"#);
    assert_eq!(desk.ids(&format!("{ROSTER}/users")), ["t1", "t2"]);
    let at = |path: String| desk.get(&path).json()["users"][0]["dateLastModified"].clone();
    let before = at(format!("{ROSTER}/users"));
    assert_eq!(desk.ids(&below("s", "users")), ["t1", "t2"]);
    assert_eq!(at(format!("{ROSTER}/users")), before);
    let changes = format!("{ROSTER}/users?filter=status='tobedeleted'");
    assert!(desk.ids(&changes).is_empty());
}
