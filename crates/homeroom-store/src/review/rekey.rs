//! Whether records that go come back under other identifiers.
//!
//! After a change of system or of its settings a source may give every record a
//! new identifier (csv.md D40). To the letter, everything is removed and added
//! anew, and history and grades are lost. The same people and classes give
//! themselves away by what people know them by.

use super::{SOME, each, kind_of, place, some_rows};
use crate::Result;
use crate::intake::{Action, Cell, Compared, Head};
use crate::work::{Work, bytes, text};
use hashbrown::HashMap;
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::{Record, id_digest};
use xxhash_rust::xxh3::Xxh3;

/// Below so many matches nothing is suspected.
const FEW: usize = 10;

/// A record that seems to come back under another identifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rekeyed {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier until now.
    pub old: String,
    /// Its identifier in the package.
    pub new: String,
}

/// A way to know a record that counts by itself, and one that counts only if
/// people get new identifiers, too.
const CLOSE: u8 = 0;
const LOOSE: u8 = 100;
/// A number is known by its digits, whatever zeros stand before it (csv.md D30).
const DIGITS: u8 = 50;

/// The kinds that others refer to, parents first.
const KINDS: [Kind; 5] = [Kind::Org, Kind::AcademicSession, Kind::Course, Kind::Class, Kind::User];

