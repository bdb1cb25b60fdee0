//! Every read of the standard: is it there, and are its records what the model
//! says?

use super::super::Step;
use super::super::call::Call;
use super::super::look::{Look, Stop, id};
use super::super::names::{ID, MODIFIED, route};
use super::CORE;
use oneroster::model::{Method, Route, Service, Shape, Version};
use serde_json::Value;

/// How many records of an answer are held against the model.
const HELD: u64 = 100;

/// The row of rest.md 6 that a read of rostering stands in.
pub(super) fn row(route: &Route) -> Option<&'static str> {
    if route.service != Service::Rostering || route.method != Method::Get {
        return None;
    }
    let nested = route.parents.len();
    let above = route.path.split('/').nth(1).unwrap_or_default();
    Some(match (route.shape, nested, above) {
        (Shape::Single, ..) => "T30",
        (_, 0, _) => "T29",
        (_, 1, "schools") => "T31",
        (_, 1, "classes") => "T33",
        (_, 1, "terms") => "T35",
        (_, 1, _) => "T32",
        _ => "T34",
    })
}

/// An operation that reads, on records that are there.
pub(super) fn answers(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    let asked = look.asked(route)?;
    if route.shape == Shape::Single {
        let record = look.record(&asked.call)?;
        look.shape(&asked.call, route.kind, &record, false);
        return Ok(());
    }
    let call = asked.call.clone().with("limit", HELD);
    let page = look.page(&call)?;
    only_data(look, &call, page.answer.json());
    look.holds(&call, page.records.len() as u64 <= HELD, "more records than the limit");
    for record in &page.records {
        look.shape(&call, route.kind, record, false);
    }
    if let Some(wanted) = asked.holds.filter(|wanted| !wanted.is_empty()) {
        let call = asked.call.clone().filter(&format!("{ID}='{{}}'"), &wanted);
        let found = look.page(&call)?.ids().contains(&wanted);
        look.holds(&call, found, "a record that belongs here by its own references is missing");
    } else if page.records.is_empty() {
        return Err(Stop::NotTried("the answer is well formed, but holds no records to look at".to_owned()));
    }
    Ok(())
}

/// Checks that nothing stands beside the data, but warnings in 1.1.
fn only_data(look: &mut Look<'_, '_>, call: &Call, body: Option<&Value>) {
    let key = call.key().unwrap_or_default();
    let old = look.version == Version::V1P1;
    let other = |name: &&String| name.as_str() != key && !(old && name.as_str() == "statusInfoSet");
    if let Some(name) = body.and_then(Value::as_object).and_then(|body| body.keys().find(other)) {
        look.fault_of(call, &format!("the member {name:?} stands beside {key}"));
    }
}

/// One record by its id is the record of that id.
pub(super) fn the_one_asked_for(look: &mut Look<'_, '_>) -> Step {
    let singles = [
        (route!(getAllOrgs), route!(getOrg)),
        (route!(getAllUsers), route!(getUser)),
        (route!(getAllClasses), route!(getClass)),
        (route!(getAllEnrollments), route!(getEnrollment)),
    ];
    for (all, one) in singles {
        let page = look.page(&Call::new(all, &[]).with("limit", 3))?;
        for record in &page.records {
            let call = Call::new(one, &[id(record)]);
            let alone = look.record(&call)?;
            look.holds(&call, alone == *record, "the record differs from the one that the collection shows");
        }
    }
    Ok(())
}

/// T41: dates of change have seconds, a fraction and Z.
pub(super) fn stamps(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let call = look.all(*kind)?.with("limit", HELD);
        for record in look.page(&call)?.records {
            let stamp = record[MODIFIED].as_str().unwrap_or_default();
            let whole = stamp.len() == 24 && stamp.as_bytes()[19] == b'.' && stamp.ends_with('Z');
            look.holds(&call, whole, "a dateLastModified that is not YYYY-MM-DDTHH:MM:SS.sssZ");
        }
    }
    Ok(())
}

/// T46: the collection is the first member.
pub(super) fn data_first(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        // An unknown field gives 1.1 a reason for warnings.
        let mut call = look.all(*kind)?.with("limit", 1);
        if look.version == Version::V1P1 {
            call = call.with("sort", super::NO_FIELD);
        }
        let page = look.page(&call)?;
        let first = page.answer.object().and_then(|body| body.keys().next());
        let is_first = first.is_some_and(|first| Some(first.as_str()) == call.key());
        look.holds(&call, is_first, "the collection is not the first member of the body");
    }
    Ok(())
}

/// T44: no success that speaks of failure.
pub(super) fn no_failure_in_success(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        for call in
            [look.all(*kind)?.with("limit", 1), look.all(*kind)?.with("limit", 1).with("fields", super::NO_FIELD)]
        {
            let answer = look.data(&call)?;
            let failure = answer.status_info(Version::V1P1).is_some_and(|info| info.major != "success");
            look.holds(&call, !failure, "status 200 with a status info that is no success");
        }
    }
    Ok(())
}

/// T48: a slash before the query changes nothing.
pub(super) fn slash(look: &mut Look<'_, '_>) -> Step {
    let plain = Call::new(route!(getAllCourses), &[]);
    let slashed = plain.clone().slashed().with("limit", 10_000).with("offset", 0);
    let with = look.page(&slashed)?.ids();
    let without = look.page(&plain.with("limit", 10_000).with("offset", 0))?.ids();
    look.holds(&slashed, with == without, "other records than without the slash");
    Ok(())
}

/// T49: the usual test of a connection.
pub(super) fn connection(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllOrgs), &[]).with("limit", 1);
    let page = look.page(&call)?;
    look.holds(&call, page.records.len() == 1, "not one record");
    Ok(())
}

/// Parameters that nobody knows are passed over.
pub(super) fn unknown_parameters(look: &mut Look<'_, '_>) -> Step {
    let plain = Call::new(route!(getAllOrgs), &[]).with("limit", 5);
    let odd = plain.clone().with("_ts", "1").with("shoeSize", "'46'");
    let (with, without) = (look.page(&odd)?.ids(), look.page(&plain)?.ids());
    look.holds(&odd, with == without, "other records than without the unknown parameters");
    Ok(())
}

/// HEAD is GET without a body.
pub(super) fn head(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllOrgs), &[]).with("limit", 1);
    let got = look.page(&call)?;
    let head = call.method("HEAD");
    let answer = look.send(&head)?;
    if answer.status != 200 {
        return look.fail(&head, &format!("status {} instead of 200", answer.status));
    }
    look.holds(&head, answer.is_empty(), "the answer has a body");
    look.holds(&head, answer.total() == got.answer.total(), "X-Total-Count is another one than that of GET");
    Ok(())
}
