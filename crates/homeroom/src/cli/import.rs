//! `homeroom import`: a package into the roster.

use super::forget::tell_of_forgotten;
use super::given::there;
use super::planned::Planned;
use super::runs::end_what_is_due;
use super::{Setting, ask};
use crate::admin::runs::ended as document;
use crate::days;
use crate::intake::words::percent;
use crate::intake::{CHECKING, Effect, Ended, Request, Step, Watcher, effects_table, look, plan_table, sentence};
use crate::interrupt;
use crate::output::{Failure, Output, Status};
use crate::progress::{Progress, Unit};
use crate::report::{self, examples};
use homeroom_store::RunState;
use homeroom_store::intake::Plan;
use oneroster::validate::{Report, Severity};
use std::path::PathBuf;

/// Import a OneRoster package: check it, show what would change, write it whole.
///
/// Without --yes the plan is shown and, on a terminal, you are asked; elsewhere
/// nothing is written and the run ends as planned. A run that looks like an
/// accident is held whatever you say: it would remove or change much, a school or
/// a file is gone, much was rejected, the package is an old one, or records belong
/// to another source. It says so in a sentence; see `homeroom runs`.
///
/// Ends with exit status 0 if the package was applied (or the run was dry), 1 if
/// it was planned or held, 2 if it is rejected whole or cannot be read.
#[derive(clap::Args, Debug)]
pub(super) struct Import {
    /// The package: a zip, or the folder of its files
    package: PathBuf,
    /// Name of the source that owns these records; what it sent before and no
    /// longer sends is removed
    #[arg(long, value_name = "NAME", default_value = "file")]
    source: String,
    #[command(flatten)]
    planned: Planned,
    /// Share of a type that may be rejected, in percent, before the run is held;
    /// ten rows may always be
    /// [default: 5]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    max_rejected: Option<f64>,
    /// Records that come under other identifiers, so that they keep their history
    /// and grades: a CSV file with the header `class,old id,new id`
    #[arg(long, value_name = "FILE")]
    rekey: Option<PathBuf>,
    #[command(flatten)]
    wait: super::turn::Wait,
    #[command(flatten)]
    judging: super::validate::Judging,
}

impl Import {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        there(&self.package)?;
        crate::system::step_back();
        interrupt::mind(setting.output)?;
        let (_turn, roster) = self.wait.roster(setting)?;
        let request = Request {
            package: self.package.clone(),
            source: self.source.clone(),
            dry_run: self.planned.dry_run,
            max_removed: self.planned.max_removed,
            max_rejected: self.max_rejected,
            rekey: self.rekey.clone(),
            nested_whole: false,
            met: Vec::new(),
            who: self.planned.who(),
            options: self.judging.options(setting.now(), days::zone(&roster)?),
        };
        let mut watcher = self.planned.watcher(setting.output);
        watcher.values = self.judging.show_values;
        let ended = setting.office(&roster, |office| office.import(&request, &mut watcher));
        watcher.progress.clear();
        let ended = ended.map_err(interrupt::cause)?;
        self.report(setting.output, &ended, &request)?;
        tell_of_forgotten(setting, &roster, &ended);
        if ended.state == RunState::Applied {
            end_what_is_due(setting, &roster);
        }
        Ok(self.planned.status(ended.state))
    }

    fn report(&self, output: Output, ended: &Ended, request: &Request) -> Result<(), Failure> {
        let mut document = document(ended);
        if self.judging.show_values {
            document["examples"] = examples(&ended.report);
        }
        output.result(&document, &sentence(ended, self.planned.dry_run))?;
        if ended.unknown > 0 {
            output.note(&format!(
                "note: {} old identifiers of the mapping are not in the roster of this source",
                ended.unknown
            ));
        }
        if let Some(path) = &ended.rekey {
            output.note(&format!(
                "What seems to belong together was written to {}. Check it, and import with: --rekey {}",
                path.display(),
                path.display()
            ));
        }
        if !output.json && ended.report.count(Severity::Error) > 0 {
            output.note(&format!("See every finding with: {}", look(request)));
        }
        Ok(())
    }
}

/// The watcher at a terminal, or behind a script.
pub(super) struct Terminal {
    output: Output,
    yes: bool,
    /// Whether findings are shown with the values they are about.
    pub(super) values: bool,
    pub(super) progress: Progress,
    /// What was done to the records before.
    rules: String,
}

impl Terminal {
    pub(super) fn new(output: Output, yes: bool) -> Terminal {
        Terminal { output, yes, values: false, progress: Progress::default(), rules: String::new() }
    }
}

impl Watcher for Terminal {
    fn step(&mut self, step: Step) {
        let unit = if step.doing == CHECKING { Unit::Bytes } else { Unit::Records };
        self.progress.show(step.doing, step.done, step.of, unit);
    }

    fn effects(&mut self, effects: &[Effect]) {
        self.rules = effects_table(effects);
    }

    fn plan(&mut self, plan: &Plan, found: &Report) {
        let counts: Vec<String> = Severity::ALL
            .iter()
            .filter(|s| found.count(**s) > 0)
            .map(|s| format!("{} {}", found.count(*s), s.word()))
            .collect();
        let findings = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
        let mut shown = Vec::new();
        if self.values {
            // Memory takes whatever is written to it.
            let _ = report::findings(&mut shown, found);
        }
        // The plan comes last: it is what may be asked about.
        let shown = String::from_utf8_lossy(&shown);
        let text = format!("{}\n\n{}{}findings: {findings}", shown.trim(), plan_table(plan), self.rules);
        self.progress.aside(|| self.output.note(text.trim_start_matches('\n')));
    }

    fn note(&mut self, said: &str) {
        self.progress.aside(|| self.output.note(&format!("note: {said}")));
    }

    fn approved(&self) -> bool {
        self.yes
    }

    fn approve(&mut self) -> bool {
        self.progress.aside(|| ask::yes("Write this?"))
    }
}
