//! `homeroom database`: what is done to the database as a whole.

mod backup;
mod check;
mod copy;
mod migrate;

use super::Setting;
use crate::output::{Failure, Status};

/// Back up the database, check it, migrate it, or copy it into another one
#[derive(Debug, clap::Subcommand)]
pub(super) enum Database {
    /// Copy the database into a new folder, while it is in use
    ///
    /// The copy holds the roster with its history, the applications, and what is
    /// kept of runs, but not the installation key: keep that apart. To restore,
    /// stop the server, and put the files back where they were, with the key.
    Backup(backup::Backup),
    /// Look whether every district's roster agrees with itself, while it is in use
    ///
    /// Every record is read and held against what is stored beside it for
    /// queries: columns, references, totals, instants, and applications' views.
    /// Nothing is changed. Ends with 1 if anything is wrong.
    Check(check::Check),
    /// Copy the whole installation into another database, from SQLite to
    /// PostgreSQL or back
    ///
    /// Every district with its history and runs, the applications with their
    /// secrets, sources, targets and the audit. What was written is read back and
    /// compared. Stop the server before: what is written meanwhile is not taken
    /// along.
    Copy(copy::Copy),
    /// Bring the tables up to this version of the program
    ///
    /// Every command does so by itself when it opens a database; this one does
    /// it beforehand, or tells by --dry-run what would be done.
    Migrate(migrate::Migrate),
}

impl Database {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Database::Backup(backup) => backup.run(setting),
            Database::Check(check) => check.run(setting),
            Database::Copy(copy) => copy.run(setting),
            Database::Migrate(migrate) => migrate.run(setting),
        }
    }
}
