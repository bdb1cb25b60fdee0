//! Deltas: does `dateLastModified` tell the truth?

use super::super::Step;
use super::super::call::Call;
use super::super::look::{Look, Stop, id};
use super::super::names::{ID, MODIFIED, STATUS, collection};
use super::CORE;
use oneroster::model::{Kind, ROUTES, Shape};
use oneroster::time::{DAY_MS, Timestamp};
use serde_json::Value;

/// What SDS reads.
const SYNCED: [Kind; 5] = [Kind::AcademicSession, Kind::Org, Kind::User, Kind::Class, Kind::Enrollment];

/// T26: only active records, up to 5000 in one page.
pub(super) fn active(look: &mut Look<'_, '_>) -> Step {
    for kind in SYNCED {
        let call = look.all(kind)?.with("offset", 0).with("limit", 5000).filter("status='active'", "");
        let page = look.page(&call)?;
        let active = page.records.iter().all(|r| r[STATUS] == "active");
        look.holds(&call, active, "a record that is not active");
        let (total, held) = (page.answer.total().unwrap_or(0), page.records.len() as u64);
        look.holds(&call, held >= total.min(5000), "fewer than 5000 records although there are more");
    }
    Ok(())
}

/// T27: only later records.
pub(super) fn later(look: &mut Look<'_, '_>) -> Step {
    for kind in SYNCED {
        let all = look.all(kind)?;
        let early = all.clone().with("limit", 50).filter(&format!("{MODIFIED}>'2000-01-01T00:00:00Z'"), "");
        let page = look.page(&early)?;
        let Some(stamp) = page.records.first().and_then(|r| r[MODIFIED].as_str()).map(str::to_owned) else {
            look.fault_of(&early, "no record has changed since the year 2000");
            continue;
        };
        let call = all.with("limit", 50).filter(&format!("{MODIFIED}>'{{}}'"), &stamp);
        let later = |r: &Value| r[MODIFIED].as_str().is_some_and(|at| at > stamp.as_str());
        let page = look.page(&call)?;
        look.holds(&call, page.records.iter().all(later), "a record that did not change after that time");
    }
    Ok(())
}

/// T39: a day alone is its midnight in UTC.
pub(super) fn days(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let all = look.all(*kind)?;
        let Some(stamp) = first_stamp(look, &all)? else { continue };
        let day = stamp.get(..10).unwrap_or_default().to_owned();
        let count =
            |look: &mut Look<'_, '_>, text: &str| look.count(&all.clone().filter(&format!("{MODIFIED}>='{text}'"), ""));
        let alone = count(look, &day)?;
        let midnight = count(look, &format!("{day}T00:00:00.000Z"))?;
        let call = all.clone().filter(&format!("{MODIFIED}>='{day}'"), "");
        look.holds(&call, alone == midnight, "other records than since its midnight");
        let offset = count(look, &format!("{day}T02:00:00+02:00"))?;
        look.holds(&call, offset == midnight, "other records than with an offset of two hours");
    }
    Ok(())
}

fn first_stamp(look: &mut Look<'_, '_>, all: &Call) -> Step<Option<String>> {
    let page = look.page(&all.clone().with("limit", 1))?;
    Ok(page.records.first().and_then(|r| r[MODIFIED].as_str()).map(str::to_owned))
}

/// A poll with the greatest stamp misses nothing and repeats only that stamp.
pub(super) fn polls(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let all = look.all(*kind)?;
        let newest = all.clone().with("sort", MODIFIED).with("orderBy", "desc");
        let Some(stamp) = first_stamp(look, &newest)? else { continue };
        let again = all.clone().with("limit", 50).filter(&format!("{MODIFIED}>='{{}}'"), &stamp);
        let page = look.page(&again)?;
        look.holds(&again, !page.records.is_empty(), "the newest record is missing");
        let fits = |r: &Value| r[MODIFIED].as_str().is_some_and(|at| at >= stamp.as_str());
        look.holds(&again, page.records.iter().all(fits), "an older record");
        let next = Timestamp::parse(&stamp).map(|at| Timestamp(at.0 + DAY_MS).to_string()).unwrap_or_default();
        let future = all.clone().filter(&format!("{MODIFIED}>'{{}}'"), &next);
        let page = look.page(&future)?;
        look.holds(&future, page.records.is_empty(), "a record of a time that nothing has");
    }
    Ok(())
}

/// Before and since part the active records in two.
pub(super) fn halves(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let all = look.all(*kind)?;
        let Some(stamp) = first_stamp(look, &all)? else { continue };
        let active = look.count(&all.clone().filter("status='active'", ""))?;
        let since = all.clone().filter(&format!("{MODIFIED}>='{{}}' AND status='active'"), &stamp);
        let before = all.clone().filter(&format!("{MODIFIED}<'{{}}' AND status='active'"), &stamp);
        let (a, b) = (look.count(&since)?, look.count(&before)?);
        look.holds(&since, a + b == active, "together with the earlier ones not all active records");
    }
    Ok(())
}

/// Each record found by its own time, and by it alone, is the same record.
pub(super) fn found_again(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let single = ROUTES.iter().find(|r| {
            r.kind == *kind
                && r.shape == Shape::Single
                && collection(*kind).is_some_and(|all| r.path.starts_with(all.path))
        });
        let Some(single) = single else { continue };
        let page = look.page(&look.all(*kind)?.with("limit", 5))?;
        for record in &page.records {
            let stamp = record[MODIFIED].as_str().unwrap_or_default();
            let call = Call::new(single, &[id(record)]);
            let alone = look.record(&call)?;
            look.holds(&call, alone[MODIFIED] == stamp, "another dateLastModified than in the collection");
        }
        let Some((record, stamp)) = page.records.first().and_then(|r| Some((r, r[MODIFIED].as_str()?))) else {
            continue;
        };
        let call = look.all(*kind)?.filter(&format!("{MODIFIED}='{stamp}' AND {ID}='{{}}'"), id(record));
        let found = look.page(&call)?.ids();
        look.holds(&call, found == [id(record)], "a record is not found by its own dateLastModified");
    }
    Ok(())
}

/// T40: two clauses, one with a dotted path.
pub(super) fn two_clauses(look: &mut Look<'_, '_>) -> Step {
    let room = look.classroom()?;
    let call = look.all(Kind::Class)?.with("limit", 50);
    let since =
        call.clone().filter(&format!("school.{ID}='{{}}' AND {MODIFIED}<='2999-07-01T12:00:00.000Z'"), &room.school);
    let found = look.page(&since)?;
    let ours = |r: &Value| id(&r["school"]) == room.school;
    look.holds(&since, !found.records.is_empty() && found.records.iter().all(ours), "not the classes of the school");
    let never = call.filter(&format!("school.{ID}='{{}}' AND {MODIFIED}<='1999-07-01T12:00:00.000Z'"), &room.school);
    let found = look.page(&never)?;
    if found.records.iter().any(|r| r[MODIFIED].as_str().is_none_or(|at| at > "1999-07-01T12")) {
        return look.fail(&never, "a record that changed later");
    }
    if room.school.is_empty() {
        return Err(Stop::NotTried("the class has no school".to_owned()));
    }
    Ok(())
}
