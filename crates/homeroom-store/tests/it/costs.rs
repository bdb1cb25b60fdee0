//! What a query costs, by its plan: the table of docs/scale.md, line by line.
//!
//! The server tells the plan of each statement as it ran it (auto_explain), so
//! what is judged is what we sent, as an ordinary role behind its policies.

use crate::district::{Bench, START, read, record};
use crate::server::{self, Database};
use homeroom_store::{DatabaseUrl, Found, Read, Roster};
use oneroster::at;
use oneroster::model::{Kind, MODEL, Slot, Version};
use oneroster::query::{Part, Path, Sort, parse_filter};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// What the driver tells of notices is kept if it is a plan.
struct Ears(Mutex<Vec<Value>>);

static EARS: Ears = Ears(Mutex::new(Vec::new()));

impl log::Log for Ears {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let text = record.args().to_string();
        if let Some((_, plan)) = text.split_once("plan:\n") {
            self.0.lock().unwrap().push(serde_json::from_str(plan).unwrap());
        }
    }

    fn flush(&self) {}
}

/// There is one pair of ears: who listens, listens alone.
fn listen() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    static GROWN: Once = Once::new();
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    GROWN.call_once(|| {
        log::set_logger(&EARS).unwrap();
        log::set_max_level(log::LevelFilter::Info);
    });
    alone
}

/// Lets sessions that begin from now on tell how each statement ran.
const EXPLAINED: [&str; 7] = [
    "session_preload_libraries = 'auto_explain'",
    "client_min_messages = 'log'",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_analyze = on",
    "auto_explain.log_buffers = on",
    "auto_explain.log_timing = off",
    "auto_explain.log_format = 'json'",
];

fn explain(database: &Database, explained: bool) {
    let name = |setting: &'static str| setting.split(' ').next().unwrap();
    let each = EXPLAINED.map(|setting| match explained {
        true => format!("ALTER DATABASE {} SET {setting};", database.its_name()),
        false => format!("ALTER DATABASE {} RESET {};", database.its_name(), name(setting)),
    });
    server::connect().batch_execute(&each.concat()).unwrap();
}

/// A line of the table.
struct Line {
    what: &'static str,
    plan: &'static str,
    /// The index by which records are found.
    index: &'static str,
    /// The pages of the server's memory that may be touched here, where rows are
    /// shorter and fewer than in the district of the table.
    most: u64,
    ask: fn(&Roster, &Asked),
}

/// What of a district a line asks for.
struct Asked {
    changed: Timestamp,
    deep: String,
}

/// Pages are of so many.
const LIMIT: u32 = 100;

const LINES: [Line; 7] = [
    Line {
        what: "a page of users",
        plan: "primary key, in order",
        index: "users_pkey",
        most: 20,
        ask: |roster, _| page(roster, &read(Kind::User, Version::V1P2)),
    },
    Line {
        what: "a page of enrollments, a million records deep",
        plan: "primary key, from the place on",
        index: "enrollments_pkey",
        most: 20,
        ask: |roster, asked| page(roster, &Read { cursor: Some(&asked.deep), ..read(Kind::Enrollment, Version::V1P2) }),
    },
    Line {
        what: "a page of teachers' enrollments",
        plan: "index of roles, in order",
        index: "enrollments_role",
        most: 80,
        ask: |roster, _| filtered(roster, Kind::Enrollment, "role='teacher'"),
    },
    Line {
        what: "a page of a school's enrollments",
        plan: "index of schools, in order",
        index: "enrollments_school",
        most: 30,
        ask: |roster, _| below_school(roster),
    },
    Line {
        what: "users by family name",
        plan: "its index, in order",
        index: "users_familyName",
        most: 130,
        ask: |roster, _| {
            let path = Path { kind: Kind::User, slot: Slot::Own(at!(User.familyName)), part: Part::Value };
            let sort = Sort { path, descending: false };
            page(roster, &Read { sort: Some(&sort), ..read(Kind::User, Version::V1P2) });
        },
    },
    Line {
        what: "what changed since",
        plan: "index of changes, from the instant on",
        index: "users_published",
        most: 30,
        ask: |roster, asked| filtered(roster, Kind::User, &format!("dateLastModified>='{}'", asked.changed)),
    },
    Line {
        what: "one record",
        plan: "unique key",
        index: "users_sourcedId",
        most: 12,
        ask: |roster, _| {
            let users = read(Kind::User, Version::V1P2);
            assert_eq!(roster.one(&users, &person(30, 7), &mut |_| ()).unwrap(), Found::Yes);
        },
    },
];

fn page(roster: &Roster, ask: &Read<'_>) {
    let page = roster.page(&Read { limit: LIMIT, ..ask.clone() }, &mut |_| ()).unwrap().unwrap();
    assert_eq!(page.given, LIMIT);
}

