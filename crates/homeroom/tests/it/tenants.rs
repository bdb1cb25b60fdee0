//! Several districts in one installation: each with a roster, runs and
//! applications of its own.

use super::desk::{Desk, Served};
use serde_json::{Value, json};

/// The status of a request, and its document.
pub fn ask(served: &Served, path: &str, token: &str) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.get(format!("{}{path}", served.base)).header("authorization", format!("Bearer {token}"));
    let mut answer = request.call().unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub fn token(served: &Served, prefix: &str, app: &Value) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app["client_id"].as_str().unwrap()),
        ("client_secret", app["client_secret"].as_str().unwrap()),
    ];
    let mut answer = agent.post(format!("{}{prefix}/oauth/token", served.base)).send_form(form).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap())
}

pub const SCHOOLS: &str = "/ims/oneroster/rostering/v1p2/schools?limit=1";

#[test]
fn districts_stand_apart() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    assert_eq!(
        desk.json(0, "tenant list")["tenants"],
        json!([{ "tenant": "default", "path": "", "timezone": "UTC", "published": null, "suspended": null }])
    );
    let added = desk.json(0, "tenant add north");
    assert_eq!(added, json!({ "tenant": "north", "path": "/t/north", "timezone": "UTC", "sandbox": false }));
    let run = desk.json(0, "import d --yes --tenant north");
    assert_eq!((&run["run"], &run["state"]), (&json!(1), &json!("applied")));
    let listed = desk.json(0, "tenant list");
    assert_eq!(listed["tenants"][0]["published"], Value::Null);
    assert!(listed["tenants"][1]["published"].is_string() && listed["tenants"][1]["tenant"] == "north");
    // Nothing of it is in the other one, and each numbers its runs from 1.
    assert_eq!(desk.json(0, "runs list")["runs"], json!([]));
    assert_eq!(desk.json(0, "runs list --tenant north")["runs"].as_array().unwrap().len(), 1);
    assert_eq!(desk.json(0, "import d --yes --dry-run")["state"], "planned");
    desk.json(0, "export north.zip --tenant north");
    desk.json(0, "app add LMS --tenant north");
    assert_eq!(desk.json(0, "app list")["apps"], json!([]));
    assert_eq!(desk.json(0, "app list --tenant north")["apps"].as_array().unwrap().len(), 1);
    desk.json(0, "app add LMS");
}

#[test]
fn what_is_to_be_typed_next_is_of_the_district_that_was_named() {
    let desk = Desk::new();
    desk.district("d", 300, 0);
    desk.district("e", 300, 9);
    for tenant in ["default", "north"] {
        if tenant == "north" {
            desk.json(0, "tenant add north");
        }
        desk.json(0, &format!("import d --yes --tenant {tenant}"));
    }
    // Run 2 of another district waits, too.
    desk.json(1, "import e");
    let held = desk.run("import e --tenant north");
    let said = format!("{}{}", held.stdout, held.stderr);
    assert!(said.contains("homeroom --tenant north runs approve 2"), "{said}");
    let failed = desk.json(1, "app show LMS --tenant north");
    assert!(failed.to_string().contains("homeroom --tenant north app "), "{failed}");
    let other = desk.run("import e");
    assert!(format!("{}{}", other.stdout, other.stderr).contains("homeroom runs approve"), "{other:?}");
}

#[test]
fn a_slip_of_the_pen_makes_no_district() {
    let desk = Desk::new();
    desk.json(0, "tenant add north");
    let before = desk.files();
    for line in
        ["app list --tenant nroth", "import d --tenant nroth", "export x --tenant nroth", "app add x --tenant nroth"]
    {
        let failed = desk.json(2, line);
        assert_eq!(failed["error"]["code"], "usage", "{line}");
        assert!(failed["error"]["hint"].as_str().unwrap().contains("default, north"), "{failed}");
    }
    assert_eq!(desk.files(), before);
    assert_eq!(desk.json(1, "tenant add north")["error"]["code"], "refused");
    assert_eq!(desk.json(1, "tenant add default")["error"]["code"], "refused");
    for name in ["North", "../x", "a_b"] {
        assert_eq!(desk.json(1, &format!("tenant add {name}"))["error"]["code"], "refused", "{name}");
    }
}

