//! `homeroom tenant`: the districts of an installation.

mod export;
mod remove;

use super::setting::{among, who};
use super::{Setting, demo};
use crate::days;
use crate::intake::words::zone;
use crate::output::{Failure, Status};
use crate::system::System;
use homeroom_store::access::Audit;
use homeroom_store::{DEFAULT_TENANT, Roster, Tenants};
use jiff::tz::TimeZone;
use oneroster::time::Timestamp;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// The districts of this installation, each with a roster of its own
#[derive(Debug, clap::Subcommand)]
pub(super) enum Tenant {
    /// Add a district, with an empty roster
    ///
    /// Every command works on it with --tenant NAME; applications reach it under
    /// /t/NAME, and without that prefix if it is the only one that they are
    /// authorized for.
    Add {
        /// 1 to 40 lower-case letters, digits and hyphens
        name: String,
        /// Its time zone, such as America/Chicago: by it a day begins and ends
        #[arg(long, value_name = "TZ", value_parser = zone)]
        timezone: Option<TimeZone>,
        /// Fill it with a made-up district, for people to try things on
        #[arg(long)]
        sandbox: bool,
        /// How many students the made-up district has
        #[arg(long, value_name = "N", requires = "sandbox", default_value_t = 1_000, value_parser = demo::students())]
        students: u32,
    },
    /// List the districts
    List,
    /// Change what is set of a district
    Edit {
        /// Its name
        name: String,
        /// Its time zone, such as America/Chicago: by it a day begins and ends
        #[arg(long, value_name = "TZ", value_parser = zone)]
        timezone: TimeZone,
    },
    /// Give applications nothing of a district, at once, and let its schedules and
    /// targets rest; its data stay
    Suspend {
        /// Its name
        name: String,
    },
    /// Let applications of a suspended district go on as they were granted
    Resume {
        /// Its name
        name: String,
    },
    /// Write all of a district into a new folder: its roster as a package, and
    /// what is set of it, without secrets
    Export {
        /// Its name
        name: String,
        /// The folder, which is made
        out: PathBuf,
    },
    /// Remove a district with all its data; this cannot be undone
    Remove(remove::Remove),
}

impl Tenant {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Tenant::Add { name, timezone, sandbox, students } => {
                add(setting, name, timezone.as_ref(), sandbox.then_some(*students))
            }
            Tenant::List => list(setting),
            Tenant::Edit { name, timezone } => edit(setting, name, timezone),
            Tenant::Suspend { name } => suspend(setting, name, true),
            Tenant::Resume { name } => suspend(setting, name, false),
            Tenant::Export { name, out } => export::run(&known(setting, name)?, out),
            Tenant::Remove(remove) => remove.run(setting),
        }
    }
}

/// The setting of a district that is there.
fn known(setting: &Setting, name: &str) -> Result<Setting, Failure> {
    let names = Tenants::of(&setting.database()?).names()?;
    if names.iter().any(|known| known == name) {
        return Ok(setting.of_tenant(name));
    }
    let message = format!("there is no tenant {name:?}");
    let hint = Some(among(&names));
    Err(Failure { code: "not_found", message, hint, status: 1 })
}

fn add(setting: &Setting, name: &str, timezone: Option<&TimeZone>, students: Option<u32>) -> Result<Status, Failure> {
    let database = setting.database()?;
    Tenants::of(&database).add(name)?;
    Audit::open(&database, name, Arc::new(System))?.note(&who(), "tenant add", name, "")?;
    if let Some(zone) = timezone {
        set_zone(&setting.of_tenant(name), name, zone)?;
    }
    let mut text = format!("The tenant {name} is there.\n");
    match students {
        Some(students) => {
            setting.output.note(&format!("Making up a district of {students} students ..."));
            demo::settle(&Roster::open_tenant(&database, name)?, students)?;
            text.push_str("It holds a made-up district.\n");
        }
        None => text.push_str(&format!("Fill it with: homeroom import PACKAGE --tenant {name}\n")),
    }
    text.push_str(&format!("Let applications read it with: homeroom app add NAME --tenant {name}"));
    let path = format!("/t/{name}");
    let zone = timezone.and_then(TimeZone::iana_name).unwrap_or("UTC");
    let document = json!({ "tenant": name, "path": path, "timezone": zone, "sandbox": students.is_some() });
    setting.output.result(&document, &text)?;
    Ok(Status::Done)
}

