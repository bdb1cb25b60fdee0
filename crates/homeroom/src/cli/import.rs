//! `homeroom import`: a package into the roster.

use super::Setting;
use crate::intake::{Ended, Request, Step, Watcher, import, plan_table, sentence};
use crate::output::{Failure, Output, Status};
use homeroom_store::RunState;
use homeroom_store::intake::Plan;
use indicatif::{ProgressBar, ProgressStyle};
use oneroster::validate::{Report, Severity};
use serde_json::{Value, json};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

/// Import a OneRoster package: check it, show what would change, write it whole.
///
/// Without --yes the plan is shown and, on a terminal, you are asked; elsewhere
/// nothing is written and the run ends as planned (exit status 1). A run that
/// would remove much is held and says how to go on.
#[derive(clap::Args, Debug)]
pub(super) struct Import {
    /// The package: a zip, or a folder with manifest.csv
    package: PathBuf,
    /// Name of the source that owns these records; what it no longer sends is removed
    #[arg(long, value_name = "NAME", default_value = "file")]
    source: String,
    /// Show what would change and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the plan without asking
    #[arg(long)]
    yes: bool,
    /// Share of a type that may be removed, in percent, before the run is held
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0)]
    max_removed: f64,
    #[command(flatten)]
    judging: super::validate::Judging,
}

impl Import {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        if !(0.0..=100.0).contains(&self.max_removed) {
            return Err(Failure::usage("--max-removed is a share from 0 to 100 percent"));
        }
        let request = Request {
            package: self.package.clone(),
            source: self.source.clone(),
            dry_run: self.dry_run,
            max_removed: self.max_removed,
            options: self.judging.options(setting.now()),
        };
        let roster = setting.roster()?;
        let mut watcher = Terminal::new(setting.output, self.yes && !self.dry_run);
        let ended = import(&roster, &request, &|| setting.now(), &mut watcher)?;
        watcher.bar.finish_and_clear();
        self.report(setting.output, &ended)?;
        Ok(match ended.state {
            RunState::Applied => Status::Done,
            RunState::Planned if self.dry_run => Status::Done,
            RunState::Rejected => Status::Refused,
            _ => Status::NotDone,
        })
    }

    fn report(&self, output: Output, ended: &Ended) -> Result<(), Failure> {
        output.result(&document(ended), &sentence(ended, self.dry_run))?;
        if !output.json && ended.report.count(Severity::Error) > 0 {
            output.note(&format!("See every finding with: homeroom validate {}", self.package.display()));
        }
        Ok(())
    }
}

/// The contract's document of an import.
fn document(ended: &Ended) -> Value {
    let findings: serde_json::Map<String, Value> =
        Severity::ALL.iter().map(|s| (s.word().to_owned(), ended.report.count(*s).into())).collect();
    let mut document = json!({
        "run": ended.run,
        "state": ended.state.word(),
        "plan": ended.plan,
        "findings": findings,
    });
    if let Some(reason) = &ended.reason {
        document["reason"] = json!(reason);
    }
    if let Some(published) = ended.published {
        document["published"] = json!(published.to_string());
    }
    document
}

/// The watcher at a terminal, or behind a script.
struct Terminal {
    output: Output,
    yes: bool,
    bar: ProgressBar,
    doing: &'static str,
}

impl Terminal {
    fn new(output: Output, yes: bool) -> Terminal {
        // The bar hides itself where standard error is not a terminal.
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{msg:<10} {wide_bar} {percent:>3} %  {eta} left");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Terminal { output, yes, bar, doing: "" }
    }
}

impl Watcher for Terminal {
    fn step(&mut self, step: Step) {
        if self.doing != step.doing {
            self.doing = step.doing;
            self.bar.set_message(step.doing);
            self.bar.reset();
        }
        self.bar.set_length(step.of);
        self.bar.set_position(step.done);
    }

    fn plan(&mut self, plan: &Plan, report: &Report) {
        let counts: Vec<String> = Severity::ALL
            .iter()
            .filter(|s| report.count(**s) > 0)
            .map(|s| format!("{} {}", report.count(*s), s.word()))
            .collect();
        let findings = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
        self.bar.suspend(|| self.output.note(&format!("{}findings: {findings}", plan_table(plan))));
    }

    fn approved(&self) -> bool {
        self.yes
    }

    fn approve(&mut self) -> bool {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return false;
        }
        self.bar.suspend(|| {
            let mut to = anstream::stderr();
            let mut answer = String::new();
            let asked = write!(to, "Write this? [y/N] ").and_then(|()| to.flush());
            asked.is_ok()
                && std::io::stdin().lock().read_line(&mut answer).is_ok()
                && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
        })
    }
}
