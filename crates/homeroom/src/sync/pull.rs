//! One fetch of a source: from what it gives to runs.

use super::clever::Clever;
use super::files::{self, Errand};
use super::quiet::Quiet;
use super::rest::Provider;
use super::settings::Kind;
use super::source::{Room, SECRET, Source};
use super::state::State;
use super::{Carrier, Parcel};
use crate::admin::runs::sums;
use crate::admin::{self, Office, clear};
use crate::grades::home;
use crate::intake::cleansing;
use crate::intake::prefix;
use crate::intake::retention::enforce;
use crate::intake::words::percent;
use crate::intake::{Ended, Request, Watcher, sentence};
use crate::output::Failure;
use homeroom_store::access::Access;
use homeroom_store::{DatabaseUrl, Deed, Roster, Run, RunState, Turn};
use oneroster::time::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// Among so many runs one is looked for that waits.
const LOOKED_AT: i64 = 1_000;

/// Who fetches.
pub struct Puller<'a> {
    /// The database.
    pub database: &'a DatabaseUrl,
    /// Its roster.
    pub roster: &'a Roster,
    /// The applications and the key, of the tenant.
    pub access: &'a Access,
    /// By which name a run knows who fetches.
    pub name: &'a str,
    /// By which name the audit knows them.
    pub who: &'a str,
    /// Where what is fetched may be kept if it cannot lie beside the database.
    pub room: Option<PathBuf>,
    /// How long to wait for another run.
    pub patience: Duration,
    /// What time it is.
    pub clock: &'a dyn Fn() -> Timestamp,
}

/// What is wanted of a fetch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Everything, not only what has changed; what was taken already, too.
    pub full: bool,
    /// Only compare and show.
    pub dry_run: bool,
    /// The share of a kind that may be removed, in percent.
    pub max_removed: Option<f64>,
    /// A package that was looked at already, too.
    again: bool,
}

impl Wanted {
    /// What is wanted by hand.
    pub fn by_hand(full: bool, dry_run: bool, max_removed: Option<f64>) -> Wanted {
        Wanted { full, dry_run, max_removed, again: false }
    }
}

/// What a package came to.
#[derive(Debug)]
pub enum Came {
    /// It became a run.
    Run(Box<Ended>),
    /// It could not be taken.
    Failed(Failure),
}

/// What a fetch came to.
#[derive(Debug, Default)]
pub struct Pulled {
    /// What each package came to; none if there was nothing new.
    pub came: Vec<Came>,
    /// What there is to say besides.
    pub notes: Vec<String>,
    /// The run of an earlier fetch that waits for a yes, if nothing came.
    pub waits: Option<i64>,
}

impl Pulled {
    /// How many records were added, changed and removed by what was applied.
    pub fn moved(&self) -> [u64; 3] {
        let applied = self.came.iter().filter_map(|came| match came {
            Came::Run(ended) if ended.state == RunState::Applied => Some(sums(&ended.plan)),
            _ => None,
        });
        applied.fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z])
    }

    /// The word and the sentence for what it came to in the end, and its run.
    pub fn outcome(&self) -> (&'static str, String, Option<i64>) {
        match self.came.last() {
            None => ("nothing", self.nothing(), None),
            Some(Came::Failed(failure)) => ("failed", failure.message.clone(), None),
            Some(Came::Run(ended)) => (ended.state.word(), sentence(ended, false), ended.run),
        }
    }
}

impl Pulled {
    /// That nothing came, in words.
    fn nothing(&self) -> String {
        match self.waits {
            None => "there is nothing new".to_owned(),
            Some(run) => format!("there is nothing new; run {run} waits for a yes: homeroom runs approve {run}"),
        }
    }
}

