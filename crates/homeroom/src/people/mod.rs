//! What is done to people across sources: two become one, one becomes two, and
//! who is right about them. Each is a run with a plan, like an import.

mod matching;

pub use matching::{Doubt, Found, KEY, Likeness, SCOPE, likenesses, look};

use crate::admin::Office;
use crate::intake::{Ended, Watcher, open_run};
use crate::output::Failure;
use crate::sync::Quiet;
use homeroom_store::intake::{Compared, Merge, Plan};
use homeroom_store::{Deed, ErrorKind, Roster, Run, RunState};
use oneroster::model::Kind;
use oneroster::time::Timestamp;
use oneroster::validate::Report;
use serde::{Deserialize, Serialize};

/// The source in whose name such runs stand.
const SOURCE: &str = "people";
/// How often it is tried again because another run came between.
const TRIES: usize = 3;
/// So many people may become one with others unasked, however few there are.
const FEW: usize = 10;
/// The share of all people that may, in percent.
const MOST: usize = 10;

/// What is to be done, as it is kept with the run.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Pairs of people who become one: who stands, who stands no more, by which
    /// type.
    Merge(Vec<(String, String, String)>),
    /// A person under another one's identifier who becomes two again.
    Part(String),
    /// Orders of sources: of what, and their names.
    Settle(Vec<(String, String)>),
}

impl Task {
    /// Of pairs.
    pub fn merge(pairs: &[Merge]) -> Task {
        Task::Merge(pairs.iter().map(|one| (one.keep.clone(), one.other.clone(), one.label.clone())).collect())
    }

    fn deed(&self) -> Deed {
        match self {
            Task::Merge(_) => Deed::Merge,
            Task::Part(_) => Deed::Part,
            Task::Settle(_) => Deed::Settle,
        }
    }

    fn compare(&self, roster: &Roster) -> Result<Compared, Failure> {
        Ok(match self {
            Task::Merge(pairs) => {
                let pair = |(keep, other, label): &(String, String, String)| Merge {
                    keep: keep.clone(),
                    other: other.clone(),
                    label: label.clone(),
                };
                roster.merge(&pairs.iter().map(pair).collect::<Vec<_>>())?
            }
            Task::Part(other) => roster.part(other)?,
            Task::Settle(orders) => roster.resettle(orders)?,
        })
    }

    /// What is in the roster besides once it is done.
    fn done(&self, roster: &Roster, keep: Option<&str>) -> Result<(), Failure> {
        match self {
            Task::Merge(pairs) => {
                for (keep, other, _) in pairs {
                    roster.keep_apart(keep, other, false)?;
                }
            }
            Task::Part(other) => {
                // They are alike, and would be made one again.
                if let Some(keep) = keep {
                    roster.keep_apart(keep, other, true)?;
                }
            }
            Task::Settle(orders) => set_orders(roster, orders)?,
        }
        Ok(())
    }

    /// What holds it: many become one by a rule that nobody looked at.
    fn guard(&self, roster: &Roster) -> Result<Option<String>, Failure> {
        let Task::Merge(pairs) = self else { return Ok(None) };
        let many = pairs.len();
        if many <= FEW {
            return Ok(None);
        }
        let mut people = 0;
        roster.everybody(&mut |_| people += 1)?;
        Ok((many * 100 > people * MOST).then(|| {
            format!(
                "{many} people would become one with others, more than {MOST} % of {people}; look at some of them, and \
                 whether what they are known by is theirs alone"
            )
        }))
    }
}

/// Sets the orders of sources: those that are given, and no others.
fn set_orders(roster: &Roster, orders: &[(String, String)]) -> Result<(), Failure> {
    let scope = homeroom_store::precedence::SCOPE;
    for set in roster.settings(scope)?.into_iter().filter(|set| set.scope == scope) {
        if !orders.iter().any(|(key, _)| *key == set.key) {
            roster.set(scope, &set.key, None)?;
        }
    }
    for (key, order) in orders {
        roster.set(scope, key, Some(order))?;
    }
    Ok(())
}