#[test]
fn a_sandbox_comes_with_a_district() {
    let desk = Desk::new();
    let added = desk.json(0, "tenant add sandbox --sandbox --students 100");
    assert_eq!(added["sandbox"], true);
    assert_eq!(desk.json(0, "runs list --tenant sandbox")["runs"].as_array().unwrap().len(), 1);
    desk.json(0, "export s --tenant sandbox");
    assert!(desk.json(0, "validate s")["summary"]["error"] == 0);
    assert_eq!(desk.json(2, "tenant add other --students 100")["error"]["code"], "usage");
}

#[test]
fn one_set_of_credentials_reads_districts_that_let_it_and_no_longer() {
    let desk = Desk::new();
    for tenant in ["north", "south"] {
        desk.json(
            0,
            &format!("tenant add {tenant} --sandbox --students {}", if tenant == "north" { 100 } else { 300 }),
        );
    }
    let app = desk.json(0, "app add LMS --tenant north --hide user.email");
    let served = desk.serve();
    let (status, given) = token(&served, "", &app);
    assert_eq!(status, 200, "{given}");
    let bearer = given["access_token"].as_str().unwrap();
    let total = |path: &str| ask(&served, path, bearer).0;
    // The only one is meant without a prefix, and the same with it.
    assert_eq!((total(SCHOOLS), total(&format!("/t/north{SCHOOLS}"))), (200, 200));
    let (refused, unknown) =
        (ask(&served, &format!("/t/south{SCHOOLS}"), bearer), ask(&served, &format!("/t/soath{SCHOOLS}"), bearer));
    assert_eq!((refused.0, unknown.0), (403, 403));
    assert_eq!(refused.1.to_string().replace("south", "soath"), unknown.1.to_string());
    assert_eq!(token(&served, "/t/south", &app).0, 401);

    // Another district lets it read, by its own will and to its own extent.
    let there = desk.json(0, "app authorize LMS --tenant south --scope roster-core.readonly --hide user.phone");
    assert_eq!(
        (&there["grant"]["hidden"], &there["scopes"]),
        (&json!(["user.phone"]), &json!(["roster-core.readonly"]))
    );
    assert_eq!(desk.json(0, "app show LMS --tenant north")["grant"]["hidden"], json!(["user.email"]));
    assert_eq!((total(&format!("/t/north{SCHOOLS}")), total(&format!("/t/south{SCHOOLS}"))), (200, 200));
    let (status, several) = ask(&served, SCHOOLS, bearer);
    assert_eq!(status, 400, "{several}");
    let text = several["imsx_description"].as_str().unwrap();
    assert!(text.contains("/t/north, /t/south"), "{text}");
    assert_eq!(token(&served, "/t/south", &app).1["scope"].as_str().unwrap().matches("scope/").count(), 2);
    // Every address leads on below the prefix.
    let page = ask(&served, &format!("/t/south{SCHOOLS}"), bearer).1;
    assert!(page.to_string().contains(&format!("{}/t/south/ims/oneroster/", served.base)), "{page}");
    // Only where it was made is its secret changed.
    assert_eq!(desk.json(1, "app rotate LMS --tenant south")["error"]["code"], "refused");

    // Withdrawn means refused at once.
    assert!(desk.json(0, "app withdraw LMS --tenant north")["withdrawn"].is_string());
    assert_eq!((total(&format!("/t/north{SCHOOLS}")), total(&format!("/t/south{SCHOOLS}"))), (403, 200));
    assert_eq!(total(SCHOOLS), 200, "again there is one only");
    desk.json(0, "app withdraw LMS --tenant south");
    assert_eq!((total(&format!("/t/south{SCHOOLS}")), total(SCHOOLS)), (403, 403));
    assert_eq!(token(&served, "", &app).1["error"], "invalid_scope");
    let again = desk.json(0, "app authorize LMS --tenant south");
    assert_eq!((&again["withdrawn"], &again["grant"]["hidden"]), (&Value::Null, &json!(["user.phone"])));
    assert_eq!(total(SCHOOLS), 200);
    desk.json(0, "app remove LMS --tenant south");
    assert_eq!(total(&format!("/t/south{SCHOOLS}")), 403);
    desk.json(1, "app show LMS --tenant south");
}

