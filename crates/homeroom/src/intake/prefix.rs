//! The prefix of a source: put before its identifiers as its records come, and
//! before those of what is stored already when it is set.

use super::Asked;
use super::steps::{Fate, Origin, Step};
use crate::output::Failure;
use crate::sync::Source;
use crate::sync::settings::kinds;
use homeroom_store::intake::{Intake, Recorded};
use homeroom_store::{Forwarded, Rename, Roster, shared};
use jiff::tz::TimeZone;
use oneroster::model::Kind;
use oneroster::prefix::{Prefix, TooLong};
use oneroster::record::{Record, id_digest};
use oneroster::validate::KnownRecord;
use oneroster::{at, compat};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The prefix of a source by its number; one that is not fetched has none.
///
/// # Errors
/// As the store says.
pub fn of(roster: &Roster, source: u32) -> Result<Prefix, Failure> {
    let Some(name) = roster.source_name(source)? else { return Ok(Prefix::default()) };
    let feed = roster.feeds()?.into_iter().find(|feed| feed.name == name);
    Ok(feed.map(|feed| Source::of(feed, TimeZone::UTC)).transpose()?.map(|source| source.prefix()).unwrap_or_default())
}

/// How the identifiers of a source become ours.
struct Naming {
    prefix: Prefix,
    /// What went to it as the home of grades, and comes back by the names that it
    /// has here.
    forwarded: Forwarded,
}

impl Naming {
    fn of(roster: &Roster, source: u32) -> Result<Naming, Failure> {
        let prefix = of(roster, source)?;
        let forwarded = if prefix.is_empty() { Forwarded::default() } else { roster.forwarded(source)? };
        Ok(Naming { prefix, forwarded })
    }

    /// Whether the source has a record from us under this identifier. One of ours
    /// that begins with the prefix went there without it.
    fn is_ours(&self, kind: Kind, id: &str) -> bool {
        self.forwarded.has(kind, id) && self.prefix.off(kind, id).is_none()
    }

    fn ours<'a>(&self, kind: Kind, id: &'a str) -> Cow<'a, str> {
        if self.is_ours(kind, id) { Cow::Borrowed(id) } else { self.prefix.on(kind, id) }
    }
}

/// Puts the prefix of a source before its identifiers.
pub struct Before {
    naming: Naming,
    /// The first identifier that would be too long.
    too_long: Option<TooLong>,
}

impl Before {
    /// The step of a source, if it has a prefix.
    ///
    /// # Errors
    /// As the store says.
    pub fn of(roster: &Roster, source: u32) -> Result<Option<Before>, Failure> {
        let naming = Naming::of(roster, source)?;
        Ok((!naming.prefix.is_empty()).then_some(Before { naming, too_long: None }))
    }
}

impl Step for Before {
    fn read(&mut self, record: &mut Record) {
        let Naming { prefix, forwarded } = &self.naming;
        let done = match forwarded.is_empty() {
            true => prefix.apply(record),
            false => prefix.apply_but(record, &|kind, id| self.naming.is_ours(kind, id)),
        };
        if let Err(too_long) = done {
            self.too_long.get_or_insert(too_long);
        }
    }

    fn take(&mut self, record: &mut Record, _: Origin, _: &mut Intake) -> Result<Fate, Failure> {
        if self.too_long.is_some() {
            let file = record.kind().entity().file_name();
            let (prefix, longest) = (self.naming.prefix.text(), u8::MAX);
            let message =
                format!("with {prefix} before it, an identifier of {file} has more than {longest} characters");
            return Err(Failure::refused(message).hint("give the source a shorter prefix"));
        }
        Ok(Fate::Stays)
    }

    fn named_by_source<'a>(&self, kind: Kind, id: &'a str) -> &'a str {
        self.naming.prefix.off(kind, id).unwrap_or(id)
    }

    fn is_named_otherwise(&self, kind: Kind) -> bool {
        self.naming.prefix.is_for(kind)
    }
}

/// The roster as the changes of a source are judged by it: asked by the
/// identifiers of the source, and as if everything were renamed already that is to
/// be.
pub struct Known {
    stored: Recorded,
    naming: Naming,
    renamed: Renamed,
}

/// Identifiers from now on, and until now.
#[derive(Default)]
struct Renamed {
    old: HashMap<(Kind, String), String>,
    new: HashMap<(Kind, String), String>,
}

impl Renamed {
    fn of(mapping: &[Rename]) -> Renamed {
        let mut renamed = Renamed::default();
        for one in shared(mapping).iter().chain(mapping) {
            renamed.old.insert((one.kind, one.new.clone()), one.old.clone());
            renamed.new.insert((one.kind, one.old.clone()), one.new.clone());
        }
        renamed
    }

    /// Under which identifier a record is stored; none under one that is given up.
    fn stored<'a>(&'a self, kind: Kind, id: &'a str) -> Option<&'a str> {
        let key = (kind, id.to_owned());
        match self.old.get(&key) {
            Some(old) => Some(old),
            None => (!self.new.contains_key(&key)).then_some(id),
        }
    }

    /// The identifier that a stored record has from now on.
    fn new_name<'a>(&'a self, kind: Kind, id: &'a str) -> &'a str {
        self.new.get(&(kind, id.to_owned())).map_or(id, String::as_str)
    }
}

