//! Batches: tasks to calls, and what came of them.
//!
//! Moodle does a whole call or nothing of it, and does not say which of its
//! records was bad: a refused batch is halved until that one is alone. PHP cuts
//! what has more variables than it takes, in silence, so they are counted. What
//! was acknowledged is in the ledger before the next call; what is to be made is
//! there before that, so that it is found again if we never hear the answer.

use super::settings::Settings;
use super::told::{Did, State, Stop, Tally, Told, What};
use super::wire::{Moodle, Wrong};
use super::wish::{UNKNOWN, Value as Wanted, Wish};
use super::{clashes, enrol};
use crate::ledger::Ledger;
use hashbrown::HashSet;
use homeroom_store::Entry;
use serde_json::Value;

/// What a function answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// What it made, with its numbers.
    Numbers,
    /// Nothing, or nothing of use.
    Nothing,
    /// What it did not do.
    Warnings,
}

/// A function that writes: the name of its list, and what it answers.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: &'static str,
    list: &'static str,
    answer: Answer,
}

const fn call(function: &'static str, list: &'static str, answer: Answer) -> Call {
    Call { function, list, answer }
}

pub(super) static CREATE_CATEGORIES: Call = call("core_course_create_categories", "categories", Answer::Numbers);
pub(super) static UPDATE_CATEGORIES: Call = call("core_course_update_categories", "categories", Answer::Nothing);
pub(super) static CREATE_COURSES: Call = call("core_course_create_courses", "courses", Answer::Numbers);
pub(super) static UPDATE_COURSES: Call = call("core_course_update_courses", "courses", Answer::Warnings);
pub(super) static CREATE_USERS: Call = call("core_user_create_users", "users", Answer::Numbers);
pub(super) static UPDATE_USERS: Call = call("core_user_update_users", "users", Answer::Warnings);
pub(super) static CREATE_GROUPS: Call = call("core_group_create_groups", "groups", Answer::Numbers);
pub(super) static CREATE_COHORTS: Call = call("core_cohort_create_cohorts", "cohorts", Answer::Numbers);
pub(super) static UPDATE_GROUPS: Call = call("core_group_update_groups", "groups", Answer::Nothing);
pub(super) static UPDATE_COHORTS: Call = call("core_cohort_update_cohorts", "cohorts", Answer::Nothing);
pub(super) static ENROL: Call = call("enrol_manual_enrol_users", "enrolments", Answer::Nothing);
pub(super) static UNENROL: Call = call("enrol_manual_unenrol_users", "enrolments", Answer::Nothing);
pub(super) static ASSIGN: Call = call("core_role_assign_roles", "assignments", Answer::Nothing);
pub(super) static UNASSIGN: Call = call("core_role_unassign_roles", "unassignments", Answer::Nothing);
pub(super) static ADD_TO_GROUP: Call = call("core_group_add_group_members", "members", Answer::Nothing);
pub(super) static TAKE_FROM_GROUP: Call = call("core_group_delete_group_members", "members", Answer::Nothing);
pub(super) static ADD_TO_COHORT: Call = call("core_cohort_add_cohort_members", "members", Answer::Nothing);
pub(super) static TAKE_FROM_COHORT: Call = call("core_cohort_delete_cohort_members", "members", Answer::Nothing);

/// What is kept of a task that was done.
#[derive(Clone, Debug)]
pub(super) enum After {
    /// An entry of the ledger: how it stands, and digests of what was sent.
    Keep(State, i64, Vec<u8>),
    /// Nothing: its entry is struck.
    Strike,
}

/// One record of a call.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) what: What,
    pub(super) key: String,
    /// Its number in Moodle, if it has one already.
    pub(super) number: i64,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) after: After,
    pub(super) told: Told,
}