#[test]
fn schools_let_an_application_read_one_by_one() {
    let desk = Desk::new();
    desk.json(0, "tenant add north --sandbox --students 1000");
    let app = desk.json(0, "app add LMS --tenant north");
    let served = desk.serve();
    let bearer = token(&served, "", &app).1["access_token"].as_str().unwrap().to_owned();
    let all = ask(&served, "/t/north/ims/oneroster/rostering/v1p2/schools", &bearer).1;
    let ids: Vec<&str> = all["orgs"].as_array().unwrap().iter().map(|org| org["sourcedId"].as_str().unwrap()).collect();
    let (one, other) = (ids[0], ids[1]);
    assert_eq!(desk.json(1, &format!("app withdraw LMS --tenant north --school {one}"))["error"]["code"], "refused");
    desk.json(0, &format!("app edit LMS --tenant north --school {one}"));
    let seen = desk.json(0, &format!("app authorize LMS --tenant north --school {other}"));
    let mut both = vec![one, other];
    both.sort_unstable();
    assert_eq!(seen["grant"]["schools"], json!(both));
    let at = |school: &str| ask(&served, &format!("/t/north/s/{school}{SCHOOLS}"), &bearer).0;
    assert_eq!((at(one), at(other), at(ids[2]), at("nowhere")), (200, 200, 403, 403));
    desk.json(0, &format!("app withdraw LMS --tenant north --school {one}"));
    assert_eq!((at(one), at(other)), (403, 200));
    // The last one takes the whole with it: no school is not every school.
    let last = desk.json(0, &format!("app withdraw LMS --tenant north --school {other}"));
    assert!(last["withdrawn"].is_string());
    assert_eq!((at(one), at(other)), (403, 403));
    assert_eq!(ask(&served, SCHOOLS, &bearer).0, 403);
    desk.json(0, &format!("app authorize LMS --tenant north --school {other}"));
    assert_eq!((at(one), at(other)), (403, 200));
}

#[test]
fn a_suspended_district_gives_nothing_at_once_and_goes_on_as_it_was() {
    let desk = Desk::new();
    for tenant in ["north", "south"] {
        desk.json(0, &format!("tenant add {tenant} --sandbox --students 100"));
    }
    let app = desk.json(0, "app add LMS --tenant north --oauth1 --scope roster.readonly --scope admin.readonly");
    desk.json(0, &format!("app authorize {} --tenant south", app["client_id"].as_str().unwrap()));
    let served = desk.serve();
    let bearer = token(&served, "", &app).1["access_token"].as_str().unwrap().to_owned();
    let status = |path: &str| ask(&served, path, &bearer).0;
    let north = format!("/t/north{SCHOOLS}");
    assert_eq!((status(&north), status(&format!("/t/south{SCHOOLS}"))), (200, 200));
    let suspended = desk.json(0, "tenant suspend north");
    assert!(suspended["suspended"].is_string());
    let (refused, body) = ask(&served, &north, &bearer);
    assert_eq!(refused, 403);
    assert!(body.to_string().contains("This district is suspended"), "{body}");
    assert_eq!((status("/t/north/api/v1/runs"), status(&format!("/t/south{SCHOOLS}"))), (403, 200));
    // Twice is once, commands go on, and so does everything when it is resumed.
    assert_eq!(desk.json(0, "tenant suspend north")["suspended"], suspended["suspended"]);
    assert_eq!(desk.json(0, "tenant list")["tenants"][1]["suspended"], suspended["suspended"]);
    desk.json(0, "export north.zip --tenant north");
    assert_eq!(desk.json(0, "tenant resume north")["suspended"], Value::Null);
    assert_eq!(status(&north), 200);
    assert_eq!(desk.json(1, "tenant suspend nroth")["error"]["code"], "not_found");
}

