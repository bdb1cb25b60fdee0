//! Districts whose files another process takes away from under a server.

use super::desk::Desk;
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
    let written = served.agent.put(format!("{}/t/north/ims/oneroster/gradebook/v1p2/categories/c", served.base));
    let written =
        written.header("authorization", format!("Bearer {bearer}")).header("content-type", "application/json");
    let status = written.send(r#"{"category":{"sourcedId":"c","title":"c"}}"#).unwrap().status().as_u16();
    assert_eq!(status, unknown.0);
    let names: Vec<String> = desk.files().into_iter().filter(|name| name.contains("-tenant-")).collect();
    assert!(names.is_empty(), "nothing is made anew: {names:?}");
    // Another one of the name is another one: nothing of the first is shown.
    Tenants::of(&url).add("north").unwrap();
    let (status, body) = schools();
    assert_eq!((status, body["orgs"].as_array().map(Vec::len)), (200, Some(0)), "{body}");
}
