//! Calls about applications, and the audit.

use super::{Answer, Asked, Done};
use crate::admin::apps::{self, document, secret, within};
use crate::admin::audited;
use crate::output::Failure;
use homeroom_store::{Roster, Tenants};
use http::StatusCode;
use serde_json::json;

/// So many lines are listed unless more are asked for.
const LISTED: u32 = 50;

pub(super) fn list(asked: &Asked) -> Done {
    let apps = asked.access.apps()?;
    Ok(Answer::ok(json!({ "apps": apps.iter().map(document).collect::<Vec<_>>() })))
}

pub(super) fn show(asked: &Asked) -> Done {
    Ok(Answer::ok(document(&asked.access.app(&asked.id)?)))
}

pub(super) fn add(asked: &Asked) -> Done {
    let new = asked.body::<apps::Asked>()?.new_app()?;
    within(asked.caller.scopes, new.scopes)?;
    let (app, made) = asked.access.add(&asked.name(), &new)?;
    let name = percent_encoding::utf8_percent_encode(&app.name, percent_encoding::NON_ALPHANUMERIC);
    let location = Some(format!("{}{}/apps/{name}", asked.url, super::BASE));
    Ok(Answer { status: 201, body: secret(&app, &made, &asked.url), location })
}

pub(super) fn edit(asked: &Asked) -> Done {
    let (access, by) = (&asked.access, asked.caller.scopes);
    let before = apps::one(access, by, &asked.id)?;
    let edit = asked.body::<apps::Asked>()?.edit(&before)?;
    within(by, edit.scopes.unwrap_or_default())?;
    apps::before_narrowed(access, &before, edit.bounds.as_ref(), &|tenant| rosters(asked, tenant))?;
    Ok(Answer::ok(document(&access.edit(&asked.name(), &asked.id, edit)?)))
}

pub(super) fn rotate(asked: &Asked) -> Done {
    let access = &asked.access;
    apps::one(access, asked.caller.scopes, &asked.id)?;
    let (app, made) = access.rotate(&asked.name(), &asked.id)?;
    Ok(Answer::ok(secret(&app, &made, &asked.url)))
}

pub(super) fn remove(asked: &Asked) -> Done {
    let access = &asked.access;
    apps::one(access, asked.caller.scopes, &asked.id)?;
    apps::remove(access, &asked.name(), &asked.id, &|tenant| rosters(asked, tenant))?;
    Ok(Answer { status: StatusCode::NO_CONTENT.as_u16(), ..Answer::ok(json!(null)) })
}

/// The roster of the district, or those of all.
fn rosters(asked: &Asked, tenant: Option<&str>) -> Result<Vec<Roster>, Failure> {
    let state = &asked.state;
    let (Some(database), Some(rosters), None) = (&state.database, &state.rosters, tenant) else {
        return Ok(vec![asked.roster.clone()]);
    };
    let all = Tenants::of(database).names()?;
    all.iter().map(|name| Ok(rosters.get(name)?)).collect()
}

pub(super) fn audit(asked: &Asked) -> Done {
    let most = asked.number("last", LISTED)? as usize;
    let lines = asked.access.audited()?;
    Ok(Answer::ok(json!({ "audit": lines.iter().take(most).map(audited).collect::<Vec<_>>() })))
}
