//! `homeroom runs show`: one run, whole.

use super::super::Setting;
use super::Which;
use crate::admin::runs::whole;
use crate::intake::{Effect, effects_table, next, open_run, plan_table, recompare};
use crate::output::{Failure, Status};
use homeroom_store::intake::Compared;
use homeroom_store::{Moved, Roster, Run, Schools};
use oneroster::model::{Kind, Privacy};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufWriter, Write as _};

/// So many changed records are shown to people; a document has them all.
const SHOWN: usize = 200;

pub(super) fn show(setting: &Setting, roster: &Roster, id: i64, which: &Which) -> Result<Status, Failure> {
    let run = open_run(roster, id)?;
    let source = roster.source_name(run.source)?.unwrap_or_default();
    if setting.output.json {
        write_document(roster, &run, &source, which)?;
        return Ok(Status::Done);
    }
    let names = roster.org_names()?;
    let mut text = heading(&run, &source);
    text.push_str(&plan_table(&run.plan));
    let effects: Vec<Effect> = serde_json::from_str(&run.effects).unwrap_or_default();
    text.push_str(&effects_table(&effects));
    text.push_str(&schools(&run.schools, &|id| names.get(id).cloned()));
    if which.changes {
        let mut some = Lines::default();
        Changes::of(roster, &run)?.each(roster, which, &mut |change| some.take(|| change.line()))?;
        let _ = write!(text, "\nchanges\n{}", some.end());
    }
    if which.findings {
        let mut some = Lines::default();
        findings(lines(roster, id)?, &mut |finding| some.take(|| finding_line(&finding)))?;
        let _ = write!(text, "\nfindings\n{}", some.end());
    }
    let _ = write!(text, "\n{}", next(run.state, id).trim());
    setting.output.result(&Value::Null, &text)?;
    Ok(Status::Done)
}

/// The first lines of many.
#[derive(Default)]
struct Lines {
    text: String,
    lines: usize,
}

impl Lines {
    fn take(&mut self, line: impl FnOnce() -> String) {
        self.lines += 1;
        if self.lines <= SHOWN {
            self.text.push_str(&line());
        }
    }

    fn end(mut self) -> String {
        if self.lines > SHOWN {
            let _ = writeln!(self.text, "and {} more; --json has them all", self.lines - SHOWN);
        }
        self.text
    }
}

/// Writes the one document piece by piece: a run may have a million changes.
fn write_document(roster: &Roster, run: &Run, source: &str, which: &Which) -> Result<(), Failure> {
    let id = run.id.unwrap_or_default();
    let document = whole(run, source);
    let changes = if which.changes { Some(Changes::of(roster, run)?) } else { None };
    let found = if which.findings { Some(lines(roster, id)?) } else { None };
    let mut out = BufWriter::new(io::stdout().lock());
    let text = document.to_string();
    out.write_all(text.strip_suffix('}').unwrap_or(&text).as_bytes())?;
    if let Some(changes) = changes {
        let mut list = List::begin(&mut out, "changes")?;
        changes.each(roster, which, &mut |change| list.add(&change.document()))?;
        list.end()?;
    }
    if let Some(found) = found {
        let mut list = List::begin(&mut out, "all_findings")?;
        findings(found, &mut |finding| list.add(&finding))?;
        list.end()?;
    }
    out.write_all(b"}\n")?;
    Ok(out.flush()?)
}

/// A list as a member of an object that others were written of before.
struct List<'a> {
    out: &'a mut dyn io::Write,
    first: bool,
    written: io::Result<()>,
}

impl<'a> List<'a> {
    fn begin(out: &'a mut dyn io::Write, name: &str) -> io::Result<List<'a>> {
        write!(out, ",\"{name}\":[")?;
        Ok(List { out, first: true, written: Ok(()) })
    }

    fn add(&mut self, item: &Value) {
        if self.written.is_ok() {
            let comma = if self.first { "" } else { "," };
            self.first = false;
            self.written = write!(self.out, "{comma}{item}");
        }
    }

    fn end(self) -> io::Result<()> {
        self.written?;
        self.out.write_all(b"]")
    }
}

fn heading(run: &Run, source: &str) -> String {
    let mut text = format!("run        {}\n", run.id.unwrap_or_default());
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<10} {value}");
        }
    };
    let instant = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    let reason = run.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    line("state", &format!("{}{reason}", run.state.word()));
    for guard in run.guards.iter().filter(|guard| Some(*guard) != run.reason.as_ref()) {
        line(if run.state.waits() { "and" } else { "was held" }, guard);
    }
    line("source", source);
    line("package", &run.package);
    line("takes back", &run.undoes.map_or_else(String::new, |id| format!("run {id}")));
    line("started", &run.started.to_string());
    line("planned", &instant(run.planned));
    if let Some((at, who)) = &run.approved {
        line("approved", &format!("{at} by {who}"));
    }
    line("finished", &instant(run.finished));
    line("published", &instant(run.published));
    text.push('\n');
    text
}

