//! Work on packages against `sqlite3 .import` of one: judged, the next day in
//! all its forms, and written back.

mod delta;
mod dirt;
mod packages;
mod shuffle;
mod table;

use super::ground::{Ground, kept};
use super::import::import;
use super::measure::{Taken, measured, measured_ending};
use super::report::{Row, Section};
use super::stats::Samples;
use crate::homeroom::Program;
use anyhow::Context as _;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the exit statuses of `validate` say of a package that could be read.
const JUDGED: &[i32] = &[0, 1];

const HOW: &[&str] = &[
    "S is that of the import, measured in these rounds: `sqlite3 .import` of the first day's files, and an index on \
     the sourcedId of every table.",
    "Validation is `homeroom validate FOLDER --json`, which lists every finding, and no database is there.",
    "Import is `homeroom import FOLDER --yes --json` into a copy of the database that holds the first day. Shuffled: \
     the same files with the rows of each in another order.",
    "The delta package holds the rows that differ between the two days' packages, as their source would send them: \
     `active`, or `tobedeleted` if the row is gone, all dated to the moment the package was made; files without a \
     change are absent.",
    "Written is what the program gave to write calls (the kernel's account of it, `wchar`), as a share of the \
     database file afterwards. The package that is kept is copied by the kernel from file to file; it is left out \
     there, and counted in the line after it.",
    "Export is `homeroom export --json` of the database that holds the first day.",
    "Time and peak memory by `/usr/bin/time`; `sync` before each run; the order within a round turns from round to round.",
];

/// What one kind of work took, round by round.
#[derive(Debug, Default)]
struct Kind {
    wall: Samples,
    memory: Samples,
    written: Samples,
    /// The same with the copy of the package that is kept.
    with_kept: Samples,
    /// The database file afterwards.
    file: Samples,
    /// Findings of a judgement, changed records of an import.
    count: Samples,
}

/// What one run gave.
struct Done {
    taken: Taken,
    kept: f64,
    file: f64,
    count: f64,
}

impl Done {
    fn of(taken: Taken) -> Done {
        Done { taken, kept: 0.0, file: 0.0, count: 0.0 }
    }
}

impl Kind {
    fn add(&mut self, done: &Done) {
        self.wall.0.push(done.taken.wall);
        self.memory.0.push(done.taken.memory);
        self.written.0.push(done.taken.written - done.kept);
        self.with_kept.0.push(done.taken.written);
        self.file.0.push(done.file);
        self.count.0.push(done.count);
    }

    fn wall(&self, name: &str, of: &str, other: &Kind, bar: Option<f64>) -> Row {
        let row = Row::new(format!("{name}: wall"), "s", self.wall.clone()).against(of, &other.wall);
        match bar {
            Some(bar) => row.at_most(bar),
            None => row,
        }
    }

    fn memory(&self, name: &str) -> Row {
        Row::new(format!("{name}: peak memory"), "MiB", self.memory.clone()).at_most(192.0)
    }

    fn count(&self, name: &str, what: &str, unit: &str) -> Row {
        Row::new(format!("{name}: {what}"), unit, self.count.clone())
    }

    fn written(&self, name: &str) -> [Row; 2] {
        let row = |what: &str, values: &Samples| {
            Row::new(format!("{name}: {what}"), "MB", values.clone()).against("the database file", &self.file)
        };
        [row("written", &self.written), row("written, with the kept package", &self.with_kept)]
    }
}

/// The packages and the database that all of it begins with.
struct Stock<'a> {
    ground: &'a Ground,
    packages: [PathBuf; 2],
    dirty: PathBuf,
    /// How many cells of the dirty one are faulty.
    faults: usize,
    repeated: PathBuf,
    shuffled: PathBuf,
    delta: PathBuf,
    first_day: PathBuf,
}

