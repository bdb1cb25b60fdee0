//! `cargo xtask conform`: our documents and the answers of the provider, held
//! against the official OpenAPI documents.

mod calls;
mod compare;
mod document;
mod material;

use crate::homeroom::{Client, Located, Program};
use crate::postgres::Cluster;
use crate::say;
use anyhow::Context as _;
use calls::{Call, Who};
use document::{Document, Operation};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// A document, and the base path of its service.
const SERVICES: &[(&str, &str)] = &[
    ("rostersservice.yaml", "/ims/oneroster/rostering/v1p2"),
    ("gradebookservice.yaml", GRADEBOOK),
    ("resourcesservice.yaml", "/ims/oneroster/resources/v1p2"),
];

/// The base path of the gradebook and of assessment results.
const GRADEBOOK: &str = "/ims/oneroster/gradebook/v1p2";

/// What the application that asks may do.
const SCOPES: &[&str] = &[
    "roster-core.readonly",
    "roster.readonly",
    "roster-demographics.readonly",
    "gradebook.readonly",
    "gradebook.createput",
    "gradebook.createpost",
    "gradebook.delete",
    "assessment.readonly",
    "assessment.createput",
    "assessment.delete",
    "resource.readonly",
];

/// A difference that is meant.
struct Deliberate {
    operation: &'static str,
    case: &'static str,
    /// What the complaint says, in part.
    says: &'static str,
    /// Why we differ.
    #[expect(dead_code, reason = "for the reader")]
    why: &'static str,
}

const DELIBERATE: &[Deliberate] = &[];

/// How many records stand for a parameter of a path.
const SAMPLE: usize = 3;

/// How many differences of an operation are shown.
const SHOWN: usize = 12;

/// Serves a small district and asks every operation of the documents; of a file,
/// or of a server on which the program is an ordinary role, whom policies hold.
pub fn run(folder: &Path, students: u32, postgres: bool) -> anyhow::Result<()> {
    let documents = compare::run(folder)?;
    anyhow::ensure!(documents == 0, "our documents differ from the official ones in {documents} facts");
    let program = Program::build(false)?;
    let place = tempfile::Builder::new().prefix("homeroom-conform-").tempdir()?;
    let cluster = postgres.then(Cluster::start).transpose()?;
    let database: Box<dyn Located> = match &cluster {
        Some(cluster) => Box::new(cluster.ordinary("conform", place.path())?),
        None => Box::new(place.path().join("conform.db")),
    };
    let (database, package) = (database.as_ref(), place.path().join("day0"));
    program.generate(&package, students, 0)?;
    material::add(&package)?;
    program.import(database, &package)?;
    let granted = program.app(database, "conform", SCOPES)?;
    let rostering = program.app(database, "rostering", &["roster.readonly"])?;
    let grading = program.app(database, "grading", &["gradebook.readonly"])?;
    let server = program.serve(database)?;
    material::grade(&Client::of(server.url(), &granted)?)?;

    let mut differences = 0;
    for (file, base) in SERVICES {
        let text =
            std::fs::read_to_string(folder.join(file)).with_context(|| folder.join(file).display().to_string())?;
        let document = Document::read(&text).with_context(|| (*file).to_owned())?;
        let root = format!("{}{base}", server.url());
        let bearer = |app| -> anyhow::Result<String> { Client::new(server.url()).take_token(app) };
        let mut asker = Asker {
            granted: Client::with_token(&root, &bearer(&granted)?),
            other: Client::with_token(&root, &bearer(if *base == GRADEBOOK { &rostering } else { &grading })?),
            rostering: Client::with_token(&format!("{}{}", server.url(), SERVICES[0].1), &bearer(&granted)?),
            nobody: Client::new(&root),
            forger: Client::with_token(&root, "0123456789abcdef0123456789abcdef"),
            document,
            known: HashMap::new(),
            answers: 0,
        };
        say::line(format_args!("{file}: {} operations", asker.document.operations.len()));
        differences += asker.ask_all()?;
        say::line(format_args!("{file}: {} answers, {differences} differences", asker.answers));
    }
    anyhow::ensure!(differences == 0, "{differences} answers differ from the official documents");
    Ok(())
}

/// Asks the operations of one document.
struct Asker {
    granted: Client,
    /// The same application, at the service that knows what paths begin with.
    rostering: Client,
    other: Client,
    nobody: Client,
    forger: Client,
    document: Document,
    /// The identifiers found in a collection.
    known: HashMap<String, Vec<String>>,
    answers: usize,
}

