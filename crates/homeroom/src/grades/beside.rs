//! What carries grades beside a server, in a thread of its own: a fetch that
//! takes long keeps no grade waiting.

use super::{Carried, Post};
use crate::output::Failure;
use crate::sync::clockwork::Works;
use homeroom_store::Tenants;
use homeroom_store::access::EVERY_TENANT;
use oneroster::time::Timestamp;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often it is looked whether a grade waits.
const LOOK: Duration = Duration::from_secs(1);
/// The first wait after a home did not answer, and the longest, in milliseconds.
const WAITS: (i64, i64) = (2_000, 5 * 60 * 1000);

/// Carries as long as it lives.
#[derive(Debug)]
pub struct Beside {
    /// Ends with this.
    _stop: Sender<()>,
}

impl Beside {
    /// Begins in a thread of its own, which does not keep a process from ending.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(works: Works) -> std::io::Result<Beside> {
        let (stop, stopped) = channel();
        std::thread::Builder::new().name("grades".into()).spawn(move || run(&works, &stopped))?;
        Ok(Beside { _stop: stop })
    }
}

fn run(works: &Works, stopped: &Receiver<()>) {
    let mut pauses = Pauses::default();
    while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        let tenants = match works.access.tenant() {
            EVERY_TENANT => Tenants::of(&works.database).names(),
            one => Ok(vec![one.to_owned()]),
        };
        match tenants {
            Ok(tenants) => tenants.iter().for_each(|tenant| look_at(works, tenant, &mut pauses)),
            Err(error) => tracing::error!("grades could not be looked at: {error}"),
        }
    }
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
        Err(failure) if failure.code == "busy" => {}
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