/// The orders of sources that are set.
///
/// # Errors
/// As the store says.
pub fn orders(roster: &Roster) -> Result<Vec<(String, String)>, Failure> {
    let scope = homeroom_store::precedence::SCOPE;
    let set = roster.settings(scope)?.into_iter().filter(|set| set.scope == scope);
    Ok(set.map(|set| (set.key, set.value)).collect())
}

/// How a task is to be done.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Only show what would change.
    pub dry_run: bool,
    /// Whether much holds it.
    pub guarded: bool,
}

/// Does a task by a run. Whoever calls has the turn.
///
/// # Errors
/// `refused` if it cannot be done.
pub fn carry(office: &Office<'_>, task: &Task, how: How, watcher: &mut dyn Watcher) -> Result<Ended, Failure> {
    // What cannot be done is told before there is a run of it.
    drop(task.compare(office.roster)?);
    let before = orders(office.roster)?;
    let request = serde_json::to_string(task).map_err(std::io::Error::other)?;
    let source = office.roster.source(SOURCE)?;
    let mut run = Run { deed: task.deed(), request, ..Run::begun(source, (office.clock)()) };
    if !how.dry_run {
        run.id = Some(office.roster.keep_run(&run)?);
    }
    let ended = attempt(office, task, how, &mut run, None, watcher).inspect_err(|failure| {
        if run.id.is_some() {
            let reason = Some(failure.message.clone());
            let failed = Run { state: RunState::Failed, reason, finished: Some((office.clock)()), ..run.clone() };
            // What failed before tells why this may fail, too.
            let _ = office.roster.keep_run(&failed);
        }
    })?;
    if let Some(id) = ended.run {
        let settled = match task {
            Task::Settle(orders) => format!("; {}; before: {}", said(orders), said(&before)),
            _ => String::new(),
        };
        office.note_run(&format!("people {}", task.deed().word()), id, &ended, &settled)?;
    }
    Ok(ended)
}

/// Orders of sources, for the audit.
fn said(orders: &[(String, String)]) -> String {
    let each: Vec<String> = orders.iter().map(|(key, order)| format!("{key}={order}")).collect();
    if each.is_empty() { "no order".to_owned() } else { each.join(" ") }
}

/// Sets which source is right: these orders and no others. Whoever calls has the
/// turn.
///
/// # Errors
/// As [`carry`].
pub fn settle(office: &Office<'_>, orders: Vec<(String, String)>) -> Result<(), Failure> {
    let ended = carry(office, &Task::Settle(orders), How::default(), &mut Quiet { yes: true })?;
    match ended.state {
        RunState::Applied => Ok(()),
        state => Err(Failure::refused(format!(
            "the order of sources is {}: {}",
            state.word(),
            ended.reason.unwrap_or_default()
        ))),
    }
}

/// Approves a run of a task that waits.
///
/// # Errors
/// `refused` if it does not wait, or cannot be done any more.
pub fn approve(office: &Office<'_>, shown: Run, watcher: &mut dyn Watcher) -> Result<Ended, Failure> {
    let id = shown.id.unwrap_or_default();
    if !shown.state.waits() {
        let message = format!("run {id} is {}; only a planned or held run can be approved", shown.state.word());
        return Err(Failure::refused(message).hint(format!("see how it stands with: homeroom runs show {id}")));
    }
    let task: Task = serde_json::from_str(&shown.request)
        .map_err(|_| Failure::refused(format!("run {id} was kept by a later version of this program")))?;
    let mut run = open_run(office.roster, id)?;
    attempt(office, &task, How::default(), &mut run, Some(&shown), watcher)
}

