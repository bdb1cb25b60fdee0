//! `homeroom generate`: writes the package of a synthetic district.

use super::Setting;
use crate::generate::{DAYS, Options, STUDENTS, generate};
use crate::interrupt;
use crate::output::{Failure, Status};
use oneroster::model::Edition;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Write the OneRoster package of a synthetic district.
///
/// The same options give the same bytes. With --day, the same district so many
/// days after 2026-09-01: about one student in a hundred moves a day, and in
/// July the school year rolls over.
#[derive(clap::Args, Debug)]
pub(super) struct Generate {
    /// Where to write: a file that ends in .zip, or a folder
    out: PathBuf,
    /// OneRoster version of the package: 1.0, 1.1 or 1.2
    #[arg(long, value_name = "VERSION", default_value = "1.2", value_parser = edition)]
    oneroster: Edition,
    /// Students on day 0: 100 to 500000
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = students())]
    students: u32,
    /// Number that tells this district from others of its size
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The district so many days later: 0 to 3650
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = day())]
    day: u32,
    /// With a gradebook in a few classes: categories, line items, results and,
    /// in 1.2, score scales
    #[arg(long)]
    gradebook: bool,
}

fn edition(label: &str) -> Result<Edition, String> {
    Edition::from_label(label).ok_or_else(|| "packages are written in OneRoster 1.0, 1.1 and 1.2".to_owned())
}

fn students() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(*STUDENTS.start())..=i64::from(*STUDENTS.end()))
}

fn day() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(*DAYS.start())..=i64::from(*DAYS.end()))
}

impl Generate {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let Generate { oneroster: edition, students, seed, day, gradebook, .. } = *self;
        interrupt::mind(setting.output)?;
        let rows = generate(&Options { edition, students, seed, day, gradebook }, &self.out)
            .map_err(|error| interrupt::cause(Failure::unreadable(format!("{error:#}"))))?;
        let counts: Map<String, Value> = rows.iter().map(|&(file, n)| (file.to_owned(), n.into())).collect();
        let document = json!({
            "package": self.out.display().to_string(),
            "oneroster": edition.label(),
            "students": students,
            "seed": seed,
            "day": day,
            "rows": counts,
        });
        let mut text = format!("{}: OneRoster {edition}, day {day}\n", self.out.display());
        for (file, n) in rows {
            text.push_str(&format!("{n:>10} {file}\n"));
        }
        setting.output.result(&document, &text)?;
        Ok(Status::Done)
    }
}
