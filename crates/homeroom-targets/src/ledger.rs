//! What we made at a target, or took over, and what of it we sent last.
//!
//! The entries are rows of the store; here a compact index of them is held
//! while a push goes on, and every batch that a target has acknowledged is
//! written before the next one is sent. What the kinds and states of entries
//! mean, each kind of target says.

use hashbrown::HashMap;
use homeroom_store::{Entry, ErrorKind, Result, Roster};
use xxhash_rust::xxh3::Xxh3;

/// What is known of one thing at a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Known {
    /// Its number there; 0 if it has none, or none yet.
    pub number: i64,
    /// How it stands.
    pub state: i64,
    /// A digest of what was sent last.
    pub digest: i64,
    /// Whether the roster asks for it, as far as was said.
    pub wanted: bool,
}

/// The ledger of a target while a push goes on.
pub struct Ledger<'a> {
    roster: &'a Roster,
    target: &'a str,
    /// Whether nothing is written: for a look ahead.
    dry: bool,
    known: HashMap<u64, Known>,
    keep: Vec<Entry>,
    strike: Vec<(i64, String)>,
}

/// How often a write is tried while somebody else writes the roster; each try
/// waits for the lock by itself.
const TRIES: usize = 60;

impl<'a> Ledger<'a> {
    /// The ledger of a target; a dry one is never written.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn open(roster: &'a Roster, target: &'a str, dry: bool) -> Result<Ledger<'a>> {
        let mut known = HashMap::new();
        roster.ledger(target, &mut |entry| {
            let Entry { number, state, digest, .. } = entry;
            known.insert(hash(entry.kind, &entry.key), Known { number, state, digest, wanted: false });
        })?;
        Ok(Ledger { roster, target, dry, known, keep: Vec::new(), strike: Vec::new() })
    }

    /// What is known of a thing.
    pub fn known(&self, kind: i64, key: &str) -> Option<Known> {
        self.known.get(&hash(kind, key)).copied()
    }

    /// Says that the roster asks for a thing.
    pub fn want(&mut self, kind: i64, key: &str) {
        if let Some(known) = self.known.get_mut(&hash(kind, key)) {
            known.wanted = true;
        }
    }

    /// The digests of the parts of what was sent last.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn parts(&self, kind: i64, key: &str) -> Result<Vec<u8>> {
        Ok(self.roster.ledger_entry(self.target, kind, key)?.map(|entry| entry.parts).unwrap_or_default())
    }

    /// Keeps an entry, with the next [`Ledger::flush`].
    pub fn keep(&mut self, entry: Entry) {
        let Entry { number, state, digest, .. } = entry;
        let wanted = true;
        self.known.insert(hash(entry.kind, &entry.key), Known { number, state, digest, wanted });
        self.keep.push(entry);
    }

    /// Strikes an entry, with the next [`Ledger::flush`].
    pub fn strike(&mut self, kind: i64, key: &str) {
        self.known.remove(&hash(kind, key));
        self.strike.push((kind, key.to_owned()));
    }

    /// Writes what was kept and struck since the last time.
    ///
    /// # Errors
    /// `Busy` if somebody else writes for minutes, `Internal`.
    pub fn flush(&mut self) -> Result<()> {
        let (keep, strike) = (std::mem::take(&mut self.keep), std::mem::take(&mut self.strike));
        if self.dry || (keep.is_empty() && strike.is_empty()) {
            return Ok(());
        }
        let mut tries = 1;
        loop {
            match self.roster.write_ledger(self.target, &keep, &strike) {
                Err(error) if error.kind() == ErrorKind::Busy && tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }

    /// The stored entries of a kind for which the roster does not ask.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn unwanted(&self, kind: i64) -> Result<Vec<Entry>> {
        let mut all = Vec::new();
        self.roster.ledger(self.target, &mut |entry| {
            let asked = self.known(kind, &entry.key).is_none_or(|known| known.wanted);
            if entry.kind == kind && !asked {
                all.push(entry);
            }
        })?;
        Ok(all)
    }

    /// The stored entries of a kind.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn entries(&self, kind: i64) -> Result<Vec<Entry>> {
        let mut all = Vec::new();
        self.roster.ledger(self.target, &mut |entry| {
            if entry.kind == kind {
                all.push(entry);
            }
        })?;
        Ok(all)
    }

    /// How many entries of a kind there are with another digest than this.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn count(&self, kind: i64, but: i64) -> Result<u64> {
        let mut count = 0;
        self.roster.ledger(self.target, &mut |entry| {
            count += u64::from(entry.kind == kind && entry.digest != but);
        })?;
        Ok(count)
    }

    /// The stored entries of a state.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn in_state(&self, state: i64) -> Result<Vec<Entry>> {
        let mut all = Vec::new();
        self.roster.ledger(self.target, &mut |entry| {
            if entry.state == state {
                all.push(entry);
            }
        })?;
        Ok(all)
    }
}

impl std::fmt::Debug for Ledger<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("target", &self.target).field("known", &self.known.len()).finish_non_exhaustive()
    }
}

fn hash(kind: i64, key: &str) -> u64 {
    let mut hash = Xxh3::with_seed(kind.cast_unsigned());
    hash.update(key.as_bytes());
    hash.digest()
}
