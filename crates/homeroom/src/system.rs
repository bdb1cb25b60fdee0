//! The real time and the real chance.

use homeroom_store::access::Outside;
use oneroster::time::Timestamp;

/// The clock and the random numbers of the operating system.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Outside for System {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(std::io::Error::other)
    }
}

/// Lets whoever answers requests on this machine go first: a long run may take
/// every core that is free, and none that a server needs.
pub fn step_back() {
    // If the system does not allow it, the run is only less polite.
    #[cfg(unix)]
    let _ = rustix::process::nice(10);
}
