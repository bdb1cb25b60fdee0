//! What a bounded reader costs, and that it tells nothing by what it asks.

use crate::paging::KeyValue;
use crate::plan::{Value, plan};
use crate::reader::{Ask, Counts, Engine, Given, Reader, Session, Standing};
use crate::schema::Dialect;
use crate::sql::{Goal, Key, Statement};
use crate::{DatabaseUrl, Found, Read, Result, Roster, Run, RunState, Tombstones, ViewId, sqlite};
use oneroster::at;
use oneroster::grant::Bounds;
use oneroster::json::Row;
use oneroster::model::{Kind, Place, ROUTES, Version};
use oneroster::query::parse_filter;
use oneroster::record::Record;
use oneroster::time::{Date, Timestamp};
use std::sync::{Arc, Mutex};

/// A database of two schools, of which one is granted.
fn roster(folder: &tempfile::TempDir) -> (sqlite::Pool, ViewId) {
    let path = folder.path().join("roster.db");
    let roster = Roster::open(&DatabaseUrl::Sqlite(path.clone())).unwrap();
    let (mut intake, load) = roster.first_load(1, Timestamp(1)).unwrap().unwrap();
    intake.begin(Kind::Org, 0, Box::new(|_| false)).unwrap();
    for id in ["seen", "hidden"] {
        let mut org = Record::new(Kind::Org);
        org.sourced_id.push_str(id);
        org.push(at!(Org.name), id);
        intake.push(&mut org).unwrap();
    }
    intake.end(Kind::Org).unwrap();
    let compared = intake.finish().unwrap();
    let source = roster.source("file").unwrap_or(1);
    load.end(Some(Run { state: RunState::Applied, ..Run::begun(source, Timestamp(1)) })).unwrap();
    drop(compared);
    let bounds = Bounds { schools: ["seen".to_owned()].into(), ..Bounds::default() };
    let view = roster.view("app", &bounds, Timestamp(2), Date(0)).unwrap().unwrap();
    (sqlite::Pool::new(path), view)
}

/// An engine that notes what is asked of it.
struct Noted(sqlite::Pool, Arc<Mutex<Vec<String>>>);
struct NotedSession(<sqlite::Pool as Engine>::Session, Arc<Mutex<Vec<String>>>);

impl Engine for Noted {
    const DIALECT: Dialect = Dialect::Sqlite;
    const INLINE: bool = true;
    type Session = NotedSession;

    fn begin(&self) -> Result<NotedSession> {
        Ok(NotedSession(Engine::begin(&self.0)?, self.1.clone()))
    }

    fn tenant(&self) -> i64 {
        0
    }
}

impl NotedSession {
    fn note(&self, text: &str) {
        self.1.lock().unwrap().push(text.to_owned());
    }
}

impl Session for NotedSession {
    fn standing(&mut self) -> Result<Standing> {
        self.note("standing");
        self.0.standing()
    }
    fn nothing_yet(&mut self, version: Option<i64>) -> Result<bool> {
        self.0.nothing_yet(version)
    }
    fn give(&mut self, ask: &Ask<'_>, sink: &mut dyn FnMut(&Row<'_>)) -> Result<Given> {
        self.note(&ask.statement.sql);
        self.0.give(ask, sink)
    }
    fn number(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<Option<i64>> {
        self.note(&statement.sql);
        self.0.number(statement, values)
    }
    fn view(&mut self, view: ViewId) -> Result<Option<(i64, i64)>> {
        self.note("view");
        self.0.view(view)
    }
    fn counts(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Counts> {
        self.note("counts");
        self.0.counts(kind, view)
    }
    fn live(&mut self, kind: Kind, view: Option<ViewId>) -> Result<Vec<i64>> {
        self.note("live");
        self.0.live(kind, view)
    }
    fn end(&mut self) -> Result<()> {
        self.0.end()
    }
}

fn read(kind: Kind, view: ViewId) -> Read<'static> {
    Read {
        version: Version::V1P2,
        kind,
        parents: &[],
        views: &[],
        filter: None,
        view: Some(view),
        tombstones: Tombstones::Hidden,
        sort: None,
        limit: 100,
        offset: 0,
        cursor: None,
        caller: 0,
    }
}

