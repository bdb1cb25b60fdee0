//! A district at Clever, asked as if it were a provider of OneRoster.
//!
//! Clever selects nothing and has no reads below records that would help: what a
//! query needs of a kind is asked for once, and looked through here.

use super::provider::{Next, Provider, Question, row};
use crate::clever::Clever;
use crate::error::Error;
use oneroster::at;
use oneroster::model::{Kind, Version, View};
use oneroster::query::matches;
use oneroster::record::Record;
use std::collections::BTreeMap;

/// A district.
pub struct District {
    client: Clever,
    kept: BTreeMap<Kind, Vec<Record>>,
    /// What is asked, and which record is looked at next.
    asked: Option<(Question, usize)>,
    lent: Record,
    packed: Vec<u8>,
}

impl District {
    /// The district of a client.
    pub fn new(client: Clever) -> District {
        District { client, kept: BTreeMap::new(), asked: None, lent: Record::new(Kind::Org), packed: Vec::new() }
    }

    /// Its client, whose findings say what was odd.
    pub fn client(&self) -> &Clever {
        &self.client
    }

    /// Asks for every record of a kind, if that was not done before.
    async fn keep(&mut self, kind: Kind) -> Result<(), Error> {
        if !self.kept.contains_key(&kind) {
            let mut records = match kind {
                Kind::Org => self.client.districts().all().await?,
                _ => Vec::new(),
            };
            records.extend(self.client.records(kind)?.all().await?);
            self.kept.insert(kind, records);
        }
        Ok(())
    }
}

impl Provider for District {
    type Error = Error;

    fn version(&self) -> Version {
        Version::V1P2
    }

    fn ask(&mut self, question: Question) {
        self.asked = Some((question, 0));
    }

    async fn next(&mut self) -> Result<Next<'_>, Error> {
        let Some((question, at)) = self.asked.take() else { return Ok(Next::End) };
        if !question.parents.is_empty() {
            return Ok(Next::Unanswered);
        }
        let kind = question.route.kind;
        self.keep(kind).await?;
        let is_meant = |record: &Record| {
            question.route.views.iter().all(|view| shows(*view, record))
                && question.filter.as_ref().is_none_or(|filter| matches(filter, record))
        };
        let mut rest = self.kept.get(&kind).into_iter().flatten().enumerate().skip(at);
        let Some((at, record)) = rest.find(|(_, record)| is_meant(record)) else { return Ok(Next::End) };
        self.lent = record.clone();
        self.asked = Some((question, at + 1));
        Ok(Next::Row(row(&mut self.lent, &mut self.packed)))
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
