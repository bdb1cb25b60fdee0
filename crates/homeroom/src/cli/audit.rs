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
    /// That of a district that was removed
    #[arg(long, value_name = "NAME")]
    removed: Option<String>,
}

impl Audit {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let audit = Lines::open(&setting.database()?, setting.tenant(), Arc::new(System))?;
        let audit = match &self.removed {
            Some(name) => audit.of(name),
            None => audit,
        };
        let lines: Vec<Audited> = audit.lines()?.into_iter().take(self.last).collect();
        if let (Some(name), true) = (&self.removed, lines.is_empty()) {
            let message = format!("nothing is on record of a tenant {name:?}");
            let hint =
                Some("write its name as it was; of tenants that are there: homeroom audit --tenant NAME".to_owned());
            return Err(Failure { code: "not_found", message, hint, status: 1 });
        }
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
