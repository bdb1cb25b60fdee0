//! What a document would change, and the acts that change it.

mod apps;
mod flows;
mod set;

use super::document::Document;
use super::{Configurer, OfApp};
use crate::output::Failure;
use homeroom_store::Act;
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
    /// Which source is right, if that changes: a run of its own.
    pub(super) orders: Option<Vec<(String, String)>>,
}

pub(super) fn plan(by: &Configurer<'_>, is: Document, wanted: Document, prune: bool) -> Result<Planned, Failure> {
    let mut planned = Planned::default();
    planned.district(&is, &wanted);
    planned.guards(&is, &wanted, prune);
    planned.retention(&is, &wanted);
    planned.people(&is, &wanted);
    planned.precedence(by, &is, &wanted)?;
    let afresh = planned.cleansing(&is, &wanted, prune)?;
    planned.sources(by, &is, &wanted, prune, &afresh)?;
    planned.targets(by, &is, &wanted, prune)?;
    let issuers = planned.issuers_gone(&is, &wanted, prune);
    planned.apps(&is, &wanted, prune)?;
    planned.consents(&is, &wanted, prune)?;
    planned.issuers(&wanted, issuers)?;
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
}
