//! All that is set of a district as one document, and what its rules do to the
//! packages of a source.

use super::desk::Desk;
use oneroster::model::Version;
use serde_json::Value;
use std::fs;

/// The query for schools.
const SCHOOLS: &str = "limit=100&filter=type%3D%27school%27";

/// The example of the documents.
fn example() -> String {
    let page = include_str!("../../../../docs/config.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// Sets the rules of the source that `import` takes if none is named.
fn rules(desk: &Desk, rules: &str) -> Value {
    fs::write(desk.path("rules.yaml"), format!("homeroom: 1\ncleansing:\n  file:\n{rules}")).unwrap();
    desk.json(0, "config apply rules.yaml")
}

/// What a rule did, by its code.
fn effect<'a>(document: &'a Value, code: &str) -> &'a Value {
    let all = document["cleansing"].as_array().unwrap_or_else(|| panic!("no rules: {document}"));
    all.iter().find(|one| one["code"] == code).unwrap_or_else(|| panic!("no {code}: {document}"))
}

#[test]
fn the_example_of_the_documents_is_applied_once() {
    let desk = Desk::new();
    fs::write(desk.path("all.yaml"), example()).unwrap();
    let planned = desk.json(0, "config plan all.yaml");
    let sections: Vec<&str> =
        planned["changes"].as_array().unwrap().iter().map(|c| c["section"].as_str().unwrap()).collect();
    let wanted =
        "district guards guards guards retention people precedence cleansing sources sources targets issuers apps";
    assert_eq!(sections.join(" "), wanted);
    assert_eq!(desk.json(0, "source list")["sources"].as_array().unwrap().len(), 0);
    let applied = desk.json(0, "config apply all.yaml");
    assert_eq!((&applied["configuration"], &applied["changes"]), (&1.into(), &planned["changes"]));
    assert_eq!(applied["made"][0]["app"], "reader");
    let secret = applied["made"][0]["client_secret"].as_str().unwrap();
    assert!(desk.json(0, "config apply all.yaml")["configuration"].is_null());
    // What is written out says the same, and no secret.
    let written = desk.run("config export");
    fs::write(desk.path("again.yaml"), &written.stdout).unwrap();
    assert!(!written.stdout.contains(secret), "{}", written.stdout);
    let again = desk.json(0, "config apply again.yaml --prune");
    assert!(again["configuration"].is_null(), "{again}\n{}", written.stdout);
    // It reads back in the other form, too.
    fs::write(desk.path("again.json"), desk.json(0, "config export").to_string()).unwrap();
    assert!(desk.json(0, "config apply again.json --prune")["configuration"].is_null());
    let guards = desk.run("runs guards").stdout;
    assert!(guards.contains("users: floor 60%") && guards.contains("users: floor:sc-1 20"), "{guards}");
    let audit = desk.run("audit").stdout;
    assert!(audit.contains("config apply  configuration 1") && audit.contains("timezone: America/Chicago"), "{audit}");
    assert!(!audit.contains(secret));
    let history = desk.json(0, "config history");
    assert_eq!((&history["history"][0]["id"], history["history"].as_array().unwrap().len()), (&1.into(), 1));
    let shown = desk.json(0, "config history --show 1");
    assert_eq!(shown["document"].as_str().unwrap(), written.stdout.trim_end().to_owned() + "\n");
}

