//! Districts that another process takes away from under a server.

use super::desk::{Desk, Served};
use super::tenants::{SCHOOLS, ask, token};
use homeroom_store::Tenants;

/// What a process does that knows nothing of a running server.
#[test]
fn a_server_gives_up_a_district_that_another_process_removed() {
    let desk = Desk::new();
    let url = desk.database.url();
    desk.json(0, "tenant add north --sandbox --students 100");
    let app = desk.json(0, "app add LMS --tenant north --scope roster-core.readonly --scope gradebook.createput");
    let served = desk.serve();
    let bearer = token(&served, "", &app).1["access_token"].as_str().unwrap().to_owned();
    let schools = || ask(&served, &format!("/t/north{SCHOOLS}"), &bearer);
    let (status, body) = schools();
    assert!(status == 200 && !body["orgs"].as_array().unwrap().is_empty(), "{body}");
    Tenants::of(&url).remove("north").unwrap();
    let unknown = ask(&served, &format!("/t/nobody{SCHOOLS}"), &bearer);
    let (status, body) = schools();
    assert_eq!(status, unknown.0, "{body}");
    assert_eq!(body.to_string().replace("/t/north", "/t/nobody"), unknown.1.to_string());
    assert_eq!(written(&served, &bearer), unknown.0);
    let names: Vec<String> = desk.files().into_iter().filter(|name| name.contains("-tenant-")).collect();
    assert!(names.is_empty(), "nothing is made anew: {names:?}");
    // Another one of the name is another one: nothing of the first is shown.
    Tenants::of(&url).add("north").unwrap();
    let (status, body) = schools();
    assert_eq!((status, body["orgs"].as_array().map(Vec::len)), (200, Some(0)), "{body}");
    // Nor if nobody asked in between.
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes --tenant north");
    let (status, body) = schools();
    assert!(status == 200 && !body["orgs"].as_array().unwrap().is_empty(), "{body}");
    for again in [false, true] {
        Tenants::of(&url).remove("north").unwrap();
        Tenants::of(&url).add("north").unwrap();
        if again {
            assert_eq!(written(&served, &bearer), 201, "it is written into the new one");
        }
        let (status, body) = schools();
        assert_eq!((status, body["orgs"].as_array().map(Vec::len)), (200, Some(0)), "{body}");
    }
}

/// The status of a write into the gradebook of a district.
fn written(served: &Served, bearer: &str) -> u16 {
    let put = served.agent.put(format!("{}/t/north/ims/oneroster/gradebook/v1p2/categories/c", served.base));
    let put = put.header("authorization", format!("Bearer {bearer}")).header("content-type", "application/json");
    put.send(r#"{"category":{"sourcedId":"c","title":"c"}}"#).unwrap().status().as_u16()
}

/// Administration and numbers, of a district that was removed and made anew.
#[test]
fn administration_meets_the_district_that_is_there_now() {
    let desk = Desk::new();
    let url = desk.database.url();
    desk.json(0, "tenant add north --sandbox --students 100");
    let app = desk.json(0, "app add clerk --tenant north --scope admin.readonly --scope metrics.readonly");
    let served = desk.serve();
    let bearer = token(&served, "", &app).1["access_token"].as_str().unwrap().to_owned();
    let runs = || ask(&served, "/t/north/api/v1/runs", &bearer);
    let (status, before) = runs();
    assert_eq!((status, before["runs"].as_array().map(Vec::len)), (200, Some(1)), "{before}");
    Tenants::of(&url).remove("north").unwrap();
    Tenants::of(&url).add("north").unwrap();
    let (status, after) = runs();
    assert_eq!((status, after["runs"].as_array().map(Vec::len)), (200, Some(0)), "{after}");
    Tenants::of(&url).remove("north").unwrap();
    assert_eq!(ask(&served, "/t/north/metrics", &bearer).0, 403);
    assert_eq!(runs().0, 403);
}

/// The command of another process, which takes the applications first.
#[test]
fn a_district_is_removed_by_a_command_under_a_server() {
    let desk = Desk::new();
    for tenant in ["north", "south"] {
        desk.json(0, &format!("tenant add {tenant} --sandbox --students 100"));
    }
    let own = desk.json(0, "app add own --tenant north");
    let guest = desk.json(0, "app add guest --tenant south");
    desk.json(0, "app authorize guest --tenant north");
    let served = desk.serve();
    let bearer = |app| token(&served, "", app).1["access_token"].as_str().unwrap().to_owned();
    let (own, guest) = (bearer(&own), bearer(&guest));
    let north = |bearer: &str| ask(&served, &format!("/t/north{SCHOOLS}"), bearer);
    assert_eq!((north(&own).0, north(&guest).0), (200, 200));
    desk.json(0, "tenant remove north --yes");
    let unknown = ask(&served, &format!("/t/nobody{SCHOOLS}"), &guest);
    let (status, body) = north(&guest);
    assert_eq!((status, body.to_string().replace("/t/north", "/t/nobody")), (unknown.0, unknown.1.to_string()));
    assert_eq!(north(&own).0, 401);
    assert_eq!(ask(&served, &format!("/t/south{SCHOOLS}"), &guest).0, 200);
}
