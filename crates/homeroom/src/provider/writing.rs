//! Writes of the gradebook and of assessments: bodies to records, records to
//! the store, what came of it to statuses (rest.md 7).

use super::State;
use super::answer::{Refusal, json};
use super::paths::{Ids, Operation};
use super::{etag, sight};
use axum::body::Body;
use bytes::Bytes;
use homeroom_store::access::Caller;
use homeroom_store::gradebook::{Done, Refused, Task, Verdict, When, Write};
use homeroom_store::{Roster, ViewId};
use http::{HeaderMap, Response, StatusCode, header};
use oneroster::grant::Naming;
use oneroster::json::ProblemKind;
use oneroster::json::accept::{Given, Unacceptable, accept};
use oneroster::model::{Kind, Shape, Slot};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use serde_json::{Value, json as document};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A request to write, on its way to the store.
pub(super) struct Job<'a> {
    pub(super) operation: &'a Operation,
    pub(super) ids: Ids,
    pub(super) caller: Arc<Caller>,
    /// How it is told identifiers.
    pub(super) naming: Naming,
    /// The name of the caller's view.
    pub(super) view: String,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Bytes,
}

/// What the server called records that came under names of the caller's.
type Pairs = Vec<(String, String)>;

/// Writes what a request asks; the answer is given once that is on the disk.
pub(super) async fn operate(state: &Arc<State>, job: Job<'_>) -> Result<Response<Body>, Box<Refusal>> {
    let route = job.operation.route;
    let when = etag::condition(job.headers).map_err(|()| condition_failed())?;
    let when = if route.shape == Shape::Post { When::Always } else { when };
    let (task, pairs) = job.task(state)?;
    let now = state.access.now();
    let roster = state.roster_of(&job.caller.tenant).await?;
    let view = view(state, &roster, &job, now).await?;
    let write = Write {
        author: job.caller.app.clone(),
        version: job.operation.version,
        now,
        task,
        when,
        unseen: unseen(&job.caller, route.kind),
        view,
    };
    let (tell, told) = oneshot::channel();
    let then = Box::new(move |verdict| drop(tell.send(verdict)));
    roster.submit(write, then);
    let verdict = told.await.map_err(|e| Refusal::internal(e.to_string()))?;
    answer(verdict.map_err(|e| Refusal::store(&e))?, pairs)
}

impl Job<'_> {
    fn task(&self, state: &State) -> Result<(Task, Option<Pairs>), Box<Refusal>> {
        let route = self.operation.route;
        let own = self.ids.own.as_deref();
        match route.shape {
            Shape::Delete => {
                let sourced_id = self.meant()?.own.unwrap_or_default();
                Ok((Task::Delete { kind: route.kind, sourced_id }, None))
            }
            Shape::Post => self.set(state),
            _ => {
                let body = self.body()?;
                let given = Given { sourced_id: own, parents: &[] };
                let record = self.accept(&body, given).map_err(|wrong| unprocessable(&wrong))?;
                Ok((Task::Put(Box::new(record)), None))
            }
        }
    }

    /// The records of a set, each under a new identifier.
    fn set(&self, state: &State) -> Result<(Task, Option<Pairs>), Box<Refusal>> {
        let route = self.operation.route;
        let body = self.body()?;
        let key = route.request_key().unwrap_or_default();
        let items = body.as_array().ok_or_else(|| unprocessable(&Unacceptable::new(key, "A list is needed there.")))?;
        let parents: Vec<(Kind, &str)> =
            self.ids.parents.iter().map(|(parent, id)| (parent.kind, id.as_str())).collect();
        let given = Given { sourced_id: None, parents: &parents };
        let (mut records, mut pairs): (Vec<Record>, Pairs) = (Vec::new(), Vec::new());
        for (at, item) in items.iter().enumerate() {
            let within = |wrong: Unacceptable| {
                unprocessable(&Unacceptable::new(format!("{key}[{at}].{}", wrong.member), wrong.text))
            };
            let mut record = self.accept(item, given).map_err(within)?;
            let supplied = std::mem::take(&mut record.sourced_id);
            if pairs.iter().any(|(other, _)| *other == supplied) {
                return Err(within(Unacceptable::new("sourcedId", "Another record of this request has the same.")));
            }
            record.sourced_id = state.access.new_id().map_err(|e| Refusal::store(&e))?;
            record.status = oneroster::record::Status::Active;
            pairs.push((supplied, self.naming.shown(&record.sourced_id).into_owned()));
            records.push(record);
        }
        let task = Task::Post { parents: self.meant()?.parents, records };
        Ok((task, Some(pairs)))
    }

    /// The records that the path means.
    fn meant(&self) -> Result<Ids, Box<Refusal>> {
        self.ids.meant(&self.naming).ok_or_else(|| refused(Refused::Unknown))
    }

    /// What stands in the envelope.
    fn body(&self) -> Result<Value, Box<Refusal>> {
        let Ok(mut body) = serde_json::from_slice::<Value>(&self.body) else {
            return Err(Refusal::new(ProblemKind::InvalidData, "The body is not JSON in UTF-8."));
        };
        let key = self.operation.route.request_key().unwrap_or_default();
        let held = body.as_object_mut().and_then(|members| members.remove(key));
        held.ok_or_else(|| unprocessable(&Unacceptable::new(key, "The body must be an object with this member.")))
    }

    fn accept(&self, value: &Value, given: Given<'_>) -> Result<Record, Unacceptable> {
        let Operation { route, version, .. } = self.operation;
        let hidden = |name: &&String| {
            let member = route.kind.entity().member(name, *version);
            member.is_some_and(|(slot, _)| self.caller.cover.hides(route.kind, slot))
        };
        if let Some(name) = value.as_object().and_then(|members| members.keys().find(hidden)) {
            let class = route.kind.entity().class;
            return Err(Unacceptable::new(name, format!("{class} {version} has no such member.")));
        }
        let mut record = accept(route.kind, *version, value, given)?;
        if self.naming.is_plain() {
            return Ok(record);
        }
        // Of a set, the callers name the records as they like.
        let supplied = given.sourced_id.is_none().then(|| std::mem::take(&mut record.sourced_id));
        let mut meant = self.naming.mean(&record).map_err(|member| {
            let text = match self.naming.before() {
                "" => {
                    "It is not spelled as identifiers are shown here: letters, digits and . - _ @ as they are, every \
                       other byte as _x and two hexadecimal digits."
                }
                _ => "It is no identifier of the district that the path names: those are shown behind its name.",
            };
            Unacceptable::new(member, text)
        })?;
        if let Some(supplied) = supplied {
            meant.sourced_id = supplied;
        }
        Ok(meant)
    }
}

