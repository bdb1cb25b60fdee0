//! Providers that are fetched over REST: our own, and one that fails in every way.

use super::conformance::proxy::{Asked, Given, Plant, Proxy};
use super::desk::{Desk, Served, until};
use super::packages::Table;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where what is fetched lies: beside the database, or in the folder named for it.
const ROOMS: [&str; 2] = ["homeroom.db-sources", "fetched"];

/// A district, served, and an empty roster that is to have it.
struct Pair {
    provider: Desk,
    served: Served,
    /// Who fetches.
    desk: Desk,
}

impl Pair {
    fn new(students: u32) -> Pair {
        Pair::by(students, "--listen 127.0.0.1:0")
    }

    fn by(students: u32, flags: &str) -> Pair {
        let (provider, desk) = (Desk::new(), Desk::new());
        provider.district("day0", students, 0);
        provider.json(0, "import day0 --yes --source sis");
        let served = provider.serve_by(flags);
        fs::write(desk.path("secret"), served.credentials()[1]).unwrap();
        Pair { provider, served, desk }
    }

    /// Adds the provider as a source, known by its own address.
    fn add(&self, more: &str) {
        let (base, [id, _]) = (&self.served.base, self.served.credentials());
        self.desk.json(
            0,
            &format!(
                "source add sis --kind oneroster --url {base} --token-url {base}/oauth/token --client-id {id} \
                 --secret-file secret --set page=100 --set tries=2 {more}"
            ),
        );
    }

    /// A later day at the provider.
    fn day(&self, students: u32, day: u32) {
        let name = format!("day{day}");
        self.provider.district(&name, students, day);
        self.provider.json(0, &format!("import {name} --yes --source sis"));
    }

    /// Checks that both rosters export the same package; of roles, REST has no
    /// identifiers. How many rows of roles there are.
    #[track_caller]
    fn assert_same(&self, version: &str) -> usize {
        let (theirs, ours) = (exported(&self.provider, version), exported(&self.desk, version));
        assert_eq!(theirs.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>());
        let mut roles = 0;
        for (name, table) in &theirs {
            let (mut theirs, mut mine) = (rows(table), rows(&ours[name]));
            // REST always says whether an enrollment is the primary one.
            if name == "enrollments.csv" {
                let primary = table.column("primary");
                theirs.iter_mut().filter(|row| row[primary].is_empty()).for_each(|row| row[primary] = "false".into());
            }
            if name == "roles.csv" {
                let [a, b] = [table, &ours[name]]
                    .map(|table| table.rows.iter().map(|row| row[0].clone()).collect::<BTreeSet<_>>());
                // What is lost: every identifier of a role, and nothing else.
                assert_eq!((a.intersection(&b).count(), a.len()), (0, b.len()));
                roles = a.len();
                for rows in [&mut theirs, &mut mine] {
                    rows.iter_mut().for_each(|row| row[0].clear());
                    rows.sort();
                }
            }
            assert!(theirs == mine, "{name}: {:?}", theirs.iter().zip(&mine).find(|(a, b)| a != b));
        }
        roles
    }
}

/// The files of a roster's export, by name, but for the manifest.
fn exported(desk: &Desk, version: &str) -> BTreeMap<String, Table> {
    let folder = desk.path("exported");
    let _ = fs::remove_dir_all(&folder);
    desk.json(0, &format!("export exported --oneroster {version}"));
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
    let files = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    files.filter(|(name, _)| name != "manifest.csv").map(|(name, path)| (name, Table::read(&path))).collect()
}

/// The rows of a file with its header, in the order of their identifiers.
fn rows(table: &Table) -> Vec<Vec<String>> {
    let mut rows = table.rows.clone();
    rows.push(table.header.clone());
    rows.sort();
    rows
}

/// How many files are in a folder and those in it.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

fn moved(document: &Value) -> [u64; 3] {
    let plan = document["plan"].as_object().unwrap();
    ["added", "changed", "removed"].map(|name| plan.values().map(|tally| tally[name].as_u64().unwrap()).sum())
}

