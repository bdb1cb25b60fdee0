//! The gradebook, written: rest.md 7, and what consumers write. All that is
//! written is taken back.

use super::super::Step;
use super::super::call::{Call, UNKNOWN, Way};
use super::super::look::{Look, id, reference};
use super::super::names::{ID, MODIFIED, member, route};
use super::written::{DAY, STORED, sibling, take_back, to};
use oneroster::json::ProblemKind;
use oneroster::model::{Kind, Method, Route, Shape, Version};
use serde_json::json;

pub(super) fn puts(route: &Route) -> bool {
    route.shape == Shape::Put
}

/// Each class that is written: created, read back, replaced, deleted, gone.
pub(super) fn whole_life(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    let kind = route.kind;
    let (new, mut body) = look.written(kind)?;
    let call = Call::new(route, &[&new]);
    let stored = look.back(kind, &new)?;
    look.shape(&call, kind, &stored, false);
    look.holds(&call, id(&stored) == new, "it comes back under another sourcedId");
    let title = member!(Category.title);
    let (name, value) = match kind {
        Kind::Result | Kind::AssessmentResult => (member!(Result.score), json!(81.25)),
        _ => (title, json!("Conformance, once more")),
    };
    body[name] = value.clone();
    let status = look.put(kind, &new, &body)?;
    look.holds(&call, STORED.contains(&status), "it cannot be replaced");
    let again = look.back(kind, &new)?;
    look.holds(&call, again[name] == value, "what replaced it does not come back");
    look.delete(kind, &new)?;
    if let Some(read) = sibling(kind, Method::Get) {
        look.refused(&Call::new(read, &[&new]), ProblemKind::UnknownObject)?;
    }
    Ok(())
}

/// T14 and T15: a line item as Google writes it.
pub(super) fn line_item(look: &mut Look<'_, '_>) -> Step {
    let new = look.new_id()?;
    let body = look.body(Kind::LineItem, &new)?;
    let call = Call::new(route!(putLineItem), &[&new]);
    let status = look.put(Kind::LineItem, &new, &body)?;
    look.holds(&call, status == 201, "a new line item is answered with 200 instead of 201");
    Ok(())
}

/// T16: it is in the class at once.
pub(super) fn listed(look: &mut Look<'_, '_>) -> Step {
    let (new, _) = look.written(Kind::LineItem)?;
    let call = look.class_items()?;
    let found = look.lists(&call, &new)?;
    look.holds(&call, found.is_some(), "a line item that was just written is missing");
    Ok(())
}

/// T17: long titles.
pub(super) fn long_title(look: &mut Look<'_, '_>) -> Step {
    titled(look, 112)
}

/// A title as long as they may be (rest.md 7.1).
pub(super) fn longest_title(look: &mut Look<'_, '_>) -> Step {
    titled(look, 255)
}

/// Whether a title of so many characters comes back.
fn titled(look: &mut Look<'_, '_>, length: usize) -> Step {
    let (new, mut body) = look.written(Kind::LineItem)?;
    let title: String = "Long-title-é-".chars().cycle().take(length).collect();
    body[member!(LineItem.title)] = json!(title);
    look.put(Kind::LineItem, &new, &body)?;
    let back = look.back(Kind::LineItem, &new)?;
    let call = Call::new(route!(putLineItem), &[&new]);
    let whole = back[member!(LineItem.title)] == title;
    look.holds(&call, whole, &format!("a title of {length} characters does not come back whole"));
    Ok(())
}

/// T18: the category that was sent.
pub(super) fn category_kept(look: &mut Look<'_, '_>) -> Step {
    let category = look.shared(Kind::Category)?;
    let new = look.new_id()?;
    let mut body = look.body(Kind::LineItem, &new)?;
    body[member!(LineItem.category)] = to(&category);
    look.put(Kind::LineItem, &new, &body)?;
    let call = look.class_items()?;
    let found = look.lists(&call, &new)?.unwrap_or_default();
    look.holds(&call, reference(&found, member!(LineItem.category)) == category, "not the category that was sent");
    Ok(())
}

/// T19: an empty comment, and a date-time for a date.
pub(super) fn result(look: &mut Look<'_, '_>) -> Step {
    let (new, _) = look.written(Kind::Result)?;
    let back = look.back(Kind::Result, &new)?;
    let call = Call::new(route!(putResult), &[&new]);
    let member = member!(Result.scoreDate);
    look.holds(&call, back[member] == DAY, "a date-time that was sent as the date does not come back as its day");
    look.holds(&call, back.get(member!(Result.comment)).is_none_or(|c| c != ""), "the empty comment comes back");
    Ok(())
}

