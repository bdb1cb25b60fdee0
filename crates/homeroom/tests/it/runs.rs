//! Runs as people handle them: what is kept, what waits, and what becomes of it.

use super::desk::Desk;
use super::packages::Table;
use homeroom_store::Turn;
use oneroster::model::Version;
use serde_json::{Value, json};

/// The number of an import's run.
fn id(document: &Value) -> i64 {
    document["run"].as_i64().unwrap_or_else(|| panic!("no run: {document}"))
}

/// Takes two of five rows out of a file.
fn thin(table: &mut Table) {
    let mut at = 0;
    table.rows.retain(|_| {
        at += 1;
        at % 5 > 1
    });
}

/// A desk with an imported district, and a package that loses 40 % of its
/// enrollments.
fn held() -> (Desk, Value) {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    desk.edit("d", "enrollments.csv", thin);
    let held = desk.json(1, "import d --yes");
    assert_eq!(held["state"], "held");
    (desk, held)
}

fn state(desk: &Desk, run: i64) -> Value {
    desk.json(0, &format!("runs show {run}"))["state"].clone()
}

#[test]
fn a_run_is_kept_whole() {
    let (desk, held) = held();
    let run = id(&held);
    let shown = desk.json(0, &format!("runs show {run} --findings"));
    assert_eq!((&shown["plan"], &shown["reason"]), (&held["plan"], &held["reason"]));
    assert_eq!(
        (&shown["source"], &shown["package"], &shown["oneroster"]),
        (&json!("file"), &json!("d"), &json!("1.2"))
    );
    for instant in ["started", "planned", "finished"] {
        assert!(shown[instant].is_string(), "{instant}: {shown}");
    }
    assert!(shown["approved"].is_null() && shown["published"].is_null(), "{shown}");
    assert_eq!(shown["findings"], held["findings"]);
    // Every school's part, and together they are the whole.
    let schools = shown["schools"].as_object().unwrap();
    let removed: u64 = schools.values().filter_map(|kinds| kinds["enrollments"]["removed"].as_u64()).sum();
    assert_eq!(Some(removed), held["plan"]["enrollments"]["removed"].as_u64());
    let told = desk.run(&format!("runs show {run}")).stdout;
    assert!(told.contains("(40 %) would be removed"), "{told}");
    let next = told.lines().last().unwrap();
    assert!(next.contains(&format!("homeroom runs approve {run}")), "{next}");
    let all = desk.json(0, "runs list");
    let states: Vec<_> = all["runs"].as_array().unwrap().iter().map(|run| run["state"].clone()).collect();
    assert_eq!(states, ["held", "applied"]);
    // The first load tells its schools, too, and who approved it.
    let first = desk.json(0, "runs show 1");
    assert_eq!(first["approved_by"], "--yes");
    let added = |kind: &str| -> u64 {
        first["schools"].as_object().unwrap().values().filter_map(|kinds| kinds[kind]["added"].as_u64()).sum()
    };
    assert_eq!(Some(added("enrollments")), first["plan"]["enrollments"]["added"].as_u64());
    // Nothing is kept of a dry run.
    desk.json(0, "import d --dry-run");
    assert_eq!(desk.json(0, "runs list")["runs"].as_array().unwrap().len(), 2);
    assert_eq!(desk.run("runs show 77 --json").document()["error"]["code"], "not_found");
}

#[test]
fn a_held_run_changes_nothing_until_it_is_approved() {
    let (desk, held) = held();
    let run = id(&held);
    let served = desk.serve();
    let before = served.total("enrollments");
    let approved = desk.json(0, &format!("runs approve {run}"));
    assert_eq!(
        (&approved["run"], &approved["state"], &approved["plan"]),
        (&json!(run), &json!("applied"), &held["plan"])
    );
    let removed = held["plan"]["enrollments"]["removed"].as_u64().unwrap() as usize;
    assert_eq!(served.total("enrollments"), before - removed);
    let shown = desk.json(0, &format!("runs show {run}"));
    assert!(shown["approved_by"].is_string() && shown["published"] == approved["published"], "{shown}");
    // Once is enough.
    let again = desk.json(1, &format!("runs approve {run}"));
    assert_eq!(again["error"]["code"], "refused");
}