impl Puller<'_> {
    /// Fetches a source and imports what came.
    ///
    /// # Errors
    /// `busy` if another process fetches it, and what kept it from being
    /// fetched; that is noted with the source, and as a failed run.
    pub fn pull(&self, source: &Source, wanted: Wanted, watcher: &mut dyn Watcher) -> Result<Pulled, Failure> {
        let Some(turn) = self.turn(source)? else {
            let told = format!("another process is fetching {}", source.name());
            return Err(Failure { code: "busy", ..Failure::refused(told) }.hint("try again when it has ended"));
        };
        let roster = self.roster.under(&turn);
        // Another one may have been at it a moment ago.
        let source = Source::open(&roster, source.name())?;
        // Who fetches by hand what waits for a yes is to be asked again.
        let wanted = Wanted { again: waiting(&roster, source.name())?.is_some(), ..wanted };
        self.with(&roster).noted(&source, wanted, watcher)
    }

    /// The same, over a roster that is written under a turn.
    fn with<'b>(&'b self, roster: &'b Roster) -> Puller<'b> {
        Puller { roster, room: self.room.clone(), ..*self }
    }

    /// Fetches a source if its time has come; none if another node was quicker.
    ///
    /// # Errors
    /// As [`Puller::pull`].
    pub fn scheduled(&self, source: &Source, watcher: &mut dyn Watcher) -> Result<Option<Pulled>, Failure> {
        let Some(turn) = self.turn(source)? else { return Ok(None) };
        let roster = self.roster.under(&turn);
        let source = Source::open(&roster, source.name())?;
        let now = (self.clock)();
        if !source.is_due(now)? {
            return Ok(None);
        }
        let mut state = State::of(&source.feed);
        // Heeded before it is done: what kills us is not tried again and again.
        state.heeded = Some(now.0);
        state.keep(&roster, source.name())?;
        self.with(&roster).noted(&source, Wanted::default(), watcher).map(Some)
    }

    fn turn(&self, source: &Source) -> Result<Option<Turn>, Failure> {
        fetching(self.database, self.access.tenant(), source.name())
    }

    fn noted(&self, source: &Source, wanted: Wanted, watcher: &mut dyn Watcher) -> Result<Pulled, Failure> {
        // A connection that read once is kept. While one is open, those that come
        // and go beside it need not tidy up the write-ahead log each time.
        self.roster.published()?;
        let begun = (self.clock)();
        let done = self.fetch(source, wanted, watcher);
        if !wanted.dry_run {
            self.note(source, &done, begun)?;
        }
        done
    }

    fn fetch(&self, source: &Source, wanted: Wanted, watcher: &mut dyn Watcher) -> Result<Pulled, Failure> {
        let room = Room::of(self.database, self.access.tenant(), source.name(), self.room.clone())?;
        let state = State::of(&source.feed);
        // What rules leave out is not stored, and changes do not tell whether it
        // is to come in now.
        let whole = source.kind == Kind::Oneroster && cleansing::leaves_out(self.roster, source.name())?;
        let errand = Errand {
            source,
            room: &room,
            secret: source.secret(self.access, SECRET)?,
            mark: state.package,
            again: wanted.full || whole || (wanted.again && source.kind == Kind::Csv),
            now: (self.clock)(),
        };
        let mut carrier: Box<dyn Carrier + '_> = match source.kind {
            Kind::Csv => files::carrier(errand)?,
            Kind::Oneroster => Box::new(Provider::new(errand)),
            Kind::Clever => Box::new(Clever::new(errand)),
        };
        let mut pulled = Pulled::default();
        while let Some(parcel) = carrier.next()? {
            let go_on = self.take(source, parcel, carrier.as_mut(), wanted, watcher, &mut pulled)?;
            pulled.notes.append(&mut carrier.notes());
            if !go_on {
                break;
            }
        }
        pulled.notes.append(&mut carrier.notes());
        if pulled.came.is_empty() {
            pulled.waits = waiting(self.roster, source.name())?;
        }
        Ok(pulled)
    }

    /// Imports one package; whether to go on with the next.
    fn take(
        &self,
        source: &Source,
        parcel: Parcel,
        carrier: &mut dyn Carrier,
        wanted: Wanted,
        watcher: &mut dyn Watcher,
        pulled: &mut Pulled,
    ) -> Result<bool, Failure> {
        match self.import(source, &parcel, wanted, watcher) {
            Ok(None) => {
                carrier.done(parcel, true)?;
                Ok(true)
            }
            Ok(Some(ended)) => {
                let (state, run) = (ended.state, ended.run);
                pulled.came.push(Came::Run(Box::new(ended)));
                if wanted.dry_run {
                    carrier.leave(parcel);
                    return Ok(false);
                }
                self.remember(source, &parcel, state, run)?;
                carrier.done(parcel, state != RunState::Rejected)?;
                // What waits for a yes is not to be buried under the next one.
                Ok(!state.waits())
            }
            // A package that cannot be read is put aside, for the next may be
            // good; whatever else is wrong is wrong for that one, too.
            Err(failure) if failure.code == "unreadable" && !wanted.dry_run => {
                self.remember(source, &parcel, RunState::Failed, None)?;
                carrier.done(parcel, false)?;
                pulled.came.push(Came::Failed(failure));
                Ok(true)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Imports a package; none if all of it was known.
    fn import(
        &self,
        source: &Source,
        parcel: &Parcel,
        wanted: Wanted,
        watcher: &mut dyn Watcher,
    ) -> Result<Option<Ended>, Failure> {
        let now = (self.clock)();
        let set = source.text("max-removed").and_then(|text| percent(text).ok());
        let request = |dry_run| Request {
            package: parcel.path.clone(),
            source: source.name().to_owned(),
            dry_run,
            max_removed: wanted.max_removed.or(set),
            max_rejected: None,
            rekey: None,
            nested_whole: source.kind != Kind::Csv,
            met: parcel.met.clone(),
            who: self.name.to_owned(),
            options: files::options(source, now),
        };
        let turn = admin::turn(self.database, self.access.tenant(), self.patience, &mut || {})?;
        let roster = &self.roster.under(&turn);
        clear(roster, now)?;
        if let Some(asked) = parcel.asked.filter(|_| home::is_home(source)) {
            roster.asked_grades_home(asked)?;
        }
        let audit = self.access.audit();
        let office = Office { roster, audit: &audit, name: self.name, who: self.who, clock: self.clock };
        // Fetches overlap, so that nothing is missed; to bring again what is known
        // is worth no run.
        if parcel.stale && !wanted.dry_run && is_known(&office.import(&request(true), &mut Quiet { yes: false })?) {
            return Ok(None);
        }
        let ended =
            office.import(&request(wanted.dry_run), watcher).or_else(|failure| hinted(roster, source, failure))?;
        if ended.state == RunState::Applied
            && let Err(failure) = enforce(roster, Some(self.access), (self.clock)())
        {
            let tenant = self.access.tenant();
            tracing::warn!(tenant, "what is older than the retention could not be removed: {failure}");
        }
        Ok(Some(ended))
    }

    /// A package that was looked at is not looked at again; changes of a provider
    /// are known only once they are applied.
    fn remember(&self, source: &Source, parcel: &Parcel, how: RunState, run: Option<i64>) -> Result<(), Failure> {
        let mut state = State::of(&Source::open(self.roster, source.name())?.feed);
        // Whoever edited it meanwhile wants everything anew.
        if state.afresh != State::of(&source.feed).afresh {
            return Ok(());
        }
        state.package = parcel.mark.clone();
        if let Some(checkpoint) = parcel.checkpoint.clone() {
            state.reached(checkpoint, run, how);
        }
        state.keep(self.roster, source.name())
    }

    /// Notes what a fetch came to; the first failure of a row becomes a run.
    fn note(&self, source: &Source, done: &Result<Pulled, Failure>, begun: Timestamp) -> Result<(), Failure> {
        let now = (self.clock)();
        let mut state = State::of(&Source::open(self.roster, source.name())?.feed);
        match done {
            Ok(pulled) => {
                let (came, said, run) = pulled.outcome();
                state.ended(now, run, came, &said);
            }
            // Nothing is wrong with the source.
            Err(failure) if matches!(failure.code, "busy" | "interrupted") => return Ok(()),
            Err(failure) => {
                let known = state.last.as_ref().filter(|last| last.came == "failed" && last.said == failure.message);
                let run = match known {
                    Some(last) => last.run,
                    None => Some(self.failed(source, failure, (begun, now))?),
                };
                state.ended(now, run, "failed", &failure.message);
            }
        }
        state.keep(self.roster, source.name())
    }

    /// The run of a failure: its own, if a package had come, or a new one.
    fn failed(&self, source: &Source, failure: &Failure, (begun, now): (Timestamp, Timestamp)) -> Result<i64, Failure> {
        let number = self.roster.source(source.name())?;
        let reason = Some(failure.message.clone());
        let last = self.roster.runs(1)?.pop().filter(|run| run.source == number && run.started >= begun);
        let own = last.filter(|run| run.state == RunState::Failed && run.reason == reason);
        if let Some(id) = own.and_then(|run| run.id) {
            return Ok(id);
        }
        let run = Run { state: RunState::Failed, reason, finished: Some(now), ..Run::begun(number, now) };
        Ok(self.roster.keep_run(&run)?)
    }
}

/// The turn of whoever fetches a source; none if somebody has it.
///
/// # Errors
/// As the store says.
pub fn fetching(database: &DatabaseUrl, tenant: &str, name: &str) -> Result<Option<Turn>, Failure> {
    Ok(Turn::take_of(database, tenant, &format!("pull-{name}"))?)
}

/// What to do about a prefix that would give records the identifiers of others.
fn hinted(roster: &Roster, source: &Source, failure: Failure) -> Result<Ended, Failure> {
    let number = roster.source(source.name())?;
    if failure.hint.is_some() || failure.code != "refused" || prefix::renames(roster, number)?.is_empty() {
        return Err(failure);
    }
    let Some(run) = roster.applied(number, 1)?.first().and_then(|run| run.id) else { return Err(failure) };
    Err(failure.hint(format!(
        "its prefix was changed, and with it the identifiers of what it brought; take that back, the latest run first, \
         and fetch it anew: homeroom runs undo {run}"
    )))
}

/// The import of a source that waits for a yes, if there is one; a later one
/// takes its place.
fn waiting(roster: &Roster, name: &str) -> Result<Option<i64>, Failure> {
    let Some((number, _)) = roster.sources()?.into_iter().find(|(_, known)| known == name) else { return Ok(None) };
    let waits = |run: &Run| run.source == number && run.deed == Deed::Import && run.state.waits();
    Ok(roster.runs(LOOKED_AT)?.into_iter().find(waits).and_then(|run| run.id))
}

/// Whether a look ahead found nothing to do, and nothing amiss.
fn is_known(looked: &Ended) -> bool {
    let moves = |tally: homeroom_store::intake::Tally| tally.added + tally.changed + tally.removed + tally.rejected;
    looked.state == RunState::Planned && looked.plan.kinds().all(|(_, tally)| moves(tally) == 0)
}

impl std::fmt::Debug for Puller<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Puller").field("who", &self.who).finish_non_exhaustive()
    }
}