/// How many kinds of work there are; S is the first of them.
const KINDS: usize = 11;

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let stock = Stock::of(ground)?;
    let mut kinds: [Kind; KINDS] = Default::default();
    for round in ground.rounds() {
        for turn in 0..KINDS {
            let at = (turn + round as usize) % KINDS;
            kinds[at].add(&stock.run(at)?);
        }
    }
    let mut section = ground.section("Work on packages", HOW, rows(&kinds));
    section.how.insert(
        2,
        format!(
            "The dirty package is the clean one with {} faulty cells in as many rows, evenly spread over the files: words in \
             the wrong case, American dates, white space at the end, references to nowhere, days that do not exist, blank \
             required cells. With repeated rows: a tenth as many rows stand in their files twice, too.",
            stock.faults
        ),
    );
    Ok(section)
}

impl Stock<'_> {
    fn of(ground: &Ground) -> anyhow::Result<Stock<'_>> {
        let packages = [ground.package(0)?, ground.package(1)?];
        let (dirty, faults) = packages::dirty(ground, &packages[0], false)?;
        Ok(Stock {
            dirty,
            faults,
            repeated: packages::dirty(ground, &packages[0], true)?.0,
            shuffled: packages::shuffled(ground, &packages[1])?,
            delta: packages::changes(ground, &packages[0], &packages[1])?,
            // Unmeasured: it warms the page cache, and the next day begins with it.
            first_day: ground.filled("csv-day0", &[0])?,
            ground,
            packages,
        })
    }

    /// Does one kind of work, in the order of [`rows`].
    fn run(&self, kind: usize) -> anyhow::Result<Done> {
        match kind {
            0 => Ok(Done::of(self.ground.baseline(&self.packages[0])?.0)),
            1 => self.validate(&self.packages[0], &[0]),
            2 => self.validate(&self.dirty, JUDGED),
            3 => self.validate(&self.repeated, JUDGED),
            4 => self.import(&self.packages[1]),
            5 => self.import(&self.shuffled),
            6 => self.import(&self.delta),
            7 => self.export("export", false),
            8 => self.export("export.zip", false),
            9 => self.export("export", true),
            _ => self.export("export.zip", true),
        }
    }

    fn validate(&self, package: &Path, statuses: &[i32]) -> anyhow::Result<Done> {
        let nowhere = self.ground.database("csv-none")?;
        let command = self.command(Program::validate_arguments(&nowhere, package));
        let (taken, said) = measured_ending(&command, &self.ground.folder, statuses)?;
        let said: Value = serde_json::from_str(&said).context("`validate --json` gave no document")?;
        Ok(Done { count: sum(&said["summary"]), ..Done::of(taken) })
    }

    fn import(&self, package: &Path) -> anyhow::Result<Done> {
        let database = self.ground.copy(&self.first_day, "csv-next")?;
        let before = kept(&database)?;
        let (taken, said) = import(self.ground, &database, package)?;
        let plan = said["plan"].as_object().context("`import --json` gave no plan")?;
        let changed = |entity: &Value| {
            ["added", "changed", "removed"].iter().filter_map(|what| entity[*what].as_f64()).sum::<f64>()
        };
        Ok(Done {
            taken,
            kept: kept(&database)? - before,
            file: fs::metadata(&database)?.len() as f64 / 1e6,
            count: plan.values().map(changed).sum(),
        })
    }

    fn export(&self, name: &str, check: bool) -> anyhow::Result<Done> {
        let out = self.ground.folder.join(name);
        if out.is_dir() {
            fs::remove_dir_all(&out)?;
        } else if out.exists() {
            fs::remove_file(&out)?;
        }
        let command = self.command(Program::export_arguments(&self.first_day, &out, check));
        Ok(Done::of(measured(&command, &self.ground.folder)?.0))
    }

    fn command(&self, arguments: Vec<std::ffi::OsString>) -> Command {
        let mut command = Command::new(self.ground.program.path());
        command.args(arguments);
        command
    }
}

