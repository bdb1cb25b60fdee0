//! What a request means for the roster as it stands: the steps, or why not.

use super::inside;
use super::known::{Found, Known};
use super::lines::Step;
use super::{APPLICATIONS, Done, Refused, Task, Verdict, When, Write, complete};
use crate::Result;
use crate::intake::{inside as rows_inside, shown_in};
use crate::schema::{Content, columns};
use oneroster::model;
use oneroster::model::{Kind, Parent, View};
use oneroster::record::{Record, Status};
use std::rc::Rc;

/// What is to become of a request.
pub(super) enum Judged {
    /// These steps; then it is done.
    Steps(Done, Vec<Step>),
    /// Nothing.
    Refused(Refused),
    /// It waits for the next group.
    Later,
}

/// Ends the judgement of a request early.
macro_rules! held {
    ($checked:expr) => {
        match $checked {
            Ok(value) => value,
            Err(refused) => return Ok(Judged::Refused(refused)),
        }
    };
}

/// Judges a request of an application that owns what it writes by a number.
pub(super) fn judge(known: &mut Known<'_, '_>, write: &Write, owner: u32) -> Result<Judged> {
    known.ask_for(write.view);
    let judged = match &write.task {
        Task::Put(record) if record.status == Status::ToBeDeleted => bury(known, write, record, owner),
        Task::Put(record) => put(known, write, record, owner),
        Task::Post { parents, records } => post(known, write, parents, records, owner),
        Task::Delete { kind, sourced_id } => delete(known, write, *kind, sourced_id, owner),
    }?;
    Ok(if known.unsure { Judged::Later } else { judged })
}

fn put(known: &mut Known<'_, '_>, write: &Write, record: &Record, owner: u32) -> Result<Judged> {
    let found = known.get(record.kind(), &record.sourced_id)?;
    if let Some(found) = &found {
        if known.is_taken(found.kind, found.rid) {
            return Ok(Judged::Later);
        }
        if found.live && !known.shows(found)? {
            return Ok(Judged::Refused(Refused::Unknown));
        }
        held!(own(known, found)?);
    }
    held!(condition(&write.when, found.as_deref()));
    let live = found.as_ref().is_some_and(|found| found.live);
    let steps = held!(written(known, write, record.clone(), found, owner)?);
    if taken(known, &steps) {
        return Ok(Judged::Later);
    }
    Ok(Judged::Steps(if live { Done::Replaced } else { Done::Created }, steps))
}

/// The steps that put a record in its place; none if it stands so already.
fn written(
    known: &mut Known<'_, '_>,
    write: &Write,
    mut record: Record,
    found: Option<Rc<Found>>,
    owner: u32,
) -> Result<std::result::Result<Vec<Step>, Refused>> {
    if let Some(stored) = found.as_ref().filter(|found| found.live && !write.unseen.is_empty()).and_then(|f| f.record())
    {
        for field in &write.unseen {
            stored.list(*field).for_each(|value| record.push(*field, value));
        }
    }
    let mut steps = Vec::new();
    if let Err(refused) = complete::complete(known, write.version, &mut record, owner, &mut steps)? {
        return Ok(Err(refused));
    }
    let (rows, digest) = inside::rows(&mut record);
    if found.as_ref().is_some_and(|found| found.live && found.digest == digest) {
        return Ok(Ok(Vec::new()));
    }
    let before = match &found {
        Some(found) if found.live => inside::stored(known, found)?,
        _ => Vec::new(),
    };
    steps.push(Step::Write { record, digest, found, owner });
    steps.extend(inside::steps(known, before, rows, owner)?);
    Ok(Ok(steps))
}

/// A put of a deleted record deletes it (rest.md 7.1).
fn bury(known: &mut Known<'_, '_>, write: &Write, record: &Record, owner: u32) -> Result<Judged> {
    Ok(match delete(known, write, record.kind(), &record.sourced_id, owner)? {
        Judged::Steps(_, steps) => Judged::Steps(Done::Replaced, steps),
        Judged::Refused(Refused::Unknown) => match known.get(record.kind(), &record.sourced_id)? {
            Some(found) if known.shows(&found)? => Judged::Steps(Done::Replaced, Vec::new()),
            _ => Judged::Refused(Refused::Unknown),
        },
        other => other,
    })
}

