//! What a document would change, and the acts that change it.

use super::checked::{asked, of};
use super::document::{Document, Guard, Source, Target};
use super::{Configurer, OfApp};
use crate::days;
use crate::grades::home;
use crate::intake::cleansing;
use crate::intake::kind_named;
use crate::intake::limits::{CHANGED, REMOVED, ROLLOVER, floor_key, scope};
use crate::output::Failure;
use crate::sync::settings::{IDENTITY, Kind};
use crate::sync::source::{NOTIFY_SECRET, SECRET};
use crate::sync::{self};
use homeroom_store::{Act, Target as Stored};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// It is new.
    Added,
    /// It is another one.
    Changed,
    /// It goes.
    Removed,
}

/// One thing that a document changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The section of the document.
    pub section: &'static str,
    /// Its name there.
    pub name: String,
    /// What becomes of it.
    pub what: What,
    /// Its members that are other ones: before and after.
    pub members: Vec<(String, Value, Value)>,
}

impl Change {
    /// As documents show it.
    pub fn document(&self) -> Value {
        let members: Vec<Value> = self
            .members
            .iter()
            .map(|(name, before, after)| json!({ "member": name, "before": before, "after": after }))
            .collect();
        json!({ "section": self.section, "name": self.name, "what": self.word(), "members": members })
    }

    /// What becomes of it, in a word.
    pub fn word(&self) -> &'static str {
        match self.what {
            What::Added => "added",
            What::Changed => "changed",
            What::Removed => "removed",
        }
    }

    /// For people, and for the audit.
    pub fn line(&self) -> String {
        let shown = |value: &Value| match value {
            Value::Null => "nothing".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let members: Vec<String> = self
            .members
            .iter()
            .map(|(name, before, after)| match before {
                Value::Null => format!("{name}: {}", shown(after)),
                before => format!("{name}: {} -> {}", shown(before), shown(after)),
            })
            .collect();
        let parted = if members.is_empty() { "" } else { ": " };
        format!("{} {} {}{parted}{}", self.section, self.name, self.word(), members.join(", "))
    }
}

/// What a document would change, and how.
#[derive(Debug, Default)]
pub struct Planned {
    /// For people.
    pub changes: Vec<Change>,
    pub(super) acts: Vec<Act>,
    pub(super) apps: Vec<OfApp>,
}

pub(super) fn plan(by: &Configurer<'_>, is: Document, wanted: Document, prune: bool) -> Result<Planned, Failure> {
    let mut planned = Planned::default();
    planned.district(&is, &wanted);
    planned.guards(&is, &wanted, prune);
    let afresh = planned.cleansing(&is, &wanted, prune)?;
    planned.sources(by, &is, &wanted, prune, &afresh)?;
    planned.targets(by, &is, &wanted, prune)?;
    planned.apps(&is, &wanted, prune)?;
    Ok(planned)
}

/// The members of something, one level of objects unfolded.
fn members(value: &Value) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let Value::Object(object) = value else {
        all.insert(String::new(), value.clone());
        return all;
    };
    for (name, value) in object {
        match value {
            Value::Object(inner) => inner.iter().for_each(|(key, value)| drop(all.insert(key.clone(), value.clone()))),
            value => drop(all.insert(name.clone(), value.clone())),
        }
    }
    all
}

impl Planned {
    /// Notes the difference of something; whether there is any.
    fn note(&mut self, section: &'static str, name: &str, before: Option<Value>, after: Option<Value>) -> bool {
        if before == after {
            return false;
        }
        let what = match (&before, &after) {
            (None, _) => What::Added,
            (_, None) => What::Removed,
            _ => What::Changed,
        };
        let empty = json!({});
        let (old, new) = (members(before.as_ref().unwrap_or(&empty)), members(after.as_ref().unwrap_or(&empty)));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let of = |all: &BTreeMap<String, Value>, name: &String| all.get(name).cloned().unwrap_or(Value::Null);
        let members = names
            .into_iter()
            .filter(|name| what != What::Removed && old.get(*name) != new.get(*name))
            .map(|name| (name.clone(), of(&old, name), of(&new, name)))
            .collect();
        self.changes.push(Change { section, name: name.to_owned(), what, members });
        true
    }

    fn set(&mut self, scope: &str, key: &str, value: Option<String>) {
        self.acts.push(Act::Set { scope: scope.to_owned(), key: key.to_owned(), value });
    }

    fn district(&mut self, is: &Document, wanted: &Document) {
        let Some(district) = &wanted.district else { return };
        if self.note("district", "itself", is.district.as_ref().map(|one| json!(one)), Some(json!(district))) {
            self.set(days::SCOPE, days::ZONE, district.timezone.clone());
        }
    }

