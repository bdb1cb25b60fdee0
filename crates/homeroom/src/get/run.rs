//! A request answered: groups looked up, steps taken, nobody given twice.

use super::Request;
use super::groups::groups;
use super::plan::{Step, Together, by_id, elsewhere, steps};
use super::provider::{Ask, Provider, record};
use crate::output::Failure;
use oneroster::at;
use oneroster::json::Row;
use oneroster::model::Kind;
use oneroster::query::{Filter, matches};
use oneroster::record::{Record, Status, id_digest};
use std::collections::{HashSet, VecDeque};

/// What came of a request, besides the records.
#[derive(Debug)]
pub struct Answer {
    /// How many records were given.
    pub found: u64,
    /// Whether there may be more than were asked for.
    pub cut: bool,
    /// Groups that there are not, in words.
    pub unknown: Vec<String>,
}

/// Gives the records that a request asks for, one after the other.
///
/// # Errors
/// If the provider cannot be read, and what the sink says.
pub fn get(
    provider: &mut dyn Provider,
    request: &Request,
    sink: &mut dyn FnMut(&Row<'_>) -> Result<(), Failure>,
) -> Result<Answer, Failure> {
    let mut groups = groups(provider, request)?;
    let unknown = std::mem::take(&mut groups.unknown);
    let nothing = groups.is_nothing() || request.most == Some(0);
    let steps = if nothing { Vec::new() } else { steps(request, groups) };
    let alone = matches!(steps.as_slice(), [Step::Read(_) | Step::Have(_)]);
    let seen = (!alone).then(HashSet::new);
    let mut gate = Gate { request, seen, found: 0, cut: false, sink };
    for step in steps {
        if gate.is_full() {
            gate.cut = true;
            break;
        }
        gate.take(provider, step)?;
    }
    Ok(Answer { found: gate.found, cut: gate.cut, unknown })
}

/// What records pass on their way out.
struct Gate<'a> {
    request: &'a Request,
    /// Who was given already, if anyone may come twice.
    seen: Option<HashSet<u64>>,
    found: u64,
    cut: bool,
    sink: &'a mut dyn FnMut(&Row<'_>) -> Result<(), Failure>,
}

