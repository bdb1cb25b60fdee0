//! `homeroom runs show`: one run, whole.

use super::super::Setting;
use super::{Which, brief};
use crate::intake::{next, open_run, plan_table, recompare};
use crate::output::{Failure, Status};
use homeroom_store::{Moved, Roster, Run, Schools};
use oneroster::model::{Kind, Privacy};
use oneroster::record::Record;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::BufRead as _;

/// So many changed records are shown to people; a document has them all.
const SHOWN: usize = 200;

pub(super) fn show(setting: &Setting, roster: &Roster, id: i64, which: &Which) -> Result<Status, Failure> {
    let run = open_run(roster, id)?;
    let source = roster.source_name(run.source)?.unwrap_or_default();
    let names = roster.org_names()?;
    let mut document = brief(&run, &source);
    document["schools"] = json!(run.schools);
    let mut text = heading(&run, &source);
    text.push_str(&plan_table(&run.plan));
    text.push_str(&schools(&run.schools, &|id| names.get(id).cloned()));
    if which.changes {
        let (changes, more) = changes(setting, roster, &run, which)?;
        let _ = write!(text, "\nchanges\n{}", changes.iter().map(Change::line).collect::<String>());
        if more > 0 {
            let _ = writeln!(text, "and {more} more; --json has them all");
        }
        document["changes"] = changes.iter().map(Change::document).collect();
    }
    if which.findings {
        let findings = findings(roster, id)?;
        let _ = write!(text, "\nfindings\n{}", findings.iter().map(finding_line).collect::<String>());
        document["all_findings"] = findings.into();
    }
    let next = next(run.state, id);
    document["next"] = json!(next.trim());
    let _ = write!(text, "\n{}", next.trim());
    setting.output.result(&document, &text)?;
    Ok(Status::Done)
}

fn heading(run: &Run, source: &str) -> String {
    let mut text = format!("run        {}\n", run.id.unwrap_or_default());
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<10} {value}");
        }
    };
    let instant = |at: Option<oneroster::time::Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    let reason = run.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    line("state", &format!("{}{reason}", run.state.word()));
    for guard in run.guards.iter().filter(|guard| Some(*guard) != run.reason.as_ref()) {
        line("", &format!("also: {guard}"));
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

/// The records that a run moves, and how many more there are for people.
fn changes(setting: &Setting, roster: &Roster, run: &Run, which: &Which) -> Result<(Vec<Change>, usize), Failure> {
    let (mut found, mut more) = (Vec::new(), 0);
    let most = if setting.output.json { usize::MAX } else { SHOWN };
    let mut sink = |moved: Moved<'_>| {
        if which.kind.is_some_and(|kind| kind != moved.kind) {
            return;
        }
        if found.len() < most {
            found.push(Change::of(&moved, which.show_values));
        } else {
            more += 1;
        }
    };
    if run.state.waits() {
        let mut compared = recompare(roster, run)?;
        roster.staged_changes(&mut compared, &mut sink)?;
    } else if let Some(published) = run.published {
        roster.changes(published, &mut sink)?;
    }
    found.sort_by(|a, b| (a.kind, &a.sourced_id).cmp(&(b.kind, &b.sourced_id)));
    Ok((found, more))
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

fn findings(roster: &Roster, id: i64) -> Result<Vec<Value>, Failure> {
    let Some(lines) = roster.archive().findings(id)? else {
        return Err(Failure::refused(format!("the findings of run {id} are not kept any more")));
    };
    let mut all = Vec::new();
    for line in lines.lines() {
        all.extend(serde_json::from_str::<Value>(&line?).ok());
    }
    Ok(all)
}

fn finding_line(finding: &Value) -> String {
    let text = |name: &str| finding[name].as_str().unwrap_or_default();
    let line = finding["line"].as_u64().map_or_else(String::new, |line| format!(":{line}"));
    format!("  {:<8} {:<4} {}{line} {}\n", text("severity"), text("code"), text("file"), text("message"))
}