#[test]
fn what_was_fetched_for_a_district_goes_with_it() {
    let desk = Desk::new();
    for tenant in ["north", "north-2"] {
        desk.json(0, &format!("tenant add {tenant}"));
        desk.json(0, &format!("source add sis --kind csv --set path=drop --set settle=0s --tenant {tenant}"));
    }
    std::fs::create_dir(desk.path("drop")).unwrap();
    for tenant in ["north", "north-2"] {
        desk.district("drop/d", 100, 0);
        desk.run(&format!("source pull sis --yes --tenant {tenant}"));
    }
    let rooms = |tenant: &str| {
        let beside = desk.path(&format!("homeroom.db-tenant-{tenant}-sources"));
        [beside, desk.path("fetched").join(tenant)].iter().filter(|room| room.exists()).count()
    };
    assert_eq!((rooms("north"), rooms("north-2")), (1, 1));
    desk.json(0, "tenant remove north --yes");
    assert_eq!((rooms("north"), rooms("north-2")), (0, 1));
}

#[test]
fn all_of_a_district_is_written_and_removed() {
    let desk = Desk::new();
    for tenant in ["north", "north-2"] {
        desk.json(0, &format!("tenant add {tenant} --sandbox --students 100"));
    }
    let app = desk.json(0, "app add LMS --tenant north --profile moodle-plugin");
    desk.json(0, &format!("app authorize {} --tenant north-2", app["client_id"].as_str().unwrap()));
    desk.json(0, "app preview LMS --tenant north-2");
    desk.json(0, "tenant export north out");
    assert!(desk.json(0, "validate out/roster.zip")["summary"]["error"] == 0);
    let text = std::fs::read_to_string(desk.path("out/settings.json")).unwrap();
    let settings: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&settings["tenant"], &settings["apps"][0]["app"]), (&json!("north"), &json!("LMS")));
    assert!(!text.contains(app["client_secret"].as_str().unwrap()));
    assert_eq!(desk.json(1, "tenant export north out")["error"]["code"], "refused");
    // Not without a word.
    assert_eq!(desk.json(1, "tenant remove north")["error"]["code"], "refused");
    let served = desk.serve();
    let bearer = token(&served, "", &app).1["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&served, &format!("/t/north{SCHOOLS}"), &bearer).0, 200);
    assert_eq!(desk.json(0, "tenant remove north --yes")["apps"], 1);
    assert_eq!(ask(&served, &format!("/t/north{SCHOOLS}"), &bearer).0, 401);
    drop(served);
    let names: Vec<String> = desk.files().into_iter().filter(|name| name.contains("-tenant-")).collect();
    assert!(names.iter().all(|name| name.contains("-tenant-north-2")), "{names:?}");
    let left = desk.json(0, "tenant list")["tenants"].clone();
    assert_eq!(left.as_array().unwrap().len(), 2);
    assert_eq!(desk.json(0, "app list --tenant north-2")["apps"], json!([]));
    let tree = homeroom_store::Roster::open_tenant(&desk.database.url(), "north-2").unwrap();
    assert_eq!(tree.remove_views(app["client_id"].as_str().unwrap()).unwrap(), 0, "its views went with it");
    assert_eq!(desk.json(1, "tenant remove default --yes")["error"]["code"], "refused");
    assert_eq!(desk.json(1, "tenant remove north --yes")["error"]["code"], "not_found");
    desk.json(0, "tenant add north");
}

