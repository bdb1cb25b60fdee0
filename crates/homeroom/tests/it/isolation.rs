//! Two districts of one installation that share every name: identifiers of
//! records, applications, sources, targets. Whatever happens in one leaves every
//! answer of the other as it was, byte for byte.

use super::desk::{Desk, Served};
use super::tenants::token;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// What can be done in a district, besides what is done over HTTP. `{run}` is its
/// latest run, `{user}` a person.
const COMMANDS: [&str; 26] = [
    "import other --yes",
    "import first --yes",
    "import first --yes --source sis",
    "runs undo {run}",
    "runs undo {run} --force",
    "runs guards --set changed=5",
    "runs retention --history 500d",
    "app edit LMS --hide user.email",
    "app edit LMS --school {school}",
    "app edit LMS --scope roster-core.readonly",
    "app rotate LMS",
    "app add second --profile moodle-plugin",
    "app remove LMS",
    "app add LMS --scope roster-core.readonly",
    "app preview LMS",
    "app authorize LMS",
    "app withdraw LMS",
    "source add sis --kind csv --set path=other",
    "source edit sis --set settle=7s",
    "source pull sis --yes",
    "source remove sis",
    "target edit files --set app=LMS",
    "target push files",
    "target remove files",
    "forget --user {user} --yes",
    "tenant edit {tenant} --timezone Asia/Tokyo",
];

/// What can be asked of a district over HTTP.
const ASKED: [&str; 9] = [
    "rostering/v1p2/orgs?limit=1000",
    "rostering/v1p2/users?limit=1000&sort=familyName",
    "rostering/v1p2/enrollments?limit=300&filter=role%3D'student'",
    "rostering/v1p2/classes?limit=1000",
    "v1p1/students?limit=100&offset=20",
    "v1p1/demographics?limit=100",
    "gradebook/v1p2/categories?limit=100",
    "gradebook/v1p2/results?limit=100",
    "rostering/v1p2/users?filter=dateLastModified%3E'2020-01-01'&limit=50",
];

/// What commands tell of a district.
const TOLD: [&str; 14] = [
    "runs list",
    "runs show 1",
    "runs guards",
    "runs retention",
    "app list",
    "app show LMS",
    "app preview LMS",
    "source list",
    "target list",
    "audit",
    "disclosures --app LMS",
    "config export",
    "find Smith",
    "people list",
];

/// One step in the district that things happen in.
#[derive(Clone, Debug)]
enum Step {
    Command(usize),
    Ask(usize),
    Write(u8),
    Delete(u8),
    Suspend(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..COMMANDS.len()).prop_map(Step::Command),
        1 => (0..ASKED.len()).prop_map(Step::Ask),
        2 => any::<u8>().prop_map(Step::Write),
        1 => any::<u8>().prop_map(Step::Delete),
        1 => any::<bool>().prop_map(Step::Suspend),
    ];
    proptest::collection::vec(step, 16)
}

/// An installation with two districts that look alike.
struct Twins {
    desk: Desk,
    served: Served,
    /// The token of an application, by district and name.
    tokens: BTreeMap<(&'static str, &'static str), String>,
    school: String,
    user: String,
}

const BOTH: [&str; 2] = ["north", "south"];
const ALL: &str = "--scope roster-core.readonly --scope roster.readonly --scope roster-demographics.readonly \
                   --scope gradebook.readonly --scope gradebook.createput --scope gradebook.delete";

impl Twins {
    fn new() -> Twins {
        let desk = Desk::new();
        for (name, day) in [("first", 0), ("other", 9)] {
            desk.json(0, &format!("generate {name} --students 100 --seed 7 --day {day} --gradebook"));
        }
        let users = desk.table("first", "users.csv");
        let orgs = desk.table("first", "orgs.csv");
        let kind = orgs.column("type");
        let school = orgs.rows.iter().find(|row| row[kind] == "school").unwrap()[0].clone();
        let user = users.rows[users.rows.len() / 2][0].clone();
        let mut apps = Vec::new();
        for tenant in BOTH {
            desk.json(0, &format!("tenant add {tenant}"));
            for line in [
                "import first --yes",
                "source add sis --kind csv --set path=first",
                "target add files --kind canvas --set out=files-{tenant}",
                "target push files",
            ] {
                desk.json(0, &format!("{} --tenant {tenant}", line.replace("{tenant}", tenant)));
            }
            for name in ["LMS", "watcher"] {
                apps.push((tenant, name, desk.json(0, &format!("app add {name} --tenant {tenant} {ALL}"))));
            }
        }
        let served = desk.serve();
        let bearer = |app| token(&served, "", app).1["access_token"].as_str().unwrap().to_owned();
        let tokens = apps.iter().map(|(tenant, name, app)| ((*tenant, *name), bearer(app))).collect();
        let twins = Twins { desk, served, tokens, school, user };
        // Both have been read and written once.
        for tenant in BOTH {
            assert_eq!(twins.ask(tenant, "LMS", ASKED[0]).0, 200);
            assert_eq!(twins.write(tenant, 1), 201);
        }
        // Whoever stops has put on record what was given.
        let Twins { desk, served, tokens, school, user } = twins;
        served.stop();
        let served = desk.serve();
        Twins { desk, served, tokens, school, user }
    }

