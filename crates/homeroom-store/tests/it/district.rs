//! Small districts made by hand, and a roster to put them in.

use crate::server;
use homeroom_store::gradebook::{Task, When, Write};
use homeroom_store::intake::{Compared, Intake, Plan, order};
use homeroom_store::{DatabaseUrl, Page, Read, Roster, Run, RunState, Tombstones, Written};
use oneroster::at;
use oneroster::model::{Kind, Version, View};
use oneroster::query::{Filter, Sort};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// An engine to run a test on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A roster of its own: a file in a folder, or a tenant.
pub struct Bench {
    pub roster: Roster,
    url: DatabaseUrl,
    tenant: String,
    _folder: Option<tempfile::TempDir>,
    clock: i64,
    damaged: AtomicBool,
}

/// Whatever a test did, what is stored agrees with itself.
impl Drop for Bench {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.damaged.load(Ordering::Relaxed) {
            let mut faults = Vec::new();
            self.roster.check(&mut |fault| faults.push(fault)).unwrap();
            assert_eq!(faults, []);
        }
    }
}

/// 2026-09-01T00:00:00Z, in milliseconds.
pub const START: i64 = 1_788_220_800_000;

impl Bench {
    pub fn new(engine: Engine) -> Bench {
        let (url, tenant, folder) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (DatabaseUrl::Sqlite(folder.path().join("roster.db")), "default".to_owned(), Some(folder))
            }
            Engine::Postgres => (server::url(), server::tenant(), None),
        };
        let mut bench = Bench::at(url, &tenant);
        bench._folder = folder;
        bench
    }

    /// In a database that is reached in some other way.
    pub fn at(url: DatabaseUrl, tenant: &str) -> Bench {
        let roster = Roster::open_tenant(&url, tenant).unwrap();
        let (tenant, damaged) = (tenant.to_owned(), AtomicBool::new(false));
        Bench { roster, url, tenant, _folder: None, clock: START, damaged }
    }

    /// The same roster, as another process opens it.
    pub fn again(&self) -> Roster {
        Roster::open_tenant(&self.url, &self.tenant).unwrap()
    }

    /// Where it is, and whose.
    pub fn place(&self) -> (&DatabaseUrl, &str) {
        (&self.url, &self.tenant)
    }

    /// The files of the database.
    pub fn files(&self) -> Vec<std::path::PathBuf> {
        let folder = self._folder.iter().flat_map(|folder| std::fs::read_dir(folder.path()).unwrap());
        folder.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect()
    }

    /// Imports a district as a package of the source would be; gives what was
    /// written and what changed.
    pub fn import(&mut self, source: &str, records: &[Record]) -> (Written, Plan) {
        self.clock += 1_000;
        let now = Timestamp(self.clock);
        let number = self.roster.source(source).unwrap();
        if let Some((mut intake, load)) = self.roster.first_load(number, now).unwrap() {
            push_all(&mut intake, records);
            let compared = intake.finish().unwrap();
            let written = load.end(Some(run(number, &compared))).unwrap().unwrap();
            return (written, compared.plan);
        }
        let compared = self.compare(number, records);
        let plan = compared.plan.clone();
        let run = run(number, &compared);
        (self.roster.apply(compared, &run, now).unwrap(), plan)
    }

    pub fn compare(&self, number: u32, records: &[Record]) -> Compared {
        let mut intake = self.roster.compare(number, true).unwrap();
        push_all(&mut intake, records);
        intake.finish().unwrap()
    }

    /// Writes a record as an application does.
    #[track_caller]
    pub fn put(&mut self, record: Record) {
        self.clock += 1_000;
        let write = Write {
            author: "lms".into(),
            version: Version::V1P2,
            now: Timestamp(self.clock),
            task: Task::Put(Box::new(record)),
            when: When::Always,
            unseen: Vec::new(),
            view: None,
        };
        let verdict = self.roster.write(write).unwrap();
        assert!(verdict.is_ok(), "{verdict:?}");
    }

    /// What it holds was not made as an import makes it, and need not agree.
    pub fn unchecked(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    /// Changes the tables behind the store's back; `{own}` stands for the
    /// condition that rows are of this tenant.
    pub fn behind(&self, sql: &str) {
        self.unchecked();
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                rusqlite::Connection::open(path).unwrap().execute(&sql.replace("{own}", ""), []).unwrap();
            }
            DatabaseUrl::Postgres(_) => {
                let own = format!("tenant = (SELECT id FROM tenants WHERE name = '{}') AND", self.tenant);
                server::connect().execute(&sql.replace("{own}", &own), &[]).unwrap();
            }
        }
    }

    /// The sourcedIds of one page, and what the page says.
    pub fn ids(&self, read: &Read<'_>) -> (Vec<String>, Page) {
        let mut ids = Vec::new();
        let page = self.roster.page(read, &mut |row| ids.push(row.sourced_id.to_owned())).unwrap().unwrap();
        (ids, page)
    }
}

