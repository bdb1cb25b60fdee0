//! One page of a list that goes through several districts.

use super::cursor::{Cursor, Place};
use super::{District, asked, chain, merge};
use crate::provider::State;
use crate::provider::answer::{Refusal, Trail, json};
use crate::provider::operations::{Job, PLACE, head, warnings, without};
use crate::provider::paths::{Ids, Operation};
use crate::provider::plans::Address;
use crate::provider::{oauth1, sight};
use axum::body::Body;
use homeroom_store::{Roster, Shown};
use http::{Extensions, Response, request};
use oneroster::grant::Naming;
use oneroster::json::{Plan, envelope};
use oneroster::model::{Route, Slot, Version};
use oneroster::query::Query;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A list that was asked for.
pub(super) struct Pull {
    state: Arc<State>,
    route: &'static Route,
    version: Version,
    /// In the order of what stands before their identifiers.
    pub(super) all: Vec<District>,
    /// As the caller told it.
    pub(super) query: Query,
    /// The query as it is put on record.
    words: String,
    address: Arc<Address>,
    /// Who pages.
    caller: u64,
    /// A digest of the request without its place.
    request: u64,
}

/// A page in the making.
pub(super) struct Page {
    body: Vec<u8>,
    /// How many records it has.
    pub(super) given: u32,
    /// How many of them are of which district.
    parts: Vec<(Arc<str>, u32)>,
    state: Arc<State>,
}

/// Answers with a page.
pub(super) async fn answer(
    state: &Arc<State>,
    operation: &Operation,
    all: Vec<District>,
    request: &request::Parts,
    trail: &mut Trail,
) -> Result<Response<Body>, Box<Refusal>> {
    let pull = Pull::new(state, operation, all, request)?;
    let (address, limit, offset) = (pull.address.clone(), pull.query.limit, pull.query.offset);
    let run = tokio::task::spawn_blocking(move || pull.run());
    let (page, told) = run.await.map_err(|e| Refusal::internal(e.to_string()))??;
    let mut response = json(200, state.pool.body(page.body));
    trail.rows = Some(page.given);
    trail.parts = page.parts;
    let next = (told.place != Place::End).then(|| told.encode());
    head(&mut response, &address, (limit, offset), (told.total, next.as_deref()), request);
    Ok(response)
}

impl Pull {
    fn new(
        state: &Arc<State>,
        operation: &Operation,
        all: Vec<District>,
        request: &request::Parts,
    ) -> Result<Pull, Box<Refusal>> {
        let raw = request.uri.query();
        let query = asked::query(raw, operation, &all)?;
        let mut words = without(&oauth1::unsigned(raw).unwrap_or_default(), &PLACE);
        if query.sort.is_none() {
            words = without(&words, &["sort", "orderBy"]);
        }
        let (route, version) = (operation.route, operation.version);
        let caller = all.first().map(|there| there.caller.clone()).ok_or_else(super::unknown)?;
        let digested = [&*caller.client_id, route.operation, &version.to_string(), &words].join("\n");
        Ok(Pull {
            address: state.address(&request.extensions, &request.headers),
            request: xxh3_64(digested.as_bytes()),
            caller: caller.id,
            state: state.clone(),
            route,
            version,
            all,
            query,
            words,
        })
    }

    /// Makes the page, and says where the next one begins. Blocks.
    fn run(self) -> Result<(Page, Cursor), Box<Refusal>> {
        let mut body = self.state.pool.take();
        let warnings = warnings(&self.query, self.route);
        envelope::open_collection(self.route.response_key().unwrap_or_default(), &mut body);
        let mut page = Page { body, given: 0, parts: Vec::new(), state: self.state.clone() };
        let (begun, skip) = self.begun()?;
        let place = match self.query.sort.as_ref().filter(|sort| sort.path.slot != Slot::SourcedId) {
            None => chain::give(&self, &begun, skip, &mut page)?,
            Some(sort) => merge::give(&self, sort, &begun, skip, &mut page)?,
        };
        envelope::close_collection(self.version, &warnings, &mut page.body);
        let offset = begun.offset + u64::from(page.given);
        let total = match (&place, page.given) {
            // Districts may have withdrawn since the records were counted.
            (Place::End, 0) => begun.total.min(begun.offset),
            (Place::End, _) => offset,
            _ => begun.total.max(offset + 1),
        };
        let next = Cursor { offset, total, place, ..begun };
        if self.query.cursor.is_none() && page.given > 0 {
            self.state.roster.keep_place(self.caller, self.request, offset, &next.encode());
        }
        Ok((page, next))
    }