    fn guards(&mut self, is: &Document, wanted: &Document, prune: bool) {
        let Some(guards) = &wanted.guards else { return };
        let by_name =
            |all: &[Guard]| -> BTreeMap<String, Guard> { all.iter().map(|one| (of(one), one.clone())).collect() };
        let (is, wanted) = (by_name(is.guards.as_deref().unwrap_or_default()), by_name(guards));
        for name in is.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
            let (before, after) = (is.get(name), wanted.get(name));
            if after.is_none() && !prune {
                continue;
            }
            if !self.note("guards", name, before.map(|one| json!(one)), after.map(|one| json!(one))) {
                continue;
            }
            let values = |guard: Option<&Guard>| guard.map(settings).unwrap_or_default();
            let (old, new) = (values(before), values(after));
            let Some(guard) = after.or(before) else { continue };
            let scope = scope(guard.entity.as_deref().and_then(kind_named), guard.source.as_deref());
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                if old.get(key) != new.get(key) {
                    self.set(&scope, key, new.get(key).cloned());
                }
            }
        }
    }

    /// The sources whose rules change: everything of them is to be fetched anew.
    fn cleansing(&mut self, is: &Document, wanted: &Document, prune: bool) -> Result<BTreeSet<String>, Failure> {
        let mut afresh = BTreeSet::new();
        let (Some(wanted), empty) = (&wanted.cleansing, BTreeMap::new()) else { return Ok(afresh) };
        let is = is.cleansing.as_ref().unwrap_or(&empty);
        for name in is.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
            let after = wanted.get(name).filter(|rules| !rules.is_empty());
            if !wanted.contains_key(name) && !prune {
                continue;
            }
            let rules = |rules: &Vec<_>| json!({ "rules": rules });
            if self.note("cleansing", name, is.get(name).map(rules), after.map(rules)) {
                let text = after.map(serde_json::to_string).transpose().map_err(std::io::Error::other)?;
                self.set(&format!("{}{name}", cleansing::SCOPE), cleansing::RULES, text);
                afresh.insert(name.clone());
            }
        }
        Ok(afresh)
    }

    fn sources(
        &mut self,
        by: &Configurer<'_>,
        is: &Document,
        wanted: &Document,
        prune: bool,
        afresh: &BTreeSet<String>,
    ) -> Result<(), Failure> {
        let empty = BTreeMap::new();
        let is = is.sources.as_ref().unwrap_or(&empty);
        let given = wanted.sources.as_ref();
        let names: BTreeSet<_> = is.keys().chain(given.into_iter().flat_map(|given| given.keys())).collect();
        one_home(names.iter().filter_map(|name| match (is.get(*name), given.and_then(|given| given.get(*name))) {
            (_, Some(after)) => Some((name.as_str(), after)),
            (Some(before), None) if !prune || given.is_none() => Some((name.as_str(), before)),
            _ => None,
        }))?;
        for name in names {
            let after = given.and_then(|given| given.get(name));
            match (is.get(name), after) {
                (Some(before), None) if prune && given.is_some() => {
                    self.note("sources", name, Some(json!(before)), None);
                    self.acts.push(Act::NoFeed(name.clone()));
                }
                (before, Some(after)) => self.source(by, name, before, after, afresh.contains(name))?,
                (Some(_), None) if afresh.contains(name) => {
                    let mut source = sync::Source::open(by.roster, name)?;
                    source.begin_afresh();
                    self.acts.push(Act::Feed(source.feed));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn source(
        &mut self,
        by: &Configurer<'_>,
        name: &str,
        before: Option<&Source>,
        after: &Source,
        afresh: bool,
    ) -> Result<(), Failure> {
        if before.is_some_and(|before| before.kind != after.kind) {
            let message = format!("sources: {name}: a source stays of its kind");
            return Err(Failure::usage(message).hint("give the new one another name, and remove this one"));
        }
        let kind = Kind::from_word(&after.kind).ok_or_else(|| Failure::usage("there is no such kind of source"))?;
        let mut source = match before {
            Some(_) => sync::Source::open(by.roster, name)?,
            None => sync::Source::new(name, kind, &Vec::from_iter(after.settings.clone()), by.now)?,
        };
        let another = IDENTITY.iter().any(|key| source.feed.settings.get(*key) != after.settings.get(*key));
        source.feed.settings.clone_from(&after.settings);
        let mut shown = json!({ "kind": after.kind, "settings": after.settings });
        let mut secrets = Vec::new();
        for (key, named) in &after.secrets {
            let secret = by.secret(named)?;
            let key = if key == SECRET { SECRET } else { NOTIFY_SECRET };
            if by.is_new(&source, key, &secret)? {
                shown[key] = json!("another one");
                secrets.push((key, secret));
            }
        }
        let was = before.map(|before| json!({ "kind": before.kind, "settings": before.settings }));
        let changes = self.note("sources", name, was, Some(shown));
        if let (Some(access), false) = (by.access, secrets.is_empty()) {
            source.seal(access, &secrets, by.outside)?;
        }
        if another || afresh {
            source.begin_afresh();
        }
        if changes || afresh {
            self.acts.push(Act::Feed(source.feed));
        }
        Ok(())
    }

    fn targets(&mut self, by: &Configurer<'_>, is: &Document, wanted: &Document, prune: bool) -> Result<(), Failure> {
        let (Some(wanted), empty) = (&wanted.targets, BTreeMap::new()) else { return Ok(()) };
        let is = is.targets.as_ref().unwrap_or(&empty);
        for name in is.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
            match (is.get(name), wanted.get(name)) {
                (Some(before), None) if prune => {
                    self.note("targets", name, Some(json!(before)), None);
                    self.acts.push(Act::NoTarget(name.clone()));
                }
                (before, Some(after)) => self.target(by, name, before, after)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn target(
        &mut self,
        by: &Configurer<'_>,
        name: &str,
        before: Option<&Target>,
        after: &Target,
    ) -> Result<(), Failure> {
        let kind = crate::targets::kind(&after.kind)?;
        let usage = |text: String| Failure::usage(format!("targets: {name}: {text}"));
        if before.is_some_and(|before| before.kind != after.kind) {
            return Err(usage("a target stays of its kind; give the new one another name".to_owned()));
        }
        let stored = by.roster.target(name)?;
        let mut sealed = stored.as_ref().map(|stored| stored.sealed.clone()).unwrap_or_default();
        let mut shown = json!({ "kind": after.kind, "settings": after.settings });
        if let (Some(named), Some(access)) = (&after.secret, by.access) {
            let (secret, context) = (by.secret(named)?, Stored::context(access.tenant(), name));
            let known = if sealed.is_empty() { None } else { Some(access.key().unseal(&context, &sealed)?) };
            if known.is_none_or(|known| known.expose_secret().as_slice() != secret.expose_secret().as_bytes()) {
                shown["secret"] = json!("another one");
                sealed = access.key().seal(&context, secret.expose_secret().as_bytes(), by.outside)?;
            }
        }
        if let (Some(what), true) = (kind.secret(&after.settings), sealed.is_empty()) {
            return Err(usage(format!("{what} is missing; name it with secret: {{ file: ... }}")));
        }
        let was = before.map(|before| json!({ "kind": before.kind, "settings": before.settings }));
        if !self.note("targets", name, was, Some(shown)) {
            return Ok(());
        }
        let settings = json!(after.settings).to_string();
        self.acts.push(match stored {
            Some(stored) => Act::Target(Stored { settings, sealed, ..stored }),
            None => Act::NewTarget(Stored {
                name: name.to_owned(),
                kind: after.kind.clone(),
                settings,
                sealed,
                created: by.now,
                pushed: None,
                state: "{}".to_owned(),
            }),
        });
        Ok(())
    }

    fn apps(&mut self, is: &Document, wanted: &Document, prune: bool) -> Result<(), Failure> {
        let (Some(wanted), empty) = (&wanted.apps, BTreeMap::new()) else { return Ok(()) };
        let is = is.apps.as_ref().unwrap_or(&empty);
        for name in is.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
            match (is.get(name), wanted.get(name)) {
                (Some(before), None) if prune => {
                    self.note("apps", name, Some(json!(before)), None);
                    self.apps.push(OfApp::Remove(name.clone()));
                }
                (None, Some(after)) => {
                    self.note("apps", name, None, Some(json!(after)));
                    self.apps.push(OfApp::Add(Box::new(asked(name, after, true)?)));
                    if after.disabled {
                        self.apps.push(OfApp::Edit(name.clone(), Box::new(asked(name, after, false)?)));
                    }
                }
                (Some(before), Some(after)) => {
                    if before.oauth1 != after.oauth1 {
                        let message = format!("apps: {name}: whether an application signs is changed by a new secret");
                        return Err(Failure::usage(message).hint(format!("homeroom app rotate {name} --oauth1")));
                    }
                    if self.note("apps", name, Some(json!(before)), Some(json!(after))) {
                        self.apps.push(OfApp::Edit(name.clone(), Box::new(asked(name, after, false)?)));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The settings of a guard, by their keys.
fn settings(guard: &Guard) -> BTreeMap<String, String> {
    let single = [(REMOVED, &guard.max_removed), (CHANGED, &guard.max_changed), (ROLLOVER, &guard.rollover)];
    let mut all: BTreeMap<String, String> =
        single.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))).collect();
    all.extend(guard.floor.iter().map(|floor| (floor_key(None), floor.clone())));
    all.extend(guard.floors.iter().map(|(school, floor)| (floor_key(Some(school)), floor.clone())));
    all
}

/// One source at most is the home of grades.
fn one_home<'a>(sources: impl Iterator<Item = (&'a str, &'a Source)>) -> Result<(), Failure> {
    let is_home = |source: &Source| source.settings.get(home::SETTING).is_some_and(|said| said == home::HOME);
    let homes: Vec<&str> = sources.filter(|(_, source)| is_home(source)).map(|(name, _)| name).collect();
    if homes.len() < 2 {
        return Ok(());
    }
    let message = format!("sources: {} would each be the home of grades, and there is one only", homes.join(" and "));
    Err(Failure::refused(message).hint("take the setting grades away from the others"))
}
