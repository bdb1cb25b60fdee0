//! What is left of writes: of one that came twice, of what was deleted, of what
//! others need.

use super::super::Step;
use super::super::call::Call;
use super::super::look::{Look, id, reference};
use super::super::names::{ID, MODIFIED, STATUS, member, route};
use super::written::{DELETED, MANY, sibling, to};
use oneroster::json::ProblemKind;
use oneroster::model::{Kind, Method, Route, Version};
use oneroster::record::Status;
use oneroster::time::Timestamp;
use serde_json::{Value, json};

/// A write that comes a second time, as clients send it that heard no answer,
/// changes nothing. Only the time of change may move: a provider may set it at
/// every write (rest.md 7.1).
pub(super) fn repeated(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    let kind = route.kind;
    let (new, body) = look.written(kind)?;
    let call = Call::new(route, &[&new]).noted("for the second time");
    let mut before = look.back(kind, &new)?;
    let status = look.put(kind, &new, &body)?;
    look.holds(&call, status == 200 || look.version == Version::V1P2, "it is answered with 201");
    let mut after = look.back(kind, &new)?;
    let times = [time(&mut before), time(&mut after)];
    look.holds(&call, before == after, "the record is not what it was before");
    look.holds(&call, times[0] <= times[1], "dateLastModified goes back");
    let one = look.all(kind)?.filter(&format!("{ID}='{{}}'"), &new);
    let found = look.page(&one)?.records.len();
    look.holds(&call, found == 1, &format!("{found} records have its sourcedId now"));
    Ok(())
}

/// Takes the time of change out of a record.
fn time(record: &mut Value) -> Option<i64> {
    let stamp = record.as_object_mut()?.remove(MODIFIED)?;
    Timestamp::parse(stamp.as_str()?).map(|at| at.0)
}

/// What is written as deleted is deleted, and comes back when it is written
/// again (rest.md 7.1).
pub(super) fn buried(look: &mut Look<'_, '_>) -> Step {
    let (new, body) = look.written(Kind::Category)?;
    let mut dead = body.clone();
    dead[STATUS] = json!(Status::ToBeDeleted.word());
    let note = "with status tobedeleted";
    look.put_by(Kind::Category, &new, &dead, |call| call.noted(note))?;
    let call = Call::new(route!(putCategory), &[&new]).noted(note);
    let read = Call::new(route!(getCategory), &[&new]);
    let answer = look.send(&read)?;
    let told = answer.object().and_then(|body| body.get(read.key().unwrap_or_default()));
    let gone = answer.status == 404 || answer.status == 200 && told.is_some_and(is_dead);
    look.holds(&call, gone, "it is not deleted by that");
    let all = look.all(Kind::Category)?;
    let listed = look.lists(&all, &new)?;
    look.holds(&all, listed.as_ref().is_none_or(is_dead), "what was written as deleted is still there");
    look.put(Kind::Category, &new, &body)?;
    let back = look.back(Kind::Category, &new)?;
    look.holds(&call, id(&back) == new && !is_dead(&back), "it does not come back when it is written again");
    Ok(())
}

fn is_dead(record: &Value) -> bool {
    record[STATUS] == Status::ToBeDeleted.word()
}

/// What others need is not deleted, or they name it no more (rest.md 7.4).
pub(super) fn in_use(look: &mut Look<'_, '_>) -> Step {
    let (category, _) = look.written(Kind::Category)?;
    let item = look.new_id()?;
    let mut body = look.body(Kind::LineItem, &item)?;
    let name = member!(LineItem.category);
    body[name] = to(&category);
    look.put(Kind::LineItem, &item, &body)?;
    let call = Call::new(route!(deleteCategory), &[&category]).noted("which a line item names");
    let answer = look.send(&call)?;
    look.is_granted(&call, &answer)?;
    // The line item stays in any case.
    let names = reference(&look.back(Kind::LineItem, &item)?, name) == category;
    match answer.status {
        status if DELETED.contains(&status) => {
            look.holds(&call, !names, "it is gone, and the line item still names it");
            return Ok(());
        }
        422 => look.status_info(&call, &answer, Some(ProblemKind::DeleteFailure)),
        status => look.fault_of(&call, &format!("status {status} instead of 422")),
    }
    look.holds(&call, names, "the deletion is refused, and the line item no longer names it");
    look.back(Kind::Category, &category)?;
    look.delete(Kind::LineItem, &item)?;
    look.delete(Kind::Category, &category)?;
    Ok(())
}

/// What was deleted comes as deleted in the delta since its last change.
pub(super) fn tombstones(look: &mut Look<'_, '_>) -> Step {
    for kind in [Kind::Category, Kind::LineItem, Kind::Result] {
        let (new, _) = look.written(kind)?;
        let stamp = look.back(kind, &new)?[MODIFIED].as_str().unwrap_or_default().to_owned();
        look.delete(kind, &new)?;
        let Some(route) = sibling(kind, Method::Delete) else { continue };
        let deletion = Call::new(route, &[&new]);
        let delta = look.all(kind)?.with("limit", MANY).filter(&format!("{MODIFIED}>='{{}}'"), &stamp);
        let page = look.page(&delta)?;
        let found: Vec<&Value> = page.records.iter().filter(|record| id(record) == new).collect();
        let [record] = found.as_slice() else {
            look.fault_of(&delta, &format!("a deleted record comes {} times instead of once", found.len()));
            continue;
        };
        look.holds(&delta, is_dead(record), "a deleted record does not have the status tobedeleted");
        look.shape(&delta, kind, record, false);
        let at = |text: &str| Timestamp::parse(text).map(|at| at.0);
        let moved = record[MODIFIED].as_str().and_then(at) >= at(&stamp);
        look.holds(&deletion, moved, "dateLastModified is not later than before");
    }
    Ok(())
}