/// What moves at each school, a line for every kind.
fn schools(schools: &Schools, name: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = String::new();
    for (id, kinds) in schools {
        let name = name(id).filter(|name| !name.is_empty());
        let _ = writeln!(text, "\n{}", name.map_or_else(|| id.clone(), |name| format!("{name} ({id})")));
        for (kind, shift) in kinds {
            let _ = writeln!(text, "  {kind:<16}{:>11}{:>11}{:>11}", shift.added, shift.changed, shift.removed);
        }
    }
    text
}

/// A record that a run moves.
struct Change {
    kind: Kind,
    sourced_id: String,
    what: &'static str,
    fields: Vec<Field>,
    values: bool,
}

/// A field whose values differ.
struct Field {
    name: &'static str,
    before: Vec<String>,
    after: Vec<String>,
}

/// Where the records that a run moves are found.
enum Changes {
    Staged(Box<Compared>),
    Written(Timestamp),
    None,
}

impl Changes {
    /// Whatever can fail for good is done before anything is written.
    fn of(roster: &Roster, run: &Run) -> Result<Changes, Failure> {
        Ok(match run.published {
            _ if run.state.waits() => Changes::Staged(Box::new(recompare(roster, run)?)),
            Some(published) => Changes::Written(published),
            None => Changes::None,
        })
    }

    fn each(self, roster: &Roster, which: &Which, each: &mut dyn FnMut(Change)) -> Result<(), Failure> {
        let mut sink = |moved: Moved<'_>| {
            if which.kind.is_none_or(|kind| kind == moved.kind) {
                each(Change::of(&moved, which.show_values));
            }
        };
        match self {
            Changes::Staged(mut compared) => roster.staged_changes(&mut compared, &mut sink)?,
            Changes::Written(published) => roster.changes(published, &mut sink)?,
            Changes::None => {}
        }
        Ok(())
    }
}

impl Change {
    fn of(moved: &Moved<'_>, values: bool) -> Change {
        let what = match (&moved.before, &moved.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        let all = moved.kind.entity().fields;
        let list = |record: &Option<Record>, field: u8| -> Vec<String> {
            record.as_ref().map(|record| record.list(field).map(str::to_owned).collect()).unwrap_or_default()
        };
        let mut fields = Vec::new();
        for (at, field) in all.iter().enumerate() {
            let (before, after) = (list(&moved.before, at as u8), list(&moved.after, at as u8));
            // What must never be shown is not shown here either.
            let secret = field.privacy == Privacy::Secret;
            if before != after {
                let shown = |values: Vec<String>| if secret { Vec::new() } else { values };
                fields.push(Field { name: field.name, before: shown(before), after: shown(after) });
            }
        }
        Change { kind: moved.kind, sourced_id: moved.sourced_id.to_owned(), what, fields, values }
    }

    fn line(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
        let mut text = format!("  {:<8} {} {}", self.what, self.kind.entity().name, self.sourced_id);
        if self.values {
            for field in &self.fields {
                let _ = write!(text, "\n    {}: {} -> {}", field.name, shown(&field.before), shown(&field.after));
            }
        } else if self.what == "changed" {
            let _ = write!(text, ": {}", names.join(", "));
        }
        text.push('\n');
        text
    }

    fn document(&self) -> Value {
        let fields: Vec<Value> = self
            .fields
            .iter()
            .map(|field| {
                if self.values {
                    json!({ "field": field.name, "before": field.before, "after": field.after })
                } else {
                    json!({ "field": field.name })
                }
            })
            .collect();
        json!({
            "entity": self.kind.entity().plural,
            "sourced_id": self.sourced_id,
            "what": self.what,
            "fields": fields,
        })
    }
}

fn shown(values: &[String]) -> String {
    if values.is_empty() { "(nothing)".to_owned() } else { values.join(", ") }
}

/// The findings of a run as they were kept.
fn lines(roster: &Roster, id: i64) -> Result<Box<dyn io::BufRead>, Failure> {
    let kept = roster.archive().findings(id)?;
    kept.ok_or_else(|| Failure::refused(format!("the findings of run {id} are not kept any more")))
}

fn findings(lines: Box<dyn io::BufRead>, each: &mut dyn FnMut(Value)) -> Result<(), Failure> {
    for line in lines.lines() {
        if let Ok(finding) = serde_json::from_str(&line?) {
            each(finding);
        }
    }
    Ok(())
}

fn finding_line(finding: &Value) -> String {
    let text = |name: &str| finding[name].as_str().unwrap_or_default();
    let line = finding["line"].as_u64().map_or_else(String::new, |line| format!(":{line}"));
    format!("  {:<8} {:<4} {}{line} {}\n", text("severity"), text("code"), text("file"), text("message"))
}
