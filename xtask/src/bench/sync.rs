//! A roster fetched from a provider over REST: all of it into an empty store, then
//! what a day changed.

use super::changes;
use super::ground::{Ground, Served, VERSIONS};
use super::measure::{Taken, measured};
use super::report::{Row, Section};
use super::stats::Samples;
use crate::homeroom::applied;
use anyhow::Context as _;
use std::fs;
use std::path::Path;

/// The name of the source.
const NAME: &str = "provider";

const HOW: &[&str] = &[
    "The provider is `homeroom serve` with the large district, over loopback; the consumer is `homeroom source pull` with a database \
     of its own, and both share the processors. S is that of the import, measured in these rounds.",
    "The full pull fetches every record of 1.2, demographics too, proves that it is complete, and imports it into an empty database. \
     Then the provider imports the next day, and the same source is pulled again. The consumer knows that the provider is Homeroom, \
     and so asks for large pages and for what is later than the last change that it knew.",
    "The floor of the next day's changes is `sqlite3` itself: the rows that the second pull changed, added and kept as they were \
     before, taken out beforehand, go into a copy of the consumer's database of the first day, into the same tables with the same \
     indexes, in one transaction and with the same settings; changed rows are written over in those columns only in which any of \
     their table differ. Nothing is fetched, judged or compared.",
    "Time and peak memory by `/usr/bin/time`, of the consumer alone.",
];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let packages = [ground.package(0)?, ground.package(1)?];
    let first_day = ground.filled("sync-day0", &[0])?;
    let (mut s, mut full, mut more) = (Samples::default(), Pulls::default(), Pulls::default());
    let mut floor = Pulls::default();
    for _ in ground.rounds() {
        s.0.push(ground.baseline(&packages[0])?.0.wall);
        let database = ground.copy(&first_day, "sync-provider")?;
        let served = ground.serve(&database)?;
        let store = ground.database("sync-consumer")?;
        add(ground, &served, &store)?;
        full.add(pull(ground, &store)?);
        ground.program.import(&database, &packages[1])?;
        let before = ground.copy(&store, "sync-floor")?;
        more.add(pull(ground, &store)?);
        floor.add(changes::written(ground, &before, &store)?);
    }
    let rows = vec![
        Row::new("S: wall", "s", s.clone()),
        Row::new("full pull, stored: wall", "s", full.wall.clone()).against("S", &s).at_most(2.0),
        Row::new("full pull, stored: processor", "s", full.cpu),
        Row::new("full pull, stored: peak memory", "MiB", full.memory).at_most(128.0),
        Row::new("the next day's changes: wall", "s", more.wall).against("the full pull", &full.wall).at_most(0.03),
        Row::new("the next day's changes: processor", "s", more.cpu),
        Row::new("the floor of the next day's changes: wall", "s", floor.wall).against("the full pull", &full.wall),
        Row::new("the floor of the next day's changes: processor", "s", floor.cpu),
        Row::new("the next day's changes: peak memory", "MiB", more.memory).at_most(128.0),
    ];
    Ok(ground.section("Fetched over REST", HOW, rows))
}

#[derive(Debug, Default)]
struct Pulls {
    wall: Samples,
    cpu: Samples,
    memory: Samples,
}

impl Pulls {
    fn add(&mut self, taken: Taken) {
        self.wall.0.push(taken.wall);
        self.cpu.0.push(taken.cpu);
        self.memory.0.push(taken.memory);
    }
}

/// Makes the served district a source of an empty store.
fn add(ground: &Ground, served: &Served, store: &Path) -> anyhow::Result<()> {
    let secret = ground.folder.join("sync-secret");
    fs::write(&secret, &served.app.secret)?;
    let url = served.url(VERSIONS[1].1);
    let words = ["source", "add", NAME, "--kind", "oneroster", "--url", &url, "--client-id", &served.app.id];
    let vendor = ["--set", "vendor=homeroom"];
    let mut command = ground.program.at_database(&[words.as_slice(), &vendor].concat(), store);
    command.arg("--token-url").arg(served.url("/oauth/token")).arg("--secret-file").arg(&secret);
    crate::process::output(&mut command).map(drop)
}

fn pull(ground: &Ground, store: &Path) -> anyhow::Result<Taken> {
    let command = ground.program.at_database(&["source", "pull", NAME, "--yes"], store);
    let (taken, said) = measured(&command, &ground.folder)?;
    applied(&said).context("the pull was not applied").map(|_| taken)
}
