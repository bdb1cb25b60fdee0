//! Wrong input on every collection of both versions (rest.md 3.6, 4; T50 to
//! T55), and methods that are not offered (7.5).

use super::house::{House, collections, minor, path, reads, rostering};
use oneroster::model::{Service, Shape, Version};

#[test]
fn numbers_that_are_none_are_refused() {
    let house = House::new();
    let token = house.token();
    let wrong = [
        "limit=abc",
        "limit=-1",
        "limit=0",
        "limit=1e3",
        "limit=9223372036854775808",
        "limit=1&limit=2",
        "limit=",
        "offset=-1",
        "offset=abc",
        "orderBy=up",
        "filter=sourcedId",
        "filter=sourcedId=x",
        "filter=dateLastModified%3E'soon'",
        "filter=sourcedId='a'%20AND%20sourcedId='b'%20OR%20sourcedId='c'",
        "filter=%FF",
        "filter=sourcedId='%C3",
    ];
    for (route, version) in collections() {
        for query in wrong {
            let answer = house.get(&format!("{}?{query}", path(route, version)), &token);
            answer.fails(version, 400, minor(version, "invalid data", "invaliddata"));
        }
    }
}

#[test]
fn unknown_names_are_reported_as_the_version_wants() {
    let house = House::new();
    let token = house.token();
    for (route, version) in collections() {
        let get = |query: &str| house.get(&format!("{}?{query}", path(route, version)), &token);
        get("filter=shoeSize='9'").fails(version, 400, "invalid_filter_field");
        let blank = minor(version, "invalid_blank_selection_field", "invalid_selection_field");
        get("fields=").fails(version, 400, blank);
        if version == Version::V1P2 {
            get("fields=shoeSize").fails(version, 400, "invalid_selection_field");
        }
        // What only warns does not fail: the empty roster answers.
        let first = if version == Version::V1P1 { "sort=shoeSize&fields=shoeSize" } else { "sort=shoeSize" };
        let answer = get(first);
        if !route.parents.is_empty() {
            answer.fails(version, 404, minor(version, "unknown object", "unknownobject"));
            continue;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        let warnings = body.as_object().unwrap().get("statusInfoSet");
        assert_eq!(warnings.is_some(), version == Version::V1P1, "{answer:?}");
        for (warning, code) in warnings
            .into_iter()
            .flat_map(|w| w.as_array().unwrap())
            .zip(["invalid_sort_field", "invalid_selection_field"])
        {
            assert_eq!((&warning["imsx_codeMajor"], &warning["imsx_severity"]), (&"success".into(), &"warning".into()));
            assert_eq!(warning["imsx_codeMinor"], code);
            assert!(warning["imsx_description"].as_str().unwrap().contains("shoeSize"));
        }
    }
}

#[test]
fn unknown_records_are_not_found() {
    let house = House::new();
    let token = house.token();
    for (route, version) in reads() {
        if route.shape == Shape::Collection && route.parents.is_empty() {
            continue;
        }
        let code = minor(version, "unknown object", "unknownobject");
        let path = path(route, version);
        house.get(&path, &token).fails(version, 404, code);
        let odd = path.replace("no-such-id", "%C3%BC%2F%20%27%00");
        house.get(&odd, &token).fails(version, 404, code);
        house.get(&path.replace("no-such-id", "%FF"), &token).fails(version, 404, code);
    }
}

#[test]
fn an_empty_roster_answers_empty_collections() {
    let house = House::new();
    let token = house.token();
    for (route, version) in collections().filter(|(route, _)| route.parents.is_empty()) {
        for slash in ["", "/"] {
            let answer = house.get(&format!("{}{slash}?limit=1000000", path(route, version)), &token);
            assert_eq!(answer.status, 200, "{} {version}: {answer:?}", route.operation);
            assert_eq!(answer.header("x-total-count"), Some("0"));
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.body, format!("{{\"{}\":[]}}", route.kind.entity().plural));
        }
    }
}

#[test]
fn other_methods_are_told_what_is_offered() {
    let house = House::new();
    let token = house.token();
    let authorization = format!("Bearer {token}");
    for (route, version) in rostering() {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = house.send(method, &path(route, version), &[("authorization", &authorization)], "");
            answer.fails(version, 405, minor(version, "invalid data", "invaliddata"));
            assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        }
    }
}

#[test]
fn paths_below_a_base_have_its_shapes() {
    let house = House::new();
    let token = house.token();
    for service in Service::ALL {
        for version in Version::ALL {
            let code = minor(version, "unknown object", "unknownobject");
            for rest in ["", "/", "/nothing", "/users/1/2/3/4/5"] {
                house.get(&format!("{}{rest}", service.base_path(version)), &token).fails(version, 404, code);
            }
        }
    }
    let elsewhere = house.get("/ims/oneroster/rostering/v1p3/users", &token);
    assert_eq!((elsewhere.status, &elsewhere.json()["error"]["code"]), (404, &"not_found".into()));
}
