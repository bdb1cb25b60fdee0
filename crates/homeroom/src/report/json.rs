//! The report as one JSON document, written finding by finding.

use oneroster::validate::{ColumnFigures, Figures, FileFigures, Finding, Found, Judgement, Report, SchoolFigures};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};

/// About so many findings of one rule are examples.
const EXAMPLES: usize = 5;

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

impl From<Found> for Summary {
    fn from([error, warning, repaired, info]: Found) -> Summary {
        Summary { error, warning, repaired, info }
    }
}

#[derive(Serialize)]
struct FileRow<'a> {
    file: &'a str,
    rows: u64,
    findings: Summary,
    columns: Vec<ColumnRow<'a>>,
}

#[derive(Serialize)]
struct ColumnRow<'a> {
    column: &'a str,
    required: bool,
    filled: u64,
}

#[derive(Serialize)]
struct SchoolRow<'a> {
    sourced_id: &'a str,
    name: &'a str,
    r#type: &'a str,
    students: u64,
    teachers: u64,
    classes: u64,
    enrollments: u64,
    rejected: u64,
    findings: Summary,
}

impl<'a> SchoolRow<'a> {
    fn of(school: &'a SchoolFigures) -> SchoolRow<'a> {
        SchoolRow {
            sourced_id: &school.sourced_id,
            name: &school.name,
            r#type: school.kind,
            students: school.students,
            teachers: school.teachers,
            classes: school.classes,
            enrollments: school.enrollments,
            rejected: school.rejected,
            findings: school.findings.into(),
        }
    }
}

#[derive(Serialize)]
struct FiguresRow<'a> {
    files: Vec<FileRow<'a>>,
    schools: Vec<SchoolRow<'a>>,
    /// Findings of rows whose school cannot be told.
    elsewhere: Summary,
}

impl<'a> FiguresRow<'a> {
    fn of(figures: &'a Figures) -> FiguresRow<'a> {
        let columns = |columns: &'a [ColumnFigures]| {
            let row = |c: &'a ColumnFigures| ColumnRow { column: &c.name, required: c.required, filled: c.filled };
            columns.iter().map(row).collect()
        };
        let file = |f: &'a FileFigures| FileRow {
            file: &f.file,
            rows: f.rows,
            findings: f.findings.into(),
            columns: columns(&f.columns),
        };
        FiguresRow {
            files: figures.files.iter().map(file).collect(),
            schools: figures.schools.iter().map(SchoolRow::of).collect(),
            elsewhere: figures.elsewhere.into(),
        }
    }
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

/// Some findings of each rule, with their values.
pub fn examples(report: &Report) -> Value {
    let groups = super::groups::groups(report, EXAMPLES);
    let parts = groups.iter().flat_map(|group| group.first(EXAMPLES).0.iter().map(move |part| (part, group)));
    let rows = parts.flat_map(|(part, group)| part.shown.iter().take(group.share(EXAMPLES)));
    rows.map(|finding| json!(Row::of(finding, true))).collect()
}

pub(super) fn write(out: &mut dyn Write, judgement: &Judgement, values: bool) -> io::Result<()> {
    let report = &judgement.report;
    let package = Package {
        oneroster: judgement.edition.map(oneroster::model::Edition::label),
        mode: judgement.mode(),
        files: judgement.files.iter().map(|f| f.kind.entity().file_name()).collect(),
    };
    write!(out, "{{\"package\":{}", serde_json::to_string(&package)?)?;
    write!(out, ",\"summary\":{}", serde_json::to_string(&Summary::from(*report.found()))?)?;
    write!(out, ",\"findings\":[")?;
    for (at, finding) in report.findings().enumerate() {
        if at > 0 {
            out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut *out, &Row::of(&finding, values))?;
    }
    writeln!(out, "],\"figures\":{}}}", serde_json::to_string(&FiguresRow::of(&judgement.figures))?)
}
