//! How far a source has come, as it is kept.

use super::Checkpoint;
use crate::output::Failure;
use homeroom_store::{Feed, Roster, RunState};
use oneroster::time::Timestamp;
use oneroster_client::Profile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a source has come.
#[derive(Serialize, Deserialize, Clone, Default, PartialEq, Eq, Debug)]
#[serde(default)]
pub struct State {
    /// How often it was begun afresh: what a fetch that was under way meanwhile has
    /// to say of how far it came is of no use.
    pub afresh: u32,
    /// When its schedule was heeded last.
    pub heeded: Option<i64>,
    /// What the last fetch came to.
    pub last: Option<Last>,
    /// When one ended well last: applied, or nothing new.
    pub good: Option<i64>,
    /// How many have failed since.
    pub failures: u32,
    /// The package that was taken last, by what its server or its bytes say.
    pub package: Package,
    /// The last whole fetch of a provider that was applied.
    pub full: Option<i64>,
    /// The greatest instant of change seen of each collection, by its name, in
    /// what was applied.
    pub seen: BTreeMap<String, i64>,
    /// What is known of a provider once a run that waits is approved.
    pub waiting: Option<Waiting>,
    /// What was found out about a provider.
    pub profile: Option<Profile>,
}

/// A run that waits for a yes, and how far its package reaches.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// The run.
    pub run: i64,
    /// How far a provider is known once it is applied.
    pub checkpoint: Checkpoint,
}

/// What a fetch came to.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Last {
    /// When.
    pub at: i64,
    /// Its run, if there was one.
    pub run: Option<i64>,
    /// A word: `applied`, `held`, `failed`, `nothing` and so on.
    pub came: String,
    /// The same in a sentence.
    pub said: String,
}

/// The package that was taken last.
#[derive(Serialize, Deserialize, Clone, Default, PartialEq, Eq, Debug)]
#[serde(default)]
pub struct Package {
    /// The entity tag that its server gave.
    pub etag: Option<String>,
    /// The time of change that its server gave, as it wrote it.
    pub modified: Option<String>,
    /// A digest of its bytes.
    pub digest: Option<String>,
}

impl State {
    /// Reads what is kept. What cannot be read begins afresh: it costs a fetch.
    pub fn of(feed: &Feed) -> State {
        serde_json::from_str(&feed.state).unwrap_or_default()
    }

    /// Keeps it.
    ///
    /// # Errors
    /// As the store says.
    pub fn keep(&self, roster: &Roster, name: &str) -> Result<(), Failure> {
        let text = serde_json::to_string(self).map_err(std::io::Error::other)?;
        // One that was removed meanwhile wants no state.
        roster.keep_feed_state(name, &text)?;
        Ok(())
    }

    /// Notes how far a package reaches that was applied, or that waits as a run:
    /// what waited before is superseded by it.
    pub fn reached(&mut self, checkpoint: Checkpoint, run: Option<i64>, how: RunState) {
        match (how, run) {
            (RunState::Applied, _) => {
                self.waiting = None;
                self.full = checkpoint.full.or(self.full);
                self.seen.extend(checkpoint.seen);
            }
            (RunState::Planned | RunState::Held, Some(run)) => self.waiting = Some(Waiting { run, checkpoint }),
            _ => {}
        }
    }

    /// Notes what became of a run that waited.
    pub fn settled(&mut self, run: i64, state: RunState, at: Timestamp, said: &str) {
        if state == RunState::Applied
            && let Some(waiting) = self.waiting.take_if(|waiting| waiting.run == run)
        {
            self.reached(waiting.checkpoint, None, state);
        }
        if self.last.as_ref().is_some_and(|last| last.run == Some(run)) {
            self.ended(at, Some(run), state.word(), said);
        }
    }

    /// The same source when what is fetched next is another roster.
    pub fn begun_afresh(self) -> State {
        let afresh = self.afresh.wrapping_add(1);
        State { afresh, heeded: self.heeded, last: self.last, good: self.good, ..State::default() }
    }

