//! When a target that could not follow is tried again.
//!
//! It is kept with the target, so that all nodes of a database wait together:
//! however many they are, it is asked no oftener than by one.

use oneroster::time::Timestamp;
use serde::{Deserialize, Serialize};

/// So long it is left alone, in milliseconds.
const AGAIN: u64 = 15 * 60 * 1000;

/// A push that nobody made by hand, and that did not come to its end.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tried {
    /// The version of the roster.
    pub version: i64,
    /// When it began.
    pub at: i64,
}

impl Tried {
    /// One of this moment.
    pub fn of(version: Timestamp, now: Timestamp) -> Tried {
        Tried { version: version.0, at: now.0 }
    }

    /// Whether it is too early for the same version. What lies ahead is looked at
    /// like what lies behind: the clocks of two nodes differ a little, and one
    /// that was set back keeps nobody waiting for long.
    pub fn keeps_waiting(self, version: Timestamp, now: Timestamp) -> bool {
        self.version == version.0 && self.at.abs_diff(now.0) < AGAIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_could_not_follow_is_tried_again_later_or_with_the_next_version() {
        let (one, two, at) = (Timestamp(1), Timestamp(2), 50_000_000);
        let again = i64::try_from(AGAIN).unwrap();
        let tried = Tried::of(one, Timestamp(at));
        let waits = |version, now| tried.keeps_waiting(version, Timestamp(now));
        assert!(waits(one, at) && waits(one, at + again - 1));
        assert!(!waits(one, at + again) && !waits(two, at));
        // A node whose clock is a second behind waits as well; one that was set back by hours does not.
        assert!(waits(one, at - 1_000) && !waits(one, at - again));
    }
}
