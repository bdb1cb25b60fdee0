//! The grades of a Moodle, read into the roster: a run as any other, of a source
//! of their own, which is named after the target. If there is a home of grades,
//! they go there like those of applications.

use super::package;
use crate::admin::runs::sums;
use crate::admin::{Office, clear, turn};
use crate::days;
use crate::intake::retention::enforce;
use crate::intake::{Ended, Request, Watcher};
use crate::output::Failure;
use crate::sync::{Quiet, Wanted};
use crate::system::System;
use crate::targets::given;
use homeroom_store::access::Access;
use homeroom_store::{DatabaseUrl, Roster, RunState, Target, Turn, Which};
use homeroom_targets::moodle::{Graded, Job, Moodle, Settings, Version, grades, is_grade_of};
use oneroster::at;
use oneroster::json::Row;
use oneroster::model::Kind;
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;
use oneroster::validate::Options;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// The kind of target whose grades can be read.
const KIND: &str = "moodle";
/// Where it is kept when the grades of which target were read last.
const READ: &str = "grades read";
/// So many are named.
const NAMED: usize = 5;

/// Who reads.
pub struct Reader<'a> {
    /// The database.
    pub database: &'a DatabaseUrl,
    /// Its roster.
    pub roster: &'a Roster,
    /// The credentials, of the tenant.
    pub access: &'a Access,
    /// By which name a run knows who reads.
    pub name: &'a str,
    /// By which name the audit knows them.
    pub who: &'a str,
    /// How long to wait for another run.
    pub patience: Duration,
    /// What time it is.
    pub clock: &'a dyn Fn() -> Timestamp,
}

/// What came of it.
#[derive(Debug)]
pub struct Read {
    /// The run; none if nothing has changed.
    pub ended: Option<Ended>,
    /// How many courses were read.
    pub courses: u64,
    /// What there is to say besides.
    pub notes: Vec<String>,
}

/// The source that owns the grades of a target.
pub fn source_of(target: &str) -> String {
    format!("{target}-grades")
}

/// What is set for a target, if its grades are to be read.
///
/// # Errors
/// `refused` if they are not, or cannot be.
pub fn settings(target: &Target) -> Result<Settings, Failure> {
    if target.kind != KIND {
        return Err(Failure::refused(format!("{} is no Moodle; only the grades of one can be read", target.name)));
    }
    let settings = Settings::parse(&given(target)?).map_err(Failure::usage)?;
    if !settings.grades {
        return Err(Failure::refused(format!("the grades of {} are not to be read", target.name))
            .hint(format!("say so first: homeroom target edit {} --set grades=yes", target.name)));
    }
    Ok(settings)
}

/// Whether it is time to read the grades of a target.
///
/// # Errors
/// As the store says.
pub fn is_due(roster: &Roster, target: &Target, now: Timestamp) -> Result<bool, Failure> {
    if target.kind != KIND || target.pushed.is_none() {
        return Ok(false);
    }
    let Some(every) = settings(target).ok().and_then(|settings| settings.grades_every) else { return Ok(false) };
    let read = roster.settings(READ)?.into_iter().find(|set| set.scope == READ && set.key == target.name);
    let last = read.and_then(|set| set.value.parse::<i64>().ok());
    // A clock that was set back keeps nobody waiting for long.
    Ok(last.is_none_or(|last| !(last..last.saturating_add(every)).contains(&now.0)))
}

