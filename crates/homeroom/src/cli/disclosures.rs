//! `homeroom disclosures`: who has seen a person's data, and what an application
//! was given.

use super::Setting;
use crate::admin::disclosures::{app_told, person_told};
use crate::output::{Failure, Status};

/// Tell who has seen a person's data, or what an application was given
///
/// Every answer of the server is on record, as a few numbers: the people in it
/// are found again in the history of the roster, for as long as that is kept.
#[derive(Debug, clap::Args)]
#[group(id = "whose", required = true, multiple = false, args = ["user", "app"])]
pub(super) struct Disclosures {
    /// The sourcedId of a person: every answer in which records of theirs were given
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// The name of an application: every answer that it was given
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
}

impl Disclosures {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let database = setting.database()?;
        let roster = setting.roster()?;
        let access = setting.access(&database)?;
        let (document, text) = match (&self.user, &self.app) {
            (Some(person), _) => person_told(&roster, &access, person)?,
            (_, Some(app)) => app_told(&access, app)?,
            _ => return Err(Failure::usage("name a person by --user, or an application by --app")),
        };
        setting.output.result(&document, &text)?;
        Ok(Status::Done)
    }
}
