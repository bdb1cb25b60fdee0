//! Wrong secrets: whoever sends too many has to wait, longer each time.
//!
//! Counted by client and address together, so that nobody can lock an
//! application out from elsewhere. Where several nodes serve, each hears of
//! what the others met ([`super::together`]).

use hashbrown::HashMap;
use homeroom_store::access::{Guessed, Tag};
use sha2::{Digest as _, Sha256};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// So many wrong secrets are a mistake.
const FREE: u32 = 5;
/// The wait after one more; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No wait is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// After so long without a wrong one, all is forgotten.
pub(super) const FORGET_AFTER: Duration = Duration::from_secs(60 * 60);
/// Of so many clients and addresses wrong secrets are counted.
const MOST: usize = 10_000;

/// The wrong secrets of late.
#[derive(Debug)]
pub(super) struct Guesses {
    counts: Mutex<HashMap<Tag, Count>>,
    /// Called when other nodes should hear of one; `None` if there are none.
    hurry: Option<Arc<Notify>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    wrong: u32,
    last: Instant,
    /// How many of them the other nodes have not heard of.
    untold: u32,
    /// Whether they have not heard of a right one before those.
    afresh: bool,
}

/// A client id and an address, or the network of one, since an IPv6 network is
/// at one's own disposal.
fn guesser(client_id: &str, address: Option<IpAddr>) -> Tag {
    let network = |address: Ipv6Addr| Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX));
    let address = address.map(|address| match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(network(address)),
        address @ IpAddr::V4(_) => address,
    });
    tag(&format!("{address:?} {client_id}"))
}

/// What is counted, as the database of all nodes has it.
pub(super) fn tag(what: &str) -> Tag {
    let mut tag = Tag::default();
    tag.iter_mut().zip(Sha256::digest(what)).for_each(|(byte, digest)| *byte = digest);
    tag
}

impl Count {
    /// Until when nothing is looked at; `None` if there were too few for that. A
    /// request may have begun before the last one was counted.
    fn until(&self) -> Option<Instant> {
        let over = self.wrong.checked_sub(FREE)?;
        let doubled = 1_u32.checked_shl(over).map_or(LONGEST_WAIT, |times| FIRST_WAIT.saturating_mul(times));
        Some(self.last + doubled.min(LONGEST_WAIT))
    }
}

impl Guesses {
    /// None yet; other nodes are to hear of them, if there are some to call.
    pub(super) fn new(hurry: Option<Arc<Notify>>) -> Guesses {
        Guesses { counts: Mutex::default(), hurry }
    }

    /// How long this client has to wait at this address before its secret is
    /// looked at again.
    pub(super) fn wait(&self, client_id: &str, address: Option<IpAddr>, now: Instant) -> Option<Duration> {
        let until = self.counts().get(&guesser(client_id, address))?.until()?;
        Some(until.saturating_duration_since(now)).filter(|wait| !wait.is_zero())
    }

    /// Counts a wrong secret; how many there were.
    pub(super) fn wrong(&self, client_id: &str, address: Option<IpAddr>, now: Instant) -> u32 {
        let mut counts = self.counts();
        if counts.len() >= MOST {
            tidy(&mut counts, now);
        }
        let none = Count { wrong: 0, last: now, untold: 0, afresh: false };
        let count = counts.entry(guesser(client_id, address)).or_insert(none);
        let forgotten = now.saturating_duration_since(count.last) >= FORGET_AFTER;
        count.wrong = if forgotten { 1 } else { count.wrong.saturating_add(1) };
        count.last = now;
        if let Some(hurry) = &self.hurry {
            count.untold = count.untold.saturating_add(1);
            hurry.notify_one();
        }
        count.wrong
    }

    /// Forgets the wrong ones, after a right one.
    pub(super) fn right(&self, client_id: &str, address: Option<IpAddr>) {
        let (mut counts, who) = (self.counts(), guesser(client_id, address));
        match (counts.get_mut(&who), &self.hurry) {
            (None, _) => {}
            (Some(_), None) => drop(counts.remove(&who)),
            (Some(count), Some(_)) => *count = Count { wrong: 0, untold: 0, afresh: true, ..*count },
        }
    }

    /// Takes what other nodes have not heard of, to tell it.
    pub(super) fn take_untold(&self) -> Vec<Guessed> {
        let mut counts = self.counts();
        let untold = counts.iter_mut().filter(|(_, count)| count.untold > 0 || count.afresh);
        let take = |(who, count): (&Tag, &mut Count)| {
            let (wrong, afresh) = (std::mem::take(&mut count.untold), std::mem::take(&mut count.afresh));
            Guessed { what: *who, wrong, afresh }
        };
        untold.map(take).collect()
    }

