//! What scripts rely on: exit statuses, one document on standard output, and
//! the words in it.

use super::desk::{Desk, Ran};
use super::reports::broken;
use serde_json::Value;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().map(String::as_str).collect()
}

/// Holds an import's document to the contract, and gives its state.
#[track_caller]
fn assert_import(document: &Value) -> String {
    assert_eq!(keys(document)[..4], ["run", "state", "plan", "findings"], "{document}");
    assert!(keys(document)[4..].iter().all(|key| ["reason", "published", "examples"].contains(key)), "{document}");
    assert_eq!(keys(&document["findings"]), ["error", "warning", "repaired", "info"]);
    for tally in document["plan"].as_object().unwrap().values() {
        assert_eq!(keys(tally), ["added", "changed", "removed", "unchanged", "rejected"]);
        assert!(tally.as_object().unwrap().values().all(Value::is_u64), "{tally}");
    }
    document["state"].as_str().unwrap().to_owned()
}

/// Holds a failure's document to the contract, and gives its code.
#[track_caller]
fn assert_error(document: &Value) -> String {
    assert_eq!(keys(document), ["error"]);
    let error = &document["error"];
    assert_eq!(keys(error), ["code", "message", "hint"]);
    assert!(!error["message"].as_str().unwrap().is_empty());
    assert!(error["hint"].is_null() || error["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{error}");
    error["code"].as_str().unwrap().to_owned()
}

#[test]
fn an_import_ends_as_the_contract_says() {
    let desk = Desk::new();
    desk.district("d.zip", 100, 0);
    let dry = desk.json(0, "import d.zip --dry-run");
    assert_eq!((assert_import(&dry).as_str(), &dry["run"]), ("planned", &Value::Null));
    let planned = desk.json(1, "import d.zip");
    assert_eq!((assert_import(&planned).as_str(), &planned["plan"]), ("planned", &dry["plan"]));
    assert!(planned["run"].is_u64() && planned["reason"].as_str().unwrap().contains("--yes"), "{planned}");
    let applied = desk.json(0, "import d.zip --yes");
    assert_eq!((assert_import(&applied).as_str(), &applied["plan"]), ("applied", &dry["plan"]));
    assert!(applied["run"].as_u64() > planned["run"].as_u64());
    assert_eq!(
        keys(&applied["plan"]),
        [
            "academicSessions",
            "classes",
            "courses",
            "demographics",
            "enrollments",
            "orgs",
            "roles",
            "userProfiles",
            "users"
        ]
    );
    // A dry run is dry even with a yes.
    assert_eq!(assert_import(&desk.json(0, "import d.zip --dry-run --yes --source other")), "held");
    let told = desk.run("import d.zip --dry-run --source other").stdout;
    assert!(told.starts_with("Dry run: nothing was written. It would be held: "), "{told}");
}

#[test]
fn an_import_that_is_held_or_refused_says_so_by_its_status() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let held = desk.json(1, "import d --yes --source other");
    assert_eq!(assert_import(&held), "held");
    std::fs::remove_file(desk.path("d/manifest.csv")).unwrap();
    let rejected = desk.json(2, "import d --yes");
    assert_eq!(assert_import(&rejected), "rejected");
    assert_eq!(rejected["plan"], serde_json::json!({}));
    // By the letter, one error refuses everything.
    desk.sample("v1p2");
    desk.edit("v1p2", "enrollments.csv", |table| *table.cell("e14", "userSourcedId") = "nobody".into());
    let strict = desk.json(2, "import v1p2 --yes --strict");
    assert_eq!((assert_import(&strict).as_str(), &strict["findings"]["error"]), ("rejected", &Value::from(1)));
}

#[test]
fn failures_are_one_document_with_a_code() {
    let desk = Desk::new();
    std::fs::write(desk.path("d.zip"), "not a zip").unwrap();
    std::fs::write(desk.path("text.db"), "not a database, but long enough to look at its first bytes".repeat(20))
        .unwrap();
    for (status, code, line) in [
        (2, "usage", "import"),
        (2, "usage", "import d.zip --no-such-flag"),
        (2, "usage", "import d.zip --max-removed 200"),
        (2, "usage", "import d.zip --max-removed many"),
        (2, "usage", "import d.zip --consent Z9"),
        (2, "usage", "import d.zip --assume 2.0"),
        (2, "usage", "import d.zip --timezone Mars/Olympus"),
        (2, "usage", "import d.zip --tenant other"),
        (2, "usage", "import d.zip --database mysql://db/x"),
        (2, "usage", "no-such-command"),
        (2, "usage", "generate d --students 3"),
        (2, "usage", "app add x --scope everything"),
        (2, "usage", "serve --listen nowhere"),
        (2, "usage", "serve --listen 0.0.0.0:0"),
        (2, "unreadable", "import nowhere.zip"),
        (2, "unreadable", "import d.zip"),
        (2, "unreadable", "validate nowhere.zip"),
        (2, "unreadable", "validate d.zip"),
        (2, "unreadable", "app list --config nowhere.toml"),
        (2, "unusable", "import d.zip --database sqlite:text.db"),
        (2, "unusable", "import d.zip --database sqlite:no/such/folder/h.db"),
        (1, "not_found", "app show nobody"),
        (1, "not_found", "app remove nobody"),
    ] {
        assert_eq!(assert_error(&desk.json(status, line)), code, "{line}");
        let human = desk.run(line);
        assert_eq!((human.status, human.stdout.as_str()), (status, ""), "{line}");
        assert!(human.stderr.starts_with("error: "), "{line}: {}", human.stderr);
    }
    desk.json(0, "app add reader");
    assert_eq!(assert_error(&desk.json(1, "app add reader")), "refused");
    assert!(desk.run("import nowhere.zip").stderr.starts_with("error: there is no file or folder nowhere.zip\nhint: "));
}

