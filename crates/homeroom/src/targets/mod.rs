//! Where rosters are carried to: the kinds of target, as a table, and what
//! commands and `serve` do with one.

pub mod common;
mod files;
pub mod history;
pub mod hook;
mod moodle;
mod out;
mod package;
mod tried;

use crate::export::AsSeen;
use crate::output::{Failure, Output, Status};
use crate::sync::state::Last;
use homeroom_store::access::Outside;
use homeroom_store::{Roster, Target};
use homeroom_targets::files::{APPLE, CANVAS, SDS};
use homeroom_targets::moodle as moodle_target;
use jiff::tz::TimeZone;
use oneroster::time::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;

/// What was set for a target, by key.
pub type Given = BTreeMap<String, String>;

/// A setting of a kind.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it is unless something else is said.
    pub default: &'static str,
    /// What it means.
    pub about: &'static str,
}

/// A kind of target. What its settings mean is its own affair.
pub trait Kind: Sync {
    /// Its name in commands.
    fn name(&self) -> &'static str;
    /// What it is, in a line.
    fn about(&self) -> &'static str;
    /// Its settings.
    fn keys(&self) -> Vec<Key>;
    /// What its secret is called, if it needs one with what is set.
    fn secret(&self, given: &Given) -> Option<&'static str>;
    /// Looks whether settings can be.
    ///
    /// # Errors
    /// `usage` with the first that cannot.
    fn check(&self, given: &Given) -> Result<(), Failure>;
    /// Tries the way to the target, and writes nothing.
    ///
    /// # Errors
    /// Why it does not work.
    fn test(&self, at: &At<'_>) -> Result<Ended, Failure>;
    /// Carries the roster there.
    ///
    /// # Errors
    /// Why it was not done.
    fn push(&self, at: &At<'_>, how: &mut Push<'_>) -> Result<Ended, Failure>;
    /// Asks what is there of what was carried there, and mends it if `yes` says so
    /// of what was found; whether it was mended, so that it is to be pushed.
    ///
    /// # Errors
    /// `refused` if it cannot be asked.
    fn verify(&self, _: &At<'_>, _resend: bool, _: &mut dyn FnMut(&Ended) -> bool) -> Result<(Ended, bool), Failure> {
        Err(Failure::refused(format!("a target of the kind {} cannot be asked what is there", self.name()))
            .hint("homeroom target push writes it anew"))
    }
    /// Takes the last push back.
    ///
    /// # Errors
    /// `refused` if it cannot be taken back.
    fn undo(&self, _: &At<'_>, _: &mut Push<'_>) -> Result<Ended, Failure> {
        Err(Failure::refused(format!("a push to a target of the kind {} cannot be taken back", self.name()))
            .hint("homeroom export --as-of TIME writes what the roster was; or take back its run and push again"))
    }
    /// Takes over what is there already.
    ///
    /// # Errors
    /// `refused` if there is nothing of the sort.
    fn adopt(&self, _: &At<'_>, _: &Adopt) -> Result<Ended, Failure> {
        Err(Failure::refused(format!("a target of the kind {} has nothing that could be adopted", self.name())))
    }
    /// What stays at the target when it is removed here.
    ///
    /// # Errors
    /// As the store says.
    fn stays(&self, at: &At<'_>) -> Result<Vec<String>, Failure>;
}

/// Every kind of target.
pub static KINDS: &[&dyn Kind] =
    &[&moodle::Moodle, &package::OneRoster, &files::Files(&SDS), &files::Files(&APPLE), &files::Files(&CANVAS)];

/// The kind of a name.
///
/// # Errors
/// `usage` if there is none.
pub fn kind(name: &str) -> Result<&'static dyn Kind, Failure> {
    KINDS.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
        let names: Vec<_> = KINDS.iter().map(|kind| kind.name()).collect();
        Failure::usage(format!("there is no kind of target {name:?}; the kinds are {}", names.join(", ")))
    })
}

/// A target, and what is at hand for it.
pub struct At<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// The target.
    pub target: &'a Target,
    /// What is set for its kind.
    pub given: Given,
    /// The zone of its days.
    pub zone: TimeZone,
    /// Its secret, opened.
    pub secret: Option<SecretString>,
    /// What an application of this name may see.
    pub sees: &'a dyn Fn(&str) -> Result<AsSeen, Failure>,
    /// What time it is.
    pub now: Timestamp,
    /// Chance.
    pub outside: &'a dyn Outside,
    /// How it is spoken.
    pub output: Output,
}

impl std::fmt::Debug for At<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("At").field("target", &self.target.name).finish_non_exhaustive()
    }
}

/// How the roster is carried.
pub struct Push<'a> {
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Share of people that may be ended, in percent, if not as set.
    pub max_removed: Option<f64>,
    /// Takes a line for each thing that is touched or skipped.
    pub lines: &'a mut dyn FnMut(&str),
}

impl std::fmt::Debug for Push<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Push").field("dry_run", &self.dry_run).finish_non_exhaustive()
    }
}

/// How things are taken over.
#[derive(Clone, Debug, Default)]
pub struct Adopt {
    /// Whether nothing is kept.
    pub dry_run: bool,
    /// By what people are known again.
    pub by: Vec<String>,
    /// What made them.
    pub from: Option<String>,
}

/// How something ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// As a document.
    pub document: Value,
    /// For people.
    pub text: String,
    /// Whether it was done.
    pub status: Status,
    /// The version that is at the target now, whole.
    pub pushed: Option<Timestamp>,
}

/// What is set for a target.
///
/// # Errors
/// `internal` if what is stored is no settings.
pub fn given(target: &Target) -> Result<Given, Failure> {
    serde_json::from_str(&target.settings).map_err(|error| {
        let message = format!("the settings of the target {} cannot be read: {error}", target.name);
        Failure::refused(message).hint("remove the target and add it anew")
    })
}

/// Notes what a push came to: the version that is at the target now, and a word
/// and a sentence for people.
///
/// # Errors
/// As the store says.
pub fn note(roster: &Roster, target: &Target, ended: &Result<Ended, Failure>, now: Timestamp) -> Result<(), Failure> {
    let (came, said, pushed) = outcome(ended);
    if pushed.is_some() {
        roster.edit_target(&Target { pushed, ..target.clone() })?;
    }
    // It may have been heeded since the target was read.
    let Some(kept) = roster.target(&target.name)? else { return Ok(()) };
    let last = Some(Last { at: now.0, run: None, came: came.to_owned(), said });
    let state = common::State::of(&kept);
    // What has arrived keeps nothing waiting.
    let tried = state.tried.filter(|_| pushed.is_none());
    common::State { last, tried, ..state }.keep(roster, &target.name)
}

/// A word and a sentence for what a push came to, and the version that is at the
/// target now.
pub fn outcome(ended: &Result<Ended, Failure>) -> (&'static str, String, Option<Timestamp>) {
    match ended {
        Ok(ended) => {
            let held = ended.status != Status::Done;
            let lines: Vec<&str> = ended.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let done = if ended.document["state"] == "undone" { "undone" } else { "pushed" };
            (if held { "held" } else { done }, lines.join("; "), ended.pushed)
        }
        Err(failure) if failure.code == "held" => ("held", failure.message.clone(), None),
        Err(failure) => ("failed", failure.message.clone(), None),
    }
}

impl From<moodle_target::Stop> for Failure {
    fn from(stop: moodle_target::Stop) -> Failure {
        match stop.store {
            Some(error) => error.into(),
            None => {
                let code = if stop.held { "held" } else { "target" };
                Failure { code, message: stop.message, hint: Some(stop.hint), status: 1 }
            }
        }
    }
}
