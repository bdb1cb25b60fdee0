//! Sources that are fetched: packages in files, in a folder, at an address.

use super::desk::{Desk, until};
use super::packages::Table;
use super::stub::{Reply, Stub, assert_signed};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The plan of one entity: added, changed, removed.
fn moved(document: &Value, entity: &str) -> [u64; 3] {
    ["added", "changed", "removed"].map(|name| document["plan"][entity][name].as_u64().unwrap_or_default())
}

/// What stands in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_package_is_fetched_when_it_has_changed() {
    let desk = Desk::new();
    desk.district("day0", 100, 0);
    let added = desk.json(0, "source add sis --kind csv --set path=day0 --set settle=0s");
    assert_eq!((&added["kind"], &added["last"], &added["secret"]), (&json!("csv"), &Value::Null, &json!(false)));
    let test = desk.json(0, "source test sis");
    assert_eq!((test["state"].as_str(), &test["run"]), (Some("planned"), &Value::Null));
    assert_eq!(desk.json(0, "runs list")["runs"], json!([]));
    let waits = desk.json(1, "source pull sis");
    assert_eq!(waits["state"], "planned");
    // It waits for a yes, and whoever gives it by fetching again is understood.
    let first = desk.json(0, "source pull sis --yes");
    assert_eq!((first["state"].as_str(), moved(&first, "users")[0] > 100), (Some("applied"), true));
    assert_eq!(desk.json(0, &format!("runs show {}", waits["run"]))["state"], "superseded");
    assert_eq!(desk.json(0, "source pull sis --yes")["state"], "nothing");
    desk.district("day1", 100, 9);
    fs::remove_dir_all(desk.path("day0")).unwrap();
    fs::rename(desk.path("day1"), desk.path("day0")).unwrap();
    let second = desk.json(0, "source pull sis --yes");
    assert_eq!(second["state"], "applied");
    let [users, enrollments] = ["users", "enrollments"].map(|entity| moved(&second, entity).iter().sum::<u64>());
    assert!(users + enrollments > 0, "{second}");
    let shown = desk.json(0, "source show sis");
    assert_eq!(
        (shown["last"]["came"].as_str(), shown["last"]["run"].as_i64()),
        (Some("applied"), second["run"].as_i64())
    );
    // Its runs are runs as any.
    let undone = desk.json(0, &format!("runs undo {}", second["run"]));
    assert_eq!(undone["state"], "applied");
    let audit = desk.run("audit").stdout;
    assert!(audit.contains("source add") && audit.contains("source sis"), "{audit}");
}

/// A package that was moved away does not come again; that its run waits is not kept quiet.
#[test]
fn a_run_that_waits_is_told_when_nothing_comes() {
    let desk = Desk::new();
    fs::create_dir(desk.path("in")).unwrap();
    desk.district("in/d", 100, 0);
    desk.json(0, "source add sis --kind csv --set path=in --set settle=0s");
    let run = desk.json(1, "source pull sis")["run"].as_i64().unwrap();
    let quiet = desk.json(1, "source pull sis --yes");
    assert_eq!((&quiet["state"], &quiet["waits"]), (&json!("nothing"), &json!(run)));
    let told = desk.run("source pull sis");
    assert!(told.stdout.contains(&format!("Run {run} still waits for a yes: homeroom runs approve {run}")), "{told:?}");
    assert!(desk.run("source show sis").stdout.contains(&format!("run {run} waits for a yes")));
    desk.json(0, &format!("runs approve {run}"));
    let after = desk.json(0, "source pull sis --yes");
    assert_eq!((&after["state"], &after["waits"]), (&json!("nothing"), &Value::Null));
}

/// What the vendor's token requests need is asked for before anything is sent.
#[test]
fn tokens_for_one_organisation_want_to_know_which() {
    let desk = Desk::new();
    fs::write(desk.path("secret"), "s3cret").unwrap();
    let flags = "--kind oneroster --url http://127.0.0.1:9 --client-id us --secret-file secret --set tries=1";
    desk.json(0, &format!("source add sims {flags} --set vendor=sims --set oneroster=1.1"));
    for command in ["source pull sims --yes", "source test sims", "get users --source sims"] {
        let error = desk.json(1, command)["error"].take();
        assert!(error["message"].as_str().unwrap().contains("for one organisation"), "{error}");
        assert!(error["hint"].as_str().unwrap().contains("--set organisation="), "{error}");
    }
    desk.json(0, "source edit sims --set organisation=4711");
    let error = desk.json(1, "source pull sims --yes")["error"].take();
    assert!(error["message"].as_str().unwrap().contains("no connection"), "{error}");
}