/// T20: it is below its line item.
pub(super) fn result_listed(look: &mut Look<'_, '_>) -> Step {
    let (new, body) = look.written(Kind::Result)?;
    let item = reference(&body, member!(Result.lineItem)).to_owned();
    let call = look.item_results(&item)?;
    let found = look.lists(&call, &new)?;
    look.holds(&call, found.is_some(), "a result that was just written is missing");
    Ok(())
}

/// T21: a score above the greatest one.
pub(super) fn above(look: &mut Look<'_, '_>) -> Step {
    let (new, mut body) = look.written(Kind::Result)?;
    body[member!(Result.score)] = json!(300);
    look.put(Kind::Result, &new, &body)?;
    let back = look.back(Kind::Result, &new)?;
    let score = &back[member!(Result.score)];
    let call = Call::new(route!(putResult), &[&new]);
    look.holds(&call, score.as_f64() == Some(300.0), "a score of 300 of 100 does not come back as the number 300");
    Ok(())
}

/// Scores that are no whole numbers, or below the least one (rest.md 7.1).
pub(super) fn exact(look: &mut Look<'_, '_>) -> Step {
    let (new, mut body) = look.written(Kind::Result)?;
    let call = Call::new(route!(putResult), &[&new]);
    for score in [80.25, -5.0] {
        body[member!(Result.score)] = json!(score);
        look.put(Kind::Result, &new, &body)?;
        let back = look.back(Kind::Result, &new)?;
        let kept = back[member!(Result.score)].as_f64() == Some(score);
        look.holds(&call, kept, &format!("a score of {score} does not come back as this number"));
    }
    Ok(())
}

/// T22: exempt.
pub(super) fn exempt(look: &mut Look<'_, '_>) -> Step {
    let (new, mut body) = look.written(Kind::Result)?;
    body[member!(Result.scoreStatus)] = json!("exempt");
    look.put(Kind::Result, &new, &body)?;
    let back = look.back(Kind::Result, &new)?;
    let call = Call::new(route!(putResult), &[&new]);
    look.holds(&call, back[member!(Result.scoreStatus)] == "exempt", "the status exempt does not come back");
    Ok(())
}

/// T23: a result is deleted.
pub(super) fn result_deleted(look: &mut Look<'_, '_>) -> Step {
    let (new, _) = look.written(Kind::Result)?;
    look.delete(Kind::Result, &new)
}

/// T24: a deleted result is in no list.
pub(super) fn result_gone(look: &mut Look<'_, '_>) -> Step {
    let (new, body) = look.written(Kind::Result)?;
    let item = reference(&body, member!(Result.lineItem)).to_owned();
    look.delete(Kind::Result, &new)?;
    let call = look.item_results(&item)?;
    let found = look.lists(&call, &new)?;
    look.holds(&call, found.is_none(), "a deleted result is still there");
    Ok(())
}

/// T25: a deleted line item is in no list, and its results neither.
pub(super) fn item_gone(look: &mut Look<'_, '_>) -> Step {
    let (item, _) = look.written(Kind::LineItem)?;
    let new = look.new_id()?;
    let mut body = look.body(Kind::Result, &new)?;
    body[member!(Result.lineItem)] = to(&item);
    look.put(Kind::Result, &new, &body)?;
    look.delete(Kind::LineItem, &item)?;
    let call = look.class_items()?;
    let found = look.lists(&call, &item)?;
    look.holds(&call, found.is_none(), "a deleted line item is still there");
    let all = Call::new(route!(getAllResults), &[]).filter(&format!("{ID}='{new}'"), "");
    let found = look.lists(&all, &new)?;
    look.holds(&all, found.is_none(), "a result of a deleted line item is still there");
    Ok(())
}

/// T57: a scope of reading writes nothing.
pub(super) fn reading_scope(look: &mut Look<'_, '_>) -> Step {
    let new = look.new_id()?;
    let body = look.body(Kind::LineItem, &new)?;
    let call = Call::new(route!(putLineItem), &[&new]).body(json!({ Kind::LineItem.entity().name: body }));
    let call = call.by(Way::Scoped(&["gradebook.readonly"]));
    look.site.wrote(look.version, Kind::LineItem, &new);
    look.refused(&call, ProblemKind::Forbidden)?;
    Ok(())
}

