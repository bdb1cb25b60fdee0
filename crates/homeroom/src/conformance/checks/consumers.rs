//! The very questions of consumers that many schools have.

use super::super::Step;
use super::super::call::Call;
use super::super::look::{Look, Stop, id, reference};
use super::super::names::{ID, member, route};
use oneroster::model::{Kind, Version};
use serde_json::Value;

/// How many records the consumers ask for.
const MANY: u64 = 10_000;

/// A person with an e-mail address.
fn with_email(look: &mut Look<'_, '_>, all: &Call) -> Step<(String, String)> {
    let name = member!(User.email);
    let page = look.page(&all.clone().with("limit", 200))?;
    let found = page.records.iter().find_map(|r| Some((id(r).to_owned(), r[name].as_str()?.to_owned())));
    found.ok_or_else(|| Stop::NotTried("nobody has an e-mail address".to_owned()))
}

/// T7: the filter with raw quotes and signs.
pub(super) fn raw_quotes(look: &mut Look<'_, '_>) -> Step {
    let name = member!(User.email);
    let all = Call::new(route!(getAllTeachers), &[]);
    let (who, email) = with_email(look, &all)?;
    let safe = |c: char| c.is_ascii_alphanumeric() || "@._-".contains(c);
    if !email.chars().all(safe) {
        return Err(Stop::NotTried("the e-mail address of the first teacher has odd signs".to_owned()));
    }
    let call = all.pair(format!("filter={name}='{email}'"), format!("filter={name}='…'")).with("limit", MANY);
    let page = look.page(&call)?;
    look.holds(&call, page.ids().contains(&who), "the teacher is missing");
    look.holds(&call, page.records.iter().all(|r| r[name] == email.as_str()), "a teacher of another address");
    Ok(())
}

/// T36: a person by e-mail.
pub(super) fn by_email(look: &mut Look<'_, '_>) -> Step {
    let name = member!(User.email);
    let all = Call::new(route!(getAllUsers), &[]);
    let (who, email) = with_email(look, &all)?;
    let call = all.filter(&format!("{name}='{{}}'"), &email);
    let page = look.page(&call)?;
    look.holds(&call, page.ids().contains(&who), "the person is missing");
    look.holds(&call, page.records.iter().all(|r| r[name] == email.as_str()), "a person of another address");
    Ok(())
}

/// T8: the classes of a teacher.
pub(super) fn taught(look: &mut Look<'_, '_>) -> Step {
    let room = look.classroom()?;
    let call =
        Call::new(route!(getClassesForTeacher), &[&room.teacher]).with("limit", MANY).filter("status='active'", "");
    let page = look.page(&call)?;
    let whole = |r: &Value| {
        !id(r).is_empty()
            && !reference(r, member!(Class.school)).is_empty()
            && !reference(r, member!(Class.terms)).is_empty()
    };
    look.holds(&call, page.records.first().is_some_and(whole), "no class with sourcedId, school and a term");
    look.holds(&call, page.ids().contains(&room.class), "a class of the teacher is missing");
    Ok(())
}

/// T9: the students of a class.
pub(super) fn students(look: &mut Look<'_, '_>) -> Step {
    let room = look.classroom()?;
    let call = Call::new(route!(getStudentsForClass), &[&room.class]).with("limit", MANY);
    let page = look.page(&call)?;
    look.holds(&call, page.ids().contains(&room.student), "a student of the class is missing");
    look.holds(&call, page.ids().iter().all(|id| !id.is_empty()), "a student without a sourcedId");
    Ok(())
}

/// T10: a body of a GET is passed over.
pub(super) fn get_with_body(look: &mut Look<'_, '_>) -> Step {
    let graded = look.graded()?;
    let call = Call::new(route!(getCategoriesForClass), &[&graded.class]).with("limit", MANY);
    let call = call.raw_body("application/x-www-form-urlencoded", "grant_type=client_credentials&scope=x");
    let page = look.page(&call)?;
    look.holds(&call, !page.records.is_empty(), "no categories of a class that has graded work");
    Ok(())
}

