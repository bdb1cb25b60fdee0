//! Intake: a package into the roster, with a plan before and a run after.
//!
//! A package is opened, judged, compared with what is stored, shown as a plan,
//! held by its guards or approved, and written in one transaction. Nothing is
//! written before the plan is known, but for the load of an empty roster that
//! was approved beforehand, which is written while it is read and rolled back
//! if anything is in the way.

mod alongside;
mod apart;
mod approve;
mod asked;
pub mod beside;
pub mod cleansing;
pub(crate) mod digest;
pub mod effects;
pub mod fetched;
mod findings;
mod flow;
pub mod forget;
mod guards;
mod judged;
pub mod kept;
pub mod limits;
mod look;
pub mod prefix;
mod records;
mod rekey;
pub mod retention;
mod show;
pub mod steps;
mod undo;
pub mod words;

pub use approve::{approve, open_run, recompare};
pub use asked::Asked;
pub use effects::Effect;
pub use flow::import;
pub use rekey::kind_named;
pub use show::{command, effects_table, look, next, plan_table, sentence};
pub use undo::{Undone, undo};

use homeroom_store::intake::Plan;
use homeroom_store::{RunState, Schools};
use oneroster::time::Timestamp;
use oneroster::validate::{Options, Report};
use std::path::PathBuf;

/// What an import is asked to do.
#[derive(Debug)]
pub struct Request {
    /// The package: a zip or a folder.
    pub package: PathBuf,
    /// The name of the source that owns its records.
    pub source: String,
    /// Only compare and show.
    pub dry_run: bool,
    /// The share of a kind that may be removed, in percent, before it is held;
    /// if none is given, as the district has set it.
    pub max_removed: Option<f64>,
    /// The share of a kind that may be rejected, in percent, before it is held.
    pub max_rejected: Option<f64>,
    /// A mapping of old identifiers to new ones, applied before the comparison.
    pub rekey: Option<PathBuf>,
    /// Whether it came of a fetch: the rows that belong to a record, such as the
    /// roles of a person, are all there wherever the record is, be it a package of
    /// changes, and what no file has room for lies beside.
    pub nested_whole: bool,
    /// What a provider was seen to do otherwise, if the package came of a fetch.
    pub met: Vec<fetched::Met>,
    /// Who approves it, if it is approved beforehand or when asked.
    pub who: String,
    /// How the package is judged.
    pub options: Options,
}

/// What an import came to.
#[derive(Debug)]
pub struct Ended {
    /// The number of the run; none of a dry run.
    pub run: Option<i64>,
    /// How it ended.
    pub state: RunState,
    /// Why it did not end as applied.
    pub reason: Option<String>,
    /// What it changed or would change.
    pub plan: Plan,
    /// What was done to its records before they were compared.
    pub effects: Vec<Effect>,
    /// The same for each school; of a first load it is told by the run alone.
    pub schools: Schools,
    /// Where a proposal was written for records that seem to come back under
    /// other identifiers.
    pub rekey: Option<PathBuf>,
    /// Lines of a mapping whose record is not there.
    pub unknown: u64,
    /// Everything that was found.
    pub report: Report,
    /// The instant at which the changes became visible.
    pub published: Option<Timestamp>,
}

/// What an import does first, counted in bytes; what follows is in records.
pub const CHECKING: &str = "checking";

/// How far an import has come.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What is done, for people.
    pub doing: &'static str,
    /// How much of it is done.
    pub done: u64,
    /// How much there is.
    pub of: u64,
}

/// Who watches an import and may be asked.
pub trait Watcher {
    /// Tells the number of the run, once it has one.
    fn begun(&mut self, _run: i64) {}
    /// Tells how far it has come.
    fn step(&mut self, _step: Step) {}
    /// Tells what was done to the records before they were compared.
    fn effects(&mut self, _effects: &[Effect]) {}
    /// Shows the plan.
    fn plan(&mut self, _plan: &Plan, _report: &Report) {}
    /// Says something besides.
    fn note(&mut self, _said: &str) {}
    /// Whether it was approved before the plan was known.
    fn approved(&self) -> bool;
    /// Asks for consent to the plan that was shown; whom nobody watches, nobody asks.
    fn approve(&mut self) -> bool {
        false
    }
}
