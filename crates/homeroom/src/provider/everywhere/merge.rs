//! All districts at once, in an order that goes through them.

use super::cursor::{Cursor, Place, Versions};
use super::page::{Page, Pull};
use crate::provider::answer::Refusal;
use crate::provider::operations::Job;
use homeroom_store::{Rank, Roster};
use oneroster::grant::Naming;
use oneroster::query::Sort;
use std::cmp::Ordering;
use std::collections::VecDeque;

/// The fewest records that are asked of a district at once.
const FEWEST: u32 = 8;
/// What was published so long before the latest version, in milliseconds, is
/// committed, whatever the clocks of nodes say.
const SETTLED: i64 = 5 * 60 * 1000;

/// What a district gives, a few records ahead.
struct Stream {
    name: String,
    before: String,
    roster: Roster,
    job: Job,
    until: i64,
    version: i64,
    /// Behind what more are asked for.
    after: Option<Rank>,
    ended: bool,
    ahead: VecDeque<Record>,
}

/// A record that is written already.
struct Record {
    rank: Rank,
    id: String,
    written: Vec<u8>,
}

/// Writes a page that begins so many records behind a place; where it ends.
pub(super) fn give(
    pull: &Pull,
    sort: &Sort,
    begun: &Cursor,
    mut skip: u64,
    page: &mut Page,
) -> Result<Place, Box<Refusal>> {
    match &begun.place {
        Place::End => return Ok(Place::End),
        Place::In(..) => return Err(Refusal::cursor()),
        Place::Begin | Place::After(..) => {}
    }
    let mut streams = streams(pull, sort, begun)?;
    let mut last: Option<(String, Rank)> = None;
    while let Some(least) = least(&mut streams, sort)? {
        if page.given == pull.query.limit {
            return Ok(match last {
                Some((name, rank)) => Place::After(name, rank, versions(begun, &streams)),
                None => Place::End,
            });
        }
        let stream = &mut streams[least];
        let Some(record) = stream.ahead.pop_front() else { continue };
        if skip > 0 {
            skip -= 1;
            continue;
        }
        page.push(&stream.job, &record.id, stream.version, &record.written)?;
        last = Some((stream.name.clone(), record.rank));
    }
    Ok(Place::End)
}

fn streams(pull: &Pull, sort: &Sort, begun: &Cursor) -> Result<Vec<Stream>, Box<Refusal>> {
    let share = pull.query.limit / u32::try_from(pull.all.len()).unwrap_or(u32::MAX).max(1);
    let at_once = share.max(FEWEST).min(pull.query.limit);
    let mut streams = Vec::new();
    for there in &pull.all {
        let Some((roster, job)) = pull.open(there, at_once)? else { continue };
        let (name, before) = (there.name.as_deref().unwrap_or_default(), there.naming.before());
        let (after, until) = match &begun.place {
            Place::After(last, rank, versions) => {
                let rosters = before.cmp(Naming::of_district(last, false).before());
                let late = versions.iter().find(|(known, _)| known == name);
                (rank.beside(rosters, sort), late.map_or(begun.until - SETTLED, |(_, version)| *version))
            }
            _ => (None, begun.until),
        };
        streams.push(Stream {
            name: name.to_owned(),
            before: before.to_owned(),
            roster,
            job,
            until,
            version: 0,
            after,
            ended: false,
            ahead: VecDeque::new(),
        });
    }
    Ok(streams)
}

/// Which stream has the first record in the order, if any has one.
fn least(streams: &mut [Stream], sort: &Sort) -> Result<Option<usize>, Box<Refusal>> {
    let mut least: Option<usize> = None;
    for at in 0..streams.len() {
        streams[at].fill()?;
        let first = |at: usize| streams[at].ahead.front().map(|record| (&record.rank, streams[at].before.as_str()));
        let Some((rank, before)) = first(at) else { continue };
        let earlier = least
            .and_then(first)
            .is_none_or(|(other, others)| rank.compare(before, other, others, sort) == Ordering::Less);
        if earlier {
            least = Some(at);
        }
    }
    Ok(least)
}

/// In which versions the list goes on, where that is not told by its beginning.
fn versions(begun: &Cursor, streams: &[Stream]) -> Versions {
    match &begun.place {
        Place::After(_, _, versions) => versions.clone(),
        _ => {
            let late = streams.iter().filter(|stream| stream.version > begun.until - SETTLED);
            late.map(|stream| (stream.name.clone(), stream.version)).collect()
        }
    }
}

impl Stream {
    /// Asks for more if nothing is left.
    fn fill(&mut self) -> Result<(), Box<Refusal>> {
        if self.ended || !self.ahead.is_empty() {
            return Ok(());
        }
        let plan = self.job.plan();
        let mut veil = self.job.veil(&plan);
        let mut written = Vec::new();
        let read = self.job.read();
        let given = self.roster.ranked(&read, self.until, self.after.as_ref(), &mut |row| {
            let mut record = Vec::new();
            veil.write(row, &mut record);
            written.push((row.sourced_id.to_owned(), record));
        });
        let (version, ranks) = given.map_err(|e| Refusal::store(&e))?;
        self.ended = ranks.len() < read.limit as usize;
        self.version = version;
        self.after = ranks.last().cloned().or(self.after.take());
        let records = ranks.into_iter().zip(written);
        self.ahead = records.map(|(rank, (id, written))| Record { rank, id, written }).collect();
        Ok(())
    }
}
