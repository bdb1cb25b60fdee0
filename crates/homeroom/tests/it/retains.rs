//! What is kept for how long, as people set it.

use super::desk::Desk;
use serde_json::json;

#[test]
fn days_are_shown_set_and_taken_away() {
    let desk = Desk::new();
    assert_eq!(desk.json(0, "runs retention"), json!({ "history-days": 400, "package-days": 30 }));
    desk.json(0, "runs retention --history-days 100");
    assert_eq!(desk.json(0, "runs retention --package-days 7"), json!({ "history-days": 100, "package-days": 7 }));
    let usual = desk.json(0, "runs retention --history-days default --package-days default");
    assert_eq!(usual, json!({ "history-days": 400, "package-days": 30 }));
    assert_eq!(desk.run("runs retention --history-days -1").status, 2);
    assert_eq!(desk.run("runs retention --package-days soon").status, 2);
}

#[test]
fn what_is_older_goes_with_the_next_import() {
    let desk = Desk::new();
    for (name, day) in [("a", 0), ("b", 10), ("c", 20), ("d", 30)] {
        desk.district(name, 100, day);
    }
    desk.json(0, "import a --yes");
    let second = desk.json(0, "import b --yes");
    // The usual days end nothing of today.
    let at = second["published"].as_str().unwrap_or_else(|| panic!("{second}")).to_owned();
    desk.json(0, &format!("export then --as-of {at}"));
    desk.json(0, "export since --since-run 1");
    desk.json(0, "runs retention --package-days 0");
    desk.json(0, "import c --yes --max-removed 100");
    let gone = desk.json(0, &format!("find {}", person(&desk)));
    assert_eq!(gone["matches"][0]["rows"], json!([]), "no package is kept");
    desk.json(0, &format!("export then --as-of {at}"));
    desk.json(0, "runs retention --history-days 0");
    let ran = desk.run("import d --yes --max-removed 100");
    assert!(ran.status == 0 && ran.stderr.contains("note: retention removed"), "{ran:?}");
    // Nobody is told half a truth about what was before.
    for line in [format!("export then --as-of {at}"), "export since --since-run 3".to_owned(), "runs undo 4".to_owned()]
    {
        assert_eq!(desk.json(1, &line)["error"]["code"], "refused", "{line}");
    }
    let runs = desk.json(0, "runs list");
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "the last one is known: {runs}");
    desk.json(0, "export all");
    // The same package again plans nothing.
    let again = desk.json(0, "import d --yes");
    assert!(again["published"].is_null(), "{again}");
}

/// Somebody of the first day.
fn person(desk: &Desk) -> String {
    desk.table("a", "users.csv").rows[0][0].clone()
}