#[test]
fn our_own_provider_gives_the_package_that_it_exports() {
    let pair = Pair::new(150);
    pair.add("");
    let first = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(first["state"], "applied", "{first}");
    assert_eq!(first["findings"]["error"], 0, "{first}");
    let roles = pair.assert_same("1.2");
    assert!(roles > 150, "{roles}");
    // What has changed since, and only that.
    pair.day(150, 30);
    let second = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(second["state"], "applied", "{second}");
    let [added, changed, removed] = moved(&second);
    let all: u64 = moved(&first).iter().sum();
    assert!(added + changed + removed > 0 && added + changed + removed < all / 2, "{second}");
    pair.assert_same("1.2");
    // What comes again, because fetches overlap, is no news, and makes no run.
    let again = pair.desk.json(0, "source pull sis --yes");
    assert_eq!((&again["state"], &again["run"]), (&json!("nothing"), &Value::Null), "{again}");
    // Everything once more: nothing is news, and nothing is missing.
    let third = pair.desk.json(0, "source pull sis --yes --full");
    assert_eq!((third["state"].as_str(), moved(&third)), (Some("applied"), [0; 3]), "{third}");
    let runs = pair.desk.json(0, "runs list");
    assert_eq!(runs["runs"].as_array().unwrap().len(), 3);
}

#[test]
fn a_run_that_is_approved_later_is_gone_on_from() {
    let (proxy, pair) = behind(120);
    pair.add("");
    let waits = pair.desk.json(1, "source pull sis");
    assert_eq!(waits["state"], "planned", "{waits}");
    let applied = pair.desk.json(0, &format!("runs approve {}", waits["run"]));
    assert_eq!(applied["state"], "applied", "{applied}");
    assert_eq!(pair.desk.json(0, "source show sis")["last"]["came"], "applied");
    // Only what has changed since is asked for.
    pair.day(120, 30);
    proxy.plant(Plant::Failing(|asked, _, noted| {
        if asked.is("/users") {
            noted.push(asked.target.clone());
        }
        true
    }));
    let second = pair.desk.json(1, "source pull sis");
    assert_eq!(second["state"], "planned", "{second}");
    let asked = proxy.noted();
    assert!(!asked.is_empty() && asked.iter().all(|target| target.contains("dateLastModified")), "{asked:?}");
    // A plan of changes is the same plan when it is approved.
    let approved = pair.desk.json(0, &format!("runs approve {}", second["run"]));
    assert_eq!((approved["state"].as_str(), &approved["plan"]), (Some("applied"), &second["plan"]), "{approved}");
    pair.assert_same("1.2");
    assert_eq!(pair.desk.json(0, "source pull sis --yes")["state"], "nothing");
}

#[test]
fn what_was_taken_back_is_fetched_again() {
    let pair = Pair::new(120);
    pair.add("");
    pair.desk.json(0, "source pull sis --yes");
    pair.day(120, 30);
    let second = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(second["state"], "applied", "{second}");
    pair.desk.json(0, &format!("runs undo {}", second["run"]));
    // Nothing has changed at the provider since, but what it says is not here.
    let third = pair.desk.json(0, "source pull sis --yes");
    assert_eq!((third["state"].as_str(), moved(&third)), (Some("applied"), moved(&second)), "{third}");
    pair.assert_same("1.2");
    assert_eq!(pair.desk.json(0, "source pull sis --yes")["state"], "nothing");
}

#[test]
fn a_provider_of_1_1_is_read_as_one() {
    let pair = Pair::new(120);
    pair.add("--set oneroster=1.1");
    let first = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(first["state"], "applied", "{first}");
    pair.assert_same("1.1");
    pair.day(120, 30);
    pair.desk.json(0, "source pull sis --yes");
    pair.assert_same("1.1");
}

