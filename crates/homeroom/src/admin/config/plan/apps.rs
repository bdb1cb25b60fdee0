//! Applications, those of other districts, and outside issuers.

use super::super::OfApp;
use super::super::checked::asked;
use super::super::document::{Document, Issuer};
use super::Planned;
use crate::output::Failure;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

impl Planned {
    pub(super) fn apps(&mut self, is: &Document, wanted: &Document, prune: bool) -> Result<(), Failure> {
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

    /// What applications of other districts may read here. One that the document
    /// does not name is refused with `prune`.
    pub(super) fn consents(&mut self, is: &Document, wanted: &Document, prune: bool) -> Result<(), Failure> {
        let (Some(wanted), empty) = (&wanted.consents, BTreeMap::new()) else { return Ok(()) };
        let is = is.consents.as_ref().unwrap_or(&empty);
        for name in is.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
            match (is.get(name), wanted.get(name)) {
                (Some(before), None) if prune => {
                    self.note("consents", name, Some(json!(before)), None);
                    self.apps.push(OfApp::Withdraw(name.clone()));
                }
                (None, Some(after)) => {
                    self.note("consents", name, None, Some(json!(after)));
                    self.apps.push(OfApp::Authorize(name.clone(), Box::new(after.asked()?)));
                }
                (Some(before), Some(after)) if before != after => {
                    self.note("consents", name, Some(json!(before)), Some(json!(after)));
                    self.apps.push(OfApp::Edit(name.clone(), Box::new(after.asked()?)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Issuers that go or are others, before the applications that they call as;
    /// those that are to be there afterwards.
    pub(super) fn issuers_gone(&mut self, is: &Document, wanted: &Document, prune: bool) -> Vec<String> {
        let (Some(wanted), empty) = (&wanted.issuers, BTreeMap::new()) else { return Vec::new() };
        let is = is.issuers.as_ref().unwrap_or(&empty);
        let mut to_come = Vec::new();
        for name in is.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
            let (before, after) = (is.get(name), wanted.get(name));
            let value = |one: Option<&Issuer>| one.map(|one| json!(one));
            if (after.is_none() && !prune) || !self.note("issuers", name, value(before), value(after)) {
                continue;
            }
            if before.is_some() {
                self.apps.push(OfApp::NoIssuer(name.clone()));
            }
            if after.is_some() {
                to_come.push(name.clone());
            }
        }
        to_come
    }

    /// Issuers that come, after the applications that they call as.
    pub(super) fn issuers(&mut self, wanted: &Document, to_come: Vec<String>) -> Result<(), Failure> {
        for name in to_come {
            if let Some(issuer) = wanted.issuers.as_ref().and_then(|all| all.get(&name)) {
                self.apps.push(OfApp::Issuer(Box::new(issuer.new_issuer(&name)?)));
            }
        }
        Ok(())
    }
}
