//! What can be read, how it pages, and how well it is filled.

use super::{Collection, Filled, Paging, Sample, Words};
use crate::ask::Ask;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::page::Page;
use crate::pages::Pages;
use crate::read::words::grades;
use http::header::LINK;
use oneroster::model::{Field, Kind, ROUTES, Route, Shape, Slot, Type, Version};
use oneroster::record::Record;
use oneroster::validate::GRADES;
use std::collections::BTreeMap;

/// How many records of a collection are looked at.
const SAMPLE: u32 = 500;

/// How many words of a member are told.
const WORDS: usize = 40;

/// A page that no known provider gives whole.
const LARGE: u32 = 10_000;

/// Looks at the first records of every collection that stands by itself.
pub(super) async fn look(client: &Client, paging: &mut Paging) -> Result<(Vec<Collection>, Vec<Sample>), Error> {
    let (mut collections, mut samples) = (Vec::new(), Vec::new());
    let version = client.edition().version();
    for route in ROUTES.iter().filter(|route| is_plain(route) && route.versions.has(version)) {
        let ask = Ask::route(route).limit(SAMPLE);
        let mut pages = client.pages(ask)?;
        match pages.next().await {
            Ok(page) => {
                let sample = seen(page.as_ref(), route.kind);
                if let Some(page) = &page {
                    learn(page, &mut pages, paging).await;
                }
                collections.push(collection(route, version, &pages, &sample));
                samples.push(sample);
            }
            // Credentials that are no good are no matter of one collection.
            Err(error) if matches!(error.kind(), ErrorKind::SignIn | ErrorKind::Unreachable) => return Err(error),
            Err(error) => collections.push(failed(route, &error)),
        }
    }
    Ok((collections, samples))
}

fn is_plain(route: &Route) -> bool {
    route.shape == Shape::Collection && route.parents.is_empty() && route.views.is_empty()
}

fn seen(page: Option<&Page>, kind: Kind) -> Sample {
    let records = page.into_iter().flat_map(Page::records).filter_map(Result::ok);
    Sample { kind, records: records.take(SAMPLE as usize).collect() }
}

/// What a page shows of paging; where there is more, the next one is looked at.
async fn learn(page: &Page, pages: &mut Pages, paging: &mut Paging) {
    paging.totals |= page.total().is_some();
    paging.links |= page.header(LINK.as_str()).is_some_and(|link| link.contains("next"));
    let more = page.total().is_none_or(|total| total > page.len() as u64);
    if paging.offsets || !more || page.is_empty() {
        return;
    }
    if let Ok(Some(next)) = pages.next().await {
        paging.offsets = !next.is_empty() && next.digest() != page.digest();
    }
}

/// Asks for a very large page of the largest collection.
pub(super) async fn cap(client: &Client, collections: &[Collection], paging: &mut Paging) {
    let more = |collection: &&Collection| collection.total.is_some_and(|total| total > collection.sample);
    let Some(largest) = collections.iter().filter(more).max_by_key(|collection| collection.total) else { return };
    let ask = Ask::all(largest.kind).limit(LARGE).fields(["sourcedId"]);
    let Ok(mut pages) = client.pages(ask) else { return };
    if let Ok(Some(page)) = pages.next().await {
        let whole = largest.total.is_some_and(|total| page.len() as u64 >= total);
        let count = u32::try_from(page.len()).unwrap_or(u32::MAX);
        paging.cap = (!whole && count < LARGE).then_some(count);
    }
}

fn failed(route: &'static Route, error: &Error) -> Collection {
    Collection {
        kind: route.kind,
        path: route.path,
        total: None,
        sample: 0,
        failure: Some(error.to_string()),
        filled: Vec::new(),
        words: Vec::new(),
    }
}

fn collection(route: &'static Route, version: Version, pages: &Pages, sample: &Sample) -> Collection {
    Collection {
        kind: route.kind,
        path: route.path,
        total: pages.total(),
        sample: sample.records.len() as u64,
        failure: None,
        filled: filled(sample, version),
        words: words(sample, version),
    }
}

fn filled(sample: &Sample, version: Version) -> Vec<Filled> {
    let has = |record: &&Record, slot: Slot, field: &Field| match (slot, field.ty) {
        (Slot::Own(i), Type::Rows(_)) => record.rows(i).next().is_some(),
        (Slot::Modified, _) => record.modified.is_some(),
        _ => record.slot(slot).is_some_and(|value| !value.is_empty()),
    };
    let members = sample.kind.entity().members(version);
    let of = |(slot, field): (Slot, &'static Field)| Filled {
        member: field.name,
        records: sample.records.iter().filter(|record| has(record, slot, field)).count() as u64,
        demanded: field.json_required.has(version),
    };
    members.map(of).filter(|filled| filled.records > 0 || filled.demanded).collect()
}

/// The words of vocabularies, those of nested rows among them, and grades.
fn words(sample: &Sample, version: Version) -> Vec<Words> {
    let mut counts: BTreeMap<String, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut known: BTreeMap<String, &'static Field> = BTreeMap::new();
    for record in &sample.records {
        count(record, "", &mut counts, &mut known);
    }
    let told = |(member, counts): (String, BTreeMap<&str, u64>)| {
        let allowed = |word: &str| match known.get(&member).map(|field| field.ty) {
            Some(Type::Word(vocabulary)) => vocabulary.allows(version, word),
            // Grades are texts with codes that the standard names.
            _ => GRADES.contains(&word),
        };
        let mut words: Vec<(String, u64, bool)> =
            counts.into_iter().map(|(word, count)| (word.to_owned(), count, allowed(word))).collect();
        words.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
        words.truncate(WORDS);
        Words { member, words }
    };
    counts.into_iter().map(told).collect()
}

fn count<'r>(
    record: &'r Record,
    within: &str,
    counts: &mut BTreeMap<String, BTreeMap<&'r str, u64>>,
    known: &mut BTreeMap<String, &'static Field>,
) {
    for (i, field) in (0u8..).zip(record.kind().entity().fields) {
        let name = format!("{within}{}", field.name);
        match field.ty {
            Type::Rows(_) => record.rows(i).for_each(|row| count(row, &format!("{name}."), counts, known)),
            _ if matches!(field.ty, Type::Word(_)) || grades(record.kind()) == Some(i) => {
                for word in record.list(i) {
                    known.insert(name.clone(), field);
                    *counts.entry(name.clone()).or_default().entry(word).or_default() += 1;
                }
            }
            _ => {}
        }
    }
}
