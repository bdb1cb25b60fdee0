//! The gradebook, written: rest.md 7, and what consumers write. All that is
//! written is taken back.

use super::super::Step;
use super::super::call::{Call, UNKNOWN, Way};
use super::super::look::{Look, Stop, id, reference};
use super::super::names::{ID, MODIFIED, member, route};
use oneroster::json::ProblemKind;
use oneroster::model::{Kind, Method, ROUTES, Route, Shape, Type, Version};
use serde_json::{Value, json};

/// What a written object may be answered with (rest.md D13).
const STORED: [u16; 2] = [200, 201];

/// What a deletion may be answered with.
const DELETED: [u16; 2] = [200, 204];

const MANY: u64 = 10_000;

/// The day of what is written.
const DAY: &str = "2026-09-14";
const TIME: &str = "2026-09-14T07:00:00.000Z";

pub(super) fn puts(route: &Route) -> bool {
    route.shape == Shape::Put
}

pub(super) fn posts(route: &Route) -> bool {
    route.shape == Shape::Post
}

/// The operation of a method on records of the same kind by their identifier.
fn sibling(kind: Kind, method: Method) -> Option<&'static Route> {
    ROUTES
        .iter()
        .find(|r| r.kind == kind && r.method == method && r.parents.is_empty() && r.path.ends_with("{sourcedId}"))
}

/// A reference as consumers send it: the identifier alone.
fn to(id: &str) -> Value {
    json!({ ID: id })
}

impl Look<'_, '_> {
    /// An identifier that nobody used before.
    fn new_id(&mut self) -> Step<String> {
        let chance = self.site.chance();
        chance.map_err(|none| Stop::NotTried(none.why))
    }

    /// Writes one object; it is taken back when the version is done.
    pub(in super::super) fn put(&mut self, kind: Kind, id: &str, body: &Value) -> Step<u16> {
        let Some(route) = sibling(kind, Method::Put) else { return Err(Stop::NotTried("it is not writable".into())) };
        let call = Call::new(route, &[id]).body(json!({ kind.entity().name: body }));
        let answer = self.send(&call)?;
        match answer.status {
            status if STORED.contains(&status) => {
                self.site.wrote(self.version, kind, id);
                Ok(status)
            }
            404 | 405 | 501 => {
                Err(Stop::NotOffered(format!("{} is answered with {}", call.shown(false), answer.status)))
            }
            403 => Err(Stop::NotTried(format!("the application may not write {} (403)", kind.entity().plural))),
            status => self.fail(&call, &format!("status {status} instead of 201 or 200")),
        }
    }

    /// A new object of a kind, written; gives its identifier and what was sent.
    pub(in super::super) fn written(&mut self, kind: Kind) -> Step<(String, Value)> {
        let new = self.new_id()?;
        let body = self.body(kind, &new)?;
        self.put(kind, &new, &body)?;
        Ok((new, body))
    }

    /// What is sent for a new object: what the class demands, and little more.
    fn body(&mut self, kind: Kind, new: &str) -> Step<Value> {
        let room = self.classroom()?;
        let both = self.version == Version::V1P2;
        Ok(match kind {
            Kind::LineItem => {
                let mut body = json!({
                    ID: new,
                    member!(LineItem.title): "Conformance",
                    member!(LineItem.description): "Written by a check",
                    member!(LineItem.assignDate): TIME,
                    member!(LineItem.dueDate): TIME,
                    member!(LineItem.resultValueMin): 0,
                    member!(LineItem.resultValueMax): 100,
                    member!(LineItem.class): to(&room.class),
                });
                // Google sends category and school in 1.2, and neither in 1.1.
                if both {
                    body[member!(LineItem.category)] = to(&self.shared(Kind::Category)?);
                    body[member!(LineItem.school)] = to(&room.school);
                }
                body
            }
            Kind::Result => json!({
                ID: new,
                member!(Result.score): 80,
                member!(Result.comment): "",
                member!(Result.scoreStatus): "fully graded",
                member!(Result.scoreDate): TIME,
                member!(Result.lineItem): to(&self.shared(Kind::LineItem)?),
                member!(Result.student): to(&room.student),
            }),
            Kind::ScoreScale => {
                let values = kind.entity().fields[usize::from(oneroster::at!(ScoreScale.scoreScaleValue))];
                let Type::Pairs(left, right) = values.ty else { return Ok(Value::Null) };
                json!({
                    ID: new,
                    member!(ScoreScale.title): "Conformance",
                    member!(ScoreScale.type): "letters",
                    member!(ScoreScale.course): to(&room.course),
                    member!(ScoreScale.class): to(&room.class),
                    values.name: [{ left: "90-100", right: "A" }, { left: "0-89", right: "B" }],
                })
            }
            Kind::AssessmentLineItem => json!({ ID: new, member!(AssessmentLineItem.title): "Conformance" }),
            Kind::AssessmentResult => json!({
                ID: new,
                member!(AssessmentResult.assessmentLineItem): to(&self.shared(Kind::AssessmentLineItem)?),
                member!(AssessmentResult.student): to(&room.student),
                member!(AssessmentResult.score): 7.5,
                member!(AssessmentResult.scoreDate): DAY,
                member!(AssessmentResult.scoreStatus): "fully graded",
            }),
            _ => json!({ ID: new, member!(Category.title): "Conformance" }),
        })
    }

