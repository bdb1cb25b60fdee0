//! Order and selection: `sort`, `orderBy` and `fields`.

use super::super::Step;
use super::super::answer::Answer;
use super::super::call::Call;
use super::super::look::{Look, id};
use super::super::names::{ID, MODIFIED, STATUS, member, route};
use super::{CORE, NO_FIELD};
use oneroster::json::ProblemKind;
use oneroster::model::Version;
use serde_json::Value;

/// How many records an order is looked at over.
const LOOKED: u64 = 300;

/// T37: by sourcedId, downwards; and upwards.
pub(super) fn by_id(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        for (order, ascending) in [("asc", true), ("desc", false)] {
            let call = look.all(*kind)?.with("limit", LOOKED).with("sort", ID).with("orderBy", order);
            let ids = look.page(&call)?.ids();
            let sorted = ids.is_sorted_by(|a, b| if ascending { a < b } else { a > b });
            look.holds(&call, sorted, "the records are not in the order of their sourcedIds");
        }
    }
    Ok(())
}

/// By the time of change.
pub(super) fn by_time(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        for (order, ascending) in [("asc", true), ("desc", false)] {
            let call = look.all(*kind)?.with("limit", LOOKED).with("sort", MODIFIED).with("orderBy", order);
            let page = look.page(&call)?;
            let times: Vec<&str> = page.records.iter().filter_map(|r| r[MODIFIED].as_str()).collect();
            let sorted = times.is_sorted_by(|a, b| if ascending { a <= b } else { a >= b });
            look.holds(&call, sorted, "the records are not in the order of dateLastModified");
        }
    }
    Ok(())
}

/// Texts by code point.
pub(super) fn by_text(look: &mut Look<'_, '_>) -> Step {
    let texts = [
        (route!(getAllUsers), member!(User.familyName)),
        (route!(getAllOrgs), member!(Org.name)),
        (route!(getAllClasses), member!(Class.title)),
    ];
    for (route, name) in texts {
        for (order, ascending) in [("asc", true), ("desc", false)] {
            let call = Call::new(route, &[]).with("limit", LOOKED).with("sort", name).with("orderBy", order);
            let page = look.page(&call)?;
            let texts: Vec<&str> = page.records.iter().filter_map(|r| r[name].as_str()).collect();
            let sorted = texts.is_sorted_by(|a, b| if ascending { a <= b } else { a >= b });
            look.holds(&call, sorted, "the records are not in Unicode order");
        }
    }
    Ok(())
}

/// `orderBy` alone sorts by sourcedId.
pub(super) fn order_alone(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllUsers), &[]).with("limit", LOOKED).with("orderBy", "desc");
    let ids = look.page(&call)?.ids();
    look.holds(&call, ids.is_sorted_by(|a, b| a > b), "the records are not in descending order of sourcedId");
    Ok(())
}

/// An unknown sort field: the default order, and in 1.1 a warning.
pub(super) fn unknown_sort(look: &mut Look<'_, '_>) -> Step {
    let plain = Call::new(route!(getAllUsers), &[]).with("limit", 20);
    let call = plain.clone().with("sort", NO_FIELD);
    let odd = look.page(&call)?;
    let usual = look.page(&plain)?.ids();
    look.holds(&call, odd.ids() == usual, "not the default order");
    warned(look, &call, &odd.answer, "invalid_sort_field");
    Ok(())
}

/// Checks that 1.1 warns of a name that it passed over.
fn warned(look: &mut Look<'_, '_>, call: &Call, answer: &Answer, minor: &str) {
    if look.version != Version::V1P1 {
        return;
    }
    let info = answer.status_info(Version::V1P1);
    let warned = info.is_some_and(|i| i.major == "success" && i.severity == "warning" && i.minor == Some(minor));
    look.holds(call, warned, &format!("no statusInfoSet with success, warning and {minor}"));
}

/// `orderBy` takes two words.
pub(super) fn bad_order(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllUsers), &[]).with("sort", ID).with("orderBy", "up");
    look.refused(&call, ProblemKind::InvalidData)?;
    Ok(())
}

/// T38: only these members.
pub(super) fn selection(look: &mut Look<'_, '_>) -> Step {
    let fields = [ID, member!(User.email)];
    let call = Call::new(route!(getAllUsers), &[]).with("limit", LOOKED).with("fields", fields.join(","));
    let page = look.page(&call)?;
    for record in &page.records {
        only(look, &call, record, &fields);
    }
    for kind in CORE {
        let call = look.all(*kind)?.with("limit", 20).with("fields", format!("{ID},{STATUS}"));
        for record in &look.page(&call)?.records {
            only(look, &call, record, &[ID, STATUS]);
            look.holds(&call, record[ID].is_string() && record[STATUS].is_string(), "a selected member is missing");
        }
    }
    Ok(())
}

fn only(look: &mut Look<'_, '_>, call: &Call, record: &Value, fields: &[&str]) {
    let other = |name: &&String| !fields.contains(&name.as_str());
    if let Some(name) = record.as_object().and_then(|r| r.keys().find(other)) {
        look.fault_of(call, &format!("the member {name:?} was not asked for"));
    }
}

/// One record, too, shows only the members that were asked for.
pub(super) fn selection_of_one(look: &mut Look<'_, '_>) -> Step {
    let page = look.page(&Call::new(route!(getAllUsers), &[]).with("limit", 1))?;
    let Some(user) = page.records.first() else { return Ok(()) };
    let call = Call::new(route!(getUser), &[id(user)]).with("fields", format!("{ID},{MODIFIED}"));
    let record = look.record(&call)?;
    only(look, &call, &record, &[ID, MODIFIED]);
    look.holds(&call, record[MODIFIED] == user[MODIFIED], "the selected member is missing");
    Ok(())
}

/// The list of fields may be parted by commas or repeated.
pub(super) fn repeated_fields(look: &mut Look<'_, '_>) -> Step {
    let all = Call::new(route!(getAllUsers), &[]).with("limit", 20);
    let repeated = all.clone().with("fields", ID).with("fields", STATUS);
    for record in &look.page(&repeated)?.records {
        only(look, &repeated, record, &[ID, STATUS]);
        look.holds(&repeated, record[ID].is_string() && record[STATUS].is_string(), "a selected member is missing");
    }
    let spaced = all.with("fields", format!("{ID}, {STATUS}"));
    for record in &look.page(&spaced)?.records {
        look.holds(&spaced, record[STATUS].is_string(), "a member named behind a blank is missing");
    }
    Ok(())
}

/// T54: an unknown field is an error in 1.2, and in 1.1 a warning.
pub(super) fn unknown_field(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllUsers), &[]).with("limit", 3).with("fields", NO_FIELD);
    if look.version == Version::V1P2 {
        look.refused(&call, ProblemKind::InvalidSelectionField)?;
        return Ok(());
    }
    let page = look.page(&call)?;
    for record in &page.records {
        look.shape(&call, oneroster::model::Kind::User, record, false);
    }
    warned(look, &call, &page.answer, "invalid_selection_field");
    Ok(())
}

/// A blank list of fields is an error.
pub(super) fn blank_fields(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllUsers), &[]).with("fields", "");
    let kind = match look.version {
        Version::V1P1 => ProblemKind::BlankSelectionField,
        Version::V1P2 => ProblemKind::InvalidSelectionField,
    };
    look.refused(&call, kind)?;
    Ok(())
}
