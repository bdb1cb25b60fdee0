//! A district at Clever, asked as if it were a provider of OneRoster.
//!
//! Clever selects nothing and has no reads below records that would help: what a
//! query needs of a kind is asked for once, and looked through here.

use super::provider::{Ask, Provider, Sink};
use super::remote::{failed, give};
use crate::output::Failure;
use oneroster::at;
use oneroster::model::{Kind, Version, View};
use oneroster::query::matches;
use oneroster::record::Record;
use oneroster_client::clever::Clever;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;

/// A district.
pub struct District {
    client: Clever,
    runtime: Runtime,
    kept: BTreeMap<Kind, Vec<Record>>,
}

impl District {
    /// The district of a client.
    ///
    /// # Errors
    /// If the system gives no runtime.
    pub fn new(client: Clever) -> Result<District, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(District { client, runtime, kept: BTreeMap::new() })
    }

    /// What was odd about it, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let findings = self.client.findings().list();
        findings.iter().map(|f| format!("{} ({} times)", f.habit.row().sentence, f.count)).collect()
    }

    /// Every record of a kind.
    fn all(&mut self, kind: Kind) -> Result<&[Record], Failure> {
        if !self.kept.contains_key(&kind) {
            let mut records = Vec::new();
            if kind == Kind::Org {
                records = self.runtime.block_on(self.client.districts().all()).map_err(|error| failed(&error))?;
            }
            let asked = self.client.records(kind).map_err(|error| failed(&error))?;
            records.extend(self.runtime.block_on(asked.all()).map_err(|error| failed(&error))?);
            self.kept.insert(kind, records);
        }
        Ok(self.kept.get(&kind).map_or(&[], Vec::as_slice))
    }
}

impl Provider for District {
    fn version(&self) -> Version {
        Version::V1P2
    }

    /// Nothing has an address of OneRoster here.
    fn prefix(&self) -> &str {
        ""
    }

    fn read(&mut self, ask: &Ask, sink: &mut Sink<'_>) -> Result<bool, Failure> {
        if !ask.parents.is_empty() {
            return Ok(false);
        }
        let mut packed = Vec::new();
        for record in self.all(ask.route.kind)? {
            let is_meant = ask.route.views.iter().all(|view| shows(*view, record))
                && ask.filter.as_ref().is_none_or(|filter| matches(filter, record));
            if is_meant && !give(&mut record.clone(), &mut packed, sink)? {
                break;
            }
        }
        Ok(true)
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

/// Whether a record is of a collection that stands below none.
fn shows(view: View, record: &Record) -> bool {
    match view {
        View::Typed(word) if record.kind() == Kind::Org => record.get(at!(Org.type)) == Some(word),
        View::Typed(word) => record.get(at!(AcademicSession.type)) == Some(word),
        View::Holds(role) => record.rows(at!(User.roles)).any(|held| held.get(at!(Role.role)) == Some(role.word())),
        // These speak of the record above, and there is none.
        _ => true,
    }
}

impl std::fmt::Debug for District {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("District").finish_non_exhaustive()
    }
}
