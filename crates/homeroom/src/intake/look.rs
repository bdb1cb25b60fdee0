//! What a comparison came to, and the guards that look at it.

use super::Watcher;
use super::beside::Beside;
use super::flow::{Fed, Import};
use super::guards::{Fall, Guards};
use super::judged::Judged;
use super::limits::{FLOORED, Limits};
use super::records::feed;
use super::steps::Steps;
use crate::output::Failure;
use homeroom_store::intake::Compared;
use homeroom_store::{Review, Run};
use oneroster::csv::{Mode, Package};
use oneroster::model::{Kind, Service};
use oneroster::validate::{Code, FileState, Judgement};
use std::io::{BufRead as _, BufReader};

/// So many earlier packages of a source are known again.
const EARLIER: i64 = 30;

/// What a comparison came to, and what is to be thought of it.
pub(super) struct Looked {
    pub compared: Compared,
    pub review: Review,
    pub guards: Vec<String>,
}

impl Import<'_> {
    /// What holds the load of an empty roster.
    pub(super) fn first_guards(
        &self,
        package: &Package,
        judgement: &Judgement,
        compared: &Compared,
    ) -> Result<Vec<String>, Failure> {
        let limits = Limits::default();
        let guards = Guards {
            request: self.request,
            limits: &limits,
            broken: broken(package, judgement)?,
            missing: Vec::new(),
            older: None,
            foreign: None,
            collided: 0,
            review: None,
            reused: 0,
            falls: Vec::new(),
        };
        Ok(guards.hold(&compared.plan))
    }

    /// Compares, and looks at what came of it.
    pub(super) fn look(
        &mut self,
        package: &mut Package,
        judgement: &Judgement,
        compared: Option<Compared>,
        watcher: &mut dyn Watcher,
    ) -> Result<Looked, Failure> {
        let source = self.run.source;
        let mut compared = match compared {
            Some(compared) => compared,
            None => match self.compare(package, judgement, watcher)? {
                Fed::Compared(compared, _) | Fed::Loaded { compared, .. } => compared,
            },
        };
        let today = self.request.options.now.0;
        let today = jiff::Timestamp::from_millisecond(today).unwrap_or_default();
        let today = today.to_zoned(self.request.options.zone.clone()).date();
        let mut limits = Limits::read(self.roster, &self.request.source, self.request.max_removed, today)?;
        limits.renaming = !self.mapping.is_empty();
        let review = self.roster.review(&mut compared, source, &|kind| limits.removed(kind))?;
        let foreign = match compared.collisions.first() {
            Some(collision) => Some((collision, self.roster.owner(collision.owner)?)),
            None => None,
        };
        let earlier = self.roster.applied(source, EARLIER)?;
        let guards = Guards {
            request: self.request,
            limits: &limits,
            broken: broken(package, judgement)?,
            missing: self.missing(judgement)?,
            // Changes carry times of their own: a late one is passed over row by row.
            older: self.older(&earlier).filter(|_| judgement.mode() != Mode::Delta.word()),
            foreign,
            collided: compared.collided,
            review: Some(&review),
            reused: match self.request.options.consents(Code::D39) {
                true => 0,
                false => self.reused.len().max(review.reused.len()),
            },
            falls: self.falls(&limits, &review)?,
        };
        let guards = guards.hold(&compared.plan);
        Ok(Looked { compared, review, guards })
    }

    /// Compares the package with what is stored, renamed if that was asked for.
    pub(super) fn compare(
        &mut self,
        package: &mut Package,
        judgement: &Judgement,
        watcher: &mut dyn Watcher,
    ) -> Result<Fed, Failure> {
        let mut show = |step| watcher.step(step);
        let judged = Judged::whole(judgement, &mut show);
        if self.mapping.is_empty() {
            return self.feed(package, &judged, false);
        }
        let mut steps = Steps::of(self.roster, self.run.source)?;
        let (mut intake, renames) =
            self.roster.compare_renamed(self.run.source, !judged.no_deletions, &self.mapping)?;
        self.unknown = renames.unknown;
        feed((package, &Beside::of(self.request)?), &judged, &mut intake, "comparing", &mut steps)?;
        let compared = self.roster.complete(intake.finish()?, &renames)?;
        Ok(Fed::Compared(compared, steps.effects()))
    }

    /// Schools that would fall below their floors. Only those that lose something
    /// are counted.
    fn falls(&self, limits: &Limits, review: &Review) -> Result<Vec<Fall>, Failure> {
        let mut falls = Vec::new();
        if !limits.has_floors() {
            return Ok(falls);
        }
        for (school, shifts) in &review.schools {
            for kind in FLOORED {
                // A person is at a school by a role.
                let counted = if kind == Kind::User { Kind::Role } else { kind };
                let shift = shifts.get(counted.entity().plural).filter(|shift| shift.removed > shift.added);
                let (Some(shift), Some(floor)) = (shift, limits.floor(kind, school)) else { continue };
                let before = self.roster.at_school(counted, school, self.run.source)?;
                let after = (before + shift.added).saturating_sub(shift.removed);
                if floor.is_crossed(before, after) {
                    falls.push(Fall { school: school.clone(), kind, before, after });
                }
            }
        }
        falls.sort_by_key(|fall| std::cmp::Reverse(fall.before - fall.after));
        if let Some(worst) = falls.first_mut() {
            let names = self.roster.org_names()?;
            let name = names.get(&worst.school).filter(|name| !name.is_empty());
            worst.school = name.map_or_else(|| worst.school.clone(), |name| format!("\"{name}\""));
        }
        Ok(falls)
    }

    /// Kinds of which a whole package has no file, though the source has
    /// records of them.
    fn missing(&self, judgement: &Judgement) -> Result<Vec<Kind>, Failure> {
        let Some(version) = judgement.version.filter(|_| judgement.mode() == "bulk") else { return Ok(Vec::new()) };
        let mut missing = Vec::new();
        for kind in Kind::all().filter(|kind| kind.entity().service == Service::Rostering) {
            let expected = kind.entity().csv.has(version) && judgement.file(kind).is_none();
            if expected && self.roster.owns(kind, self.run.source)? {
                missing.push(kind);
            }
        }
        Ok(missing)
    }

    /// The earlier run that shows this package to be an old one.
    fn older<'r>(&self, earlier: &'r [Run]) -> Option<(&'r Run, bool)> {
        let last = earlier.first()?;
        if last.digest == self.run.digest {
            return None;
        }
        if let Some(same) = earlier.iter().find(|run| run.digest == self.run.digest) {
            return Some((same, true));
        }
        let (was, is) = (last.dated?, self.run.dated?);
        (is < was).then_some((last, false))
    }
}

/// A file that is rejected whole though it has rows. One that has only a header
/// says nothing, be it a bad one.
fn broken(package: &Package, judgement: &Judgement) -> Result<Option<Kind>, Failure> {
    for file in judgement.files.iter().filter(|file| file.state == FileState::Rejected) {
        if file.rows > 0 || BufReader::new(package.read(&file.entry)?).split(b'\n').nth(1).is_some() {
            return Ok(Some(file.kind));
        }
    }
    Ok(None)
}