fn edit(setting: &Setting, name: &str, timezone: &TimeZone) -> Result<Status, Failure> {
    let zone = set_zone(&known(setting, name)?, name, timezone)?;
    let text = format!("A day of {name} is one of {zone} from now on.");
    setting.output.result(&json!({ "tenant": name, "timezone": zone }), &text)?;
    Ok(Status::Done)
}

/// Sets the time zone of a district, and gives its name.
fn set_zone(setting: &Setting, name: &str, timezone: &TimeZone) -> Result<String, Failure> {
    let roster = setting.roster()?;
    let before = days::zone(&roster)?;
    let [now, before] = [timezone, &before].map(|zone| zone.iana_name().unwrap_or("UTC").to_owned());
    roster.set(days::SCOPE, days::ZONE, Some(&now))?;
    let detail = format!("timezone {now}; before: {before}");
    Audit::open(&setting.database()?, name, Arc::new(System))?.note(&who(), "tenant edit", name, &detail)?;
    Ok(now)
}

fn suspend(setting: &Setting, name: &str, suspended: bool) -> Result<Status, Failure> {
    let there = known(setting, name)?;
    let access = there.access(&there.database()?)?;
    access.suspend(&who(), suspended)?;
    let since = access.suspended()?.map(|at| at.to_string());
    let text = match suspended {
        true => format!(
            "{name} is suspended: applications are given nothing of it, nothing is fetched by schedule, and no \
             target follows. Its data stay, and commands go on.\n\
             Let it go on with: homeroom tenant resume {name}"
        ),
        false => {
            format!("{name} goes on: applications are given what they were granted, and what was missed is caught up.")
        }
    };
    setting.output.result(&json!({ "tenant": name, "suspended": since }), &text)?;
    Ok(Status::Done)
}

/// Since when a district is suspended. The key is not asked for: a list is wanted
/// of a restored backup, too, before its key is back.
fn suspended(there: &Setting) -> Result<Option<Timestamp>, Failure> {
    let database = there.database()?;
    if database.beside("access").is_some_and(|path| !path.exists()) {
        return Ok(None);
    }
    Ok(Audit::open(&database, there.tenant(), Arc::new(System))?.suspended()?)
}

fn list(setting: &Setting) -> Result<Status, Failure> {
    let database = setting.database()?;
    let (mut documents, mut text) = (Vec::new(), String::new());
    for name in Tenants::of(&database).names()? {
        let there = setting.of_tenant(&name);
        // Looking makes no roster of the usual one.
        let roster = if there.has_roster()? { Some(there.roster()?) } else { None };
        let published = roster.as_ref().map(Roster::published).transpose()?.and_then(|published| published.at);
        let zone = roster.as_ref().map(days::zone).transpose()?.unwrap_or(TimeZone::UTC);
        let zone = zone.iana_name().unwrap_or("UTC");
        let suspended = suspended(&there)?;
        let path = if name == DEFAULT_TENANT { String::new() } else { format!("/t/{name}") };
        let changed = published.map_or_else(|| "nothing was imported yet".to_owned(), |at| format!("changed {at}"));
        let off = suspended.map(|at| format!("  (suspended since {at})")).unwrap_or_default();
        text.push_str(&format!("{name:40}  {changed}  {zone}{off}\n"));
        documents.push(json!({
            "tenant": name,
            "path": path,
            "timezone": zone,
            "published": published.map(|at| at.to_string()),
            "suspended": suspended.map(|at| at.to_string()),
        }));
    }
    setting.output.result(&json!({ "tenants": documents }), &text)?;
    Ok(Status::Done)
}
