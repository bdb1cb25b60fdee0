//! The steps of an import.

use super::digest::digest;
use super::guards::Guards;
use super::records::feed;
use super::{CHECKING, Ended, Request, Step, Watcher};
use crate::interrupt;
use crate::output::Failure;
use homeroom_store::intake::{Compared, Intake, Plan};
use homeroom_store::{ErrorKind, FirstLoad, Roster, Run, RunState};
use oneroster::csv::Package;
use oneroster::model::{Kind, Version};
use oneroster::time::Timestamp;
use oneroster::validate::{FileState, Judgement, Severity, Verdict, judge};
use std::io::{BufRead as _, BufReader};

/// How often a plan is made anew because another run came between.
const TRIES: usize = 3;

/// What stays the same through an import.
struct Import<'a> {
    roster: &'a Roster,
    request: &'a Request,
    clock: &'a dyn Fn() -> Timestamp,
    source: u32,
    digest: String,
    /// A file that has rows, of which nothing can be taken.
    broken: Option<Kind>,
    started: Timestamp,
}

/// Imports a package.
///
/// # Errors
/// `unreadable` (exit status 2) if the package cannot be read at all, else
/// what the store says. A package that is refused is no error: it ends as
/// [`RunState::Rejected`].
pub fn import(
    roster: &Roster,
    request: &Request,
    clock: &dyn Fn() -> Timestamp,
    watcher: &mut dyn Watcher,
) -> Result<Ended, Failure> {
    let mut package = interrupt::open(&request.package)?;
    let started = clock();
    let judgement = judge(&mut package, &request.options, &mut |progress| {
        watcher.step(Step { doing: CHECKING, done: progress.bytes, of: progress.total });
    })?;
    let digest = digest(&request.package)?;
    let source = roster.source(&request.source)?;
    let broken = broken(&package, &judgement)?;
    let import = Import { roster, request, clock, source, digest, broken, started };
    if let Verdict::Refused(reason) = &judgement.verdict {
        let reason = Some(reason.clone());
        return import.without_writing(RunState::Rejected, reason, Plan::default(), judgement, Vec::new());
    }
    if watcher.approved()
        && !request.dry_run
        && let Some((intake, load)) = roster.first_load(source, clock())?
    {
        return import.first(package, judgement, intake, load, watcher);
    }
    import.later(package, judgement, watcher)
}

impl Import<'_> {
    /// Into an empty roster: written while it is read.
    fn first(
        &self,
        mut package: Package,
        judgement: Judgement,
        mut intake: Intake,
        load: FirstLoad,
        watcher: &mut dyn Watcher,
    ) -> Result<Ended, Failure> {
        let fed = feed(&mut package, &judgement, &mut intake, &mut |step| {
            watcher.step(Step { doing: "loading", ..step });
        });
        let compared = fed.and_then(|()| Ok(intake.finish()?));
        let compared = match compared {
            Ok(compared) => compared,
            Err(failure) => {
                // What the writing thread says comes first: it is the cause.
                load.end(None)?;
                return Err(failure);
            }
        };
        watcher.plan(&compared.plan, &judgement.report);
        if let Some(reason) = self.held(&compared)? {
            load.end(None)?;
            return self.without_writing(RunState::Held, Some(reason), compared.plan, judgement, compared.collisions);
        }
        if let Err(stopped) = interrupt::go_on() {
            load.end(None)?;
            return Err(stopped);
        }
        watcher.step(Step { doing: "indexing", done: 0, of: 0 });
        let run = self.run(RunState::Applied, None, &compared.plan, &judgement);
        let written = load.end(Some(run))?;
        Ok(Ended {
            run: written.map(|w| w.run),
            state: RunState::Applied,
            reason: None,
            plan: compared.plan,
            report: judgement.report,
            collisions: Vec::new(),
            published: written.and_then(|w| w.published),
        })
    }

    /// Into a roster in use: compared first, then written at once.
    fn later(&self, mut package: Package, judgement: Judgement, watcher: &mut dyn Watcher) -> Result<Ended, Failure> {
        for attempt in 1.. {
            let mut intake = self.roster.compare(self.source, !judgement.no_deletions)?;
            feed(&mut package, &judgement, &mut intake, &mut |step| watcher.step(step))?;
            let compared = intake.finish()?;
            watcher.plan(&compared.plan, &judgement.report);
            let (plan, collisions) = (compared.plan.clone(), compared.collisions.clone());
            if let Some(reason) = self.held(&compared)? {
                return self.without_writing(RunState::Held, Some(reason), plan, judgement, collisions);
            }
            if self.request.dry_run || !(watcher.approved() || watcher.approve()) {
                let reason = Some("the plan waits for a yes; import the package again with --yes".to_owned());
                return self.without_writing(RunState::Planned, reason, plan, judgement, collisions);
            }
            interrupt::go_on()?;
            let run = self.run(RunState::Applied, None, &plan, &judgement);
            match self.roster.apply(compared, &run, (self.clock)()) {
                Ok(written) => {
                    return Ok(Ended {
                        run: Some(written.run),
                        state: RunState::Applied,
                        reason: None,
                        plan,
                        report: judgement.report,
                        collisions,
                        published: written.published,
                    });
                }
                Err(error) if error.kind() == ErrorKind::Busy && attempt < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
        unreachable_end()
    }

    fn held(&self, compared: &Compared) -> Result<Option<String>, Failure> {
        let foreign = match compared.collisions.first() {
            Some(collision) => Some((collision, self.roster.source_name(collision.owner)?.unwrap_or_default())),
            None => None,
        };
        let guards = Guards { request: self.request, broken: self.broken, foreign, collided: compared.collided };
        Ok(guards.hold(&compared.plan))
    }

    /// Ends without writing records; the run itself is kept, unless it is dry.
    fn without_writing(
        &self,
        state: RunState,
        reason: Option<String>,
        plan: Plan,
        judgement: Judgement,
        collisions: Vec<homeroom_store::intake::Collision>,
    ) -> Result<Ended, Failure> {
        interrupt::go_on()?;
        let run = self.run(state, reason.clone(), &plan, &judgement);
        let number = if self.request.dry_run { None } else { Some(self.roster.keep_run(&run)?) };
        Ok(Ended { run: number, state, reason, plan, report: judgement.report, collisions, published: None })
    }

    fn run(&self, state: RunState, reason: Option<String>, plan: &Plan, judgement: &Judgement) -> Run {
        let name = self.request.package.file_name().map(|name| name.to_string_lossy().into_owned());
        Run {
            source: self.source,
            state,
            reason,
            package: name.unwrap_or_default(),
            digest: self.digest.clone(),
            oneroster: judgement.version.map_or("", Version::label).to_owned(),
            started: self.started,
            finished: (self.clock)(),
            plan: plan.clone(),
            findings: findings(judgement).to_string(),
        }
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

/// How many findings of each severity there are.
fn findings(judgement: &Judgement) -> serde_json::Value {
    Severity::ALL.iter().map(|s| (s.word().to_owned(), serde_json::Value::from(judgement.report.count(*s)))).collect()
}

fn unreachable_end() -> Result<Ended, Failure> {
    Err(Failure::refused("other runs kept changing the roster; import the package again later"))
}
