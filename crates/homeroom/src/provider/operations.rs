//! One operation of the standard, from the request to the answer: who asks,
//! whether it may, what it asks for, the records, their JSON.

use super::State;
use super::answer::{Refusal, Trail, json, marked};
use super::auth::Trust;
use super::paths::{Ids, Operation, Target, reads};
use super::plans::Address;
use super::veil::Veil;
use super::{auth, etag, oauth1, sight, writing};
use axum::body::Body;
use bytes::Bytes;
use homeroom_store::access::{Access, Caller, TombstonePolicy};
use homeroom_store::{Asked, Belief, Found, Page, Read, Roster, Shown, Tombstones, ViewId};
use http::{HeaderName, HeaderValue, Response, StatusCode, header, request};
use oneroster::grant::{Mask, unspell_filter};
use oneroster::json::{ProblemKind, Warning, WarningKind, envelope};
use oneroster::model::{Kind, Shape};
use oneroster::query::{Pages, Query, QueryError, QueryErrorKind, link_header};
use std::sync::Arc;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

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
    let caller = auth::admit(state, request, operation, trust).await?;
    trail.app = Some(caller.app.clone());
    trail.tenant = Some(caller.tenant.clone());
    let kind = operation.route.kind;
    if !caller.cover.opens(kind) {
        return Err(not_granted(kind));
    }
    if !reads(operation.route) {
        let ids = ids.ok_or_else(unknown)?;
        let headers = &request.headers;
        let view = sight::name(&caller, &request.extensions);
        return writing::operate(state, writing::Job { operation, ids, caller, view, headers, body }).await;
    }
    let cover = &caller.cover;
    let query = Query::parse_covered(request.uri.query(), operation.route, operation.version, cover);
    let mut query = query.map_err(|e| misasked(&e))?;
    let mask = cover.masks_any(kind).then(|| state.access.mask(&caller.tenant, &caller.client_id));
    let mask = mask.transpose().map_err(|e| Refusal::store(&e))?;
    let mut ids = ids.ok_or_else(unknown)?;
    if caller.bounds.spells_ids() {
        ids = ids.unspelled().ok_or_else(unknown)?;
        query.filter.iter_mut().for_each(unspell_filter);
    }
    let address = state.address(&request.extensions, &request.headers);
    let roster = state.roster_of(&caller.tenant).await?;
    let name = sight::name(&caller, &request.extensions);
    let seen = sight::known(&state.zones, &roster, &name, &caller, state.access.now());
    let (route, version, belief) = (operation.route, operation.version, trust.belief);
    if seen.is_none() && belief.is_some() {
        // A view is not made of what is believed.
        return Err(Refusal::new(ProblemKind::Busy, "The grant of this application is being looked at; ask again."));
    }
    let mut job = Job { route, version, ids, query, caller, belief, view: seen.flatten(), mask, address };
    let buffer = state.pool.take();
    let single = operation.route.shape == Shape::Single;
    let quick = if single { roster.one_is_quick() } else { roster.is_quick(&job.read()) };
    let done = if quick && seen.is_some() {
        job.run(&roster, buffer)?
    } else {
        let now = state.access.now();
        let zones = state.zones.clone();
        let run = tokio::task::spawn_blocking(move || {
            if seen.is_none() {
                job.view = sight::find(&zones, &roster, &name, &job.caller, now)?;
            }
            job.run(&roster, buffer)
        });
        run.await.map_err(|e| Refusal::internal(e.to_string()))??
    };
    if let Some(tag) = done.tag.as_deref().filter(|tag| etag::is_known(&request.headers, tag)) {
        return Ok(unchanged(tag));
    }
    disclose(&state.access.within(&done.job.caller.tenant), &done, request.uri.query())?;
    let mut response = json(200, state.pool.body(done.body));
    if let Some(tag) = done.tag.as_deref().and_then(etag::value) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    trail.rows = Some(done.page.as_ref().map_or(1, |page| page.given));
    if let Some(page) = &done.page {
        let headers = response.headers_mut();
        headers.insert(TOTAL, HeaderValue::from(page.total));
        if let Some(links) = links(&done.job, page, request) {
            headers.insert(header::LINK, links);
        }
    }
    Ok(response)
}

