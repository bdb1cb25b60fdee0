//! What a fetch of a provider asks for: everything, or what has changed.

use crate::intake::beside;
use crate::sync::settings::SERVICES;
use crate::sync::source::Source;
use crate::sync::state::State;
use oneroster::csv::kinds;
use oneroster::model::{Kind, Place, Service, Version};
use oneroster::time::Timestamp;
use oneroster_client::Edition;
use oneroster_client::vendor::{Trait, Vendor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a fetch asks for. It is kept beside its spools, so that a fetch that
/// broke off goes on with the same questions.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// When it began.
    pub begun: i64,
    /// Whether everything is asked for.
    pub full: bool,
    /// The collections by name, each with the instant since which changes are
    /// asked for.
    pub since: BTreeMap<String, Option<i64>>,
    /// The settings that the questions depend on.
    pub settings: BTreeMap<String, String>,
    /// The latest change of all when it began, of a provider whose changes come
    /// in order: all that is later is asked for next time, and nothing else.
    #[serde(default)]
    pub mark: Option<i64>,
}

/// The settings by which questions differ.
const ASKED_BY: [&str; 8] =
    ["url", "oneroster", "client-id", "organisation", "leave-out", "services", "auth", "vendor"];

impl Plan {
    /// What is to be asked now.
    pub fn new(source: &Source, state: &State, full: bool, version: Version, now: Timestamp) -> Plan {
        let due = state.full.is_none_or(|last| last.saturating_add(source.time("full-every")) <= now.0);
        let kinds: Vec<Kind> = asked(source, version).collect();
        // Of some providers it is known that they cannot tell what has changed.
        let deaf = state.profile.as_ref().is_some_and(|profile| !profile.changes);
        // A collection that was withheld so far is asked for whole by itself: it may
        // stay withheld, and that is no reason to ask for all others anew.
        let full = full || due || deaf;
        let back = if in_order(source) { -1 } else { source.time("overlap") };
        let since = kinds.iter().map(|kind| {
            let name = kind.entity().plural;
            let seen = state.seen.get(name).map(|seen| seen.saturating_sub(back));
            (name.to_owned(), seen.filter(|_| !full))
        });
        let set = |key: &&str| Some(((*key).to_owned(), source.text(key)?.to_owned()));
        let settings = ASKED_BY.iter().filter_map(set).collect();
        Plan { begun: now.0, full, since: since.collect(), settings, mark: None }
    }

    /// Whether a fetch that broke off is to go on with these questions in place
    /// of others.
    pub fn goes_on(&self, wanted: &Plan, source: &Source, now: Timestamp) -> bool {
        let young = (self.begun..self.begun.saturating_add(source.time("resume"))).contains(&now.0);
        let names = |plan: &Plan| plan.since.keys().cloned().collect::<Vec<_>>();
        // To have everything answers a question for changes, too.
        young && (self.full || !wanted.full) && self.settings == wanted.settings && names(self) == names(wanted)
    }

    /// Since when changes of a kind are asked for.
    pub fn since(&self, kind: Kind) -> Option<Timestamp> {
        self.since.get(kind.entity().plural).copied().flatten().map(Timestamp)
    }
}

/// Whether the provider's changes come in order, so that what was read need not
/// be asked for again.
pub fn in_order(source: &Source) -> bool {
    source.text("vendor").and_then(Vendor::named).is_some_and(|vendor| vendor.does(Trait::ChangesInOrder))
}

/// Whether a service is asked for; 1.0 has rostering only.
pub fn asks(source: &Source, service: Service) -> bool {
    if super::edition(source) == Edition::V1P0 && service != Service::Rostering {
        return false;
    }
    let words = Service::ALL.into_iter().zip(SERVICES);
    let mut word = words.filter_map(|(of, word)| (of == service).then_some(*word));
    word.next().is_some_and(|word| source.list("services").any(|set| set == word))
}

