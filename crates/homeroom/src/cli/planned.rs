//! What is said on the command line of a run that shows its plan and wants a yes.

use super::import::Terminal;
use super::setting::user;
use crate::intake::words::percent;
use crate::output::{Output, Status};
use homeroom_store::RunState;

/// How a run is approved, and what holds it.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Planned {
    /// Show what would change and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write the plan without asking
    #[arg(long)]
    yes: bool,
    /// Share of a type that may be removed, in percent, before the run is held;
    /// ten records may always be
    /// [default: as `homeroom runs guards` says, 10 if it says nothing]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(super) max_removed: Option<f64>,
}

impl Planned {
    /// Of a run that is only looked at.
    pub(super) fn dry() -> Planned {
        Planned { dry_run: true, ..Planned::default() }
    }

    /// By which name a run knows who approves it.
    pub(super) fn who(&self) -> String {
        if self.yes { "--yes".to_owned() } else { user() }
    }

    /// Who watches the run, and is asked.
    pub(super) fn watcher(&self, output: Output) -> Terminal {
        Terminal::new(output, self.yes && !self.dry_run)
    }

    /// What the state in which a run ended is to the command.
    pub(super) fn status(&self, state: RunState) -> Status {
        match state {
            RunState::Applied => Status::Done,
            RunState::Planned | RunState::Held if self.dry_run => Status::Done,
            RunState::Rejected => Status::Refused,
            _ => Status::NotDone,
        }
    }
}
