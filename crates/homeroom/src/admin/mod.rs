//! Administration: what commands and the administration API both do. Each act
//! is noted in the audit, with what was before and what is now.

pub mod apps;
pub mod config;
pub mod disclosures;
pub mod issuers;
pub mod preview;
pub mod runs;
pub mod sight;

use crate::intake::{self, Ended, Request, Undone, Watcher, open_run};
use crate::output::Failure;
use crate::people;
use crate::sync::state::{settled, taken_back};
use homeroom_store::access::{Audit, Audited};
use homeroom_store::intake::Plan;
use homeroom_store::{DatabaseUrl, Deed, Roster, Run, RunState, Turn};
use oneroster::time::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often it is looked whether the turn is free.
const LOOK: Duration = Duration::from_millis(50);

/// Somebody with a roster and an audit before them. Whoever calls has the turn.
pub struct Office<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// Where acts are noted.
    pub audit: &'a Audit,
    /// By which name a run knows them.
    pub name: &'a str,
    /// By which name the audit knows them.
    pub who: &'a str,
    /// What time it is.
    pub clock: &'a dyn Fn() -> Timestamp,
}

impl Office<'_> {
    /// Imports a package, as [`intake::import`].
    ///
    /// # Errors
    /// As [`intake::import`].
    pub fn import(&self, request: &Request, watcher: &mut dyn Watcher) -> Result<Ended, Failure> {
        let ended = intake::import(self.roster, request, self.clock, watcher)?;
        if let Some(run) = ended.run {
            let detail = format!("{}; source {}", became(ended.state, &ended.plan), request.source);
            self.note("import", run, &detail)?;
        }
        if ended.state == RunState::Applied {
            self.match_people(&ended, watcher);
        }
        Ok(ended)
    }

    /// Approves a run, as [`intake::approve`].
    ///
    /// # Errors
    /// As [`intake::approve`].
    pub fn approve(&self, id: i64, watcher: &mut dyn Watcher) -> Result<Ended, Failure> {
        let before = open_run(self.roster, id)?;
        let ended = match before.deed {
            Deed::Merge | Deed::Part | Deed::Settle => people::approve(self, before.clone(), watcher)?,
            _ => intake::approve(self.roster, id, self.name, self.clock, watcher)?,
        };
        let detail = format!("{}; before: {}", became(ended.state, &ended.plan), became(before.state, &before.plan));
        self.note("runs approve", id, &detail)?;
        if ended.state == RunState::Applied && before.deed == Deed::Import {
            self.match_people(&ended, watcher);
        }
        if let Some(source) = self.roster.source_name(before.source)? {
            let said = intake::sentence(&ended, false);
            settled(self.roster, &source, id, (ended.state, (self.clock)(), &said))?;
        }
        Ok(ended)
    }

    /// Makes those one who are alike, if that is set. What keeps it from being
    /// done is told, and does not concern the run that was written.
    fn match_people(&self, ended: &Ended, watcher: &mut dyn Watcher) {
        if ended.published.is_none() {
            return;
        }
        match people::follow(self, watcher) {
            Ok(None) => {}
            Ok(Some(said)) => watcher.note(&said),
            Err(failure) => watcher.note(&format!("people could not be matched: {failure}")),
        }
    }

    /// Notes a run of another kind, with what else there is to say of it.
    pub(crate) fn note_run(&self, action: &str, run: i64, ended: &Ended, more: &str) -> Result<(), Failure> {
        self.note(action, run, &format!("{}{more}", became(ended.state, &ended.plan)))
    }

    /// Drops a run that waits.
    ///
    /// # Errors
    /// `not_found`, `refused` if it does not wait.
    pub fn reject(&self, id: i64) -> Result<Run, Failure> {
        let run = open_run(self.roster, id)?;
        if !run.state.waits() {
            let message = format!("run {id} is {}; only a planned or held run can be rejected", run.state.word());
            return Err(Failure::refused(message).hint(match run.state {
                RunState::Applied => format!("take it back with: homeroom runs undo {id}"),
                _ => "see how it stands with: homeroom runs list".to_owned(),
            }));
        }
        let before = became(run.state, &run.plan);
        let reason = Some(format!("{} rejected it", self.name));
        let run = Run { state: RunState::Rejected, reason, finished: Some((self.clock)()), ..run };
        self.roster.keep_run(&run)?;
        self.note("runs reject", id, &format!("{}; before: {before}", run.state.word()))?;
        Ok(run)
    }

    /// Takes a run back, as [`intake::undo`].
    ///
    /// # Errors
    /// As [`intake::undo`].
    pub fn undo(&self, id: i64, force: bool) -> Result<Undone, Failure> {
        let undone = intake::undo(self.roster, id, force, self.name, self.clock)?;
        let by = undone.run.id.unwrap_or_default();
        let forced = if force { ", forced" } else { "" };
        let detail = format!("taken back by run {by}{forced}: {}; before: applied", became_of(&undone.run));
        self.note("runs undo", id, &detail)?;
        if let Some(source) = self.roster.source_name(undone.run.source)? {
            taken_back(self.roster, &source)?;
        }
        Ok(undone)
    }

    /// Notes that a setting is another one from now on; `None` is the usual one.
    ///
    /// # Errors
    /// As the store says.
    pub fn set(&self, action: &str, key: &str, before: Option<&str>, now: Option<&str>) -> Result<(), Failure> {
        let word = |value: Option<&str>| value.unwrap_or("default").to_owned();
        let detail = format!("{}; before: {}", word(now), word(before));
        Ok(self.audit.note(self.who, action, key, &detail)?)
    }

    fn note(&self, action: &str, run: i64, detail: &str) -> Result<(), Failure> {
        Ok(self.audit.note(self.who, action, &format!("run {run}"), detail)?)
    }
}

impl std::fmt::Debug for Office<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Office").field("who", &self.who).finish_non_exhaustive()
    }
}

/// A line of the audit as a document.
pub fn audited(line: &Audited) -> Value {
    json!({
        "at": line.at.to_string(),
        "who": line.who,
        "action": line.action,
        "subject": line.subject,
        "detail": line.detail,
    })
}

fn became_of(run: &Run) -> String {
    became(run.state, &run.plan)
}

/// A state and what it moves or would move.
fn became(state: RunState, plan: &Plan) -> String {
    let [added, changed, removed] = runs::sums(plan);
    format!("{} +{added} ~{changed} -{removed}", state.word())
}

/// Waits for the turn to write, telling `waiting` once if another has it.
///
/// # Errors
/// `busy` if it was not free within `patience`.
pub fn turn(
    database: &DatabaseUrl,
    tenant: &str,
    patience: Duration,
    waiting: &mut dyn FnMut(),
) -> Result<Turn, Failure> {
    let start = Instant::now();
    let mut said = false;
    loop {
        if let Some(turn) = Turn::take(database, tenant)? {
            return Ok(turn);
        }
        if start.elapsed() >= patience {
            return Err(Failure {
                code: "busy",
                message: "another import into this roster is running".to_owned(),
                hint: Some("try again when it has ended, or wait for it with a longer --wait".to_owned()),
                status: 1,
            });
        }
        if !std::mem::replace(&mut said, true) {
            waiting();
        }
        std::thread::sleep(LOOK);
    }
}

/// Ends the runs that still count as being made: they have died with their
/// process, if one has the turn.
///
/// # Errors
/// As the store says.
pub fn clear(roster: &Roster, now: Timestamp) -> Result<Vec<i64>, Failure> {
    let broken = roster.break_off(now)?;
    for id in &broken {
        roster.archive().forget_package(*id)?;
    }
    Ok(broken)
}