#[test]
fn what_was_not_shown_is_not_approved() {
    let (desk, held) = held();
    let run = id(&held);
    // Another source changes nothing of the plan of this one.
    desk.sample("v1p2");
    desk.json(0, "import v1p2 --yes --source other");
    assert_eq!(desk.json(0, &format!("runs show {run}"))["state"], "held");
    // A run that is taken back does: what it brought is to be added again.
    desk.json(0, "runs undo 1");
    let moved = desk.json(1, &format!("runs approve {run}"));
    assert_eq!(moved["state"], "held");
    assert!(moved["plan"] != held["plan"] && moved["reason"].as_str().unwrap().contains("changed since"), "{moved}");
    assert_eq!(desk.json(0, &format!("runs show {run}"))["plan"], moved["plan"]);
    assert_eq!(desk.json(0, &format!("runs approve {run}"))["plan"], moved["plan"]);
}

#[test]
fn a_run_that_waits_is_rejected_or_superseded() {
    let (desk, held) = held();
    let first = id(&held);
    // A rejected package supersedes nothing, a newer plan does.
    std::fs::write(desk.path("bad.csv"), "x").unwrap();
    let second = id(&desk.json(1, "import d"));
    assert_eq!((state(&desk, first), state(&desk, second)), (json!("superseded"), json!("held")));
    assert_eq!(desk.json(1, &format!("runs approve {first}"))["error"]["code"], "refused");
    assert_eq!(desk.json(0, &format!("runs reject {second}"))["state"], "rejected");
    assert_eq!(desk.json(1, &format!("runs reject {second}"))["error"]["code"], "refused");
    assert_eq!(desk.json(1, &format!("runs approve {second}"))["error"]["code"], "refused");
    // One of another source stays as it is.
    desk.sample("v1p2");
    let other = id(&desk.json(1, "import v1p2 --source other"));
    assert_eq!(state(&desk, other), "planned");
    desk.json(0, "import d --yes --max-removed 50");
    assert_eq!(state(&desk, other), "planned");
    assert_eq!(desk.json(0, &format!("runs approve {other}"))["state"], "applied");
}

#[test]
fn changed_records_are_shown_and_their_values_only_if_asked_for() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let (mut changed, mut gone) = (String::new(), String::new());
    desk.edit("d", "users.csv", |users| {
        let given = users.column("givenName");
        changed = users.rows[3][0].clone();
        users.rows[3][given] = "Zebulon".into();
    });
    desk.edit("d", "enrollments.csv", |enrollments| gone = enrollments.rows.remove(5)[0].clone());
    let planned = id(&desk.json(1, "import d"));
    let look = |line: &str| desk.json(0, &format!("runs show {planned} --changes {line}"))["changes"].clone();
    let before = look("");
    let all = before.as_array().unwrap();
    assert_eq!(all.len(), 2, "{before}");
    assert_eq!(
        all[0],
        json!({"entity": "users", "sourced_id": changed, "what": "changed", "fields": [{"field": "givenName"}]})
    );
    assert_eq!((&all[1]["sourced_id"], &all[1]["what"]), (&json!(gone), &json!("removed")));
    assert!(!desk.run(&format!("runs show {planned} --changes")).stdout.contains("Zebulon"));
    assert_eq!(look("--kind enrollments").as_array().unwrap().len(), 1);
    let values = look("--kind users --show-values");
    assert_eq!(values[0]["fields"][0]["after"], json!(["Zebulon"]));
    assert!(desk.run(&format!("runs show {planned} --changes --show-values")).stdout.contains("Zebulon"));
    // The same is told afterwards, and after a later run has moved on.
    desk.json(0, &format!("runs approve {planned}"));
    assert_eq!((look(""), look("--kind users --show-values")), (before.clone(), values.clone()));
    desk.edit("d", "users.csv", |users| *users.cell(&changed, "givenName") = "Ada".into());
    desk.json(0, "import d --yes");
    assert_eq!((look(""), look("--kind users --show-values")), (before, values));
}

