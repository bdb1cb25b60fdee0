//! Our documents held against the official ones, operation by operation and
//! schema by schema. Words for people are not compared.

use anyhow::Context as _;
use oneroster::docs::{DOCUMENTS, Provider, openapi};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The official document of each of ours, by its word.
const OFFICIAL: [(&str, &str); 3] = [
    ("rostering", "rostersservice.yaml"),
    ("gradebook", "gradebookservice.yaml"),
    ("resources", "resourcesservice.yaml"),
];

/// The differences that are meant, each with its reason.
const MEANT: &str = include_str!("differences.yaml");

/// A difference that is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Meant {
    /// Which difference: what [`differences`] says; `*` stands for any text.
    difference: String,
    /// Why we differ, for the reader.
    why: String,
}

/// Compares all documents; how many differences there are that are not meant,
/// or are meant and are none.
pub fn run(folder: &Path) -> anyhow::Result<usize> {
    let meant: Vec<Meant> = serde_saphyr::from_str(MEANT).context("differences.yaml")?;
    let mut met = vec![0; meant.len()];
    let mut faults = 0;
    for (name, file) in OFFICIAL {
        let path = folder.join(file);
        let theirs = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let mut theirs: Value = serde_saphyr::from_str(&theirs).context(file)?;
        super::document::spell_out(&mut theirs);
        let found = differences(&facts(&ours(name)?), &facts(&theirs));
        for difference in &found {
            let listed = meant.iter().position(|meant| fits(&meant.difference, difference));
            match listed {
                Some(at) => met[at] += 1,
                None => {
                    crate::say::line(format_args!("DIFF {name}: {difference}"));
                    faults += 1;
                }
            }
        }
        crate::say::line(format_args!("{file}: our document differs in {} facts", found.len()));
    }
    for (meant, _) in meant.iter().zip(&met).filter(|(_, met)| **met == 0) {
        crate::say::line(format_args!("DIFF listed and no difference: {} ({})", meant.difference, meant.why));
        faults += 1;
    }
    Ok(faults)
}

/// Our document, with all that we know offered.
fn ours(name: &str) -> anyhow::Result<Value> {
    let document = DOCUMENTS.iter().find(|document| document.name == name).context("no such document")?;
    let (url, token_url) = ("https://example.org", "https://example.org/t");
    let provider = Provider { url, token_url, offers: &|_, _| true, known: &|_| None };
    Ok(openapi(document, &provider))
}

/// Facts by name.
type Facts = BTreeMap<String, Value>;

/// What a document says, one fact a line: `getUser status 404`,
/// `UserDType.email`.
fn facts(document: &Value) -> Facts {
    let mut facts = Facts::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            facts.insert(format!("{id} is"), format!("{method} {path}").into());
            describe(id, operation, &mut facts);
        }
    }
    for (name, schema) in members(&document["components"]["schemas"]) {
        for (member, value) in members(&schema["properties"]) {
            facts.insert(format!("{name}.{member}"), plain(value));
        }
        let mut rest = plain(schema);
        if let Some(rest) = rest.as_object_mut() {
            rest.remove("properties");
        }
        facts.insert(format!("{name} itself"), rest);
    }
    for (name, scheme) in members(&document["components"]["securitySchemes"]) {
        for (flow, of) in members(&scheme["flows"]) {
            for (scope, _) in members(&of["scopes"]) {
                facts.insert(format!("{name} {flow} {scope}"), Value::Null);
            }
        }
    }
    facts
}

fn describe(id: &str, operation: &Value, facts: &mut Facts) {
    facts.insert(format!("{id} tags"), operation["tags"].clone());
    facts.insert(format!("{id} security"), plain(&operation["security"]));
    facts.insert(format!("{id} body"), plain(&operation["requestBody"]));
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        let explode = parameter["explode"].as_bool().unwrap_or(parameter["in"] == "query");
        let mut rest = plain(parameter);
        if let Some(rest) = rest.as_object_mut() {
            rest.retain(|key, _| !["name", "style", "explode", "allowEmptyValue"].contains(&key.as_str()));
        }
        facts.insert(format!("{id} parameter {name}"), rest);
        facts.insert(format!("{id} parameter {name} repeated"), explode.into());
    }
    for (status, answer) in members(&operation["responses"]) {
        facts.insert(format!("{id} status {status}"), plain(&answer["content"]["application/json"]["schema"]));
        for part in ["headers", "links"] {
            for (name, value) in members(&answer[part]) {
                facts.insert(format!("{id} status {status} {part} {name}"), plain(value));
            }
        }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// A value without words for people, its sets in order.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let words = |name: &str, member: &Value| name == "example" || (name == "description" && member.is_string());
            let kept = object.iter().filter(|(name, member)| !words(name, member));
            let mut kept: Vec<(String, Value)> = kept.map(|(name, member)| (name.clone(), plain(member))).collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(kept.into_iter().collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            items.sort_by_cached_key(Value::to_string);
            json!(items)
        }
        other => other.clone(),
    }
}

/// The differences, each as a line.
fn differences(ours: &Facts, theirs: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in ours {
        match theirs.get(name) {
            None => found.push(format!("only ours: {name}")),
            Some(other) if other != value => found.push(format!("{name}: {value} instead of {other}")),
            Some(_) => {}
        }
    }
    found.extend(theirs.keys().filter(|name| !ours.contains_key(*name)).map(|name| format!("only theirs: {name}")));
    found
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    last.map_or(rest.is_empty(), |part| part.is_empty() || text.ends_with(part))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, text, wanted) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("*b", "abc", false),
            ("a*c*e", "abcde", true),
            ("*b", "abb", true),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn a_document_is_as_itself_and_any_change_is_seen() {
        let document = ours("gradebook").unwrap();
        assert!(differences(&facts(&document), &facts(&document)).is_empty());
        let changes: [(&str, Value); 6] = [
            ("/paths/~1results/get/operationId", json!("other")),
            ("/paths/~1results/get/security/0/OAuth2CC", json!([])),
            ("/paths/~1results/get/parameters/0/schema/minimum", json!(0)),
            ("/paths/~1results/get/responses/200/content/application~1json/schema/$ref", json!("#/x")),
            ("/components/schemas/ResultDType/required", json!([])),
            ("/components/schemas/ResultDType/properties/score/type", json!("string")),
        ];
        for (pointer, value) in changes {
            let mut changed = document.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            assert!(!differences(&facts(&changed), &facts(&document)).is_empty(), "{pointer}");
        }
    }

    #[test]
    fn every_difference_that_is_meant_has_a_reason() {
        let meant: Vec<Meant> = serde_saphyr::from_str(MEANT).unwrap();
        assert!(meant.iter().all(|meant| meant.why.len() > 20), "{meant:?}");
    }
}
