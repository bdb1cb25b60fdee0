//! One roster among several that are read as one: how it stands, and its records
//! in an order that goes through all of them.

use super::{Ask, Asked, Engine, Jump, Reader, Session, Sink, Stand, Where, steps};
use crate::context::Context;
use crate::paging::{Cursor, KeyValue};
use crate::plan::plan;
use crate::sql::told;
use crate::{Error, ErrorKind, Read, Result};
use oneroster::query::Sort;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Where a record stands in an order: its value there, and what tells it from
/// those of the same value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rank(Vec<KeyValue>);

/// No identifier is greater.
const HIGHEST: &str = "\u{10ffff}\u{10ffff}";

/// The version that records were read in, and where each of them stands.
pub type Ranked = (i64, Vec<Rank>);

impl Rank {
    fn value(&self) -> &KeyValue {
        self.0.first().unwrap_or(&KeyValue::Missing)
    }

    /// The order of two records, each of a roster whose identifiers stand behind
    /// a text: as [`oneroster::query::compare`] says of the records shown so.
    pub fn compare(&self, before: &str, other: &Rank, others: &str, sort: &Sort) -> Ordering {
        let rosters = before.cmp(others);
        let missing = |rank: &Rank| *rank.value() == KeyValue::Missing;
        let order = match (missing(self), missing(other)) {
            (false, false) if sort.path.is_identifier() => rosters.then_with(|| sizes(self.value(), other.value())),
            (false, false) => sizes(self.value(), other.value()),
            (a, b) => a.cmp(&b),
        };
        let order = if sort.descending { order.reverse() } else { order };
        order.then(rosters)
    }

    /// Where another roster goes on behind a record of this rank; `rosters` is the
    /// order of the texts before their identifiers, the other one's first. `None`
    /// if that begins with its first record.
    pub fn beside(&self, rosters: Ordering, sort: &Sort) -> Option<Rank> {
        let text = |text: &str| KeyValue::Text(text.to_owned());
        let value = self.value();
        let given = rosters.is_lt();
        let key = match (rosters, value) {
            (Ordering::Equal, _) => return Some(self.clone()),
            (_, KeyValue::Missing) => [KeyValue::Missing, text(if given { HIGHEST } else { "" })],
            // Identifiers of one roster stand together.
            _ if sort.path.is_identifier() => match (given, sort.descending) {
                (true, false) => [KeyValue::Missing, text("")],
                (false, false) => return None,
                (true, true) => [KeyValue::Missing, text(HIGHEST)],
                (false, true) => [text(""), text(HIGHEST)],
            },
            _ => {
                let tie = match self.0.get(1) {
                    // Rows of one instant go the way of the order.
                    Some(KeyValue::Whole(_)) if given != sort.descending => KeyValue::Whole(i64::MAX),
                    Some(KeyValue::Whole(_)) => KeyValue::Whole(i64::MIN),
                    _ if given => text(HIGHEST),
                    _ => text(""),
                };
                [value.clone(), tie]
            }
        };
        Some(Rank(key.into()))
    }
}

fn sizes(a: &KeyValue, b: &KeyValue) -> Ordering {
    let real = |value: &KeyValue| match value {
        KeyValue::Whole(number) => *number as f64,
        KeyValue::Real(number) => *number,
        _ => f64::NAN,
    };
    match (a, b) {
        (KeyValue::Text(a), KeyValue::Text(b)) => a.cmp(b),
        (KeyValue::Whole(a), KeyValue::Whole(b)) => a.cmp(b),
        _ => real(a).partial_cmp(&real(b)).unwrap_or(Ordering::Equal),
    }
}

impl<E: Engine> Reader<E> {
    /// The version that a list of a request would begin with, and how many records
    /// it has.
    pub fn stand(&self, read: &Read<'_>) -> Result<(i64, u64)> {
        self.twice(&mut |_| (), |near, _| self.stand_once(read, near))
    }

    fn stand_once(&self, read: &Read<'_>, near: Where) -> Result<(i64, u64)> {
        let mut session = self.begin(near, read)?;
        let standing = session.standing()?;
        if session.nothing_yet(Some(standing.published))? {
            return Ok((0, 0));
        }
        let (now, _) = self.stands(&mut session, read, standing.of(read.kind))?;
        let total = self.total(&mut session, &Asked::of(read, Vec::new()), now)?;
        session.end()?;
        Ok((now, total))
    }

    /// The records of a request behind a rank, in its order, of no later version
    /// than this.
    pub fn ranked(&self, read: &Read<'_>, until: i64, after: Option<&Rank>, sink: Sink<'_>) -> Result<Ranked> {
        self.twice(sink, |near, sink| self.ranked_once(read, until, after, near, sink))
    }

