//! What the server says of itself (rest.md 1.2, D1).

use super::house::{House, method, path};
use oneroster::docs::DOCUMENTS;
use oneroster::model::{ROUTES, Version};
use serde_json::Value;

fn operations(document: &Value) -> Vec<&str> {
    let items = document["paths"].as_object().unwrap().values();
    items.flat_map(|item| item.as_object().unwrap().values()).map(|o| o["operationId"].as_str().unwrap()).collect()
}

#[test]
fn discovery_needs_no_token_and_has_both_names() {
    let house = House::known_as("https://roster.example.org/north");
    for document in &DOCUMENTS {
        let mut given = Vec::new();
        for file in document.files {
            let path = format!("{}/discovery/{file}", document.base_path());
            let answer = house.send("GET", &path, &[], "");
            assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{path}");
            assert_eq!(house.send("HEAD", &path, &[], "").status, 200);
            assert_eq!(house.send("POST", &path, &[], "").status, 405);
            given.push(answer.json());
        }
        assert!(given.windows(2).all(|pair| pair[0] == pair[1]));
        for document_json in given {
            assert!(document_json["openapi"].as_str().unwrap().starts_with("3."));
            let base = format!("https://roster.example.org/north{}", document.base_path());
            assert_eq!(document_json["servers"][0]["url"], base);
            let flow = &document_json["components"]["securitySchemes"]["OAuth2CC"]["flows"]["clientCredentials"];
            assert_eq!(flow["tokenUrl"], "https://roster.example.org/north/oauth/token");
        }
    }
    let unknown = house.send("GET", "/ims/oneroster/rostering/v1p2/discovery/other.json", &[], "");
    unknown.fails(Version::V1P2, 404, "unknownobject");
}

#[test]
fn what_is_documented_is_offered_and_what_is_offered_is_documented() {
    let house = House::new();
    let token = house.token();
    for version in Version::ALL {
        let document = house.send("GET", &format!("/openapi.json?version={version}"), &[], "").json();
        let documented: Vec<&str> =
            operations(&document).into_iter().map(|id| id.rsplit('.').next().unwrap()).collect();
        for route in ROUTES.iter().filter(|route| route.versions.has(version)) {
            let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
            let answer = house.send(method(route), &path(route, version), &headers, "");
            let offered = answer.status != 501;
            assert_eq!(offered, documented.contains(&route.operation), "{} {version}", route.operation);
        }
    }
}

#[test]
fn documents_are_chosen_by_service_and_version() {
    let house = House::new();
    let get = |query: &str| house.send("GET", &format!("/openapi.json{query}"), &[], "");
    let whole = get("").json();
    assert_eq!(whole["servers"][0]["url"], format!("http://{}", house.address));
    assert!(whole["paths"]["/ims/oneroster/v1p1/users"]["get"].is_object());
    assert!(whole["paths"]["/ims/oneroster/rostering/v1p2/users"]["get"].is_object());
    let one = get("?service=rostering&version=1.2").json();
    assert!(one["paths"]["/users"]["get"].is_object());
    let one = get("?version=1.1").json();
    assert!(one["paths"]["/users"]["get"].is_object());
    let none = get("?service=lunch");
    assert_eq!((none.status, &none.json()["error"]["code"]), (404, &Value::from("not_found")));
}
