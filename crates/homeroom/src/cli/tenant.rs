//! `homeroom tenant`: the districts of an installation.

use super::setting::who;
use super::{Setting, demo};
use crate::output::{Failure, Status};
use crate::system::System;
use homeroom_store::access::Audit;
use homeroom_store::{DEFAULT_TENANT, Roster, Tenants};
use serde_json::json;
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
        /// Fill it with a made-up district, for people to try things on
        #[arg(long)]
        sandbox: bool,
        /// How many students the made-up district has
        #[arg(long, value_name = "N", requires = "sandbox", default_value_t = 1_000, value_parser = demo::students())]
        students: u32,
    },
    /// List the districts
    List,
}

impl Tenant {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            Tenant::Add { name, sandbox, students } => add(setting, name, sandbox.then_some(*students)),
            Tenant::List => list(setting),
        }
    }
}

fn add(setting: &Setting, name: &str, students: Option<u32>) -> Result<Status, Failure> {
    let database = setting.database()?;
    Tenants::of(&database).add(name)?;
    Audit::open(&database, name, Arc::new(System))?.note(&who(), "tenant add", name, "")?;
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
    setting.output.result(&json!({ "tenant": name, "path": path, "sandbox": students.is_some() }), &text)?;
    Ok(Status::Done)
}

fn list(setting: &Setting) -> Result<Status, Failure> {
    let database = setting.database()?;
    let (mut documents, mut text) = (Vec::new(), String::new());
    for name in Tenants::of(&database).names()? {
        // Looking makes no roster of the usual one.
        let there = setting.of_tenant(&name).has_roster()?;
        let published = if there { Roster::open_tenant(&database, &name)?.published()?.at } else { None };
        let path = if name == DEFAULT_TENANT { String::new() } else { format!("/t/{name}") };
        let changed = published.map_or_else(|| "nothing was imported yet".to_owned(), |at| format!("changed {at}"));
        text.push_str(&format!("{name:40}  {changed}\n"));
        documents.push(json!({ "tenant": name, "path": path, "published": published.map(|at| at.to_string()) }));
    }
    setting.output.result(&json!({ "tenants": documents }), &text)?;
    Ok(Status::Done)
}
