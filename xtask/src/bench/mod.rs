//! `cargo xtask bench`: import against `sqlite3 .import`, pages against nginx,
//! a full pull, reads while an import runs, signed requests, writes, what goes on
//! record, the other work on packages, PostgreSQL, several nodes, how cost grows, and
//! the innermost loops.

mod auth;
mod busy;
mod changes;
mod chart;
mod cluster;
mod csv;
mod disclosures;
mod engines;
mod floor;
mod grants;
mod ground;
mod growth;
mod import;
mod machine;
mod measure;
mod micro;
mod nginx;
mod nodes;
mod pages;
mod pull;
mod report;
mod stats;
mod sync;
mod walks;
mod writes;
mod wrk;

use crate::{need, place, say};
use anyhow::Context as _;
use clap::ValueEnum;
use ground::Ground;
use report::Section;
use std::fs;

/// Students of the large district: about 200,000 users and 1.3 million enrollments.
const LARGE: u32 = 118_000;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Part {
    /// Import, first and next day, against sqlite3
    Import,
    /// Validation, the next day in all its forms, and export, against sqlite3
    Csv,
    /// Pages against nginx
    Pages,
    /// Deep, filtered, sorted and selected pages against plain ones
    Walks,
    /// A full pull of all enrollments
    Pull,
    /// Reads and tokens while an import runs
    Busy,
    /// Pages under bounded grants against unbounded ones
    Grants,
    /// Signed requests against those with a token
    Auth,
    /// Results written by applications
    Writes,
    /// Answers put on record against answers that are not
    Disclosures,
    /// A roster fetched over REST
    Sync,
    /// PostgreSQL against its own COPY, and against SQLite
    Postgres,
    /// Districts of four sizes on both engines: 5 million enrollments want 20 GB of disk
    Growth,
    /// A request to one of three nodes against one to one
    Nodes,
    /// The innermost loops, one by one
    Micro,
}

/// The options of the benchmark.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// What to measure; all of it if nothing is named
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Students of the district; the figures go to docs/benchmarks.md only with
    /// the usual number and five rounds or more
    #[arg(long, value_name = "N", default_value_t = LARGE, value_parser = clap::value_parser!(u32).range(200..=200_000))]
    students: u32,
    /// Rounds of each comparison
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Seconds that each load lasts
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: u32,
}

impl Bench {
    /// Measures, and writes what was measured.
    pub fn run(&self) -> anyhow::Result<()> {
        need::ensure(need::BENCH)?;
        let ground = Ground::prepare(self.students, self.rounds, self.seconds)?;
        let mut parts = self.parts.clone();
        if parts.is_empty() {
            parts = Part::value_variants().to_vec();
        }
        parts.sort_unstable();
        parts.dedup();
        for part in parts {
            say::error(format_args!("== {}", part.name()));
            let section = match part {
                Part::Import => import::section(&ground),
                Part::Csv => csv::section(&ground),
                Part::Pages => pages::section(&ground),
                Part::Walks => walks::section(&ground),
                Part::Pull => pull::section(&ground),
                Part::Busy => busy::section(&ground),
                Part::Grants => grants::section(&ground),
                Part::Auth => auth::section(&ground),
                Part::Writes => writes::section(&ground),
                Part::Disclosures => disclosures::section(&ground),
                Part::Sync => sync::section(&ground),
                Part::Postgres => engines::section(&ground),
                Part::Growth => growth::section(&ground),
                Part::Nodes => nodes::section(&ground),
                Part::Micro => micro::section(&ground),
            };
            let section = section.with_context(|| format!("bench {}", part.name()))?;
            let file = ground.folder.join(format!("{}.json", part.name()));
            fs::write(file, serde_json::to_string_pretty(&section)?)?;
        }
        self.write(&ground)
    }

    /// Writes the document from what was measured now and before on this ground.
    fn write(&self, ground: &Ground) -> anyhow::Result<()> {
        let mut sections: Vec<Section> = Vec::new();
        for part in Part::value_variants() {
            if let Ok(text) = fs::read_to_string(ground.folder.join(format!("{}.json", part.name()))) {
                sections.push(serde_json::from_str(&text).with_context(|| format!("{}.json", part.name()))?);
            }
        }
        let machine = machine::facts();
        let twin = serde_json::json!({ "machine": machine, "sections": sections });
        fs::write(place::target().join("bench/benchmarks.json"), serde_json::to_string_pretty(&twin)?)?;
        let trial = self.students != LARGE || self.rounds < 5;
        let file = if trial { place::target().join("bench") } else { place::root().join("docs") }.join("benchmarks.md");
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        // What is not measured anew stays as it was found, on whatever ground.
        let found = fs::read_to_string(&file).unwrap_or_default();
        let text = report::document(&machine, &sections, &found);
        say::line(&text);
        fs::write(&file, text)?;
        say::error(format_args!("written to {}", file.display()));
        Ok(())
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Import => "import",
            Part::Csv => "csv",
            Part::Pages => "pages",
            Part::Walks => "walks",
            Part::Pull => "pull",
            Part::Busy => "busy",
            Part::Grants => "grants",
            Part::Auth => "auth",
            Part::Writes => "writes",
            Part::Disclosures => "disclosures",
            Part::Sync => "sync",
            Part::Postgres => "postgres",
            Part::Growth => "growth",
            Part::Nodes => "nodes",
            Part::Micro => "micro",
        }
    }
}
