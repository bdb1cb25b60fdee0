//! `homeroom people`: people under several identifiers.

use super::Setting;
use super::import::Terminal;
use super::turn::Wait;
use crate::admin::runs::ended as document;
use crate::intake::{Ended, sentence};
use crate::output::{Failure, Status};
use crate::people::{Doubt, Found, How, KEY, Likeness, SCOPE, Task, carry, likenesses, look};
use homeroom_store::intake::Merge;
use homeroom_store::{Roster, RunState};
use oneroster::model::Kind;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// People who are known by several identifiers: list, merge, unmerge, match, doubts
#[derive(Debug, clap::Subcommand)]
pub(super) enum People {
    /// List the identifiers that stand for other ones
    List,
    /// Make one of two people
    ///
    /// KEEP stands, with what the sources say of both, by their precedence. OTHER
    /// becomes one of its userIds; enrollments, results and guardians that named
    /// it name KEEP, and applications see it once as deleted. Later packages of
    /// either source find their person. Take it back with `runs undo`, or with
    /// `people unmerge` once more has happened since.
    Merge {
        /// The sourcedId that stands
        keep: String,
        /// The sourcedId that stands no more
        other: String,
        /// The type of OTHER among the userIds of KEEP
        /// [default: the name of its source]
        #[arg(long, value_name = "TYPE")]
        label: Option<String>,
        #[command(flatten)]
        act: Act,
    },
    /// Make two of a person again; they will not be made one without you
    Unmerge {
        /// The sourcedId that stands for another one
        other: String,
        #[command(flatten)]
        act: Act,
    },
    /// Make one of those whom several sources send under identifiers of their own
    ///
    /// With --by it is set by what people are known: identifier, email, username,
    /// userMasterIdentifier or userIds:TYPE, parted by commas; from then on it is
    /// done after each run that brings people. `none` ends it. Who is doubtful
    /// stays as they are; see `people doubts`.
    Match {
        /// By what people are known
        #[arg(long, value_name = "WHAT,...")]
        by: Option<String>,
        #[command(flatten)]
        act: Act,
    },
    /// Show who is alike, and why they are not made one
    Doubts,
}

/// How it is done.
#[derive(Debug, clap::Args)]
pub(super) struct Act {
    /// Show what would change and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    wait: Wait,
}

/// What ends the matching.
const NONE: &str = "none";

impl People {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        match self {
            People::List => list(setting),
            People::Merge { keep, other, label, act } => {
                let task = |roster: &Roster| {
                    let label = match label {
                        Some(label) => label.clone(),
                        None => source_of(roster, other)?,
                    };
                    Ok(Task::merge(&[Merge { keep: keep.clone(), other: other.clone(), label }]))
                };
                act.run(setting, &task, false)
            }
            People::Unmerge { other, act } => act.run(setting, &|_| Ok(Task::Part(other.clone())), false),
            People::Match { by, act } => matched(setting, by.as_deref(), act),
            People::Doubts => doubts(setting),
        }
    }
}

impl Act {
    /// Does a task, with a plan and a yes.
    pub(super) fn run(
        &self,
        setting: &Setting,
        task: &dyn Fn(&Roster) -> Result<Task, Failure>,
        guarded: bool,
    ) -> Result<Status, Failure> {
        let (_turn, roster) = self.wait.roster(setting)?;
        let task = task(&roster)?;
        let mut watcher = Terminal::new(setting.output, self.yes && !self.dry_run);
        let how = How { dry_run: self.dry_run, guarded };
        let ended = setting.office(&roster, |office| carry(office, &task, how, &mut watcher));
        watcher.progress.clear();
        let ended = ended?;
        setting.output.result(&document(&ended), &sentence(&ended, self.dry_run))?;
        Ok(self.status(&ended))
    }

    fn status(&self, ended: &Ended) -> Status {
        match ended.state {
            RunState::Applied => Status::Done,
            _ if self.dry_run => Status::Done,
            _ => Status::NotDone,
        }
    }
}

