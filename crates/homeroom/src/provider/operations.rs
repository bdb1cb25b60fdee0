//! One operation of the standard, from the request to the answer: who asks,
//! whether it may, what it asks for, the records, their JSON.

use super::State;
use super::answer::{Refusal, Trail, json, marked};
use super::auth::Trust;
use super::paths::{Ids, Operation, Target, reads};
use super::plans::Address;
use super::veil::Veil;
use super::{auth, below, etag, everywhere, oauth1, sight, writing};
use axum::body::Body;
use bytes::Bytes;
use homeroom_store::access::{Access, Caller, TombstonePolicy};
use homeroom_store::{Asked, Belief, Found, Page, Read, Roster, Shown, Tombstones, ViewId};
use http::{HeaderName, HeaderValue, Response, StatusCode, header, request};
use oneroster::grant::{Across, Mask, Naming};
use oneroster::json::{Plan, ProblemKind, Warning, WarningKind, envelope};
use oneroster::model::{Kind, Route, Shape, Version};
use oneroster::query::{Pages, Query, QueryError, QueryErrorKind, link_header};
use std::sync::Arc;

/// How many records a list has.
pub(super) const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// Answers a request below a base path; `None` if it is not below any.
pub(super) async fn answer(
    state: &Arc<State>,
    request: &request::Parts,
    body: Bytes,
    request_id: &str,
) -> Option<Response<Body>> {
    let (operation, ids) = match state.paths.find(&request.method, request.uri.path()) {
        Target::Elsewhere => return None,
        Target::Unknown(place) => {
            let refusal = Refusal::new(ProblemKind::UnknownObject, "There is no such path in this service.");
            return Some(marked(refusal.response(place, None, request_id), Trail::default()));
        }
        Target::Method { place, allow } => {
            return Some(marked(Refusal::method(allow).response(place, None, request_id), Trail::default()));
        }
        Target::Operation(operation, ids) => (operation, ids),
    };
    let (route, base) = (operation.route.path, operation.route.service.base_path(operation.version));
    let mut trail = Trail { route, base, ..Trail::default() };
    let mut trust = Trust::FIRST;
    let mut done = operate(state, operation, ids, (request, body.clone()), &mut trail, &mut trust).await;
    // Nothing is refused for what was only believed. And the roster that was open
    // may be given up by now, and the district is looked for anew.
    if done.as_ref().is_err_and(|refusal| trust.belief.is_some() || refusal.is_gone())
        && let Target::Operation(operation, ids) = state.paths.find(&request.method, request.uri.path())
    {
        trail = Trail { route, base, ..Trail::default() };
        done = operate(state, operation, ids, (request, body), &mut trail, &mut trust.next()).await;
    }
    let response = match done {
        Ok(response) => response,
        Err(refusal) => refusal.response(operation.place(), Some(operation.route.operation), request_id),
    };
    Some(marked(response, trail))
}

async fn operate(
    state: &Arc<State>,
    operation: &Operation,
    ids: Option<Ids>,
    (request, body): (&request::Parts, Bytes),
    trail: &mut Trail,
    trust: &mut Trust,
) -> Result<Response<Body>, Box<Refusal>> {
    if below::is_of_all(&request.extensions) {
        return everywhere::operate(state, operation, ids, (request, body), trail).await;
    }
    let caller = auth::admit(state, request, operation, (trail, trust)).await?;
    let naming = Naming::new(caller.bounds.spells_ids());
    let district = District { caller, naming, name: None, belief: trust.belief };
    within(state, operation, district, ids, (request, body), trail).await
}

/// A district as a caller reads it.
#[derive(Clone)]
pub(super) struct District {
    pub(super) caller: Arc<Caller>,
    /// How the caller is told identifiers.
    pub(super) naming: Naming,
    /// Its name, if that stands before them.
    pub(super) name: Option<Arc<str>>,
    /// What has to be so still, for it was not looked at.
    pub(super) belief: Option<Belief>,
}

