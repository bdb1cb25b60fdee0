//! Taking a run back.

use super::approve::open_run;
use crate::output::Failure;
use homeroom_store::{Deed, ErrorKind, Roster, Run, RunState, Stays, TakenBack};
use oneroster::time::{DAY_MS, Timestamp};

/// So long, in days, what a run replaced is kept, unless the district says
/// otherwise.
pub const HISTORY_DAYS: i64 = 400;
/// The scope and the key of the setting that does.
pub const RETENTION: (&str, &str) = ("retention", "history-days");

/// How often it is tried again because another run came between.
const TRIES: usize = 3;

/// What taking a run back came to.
#[derive(Debug)]
pub struct Undone {
    /// The run that takes back.
    pub run: Run,
    /// Records that stay as they are, the first thousand.
    pub stays: Vec<Stays>,
    /// How many were changed since.
    pub conflicts: u64,
    /// How many are needed by others.
    pub needed: u64,
    /// How many scores went with what they were given for.
    pub scores: u64,
}

/// Takes a run back by a new run, which returns the roster to the state before.
/// Whoever calls has the turn.
///
/// # Errors
/// `refused` if the run did nothing, was taken back before, or is too old.
pub fn undo(
    roster: &Roster,
    id: i64,
    force: bool,
    who: &str,
    clock: &dyn Fn() -> Timestamp,
) -> Result<Undone, Failure> {
    let undone = open_run(roster, id)?;
    let published = may_be_taken_back(roster, &undone, clock())?;
    let mut run = Run {
        deed: Deed::Undo,
        undoes: Some(id),
        oneroster: undone.oneroster.clone(),
        ..Run::begun(undone.source, clock())
    };
    run.id = Some(roster.keep_run(&run)?);
    let written = Undoing { roster, force, who, clock }.write(&undone, published, &mut run);
    written.inspect_err(|failure| {
        let reason = Some(failure.message.clone());
        let failed = Run { state: RunState::Failed, reason, finished: Some(clock()), ..run };
        // What failed before tells why this may fail, too.
        let _ = roster.keep_run(&failed);
    })
}

fn may_be_taken_back(roster: &Roster, run: &Run, now: Timestamp) -> Result<Timestamp, Failure> {
    let id = run.id.unwrap_or_default();
    if run.state != RunState::Applied {
        let reason = run.reason.as_deref().map_or_else(String::new, |reason| format!(" ({reason})"));
        let message = format!("run {id} is {}{reason}; only an applied run can be taken back", run.state.word());
        return Err(Failure::refused(message).hint("see how it stands with: homeroom runs list"));
    }
    let Some(published) = run.published else {
        let message = format!("run {id} changed nothing, so there is nothing to take back");
        return Err(Failure::refused(message));
    };
    let (scope, key) = RETENTION;
    let set = roster.settings(scope)?.into_iter().find(|set| set.scope == scope && set.key == key);
    let days = set.and_then(|set| set.value.parse().ok()).unwrap_or(HISTORY_DAYS);
    if published.0 < now.0.saturating_sub(days * DAY_MS) {
        let message = format!(
            "run {id} is older than the {days} days for which what a run replaced is kept, so it cannot be taken back"
        );
        return Err(Failure::refused(message).hint("import a package with the roster as it shall be"));
    }
    Ok(published)
}

/// How a run is taken back, and by whom.
struct Undoing<'a> {
    roster: &'a Roster,
    /// Whether records are taken back that were changed since.
    force: bool,
    who: &'a str,
    clock: &'a dyn Fn() -> Timestamp,
}

impl Undoing<'_> {
    /// Writes the run that takes one back, which was `published` then.
    fn write(&self, undone: &Run, published: Timestamp, run: &mut Run) -> Result<Undone, Failure> {
        let Undoing { roster, clock, .. } = *self;
        for attempt in 1.. {
            let mut taken = roster.take_back(published, &undone.plan, self.force)?;
            let review = roster.review(&mut taken.compared, undone.source, &|_| 100.0);
            let review = match review {
                Err(error) if error.kind() == ErrorKind::Busy && attempt < TRIES => continue,
                other => other?,
            };
            run.planned = Some(clock());
            run.plan = taken.compared.plan.clone();
            run.schools = review.schools;
            run.changes = Some(review.digest);
            run.approved = Some((clock(), self.who.to_owned()));
            run.reason = stays(&taken);
            run.state = RunState::Applied;
            run.finished = Some(clock());
            let TakenBack { compared, stays, conflicts, needed, scores } = taken;
            match roster.apply(compared, run, clock()) {
                Ok(written) => {
                    let run = Run { published: written.published, ..run.clone() };
                    return Ok(Undone { run, stays, conflicts, needed, scores });
                }
                Err(error) if error.kind() == ErrorKind::Busy && attempt < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::refused("other runs kept changing the roster; try again later"))
    }
}

/// What stays as it is, in a sentence.
fn stays(taken: &TakenBack) -> Option<String> {
    let mut parts = Vec::new();
    if taken.conflicts > 0 {
        parts.push(format!("{} records were changed since and stay as they are", taken.conflicts));
    }
    if taken.needed > 0 {
        parts.push(format!("{} records stay because others need them", taken.needed));
    }
    if taken.scores > 0 {
        parts.push(format!("{} scores were removed with what they were given for", taken.scores));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
