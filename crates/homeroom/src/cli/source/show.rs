//! Sources and what came of them, shown.

use super::super::Setting;
use crate::admin::runs::ended as document;
use crate::days;
use crate::intake::sentence;
use crate::output::{Failure, Status};
use crate::sync::{Came, Pulled, Source};
use oneroster_client::ProbeReport;
use oneroster_client::probe::{Collection, Filled, Outcome, Try, Words};
use serde_json::{Value, json};

/// Lists the sources.
pub(super) fn list(setting: &Setting) -> Result<Status, Failure> {
    let mut sources = Vec::new();
    if setting.has_roster()? {
        let roster = setting.roster()?;
        let zone = days::zone(&roster)?;
        for feed in roster.feeds()? {
            sources.push(Source::of(feed, zone.clone())?);
        }
    }
    let documents: Vec<Value> = sources.iter().map(Source::document).collect();
    let mut text: String = sources.iter().map(line).collect();
    if sources.is_empty() {
        text = "No source is fetched yet; `homeroom source add` adds one.".to_owned();
    }
    setting.output.result(&json!({ "sources": documents }), &text)?;
    Ok(Status::Done)
}

fn line(source: &Source) -> String {
    let document = source.document();
    let came = document["last"]["came"].as_str().unwrap_or("never fetched");
    let at = document["last"]["at"].as_str().unwrap_or_default();
    let place = source.text("url").or_else(|| source.text("path")).unwrap_or_default();
    let next = document["next"].as_str().map(|next| format!("; next {next}")).unwrap_or_default();
    format!("{:<20}  {:<9}  {came} {at}{next}  {place}\n", source.name(), source.kind.word())
}

/// Shows one.
pub(super) fn one(setting: &Setting, name: &str) -> Result<Status, Failure> {
    let source = Source::open(&setting.roster()?, name)?;
    setting.output.result(&source.document(), &text(&source))?;
    Ok(Status::Done)
}

/// A source for people.
pub(super) fn text(source: &Source) -> String {
    let document = source.document();
    let mut text = format!("{} ({})\n", source.name(), source.kind.word());
    for (key, value) in &source.feed.settings {
        text.push_str(&format!("  {key:<14} {value}\n"));
    }
    text.push_str(&format!(
        "  {:<14} {}\n",
        "secret",
        if source.feed.sealed.is_some() { "kept, sealed" } else { "none" }
    ));
    match document["last"]["said"].as_str() {
        Some(said) => {
            let at = document["last"]["at"].as_str().unwrap_or_default();
            text.push_str(&format!("Fetched last {at}: {said}\n"));
        }
        None => text.push_str("Not fetched yet.\n"),
    }
    if let Some(failures) = document["failures"].as_u64().filter(|failures| *failures > 1) {
        text.push_str(&format!("It failed {failures} times in a row.\n"));
    }
    match document["next"].as_str() {
        Some(next) => text.push_str(&format!("Next: {next}, by `homeroom serve`.\n")),
        None if source.text("schedule").is_some() => text.push_str("Its pauses leave its schedule no time.\n"),
        None => text.push_str("It has no schedule.\n"),
    }
    text
}

/// What a fetch came to, as a document: the last package's members, and all.
pub(super) fn pulled(name: &str, pulled: &Pulled) -> Value {
    let of = |came: &Came| match came {
        Came::Run(ended) => document(ended),
        Came::Failed(failure) => json!({ "state": "failed", "reason": failure.message, "hint": failure.hint }),
    };
    let packages: Vec<Value> = pulled.came.iter().map(of).collect();
    let nothing = || json!({ "run": null, "state": "nothing", "waits": pulled.waits });
    let mut whole = packages.last().cloned().unwrap_or_else(nothing);
    whole["source"] = json!(name);
    whole["packages"] = json!(packages.len());
    whole["notes"] = json!(pulled.notes);
    if packages.len() > 1 {
        whole["each"] = json!(packages);
    }
    whole
}

/// The same for people.
pub(super) fn pulled_text(pulled: &Pulled, dry_run: bool) -> String {
    let of = |came: &Came| match came {
        Came::Run(ended) => sentence(ended, dry_run),
        Came::Failed(failure) => format!("A package could not be taken: {}", failure.message),
    };
    if let (None, Some(run)) = (pulled.came.last(), pulled.waits) {
        return format!("There is nothing new. Run {run} still waits for a yes: homeroom runs approve {run}");
    }
    if pulled.came.is_empty() {
        return "There is nothing new.".to_owned();
    }
    pulled.came.iter().map(of).collect::<Vec<_>>().join("\n")
}

/// What was found out about a provider, as a document.
pub(super) fn probed(name: &str, report: &ProbeReport) -> Value {
    let filled = |one: &Filled| json!({ "member": one.member, "records": one.records, "mandatory": one.demanded });
    let word =
        |(word, count, known): &(String, u64, bool)| json!({ "word": word, "records": count, "standard": known });
    let words = |one: &Words| json!({ "member": one.member, "words": one.words.iter().map(word).collect::<Vec<_>>() });
    let of = |one: &Collection| {
        json!({
            "collection": one.kind.entity().plural,
            "path": one.path,
            "records": one.total,
            "refused": one.failure,
            "looked_at": one.sample,
            "filled": one.filled.iter().map(filled).collect::<Vec<_>>(),
            "vocabularies": one.words.iter().map(words).collect::<Vec<_>>(),
        })
    };
    let tried = |one: &Try| {
        let (outcome, why) = match &one.outcome {
            Outcome::Works => ("works", None),
            Outcome::Ignored => ("ignored", None),
            Outcome::Refused(why) => ("refused", Some(why)),
            Outcome::Untried => ("untried", None),
        };
        json!({ "what": one.what, "outcome": outcome, "why": why })
    };
    json!({
        "source": name,
        "oneroster": report.edition.label(),
        "collections": report.collections.iter().map(of).collect::<Vec<_>>(),
        "tried": report.tries.iter().map(tried).collect::<Vec<_>>(),
        "profile": report.profile(),
        "words": report.words(),
    })
}
