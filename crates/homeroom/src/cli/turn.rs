//! Waiting for the turn to write.

use super::Setting;
use crate::admin::{clear, turn};
use crate::output::Failure;
use homeroom_store::{Roster, Turn};
use std::time::Duration;

/// So long if nothing else is said, in seconds.
const PATIENCE: u64 = 300;

/// How long to wait for another command that writes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Wait {
    /// How long to wait, in seconds, while another import runs
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE)]
    wait: u64,
}

impl Default for Wait {
    fn default() -> Wait {
        Wait { wait: PATIENCE }
    }
}

impl Wait {
    /// Waits for the turn, and opens the roster.
    pub(super) fn roster(&self, setting: &Setting) -> Result<(Turn, Roster), Failure> {
        let turn = self.turn(setting)?;
        let roster = setting.roster()?.under(&turn);
        // Whatever still counts as being made has died with its process.
        for id in clear(&roster, setting.now())? {
            setting.output.note(&format!("note: run {id} was broken off before its end; the roster stayed as it was"));
        }
        Ok((turn, roster))
    }

    /// The same as a time.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.wait)
    }

    fn turn(&self, setting: &Setting) -> Result<Turn, Failure> {
        turn(&setting.database()?, setting.tenant(), self.patience(), &mut || {
            setting.output.note("another import into this roster is running; waiting for its end");
        })
    }
}