impl Reader<'_> {
    /// Reads the grades of a target, and imports them.
    ///
    /// # Errors
    /// `busy` if another process is at it, and what kept them from being read.
    pub fn pull(&self, target: &Target, wanted: Wanted, watcher: &mut dyn Watcher) -> Result<Read, Failure> {
        let settings = settings(target)?;
        let source = source_of(&target.name);
        if self.roster.feeds()?.iter().any(|feed| feed.name == source) {
            let told =
                format!("there is a source {source} that is fetched; the grades of {} need that name", target.name);
            return Err(Failure::refused(told).hint(format!("remove it first: homeroom source remove {source}")));
        }
        let Some(turn) = Turn::take_of(self.database, self.access.tenant(), &format!("grades-{}", target.name))? else {
            let told = format!("another process is reading the grades of {}", target.name);
            return Err(Failure { code: "busy", ..Failure::refused(told) }.hint("try again when it has ended"));
        };
        let roster = &self.roster.under(&turn);
        Reader { roster, ..*self }.pull_all(target, &settings, wanted, watcher)
    }

    fn pull_all(
        &self,
        target: &Target,
        settings: &Settings,
        wanted: Wanted,
        watcher: &mut dyn Watcher,
    ) -> Result<Read, Failure> {
        let source = source_of(&target.name);
        if !wanted.dry_run {
            // Heeded before it is done: what kills us is not tried again and again.
            self.roster.set(READ, &target.name, Some(&(self.clock)().0.to_string()))?;
        }
        let mut graded = self.read(target, settings)?;
        if graded.courses == 0 && graded.unread.is_empty() {
            return Err(Failure::refused(format!("no course of {} is known, so it has no grades", target.name))
                .hint(format!("push first: homeroom target push {}", target.name)));
        }
        let notes = notes(&graded);
        let folder = tempfile::Builder::new().prefix("homeroom-grades-").tempdir()?;
        let gone = self.gone(&target.name, &graded)?;
        graded.records.extend(gone);
        let (courses, now) = (graded.courses, (self.clock)());
        let package = package::write(&source, &graded.records, now, folder.path())?;
        drop(graded);
        let request = |dry_run| -> Result<Request, Failure> {
            Ok(Request {
                package: package.clone(),
                source: source.clone(),
                dry_run,
                max_removed: wanted.max_removed,
                max_rejected: None,
                rekey: None,
                nested_whole: false,
                met: Vec::new(),
                who: self.name.to_owned(),
                options: Options { zone: days::zone(self.roster)?, ..Options::careful(now) },
            })
        };
        let ended = self.import(&source, &request, wanted.dry_run, watcher)?;
        Ok(Read { ended, courses, notes })
    }

    fn read(&self, target: &Target, settings: &Settings) -> Result<Graded, Failure> {
        let context = Target::context(self.access.tenant(), &target.name);
        let opened = self.access.key().unseal(&context, &target.sealed)?;
        let secret = SecretString::from(String::from_utf8_lossy(opened.expose_secret()).into_owned());
        let moodle = Moodle::new(&settings.url, secret);
        let job = Job {
            roster: self.roster,
            target: &target.name,
            moodle: &moodle,
            settings,
            dry: true,
            max_removed: None,
            version: Version::Last,
            since: i64::MAX,
            today: (self.clock)().date_in(&settings.zone),
            outside: &System,
        };
        let known = |id: &str| self.roster.stored(Kind::Result, id).ok().flatten().map(|stored| stored.record);
        Ok(grades(&job, &known)?)
    }

    /// Tombstones of what was read earlier and is no more. What is missing because
    /// Moodle does not tell it is not gone.
    fn gone(&self, target: &str, graded: &Graded) -> Result<Vec<Record>, Failure> {
        let there: HashSet<(Kind, &str)> =
            graded.records.iter().map(|record| (record.kind(), record.sourced_id.as_str())).collect();
        let (mut gone, mut in_doubt, mut stay) = (Vec::new(), Vec::new(), HashMap::new());
        let mut export = self.roster.export(None)?;
        for kind in [Kind::LineItem, Kind::Result] {
            export.rows(kind, Which::Live, None, &mut |row: &Row<'_>| {
                let id = row.sourced_id;
                let Some(record) = Record::unpack(kind, id, row.packed).filter(|_| is_grade_of(target, id)) else {
                    return true;
                };
                let text = |field| record.get(field).unwrap_or_default().to_owned();
                if kind == Kind::LineItem {
                    let class = text(at!(LineItem.class));
                    if there.contains(&(kind, id)) || graded.untold.hides_items_of(&class) {
                        stay.insert(id.to_owned(), class);
                    } else {
                        gone.push(tombstone(kind, id));
                    }
                } else if !there.contains(&(kind, id)) {
                    let (item, student) = (text(at!(Result.lineItem)), text(at!(Result.student)));
                    let hidden = stay.get(&item).is_some_and(|of| graded.untold.hides_results_of(of, &student));
                    if hidden { in_doubt.push((id.to_owned(), student)) } else { gone.push(tombstone(kind, id)) }
                }
                true
            })?;
        }
        drop(export);
        for (id, student) in in_doubt {
            // Nothing stays of whoever is no longer in the roster.
            let stored = self.roster.stored(Kind::User, &student)?;
            if stored.is_none_or(|stored| stored.record.status == Status::ToBeDeleted) {
                gone.push(tombstone(Kind::Result, &id));
            }
        }
        Ok(gone)
    }

    fn import(
        &self,
        source: &str,
        request: &dyn Fn(bool) -> Result<Request, Failure>,
        dry_run: bool,
        watcher: &mut dyn Watcher,
    ) -> Result<Option<Ended>, Failure> {
        let turn = turn(self.database, self.access.tenant(), self.patience, &mut || {})?;
        let roster = &self.roster.under(&turn);
        clear(roster, (self.clock)())?;
        roster.forward_grades_of(source, true)?;
        let audit = self.access.audit();
        let office = Office { roster, audit: &audit, name: self.name, who: self.who, clock: self.clock };
        // To read again what is known is worth no run.
        let ahead = office.import(&request(true)?, &mut Quiet { yes: false })?;
        let moves = ahead.state != RunState::Planned || sums(&ahead.plan) != [0; 3];
        if !moves && ahead.plan.kinds().all(|(_, tally)| tally.rejected == 0) {
            return Ok(None);
        }
        if dry_run {
            return Ok(Some(ahead));
        }
        let ended = office.import(&request(false)?, watcher)?;
        if ended.state == RunState::Applied
            && let Err(failure) = enforce(self.roster, Some(self.access), (self.clock)())
        {
            let tenant = self.access.tenant();
            tracing::warn!(tenant, "what is older than the retention could not be removed: {failure}");
        }
        Ok(Some(ended))
    }
}

fn tombstone(kind: Kind, sourced_id: &str) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str(sourced_id);
    record.status = Status::ToBeDeleted;
    record
}

fn notes(graded: &Graded) -> Vec<String> {
    let mut notes = Vec::new();
    for (course, why) in graded.unread.iter().take(NAMED) {
        notes.push(format!("the course {course} could not be read, and loses nothing: {why}"));
    }
    if graded.unread.len() > NAMED {
        notes.push(format!("{} more courses could not be read", graded.unread.len() - NAMED));
    }
    if graded.strangers > 0 {
        let count = graded.strangers;
        notes.push(format!("{count} grades are of people who are no students of the class, and are left out"));
    }
    if graded.worded > 0 {
        notes.push(format!("{} grades are words of a scale, and are left out", graded.worded));
    }
    if !graded.timeless.is_empty() {
        let some: Vec<&str> = graded.timeless.iter().take(NAMED).map(String::as_str).collect();
        let count = graded.timeless.len();
        notes.push(format!("{count} classes have no term, so their grades are left out: {}", some.join(", ")));
    }
    notes
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("who", &self.who).finish_non_exhaustive()
    }
}
