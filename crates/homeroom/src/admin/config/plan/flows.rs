//! Where records come from, and where they are carried to.

use super::super::Configurer;
use super::super::document::{Document, Secret, Source, Target};
use super::Planned;
use crate::grades::home;
use crate::output::Failure;
use crate::sync::settings::{IDENTITY, Kind};
use crate::sync::source::{NOTIFY_SECRET, SECRET};
use crate::sync::{self};
use crate::targets::common::State;
use crate::targets::hook;
use homeroom_store::access::Access;
use homeroom_store::{Act, Target as Stored};
use secrecy::ExposeSecret as _;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

impl Planned {
    pub(super) fn sources(
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
        if before.is_none_or(|before| before.settings != after.settings) {
            let moved = before.is_some_and(|is| moves(&is.settings, &after.settings));
            by.may_reach("sources", name, kind != Kind::Csv, moved)?;
        }
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

    pub(super) fn targets(
        &mut self,
        by: &Configurer<'_>,
        is: &Document,
        wanted: &Document,
        prune: bool,
    ) -> Result<(), Failure> {
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
        if before.is_none_or(|before| before.settings != after.settings) {
            let moved = before.is_some_and(|is| moves(&is.settings, &after.settings));
            by.may_reach("targets", name, after.kind == "moodle", moved)?;
        }
        let stored = by.roster.target(name)?;
        let mut sealed = stored.as_ref().map(|stored| stored.sealed.clone()).unwrap_or_default();
        let mut shown = json!({ "kind": after.kind, "settings": after.settings });
        if let (Some(named), Some(access)) = (after.secrets.get(SECRET), by.access) {
            let (secret, context) = (by.secret(named)?, Stored::context(access.tenant(), name));
            let known = if sealed.is_empty() { None } else { Some(access.key().unseal(&context, &sealed)?) };
            if known.is_none_or(|known| known.expose_secret().as_slice() != secret.expose_secret().as_bytes()) {
                shown["secret"] = json!("another one");
                sealed = access.key().seal(&context, secret.expose_secret().as_bytes(), by.outside)?;
            }
        }
        if let (Some(what), true) = (kind.secret(&after.settings), sealed.is_empty()) {
            return Err(usage(format!("{what} is missing; name it with secrets: {{ secret: {{ file: ... }} }}")));
        }
        let hook = match (after.secrets.get(NOTIFY_SECRET), by.access) {
            (Some(named), Some(access)) => another_hook(by, access, (name, stored.as_ref()), named)?,
            _ => None,
        };
        if hook.is_some() {
            shown[NOTIFY_SECRET] = json!("another one");
        }
        let was = before.map(|before| json!({ "kind": before.kind, "settings": before.settings }));
        if !self.note("targets", name, was, Some(shown)) {
            return Ok(());
        }
        let settings = json!(after.settings).to_string();
        let state = hook.map(|hook| {
            let state = stored.as_ref().map(State::of).unwrap_or_default();
            json!(State { hook: Some(hook), ..state }).to_string()
        });
        match stored {
            Some(stored) => {
                let name = name.to_owned();
                self.acts.extend(state.map(|state| Act::TargetState(name, state)));
                self.acts.push(Act::Target(Stored { settings, sealed, ..stored }));
            }
            None => self.acts.push(Act::NewTarget(Stored {
                name: name.to_owned(),
                kind: after.kind.clone(),
                settings,
                sealed,
                created: by.now,
                pushed: None,
                state: state.unwrap_or_else(|| "{}".to_owned()),
            })),
        }
        Ok(())
    }
}

/// The secret by which outcomes of a target are signed, sealed, if it is another
/// one than is kept.
fn another_hook(
    by: &Configurer<'_>,
    access: &Access,
    (name, stored): (&str, Option<&Stored>),
    named: &Secret,
) -> Result<Option<String>, Failure> {
    let secret = by.secret(named)?;
    let known = stored.map(|stored| hook::secret(access, stored)).transpose()?.flatten();
    if known.is_some_and(|known| known.expose_secret() == secret.expose_secret()) {
        return Ok(None);
    }
    hook::seal(access, name, &secret, by.outside).map(Some)
}

/// Whether something is reached elsewhere: then its secret would go there, too.
fn moves(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> bool {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let is_place = |value: Option<&String>| value.is_some_and(|value| value.contains("://") || value.contains('@'));
    names.into_iter().any(|name| {
        let (old, new) = (before.get(name), after.get(name));
        old != new && (is_place(old) || is_place(new))
    })
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
