//! PostgreSQL: imports against its own COPY, pages against those of SQLite.

use super::cluster::Postgres;
use super::floor::{self, Ready};
use super::ground::{Ground, Served, VERSIONS};
use super::import::import;
use super::measure::{Taken, memory};
use super::report::{Row, Section};
use super::stats::Samples;
use super::walks;
use super::wrk::{Load, Seen};
use crate::homeroom::applied;
use crate::postgres::Database;
use crate::say;
use anyhow::Context as _;

const HOW: &[&str] = &[
    "C is what PostgreSQL's own client does with the same files in one transaction: `\\copy` into plain text tables, and an index on \
     the sourcedId of each. The cluster is Debian's, of this machine alone: fsync and all that keeps data as by default, \
     shared_buffers 2 GB, maintenance_work_mem 512 MB, max_wal_size 8 GB; a checkpoint before each run.",
    "The floor of an import: psql copies the very rows, ready in PostgreSQL's own binary form, into our tables, and makes their \
     indexes; nothing is read, checked, compared or kept.",
    "Ours is `homeroom import FOLDER --yes --json` into an empty database, as on SQLite. Processor: of the program and of the \
     sessions that the server made for it. Memory: of the program alone.",
    "Pages: wrk, one thread, a bearer token. The neighbour is the same program with the same district in SQLite, in the same rounds; \
     PostgreSQL's share of the two processors comes out of what it serves. The deep place is that of the walks. The program reaches \
     the server by TCP, as from another machine, but where the Unix socket is named.",
    "The floor of a page: how often pgbench is given the rows of a page of users, through a prepared statement, and does nothing with \
     them. One processor's time for such a page and for what the program does with it add up.",
];

/// The name of the district's database.
const NAME: &str = "district";

/// Pages by what they are called here, and the query.
const PAGES: &[(&str, &str)] = &[
    ("users limit=100", "/users?limit=100"),
    ("enrollments limit=100", "/enrollments?limit=100"),
    ("enrollments limit=5000", "/enrollments?limit=5000"),
    ("teachers' enrollments limit=100", "/enrollments?limit=100&filter=role%3D%27teacher%27"),
    ("the last school's enrollments limit=100", "/schools/{last}/enrollments?limit=100"),
];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let postgres = Postgres::start(&ground.folder)?;
    let mut rows = imports(ground, &postgres)?;
    rows.extend(pages(ground, &postgres)?);
    Ok(ground.section("PostgreSQL", HOW, rows))
}

#[derive(Debug, Default)]
struct Kind {
    wall: Samples,
    cpu: Samples,
    memory: Samples,
    size: Samples,
}

impl Kind {
    fn add(&mut self, taken: Taken, size: f64) {
        self.wall.0.push(taken.wall);
        self.cpu.0.push(taken.cpu);
        self.memory.0.push(taken.memory);
        self.size.0.push(size);
    }

    fn rows(&self, what: &str, copied: &Kind, most: Option<f64>) -> [Row; 4] {
        let row = |figure: &str, unit, values: &Samples| Row::new(format!("{what}: {figure}"), unit, values.clone());
        let wall = row("wall", "s", &self.wall).against("C", &copied.wall);
        [
            match most {
                Some(most) => wall.at_most(most),
                None => wall,
            },
            row("processor", "s", &self.cpu).against("C", &copied.cpu),
            row("the program's peak memory", "MiB", &self.memory).at_most(192.0),
            row("database", "MB", &self.size).against("C", &copied.size),
        ]
    }
}

/// The copy, the first import and the next day's, each round in another order.
fn imports(ground: &Ground, postgres: &Postgres) -> anyhow::Result<Vec<Row>> {
    let packages = [ground.package(0)?, ground.package(1)?];
    postgres.empty(NAME).and_then(|database| ground.program.import(&database, &packages[0]))?;
    let ready = Ready::of(postgres, NAME)?;
    let mut floors = Kind::default();
    let mut kinds: [Kind; 3] = Default::default();
    for round in ground.rounds() {
        for turn in 0..kinds.len() {
            let kind = (turn + round as usize) % kinds.len();
            let (taken, name) = match kind {
                0 => (postgres.baseline(&packages[0])?, "baseline"),
                1 => {
                    let database = postgres.empty("first")?;
                    (imported(ground, postgres, &database, 0)?, "first")
                }
                _ => {
                    let database = postgres.copy(NAME, "next")?;
                    (imported(ground, postgres, &database, 1)?, "next")
                }
            };
            kinds[kind].add(taken, postgres.size(name)?);
        }
        floors.add(ready.fill(postgres)?, 0.0);
    }
    let [copied, first, next] = &kinds;
    let mut rows = vec![
        Row::new("C: wall", "s", copied.wall.clone()),
        Row::new("C: processor", "s", copied.cpu.clone()),
        Row::new("C: database", "MB", copied.size.clone()),
        Row::new("the floor of an import: wall", "s", floors.wall.clone()).against("C", &copied.wall),
        Row::new("the floor of an import: processor", "s", floors.cpu.clone()).against("C", &copied.cpu),
    ];
    rows.extend(first.rows("into an empty database", copied, Some(2.0)));
    rows.extend(next.rows("next day, into one in use", copied, None));
    Ok(rows)
}

fn imported(ground: &Ground, postgres: &Postgres, database: &Database, day: u32) -> anyhow::Result<Taken> {
    let (taken, said) = postgres.measured(&ground.import(database, &ground.package(day)?))?;
    applied(&said).map(|_| taken)
}

