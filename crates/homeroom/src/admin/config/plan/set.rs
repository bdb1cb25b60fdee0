//! What is set of the district itself, of its runs and of the records of sources.

use super::super::Configurer;
use super::super::checked::of;
use super::super::document::{Document, Guard};
use super::Planned;
use crate::days;
use crate::intake::cleansing;
use crate::intake::kind_named;
use crate::intake::limits::{CHANGED, REMOVED, ROLLOVER, floor_key, scope};
use crate::intake::retention;
use crate::output::Failure;
use crate::people;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

impl Planned {
    pub(super) fn district(&mut self, is: &Document, wanted: &Document) {
        let Some(district) = &wanted.district else { return };
        if self.note("district", "itself", is.district.as_ref().map(|one| json!(one)), Some(json!(district))) {
            self.set(days::SCOPE, days::ZONE, district.timezone.clone());
        }
    }

    pub(super) fn guards(&mut self, is: &Document, wanted: &Document, prune: bool) {
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

    pub(super) fn retention(&mut self, is: &Document, wanted: &Document) {
        let Some(after) = &wanted.retention else { return };
        let before = is.retention.clone().unwrap_or_default();
        if !self.note("retention", "itself", Some(json!(before)), Some(json!(after))) {
            return;
        }
        let days = [(retention::HISTORY, before.history_days, after.history_days)];
        let days = days.into_iter().chain([(retention::PACKAGES, before.package_days, after.package_days)]);
        for ((key, _), _, now) in days.filter(|(_, before, now)| before != now) {
            self.set(retention::KEPT_IN, key, now.map(|days| days.to_string()));
        }
        // It counts from the next import on.
        self.set(retention::KEPT_IN, retention::LOOKED, None);
    }

    /// By what people are known again; whoever is alike becomes one with the next run.
    pub(super) fn people(&mut self, is: &Document, wanted: &Document) {
        let Some(after) = &wanted.people else { return };
        let before = is.people.clone().unwrap_or_default();
        if self.note("people", "itself", Some(json!(before)), Some(json!(after))) {
            let words = Some(after.known_by.join(",")).filter(|words| !words.is_empty());
            self.set(people::SCOPE, people::KEY, words);
        }
    }

    /// Which source is right. An order changes records, so it is a run.
    pub(super) fn precedence(&mut self, by: &Configurer<'_>, is: &Document, wanted: &Document) -> Result<(), Failure> {
        let Some(after) = &wanted.precedence else { return Ok(()) };
        let feeds = [is, wanted].into_iter().filter_map(|document| document.sources.as_ref());
        let mut names: BTreeSet<String> = feeds.flat_map(|feeds| feeds.keys().cloned()).collect();
        names.extend(by.roster.sources()?.into_iter().map(|(_, name)| name));
        if let Some(name) = after.values().flatten().find(|name| !names.contains(*name)) {
            let there = names.into_iter().collect::<Vec<_>>().join(", ");
            let message = format!("precedence: there is no source {name:?}");
            return Err(Failure::usage(message).hint(format!("there is {there}")));
        }
        let before = is.precedence.clone().unwrap_or_default();
        if self.note("precedence", "itself", Some(json!(before)), Some(json!(after))) {
            self.orders = Some(after.iter().map(|(of, order)| (of.clone(), order.join(","))).collect());
        }
        Ok(())
    }

    /// The sources whose rules change: everything of them is to be fetched anew.
    pub(super) fn cleansing(
        &mut self,
        is: &Document,
        wanted: &Document,
        prune: bool,
    ) -> Result<BTreeSet<String>, Failure> {
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
