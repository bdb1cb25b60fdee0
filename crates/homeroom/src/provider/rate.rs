//! How often an application may ask.
//!
//! A request takes as long to work off as the rate says, and four seconds' worth
//! may wait to be. Where several nodes serve, each counts what it lets through,
//! tells it to the others, and hears what all let through ([`super::together`]).

use hashbrown::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// So much may wait to be worked off: so many seconds' worth of requests may
/// come at once.
const BURST: Duration = Duration::from_secs(4);
/// More applications than this do not ask at a time.
const MOST: usize = 10_000;

/// The limits of all applications.
pub(super) struct Limits {
    /// Of an application that has none of its own; `None` sets none.
    usual: Option<NonZeroU32>,
    /// By client id, each for the rate that it was made for.
    apps: RwLock<HashMap<Box<str>, Own>>,
    /// Called when other nodes should hear at once.
    hurry: Arc<Notify>,
}

/// Whose requests are counted, and at which rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Who {
    pub(super) name: Box<str>,
    pub(super) rate: NonZeroU32,
}

#[derive(Clone)]
struct Own {
    rate: NonZeroU32,
    count: Arc<Mutex<Count>>,
}

/// What one application asked.
struct Count {
    /// When all of it is worked off.
    free: Instant,
    untold: Untold,
}

/// How many requests the other nodes have not heard of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Untold {
    pub(super) requests: u32,
    /// When the first of them came.
    pub(super) since: Instant,
}

/// How long one request takes to work off.
pub(super) fn each(rate: NonZeroU32) -> Duration {
    Duration::from_nanos(1_000_000_000 / u64::from(rate.get()))
}

impl Limits {
    pub(super) fn new(usual: Option<NonZeroU32>, hurry: Arc<Notify>) -> Limits {
        Limits { usual, apps: RwLock::default(), hurry }
    }

    /// Counts a request of an application whose own rate is `own`, 0 being any.
    /// How long it has to wait, if it asks too often.
    pub(super) fn count(&self, client_id: &str, own: Option<u32>, now: Instant) -> Option<Duration> {
        let rate = own.map_or(self.usual, NonZeroU32::new)?;
        let own = self.own(client_id, rate, now);
        let mut count = own.count();
        let wait = count.ask(each(rate), now);
        // A second's worth is much.
        if wait.is_none() && count.untold.requests == rate.get() {
            self.hurry.notify_one();
        }
        wait
    }

    /// Counts something that has a rate of its own, unless no limits are set.
    pub(super) fn count_some(&self, what: &str, rate: NonZeroU32, now: Instant) -> Option<Duration> {
        self.usual.and_then(|_| self.count(what, Some(rate.get()), now))
    }

    fn own(&self, client_id: &str, rate: NonZeroU32, now: Instant) -> Own {
        if let Some(own) = self.known(client_id, rate) {
            return own;
        }
        let mut apps = self.apps.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = apps.get(client_id).filter(|own| own.rate == rate) {
            return own.clone();
        }
        if apps.len() >= MOST {
            apps.clear();
        }
        let count = Count { free: now, untold: Untold { requests: 0, since: now } };
        let own = Own { rate, count: Arc::new(Mutex::new(count)) };
        apps.insert(client_id.into(), own.clone());
        own
    }

    fn known(&self, client_id: &str, rate: NonZeroU32) -> Option<Own> {
        let apps = self.apps.read().unwrap_or_else(PoisonError::into_inner);
        apps.get(client_id).filter(|own| own.rate == rate).cloned()
    }

    /// Takes what other nodes have not heard of, to tell it.
    pub(super) fn take_untold(&self) -> Vec<(Who, Untold)> {
        let apps = self.apps.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for (name, own) in apps.iter() {
            let mut count = own.count();
            let untold = Untold { requests: std::mem::take(&mut count.untold.requests), ..count.untold };
            if untold.requests > 0 {
                all.push((Who { name: name.clone(), rate: own.rate }, untold));
            }
        }
        all
    }

    /// Takes it back, since it could not be told.
    pub(super) fn keep_untold(&self, who: &Who, untold: Untold) {
        if let Some(own) = self.known(&who.name, who.rate) {
            let mut count = own.count();
            let requests = count.untold.requests.saturating_add(untold.requests);
            count.untold = Untold { requests, since: untold.since };
        }
    }

