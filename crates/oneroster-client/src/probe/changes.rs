//! How far `dateLastModified` can be trusted.

use super::{Changes, Sample};
use crate::ask::{Ask, equal};
use crate::client::Client;
use oneroster::model::Kind;
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;

/// The kinds that are looked at, the most telling first.
const KINDS: [Kind; 3] = [Kind::User, Kind::Enrollment, Kind::Class];

/// How many records of an answer are judged.
const JUDGED: u32 = 100;

/// Looks at the instants of the sample, asks for what is later than the middle
/// one, and for what was deleted.
pub(super) async fn look(client: &Client, samples: &[Sample]) -> (Changes, Option<u64>) {
    let mut found = Changes::Untried;
    let mut tombstones = None;
    for kind in KINDS {
        let Some(sample) = samples.iter().find(|sample| sample.kind == kind && sample.records.len() > 1) else {
            continue;
        };
        if tombstones.is_none() {
            let deleted = equal("status", Status::ToBeDeleted.word());
            tombstones = client.count(Ask::all(kind).filter(deleted)).await.ok().flatten();
        }
        found = of(client, sample).await;
        if found != Changes::OneInstant {
            break;
        }
    }
    (found, tombstones)
}

async fn of(client: &Client, sample: &Sample) -> Changes {
    let mut instants: Vec<Timestamp> = sample.records.iter().filter_map(|record| record.modified).collect();
    if instants.len() * 2 < sample.records.len() {
        return Changes::NoInstants;
    }
    instants.sort_unstable();
    let one = instants.first() == instants.last();
    // Of one instant: nothing is later than it; else what is later than the middle.
    let middle = instants[instants.len() / 2];
    let since = if one { Timestamp(middle.0 + 1) } else { middle };
    let Ok(mut pages) = client.pages(Ask::all(sample.kind).changed_since(since).limit(JUDGED)) else {
        return Changes::NoFilter;
    };
    let Ok(page) = pages.next().await else { return Changes::NoFilter };
    let records: Vec<Record> = page.iter().flat_map(|page| page.records()).filter_map(Result::ok).collect();
    let late = records.iter().all(|record| record.modified.is_none_or(|at| at >= since));
    match (late, one) {
        (false, _) => Changes::NoFilter,
        (true, true) => Changes::OneInstant,
        // The middle one itself must come.
        (true, false) if records.is_empty() => Changes::NoFilter,
        (true, false) => Changes::Honest,
    }
}
