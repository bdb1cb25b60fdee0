//! What is set now, as a document.

use super::document::{
    App, Claim, Consent, District, Document, FORM, Grant, Guard, Issuer, People, Retention, Source, Target,
};
use crate::days;
use crate::intake::cleansing;
use crate::intake::limits::{CHANGED, FLOOR, REMOVED, ROLLOVER, parts};
use crate::intake::retention::{HISTORY, KEPT_IN, PACKAGES};
use crate::output::Failure;
use crate::people;
use crate::targets::given;
use homeroom_store::access::{Access, App as Stored, TombstonePolicy};
use homeroom_store::{Roster, Set};
use oneroster::grant::Profile;
use std::collections::BTreeMap;

/// The document of a district as it is now.
pub(super) fn document(roster: &Roster, access: Option<&Access>) -> Result<Document, Failure> {
    let timezone =
        roster.settings(days::SCOPE)?.into_iter().find(|set| set.scope == days::SCOPE && set.key == days::ZONE);
    let mut rules = BTreeMap::new();
    for set in roster.settings(cleansing::SCOPE)?.into_iter().filter(|set| set.key == cleansing::RULES) {
        let source = set.scope.trim_start_matches(cleansing::SCOPE).to_owned();
        let read = cleansing::read(&source, &set.value)?;
        rules.insert(source, read);
    }
    let sources = roster
        .feeds()?
        .into_iter()
        .map(|feed| (feed.name, Source { kind: feed.kind, settings: feed.settings, secrets: BTreeMap::new() }));
    let mut targets = BTreeMap::new();
    for target in roster.targets()? {
        let settings = given(&target)?;
        targets.insert(target.name, Target { kind: target.kind, settings, ..Target::default() });
    }
    let (mut apps, mut consents, mut issuers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    if let Some(access) = access {
        for one in access.apps()?.iter().filter(|one| one.is_home() || one.withdrawn.is_none()) {
            let (name, app) = (one.name.to_string(), app(one));
            if one.is_home() {
                apps.insert(name, app);
            } else {
                let App { scopes, tombstones, grant, .. } = app;
                consents.insert(name, Consent { scopes, tombstones, grant });
            }
        }
        for one in access.issuers()? {
            let user = one.user_claim.map(|claim| Claim { claim, field: Some(one.user_member) });
            let issuer = Issuer { url: one.url, audience: one.audience, app: one.app.to_string(), user };
            issuers.insert(one.name, issuer);
        }
    }
    Ok(Document {
        homeroom: FORM,
        district: Some(District { timezone: timezone.map(|set| set.value) }),
        guards: Some(guards(roster.settings("guard:")?)),
        retention: Some(retention(roster)?),
        people: Some(known_by(roster)?),
        precedence: Some(precedence(roster)?),
        cleansing: Some(rules),
        sources: Some(sources.collect()),
        targets: Some(targets),
        apps: Some(apps),
        consents: Some(consents),
        issuers: Some(issuers),
    })
}

fn retention(roster: &Roster) -> Result<Retention, Failure> {
    let set = roster.settings(KEPT_IN)?;
    let days = |(key, _): (&str, u32)| {
        set.iter().find(|set| set.scope == KEPT_IN && set.key == key).and_then(|set| set.value.parse().ok())
    };
    Ok(Retention { history_days: days(HISTORY), package_days: days(PACKAGES) })
}

fn known_by(roster: &Roster) -> Result<People, Failure> {
    let set = roster.settings(people::SCOPE)?;
    let words = set.into_iter().find(|set| set.scope == people::SCOPE && set.key == people::KEY);
    Ok(People { known_by: words.iter().flat_map(|set| set.value.split(',')).map(str::to_owned).collect() })
}

fn precedence(roster: &Roster) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let orders = people::orders(roster)?;
    Ok(orders.into_iter().map(|(of, order)| (of, order.split(',').map(str::to_owned).collect())).collect())
}

/// Settings of guards, those of one scope together.
pub(super) fn guards(set: Vec<Set>) -> Vec<Guard> {
    let mut all: BTreeMap<String, Guard> = BTreeMap::new();
    for Set { scope, key, value } in set {
        let Some((entity, source)) = parts(&scope) else { continue };
        let (entity, source) = (entity.map(str::to_owned), source.map(str::to_owned));
        let guard = all.entry(scope).or_insert_with(|| Guard { entity, source, ..Guard::default() });
        match key.as_str() {
            REMOVED => guard.max_removed = Some(value),
            CHANGED => guard.max_changed = Some(value),
            ROLLOVER => guard.rollover = Some(value),
            FLOOR => guard.floor = Some(value),
            key => {
                if let Some(school) = key.strip_prefix(FLOOR).and_then(|rest| rest.strip_prefix(':')) {
                    guard.floors.insert(school.to_owned(), value);
                }
            }
        }
    }
    all.into_values().collect()
}

fn app(app: &Stored) -> App {
    let (bounds, cover) = (&app.bounds, &app.cover);
    let texts = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<String>>();
    let profile = bounds.profile.as_ref();
    let grant = Grant {
        schools: texts(&mut bounds.schools.iter().cloned()),
        classes: texts(&mut bounds.classes.iter().cloned()),
        grades: texts(&mut bounds.grades.iter().cloned()),
        roles: texts(&mut bounds.roles.iter().cloned()),
        terms: texts(&mut bounds.terms.iter().map(ToString::to_string)),
        entities: texts(&mut cover.entities.iter().cloned()),
        hidden: texts(&mut cover.hidden.iter().map(ToString::to_string)),
        masked: texts(&mut cover.masked.iter().map(ToString::to_string)),
        profile: profile.map(|profile| profile.name().to_owned()),
        profile_set: profile.into_iter().flat_map(Profile::set).map(|(key, value)| format!("{key}={value}")).collect(),
    };
    App {
        scopes: app.scopes.names().into_iter().map(str::to_owned).collect(),
        tombstones: Some(app.tombstones)
            .filter(|one| *one != TombstonePolicy::default())
            .map(|one| one.word().to_owned()),
        rate: app.rate,
        disabled: app.disabled.is_some(),
        oauth1: app.signs,
        grant,
    }
}
