//! The report as one JSON document.

use super::super::{Outcome, Report, Verdict};
use super::lines;
use serde_json::{Map, Value, json};

/// The report: what was asked of whom, the summary, and every check.
pub fn document(report: &Report) -> Value {
    let counted = |counts: [usize; 4]| -> Map<String, Value> {
        Verdict::WORDS.iter().zip(counts).map(|(word, count)| (word.replace(' ', "_"), count.into())).collect()
    };
    let services: Vec<Value> = lines(report)
        .iter()
        .map(|line| {
            let mut row = counted(line.counts);
            row.insert("oneroster".to_owned(), line.version.label().into());
            row.insert("service".to_owned(), line.part.into());
            Value::Object(row)
        })
        .collect();
    json!({
        "url": report.url,
        "authentication": report.authentication,
        "begun": report.begun.to_string(),
        "ended": report.ended.to_string(),
        "wrote": report.wrote,
        "conforms": report.conforms(),
        "summary": counted(report.counts()),
        "services": services,
        "checks": report.outcomes.iter().map(check).collect::<Vec<_>>(),
    })
}

fn check(outcome: &Outcome) -> Value {
    json!({
        "id": outcome.check.id,
        "oneroster": outcome.version.label(),
        "service": outcome.part(),
        "operation": outcome.operation.map(|route| route.operation),
        "sentence": outcome.check.sentence,
        "source": outcome.check.source,
        "result": outcome.verdict.word(),
        "reasons": outcome.verdict.reasons(),
        "requests": outcome.requests,
        "milliseconds": outcome.milliseconds,
    })
}