#[test]
fn an_unknown_and_a_forbidden_record_are_asked_for_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (pool, view) = roster(&folder);
    let notes = Arc::new(Mutex::new(Vec::new()));
    let reader = Reader::new(Noted(pool, notes.clone()));
    let told = || std::mem::take(&mut *notes.lock().unwrap());
    let orgs = read(Kind::Org, view);
    let one = |id: &str| (reader.one(&orgs, id, &mut |_| ()).unwrap(), told());
    let (unknown, forbidden) = (one("nobody"), one("hidden"));
    assert_eq!(unknown, forbidden);
    assert_eq!((unknown.0, one("seen").0), (Found::No, Found::Yes));
    // And so it is of the records in a path.
    let classes = ROUTES.iter().find(|route| route.operation == "getClassesForSchool").unwrap();
    let below = |id: &str| {
        let parents = [(&classes.parents[0], id.to_owned())];
        let ask = Read { parents: &parents, views: classes.views, ..read(Kind::Class, view) };
        (reader.page(&ask, i64::MAX, &mut |_| ()).unwrap(), told())
    };
    let (unknown, forbidden) = (below("nobody"), below("hidden"));
    assert_eq!(unknown, forbidden);
    assert_eq!(unknown.0, None);
}

#[test]
fn an_application_that_goes_leaves_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let (_, _) = roster(&folder);
    let path = folder.path().join("roster.db");
    let roster = Roster::open(&DatabaseUrl::Sqlite(path.clone())).unwrap();
    let all = Bounds { roles: ["teacher".to_owned()].into(), ..Bounds::default() };
    roster.see_all("app/s/seen", Timestamp(3), Date(0)).unwrap();
    roster.view("app/s/seen", &all, Timestamp(4), Date(0)).unwrap().unwrap();
    let rows = |table: &str| -> i64 {
        let connection = sqlite::make(&path).unwrap();
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    let tables = ["views", "visible", "visible_history", "view_counts"];
    assert!(tables.iter().all(|table| *table == "visible_history" || rows(table) > 0));
    let before = rows("views");
    assert_eq!(roster.remove_views("app").unwrap(), 2);
    assert_eq!(tables.map(rows), [before - 2, 0, 0, 0]);
}

/// The steps in which SQLite runs a statement.
fn steps(pool: &sqlite::Pool, statement: &Statement) -> Vec<String> {
    let connection = pool.get().unwrap();
    let mut prepared = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql)).unwrap();
    let values = statement.binds.iter().map(|_| KeyValue::Missing).map(|_| rusqlite::types::Null);
    let rows = prepared.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
    rows.map(|row| row.unwrap()).collect()
}

/// Many views of many records, so that the planner has something to weigh.
fn fill(folder: &tempfile::TempDir) {
    let connection = sqlite::make(&folder.path().join("roster.db")).unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)";
    for kind in Kind::all() {
        let (table, number) = (kind.entity().plural, kind as u8);
        connection
            .execute_batch(&format!(
                "{many} INSERT INTO \"{table}\" (rid, \"sourcedId\", owner, status, published, digest, packed) \
                 SELECT i, 'id' || i, 1, 0, 1 + i % 7, 0, x'01' FROM n; \
                 {many} INSERT INTO visible (view, kind, rid, status, published, content) \
                 SELECT 2 + i % 40, {number}, i, i % 90 = 0, 1 + i % 7, {} FROM n",
                i64::MAX
            ))
            .unwrap();
    }
    connection.execute_batch("ANALYZE").unwrap();
}

#[test]
fn a_page_of_a_view_neither_scans_nor_sorts() {
    let folder = tempfile::tempdir().unwrap();
    let (pool, view) = roster(&folder);
    fill(&folder);
    for kind in Kind::all().filter(|kind| kind.entity().place == Place::Class) {
        let since = parse_filter("dateLastModified>='2026-09-01'", kind, Version::V1P2).unwrap();
        let plain = read(kind, view);
        let changes = Read { filter: since.as_ref(), tombstones: Tombstones::Shown, ..plain.clone() };
        let mut shapes = vec![plan(&changes).shape];
        for version in Version::ALL.into_iter().filter(|version| kind.entity().json.has(*version)) {
            shapes.push(plan(&Read { version, ..plain.clone() }).shape);
        }
        let mut one = plan(&plain).shape;
        one.goal = Goal::One;
        for key in [Key::Start, Key::After] {
            shapes.iter_mut().for_each(|shape| shape.key = key);
            for shape in shapes.iter().chain([&one]) {
                let told = steps(&pool, &shape.statement(Dialect::Sqlite));
                let bad = |step: &&String| step.contains("SCAN") || step.contains("TEMP B-TREE");
                assert_eq!(told.iter().find(bad), None, "{kind:?} {shape:?}: {told:#?}");
            }
        }
    }
}