#[test]
fn people_read_the_result_on_standard_output_and_the_rest_beside_it() {
    let desk = Desk::new();
    desk.district("d.zip", 100, 0);
    let planned = desk.run("import d.zip");
    assert_eq!(
        planned.stdout,
        "Run 1: planned, nothing was written: the plan waits for a yes; import the package again with --yes. Or write \
         it with: homeroom runs approve 1.\n"
    );
    insta::assert_snapshot!("plan-first", planned.stderr);
    assert_eq!(desk.run("import d.zip --dry-run").stdout, "Dry run: nothing was written.\n");
    let Ran { status, stdout, .. } = desk.run("import d.zip --yes");
    assert_eq!((status, stdout.as_str()), (0, "Run 2: applied; 1934 added, 0 changed, 0 removed.\n"));
    assert_eq!(desk.run("import d.zip --yes").stdout, "Run 3: applied; nothing had changed.\n");
    desk.district("e.zip", 100, 20);
    insta::assert_snapshot!("plan-later", desk.run("import e.zip").stderr);
}

#[test]
fn a_package_that_is_not_there_makes_nothing() {
    let desk = Desk::new();
    desk.json(2, "import nowhere.zip");
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn nothing_but_the_document_is_on_standard_output() {
    let desk = Desk::new();
    for line in ["generate d.zip --students 100", "validate d.zip", "import d.zip --yes", "app list", "app add reader"]
    {
        let document = desk.json(0, line);
        assert!(document.is_object(), "{line}");
    }
    let added = desk.json(0, "app add other --scope roster-core.readonly --public-url https://roster.example.org");
    assert_eq!(keys(&added), ["app", "client_id", "client_secret", "token_url", "scopes"]);
    assert_eq!(added["token_url"], "https://roster.example.org/oauth/token");
    let validated = desk.json(0, "validate d.zip");
    assert_eq!(keys(&validated), ["package", "summary", "findings", "figures"]);
    assert_eq!(validated["package"]["oneroster"], "1.2");
    assert_eq!(validated, serde_json::from_str::<Value>(&desk.run("validate d.zip --format json").stdout).unwrap());
}

/// The commands below one, as its help lists them.
fn below(help: &str) -> impl Iterator<Item = &str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help")
}

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new();
    let mut waiting = vec![String::new()];
    while let Some(command) = waiting.pop() {
        let help = desk.run(&format!("{command} --help"));
        assert_eq!((help.status, help.stderr.as_str()), (0, ""), "{command}");
        let name = if command.is_empty() { "homeroom" } else { command.as_str() }.replace(' ', "-");
        waiting.extend(below(&help.stdout).map(|below| format!("{command} {below}").trim_start().to_owned()));
        insta::assert_snapshot!(format!("help-{name}"), help.stdout);
    }
    assert_eq!(desk.run("--version").status, 0);
}

#[test]
fn a_broken_package_is_told_of_rule_by_rule() {
    let desk = Desk::new();
    broken(&desk);
    let told = desk.run("validate v1p2");
    assert_eq!((told.status, told.stderr.as_str()), (1, ""));
    let document = desk.json(1, "validate v1p2");
    assert_eq!(keys(&document["summary"]), ["error", "warning", "repaired", "info"]);
    let finding = ["code", "severity", "file", "line", "column", "sourced_id", "message", "hint"];
    let findings = document["findings"].as_array().unwrap();
    assert!(findings.iter().all(|found| keys(found) == finding));
    let at = |code: &str| {
        let found = findings.iter().find(|f| f["code"] == code).unwrap_or_else(|| panic!("no {code}"));
        (found["file"].as_str().unwrap(), found["line"].as_u64().unwrap(), found["column"].as_str().unwrap())
    };
    assert_eq!(at("V3"), ("enrollments.csv", 14, "beginDate"));
    // No value of a person unless that is wanted.
    assert!(!told.stdout.contains("perhaps"));
    assert!(desk.run("validate v1p2 --show-values").stdout.contains("perhaps"));
    // To a file: the same, and nothing on standard output.
    let filed = desk.run("validate v1p2 --output report.txt");
    assert_eq!((filed.status, filed.stdout.as_str()), (1, ""));
    assert_eq!(std::fs::read_to_string(desk.path("report.txt")).unwrap(), told.stdout);
    assert_eq!(desk.run("validate v1p2 --format csv").stdout.lines().count(), findings.len() + 1);
}

#[test]
fn the_usage_of_a_command_is_what_may_be_typed() {
    let desk = Desk::new();
    let said = |line: &str| {
        let mut command = desk.command(line);
        command.env("HOMEROOM_DATABASE", "sqlite:other.db").env("HOMEROOM_TENANT", "north");
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(said("import").contains("Usage: homeroom import <PACKAGE>\n"), "{}", said("import"));
    let asked = said("import --database sqlite:x.db");
    assert!(asked.contains("Usage: homeroom import --database <URL> <PACKAGE>\n"), "{asked}");
    let help = desk.run("import --help").stdout;
    assert!(help.contains("[env: HOMEROOM_DATABASE]"), "{help}");
}