fn post(
    known: &mut Known<'_, '_>,
    write: &Write,
    parents: &[(&'static Parent, String)],
    records: &[Record],
    owner: u32,
) -> Result<Judged> {
    for (parent, id) in parents {
        let found = known.live(parent.kind, id)?;
        if !found.is_some_and(|found| shows(parent, &found)) {
            return Ok(Judged::Refused(Refused::Unknown));
        }
    }
    let mut steps = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let place = |refused| match refused {
            Refused::Wrong { member, text } => {
                Refused::Wrong { member: format!("{}[{at}].{member}", record.kind().entity().plural), text }
            }
            other => other,
        };
        held!(complete::below(known, parents, record)?.map_err(place));
        steps.extend(held!(written(known, write, record.clone(), None, owner)?.map_err(place)));
    }
    Ok(if taken(known, &steps) { Judged::Later } else { Judged::Steps(Done::Created, steps) })
}

/// Whether a record is of the view by which a path names it.
fn shows(parent: &Parent, found: &Found) -> bool {
    match parent.view {
        Some(View::Typed(word)) => {
            let entity = found.kind.entity();
            let ty = (0u8..).zip(entity.fields).find(|(_, field)| field.name == "type");
            ty.is_some_and(|(at, _)| found.record().is_some_and(|record| record.get(at) == Some(word)))
        }
        _ => true,
    }
}

fn delete(known: &mut Known<'_, '_>, write: &Write, kind: Kind, id: &str, owner: u32) -> Result<Judged> {
    let Some(found) = known.get(kind, id)? else { return Ok(Judged::Refused(Refused::Unknown)) };
    if known.is_taken(kind, found.rid) || known.is_in_use(kind, found.rid) {
        return Ok(Judged::Later);
    }
    if !found.live || !known.shows(&found)? {
        return Ok(Judged::Refused(Refused::Unknown));
    }
    held!(own(known, &found)?);
    held!(condition(&write.when, Some(&found)));
    let mut steps = Vec::new();
    for other in Kind::all() {
        for column in columns(other).iter().filter(|column| column.content == Content::RowId(kind)) {
            if shown_in(other).is_some_and(|(parent, _)| parent == kind) {
                continue;
            }
            if !goes_along(kind, other) {
                if known.is_named(other, &column.name, found.rid)? {
                    return Ok(Judged::Refused(needed(kind, other)));
                }
                continue;
            }
            for graded in known.naming(other, &column.name, found.rid)? {
                if let Err(Refused::Foreign(source)) = own(known, &graded)? {
                    let text =
                        format!("The source \"{source}\" owns {} of it, which would go along.", other.entity().plural);
                    return Ok(Judged::Refused(Refused::Needed(text)));
                }
                remove(known, Rc::new(graded), owner, &mut steps)?;
            }
        }
    }
    remove(known, found, owner, &mut steps)?;
    Ok(if taken(known, &steps) { Judged::Later } else { Judged::Steps(Done::Deleted, steps) })
}

/// What is graded takes its scores along (rest.md 7.4).
fn goes_along(kind: Kind, other: Kind) -> bool {
    matches!((kind, other), (Kind::LineItem, Kind::Result) | (Kind::AssessmentLineItem, Kind::AssessmentResult))
}

fn needed(kind: Kind, other: Kind) -> Refused {
    let user = shown_in(other).map_or(other, |(parent, _)| parent).entity().plural;
    Refused::Needed(format!("{user} name this {}; change or delete them first.", kind.entity().name))
}

fn remove(known: &mut Known<'_, '_>, found: Rc<Found>, owner: u32, steps: &mut Vec<Step>) -> Result<()> {
    if !rows_inside(found.kind).is_empty() {
        let rows = inside::stored(known, &found)?;
        steps.extend(rows.into_iter().map(|found| Step::Remove { found, owner }));
    }
    steps.push(Step::Remove { found, owner });
    Ok(())
}

/// Whether this group changes a row of the steps already.
fn taken(known: &Known<'_, '_>, steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Write { found: Some(found), .. } | Step::Remove { found, .. } => known.is_taken(found.kind, found.rid),
        Step::Write { .. } => false,
    })
}

/// Records of a source are its own to change.
fn own(known: &mut Known<'_, '_>, found: &Found) -> Result<Verdict> {
    if found.owner >= APPLICATIONS {
        return Ok(Ok(Done::Replaced));
    }
    let name = super::owner(known.work, found.owner)?.map(|owner| owner.name().to_owned()).unwrap_or_default();
    Ok(Err(Refused::Foreign(name)))
}

fn condition(when: &When, found: Option<&Found>) -> std::result::Result<(), Refused> {
    let live = found.filter(|found| found.live);
    let holds = match when {
        When::Always => true,
        When::Present => live.is_some(),
        When::Absent => live.is_none(),
        When::Unchanged(seen) => live.is_some_and(|found| seen.iter().any(|seen| seen.0 >= found.published)),
    };
    if holds { Ok(()) } else { Err(Refused::Condition) }
}

/// The name of a field of a kind.
pub(super) fn member(kind: Kind, field: u8) -> &'static str {
    kind.entity().field(model::Slot::Own(field)).name
}
