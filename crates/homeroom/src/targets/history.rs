//! What was carried to a target, push by push, so that the last one can be taken
//! back: which version of the roster, with which settings, on which day.

use super::Given;
use super::common::State;
use crate::output::Failure;
use homeroom_store::{Roster, Target};
use oneroster::time::Timestamp;
use serde::{Deserialize, Serialize};

/// So many pushes are kept.
const KEPT: usize = 20;

/// One push.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Pushed {
    /// When it was.
    pub at: i64,
    /// The version of the roster; none if nothing was there yet.
    pub version: Option<i64>,
    /// What was set.
    pub settings: Given,
    /// Whether it came to its end.
    pub whole: bool,
}

/// Notes a push that has written something.
///
/// # Errors
/// As the store says.
pub fn remember(roster: &Roster, name: &str, push: Pushed, first: bool) -> Result<(), Failure> {
    let Some(target) = roster.target(name)? else { return Ok(()) };
    let mut state = State::of(&target);
    if state.pushes.is_empty() && first {
        state.pushes.push(Pushed { at: push.at, version: None, settings: Given::new(), whole: true });
    }
    // One that broke off is gone on with.
    while state.pushes.last().is_some_and(|last| !last.whole) {
        state.pushes.pop();
    }
    // The same once more, to mend what another hand had changed, is no other push.
    let same = state.pushes.last().is_some_and(|last| (last.version, &last.settings) == (push.version, &push.settings));
    if !same {
        state.pushes.push(push);
    }
    let many = state.pushes.len().saturating_sub(KEPT);
    state.pushes.drain(..many);
    state.keep(roster, name)
}

/// The last push of a target, and what was there before it.
///
/// # Errors
/// `refused` if there is none to take back, or it is not known what was before.
pub fn last(target: &Target) -> Result<(Pushed, Pushed), Failure> {
    let mut pushes = State::of(target).pushes;
    let Some(last) = pushes.pop().filter(|last| last.version.is_some() || !last.whole) else {
        let message = format!("there is no push to {} that could be taken back", target.name);
        return Err(Failure::refused(message).hint("homeroom target list says when a target was pushed last"));
    };
    let Some(before) = pushes.pop() else {
        let message = format!("it is not known what was at {} before its last push", target.name);
        return Err(Failure::refused(message).hint(
            "take back the run of the roster with homeroom runs undo, and push again: what is gone is brought back",
        ));
    };
    Ok((last, before))
}

/// Forgets the last push, which was taken back; the target is followed no more
/// until somebody pushes it by hand.
///
/// # Errors
/// As the store says.
pub fn forget(roster: &Roster, name: &str) -> Result<(), Failure> {
    let Some(target) = roster.target(name)? else { return Ok(()) };
    let mut state = State::of(&target);
    state.pushes.pop();
    roster.edit_target(&Target { pushed: None, ..target })?;
    state.keep(roster, name)
}

impl Pushed {
    /// A push of this moment.
    pub fn of(now: Timestamp, settings: &Given, version: Option<Timestamp>) -> Pushed {
        let (version, whole) = (version.map(|version| version.0), version.is_some());
        Pushed { at: now.0, version, settings: settings.clone(), whole }
    }
}
