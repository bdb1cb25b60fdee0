//! What must hold while nodes are killed, as it is judged; and that each of it
//! is found out if it does not.

use std::collections::{BTreeSet, HashSet};

/// A pull of everybody, page by page.
#[derive(Default)]
pub struct Pull {
    total: Option<usize>,
    seen: HashSet<String>,
}

impl Pull {
    /// A page: what it says of the total, and whom it holds.
    pub fn page(&mut self, total: Option<usize>, ids: impl IntoIterator<Item = String>) -> Result<(), String> {
        let total = total.ok_or("a page without a total")?;
        let before = *self.total.get_or_insert(total);
        if before != total {
            return Err(format!("a total of {before} became {total}: one version to its end"));
        }
        match ids.into_iter().find(|id| !self.seen.insert(id.clone())) {
            Some(id) => Err(format!("{id} was given twice")),
            None => Ok(()),
        }
    }

    /// The end of it.
    pub fn end(self) -> Result<(), String> {
        let (seen, total) = (self.seen.len(), self.total.ok_or("no page at all")?);
        if seen == total { Ok(()) } else { Err(format!("{seen} of {total} were given: somebody was left out")) }
    }
}

/// What is known of a record that was written over and over.
#[derive(Clone, Default, Debug)]
pub struct Score {
    /// The last that was acknowledged.
    pub last: Option<u64>,
    /// Those after it of which nobody knows whether they were written.
    pub maybe: BTreeSet<u64>,
}

impl Score {
    pub fn acknowledged(&mut self, score: u64) {
        *self = Score { last: Some(score), maybe: BTreeSet::new() };
    }

    pub fn unanswered(&mut self, score: u64) {
        self.maybe.insert(score);
    }

    /// What stands in the end: none if there is no such record.
    pub fn stands(&self, now: Option<u64>) -> Result<(), String> {
        let good = now == self.last || now.is_some_and(|score| self.maybe.contains(&score));
        if good { Ok(()) } else { Err(format!("{now:?} stands, and {self:?} was written")) }
    }
}

/// An answer to somebody whose grant was withdrawn before the request, or given.
pub fn granted(granted: bool, status: u16) -> Result<(), String> {
    match (granted, status) {
        (true, 200) | (false, 401 | 403) => Ok(()),
        (true, _) => Err(format!("authorised, and answered by {status}")),
        (false, _) => Err(format!("withdrawn, and answered by {status}")),
    }
}

/// How often a package came in that was fetched by many.
pub fn once(before: usize, after: usize) -> Result<(), String> {
    match after.checked_sub(before) {
        Some(1) => Ok(()),
        times => Err(format!("a package came in {times:?} times")),
    }
}

fn ids(all: &[&str]) -> Vec<String> {
    all.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn a_page_that_is_skipped_or_repeated_is_found_out() {
    let pulled = |pages: &[(Option<usize>, &[&str])]| {
        let mut pull = Pull::default();
        pages.iter().try_for_each(|(total, page)| pull.page(*total, ids(page)))?;
        pull.end()
    };
    let [first, second, third]: [&[&str]; 3] = [&["a", "b"], &["c", "d"], &["e"]];
    assert_eq!(pulled(&[(Some(5), first), (Some(5), second), (Some(5), third)]), Ok(()));
    for (pages, says) in [
        (&[(Some(5), first), (Some(5), third)][..], "3 of 5 were given"),
        (&[(Some(5), first), (Some(5), second)], "4 of 5 were given"),
        (&[(Some(5), first), (Some(5), first), (Some(5), second), (Some(5), third)], "a was given twice"),
        (&[(Some(5), first), (Some(4), second)], "a total of 5 became 4"),
        (&[(Some(5), first), (None, second)], "without a total"),
        (&[], "no page"),
    ] {
        let error = pulled(pages).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_write_that_was_acknowledged_and_lost_is_found_out() {
    let mut score = Score::default();
    assert!(score.stands(None).is_ok() && score.stands(Some(1)).is_err());
    score.unanswered(1);
    assert!(score.stands(None).is_ok() && score.stands(Some(1)).is_ok() && score.stands(Some(2)).is_err());
    score.acknowledged(2);
    // Neither nothing, nor what stood before, nor what nobody wrote.
    assert!(score.stands(Some(2)).is_ok());
    assert!([None, Some(1), Some(3)].into_iter().all(|now| score.stands(now).is_err()));
    score.unanswered(3);
    assert!(score.stands(Some(2)).is_ok() && score.stands(Some(3)).is_ok());
    assert!([None, Some(1), Some(4)].into_iter().all(|now| score.stands(now).is_err()));
}

#[test]
fn a_grant_that_is_served_after_its_end_and_a_job_done_twice_are_found_out() {
    assert!(granted(true, 200).is_ok() && granted(false, 403).is_ok() && granted(false, 401).is_ok());
    assert!([200, 304, 404, 503].into_iter().all(|status| granted(false, status).is_err()));
    assert!([401, 403, 503].into_iter().all(|status| granted(true, status).is_err()));
    assert!(once(3, 4).is_ok());
    assert!([3, 5, 2].into_iter().all(|after| once(3, after).is_err()));
}
