//! Calls about applications, and the audit.

use super::{Answer, Asked, Done};
use crate::admin::apps::{self, document, secret, within};
use crate::admin::disclosures::{app_told, person_told};
use crate::admin::preview::{Preview, as_seen};
use crate::admin::{audited, issuers};
use crate::output::Failure;
use homeroom_store::access::{App, NewApp, Rotation};
use homeroom_store::{Roster, Tenants};
use http::StatusCode;
use secrecy::SecretString;
use serde_json::json;

/// So many lines are listed unless more are asked for.
const LISTED: u32 = 50;

pub(super) fn list(asked: &Asked) -> Done {
    let apps = asked.access.apps()?;
    Ok(Answer::ok(json!({ "apps": apps.iter().map(document).collect::<Vec<_>>() })))
}

pub(super) fn show(asked: &Asked) -> Done {
    let app = asked.access.app(&asked.id)?;
    Ok(Answer::ok(apps::with_secrets(&asked.access, &app)?))
}

pub(super) fn add(asked: &Asked) -> Done {
    let new = asked.body::<apps::Asked>()?.new_app()?;
    within(asked.caller.scopes, new.scopes)?;
    let (app, made) = asked.access.add(&asked.name(), &new)?;
    Ok(made_one(asked, &app, &made))
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
    let time = |name: &str| Ok::<_, Failure>(asked.seconds(name)?.map(|seconds| i64::from(seconds) * 1_000));
    let signs = asked.query.contains_key("oauth1").then(|| asked.flag("oauth1")).transpose()?;
    let rotation = Rotation { keep_old: time("keep_old")?, secret_for: time("secret_expires")?, signs };
    let (app, made) = access.rotate_with(&asked.name(), &asked.id, rotation)?;
    Ok(Answer::ok(secret(&app, &made, &asked.url)))
}

pub(super) fn remove(asked: &Asked) -> Done {
    let access = &asked.access;
    apps::one(access, asked.caller.scopes, &asked.id)?;
    apps::remove(access, &asked.name(), &asked.id, &|tenant| rosters(asked, tenant))?;
    Ok(Answer { status: StatusCode::NO_CONTENT.as_u16(), ..Answer::ok(json!(null)) })
}

pub(super) fn preview(asked: &Asked) -> Done {
    let app = asked.access.app(&asked.id)?;
    let sight = as_seen(&asked.access, &asked.roster, &app)?;
    Ok(Answer::ok(Preview::of(&asked.roster, app, &sight)?.document()))
}

pub(super) fn copy(asked: &Asked) -> Done {
    let (access, by) = (&asked.access, asked.caller.scopes);
    let from = apps::one(access, by, &asked.id)?;
    let to = asked.query.get("to").ok_or_else(|| Failure::usage("the parameter to, the new name, is missing"))?;
    let (app, made) = access.add(&asked.name(), &NewApp::like(&from, to))?;
    Ok(made_one(asked, &app, &made))
}

pub(super) fn authorize(asked: &Asked) -> Done {
    let (access, by) = (&asked.access, asked.caller.scopes);
    let consent = asked.body::<apps::Asked>()?.consent()?;
    within(by, consent.scopes.unwrap_or_default())?;
    match access.app(&asked.id) {
        Ok(before) => {
            within(by, before.scopes)?;
            apps::before_narrowed(access, &before, consent.bounds.as_ref(), &|tenant| rosters(asked, tenant))?;
        }
        // What another district grants it must not come in unseen.
        Err(_) if consent.scopes.is_none() => {
            return Err(Failure::usage("name the scopes of an application that is not known here yet"));
        }
        Err(_) => {}
    }
    Ok(Answer::ok(document(&access.authorize(&asked.name(), &asked.id, &consent)?)))
}

pub(super) fn withdraw(asked: &Asked) -> Done {
    let access = &asked.access;
    apps::one(access, asked.caller.scopes, &asked.id)?;
    let schools: Vec<String> = asked.query.get("school").into_iter().cloned().collect();
    Ok(Answer::ok(document(&access.withdraw(&asked.name(), &asked.id, &schools)?)))
}

pub(super) fn given(asked: &Asked) -> Done {
    Ok(Answer::ok(app_told(&asked.access, &asked.id)?.0))
}

pub(super) fn seen(asked: &Asked) -> Done {
    Ok(Answer::ok(person_told(&asked.roster, &asked.access, &asked.id)?.0))
}

pub(super) fn issuers(asked: &Asked) -> Done {
    let all = asked.access.issuers()?;
    Ok(Answer::ok(json!({ "issuers": all.iter().map(issuers::document).collect::<Vec<_>>() })))
}

pub(super) fn add_issuer(asked: &Asked) -> Done {
    let new = asked.body::<issuers::Asked>()?;
    apps::one(&asked.access, asked.caller.scopes, &new.app)?;
    let issuer = asked.access.add_issuer(&asked.name(), &new.new_issuer()?)?;
    Ok(Answer { status: 201, ..Answer::ok(issuers::document(&issuer)) })
}

pub(super) fn remove_issuer(asked: &Asked) -> Done {
    asked.access.remove_issuer(&asked.name(), &asked.id)?;
    Ok(Answer { status: StatusCode::NO_CONTENT.as_u16(), ..Answer::ok(json!(null)) })
}

/// An application that was made, with its secret and where it is.
fn made_one(asked: &Asked, app: &App, made: &SecretString) -> Answer {
    let name = percent_encoding::utf8_percent_encode(&app.name, percent_encoding::NON_ALPHANUMERIC);
    let location = Some(format!("{}{}/apps/{name}", asked.url, super::BASE));
    Answer { status: 201, body: secret(app, made, &asked.url), location }
}

/// The roster of the district, or those of all.
pub(super) fn rosters(asked: &Asked, tenant: Option<&str>) -> Result<Vec<Roster>, Failure> {
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