#[test]
fn imports_wait_for_each_other_or_are_refused_plainly() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let turn = Turn::take(&desk.database.url(), "default").unwrap().unwrap();
    let refused = desk.json(1, "import d --yes --wait 0");
    assert_eq!(refused["error"]["code"], "busy");
    assert!(refused["error"]["message"].as_str().unwrap().contains("another import"), "{refused}");
    let mut waiting = desk.start("import d --yes");
    assert!(waiting.try_wait().unwrap().is_none());
    drop(turn);
    assert!(waiting.wait().unwrap().success());
    // Into an empty roster, too: one loads it, the others find nothing new.
    let empty = Desk::new();
    empty.district("d", 300, 0);
    let mut all: Vec<_> = (0..3).map(|_| empty.start("import d --yes")).collect();
    assert!(all.iter_mut().all(|child| child.wait().unwrap().success()));
    let runs = empty.json(0, "runs list");
    let brought = runs["runs"].as_array().unwrap().iter().filter(|run| run["published"].is_string());
    assert_eq!(brought.count(), 1, "{runs}");
    // Many at once: each has its turn, and all but the first find nothing new.
    let mut all: Vec<_> = (0..4).map(|_| desk.start("import d --yes")).collect();
    assert!(all.iter_mut().all(|child| child.wait().unwrap().success()));
    let runs = desk.json(0, "runs list");
    assert!(runs["runs"].as_array().unwrap().iter().all(|run| run["state"] == "applied"), "{runs}");
    assert_eq!(runs["runs"].as_array().unwrap().len(), 5);
}

#[test]
fn limits_are_set_for_an_entity_a_source_and_a_time() {
    let (desk, _) = held();
    let set = desk.json(0, "runs guards --entity enrollments --max-removed 30");
    assert_eq!(set["guards"], json!([{"entity": "enrollments", "source": null, "key": "max-removed", "value": "30"}]));
    assert_eq!(desk.json(1, "import d --yes")["state"], "held");
    desk.json(0, "runs guards --source other --max-removed 90");
    assert_eq!(desk.json(1, "import d --yes")["state"], "held");
    desk.json(0, "runs guards --source file --rollover 2001-01-01..2001-12-31");
    assert_eq!(desk.json(1, "import d --yes")["state"], "held");
    desk.json(0, "runs guards --source file --entity enrollments --max-removed 50");
    assert_eq!(desk.json(0, "import d --dry-run")["state"], "planned");
    desk.json(0, "runs guards --source file --entity enrollments --max-removed default");
    desk.json(0, "runs guards --source file --rollover 2001-01-01..2999-12-31");
    assert_eq!(desk.json(0, "import d --yes")["state"], "applied");
    desk.json(2, "runs guards --rollover sometime");
}

#[test]
fn a_run_is_taken_back_and_its_package_may_come_again() {
    let desk = Desk::new();
    desk.district("d0", 100, 0);
    desk.district("d4", 100, 4);
    desk.json(0, "import d0 --yes");
    let served = desk.serve();
    let seen = || {
        let all = ["users", "enrollments", "classes", "demographics"];
        let pull = |collection| served.pull(Version::V1P2, collection, "limit=500");
        let mut all: Vec<Value> = all.into_iter().flat_map(pull).collect();
        all.iter_mut().for_each(|record| drop(record.as_object_mut().unwrap().remove("dateLastModified")));
        all
    };
    let first = seen();
    let applied = desk.json(0, "import d4 --yes --max-removed 100");
    let second = seen();
    assert!(first != second);
    let undone = desk.json(0, &format!("runs undo {}", id(&applied)));
    assert_eq!((&undone["state"], &undone["undoes"]), (&json!("applied"), &applied["run"]));
    assert_eq!((&undone["conflicts"], &undone["kept"]), (&json!(0), &json!(0)));
    assert!(seen() == first);
    // Consumers hear of it: what it moved has a later date.
    assert!(undone["published"].as_str() > applied["published"].as_str());
    let since = format!("limit=500&filter=dateLastModified%3E%3D%27{}%27", undone["published"].as_str().unwrap());
    let heard = |collection| served.pull(Version::V1P2, collection, &since).len();
    let moved = |kind: &str| {
        let tally = &undone["plan"][kind];
        ["added", "changed", "removed"].iter().filter_map(|what| tally[what].as_u64()).sum::<u64>() as usize
    };
    assert!(moved("users") + moved("enrollments") > 0, "{undone}");
    assert_eq!([heard("users"), heard("enrollments")], [moved("users"), moved("enrollments")]);
    assert_eq!(state(&desk, id(&applied)), "undone");
    let again = desk.json(1, &format!("runs undo {}", id(&applied)));
    assert!(again["error"]["message"].as_str().unwrap().contains("took it back"), "{again}");
    let back = desk.json(0, "import d4 --yes --max-removed 100");
    assert_eq!(back["plan"], applied["plan"]);
    assert!(seen() == second);
    // To take the undo back is to do it again: nothing is left to bring.
    desk.json(0, &format!("runs undo {}", id(&back)));
    desk.json(0, &format!("runs undo {}", id(&back) + 1));
    assert!(seen() == second);
    assert_eq!(state(&desk, id(&back)), "applied");
    assert!(desk.json(0, "import d4 --yes")["published"].is_null());
}

