//! `homeroom source precedence`: which of several sources is right.

use super::super::Setting;
use super::super::people::Act;
use crate::output::{Failure, Status};
use crate::people::{Task, orders};
use homeroom_store::Roster;
use homeroom_store::precedence::Matter;
use serde_json::json;
use std::fmt::Write as _;

/// What is set.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Precedence {
    /// An order of sources, the one that is right first, such as users=sis,hr, users.email=hr,sis or *=sis,hr; one
    /// without sources takes it away
    #[arg(value_name = "OF=SOURCE,...", value_parser = order)]
    orders: Vec<(String, String)>,
    #[command(flatten)]
    act: Act,
}

fn order(text: &str) -> Result<(String, String), String> {
    let (key, names) = text.split_once('=').ok_or("write users=SOURCE,SOURCE")?;
    let key = key.trim();
    if Matter::of(key).is_none() {
        return Err(format!("{key:?} is no OneRoster file and no field of one; write *, users or users.email"));
    }
    let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    for (at, name) in names.iter().enumerate() {
        if names.iter().skip(at + 1).any(|other| other == name) {
            return Err(format!("{name} stands twice in the order"));
        }
    }
    Ok((key.to_owned(), names.join(",")))
}

impl Precedence {
    pub(in crate::cli) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let roster = setting.roster()?;
        if self.orders.is_empty() {
            return show(setting, &orders(&roster)?);
        }
        known(&roster, &self.orders)?;
        let task = |roster: &Roster| {
            let mut all = orders(roster)?;
            for (key, order) in &self.orders {
                all.retain(|(other, _)| other != key);
                if !order.is_empty() {
                    all.push((key.clone(), order.clone()));
                }
            }
            all.sort();
            Ok(Task::Settle(all))
        };
        self.act.run(setting, &task, false)
    }
}

/// Every source that is named must be one.
fn known(roster: &Roster, orders: &[(String, String)]) -> Result<(), Failure> {
    let mut names: Vec<String> = roster.sources()?.into_iter().map(|(_, name)| name).collect();
    names.extend(roster.feeds()?.into_iter().map(|feed| feed.name));
    names.sort();
    names.dedup();
    for name in orders.iter().flat_map(|(_, order)| order.split(',')).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            return Err(
                Failure::usage(format!("there is no source {name:?}")).hint(format!("there is {}", names.join(", ")))
            );
        }
    }
    Ok(())
}

fn show(setting: &Setting, orders: &[(String, String)]) -> Result<Status, Failure> {
    let mut text = String::new();
    for (key, order) in orders {
        let _ = writeln!(text, "{key}: {}", order.replace(',', ", then "));
    }
    if orders.is_empty() {
        text.push_str("No order is set: a record belongs to the source that sent it first.");
    }
    let document =
        |(key, order): &(String, String)| json!({ "of": key, "order": order.split(',').collect::<Vec<_>>() });
    let all: Vec<_> = orders.iter().map(document).collect();
    setting.output.result(&json!({ "precedence": all }), text.trim_end())?;
    Ok(Status::Done)
}