/// One operation in one district.
pub(super) async fn within(
    state: &Arc<State>,
    operation: &Operation,
    district: District,
    ids: Option<Ids>,
    (request, body): (&request::Parts, Bytes),
    trail: &mut Trail,
) -> Result<Response<Body>, Box<Refusal>> {
    let caller = &district.caller;
    trail.app = Some(caller.app.clone());
    trail.tenant = Some(caller.tenant.clone());
    let kind = operation.route.kind;
    if !caller.cover.opens(kind) {
        return Err(not_granted(kind));
    }
    let view = sight::name(caller, &request.extensions);
    if !reads(operation.route) {
        let ids = ids.ok_or_else(unknown)?;
        let (headers, District { caller, naming, .. }) = (&request.headers, district);
        return writing::operate(state, writing::Job { operation, ids, caller, naming, view, headers, body }).await;
    }
    let query = Query::parse_covered(request.uri.query(), operation.route, operation.version, &caller.cover);
    let query = query.map_err(|e| misasked(&e))?;
    let ids = ids.and_then(|ids| ids.meant(&district.naming)).ok_or_else(unknown)?;
    let address = state.address(&request.extensions, &request.headers);
    let what = (operation.route, operation.version);
    let job = Job::new(state, what, district, ids, (query, request.uri.query()), address)?;
    let done = carry_out(state, job, view).await?;
    if let Some(tag) = done.tag.as_deref().filter(|tag| etag::is_known(&request.headers, tag)) {
        return Ok(unchanged(tag));
    }
    done.disclose(&state.access)?;
    let mut response = json(200, state.pool.body(done.body));
    if let Some(tag) = done.tag.as_deref().and_then(etag::value) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    trail.rows = Some(done.page.as_ref().map_or(1, |page| page.given));
    if let Some(page) = &done.page {
        let (total, next) = (page.total, page.next.as_deref());
        let Job { address, query, .. } = &done.job;
        head(&mut response, address, (query.limit, query.offset), (total, next), request);
    }
    Ok(response)
}

/// Reads what a job asks for, on this thread if that is quick.
async fn carry_out(state: &Arc<State>, mut job: Job, view: String) -> Result<Done, Box<Refusal>> {
    let (caller, now) = (&job.district.caller, state.access.now());
    let roster = state.roster_of(&caller.tenant).await?;
    let seen = sight::known(&state.zones, &roster, &view, caller, now);
    if seen.is_none() && job.district.belief.is_some() {
        // A view is not made of what is believed.
        return Err(Refusal::new(ProblemKind::Busy, "The grant of this application is being looked at; ask again."));
    }
    job.view = seen.flatten();
    let buffer = state.pool.take();
    let quick = if job.is_single() { roster.one_is_quick() } else { roster.is_quick(&job.read()) };
    if quick && seen.is_some() {
        return job.run(&roster, buffer);
    }
    let zones = state.zones.clone();
    let run = tokio::task::spawn_blocking(move || {
        if seen.is_none() {
            job.view = sight::find(&zones, &roster, &view, &job.district.caller, now)?;
        }
        job.run(&roster, buffer)
    });
    run.await.map_err(|e| Refusal::internal(e.to_string()))?
}

/// Says how many records there are, and where the others are found.
pub(super) fn head(
    response: &mut Response<Body>,
    address: &Address,
    place: (u32, u64),
    (total, next): (u64, Option<&str>),
    request: &request::Parts,
) {
    let headers = response.headers_mut();
    headers.insert(TOTAL, HeaderValue::from(total));
    if let Some(links) = links(address, place, (total, next), request) {
        headers.insert(header::LINK, links);
    }
}

/// A query without some of its parameters.
pub(super) fn without(query: &str, names: &[&str]) -> String {
    let named = |pair: &&str| names.contains(&pair.split_once('=').map_or(*pair, |(name, _)| name));
    query.split('&').filter(|pair| !named(pair)).collect::<Vec<_>>().join("&")
}

/// The parameters that say which page is wanted.
pub(super) const PLACE: [&str; 3] = ["limit", "offset", "cursor"];