    /// Notes that a run of it was taken back: what that brought is no longer
    /// known, and comes again only if everything is fetched.
    pub fn taken_back(&mut self) {
        self.afresh = self.afresh.wrapping_add(1);
        self.full = None;
        self.seen.clear();
    }

    /// Notes what a fetch came to.
    pub fn ended(&mut self, at: Timestamp, run: Option<i64>, came: &str, said: &str) {
        self.last = Some(Last { at: at.0, run, came: came.to_owned(), said: said.to_owned() });
        match came {
            "applied" | "nothing" => {
                self.good = Some(at.0);
                self.failures = 0;
            }
            "failed" | "rejected" => self.failures = self.failures.saturating_add(1),
            _ => {}
        }
    }
}

/// Notes with a source that is fetched what became of a run of it that waited:
/// once that is applied, the next fetch goes on from where it ended.
///
/// # Errors
/// As the store says.
pub fn settled(roster: &Roster, name: &str, run: i64, end: (RunState, Timestamp, &str)) -> Result<(), Failure> {
    let Some(feed) = roster.feeds()?.into_iter().find(|feed| feed.name == name) else { return Ok(()) };
    let (before, (state, at, said)) = (State::of(&feed), end);
    let mut after = before.clone();
    after.settled(run, state, at, said);
    if after == before { Ok(()) } else { after.keep(roster, name) }
}

/// Notes with a source that is fetched that a run of it was taken back.
///
/// # Errors
/// As the store says.
pub fn taken_back(roster: &Roster, name: &str) -> Result<(), Failure> {
    let Some(feed) = roster.feeds()?.into_iter().find(|feed| feed.name == name) else { return Ok(()) };
    let mut state = State::of(&feed);
    state.taken_back();
    state.keep(roster, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_until_one_ends_well() {
        let mut state = State::default();
        for (came, failures, good) in [
            ("failed", 1, None),
            ("rejected", 2, None),
            ("held", 2, None),
            ("nothing", 0, Some(4)),
            ("failed", 1, Some(4)),
        ] {
            let at = Timestamp(state.last.as_ref().map_or(1, |last| last.at + 1));
            state.ended(at, None, came, "so");
            assert_eq!((state.failures, state.good), (failures, good), "{came}");
        }
        let feed = |state: &str| Feed {
            name: "n".into(),
            kind: "csv".into(),
            settings: BTreeMap::new(),
            sealed: None,
            state: state.into(),
            created: Timestamp(0),
        };
        assert_eq!(State::of(&feed(&serde_json::to_string(&state).unwrap())), state);
        assert_eq!(State::of(&feed("{}")), State::default());
        assert_eq!(State::of(&feed("nonsense")), State::default());
    }

    #[test]
    fn a_run_that_waited_moves_the_checkpoint_once_it_is_applied() {
        let checkpoint = |at: i64| Checkpoint { full: Some(at), seen: [("users".to_owned(), at)].into() };
        let mut state = State::default();
        state.reached(checkpoint(1), Some(1), RunState::Applied);
        state.reached(checkpoint(2), Some(2), RunState::Held);
        state.ended(Timestamp(2), Some(2), "held", "so");
        assert_eq!((state.full, state.seen["users"]), (Some(1), 1));
        // Another run is not meant, and a run that still waits moves nothing.
        state.settled(1, RunState::Applied, Timestamp(3), "so");
        state.settled(2, RunState::Held, Timestamp(3), "so");
        assert_eq!((state.full, state.waiting.as_ref().map(|waiting| waiting.run)), (Some(1), Some(2)));
        state.settled(2, RunState::Applied, Timestamp(4), "so");
        assert_eq!((state.full, state.seen["users"], &state.waiting), (Some(2), 2, &None));
        assert_eq!((state.last.as_ref().map(|last| last.came.as_str()), state.good), (Some("applied"), Some(4)));
        // What came after it has superseded it.
        state.reached(checkpoint(5), Some(5), RunState::Planned);
        state.reached(checkpoint(6), Some(6), RunState::Applied);
        state.settled(5, RunState::Applied, Timestamp(7), "so");
        assert_eq!((state.full, &state.waiting), (Some(6), &None));
    }
}
