//! `homeroom audit`: who did what.

use super::Setting;
use crate::output::{Failure, Status};
use crate::system::System;
use homeroom_store::access::{Audit as Lines, Audited};
use serde_json::{Value, json};
use std::sync::Arc;

/// Show who administered what, and when; what was before, and what is now
#[derive(Debug, clap::Args)]
pub(super) struct Audit {
    /// How many lines, the latest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    last: usize,
}

impl Audit {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let audit = Lines::open(&setting.database()?, setting.tenant(), Arc::new(System))?;
        let lines: Vec<Audited> = audit.lines()?.into_iter().take(self.last).collect();
        let text = if lines.is_empty() {
            "Nothing was administered yet.".to_owned()
        } else {
            let line = |l: &Audited| format!("{}  {}  {}  {}  {}\n", l.at, l.who, l.action, l.subject, l.detail);
            lines.iter().map(line).collect()
        };
        setting.output.result(&document(&lines), &text)?;
        Ok(Status::Done)
    }
}

fn document(lines: &[Audited]) -> Value {
    json!({ "audit": lines.iter().map(crate::admin::audited).collect::<Vec<_>>() })
}
