//! Chores of the project: `cargo xtask help` lists them.

mod bench;
mod ci;
mod conform;
mod findings;
mod generated;
mod homeroom;
mod need;
#[cfg(test)]
mod packaging;
mod place;
mod postgres;
mod process;
mod say;
mod tests;

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// The chores of the project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Chore {
    /// Write the files that are generated from the code
    Gen {
        /// Write nothing; fail if a file is not what the code would write
        #[arg(long)]
        check: bool,
    },
    /// Install or start what the tests need, and run all of them
    Test,
    /// Kill nodes of one database at random for as long as you like, and see
    /// whether anything is lost, skipped, done twice or given in vain
    Campaign {
        /// How long
        #[arg(long, value_name = "N", default_value_t = 10)]
        minutes: u64,
        /// The seed of an earlier one, which is printed
        #[arg(long, value_name = "S")]
        seed: Option<u64>,
    },
    /// Everything that must hold before a change is merged
    Ci,
    /// Measure import and service against sqlite3 and nginx
    Bench(bench::Bench),
    /// Hold the answers of the provider against the official OpenAPI documents
    Conform {
        /// The folder of the documents (rostersservice.yaml, ...)
        #[arg(long, value_name = "DIR")]
        openapi: PathBuf,
        /// Students of the district that is served
        #[arg(long, value_name = "N", default_value_t = 200)]
        students: u32,
        /// Serve it from a PostgreSQL server, as an ordinary role
        #[arg(long)]
        postgres: bool,
    },
}

fn main() -> ExitCode {
    match run(&Chore::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(chore: &Chore) -> anyhow::Result<()> {
    process::mind_interruptions()?;
    match chore {
        Chore::Gen { check: false } => generated::write(),
        Chore::Gen { check: true } => generated::check(),
        Chore::Test => tests::run(),
        Chore::Campaign { minutes, seed } => tests::campaign(*minutes, *seed),
        Chore::Ci => ci::run(),
        Chore::Bench(bench) => bench.run(),
        Chore::Conform { openapi, students, postgres } => conform::run(openapi, *students, *postgres),
    }
}
