//! Carrying grades to their home: one round through what is due.
//!
//! Records go one by one, parents before those that name them. What comes of
//! each is noted before the next one is sent, so that after a crash at most one
//! is sent twice; a put replaces what is there, and a deletion of what is gone
//! is as good as done.

use super::home::{Way, delete, put};
use crate::output::Failure;
use crate::sync::Source;
use crate::sync::source::SECRET;
use homeroom_store::access::Access;
use homeroom_store::{DatabaseUrl, Forward, Forwards, Roster, Sent, Stand, Turn};
use oneroster::at;
use oneroster::compat::{self, ScaleValues};
use oneroster::model::{Kind, Type, Version};
use oneroster::prefix::Prefix;
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;
use oneroster_client::{Ask, Error, ErrorKind};

/// So many are taken from the queue at once.
const SOME: i64 = 100;
/// After so many failures one after the other the home is left in peace.
const ENOUGH: u32 = 3;
/// The first wait before something is sent again, and the longest, in
/// milliseconds.
const WAITS: (i64, i64) = (5_000, 15 * 60 * 1000);

/// Who carries.
pub struct Post<'a> {
    /// The database.
    pub database: &'a DatabaseUrl,
    /// Its roster.
    pub roster: &'a Roster,
    /// The credentials, of the tenant.
    pub access: &'a Access,
}

/// What came of a round.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Carried {
    /// The home of grades, if there is one.
    pub home: Option<String>,
    /// How many records the home has taken.
    pub there: u64,
    /// How many it does not take.
    pub refused: u64,
    /// How often one could not be sent, and is to be sent again later.
    pub again: u64,
    /// How many wait at the end.
    pub waiting: u64,
    /// Why the round ended before its time.
    pub stopped: Option<String>,
}

/// The wait after so many tries in vain.
pub(super) fn wait_after(tries: u32) -> i64 {
    let (first, longest) = WAITS;
    first.saturating_mul(1 << tries.min(20)).min(longest)
}

/// What came of sending one record.
enum Outcome {
    Sent(Sent),
    /// The home answers nobody just now; with the note.
    Stop(Sent, String),
}