pub fn run(source: u32, compared: &Compared) -> Run {
    let started = Timestamp(START);
    Run { state: RunState::Applied, plan: compared.plan.clone(), ..Run::begun(source, started) }
}

fn push_all(intake: &mut Intake, records: &[Record]) {
    let kinds: BTreeSet<Kind> = records.iter().map(Record::kind).collect();
    for kind in order() {
        if !kinds.contains(&kind) {
            intake.absent(kind).unwrap();
            continue;
        }
        intake.begin(kind, 0, Box::new(|_| false)).unwrap();
        for record in records.iter().filter(|r| r.kind() == kind) {
            intake.push(&mut record.clone()).unwrap();
        }
        intake.end(kind).unwrap();
    }
}

/// A read of a whole collection.
pub fn read(kind: Kind, version: Version) -> Read<'static> {
    Read {
        version,
        kind,
        parents: &[],
        views: &[],
        filter: None,
        view: None,
        tombstones: Tombstones::Hidden,
        sort: None,
        limit: 10_000,
        offset: 0,
        cursor: None,
        caller: 1,
    }
}

pub fn with<'a>(read: &Read<'a>, filter: Option<&'a Filter>, sort: Option<&'a Sort>) -> Read<'a> {
    Read { filter, sort, ..read.clone() }
}

pub fn viewed(read: &Read<'static>, views: &'static [View]) -> Read<'static> {
    Read { views, ..read.clone() }
}

pub fn record(kind: Kind, id: &str, values: &[(u8, &str)]) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str(id);
    for (field, value) in values {
        record.push(*field, value);
    }
    record
}

/// Everything that is live: kind and identifier, and the packed record.
pub type Seen = BTreeMap<(Kind, String), Vec<u8>>;

pub fn seen(bench: &Bench) -> Seen {
    let mut all = Seen::new();
    for kind in Kind::all() {
        let mut ask = read(kind, Version::V1P2);
        ask.limit = 100_000;
        let page = bench.roster.page(&ask, &mut |row| {
            all.insert((kind, row.sourced_id.to_owned()), row.packed.to_vec());
        });
        page.unwrap().unwrap();
    }
    all
}

/// One school with two classes, two teachers and some students.
pub fn small(students: usize) -> Vec<Record> {
    let mut all = vec![
        record(Kind::Org, "d", &[(at!(Org.name), "District"), (at!(Org.type), "district")]),
        record(Kind::Org, "s", &[(at!(Org.name), "School"), (at!(Org.type), "school"), (at!(Org.parent), "d")]),
        record(
            Kind::AcademicSession,
            "y",
            &[
                (at!(AcademicSession.title), "2026-27"),
                (at!(AcademicSession.type), "schoolYear"),
                (at!(AcademicSession.startDate), "2026-08-01"),
                (at!(AcademicSession.endDate), "2027-07-01"),
                (at!(AcademicSession.schoolYear), "2027"),
            ],
        ),
        record(
            Kind::AcademicSession,
            "t",
            &[
                (at!(AcademicSession.title), "Autumn"),
                (at!(AcademicSession.type), "term"),
                (at!(AcademicSession.startDate), "2026-08-01"),
                (at!(AcademicSession.endDate), "2027-01-01"),
                (at!(AcademicSession.parent), "y"),
                (at!(AcademicSession.schoolYear), "2027"),
            ],
        ),
        record(Kind::Course, "co", &[(at!(Course.title), "Algebra"), (at!(Course.org), "s")]),
    ];
    for class in ["c1", "c2"] {
        all.push(record(
            Kind::Class,
            class,
            &[
                (at!(Class.title), class),
                (at!(Class.course), "co"),
                (at!(Class.classType), "scheduled"),
                (at!(Class.school), "s"),
                (at!(Class.terms), "t"),
            ],
        ));
    }
    for number in 0..students {
        person(&mut all, &format!("u{number:03}"), "student", if number % 2 == 0 { "c1" } else { "c2" });
    }
    person(&mut all, "t1", "teacher", "c1");
    person(&mut all, "t2", "teacher", "c2");
    all
}

pub fn person(all: &mut Vec<Record>, id: &str, role: &str, class: &str) {
    all.push(record(
        Kind::User,
        id,
        &[
            (at!(User.enabledUser), "true"),
            (at!(User.username), id),
            (at!(User.givenName), "Ada"),
            (at!(User.familyName), &format!("Name-{}", &id[1..])),
            (at!(User.grades), "09"),
        ],
    ));
    all.push(record(
        Kind::Role,
        &format!("r-{id}"),
        &[(at!(Role.user), id), (at!(Role.roleType), "primary"), (at!(Role.role), role), (at!(Role.org), "s")],
    ));
    all.push(record(
        Kind::Enrollment,
        &format!("e-{id}"),
        &[
            (at!(Enrollment.class), class),
            (at!(Enrollment.school), "s"),
            (at!(Enrollment.user), id),
            (at!(Enrollment.role), role),
        ],
    ));
}
