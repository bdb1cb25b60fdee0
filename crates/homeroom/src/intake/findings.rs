//! Findings as a run keeps them: a JSON object a line, all of them, without the
//! values they are about.

use oneroster::validate::{Judgement, Severity};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes every finding of a judgement.
pub fn write_all(judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    for finding in judgement.report.findings() {
        let line = json!({
            "code": finding.code.label(),
            "severity": finding.severity.word(),
            "file": finding.file,
            "line": finding.line,
            "column": finding.column,
            "sourced_id": finding.sourced_id,
            "message": finding.message,
            "hint": finding.hint,
        });
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// How many findings of each severity there are.
pub fn counts(judgement: &Judgement) -> Value {
    Severity::ALL.iter().map(|s| (s.word().to_owned(), Value::from(judgement.report.count(*s)))).collect()
}