impl Known {
    /// For a source, some records of which are to be renamed.
    ///
    /// # Errors
    /// As the store says.
    pub fn of(roster: &Roster, source: u32, mapping: &[Rename]) -> Result<Known, Failure> {
        let renamed = Renamed::of(mapping);
        Ok(Known { stored: roster.known().of(source), naming: Naming::of(roster, source)?, renamed })
    }

    /// Ends the asking, as [`Recorded::finish`].
    ///
    /// # Errors
    /// As [`Recorded::finish`].
    pub fn finish(self) -> Result<Option<i64>, Failure> {
        Ok(self.stored.finish()?)
    }
}

impl oneroster::validate::Known for Known {
    fn record(&mut self, kind: Kind, sourced_id: &str) -> Option<KnownRecord> {
        let id = self.naming.ours(kind, sourced_id);
        self.stored.record(kind, self.renamed.stored(kind, &id)?)
    }

    fn refers(&mut self, kind: Kind, sourced_id: &str, look: &mut dyn FnMut(Kind, &str) -> bool) -> bool {
        let id = self.naming.ours(kind, sourced_id);
        let (prefix, renamed) = (&self.naming.prefix, &self.renamed);
        let Some(id) = renamed.stored(kind, &id) else { return false };
        self.stored.refers(kind, id, &mut |of, id| {
            let id = renamed.new_name(of, id);
            look(of, prefix.off(of, id).unwrap_or(id))
        })
    }
}

/// Identifiers of people as their source writes them, by digest.
///
/// # Errors
/// As the store says.
pub fn named_by_source(roster: &Roster, source: u32, people: &[String]) -> Result<HashSet<u64>, Failure> {
    let prefix = of(roster, source)?;
    Ok(people.iter().map(|id| id_digest(prefix.off(Kind::User, id).unwrap_or(id))).collect())
}

/// What is to be renamed since the prefix of a source was changed: every record
/// that is stored for it.
///
/// # Errors
/// As the store says.
pub fn renames(roster: &Roster, source: u32) -> Result<Vec<Rename>, Failure> {
    let (now, before) = (of(roster, source)?, applied(roster, source)?);
    let mut renames = Vec::new();
    if Kind::all().all(|kind| now.is_for(kind) == before.is_for(kind)) && now.text() == before.text() {
        return Ok(renames);
    }
    roster.owned(source, &mut |record| {
        let kind = record.kind();
        let new = match of_role(record, &now, &before) {
            Some(id) => id,
            None => renamed(&now, &before, kind, &record.sourced_id),
        };
        if new != record.sourced_id {
            renames.push(Rename { kind, old: record.sourced_id.clone(), new });
        }
    })?;
    Ok(renames)
}

/// An identifier as it is from now on.
fn renamed(now: &Prefix, before: &Prefix, kind: Kind, id: &str) -> String {
    before.off(kind, id).map_or_else(|| id.to_owned(), |bare| now.on(kind, bare).into_owned())
}

/// The roles of a 1.1 person have identifiers made of those of the person and the
/// organisation.
fn of_role(record: &Record, now: &Prefix, before: &Prefix) -> Option<String> {
    if record.kind() != Kind::Role {
        return None;
    }
    let (user, org) = (record.get(at!(Role.user))?, record.get(at!(Role.org))?);
    let (new_user, new_org) = (renamed(now, before, Kind::User, user), renamed(now, before, Kind::Org, org));
    compat::renamed_role(&record.sourced_id, (user, org), (&new_user, &new_org))
}

/// The prefix that the stored records of a source have: that of the last package
/// that changed them and was not taken back.
///
/// # Errors
/// As the store says.
pub fn applied(roster: &Roster, source: u32) -> Result<Prefix, Failure> {
    let runs = roster.applied(source, i64::MAX)?;
    let last = runs.iter().find(|run| run.published.is_some()).or(runs.first());
    Ok(last.map(|run| Asked::read(&run.request).prefix()).unwrap_or_default())
}

/// A prefix as a run keeps it: its text, and what it is not for.
pub fn word(prefix: &Prefix) -> String {
    if prefix.is_empty() {
        return String::new();
    }
    let except: Vec<&str> = Kind::all().filter(|kind| !prefix.is_for(*kind)).map(|kind| kind.entity().plural).collect();
    format!("{} {}", prefix.text(), except.join(","))
}

/// The same read back.
pub fn read(word: &str) -> Prefix {
    let (text, except) = word.split_once(' ').unwrap_or((word, ""));
    Prefix::new(text, kinds(except).unwrap_or_default())
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("prefix", &self.naming.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_gets_the_new_prefix_for_the_old_one() {
        let (none, hs) = (Prefix::default(), Prefix::new("hs-", []));
        let (high, shared) = (Prefix::new("high-", []), Prefix::new("hs-", [Kind::Org]));
        let id = |now: &Prefix, before: &Prefix, id| renamed(now, before, Kind::Org, id);
        assert_eq!(id(&hs, &none, "1"), "hs-1");
        assert_eq!(id(&hs, &none, "hs-1"), "hs-hs-1");
        assert_eq!(id(&high, &hs, "hs-1"), "high-1");
        assert_eq!(id(&none, &hs, "hs-1"), "1");
        assert_eq!(id(&shared, &hs, "hs-1"), "1");
        assert_eq!(id(&hs, &shared, "1"), "hs-1");
        for prefix in [none, hs, shared] {
            let kept = read(&word(&prefix));
            assert!(Kind::all().all(|kind| kept.on(kind, "x") == prefix.on(kind, "x")), "{prefix:?}");
        }
    }
}