    /// One object of a kind that several checks lean on.
    fn shared(&mut self, kind: Kind) -> Step<String> {
        if let Some(id) = self.site.shared(self.version, kind) {
            return Ok(id);
        }
        let (id, _) = self.written(kind)?;
        self.site.share(self.version, kind, &id);
        Ok(id)
    }

    /// One object, read back.
    fn back(&mut self, kind: Kind, id: &str) -> Step<Value> {
        let Some(route) = sibling(kind, Method::Get) else { return Ok(Value::Null) };
        self.record(&Call::new(route, &[id]))
    }

    /// Whether a collection holds a record.
    fn lists(&mut self, call: &Call, id: &str) -> Step<Option<Value>> {
        let page = self.page(&call.clone().with("limit", MANY))?;
        Ok(page.records.into_iter().find(|record| super::super::look::id(record) == id))
    }

    /// Deletes an object, which must be there.
    fn delete(&mut self, kind: Kind, id: &str) -> Step {
        let Some(route) = sibling(kind, Method::Delete) else { return Ok(()) };
        let call = Call::new(route, &[id]);
        let answer = self.send(&call)?;
        if !DELETED.contains(&answer.status) {
            return self.fail(&call, &format!("status {} instead of 204", answer.status));
        }
        self.holds(&call, answer.status != 204 || answer.is_empty(), "204 with a body");
        Ok(())
    }

    fn class_items(&mut self) -> Step<Call> {
        let class = self.classroom()?.class;
        Ok(Call::new(route!(getLineItemsForClass), &[&class]))
    }

