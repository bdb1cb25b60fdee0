//! What an application must see, by the definition on records.

use super::made::{Dice, bounds, district, next_day};
use crate::district::{Bench, Engine, read};
use homeroom_store::{Read, Roster, Tombstones, ViewId};
use oneroster::grant::{Bounds, Visible};
use oneroster::model::{Kind, Version};
use oneroster::record::{Record, Status};
use oneroster::time::{Date, Timestamp};
use std::collections::BTreeMap;

/// Records by kind and identifier.
pub type Records = BTreeMap<(Kind, String), Record>;

/// A roster that changes, and what an application must have seen of it.
pub struct Watch {
    pub bench: Bench,
    pub bounds: Bounds,
    pub view: ViewId,
    pub today: Date,
    packages: Vec<Record>,
    /// What is visible, with the instant of its last change, and tombstones of
    /// what was.
    pub seen: Records,
    /// Tombstones of records that are not deleted in the roster.
    pub left: Vec<(Kind, String)>,
    clock: i64,
}

const NAME: &str = "app";

/// 2026-09-01.
pub fn day() -> Date {
    Date::parse("2026-09-01").unwrap()
}

impl Watch {
    pub fn new(engine: Engine, dice: &mut Dice) -> Watch {
        let (mut bench, bounds) = (Bench::new(engine), bounds(dice));
        let packages = district(dice);
        bench.import("file", &packages);
        let view = bench.roster.view(NAME, &bounds, Timestamp(5), day()).unwrap().unwrap();
        let (seen, left) = (Records::new(), Vec::new());
        let mut watch = Watch { bench, bounds, view, today: day(), packages, seen, left, clock: 5 };
        watch.follow(true);
        watch
    }

    /// Another day's package.
    pub fn import(&mut self, dice: &mut Dice) {
        self.packages = next_day(dice, &self.packages);
        let written = self.bench.import("file", &self.packages).0;
        if written.published.is_some() {
            self.follow(false);
        }
    }

    /// Other bounds.
    pub fn revise(&mut self, bounds: Bounds) {
        self.bounds = bounds;
        self.again();
    }

    /// Another day.
    pub fn pass(&mut self, today: Date) {
        self.today = today;
        self.again();
    }

    fn again(&mut self) {
        self.clock += 1;
        let at = Timestamp(self.clock);
        self.view = self.bench.roster.view(NAME, &self.bounds, at, self.today).unwrap().unwrap();
        self.follow(false);
    }

    /// Brings what must have been seen to the version that stands.
    fn follow(&mut self, first: bool) {
        let roster = all(&self.bench.roster);
        let live: Vec<Record> = roster.values().filter(|r| r.status == Status::Active).cloned().collect();
        let visible = Visible::of(&self.bounds, self.today, &live);
        let now = newest(&self.bench.roster, self.view);
        for (key, record) in &roster {
            let shown = visible.show(record);
            let before = self.seen.get(key).cloned();
            let was = before.as_ref().is_some_and(|before| before.status == Status::Active);
            match (shown, before) {
                (Some(mut shown), before) => {
                    let same = was && record.modified < Some(now) && before.as_ref().is_some_and(|b| *b == shown);
                    shown.modified = match (first, same) {
                        (true, _) => record.modified,
                        (_, true) => before.and_then(|before| before.modified),
                        _ => Some(now),
                    };
                    self.left.retain(|known| known != key);
                    self.seen.insert(key.clone(), shown);
                }
                (None, Some(mut before)) if was => {
                    (before.status, before.modified) = (Status::ToBeDeleted, Some(now));
                    if record.status == Status::Active || record.modified < Some(now) {
                        self.left.push(key.clone());
                    }
                    self.seen.insert(key.clone(), before);
                }
                _ => {}
            }
        }
    }

    /// What is visible now.
    pub fn visible(&self) -> impl Iterator<Item = &Record> {
        self.seen.values().filter(|record| record.status == Status::Active)
    }

    /// A read of a whole collection in the view.
    pub fn read(&self, kind: Kind, version: Version, tombstones: Tombstones) -> Read<'static> {
        Read { view: Some(self.view), tombstones, ..read(kind, version) }
    }
}

/// Every record of a roster, nested and linking ones too, and tombstones.
pub fn all(roster: &Roster) -> Records {
    let ask = |kind| Read { tombstones: Tombstones::Shown, ..read(kind, Version::V1P2) };
    Kind::all().flat_map(|kind| given(roster, &ask(kind))).map(|r| ((r.kind(), r.sourced_id.clone()), r)).collect()
}

/// The records of a page.
pub fn given(roster: &Roster, ask: &Read<'_>) -> Vec<Record> {
    let mut records = Vec::new();
    let kind = ask.kind;
    roster
        .page(ask, &mut |row| {
            let mut record = Record::unpack(kind, row.sourced_id, row.packed).unwrap();
            (record.status, record.modified) = (row.status, Some(row.published));
            records.push(record);
        })
        .unwrap()
        .unwrap();
    records
}

/// The instant of the newest version of a roster in a view.
pub fn newest(roster: &Roster, view: ViewId) -> Timestamp {
    roster.published_in(view).unwrap().at.unwrap()
}