#[test]
fn which_source_is_right_is_set_by_a_run() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --source sis --yes");
    let order = |names: &str| {
        fs::write(desk.path("order.yaml"), format!("homeroom: 1\nprecedence: {{{names}}}\n")).unwrap();
        desk.run("config apply order.yaml --json")
    };
    let odd = order("users: [sis, nobody]");
    assert!(odd.status == 2 && odd.stdout.contains("there is no source \\\"nobody\\\""), "{odd:?}");
    assert_eq!(order("users: [sis, sis]").status, 2);
    fs::write(desk.path("hr.yaml"), "homeroom: 1\nsources: {hr: {kind: csv, settings: {path: d}}}\n").unwrap();
    desk.json(0, "config apply hr.yaml");
    let done = order("users: [hr, sis], users.email: [sis, hr]");
    assert_eq!(done.status, 0, "{done:?}");
    let set = desk.json(0, "source precedence")["precedence"].take();
    assert_eq!(set[0]["order"], serde_json::json!(["hr", "sis"]), "{set}");
    assert_eq!(desk.json(0, "config export")["precedence"]["users.email"], serde_json::json!(["sis", "hr"]));
    let runs = desk.run("runs list --json").stdout;
    assert!(runs.contains("people"), "{runs}");
    assert!(order("users: [hr, sis], users.email: [sis, hr]").stdout.contains("\"configuration\":null"));
    assert_eq!(order("").status, 0);
    assert_eq!(desk.json(0, "source precedence")["precedence"], serde_json::json!([]));
}

#[test]
fn what_other_districts_applications_may_read_stands_in_it() {
    let desk = Desk::new();
    desk.json(0, "tenant add south");
    let app = desk.json(0, "app add LMS --scope roster.readonly");
    let id = app["client_id"].as_str().unwrap();
    let put = |name: &str, more: &str, flags: &str| {
        let text = format!("homeroom: 1\nconsents:\n  {name}: {{scopes: [roster.readonly]{more}}}\n");
        fs::write(desk.path("c.yaml"), text).unwrap();
        desk.json(0, &format!("config apply c.yaml --tenant south {flags}"))
    };
    put(id, ", grant: {schools: [sc-1]}", "");
    let shown = || desk.json(0, "app list --tenant south")["apps"][0].take();
    assert_eq!((&shown()["app"], &shown()["grant"]["schools"][0]), (&"LMS".into(), &"sc-1".into()));
    put("LMS", ", grant: {schools: [sc-2]}", "");
    assert_eq!(shown()["grant"]["schools"], serde_json::json!(["sc-2"]));
    let again = put("LMS", ", grant: {schools: [sc-2]}", "");
    assert!(again["configuration"].is_null(), "{again}");
    fs::write(desk.path("none.yaml"), "homeroom: 1\nconsents: {}\n").unwrap();
    assert!(desk.json(0, "config apply none.yaml --tenant south")["configuration"].is_null());
    desk.json(0, "config apply none.yaml --tenant south --prune");
    assert!(shown()["withdrawn"].is_string());
    let open = desk.run("config apply c.yaml --tenant south --json");
    assert_eq!(open.status, 0, "{open:?}");
    assert_eq!((&shown()["withdrawn"], &shown()["grant"]["schools"]), (&Value::Null, &serde_json::json!(["sc-2"])));
}

#[test]
fn a_part_leaves_the_rest_alone_and_pruned_it_goes() {
    let desk = Desk::new();
    fs::write(desk.path("all.yaml"), example()).unwrap();
    desk.json(0, "config apply all.yaml");
    let part = "homeroom: 1\nsources:\n  sis:\n    kind: csv\n    settings: {path: /srv/sis, settle: 1h}\n  new:\n    kind: csv\n    settings: {path: /srv/new}\n";
    fs::write(desk.path("part.yaml"), part).unwrap();
    let changes = desk.json(0, "config apply part.yaml")["changes"].clone();
    let what: Vec<String> =
        changes.as_array().unwrap().iter().map(|c| format!("{} {}", c["name"], c["what"]).replace('"', "")).collect();
    assert_eq!(what, ["new added", "sis changed"]);
    let members: Vec<&str> =
        changes[1]["members"].as_array().unwrap().iter().map(|m| m["member"].as_str().unwrap()).collect();
    assert_eq!(members, ["schedule", "settle", "timezone"]);
    fs::write(desk.path("one.yaml"), "homeroom: 1\nsources: {}\ntargets: {}\n").unwrap();
    assert!(desk.json(0, "config apply one.yaml")["configuration"].is_null());
    let pruned = desk.json(0, "config apply one.yaml --prune");
    assert_eq!(pruned["changes"].as_array().unwrap().len(), 4, "{pruned}");
    assert_eq!(desk.json(0, "app list")["apps"].as_array().unwrap().len(), 1);
}

