//! Sets: several objects in one request (rest.md 7.2).

use super::super::Step;
use super::super::call::{Call, UNKNOWN};
use super::super::look::{Look, Stop, id};
use super::super::names::member;
use super::written::{MANY, to};
use oneroster::json::ProblemKind;
use oneroster::model::{Field, Kind, Route, Shape};
use serde_json::{Value, json};

pub(super) fn posts(route: &Route) -> bool {
    route.shape == Shape::Post
}

/// Identifiers are given by the provider, and told in pairs.
pub(super) fn sets(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    let call = below(look, route)?;
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
    let half = call.body(json!({ key: [one, broken(route.kind, two)] })).noted("with one object that is wrong");
    look.refused(&half, ProblemKind::Unprocessable)?;
    let lost = Call::new(route, &[]).body(json!({ key: [] })).noted("below an unknown record");
    look.refused(&lost, ProblemKind::UnknownObject)?;
    Ok(())
}

/// Of a set that is refused for one of its objects nothing is stored.
pub(super) fn whole_or_nothing(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    let call = below(look, route)?;
    let key = route.kind.entity().plural;
    posted(look, &call.clone().body(json!({ key: [] })).noted("with an empty set"))?;
    // By this word the good ones are known again.
    let mark = look.new_id()?;
    let (word, all) = if route.kind == Kind::LineItem {
        (member!(LineItem.title), look.class_items()?)
    } else {
        let item = look.shared(Kind::LineItem)?;
        (member!(Result.comment), look.item_results(&item)?)
    };
    let mut set = Vec::new();
    for supplied in ["tmp-1", "tmp-2", "tmp-3"] {
        let mut body = look.body(route.kind, supplied)?;
        body[word] = json!(mark);
        set.push(if supplied == "tmp-2" { broken(route.kind, body) } else { body });
    }
    let half = call.body(json!({ key: set })).noted("with one object that is wrong between two");
    look.refused(&half, ProblemKind::Unprocessable)?;
    let page = look.page(&all.with("limit", MANY))?;
    let stored: Vec<&Value> = page.records.iter().filter(|record| record[word] == mark.as_str()).collect();
    look.holds(&half, stored.is_empty(), "the set is refused, and some of it is stored");
    for record in stored {
        look.site.wrote(look.version, route.kind, id(record));
    }
    Ok(())
}

/// An object of a set belongs to what the path names, and not to another record.
pub(super) fn as_the_path(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    let ids = path_ids(look, route)?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let call = Call::new(route, &ids);
    let key = route.kind.entity().plural;
    posted(look, &call.clone().body(json!({ key: [] })).noted("with an empty set"))?;
    let mut tried = false;
    for (parent, own) in route.parents.iter().zip(&ids) {
        let names = |field: &&Field| !field.many && field.target() == Some(parent.kind);
        let Some(member) = route.kind.entity().fields.iter().find(names).map(|field| field.name) else { continue };
        let known = look.page(&look.all(parent.kind)?.with("limit", MANY))?;
        let Some(other) = known.records.iter().map(id).find(|other| other != own) else { continue };
        let mut body = look.body(route.kind, "tmp-1")?;
        body[member] = to(other);
        let noted = format!("with an object that names another {} than the path", parent.kind.entity().name);
        look.refused(&call.clone().body(json!({ key: [body] })).noted(&noted), ProblemKind::Unprocessable)?;
        tried = true;
    }
    if tried { Ok(()) } else { Err(Stop::NotTried("there is one record only that the path could name".to_owned())) }
}

/// The operation below records that are there.
fn below(look: &mut Look<'_, '_>, route: &'static Route) -> Step<Call> {
    let ids = path_ids(look, route)?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    Ok(Call::new(route, &ids))
}

fn path_ids(look: &mut Look<'_, '_>, route: &'static Route) -> Step<Vec<String>> {
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
    Ok(ids)
}

/// An object, made wrong.
fn broken(kind: Kind, mut body: Value) -> Value {
    if kind == Kind::LineItem {
        body[member!(LineItem.dueDate)] = json!("soon");
    } else {
        body[member!(Result.student)] = to(UNKNOWN);
    }
    body
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