/// Puts on record what is about to be given; nothing is given off the record.
fn disclose(access: &Access, done: &Done, query: Option<&str>) -> Result<(), Box<Refusal>> {
    if cfg!(feature = "undisclosed") {
        return Ok(());
    }
    let (job, caller) = (&done.job, &done.job.caller);
    let (own, shown) = match &done.page {
        Some(page) if page.given == 0 => return Ok(()),
        Some(page) => (None, page.shown),
        None => (job.ids.own.as_deref(), Shown { given: 1, ..Shown::default() }),
    };
    let asked = Asked {
        operation: job.route.operation.to_owned(),
        version: job.version.to_string(),
        parents: job.ids.parents.iter().map(|(_, id)| id.clone()).collect(),
        query: query.map(without_place).unwrap_or_default(),
        tombstones: caller.tombstones == TombstonePolicy::Always,
        view: job.read().view,
        bounds: caller.bounds.clone(),
        cover: caller.cover.clone(),
    };
    access.disclose(&caller.app, &asked, own, shown).map_err(|e| Refusal::store(&e))
}

/// A query without what says which page of it is wanted.
fn without_place(query: &str) -> String {
    let place = |pair: &&str| ["limit=", "offset=", "cursor="].iter().any(|name| pair.starts_with(name));
    query.split('&').filter(|pair| !place(pair)).collect::<Vec<_>>().join("&")
}

/// A request that was understood, on its way to the store.
struct Job {
    route: &'static oneroster::model::Route,
    version: oneroster::model::Version,
    ids: Ids,
    query: Query,
    caller: Arc<Caller>,
    /// What has to be so still, for it was not looked at.
    belief: Option<Belief>,
    /// What its grant makes visible, if that is not everything.
    view: Option<ViewId>,
    /// If something of the kind is masked.
    mask: Option<Mask>,
    address: Arc<Address>,
}

struct Done {
    job: Job,
    body: Vec<u8>,
    /// What a collection says of itself.
    page: Option<Page>,
    /// What one record is known by.
    tag: Option<String>,
}

impl Job {
    fn read(&self) -> Read<'_> {
        let always = self.caller.tombstones == TombstonePolicy::Always;
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
            caller: self.caller.id,
        }
    }

    fn run(self, roster: &Roster, mut body: Vec<u8>) -> Result<Done, Box<Refusal>> {
        let (kind, cover) = (self.route.kind, &self.caller.cover);
        let plan = self.address.plan(kind, self.version, self.query.fields.as_deref(), cover);
        let spelled = self.caller.bounds.spells_ids();
        let mut veil = Veil::new(&plan, kind, cover, self.mask.as_ref(), spelled);
        let key = self.route.response_key().unwrap_or_default();
        let warnings: Vec<Warning> = self.query.warnings.iter().filter_map(|e| self.warning(e)).collect();
        let read = self.read();
        let mut published = None;
        let page = if self.route.shape == Shape::Single {
            envelope::open_single(key, &mut body);
            let id = self.ids.own.as_deref().unwrap_or_default();
            let mut write = |row: &oneroster::json::Row<'_>| {
                published = Some(row.published);
                veil.write(row, &mut body);
            };
            let found = match self.belief {
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
            let page = match self.belief {
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

    fn warning(&self, error: &QueryError) -> Option<Warning> {
        let (kind, field) = match error.kind() {
            QueryErrorKind::UnknownSortField(field) => (WarningKind::InvalidSortField, field),
            QueryErrorKind::UnknownSelectionField(field) => (WarningKind::InvalidSelectionField, field),
            _ => return None,
        };
        Some(Warning { kind, field: field.clone(), operation: Some(self.route.operation) })
    }
}

fn links(job: &Job, page: &Page, request: &request::Parts) -> Option<HeaderValue> {
    let path = request.uri.path();
    let url = [&job.address.prefix, path.strip_suffix('/').unwrap_or(path)].concat();
    let pages = Pages {
        limit: job.query.limit,
        offset: job.query.offset,
        total: page.total,
        next_cursor: page.next.as_deref(),
    };
    HeaderValue::try_from(link_header(&url, oauth1::unsigned(request.uri.query()).as_deref(), pages)?).ok()
}

fn misasked(error: &QueryError) -> Box<Refusal> {
    let kind = match error.kind() {
        QueryErrorKind::UnknownFilterField(_) => ProblemKind::InvalidFilterField,
        QueryErrorKind::UnknownSelectionField(_) => ProblemKind::InvalidSelectionField,
        QueryErrorKind::BlankSelection => ProblemKind::BlankSelectionField,
        _ => ProblemKind::InvalidData,
    };
    Refusal::new(kind, error.to_string())
}

fn not_granted(kind: Kind) -> Box<Refusal> {
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

fn unknown() -> Box<Refusal> {
    Refusal::new(ProblemKind::UnknownObject, "There is no record behind this path.")
}
