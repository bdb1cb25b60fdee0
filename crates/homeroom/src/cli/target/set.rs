//! Targets added, edited, listed, shown and removed.

use super::super::setting::Setting;
use super::flags::Flags;
use super::{note, stored};
use crate::output::{Failure, Status};
use crate::system::System;
use crate::targets::common::{self, State};
use crate::targets::{self, At, Given, KINDS, Kind, given};
use homeroom_store::{Roster, Target as Stored};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn seal(setting: &Setting, name: &str, secret: Option<&SecretString>) -> Result<Vec<u8>, Failure> {
    let Some(secret) = secret else { return Ok(Vec::new()) };
    let access = setting.access(&setting.database()?)?;
    let context = Stored::context(setting.tenant(), name);
    Ok(access.key().seal(&context, secret.expose_secret().as_bytes(), &System)?)
}

/// Adds one; nothing is carried there yet.
pub(super) fn add(
    setting: &Setting,
    roster: &Roster,
    name: &str,
    kind: &dyn Kind,
    flags: &Flags,
) -> Result<Status, Failure> {
    let mut given = Given::new();
    flags.put(&mut given);
    common::check(kind, &given)?;
    let secret = flags.secret()?;
    if let (Some(what), None) = (kind.secret(&given), &secret) {
        let hint = "give --token-file FILE, or set HOMEROOM_TARGET_TOKEN";
        return Err(Failure::usage(format!("{what} is missing")).hint(hint));
    }
    let secret = secret.filter(|_| kind.secret(&given).is_some());
    let target = Stored {
        name: name.to_owned(),
        kind: kind.name().to_owned(),
        settings: json!(given).to_string(),
        sealed: seal(setting, name, secret.as_ref())?,
        created: setting.now(),
        pushed: None,
        state: "{}".to_owned(),
    };
    let hook = flags.hook(setting, name)?;
    roster.add_target(&target)?;
    if hook.is_some() {
        State { hook, ..State::default() }.keep(roster, name)?;
    }
    note(setting, "target add", name, &target.settings)?;
    let text = format!("{name} is added; try it with: homeroom target test {name}");
    setting.output.result(&document(roster, &target)?, &text)?;
    Ok(Status::Done)
}

/// Changes what is set.
pub(super) fn edit(setting: &Setting, roster: &Roster, name: &str, flags: &Flags) -> Result<Status, Failure> {
    let before = stored(roster, name)?;
    let kind = targets::kind(&before.kind)?;
    let mut given = given(&before)?;
    flags.put(&mut given);
    common::check(kind, &given)?;
    let secret = flags.secret()?.filter(|_| kind.secret(&given).is_some() && flags.names_secret());
    let sealed = if secret.is_some() { seal(setting, name, secret.as_ref())? } else { before.sealed.clone() };
    let another = if secret.is_some() { "; another secret" } else { "" };
    let target = Stored { settings: json!(given).to_string(), sealed, ..before.clone() };
    let hook = flags.hook(setting, name)?;
    roster.edit_target(&target)?;
    let kept = State::of(&before);
    // What could not follow may be able to now.
    let state = State { hook: hook.or_else(|| kept.hook.clone()), tried: None, ..kept.clone() };
    if state != kept {
        state.keep(roster, name)?;
    }
    note(setting, "target edit", name, &format!("{}{another}; before: {}", target.settings, before.settings))?;
    setting.output.result(&document(roster, &target)?, &format!("{name} is changed; the next push follows."))?;
    Ok(Status::Done)
}

/// Lists them.
pub(super) fn list(setting: &Setting, roster: &Roster) -> Result<Status, Failure> {
    let all = roster.targets()?;
    let documents = all.iter().map(|target| document(roster, target)).collect::<Result<Vec<Value>, Failure>>()?;
    let mut text = String::new();
    for (target, document) in all.iter().zip(&documents) {
        let pushed = target.pushed.map_or("never pushed".to_owned(), |at| format!("last pushed: version of {at}"));
        let said = |member: &str, before: &str| document[member].as_str().map(|text| format!("; {before} {text}"));
        let next = said("next", "next").filter(|_| target.pushed.is_some()).unwrap_or_default();
        let last = document["last"]["came"].as_str().filter(|came| *came != "pushed");
        let last = last.map(|came| format!("; the last push {came}")).unwrap_or_default();
        let _ = writeln!(text, "{}  {}; {pushed}{last}{next}", target.name, target.kind);
    }
    if all.is_empty() {
        let kinds: Vec<String> = KINDS.iter().map(|kind| format!("{} ({})", kind.name(), kind.about())).collect();
        let _ = writeln!(text, "There are no targets; `homeroom target add` makes one: {}.", kinds.join(", "));
    }
    setting.output.result(&json!({ "targets": documents }), &text)?;
    Ok(Status::Done)
}

/// Shows what is set, and what may be.
pub(super) fn show(setting: &Setting, roster: &Roster, target: &Stored) -> Result<Status, Failure> {
    let (kind, given) = (targets::kind(&target.kind)?, given(target)?);
    let mut text = format!("{}: {}\n", target.name, kind.about());
    for key in common::keys(kind) {
        let value = given.get(key.name).map_or(key.default, String::as_str);
        let mark = if given.contains_key(key.name) { "*" } else { " " };
        let _ = writeln!(text, "{mark} {} = {value}    {}", key.name, key.about);
    }
    let others = given.iter().filter(|(name, _)| common::keys(kind).iter().all(|key| key.name != name.as_str()));
    for (name, value) in others {
        let _ = writeln!(text, "* {name} = {value}");
    }
    setting.output.result(&document(roster, target)?, &text)?;
    Ok(Status::Done)
}

/// A target without its secret.
fn document(roster: &Roster, target: &Stored) -> Result<Value, Failure> {
    let next = common::due(roster, target, target.created)?.and_then(|(_, next)| next);
    let last = State::of(target)
        .last
        .map(|last| json!({ "at": Timestamp(last.at).to_string(), "came": last.came, "said": last.said }));
    Ok(json!({
        "target": target.name,
        "kind": target.kind,
        "settings": given(target)?,
        "has_secret": !target.sealed.is_empty(),
        "created": target.created.to_string(),
        "pushed": target.pushed.map(|at| at.to_string()),
        "last": last,
        "next": next.map(|at| at.to_string()),
    }))
}

/// Forgets it, and says what stays there.
pub(super) fn remove(setting: &Setting, kind: &dyn Kind, at: &At<'_>) -> Result<Status, Failure> {
    let (before, name) = (at.target, at.target.name.as_str());
    let stays = kind.stays(at)?;
    at.roster.remove_target(name)?;
    let secret = if before.sealed.is_empty() { "" } else { " and a secret" };
    let stay = if stays.is_empty() { String::new() } else { format!("stays there: {}; ", stays.join(", ")) };
    note(setting, "target remove", name, &format!("{stay}before: {} {}{secret}", before.kind, before.settings))?;
    let mut text = format!("{name} is removed here; nothing was changed there.\n");
    if !stays.is_empty() {
        let _ = writeln!(text, "These stay as they are, and nobody follows them any more:");
        for line in &stays {
            let _ = writeln!(text, "  {line}");
        }
    }
    setting.output.result(&json!({ "target": name, "removed": true, "stays": stays }), &text)?;
    Ok(Status::Done)
}
