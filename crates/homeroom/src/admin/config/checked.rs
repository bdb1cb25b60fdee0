//! Whether what a document says can be, and the form in which it is compared.

use super::document::{App, Consent, Document, Guard, Issuer, Secret, Source, Target};
use crate::admin::apps::Asked;
use crate::admin::issuers;
use crate::intake::kind_named;
use crate::intake::limits::{FLOORED, Floor, window};
use crate::intake::retention::MOST;
use crate::intake::words::{percent, zone};
use crate::output::Failure;
use crate::sync::settings::Kind;
use crate::{people, sync, targets};
use homeroom_store::access::NewIssuer;
use homeroom_store::precedence::Matter;
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
    if let Some(kept) = &wanted.retention {
        let most = kept.history_days.into_iter().chain(kept.package_days).max();
        let fits = most.is_none_or(|days| days <= MOST);
        at("retention", "days", told(fits.then_some(()).ok_or(format!("they are a number of days, 0 to {MOST}"))))?;
    }
    for word in wanted.people.iter().flat_map(|people| &people.known_by) {
        at("people", "match", told(people::Likeness::of(word).map(drop)))?;
    }
    for (of, order) in wanted.precedence.iter().flatten() {
        at("precedence", of, told(ordered(of, order)))?;
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
    for (name, consent) in wanted.consents.iter_mut().flatten() {
        let done = consent.checked();
        *consent = at("consents", name, done)?;
    }
    for (name, issuer) in wanted.issuers.iter_mut().flatten() {
        let done = issuer.new_issuer(name);
        let field = at("issuers", name, done)?.user_member;
        issuer.user.iter_mut().for_each(|user| user.field = Some(field.clone()));
    }
    Ok(wanted)
}

/// Whether an order of sources can be one.
fn ordered(of: &str, order: &[String]) -> Result<(), String> {
    if Matter::of(of).is_none() {
        return Err("it is no OneRoster file and no field of one; write \"*\", users or users.email".to_owned());
    }
    let twice = order.iter().enumerate().find(|(at, name)| order.iter().skip(at + 1).any(|other| other == *name));
    match twice {
        _ if order.is_empty() => Err("name the sources, the one that is right first".to_owned()),
        Some((_, name)) => Err(format!("{name} stands twice in the order")),
        None => Ok(()),
    }
}

impl Consent {
    /// As an application of one's own that sees the same.
    fn as_app(&self) -> App {
        let Consent { scopes, tombstones, grant } = self.clone();
        App { scopes, tombstones, grant, ..App::default() }
    }

    fn checked(&self) -> Result<Consent, Failure> {
        // What another district grants it must not come in unseen.
        if self.scopes.is_empty() {
            return Err(Failure::usage("name the scopes of the application"));
        }
        let App { scopes, tombstones, grant, .. } = checked_app("consent", &self.as_app())?;
        Ok(Consent { scopes, tombstones, grant })
    }

    /// As the administration takes it.
    ///
    /// # Errors
    /// `usage` if it cannot be read.
    pub(super) fn asked(&self) -> Result<Asked, Failure> {
        read(sees(&self.as_app()))
    }
}

impl Issuer {
    /// The issuer as a new one.
    ///
    /// # Errors
    /// `usage` if it cannot be one.
    pub(super) fn new_issuer(&self, name: &str) -> Result<NewIssuer, Failure> {
        let mut asked = json!(self);
        asked["issuer"] = json!(name);
        read::<issuers::Asked>(asked)?.new_issuer()
    }
}

fn read<T: serde::de::DeserializeOwned>(asked: Value) -> Result<T, Failure> {
    serde_json::from_value(asked).map_err(|error| Failure::usage(error.to_string()))
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
    known_secrets(&source.secrets)
}

fn known_secrets(secrets: &BTreeMap<String, Secret>) -> Result<(), Failure> {
    let known = [sync::source::SECRET, sync::source::NOTIFY_SECRET];
    match secrets.keys().find(|name| !known.contains(&name.as_str())) {
        Some(other) => Err(Failure::usage(format!("there is no secret {other:?}; there are {}", known.join(", ")))),
        None => Ok(()),
    }
}

fn checked_target(name: &str, target: &mut Target) -> Result<(), Failure> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Err(Failure::usage("a name has letters, digits, - and _, and at most 64 of them"));
    }
    known_secrets(&target.secrets)?;
    if let Some(secret) = target.secret.take()
        && target.secrets.insert(sync::source::SECRET.to_owned(), secret).is_some()
    {
        return Err(Failure::usage("its secret is named twice"));
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
    let mut asked = sees(app);
    asked["rate"] = json!(app.rate);
    if new {
        asked["app"] = json!(name);
        asked["oauth1"] = json!(app.oauth1);
    } else {
        asked["disabled"] = json!(app.disabled);
    }
    read(asked)
}

/// What an application may be granted and sees.
fn sees(app: &App) -> Value {
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
    });
    if app.scopes.is_empty() {
        asked["scopes"] = Value::Null;
    }
    asked
}