/// A provider behind a proxy that fails as it is told to.
fn behind(students: u32) -> (Proxy, Pair) {
    let proxy = Proxy::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    proxy.lead(SocketAddr::from(([127, 0, 0, 1], port)));
    let flags = format!("--listen 127.0.0.1:{port} --public-url http://{}", proxy.address);
    let pair = Pair::by(students, &flags);
    (proxy, pair)
}

#[test]
fn a_fetch_that_broke_off_goes_on_where_it_was() {
    let (proxy, pair) = behind(150);
    pair.add("");
    // The provider is gone in the middle of the people.
    proxy.plant(Plant::Failing(|asked, given, noted| {
        if asked.is("/users") {
            noted.push(asked.target.clone());
            if noted.len() > 2 {
                given.answer(500, "");
            }
        }
        true
    }));
    let failed = pair.desk.json(1, "source pull sis --yes");
    assert!(failed["error"]["message"].as_str().unwrap().starts_with("users: "), "{failed}");
    assert_eq!(pair.desk.json(0, "source show sis")["last"]["came"], "failed");
    assert_eq!(pair.desk.json(0, "runs list")["runs"][0]["state"], "failed");
    proxy.plant(Plant::Failing(|asked, _, noted| {
        noted.push(asked.path().rsplit('/').next().unwrap().to_owned());
        true
    }));
    let done = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(done["state"], "applied", "{done}");
    let notes = done["notes"].to_string();
    assert!(notes.contains("users go on after 200 records"), "{notes}");
    // What was there is not asked for again.
    let asked = proxy.noted();
    assert!(!asked.iter().any(|path| path == "orgs" || path == "courses"), "{asked:?}");
    let people = exported(&pair.provider, "1.2")["users.csv"].rows.len();
    let pages = asked.iter().filter(|path| *path == "users").count();
    // The pages that were left, and the first one once more for comparison.
    assert_eq!(pages, (people - 200).div_ceil(100) + 1, "{asked:?}");
    pair.assert_same("1.2");
    let left: usize = ROOMS.iter().map(|room| files(&pair.desk.path(room))).sum();
    assert_eq!(left, 0, "nothing of people is left beside the database");
}

#[test]
fn a_fetch_that_is_killed_goes_on_at_the_page() {
    let (proxy, pair) = behind(150);
    pair.add("");
    pair.desk.json(0, "source edit sis --set tries=5");
    // Gone in the middle of the people, and asked for again and again.
    proxy.plant(Plant::Failing(|asked, given, noted| {
        if asked.is("/users") {
            noted.push(asked.target.clone());
            if noted.len() > 2 {
                given.answer(503, "");
            }
        }
        true
    }));
    let mut child = pair.desk.start("source pull sis --yes");
    // By the second refusal the second page has long been put away.
    until(&mut child, || proxy.noted().len() > 3);
    child.kill().unwrap();
    child.wait().unwrap();
    proxy.plant(Plant::Failing(|asked, _, noted| {
        if asked.is("/users") {
            noted.push(asked.target.clone());
        }
        true
    }));
    let done = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(done["state"], "applied", "{done}");
    assert!(done["notes"].to_string().contains("users go on after 200 records"), "{done}");
    let people = exported(&pair.provider, "1.2")["users.csv"].rows.len();
    assert_eq!(proxy.noted().len(), (people - 200).div_ceil(100) + 1);
    pair.assert_same("1.2");
}

#[test]
fn what_broke_off_goes_with_its_source() {
    let (proxy, pair) = behind(120);
    pair.add("");
    proxy.plant(Plant::Failing(|asked, given, _| {
        if asked.is("/enrollments") {
            given.answer(500, "");
        }
        true
    }));
    pair.desk.json(1, "source pull sis --yes");
    let kept = || -> usize { ROOMS.iter().map(|room| files(&pair.desk.path(room))).sum() };
    assert!(kept() > 0);
    pair.desk.json(0, "source remove sis");
    assert_eq!(kept(), 0);
}