impl Asker {
    fn ask_all(&mut self) -> anyhow::Result<usize> {
        let mut differences = 0;
        for operation in self.document.operations.clone() {
            let before = self.answers;
            let found = self.ask(&operation)?;
            let answers = self.answers - before;
            let word = if found.is_empty() { "ok  " } else { "DIFF" };
            say::line(format_args!("{word} {} ({answers} answers)", operation.id));
            for difference in found.iter().take(SHOWN) {
                say::line(format_args!("     {difference}"));
            }
            if found.len() > SHOWN {
                say::line(format_args!("     and {} more", found.len() - SHOWN));
            }
            differences += found.len();
        }
        Ok(differences)
    }

    fn ask(&mut self, operation: &Operation) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut records = 0;
        let paths = self.paths(&operation.path)?;
        for path in &paths {
            for call in calls::calls(operation, path).iter().chain(&calls::unknown(operation, path)) {
                let (complaints, held) = self.ask_one(operation, call)?;
                records += held;
                let meant = |complaint: &&String| !deliberate(&operation.id, call.case, complaint);
                let tell = |complaint| format!("{}: GET {}: {complaint}", call.case, call.path);
                found.extend(complaints.iter().filter(meant).map(tell));
            }
        }
        if records == 0 {
            found.push(format!("no record was seen at {} paths, so nothing is proven", paths.len()));
        }
        Ok(found)
    }

    /// The complaints about an answer, and the records that it held.
    fn ask_one(&mut self, operation: &Operation, call: &Call) -> anyhow::Result<(Vec<String>, usize)> {
        let client = match call.who {
            Who::Granted => &self.granted,
            Who::Other => &self.other,
            Who::Nobody => &self.nobody,
            Who::Forger => &self.forger,
        };
        let answer = client.get(&call.path)?;
        self.answers += 1;
        let mut complaints = Vec::new();
        if answer.status != call.status {
            complaints.push(format!("status {} instead of {}", answer.status, call.status));
        }
        let counted = operation.headers.iter().any(|name| name.eq_ignore_ascii_case("x-total-count"));
        if answer.status == 200 && counted && answer.total.is_none() {
            complaints.push("no X-Total-Count".to_owned());
        }
        let Ok(body) = answer.json() else {
            complaints.push("the body is not JSON".to_owned());
            return Ok((complaints, 0));
        };
        let held = if answer.status == 200 { records(&body).len() } else { 0 };
        complaints.extend(self.document.complaints(operation, answer.status, call.form, &body)?);
        Ok((complaints, held))
    }

    /// The path with its parameters replaced by records that are there: what
    /// stands before a parameter is always a collection.
    fn paths(&mut self, template: &str) -> anyhow::Result<Vec<String>> {
        let mut paths = vec![String::new()];
        for segment in template.split('/').skip(1) {
            let mut longer = Vec::new();
            for path in paths {
                if segment.starts_with('{') {
                    longer.extend(self.ids(&path)?.iter().map(|id| format!("{path}/{}", crate::homeroom::encoded(id))));
                } else {
                    longer.push(format!("{path}/{segment}"));
                }
            }
            longer.truncate(SAMPLE);
            paths = longer;
        }
        Ok(paths)
    }

    fn ids(&mut self, collection: &str) -> anyhow::Result<Vec<String>> {
        if let Some(ids) = self.known.get(collection) {
            return Ok(ids.clone());
        }
        let path = format!("{collection}?limit={SAMPLE}");
        let mut answer = self.granted.get(&path)?;
        if answer.status == 404 {
            // Paths of the other services begin with records of rostering.
            answer = self.rostering.get(&path)?;
        }
        let body = answer.ok()?.json()?;
        let id = |record: &&Value| record["sourcedId"].as_str().map(str::to_owned);
        let ids: Vec<String> = records(&body).iter().filter_map(id).collect();
        self.known.insert(collection.to_owned(), ids.clone());
        Ok(ids)
    }
}

/// The records of an answer: those of its list, or the one it holds.
fn records(body: &Value) -> Vec<&Value> {
    let members = body.as_object().into_iter().flat_map(|members| members.values());
    members.flat_map(|member| member.as_array().map_or_else(|| vec![member], |list| list.iter().collect())).collect()
}

fn deliberate(operation: &str, case: &str, complaint: &str) -> bool {
    DELIBERATE.iter().any(|d| {
        (d.operation == "*" || d.operation == operation)
            && (d.case == "*" || d.case == case)
            && complaint.contains(d.says)
    })
}

#[cfg(test)]
mod checks {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_are_found_in_both_envelopes() {
        assert_eq!(records(&json!({"users": [1, 2]})).len(), 2);
        assert_eq!(records(&json!({"user": {"sourcedId": "1"}})).len(), 1);
        assert!(records(&json!({"users": []})).is_empty());
    }
}
