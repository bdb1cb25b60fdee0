//! `homeroom validate`: what is wrong with a package, and what to do about it.

use super::Setting;
use super::setting::there;
use crate::output::{Failure, Status};
use crate::report::{self, Format};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use oneroster::csv::Package;
use oneroster::model::Version;
use oneroster::time::Timestamp;
use oneroster::validate::{Code, Judgement, Options, Progress, Severity, judge};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

/// How a package is to be judged; `import` takes the same options.
#[derive(Clone, Debug, clap::Args)]
pub struct Judging {
    /// Judge by the letter of the standard: repair nothing, and import nothing
    /// if there is any error
    #[arg(long)]
    pub strict: bool,
    /// Repairs that are made only by your consent, by their codes, parted by
    /// commas; now D3: a package without a manifest (together with --assume)
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    pub consent: Vec<Code>,
    /// The version to take where the package has no manifest: 1.1 or 1.2
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub assume: Option<Version>,
    /// The time zone of the district, such as America/Chicago
    #[arg(long, value_name = "TZ", default_value = "UTC", value_parser = zone)]
    pub timezone: TimeZone,
    /// Show the cell values that findings are about; they may name people
    #[arg(long)]
    pub show_values: bool,
}

impl Judging {
    /// The options of a run that begins at this time.
    pub fn options(&self, now: Timestamp) -> Options {
        Options {
            strict: self.strict,
            consent: self.consent.clone(),
            assume: self.assume,
            values: self.show_values,
            now,
            zone: self.timezone.clone(),
        }
    }
}

/// Check a OneRoster package and tell what is wrong with it, and where; nothing
/// is imported
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

fn code(text: &str) -> Result<Code, String> {
    Code::from_label(text.trim()).ok_or_else(|| format!("{text} is not the code of a rule; codes look like D3"))
}

fn version(text: &str) -> Result<Version, String> {
    Version::from_label(text).ok_or_else(|| match text {
        "1.0" => "OneRoster 1.0 is not read by this release; 1.1 and 1.2 are".to_owned(),
        _ => "the versions that are read are 1.1 and 1.2".to_owned(),
    })
}

fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| format!("{text} is not a time zone; zones look like America/Chicago"))
}

impl Validate {
    /// Runs the command. Exit status: 0 without errors, 1 with errors, 2 if the
    /// package is rejected whole or cannot be read.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        there(&self.package)?;
        let format = if setting.output.json { Format::Json } else { self.format };
        let bar = progress_bar(format);
        let options = self.judging.options(setting.now());
        let judged = Package::open(&self.package)
            .and_then(|mut package| judge(&mut package, &options, &mut |progress: Progress| show(&bar, progress)));
        bar.finish_and_clear();
        let judgement = judged?;
        self.write(&judgement, format)?;
        Ok(if judgement.unusable {
            Status::Refused
        } else if judgement.report.count(Severity::Error) > 0 {
            Status::NotDone
        } else {
            Status::Done
        })
    }

    fn write(&self, judgement: &Judgement, format: Format) -> Result<(), Failure> {
        let values = self.judging.show_values;
        let Some(path) = &self.output else {
            let mut out = BufWriter::new(io::stdout().lock());
            let written = report::write(&mut out, judgement, format, values).and_then(|()| Ok(out.flush()?));
            return match written {
                // A reader that closed the pipe has seen enough.
                Err(error) if !is_broken_pipe(&error) => Err(unwritten("standard output", &error)),
                _ => Ok(()),
            };
        };
        let name = path.display().to_string();
        let file = File::create(path).map_err(|error| unwritten(&name, &error.into()))?;
        let mut out = BufWriter::new(file);
        report::write(&mut out, judgement, format, values)
            .and_then(|()| Ok(out.flush()?))
            .map_err(|error| unwritten(&name, &error))
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().map(io::Error::kind) == Some(io::ErrorKind::BrokenPipe)
}

fn unwritten(name: &str, error: &anyhow::Error) -> Failure {
    Failure::unreadable(format!("the report cannot be written to {name}: {error:#}"))
}

fn progress_bar(format: Format) -> ProgressBar {
    if format == Format::Json || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:18} {bar:40} {percent:>3}%")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.bytes);
    bar.set_message(progress.kind.entity().plural);
}
