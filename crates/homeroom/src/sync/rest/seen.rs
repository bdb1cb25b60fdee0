//! Which records of a collection came already.

use hashbrown::HashSet;

/// Into so many tables the digests are spread, by their first bits.
const TABLES: usize = 256;

/// The digests of identifiers, a million of them at times.
///
/// Many small tables in place of a large one: a large one is moved whenever it
/// grows, and what it leaves behind is as large as itself. The allocator of the
/// system takes large blocks that come and go for the rule, and from then on
/// keeps as much to itself, which the import after the fetch would have to pay
/// for.
#[derive(Default, Debug)]
pub struct Seen {
    tables: Vec<HashSet<u64>>,
}

impl Seen {
    /// Notes a digest; whether it is new.
    pub fn insert(&mut self, digest: u64) -> bool {
        if self.tables.is_empty() {
            self.tables.resize_with(TABLES, HashSet::new);
        }
        // The tables go by the last bits themselves.
        let table = (digest >> 40) as usize % TABLES;
        self.tables.get_mut(table).is_some_and(|table| table.insert(digest))
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.tables.iter().map(|table| table.len() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneroster::record::id_digest;

    #[test]
    fn each_digest_is_new_once() {
        let mut seen = Seen::default();
        let digests: Vec<u64> = (0..5_000).map(|number| id_digest(&format!("u{number}"))).collect();
        assert!(digests.iter().all(|digest| seen.insert(*digest)));
        assert!(!digests.iter().any(|digest| seen.insert(*digest)));
        assert_eq!(seen.len(), 5_000);
        assert!(seen.tables.iter().all(|table| table.len() < 100), "they are spread");
    }
}
