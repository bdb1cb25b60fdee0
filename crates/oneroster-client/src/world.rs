//! What the library takes from its surroundings: the time, waiting, chance.

use oneroster::time::Timestamp;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

/// Waiting that can be stored.
pub type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The time, waiting and chance, which tests replace.
pub trait World: Send + Sync + 'static {
    /// What time it is.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, time: Duration) -> Wait;
    /// A text that was not used before, in letters and digits.
    fn nonce(&self) -> String;
}

/// The machine's clock, the runtime's timer, the system's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl World for System {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep(&self, time: Duration) -> Wait {
        Box::pin(tokio::time::sleep(time))
    }

    fn nonce(&self) -> String {
        use std::fmt::Write;
        let mut bytes = [0u8; 16];
        // A system without random numbers still gets nonces that differ: the
        // time is part of what is signed.
        let _ = getrandom::fill(&mut bytes);
        bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
