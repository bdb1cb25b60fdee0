//! Whether what a document says can be, and the form in which it is compared.

use super::document::{App, Document, Guard, Source, Target};
use crate::admin::apps::Asked;
use crate::intake::kind_named;
use crate::intake::limits::{FLOORED, Floor, window};
use crate::intake::words::{percent, zone};
use crate::output::Failure;
use crate::sync::settings::Kind;
use crate::{sync, targets};
use oneroster::cleanse::Cleanser;
use oneroster::time::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Says where in the document something is wrong.
fn at<T>(section: &str, name: &str, done: Result<T, Failure>) -> Result<T, Failure> {
    done.map_err(|failure| {
        let message = format!("{section}: {name}: {}", failure.message);
        Failure { code: "usage", message, hint: failure.hint, status: 2 }
    })
}

fn told(done: Result<(), String>) -> Result<(), Failure> {
    done.map_err(Failure::usage)
}

/// The document in the form in which one is written out.
pub(super) fn checked(document: &Document, now: Timestamp) -> Result<Document, Failure> {
    let mut wanted = document.clone();
    if let Some(text) = wanted.district.as_ref().and_then(|district| district.timezone.as_deref()) {
        at("district", "timezone", told(zone(text).map(drop)))?;
    }
    for guard in wanted.guards.iter_mut().flatten() {
        let name = of(guard);
        at("guards", &name, checked_guard(guard))?;
    }
    for (source, rules) in wanted.cleansing.iter().flatten() {
        at("cleansing", source, Cleanser::new(rules).map(drop).map_err(|error| Failure::usage(error.to_string())))?;
    }
    for (name, source) in wanted.sources.iter_mut().flatten() {
        at("sources", name, checked_source(name, source, now))?;
    }
    for (name, target) in wanted.targets.iter_mut().flatten() {
        at("targets", name, checked_target(name, target))?;
    }
    for (name, app) in wanted.apps.iter_mut().flatten() {
        let done = checked_app(name, app);
        *app = at("apps", name, done)?;
    }
    Ok(wanted)
}

/// What a guard is of, in words.
pub(super) fn of(guard: &Guard) -> String {
    match (&guard.entity, &guard.source) {
        (None, None) => "all".to_owned(),
        (Some(entity), None) => entity.clone(),
        (None, Some(source)) => format!("source {source}"),
        (Some(entity), Some(source)) => format!("{entity} of source {source}"),
    }
}

fn checked_guard(guard: &mut Guard) -> Result<(), Failure> {
    let kind = match &guard.entity {
        Some(word) => {
            let kind = kind_named(word);
            Some(kind.ok_or_else(|| Failure::usage(format!("{word} is not the name of a OneRoster file")))?)
        }
        None => None,
    };
    guard.entity = kind.map(|kind| kind.entity().plural.to_owned());
    for share in [&mut guard.max_removed, &mut guard.max_changed].into_iter().flatten() {
        *share = percent(share).map_err(Failure::usage)?.to_string();
    }
    if guard.rollover.as_deref().is_some_and(|days| window(days).is_none()) {
        return Err(Failure::usage("rollover is two days, such as 2026-07-01..2026-09-15"));
    }
    let mut floors = guard.floor.iter().chain(guard.floors.values());
    if floors.clone().next().is_some() && kind.is_some_and(|kind| !FLOORED.contains(&kind)) {
        return Err(Failure::usage("a floor is of users, classes or enrollments"));
    }
    if floors.any(|floor| Floor::read(floor).is_none()) {
        return Err(Failure::usage("a floor is a number such as 20, or a share such as 60%"));
    }
    Ok(())
}

fn checked_source(name: &str, source: &mut Source, now: Timestamp) -> Result<(), Failure> {
    let kinds = || Kind::ALL.map(Kind::word).join(", ");
    let kind = Kind::from_word(&source.kind);
    let kind = kind.ok_or_else(|| Failure::usage(format!("the kinds of sources are {}", kinds())))?;
    let pairs: Vec<(String, String)> = source.settings.clone().into_iter().collect();
    source.settings = sync::Source::new(name, kind, &pairs, now)?.feed.settings;
    let known = [sync::source::SECRET, sync::source::NOTIFY_SECRET];
    match source.secrets.keys().find(|name| !known.contains(&name.as_str())) {
        Some(other) => Err(Failure::usage(format!("there is no secret {other:?}; there are {}", known.join(", ")))),
        None => Ok(()),
    }
}

fn checked_target(name: &str, target: &mut Target) -> Result<(), Failure> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Err(Failure::usage("a name has letters, digits, - and _, and at most 64 of them"));
    }
    target.settings.retain(|_, value| !value.is_empty());
    targets::common::check(targets::kind(&target.kind)?, &target.settings)
}

fn checked_app(name: &str, app: &App) -> Result<App, Failure> {
    let new = asked(name, app, true)?.new_app()?;
    let (bounds, cover) = (&new.bounds, &new.cover);
    let mut checked = app.clone();
    checked.scopes = new.scopes.names().into_iter().map(str::to_owned).collect();
    checked.tombstones = app.tombstones.clone().filter(|_| new.tombstones != Default::default());
    let grant = &mut checked.grant;
    grant.schools = bounds.schools.iter().cloned().collect();
    grant.classes = bounds.classes.iter().cloned().collect();
    grant.grades = bounds.grades.iter().cloned().collect();
    grant.roles = bounds.roles.iter().cloned().collect();
    grant.terms = bounds.terms.iter().map(ToString::to_string).collect();
    grant.entities = cover.entities.iter().cloned().collect();
    grant.hidden = cover.hidden.iter().map(ToString::to_string).collect();
    grant.masked = cover.masked.iter().map(ToString::to_string).collect();
    grant.profile_set = bounds
        .profile
        .iter()
        .flat_map(oneroster::grant::Profile::set)
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    Ok(checked)
}

/// An application as the administration takes it, new or to be changed.
pub(super) fn asked(name: &str, app: &App, new: bool) -> Result<Asked, Failure> {
    let grant = &app.grant;
    let mut sight = BTreeMap::from([
        ("schools", json!(grant.schools)),
        ("classes", json!(grant.classes)),
        ("grades", json!(grant.grades)),
        ("roles", json!(grant.roles)),
        ("terms", json!(grant.terms)),
        ("entities", json!(grant.entities)),
        ("hidden", json!(grant.hidden)),
        ("masked", json!(grant.masked)),
        ("profile", json!(grant.profile.as_deref().unwrap_or("none"))),
    ]);
    if !grant.profile_set.is_empty() {
        sight.insert("profile_set", json!(grant.profile_set));
    }
    let mut asked = json!({
        "scopes": app.scopes,
        "tombstones": app.tombstones.as_deref().unwrap_or_else(|| homeroom_store::access::TombstonePolicy::default().word()),
        "grant": sight,
        "rate": app.rate,
    });
    if new {
        asked["app"] = json!(name);
        asked["oauth1"] = json!(app.oauth1);
    } else {
        asked["disabled"] = json!(app.disabled);
    }
    if app.scopes.is_empty() {
        asked["scopes"] = Value::Null;
    }
    serde_json::from_value(asked).map_err(|error| Failure::usage(error.to_string()))
}
