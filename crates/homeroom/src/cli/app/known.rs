//! What a grant names, looked up in the roster.

use crate::cli::Setting;
use crate::output::Failure;
use homeroom_store::Roster;
use oneroster::grant::{Bounds, TermLimit};
use oneroster::model::Kind;
use std::collections::BTreeSet;

/// The roster, if there is one yet: looking makes no database.
pub(super) fn roster(setting: &Setting) -> Result<Option<Roster>, Failure> {
    setting.has_roster()?.then(|| setting.roster()).transpose()
}

/// Warns of what the roster does not know: it may come later, or be mistyped.
pub(super) fn warn(setting: &Setting, bounds: &Bounds) -> Result<(), Failure> {
    let sessions: BTreeSet<String> = bounds.terms.iter().filter_map(session).collect();
    let named = [(Kind::Org, "school", &bounds.schools), (Kind::Class, "class", &bounds.classes)];
    let named = named.into_iter().chain([(Kind::AcademicSession, "session", &sessions)]);
    let named: Vec<_> = named.filter(|(_, _, ids)| !ids.is_empty()).collect();
    if named.is_empty() {
        return Ok(());
    }
    let roster = roster(setting)?;
    for (kind, word, ids) in named {
        let mut unknown = Vec::new();
        for id in ids {
            let there = roster.as_ref().map(|roster| roster.stored(kind, id)).transpose()?.flatten();
            if there.is_none() {
                unknown.push(id.as_str());
            }
        }
        if !unknown.is_empty() {
            setting.output.note(&format!(
                "warning: the roster knows no {word} {}: nothing of it is seen until an import brings it",
                unknown.join(", ")
            ));
        }
    }
    Ok(())
}

fn session(term: &TermLimit) -> Option<String> {
    match term {
        TermLimit::Session(id) => Some(id.clone()),
        TermLimit::Current | TermLimit::Days(..) => None,
    }
}
