//! `homeroom runs guards`: how much a run may move before it is held.

use super::super::Setting;
use super::kind;
use crate::intake::limits::{
    CHANGED, FLOORED, Floor, MAX_CHANGED, MAX_REMOVED, REMOVED, ROLLOVER, floor_key, parts, scope, window,
};
use crate::intake::words::percent;
use crate::output::{Failure, Status};
use oneroster::model::Kind;
use serde_json::json;
use std::fmt::Write as _;

/// What is set, and of what.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Guards {
    /// Only packages of this source
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only records of one file, such as users
    #[arg(long, value_name = "KIND", value_parser = kind)]
    entity: Option<Kind>,
    /// Share that may be removed, in percent, before the run is held
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    max_removed: Option<String>,
    /// Share that may be changed, in percent, before the run is held
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    max_changed: Option<String>,
    /// Days between which any share may be removed or changed, such as
    /// 2026-07-01..2026-09-15
    #[arg(long, value_name = "FROM..TO", value_parser = days, conflicts_with = "entity")]
    rollover: Option<String>,
    /// How many records each school keeps at least, as a number or a share such as
    /// 60%, before the run is held: people, classes and enrollments
    #[arg(long, value_name = "FLOOR", value_parser = floor)]
    floor: Option<String>,
    /// Only the floor of this school, by sourcedId
    #[arg(long, value_name = "ID", requires = "floor")]
    school: Option<String>,
}

const DEFAULT: &str = "default";

fn share(text: &str) -> Result<String, String> {
    if text == DEFAULT {
        return Ok(text.to_owned());
    }
    percent(text).map(|share| share.to_string())
}

fn floor(text: &str) -> Result<String, String> {
    let fits = text == DEFAULT || Floor::read(text).is_some();
    fits.then(|| text.to_owned()).ok_or_else(|| "it is a number such as 20, or a share such as 60%".to_owned())
}

fn days(text: &str) -> Result<String, String> {
    let fits = text == DEFAULT || window(text).is_some();
    fits.then(|| text.to_owned()).ok_or_else(|| "it is two days, such as 2026-07-01..2026-09-15".to_owned())
}

impl Guards {
    pub(in crate::cli) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let roster = setting.roster()?;
        let scope = scope(self.entity, self.source.as_deref());
        if self.floor.is_some() && self.entity.is_some_and(|kind| !FLOORED.contains(&kind)) {
            return Err(Failure::usage("a floor is of users, classes or enrollments"));
        }
        let floor = floor_key(self.school.as_deref());
        let given = [
            (REMOVED, &self.max_removed),
            (CHANGED, &self.max_changed),
            (ROLLOVER, &self.rollover),
            (&*floor, &self.floor),
        ];
        for (key, value) in given {
            if let Some(value) = value {
                let now = Some(value.as_str()).filter(|value| *value != DEFAULT);
                let before = roster.settings(&scope)?.into_iter().find(|set| set.scope == scope && set.key == key);
                roster.set(&scope, key, now)?;
                let before = before.as_ref().map(|set| set.value.as_str());
                setting.office(&roster, |office| office.set("runs guards", &format!("{scope} {key}"), before, now))?;
            }
        }
        let mut text = format!("usual: {REMOVED} {MAX_REMOVED} %, {CHANGED} {MAX_CHANGED} %\n");
        let mut documents = Vec::new();
        for set in roster.settings("guard:")? {
            let (entity, source) = parts(&set.scope).unwrap_or_default();
            documents.push(json!({ "entity": entity, "source": source, "key": set.key, "value": set.value }));
            let of = match (entity, source) {
                (None, None) => "all".to_owned(),
                (Some(entity), None) => entity.to_owned(),
                (None, Some(source)) => format!("source \"{source}\""),
                (Some(entity), Some(source)) => format!("{entity} of source \"{source}\""),
            };
            let unit = if set.key == REMOVED || set.key == CHANGED { " %" } else { "" };
            let _ = writeln!(text, "{of}: {} {}{unit}", set.key, set.value);
        }
        let usual = json!({ REMOVED: MAX_REMOVED, CHANGED: MAX_CHANGED });
        setting.output.result(&json!({ "usual": usual, "guards": documents }), &text)?;
        Ok(Status::Done)
    }
}
