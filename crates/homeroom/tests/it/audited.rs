//! Every administrative act leaves a line in the audit, and what the document of the
//! administration shows can be sent as it stands.

use super::administration::Office;
use super::desk::Desk;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A call as the document shows it, with its examples in place.
struct Shown {
    operation: String,
    method: String,
    path: String,
    body: String,
}

/// The calls of a document that write, as the page of the documents shows them; what
/// deletes comes last, what was made last before the rest.
fn shown(document: &Value) -> Vec<Shown> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(method, _)| *method != "get") {
            let (mut path, mut query) = (path.clone(), Vec::new());
            let needed = operation["parameters"].as_array().unwrap().iter().filter(|one| one["required"] == true);
            for parameter in needed {
                let (name, example) = (parameter["name"].as_str().unwrap(), &parameter["example"]);
                let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
                let value = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
                match parameter["in"].as_str().unwrap() {
                    "path" => path = path.replace(&format!("{{{name}}}"), &value),
                    _ => query.push(format!("{name}={value}")),
                }
            }
            if !query.is_empty() {
                path = format!("{path}?{}", query.join("&"));
            }
            let body = &operation["requestBody"]["content"]["application/json"]["example"];
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let operation = operation["operationId"].as_str().unwrap().to_owned();
            all.push(Shown { operation, method: method.to_ascii_uppercase(), path, body });
        }
    }
    let (deletes, mut all): (Vec<Shown>, Vec<Shown>) = all.into_iter().partition(|one| one.method == "DELETE");
    all.extend(deletes.into_iter().rev());
    all
}

/// The last line of the audit, and how many there are.
fn last(audit: &Value) -> (usize, [String; 4]) {
    let lines = audit["audit"].as_array().unwrap();
    let text = |name: &str| lines.first().map_or_else(String::new, |line| line[name].as_str().unwrap().to_owned());
    (lines.len(), ["who", "action", "subject", "detail"].map(text))
}

#[test]
fn every_call_is_taken_as_it_is_shown_and_noted() {
    let desk = Desk::new();
    desk.json(0, "tenant add sandbox --sandbox --students 100");
    // What the example of a configuration sets must be another one before.
    desk.json(0, "tenant edit sandbox --timezone America/Chicago");
    desk.district("d.zip", 100, 0);
    let office = Office::of(desk, "sandbox");
    let audit = || last(&office.call("GET", "/audit?last=1000", "").body);
    let calls = shown(&office.document);
    let mut done = BTreeSet::new();
    let mut noted = |operation: &str, act: &dyn Fn() -> Value| {
        let (before, _) = audit();
        let answer = act();
        let (after, [who, action, subject, _]) = audit();
        assert!(after > before && who == "application admin", "{operation} left no line: {answer}");
        assert!(!action.is_empty() && !subject.is_empty(), "{operation}: {action} {subject}");
        done.insert(operation.to_owned());
        answer
    };
    // Packages and runs: each call wants a run that stands so.
    let send = || office.send("d.zip", "source=sis").body;
    let of_run = |verb: &str, run: &Value| {
        let answer = office.call("POST", &format!("/runs/{run}/{verb}"), "");
        assert_eq!(answer.status, 200, "{verb}: {answer:?}");
        answer.body
    };
    let run = noted("sendPackage", &send)["run"].clone();
    noted("rejectRun", &|| of_run("reject", &run));
    let run = office.desk.json(0, "runs list --tenant sandbox")["runs"][1]["run"].clone();
    noted("undoRun", &|| of_run("undo", &run));
    let run = send()["run"].clone();
    noted("approveRun", &|| of_run("approve", &run));
    // What compares writes nothing; what the home refused is proven with a home (grades.rs).
    let apart = ["planConfiguration", "retryGrade"];
    let own = |one: &&Shown| !one.path.starts_with("/runs/") && one.path != "/packages";
    for one in calls.iter().filter(own) {
        let act = || {
            let answer = office.call(&one.method, &one.path, &one.body);
            assert!(matches!(answer.status, 200 | 201 | 204), "{}: {answer:?}", one.operation);
            answer.body
        };
        match one.operation.as_str() {
            "planConfiguration" => assert_eq!(act()["changes"].as_array().unwrap().len(), 1),
            "retryGrade" => assert_eq!(office.call(&one.method, &one.path, "").status, 404),
            operation => drop(noted(operation, &act)),
        }
    }
    let wanted: BTreeSet<String> = calls.iter().map(|one| one.operation.clone()).collect();
    let left: Vec<&String> = wanted.difference(&done).collect();
    assert_eq!(left, apart, "calls that nothing here makes");
    assert!(calls.iter().filter(|one| !one.body.is_empty()).count() > 4);
}