    fn ranked_once(
        &self,
        read: &Read<'_>,
        until: i64,
        after: Option<&Rank>,
        near: Where,
        sink: Sink<'_>,
    ) -> Result<Ranked> {
        let mut session = self.begin(near, read)?;
        let standing = session.standing()?;
        if session.nothing_yet(Some(standing.published))? {
            return Ok((0, Vec::new()));
        }
        let (now, revised) = self.stands(&mut session, read, standing.of(read.kind))?;
        if after.is_some() && until < revised {
            return Err(Error::new(ErrorKind::Cursor, "the grant of this application was changed since; begin again"));
        }
        let version = Stand { now, revised, until }.version();
        let mut planned = plan(read);
        planned.shape.past = version != now;
        let key = after.map_or(&[][..], |rank| &rank.0);
        let mut ranks = Vec::new();
        let steps = steps(&planned.shape.order, key, 0);
        let only = steps.len() == 1;
        for &step in steps {
            let left = u64::from(read.limit).saturating_sub(ranks.len() as u64);
            if left == 0 {
                break;
            }
            (planned.shape.key, planned.shape.limit) = (step, told(E::DIALECT, left));
            let statement = self.statement(&planned.shape);
            let context = Context { key, version, limit: left, ..self.context(read, &[], "") };
            let (values, order) = (context.values(&statement)?, &planned.shape.order);
            let (kind, view) = (read.kind, read.view);
            let ask = Ask { kind, view, statement: &statement, values, order, last: 0, only, every: true };
            ranks.extend(session.give(&ask, sink)?.keys.into_iter().map(Rank));
        }
        session.end()?;
        Ok((version, ranks))
    }

    /// Keeps where a page of several rosters ended, for the same caller's next
    /// one, whichever node is asked for it.
    pub fn keep_place(&self, caller: u64, (request, offset): (u64, u64), text: &str) {
        let key = vec![KeyValue::Text(text.to_owned())];
        let place = Cursor { version: 0, total: 0, offset, request, key };
        self.engine.keep_place(caller, &place);
        self.bookmarks.keep(caller, place);
    }

    /// What was kept so.
    pub fn find_place(&self, caller: u64, (request, offset): (u64, u64)) -> Result<Option<String>> {
        let found = match self.bookmarks.find(caller, request, offset) {
            Some(found) => Some(found),
            None => self.engine.find_place(Jump { caller, request, offset })?,
        };
        Ok(found.and_then(|place| match place.key.into_iter().next() {
            Some(KeyValue::Text(text)) => Some(text),
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::model::{Kind, Version};
    use oneroster::query::{Query, compare};
    use oneroster::record::Record;
    use proptest::prelude::*;

    fn sort(text: &str) -> Sort {
        let route = oneroster::model::ROUTES.iter().find(|route| route.operation == "getAllUsers");
        Query::parse(Some(text), route.unwrap(), Version::V1P2).unwrap().sort.unwrap()
    }

    /// A person as it is shown, with where it stands in its own roster.
    fn person(before: &str, id: &str, value: Option<&str>, sort: &Sort) -> (Record, Rank) {
        let mut record = Record::new(Kind::User);
        record.sourced_id = format!("{before}{id}");
        let prefix = if sort.path.is_identifier() { before } else { "" };
        if let (oneroster::model::Slot::Own(field), Some(value)) = (sort.path.slot, value) {
            record.push(field, &format!("{prefix}{value}"));
        }
        let key = value.map_or(KeyValue::Missing, |value| KeyValue::Text(value.to_owned()));
        (record, Rank(vec![key, KeyValue::Text(id.to_owned())]))
    }

    proptest! {
        /// The order is that of the records shown, and each roster goes on behind
        /// a record with exactly those of its own that stand behind it.
        #[test]
        fn rosters_follow_one_order(
            people in proptest::collection::vec(("a\\.|a-b\\.|b\\.", "[a-c]{1,2}", proptest::option::of("[a-c]{1,2}")), 2..9),
            by in prop::sample::select(&["familyName", "primaryOrg"][..]),
            descending in any::<bool>(),
        ) {
            let sort = sort(&format!("sort={by}&orderBy={}", if descending { "desc" } else { "asc" }));
            let all: Vec<_> = people.iter().map(|(b, id, value)| (b, person(b, id, value.as_deref(), &sort))).collect();
            for (before, (record, rank)) in &all {
                for (others, (other, theirs)) in &all {
                    let wanted = compare(&sort, record, other);
                    if before != others {
                        prop_assert_eq!(rank.compare(before, theirs, others, &sort), wanted);
                    }
                    let Some(from) = rank.beside(others.cmp(before), &sort) else {
                        prop_assert!(wanted.is_lt());
                        continue;
                    };
                    let in_its_roster = from.compare("", theirs, "", &sort);
                    let tie = || text(&from.0[1]).cmp(text(&theirs.0[1]));
                    prop_assert_eq!(in_its_roster.then_with(tie).is_lt(), wanted.is_lt(), "{:?} {:?}", from, theirs);
                }
            }
        }
    }

    fn text(value: &KeyValue) -> &str {
        match value {
            KeyValue::Text(text) => text,
            _ => "",
        }
    }

    #[test]
    fn rows_of_one_instant_go_the_way_of_the_order() {
        let rank = Rank(vec![KeyValue::Whole(7), KeyValue::Whole(3)]);
        for (order, rosters, tie) in [
            ("asc", Ordering::Less, i64::MAX),
            ("asc", Ordering::Greater, i64::MIN),
            ("desc", Ordering::Less, i64::MIN),
            ("desc", Ordering::Greater, i64::MAX),
        ] {
            let from = rank.beside(rosters, &sort(&format!("sort=dateLastModified&orderBy={order}"))).unwrap();
            assert_eq!(from.0, [KeyValue::Whole(7), KeyValue::Whole(tie)], "{order} {rosters:?}");
        }
    }
}
