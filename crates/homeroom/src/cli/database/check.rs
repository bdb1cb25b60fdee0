//! `homeroom database check`: whether each roster agrees with itself.

use crate::cli::Setting;
use crate::output::{Failure, Status};
use homeroom_store::{Checked, DatabaseUrl, Fault, Roster, Tenants};
use serde_json::{Value, json};

/// So many faults of a district are named; all are counted.
const NAMED: usize = 100;
/// So many of them on a screen.
const SHOWN: usize = 20;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Check {
    /// Only the district of --tenant
    #[arg(long)]
    only: bool,
}

/// What was found of one district.
struct Found {
    tenant: String,
    checked: Checked,
    faults: Vec<Fault>,
    count: u64,
}

impl Check {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let database = setting.database()?;
        // Looking makes no database.
        if let DatabaseUrl::Sqlite(path) = &database
            && !path.is_file()
        {
            return Err(Failure::refused(format!("there is no database {}", path.display()))
                .hint("name it with --database sqlite:PATH"));
        }
        let districts = Tenants::of(&database);
        let tenants = if self.only { vec![setting.tenant().to_owned()] } else { districts.names()? };
        let mut all = Vec::new();
        for tenant in tenants {
            setting.output.note(&format!("Checking {tenant} ..."));
            all.push(look(&database, tenant)?);
        }
        let sound = all.iter().all(|found| found.count == 0);
        let document = json!({ "sound": sound, "tenants": all.iter().map(Found::document).collect::<Vec<_>>() });
        let mut text: String = all.iter().map(Found::text).collect();
        text.push_str(if sound {
            "Everything agrees."
        } else {
            "Not everything agrees. Keep this output, back up the database as it is, and restore the last good backup \
             (docs/backup.md); or import each source's last package again, which writes its records anew."
        });
        setting.output.result(&document, &text)?;
        Ok(if sound { Status::Done } else { Status::NotDone })
    }
}

fn look(database: &DatabaseUrl, tenant: String) -> Result<Found, Failure> {
    let (mut faults, mut count) = (Vec::new(), 0);
    let checked = Roster::open_tenant(database, &tenant)?.check(&mut |fault| {
        count += 1;
        if faults.len() < NAMED {
            faults.push(fault);
        }
    })?;
    Ok(Found { tenant, checked, faults, count })
}

impl Found {
    fn document(&self) -> Value {
        let faults = self.faults.iter().map(|fault| {
            json!({ "table": fault.table, "sourced_id": fault.sourced_id, "message": fault.damage.to_string() })
        });
        json!({
            "tenant": self.tenant,
            "records": self.checked.records,
            "earlier": self.checked.earlier,
            "faults": self.count,
            "named": faults.collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let Checked { records, earlier } = self.checked;
        let mut text = format!("{}: {records} records, {earlier} earlier states, {} faults\n", self.tenant, self.count);
        for Fault { table, sourced_id, damage } in self.faults.iter().take(SHOWN) {
            let of = sourced_id.as_ref().map_or(String::new(), |id| format!(" {id}"));
            text.push_str(&format!("  {table}{of}: {damage}\n"));
        }
        if self.count > SHOWN as u64 {
            text.push_str(&format!("  and {} more\n", self.count - SHOWN as u64));
        }
        text
    }
}