    /// Hears how long it takes until all is worked off that every node let
    /// through, but for what this one has not told yet.
    pub(super) fn hear(&self, who: &Who, ahead: Duration, now: Instant) {
        if let Some(own) = self.known(&who.name, who.rate) {
            let mut count = own.count();
            let later = each(who.rate).saturating_mul(count.untold.requests);
            count.free = count.free.max(now + ahead.saturating_add(later));
        }
    }
}

impl Own {
    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    /// Lets a request through that takes so long, or says how long it has to wait.
    fn ask(&mut self, each: Duration, now: Instant) -> Option<Duration> {
        let free = self.free.max(now) + each;
        let wait = free.saturating_duration_since(now + BURST);
        if !wait.is_zero() {
            return Some(wait);
        }
        if self.untold.requests == 0 {
            self.untold.since = now;
        }
        self.free = free;
        self.untold.requests = self.untold.requests.saturating_add(1);
        None
    }
}

/// Whole seconds to wait, as `Retry-After` has them: never too few.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(usual: u32) -> Limits {
        Limits::new(NonZeroU32::new(usual), Arc::default())
    }

    /// How many of so many requests are let through.
    fn many(limits: &Limits, app: &str, own: Option<u32>, times: u32, now: Instant) -> usize {
        (0..times).filter(|_| limits.count(app, own, now).is_none()).count()
    }

    #[test]
    fn each_application_has_its_own_limit() {
        let (limits, mut now) = (limits(2), Instant::now());
        assert_eq!(many(&limits, "a", None, 20, now), 8, "a burst, then no more");
        let wait = limits.count("a", None, now).unwrap();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(500));
        assert_eq!(many(&limits, "b", None, 20, now), 8, "another one is not held up");
        now += Duration::from_secs(1);
        assert_eq!(many(&limits, "a", None, 20, now), 2);
        assert_eq!(many(&limits, "a", Some(5), 100, now), 20, "a new rate counts at once");
        assert_eq!(many(&limits, "a", Some(0), 1000, now), 1000);
        assert_eq!(many(&limits, "a", Some(u32::MAX), 1000, now), 1000);
        assert_eq!(Limits::new(None, Arc::default()).count("a", None, now), None);
        now += Duration::from_secs(3600);
        assert_eq!(many(&limits, "b", None, 20, now), 8, "nothing is saved up");
    }

    #[test]
    fn what_other_nodes_let_through_counts() {
        let (limits, now) = (limits(2), Instant::now());
        assert_eq!(many(&limits, "a", None, 2, now), 2);
        let told = limits.take_untold();
        let who = Who { name: "a".into(), rate: NonZeroU32::new(2).unwrap() };
        assert_eq!(told, [(who.clone(), Untold { requests: 2, since: now })]);
        assert_eq!(limits.take_untold(), []);
        // One more came meanwhile, and two at another node.
        assert_eq!(many(&limits, "a", None, 1, now), 1);
        limits.hear(&who, Duration::from_secs(2), now);
        assert_eq!(many(&limits, "a", None, 20, now), 3, "8 in all");
        // Never less than what is known here.
        limits.hear(&who, Duration::ZERO, now);
        assert_eq!(many(&limits, "a", None, 20, now), 0);
        // Of whom nothing is known here, nothing is kept.
        limits.hear(&Who { name: "b".into(), ..who }, Duration::from_secs(9), now);
        assert_eq!(many(&limits, "b", None, 20, now), 8);
    }

    #[test]
    fn what_could_not_be_told_is_told_the_next_time() {
        let (limits, start) = (limits(2), Instant::now());
        many(&limits, "a", None, 3, start);
        let (who, untold) = limits.take_untold().remove(0);
        many(&limits, "a", None, 1, start + Duration::from_secs(1));
        limits.keep_untold(&who, untold);
        assert_eq!(limits.take_untold(), [(who, Untold { requests: 4, since: start })]);
    }

    #[test]
    fn waiting_is_told_in_whole_seconds() {
        let of = |millis| seconds(Duration::from_millis(millis));
        assert_eq!([of(0), of(1), of(1000), of(1001)], [0, 1, 1, 2]);
    }
}