#[test]
fn a_secret_is_named_by_where_it_is_and_never_shown() {
    let desk = Desk::new();
    let document = |secret: &str| {
        format!(
            "homeroom: 1\nsources:\n  sis:\n    kind: oneroster\n    settings: {{url: 'https://sis.example.org', client-id: us}}\n    secrets: {secret}\n"
        )
    };
    fs::write(desk.path("s.txt"), "hush-hush\n").unwrap();
    fs::write(desk.path("a.yaml"), document("{secret: {file: s.txt}}")).unwrap();
    let applied = desk.json(0, "config apply a.yaml");
    assert!(!applied.to_string().contains("hush-hush"));
    assert!(desk.json(0, "config apply a.yaml")["configuration"].is_null());
    fs::write(desk.path("s.txt"), "another\n").unwrap();
    let changed = desk.json(0, "config apply a.yaml");
    assert_eq!(changed["changes"][0]["members"][0]["member"], "secret", "{changed}");
    fs::write(desk.path("b.yaml"), document("{secret: {file: nowhere.txt}}")).unwrap();
    assert_eq!(desk.run("config apply b.yaml").status, 2);
}

#[test]
fn one_source_at_most_is_the_home_of_grades() {
    let desk = Desk::new();
    let source = "{kind: oneroster, settings: {url: 'https://sis.example.org', client-id: us, grades: home}}";
    fs::write(desk.path("one.yaml"), format!("homeroom: 1\nsources: {{a: {source}}}\n")).unwrap();
    desk.json(0, "config apply one.yaml");
    fs::write(desk.path("other.yaml"), format!("homeroom: 1\nsources: {{b: {source}}}\n")).unwrap();
    let refused = desk.json(1, "config apply other.yaml");
    assert!(refused["error"]["message"].as_str().unwrap().contains("a and b would each be the home"), "{refused}");
    desk.json(0, "config apply other.yaml --prune");
}

#[test]
fn what_cannot_be_is_said_with_its_place_and_changes_nothing() {
    let desk = Desk::new();
    let bad = [
        ("homeroom: 1\nsauces: {}\n", "line 2", "sauces"),
        ("homeroom: 1\ncleansing:\n  sis:\n    - do: trim\n      field: [user.email]\n", "line 5", "field"),
        ("homeroom: 2\n", "form 1", "of 2"),
        ("homeroom: 1\ncleansing: {sis: [{do: polish}]}\n", "cleansing: sis: rule 1", "polish"),
        ("homeroom: 1\ndistrict: {timezone: Mars/Olympus}\n", "district: timezone", ""),
        ("homeroom: 1\nguards: [{entity: pets}]\n", "guards: pets", "OneRoster file"),
        ("homeroom: 1\nsources: {sis: {kind: csv, settings: {page: '7'}}}\n", "sources: sis", "page"),
        ("homeroom: 1\nsources: {sis: {kind: paper}}\n", "sources: sis", "csv"),
        ("homeroom: 1\ntargets: {x: {kind: moodle, settings: {url: 'https://m.example'}}}\n", "targets: x", "missing"),
        ("homeroom: 1\napps: {x: {scopes: [all-of-it]}}\n", "apps: x", "all-of-it"),
        ("homeroom: 1\napps: {x: {grant: {hidden: [user.emial]}}}\n", "apps: x", "emial"),
    ];
    for (text, place, word) in bad {
        fs::write(desk.path("bad.yaml"), text).unwrap();
        for verb in ["plan", "apply"] {
            let said =
                desk.json(2, &format!("config {verb} bad.yaml"))["error"]["message"].as_str().unwrap().to_owned();
            assert!(said.contains(place) && said.contains(word) && !said.contains(" column "), "{text}: {said}");
        }
    }
    assert_eq!(desk.json(0, "config history")["history"].as_array().unwrap().len(), 0);
}

