//! A request answered: groups looked up, steps taken, nobody given twice.

use super::Request;
use super::groups::{Unknown, groups};
use super::plan::{Elsewhere, Step, Together, by_id, elsewhere, steps};
use super::provider::{Next, Provider, Question, record, row};
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
    /// Groups that there are not.
    pub unknown: Vec<Unknown>,
}

/// Gives the records that a request asks for to `sink`, one after the other.
///
/// # Errors
/// If the provider cannot be read, and what the sink says.
pub async fn get<P, E, S>(provider: &mut P, request: &Request, sink: &mut S) -> Result<Answer, E>
where
    P: Provider,
    E: From<P::Error>,
    S: FnMut(&Row<'_>) -> Result<(), E>,
{
    let mut groups = groups(provider, request).await?;
    let unknown = std::mem::take(&mut groups.unknown);
    let nothing = groups.is_nothing() || request.most == Some(0);
    let steps = if nothing { Vec::new() } else { steps(request, groups) };
    let alone = matches!(steps.as_slice(), [Step::Read(_) | Step::Have(_)]);
    let seen = (!alone).then(HashSet::new);
    let cut = request.most == Some(0) && unknown.is_empty();
    let mut taking = Taking { provider, gate: Gate { request, seen, found: 0, cut, sink } };
    for step in steps {
        if taking.gate.is_full() {
            taking.gate.cut = true;
            break;
        }
        taking.step(step).await?;
    }
    let Gate { found, cut, .. } = taking.gate;
    Ok(Answer { found, cut, unknown })
}

/// What records pass on their way out.
struct Gate<'a, S> {
    request: &'a Request,
    /// Who was given already, if anyone may come twice.
    seen: Option<HashSet<u64>>,
    found: u64,
    cut: bool,
    sink: &'a mut S,
}