#[test]
fn what_was_changed_since_is_told_and_stays() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let ids: Vec<String> = desk.table("d", "users.csv").rows.iter().take(2).map(|row| row[0].clone()).collect();
    let name =
        |id: &String, name: &str| desk.edit("d", "users.csv", |users| *users.cell(id, "givenName") = name.into());
    ids.iter().for_each(|id| name(id, "One"));
    let run = id(&desk.json(0, "import d --yes"));
    name(&ids[0], "Two");
    let later = id(&desk.json(0, "import d --yes"));
    let undone = desk.run(&format!("runs undo {run}"));
    assert_eq!(undone.status, 0, "{undone:?}");
    let says = format!("user {} stays: it was changed since, by run {later}", ids[0]);
    assert!(undone.stdout.contains(&says), "{}", undone.stdout);
    assert!(undone.stdout.contains("1 records were changed since"), "{}", undone.stdout);
    // One that did nothing, one that does not exist, one that waits.
    desk.edit("d", "users.csv", |users| *users.cell(&ids[1], "givenName") = "Three".into());
    let waits = id(&desk.json(1, "import d"));
    for run in [waits, 99] {
        assert!(desk.json(1, &format!("runs undo {run}"))["error"]["message"].is_string());
    }
}

#[test]
fn what_is_past_its_retention_cannot_be_taken_back() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let run = id(&desk.json(0, "import d --yes"));
    let roster = homeroom_store::Roster::open(&desk.database.url()).unwrap();
    roster.set("retention", "history-days", Some("0")).unwrap();
    let error = desk.json(1, &format!("runs undo {run}"))["error"].clone();
    assert!(error["message"].as_str().unwrap().contains("older than the 0 days"), "{error}");
    roster.set("retention", "history-days", None).unwrap();
    desk.json(0, &format!("runs undo {run}"));
    assert_eq!(desk.serve().total("users"), 0);
}

#[test]
fn a_run_that_died_is_told_as_failed() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    let roster = homeroom_store::Roster::open(&desk.database.url()).unwrap();
    let source = roster.source("file").unwrap();
    let begun = homeroom_store::Run::begun(source, oneroster::time::Timestamp(0));
    let dead = roster.keep_run(&begun).unwrap();
    drop(roster);
    let ran = desk.run("import d --yes");
    assert!(ran.stderr.contains(&format!("run {dead} was broken off")), "{ran:?}");
    assert_eq!((ran.status, state(&desk, dead)), (0, json!("failed")));
}

#[test]
fn what_is_asked_wrongly_is_told_with_the_next_step() {
    let (desk, run) = held();
    let told: &[(&str, i32, &str)] = &[
        ("runs show 99", 1, "homeroom runs list"),
        ("runs show x", 2, "homeroom runs list"),
        ("runs approve 99", 1, "homeroom runs list"),
        ("runs approve 1", 1, "homeroom runs show 1"),
        ("runs reject 99", 1, "homeroom runs list"),
        ("runs undo 99", 1, "homeroom runs list"),
        ("runs guards --rollover july", 2, "such as 2026-07-01..2026-09-15"),
        ("runs guards --max-removed 140", 2, "from 0 to 100"),
        ("runs guards --entity pupils --max-removed 5", 2, "users or enrollments"),
        ("runs retention --history-days soon", 2, "0 to 36500"),
        ("export out --since-run 99", 1, "homeroom runs list"),
        ("export out --delta-since yesterday", 2, "2026-09-01T06:00:00Z"),
        ("forget --user nobody --yes", 1, "homeroom find"),
    ];
    for (line, status, wanted) in told {
        let ran = desk.run(line);
        assert_eq!(ran.status, *status, "{line}: {ran:?}");
        assert!(ran.stderr.contains(wanted), "{line}: {ran:?}");
        assert!(ran.stdout.is_empty(), "{line}: {ran:?}");
    }
    assert_eq!(state(&desk, id(&run)), "held");
}
