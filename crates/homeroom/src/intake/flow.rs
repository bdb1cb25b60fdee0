//! The steps of an import.

use super::asked::Asked;
use super::beside::{self, Beside};
use super::digest::{dated, digest};
use super::effects::{Effect, Effects};
use super::judged::{Early, Judged, judge_and};
use super::look::Looked;
use super::records::feed;
use super::steps::Steps;
use super::{Ended, Request, Step, Watcher, fetched, findings, prefix, rekey};
use crate::interrupt;
use crate::output::Failure;
use homeroom_store::intake::{Compared, Plan};
use homeroom_store::{Archive, ErrorKind, FirstLoad, Rename, Review, Roster, Run, RunState, Written};
use oneroster::csv::Package;
use oneroster::model::Edition;
use oneroster::time::Timestamp;
use oneroster::validate::{Code, Judgement, Options, Verdict};
use std::collections::HashSet;
use std::sync::Arc;

/// How often a plan is made anew because another run came between.
const TRIES: usize = 3;
/// What stays the same through an import.
pub(super) struct Import<'a> {
    pub roster: &'a Roster,
    pub request: &'a Request,
    pub clock: &'a dyn Fn() -> Timestamp,
    /// The run as it stands; it has a number unless it is dry.
    pub run: Run,
    /// The run whose plan was shown and is approved now.
    pub shown: Option<Run>,
    /// The version of the roster that changes were judged by.
    pub judged_by: Option<i64>,
    /// Records to be renamed.
    pub mapping: Vec<Rename>,
    /// How many of them are not there.
    pub unknown: u64,
    /// What was done to the records before they were compared.
    pub effects: Vec<Effect>,
    /// People whose rows are rejected, for their identifiers were other people's
    /// before; by digest.
    pub reused: Arc<HashSet<u64>>,
}

/// How far a package came.
pub(super) enum Pass {
    /// To the end of its run.
    Ended(Box<Ended>),
    /// To people whose identifiers, as the source writes them, were other people's
    /// before: it is to be judged once more, without their rows.
    Reused(HashSet<u64>),
}

impl Pass {
    fn ended(ended: Ended) -> Pass {
        Pass::Ended(Box::new(ended))
    }
}

/// What became of the records of a package.
pub(super) enum Fed {
    /// They are written into an empty roster, in a transaction that is open yet.
    Loaded { compared: Compared, load: FirstLoad, effects: Effects },
    /// They were compared with what is stored.
    Compared(Compared, Effects),
}

/// Imports a package. Whoever calls has the turn ([`homeroom_store::Turn`]), if
/// others may import into the same roster.
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
    let package = beside::package(request)?;
    let mut mapping = request.rekey.as_deref().map(rekey::read).transpose()?.unwrap_or_default();
    let source = roster.source(&request.source)?;
    mapping.extend(prefix::renames(roster, source)?);
    let name = request.package.file_name().map(|name| name.to_string_lossy().into_owned());
    let asked = Asked::of(request).with(&prefix::of(roster, source)?).to_text();
    let mut run = Run { package: name.unwrap_or_default(), request: asked, ..Run::begun(source, clock()) };
    if !request.dry_run {
        let id = roster.keep_run(&run)?;
        run.id = Some(id);
        watcher.begun(id);
    }
    let mut import = Import::new(roster, request, clock, run, mapping);
    import.whole(package, watcher).inspect_err(|failure| import.failed(failure))
}