fn filtered(roster: &Roster, kind: Kind, filter: &str) {
    let filter = parse_filter(filter, kind, Version::V1P2).unwrap();
    page(roster, &Read { filter: filter.as_ref(), ..read(kind, Version::V1P2) });
}

fn below_school(roster: &Roster) {
    let mut routes = oneroster::model::ROUTES.iter();
    let route = routes.find(|route| route.operation == "getEnrollmentsForSchool").unwrap();
    let parents = [(&route.parents[0], "s2".to_owned())];
    page(roster, &Read { views: route.views, parents: &parents, ..read(Kind::Enrollment, Version::V1P2) });
}

/// Classes of a district, and people in each: a teacher and students.
const CLASSES: usize = 200;
const PEOPLE: usize = 21;

fn person(class: usize, place: usize) -> String {
    format!("p{class:03}-{place:02}")
}

/// A district whose classes take turns at three schools. Family names stand in no order.
fn district(classes: usize, named: &str) -> Vec<Record> {
    let org = |id: &str| record(Kind::Org, id, &[(at!(Org.name), id), (at!(Org.type), "school")]);
    let mut all: Vec<Record> = ["s0", "s1", "s2"].map(org).into();
    all.push(record(Kind::Course, "co", &[(at!(Course.title), "Algebra"), (at!(Course.org), "s0")]));
    for class in 0..classes {
        let (id, school) = (format!("c{class:03}"), format!("s{}", class % 3));
        let values = [(at!(Class.title), &*id), (at!(Class.course), "co"), (at!(Class.school), &school)];
        all.push(record(Kind::Class, &id, &values));
        for place in 0..PEOPLE {
            let role = if place == 0 { "teacher" } else { "student" };
            let (user, family) = (person(class, place), format!("{:05}", (class * PEOPLE + place) * 7_919 % 65_521));
            let given = if class < CLASSES - 10 { "Ada" } else { named };
            let values = [(at!(User.username), &*user), (at!(User.givenName), given), (at!(User.familyName), &family)];
            all.push(record(Kind::User, &user, &values));
            let values = [
                (at!(Enrollment.class), &*id),
                (at!(Enrollment.school), &school),
                (at!(Enrollment.user), &user),
                (at!(Enrollment.role), role),
            ];
            all.push(record(Kind::Enrollment, &format!("e-{user}"), &values));
        }
    }
    all
}

/// The node and all below it.
fn nodes(plan: &Value) -> Vec<&Value> {
    let below = plan["Plans"].as_array().into_iter().flatten().flat_map(nodes);
    std::iter::once(plan).chain(below).collect()
}

/// How the table of the records was read: the kind of node and its index. Nothing
/// may be sorted, or gathered before it is given.
fn ways(plan: &Value) -> BTreeSet<(String, String)> {
    let text = |node: &Value, member: &str| node[member].as_str().unwrap_or_default().to_owned();
    let mut ways = BTreeSet::new();
    for node in nodes(plan) {
        let kind = text(node, "Node Type");
        let streams = ["Append", "Limit", "Nested Loop", "Result", "Subquery Scan", "Index Scan", "Index Only Scan"];
        let small = kind == "Seq Scan" && !MODEL.iter().any(|entity| entity.plural == text(node, "Relation Name"));
        assert!(streams.contains(&&*kind) || small, "{kind}: {plan:#}");
        if MODEL.iter().any(|entity| entity.plural == text(node, "Relation Name")) {
            ways.insert((kind, text(node, "Index Name")));
        }
    }
    ways
}

/// The pages that the statement of a line touches. It is asked often: a server
/// plans the first times for the values, and then once for all values.
fn pages(roster: &Roster, line: &Line, asked: &Asked) -> u64 {
    let table = line.index.split_once('_').unwrap().0;
    let gives = format!("\"{table}\".\"packed\"");
    let mut most = 0;
    for _ in 0..8 {
        EARS.0.lock().unwrap().clear();
        (line.ask)(roster, asked);
        let heard = std::mem::take(&mut *EARS.0.lock().unwrap());
        let given = heard.iter().filter(|plan| plan["Query Text"].as_str().unwrap().contains(&gives));
        let given: Vec<&Value> = given.map(|plan| &plan["Plan"]).collect();
        assert_eq!(given.len(), 1, "{}: {heard:#?}", line.what);
        let scanned = BTreeSet::from([("Index Scan".to_owned(), line.index.to_owned())]);
        assert_eq!(ways(given[0]), scanned, "{}: {:#}", line.what, given[0]);
        let touched = ["Shared Hit Blocks", "Shared Read Blocks"].map(|member| given[0][member].as_u64().unwrap());
        most = most.max(touched.iter().sum());
    }
    assert!(most <= line.most, "{}: {most} pages", line.what);
    most
}