    fn item_results(&mut self, item: &str) -> Step<Call> {
        let class = self.classroom()?.class;
        Ok(Call::new(route!(getResultsForLineItemForClass), &[&class, item]))
    }
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
    let (new, mut body) = look.written(Kind::LineItem)?;
    let title = "Long title, é ".repeat(8);
    body[member!(LineItem.title)] = json!(title.trim());
    look.put(Kind::LineItem, &new, &body)?;
    let back = look.back(Kind::LineItem, &new)?;
    let call = Call::new(route!(putLineItem), &[&new]);
    look.holds(&call, back[member!(LineItem.title)] == title.trim(), "a title of 112 characters is shortened");
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
    let good = look.body(Kind::LineItem, &new)?;
    let wrong = [
        (ID, json!("another")),
        (member!(LineItem.class), to(UNKNOWN)),
        (member!(LineItem.resultValueMax), json!("100")),
        (member!(LineItem.dueDate), json!("soon")),
    ];
    look.site.wrote(look.version, Kind::LineItem, &new);
    for (name, value) in wrong {
        let mut body = good.clone();
        body[name] = value;
        let call = Call::new(route!(putLineItem), &[&new]).body(json!({ Kind::LineItem.entity().name: body }));
        let call = call.noted(&format!("with a wrong {name}"));
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

/// Sets: identifiers are given by the provider, and told in pairs.
pub(super) fn sets(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    let room = look.classroom()?;
    let mut ids = Vec::new();
    for parent in route.parents {
        ids.push(match parent.kind {
            Kind::Class => room.class.clone(),
            Kind::Org => room.school.clone(),
            Kind::AcademicSession => room.term.clone(),
            _ => look.shared(Kind::LineItem)?,
        });
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let call = Call::new(route, &ids);
    let key = route.kind.entity().plural;
    let (one, two) = (look.body(route.kind, "tmp-1")?, look.body(route.kind, "tmp-2")?);
    let pairs = posted(look, &call.clone().body(json!({ key: [one.clone(), two.clone()] })))?;
    for supplied in ["tmp-1", "tmp-2"] {
        let found: Vec<&String> = pairs.iter().filter(|(s, _)| s == supplied).map(|(_, allocated)| allocated).collect();
        let [allocated] = found.as_slice() else {
            look.fault_of(&call, "not one pair for each object that was sent");
            continue;
        };
        look.holds(&call, allocated.as_str() != supplied, "the supplied identifier is kept");
        let back = look.back(route.kind, allocated)?;
        look.holds(&call, id(&back) == allocated.as_str(), "what was created is not found under its new identifier");
    }
    let none = posted(look, &call.clone().body(json!({ key: [] })).noted("with an empty set"))?;
    look.holds(&call, none.is_empty(), "pairs for an empty set");
    let twice = call.clone().body(json!({ key: [one.clone(), one.clone()] })).noted("with one identifier twice");
    look.refused(&twice, ProblemKind::Unprocessable)?;
    let mut broken = two;
    if route.kind == Kind::LineItem {
        broken[member!(LineItem.dueDate)] = json!("soon");
    } else {
        broken[member!(Result.student)] = to(UNKNOWN);
    }
    let half = call.body(json!({ key: [one, broken] })).noted("with one object that is wrong");
    look.refused(&half, ProblemKind::Unprocessable)?;
    let lost = Call::new(route, &[]).body(json!({ key: [] })).noted("below an unknown record");
    look.refused(&lost, ProblemKind::UnknownObject)?;
    Ok(())
}

/// The pairs of a set that was written: supplied and allocated.
fn posted(look: &mut Look<'_, '_>, call: &Call) -> Step<Vec<(String, String)>> {
    let answer = look.send(call)?;
    match answer.status {
        201 => {}
        404 | 405 | 501 => {
            return Err(Stop::NotOffered(format!("{} is answered with {}", call.shown(false), answer.status)));
        }
        403 => return Err(Stop::NotTried("the application lacks gradebook.createpost (403)".to_owned())),
        status => return look.fail(call, &format!("status {status} instead of 201")),
    }
    let pairs = answer.json().and_then(|body| body["sourcedIdPairs"].as_array()).cloned();
    let Some(pairs) = pairs else { return look.fail(call, "no sourcedIdPairs in the answer") };
    let text = |pair: &Value, name: &str| pair[name].as_str().unwrap_or_default().to_owned();
    let pairs: Vec<_> = pairs.iter().map(|p| (text(p, "suppliedSourcedId"), text(p, "allocatedSourcedId"))).collect();
    if let Some(kind) = call.route.map(|route| route.kind) {
        for (_, allocated) in &pairs {
            look.site.wrote(look.version, kind, allocated);
        }
    }
    Ok(pairs)
}

/// All that was written is taken back.
pub(super) fn tidied(look: &mut Look<'_, '_>) -> Step {
    // Something, if this check is made alone.
    look.shared(Kind::Result)?;
    take_back(look)
}

/// Deletes what was written, the last first.
pub(super) fn take_back(look: &mut Look<'_, '_>) -> Step {
    let mut written = look.site.forget(look.version);
    let mut seen = std::collections::HashSet::new();
    written.retain(|one| seen.insert(one.clone()));
    for (kind, id) in written.iter().rev() {
        let Some(route) = sibling(*kind, Method::Delete) else { continue };
        let call = Call::new(route, &[id]);
        let status = look.send(&call)?.status;
        look.holds(&call, matches!(status, 200 | 204 | 404), &format!("status {status}: it stays behind"));
        if let Some(read) = sibling(*kind, Method::Get) {
            let call = Call::new(read, &[id]);
            let status = look.send(&call)?.status;
            look.holds(&call, status == 404, "it is still there after its deletion");
        }
    }
    Ok(())
}
