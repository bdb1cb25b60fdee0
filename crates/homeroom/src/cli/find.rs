//! `homeroom find`: a person or class, wherever it is, or why it is not.

mod missing;
mod show;

use super::Setting;
use crate::intake::kept::{Kept, Sighting};
use crate::output::{Failure, Status};
use homeroom_store::access::{App, ScopeSet};
use homeroom_store::{Deed, Roster, Run, RunState, Stored, Wanted};
use missing::Missing;
use oneroster::at;
use oneroster::model::{Kind, Method, ROUTES, Version};
use oneroster::record::Record;
use std::collections::HashSet;

/// So many matches are shown.
const SHOWN: usize = 20;
/// So many of the latest runs are looked at for the last one of each source.
const LATEST: i64 = 200;

/// Find a person or class: what is known of it, which row it came from, who can
/// see it, or why it is not there
///
/// Looks for the sourcedId, name, username, e-mail address or identifier of a
/// person, and the sourcedId, title or code of a class. Of a record of the
/// gradebook, by its sourcedId as it is written, who wrote it is told.
#[derive(Debug, clap::Args)]
pub(super) struct Find {
    /// What to look for, in any case; of a name, every word of TEXT must be in it
    #[arg(value_name = "TEXT", required = true)]
    text: Vec<String>,
    /// Show every field of what is found, too, and the names of class members
    #[arg(long)]
    show_values: bool,
}

/// A record that was found, and what is around it.
struct Match {
    stored: Stored,
    /// Records that name it.
    around: Vec<Stored>,
    /// The run that last touched it.
    run: Option<Run>,
    rows: Vec<Sighting>,
    /// Applications that see records of its kind; none if they cannot be told.
    apps: Option<Vec<String>>,
}

impl Find {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let wanted = Wanted::new(&self.text.join(" "));
        let wanted = wanted.ok_or_else(|| Failure::usage("give a name or an identifier to look for"))?;
        let roster = setting.roster()?;
        let (count, stored) = roster.find(&wanted, SHOWN)?;
        let runs = latest(&roster)?;
        let ids: HashSet<(Kind, String)> =
            stored.iter().map(|one| (one.record.kind(), one.record.sourced_id.clone())).collect();
        let mut rows = sightings(&roster, &runs, &wanted, &ids)?;
        let apps = apps(setting)?;
        let mut matches = Vec::new();
        for stored in stored {
            matches.push(Match::of(&roster, stored, &mut rows, apps.as_deref())?);
        }
        matches.sort_by(|a, b| a.order().cmp(&b.order()));
        let missing = Missing::of(&roster, &runs, &wanted, rows)?;
        let written = roster.gradebook_logs(self.text.join(" ").trim())?;
        if matches.is_empty() && missing.all.is_empty() && written.is_empty() {
            return Err(nothing(&runs));
        }
        show::show(setting, &roster, self.show_values, count, &matches, (&missing, &written))?;
        Ok(Status::Done)
    }
}

fn nothing(runs: &[Run]) -> Failure {
    let failure = |message: &str| Failure { code: "not_found", message: message.to_owned(), hint: None, status: 1 };
    if runs.is_empty() {
        return failure("nothing was imported yet").hint("begin with: homeroom import PACKAGE");
    }
    failure("nobody and no class of this name or identifier is in the roster, or in a package that is kept").hint(
        "try the sourcedId or the family name alone; if the student information system has it, \
         look whether its export does, and import that",
    )
}

/// The last import of every source, and the last one that was applied.
fn latest(roster: &Roster) -> Result<Vec<Run>, Failure> {
    let mut seen: HashSet<(u32, bool)> = HashSet::new();
    let mut runs = roster.runs(LATEST)?;
    runs.retain(|run| {
        let applied = run.state == RunState::Applied;
        run.deed == Deed::Import
            && run.state != RunState::Superseded
            && !seen.contains(&(run.source, true))
            && (seen.insert((run.source, applied)) || applied)
    });
    Ok(runs)
}