/// T11: the categories of 1.1, in one of two places.
pub(super) fn categories(look: &mut Look<'_, '_>) -> Step {
    let graded = look.graded()?;
    let all = look.page(&Call::new(route!(getAllCategories), &[]).with("limit", MANY));
    let here = look.page(&Call::new(route!(getCategoriesForClass), &[&graded.class]).with("limit", MANY));
    let some = |page: &Step<super::super::look::Page>| page.as_ref().is_ok_and(|page| !page.records.is_empty());
    if some(&all) || some(&here) {
        return Ok(());
    }
    all.map(drop)?;
    look.fault("neither GET /categories nor those of a class hold categories");
    Ok(())
}

/// T12: one class by its identifier.
pub(super) fn one_class(look: &mut Look<'_, '_>) -> Step {
    let room = look.classroom()?;
    let call = Call::new(route!(getAllClasses), &[]).filter(&format!("{ID}='{{}}'"), &room.class).with("limit", MANY);
    let page = look.page(&call)?;
    let one = page.records.len() == 1 && page.ids().contains(&room.class);
    look.holds(&call, one, "not exactly that class");
    let terms = page.records.first().is_some_and(|r| !reference(r, member!(Class.terms)).is_empty());
    look.holds(&call, terms, "the class has no term");
    Ok(())
}

/// T13: the grading periods of whatever a class lists as its term.
pub(super) fn grading_periods(look: &mut Look<'_, '_>) -> Step {
    let room = look.classroom()?;
    let call = Call::new(route!(getGradingPeriodsForTerm), &[&room.term]).with("limit", MANY);
    let page = look.page(&call)?;
    if page.records.is_empty() {
        return Err(Stop::NotTried("the term of the class has no grading periods".to_owned()));
    }
    for record in &page.records {
        look.shape(&call, Kind::AcademicSession, record, false);
        let typed = record[member!(AcademicSession.type)] == "gradingPeriod";
        look.holds(&call, typed, "a session that is no grading period");
    }
    Ok(())
}

/// T60: what a service says of itself.
pub(super) fn discovery(look: &mut Look<'_, '_>) -> Step {
    for (service, binding, guide) in super::super::names::DOCUMENTS {
        let base = look.site.options.base.service(service, Version::V1P2);
        let mut found = false;
        for name in [binding, guide] {
            let answer = look.site.document(&format!("{base}/discovery/{name}"));
            let call = Call::at(service, &format!("/discovery/{name}"));
            let answer = look.arrived(&call, answer)?;
            look.tried();
            if answer.status == 200 {
                found = true;
                document(look, &call, service, answer.json());
            }
        }
        if !found && offered(look, service) {
            look.fault(format!("{base}/discovery/{binding} is not there, nor under the name of the conformance guide"));
        }
    }
    Ok(())
}

/// Whether a service answers at all.
fn offered(look: &mut Look<'_, '_>, service: oneroster::model::Service) -> bool {
    use oneroster::model::Service;
    let kind = match service {
        Service::Rostering => Kind::Org,
        Service::Resources => Kind::Resource,
        Service::Gradebook | Service::Assessment => Kind::LineItem,
    };
    let Ok(call) = look.all(kind) else { return false };
    look.send(&call.with("limit", 1)).is_ok_and(|answer| !matches!(answer.status, 404 | 405 | 501))
}

fn document(look: &mut Look<'_, '_>, call: &Call, service: oneroster::model::Service, body: Option<&Value>) {
    let Some(body) = body else { return look.fault_of(call, "the document is no JSON") };
    look.holds(call, body["openapi"].as_str().is_some_and(|v| v.starts_with("3.")), "the document is not of OpenAPI 3");
    let base = service.base_path(Version::V1P2);
    let servers = body["servers"].as_array().map_or(&[][..], Vec::as_slice);
    let ours = servers.iter().any(|server| server["url"].as_str().is_some_and(|url| url.contains(base)));
    look.holds(call, ours, "no server of the document has the base path of the service");
    let paths = body["paths"].as_object();
    look.holds(call, paths.is_some_and(|paths| !paths.is_empty()), "the document names no paths");
    for (path, methods) in paths.into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let known = oneroster::model::ROUTES.iter().find(|route| route.operation == id);
            let same = |route: &oneroster::model::Route| {
                plain(route.path) == plain(path) && format!("{:?}", route.method).eq_ignore_ascii_case(method)
            };
            look.holds(
                call,
                known.is_none_or(same),
                &format!("the operation {id} has another path or method than in the standard"),
            );
        }
    }
}

/// A path without the names of its parameters.
fn plain(path: &str) -> Vec<&str> {
    path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect()
}
