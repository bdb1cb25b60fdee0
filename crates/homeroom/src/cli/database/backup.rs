//! `homeroom database backup`: a copy of a database that is in use.

use crate::cli::Setting;
use crate::cli::setting::variable;
use crate::cli::turn::Wait;
use crate::output::{Failure, Status};
use homeroom_store::{DatabaseUrl, ErrorKind, backup};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Backup {
    /// The folder to make
    #[arg(value_name = "FILE")]
    folder: PathBuf,
    #[command(flatten)]
    wait: Wait,
}

impl Backup {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let Backup { folder, wait } = self;
        let database = setting.database()?;
        let DatabaseUrl::Sqlite(path) = &database else {
            return Err(Failure::refused("a PostgreSQL database is backed up by its own tools").hint(format!(
                "with the URL of the database in HOMEROOM_DATABASE, for a role that sees every district, a superuser or \
                 one with BYPASSRLS: pg_dump --format=custom --file={} \"$HOMEROOM_DATABASE\"; the installation key is not in it: keep {}",
                folder.display(),
                key(setting, &database)
            )));
        };
        // Looking whose turn it is makes no database.
        if !path.is_file() {
            return Err(Failure::refused(format!("there is no database {}", path.display()))
                .hint("name it with --database sqlite:PATH"));
        }
        let (_turn, _roster) = wait.roster(setting)?;
        backup(&database, folder).map_err(|error| match error.kind() {
            ErrorKind::Unusable => {
                Failure::from(error).hint("name a new folder in one that is there, on a disk with room for it")
            }
            _ => error.into(),
        })?;
        let key = key(setting, &database);
        let text = format!(
            "Backed up to the folder {}: the roster, the applications, and what is kept of runs.\nThe installation key \
             is not in it. It is in {key}; keep a copy of it in another place: without it every application needs a \
             new secret.\nTo restore, see docs/backup.md.",
            folder.display()
        );
        let document = json!({ "backup": folder.display().to_string(), "key": { "included": false, "where": key } });
        setting.output.result(&document, &text)?;
        Ok(Status::Done)
    }
}

/// Where the installation key is.
fn key(setting: &Setting, database: &DatabaseUrl) -> String {
    match (variable("HOMEROOM_KEY"), setting.key_file(), database.beside("key")) {
        (Some(_), ..) => "the environment variable HOMEROOM_KEY".to_owned(),
        (None, Some(path), _) | (None, None, Some(path)) => format!("the file {}", path.display()),
        (None, None, None) => "HOMEROOM_KEY or HOMEROOM_KEY_FILE of the server".to_owned(),
    }
}