/// One failure is one run, be it of a package or before there is one.
#[test]
fn a_fetch_that_fails_is_one_run() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let pulled = |status: i32| desk.json(status, "source pull s --yes");
    let runs = || desk.json(0, "runs list")["runs"].as_array().unwrap().len();
    desk.json(0, "source add s --kind csv --set path=nowhere --set settle=0s");
    let lost = pulled(2);
    assert!(lost["error"]["hint"].as_str().unwrap().contains("the whole path"), "{lost}");
    pulled(2);
    assert_eq!(runs(), 1);
    desk.json(0, "source edit s --set path=d --set prefix=s-");
    pulled(0);
    desk.json(0, "import d --source other --yes");
    assert_eq!(runs(), 3);
    // What others have is not to be had.
    desk.json(0, "source edit s --set prefix-except=orgs");
    let taken = pulled(1);
    assert!(taken["error"]["message"].as_str().unwrap().contains("is or was in use"), "{taken}");
    assert!(taken["error"]["hint"].as_str().unwrap().contains("runs undo 2"), "{taken}");
    assert_eq!(runs(), 4);
}

/// Read otherwise, the same bytes are another package.
#[test]
fn what_was_refused_is_taken_once_it_is_set_how_to_read_it() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    fs::remove_file(desk.path("d").join("manifest.csv")).unwrap();
    desk.json(0, "source add sis --kind csv --set path=d --set settle=0s");
    let refused = desk.json(2, "source pull sis --yes");
    assert_eq!(refused["state"], "rejected", "{refused}");
    assert_eq!(desk.json(0, "source pull sis --yes")["state"], "nothing");
    desk.json(0, "source edit sis --set assume=1.2 --set consent=D3");
    let taken = desk.json(0, "source pull sis --yes");
    assert_eq!(taken["state"], "applied", "{taken}");
    // When and whom to tell is no reason.
    desk.json(0, "source edit sis --set notify=all");
    assert_eq!(desk.json(0, "source pull sis --yes")["state"], "nothing");
}

/// In a pause it is not due, and what is shown is when it ends.
#[test]
fn a_source_in_its_pause_is_due_when_that_ends() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let pause = "2020-01-01..2098-12-31";
    desk.json(0, &format!("source add sis --kind csv --set path=d --set schedule=@daily --set pause={pause}"));
    assert_eq!(desk.json(0, "source show sis")["next"], "2099-01-01T00:00:00.000Z");
    desk.json(0, "source edit sis --set pause=01-01..12-31");
    let shown = desk.run("source show sis");
    assert!(shown.stdout.contains("Its pauses leave its schedule no time."), "{shown:?}");
}

/// What was there before is on record; the secret is not.
#[test]
fn the_audit_tells_what_a_removed_source_was() {
    let desk = Desk::new();
    fs::write(desk.path("secret"), "hush-hush").unwrap();
    desk.json(0, "source add sis --kind csv --url sftp://me@files.example.org/out --secret-file secret");
    desk.json(0, "source edit sis --set settle=5m");
    desk.json(0, "source remove sis");
    let audit = desk.json(0, "audit").to_string();
    let last = desk.json(0, "audit")["audit"][0].clone();
    assert_eq!(last["action"], "source remove", "{audit}");
    let detail = last["detail"].as_str().unwrap();
    let url = "url=sftp://me@files.example.org/out";
    assert!(detail.starts_with("before: csv ") && detail.contains("settle=5m") && detail.contains(url), "{detail}");
    assert!(detail.ends_with("secret given") && !audit.contains("hush"), "{audit}");
}