/// A request that was understood, on its way to the store.
pub(super) struct Job {
    route: &'static Route,
    version: Version,
    ids: Ids,
    pub(super) query: Query,
    /// The query as it is put on record.
    words: String,
    pub(super) district: District,
    /// What its grant makes visible, if that is not everything.
    pub(super) view: Option<ViewId>,
    /// If something of the kind is masked.
    mask: Option<Mask>,
    address: Arc<Address>,
}

pub(super) struct Done {
    job: Job,
    body: Vec<u8>,
    /// What a collection says of itself.
    page: Option<Page>,
    /// What one record is known by.
    tag: Option<String>,
}

impl Done {
    /// Puts on record what is about to be given; nothing is given off the record.
    fn disclose(&self, access: &Access) -> Result<(), Box<Refusal>> {
        let (own, shown) = match &self.page {
            Some(page) => (None, page.shown),
            None => (self.job.ids.own.as_deref(), Shown { given: 1, ..Shown::default() }),
        };
        self.job.disclose(access, own, shown)
    }
}

impl Job {
    /// What is asked of a district: the query as the caller told it, and in what
    /// words.
    pub(super) fn new(
        state: &State,
        (route, version): (&'static Route, Version),
        district: District,
        ids: Ids,
        (mut query, words): (Query, Option<&str>),
        address: Arc<Address>,
    ) -> Result<Job, Box<Refusal>> {
        let (caller, kind) = (&district.caller, route.kind);
        let mask = caller.cover.masks_any(kind).then(|| state.access.mask(&caller.tenant, &caller.client_id));
        let mask = mask.transpose().map_err(|e| Refusal::store(&e))?;
        if let Some(filter) = query.filter.as_ref().filter(|_| !district.naming.is_plain()) {
            query.filter = Some(district.naming.mean_filter(filter).map_err(|e| across(&e))?);
        }
        let words = words.map(|query| without(query, &PLACE)).unwrap_or_default();
        Ok(Job { route, version, ids, query, words, district, view: None, mask, address })
    }

    fn is_single(&self) -> bool {
        self.route.shape == Shape::Single
    }

    /// Puts a part of an answer on record: one record, or some of a list.
    pub(super) fn disclose(&self, access: &Access, own: Option<&str>, shown: Shown) -> Result<(), Box<Refusal>> {
        if cfg!(feature = "undisclosed") || shown.given == 0 {
            return Ok(());
        }
        let District { caller, name, .. } = &self.district;
        let asked = Asked {
            operation: self.route.operation.to_owned(),
            version: self.version.to_string(),
            parents: self.ids.parents.iter().map(|(_, id)| id.clone()).collect(),
            query: self.words.clone(),
            tombstones: caller.tombstones == TombstonePolicy::Always,
            view: self.view,
            bounds: caller.bounds.clone(),
            cover: caller.cover.clone(),
            district: name.as_deref().map(str::to_owned),
        };
        access.within(&caller.tenant).disclose(&caller.app, &asked, own, shown).map_err(|e| Refusal::store(&e))
    }

    pub(super) fn read(&self) -> Read<'_> {
        let caller = &self.district.caller;
        let always = caller.tombstones == TombstonePolicy::Always;
        Read {
            version: self.version,
            kind: self.route.kind,
            parents: &self.ids.parents,
            views: self.route.views,
            filter: self.query.filter.as_ref(),
            view: self.view,
            tombstones: if always || self.query.names_tombstones { Tombstones::Shown } else { Tombstones::Hidden },
            sort: self.query.sort.as_ref(),
            limit: self.query.limit,
            offset: self.query.offset,
            cursor: self.query.cursor.as_deref(),
            caller: caller.id,
        }
    }

    /// How records are written for the caller.
    pub(super) fn plan(&self) -> Arc<Plan> {
        let cover = &self.district.caller.cover;
        self.address.plan(self.route.kind, self.version, self.query.fields.as_deref(), cover)
    }

    /// The same, as it is told them.
    pub(super) fn veil<'a>(&'a self, plan: &'a Plan) -> Veil<'a> {
        let District { caller, naming, .. } = &self.district;
        Veil::new(plan, self.route.kind, &caller.cover, self.mask.as_ref(), naming)
    }

