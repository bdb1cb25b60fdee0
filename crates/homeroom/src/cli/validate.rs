//! `homeroom validate`: what is wrong with a package, and what to do about it.

use super::Setting;
use super::given::there;
use crate::days;
use crate::intake::words::{code, edition, pad, zone};
use crate::interrupt;
use crate::output::{Failure, Status, standard, whole_file};
use crate::progress::{Progress, Unit};
use crate::report::{self, About, Format};
use homeroom_store::Roster;
use homeroom_store::intake::Recorded;
use jiff::tz::TimeZone;
use oneroster::model::{Edition, Kind};
use oneroster::time::Timestamp;
use oneroster::validate::{Code, Judgement, Options, Severity, judge, judge_against};
use std::io::Write;
use std::path::{Path, PathBuf};

/// How a package is to be judged; `import` takes the same options.
#[derive(Clone, Debug, clap::Args)]
pub struct Judging {
    /// Judge by the letter of the standard: repair nothing, and import nothing
    /// if there is any error
    #[arg(long)]
    pub strict: bool,
    /// Treatments that are done only by your consent, by their codes, parted by
    /// commas: D3 takes a package without a manifest (together with --assume),
    /// D10 reads Windows-1252, D28 the day numbers of spreadsheets, D39 takes
    /// identifiers that seem to have passed to other people, D50 stores
    /// passwords, D55 leaves out placeholders for people, D58 keeps identifiers
    /// of any characters, U3 takes aides of OneRoster 1.0 for further teachers
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    pub consent: Vec<Code>,
    /// How many digits the identifiers of a file have, where a spreadsheet took
    /// their leading zeros, such as users=8,classes=6: shorter numbers are filled
    /// up, wherever they stand
    #[arg(long, value_name = "FILE=WIDTH", value_delimiter = ',', value_parser = pad)]
    pub pad: Vec<(Kind, u8)>,
    /// The version to take where the package has no manifest: 1.0, or, together
    /// with --consent D3, 1.1 or 1.2
    #[arg(long, value_name = "VERSION", value_parser = edition)]
    pub assume: Option<Edition>,
    /// The time zone of the district, such as America/Chicago
    /// [default: as `homeroom tenant` says, UTC if it says nothing]
    #[arg(long, value_name = "TZ", value_parser = zone)]
    pub timezone: Option<TimeZone>,
    /// Show the cell values that findings are about; they may name people
    #[arg(long)]
    pub show_values: bool,
}

impl Judging {
    /// The options of a run that begins at this time, in a district of this time
    /// zone unless another one is given.
    pub fn options(&self, now: Timestamp, zone: TimeZone) -> Options {
        Options {
            strict: self.strict,
            consent: self.consent.clone(),
            assume: self.assume,
            values: self.show_values,
            pad: self.pad.clone(),
            zone: self.timezone.clone().unwrap_or(zone),
            ..Options::careful(now)
        }
    }
}

/// Check a OneRoster package and tell what is wrong with it, and where; nothing
/// is imported
///
/// References of a package of changes may lead to what the database holds, if
/// there is one.
///
/// Ends with exit status 0 if there is no error, 1 if there is one, 2 if the
/// package is rejected whole or cannot be read.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Validate {
    /// The package: a zip, or the folder of its files
    pub package: PathBuf,
    #[command(flatten)]
    pub judging: Judging,
    /// How to write the findings
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl Validate {
    /// Runs the command. Exit status: 0 without errors, 1 with errors, 2 if the
    /// package is rejected whole or cannot be read.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        there(&self.package)?;
        interrupt::mind(setting.output)?;
        let format = if setting.output.json { Format::Json } else { self.format };
        let zone = if self.judging.timezone.is_none() { zone_of(setting) } else { TimeZone::UTC };
        let options = self.judging.options(setting.now(), zone);
        let judgement = judged(&self.package, &options, stored(setting)?).map_err(interrupt::cause)?;
        let about = About { package: &self.package, options: &options, judgement: &judgement };
        self.write(&about, format)?;
        Ok(if judgement.unusable {
            Status::Refused
        } else if judgement.report.count(Severity::Error) > 0 {
            Status::NotDone
        } else {
            Status::Done
        })
    }

    fn write(&self, about: &About<'_>, format: Format) -> Result<(), Failure> {
        let write = |out: &mut dyn Write| report::write(out, about, format);
        match &self.output {
            Some(path) => whole_file(path, write),
            None => standard(write),
        }
    }
}

/// Opens and judges a package, and shows how far that has come.
fn judged(path: &Path, options: &Options, known: Option<Recorded>) -> Result<Judgement, Failure> {
    let mut package = interrupt::open(path)?;
    let mut progress = Progress::default();
    let mut told = |step: oneroster::validate::Progress| {
        progress.show(step.kind.entity().plural, step.bytes, step.total, Unit::Bytes);
    };
    let judged = match known {
        None => judge(&mut package, options, &mut told),
        Some(mut known) => {
            let judged = judge_against(&mut package, options, &mut known, &mut told);
            known.finish()?;
            judged
        }
    };
    progress.clear();
    Ok(judged?)
}

/// The database, if there is one, to judge a package of changes by; it is
/// opened only if there is something to ask.
fn stored(setting: &Setting) -> Result<Option<Recorded>, Failure> {
    let database = setting.database()?;
    Ok(setting.has_roster()?.then(|| Roster::known_in(database, setting.tenant().to_owned())))
}

/// The time zone of the district, if there is a roster that knows it. A package
/// can be judged without one, so whatever is wrong with it is only told.
fn zone_of(setting: &Setting) -> TimeZone {
    let asked = || -> Result<TimeZone, Failure> {
        Ok(if setting.has_roster()? { days::zone(&setting.roster()?)? } else { TimeZone::UTC })
    };
    asked().unwrap_or_else(|failure| {
        setting.output.note(&format!("note: the time zone of the district is not known, so UTC is taken: {failure}"));
        TimeZone::UTC
    })
}