#[test]
fn packages_of_a_drop_folder_are_taken_in_order_and_put_away() {
    let desk = Desk::new();
    let drop = desk.path("drop");
    fs::create_dir(&drop).unwrap();
    desk.json(0, "source add sis --kind csv --set path=drop --set settle=0s --set archive=done");
    assert_eq!(desk.json(0, "source pull sis --yes")["state"], "nothing");
    desk.district("drop/b.zip", 100, 0);
    desk.district("drop/a.zip", 100, 1);
    // The one that was written last comes last, whatever its name.
    let early = fs::File::options().write(true).open(drop.join("b.zip")).unwrap();
    early.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600)).unwrap();
    fs::write(drop.join("c.zip.part"), "PK half").unwrap();
    let both = desk.json(0, "source pull sis --yes");
    assert_eq!((both["packages"].as_u64(), both["state"].as_str()), (Some(2), Some("applied")), "{both}");
    assert_eq!(moved(&both["each"][1], "orgs"), [0; 3]);
    assert_eq!(
        (names(&drop.join("done")), names(&drop)),
        (vec!["a.zip".into(), "b.zip".into()], vec!["c.zip.part".into(), "done".into()])
    );
    // One that cannot be read goes aside, and the next is taken all the same.
    fs::write(drop.join("broken.zip"), "PK nothing").unwrap();
    let broken = fs::File::options().write(true).open(drop.join("broken.zip")).unwrap();
    broken.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(60)).unwrap();
    desk.district("drop/a.zip", 100, 2);
    let after = desk.json(2, "source pull sis --yes");
    assert_eq!((after["packages"].as_u64(), after["state"].as_str()), (Some(2), Some("applied")), "{after}");
    assert_eq!(names(&drop.join("failed")), ["broken.zip"]);
    assert_eq!(names(&drop.join("done")), ["1-a.zip", "a.zip", "b.zip"]);
}

#[test]
fn what_is_still_being_written_is_left() {
    let desk = Desk::new();
    fs::create_dir(desk.path("drop")).unwrap();
    desk.json(0, "source add sis --kind csv --set path=drop --set settle=1h");
    desk.district("drop/a.zip", 100, 0);
    let left = desk.json(0, "source pull sis --yes");
    assert_eq!(left["state"], "nothing");
    assert!(left["notes"][0].as_str().unwrap().contains("a moment ago"), "{left}");
    assert_eq!(names(&desk.path("drop")), ["a.zip"]);
}

#[test]
fn a_package_that_lost_almost_everybody_is_held() {
    let desk = Desk::new();
    desk.district("day", 200, 0);
    desk.json(0, "source add sis --kind csv --set path=day --set settle=0s");
    desk.json(0, "source pull sis --yes");
    for file in ["users.csv", "roles.csv", "enrollments.csv", "demographics.csv"] {
        let path = desk.path("day").join(file);
        if path.exists() {
            let mut table = Table::read(&path);
            let few = table.rows.len() * 3 / 100;
            table.rows.truncate(few);
            table.write(&path);
        }
    }
    let held = desk.json(1, "source pull sis --yes");
    assert_eq!(held["state"], "held", "{held}");
    let shown = desk.json(0, "source show sis");
    assert_eq!(shown["last"]["came"], "held");
}

#[test]
fn a_package_at_an_address_is_asked_for_with_care() {
    let desk = Desk::new();
    desk.district("day0.zip", 100, 0);
    let bytes = fs::read(desk.path("day0.zip")).unwrap();
    let stub = Stub::new();
    fs::write(desk.path("secret"), "s3cret\n").unwrap();
    desk.json(
        0,
        &format!(
            "source add sis --kind csv --url {}/roster.zip?sig=hidden --client-id me --secret-file secret",
            stub.url()
        ),
    );
    // Two failures that pass, and a package that breaks off.
    let whole = bytes.clone();
    stub.answer(vec![
        Reply::status(503),
        Reply::status(500),
        Reply::cut(&bytes),
        Reply::ok(&whole).header("ETag", "\"one\""),
    ]);
    let first = desk.json(0, "source pull sis --yes");
    assert_eq!(first["state"], "applied", "{first}");
    let asked = stub.asked();
    assert_eq!(asked.len(), 4);
    assert!(asked[0].contains("authorization: Basic bWU6czNjcmV0"), "{asked:?}");
    assert!(!asked[3].contains("if-none-match"));
    stub.answer(vec![Reply::status(304)]);
    assert_eq!(desk.json(0, "source pull sis --yes")["state"], "nothing");
    assert!(stub.asked()[0].contains("if-none-match: \"one\""));
    // The same bytes under another tag are no news; what is told has no secret.
    stub.answer(vec![Reply::ok(&bytes).header("ETag", "\"two\"")]);
    assert_eq!(desk.json(0, "source pull sis --yes")["state"], "nothing");
    stub.answer(vec![Reply::status(403)]);
    let refused = desk.run("source pull sis --yes");
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("status 403") && !refused.stderr.contains("hidden"), "{}", refused.stderr);
    let shown = desk.json(0, "source show sis");
    assert_eq!((shown["last"]["came"].as_str(), shown["failures"].as_u64()), (Some("failed"), Some(1)));
    let runs = desk.json(0, "runs list");
    assert_eq!(runs["runs"][0]["state"], "failed");
    // A second failure of the same kind makes no second run.
    stub.answer(vec![Reply::status(403)]);
    assert_eq!(desk.run("source pull sis --yes").status, 1);
    assert_eq!(desk.json(0, "runs list")["runs"].as_array().unwrap().len(), 2);
    assert_eq!(desk.json(0, "source show sis")["failures"], 2);
    let kept = desk.run("source list --json").stdout + &desk.run("audit --json").stdout;
    assert!(!kept.contains("s3cret"), "{kept}");
    let folder = desk.path("homeroom.db-sources").join("sis");
    assert!(names(&folder).iter().all(|name| name.ends_with(".part")), "{:?}", names(&folder));
}