impl<S> Gate<'_, S> {
    fn is_full(&self) -> bool {
        self.request.most.is_some_and(|most| self.found >= most)
    }

    fn row<E>(&mut self, row: &Row<'_>, filter: Option<&Filter>) -> Result<(), E>
    where
        S: FnMut(&Row<'_>) -> Result<(), E>,
    {
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
    fn known<E>(&mut self, mut record: Record) -> Result<(), E>
    where
        S: FnMut(&Row<'_>) -> Result<(), E>,
    {
        if self.is_full() {
            self.cut = true;
            return Ok(());
        }
        let request = self.request;
        self.row(&row(&mut record, &mut Vec::new()), request.filter.as_ref())
    }
}

/// The steps of a request being taken.
struct Taking<'a, P, S> {
    provider: &'a mut P,
    gate: Gate<'a, S>,
}

impl<P: Provider, S> Taking<'_, P, S> {
    async fn step<E>(&mut self, step: Step) -> Result<(), E>
    where
        E: From<P::Error>,
        S: FnMut(&Row<'_>) -> Result<(), E>,
    {
        match step {
            Step::Have(records) => records.into_iter().try_for_each(|record| self.gate.known(record)),
            Step::Read(ask) => self.read(ask).await.map(drop),
            Step::ById(ids) => self.by_id(&ids).await.map(drop),
            Step::Named(asks) => {
                let ids = self.named(asks).await?;
                self.by_id(&ids).await.map(drop)
            }
            Step::Together(of) => self.together(of).await,
        }
    }

    /// Reads records by their identifiers; how many came.
    async fn by_id<E>(&mut self, ids: &[String]) -> Result<usize, E>
    where
        E: From<P::Error>,
        S: FnMut(&Row<'_>) -> Result<(), E>,
    {
        let mut came = 0;
        for ask in by_id(self.gate.request.route, self.provider.version(), ids) {
            if self.gate.is_full() {
                self.gate.cut = true;
                break;
            }
            came += self.pass(ask).await?.unwrap_or_default();
        }
        Ok(came)
    }

    /// The people of several classes, in few reads. Filters that name many records are not borne
    /// by everyone, so what came is looked at: of each class somebody, and each
    /// person. What is not proven by that is asked for class by class.
    async fn together<E>(&mut self, of: Together) -> Result<(), E>
    where
        E: From<P::Error>,
        S: FnMut(&Row<'_>) -> Result<(), E>,
    {
        let told = if self.provider.selects() { enrolled(self.provider, &of).await? } else { None };
        let whole = match told {
            Some(ids) => self.by_id(&ids).await? >= ids.len() || self.gate.is_full(),
            None => false,
        };
        if whole {
            return Ok(());
        }
        for ask in of.each {
            if self.gate.is_full() {
                self.gate.cut = true;
                break;
            }
            self.read(ask).await?;
        }
        Ok(())
    }

    /// The identifiers that other records name, each once, without those of who
    /// was given already.
    async fn named(&mut self, asks: Vec<(Question, Option<u8>)>) -> Result<Vec<String>, P::Error> {
        let (mut ids, mut known) = (Vec::new(), HashSet::new());
        let mut asks = VecDeque::from(asks);
        while let Some((ask, field)) = asks.pop_front() {
            let kind = ask.route.kind;
            self.provider.ask(ask.clone());
            let answered = loop {
                let row = match self.provider.next().await? {
                    Next::Row(row) => row,
                    end => break matches!(end, Next::End),
                };
                let Some(record) = record(kind, &row) else { continue };
                let id = match field {
                    Some(field) => record.get(field),
                    None => Some(record.sourced_id.as_str()),
                };
                let Some(id) = id else { continue };
                let digest = id_digest(id);
                let given = self.gate.seen.as_ref().is_some_and(|seen| seen.contains(&digest));
                if !given && known.insert(digest) {
                    ids.push(id.to_owned());
                }
            };
            if !answered && let Some(Elsewhere { ask, named }) = elsewhere(&ask, self.provider.version()) {
                asks.push_front((ask, named.map(|(of, _)| of).or(field)));
            }
        }
        Ok(ids)
    }

    /// Gives the records of a read, wherever they are found.
    ///
    /// A read below a record comes first. The people of a class take two requests by
    /// it, and three by its enrollments; nothing that a provider answered before
    /// tells whether it has such reads, and no single read tells who is in a class
    /// where there are none. So a provider of which that is not known costs either
    /// one request more than three, once, where such reads are missing, or one
    /// more than two, always, where they are not; most have them.
    async fn read<E>(&mut self, ask: Question) -> Result<(), E>
    where
        E: From<P::Error>,
        S: FnMut(&Row<'_>) -> Result<(), E>,
    {
        if self.pass(ask.clone()).await?.is_some() {
            return Ok(());
        }
        match elsewhere(&ask, self.provider.version()) {
            None => Ok(()),
            Some(Elsewhere { ask, named: None }) => self.pass(ask).await.map(drop),
            Some(Elsewhere { ask, named: Some((field, _)) }) => {
                let ids = self.named(vec![(ask, Some(field))]).await?;
                self.by_id(&ids).await.map(drop)
            }
        }
    }

    /// Gives the records of one question, and says how many came, if it is
    /// answered; the provider selects, unless it is asked for something else already.
    async fn pass<E>(&mut self, mut ask: Question) -> Result<Option<usize>, E>
    where
        E: From<P::Error>,
        S: FnMut(&Row<'_>) -> Result<(), E>,
    {
        let wanted = self.gate.request.filter.as_ref();
        let mut own = wanted;
        if ask.filter.is_none() {
            ask.filter = wanted.cloned();
            own = own.filter(|_| !self.provider.is_trusted());
        }
        self.provider.ask(ask);
        let mut came = 0;
        loop {
            match self.provider.next().await? {
                Next::Row(_) if self.gate.is_full() => {
                    self.gate.cut = true;
                    return Ok(Some(came));
                }
                Next::Row(row) => {
                    came += 1;
                    self.gate.row(&row, own)?;
                }
                Next::End => return Ok(Some(came)),
                Next::Unanswered => return Ok(None),
            }
        }
    }
}

/// Who is in some classes, told by their enrollments; none if a class seems to
/// have nobody: its part of the filter may have been passed over.
async fn enrolled<P: Provider>(provider: &mut P, of: &Together) -> Result<Option<Vec<String>>, P::Error> {
    let (mut told, mut ids, mut known) = (HashSet::new(), Vec::new(), HashSet::new());
    for ask in &of.enrolled {
        provider.ask(ask.clone());
        loop {
            let row = match provider.next().await? {
                Next::Row(row) => row,
                Next::End => break,
                Next::Unanswered => return Ok(None),
            };
            let Some(record) = record(Kind::Enrollment, &row) else { continue };
            told.extend(record.get(at!(Enrollment.class)).map(str::to_owned));
            let of_role = record.get(at!(Enrollment.role)) == Some(of.role.word());
            let user = record.get(at!(Enrollment.user)).filter(|_| of_role && record.status == Status::Active);
            if let Some(id) = user.filter(|id| known.insert(id_digest(id))) {
                ids.push(id.to_owned());
            }
        }
    }
    Ok(of.classes.iter().all(|class| told.contains(class)).then_some(ids))
}