/// The rows of the packages of runs that are meant, or hold what was found.
fn sightings(
    roster: &Roster,
    runs: &[Run],
    wanted: &Wanted,
    found: &HashSet<(Kind, String)>,
) -> Result<Vec<Sighting>, Failure> {
    let mut rows = Vec::new();
    let mut meant_only = 0;
    for run in runs {
        // A package that cannot be opened has told so when it came.
        let Ok(Some(kept)) = Kept::open(roster, run) else { continue };
        let is = |record: &Record| found.contains(&(record.kind(), record.sourced_id.clone())) || wanted.is(record);
        kept.sightings(run.id.unwrap_or_default(), &Wanted::KINDS, &is, &mut |row| {
            let known = found.contains(&(row.record.kind(), row.record.sourced_id.clone()));
            meant_only += usize::from(!known);
            if known || meant_only <= missing::KEPT {
                rows.push(row);
            }
        })?;
    }
    Ok(rows)
}

/// The applications of the district; none if they cannot be told.
fn apps(setting: &Setting) -> Result<Option<Vec<App>>, Failure> {
    match setting.access_if_any() {
        Ok(None) => Ok(Some(Vec::new())),
        Ok(Some(access)) => Ok(Some(access.apps()?)),
        Err(failure) if ["key", "usage"].contains(&failure.code) => {
            setting.output.note(&format!("note: which applications see it cannot be told: {}", failure.message));
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// The scopes of which any one shows records of a kind.
fn seeing(kind: Kind) -> ScopeSet {
    let routes = ROUTES.iter().filter(|route| route.kind == kind && route.method == Method::Get);
    let offered = routes.flat_map(|route| Version::ALL.map(|version| (route, version)));
    offered
        .filter(|(route, version)| route.versions.has(*version))
        .fold(ScopeSet::default(), |set, (route, version)| set.union(ScopeSet::opening(route, version)))
}

impl Match {
    fn of(roster: &Roster, stored: Stored, rows: &mut Vec<Sighting>, apps: Option<&[App]>) -> Result<Match, Failure> {
        let (kind, id) = (stored.record.kind(), stored.record.sourced_id.as_str());
        let mut around = Vec::new();
        roster.around(kind, id, &mut |other| around.push(other))?;
        let run = stored.run.map(|run| roster.run(run)).transpose()?.flatten();
        let its = |row: &Sighting| row.record.kind() == kind && row.record.sourced_id == id;
        let own = match live(&stored) {
            true => rows.extract_if(.., |row| its(row)).collect(),
            // Why what a package has is not in the roster is told apart.
            false => Vec::new(),
        };
        let scopes = seeing(kind);
        let sees = |app: &&App| app.disabled.is_none() && !app.scopes.intersection(scopes).is_empty();
        let apps = apps.map(|apps| apps.iter().filter(sees).map(|app| app.name.to_string()).collect());
        Ok(Match { stored, around, run, rows: own, apps })
    }

    /// People before classes, who is there before who is gone.
    fn order(&self) -> (usize, bool, &str) {
        let record = &self.stored.record;
        let kind = Wanted::KINDS.iter().position(|kind| *kind == record.kind()).unwrap_or_default();
        (kind, !live(&self.stored), &record.sourced_id)
    }
}

fn live(stored: &Stored) -> bool {
    stored.record.status == oneroster::record::Status::Active
}

/// What people call a record.
fn name(record: &Record) -> String {
    let fields: &[u8] = match record.kind() {
        Kind::User => &[at!(User.givenName), at!(User.familyName)],
        Kind::Class => &[at!(Class.title)],
        Kind::Org => &[at!(Org.name)],
        _ => &[],
    };
    let words: Vec<&str> = fields.iter().filter_map(|field| record.get(*field)).collect();
    words.join(" ")
}
