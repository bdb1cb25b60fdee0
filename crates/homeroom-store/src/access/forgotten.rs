//! People who were forgotten: known again, if they come again, by a digest that
//! nobody can reverse without the installation key.

use super::key::{Key, Purpose};
use super::{Access, Audit};
use crate::Result;
use std::collections::HashSet;

/// What the audit calls it.
const ACTION: &str = "forget";

/// The people of a district who were forgotten.
#[derive(Debug)]
pub struct ForgottenPeople<'a> {
    key: &'a Key,
    tenant: &'a str,
    digests: HashSet<String>,
}

impl Access {
    /// Notes that a person was forgotten: a digest and what was done, nothing
    /// else of them.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forgot(&self, who: &str, person: &str, detail: &str) -> Result<()> {
        let digest = digest(self.key(), self.tenant(), person)?;
        self.change(who, ACTION, &digest, |_| Ok(detail.to_owned()))
    }

    /// The people who were forgotten.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forgotten(&self) -> Result<ForgottenPeople<'_>> {
        let lines = self.audited()?.into_iter().filter(|line| line.action == ACTION);
        let digests = lines.map(|line| line.subject).collect();
        Ok(ForgottenPeople { key: self.key(), tenant: self.tenant(), digests })
    }
}

impl Audit {
    /// Whether anybody was forgotten.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn has_forgotten(&self) -> Result<bool> {
        Ok(self.lines()?.iter().any(|line| line.action == ACTION))
    }
}

impl ForgottenPeople<'_> {
    /// Whether nobody was.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// Whether a person is one of them.
    pub fn has(&self, person: &str) -> bool {
        digest(self.key, self.tenant, person).is_ok_and(|digest| self.digests.contains(&digest))
    }
}

fn digest(key: &Key, tenant: &str, person: &str) -> Result<String> {
    key.mac(Purpose::Forgotten, &[tenant, person])
}