/// Pages of both engines, then deep ones of PostgreSQL.
fn pages(ground: &Ground, postgres: &Postgres) -> anyhow::Result<Vec<Row>> {
    let file = ground.database("engines")?;
    import(ground, &file, &ground.package(0)?)?;
    let servers = [ground.serve(&postgres.copy(NAME, "pages")?)?, ground.serve(&file)?];
    let local = ground.serve_to(&postgres.near("pages"), "local")?;
    let last = last_school(&servers[0])?;
    let mut rows = Vec::new();
    for (what, query) in PAGES {
        let query = query.replace("{last}", &last);
        for connections in [2, 32] {
            say::error(format_args!("{what}, {connections} connections"));
            let [ours, theirs] = alternated(ground, &servers, &query, connections)?;
            let of = |seen: &[Seen], figure: fn(&Seen) -> f64| Samples(seen.iter().map(figure).collect());
            let label = format!("{what}, {connections} connections");
            let row = |figure: &str, unit, get: fn(&Seen) -> f64| {
                Row::new(format!("{label}: {figure}"), unit, of(&ours, get)).against("SQLite", &of(&theirs, get))
            };
            rows.push(row("requests", "/s", |seen| seen.rate).at_least(0.6));
            rows.push(row("half within", "ms", |seen| seen.p50));
            rows.push(row("99% within", "ms", |seen| seen.p99));
            // That of one page tells enough of all.
            if *what == PAGES[0].0 {
                let theirs = of(&theirs, |seen| seen.rate);
                rows.push(near(ground, &local, (&query, &label), connections)?.against("SQLite", &theirs));
                rows.push(alone(ground, postgres, connections, &theirs)?);
            }
        }
    }
    rows.extend(deep(ground, &servers[0])?);
    let share = |served: &Served| memory(served.server.id()).map(|memory| Samples(vec![memory.share]));
    let (ours, theirs) = (share(&servers[0])?, share(&servers[1])?);
    rows.push(Row::new("server's memory afterwards", "MiB (PSS)", ours).against("SQLite's", &theirs));
    Ok(rows)
}

/// The same pages, if the program reaches the server by its Unix socket.
fn near(ground: &Ground, local: &Served, (query, label): (&str, &str), connections: u32) -> anyhow::Result<Row> {
    let urls = [local.url(&format!("{}{query}", VERSIONS[1].1))];
    let load = Load { urls: &urls, token: local.token(), connections, seconds: ground.seconds.div_ceil(2) };
    let rates: anyhow::Result<Vec<f64>> = ground.rounds().map(|_| Ok(load.run(&ground.folder)?.rate)).collect();
    Ok(Row::new(format!("{label}: requests, by the Unix socket"), "/s", Samples(rates?)))
}

/// What PostgreSQL alone can give of a page of users, against whole answers from SQLite.
fn alone(ground: &Ground, postgres: &Postgres, connections: u32, theirs: &Samples) -> anyhow::Result<Row> {
    let seconds = ground.seconds.div_ceil(2);
    let rates: anyhow::Result<Vec<f64>> =
        ground.rounds().map(|_| floor::rows(postgres, "pages", connections, seconds)).collect();
    let what = format!("the floor of users limit=100, {connections} connections: rows of pages");
    Ok(Row::new(what, "/s", Samples(rates?)).against("SQLite's answers", theirs))
}

/// The school whose rows came last.
fn last_school(served: &Served) -> anyhow::Result<String> {
    let body = served.client.get(&format!("{}/schools?limit=10000&fields=sourcedId", VERSIONS[1].1))?.ok()?.json()?;
    let last =
        body["orgs"].as_array().and_then(|schools| schools.last()).and_then(|school| school["sourcedId"].as_str());
    last.map(str::to_owned).context("there is no school")
}

/// What wrk saw of either server, each round in the other order.
fn alternated(ground: &Ground, servers: &[Served; 2], query: &str, connections: u32) -> anyhow::Result<[Vec<Seen>; 2]> {
    let mut seen = [Vec::new(), Vec::new()];
    for round in ground.rounds() {
        for turn in [round % 2, 1 - round % 2] {
            let served = &servers[turn as usize];
            let urls = [served.url(&format!("{}{query}", VERSIONS[1].1))];
            let load = Load { urls: &urls, token: served.token(), connections, seconds: ground.seconds.div_ceil(2) };
            seen[turn as usize].push(load.run(&ground.folder)?);
        }
    }
    Ok(seen)
}

/// Deep pages of PostgreSQL against its first.
fn deep(ground: &Ground, served: &Served) -> anyhow::Result<Vec<Row>> {
    let query = format!("{}/enrollments?limit=100", VERSIONS[1].1);
    let place = walks::deep(served, &query)?;
    let follow = |from: u64| (0..100).map(|i| served.url(&format!("{query}&offset={}", from + 100 * i))).collect();
    let places: [Vec<String>; 3] = [follow(0), follow(place), walks::links(served, &query, place)?];
    let mut seen: [Samples; 3] = Default::default();
    for round in ground.rounds() {
        for turn in 0..places.len() {
            let at = (turn + round as usize) % places.len();
            let load =
                Load { urls: &places[at], token: served.token(), connections: 1, seconds: ground.seconds.div_ceil(2) };
            seen[at].0.push(load.run(&ground.folder)?.p50);
        }
    }
    let [first, by_offset, by_link] = &seen;
    let row = |what: &str, values: &Samples| {
        Row::new(format!("enrollments limit=100, {what}: half within"), "ms", values.clone())
    };
    Ok(vec![
        row("from the first", first),
        row("deep, by offset", by_offset).against("the first", first).at_most(1.2),
        row("deep, by link", by_link).against("the first", first).at_most(1.2),
    ])
}
