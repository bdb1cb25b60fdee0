//! What was found, for people and for scripts.

use super::missing::{Absent, Missing};
use super::{Match, Setting, live, name};
use crate::output::Failure;
use homeroom_store::gradebook::{Entry, Log};
use homeroom_store::{Roster, Stored};
use oneroster::at;
use oneroster::model::{Kind, Privacy, Service};
use oneroster::record::{Record, Status};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// So many members of a class are named.
const MEMBERS: usize = 40;

pub(super) fn show(
    setting: &Setting,
    roster: &Roster,
    values: bool,
    count: u64,
    matches: &[Match],
    (missing, written): (&Missing, &[Log]),
) -> Result<(), Failure> {
    let (mut documents, mut text) = (Vec::new(), String::new());
    for one in matches {
        let told = Told::of(roster, one, values)?;
        text.push_str(&told.text(one));
        documents.push(told.document(one));
    }
    if count > matches.len() as u64 {
        let _ = writeln!(text, "and {} more; look for something more particular\n", count - matches.len() as u64);
    }
    let mut absent = Vec::new();
    for one in &missing.all {
        text.push_str(&absent_text(one));
        absent.push(absent_document(one));
    }
    if missing.count > missing.all.len() {
        let _ = writeln!(text, "and {} more that are not in the roster", missing.count - missing.all.len());
    }
    written.iter().for_each(|log| text.push_str(&log_text(log)));
    let written: Vec<Value> = written.iter().map(log_document).collect();
    let document = json!({
        "found": count,
        "matches": documents,
        "missing": absent,
        "missing_found": missing.count,
        "gradebook": written,
    });
    setting.output.result(&document, &text)?;
    Ok(())
}

/// What is told of a match beside what it holds itself.
struct Told {
    source: String,
    roles: Vec<Value>,
    classes: Vec<Value>,
    /// Members of a class, by role.
    counts: BTreeMap<String, u64>,
    members: Vec<Value>,
    records: Vec<Value>,
    fields: Option<Map<String, Value>>,
}

impl Told {
    fn of(roster: &Roster, one: &Match, values: bool) -> Result<Told, Failure> {
        let source = roster.owner(one.stored.owner)?.map(|owner| owner.name().to_owned()).unwrap_or_default();
        let mut told = Told {
            source,
            roles: Vec::new(),
            classes: Vec::new(),
            counts: BTreeMap::new(),
            members: Vec::new(),
            records: Vec::new(),
            fields: values.then(|| fields(&one.stored.record)),
        };
        for other in &one.around {
            told.add(roster, one.stored.record.kind(), other, values)?;
        }
        Ok(told)
    }

    /// Sorts a record around a match to where it is told.
    fn add(&mut self, roster: &Roster, of: Kind, other: &Stored, values: bool) -> Result<(), Failure> {
        let record = &other.record;
        let text = |field: u8| record.get(field).unwrap_or_default();
        let named = |kind: Kind, id: &str| -> Result<String, Failure> {
            Ok(roster.stored(kind, id)?.map(|stored| name(&stored.record)).unwrap_or_default())
        };
        match (of, record.kind()) {
            (Kind::User, Kind::Enrollment) if live(other) => {
                let class = text(at!(Enrollment.class));
                let title = named(Kind::Class, class)?;
                self.classes.push(json!({ "class": class, "title": title, "role": text(at!(Enrollment.role)) }));
            }
            (Kind::Class, Kind::Enrollment) if live(other) => {
                *self.counts.entry(text(at!(Enrollment.role)).to_owned()).or_default() += 1;
                if self.members.len() < MEMBERS {
                    let user = text(at!(Enrollment.user));
                    let mut member = json!({ "user": user, "role": text(at!(Enrollment.role)) });
                    if values {
                        member["name"] = json!(named(Kind::User, user)?);
                    }
                    self.members.push(member);
                }
            }
            (Kind::User, Kind::Role) if live(other) => {
                let org = text(at!(Role.org));
                let title = named(Kind::Org, org)?;
                self.roles.push(json!({ "role": text(at!(Role.role)), "org": org, "org_name": title }));
            }
            _ => {}
        }
        // Members of a class and scores are many; they are counted elsewhere.
        let entity = record.kind().entity();
        if entity.service == Service::Rostering && record.kind() != Kind::Enrollment {
            self.records.push(json!({
                "entity": entity.plural,
                "sourced_id": record.sourced_id,
                "status": status(other),
            }));
        }
        Ok(())
    }

    fn document(&self, one: &Match) -> Value {
        let record = &one.stored.record;
        let run =
            one.run.as_ref().map(|run| json!({ "run": run.id, "what": run.deed.word(), "state": run.state.word() }));
        let rows: Vec<Value> =
            one.rows.iter().map(|row| json!({ "run": row.run, "file": row.file, "line": row.line })).collect();
        let mut document = json!({
            "entity": record.kind().entity().plural,
            "sourced_id": record.sourced_id,
            "name": name(record),
            "status": status(&one.stored),
            "source": self.source,
            "last_changed": one.stored.published.to_string(),
            "last_run": run,
            "roles": self.roles,
            "classes": self.classes,
            "members": { "by_role": self.counts, "first": self.members },
            "records": self.records,
            "rows": rows,
            "apps": one.apps,
        });
        if let Some(fields) = &self.fields {
            document["fields"] = json!(fields);
        }
        document
    }

