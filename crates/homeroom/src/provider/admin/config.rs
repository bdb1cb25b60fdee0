//! Calls about all that is set of a district: read, compared, applied. A document
//! that is sent names no files and no secrets, for they would be those of this
//! machine.

use super::{Answer, Asked, Done};
use crate::admin::config::{Change, Configurer, Document, Planned, brief, read};
use crate::admin::{Office, clear, turn};
use crate::output::Failure;
use crate::people::settle;
use crate::system::System;
use serde_json::{Value, json};
use std::time::Duration;

/// So many are listed unless more are asked for.
const LISTED: u32 = 20;
/// How long another one that writes is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Acts as the caller.
fn act<T>(asked: &Asked, act: impl FnOnce(&Configurer<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    let rosters = |tenant: Option<&str>| super::apps::rosters(asked, tenant);
    let (roster, access, name) = (&asked.roster, &asked.access, asked.name());
    act(&Configurer {
        roster,
        access: Some(access),
        who: &name,
        by: Some(asked.caller.scopes),
        rosters: &rosters,
        outside: &System,
        now: access.now(),
        secrets: false,
        base: &asked.url,
        settle: &|orders| {
            let none = || super::broken(&"this server was given no database to administer");
            let database = asked.state.database.as_ref().ok_or_else(none)?;
            let _turn = turn(database, access.tenant(), PATIENCE, &mut || {})?;
            clear(roster, access.now())?;
            let (audit, clock) = (access.audit(), || access.now());
            settle(&Office { roster, audit: &audit, name: &name, who: &name, clock: &clock }, orders)
        },
    })
}

pub(super) fn show(asked: &Asked) -> Done {
    Ok(Answer::ok(json!(act(asked, |by| by.export())?)))
}

/// What the document that was sent would change.
fn planned(asked: &Asked, by: &Configurer<'_>) -> Result<Planned, Failure> {
    let text = std::str::from_utf8(&asked.body).map_err(|_| Failure::usage("the body is no text"))?;
    let document: Document = read(text).map_err(|failure| Failure { code: "usage", ..failure })?;
    by.plan(&document, asked.flag("prune")?)
}

fn told(changes: &[Change]) -> Vec<Value> {
    changes.iter().map(Change::document).collect()
}

pub(super) fn plan(asked: &Asked) -> Done {
    let planned = act(asked, |by| planned(asked, by))?;
    Ok(Answer::ok(json!({ "configuration": null, "changes": told(&planned.changes), "made": [] })))
}

pub(super) fn apply(asked: &Asked) -> Done {
    let applied = act(asked, |by| by.apply(planned(asked, by)?))?;
    let document = json!({ "configuration": applied.id, "changes": told(&applied.changes), "made": applied.made });
    Ok(Answer::ok(document))
}

pub(super) fn history(asked: &Asked) -> Done {
    let all = asked.roster.configured(asked.number("last", LISTED)?.into())?;
    Ok(Answer::ok(json!({ "history": all.iter().map(brief).collect::<Vec<_>>() })))
}
