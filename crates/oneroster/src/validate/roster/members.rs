//! Who belongs to which org, and which org stands above another.

use super::{DEPTH, Roster};
use crate::validate::tables::NONE;

impl Roster {
    /// Sorts memberships and notes where each person's begin.
    pub fn settle_members(&mut self) {
        self.members.sort_unstable();
        self.members.dedup();
        self.member_starts = vec![0; self.users.len() + 1];
        for &(user, org) in self.members.iter().rev() {
            if let Some(person) = self.users.get_mut(user as usize) {
                person.first_org = org;
            }
            if let Some(count) = self.member_starts.get_mut(user as usize + 1) {
                *count += 1;
            }
        }
        for user in 0..self.users.len() {
            self.member_starts[user + 1] += self.member_starts[user];
        }
    }

    /// The orgs of a person, sorted.
    pub fn orgs_of(&self, user: u32) -> &[(u32, u32)] {
        let user = user as usize;
        let (Some(&start), Some(&end)) = (self.member_starts.get(user), self.member_starts.get(user + 1)) else {
            return &[];
        };
        self.members.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Whether a person belongs to an org or to one above it.
    pub fn belongs(&self, user: u32, org: u32) -> bool {
        let orgs = self.orgs_of(user);
        self.lineage(org).any(|at| orgs.binary_search_by_key(&at, |(_, o)| *o).is_ok())
    }

    /// Whether an org is another one or lies below it.
    pub fn is_within(&self, org: u32, above: u32) -> bool {
        self.lineage(org).any(|at| at == above)
    }

    /// An org and those above it, from below.
    fn lineage(&self, org: u32) -> impl Iterator<Item = u32> + '_ {
        let up = |org: &u32| self.orgs.get(*org as usize).map(|org| org.parent).filter(|parent| *parent != NONE);
        std::iter::successors(Some(org), up).take(DEPTH)
    }
}
