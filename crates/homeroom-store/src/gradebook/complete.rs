//! The references of a record that is written: each must lead to a live record
//! of the right kind, and what callers leave out is filled from what they lead
//! to (rest.md 2.1, T14, T15).

use super::Refused;
use super::known::{Found, Known};
use super::lines::Step;
use crate::Result;
use oneroster::compat::GRADING_PERIOD;
use oneroster::model::{Kind, Parent, Type, Version};
use oneroster::record::Record;
use oneroster::time::Date;
use oneroster::{at, compat};
use std::rc::Rc;

/// Whether a record may stand as it is.
type Checked = std::result::Result<(), Refused>;

/// The category of line items that name none, which only 1.1 allows. It is made
/// when the first one is written.
const UNCATEGORIZED: (&str, &str) = ("uncategorized", "Uncategorized");
/// So many levels of sessions or assessments are followed upwards.
const LEVELS: usize = 32;

/// Fills and checks the references of a record. Steps that must come before it
/// are added to `before`.
pub(super) fn complete(
    known: &mut Known<'_, '_>,
    version: Version,
    record: &mut Record,
    owner: u32,
    before: &mut Vec<Step>,
) -> Result<Checked> {
    match record.kind() {
        Kind::LineItem => {
            if let Err(refused) = line_item(known, version, record, owner, before)? {
                return Ok(Err(refused));
            }
        }
        Kind::ScoreScale => {
            let class = named(known, record, at!(ScoreScale.class))?;
            let school = class.and_then(|class| class.get(at!(Class.school)).map(str::to_owned));
            record.set(at!(ScoreScale.org), school.as_deref().unwrap_or_default());
        }
        _ => {}
    }
    if let Err(refused) = references(known, record, before)? {
        return Ok(Err(refused));
    }
    match record.kind() {
        Kind::Result => result(known, record),
        Kind::AssessmentLineItem => assessment(known, record),
        _ => Ok(Ok(())),
    }
}

/// The live record that a field names.
fn named(known: &mut Known<'_, '_>, record: &Record, field: u8) -> Result<Option<Record>> {
    let Some(kind) = record.kind().entity().fields.get(usize::from(field)).and_then(|field| field.target()) else {
        return Ok(None);
    };
    let Some(id) = record.get(field) else { return Ok(None) };
    Ok(known.live(kind, id)?.and_then(|found| found.record()))
}

/// Every reference leads to a live record.
fn references(known: &mut Known<'_, '_>, record: &Record, before: &[Step]) -> Result<Checked> {
    for (at, field) in (0u8..).zip(record.kind().entity().fields) {
        let target = match field.ty {
            Type::Ref(kind, _) => kind,
            Type::Through(link) => match crate::intake::link_target(link).and_then(|at| target(link, at)) {
                Some(kind) => kind,
                None => continue,
            },
            _ => continue,
        };
        for id in record.list(at) {
            let made = |step: &Step| matches!(step, Step::Write { record, .. } if record.kind() == target && record.sourced_id == id);
            if known.live(target, id)?.is_none() && !before.iter().any(made) {
                let text = format!(
                    "It names no {} that is here; write that one first, or name another.",
                    target.entity().name
                );
                return Ok(Err(Refused::wrong(field.name, text)));
            }
        }
    }
    Ok(Ok(()))
}

fn target(kind: Kind, field: u8) -> Option<Kind> {
    kind.entity().fields.get(usize::from(field))?.target()
}

fn line_item(
    known: &mut Known<'_, '_>,
    version: Version,
    item: &mut Record,
    owner: u32,
    before: &mut Vec<Step>,
) -> Result<Checked> {
    let Some(class) = named(known, item, at!(LineItem.class))? else {
        // What is wrong with it is told with the other references.
        return Ok(Ok(()));
    };
    let school = class.get(at!(Class.school));
    if let Err(refused) = sessions(known, version, item, school)? {
        return Ok(Err(refused));
    }
    if item.get(at!(LineItem.academicSession)).is_none()
        && let Some(session) = session_of(known, &class, item)?
    {
        item.set(at!(LineItem.academicSession), &session);
    }
    let session = named(known, item, at!(LineItem.academicSession))?;
    if item.get(at!(LineItem.gradingPeriod)).is_none() {
        compat::name_grading_period(item, session.as_ref().and_then(|session| session.get(at!(AcademicSession.type))));
    }
    if let Some(named) = item.get(at!(LineItem.school)).filter(|named| Some(*named) != school).map(str::to_owned) {
        let org = known.live(Kind::Org, &named)?.and_then(|found| found.record());
        if org.is_some_and(|org| org.get(at!(Org.type)) != Some("school")) {
            return Ok(Err(Refused::wrong("school", "It names an org that is not a school.")));
        }
    }
    if item.get(at!(LineItem.category)).is_none() {
        item.set(at!(LineItem.category), UNCATEGORIZED.0);
        before.extend(uncategorized(known, owner)?);
    }
    Ok(Ok(()))
}

/// The session and the grading period as they are stored (csv.md 6.3), the
/// school of the class where none is named.
fn sessions(known: &mut Known<'_, '_>, version: Version, item: &mut Record, school: Option<&str>) -> Result<Checked> {
    let period = named(known, item, at!(LineItem.gradingPeriod))?;
    let other = period.as_ref().is_some_and(|period| !is_grading_period(period));
    match version {
        Version::V1P1 => {
            compat::upgrade_line_item(item, school);
            if other {
                item.set(at!(LineItem.gradingPeriod), "");
            }
        }
        Version::V1P2 => {
            if other {
                let text = "It names a session that is not a grading period; academicSession may name any.";
                return Ok(Err(Refused::wrong("gradingPeriod", text)));
            }
            compat::settle_session(item);
            if let (Some(school), None) = (school, item.get(at!(LineItem.school))) {
                item.set(at!(LineItem.school), school);
            }
        }
    }
    Ok(Ok(()))
}

