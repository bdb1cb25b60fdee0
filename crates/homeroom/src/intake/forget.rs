//! Forgetting a person in what lies beside the roster: packages, findings and
//! mappings that runs kept, and mappings that were proposed.

mod rewrite;

use super::Asked;
use super::kept::Kept;
use super::prefix;
use crate::output::Failure;
use homeroom_store::{Archive, Roster, Run};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::prefix::Prefix;
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{self, BufRead as _, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Who is forgotten.
pub struct Person {
    /// The person's identifier.
    pub id: String,
    /// The identifiers that stood for the person besides.
    pub others: Vec<String>,
    /// The identifiers of their records.
    pub records: HashSet<String>,
    /// What else people call them by: names of accounts, addresses, numbers.
    pub texts: HashSet<String>,
}

/// What was done beside the roster.
#[derive(Default, Debug)]
pub struct Beside {
    /// Runs from whose package their rows were taken.
    pub rewritten: Vec<i64>,
    /// Runs whose package could not be rewritten, and was dropped whole.
    pub dropped: Vec<i64>,
    /// How many findings about them are gone.
    pub findings: u64,
    /// Mappings of identifiers that named them.
    pub mappings: Vec<PathBuf>,
}

impl Person {
    /// A person and the records of theirs in a roster.
    ///
    /// # Errors
    /// As [`Roster::records_of`].
    pub fn of(roster: &Roster, id: &str) -> Result<Person, Failure> {
        let all = roster.records_of(id)?;
        let mut others: Vec<String> =
            all.iter().filter(|(kind, ..)| *kind == Kind::User).map(|(.., id)| id.clone()).collect();
        others.retain(|other| other != id);
        let records = all.into_iter().map(|(.., id)| id).collect();
        let mut texts: HashSet<String> = HashSet::from([id.to_owned()]);
        if let Some(user) = roster.stored(Kind::User, id)? {
            let telling = [
                at!(User.username),
                at!(User.email),
                at!(User.identifier),
                at!(User.userMasterIdentifier),
                at!(User.phone),
                at!(User.sms),
            ];
            texts.extend(telling.iter().filter_map(|field| user.record.get(*field)).map(str::to_owned));
            texts.extend(user.record.pairs(at!(User.userIds)).map(|(_, number)| number.to_owned()));
        }
        Ok(Person { id: id.to_owned(), others, records, texts })
    }

    /// The person under each identifier that a source may have sent: its own have
    /// no prefix.
    fn known_to(&self, prefix: &Prefix) -> Vec<Person> {
        let mut names: Vec<&str> = Vec::new();
        for id in std::iter::once(&self.id).chain(&self.others) {
            for name in [Some(id.as_str()), prefix.off(Kind::User, id)].into_iter().flatten() {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let bare = self.records.iter().filter_map(|id| id.strip_prefix(prefix.text()));
        let records: HashSet<String> = self.records.iter().map(String::as_str).chain(bare).map(str::to_owned).collect();
        let one = |name: &str| Person {
            id: name.to_owned(),
            others: Vec::new(),
            records: records.clone(),
            texts: self.texts.clone(),
        };
        names.into_iter().map(one).collect()
    }

    /// Whether the text names the person: the identifier stands in it by itself.
    fn named_in(&self, text: &str) -> bool {
        let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        text.match_indices(&self.id).any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let after = text.get(at + self.id.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(part) && !after.is_some_and(part)
        })
    }
}

/// Takes a person out of everything that runs kept, and out of the mappings
/// that lie beside their packages or in `folder`.
///
/// # Errors
/// If something cannot be read or written; what was done until then stays done.
pub fn forget(roster: &Roster, person: &Person, folder: Option<&Path>) -> Result<Beside, Failure> {
    let mut done = Beside::default();
    let archive = roster.archive();
    let mut proposals: BTreeSet<PathBuf> = folder.map(mappings_in).unwrap_or_default();
    for run in roster.runs(i64::MAX)? {
        let Some(id) = run.id else { continue };
        for person in &person.known_to(&prefix::of(roster, run.source)?) {
            package(roster, &archive, &run, person, &mut done)?;
            done.findings += findings(&archive, id, person)?;
        }
        if let Some(kept) = archive.mapping(id)?
            && let Some(text) = without(kept.path(), person)?
        {
            let mut draft = tempfile::NamedTempFile::new()?;
            draft.write_all(text.as_bytes())?;
            archive.keep_mapping(id, draft.path())?;
            done.mappings.push(PathBuf::from(format!("the mapping of run {id}")));
        }
        proposals.insert(super::rekey::proposal(&Asked::read(&run.request).path));
    }
    for path in proposals.into_iter().filter(|path| path.is_file()) {
        if let Some(text) = without(&path, person)? {
            homeroom_store::access::write_private(&path, text.trim_end())?;
            done.mappings.push(path);
        }
    }
    Ok(done)
}

/// Whether anything that runs kept names a person; told without changing it.
///
/// # Errors
/// If something cannot be read.
pub fn is_known(roster: &Roster, person: &Person) -> Result<bool, Failure> {
    for run in roster.runs(i64::MAX)? {
        let id = run.id.unwrap_or_default();
        if let Some(opened) = roster.archive().open(id)?
            && rewrite::holds(opened.path(), &person.id).unwrap_or(true)
            && let Ok(Some(kept)) = Kept::open(roster, &run)
        {
            let mut found = false;
            kept.sightings(id, &[Kind::User], &|record| record.sourced_id == person.id, &mut |_| found = true)?;
            if found {
                return Ok(true);
            }
        }
        if let Some(lines) = roster.archive().findings(id)? {
            for line in lines.lines() {
                if about(&line?, person) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

fn package(roster: &Roster, archive: &Archive, run: &Run, person: &Person, done: &mut Beside) -> Result<(), Failure> {
    let id = run.id.unwrap_or_default();
    let Some(opened) = archive.open(id)? else { return Ok(()) };
    // What cannot be looked through may hold anything.
    if !rewrite::holds(opened.path(), &person.id).unwrap_or(true) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let rewritten = match Kept::open(roster, run) {
        Ok(Some(kept)) => rewrite::without(&kept, person, folder.path()).ok(),
        _ => None,
    };
    match rewritten {
        Some(rewrite::Rewritten::Same) => {}
        Some(rewrite::Rewritten::At(path)) => {
            archive.keep(id, &path)?;
            done.rewritten.push(id);
        }
        Some(rewrite::Rewritten::Impossible) | None => {
            archive.forget_package(id)?;
            done.dropped.push(id);
        }
    }
    Ok(())
}

/// Takes findings about a person away; gives how many there were.
fn findings(archive: &Archive, run: i64, person: &Person) -> Result<u64, Failure> {
    let Some(lines) = archive.findings(run)? else { return Ok(0) };
    let (mut kept, mut gone) = (tempfile::tempfile()?, 0);
    let mut out = io::BufWriter::new(&mut kept);
    for line in lines.lines() {
        let line = line?;
        if about(&line, person) {
            gone += 1;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    drop(out);
    if gone > 0 {
        kept.rewind()?;
        archive.keep_findings(run, &mut |out| io::copy(&mut kept, out).map(drop))?;
    }
    Ok(gone)
}

/// Whether a finding is about a person, or names them.
fn about(line: &str, person: &Person) -> bool {
    let Ok(finding) = serde_json::from_str::<Value>(line) else { return false };
    let of = finding["sourced_id"].as_str().unwrap_or_default();
    of == person.id
        || person.records.contains(of)
        || finding["message"].as_str().is_some_and(|message| person.named_in(message))
}

/// The mappings of a folder, by the name that proposals are given.
fn mappings_in(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.to_string_lossy().ends_with(super::rekey::PROPOSAL)).collect()
}

/// A mapping without the lines that name a person; none if there are none.
fn without(mapping: &Path, person: &Person) -> Result<Option<String>, Failure> {
    let mut text = String::new();
    fs::File::open(mapping)?.read_to_string(&mut text)?;
    let names = |line: &str| line.split(',').any(|cell| cell.trim().trim_matches('"') == person.id);
    let kept: Vec<&str> = text.lines().filter(|line| !names(line)).collect();
    Ok((kept.len() < text.lines().count()).then(|| kept.join("\r\n") + "\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_named_only_by_itself() {
        let person = Person { id: "u-1".into(), others: Vec::new(), records: HashSet::new(), texts: HashSet::new() };
        for text in ["u-1", "the user \"u-1\" is not there", "see u-1.", "(u-1)"] {
            assert!(person.named_in(text), "{text}");
        }
        for text in ["u-12", "nu-1", "u-1-2", "U-1", ""] {
            assert!(!person.named_in(text), "{text}");
        }
    }
}
