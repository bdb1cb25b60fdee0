//! `homeroom database migrate`: tables brought up to date.

use crate::cli::Setting;
use crate::output::{Failure, Status};
use crate::system::System;
use homeroom_store::access::Audit;
use homeroom_store::{DatabaseUrl, Roster, Tables, Tenants, migrations};
use serde_json::json;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Migrate {
    /// Tell what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let database = setting.database()?;
        if let DatabaseUrl::Sqlite(path) = &database
            && !path.is_file()
        {
            return Err(Failure::refused(format!("there is no database {}", path.display()))
                .hint("name it with --database sqlite:PATH; the first import makes one"));
        }
        let before = migrations(&database)?;
        if let Some(tables) = before.iter().find(|tables| !tables.compatible) {
            let message = format!("the tables of {} are of a later version: {}", tables.of, tables.unknown.join(", "));
            return Err(Failure::refused(message).hint("use the program that made them, or a newer one"));
        }
        if !self.dry_run {
            for tenant in Tenants::of(&database).names()? {
                drop(Roster::open_tenant(&database, &tenant)?);
            }
            // Applications have tables of their own once there are any.
            if database.beside("access").is_some_and(|path| path.exists()) {
                drop(Audit::open(&database, setting.tenant(), Arc::new(System))?);
            }
        }
        let document = json!({ "done": !self.dry_run, "tables": before.iter().map(one).collect::<Vec<_>>() });
        setting.output.result(&document, &self.text(&before))?;
        Ok(Status::Done)
    }

    fn text(&self, before: &[Tables]) -> String {
        let mut text = String::new();
        for Tables { of, made, pending, .. } in before {
            text.push_str(&match pending.as_slice() {
                [] => format!("{of}: up to date, {} migrations\n", made.len()),
                pending => format!("{of}: {} {}\n", if self.dry_run { "lacks" } else { "made" }, pending.join(", ")),
            });
        }
        if self.dry_run && before.iter().any(|tables| !tables.pending.is_empty()) {
            text.push_str("Back up the database, then run: homeroom database migrate");
        }
        text
    }
}

fn one(tables: &Tables) -> serde_json::Value {
    json!({ "of": tables.of, "before": tables.made.last(), "pending": tables.pending })
}
