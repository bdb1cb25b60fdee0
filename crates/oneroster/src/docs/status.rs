//! Failures: their schemas, and what each status means.

use super::schema::{Schemas, closed, link};
use crate::json::{Problem, ProblemKind};
use crate::model::{Route, Service, Version};
use serde_json::{Map, Value, json};

/// The schema of a whole body.
pub(super) const SCHEMA: &str = "imsx_StatusInfoDType";
/// One entry of a 1.1 body.
pub(super) const ENTRY: &str = "imsx_StatusInfoEntryDType";
const MINOR: &str = "imsx_CodeMinorDType";
const MINOR_FIELD: &str = "imsx_CodeMinorFieldDType";

const MAJOR: [&str; 4] = ["success", "processing", "failure", "unsupported"];
const SEVERITY: [&str; 3] = ["status", "warning", "error"];

/// The schemas of status info.
pub(super) fn schemas(version: Version, services: &[Service], schemas: &mut Schemas) {
    let text = json!({ "type": "string" });
    let codes = [("imsx_codeMajor", words(&MAJOR)), ("imsx_severity", words(&SEVERITY))];
    let required = ["imsx_codeMajor", "imsx_severity"];
    let mut members: Map<String, Value> = codes.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    members.insert("imsx_description".into(), text.clone());
    if version == Version::V1P1 {
        members.insert("imsx_codeMinor".into(), text.clone());
        members.insert("imsx_operationRefIdentifier".into(), text);
        schemas.keep(ENTRY, json!({ "type": "object", "properties": members, "required": required }));
        let set = json!({ "type": "array", "minItems": 1, "items": link(ENTRY) });
        schemas.keep(
            SCHEMA,
            json!({
                "type": "object", "properties": { "statusInfoSet": set }, "required": ["statusInfoSet"],
            }),
        );
        return;
    }
    members.insert("imsx_CodeMinor".into(), link(MINOR));
    schemas.keep(SCHEMA, closed(members, &required));
    let fields = json!({ "type": "array", "minItems": 1, "items": link(MINOR_FIELD) });
    schemas.keep(MINOR, closed(Map::from_iter([("imsx_codeMinorField".to_owned(), fields)]), &["imsx_codeMinorField"]));
    let names = ["imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"];
    let field = [json!({ "type": "string", "default": "TargetEndSystem" }), words(&minor_codes(services))];
    schemas.keep(MINOR_FIELD, closed(names.iter().map(|name| (*name).to_owned()).zip(field).collect(), &names));
}

/// The minor codes of 1.2 that are given in these services; and those which the
/// standard lists though no answer here has a use for them.
fn minor_codes(services: &[Service]) -> Vec<&'static str> {
    let mut codes = vec!["fullsuccess"];
    let given = services.iter().flat_map(|s| ProblemKind::ALL.map(|kind| kind.minor(Version::V1P2, *s)));
    let sort = services.contains(&Service::Resources).then_some("invalid_sort_field");
    for code in given.flatten().chain(sort) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// The answer of a failed operation with this status; `None` is any other one.
pub(super) fn answer(status: Option<u16>, version: Version, route: &Route) -> Value {
    let (text, kind) = match status {
        Some(400) => (
            "A parameter cannot be understood, or names a member that the class has not.",
            ProblemKind::InvalidFilterField,
        ),
        Some(401) => ("No, bad or expired credentials.", ProblemKind::Unauthorized),
        Some(403) => ("The credentials are good but do not open this.", ProblemKind::Forbidden),
        Some(404) => ("There is no such record, or none that the caller may see.", ProblemKind::UnknownObject),
        Some(422) => (
            "The body was understood and is wrong in meaning; the description names the member.",
            ProblemKind::Unprocessable,
        ),
        Some(429) => ("Too many requests; `Retry-After` says when to come back.", ProblemKind::TooManyRequests),
        Some(_) => ("A failure on our side.", ProblemKind::Internal),
        None => ("Any other failure.", ProblemKind::Busy),
    };
    let problem = Problem::new(kind, text).within(route.operation);
    // What we write ourselves is JSON.
    let body: Value = serde_json::from_slice(&problem.body(version, route.service)).unwrap_or_default();
    json!({
        "description": text,
        "content": { "application/json": { "schema": link(SCHEMA), "example": body } },
    })
}
