//! Reading page by page: nothing twice, nothing missed, and an end.

use super::super::Step;
use super::super::call::Call;
use super::super::look::{Look, Page, Stop};
use super::super::names::{ID, STATUS, route};
use super::CORE;
use oneroster::model::Kind;
use std::collections::HashSet;

/// Larger collections are not read to their end.
const LARGE: u64 = 20_000;
/// Larger pages need not be given: consumers ask for no more.
const LARGEST_PAGE: u64 = 10_000;

/// The collections that are read whole, with a limit that makes a handful of
/// pages and their sizes.
fn whole(look: &mut Look<'_, '_>) -> Step<Vec<(Call, u64, u64)>> {
    let mut found = Vec::new();
    for kind in CORE {
        let call = look.all(*kind)?;
        match look.page_size(&call) {
            Ok((limit, total)) if total <= LARGE => found.push((call, limit, total)),
            Ok(_) | Err(Stop::NotTried(_)) => {}
            Err(stop) => return Err(stop),
        }
    }
    if found.is_empty() {
        return Err(Stop::NotTried(format!("no collection has between 2 and {LARGE} records")));
    }
    Ok(found)
}

fn ids(pages: &[Page]) -> Vec<String> {
    pages.iter().flat_map(Page::ids).collect()
}

/// Checks that these are so many records, each once.
fn each_once(look: &mut Look<'_, '_>, call: &Call, ids: &[String], total: u64) {
    let distinct: HashSet<&String> = ids.iter().collect();
    look.holds(call, distinct.len() == ids.len(), "a record is on more than one page");
    look.holds(call, distinct.len() as u64 >= total, "the pages together hold fewer records than there are");
    look.holds(call, distinct.len() as u64 <= total, "the pages together hold more records than X-Total-Count says");
}

/// T42: pages by offset; only the last is short, and an empty one keeps its key.
pub(super) fn offsets(look: &mut Look<'_, '_>) -> Step {
    for (call, limit, total) in whole(look)? {
        let pages = look.by_offsets(&call, limit)?;
        each_once(look, &call.clone().with("limit", limit).with("offset", "…"), &ids(&pages), total);
        let beyond = call.with("limit", limit).with("offset", total + 1000);
        let page = look.page(&beyond)?;
        look.holds(&beyond, page.records.is_empty(), "records past the end");
        look.holds(&beyond, page.answer.total().is_none_or(|t| t == total), "X-Total-Count changes past the end");
    }
    Ok(())
}

/// T47: pages by the links of the answers.
pub(super) fn links(look: &mut Look<'_, '_>) -> Step {
    for (call, limit, total) in whole(look)? {
        let call = call.with("limit", limit);
        let pages = look.by_links(&call)?;
        look.holds(&call, pages.len() > 1, "no next link although there are more records");
        each_once(look, &call, &ids(&pages), total);
    }
    Ok(())
}

/// T52: small pages are the large one.
pub(super) fn same_as_one(look: &mut Look<'_, '_>) -> Step {
    for (call, limit, total) in whole(look)? {
        let page = |offset| call.clone().with("limit", limit).with("offset", offset);
        let (first, second) = (look.page(&page(0))?.ids(), look.page(&page(limit))?.ids());
        let overlap = first.iter().any(|id| second.contains(id));
        look.holds(&page(limit), !overlap, "a record of the page before");
        let large = call.clone().with("limit", total.min(LARGEST_PAGE));
        let all = look.page(&large)?.ids();
        let mut small = ids(&look.by_offsets(&call, limit)?);
        small.truncate(LARGEST_PAGE as usize);
        look.holds(&large, all == small, "the large page is not the small ones one after the other");
    }
    Ok(())
}

/// X-Total-Count is sent, and true.
pub(super) fn totals(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let call = look.all(*kind)?.with("limit", 10_000);
        let page = look.page(&call)?;
        let (total, held) = (page.answer.total(), page.records.len() as u64);
        look.holds(&call, total.is_some(), "no X-Total-Count");
        let total = total.unwrap_or(held);
        look.holds(
            &call,
            total == held || total > held && held > 0 && page.answer.link("next").is_some(),
            "X-Total-Count is not the number of records",
        );
    }
    Ok(())
}

/// Links keep the question, and lead back, too.
pub(super) fn links_keep_the_question(look: &mut Look<'_, '_>) -> Step {
    let fields = [ID, STATUS];
    for (call, limit, total) in whole(look)? {
        let asked = call
            .with("limit", limit)
            .with("fields", fields.join(","))
            .filter("status='active'", "")
            .with("sort", ID)
            .with("orderBy", "desc");
        let pages = look.by_links(&asked)?;
        let all = ids(&pages);
        each_once(look, &asked, &all, total);
        look.holds(&asked, all.is_sorted_by(|a, b| a > b), "a linked page does not keep the order that was asked for");
        for record in pages.iter().flat_map(|page| &page.records) {
            let kept = record.as_object().is_some_and(|r| r.keys().all(|name| fields.contains(&name.as_str())));
            look.holds(&asked, kept, "a linked page does not keep the fields that were asked for");
        }
        let later = asked.clone().with("offset", limit);
        let page = look.page(&later)?;
        for (rel, wanted) in [("first", pages.first()), ("prev", pages.first()), ("last", pages.last())] {
            let Some(url) = page.answer.link(rel).map(str::to_owned) else {
                look.fault_of(&later, &format!("no link of the relation {rel}"));
                continue;
            };
            let linked = look.site.follow(look.version, &url);
            let linked = look.arrived(&later, linked)?;
            let linked = look.records(&later, linked)?.ids();
            let same = wanted.is_some_and(|wanted| wanted.ids() == linked);
            look.holds(&later, same, &format!("the link {rel} leads to other records than the reading from the start"));
        }
    }
    Ok(())
}

/// Pages are of one total order, also where the sort field ties.
pub(super) fn stable(look: &mut Look<'_, '_>) -> Step {
    for (call, limit, total) in whole(look)? {
        let tied = call.with("sort", STATUS);
        let (once, again) = (ids(&look.by_offsets(&tied, limit)?), ids(&look.by_offsets(&tied, limit)?));
        each_once(look, &tied, &once, total);
        look.holds(&tied, once == again, "the order of records changes from one reading to the next");
    }
    Ok(())
}

/// T51: a huge limit is no error.
pub(super) fn huge_limit(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllSchools), &[]).with("limit", 1_000_000);
    let page = look.page(&call)?;
    look.holds(&call, !page.records.is_empty() || page.answer.total() == Some(0), "no records at all");
    Ok(())
}

/// The default limit is 100.
pub(super) fn usual_limit(look: &mut Look<'_, '_>) -> Step {
    let mut tried = false;
    for kind in [Kind::User, Kind::Enrollment] {
        let call = look.all(kind)?;
        let page = look.page(&call)?;
        if page.answer.total().unwrap_or(0) > 100 {
            tried = true;
            look.holds(&call, page.records.len() == 100, "a page without a limit does not hold 100 records");
        }
    }
    if tried { Ok(()) } else { Err(Stop::NotTried("no collection has more than 100 records".to_owned())) }
}