/// What each command that administers is noted as; `{run}` is the latest run,
/// `{one}` and `{other}` are people.
const ACTS: &[(i32, &str, &str)] = &[
    (0, "import d0 --source sis --yes", "import"),
    (1, "import d9 --source sis", "import"),
    (0, "runs approve {run}", "runs approve"),
    (0, "runs undo {run}", "runs undo"),
    (1, "import d9 --source sis", "import"),
    (0, "runs reject {run}", "runs reject"),
    (0, "runs guards --max-removed 20", "runs guards"),
    (0, "runs retention --history-days 100", "runs retention"),
    (0, "app add LMS", "app add"),
    (0, "app copy LMS other", "app add"),
    (0, "app edit LMS --rate 5", "app edit"),
    (0, "app rotate LMS", "app rotate"),
    (0, "app withdraw LMS", "app withdraw"),
    (0, "app authorize LMS", "app authorize"),
    (0, "app remove other", "app remove"),
    (0, "issuer add sso --url https://login.example.org --audience homeroom --app LMS", "issuer add"),
    (0, "issuer remove sso", "issuer remove"),
    (0, "source add sis --kind csv --set path=d9 --set settle=0s", "source add"),
    (0, "source edit sis --set notify=all", "source edit"),
    (0, "source pull sis --yes", "import"),
    (0, "source precedence *=sis --yes", "people settle"),
    (0, "source remove sis", "source remove"),
    (0, "target add sds --kind sds --set out=sds", "target add"),
    (0, "target edit sds --set out=sds2", "target edit"),
    (0, "target push sds", "target push"),
    (0, "target remove sds", "target remove"),
    (0, "people merge {one} {other} --yes", "people merge"),
    (0, "people unmerge {other} --yes", "people part"),
    (0, "people match --by email --yes", "people match"),
    (0, "forget --user {other} --yes", "forget"),
    (0, "config apply set.json", "config apply"),
    (0, "key rotate", "key rotate"),
    (0, "tenant edit default --timezone America/Chicago", "tenant edit"),
    (0, "tenant suspend default", "tenant suspend"),
    (0, "tenant resume default", "tenant resume"),
];

/// What is noted, too, and proven elsewhere for what it needs.
const ELSEWHERE: &[&str] = &[
    "grades pull",  // an import, of a Moodle: grades_moodle.rs
    "grades retry", // grades.rs
    "target adopt", // targets.rs
    "target undo",  // targets.rs
    "tenant add",   // below, of another district
    "tenant remove",
];

/// What changes nothing that anybody set, or carries what was set already.
const READS: &[&str] = &[
    "app list",
    "app preview",
    "app show",
    "audit",
    "config check",
    "config export",
    "config history",
    "config plan",
    "config show",
    "conformance",
    "database backup",
    "database check",
    "database copy",
    "database migrate",
    "demo",
    "disclosures",
    "export",
    "find",
    "generate",
    "get",
    "grades list",
    "grades push",
    "issuer list",
    "people doubts",
    "people list",
    "report counts",
    "runs list",
    "runs show",
    "serve",
    "source list",
    "source show",
    "source test",
    "target list",
    "target show",
    "target test",
    "tenant export",
    "tenant list",
    "validate",
];

/// Every command that can be typed, as their helps tell.
fn commands(desk: &Desk, above: &str, all: &mut BTreeSet<String>) {
    let help = desk.run(&format!("{above} --help")).stdout;
    let listed = help.split_once("Commands:\n").and_then(|(_, rest)| rest.split("\n\n").next());
    let names = listed.unwrap_or_default().lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names: Vec<&str> = names.filter(|name| !name.is_empty() && *name != "help").collect();
    if names.is_empty() {
        all.insert(above.trim().to_owned());
    }
    for name in names {
        commands(desk, &format!("{above} {name}"), all);
    }
}

#[test]
fn every_command_that_administers_is_noted() {
    let desk = Desk::new();
    for day in [0, 9] {
        desk.district(&format!("d{day}"), 100, day);
    }
    std::fs::write(desk.path("set.json"), json!({ "homeroom": 1, "retention": { "history-days": 90 } }).to_string())
        .unwrap();
    let table = desk.table("d9", "users.csv");
    let people: Vec<&String> = table.rows.iter().map(|row| &row[0]).collect();
    for (status, line, action) in ACTS {
        let mut line = line.replace("{one}", people[0]).replace("{other}", people[1]);
        if line.contains("{run}") {
            line = line.replace("{run}", &desk.json(0, "runs list")["runs"][0]["run"].to_string());
        }
        let (before, _) = last(&desk.json(0, "audit --last 1000"));
        desk.json(*status, &line);
        let audit = desk.json(0, "audit --last 1000");
        let (after, [who, ..]) = last(&audit);
        let new = audit["audit"].as_array().unwrap().iter().take(after - before);
        let noted: Vec<&str> = new.map(|line| line["action"].as_str().unwrap()).collect();
        assert!(noted.contains(action) && who.starts_with("command line: "), "{line}: {noted:?}");
    }
    let mut all = BTreeSet::new();
    commands(&desk, "", &mut all);
    let is_meant = |command: &&String| {
        let command = command.as_str();
        let acts = ACTS.iter().any(|(_, line, _)| format!("{line} ").starts_with(&format!("{command} ")));
        acts || ELSEWHERE.contains(&command) || READS.contains(&command)
    };
    let new: Vec<&String> = all.iter().filter(|command| !is_meant(command)).collect();
    assert!(new.is_empty(), "commands of which nobody said whether they are noted: {new:?}");
    // Of a district that is no more the audit can be read all the same.
    desk.json(0, "tenant add north");
    assert_eq!(last(&desk.json(0, "audit --tenant north")).1[1], "tenant add");
    desk.json(0, "tenant remove north --yes");
    let (lines, [_, action, ..]) = last(&desk.json(0, "audit --removed north"));
    assert_eq!((lines, &*action), (2, "tenant remove"));
    assert_eq!(desk.json(1, "audit --removed nroth")["error"]["code"], "not_found");
}