/// The name of the source that sends a person.
fn source_of(roster: &Roster, id: &str) -> Result<String, Failure> {
    let mut owner = None;
    if roster.stored(Kind::User, id)?.is_some() {
        roster.everybody(&mut |one| {
            if one.record.sourced_id == id {
                owner = Some(one.owner);
            }
        })?;
    }
    let Some(owner) = owner else {
        return Err(Failure::refused(format!("there is no person {id} in the roster"))
            .hint("look for the sourcedId with: homeroom find NAME"));
    };
    Ok(roster.source_name(owner)?.unwrap_or_default())
}

fn list(setting: &Setting) -> Result<Status, Failure> {
    let merges = setting.roster()?.merges()?;
    let mut all: Vec<(&str, &str)> = merges.all().collect();
    all.sort_unstable();
    let document = |(old, new): &(&str, &str)| json!({ "other": old, "keep": new, "type": merges.label(old) });
    let mut text = String::new();
    for (old, new) in &all {
        let _ = writeln!(text, "{old} is {new}");
    }
    if all.is_empty() {
        text.push_str("Nobody has several identifiers.");
    }
    setting.output.result(&json!({ "people": all.iter().map(document).collect::<Vec<_>>() }), text.trim_end())?;
    Ok(Status::Done)
}

fn matched(setting: &Setting, by: Option<&str>, act: &Act) -> Result<Status, Failure> {
    let roster = setting.roster()?;
    if let Some(by) = by {
        let words = || by.split(',').map(str::trim).filter(|word| *word != NONE);
        let all: Vec<Likeness> = words().map(Likeness::of).collect::<Result<_, _>>().map_err(Failure::usage)?;
        if act.dry_run {
            return shown(setting, &look(&roster, &all)?);
        }
        let before = roster.settings(SCOPE)?.into_iter().find(|set| set.scope == SCOPE && set.key == KEY);
        let now = Some(words().collect::<Vec<_>>().join(",")).filter(|words| !words.is_empty());
        roster.set(SCOPE, KEY, now.as_deref())?;
        let before = before.as_ref().map(|set| set.value.as_str());
        setting.office(&roster, |office| office.set("people match", KEY, before, now.as_deref()))?;
    }
    let by = likenesses(&roster)?;
    if by.is_empty() {
        let told = "people of several sources are not matched; set by what they are known with: homeroom people match \
                    --by identifier";
        setting.output.result(&json!({ "match": null, "pairs": [], "doubts": [] }), told)?;
        return Ok(Status::Done);
    }
    let found = look(&roster, &by)?;
    if found.pairs.is_empty() || act.dry_run {
        return shown(setting, &found);
    }
    act.run(setting, &|roster| Ok(Task::merge(&look(roster, &by)?.pairs)), true)
}

fn doubts(setting: &Setting) -> Result<Status, Failure> {
    let roster = setting.roster()?;
    shown(setting, &look(&roster, &likenesses(&roster)?)?)
}

fn shown(setting: &Setting, found: &Found) -> Result<Status, Failure> {
    let pair = |(pair, by): (&Merge, &String)| json!({ "keep": pair.keep, "other": pair.other, "by": by });
    let doubt = |one: &Doubt| json!({ "people": one.people, "by": one.by, "why": one.why });
    let pairs: Vec<Value> = found.pairs.iter().zip(&found.by).map(pair).collect();
    let doubts: Vec<Value> = found.doubts.iter().map(doubt).collect();
    let mut text = String::new();
    for (pair, by) in found.pairs.iter().zip(&found.by) {
        let _ = writeln!(text, "{} would become one with {} (the same {by})", pair.other, pair.keep);
    }
    for one in &found.doubts {
        let _ = writeln!(text, "{} (the same {}): {}", one.people.join(", "), one.by, one.why);
    }
    if text.is_empty() {
        text.push_str("Nobody is alike.");
    } else if !found.doubts.is_empty() {
        text.push_str("Make one of two, if you know better, with: homeroom people merge KEEP OTHER");
    }
    setting.output.result(&json!({ "pairs": pairs, "doubts": doubts }), text.trim_end())?;
    Ok(Status::Done)
}