impl<'a> Import<'a> {
    /// A run that begins.
    pub(super) fn new(
        roster: &'a Roster,
        request: &'a Request,
        clock: &'a dyn Fn() -> Timestamp,
        run: Run,
        mapping: Vec<Rename>,
    ) -> Import<'a> {
        let (effects, reused) = (Vec::new(), Arc::default());
        Import { roster, request, clock, run, shown: None, judged_by: None, mapping, unknown: 0, effects, reused }
    }

    /// From the package to the end of the run.
    pub(super) fn whole(&mut self, package: Package, watcher: &mut dyn Watcher) -> Result<Ended, Failure> {
        match self.once(package, watcher)? {
            Pass::Ended(ended) => return Ok(*ended),
            Pass::Reused(people) => self.reused = Arc::new(people),
        }
        match self.once(beside::package(self.request)?, watcher)? {
            Pass::Ended(ended) => Ok(*ended),
            Pass::Reused(_) => {
                Err(Failure::refused("the roster was changed while the package was checked; import it again"))
            }
        }
    }

    /// How the package is judged.
    fn options(&self) -> Options {
        Options { reused: Arc::clone(&self.reused), ..self.request.options.clone() }
    }

    fn once(&mut self, mut package: Package, watcher: &mut dyn Watcher) -> Result<Pass, Failure> {
        let at_once = watcher.approved() && !self.request.dry_run && self.shown.is_none();
        let (mut judgement, fed) = self.judge(&mut package, at_once, watcher)?;
        fetched::tell(&self.request.met, &mut judgement);
        self.run.oneroster = judgement.edition.map_or("", Edition::label).to_owned();
        self.run.findings = findings::counts(&judgement).to_string();
        if let Some(id) = self.run.id {
            self.roster.archive().keep_findings(id, &mut |out| findings::write_all(&judgement, out))?;
        }
        if let Verdict::Refused(reason) = &judgement.verdict {
            let (state, reason) = (RunState::Rejected, Some(reason.clone()));
            let ended = self.without_writing(state, reason, Plan::default(), judgement, Vec::new())?;
            return Ok(Pass::ended(ended));
        }
        let fed = match fed {
            Some(fed) => fed,
            None if self.mapping.is_empty() => {
                let mut show = |step| watcher.step(step);
                self.feed(&mut package, &Judged::whole(&judgement, &mut show), at_once)?
            }
            None => self.compare(&mut package, &judgement, watcher)?,
        };
        match fed {
            Fed::Loaded { compared, load, effects } => {
                self.tell(effects, &mut judgement, watcher)?;
                let ended = self.first(&package, judgement, compared, load, watcher)?;
                Ok(Pass::ended(ended))
            }
            Fed::Compared(compared, effects) => {
                self.tell(effects, &mut judgement, watcher)?;
                self.later(package, judgement, compared, watcher)
            }
        }
    }

    /// Tells what the steps did: among the findings, with the run, to who watches.
    fn tell(&mut self, effects: Effects, judgement: &mut Judgement, watcher: &mut dyn Watcher) -> Result<(), Failure> {
        if effects.is_empty() {
            return Ok(());
        }
        self.effects = effects.tell(judgement);
        self.run.findings = findings::counts(judgement).to_string();
        self.run.effects = serde_json::to_string(&self.effects).map_err(std::io::Error::other)?;
        if let Some(id) = self.run.id {
            self.roster.archive().keep_findings(id, &mut |out| findings::write_all(judgement, out))?;
        }
        if !self.effects.is_empty() {
            watcher.effects(&self.effects);
        }
        Ok(())
    }

    /// Judges the package; meanwhile another thread keeps a copy of it, and this
    /// one compares or loads what is judged already.
    fn judge(
        &mut self,
        package: &mut Package,
        at_once: bool,
        watcher: &mut dyn Watcher,
    ) -> Result<(Judgement, Option<Fed>), Failure> {
        let mut reading = beside::package(self.request)?;
        let mut show = |step| watcher.step(step);
        let options = self.options();
        let (judged, kept) = std::thread::scope(|scope| {
            let (request, id, archive) = (self.request, self.run.id, self.roster.archive());
            let keeping = (self.shown.is_none() && self.reused.is_empty())
                .then(|| scope.spawn(move || keep(request, id, &archive)));
            let of = (self.roster, self.run.source, self.mapping.as_slice());
            let judged = judge_and(package, &options, of, &mut show, |judged| {
                self.mapping.is_empty().then(|| self.feed(&mut reading, judged, at_once)).transpose()
            });
            (judged, keeping.map(std::thread::ScopedJoinHandle::join))
        });
        let ((judgement, by), early) = judged?;
        self.judged_by = by;
        if let Some(kept) = kept {
            let kept = kept.map_err(|_| Failure::refused("the package could not be kept; import it again"))?;
            (self.run.digest, self.run.dated) = kept?;
        }
        let fed = match early {
            Some(Early { made, counts: true }) => made?,
            // What was made of files that turned out otherwise is made anew.
            Some(Early { made: Ok(Some(Fed::Loaded { load, .. })), .. }) => {
                load.end(None)?;
                None
            }
            _ => None,
        };
        Ok((judgement, fed))
    }

    /// Feeds the records of the package: into an empty roster, if they are to be
    /// written at once, or into a comparison with what is stored.
    pub(super) fn feed(&self, package: &mut Package, judged: &Judged<'_>, at_once: bool) -> Result<Fed, Failure> {
        let (source, beside) = (self.run.source, Beside::of(self.request)?);
        let mut steps = Steps::of(self.roster, source)?;
        if at_once && let Some((mut intake, load)) = self.roster.first_load(source, (self.clock)())? {
            let fed = feed((package, &beside), judged, &mut intake, "loading", &mut steps);
            return match fed.and_then(move |()| Ok(intake.finish()?)) {
                Ok(compared) => Ok(Fed::Loaded { compared, load, effects: steps.effects() }),
                Err(failure) => {
                    // What the writing thread says comes first: it is the cause.
                    load.end(None)?;
                    Err(failure)
                }
            };
        }
        let mut intake = self.roster.compare(source, !judged.no_deletions)?;
        if self.judged_by.is_some_and(|version| version != intake.version()) {
            return Err(Failure::refused("the roster was changed while the package was checked; import it again"));
        }
        feed((package, &beside), judged, &mut intake, "comparing", &mut steps)?;
        Ok(Fed::Compared(intake.finish()?, steps.effects()))
    }

    /// Into an empty roster: written while it was read.
    fn first(
        &mut self,
        package: &Package,
        judgement: Judgement,
        compared: Compared,
        load: FirstLoad,
        watcher: &mut dyn Watcher,
    ) -> Result<Ended, Failure> {
        self.run.planned = Some((self.clock)());
        watcher.plan(&compared.plan, &judgement.report);
        // While a load holds the lock nothing else may look; its own source
        // cannot have lost anything.
        let guards = self.first_guards(package, &judgement, &compared)?;
        if !guards.is_empty() {
            load.end(None)?;
            return self.without_writing(RunState::Held, None, compared.plan, judgement, guards);
        }
        if let Err(stopped) = interrupt::go_on() {
            load.end(None)?;
            return Err(stopped);
        }
        watcher.step(Step { doing: "indexing", done: 0, of: 0 });
        self.approve(&self.request.who.clone());
        let run = self.ending(RunState::Applied, None, &compared.plan);
        let written = load.end(Some(run))?.unwrap_or(Written { run: 0, published: None });
        Ok(self.ended(written, compared.plan, judgement))
    }

    /// Into a roster in use: compared first, then written at once.
    fn later(
        &mut self,
        mut package: Package,
        judgement: Judgement,
        compared: Compared,
        watcher: &mut dyn Watcher,
    ) -> Result<Pass, Failure> {
        let mut compared = Some(compared);
        for attempt in 1.. {
            let looked = match self.look(&mut package, &judgement, compared.take(), watcher) {
                Err(failure) if failure.code == "busy" && attempt < TRIES => continue,
                other => other?,
            };
            let Looked { compared, review, guards } = looked;
            if !review.reused.is_empty() && self.reused.is_empty() && rejects_reused(&self.request.options) {
                return Ok(Pass::Reused(prefix::named_by_source(self.roster, self.run.source, &review.reused)?));
            }
            let plan = compared.plan.clone();
            self.run.planned = Some((self.clock)());
            self.run.schools = review.schools.clone();
            self.run.changes = Some(review.digest.clone());
            watcher.plan(&plan, &judgement.report);
            if let Some(shown) = &self.shown {
                if (&shown.plan, &shown.changes) != (&plan, &self.run.changes) {
                    let reason =
                        Some("the roster has changed since, and the plan with it; look at it and approve again");
                    let reason = reason.map(str::to_owned);
                    return self.without_writing(RunState::Held, reason, plan, judgement, guards).map(Pass::ended);
                }
            } else if !guards.is_empty() {
                let rekey = self.propose(&review)?;
                let ended = self.without_writing(RunState::Held, None, plan, judgement, guards)?;
                return Ok(Pass::ended(Ended { rekey, ..ended }));
            } else if self.request.dry_run || !(watcher.approved() || watcher.approve()) {
                let reason = Some("the plan waits for a yes; import the package again with --yes".to_owned());
                return self.without_writing(RunState::Planned, reason, plan, judgement, guards).map(Pass::ended);
            }
            interrupt::go_on()?;
            self.approve(&self.request.who.clone());
            let run = self.ending(RunState::Applied, None, &plan);
            match self.roster.apply(compared, &run, (self.clock)()) {
                Ok(written) => return Ok(Pass::ended(self.ended(written, plan, judgement))),
                Err(error) if error.kind() == ErrorKind::Busy && attempt < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::refused("other runs kept changing the roster; import the package again later"))
    }

    fn approve(&mut self, who: &str) {
        self.run.approved = Some(((self.clock)(), who.to_owned()));
    }

    /// Ends without writing records; the run itself is kept, unless it is dry.
    fn without_writing(
        &mut self,
        state: RunState,
        reason: Option<String>,
        plan: Plan,
        judgement: Judgement,
        guards: Vec<String>,
    ) -> Result<Ended, Failure> {
        interrupt::go_on()?;
        let reason = reason.or_else(|| guards.first().cloned());
        self.run.guards = guards;
        let run = self.ending(state, reason.clone(), &plan);
        let number = if self.request.dry_run { None } else { Some(self.roster.keep_run(&run)?) };
        let schools = run.schools;
        let report = judgement.report;
        Ok(Ended {
            run: number,
            state,
            reason,
            plan,
            schools,
            effects: std::mem::take(&mut self.effects),
            rekey: None,
            unknown: self.unknown,
            report,
            published: None,
        })
    }

    fn ended(&self, written: Written, plan: Plan, judgement: Judgement) -> Ended {
        Ended {
            run: Some(written.run),
            state: RunState::Applied,
            reason: None,
            plan,
            schools: self.run.schools.clone(),
            effects: self.effects.clone(),
            rekey: None,
            unknown: self.unknown,
            report: judgement.report,
            published: written.published,
        }
    }

    /// The run as it ends.
    fn ending(&self, state: RunState, reason: Option<String>, plan: &Plan) -> Run {
        Run { state, reason, plan: plan.clone(), finished: Some((self.clock)()), ..self.run.clone() }
    }

    /// Keeps that the run failed; what failed before tells why that may fail, too.
    fn failed(&self, failure: &Failure) {
        if let Some(id) = self.run.id {
            let run = self.ending(RunState::Failed, Some(failure.message.clone()), &Plan::default());
            let _ = self.roster.keep_run(&run);
            let _ = self.roster.archive().forget_package(id);
        }
    }

    /// Writes a proposal for records that seem to come back under other
    /// identifiers, beside the package: for `import --rekey`.
    fn propose(&self, review: &Review) -> Result<Option<std::path::PathBuf>, Failure> {
        if self.request.dry_run || review.rekeyed.is_empty() {
            return Ok(None);
        }
        Ok(Some(rekey::propose(&self.request.package, &review.rekeyed)?))
    }
}

/// Whether a row of somebody whose identifier was another person's before is
/// rejected (csv.md D39): not by the letter, and not if it was consented to.
pub(super) fn rejects_reused(options: &Options) -> bool {
    !options.strict && !options.consents(Code::D39)
}

/// Keeps a copy of a package with its run; what it is known by, and when it was
/// made.
fn keep(request: &Request, id: Option<i64>, archive: &Archive) -> Result<(String, Option<Timestamp>), Failure> {
    let known = (digest(&request.package)?, dated(&request.package));
    if let Some(id) = id {
        archive.keep(id, &request.package)?;
        if let Some(mapping) = &request.rekey {
            archive.keep_mapping(id, mapping)?;
        }
    }
    Ok(known)
}