/// How far a fetch came is of no use if its source became another one meanwhile.
#[test]
fn a_source_that_is_edited_while_it_is_fetched_is_fetched_whole_again() {
    static ROOM: OnceLock<PathBuf> = OnceLock::new();
    let (proxy, pair) = behind(120);
    pair.add("");
    let room = ROOM.get_or_init(|| pair.desk.path("room"));
    fs::create_dir(room).unwrap();
    proxy.plant(Plant::Giving(|asked, _| {
        let room = ROOM.get().unwrap();
        if asked.is("/enrollments") && !room.join("door").exists() {
            fs::write(room.join("knocked"), "").unwrap();
            while !room.join("door").exists() {
                std::thread::yield_now();
            }
        }
    }));
    let mut child = pair.desk.start("source pull sis --yes");
    until(&mut child, || room.join("knocked").exists());
    pair.desk.json(0, "source edit sis --set prefix-except=orgs");
    fs::write(room.join("door"), "").unwrap();
    assert!(child.wait().unwrap().success());
    proxy.plant(Plant::Failing(|asked, _, noted| {
        if asked.is("/users") {
            noted.push(asked.target.clone());
        }
        true
    }));
    pair.desk.json(0, "source pull sis --yes");
    let asked = proxy.noted();
    assert!(!asked.is_empty() && asked.iter().all(|target| !target.contains("dateLastModified")), "{asked:?}");
}

#[test]
fn a_provider_whose_changes_come_in_order_is_asked_for_nothing_twice() {
    let (proxy, pair) = behind(120);
    pair.add("--set vendor=homeroom");
    assert_eq!(pair.desk.json(0, "source pull sis --yes")["state"], "applied");
    proxy.plant(Plant::Failing(|asked, given, noted| {
        if asked.says("filter=") {
            noted.push(given.text());
        }
        true
    }));
    // All came a moment ago, and none of it comes again.
    let again = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(again["state"], "nothing", "{again}");
    let answers = proxy.noted();
    assert!(answers.len() == 7 && answers.iter().all(|text| text.ends_with(":[]}")), "{answers:?}");
    pair.day(120, 30);
    let day = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(day["state"], "applied", "{day}");
    pair.assert_same("1.2");
    assert_eq!(pair.desk.json(0, "source pull sis --yes")["state"], "nothing");
    // Asked for as any other's, everything comes once more.
    pair.desk.json(0, "source edit sis --set vendor=generic");
    let whole = pair.desk.json(0, "source pull sis --yes");
    assert_eq!((whole["state"].as_str(), moved(&whole)), (Some("applied"), [0; 3]), "{whole}");
}

/// How a provider fails: what it is called, what it does, and what comes of it.
type Failing = (&'static str, fn(&Asked, &mut Given, &mut Vec<String>) -> bool, &'static str);

/// Each costs nothing but a run that is held, has failed, or removes nothing.
const FAILING: &[Failing] = &[
    (
        "an error",
        |a, g, _| {
            if a.is("/enrollments") {
                g.answer(500, "{}");
            }
            true
        },
        "failed",
    ),
    ("no answer", |a, _, _| !a.is("/classes"), "failed"),
    (
        "a page cut in two",
        |a, g, _| {
            if a.is("/users") {
                g.body.truncate(g.body.len() / 2);
            }
            true
        },
        "failed",
    ),
    (
        "a page for people",
        |a, g, _| {
            if a.is("/courses") {
                g.answer(200, "<html>Sign in</html>");
            }
            true
        },
        "failed",
    ),
    (
        "a page that comes again and again",
        |a, g, noted| {
            if a.is("/users") {
                let first = noted.first().cloned().unwrap_or_else(|| g.text());
                noted.push(first.clone());
                g.body = first.into_bytes();
            }
            true
        },
        "failed",
    ),
    (
        "a page that comes twice",
        |a, g, noted| {
            if a.is("/users") {
                noted.push(g.text());
                if noted.len() == 3 {
                    g.body = noted[0].clone().into_bytes();
                }
            }
            true
        },
        "whole",
    ),
    (
        "a total that shrinks",
        |a, g, noted| {
            if a.is("/enrollments") {
                noted.push(String::new());
                if let Some(total) = g.header("x-total-count").filter(|_| noted.len() > 1) {
                    *total = "100".into();
                }
            }
            true
        },
        "whole",
    ),
    (
        "no total",
        |a, g, _| {
            if a.is("/users") {
                g.drop("x-total-count");
            }
            true
        },
        "whole",
    ),
    (
        "three in a hundred of its people",
        |a, g, _| {
            if a.is("/users") {
                g.list(|list| list.truncate(9));
                g.drop("link");
                g.drop("x-total-count");
                g.headers.push(("x-total-count".into(), "9".into()));
            }
            true
        },
        "held",
    ),
    (
        "nobody",
        |a, g, _| {
            if a.is("/users") {
                g.list(Vec::clear);
                g.drop("link");
                g.drop("x-total-count");
                g.headers.push(("x-total-count".into(), "0".into()));
            }
            true
        },
        "held",
    ),
];