/// What a provider of 1.0 has, in the names and forms of its files (csv.md 6.2).
fn of_1_0(asked: &str) -> Reply {
    let of = |id: &str| json!({"sourcedId": id, "type": "org"});
    let (key, objects) = match asked.split([' ', '?']).nth(1).unwrap().strip_prefix("/learningdata/v1/") {
        Some("orgs") => (
            "orgs",
            vec![
                json!({"sourcedId": "d", "name": "District", "type": "local"}),
                json!({"sourcedId": "s1", "name": "North High", "type": "school", "parent": of("d")}),
            ],
        ),
        Some("academicSessions") => (
            "academicSessions",
            vec![
                json!({"sourcedId": "t1", "title": "Fall", "type": "term", "startDate": "2026-08-24", "endDate": "2026-12-18"}),
            ],
        ),
        Some("courses") => (
            "courses",
            vec![json!({"sourcedId": "co", "title": "English", "courseCode": "E6", "grade": "6", "org": of("s1")})],
        ),
        Some("classes") => (
            "classes",
            vec![
                json!({"sourcedId": "c1", "title": "ELA 6", "classType": "scheduled", "grade": "6-8", "course": of("co"),
                        "school": of("s1"), "term": of("t1")}),
            ],
        ),
        Some("users") => (
            "users",
            vec![
                json!({"sourcedId": "u1", "username": "zoe", "givenName": "Zoe", "familyName": "Okafor", "role": "student",
                       "userId": "77", "orgs": [of("s1")]}),
                json!({"sourcedId": "u2", "status": "inactive", "username": "max", "givenName": "Max", "familyName": "Ito",
                       "role": "student", "orgs": [of("s1")]}),
            ],
        ),
        Some("enrollments") => (
            "enrollments",
            vec![
                json!({"sourcedId": "e1", "role": "student", "user": of("u1"), "class": of("c1"), "school": of("s1")}),
            ],
        ),
        Some("demographics") => {
            ("demographics", vec![json!({"userSourcedId": "u1", "birthdate": "2014-02-01", "sex": "Female"})])
        }
        _ => return Reply::status(404),
    };
    let active = |mut object: Value| {
        let known = object.as_object_mut().unwrap();
        known.entry("status").or_insert(json!("active"));
        object
    };
    let total = objects.len().to_string();
    let objects: Vec<Value> = objects.into_iter().map(active).collect();
    Reply::ok(json!({ key: objects }).to_string().as_bytes()).header("X-Total-Count", &total)
}

