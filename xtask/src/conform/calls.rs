//! What is asked of each operation.

use super::document::{Form, Operation};
use crate::homeroom::encoded;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// An application that was granted all of rostering.
    Granted,
    /// An application that was granted something else.
    Other,
    /// Nobody: no token.
    Nobody,
    /// Someone with a token that was never given out.
    Forger,
}

/// One request and what it must be answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What it tries, for people.
    pub case: &'static str,
    /// The path below the service, with its query.
    pub path: String,
    pub who: Who,
    pub status: u16,
    pub form: Form,
}

/// An identifier that no record has.
const UNKNOWN: &str = "no-such-record-7f3a";

impl Call {
    fn new(case: &'static str, path: String) -> Call {
        Call { case, path, who: Who::Granted, status: 200, form: Form::Whole }
    }

    fn refused(self, who: Who, status: u16) -> Call {
        Call { who, status, ..self }
    }
}

/// The requests to an operation at one path without parameters left.
pub fn calls(operation: &Operation, path: &str) -> Vec<Call> {
    let with = |query: &str| format!("{path}?{query}");
    let filter = |clause: &str| format!("{path}?limit=5&filter={}", encoded(clause));
    let mut calls = vec![
        Call::new("plain", path.to_owned()),
        Call { form: Form::Part, ..Call::new("two fields", with("fields=sourcedId,status")) },
        Call::new("unknown field selected", with("fields=shoeSize")).refused(Who::Granted, 400),
        Call::new("blank selection", with("fields=")).refused(Who::Granted, 400),
        Call::new("no token", path.to_owned()).refused(Who::Nobody, 401),
        Call::new("unknown token", path.to_owned()).refused(Who::Forger, 401),
        Call::new("scope not granted", path.to_owned()).refused(Who::Other, 403),
    ];
    if operation.is_collection() {
        let over = |clause: &str, case| Call::new(case, filter(clause));
        calls.extend([
            Call::new("three records", with("limit=3")),
            Call::new("a later page", with("limit=2&offset=1")),
            Call::new("past the end", with("offset=100000000")),
            Call::new("sorted", with("limit=5&sort=sourcedId&orderBy=desc")),
            Call::new("sorted by change", with("limit=5&sort=dateLastModified")),
            Call::new("unknown sort field", with("limit=5&sort=shoeSize")),
            over("status='active'", "filtered by status"),
            over("dateLastModified>'2000-01-01'", "filtered by day"),
            over("dateLastModified>='2000-01-01T00:00:00.000Z' AND sourcedId!='x'", "two clauses"),
            over("sourcedId~'é'", "filtered by a letter beyond ASCII"),
            over("shoeSize='46'", "unknown field filtered").refused(Who::Granted, 400),
            over("status=active", "a value without quotes").refused(Who::Granted, 400),
            over("dateLastModified>'soon'", "a time that is none").refused(Who::Granted, 400),
            Call::new("no records asked for", with("limit=0")).refused(Who::Granted, 400),
            Call::new("a limit that is no number", with("limit=ten")).refused(Who::Granted, 400),
            Call::new("an offset below nought", with("offset=-1")).refused(Who::Granted, 400),
            Call::new("an order that is none", with("sort=sourcedId&orderBy=up")).refused(Who::Granted, 400),
        ]);
    }
    calls
}

/// One request for each parameter of the path, with that parameter unknown.
pub fn unknown(operation: &Operation, path: &str) -> Vec<Call> {
    let names: Vec<&str> = operation.path.split('/').collect();
    let values: Vec<&str> = path.split('/').collect();
    let parameters = names.iter().enumerate().filter(|(_, name)| name.starts_with('{'));
    let without = |(at, _): (usize, &&str)| {
        let mut segments = values.clone();
        segments.splice(at..=at, [UNKNOWN]);
        Call::new("unknown record", segments.join("/")).refused(Who::Granted, 404)
    };
    parameters.map(without).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;
    use crate::conform::document::Document;

    fn operation(path: &str) -> Operation {
        let yaml = format!("paths:\n  {path}:\n    get:\n      operationId: get\n      responses: {{}}\n");
        Document::read(&yaml).unwrap().operations.remove(0)
    }

    #[test]
    fn every_parameter_is_once_unknown() {
        let nested = operation("/schools/{schoolSourcedId}/classes/{classSourcedId}/students");
        let paths: Vec<_> = unknown(&nested, "/schools/s/classes/c/students").into_iter().map(|c| c.path).collect();
        assert_eq!(
            paths,
            [format!("/schools/{UNKNOWN}/classes/c/students"), format!("/schools/s/classes/{UNKNOWN}/students")]
        );
        assert!(unknown(&operation("/users"), "/users").is_empty());
    }

    #[test]
    fn each_refusal_is_tried() {
        let statuses = |path: &str| {
            let mut all: Vec<u16> = calls(&operation(path), path).iter().map(|call| call.status).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        assert_eq!(statuses("/users"), [200, 400, 401, 403]);
        assert_eq!(statuses("/users/{sourcedId}"), [200, 400, 401, 403]);
    }
}