    fn text(&self, one: &Match) -> String {
        let record = &one.stored.record;
        let mut text = format!("{} ({} {})\n", name(record), record.kind().entity().name, record.sourced_id);
        let mut line = |what: &str, value: String| {
            if !value.is_empty() {
                let _ = writeln!(text, "  {what:<9} {value}");
            }
        };
        let standing = if live(&one.stored) { "in the roster" } else { "removed" };
        line("status", format!("{standing}; from source \"{}\"", self.source));
        line("last run", last(one));
        let word = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        for role in &self.roles {
            line("role", format!("{} at {} ({})", word(role, "role"), word(role, "org_name"), word(role, "org")));
        }
        for class in &self.classes {
            line("class", format!("{} in {} ({})", word(class, "role"), word(class, "title"), word(class, "class")));
        }
        for (role, count) in &self.counts {
            line("members", format!("{count} {role}"));
        }
        for member in &self.members {
            line("member", format!("{} {} {}", word(member, "role"), word(member, "user"), word(member, "name")));
        }
        for other in &self.records {
            line(
                "record",
                format!("{} {}, {}", word(other, "entity"), word(other, "sourced_id"), word(other, "status")),
            );
        }
        for row in &one.rows {
            line("row", format!("{}, line {}, of run {}", row.file, row.line, row.run));
        }
        if one.rows.is_empty() && live(&one.stored) {
            line("row", "in no package that is kept of the last run of its source".to_owned());
        }
        match one.apps.as_deref() {
            Some([]) => line("seen by", "no application".to_owned()),
            Some(apps) => line("seen by", apps.join(", ")),
            None => {}
        }
        for (name, value) in self.fields.iter().flatten() {
            line("field", format!("{name}: {}", value.as_array().map(|all| list(all)).unwrap_or_default()));
        }
        text.push('\n');
        text
    }
}

fn list(values: &[Value]) -> String {
    values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

/// The run that last touched a match, in words.
fn last(one: &Match) -> String {
    let did = if live(&one.stored) { "touched" } else { "removed" };
    let at = one.stored.published;
    match &one.run {
        Some(run) => format!(
            "{} {did} it at {at}; see: homeroom runs show {}",
            run.id.unwrap_or_default(),
            run.id.unwrap_or_default()
        ),
        None => format!("not kept any more; {did} at {at}"),
    }
}

fn status(stored: &Stored) -> &'static str {
    if live(stored) { "active" } else { "tobedeleted" }
}

/// What a record says, but for what must never be shown.
fn fields(record: &Record) -> Map<String, Value> {
    let all = record.kind().entity().fields.iter().enumerate();
    let shown = all.filter(|(_, field)| field.privacy != Privacy::Secret);
    shown
        .map(|(at, field)| (field.name.to_owned(), record.list(at as u8).map(Value::from).collect::<Vec<_>>()))
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| (name, Value::from(values)))
        .collect()
}

/// Who wrote a record of the gradebook, and when.
fn log_document(log: &Log) -> Value {
    let entry = |entry: &Entry| {
        json!({
            "at": entry.published.to_string(),
            "status": entry.status.word(),
            "by": { "kind": entry.by.word(), "name": entry.by.name() },
        })
    };
    json!({
        "entity": log.kind.entity().plural,
        "sourced_id": log.sourced_id,
        "changes": log.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn log_text(log: &Log) -> String {
    let mut text = format!("{} {}\n", log.kind.entity().name, log.sourced_id);
    for entry in &log.entries {
        let did = if entry.status == Status::Active { "written" } else { "deleted" };
        let _ = writeln!(text, "  {did:<9} at {} by {}", entry.published, entry.by);
    }
    text.push('\n');
    text
}

fn absent_document(one: &Absent) -> Value {
    let row = one.row.as_ref();
    json!({
        "entity": row.map(|row| row.record.kind().entity().plural),
        "sourced_id": one.sourced_id,
        "name": row.map(|row| name(&row.record)),
        "run": one.run,
        "file": row.map(|row| row.file.as_str()),
        "line": row.map(|row| row.line),
        "why": one.why,
        "findings": one.findings,
    })
}

fn absent_text(one: &Absent) -> String {
    let name = one.row.as_ref().map(|row| name(&row.record)).unwrap_or_default();
    let mut text = format!("{} ({}): not in the roster\n", if name.is_empty() { "?" } else { &name }, one.sourced_id);
    match &one.row {
        Some(row) => {
            let _ = writeln!(text, "  {:<9} {}, line {}, of run {}", "row", row.file, row.line, one.run);
        }
        None => {
            let _ = writeln!(text, "  {:<9} {}", "run", one.run);
        }
    }
    for why in &one.why {
        let _ = writeln!(text, "  {:<9} {why}", "why");
    }
    text.push('\n');
    text
}
