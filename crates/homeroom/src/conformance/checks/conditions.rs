//! Conditions: what a request is to do only if the record is as its sender
//! knows it (RFC 9110, section 13). Neither version of the standard speaks of
//! them; a provider that sends tags is held to what HTTP says of these.

use super::super::Step;
use super::super::call::Call;
use super::super::look::{Look, Stop};
use super::super::names::{member, route};
use super::written::{DELETED, sibling};
use oneroster::model::{Kind, Method};
use serde_json::json;

const TAG: &str = "etag";
const IF_MATCH: &str = "if-match";
const IF_NONE_MATCH: &str = "if-none-match";

/// A tag that nothing has.
const OTHER: &str = "\"homeroom-was-never-here\"";

impl Look<'_, '_> {
    /// The tag that comes with a record, if one does.
    fn tag(&mut self, call: &Call) -> Step<Option<String>> {
        let answer = self.data(call)?;
        let Some(tag) = answer.header(TAG).map(str::to_owned) else { return Ok(None) };
        let quoted = strong(&tag).strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        if quoted.is_none_or(|text| text.contains('"')) {
            return self.fail(call, "the ETag does not stand in quotes");
        }
        Ok(Some(tag))
    }

    /// The tag by which a record is guarded: a weak one guards nothing.
    fn guard(&mut self, kind: Kind, id: &str) -> Step<String> {
        let Some(route) = sibling(kind, Method::Get) else { return Err(none()) };
        match self.tag(&Call::new(route, &[id]))? {
            Some(tag) if strong(&tag) == tag => Ok(tag),
            Some(_) => Err(Stop::NotTried("the ETag is a weak one, which guards no writes".to_owned())),
            None => Err(none()),
        }
    }
}

fn none() -> Stop {
    Stop::NotTried("the provider sends no ETag with single records".to_owned())
}

/// A tag without the sign of weakness, which says nothing to who only reads.
fn strong(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// Who has a record as it is gets it no second time; all others get it.
pub(super) fn known(look: &mut Look<'_, '_>) -> Step {
    let room = look.classroom()?;
    let asked =
        [(route!(getClass), &room.class), (route!(getUser), &room.student), (route!(getEnrollment), &room.enrollment)];
    let mut tagged = false;
    for (route, id) in asked.into_iter().filter(|(_, id)| !id.is_empty()) {
        let plain = Call::new(route, &[id]);
        let Some(tag) = look.tag(&plain)? else { continue };
        tagged = true;
        for (tags, note) in [(tag.clone(), "with its ETag"), (format!("{OTHER}, {tag}"), "with its ETag and another")] {
            let call = plain.clone().header(IF_NONE_MATCH, &tags).noted(note);
            let answer = look.send(&call)?;
            if answer.status != 304 {
                look.fault_of(&call, &format!("status {} instead of 304", answer.status));
                continue;
            }
            look.holds(&call, answer.is_empty(), "304 with a body");
            let again = answer.header(TAG).is_some_and(|again| strong(again) == strong(&tag));
            look.holds(&call, again, "304 without the ETag");
        }
        let call = plain.header(IF_NONE_MATCH, OTHER).noted("with the ETag of something else");
        look.record(&call)?;
    }
    if tagged { Ok(()) } else { Err(none()) }
}

/// Who has not seen how a record is now changes nothing of it.
pub(super) fn guarded(look: &mut Look<'_, '_>) -> Step {
    let (new, mut body) = look.written(Kind::Category)?;
    let title = member!(Category.title);
    let old = look.guard(Kind::Category, &new)?;
    body[title] = json!("Seen");
    look.put_by(Kind::Category, &new, &body, |call| call.header(IF_MATCH, &old).noted("with its ETag"))?;
    body[title] = json!("Not seen");
    let put = look.putting(Kind::Category, &new, &body)?;
    look.refused_as(&put.header(IF_MATCH, &old).noted("with the ETag of before"), &[412], None)?;
    let delete = Call::new(route!(deleteCategory), &[&new]);
    look.refused_as(&delete.clone().header(IF_MATCH, &old).noted("with the ETag of before"), &[412], None)?;
    let kept = look.back(Kind::Category, &new)?[title] == "Seen";
    look.holds(&delete, kept, "a request that is refused by its condition changes the record");
    let tag = look.guard(Kind::Category, &new)?;
    let call = delete.header(IF_MATCH, &tag).noted("with its ETag");
    let status = look.send(&call)?.status;
    look.holds(&call, DELETED.contains(&status), &format!("status {status} instead of 204"));
    let put = look.putting(Kind::Category, &new, &body)?;
    look.refused_as(&put.header(IF_MATCH, "*").noted("if it is there, which it is not"), &[412], None)?;
    Ok(())
}

/// Who wants to make something new replaces nothing.
pub(super) fn only_new(look: &mut Look<'_, '_>) -> Step {
    let (there, mut body) = look.written(Kind::Category)?;
    look.guard(Kind::Category, &there)?;
    let title = member!(Category.title);
    let before = body[title].clone();
    body[title] = json!("Not seen");
    let put = look.putting(Kind::Category, &there, &body)?;
    let call = put.header(IF_NONE_MATCH, "*").noted("if it is not there, which it is");
    look.refused_as(&call, &[412], None)?;
    let kept = look.back(Kind::Category, &there)?[title] == before;
    look.holds(&call, kept, "a request that is refused by its condition changes the record");
    let new = look.new_id()?;
    let body = look.body(Kind::Category, &new)?;
    look.put_by(Kind::Category, &new, &body, |call| call.header(IF_NONE_MATCH, "*").noted("if it is not there"))?;
    Ok(())
}
