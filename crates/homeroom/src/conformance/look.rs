//! A check under way: what it asks, and the faults that it finds.

use super::answer::Answer;
use super::call::{Call, Way};
use super::names::{ID, collection};
use super::site::{Site, origin};
use super::wire::NoAnswer;
use super::{Step, Verdict};
use oneroster::json::ProblemKind;
use oneroster::json::check::check;
use oneroster::model::{Access, Kind, Route, Service, Version};
use serde_json::Value;

/// Why a check stops early.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// A fault was found that makes further questions idle.
    Failed,
    /// The provider lacks an operation that it may lack.
    NotOffered(String),
    /// There is nothing to try it on.
    NotTried(String),
}

/// How many faults of a check are told one by one.
const TOLD: usize = 8;

/// How long a told fault may be, in characters.
const LONG: usize = 400;

/// The most pages that are read of one collection.
const PAGES: usize = 16;

/// A check under way.
pub(super) struct Look<'s, 'o> {
    pub(super) site: &'s mut Site<'o>,
    pub(super) version: Version,
    faults: Vec<String>,
    beyond: usize,
    asked: usize,
}

/// One page of a collection.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) records: Vec<Value>,
    pub(super) answer: Answer,
}

impl Page {
    pub(super) fn ids(&self) -> Vec<String> {
        self.records.iter().map(|record| id(record).to_owned()).collect()
    }
}

/// The identifier of a record; empty if it has none.
pub(super) fn id(record: &Value) -> &str {
    record[ID].as_str().unwrap_or_default()
}

/// The identifier that a reference names; empty if there is none.
pub(super) fn reference<'a>(record: &'a Value, member: &str) -> &'a str {
    let value = &record[member];
    id(if value.is_array() { &value[0] } else { value })
}

impl<'s, 'o> Look<'s, 'o> {
    pub(super) fn new(site: &'s mut Site<'o>, version: Version) -> Look<'s, 'o> {
        Look { site, version, faults: Vec::new(), beyond: 0, asked: 0 }
    }

    /// How the check ended, given how its last step did.
    pub(super) fn verdict(self, step: Step) -> Verdict {
        let Look { mut faults, beyond, asked, .. } = self;
        if beyond > 0 {
            faults.push(format!("and {beyond} more"));
        }
        match step {
            _ if !faults.is_empty() => Verdict::Failed(faults),
            Err(Stop::Failed) => Verdict::Failed(vec!["it could not be made".to_owned()]),
            Err(Stop::NotOffered(why)) => Verdict::NotOffered(why),
            Err(Stop::NotTried(why)) => Verdict::NotTried(why),
            Ok(()) if asked == 0 => Verdict::NotTried("nothing was found to try it on".to_owned()),
            Ok(()) => Verdict::Passed,
        }
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, text: impl Into<String>) {
        let text: String = text.into();
        let text = match text.char_indices().nth(LONG) {
            Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
            None => text,
        };
        if self.faults.contains(&text) {
            return;
        }
        if self.faults.len() < TOLD { self.faults.push(text) } else { self.beyond += 1 }
    }

    /// Notes a fault of the answer to a request, unless it holds.
    pub(super) fn holds(&mut self, call: &Call, holds: bool, otherwise: &str) {
        if !holds {
            self.fault_of(call, otherwise);
        }
    }

    /// Notes a fault of the answer to a request.
    pub(super) fn fault_of(&mut self, call: &Call, what: &str) {
        self.fault(format!("{}: {what}", call.shown(self.site.options.show_values)));
    }

    /// Notes a fault and stops the check.
    pub(super) fn fail<T>(&mut self, call: &Call, what: &str) -> Step<T> {
        self.fault_of(call, what);
        Err(Stop::Failed)
    }

    /// Counts a question that was put otherwise.
    pub(super) fn tried(&mut self) {
        self.asked += 1;
    }

    /// Sends a request, whatever comes back.
    pub(super) fn send(&mut self, call: &Call) -> Step<Answer> {
        self.asked += 1;
        let answer = self.site.send(self.version, call);
        self.arrived(call, answer)
    }