/// Replacing replaces: members left out disappear.
pub(super) fn replaced(look: &mut Look<'_, '_>) -> Step {
    let (new, mut body) = look.written(Kind::LineItem)?;
    let name = member!(LineItem.description);
    let call = Call::new(route!(putLineItem), &[&new]);
    let before = look.back(Kind::LineItem, &new)?;
    look.holds(&call, before[name] == body[name], "the description does not come back");
    if let Some(members) = body.as_object_mut() {
        members.remove(name);
    }
    let status = look.put(Kind::LineItem, &new, &body)?;
    look.holds(&call, status == 200 || look.version == Version::V1P2, "a replacement is answered with 201");
    let after = look.back(Kind::LineItem, &new)?;
    look.holds(&call, after.get(name).is_none(), "a member that was left out is still there");
    Ok(())
}

/// Bodies that are wrong in meaning.
pub(super) fn wrong_bodies(look: &mut Look<'_, '_>) -> Step {
    let new = look.new_id()?;
    let wrong = [
        (Kind::LineItem, ID, json!("another")),
        (Kind::LineItem, member!(LineItem.class), to(UNKNOWN)),
        (Kind::LineItem, member!(LineItem.category), to(UNKNOWN)),
        (Kind::LineItem, member!(LineItem.resultValueMax), json!("100")),
        (Kind::LineItem, member!(LineItem.dueDate), json!("soon")),
        (Kind::Result, member!(Result.lineItem), to(UNKNOWN)),
        (Kind::Result, member!(Result.student), to(UNKNOWN)),
        (Kind::Result, member!(Result.score), json!("80")),
    ];
    for (kind, name, value) in wrong {
        let mut body = look.body(kind, &new)?;
        body[name] = value;
        look.site.wrote(look.version, kind, &new);
        let call = look.putting(kind, &new, &body)?.noted(&format!("with a wrong {name}"));
        look.refused_as(&call, &[422], Some(ProblemKind::Unprocessable))?;
    }
    let bare = Call::new(route!(putLineItem), &[&new]).body(json!({})).noted("with an empty object");
    look.refused_as(&bare, &[400, 422], None)?;
    let call = Call::new(route!(putLineItem), &[&new]).raw_body("application/json", "{\"lineItem\":");
    look.refused_as(&call.noted("with a body that is no JSON"), &[400, 422], Some(ProblemKind::InvalidData))?;
    Ok(())
}

/// What is not there cannot be deleted, nor twice.
pub(super) fn deleted_twice(look: &mut Look<'_, '_>) -> Step {
    look.refused(&Call::new(route!(deleteResult), &[UNKNOWN]), ProblemKind::UnknownObject)?;
    let (new, _) = look.written(Kind::Result)?;
    look.delete(Kind::Result, &new)?;
    look.refused(&Call::new(route!(deleteResult), &[&new]), ProblemKind::UnknownObject)?;
    Ok(())
}

/// What was deleted can be created again.
pub(super) fn created_again(look: &mut Look<'_, '_>) -> Step {
    let (new, body) = look.written(Kind::Category)?;
    look.delete(Kind::Category, &new)?;
    let call = Call::new(route!(putCategory), &[&new]);
    let status = look.put(Kind::Category, &new, &body)?;
    look.holds(&call, status == 201, "creating again what was deleted is answered with 200 instead of 201");
    let back = look.back(Kind::Category, &new)?;
    look.holds(&call, id(&back) == new, "it does not come back");
    Ok(())
}

/// The path names what the body does not.
pub(super) fn path_names(look: &mut Look<'_, '_>) -> Step {
    let new = look.new_id()?;
    let mut body = look.body(Kind::Category, &new)?;
    if let Some(members) = body.as_object_mut() {
        members.remove(ID);
    }
    look.put(Kind::Category, &new, &body)?;
    let back = look.back(Kind::Category, &new)?;
    let call = Call::new(route!(putCategory), &[&new]);
    look.holds(&call, id(&back) == new, "it is not stored under the identifier of the path");
    Ok(())
}

/// The time of a written record is the provider's.
pub(super) fn own_time(look: &mut Look<'_, '_>) -> Step {
    let new = look.new_id()?;
    let mut body = look.body(Kind::Category, &new)?;
    body[MODIFIED] = json!("1999-01-01T00:00:00.000Z");
    look.put(Kind::Category, &new, &body)?;
    let back = look.back(Kind::Category, &new)?;
    let call = Call::new(route!(putCategory), &[&new]);
    let later = back[MODIFIED].as_str().is_some_and(|at| at > "2020");
    look.holds(&call, later, "dateLastModified is what the client sent");
    Ok(())
}

/// All that was written is taken back.
pub(super) fn tidied(look: &mut Look<'_, '_>) -> Step {
    // Something, if this check is made alone.
    look.shared(Kind::Result)?;
    take_back(look)
}
