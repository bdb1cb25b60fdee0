//! `homeroom runs`: what came in, what waits for a yes, and taking it back.

mod guards;
mod retention;
mod show;
mod undo;

use super::Setting;
use super::forget::tell_of_forgotten;
use super::import::Terminal;
use super::turn::Wait;
use crate::admin::runs::{brief, ended as document, sums, undone as undone_document};
use crate::intake::{kind_named, sentence};
use crate::output::{Failure, Status};
use homeroom_store::{Roster, Run, RunState};
use oneroster::model::Kind;
pub(super) use retention::end_what_is_due;
use serde_json::json;

/// So many runs are listed unless more are asked for.
const LISTED: u32 = 20;

/// What came in and what waits for your yes: list, show, approve, reject, undo,
/// guards, retention
#[derive(Debug, clap::Subcommand)]
pub(super) enum Runs {
    /// List the latest runs
    List {
        /// How many
        #[arg(long, value_name = "N", default_value_t = LISTED)]
        last: u32,
    },
    /// Show one run: what it changes, for each school, and what to do next
    Show {
        /// Its number
        #[arg(value_parser = number)]
        id: i64,
        #[command(flatten)]
        which: Which,
    },
    /// Write a run that is planned or held; if the roster has changed since and
    /// the plan with it, the new plan is shown and nothing is written
    Approve {
        /// Its number
        #[arg(value_parser = number)]
        id: i64,
        #[command(flatten)]
        wait: Wait,
    },
    /// Drop a run that is planned or held
    Reject {
        /// Its number
        #[arg(value_parser = number)]
        id: i64,
        #[command(flatten)]
        wait: Wait,
    },
    /// Take an applied run back by a new run; records that were changed since stay
    /// as they are, and so do those that others need
    Undo {
        /// Its number
        #[arg(value_parser = number)]
        id: i64,
        /// Take back what others need, too, together with what cannot stand
        /// without it; how many scores go is said
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        wait: Wait,
    },
    /// Show how much a run may move before it is held, or set it
    ///
    /// Without a value to set, what is set is shown. What is said of an entity of
    /// a source counts before what is said of the source, that before what is said
    /// of the entity, and that before what is said of all. `default` takes a
    /// setting away.
    Guards(guards::Guards),
    /// Show how long history and packages are kept, or set it
    ///
    /// What is older goes at the end of the next import that is applied. `default`
    /// takes a setting away.
    Retention(retention::Retention),
}

/// What of a run to show.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Show the records that it changes, and which of their fields
    #[arg(long)]
    changes: bool,
    /// Only those of one file, such as users
    #[arg(long, value_name = "KIND", value_parser = kind, requires = "changes")]
    kind: Option<Kind>,
    /// Show the values before and after, too; they may be of people
    #[arg(long, requires = "changes")]
    show_values: bool,
    /// Show every finding
    #[arg(long)]
    findings: bool,
}

/// The number of a run.
fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| "it is the number of a run, as homeroom runs list shows it".to_owned())
}

/// The kind that a word of the command line means.
pub(super) fn kind(text: &str) -> Result<Kind, String> {
    kind_named(text)
        .ok_or_else(|| format!("{text} is not the name of a OneRoster file; names look like users or enrollments"))
}

impl Runs {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Runs::List { last } => list(setting, &setting.roster()?, *last),
            Runs::Show { id, which } => show::show(setting, &setting.roster()?, *id, which),
            Runs::Approve { id, wait } => {
                let (_turn, roster) = wait.roster(setting)?;
                let mut watcher = Terminal::new(setting.output, true);
                let ended = setting.office(&roster, |office| office.approve(*id, &mut watcher))?;
                watcher.progress.clear();
                setting.output.result(&document(&ended), &sentence(&ended, false))?;
                tell_of_forgotten(setting, &roster, &ended);
                if ended.state == RunState::Applied {
                    end_what_is_due(setting, &roster);
                }
                Ok(match ended.state {
                    RunState::Applied => Status::Done,
                    RunState::Rejected => Status::Refused,
                    _ => Status::NotDone,
                })
            }
            Runs::Reject { id, wait } => {
                let (_turn, roster) = wait.roster(setting)?;
                let run = setting.office(&roster, |office| office.reject(*id))?;
                let text = format!("Run {id}: rejected; the roster stays as it is.");
                setting.output.result(&json!({ "run": id, "state": run.state.word() }), &text)?;
                Ok(Status::Done)
            }
            Runs::Undo { id, force, wait } => {
                let (_turn, roster) = wait.roster(setting)?;
                let undone = setting.office(&roster, |office| office.undo(*id, *force))?;
                setting.output.result(&undone_document(&undone), &undo::text(&undone))?;
                Ok(Status::Done)
            }
            Runs::Guards(guards) => guards.run(setting),
            Runs::Retention(retention) => retention.run(setting),
        }
    }
}

fn list(setting: &Setting, roster: &Roster, last: u32) -> Result<Status, Failure> {
    let runs = roster.runs(last.into())?;
    let mut documents = Vec::new();
    let mut text = String::new();
    for run in &runs {
        let source = roster.source_name(run.source)?.unwrap_or_default();
        documents.push(brief(run, &source));
        text.push_str(&line(run, &source));
    }
    if runs.is_empty() {
        text = "Nothing was imported yet; `homeroom import PACKAGE` begins.".to_owned();
    }
    setting.output.result(&json!({ "runs": documents }), &text)?;
    Ok(Status::Done)
}

fn line(run: &Run, source: &str) -> String {
    let [added, changed, removed] = sums(&run.plan);
    let what = match run.undoes {
        Some(undone) => format!("takes back run {undone}"),
        None => format!("{} from \"{source}\"", run.package),
    };
    format!(
        "{:>5}  {}  {:<10}  +{added} ~{changed} -{removed}  {what}\n",
        run.id.unwrap_or_default(),
        run.started,
        run.state.word(),
    )
}
