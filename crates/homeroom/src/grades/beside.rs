//! What carries grades beside a server, in a thread of its own: a fetch that
//! takes long keeps no grade waiting.

use super::moodle::{Reader, is_due};
use super::{Carried, Post};
use crate::output::Failure;
use crate::sync::clockwork::Works;
use crate::sync::{Quiet, Wanted};
use homeroom_store::Tenants;
use homeroom_store::access::EVERY_TENANT;
use oneroster::time::Timestamp;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often it is looked whether a grade waits.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is looked whether grades of a target are to be read.
const LOOK_IN: Duration = Duration::from_secs(30);
/// How long reading waits for another run.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// By which name runs and the audit know who reads.
const NAME: &str = "schedule";
/// The first wait after a home did not answer, and the longest, in milliseconds.
const WAITS: (i64, i64) = (2_000, 5 * 60 * 1000);

/// Carries as long as it lives.
#[derive(Debug)]
pub struct Beside {
    /// End with this.
    _stop: [Sender<()>; 2],
}

impl Beside {
    /// Begins in a thread of its own, which does not keep a process from ending.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(works: Works) -> std::io::Result<Beside> {
        let ((stop, stopped), (end, ended)) = (channel(), channel());
        let reading = works.clone();
        std::thread::Builder::new().name("grades".into()).spawn(move || {
            let mut pauses = Pauses::default();
            let which = |tenants: &Tenants<'_>| tenants.with_home_of_grades();
            run(&works, LOOK, &stopped, &which, &mut |tenant| look_at(&works, tenant, &mut pauses));
        })?;
        std::thread::Builder::new().name("grades-in".into()).spawn(move || {
            let which = |tenants: &Tenants<'_>| tenants.busy();
            run(&reading, LOOK_IN, &ended, &which, &mut |tenant| read(&reading, tenant));
        })?;
        Ok(Beside { _stop: [stop, end] })
    }
}

/// Which districts are looked at.
type Which<'a> = &'a dyn Fn(&Tenants<'_>) -> homeroom_store::Result<Vec<String>>;

fn run(works: &Works, look: Duration, stopped: &Receiver<()>, which: Which<'_>, act: &mut dyn FnMut(&str)) {
    while stopped.recv_timeout(look) == Err(RecvTimeoutError::Timeout) {
        let tenants = match works.access.tenant() {
            EVERY_TENANT => which(&Tenants::of(&works.database)),
            one => Ok(vec![one.to_owned()]),
        };
        match tenants {
            Ok(tenants) => tenants.iter().for_each(|tenant| act(tenant)),
            Err(error) => tracing::error!("grades could not be looked at: {error}"),
        }
    }
}

/// Reads the grades of the targets of a district whose time has come.
fn read(works: &Works, tenant: &str) {
    if let Err(failure) = read_all(works, tenant)
        && failure.code != "not_found"
    {
        tracing::error!(tenant, "grades of targets could not be looked at: {failure}");
    }
}

fn read_all(works: &Works, tenant: &str) -> Result<(), Failure> {
    let access = works.access.within(tenant);
    let roster = works.rosters.get(tenant)?;
    let clock = || access.now();
    for target in roster.targets()? {
        // Nothing comes to a district that is suspended.
        if !is_due(&roster, &target, clock())? || access.suspended()?.is_some() {
            continue;
        }
        let (database, name, clock) = (&works.database, NAME, &clock);
        let reader = Reader { database, roster: &roster, access: &access, name, who: name, patience: PATIENCE, clock };
        let (target_name, target) = (target.name.clone(), target);
        match reader.pull(&target, Wanted::default(), &mut Quiet { yes: true }) {
            Ok(read) => {
                let state = read.ended.map_or("nothing", |ended| ended.state.word());
                tracing::info!(tenant, target = target_name, courses = read.courses, state, "its grades were read");
            }
            Err(failure) if failure.code == "busy" => {}
            Err(failure) => tracing::warn!(tenant, target = target_name, "its grades could not be read: {failure}"),
        }
    }
    Ok(())
}

/// Carries the grades of a district. What fails is logged, without the words of
/// the home, which may tell of a person: those are kept with the grade.
fn look_at(works: &Works, tenant: &str, pauses: &mut Pauses) {
    match carry(works, tenant, pauses) {
        Ok(None) => {}
        Ok(Some(carried)) => {
            let Carried { there, refused, again, .. } = carried;
            if carried.stopped.is_some() {
                tracing::warn!(tenant, there, refused, again, "the home of grades does not answer; they wait");
            } else if there + refused + again > 0 {
                tracing::info!(tenant, there, refused, again, "grades were carried to their home");
            }
        }
        // One that is removed meanwhile has none any more.
        Err(failure) if ["busy", "not_found"].contains(&failure.code) => {}
        Err(failure) => tracing::error!(tenant, "grades could not be carried to their home: {failure}"),
    }
}

fn carry(works: &Works, tenant: &str, pauses: &mut Pauses) -> Result<Option<Carried>, Failure> {
    let access = works.access.within(tenant);
    let now = access.now();
    if !pauses.is_over(tenant, now) {
        return Ok(None);
    }
    let roster = works.rosters.get(tenant)?;
    // Nothing goes out of a district that is suspended.
    if roster.grades_home()?.is_none() || access.suspended()?.is_some() {
        return Ok(None);
    }
    if roster.forwards_due(now, 1)?.is_empty() {
        return Ok(None);
    }
    let done = Post { database: &works.database, roster: &roster, access: &access }.carry();
    let good = done.as_ref().is_ok_and(|carried| carried.stopped.is_none());
    pauses.note(tenant, access.now(), good);
    done.map(Some)
}

/// Until when the home of a district is left in peace, and how often it failed.
#[derive(Default)]
struct Pauses(HashMap<String, (u32, Timestamp)>);

impl Pauses {
    fn is_over(&self, tenant: &str, now: Timestamp) -> bool {
        // A clock that was set back keeps nobody waiting for long.
        self.0.get(tenant).is_none_or(|(_, until)| !(until.0 - WAITS.1..until.0).contains(&now.0))
    }

    fn note(&mut self, tenant: &str, now: Timestamp, good: bool) {
        if good {
            self.0.remove(tenant);
            return;
        }
        let (failed, until) = self.0.entry(tenant.to_owned()).or_insert((0, now));
        let (first, longest) = WAITS;
        *until = Timestamp(now.0.saturating_add(first.saturating_mul(1 << (*failed).min(20)).min(longest)));
        *failed += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_that_fails_is_asked_more_and_more_seldom() {
        let mut pauses = Pauses::default();
        let at = |ms: i64| Timestamp(1_000_000 + ms);
        assert!(pauses.is_over("north", at(0)));
        pauses.note("north", at(0), false);
        assert!(
            !pauses.is_over("north", at(1_999)) && pauses.is_over("north", at(2_000)) && pauses.is_over("south", at(0))
        );
        pauses.note("north", at(2_000), false);
        assert!(!pauses.is_over("north", at(5_999)) && pauses.is_over("north", at(6_000)));
        pauses.note("north", at(6_000), true);
        assert!(pauses.is_over("north", at(6_001)));
    }
}
