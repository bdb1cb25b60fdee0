//! Import against `sqlite3 .import` of the same files.

use super::ground::{Ground, size};
use super::measure::{Taken, measured};
use super::report::{Row, Section};
use super::stats::Samples;
use crate::homeroom::{Located, applied};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What one kind of import took, round by round.
#[derive(Debug, Default)]
struct Kind {
    wall: Samples,
    cpu: Samples,
    memory: Samples,
    file: Samples,
}

impl Kind {
    fn add(&mut self, (taken, file): (Taken, f64)) {
        self.wall.0.push(taken.wall);
        self.cpu.0.push(taken.cpu);
        self.memory.0.push(taken.memory);
        self.file.0.push(file);
    }

    fn rows(&self, name: &str, against: &Kind, wall: f64, cpu: Option<f64>, file: Option<f64>) -> Vec<Row> {
        let row = |what: &str, unit, values: &Samples| Row::new(format!("{name}: {what}"), unit, values.clone());
        let maybe = |row: Row, bar: Option<f64>| match bar {
            Some(bar) => row.at_most(bar),
            None => row,
        };
        vec![
            row("wall", "s", &self.wall).against("S", &against.wall).at_most(wall),
            maybe(row("processor", "s", &self.cpu).against("S", &against.cpu), cpu),
            row("peak memory", "MiB", &self.memory).at_most(192.0),
            maybe(row("files", "MB", &self.file).against("S", &against.file), file),
        ]
    }
}

const HOW: &[&str] = &[
    "S is `sqlite3 .import` of the same files into plain text tables (WAL, synchronous=NORMAL), and an index on \
     the sourcedId of every table.",
    "Ours is `homeroom import FOLDER --yes --json`: full validation, every index of the API, the change log, one \
     transaction; no row was rejected.",
    "The next day is the package of the same district one day later, into a copy of the database of the first \
     day; S is that of the first day, of nearly the same rows.",
    "Time and peak memory by `/usr/bin/time`; `sync` before each run; the order within a round turns from round to round.",
];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let packages = [ground.package(0)?, ground.package(1)?];
    let half = ground.package_of(ground.students / 2, 0)?;
    // Unmeasured: it warms the page cache, and the next day begins with it.
    let first_day = ground.filled("import-day0", &[0])?;
    let mut kinds: [Kind; 4] = Default::default();
    for round in ground.rounds() {
        for turn in 0..kinds.len() {
            let kind = (turn + round as usize) % kinds.len();
            let taken = match kind {
                0 => ground.baseline(&packages[0])?,
                1 => sized(ground, &ground.database("import-first")?, &packages[0])?,
                2 => sized(ground, &ground.copy(&first_day, "import-next")?, &packages[1])?,
                _ => served(ground, &packages[0])?,
            };
            kinds[kind].add(taken);
        }
    }
    let [baseline, first, next, served] = &kinds;
    let mut rows = vec![
        Row::new("S: wall", "s", baseline.wall.clone()),
        Row::new("S: processor", "s", baseline.cpu.clone()),
        Row::new("S: peak memory", "MiB", baseline.memory.clone()),
        Row::new("S: file", "MB", baseline.file.clone()),
    ];
    rows.extend(first.rows("into an empty database", baseline, 1.2, Some(1.8), Some(2.0)));
    rows.extend(next.rows("next day, into one in use", baseline, 1.5, None, None));
    rows.extend(served.rows("first, while the database is served", baseline, 1.5, None, None));
    rows.push(growth(ground, &half, &packages[0], first)?);
    Ok(ground.section("Import", HOW, rows))
}

/// Imports a package, giving what that took and what it said.
pub fn import(ground: &Ground, database: &(impl Located + ?Sized), package: &Path) -> anyhow::Result<(Taken, Value)> {
    let (taken, said) = measured(&ground.import(database, package), &ground.folder)?;
    Ok((taken, applied(&said)?))
}

/// The same, giving the size of the database afterwards.
fn sized(ground: &Ground, database: &Path, package: &Path) -> anyhow::Result<(Taken, f64)> {
    let (taken, _) = import(ground, database, package)?;
    Ok((taken, size(database)?))
}

/// A first import into a database that a server has open.
fn served(ground: &Ground, package: &Path) -> anyhow::Result<(Taken, f64)> {
    let database = ground.database("import-served")?;
    let served = ground.serve(&database)?;
    let taken = sized(ground, &database, package)?;
    served.client.get(&format!("{}/users?limit=1", super::ground::VERSIONS[1].1))?.ok()?;
    Ok(taken)
}

/// How much more memory a million rows more take: one run with half of the students.
fn growth(ground: &Ground, half: &Path, whole: &Path, first: &Kind) -> anyhow::Result<Row> {
    let (taken, _) = import(ground, &ground.database("import-half")?, half)?;
    let rows = (count(whole)? - count(half)?) / 1e6;
    let values = Samples(first.memory.0.iter().map(|memory| (memory - taken.memory) / rows).collect());
    Ok(Row::new("peak memory for each further million rows", "MiB", values).at_most(60.0))
}

/// The lines of a package's tables.
pub fn count(package: &Path) -> anyhow::Result<f64> {
    let mut lines = 0;
    for table in super::ground::tables(package)? {
        let text = fs::read(package.join(format!("{table}.csv")))?;
        lines += text.iter().filter(|byte| **byte == b'\n').count();
    }
    Ok(lines as f64)
}
