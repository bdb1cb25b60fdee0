//! How many requests may begin in a second, by the clock of the world.

use crate::world::World;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// A limit on requests.
pub(crate) struct Rate {
    limiter: RateLimiter<NotKeyed, InMemoryState, Watch, NoOpMiddleware<Nanos>>,
    world: Arc<dyn World>,
}

impl Rate {
    pub fn new(per_second: NonZeroU32, world: Arc<dyn World>) -> Rate {
        let watch = Watch(world.clone());
        Rate { limiter: RateLimiter::direct_with_clock(Quota::per_second(per_second), watch), world }
    }

    /// Waits until a request may begin.
    pub async fn turn(&self) {
        while let Err(early) = self.limiter.check() {
            let wait = early.wait_time_from(Watch(self.world.clone()).now());
            // The clock has milliseconds only.
            self.world.sleep(wait.max(Duration::from_millis(1))).await;
        }
    }
}

/// The clock of the world.
#[derive(Clone)]
struct Watch(Arc<dyn World>);

impl Clock for Watch {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let since = u64::try_from(self.0.now().0).unwrap_or_default();
        Nanos::from(Duration::from_millis(since))
    }
}
