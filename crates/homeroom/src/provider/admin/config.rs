//! Calls about all that is set of a district. It is read here; documents are
//! applied by the command, for they name files and secrets of its machine.

use super::{Answer, Asked, Done};
use crate::admin::config::{Configurer, brief};
use crate::system::System;
use serde_json::json;

/// So many are listed unless more are asked for.
const LISTED: u32 = 20;

pub(super) fn show(asked: &Asked) -> Done {
    let rosters = |_: Option<&str>| Ok(vec![asked.roster.clone()]);
    let configurer = Configurer {
        roster: &asked.roster,
        access: Some(&asked.access),
        who: &asked.name(),
        by: Some(asked.caller.scopes),
        rosters: &rosters,
        outside: &System,
        now: asked.access.now(),
        secrets: false,
        base: &asked.url,
    };
    Ok(Answer::ok(json!(configurer.export()?)))
}

pub(super) fn history(asked: &Asked) -> Done {
    let all = asked.roster.configured(asked.number("last", LISTED)?.into())?;
    Ok(Answer::ok(json!({ "history": all.iter().map(brief).collect::<Vec<_>>() })))
}