/// The collections that are asked for, parents first: those of the services that
/// are set.
pub fn asked(source: &Source, version: Version) -> impl Iterator<Item = Kind> {
    kinds(version).chain(beside::kinds()).filter(move |kind| {
        let entity = kind.entity();
        asks(source, entity.service)
            && entity.place == Place::Class
            && entity.json.has(version)
            && !source.list("leave-out").any(|name| name == entity.plural)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::settings::Kind as SourceKind;

    const HOUR: i64 = 3_600_000;

    fn source(more: &[(&str, &str)]) -> Source {
        let given = [("url", "https://sis.example")].iter().chain(more);
        let given: Vec<_> = given.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Source::new("north", SourceKind::Oneroster, &given, Timestamp(0)).unwrap()
    }

    fn all_seen(at: i64) -> State {
        let source = source(&[]);
        let names = asked(&source, Version::V1P2).map(|kind| (kind.entity().plural.to_owned(), at));
        State { full: Some(at), seen: names.collect(), ..State::default() }
    }

    #[test]
    fn everything_is_asked_for_first_and_then_once_in_a_while() {
        let (source, state) = (source(&[]), all_seen(100 * HOUR));
        let plan =
            |state: &State, full, hours: i64| Plan::new(&source, state, full, Version::V1P2, Timestamp(hours * HOUR));
        assert!(plan(&State::default(), false, 101).full);
        let changes = plan(&state, false, 101);
        assert!(!changes.full);
        assert_eq!(changes.since(Kind::User), Some(Timestamp(100 * HOUR - 600_000)));
        assert!(plan(&state, true, 101).full && plan(&state, false, 124).full);
        // So does a provider that cannot tell what has changed.
        let profile = Some(oneroster_client::Profile::default());
        assert!(plan(&State { profile, ..state.clone() }, false, 101).full);
        // A collection that was withheld so far is asked for whole, by itself.
        let mut less = state.clone();
        less.seen.remove("demographics");
        let most = plan(&less, false, 101);
        assert!(!most.full);
        assert_eq!((most.since(Kind::Demographics), most.since(Kind::User)), (None, changes.since(Kind::User)));
    }

    #[test]
    fn of_a_provider_whose_changes_come_in_order_only_what_is_later_is_asked_for() {
        let source = source(&[("vendor", "homeroom")]);
        let changes = Plan::new(&source, &all_seen(100 * HOUR), false, Version::V1P2, Timestamp(101 * HOUR));
        assert_eq!(changes.since(Kind::User), Some(Timestamp(100 * HOUR + 1)));
        // What was asked of one that is not known to be such is no use.
        let before = Plan::new(&self::source(&[]), &all_seen(HOUR), false, Version::V1P2, Timestamp(101 * HOUR));
        assert!(!before.goes_on(&changes, &source, Timestamp(101 * HOUR)));
    }

    #[test]
    fn nested_rows_are_asked_for_with_those_they_stand_in() {
        let names =
            |source: &Source, version| asked(source, version).map(|kind| kind.entity().plural).collect::<Vec<_>>();
        let all = ["orgs", "academicSessions", "courses", "classes", "users", "demographics", "enrollments"];
        assert_eq!(names(&source(&[]), Version::V1P2), all);
        assert_eq!(names(&source(&[]), Version::V1P1), all);
        let less = source(&[("leave-out", "demographics, enrollments")]);
        assert_eq!(names(&less, Version::V1P2), all[..5]);
        let more = source(&[("services", "gradebook, resources,rostering")]);
        let of_1_1 = ["resources", "categories", "lineItems", "results"];
        assert_eq!(names(&more, Version::V1P1), [&all[..], &of_1_1].concat());
        let of_1_2 = ["resources", "categories", "scoreScales", "lineItems", "results"];
        assert_eq!(names(&more, Version::V1P2), [&all[..], &of_1_2].concat());
        let tests = source(&[("services", "rostering,assessment")]);
        assert_eq!(names(&tests, Version::V1P1), all);
        assert_eq!(names(&tests, Version::V1P2), [&all[..], &["assessmentLineItems", "assessmentResults"]].concat());
    }

    #[test]
    fn a_fetch_goes_on_only_with_the_same_questions() {
        let (source, state) = (source(&[]), all_seen(100 * HOUR));
        let full = Plan::new(&source, &state, true, Version::V1P2, Timestamp(101 * HOUR));
        let changes = Plan::new(&source, &state, false, Version::V1P2, Timestamp(102 * HOUR));
        let now = Timestamp(102 * HOUR);
        assert!(full.goes_on(&changes, &source, now) && changes.goes_on(&changes, &source, now));
        assert!(!changes.goes_on(&full, &source, now));
        assert!(!full.goes_on(&changes, &source, Timestamp(107 * HOUR)));
        assert!(!full.goes_on(&changes, &source, Timestamp(100 * HOUR)));
        let other = self::source(&[("url", "https://other.example")]);
        let other = Plan::new(&other, &state, false, Version::V1P2, now);
        assert!(!full.goes_on(&other, &source, now));
    }
}