/// What the grant of a caller makes visible.
async fn view(state: &State, roster: &Roster, job: &Job<'_>, now: Timestamp) -> Result<Option<ViewId>, Box<Refusal>> {
    if let Some(known) = sight::known(&state.zones, roster, &job.view, &job.caller, now) {
        return Ok(known);
    }
    let (roster, name, caller) = (roster.clone(), job.view.clone(), job.caller.clone());
    let zones = state.zones.clone();
    let found = tokio::task::spawn_blocking(move || sight::find(&zones, &roster, &name, &caller, now));
    found.await.map_err(|e| Refusal::internal(e.to_string()))?
}

/// The fields of a kind that are hidden from a caller, and so must not vanish
/// when it replaces a record.
fn unseen(caller: &Caller, kind: Kind) -> Vec<u8> {
    let fields = (0u8..).zip(kind.entity().fields);
    fields.map(|(at, _)| at).filter(|at| caller.cover.hides(kind, Slot::Own(*at))).collect()
}

fn answer(verdict: Verdict, pairs: Option<Pairs>) -> Result<Response<Body>, Box<Refusal>> {
    let status = match verdict.map_err(refused)? {
        Done::Created => StatusCode::CREATED,
        Done::Replaced => StatusCode::OK,
        Done::Deleted => StatusCode::NO_CONTENT,
    };
    if let Some(pairs) = pairs {
        let pair = |(supplied, allocated): &(String, String)| document!({ "suppliedSourcedId": supplied, "allocatedSourcedId": allocated });
        let pairs: Vec<Value> = pairs.iter().map(pair).collect();
        return Ok(json(status.as_u16(), document!({ "sourcedIdPairs": pairs }).to_string().into()));
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if status != StatusCode::NO_CONTENT {
        response.headers_mut().insert(header::CONTENT_LENGTH, header::HeaderValue::from_static("0"));
    }
    Ok(response)
}

fn refused(refused: Refused) -> Box<Refusal> {
    match refused {
        Refused::Unknown => Refusal::new(ProblemKind::UnknownObject, "There is no record behind this path."),
        Refused::Condition => condition_failed(),
        Refused::Foreign(source) => {
            let text = format!("The record belongs to the source \"{source}\", which alone may change it.");
            Refusal::new(ProblemKind::Forbidden, text)
        }
        Refused::Needed(text) => Refusal::new(ProblemKind::DeleteFailure, text),
        Refused::Wrong { member, text } => unprocessable(&Unacceptable { member, text }),
    }
}

fn condition_failed() -> Box<Refusal> {
    let text = "The record is not as the condition of the request wants it; read it again.";
    Refusal::new(ProblemKind::PreconditionFailed, text)
}

fn unprocessable(wrong: &Unacceptable) -> Box<Refusal> {
    Refusal::new(ProblemKind::Unprocessable, wrong.to_string())
}