    /// Where the page begins, and how many records are passed over from there.
    fn begun(&self) -> Result<(Cursor, u64), Box<Refusal>> {
        let Pull { query, request, .. } = self;
        if let Some(text) = &query.cursor {
            return Ok((Cursor::decode(text, *request)?, 0));
        }
        let offset = query.offset;
        if offset > 0 {
            let kept = self.state.roster.find_place(self.caller, *request, offset);
            let kept = kept.map_err(|e| Refusal::store(&e))?;
            if let Some(cursor) = kept.and_then(|text| Cursor::decode(&text, *request).ok()) {
                return Ok((cursor, 0));
            }
        }
        let stands = self.all.iter().map(|there| self.stand(there)).collect::<Result<Vec<_>, _>>()?;
        let until = stands.iter().map(|(version, _)| *version).max().unwrap_or_default();
        let total = stands.iter().map(|(_, total)| total).sum();
        let place = if offset > 0 && offset >= total { Place::End } else { Place::Begin };
        Ok((Cursor { request: *request, until, total, offset, place }, offset))
    }

    /// The version of a district that the list would begin with, and how many
    /// records it has there.
    pub(super) fn stand(&self, there: &District) -> Result<(i64, u64), Box<Refusal>> {
        match self.open(there, 1)? {
            Some((roster, job)) => roster.stand(&job.read()).map_err(|e| Refusal::store(&e)),
            None => Ok((0, 0)),
        }
    }

    /// The roster of a district, and what is asked of it; `None` if it can have
    /// no such records.
    pub(super) fn open(&self, there: &District, limit: u32) -> Result<Option<(Roster, Job)>, Box<Refusal>> {
        let state = &self.state;
        let query = Query { limit, offset: 0, cursor: None, ..self.query.clone() };
        let asked = (query, Some(self.words.as_str()));
        let what = (self.route, self.version);
        let mut job = Job::new(state, what, there.clone(), Ids::default(), asked, self.address.clone())?;
        if job.query.filter.as_ref().is_some_and(Naming::is_hopeless) {
            return Ok(None);
        }
        let caller = &there.caller;
        let roster = state.open(&caller.tenant).map_err(|e| Refusal::store(&e))?;
        let name = sight::name(caller, &Extensions::new());
        job.view = sight::find(&state.zones, &roster, &name, caller, state.access.now())?;
        Ok(Some((roster, job)))
    }
}

impl Page {
    /// Writes what a district gives of its own list, from where the job says.
    pub(super) fn take(
        &mut self,
        roster: &Roster,
        job: &Job,
        until: i64,
    ) -> Result<homeroom_store::Page, Box<Refusal>> {
        let plan: Arc<Plan> = job.plan();
        let mut veil = job.veil(&plan);
        let (body, mut first) = (&mut self.body, self.given == 0);
        let page = roster.page_until(&job.read(), until, &mut |row| {
            if !std::mem::take(&mut first) {
                envelope::separator(body);
            }
            veil.write(row, body);
        });
        let page = page.map_err(|e| Refusal::store(&e))?.ok_or_else(super::unknown)?;
        self.count(job, None, page.shown)?;
        Ok(page)
    }

    /// Writes one record, which is written already.
    pub(super) fn push(&mut self, job: &Job, id: &str, version: i64, record: &[u8]) -> Result<(), Box<Refusal>> {
        if self.given > 0 {
            envelope::separator(&mut self.body);
        }
        self.body.extend_from_slice(record);
        self.count(job, Some(id), Shown { version, given: 1, ..Shown::default() })
    }

    /// Nothing is given off the record of its district.
    fn count(&mut self, job: &Job, own: Option<&str>, shown: Shown) -> Result<(), Box<Refusal>> {
        if shown.given == 0 {
            return Ok(());
        }
        job.disclose(&self.state.access, own, shown)?;
        self.given += shown.given;
        let tenant = &job.district.caller.tenant;
        match self.parts.iter_mut().find(|(known, _)| known == tenant) {
            Some((_, rows)) => *rows += shown.given,
            None => self.parts.push((tenant.clone(), shown.given)),
        }
        Ok(())
    }
}