#[test]
fn a_district_has_a_time_zone() {
    let desk = Desk::new();
    desk.json(0, "tenant add far --timezone Pacific/Kiritimati --sandbox --students 100");
    assert_eq!(desk.json(0, "tenant list")["tenants"][1]["timezone"], "Pacific/Kiritimati");
    assert_eq!(desk.json(0, "tenant edit far --timezone Pacific/Niue")["timezone"], "Pacific/Niue");
    assert_eq!(desk.json(0, "tenant edit default --timezone America/Chicago")["timezone"], "America/Chicago");
    assert_eq!(desk.json(2, "tenant edit far --timezone Mars")["error"]["code"], "usage");
    desk.json(0, "app add now --tenant far --term current");
    assert!(desk.json(0, "app preview now --tenant far")["counts"]["classes"].as_u64().unwrap() > 0);
}

#[test]
fn documents_administration_and_numbers_stand_below_a_district_too() {
    let desk = Desk::new();
    desk.json(0, "tenant add north --sandbox --students 100");
    let app = desk.json(0, "app add ops --tenant north --scope admin.readonly --scope metrics.readonly");
    let served = desk.serve();
    let bearer = token(&served, "/t/north", &app).1["access_token"].as_str().unwrap().to_owned();
    let runs = ask(&served, "/t/north/api/v1/runs", &bearer);
    assert_eq!((runs.0, runs.1["runs"].as_array().map(Vec::len)), (200, Some(1)));
    assert_eq!(ask(&served, "/t/default/api/v1/runs", &bearer).0, 403);
    assert_eq!((ask(&served, "/t/north/metrics", &bearer).0, ask(&served, "/t/north/docs/", "").0), (200, 200));
    // The server's own numbers name applications of others, and its health is nobody's.
    let numbers = |path: &str, bearer: &str| {
        let request =
            served.agent.get(format!("{}{path}", served.base)).header("authorization", format!("Bearer {bearer}"));
        request.call().unwrap().body_mut().read_to_string().unwrap()
    };
    let whole = desk.json(0, "app add watch --scope metrics.readonly");
    let whole = token(&served, "", &whole).1["access_token"].as_str().unwrap().to_owned();
    for (text, server) in [
        (numbers("/metrics", &whole), true),
        (numbers("/metrics", &bearer), false),
        (numbers("/t/north/metrics", &bearer), false),
        (numbers("/t/default/metrics", &whole), false),
    ] {
        assert!(text.contains("homeroom_guards_holding") && text.ends_with("# EOF\n"), "{text}");
        assert_eq!(text.contains("homeroom_requests_total"), server, "{text}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(&served, path, "").0, 200);
        assert_eq!(ask(&served, &format!("/t/north{path}"), "").1["error"]["code"], "not_found");
    }
    let (status, document) = ask(&served, "/t/north/openapi.json?service=rostering&version=1.2", "");
    assert_eq!(status, 200);
    assert!(document["servers"][0]["url"].as_str().unwrap().contains("/t/north/ims/"), "{}", document["servers"]);
}

/// The same request under the name of another host.
fn under(served: &Served, host: &str, path: &str, token: &str) -> (u16, Value) {
    let request = served.agent.get(format!("{}{path}", served.base)).header("host", host);
    let mut answer = request.header("authorization", format!("Bearer {token}")).call().unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[test]
fn the_name_of_a_host_tells_the_district() {
    let desk = Desk::new();
    for tenant in ["north", "south"] {
        desk.json(0, &format!("tenant add {tenant} --sandbox --students 100"));
    }
    let app = desk.json(0, "app add LMS --tenant north");
    desk.json(0, "app authorize LMS --tenant south");
    let hosts = "--tenant-host roster.north.example.org=north --tenant-host *.districts.example.org";
    let served = desk.serve_by(&format!("--listen 127.0.0.1:0 {hosts}"));
    let bearer = token(&served, "", &app).1["access_token"].as_str().unwrap().to_owned();
    let asked = |host: &str, path: &str| under(&served, host, path, &bearer);
    let tenants = [("roster.north.example.org", "north"), ("south.districts.example.org:8080", "south")];
    for (host, tenant) in tenants {
        let (status, page) = asked(host, SCHOOLS);
        assert_eq!(status, 200, "{host}: {page}");
        // It is that district's roster, and addresses lead on there.
        let own = ask(&served, &format!("/t/{tenant}{SCHOOLS}"), &bearer).1;
        assert_eq!(page["orgs"][0]["sourcedId"], own["orgs"][0]["sourcedId"]);
        let links = page["orgs"][0].to_string();
        assert!(links.contains(&format!("http://{host}/ims/")) && !links.contains("/t/"), "{links}");
    }
    // The path says more than the host; without either, nobody can tell.
    assert_eq!(asked("roster.north.example.org", &format!("/t/south{SCHOOLS}")).0, 200);
    assert_eq!(asked("elsewhere.example.org", SCHOOLS).0, 400);
    assert_eq!(asked("nobody.districts.example.org", SCHOOLS).0, 403);
    assert_eq!(asked("roster.north.example.org", "/healthz").0, 200, "the server lives under any name");
    desk.json(0, "app withdraw LMS --tenant south");
    assert_eq!(asked("south.districts.example.org", SCHOOLS).0, 403);
    assert_eq!(desk.json(2, "serve --listen 127.0.0.1:0 --tenant-host north")["error"]["code"], "usage");
}

/// Whoever reads logs and numbers of an installation can tell districts apart.
#[test]
fn lines_of_the_log_and_numbers_name_the_district() {
    let desk = Desk::new();
    for tenant in ["north", "south"] {
        desk.json(0, &format!("tenant add {tenant} --sandbox --students 100"));
    }
    let guest =
        desk.json(0, "app add LMS --tenant north --scope roster-core.readonly --scope metrics.readonly --rate 1");
    desk.json(0, "app authorize LMS --tenant south");
    let watcher = desk.json(0, "app add watcher --scope metrics.readonly");
    let log = std::fs::File::create(desk.path("log")).unwrap();
    let mut command = desk.command("serve --listen 127.0.0.1:0 --json --log-format json --log-level info");
    command.stderr(log);
    let served = Served::start_logged(command, watcher);
    let bearer = token(&served, "", &guest).1["access_token"].as_str().unwrap().to_owned();
    let status = |tenant: &str| ask(&served, &format!("/t/{tenant}{SCHOOLS}"), &bearer).0;
    // Four at once, in each district for itself.
    let north: Vec<u16> = (0..12).map(|_| status("north")).collect();
    assert!(north.contains(&429), "{north:?}");
    assert_eq!(status("south"), 200, "what is asked of one counts in no other");
    let numbers = served.text(&format!("{}/metrics", served.base));
    let south = "status=\"200\",app=\"LMS\",tenant=\"south\"} 1";
    assert!(numbers.contains(south) && numbers.contains("app=\"LMS\",tenant=\"north\"} "), "{numbers}");
    assert!(numbers.contains("homeroom_published_timestamp_seconds{tenant=\"default\"}"), "{numbers}");
    served.stop();
    let log = std::fs::read_to_string(desk.path("log")).unwrap();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let named: Vec<String> = lines
        .filter(|line| line["app"] == "LMS" && line["route"] != "/oauth/token")
        .map(|line| line["tenant"].as_str().unwrap_or("?").to_owned())
        .collect();
    assert!(named.contains(&"north".to_owned()) && named.contains(&"south".to_owned()), "{log}");
    assert!(!named.contains(&"?".to_owned()), "{log}");
}