#[test]
fn rules_are_followed_shown_and_kept_with_the_run() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.edit("d", "users.csv", |table| {
        let (given, family) = (table.column("givenName"), table.column("familyName"));
        for row in table.rows.iter_mut().take(3) {
            (row[given], row[family]) = ("Jo".into(), "DOE".into());
        }
    });
    let rule = "    - {do: case, to: title, fields: [user.familyName]}\n    - {do: pattern, pattern: '{givenName.1}{familyName}', unique: number, fields: [user.username]}\n    - {do: trim, fields: [org.name]}\n";
    rules(&desk, rule);
    let dry = desk.json(0, "import d --dry-run");
    assert_eq!(effect(&dry, "C2")["changed"]["users"], 3);
    assert!(effect(&dry, "C1").get("changed").is_none());
    let done = desk.json(0, "import d --yes");
    assert_eq!(done["cleansing"], dry["cleansing"]);
    let shown = desk.json(0, &format!("runs show {} --findings", done["run"]));
    assert_eq!(shown["cleansing"], dry["cleansing"]);
    let found = shown["all_findings"].as_array().unwrap();
    let of = |code: &str| found.iter().filter(|one| one["code"] == code).collect::<Vec<_>>();
    assert_eq!((of("C2").len(), of("C14").len()), (3, 1));
    assert!(of("C2")[0]["line"].as_u64() > Some(1) && of("C2")[0]["column"] == "familyName", "{:?}", of("C2")[0]);
    assert!(shown["findings"]["info"].as_u64().unwrap() as usize >= of("C4").len() + 4);
    let served = desk.serve();
    let names = || {
        let users = served.pull(Version::V1P2, "users", "limit=500&filter=familyName%3D%27Doe%27");
        let mut names: Vec<String> = users.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(), ["jdoe", "jdoe2", "jdoe3"]);
    // The same package comes to nothing, whatever the order of its rows.
    desk.edit("d", "users.csv", |table| table.rows.reverse());
    let again = desk.json(0, "import d --yes");
    assert!(again["published"].is_null(), "{again}");
    assert_eq!(names(), ["jdoe", "jdoe2", "jdoe3"]);
}

#[test]
fn chosen_schools_come_alone_and_a_changed_rule_is_held_like_any_loss() {
    for version in ["1.2", "1.1"] {
        let desk = Desk::new();
        desk.json(0, &format!("generate d --students 300 --seed 7 --oneroster {version}"));
        desk.json(0, "import d --yes");
        let served = desk.serve();
        let schools = served.pull(Version::V1P2, "orgs", SCHOOLS);
        let school = schools[0]["sourcedId"].as_str().unwrap();
        let (all, users) = (served.total("classes"), served.total("users"));
        rules(&desk, &format!("    - {{do: schools, schools: [{school}]}}\n"));
        let held = desk.json(1, "import d --yes");
        assert_eq!(held["state"], "held", "{held}");
        let gone = held["plan"]["classes"]["removed"].as_u64().unwrap() as usize;
        assert_eq!(effect(&held, "C8")["left_out"]["classes"], gone);
        assert!(gone > 0 && gone < all);
        let run = held["run"].as_u64().unwrap();
        assert_eq!(desk.json(0, &format!("runs approve {run}"))["state"], "applied");
        let here = served.pull(Version::V1P2, "classes", "limit=500");
        assert_eq!(here.len(), all - gone);
        assert!(here.iter().all(|class| class["school"]["sourcedId"] == school));
        assert!(served.total("users") < users && served.pull(Version::V1P2, "orgs", SCHOOLS).len() == 1);
        let left = served.pull(Version::V1P2, "users", "limit=1000");
        let known: Vec<&str> = left.iter().map(|user| user["sourcedId"].as_str().unwrap()).collect();
        for one in served.pull(Version::V1P2, "enrollments", "limit=5000") {
            assert!(known.contains(&one["user"]["sourcedId"].as_str().unwrap()), "{one}");
        }
        for agent in left.iter().flat_map(|user| user["agents"].as_array().into_iter().flatten()) {
            assert!(known.contains(&agent["sourcedId"].as_str().unwrap()), "{agent}");
        }
        let again = desk.json(0, "import d --yes");
        assert!(again["published"].is_null(), "{version}: {again}");
        // Without the rule all of it comes back.
        rules(&desk, "    []\n");
        desk.json(0, "import d --yes");
        assert_eq!((served.total("classes"), served.total("users")), (all, users), "{version}");
    }
}

