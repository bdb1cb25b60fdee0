//! How often an application may ask.

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use hashbrown::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// So many seconds' worth of requests may come at once.
const BURST: u32 = 4;
/// More applications than this do not ask at a time.
const MOST: usize = 10_000;

type Limiter<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// A limiter and the rate that it was made for.
type Own<C> = (NonZeroU32, Arc<Limiter<C>>);

/// The limits of all applications.
pub(super) struct Limits<C: Clock = DefaultClock> {
    /// Of an application that has none of its own; `None` sets none.
    usual: Option<NonZeroU32>,
    clock: C,
    /// By client id.
    apps: RwLock<HashMap<Box<str>, Own<C>>>,
}

impl Limits {
    pub(super) fn new(usual: Option<NonZeroU32>) -> Limits {
        Limits::by(DefaultClock::default(), usual)
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn by(clock: C, usual: Option<NonZeroU32>) -> Limits<C> {
        Limits { usual, clock, apps: RwLock::default() }
    }

    /// Counts a request of an application whose own rate is `own`, 0 being any.
    /// How long it has to wait, if it asks too often.
    pub(super) fn count(&self, client_id: &str, own: Option<u32>) -> Option<Duration> {
        let rate = own.map_or(self.usual, NonZeroU32::new)?;
        let limiter = self.limiter(client_id, rate);
        limiter.check().err().map(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    /// Counts something that has a rate of its own, unless no limits are set.
    pub(super) fn count_some(&self, what: &str, rate: NonZeroU32) -> Option<Duration> {
        self.usual.and_then(|_| self.count(what, Some(rate.get())))
    }

    fn limiter(&self, client_id: &str, rate: NonZeroU32) -> Arc<Limiter<C>> {
        let fits = |found: &&Own<C>| found.0 == rate;
        let apps = self.apps.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, limiter)) = apps.get(client_id).filter(fits) {
            return limiter.clone();
        }
        drop(apps);
        let mut apps = self.apps.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, limiter)) = apps.get(client_id).filter(fits) {
            return limiter.clone();
        }
        if apps.len() >= MOST {
            apps.clear();
        }
        let burst = NonZeroU32::new(rate.get().saturating_mul(BURST)).unwrap_or(rate);
        let quota = Quota::per_second(rate).allow_burst(burst);
        let limiter = Arc::new(RateLimiter::direct_with_clock(quota, self.clock.clone()));
        apps.insert(client_id.into(), (rate, limiter.clone()));
        limiter
    }
}

/// Whole seconds to wait, as `Retry-After` has them: never too few.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    #[test]
    fn each_application_has_its_own_limit() {
        let clock = FakeRelativeClock::default();
        let limits = Limits::by(clock.clone(), NonZeroU32::new(2));
        let many = |app, own, times: u32| (0..times).filter(|_| limits.count(app, own).is_none()).count();
        assert_eq!(many("a", None, 20), 8, "a burst, then no more");
        let wait = limits.count("a", None).unwrap();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(500));
        assert_eq!(many("b", None, 20), 8, "another one is not held up");
        clock.advance(Duration::from_secs(1));
        assert_eq!(many("a", None, 20), 2);
        assert_eq!(many("a", Some(5), 100), 20, "a new rate counts at once");
        assert_eq!(many("a", Some(0), 1000), 1000);
        assert_eq!(Limits::by(clock, None).count("a", None), None);
    }

    #[test]
    fn waiting_is_told_in_whole_seconds() {
        let of = |millis| seconds(Duration::from_millis(millis));
        assert_eq!([of(0), of(1), of(1000), of(1001)], [0, 1, 1, 2]);
    }
}
