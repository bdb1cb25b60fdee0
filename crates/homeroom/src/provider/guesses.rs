//! Wrong secrets: whoever sends too many has to wait, longer each time.
//!
//! Counted by client and address together, so that nobody can lock an
//! application out from elsewhere.

use hashbrown::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::xxh3_64;

/// So many wrong secrets are a mistake.
const FREE: u32 = 5;
/// The wait after one more; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No wait is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// After so long without a wrong one, all is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(60 * 60);
/// Of so many clients and addresses wrong secrets are counted.
const MOST: usize = 10_000;

/// The wrong secrets of late.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<HashMap<Guesser, Count>>);

/// A client id and an address, or the network of one, since an IPv6 network is
/// at one's own disposal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Guesser(u64, Option<IpAddr>);

#[derive(Clone, Copy, Debug)]
struct Count {
    wrong: u32,
    last: Instant,
}

impl Guesser {
    fn new(client_id: &str, address: Option<IpAddr>) -> Guesser {
        let network = |address: Ipv6Addr| Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX));
        let address = address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(network(address)),
            address @ IpAddr::V4(_) => address,
        });
        Guesser(xxh3_64(client_id.as_bytes()), address)
    }
}

impl Count {
    fn until(&self) -> Instant {
        let doubled = self.wrong.checked_sub(FREE).map_or(Duration::ZERO, |over| {
            1_u32.checked_shl(over).map_or(LONGEST_WAIT, |times| FIRST_WAIT.saturating_mul(times))
        });
        self.last + doubled.min(LONGEST_WAIT)
    }
}

impl Guesses {
    /// How long this client has to wait at this address before its secret is
    /// looked at again.
    pub(super) fn wait(&self, client_id: &str, address: Option<IpAddr>, now: Instant) -> Option<Duration> {
        let count = *self.counts().get(&Guesser::new(client_id, address))?;
        Some(count.until().saturating_duration_since(now)).filter(|wait| !wait.is_zero())
    }

    /// Counts a wrong secret; how many there were.
    pub(super) fn wrong(&self, client_id: &str, address: Option<IpAddr>, now: Instant) -> u32 {
        let mut counts = self.counts();
        if counts.len() >= MOST {
            tidy(&mut counts, now);
        }
        let count = counts.entry(Guesser::new(client_id, address)).or_insert(Count { wrong: 0, last: now });
        let forgotten = now.saturating_duration_since(count.last) >= FORGET_AFTER;
        count.wrong = if forgotten { 1 } else { count.wrong.saturating_add(1) };
        count.last = now;
        count.wrong
    }

    /// Forgets the wrong ones, after a right one.
    pub(super) fn right(&self, client_id: &str, address: Option<IpAddr>) {
        self.counts().remove(&Guesser::new(client_id, address));
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Guesser, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room: what is forgotten goes, and if that is not enough, whoever has
/// not been made to wait. Whoever fills the memory with one guess for each of
/// many names does not get a second one sooner.
fn tidy(counts: &mut HashMap<Guesser, Count>, now: Instant) {
    counts.retain(|_, count| now.saturating_duration_since(count.last) < FORGET_AFTER);
    if counts.len() >= MOST {
        counts.retain(|_, count| count.wrong > FREE);
    }
    if counts.len() >= MOST {
        counts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "192.0.2.1";

    fn at(address: &str) -> Option<IpAddr> {
        Some(address.parse().unwrap())
    }

    #[test]
    fn waits_grow_and_are_forgotten() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let wait = |now| guesses.wait("a", at(HERE), now).map(|wait| wait.as_secs());
        for n in 1..FREE {
            assert_eq!(guesses.wrong("a", at(HERE), start), n);
            assert_eq!(wait(start), None);
        }
        let mut now = start;
        for wanted in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            guesses.wrong("a", at(HERE), now);
            assert_eq!(wait(now), Some(wanted));
            now += Duration::from_secs(wanted);
            assert_eq!(wait(now), None);
        }
        for _ in 0..50 {
            guesses.wrong("a", at(HERE), now);
        }
        assert_eq!(wait(now), Some(900));
        now += FORGET_AFTER;
        assert_eq!(guesses.wrong("a", at(HERE), now), 1);
        guesses.right("a", at(HERE));
        assert_eq!(guesses.wrong("a", at(HERE), now), 1);
    }

    #[test]
    fn only_this_client_at_this_address_waits() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..10 {
            guesses.wrong("a", at(HERE), now);
            guesses.wrong("b", at("2001:db8:1:2::1"), now);
        }
        for (client, address, waits) in [
            ("a", HERE, true),
            ("a", "::ffff:192.0.2.1", true),
            ("a", "192.0.2.2", false),
            ("b", HERE, false),
            ("b", "2001:db8:1:2:3::4", true),
            ("b", "2001:db8:1:3::1", false),
        ] {
            assert_eq!(guesses.wait(client, at(address), now).is_some(), waits, "{client} {address}");
        }
    }

    #[test]
    fn memory_is_bounded_and_who_waits_goes_on_waiting() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..20 {
            guesses.wrong("target", at(HERE), now);
        }
        for n in 0..3 * MOST {
            guesses.wrong(&n.to_string(), at(HERE), now);
        }
        assert!(guesses.counts().len() <= MOST);
        assert!(guesses.wait("target", at(HERE), now).is_some());
    }
}