/// The pages of every line, by a process of its own.
fn all_pages(database: &Database, name: &str, changed: Timestamp) -> Vec<u64> {
    let url = DatabaseUrl::parse(&format!("{}&application_name={name}", database.text())).unwrap();
    let roster = Roster::open_tenant(&url, "north").unwrap();
    let far = Read { limit: 3_000, ..read(Kind::Enrollment, Version::V1P2) };
    let deep = roster.page(&far, &mut |_| ()).unwrap().unwrap().next.unwrap();
    let asked = Asked { changed, deep };
    LINES.iter().map(|line| pages(&roster, line, &asked)).collect()
}

/// The cells of the lines in docs/scale.md.
fn written() -> Vec<Vec<String>> {
    let text = include_str!("../../../../docs/scale.md");
    let table = text.split_once("| | plan | pages |\n|---|---|---|\n").unwrap().1;
    let lines = table.lines().take_while(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn queries_cost_what_the_document_says_however_many_districts_there_are() {
    let told: Vec<[&str; 2]> = LINES.iter().map(|line| [line.what, line.plan]).collect();
    let lines = written();
    assert_eq!(lines.iter().map(|cells| [&*cells[0], &*cells[1]]).collect::<Vec<_>>(), told);
    let _alone = listen();

    let database = Database::new();
    let mut north = Bench::at(database.url(), "north");
    north.import("file", &district(CLASSES, "Ada"));
    let changed = north.import("file", &district(CLASSES, "Eva")).0.published.unwrap();
    assert!(changed.0 > START);
    explain(&database, true);
    let alone = all_pages(&database, "alone", changed);
    explain(&database, false);
    Bench::at(database.url(), "south").import("file", &district(2 * CLASSES, "Ada"));
    explain(&database, true);
    let both = all_pages(&database, "both", changed);
    // The second one may make the tree of an index higher.
    let grown = alone.iter().zip(&both).any(|(alone, both)| *both > alone + 2);
    assert!(!grown, "{alone:?} pages with one district, {both:?} with two");
}

/// How many rows a node of a plan looked at.
fn looked_at(node: &Value) -> u64 {
    let of = |member: &str| node[member].as_u64().unwrap_or_default();
    let each = of("Actual Rows") + of("Rows Removed by Filter") + of("Rows Removed by Join Filter");
    each * of("Actual Loops")
}

#[test]
fn a_run_is_taken_back_before_the_server_has_counted_what_it_moved() {
    let _alone = listen();
    let database = Database::new();
    let [mut north, mut south] = ["north", "south"].map(|name| Bench::at(database.url(), name));
    let first = district(CLASSES / 2, "Ada");
    let stays = |record: &Record| [Kind::Org, Kind::Course].contains(&record.kind());
    let known: BTreeSet<&str> = first.iter().map(|record| &*record.sourced_id).collect();
    let mut second = district(CLASSES, "Ada");
    second.retain(|record| stays(record) || !known.contains(&*record.sourced_id));
    north.import("file", &first);
    // Of the history the server knows that all of it is another district's.
    south.import("file", &first);
    south.import("file", &second);
    // From here on nobody counts, as nobody has in the minute after a run.
    let mut server = postgres::Client::connect(&server::admin(&database.text()), postgres::NoTls).unwrap();
    let idle = "ALTER TABLE %I SET (autovacuum_enabled = false); ANALYZE %I";
    server
        .batch_execute(&format!(
            "DO $$ DECLARE one text; BEGIN \
             FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
             LOOP EXECUTE format('{}', one, one); END LOOP; END $$",
            idle
        ))
        .unwrap();
    let moved = first.len() + second.len();
    let (written, plan) = north.import("file", &second);
    let published = written.published.unwrap();
    explain(&database, true);
    for (name, again) in [("stands", false), ("put-away", true)] {
        if again {
            north.import("file", &first);
        }
        let url = DatabaseUrl::parse(&format!("{}&application_name={name}", database.text())).unwrap();
        let roster = Roster::open_tenant(&url, "north").unwrap();
        EARS.0.lock().unwrap().clear();
        let mut told = 0;
        roster.changes(published, &mut |_| told += 1).unwrap();
        assert!(told > moved / 2, "{told}");
        roster.take_back(published, &plan, true).unwrap();
        let heard = std::mem::take(&mut *EARS.0.lock().unwrap());
        assert!(heard.len() > 20, "{}", heard.len());
        for plan in &heard {
            let most = nodes(&plan["Plan"]).into_iter().map(looked_at).max().unwrap();
            assert!(most <= 4 * moved as u64, "{most} rows for {moved}: {plan:#}");
        }
    }
}
