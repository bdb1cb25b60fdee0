//! `homeroom database copy`: a whole installation into another database.

use crate::cli::Setting;
use crate::output::{Failure, Status};
use homeroom_store::{DatabaseUrl, ErrorKind, Roster, Tenants, Turn, transfer};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Copy {
    /// The database to make: sqlite:PATH or postgres://... with nothing in it; a
    /// password is better given by the environment
    #[arg(value_name = "URL", env = "HOMEROOM_COPY_TO", hide_env_values = true, value_parser = DatabaseUrl::parse)]
    to: DatabaseUrl,
}

impl Copy {
    /// What is to be done before it is tried again: what arrived looks like an
    /// installation, and is none.
    fn again(&self) -> String {
        let remove = match &self.to {
            DatabaseUrl::Sqlite(path) => {
                format!("remove {0} and every file and folder whose name begins with {0}-", path.display())
            }
            DatabaseUrl::Postgres(_) => "drop the other database and create it anew".to_owned(),
        };
        format!("what has arrived is no whole copy: {remove}, then try again")
    }

    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let from = setting.database()?;
        if let DatabaseUrl::Sqlite(path) = &from
            && !path.is_file()
        {
            return Err(Failure::refused(format!("there is no database {}", path.display()))
                .hint("name the one to copy with --database sqlite:PATH"));
        }
        let districts = Tenants::of(&from);
        let tenants = districts.names()?;
        // Nothing is imported anywhere meanwhile.
        let mut turns = Vec::new();
        for tenant in &tenants {
            turns.push(Turn::take(&from, tenant)?.ok_or_else(|| {
                Failure::refused(format!("an import into {tenant} is running")).hint("try again when it has ended")
            })?);
        }
        let (mut rows, mut tables) = (0, 0);
        transfer(&from, &self.to, &mut |carried| {
            rows += carried.rows;
            tables += 1;
            let of = carried.tenant.map_or("the applications".to_owned(), |tenant| format!("of {tenant}"));
            if carried.rows == 0 {
                return;
            }
            setting.output.note(&format!("{} {of}: {} rows, the same on both sides", carried.table, carried.rows));
        })
        .map_err(|error| match error.kind() {
            ErrorKind::Refused => error.into(),
            _ => Failure::from(error).hint(self.again()),
        })?;
        let mut faults = 0_u64;
        for tenant in &tenants {
            Roster::open_tenant(&self.to, tenant)?.check(&mut |_| faults += 1)?;
        }
        let to = self.to.to_string();
        let document = json!({ "to": to, "tenants": tenants, "tables": tables, "rows": rows, "faults": faults });
        let text = format!(
            "Copied {rows} rows of {tables} tables of {} districts to {to}, with the packages of their runs, and read \
             them back: they are the same.\nThe copy needs the same installation key. What applications wrote here since \
             it began is not in it: stop the server before, and start it on the copy.{}",
            tenants.len(),
            if faults > 0 { "\nNot everything agrees in it; see homeroom database check." } else { "" }
        );
        setting.output.result(&document, &text)?;
        Ok(if faults > 0 { Status::NotDone } else { Status::Done })
    }
}