/// A push under way.
pub(super) struct Engine<'a> {
    pub(super) moodle: &'a Moodle,
    pub(super) settings: &'a Settings,
    pub(super) ledger: Ledger<'a>,
    /// Whether nothing is written.
    pub(super) dry: bool,
    /// The number of the account of the token, which is never written.
    pub(super) own: i64,
    pub(super) tally: Tally,
    pub(super) told: &'a mut dyn FnMut(&Told),
    /// Courses that this push made: nobody is in them yet.
    pub(super) made: HashSet<String>,
    /// What this push makes nothing of: it is to be as it was before.
    pub(super) left: HashSet<(i64, String)>,
    /// Accounts that would get what another one has yet, and what that is; none if
    /// nothing is tried again.
    pub(super) clashes: Option<Vec<(Task, &'static str)>>,
    /// New accounts of this sort.
    pub(super) newcomers: Option<Vec<Task>>,
    /// Whether we have seen somebody whom we made.
    pub(super) seen: bool,
}

impl Engine<'_> {
    /// Says what became of a thing.
    pub(super) fn tell(&mut self, told: &Told) {
        self.tally.count(told);
        (self.told)(told);
    }

    /// The number of a thing in Moodle; 0 for one that a look ahead would make.
    pub(super) fn number(&self, what: What, key: &str) -> Option<i64> {
        let known = self.ledger.known(what.number(), key)?;
        (known.number > 0 || self.dry).then_some(known.number)
    }

    /// The fields of a wish as they are sent; `None` if one is of a thing that
    /// could not be made.
    pub(super) fn fields(&self, wish: &Wish) -> Option<Vec<(&'static str, String)>> {
        let field = |(name, value): &(&'static str, Wanted)| {
            Some((
                *name,
                match value {
                    Wanted::Text(text) => text.clone(),
                    Wanted::Of(what, key) => self.number(*what, key)?.to_string(),
                },
            ))
        };
        wish.0.iter().map(field).collect()
    }

    /// Sends tasks, in calls that are not too large.
    pub(super) fn run(&mut self, call: &Call, tasks: Vec<Task>) -> Result<(), Stop> {
        let mut some: Vec<Task> = Vec::new();
        let mut variables = 0;
        for task in tasks {
            let more = task.fields.len();
            if !some.is_empty() && (some.len() >= self.settings.batch || variables + more > self.settings.variables) {
                variables = 0;
                self.batch(call, std::mem::take(&mut some))?;
            }
            variables += more;
            some.push(task);
        }
        if some.is_empty() { Ok(()) } else { self.batch(call, some) }
    }

    fn batch(&mut self, call: &Call, tasks: Vec<Task>) -> Result<(), Stop> {
        if self.dry {
            tasks.into_iter().for_each(|task| self.done(task));
            return Ok(self.ledger.flush()?);
        }
        if call.answer == Answer::Numbers {
            for task in &tasks {
                self.ledger.keep(entry(task, 0, State::Asked, UNKNOWN, Vec::new()));
            }
            self.ledger.flush()?;
        }
        let sent = self.send(call, tasks);
        // What was acknowledged before it stopped counts.
        self.ledger.flush()?;
        sent
    }

    fn send(&mut self, call: &Call, tasks: Vec<Task>) -> Result<(), Stop> {
        let wrong = match self.moodle.write(call.function, &arguments(call, &tasks)) {
            Ok(answer) => return self.acknowledged(call, tasks, &answer),
            Err(wrong) if wrong.is_fatal() => return Err(wrong.stop(call.function)),
            Err(wrong) => wrong,
        };
        // A mail that cannot be sent is an error after the enrolment was made.
        let mut tasks = if call.function == ENROL.function { enrol::undone(self, tasks, &wrong)? } else { tasks };
        match tasks.len() {
            0 => Ok(()),
            1 => {
                let task = tasks.remove(0);
                self.refused(call, task, &wrong)
            }
            many => {
                let rest = tasks.split_off(many / 2);
                self.send(call, tasks)?;
                self.send(call, rest)
            }
        }
    }

    fn acknowledged(&mut self, call: &Call, tasks: Vec<Task>, answer: &Value) -> Result<(), Stop> {
        match call.answer {
            Answer::Nothing => tasks.into_iter().for_each(|task| self.done(task)),
            Answer::Numbers => return self.numbered(call, tasks, answer),
            Answer::Warnings => {
                let warnings = answer["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
                for task in tasks {
                    match warnings.iter().find(|warning| warning["itemid"].as_i64() == Some(task.number)) {
                        None => self.done(task),
                        Some(warning) => self.warned(task, warning)?,
                    }
                }
            }
        }
        Ok(self.ledger.flush()?)
    }

    /// Keeps the numbers of what was made, which come in the order of the call.
    fn numbered(&mut self, call: &Call, tasks: Vec<Task>, answer: &Value) -> Result<(), Stop> {
        let numbers: Vec<i64> =
            answer.as_array().into_iter().flatten().filter_map(|made| made["id"].as_i64()).collect();
        let (asked, made) = (tasks.len(), numbers.len());
        for (mut task, number) in tasks.into_iter().zip(numbers) {
            task.number = number;
            if task.what == What::Course {
                self.made.insert(task.key.clone());
            }
            self.done(task);
        }
        self.ledger.flush()?;
        if made == asked {
            return Ok(());
        }
        let message = format!(
            "{}: Moodle was asked for {asked} and made {made}; it takes fewer variables in a call",
            call.function
        );
        let hint =
            "raise PHP's max_input_vars on the site, or lower them with: homeroom target edit NAME --set variables=500";
        Err(Stop::new(message, hint))
    }

    /// A task is done: its entry is kept or struck, and it is told.
    fn done(&mut self, task: Task) {
        match &task.after {
            After::Strike => self.ledger.strike(task.what.number(), &task.key),
            After::Keep(state, digest, parts) => {
                self.ledger.keep(entry(&task, task.number, *state, *digest, parts.clone()));
            }
        }
        self.tell(&task.told);
    }

    /// A task turned out to be done though Moodle said otherwise.
    pub(super) fn settle(&mut self, mut task: Task) {
        task.told.why = Some("Moodle said that it failed, after it was done: a welcome mail perhaps".to_owned());
        self.done(task);
    }

    /// What Moodle says of one record of a call that it did otherwise.
    fn warned(&mut self, task: Task, warning: &Value) -> Result<(), Stop> {
        let word = |name: &str| warning[name].as_str().unwrap_or_default();
        let clash = clashes::clash(&task, word("warningcode"));
        if let (Some(clash), Some(waiting)) = (clash, &mut self.clashes) {
            waiting.push((task, clash));
            return Ok(());
        }
        let why = if self.is_gone(&task, word("warningcode"))? {
            self.forget(task.what, &task.key)?;
            "it is gone in Moodle; the next push makes it anew".to_owned()
        } else {
            clash.map_or_else(
                || format!("Moodle refused it: {} ({})", word("message"), word("warningcode")),
                str::to_owned,
            )
        };
        self.tell(&Told { did: Did::Refused, fields: Vec::new(), ..task.told }.why(why));
        Ok(())
    }

    fn refused(&mut self, call: &Call, task: Task, wrong: &Wrong) -> Result<(), Stop> {
        let mut why = wrong.sentence();
        if call.answer == Answer::Numbers {
            self.ledger.strike(task.what.number(), &task.key);
            if let Some(there) = super::recover::in_the_way(self.moodle, &task)? {
                why = there;
            }
        }
        let told = Told { did: Did::Refused, fields: Vec::new(), ..task.told }.why(why);
        self.tell(&told);
        Ok(self.ledger.flush()?)
    }
}

fn entry(task: &Task, number: i64, state: State, digest: i64, parts: Vec<u8>) -> Entry {
    let (kind, key, state) = (task.what.number(), task.key.clone(), state.number());
    Entry { kind, key, number, state, digest, parts, before: None }
}

/// The records of a call as PHP reads them.
fn arguments(call: &Call, tasks: &[Task]) -> Vec<(String, String)> {
    let mut all = Vec::with_capacity(tasks.len() * 7);
    for (place, task) in tasks.iter().enumerate() {
        for (name, value) in &task.fields {
            all.push((format!("{}[{place}][{name}]", call.list), value.clone()));
        }
    }
    all
}
