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