#[test]
fn a_provider_of_1_0_becomes_a_roster() {
    let (desk, stub) = (Desk::new(), Stub::by(of_1_0));
    fs::write(desk.path("token"), "a-token").unwrap();
    let line = format!("source add old --kind oneroster --url {} --secret-file token", stub.url());
    desk.json(
        0,
        &format!("{line} --set auth=bearer --set oneroster=1.0 --set tries=1 --set services=rostering,gradebook"),
    );
    let first = desk.json(0, "source pull old --yes");
    assert_eq!(first["state"], "applied", "{first}");
    let added = |name: &str| first["plan"][name]["added"].as_u64().unwrap_or_default();
    assert_eq!(
        ["orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics"].map(added),
        [2, 1, 1, 1, 2, 1, 1],
        "{first}"
    );
    // Nothing is asked for that 1.0 has not.
    let asked = stub.asked();
    assert!(
        asked.iter().all(|one| one.starts_with("GET /learningdata/v1/") && !one.contains("lineItems")),
        "{asked:?}"
    );
    let one = |line: &str, key: &str| desk.json(0, line)[key][0].clone();
    assert_eq!(one("get sessions", "academicSessions")["schoolYear"], "2027");
    let class = one("get classes", "classes");
    assert_eq!((&class["grades"], &class["terms"][0]["sourcedId"]), (&json!(["06", "07", "08"]), &json!("t1")));
    assert_eq!(one("get demographics", "demographics")["birthDate"], "2014-02-01");
    let people = desk.json(0, "get users");
    let enabled: Vec<&Value> = people["users"].as_array().unwrap().iter().map(|user| &user["enabledUser"]).collect();
    assert_eq!(enabled, ["true", "false"]);
    // The same again brings nothing new, and a query is asked of it in its own version.
    assert_eq!(desk.json(0, "source pull old --yes")["state"], "nothing");
    let found = desk.run("get users --source old --json");
    assert_eq!((found.status, &found.document()["found"]), (0, &json!(2)), "{found:?}");
}

#[test]
fn a_schedule_is_followed_by_the_server() {
    let desk = Desk::new();
    desk.district("day", 100, 0);
    let line = "source add sis --kind csv --set path=day --set settle=0s --set";
    let mut command = desk.command(line);
    assert!(command.arg("schedule=* * * * * *").status().unwrap().success());
    let mut served = desk.serve();
    until(&mut served.child, || desk.json(0, "source show sis")["last"]["came"] == "applied");
    let shown = desk.json(0, "source show sis");
    let run = desk.json(0, &format!("runs show {}", shown["last"]["run"]));
    assert_eq!(run["approved_by"], "schedule");
    assert!(served.total("users") > 100);
    served.stop();
}

#[test]
fn a_target_follows_once_it_was_pushed_by_hand() {
    let desk = Desk::new();
    desk.district("day", 100, 0);
    desk.json(0, "source add sis --kind csv --set path=day --set settle=0s");
    desk.json(0, "target add copy --kind oneroster --set out=copy");
    let first = desk.run("source pull sis --yes");
    assert!(first.status == 0 && !desk.path("copy").exists(), "{first:?}");
    desk.json(0, "target push copy");
    let users = || fs::read_to_string(desk.path("copy/users.csv")).unwrap();
    let before = users();
    let mut table = Table::read(&desk.path("day/users.csv"));
    let name = table.column("givenName");
    table.rows[0][name] = "Followed".into();
    table.write(&desk.path("day/users.csv"));
    let second = desk.run("source pull sis --yes");
    assert!(second.status == 0 && second.stderr.contains("target copy followed"), "{second:?}");
    assert!(users().contains("Followed") && !before.contains("Followed"));
}

#[test]
fn targets_follow_whatever_changes_the_roster_beside_a_server() {
    let desk = Desk::new();
    desk.district("day0", 100, 0);
    desk.district("day30", 100, 30);
    desk.json(0, "import day0 --yes");
    for (name, out) in [("copy", "copy"), ("unseen", "never"), ("broken", "broken")] {
        desk.json(0, &format!("target add {name} --kind oneroster --set out={out}"));
    }
    let before = [desk.json(0, "target push copy"), desk.json(0, "target push broken")];
    desk.json(0, "target edit broken --set app=nobody");
    let mut served = desk.serve();
    let pushed = |name: &str| desk.json(0, &format!("target show {name}"))["pushed"].clone();
    let run = desk.json(0, "import day30 --yes");
    until(&mut served.child, || pushed("copy") == run["published"]);
    let users = fs::read(desk.path("copy/users.csv")).unwrap();
    let undone = desk.json(0, &format!("runs undo {}", run["run"]));
    until(&mut served.child, || pushed("copy") == undone["published"]);
    assert!(fs::read(desk.path("copy/users.csv")).unwrap() != users);
    // Nobody has seen what would go there, and what cannot follow stays behind.
    assert!(!desk.path("never").exists() && pushed("unseen").is_null());
    assert_eq!(pushed("broken"), before[1]["published"]);
    // Once it is mended, nobody waits.
    desk.json(0, "target edit broken --set app=");
    until(&mut served.child, || pushed("broken") == undone["published"]);
    let audit = desk.json(0, "audit");
    let pushes = audit["audit"].as_array().unwrap().iter().filter(|line| line["action"] == "target push");
    assert_eq!(pushes.filter(|line| line["who"] == "schedule").count(), 3, "{audit}");
    served.stop();
}

