//! The examples do what they say.

use super::server::{Reply, Server, orgs, run};
use oneroster::time::Timestamp;
use oneroster_client::Written;
use serde_json::{Value, json};

#[expect(dead_code, reason = "its main function is not called")]
#[path = "../../examples/changes.rs"]
mod changes;
#[expect(dead_code, reason = "its main function is not called")]
#[path = "../../examples/grade.rs"]
mod grade;
#[expect(dead_code, reason = "its main function is not called")]
#[path = "../../examples/probe.rs"]
mod probe;
#[expect(dead_code, reason = "its main function is not called")]
#[path = "../../examples/students.rs"]
mod students;

/// A provider of 1.1 with one person, who changed on the second day.
async fn provider(total: &'static str) -> Server {
    Server::new(move |asked| match (asked.method.as_str(), asked.path().rsplit('/').next().unwrap_or_default()) {
        ("PUT", _) => Reply::new(201, ""),
        (_, "orgs") if asked.path().contains("v1p1") => Reply::ok(orgs(0..1)).with("X-Total-Count", "1"),
        (_, "users") => {
            let user =
                json!({"sourcedId": "u1", "status": "tobedeleted", "dateLastModified": "2026-11-02T00:00:00.000Z"});
            let page = if asked.number("offset") == 0 { vec![user] } else { Vec::new() };
            Reply::ok(json!({ "users": page }).to_string()).with("X-Total-Count", total)
        }
        (_, "classes") => Reply::ok(r#"{"classes":[]}"#).with("X-Total-Count", "0"),
        _ => Reply::new(404, ""),
    })
    .await
}

fn day(day: u32) -> Timestamp {
    Timestamp::parse(&format!("2026-11-{day:02}T00:00:00Z")).unwrap()
}

#[test]
fn changes_are_asked_for_from_where_the_last_answer_ended() {
    run(async {
        let server = provider("1").await;
        assert_eq!(changes::print(&server.url, day(1)).await.unwrap(), day(2));
        let asked = server.targets().into_iter().find(|target| target.contains("/users?")).unwrap();
        assert!(asked.contains("filter=dateLastModified%3E%3D%272026-11-01T00%3A00%3A00.000Z%27"), "{asked}");
        // Two were promised: nothing is known to have come whole.
        assert_eq!(changes::print(&provider("2").await.url, day(1)).await.unwrap(), day(1));
    });
}

#[test]
fn a_score_is_put() {
    run(async {
        let server = provider("1").await;
        let result = grade::result("r1", "li1", "u1", "87.5", "2026-11-23");
        assert_eq!(grade::put(&server.url, &result).await.unwrap(), Written::Created);
        let put = server.asked().pop().unwrap();
        assert_eq!(put.path(), "/ims/oneroster/v1p1/results/r1");
        assert_eq!(serde_json::from_str::<Value>(&put.body).unwrap()["result"]["score"].as_f64(), Some(87.5));
    });
}

#[test]
fn the_others_come_to_an_end() {
    run(async {
        let server = provider("1").await;
        students::print(&server.url, "ELA 6").await.unwrap();
        probe::look(&server.url).await.unwrap();
    });
}