    /// Takes it back, since it could not be told.
    pub(super) fn keep_untold(&self, told: &[Guessed]) {
        let mut counts = self.counts();
        for one in told {
            // A right one that came meanwhile makes all before it void.
            if let Some(count) = counts.get_mut(&one.what).filter(|count| !count.afresh) {
                count.untold = count.untold.saturating_add(one.wrong);
                count.afresh = one.afresh;
            }
        }
    }

    /// Hears how many there were at all nodes, but for those that this one has
    /// not told yet, and how long ago the last one came.
    pub(super) fn hear(&self, heard: &[(Tag, u32, Duration)], now: Instant) {
        let mut counts = self.counts();
        for &(who, wrong, ago) in heard {
            let last = now.checked_sub(ago).unwrap_or(now);
            let known = counts.get(&who).copied();
            match known {
                Some(count) if count.afresh => {}
                Some(count) if wrong == 0 && count.untold == 0 => drop(counts.remove(&who)),
                Some(count) => {
                    let wrong = wrong.saturating_add(count.untold);
                    counts.insert(who, Count { wrong, last: last.max(count.last), ..count });
                }
                None if wrong == 0 || ago >= FORGET_AFTER => {}
                None => {
                    if counts.len() >= MOST {
                        tidy(&mut counts, now);
                    }
                    counts.insert(who, Count { wrong, last, untold: 0, afresh: false });
                }
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Tag, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room: what is forgotten goes, and if that is not enough, whoever has
/// not been made to wait. Whoever fills the memory with one guess for each of
/// many names does not get a second one sooner.
fn tidy(counts: &mut HashMap<Tag, Count>, now: Instant) {
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
        let (guesses, start) = (Guesses::new(None), Instant::now());
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
    fn whoever_asked_before_the_last_guess_was_counted_does_not_wait_for_it() {
        let (guesses, now) = (Guesses::new(None), Instant::now());
        guesses.wrong("a", at(HERE), now + Duration::from_millis(3));
        guesses.hear(&[(guesser("b", at(HERE)), 1, Duration::ZERO)], now + Duration::from_millis(3));
        assert_eq!((guesses.wait("a", at(HERE), now), guesses.wait("b", at(HERE), now)), (None, None));
    }

    #[test]
    fn only_this_client_at_this_address_waits() {
        let (guesses, now) = (Guesses::new(None), Instant::now());
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
        let (guesses, now) = (Guesses::new(None), Instant::now());
        for _ in 0..20 {
            guesses.wrong("target", at(HERE), now);
        }
        for n in 0..3 * MOST {
            guesses.wrong(&n.to_string(), at(HERE), now);
        }
        assert!(guesses.counts().len() <= MOST);
        assert!(guesses.wait("target", at(HERE), now).is_some());
    }
    /// Two nodes, and what the database of both makes of what they tell.
    #[test]
    fn nodes_hear_of_one_another() {
        let [one, other] = [(); 2].map(|()| Guesses::new(Some(Arc::default())));
        let now = Instant::now();
        let told = |node: &Guesses| node.take_untold().iter().map(|one| (one.wrong, one.afresh)).collect::<Vec<_>>();
        for _ in 0..3 {
            one.wrong("a", at(HERE), now);
            other.wrong("a", at(HERE), now);
        }
        let what = guesser("a", at(HERE));
        assert_eq!((told(&one), told(&one)), (vec![(3, false)], vec![]));
        // One more came while it was told.
        other.wrong("a", at(HERE), now);
        one.hear(&[(what, 6, Duration::ZERO)], now);
        other.hear(&[(what, 3, Duration::ZERO)], now);
        assert_eq!(one.wait("a", at(HERE), now), Some(Duration::from_secs(2)));
        assert_eq!(other.wait("a", at(HERE), now), Some(Duration::from_secs(4)));
        // What could not be told is told later.
        let taken = other.take_untold();
        other.wrong("a", at(HERE), now);
        other.keep_untold(&taken);
        assert_eq!(told(&other), [(5, false)]);
        // A right one makes an end, there and here.
        one.right("a", at(HERE));
        one.hear(&[(what, 9, Duration::ZERO)], now);
        assert_eq!((one.wait("a", at(HERE), now), told(&one)), (None, vec![(0, true)]));
        other.hear(&[(what, 0, Duration::ZERO)], now);
        assert_eq!(other.wait("a", at(HERE), now), None);
        assert!(other.counts().is_empty());
        // Who was never met here waits all the same, and not for ever.
        other.hear(&[(what, 7, Duration::from_secs(1)), ([7; 16], 50, FORGET_AFTER)], now + Duration::from_secs(1));
        assert_eq!(other.wait("a", at(HERE), now + Duration::from_secs(1)), Some(Duration::from_secs(3)));
        assert_eq!(other.counts().len(), 1);
    }
}