#[test]
fn what_a_condition_leaves_out_takes_along_what_hangs_on_it_and_nothing_goes_by_changes() {
    let desk = Desk::new();
    desk.district("d", 100, 0);
    desk.json(0, "import d --yes");
    let served = desk.serve();
    let before = served.total("users");
    let user = served.pull(Version::V1P2, "users", "limit=1&filter=roles.role%3D%27student%27").remove(0);
    let id = user["sourcedId"].as_str().unwrap();
    rules(&desk, &format!("    - {{do: leave-out, records: users, when: \"sourcedId='{id}'\"}}\n"));
    let done = desk.json(0, "import d --yes");
    assert_eq!((&effect(&done, "C7")["left_out"]["users"], served.total("users")), (&1.into(), before - 1));
    assert!(effect(&done, "C10")["left_out"]["enrollments"].as_u64() > Some(0), "{done}");
    // A package of changes removes nothing that a rule leaves out, for it does not
    // hold what hangs on it.
    let other = served.pull(Version::V1P2, "users", "limit=1&filter=roles.role%3D%27student%27").remove(0);
    let id = other["sourcedId"].as_str().unwrap();
    rules(&desk, &format!("    - {{do: leave-out, records: users, when: \"sourcedId='{id}'\"}}\n"));
    desk.edit("d", "manifest.csv", |table| {
        for row in table.rows.iter_mut().filter(|row| row[0].starts_with("file.")) {
            row[1] = if row[0] == "file.users" { "delta".into() } else { "absent".into() };
        }
    });
    desk.edit("d", "users.csv", |table| {
        let columns = [table.column("status"), table.column("dateLastModified")];
        table.rows.retain(|row| row[0] == id);
        table.rows[0][columns[0]] = "active".into();
        table.rows[0][columns[1]] = "2026-11-01T00:00:00.000Z".into();
    });
    for file in fs::read_dir(desk.path("d")).unwrap().map(|file| file.unwrap().path()) {
        if !["manifest.csv", "users.csv"].contains(&file.file_name().unwrap().to_str().unwrap()) {
            fs::remove_file(file).unwrap();
        }
    }
    let changes = desk.json(0, "import d --yes");
    assert_eq!(
        (&effect(&changes, "C7")["left_out"]["users"], served.total("users")),
        (&1.into(), before - 1),
        "{changes}"
    );
    assert!(changes["published"].is_null(), "{changes}");
}

#[test]
fn a_school_that_falls_below_its_floor_holds_the_run() {
    let desk = Desk::new();
    desk.district("d", 300, 0);
    desk.json(0, "import d --yes");
    let school = desk.serve().pull(Version::V1P2, "orgs", SCHOOLS).remove(0)["sourcedId"].as_str().unwrap().to_owned();
    // Few enough for every other guard.
    let lose = || {
        desk.edit("d", "enrollments.csv", |table| {
            let at = table.column("schoolSourcedId");
            let mut many = 0;
            table.rows.retain(|row| {
                many += usize::from(row[at] == school);
                row[at] != school || many > 8
            });
        });
    };
    let counted = desk.table("d", "enrollments.csv");
    let at = counted.column("schoolSourcedId");
    let has = counted.rows.iter().filter(|row| row[at] == school).count();
    desk.json(0, &format!("runs guards --entity enrollments --floor {has} --school {school}"));
    desk.json(0, "runs guards --entity enrollments --floor 10%");
    lose();
    let held = desk.json(1, "import d --yes");
    let reason = held["reason"].as_str().unwrap();
    let wanted = format!("would have {} enrollments instead of {has}, less than its floor", has - 8);
    assert!(held["state"] == "held" && reason.contains(&wanted), "{reason}");
    desk.json(0, &format!("runs guards --entity enrollments --floor default --school {school}"));
    assert_eq!(desk.json(0, "import d --yes")["state"], "applied");
    assert_eq!(desk.run("runs guards --entity orgs --floor 3").status, 2);
}