/// Matches what goes with what comes; and names people whose identifier was
/// another person's before (csv.md D39).
pub(super) fn look(work: &mut Work<'_>, compared: &mut Compared) -> Result<(Vec<Rekeyed>, Vec<String>)> {
    let tally =
        |kind: Kind| compared.plan.kinds().find(|(k, _)| *k == kind).map(|(_, tally)| tally).unwrap_or_default();
    let many = |kind: &Kind| tally(*kind).removed as usize > FEW && tally(*kind).added as usize > FEW;
    let suspects: Vec<Kind> = KINDS.into_iter().filter(many).collect();
    let moved = tally(Kind::Demographics).changed > 0;
    if suspects.is_empty() && !moved {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut seen = Seen { suspects, moved, ..Seen::default() };
    each(&mut compared.staged, &mut |head, cells| seen.change(head, cells))?;
    seen.births.old(work)?;
    let reused = reused(work, &seen.births, &seen.changed)?;
    let known = known(work, &seen.births, &seen.gone)?;
    let mut found = Found::default();
    each(&mut compared.staged, &mut |head, cells| {
        let kind = kind_of(head);
        if head.action == Action::Remove || !seen.suspects.contains(&kind) {
            return Ok(());
        }
        if let Some(record) = unpacked(kind, cells)? {
            found.take(&record, seen.births.new.get(&id_digest(&record.sourced_id)).map(String::as_str), &known);
        }
        Ok(())
    })?;
    Ok((found.likely(&seen), reused))
}

/// What of the changes may be a new identifier.
#[derive(Default)]
struct Seen {
    /// Kinds of which much goes and much comes.
    suspects: Vec<Kind>,
    /// Whether any birth date may have changed.
    moved: bool,
    births: Births,
    /// People who change: the row, the identifier and the new name.
    changed: Vec<(i64, String, String)>,
    gone: Vec<(Kind, i64)>,
}

impl Seen {
    fn change(&mut self, head: Head, cells: &[Cell<'_>]) -> Result<()> {
        let kind = kind_of(head);
        match (kind, head.action) {
            (Kind::Demographics, Action::Remove) => self.births.gone.push(head.rid),
            (Kind::Demographics, action) => {
                let record = unpacked(kind, cells)?;
                let now = record.as_ref().and_then(|record| record.get(at!(Demographics.birthDate)));
                let id = id_digest(text(cells, place::SOURCED_ID)?.unwrap_or_default());
                self.births.new.insert(id, now.unwrap_or_default().to_owned());
                if action == Action::Change {
                    self.births.gone.push(head.rid);
                }
            }
            (kind, Action::Remove) if self.suspects.contains(&kind) => self.gone.push((kind, head.rid)),
            (Kind::User, Action::Change) if self.moved => {
                if let Some(user) = unpacked(kind, cells)? {
                    self.changed.push((head.rid, user.sourced_id.clone(), name(&user)));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// New records by the old one that each is taken for, with the way in which it
/// was known.
#[derive(Default)]
struct Found(HashMap<(Kind, u64), Vec<(u8, Rekeyed)>>);

impl Rekeyed {
    /// How many digits the identifier had, if it is the same number without its
    /// leading zeros (csv.md D30).
    pub fn without_zeros(&self) -> Option<usize> {
        let bare = self.old.trim_start_matches('0');
        let number = bare.bytes().all(|b| b.is_ascii_digit()) && bare == self.new;
        (number && bare.len() < self.old.len()).then_some(self.old.len())
    }
}

impl Found {
    fn take(&mut self, record: &Record, born: Option<&str>, known: &Known) {
        let kind = record.kind();
        for (sort, key) in keys(record, born) {
            // What stands for two old records stands for neither.
            if let Some(Some(old)) = known.get(&(kind, key)) {
                let one = Rekeyed { kind, old: old.clone(), new: record.sourced_id.clone() };
                self.0.entry((kind, id_digest(old))).or_default().push((sort, one));
                break;
            }
        }
    }

    /// The matches of kinds of which most of what goes comes back.
    fn likely(self, seen: &Seen) -> Vec<Rekeyed> {
        // What two new records are taken for is neither.
        let single = self.0.into_values().filter_map(|mut one| one.pop().filter(|_| one.is_empty()));
        let mut matched: Vec<(u8, Rekeyed)> = single.filter(|(_, one)| one.old != one.new).collect();
        let went = |kind: Kind| seen.gone.iter().filter(|(k, _)| *k == kind).count();
        let many = |matched: &[(u8, Rekeyed)], kind: Kind| {
            let back = matched.iter().filter(|(_, one)| one.kind == kind).count();
            back > FEW && back * 2 >= went(kind)
        };
        if !many(&matched, Kind::User) {
            matched.retain(|(sort, _)| *sort != LOOSE);
        }
        for kind in &seen.suspects {
            if !many(&matched, *kind) {
                matched.retain(|(_, one)| one.kind != *kind);
            }
        }
        let mut matched: Vec<Rekeyed> = matched.into_iter().map(|(_, one)| one).collect();
        matched.sort_by(|a, b| (a.kind, &a.old).cmp(&(b.kind, &b.old)));
        matched
    }
}

/// Birth dates before and after, by digest of the person's sourcedId.
#[derive(Default)]
struct Births {
    new: HashMap<u64, String>,
    before: HashMap<u64, String>,
    /// Rows of what is stored to look up.
    gone: Vec<i64>,
}

impl Births {
    fn old(&mut self, work: &mut Work<'_>) -> Result<()> {
        for some in self.gone.chunks(SOME) {
            work.query(&some_rows(work, Kind::Demographics, "\"sourcedId\", packed", some), &[], &mut |row| {
                let id = text(row, 0)?.unwrap_or_default();
                if let Some(record) = Record::unpack(Kind::Demographics, id, bytes(row, 1)?) {
                    let born = record.get(at!(Demographics.birthDate)).unwrap_or_default();
                    self.before.insert(id_digest(id), born.to_owned());
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// The keys of records that go; `None` where two have the same one.
type Known = HashMap<(Kind, u64), Option<String>>;

fn known(work: &mut Work<'_>, births: &Births, gone: &[(Kind, i64)]) -> Result<Known> {
    let mut known = Known::new();
    for kind in KINDS {
        let rids: Vec<i64> = gone.iter().filter(|(k, _)| *k == kind).map(|(_, rid)| *rid).collect();
        for some in rids.chunks(SOME) {
            work.query(&some_rows(work, kind, "\"sourcedId\", packed", some), &[], &mut |row| {
                let id = text(row, 0)?.unwrap_or_default();
                let Some(record) = Record::unpack(kind, id, bytes(row, 1)?) else { return Ok(()) };
                let born = births.before.get(&id_digest(id)).map(String::as_str);
                for (_, key) in keys(&record, born) {
                    let entry = known.entry((kind, key)).or_insert_with(|| Some(id.to_owned()));
                    if entry.as_deref() != Some(id) {
                        *entry = None;
                    }
                }
                Ok(())
            })?;
        }
    }
    Ok(known)
}

/// People whose name and birth date both became others, by their sourcedIds.
fn reused(work: &mut Work<'_>, births: &Births, changed: &[(i64, String, String)]) -> Result<Vec<String>> {
    let mut reused = Vec::new();
    let candidates: HashMap<i64, (&str, &str)> = changed
        .iter()
        .filter(|(_, id, _)| {
            let (old, new) = (births.before.get(&id_digest(id)), births.new.get(&id_digest(id)));
            matches!((old, new), (Some(old), Some(new)) if !old.is_empty() && !new.is_empty() && old != new)
        })
        .map(|(rid, id, name)| (*rid, (id.as_str(), name.as_str())))
        .collect();
    let rids: Vec<i64> = candidates.keys().copied().collect();
    for some in rids.chunks(SOME) {
        work.query(&some_rows(work, Kind::User, "rid, \"sourcedId\", packed", some), &[], &mut |row| {
            let old = Record::unpack(Kind::User, text(row, 1)?.unwrap_or_default(), bytes(row, 2)?);
            let (id, now) = candidates.get(&crate::work::whole(row, 0)?).copied().unwrap_or_default();
            let both = |old: &Record| {
                let (given, family) = (old.get(at!(User.givenName)), old.get(at!(User.familyName)));
                let mut parts = now.split('\n');
                let differs = |old: Option<&str>, new: Option<&str>| {
                    old.unwrap_or_default().to_lowercase() != new.unwrap_or_default()
                };
                differs(given, parts.next()) && differs(family, parts.next())
            };
            if old.as_ref().is_some_and(both) {
                reused.push(id.to_owned());
            }
            Ok(())
        })?;
    }
    Ok(reused)
}

fn unpacked(kind: Kind, cells: &[Cell<'_>]) -> Result<Option<Record>> {
    Ok(Record::unpack(kind, text(cells, place::SOURCED_ID)?.unwrap_or_default(), bytes(cells, place::PACKED)?))
}

/// A name as it is compared: given and family name, each on a line.
fn name(user: &Record) -> String {
    let part = |field| user.get(field).unwrap_or_default().to_lowercase();
    format!("{}\n{}", part(at!(User.givenName)), part(at!(User.familyName)))
}

/// By what people know a record, the surest first.
fn keys(record: &Record, born: Option<&str>) -> Vec<(u8, u64)> {
    let kind = record.kind();
    let mut keys = Vec::new();
    let mut add = |sort: u8, parts: &[&str]| {
        if parts.iter().all(|part| !part.is_empty()) {
            let mut hash = Xxh3::new();
            hash.update(&[sort]);
            for part in parts {
                hash.update(part.to_lowercase().as_bytes());
                hash.update(&[0]);
            }
            keys.push((sort, hash.digest()));
        }
    };
    let get = |field| record.get(field).unwrap_or_default();
    let id = record.sourced_id.as_str();
    if id.bytes().all(|b| b.is_ascii_digit()) {
        add(DIGITS, &[id.trim_start_matches('0')]);
    }
    match kind {
        Kind::User => {
            add(0, &[get(at!(User.userMasterIdentifier))]);
            add(1, &[get(at!(User.identifier))]);
            add(2, &[get(at!(User.givenName)), get(at!(User.familyName)), born.unwrap_or_default()]);
        }
        Kind::Org => {
            add(0, &[get(at!(Org.identifier)), get(at!(Org.type))]);
            add(1, &[get(at!(Org.name)), get(at!(Org.type))]);
        }
        Kind::AcademicSession => {
            let days = [get(at!(AcademicSession.startDate)), get(at!(AcademicSession.endDate))];
            add(0, &[get(at!(AcademicSession.title)), get(at!(AcademicSession.type)), days[0], days[1]]);
        }
        // A new school year has new courses and classes of the same names; only
        // within a year, or when people get new identifiers too, are they the
        // same ones.
        Kind::Course => {
            let known = [get(at!(Course.courseCode)), get(at!(Course.title))];
            add(CLOSE, &[known[0], known[1], get(at!(Course.schoolYear))]);
            add(LOOSE, &known);
        }
        Kind::Class => {
            let known = [get(at!(Class.classCode)), get(at!(Class.title))];
            let terms: Vec<&str> = record.list(at!(Class.terms)).collect();
            add(CLOSE, &[known[0], known[1], &terms.join(" ")]);
            add(LOOSE, &known);
        }
        _ => {}
    }
    keys
}
