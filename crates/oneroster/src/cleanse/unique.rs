//! Values that must be each record's own.
//!
//! Who gets which does not depend on the order of the file, and whoever has a
//! value that fits keeps it: a sign-in name must not move because somebody
//! else came or went.

use super::compile::Unique as How;
use crate::query::folded;
use crate::record::id_digest;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What was seen of the values of one field, whatever rules make them, and then
/// who has which.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// By the value as it is compared: the value, and who would have it.
    wanted: BTreeMap<String, (String, Vec<(String, How)>)>,
    /// Values that others have, which no rule touches.
    taken: HashSet<String>,
    /// Whose record the package has, by digest.
    seen: HashSet<u64>,
    given: HashMap<String, Option<String>>,
}

impl Claims {
    /// Somebody of the package has a value that no rule makes, or none.
    pub fn has(&mut self, sourced_id: &str, value: Option<&str>) {
        self.seen.insert(id_digest(sourced_id));
        self.taken.extend(value.map(folded));
    }

    /// Somebody has a value who is perhaps not in the package.
    pub fn stored(&mut self, sourced_id: &str, value: &str) {
        if !self.seen.contains(&id_digest(sourced_id)) {
            self.taken.insert(folded(value));
        }
    }

    /// Somebody of the package would have a value.
    pub fn want(&mut self, sourced_id: &str, value: String, how: How) {
        self.seen.insert(id_digest(sourced_id));
        let (_, who) = self.wanted.entry(folded(&value)).or_insert_with(|| (value, Vec::new()));
        who.push((sourced_id.to_owned(), how));
    }

    /// Decides among those who stay; `has` tells what somebody has already.
    pub fn decide(&mut self, stays: &dyn Fn(&str) -> bool, has: &mut dyn FnMut(&str) -> Option<String>) {
        let mut waiting = Vec::new();
        for (base, (value, mut who)) in std::mem::take(&mut self.wanted) {
            who.sort_unstable();
            for (id, how) in who.into_iter().filter(|(id, _)| stays(id)) {
                let kept = has(&id).filter(|value| is_of(&folded(value), &base));
                match kept.filter(|value| self.taken.insert(folded(value))) {
                    Some(kept) => drop(self.given.insert(id, Some(kept))),
                    None => waiting.push((value.clone(), id, how)),
                }
            }
        }
        for (value, id, how) in waiting {
            let own = if self.taken.insert(folded(&value)) { Some(value) } else { self.another(how, &value) };
            self.given.insert(id, own);
        }
    }

    fn another(&mut self, how: How, value: &str) -> Option<String> {
        if how == How::Report {
            return None;
        }
        (2..u32::MAX).map(|number| numbered(value, number)).find(|other| self.taken.insert(folded(other)))
    }

    /// The value that somebody gets, if any.
    pub fn of(&self, sourced_id: &str) -> Option<&str> {
        self.given.get(sourced_id)?.as_deref()
    }
}

/// A value with a number: before the @ of an address.
fn numbered(value: &str, number: u32) -> String {
    match value.split_once('@') {
        Some((name, host)) => format!("{name}{number}@{host}"),
        None => format!("{value}{number}"),
    }
}

/// Whether a value is this one, or this one with a number.
fn is_of(value: &str, base: &str) -> bool {
    let (name, host) = base.split_once('@').map_or((base, None), |(name, host)| (name, Some(host)));
    let (own, at) = value.split_once('@').map_or((value, None), |(name, host)| (name, Some(host)));
    let number = own.strip_prefix(name);
    host == at && number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(how: How, wanted: &[(&str, &str)], has: &[(&str, &str)]) -> Vec<Option<String>> {
        let mut claims = Claims::default();
        claims.has("z", Some("JDoe3"));
        wanted.iter().for_each(|(id, value)| claims.want(id, (*value).to_owned(), how));
        let mut find = |id: &str| has.iter().find(|(other, _)| *other == id).map(|(_, value)| (*value).to_owned());
        claims.decide(&|_| true, &mut find);
        let mut ids: Vec<&str> = wanted.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.into_iter().map(|id| claims.of(id).map(str::to_owned)).collect()
    }

    fn some(all: &[&str]) -> Vec<Option<String>> {
        all.iter().map(|one| Some((*one).to_owned()).filter(|one| !one.is_empty())).collect()
    }

    #[test]
    fn whoever_has_a_value_keeps_it_whatever_the_order() {
        let three = [("c", "jdoe"), ("a", "jdoe"), ("b", "jdoe")];
        assert_eq!(decided(How::Number, &three, &[]), some(&["jdoe", "jdoe2", "jdoe4"]));
        assert_eq!(decided(How::Number, &three, &[("c", "jdoe")]), some(&["jdoe2", "jdoe4", "jdoe"]));
        assert_eq!(decided(How::Report, &three, &[]), some(&["jdoe", "", ""]));
        // Alone again, the number stays.
        assert_eq!(decided(How::Number, &three[2..], &[("b", "jdoe2")]), some(&["jdoe2"]));
        // What is of another name is made anew.
        assert_eq!(decided(How::Number, &three[2..], &[("b", "smith")]), some(&["jdoe"]));
    }

    #[test]
    fn a_number_stands_before_the_host() {
        let two = [("a", "j@x.org"), ("b", "J@x.org")];
        assert_eq!(decided(How::Number, &two, &[]), some(&["j@x.org", "j2@x.org"]));
        assert!(is_of("j17@x.org", "j@x.org") && !is_of("j17@y.org", "j@x.org") && !is_of("jo@x.org", "j@x.org"));
    }
}