impl Gate<'_> {
    fn is_full(&self) -> bool {
        self.request.most.is_some_and(|most| self.found >= most)
    }

    fn take(&mut self, provider: &mut dyn Provider, step: Step) -> Result<(), Failure> {
        match step {
            Step::Have(records) => records.into_iter().try_for_each(|record| self.known(record)),
            Step::Read(ask) => self.read(provider, ask).map(drop),
            Step::ById(ids) => self.by_id(provider, &ids).map(drop),
            Step::Named(asks) => {
                let ids = self.named(provider, &asks)?;
                self.by_id(provider, &ids).map(drop)
            }
            Step::Together(of) => self.together(provider, &of),
        }
    }

    /// Reads records by their identifiers; how many came.
    fn by_id(&mut self, provider: &mut dyn Provider, ids: &[String]) -> Result<usize, Failure> {
        let mut came = 0;
        for ask in by_id(self.request.route, provider.version(), ids) {
            if self.is_full() {
                self.cut = true;
                break;
            }
            came += self.read(provider, ask)?;
        }
        Ok(came)
    }

    /// The people of several classes, in few reads. Filters that name many records are not borne
    /// by everyone, so what came is looked at: of each class somebody, and each
    /// person. What is not proven by that is asked for class by class.
    fn together(&mut self, provider: &mut dyn Provider, of: &Together) -> Result<(), Failure> {
        let told = if provider.selects() { enrolled(provider, of)? } else { None };
        let whole = match told {
            Some(ids) => self.by_id(provider, &ids)? >= ids.len() || self.is_full(),
            None => false,
        };
        if whole {
            return Ok(());
        }
        for ask in &of.each {
            if self.is_full() {
                self.cut = true;
                break;
            }
            self.read(provider, ask.clone())?;
        }
        Ok(())
    }

    /// The identifiers that other records name, each once, without those of who
    /// was given already.
    fn named(&mut self, provider: &mut dyn Provider, asks: &[(Ask, Option<u8>)]) -> Result<Vec<String>, Failure> {
        let (mut ids, mut known) = (Vec::new(), HashSet::new());
        let mut asks: VecDeque<(Ask, Option<u8>)> = asks.iter().cloned().collect();
        while let Some((ask, field)) = asks.pop_front() {
            let answered = provider.read(&ask, &mut |row| {
                let Some(record) = record(ask.route.kind, row) else { return Ok(true) };
                let id = match field {
                    Some(field) => record.get(field),
                    None => Some(record.sourced_id.as_str()),
                };
                let Some(id) = id else { return Ok(true) };
                let digest = id_digest(id);
                let given = self.seen.as_ref().is_some_and(|seen| seen.contains(&digest));
                if !given && known.insert(digest) {
                    ids.push(id.to_owned());
                }
                Ok(true)
            })?;
            if !answered && let Some((other, of)) = elsewhere(&ask, provider.version()) {
                asks.push_front((other, of.or(field)));
            }
        }
        Ok(ids)
    }

    /// Gives the records of a read, and says how many came; the provider selects,
    /// unless it is asked for something else already.
    fn read(&mut self, provider: &mut dyn Provider, mut ask: Ask) -> Result<usize, Failure> {
        let wanted = self.request.filter.as_ref();
        let mut own = wanted;
        if ask.filter.is_none() {
            ask.filter = wanted.cloned();
            own = own.filter(|_| !provider.is_trusted());
        }
        let mut came = 0;
        let answered = provider.read(&ask, &mut |row| {
            if self.is_full() {
                self.cut = true;
                return Ok(false);
            }
            came += 1;
            self.row(row, own)?;
            Ok(true)
        })?;
        match elsewhere(&ask, provider.version()).filter(|_| !answered) {
            None => Ok(came),
            Some((other, None)) => self.read(provider, other),
            Some((other, field)) => {
                let ids = self.named(provider, &[(other, field)])?;
                self.by_id(provider, &ids)
            }
        }
    }

    fn row(&mut self, row: &Row<'_>, filter: Option<&Filter>) -> Result<(), Failure> {
        let passes = |filter| record(self.request.route.kind, row).is_some_and(|record| matches(filter, &record));
        if filter.is_some_and(|filter| !passes(filter)) {
            return Ok(());
        }
        if let Some(seen) = &mut self.seen
            && !seen.insert(id_digest(row.sourced_id))
        {
            return Ok(());
        }
        self.found += 1;
        (self.sink)(row)
    }

    /// A record that was read before.
    fn known(&mut self, mut record: Record) -> Result<(), Failure> {
        if self.is_full() {
            self.cut = true;
            return Ok(());
        }
        let mut packed = Vec::new();
        record.pack(&mut packed);
        let published = record.modified.unwrap_or(super::UNDATED);
        let children = &[];
        let row = Row { sourced_id: &record.sourced_id, status: record.status, published, packed: &packed, children };
        self.row(&row, self.request.filter.as_ref())
    }
}

/// Who is in some classes, told by their enrollments; none if a class seems to
/// have nobody: its part of the filter may have been passed over.
fn enrolled(provider: &mut dyn Provider, of: &Together) -> Result<Option<Vec<String>>, Failure> {
    let (mut told, mut ids, mut known) = (HashSet::new(), Vec::new(), HashSet::new());
    for ask in &of.enrolled {
        let answered = provider.read(ask, &mut |row| {
            let Some(record) = record(Kind::Enrollment, row) else { return Ok(true) };
            told.extend(record.get(at!(Enrollment.class)).map(str::to_owned));
            let of_role = record.get(at!(Enrollment.role)) == Some(of.role.word());
            let user = record.get(at!(Enrollment.user)).filter(|_| of_role && record.status == Status::Active);
            if let Some(id) = user.filter(|id| known.insert(id_digest(id))) {
                ids.push(id.to_owned());
            }
            Ok(true)
        })?;
        if !answered {
            return Ok(None);
        }
    }
    Ok(of.classes.iter().all(|class| told.contains(class)).then_some(ids))
}