impl Post<'_> {
    /// Carries what is due to the home of grades.
    ///
    /// # Errors
    /// `busy` if another process is at it, and as the store says. What the home
    /// says is no error: it is noted.
    pub fn carry(&self) -> Result<Carried, Failure> {
        let Some(turn) = Turn::take_of(self.database, self.access.tenant(), "grades")? else {
            let told = "another process is carrying grades";
            return Err(Failure { code: "busy", ..Failure::refused(told) }.hint("try again when it has ended"));
        };
        let roster = &self.roster.under(&turn);
        Post { roster, ..*self }.carry_all()
    }

    fn carry_all(&self) -> Result<Carried, Failure> {
        let home = self.roster.begin_forwards()?;
        let mut carried = Carried { home: home.clone(), ..Carried::default() };
        let Some(home) = home else { return Ok(carried) };
        let mut way = None;
        let mut failed = 0;
        while carried.stopped.is_none() {
            let rows = self.roster.forwards_due(self.access.now(), SOME)?;
            if rows.is_empty() {
                break;
            }
            let way = match &mut way {
                Some(way) => way,
                empty => {
                    let source = Source::open(self.roster, &home)?;
                    let secret = source.secret(self.access, SECRET)?;
                    let prefix = source.prefix();
                    empty.insert((Way::to(&source, secret.as_ref())?, prefix))
                }
            };
            for row in rows {
                self.one(way, &row, &mut carried, &mut failed)?;
                if carried.stopped.is_some() {
                    break;
                }
            }
        }
        let standing = self.roster.forwards_standing()?;
        carried.waiting = standing.iter().find(|one| one.stand == Stand::Waiting).map_or(0, |one| one.count);
        Ok(carried)
    }

    /// Sends one record, and notes what came of it.
    fn one(
        &self,
        (way, prefix): &(Way, Prefix),
        row: &Forward,
        carried: &mut Carried,
        failed: &mut u32,
    ) -> Result<(), Failure> {
        let now = self.access.now();
        let stored = self.roster.stored(row.kind, &row.sourced_id)?.map(|stored| stored.record);
        let live = stored.filter(|record| record.status == Status::Active);
        let behind = live.as_ref().map(|record| self.behind(record)).transpose()?.flatten();
        let outcome = match (behind, live) {
            (Some(first), _) => {
                let said = format!("{} {} goes first", first.kind.entity().name, first.sourced_id);
                Outcome::Sent(Sent::Behind(Timestamp(first.due.0.max(now.0) + 1), said))
            }
            (None, Some(record)) => self.put(way, prefix, row, record, now)?,
            (None, None) => deleted(way, prefix, row, now),
        };
        let (sent, stop) = match outcome {
            Outcome::Sent(sent) => (sent, None),
            Outcome::Stop(sent, why) => (sent, Some(why)),
        };
        // Of what was answered late, the later instant counts.
        self.roster.note_forward(row, self.access.now(), &sent)?;
        match sent {
            Sent::There => (carried.there, *failed) = (carried.there + 1, 0),
            Sent::Refused(..) => (carried.refused, *failed) = (carried.refused + 1, 0),
            Sent::Again(_, _, said) => {
                (carried.again, *failed) = (carried.again + 1, *failed + 1);
                carried.stopped = (*failed >= ENOUGH).then_some(said);
            }
            Sent::Behind(..) => {}
        }
        carried.stopped = stop.or(carried.stopped.take());
        Ok(())
    }

    /// What a record names and what waits itself.
    fn behind(&self, record: &Record) -> Result<Option<Forward>, Failure> {
        for (at, field) in (0u8..).zip(record.kind().entity().fields) {
            let Type::Ref(kind, _) = field.ty else { continue };
            if put(kind, Version::V1P2).is_none() {
                continue;
            }
            for id in record.list(at).filter(|id| *id != record.sourced_id || kind != record.kind()) {
                let which = Forwards { stand: Some(Stand::Waiting), sourced_id: Some(id), kind: Some(kind) };
                if let Some(row) = self.roster.forwards(&which, 1)?.pop().filter(|row| !row.gone) {
                    return Ok(Some(row));
                }
            }
        }
        Ok(None)
    }

    fn put(
        &self,
        way: &Way,
        prefix: &Prefix,
        row: &Forward,
        record: Record,
        now: Timestamp,
    ) -> Result<Outcome, Failure> {
        let Some(route) = put(row.kind, way.version) else { return Ok(unsaid(row.kind, way.version)) };
        let record = match self.said_in(way.version, record)? {
            Ok(record) => record,
            Err(why) => return Ok(Outcome::Sent(Sent::Refused(None, why))),
        };
        let mut record = record;
        prefix.strip(&mut record);
        let ask = Ask::route(route).below([record.sourced_id.clone()]);
        Ok(match way.wait(way.client.put(&ask, &record)) {
            Ok(_) => Outcome::Sent(Sent::There),
            Err(error) => came_to(row, &error, now),
        })
    }

    /// A record as a version says it, or why it cannot.
    fn said_in(&self, version: Version, mut record: Record) -> Result<Result<Record, String>, Failure> {
        if version == Version::V1P2 {
            return Ok(Ok(record));
        }
        let scale = self.scale_of(&record)?;
        match record.kind() {
            Kind::LineItem => drop(compat::downgrade_line_item(&mut record, scale.as_ref())),
            Kind::Result => drop(compat::downgrade_result(&mut record, scale.as_ref())),
            _ => {}
        }
        if compat::shown_in(&record, version) {
            return Ok(Ok(record));
        }
        let name = record.kind().entity().name;
        Ok(Err(format!(
            "the home speaks OneRoster {version}, which cannot say this {name}: it wants numbers where the {name} has none"
        )))
    }

    /// The scale of a line item; that of a result, or of its line item.
    fn scale_of(&self, record: &Record) -> Result<Option<ScaleValues>, Failure> {
        let named = match record.kind() {
            Kind::LineItem => record.get(at!(LineItem.scoreScale)).map(str::to_owned),
            Kind::Result => match record.get(at!(Result.scoreScale)) {
                Some(own) => Some(own.to_owned()),
                None => {
                    let item = record.get(at!(Result.lineItem)).unwrap_or_default();
                    let item = self.roster.stored(Kind::LineItem, item)?;
                    item.and_then(|item| item.record.get(at!(LineItem.scoreScale)).map(str::to_owned))
                }
            },
            _ => None,
        };
        let Some(named) = named else { return Ok(None) };
        Ok(self.roster.stored(Kind::ScoreScale, &named)?.map(|scale| ScaleValues::of(&scale.record)))
    }
}

fn deleted(way: &Way, prefix: &Prefix, row: &Forward, now: Timestamp) -> Outcome {
    let Some(route) = delete(row.kind, way.version) else { return unsaid(row.kind, way.version) };
    let ask = Ask::route(route).below([prefix.off(row.kind, &row.sourced_id).unwrap_or(&row.sourced_id)]);
    match way.wait(way.client.delete(&ask)) {
        Ok(_) => Outcome::Sent(Sent::There),
        Err(error) => came_to(row, &error, now),
    }
}

fn unsaid(kind: Kind, version: Version) -> Outcome {
    let why = format!("the home speaks OneRoster {version}, which has no {}", kind.entity().plural);
    Outcome::Sent(Sent::Refused(None, why))
}

/// What an answer that is no success means.
fn came_to(row: &Forward, error: &Error, now: Timestamp) -> Outcome {
    use ErrorKind::{BadRequest, Config, Forbidden, NotFound, NotOffered, Refused, Server, Status};
    let said = error.to_string().trim_end_matches('.').to_owned();
    let asked = error.retry_after().and_then(|wait| i64::try_from(wait.as_millis()).ok()).unwrap_or_default();
    let due = Timestamp(now.0.saturating_add(wait_after(row.tries).max(asked)));
    let again = Sent::Again(due, error.status(), said.clone());
    match error.kind() {
        BadRequest | Config | Forbidden | NotFound | NotOffered | Refused | Status => {
            Outcome::Sent(Sent::Refused(error.status(), said))
        }
        Server if !error.is_transient() => Outcome::Sent(Sent::Refused(error.status(), said)),
        // It may be the fault of this record alone.
        Server => Outcome::Sent(again),
        _ => Outcome::Stop(again, said),
    }
}

impl std::fmt::Debug for Post<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("tenant", &self.access.tenant()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<i64> = [0, 1, 2, 7, 8, 60].into_iter().map(wait_after).collect();
        assert_eq!(waits, [5_000, 10_000, 20_000, 640_000, 900_000, 900_000]);
    }
}
