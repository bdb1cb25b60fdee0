//! Waiting for the turn to write.

use super::Setting;
use crate::output::Failure;
use homeroom_store::{Roster, Turn};
use std::time::{Duration, Instant};

/// How often it is looked whether the turn is free.
const LOOK: Duration = Duration::from_millis(50);

/// How long to wait for another command that writes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Wait {
    /// How long to wait, in seconds, while another import runs
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    wait: u64,
}

impl Wait {
    /// Waits for the turn, and opens the roster.
    pub(super) fn roster(&self, setting: &Setting) -> Result<(Turn, Roster), Failure> {
        let turn = self.turn(setting)?;
        let roster = setting.roster()?;
        // Whatever still counts as being made has died with its process.
        for id in roster.break_off(setting.now())? {
            setting.output.note(&format!("note: run {id} was broken off before its end; the roster stayed as it was"));
            roster.archive().forget_package(id)?;
        }
        Ok((turn, roster))
    }

    fn turn(&self, setting: &Setting) -> Result<Turn, Failure> {
        let database = setting.database()?;
        let start = Instant::now();
        let mut said = false;
        loop {
            if let Some(turn) = Turn::take(&database, setting.tenant())? {
                return Ok(turn);
            }
            if start.elapsed() >= Duration::from_secs(self.wait) {
                return Err(Failure {
                    code: "busy",
                    message: "another import into this roster is running".to_owned(),
                    hint: Some("try again when it has ended, or wait for it with a longer --wait".to_owned()),
                    status: 1,
                });
            }
            if !said {
                setting.output.note("another import into this roster is running; waiting for its end");
                said = true;
            }
            std::thread::sleep(LOOK);
        }
    }
}