fn is_grading_period(session: &Record) -> bool {
    session.get(at!(AcademicSession.type)) == Some(GRADING_PERIOD)
}

/// The session in which the work of a class is due: a grading period of its
/// terms, else a term, that holds the day, or the last one begun by then.
fn session_of(known: &mut Known<'_, '_>, class: &Record, item: &Record) -> Result<Option<String>> {
    let due = item.get(at!(LineItem.dueDate)).and_then(|due| due.get(..10)).and_then(Date::parse);
    let mut candidates: Vec<Record> = Vec::new();
    for term in class.list(at!(Class.terms)) {
        let Some(term) = known.live(Kind::AcademicSession, term)? else { continue };
        let parent = member_name(at!(AcademicSession.parent));
        let below = known.naming(Kind::AcademicSession, parent, term.rid)?;
        candidates.extend(below.iter().filter_map(Found::record).filter(is_grading_period));
        candidates.extend(term.record());
    }
    let day = |session: &Record, field: u8| session.get(field).and_then(Date::parse).map(|date| date.0);
    let fits = |session: &&Record| {
        let Some(due) = due else { return false };
        let begun = day(session, at!(AcademicSession.startDate)).is_some_and(|start| start <= due.0);
        begun && day(session, at!(AcademicSession.endDate)).is_some_and(|end| due.0 < end)
    };
    let begun = |session: &&Record| {
        due.is_some_and(|due| day(session, at!(AcademicSession.startDate)).is_some_and(|s| s <= due.0))
    };
    let chosen = candidates.iter().find(fits);
    let last = || candidates.iter().filter(begun).max_by_key(|session| day(session, at!(AcademicSession.startDate)));
    Ok(chosen.or_else(last).or(candidates.first()).map(|session| session.sourced_id.clone()))
}

fn member_name(field: u8) -> &'static str {
    super::judge::member(Kind::AcademicSession, field)
}

fn uncategorized(known: &mut Known<'_, '_>, owner: u32) -> Result<Option<Step>> {
    let (id, title) = UNCATEGORIZED;
    let found = known.get(Kind::Category, id)?;
    if found.as_ref().is_some_and(|found| found.live) {
        return Ok(None);
    }
    let mut record = Record::new(Kind::Category);
    record.sourced_id.push_str(id);
    record.push(at!(Category.title), title);
    let digest = record.digest();
    Ok(Some(Step::Write { record, digest, found, owner }))
}

/// A result of 1.2 may name its class, which is that of the line item.
fn result(known: &mut Known<'_, '_>, result: &Record) -> Result<Checked> {
    let Some(class) = result.get(at!(Result.class)) else { return Ok(Ok(())) };
    let item = named(known, result, at!(Result.lineItem))?;
    let same = item.is_none_or(|item| item.get(at!(LineItem.class)) == Some(class));
    Ok(if same { Ok(()) } else { Err(Refused::wrong("class", "The line item is of another class.")) })
}

/// A test may not be a part of itself.
fn assessment(known: &mut Known<'_, '_>, test: &Record) -> Result<Checked> {
    let mut above = test.get(at!(AssessmentLineItem.parentAssessmentLineItem)).map(str::to_owned);
    for _ in 0..LEVELS {
        let Some(id) = above else { return Ok(Ok(())) };
        if id == test.sourced_id {
            break;
        }
        let parent = known.live(Kind::AssessmentLineItem, &id)?.and_then(|found| found.record());
        above = parent.and_then(|p| p.get(at!(AssessmentLineItem.parentAssessmentLineItem)).map(str::to_owned));
    }
    let text = "It would make the test a part of itself, or a part of parts without end.";
    Ok(Err(Refused::wrong("parentAssessmentLineItem", text)))
}

/// Whether a record that is posted belongs below what the path names, beyond
/// what its own members say.
pub(super) fn below(
    known: &mut Known<'_, '_>,
    parents: &[(&'static Parent, String)],
    record: &Record,
) -> Result<Checked> {
    let path = |kind: Kind| parents.iter().find(|(parent, _)| parent.kind == kind).map(|(_, id)| id.as_str());
    match record.kind() {
        Kind::LineItem => {
            let class = named(known, record, at!(LineItem.class))?;
            let other = |school| class.is_some_and(|class| class.get(at!(Class.school)) != Some(school));
            if path(Kind::Org).is_some_and(other) {
                return Ok(Err(Refused::wrong("class", "It names a class of another school than the path.")));
            }
        }
        Kind::Result => {
            let item = named(known, record, at!(Result.lineItem))?;
            if let (Some(item), Some(session)) = (item, path(Kind::AcademicSession))
                && !counts_in(known, &item, session)?
            {
                return Ok(Err(Refused::wrong("lineItem", "It names a line item of another session than the path.")));
            }
        }
        _ => {}
    }
    Ok(Ok(()))
}

/// Whether a line item counts in a session, or in one below it.
fn counts_in(known: &mut Known<'_, '_>, item: &Record, session: &str) -> Result<bool> {
    for field in [at!(LineItem.academicSession), at!(LineItem.gradingPeriod)] {
        let mut next = item.get(field).map(str::to_owned);
        for _ in 0..LEVELS {
            let Some(id) = next else { break };
            if id == session {
                return Ok(true);
            }
            let above = known.live(Kind::AcademicSession, &id)?.and_then(|found| Rc::clone(&found).record());
            next = above.and_then(|s| s.get(at!(AcademicSession.parent)).map(str::to_owned));
        }
    }
    Ok(false)
}
