//! The report as one JSON document, written finding by finding.

use oneroster::validate::{Finding, Judgement, Severity};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Package {
    oneroster: Option<&'static str>,
    mode: &'static str,
    files: Vec<String>,
}

#[derive(Serialize)]
struct Summary {
    error: u64,
    warning: u64,
    repaired: u64,
    info: u64,
}

#[derive(Serialize)]
struct Row<'a> {
    code: &'static str,
    severity: &'static str,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<&'a str>,
    sourced_id: Option<&'a str>,
    message: &'a str,
    hint: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(finding: &Finding<'a>, values: bool) -> Row<'a> {
        Row {
            code: finding.code.label(),
            severity: finding.severity.word(),
            file: finding.file,
            line: finding.line,
            column: finding.column,
            sourced_id: finding.sourced_id,
            message: finding.message,
            hint: finding.hint,
            value: finding.value.filter(|_| values),
        }
    }
}

pub(super) fn write(out: &mut dyn Write, judgement: &Judgement, values: bool) -> io::Result<()> {
    let report = &judgement.report;
    let package = Package {
        oneroster: judgement.version.map(oneroster::model::Version::label),
        mode: judgement.mode(),
        files: judgement.files.iter().map(|f| f.kind.entity().file_name()).collect(),
    };
    let [error, warning, repaired, info] = Severity::ALL.map(|s| report.count(s));
    write!(out, "{{\"package\":{}", serde_json::to_string(&package)?)?;
    write!(out, ",\"summary\":{}", serde_json::to_string(&Summary { error, warning, repaired, info })?)?;
    write!(out, ",\"findings\":[")?;
    for (at, finding) in report.findings().enumerate() {
        if at > 0 {
            out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut *out, &Row::of(&finding, values))?;
    }
    writeln!(out, "]}}")
}
