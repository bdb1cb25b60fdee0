//! `homeroom tenant remove`: the end of a district.

use crate::cli::Setting;
use crate::cli::setting::who;
use crate::cli::turn::Wait;
use crate::interrupt;
use crate::output::{Failure, Status};
use crate::sync::source::Room;
use homeroom_store::{DEFAULT_TENANT, DatabaseUrl, Tenants};
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Remove a district with all its data: its roster and history, runs, kept
/// packages, applications and their tokens; this cannot be undone
///
/// What was done in it stays in the audit (`homeroom audit --removed NAME`).
/// `homeroom tenant export` writes all of it before.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Remove {
    /// Its name
    name: String,
    /// Do it without asking for the name once more
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    wait: Wait,
}

impl Remove {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let name = &self.name;
        if name == DEFAULT_TENANT {
            let message = "the tenant default is that of the installation, and is not removed";
            return Err(Failure::refused(message).hint("remove the database itself, or name another tenant"));
        }
        let there = super::known(setting, name)?;
        if !self.yes && !asked(name)? {
            return Err(Failure::refused(format!("{name} was not removed"))
                .hint("type its name when asked, or add --yes to do it without being asked"));
        }
        let (turn, roster) = self.wait.roster(&there)?;
        // Applications first: from here on nobody is given anything.
        let made = match there.access_if_any()? {
            Some(access) => access.remove_tenant(&who())?,
            None => Vec::new(),
        };
        // Those that were made here may have read elsewhere.
        for other in setting.rosters(None)? {
            for client in &made {
                other.remove_views(client)?;
            }
        }
        drop(roster);
        Tenants::of(&setting.database()?).remove(name)?;
        drop(turn);
        let elsewhere = swept(setting, name)?;
        let text = format!(
            "{name} is removed with {} applications. A server that is running goes on with the others.{elsewhere}\n\
             What was done in it is told by: homeroom audit --removed {name}",
            made.len()
        );
        setting.output.result(&json!({ "tenant": name, "removed": true, "apps": made.len() }), &text)?;
        Ok(Status::Done)
    }
}

/// Removes what sources fetched and kept for it, where that does not stand beside
/// the database; says what may lie on other machines.
fn swept(setting: &Setting, name: &str) -> Result<String, Failure> {
    let database = setting.database()?;
    let DatabaseUrl::Postgres(_) = database else { return Ok(String::new()) };
    if let Some(folder) = Room::all(&database, name, setting.room()) {
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let message = format!(
                    "{name} is removed, but not what its sources had fetched: {} cannot be removed: {error}",
                    folder.display()
                );
                return Err(Failure::refused(message).hint("remove that folder by hand"));
            }
            _ => {}
        }
    }
    Ok(format!(
        "\nNodes that fetch by schedule keep what they fetched: remove the folder {name} in their HOMEROOM_SOURCES."
    ))
}

/// Whether the name is typed again.
fn asked(name: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(false);
    }
    let mut to = anstream::stderr();
    write!(to, "All data of {name} will be removed for good. Type its name to go on: ").and_then(|()| to.flush())?;
    let answer = || {
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map(|_| answer).unwrap_or_default()
    };
    Ok(interrupt::unless(answer).is_some_and(|answer| answer.trim() == name))
}