    fn run(self, roster: &Roster, mut body: Vec<u8>) -> Result<Done, Box<Refusal>> {
        let plan = self.plan();
        let mut veil = self.veil(&plan);
        let key = self.route.response_key().unwrap_or_default();
        let warnings = warnings(&self.query, self.route);
        let read = self.read();
        let mut published = None;
        let page = if self.is_single() {
            envelope::open_single(key, &mut body);
            let id = self.ids.own.as_deref().unwrap_or_default();
            let mut write = |row: &oneroster::json::Row<'_>| {
                published = Some(row.published);
                veil.write(row, &mut body);
            };
            let found = match self.district.belief {
                Some(belief) => roster.one_believing(&read, id, belief, &mut write),
                None => roster.one(&read, id, &mut write),
            };
            let found = found.map_err(|e| Refusal::store(&e))?;
            if found == Found::No {
                return Err(unknown());
            }
            envelope::close_single(self.version, &warnings, &mut body);
            None
        } else {
            envelope::open_collection(key, &mut body);
            let mut first = true;
            let mut write = |row: &oneroster::json::Row<'_>| {
                if !std::mem::take(&mut first) {
                    envelope::separator(&mut body);
                }
                veil.write(row, &mut body);
            };
            let page = match self.district.belief {
                Some(belief) => roster.page_believing(&read, belief, &mut write),
                None => roster.page(&read, &mut write),
            };
            let page = page.map_err(|e| Refusal::store(&e))?.ok_or_else(unknown)?;
            envelope::close_collection(self.version, &warnings, &mut body);
            Some(page)
        };
        let tag = published.map(|published| etag::tag(published, &body));
        Ok(Done { job: self, body, page, tag })
    }
}

/// What is said beside the records of what was asked wrong.
pub(super) fn warnings(query: &Query, route: &Route) -> Vec<Warning> {
    let warning = |error: &QueryError| {
        let (kind, field) = match error.kind() {
            QueryErrorKind::UnknownSortField(field) => (WarningKind::InvalidSortField, field),
            QueryErrorKind::UnknownSelectionField(field) => (WarningKind::InvalidSelectionField, field),
            _ => return None,
        };
        Some(Warning { kind, field: field.clone(), operation: Some(route.operation) })
    };
    query.warnings.iter().filter_map(warning).collect()
}

fn links(
    address: &Address,
    (limit, offset): (u32, u64),
    (total, next_cursor): (u64, Option<&str>),
    request: &request::Parts,
) -> Option<HeaderValue> {
    let path = request.uri.path();
    let url = [&address.prefix, path.strip_suffix('/').unwrap_or(path)].concat();
    let pages = Pages { limit, offset, total, next_cursor };
    HeaderValue::try_from(link_header(&url, oauth1::unsigned(request.uri.query()).as_deref(), pages)?).ok()
}

pub(super) fn misasked(error: &QueryError) -> Box<Refusal> {
    let kind = match error.kind() {
        QueryErrorKind::UnknownFilterField(_) => ProblemKind::InvalidFilterField,
        QueryErrorKind::UnknownSelectionField(_) => ProblemKind::InvalidSelectionField,
        QueryErrorKind::BlankSelection => ProblemKind::BlankSelectionField,
        _ => ProblemKind::InvalidData,
    };
    Refusal::new(kind, error.to_string())
}

/// A part of identifiers is asked for that no district can look for.
fn across(across: &Across) -> Box<Refusal> {
    let text = format!(
        "A part of an identifier that begins before its district ends cannot be looked for: ask for {:?}, and for the \
         district by the parameter district.",
        across.rest
    );
    Refusal::new(ProblemKind::InvalidData, text)
}

pub(super) fn not_granted(kind: Kind) -> Box<Refusal> {
    let text = format!("This application was not granted {}.", kind.entity().plural);
    Refusal::new(ProblemKind::Forbidden, text)
}

/// What is said to who has the record as it is.
fn unchanged(tag: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    if let Some(tag) = etag::value(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

pub(super) fn unknown() -> Box<Refusal> {
    Refusal::new(ProblemKind::UnknownObject, "There is no record behind this path.")
}