    /// What became of a request, once the provider answered at all.
    pub(super) fn arrived(&mut self, call: &Call, answer: Result<Answer, NoAnswer>) -> Step<Answer> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(NoAnswer { why, deaf: true }) => Err(Stop::NotTried(why)),
            Err(NoAnswer { why, .. }) => self.fail(call, &why),
        }
    }

    /// What became of a request to the token endpoint.
    pub(super) fn token(&mut self, what: &str, answer: Result<Answer, NoAnswer>) -> Step<Answer> {
        self.asked += 1;
        answer.map_err(|none| {
            self.fault(format!("POST to the token URL, {what}: {}", none.why));
            Stop::Failed
        })
    }

    /// Sends a request that must be answered with data in JSON.
    pub(super) fn data(&mut self, call: &Call) -> Step<Answer> {
        let answer = self.send(call)?;
        self.is_data(call, &answer)?;
        Ok(answer)
    }

    fn is_data(&mut self, call: &Call, answer: &Answer) -> Step {
        match answer.status {
            200 => {}
            404 | 405 | 501 if call.route.is_some_and(is_optional) => {
                return Err(Stop::NotOffered(format!("{} is answered with {}", call.shown(false), answer.status)));
            }
            403 if call.way == Way::Granted => return Err(self.lacks_scope(call)),
            status => return self.fail(call, &format!("status {status} instead of 200")),
        }
        self.holds(call, answer.says_json(), "the Content-Type is not application/json");
        if answer.object().is_none() {
            return self.fail(call, "the body is no JSON object");
        }
        Ok(())
    }

    fn lacks_scope(&self, call: &Call) -> Stop {
        let scopes = call.route.map_or(&[][..], |route| route.access.scopes(self.version));
        Stop::NotTried(format!("the application lacks the scope {} (403)", scopes.join(" or ")))
    }

    /// Stops where an answer says that the application was not granted the scope
    /// (RFC 6750, 3.1); any other 403 is an answer like others.
    pub(super) fn is_granted(&self, call: &Call, answer: &Answer) -> Step {
        let told = answer.header("www-authenticate").is_some_and(|told| told.contains("insufficient_scope"));
        if answer.status == 403 && call.way == Way::Granted && told {
            return Err(self.lacks_scope(call));
        }
        Ok(())
    }

    /// Sends a request for a collection; gives its records.
    pub(super) fn page(&mut self, call: &Call) -> Step<Page> {
        let answer = self.data(call)?;
        self.records(call, answer)
    }

    /// The records of an answer.
    pub(super) fn records(&mut self, call: &Call, answer: Answer) -> Step<Page> {
        let key = call.key().unwrap_or_default();
        let records = answer.object().and_then(|body| body.get(key)).and_then(Value::as_array).cloned();
        match records {
            Some(records) => Ok(Page { records, answer }),
            None => self.fail(call, &format!("no array {key} in the body")),
        }
    }

    /// Sends a request for one record; gives it.
    pub(super) fn record(&mut self, call: &Call) -> Step<Value> {
        let answer = self.data(call)?;
        let key = call.key().unwrap_or_default();
        match answer.object().and_then(|body| body.get(key)).filter(|value| value.is_object()) {
            Some(value) => Ok(value.clone()),
            None => self.fail(call, &format!("no object {key} in the body")),
        }
    }

    /// Holds a record against the model.
    pub(super) fn shape(&mut self, call: &Call, kind: Kind, record: &Value, partial: bool) {
        for fault in check(kind, self.version, record, partial).into_iter().take(TOLD) {
            self.fault_of(call, &fault);
        }
    }

    /// Sends a request that must be refused in this way, with status info in
    /// the form of the version and no data. Gives the answer.
    pub(super) fn refused(&mut self, call: &Call, kind: ProblemKind) -> Step<Answer> {
        self.refused_as(call, &[kind.http()], Some(kind))
    }

    /// The same with any of these statuses; the minor code is that of the kind.
    pub(super) fn refused_as(&mut self, call: &Call, statuses: &[u16], kind: Option<ProblemKind>) -> Step<Answer> {
        let answer = self.send(call)?;
        if !statuses.contains(&403) {
            self.is_granted(call, &answer)?;
        }
        let wanted: Vec<String> = statuses.iter().map(u16::to_string).collect();
        if !statuses.contains(&answer.status) {
            self.fault_of(call, &format!("status {} instead of {}", answer.status, wanted.join(" or ")));
            return Ok(answer);
        }
        let data = answer.object().zip(call.key()).is_some_and(|(body, key)| body.contains_key(key));
        self.holds(call, !data, "the refusal holds data");
        self.status_info(call, &answer, kind);
        Ok(answer)
    }

    /// Checks the status info of a refusal.
    pub(super) fn status_info(&mut self, call: &Call, answer: &Answer, kind: Option<ProblemKind>) {
        let version = self.version;
        let Some(info) = answer.status_info(version) else {
            return self.fault_of(call, &format!("no status info of {version} in the answer {}", answer.status));
        };
        let minor = kind.and_then(|kind| kind.minor(version, call.service));
        let mut faults = Vec::new();
        if !["failure", "unsupported"].contains(&info.major) {
            faults.push("imsx_codeMajor is not failure".to_owned());
        }
        if info.severity != "error" {
            faults.push("imsx_severity is not error".to_owned());
        }
        if minor.is_some() && info.minor != minor {
            faults.push(format!("the minor code is not {}", minor.unwrap_or_default()));
        }
        let text = info.description.unwrap_or_default().to_ascii_lowercase();
        if INTERNALS.iter().any(|word| text.contains(word)) {
            faults.push("the description tells of the inside of the program".to_owned());
        }
        for fault in faults {
            self.fault_of(call, &fault);
        }
    }

    /// Reads a collection by its `next` links, from this request on.
    pub(super) fn by_links(&mut self, call: &Call) -> Step<Vec<Page>> {
        let mut pages = vec![self.page(call)?];
        let mut seen: Vec<String> = Vec::new();
        let here = origin(&self.site.options.base.service(call.service, self.version));
        while let Some(next) = pages.last().and_then(|page| page.answer.link("next")).map(str::to_owned) {
            if pages.len() >= PAGES || pages.last().is_some_and(|page| page.records.is_empty()) {
                return self.fail(call, "the next links do not come to an end");
            }
            if seen.contains(&next) {
                return self.fail(call, "a next link leads to a page that was read already");
            }
            if origin(&next).is_none() {
                return self.fail(call, "a next link is no absolute address");
            }
            if origin(&next) != here {
                return self.fail(call, "a next link leads to another host, where no token may go");
            }
            self.asked += 1;
            let answer = self.site.follow(self.version, &next);
            let answer = self.arrived(call, answer)?;
            self.is_data(call, &answer)?;
            pages.push(self.records(call, answer)?);
            seen.push(next);
        }
        Ok(pages)
    }

    /// Reads a collection by offsets, `limit` records a page, to its end.
    pub(super) fn by_offsets(&mut self, call: &Call, limit: u64) -> Step<Vec<Page>> {
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let offset = limit * pages.len() as u64;
            let page = self.page(&call.clone().with("limit", limit).with("offset", offset))?;
            let full = page.records.len() as u64 >= limit;
            pages.push(page);
            if !full {
                return Ok(pages);
            }
            if pages.len() > PAGES {
                return self.fail(call, "the pages do not come to an end");
            }
        }
    }

    /// The limit by which a collection is a handful of pages, and its size; it
    /// must have two records at least and not be so large that this takes long.
    pub(super) fn page_size(&mut self, call: &Call) -> Step<(u64, u64)> {
        let first = self.page(&call.clone().with("limit", 1))?;
        let total = match first.answer.total() {
            Some(total) => total,
            None => self.page(&call.clone().with("limit", 1000))?.records.len() as u64,
        };
        if total < 2 {
            return Err(Stop::NotTried("it takes two records, and there are fewer".to_owned()));
        }
        Ok((total.div_ceil(4), total))
    }

    /// How many records a filtered collection has.
    pub(super) fn count(&mut self, call: &Call) -> Step<u64> {
        let page = self.page(&call.clone().with("limit", 1))?;
        match page.answer.total() {
            Some(total) => Ok(total),
            None => self.fail(call, "no X-Total-Count to compare by"),
        }
    }

    /// All records of a kind, as a request.
    pub(super) fn all(&self, kind: Kind) -> Step<Call> {
        let route = collection(kind).filter(|route| route.versions.has(self.version));
        route.map(|route| Call::new(route, &[])).ok_or_else(|| Stop::NotOffered("the version has no such class".into()))
    }
}

/// What no description of an error should hold.
const INTERNALS: &[&str] = &[
    "exception",
    "stack trace",
    "traceback",
    " at line ",
    "select ",
    "sqlstate",
    "sqlite",
    "nullpointer",
    "panicked",
    ".java:",
    ".cs:",
    ".rs:",
];

/// Whether a provider may lack an operation: all but the plain reads of
/// rostering (rest.md 1.6).
pub(super) fn is_optional(route: &Route) -> bool {
    route.service != Service::Rostering || route.access != Access::RosterCore
}