fn attempt(
    office: &Office<'_>,
    task: &Task,
    how: How,
    run: &mut Run,
    shown: Option<&Run>,
    watcher: &mut dyn Watcher,
) -> Result<Ended, Failure> {
    let (roster, clock) = (office.roster, office.clock);
    let keep = match task {
        Task::Part(other) => Some(roster.merges()?.stands(Kind::User, other).to_owned()),
        _ => None,
    };
    for attempt in 1..=TRIES {
        let mut compared = task.compare(roster)?;
        let review = match roster.review(&mut compared, run.source, &|_| 100.0) {
            Err(error) if error.kind() == ErrorKind::Busy && attempt < TRIES => continue,
            other => other?,
        };
        (run.plan, run.schools, run.changes) = (compared.plan.clone(), review.schools, Some(review.digest));
        run.planned = Some(clock());
        let report = Report::new(false, false);
        watcher.plan(&run.plan, &report);
        if let Some(shown) = shown {
            if (&shown.plan, &shown.changes) != (&run.plan, &run.changes) {
                let reason = "the roster has changed since, and the plan with it; look at it and approve again";
                return without_writing(office, run, RunState::Held, reason.to_owned());
            }
        } else if let Some(reason) = held(task, how, roster)? {
            run.guards = vec![reason.clone()];
            return without_writing(office, run, RunState::Held, reason);
        } else if how.dry_run || !(watcher.approved() || watcher.approve()) {
            let reason = "the plan waits for a yes; do it again with --yes".to_owned();
            return without_writing(office, run, RunState::Planned, reason);
        }
        run.approved = Some((clock(), office.name.to_owned()));
        (run.state, run.reason, run.finished) = (RunState::Applied, None, Some(clock()));
        match roster.apply(compared, run, clock()) {
            Ok(written) => {
                task.done(roster, keep.as_deref())?;
                return Ok(ended(run, written.published));
            }
            Err(error) if error.kind() == ErrorKind::Busy && attempt < TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::refused("other runs kept changing the roster; try again later"))
}

fn held(task: &Task, how: How, roster: &Roster) -> Result<Option<String>, Failure> {
    if how.guarded { task.guard(roster) } else { Ok(None) }
}

fn without_writing(office: &Office<'_>, run: &mut Run, state: RunState, reason: String) -> Result<Ended, Failure> {
    (run.state, run.reason, run.finished) = (state, Some(reason), Some((office.clock)()));
    if run.id.is_some() {
        office.roster.keep_run(run)?;
    }
    Ok(ended(run, None))
}

fn ended(run: &Run, published: Option<Timestamp>) -> Ended {
    Ended {
        run: run.id,
        state: run.state,
        reason: run.reason.clone(),
        plan: run.plan.clone(),
        effects: Vec::new(),
        schools: run.schools.clone(),
        rekey: None,
        unknown: 0,
        report: Report::new(false, false),
        published,
    }
}

/// Makes those one who are alike by what the district has set, after a run that
/// brought people; says what came of it.
///
/// # Errors
/// As [`carry`].
pub fn follow(office: &Office<'_>, watcher: &mut dyn Watcher) -> Result<Option<String>, Failure> {
    let by = likenesses(office.roster)?;
    if by.is_empty() {
        return Ok(None);
    }
    let found = look(office.roster, &by)?;
    let doubts = match found.doubts.len() {
        0 => String::new(),
        many => format!(" {many} doubts stay; see them with: homeroom people doubts."),
    };
    if found.pairs.is_empty() {
        return Ok(Some(doubts.trim().to_owned()).filter(|text| !text.is_empty()));
    }
    let how = How { guarded: true, dry_run: false };
    let done = carry(office, &Task::merge(&found.pairs), how, &mut Agreed { inner: watcher })?;
    let said = crate::intake::sentence(&done, false);
    Ok(Some(format!("{} people were alike to others of other sources. {said}{doubts}", found.pairs.len())))
}

/// Who was asked when the rule was set is not asked again.
struct Agreed<'w> {
    inner: &'w mut dyn Watcher,
}

impl Watcher for Agreed<'_> {
    fn step(&mut self, step: crate::intake::Step) {
        self.inner.step(step);
    }
    fn plan(&mut self, _: &Plan, _: &Report) {}
    fn approved(&self) -> bool {
        true
    }
    fn approve(&mut self) -> bool {
        true
    }
}