/// The sum of the numbers of an object.
fn sum(object: &Value) -> f64 {
    object.as_object().map_or(0.0, |members| members.values().filter_map(Value::as_f64).sum())
}

fn rows(kinds: &[Kind; KINDS]) -> Vec<Row> {
    let [baseline, clean, dirty, repeated, next, shuffled, delta, exports @ ..] = kinds;
    let mut rows = vec![Row::new("S: wall", "s", baseline.wall.clone())];
    let clean_name = "validate";
    rows.extend([clean.wall(clean_name, "S", baseline, Some(0.35)), clean.memory(clean_name)]);
    for (name, kind, bar) in [("validate, dirty", dirty, Some(1.2)), ("validate, dirty, repeated rows", repeated, None)]
    {
        rows.extend([
            kind.wall(name, "the clean one", clean, bar),
            kind.memory(name),
            kind.count(name, "found", "findings"),
        ]);
    }
    let imports = [
        ("next day, same order", next, 0.5, Some(0.3)),
        ("next day, shuffled", shuffled, 0.8, Some(0.3)),
        ("next day, delta package", delta, 0.05, None),
    ];
    for (name, kind, bar, share) in imports {
        let [written, with_kept] = kind.written(name);
        rows.extend([kind.wall(name, "S", baseline, Some(bar)), kind.memory(name)]);
        rows.push(match share {
            Some(share) => written.at_most(share),
            None => written,
        });
        rows.extend([with_kept, kind.count(name, "changed", "records")]);
    }
    let names = ["folder, unchecked", "zip, unchecked", "folder, checked", "zip, checked"];
    let bars = [Some(0.5), None, None, None];
    for ((name, bar), kind) in names.into_iter().zip(bars).zip(exports) {
        let name = format!("export, {name}");
        rows.extend([kind.wall(&name, "S", baseline, bar), kind.memory(&name)]);
    }
    rows
}

#[cfg(test)]
mod checks {
    use super::*;
    use crate::bench::report::Verdict;

    fn took(wall: f64, written: f64) -> Kind {
        let mut kind = Kind::default();
        let taken = Taken { wall, cpu: wall, memory: 100.0, written };
        kind.add(&Done { taken, kept: 20.0, file: 100.0, count: 7.0 });
        kind
    }

    #[test]
    fn each_figure_is_judged_by_its_own_bar() {
        let walls = [1.0, 0.3, 0.37, 0.5, 0.5, 0.9, 0.04, 0.45, 0.9, 0.9, 1.5];
        let rows = rows(&walls.map(|wall| took(wall, 45.0)));
        let verdict = |what: &str| rows.iter().find(|row| row.what == what).map(Row::verdict);
        assert_eq!(verdict("validate: wall"), Some(Some(Verdict::Held)));
        assert_eq!(verdict("validate, dirty: wall"), Some(Some(Verdict::Missed)));
        assert_eq!(verdict("validate, dirty, repeated rows: wall"), Some(None));
        assert_eq!(verdict("next day, same order: wall"), Some(Some(Verdict::Held)));
        assert_eq!(verdict("next day, same order: written"), Some(Some(Verdict::Held)));
        assert_eq!(verdict("next day, same order: written, with the kept package"), Some(None));
        assert_eq!(verdict("next day, shuffled: wall"), Some(Some(Verdict::Missed)));
        assert_eq!(verdict("next day, delta package: wall"), Some(Some(Verdict::Held)));
        assert_eq!(verdict("export, folder, unchecked: wall"), Some(Some(Verdict::Held)));
        assert_eq!(verdict("export, zip, checked: wall"), Some(None));
        assert_eq!(rows.iter().filter(|row| row.what.ends_with("peak memory")).count(), KINDS - 1);
    }

    #[test]
    fn findings_are_summed() {
        assert!((sum(&serde_json::json!({ "error": 2, "warning": 3 })) - 5.0).abs() < f64::EPSILON);
        assert!(sum(&Value::Null).abs() < f64::EPSILON);
    }
}