#[test]
fn a_provider_that_fails_costs_nothing() {
    let (proxy, pair) = behind(150);
    pair.add("");
    assert_eq!(pair.desk.json(0, "source pull sis --yes")["state"], "applied");
    for (what, fails, comes) in FAILING {
        proxy.plant(Plant::Failing(*fails));
        // Else what came before the failure would not be asked for again.
        for room in ROOMS {
            let _ = fs::remove_dir_all(pair.desk.path(room));
        }
        let status = if *comes == "whole" { 0 } else { 1 };
        let done = pair.desk.json(status, "source pull sis --yes --full");
        let shown = pair.desk.json(0, "source show sis");
        match *comes {
            "whole" => {
                assert!(done["notes"].to_string().contains("nothing is removed by this fetch"), "{what}: {done}");
                assert_eq!(moved(&done), [0; 3], "{what}: {done}");
            }
            came => assert_eq!(shown["last"]["came"], json!(came), "{what}: {done}"),
        }
        pair.assert_same("1.2");
    }
    proxy.plant(Plant::Sound);
    let after = pair.desk.json(0, "source pull sis --yes --full");
    assert_eq!((after["state"].as_str(), moved(&after)), (Some("applied"), [0; 3]), "{after}");
}

#[test]
fn what_may_not_be_read_is_left_out_and_told() {
    let pair = Pair::new(120);
    let plain = pair.provider.json(0, "app add plain");
    fs::write(pair.desk.path("secret"), plain["client_secret"].as_str().unwrap()).unwrap();
    let (base, id) = (&pair.served.base, plain["client_id"].as_str().unwrap());
    pair.desk.json(
        0,
        &format!(
            "source add sis --kind oneroster --url {base} --token-url {base}/oauth/token --client-id {id} --secret-file secret --set vendor=homeroom"
        ),
    );
    let done = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(done["state"], "applied", "{done}");
    assert!(done["notes"].to_string().contains("demographics are left out"), "{done}");
    let files: Vec<String> = exported(&pair.desk, "1.2").into_keys().collect();
    assert!(!files.contains(&"demographics.csv".to_owned()) && files.contains(&"users.csv".to_owned()), "{files:?}");
    // Changes alone are asked for all the same, and what is allowed later comes whole.
    pair.day(120, 3);
    let changes = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(changes["state"], "applied", "{changes}");
    assert!(changes["notes"].to_string().contains("demographics are left out"), "{changes}");
    assert!(changes["plan"]["users"]["unchanged"].as_u64() < Some(20), "{changes}");
    pair.provider.json(0, "app edit plain --scope roster.readonly --scope roster-demographics.readonly");
    let more = pair.desk.json(0, "source pull sis --yes");
    assert_eq!(more["state"], "applied", "{more}");
    assert!(more["plan"]["demographics"]["added"].as_u64() > Some(100), "{more}");
    pair.assert_same("1.2");
    // A secret that is wrong is a failure that says so.
    fs::write(pair.desk.path("secret"), "wrong").unwrap();
    pair.desk.json(0, "source edit sis --secret-file secret");
    let refused = pair.desk.json(1, "source pull sis --yes");
    assert!(refused["error"]["message"].as_str().unwrap().contains("credentials"), "{refused}");
}

