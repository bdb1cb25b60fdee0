//! `homeroom target`: a Moodle from the command line.

use super::desk::Desk;
use super::moodle::{Moodle, TOKEN};
use serde_json::{Value, json};
use std::fs;

/// A district of some students, and a target for its first school.
fn desk(moodle: &Moodle) -> (Desk, String) {
    let desk = Desk::new();
    desk.district("d", 120, 0);
    desk.json(0, "import d --yes");
    let orgs = desk.table("d", "orgs.csv");
    let (id, kind) = (orgs.column("sourcedId"), orgs.column("type"));
    let school = orgs.rows.iter().find(|row| row[kind] == "school").unwrap()[id].clone();
    fs::write(desk.path("token"), format!("{TOKEN}\n")).unwrap();
    desk.json(0, &format!("target add lms --kind moodle --url {} --token-file token", moodle.url()));
    (desk, school)
}

#[test]
fn a_moodle_is_added_tried_pushed_and_removed() {
    let moodle = Moodle::new();
    let (desk, school) = desk(&moodle);
    let shown = desk.run("target show lms");
    assert!(shown.stdout.contains("role.WORD") && !shown.stdout.contains(TOKEN), "{shown:?}");
    let nothing = desk.json(1, "target push lms");
    assert_eq!(nothing["state"], "nothing");
    assert!(desk.run("target push lms").stdout.contains("No school is chosen"));
    let edited = desk.json(0, &format!("target edit lms --school {school} --set cohorts=school --role aide=none"));
    assert_eq!((&edited["settings"]["cohorts"], &edited["has_secret"]), (&json!("school"), &json!(true)));
    let tested = desk.json(0, "target test lms");
    assert_eq!((&tested["missing"], &tested["release"]), (&json!([]), &json!("4.3 (Build: 20231009)")));
    let planned = desk.json(0, "target push lms --dry-run");
    assert_eq!((&planned["state"], &planned["calls"]["writing"]), (&json!("planned"), &json!(0)));
    assert!(moodle.writes().is_empty());
    assert!(desk.run("target push lms --dry-run").stdout.contains("course "));
    let pushed = desk.run("target push lms -v");
    assert_eq!(pushed.status, 0, "{pushed:?}");
    assert!(pushed.stdout.lines().filter(|line| line.starts_with("created user ")).count() > 50, "{pushed:?}");
    assert_eq!(desk.json(0, "target list")["targets"][0]["pushed"], planned["version"]);
    let again = desk.json(0, "target push lms --verbose");
    assert_eq!((&again["calls"]["writing"], &again["lines"]), (&json!(0), &json!([])), "{again}");
    let users = &planned["plan"]["users"]["created"];
    assert_eq!(moodle.inner().site.users.len() as u64, users.as_u64().unwrap() + 3);
    let removed = desk.json(0, "target remove lms");
    let stays: Vec<&str> = removed["stays"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(stays.contains(&format!("{users} users that were made").as_str()), "{stays:?}");
    assert_eq!(desk.json(0, "target list")["targets"], json!([]));
    let audit = desk.run("audit --json").stdout;
    for action in ["target add", "target edit", "target push", "target remove"] {
        assert!(audit.contains(action), "{action}: {audit}");
    }
    assert!(!audit.contains(TOKEN));
    let audit = desk.json(0, "audit");
    let lines = audit["audit"].as_array().unwrap();
    let removed = lines.iter().find(|line| line["action"] == "target remove").unwrap()["detail"].as_str().unwrap();
    assert!(removed.contains("before: moodle {") && removed.contains("\"cohorts\":\"school\""), "{removed}");
    assert!(removed.starts_with("stays there: ") && removed.ends_with(" and a secret"), "{removed}");
    secret(&desk);
}

/// The token is nowhere to be read.
fn secret(desk: &Desk) {
    for name in desk.files().into_iter().filter(|name| name != "token" && !desk.path(name).is_dir()) {
        let bytes = fs::read(desk.path(&name)).unwrap();
        assert!(!bytes.windows(TOKEN.len()).any(|some| some == TOKEN.as_bytes()), "{name} holds the token");
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let moodle = Moodle::new();
    let (desk, school) = desk(&moodle);
    let fails = |status: i32, line: &str| -> Value { desk.json(status, line)["error"].take() };
    for (status, line, part) in [
        (2, "target add lms2 --kind moodle --url https://x", "token"),
        (2, "target add a/b --kind moodle --url https://x", "letters"),
        (1, "target add lms --kind moodle --url https://x --token-file token", "already"),
        (2, "target add lms2 --kind moodle --url http://moodle.test --token-file token", "in the clear"),
        (2, "target add lms2 --kind blackboard --url https://x --token-file token", "blackboard"),
        (2, "target edit lms --set colour=red", "no setting"),
        (2, "target edit lms --role pupil=5", "no role of OneRoster"),
        (1, "target push other", "no target"),
        (2, "target adopt lms --from blackboard", "taken over"),
        (2, "target adopt lms --by name", "idnumber"),
    ] {
        let error = fails(status, line);
        assert!(error["message"].as_str().unwrap().contains(part), "{line}: {error}");
    }
    desk.json(0, &format!("target edit lms --school {school}"));
    moodle.inner().faults.lacking = vec!["core_user_create_users"];
    let tested = desk.json(1, "target test lms");
    assert_eq!(tested["missing"], json!(["core_user_create_users"]));
    let error = fails(1, "target push lms");
    assert!(error["message"].as_str().unwrap().contains("core_user_create_users (accounts of people)"), "{error}");
    moodle.inner().faults.lacking.clear();
    fs::write(desk.path("token"), "wrong").unwrap();
    desk.json(0, "target edit lms --token-file token");
    let error = fails(1, "target test lms");
    assert!(error["message"].as_str().unwrap().contains("invalidtoken"), "{error}");
}

#[test]
fn what_is_there_is_adopted_by_command() {
    let moodle = Moodle::new();
    let (desk, school) = desk(&moodle);
    desk.json(0, &format!("target edit lms --school {school}"));
    desk.json(0, "target push lms");
    desk.json(0, "target remove lms");
    desk.json(
        0,
        &format!("target add again --kind moodle --url {} --token-file token --school {school}", moodle.url()),
    );
    let ahead = desk.json(0, "target adopt again --from enrol_oneroster --dry-run");
    let done = desk.json(0, "target adopt again --from enrol_oneroster");
    assert_eq!(ahead["adopted"], done["adopted"]);
    assert_eq!((&done["doubts"], done["adopted"]["users"].as_u64() > Some(50)), (&json!([]), true), "{done}");
    assert_eq!(desk.json(0, "audit --last 1")["audit"][0]["action"], "target adopt");
    let pushed = desk.json(0, "target push again");
    assert!(
        pushed["plan"]["users"]["created"].is_null() && pushed["plan"]["enrolments"]["created"].is_null(),
        "{pushed}"
    );
}

#[test]
fn whoever_is_forgotten_is_told_to_be_held_there() {
    let moodle = Moodle::new();
    let (desk, school) = desk(&moodle);
    desk.json(0, &format!("target edit lms --school {school}"));
    let lines = desk.json(0, "target push lms -v")["lines"].take();
    let created = lines.as_array().unwrap().iter().find_map(|line| line.as_str()?.strip_prefix("created user "));
    let user = created.unwrap().to_owned();
    let number = moodle.inner().site.user(&user).unwrap().0;
    let done = desk.json(0, &format!("forget --user {user} --yes"));
    assert_eq!(done["targets"], json!([{ "target": "lms", "kind": "moodle", "number": number }]));
    desk.json(0, "target push lms");
    assert!(moodle.inner().site.users[&number].suspended);
}

#[test]
fn a_push_is_verified_mended_and_taken_back() {
    let moodle = Moodle::new();
    let (desk, school) = desk(&moodle);
    desk.json(0, &format!("target edit lms --school {school} --set cohorts=school"));
    let nothing = desk.json(1, "target undo lms")["error"].take();
    assert!(nothing["message"].as_str().unwrap().contains("no push"), "{nothing}");
    desk.json(0, "target push lms");
    let whole = desk.json(0, "target push lms --verify");
    assert_eq!((&whole["state"], &whole["differs"]), (&json!("as sent"), &json!([])), "{whole}");
    // Another hand shuts an account.
    let shut = |shut: bool| {
        let mut inner = moodle.inner();
        let user = inner.site.users.values_mut().find(|user| !user.idnumber.is_empty()).unwrap();
        let was = user.suspended;
        user.suspended = shut;
        (user.idnumber.clone(), was)
    };
    let (id, _) = shut(true);
    moodle.writes();
    let found = desk.json(1, "target push lms --verify");
    let wanted =
        json!([{ "what": "user", "sourced_id": id, "within": null, "how": "changed", "fields": ["suspended"] }]);
    assert_eq!(found["differs"], wanted);
    let ran = desk.run("target push lms --verify");
    assert!(ran.status == 1 && ran.stdout.contains("--yes does it"), "{ran:?}");
    assert!(ran.stderr.contains(&format!("user {id} is changed: suspended")), "{ran:?}");
    assert!(moodle.writes().is_empty());
    let mended = desk.json(0, "target push lms --verify --yes");
    assert_eq!(mended["push"]["plan"], json!({ "users": { "updated": 1 } }), "{mended}");
    assert_eq!(shut(false), (id, false));
    // What Moodle does not tell is sent again, if that is wanted.
    let again = desk.json(0, "target push lms --verify --resend --yes");
    let (verified, sent) = (&again["verified"]["again"]["enrolments"], &again["push"]["plan"]["enrolments"]["updated"]);
    assert!(verified.as_u64() > Some(0) && verified == sent, "{again}");
    assert_eq!(desk.json(0, "target push lms")["plan"], json!({}));
    // Some get another name, which is pushed, and taken back.
    let before = moodle.inner().site.clone();
    let ids = before.users.values().map(|user| user.idnumber.clone()).filter(|id| !id.is_empty());
    let some: Vec<String> = ids.take(5).collect();
    desk.edit("d", "users.csv", |table| {
        let (id, name) = (table.column("sourcedId"), table.column("familyName"));
        table.rows.iter_mut().filter(|row| some.contains(&row[id])).for_each(|row| row[name] = "Lovelace".to_owned());
    });
    desk.json(0, "import d --yes");
    let pushed = desk.json(0, "target push lms");
    assert_eq!(pushed["plan"], json!({ "users": { "updated": 5 } }));
    moodle.writes();
    let ahead = desk.json(0, "target undo lms --dry-run");
    assert_eq!((&ahead["state"], moodle.writes().len()), (&json!("planned"), 0));
    let asked = desk.run("target undo lms");
    assert!(
        asked.status == 1 && asked.stdout.contains("Nothing was taken back") && moodle.writes().is_empty(),
        "{asked:?}"
    );
    let undone = desk.json(0, "target undo lms --yes");
    assert_eq!((&undone["state"], &undone["plan"]), (&json!("undone"), &ahead["plan"]));
    let listed = desk.json(0, "target list")["targets"][0].take();
    assert_eq!((&listed["pushed"], &listed["last"]["came"]), (&Value::Null, &json!("undone")));
    {
        let inner = moodle.inner();
        assert_eq!((&inner.site.users, &inner.site.courses), (&before.users, &before.courses));
    }
    // Once more, and nothing that was made is active.
    desk.json(0, "target undo lms --yes");
    let inner = moodle.inner();
    assert!(inner.site.users.values().all(|user| user.idnumber.is_empty() || user.suspended));
    drop(inner);
    desk.json(1, "target undo lms --yes");
    assert!(desk.run("audit --json").stdout.contains("target undo"));
}

#[test]
fn sets_of_files_are_neither_asked_nor_taken_back() {
    let desk = Desk::new();
    desk.json(0, "target add sds --kind sds --set out=sds");
    for line in ["target push sds --verify", "target undo sds"] {
        let error = desk.json(1, line)["error"].take();
        assert_eq!(error["code"], "refused", "{line}");
    }
}