#[test]
fn the_schedules_of_a_suspended_district_pause() {
    let desk = Desk::new();
    desk.district("day", 100, 0);
    desk.json(0, "tenant add north");
    for tenant in ["default", "north"] {
        let line = format!("source add sis --tenant {tenant} --kind csv --set path=day --set settle=0s --set");
        assert!(desk.command(&line).arg("schedule=* * * * * *").status().unwrap().success());
    }
    desk.json(0, "tenant suspend north");
    let mut served = desk.serve();
    let came = |tenant: &str| desk.json(0, &format!("source show sis --tenant {tenant}"))["last"]["came"].clone();
    // The second look at one comes after the first at all.
    until(&mut served.child, || came("default") == "nothing");
    assert_eq!(came("north"), Value::Null);
    desk.json(0, "tenant resume north");
    until(&mut served.child, || !came("north").is_null());
    served.stop();
}

#[test]
fn a_package_is_judged_in_the_zone_of_the_district() {
    let desk = Desk::new();
    desk.district("day", 100, 0);
    desk.edit("day", "users.csv", |users| users.rows[0][0] = String::new());
    let zone = " --timezone America/Chicago";
    let hint = |line: &str| desk.run(line).stderr.contains(zone);
    assert!(!hint("import day --dry-run"));
    desk.json(0, "tenant edit default --timezone America/Chicago");
    assert!(hint("import day --dry-run") && !hint("import day --dry-run --timezone Asia/Tokyo"));
    let page = |line: &str| desk.run(&format!("validate day --format html{line}")).stdout;
    let central = |page: &str| page.contains(" CST") || page.contains(" CDT");
    assert!(central(&page("")) && !central(&page(" --timezone Asia/Tokyo")));
}

#[test]
fn the_outcome_of_a_scheduled_fetch_is_told_and_signed() {
    let (desk, stub) = (Desk::new(), Stub::new());
    desk.district("day", 100, 0);
    fs::write(desk.path("hook"), "s3cret").unwrap();
    // The first call fails, and the same is told again.
    stub.answer(vec![Reply::status(500), Reply::status(204)]);
    let flags = "--kind csv --set path=day --set settle=0s --set notify=changes --notify-secret-file hook";
    let mut command = desk.command(&format!("source add sis {flags} --set notify-url={}/told --set", stub.url()));
    assert!(command.arg("schedule=* * * * * *").status().unwrap().success());
    let mut served = desk.serve();
    until(&mut served.child, || stub.asked().len() == 2);
    served.stop();
    let asked = stub.asked();
    let (head, body) = asked[1].split_at(asked[1].find('{').unwrap());
    let told: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (told["source"].as_str(), told["state"].as_str(), &told["changed"]),
        (Some("sis"), Some("applied"), &json!(0))
    );
    assert!(told["added"].as_u64().unwrap() > 100 && asked[0].ends_with(body), "{told}");
    assert_signed(head, body, b"s3cret");
}

#[test]
fn what_cannot_be_meant_is_told() {
    let desk = Desk::new();
    for (line, told) in [
        ("source add x --kind edfi", "the kinds are oneroster, csv, clever"),
        ("source add x --kind csv", "a path or a url"),
        ("source add ../x --kind csv --set path=a", "cannot name a source"),
        ("source add x --kind csv --set path=a --set colour=red", "no setting \"colour\""),
        ("source add x --kind csv --url http://sis.example/x.zip", "plain http"),
    ] {
        let ran = desk.run(line);
        assert!(ran.status == 2 && ran.stderr.contains(told), "{line}: {ran:?}");
    }
    let none = desk.json(1, "source pull nobody");
    assert_eq!(none["error"]["code"], "not_found");
    desk.json(0, "source add x --kind csv --set path=nowhere");
    assert_eq!(desk.json(1, "source add x --kind csv --set path=b")["error"]["code"], "refused");
    assert_eq!(desk.json(2, "source pull x")["error"]["code"], "unreadable");
    assert_eq!(desk.json(0, "source remove x")["removed"], true);
    assert_eq!(desk.json(0, "source list")["sources"], json!([]));
}