    fn ask(&self, tenant: &'static str, app: &'static str, path: &str) -> (u16, String) {
        self.send("GET", tenant, app, path, "")
    }

    fn send(&self, method: &str, tenant: &'static str, app: &'static str, path: &str, body: &str) -> (u16, String) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/t/{tenant}/ims/oneroster/{path}", self.served.base))
            .header("authorization", format!("Bearer {}", self.tokens[&(tenant, app)]))
            .header("content-type", "application/json");
        let mut answer = self.served.agent.run(request.body(body.to_owned()).unwrap()).unwrap();
        let headers: Vec<String> = ["link", "x-total-count", "etag"]
            .iter()
            .filter_map(|name| Some(format!("{name}: {}", answer.headers().get(*name)?.to_str().unwrap())))
            .collect();
        let text = answer.body_mut().with_config().limit(1 << 28).read_to_string().unwrap();
        (answer.status().as_u16(), format!("{}\n{text}", headers.join("\n")))
    }

    fn write(&self, tenant: &'static str, number: u8) -> u16 {
        let body = json!({ "category": { "sourcedId": format!("cat-{number}"), "title": format!("Title {number}") } });
        let path = format!("gradebook/v1p2/categories/cat-{number}");
        self.send("PUT", tenant, "LMS", &path, &body.to_string()).0
    }

    fn run(&self, tenant: &str, line: &str) -> i32 {
        let runs = self.desk.run(&format!("runs list --tenant {tenant} --json"));
        let latest = runs.document()["runs"][0]["run"].as_i64().unwrap_or(1);
        let line = line
            .replace("{run}", &latest.to_string())
            .replace("{school}", &self.school)
            .replace("{user}", &self.user)
            .replace("{tenant}", tenant);
        let ran = self.desk.run(&format!("{line} --tenant {tenant} --json"));
        assert!((0..=2).contains(&ran.status), "{line}: {ran:?}");
        let code = ran.document()["error"]["code"].clone();
        assert!(code != "internal", "{line}: {ran:?}");
        ran.status
    }

    fn step(&self, tenant: &'static str, step: &Step) -> bool {
        match step {
            Step::Command(which) => self.run(tenant, COMMANDS[*which]) == 0,
            Step::Ask(which) => self.ask(tenant, "LMS", ASKED[*which]).0 == 200,
            Step::Write(number) => self.write(tenant, number % 5) < 300,
            Step::Delete(number) => {
                self.send("DELETE", tenant, "LMS", &format!("gradebook/v1p2/categories/cat-{}", number % 5), "").0 < 300
            }
            Step::Suspend(suspended) => {
                let verb = if *suspended { "suspend" } else { "resume" };
                self.desk.run(&format!("tenant {verb} {tenant} --json")).status == 0
            }
        }
    }

    /// Everything that is told of a district, by what was asked.
    fn told(&self, tenant: &'static str) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for line in TOLD {
            let ran = self.desk.run(&format!("{line} --tenant {tenant} --json"));
            all.insert(line.to_owned(), format!("{} {}", ran.status, ran.stdout));
        }
        // Somebody else reads than the one whose disclosures are told.
        for path in ASKED {
            let (status, text) = self.ask(tenant, "watcher", path);
            assert_eq!(status, 200, "{path}: {text}");
            all.insert(path.to_owned(), text);
        }
        self.desk.json(0, &format!("export told --no-check --tenant {tenant}"));
        for entry in fs::read_dir(self.desk.path("told")).unwrap() {
            let path = entry.unwrap().path();
            all.insert(path.display().to_string(), fs::read_to_string(&path).unwrap());
        }
        fs::remove_dir_all(self.desk.path("told")).unwrap();
        all
    }
}

#[track_caller]
fn same(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>, after: &str) {
    assert_eq!(before.keys().collect::<Vec<_>>(), now.keys().collect::<Vec<_>>());
    for (what, text) in before {
        assert_eq!(text, &now[what], "{what} of the other district, after {after}");
    }
}

proptest! {
    // A case takes seconds; `PROPTEST_CASES` asks for more.
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).map_or(1, |n: u32| n.div_ceil(64)),
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn what_happens_in_one_district_moves_nothing_in_another(steps in steps()) {
        let twins = Twins::new();
        let before = twins.told("south");
        prop_assert!(before["rostering/v1p2/users?limit=1000&sort=familyName"].len() > 10_000);
        let mut done = 0;
        for step in &steps {
            done += usize::from(twins.step("north", step));
        }
        same(&before, &twins.told("south"), &format!("{steps:?}"));
        prop_assert!(done > 0, "{steps:?}");
        // The end of one is none of the other's.
        twins.desk.json(0, "tenant remove north --yes");
        same(&before, &twins.told("south"), "its removal");
        let told = twins.desk.json(0, "tenant list").to_string();
        prop_assert!(!told.contains("north") && told.contains("south"), "{told}");
        twins.desk.json(0, "tenant add north");
        let empty = twins.desk.json(0, "runs list --tenant north");
        prop_assert_eq!(&empty["runs"], &Value::Array(Vec::new()));
        same(&before, &twins.told("south"), "another one of its name");
        twins.desk.json(0, "database check");
    }
}