#[test]
fn a_provider_is_looked_at_before_it_is_fetched() {
    let pair = Pair::new(120);
    pair.add("");
    let test = pair.desk.json(0, "source test sis");
    let all = test["collections"].as_array().unwrap();
    let users = all.iter().find(|one| one["path"] == "/users").unwrap();
    assert_eq!(users["records"].as_u64(), Some(pair.served.total("users") as u64), "{test}");
    let filled = users["filled"].as_array().unwrap().iter().find(|one| one["member"] == "email").unwrap();
    assert!(filled["records"].as_u64() <= users["looked_at"].as_u64() && filled["mandatory"] == false, "{users}");
    let roles = users["vocabularies"].as_array().unwrap().iter().find(|one| one["member"] == "roles.role").unwrap();
    assert_eq!(
        roles["words"][0],
        json!({ "word": "student", "records": roles["words"][0]["records"], "standard": true })
    );
    let works = |what: &str| {
        test["tried"].as_array().unwrap().iter().any(|one| one["what"] == what && one["outcome"] == "works")
    };
    assert!(works("filter users by familyName ="), "{test}");
    assert_eq!((&test["profile"]["totals"], &test["profile"]["edition"]), (&json!(true), &json!("1.2")));
    assert_eq!(pair.desk.json(0, "runs list")["runs"], json!([]));
    // A plan of it can be had, too, and leaves nothing behind.
    let dry = pair.desk.json(0, "source pull sis --dry-run");
    assert_eq!((dry["state"].as_str(), &dry["run"]), (Some("planned"), &Value::Null));
    assert_eq!(ROOMS.iter().map(|room| files(&pair.desk.path(room))).sum::<usize>(), 0);
}

#[test]
fn several_sources_make_one_roster_by_their_prefixes() {
    let pair = Pair::new(120);
    pair.add("");
    assert_eq!(pair.desk.json(0, "source pull sis --yes")["state"], "applied");
    let (base, [id, _]) = (&pair.served.base, pair.served.credentials());
    let line = format!(
        "source add twin --kind oneroster --url {base} --token-url {base}/oauth/token --client-id {id} --secret-file secret"
    );
    pair.desk.json(0, &line);
    // Without a prefix, both would own the same records.
    let held = pair.desk.json(1, "source pull twin --yes");
    assert!(held["reason"].as_str().unwrap().contains("belong to"), "{held}");
    pair.desk.json(0, "source edit twin --set prefix=twin-");
    let added = pair.desk.json(0, "source pull twin --yes");
    assert_eq!((added["state"].as_str(), &added["findings"]["error"]), (Some("applied"), &json!(0)), "{added}");
    let ours = exported(&pair.desk, "1.2");
    let theirs = exported(&pair.provider, "1.2");
    for (name, table) in &ours {
        assert_eq!(table.rows.len(), 2 * theirs[name].rows.len(), "{name}");
        let marked = table.rows.iter().filter(|row| row[0].starts_with("twin-")).count();
        assert_eq!(2 * marked, table.rows.len(), "{name}");
    }
    // What has changed comes with it, too, and nothing of the other is touched.
    pair.day(120, 30);
    let second = pair.desk.json(0, "source pull twin --yes");
    assert_eq!(second["state"], "applied", "{second}");
    let changed = exported(&pair.desk, "1.2");
    let of_sis = |files: &BTreeMap<String, Table>| -> BTreeMap<String, Vec<Vec<String>>> {
        let own = |table: &Table| rows(table).into_iter().filter(|row| !row[0].starts_with("twin-")).collect();
        files.iter().map(|(name, table)| (name.clone(), own(table))).collect()
    };
    assert!(of_sis(&ours) == of_sis(&changed) && moved(&second).iter().sum::<u64>() > 0);
}