#[test]
fn the_process_tells_where_its_values_come_from() {
    let desk = Desk::new();
    let mut command = desk.command("config show");
    let output = command.env("HOMEROOM_TARGET_TOKEN", "t0ps3cret").env("HOMEROOM_LOG", "debug").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("(given, not shown)") && !text.contains("t0ps3cret") && text.contains("debug  (the environment)"),
        "{text}"
    );
    assert_eq!(desk.json(0, "config check")["good"], true);
}

#[test]
fn a_file_says_what_the_process_needs() {
    let desk = Desk::new();
    let run = |line: &str, log: &str| {
        let mut command = desk.command(&format!("{line} --json"));
        // What the engine of these tests has in the environment would come first.
        command.env_remove("HOMEROOM_DATABASE").env_remove("HOMEROOM_KEY");
        command.envs((!log.is_empty()).then_some(("HOMEROOM_LOG", log)));
        let output = command.output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), document)
    };
    fs::write(desk.path("key"), "4a".repeat(32)).unwrap();
    let file = "database: sqlite:other.db\nkey-file: key\nlisten: nowhere\nlog-level: warn\n\
                public-url: https://roster.example.org\nrate: off\nmail:\n  host: smtp.example.org\n  from: a@example.org\n";
    fs::write(desk.path("homeroom.yaml"), file).unwrap();
    // Each command takes what it has use for; the key was not made but read.
    let (status, made) = run("app add LMS --config homeroom.yaml", "");
    assert_eq!((status, &made["token_url"]), (0, &"https://roster.example.org/oauth/token".into()));
    assert!(desk.path("other.db-access").exists() && !desk.path("other.db-key").exists(), "{:?}", desk.files());
    let (status, refused) = run("serve --config homeroom.yaml", "");
    assert!(status == 2 && refused["error"]["message"].as_str().unwrap().contains("\"nowhere\""), "{refused}");
    // The environment comes before it, and `config show` tells which it was.
    let (_, shown) = run("config show --config homeroom.yaml", "debug");
    let row = |name: &str| {
        let rows = shown["config"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"].as_str().unwrap().split(' ').next() == Some(name)).unwrap();
        (row["value"].as_str().unwrap(), row["from"].as_str().unwrap())
    };
    assert_eq!(row("rate"), ("off", "the configuration file"));
    assert_eq!(row("log-level"), ("debug", "the environment"));
    assert_eq!(row("key-file"), ("key", "the configuration file"));
    assert_eq!(row("mail"), ("smtp.example.org", "the configuration file"));
    assert_eq!(row("database"), ("sqlite:other.db", "the configuration file, or a flag"));
    assert_eq!(row("log-format"), ("text", "the default"));
    // What nobody can mean is said, with the file, by every command that is given it.
    for (text, line, said) in [
        ("listen_on: x", "app list", "listen_on"),
        ("rate: many", "serve", "write a number of requests a second"),
        ("mail:\n  host: x\n", "app list", "from"),
    ] {
        fs::write(desk.path("bad.yaml"), text).unwrap();
        let (status, refused) = run(&format!("{line} --config bad.yaml"), "");
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(status == 2 && message.starts_with("bad.yaml: ") && message.contains(said), "{message}");
    }
}
