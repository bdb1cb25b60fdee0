//! What must be refused, and how.

use super::super::Step;
use super::super::call::{Call, UNKNOWN};
use super::super::look::{Look, Stop, is_optional};
use super::super::names::{MODIFIED, member, route};
use super::{CORE, NO_FIELD};
use oneroster::json::ProblemKind;
use oneroster::model::{Route, Service, Version};

/// T50: numbers that are none.
pub(super) fn bad_numbers(look: &mut Look<'_, '_>) -> Step {
    let all = Call::new(route!(getAllUsers), &[]);
    for limit in ["abc", "-1", "0", "1e3", "9223372036854775808"] {
        look.refused(&all.clone().with("limit", limit), ProblemKind::InvalidData)?;
    }
    for offset in ["-1", "abc"] {
        look.refused(&all.clone().with("offset", offset), ProblemKind::InvalidData)?;
    }
    look.refused(&all.with("limit", 1).with("limit", 2), ProblemKind::InvalidData)?;
    Ok(())
}

/// T53: an unknown field in a filter.
pub(super) fn unknown_filter_field(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let call = look.all(*kind)?.filter(&format!("{NO_FIELD}='9'"), "");
        look.refused(&call, ProblemKind::InvalidFilterField)?;
    }
    Ok(())
}

/// Filters that cannot be read.
pub(super) fn malformed_filters(look: &mut Look<'_, '_>) -> Step {
    let family = member!(User.familyName);
    let filters = [
        format!("{family}=Smith"),
        family.to_owned(),
        "='x'".to_owned(),
        format!("{family}='x' AND"),
        format!("{MODIFIED}>'soon'"),
    ];
    for filter in filters {
        let call = Call::new(route!(getAllUsers), &[]).filter(&filter, "");
        look.refused_as(&call, &[400], None)?;
    }
    Ok(())
}

/// T55: an identifier that no record has.
pub(super) fn unknown_record(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    let call = Call::new(route, &[UNKNOWN]);
    if is_optional(route) {
        let above = look.asked(route);
        if let Err(Stop::NotOffered(why)) = above {
            return Err(Stop::NotOffered(why));
        }
    }
    look.refused(&call, ProblemKind::UnknownObject)?;
    for odd in ["a b", "é", "a/b", "'", "%"] {
        look.refused(&Call::new(route, &[odd]), ProblemKind::UnknownObject)?;
    }
    Ok(())
}

/// An unknown record before the last segment.
pub(super) fn unknown_parent(look: &mut Look<'_, '_>, route: &'static Route) -> Step {
    // That it is offered is seen by a record that is there.
    match look.asked(route) {
        Ok(asked) => drop(look.page(&asked.call.with("limit", 1))?),
        Err(Stop::NotTried(_)) => {}
        Err(stop) => return Err(stop),
    }
    let call = Call::new(route, &[]);
    let answer = look.send(&call)?;
    look.is_granted(&call, &answer)?;
    // 1.2 lists no 404 for nested reads of rostering (rest.md D16).
    let empty = || {
        answer
            .object()
            .zip(call.key())
            .is_some_and(|(o, k)| o.get(k).is_some_and(|v| v.as_array().is_some_and(Vec::is_empty)))
    };
    match answer.status {
        404 => look.status_info(&call, &answer, Some(ProblemKind::UnknownObject)),
        200 if route.service == Service::Rostering && look.version == Version::V1P2 && empty() => {}
        status => look.fault_of(&call, &format!("status {status} instead of 404")),
    }
    Ok(())
}

/// T43: refusals speak in the form of their version.
pub(super) fn forms(look: &mut Look<'_, '_>) -> Step {
    let all = Call::new(route!(getAllOrgs), &[]);
    let cases = [
        (all.clone().with("limit", "x"), ProblemKind::InvalidData),
        (all.clone().by(super::super::call::Way::Nobody), ProblemKind::Unauthorized),
        (Call::new(route!(getOrg), &[UNKNOWN]), ProblemKind::UnknownObject),
    ];
    for (call, kind) in cases {
        let answer = look.refused(&call, kind)?;
        look.holds(&call, answer.says_json(), "the Content-Type of the refusal is not application/json");
        look.holds(&call, !answer.is_empty(), "the refusal has no body");
    }
    Ok(())
}

/// Rostering is read only.
pub(super) fn read_only(look: &mut Look<'_, '_>) -> Step {
    for method in ["POST", "DELETE", "PUT"] {
        let call = Call::new(route!(getAllUsers), &[]).method(method).body(serde_json::json!({}));
        let answer = look.send(&call)?;
        let refused = matches!(answer.status, 403 | 404 | 405 | 501);
        look.holds(&call, refused, &format!("status {} instead of 405", answer.status));
        if answer.status == 405 {
            look.holds(
                &call,
                answer.header("allow").is_some_and(|allow| allow.contains("GET")),
                "405 without Allow: GET",
            );
            look.status_info(&call, &answer, None);
        }
    }
    Ok(())
}
