//! The steps of an export.

use super::check::check;
use super::out::Package;
use super::pipe::{self, PIECES, Rows};
use super::reading::Reading;
use super::sort::Batch;
use super::{Ended, Request, Since};
use crate::intake::Step;
use crate::output::Failure;
use homeroom_store::{Roster, Which};
use oneroster::csv::export::{Export, Outcome, Settings, lacking, metadata_names, without_file};
use oneroster::csv::write::manifest;
use oneroster::csv::{Mode, kinds};
use oneroster::model::{Kind, Version};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

/// So many records pass between two steps that are told.
const STEP: u64 = 4_096;
/// So many records are looked at for names of metadata before a file is begun.
const SAMPLE: u64 = 1_000;

/// Exports the roster; `stop` may be set at any time to give it up.
///
/// # Errors
/// If the request cannot be met, the store not be read or the package not be
/// written. Then nothing is left in its place, but for a package that breaks
/// the standard, which stays under another name.
pub fn export(
    roster: &Roster,
    request: &Request,
    stop: &AtomicBool,
    step: &mut dyn FnMut(Step),
) -> Result<Ended, Failure> {
    let mut source = Reading::of(roster, request)?;
    let Some(at) = source.at() else {
        return Err(Failure::refused("there is nothing to export: the roster is empty")
            .hint("import a package first, or name another database with --database"));
    };
    let which = which(&mut source, request)?;
    let mode = if which == Which::Live { Mode::Bulk } else { Mode::Delta };
    let chosen = chosen(request, mode)?;
    let mut files = Vec::with_capacity(chosen.len());
    for kind in chosen {
        files.push((kind, source.count(kind, which)?));
    }
    files.retain(|(_, count)| *count > 0);
    let settings = Settings {
        version: request.version,
        mode,
        kinds: files.iter().map(|(kind, _)| *kind).collect(),
        passwords: request.passwords,
    };
    let mut render = Render { source, which, export: Export::new(settings), stop, step, done: 0, of: 0 };
    render.of = files.iter().map(|(_, count)| count).sum();
    render.prepare(request)?;
    let package = Package::create(&request.out).map_err(unwritten)?;
    let package = render.files(package, &files)?;
    let modes: Vec<(Kind, Mode)> =
        package.rows().iter().filter_map(|(name, _)| Some((Kind::from_plural(name)?, mode))).collect();
    let losses = render.export.losses();
    render.source.end()?;
    let closed = package.close(Some(&manifest(request.version, &modes, None))).map_err(unwritten)?;
    let mut findings = None;
    if request.check {
        let checked = check(closed.path(), mode, request.now, step)?;
        // What a grant leaves out, or another source sends, is no fault of the writer.
        let parted = request.as_seen.is_some() || request.source.is_some();
        if let Some(fault) = checked.ours.filter(|_| !parted) {
            let count = checked.count;
            let kept = closed.reject().map_err(unwritten)?;
            return Err(broken(&fault, count, &kept));
        }
        findings = Some(checked.theirs + if parted { checked.count } else { 0 });
    }
    if stop.load(Ordering::Relaxed) {
        return Err(interrupted());
    }
    let rows = closed.place().map_err(unwritten)?;
    Ok(Ended { mode, at, rows, losses, findings })
}

fn which(source: &mut Reading, request: &Request) -> Result<Which, Failure> {
    let since = match request.since {
        None => return Ok(Which::Live),
        Some(Since::Time(since)) => since,
        Some(Since::Run(run)) => source.published_by(run)?,
    };
    source.remembers(since)?;
    Ok(Which::Since(since))
}

/// The kinds whose files are wanted; of whole files, none may lack another.
fn chosen(request: &Request, mode: Mode) -> Result<Vec<Kind>, Failure> {
    let version = request.version;
    let Some(named) = &request.files else { return Ok(kinds(version).collect()) };
    let mut chosen = named.clone();
    chosen.sort();
    chosen.dedup();
    if let Some(kind) = chosen.iter().find(|kind| !kinds(version).any(|k| k == **kind)) {
        return Err(Failure::usage(format!("OneRoster {version} has no {}", kind.entity().file_name())));
    }
    if mode == Mode::Bulk
        && let Some((kind, missing)) = lacking(&chosen, version).into_iter().next()
    {
        let names: Vec<&str> = missing.iter().map(|kind| kind.entity().plural).collect();
        let message = format!("whole {} need the files they refer to: {}", kind.entity().plural, names.join(", "));
        return Err(Failure::usage(message).hint("add these to --files, or export changes with --delta-since"));
    }
    Ok(chosen)
}

/// The renderer: records of the store to rows.
struct Render<'a> {
    source: Reading,
    which: Which,
    export: Export,
    stop: &'a AtomicBool,
    step: &'a mut dyn FnMut(Step),
    done: u64,
    of: u64,
}

impl Render<'_> {
    /// Tells of what the version has no files for, and learns what it needs of it.
    fn prepare(&mut self, request: &Request) -> Result<(), Failure> {
        let told_with_people = |kind| request.version == Version::V1P1 && kind == Kind::Role;
        for kind in without_file(request.version).filter(|kind| request.files.is_none() && !told_with_people(*kind)) {
            let count = self.source.count(kind, self.which)?;
            self.export.no_file(kind, count);
        }
        let wanted: Vec<Kind> = self.export.wants_to_learn().collect();
        for kind in wanted {
            let export = &mut self.export;
            self.source.rows(kind, Which::Live, None, &mut |row| {
                export.learn(kind, row);
                true
            })?;
        }
        Ok(())
    }

    /// Writes every file; gives the package, still without its manifest.
    fn files(&mut self, package: Package, files: &[(Kind, u64)]) -> Result<Package, Failure> {
        let (rows, to_sort) = sync_channel(0);
        let (pieces, to_write) = sync_channel(PIECES);
        let (stop, folder) = (self.stop, package.folder());
        std::thread::scope(|scope| {
            let sorting = scope.spawn(move || pipe::sort(&folder, &to_sort, &pieces));
            let writing = scope.spawn(move || pipe::write(package, &to_write, stop));
            let rendered = files.iter().try_for_each(|(kind, _)| self.file(*kind, &rows));
            drop(rows);
            let lost = || Failure { code: "internal", message: "the export broke off".into(), hint: None, status: 1 };
            let sorted = sorting.join().map_err(|_| lost())?;
            let written = writing.join().map_err(|_| lost())?;
            if stop.load(Ordering::Relaxed) {
                return Err(interrupted());
            }
            // Whoever is last in the row knows why the ones before were stopped.
            let package = written.map_err(unwritten)?;
            sorted.map_err(|error| unwritten(error.into()))?;
            rendered?;
            Ok(package)
        })
    }

    fn file(&mut self, kind: Kind, rows: &SyncSender<Rows>) -> Result<(), Failure> {
        let mut names = BTreeSet::new();
        self.names(kind, Some(SAMPLE), &mut names)?;
        let before = self.done;
        let count = loop {
            match self.pass(kind, &names, rows)? {
                Pass::Whole(count) => break count,
                Pass::NewName => self.names(kind, None, &mut names)?,
                Pass::Again => {}
            }
            self.done = before;
            rows.send(Rows::Again).map_err(|_| stopped())?;
        };
        let mut header = Vec::new();
        self.export.header(&mut header);
        rows.send(Rows::End(kind.entity().plural, header, count)).map_err(|_| stopped())
    }

    /// Gathers the names of metadata members.
    fn names(&mut self, kind: Kind, limit: Option<u64>, names: &mut BTreeSet<String>) -> Result<(), Failure> {
        let stop = self.stop;
        self.source.rows(kind, self.which, limit, &mut |row| {
            metadata_names(kind, row.packed, names);
            !stop.load(Ordering::Relaxed)
        })?;
        Ok(())
    }

    fn pass(&mut self, kind: Kind, names: &BTreeSet<String>, rows: &SyncSender<Rows>) -> Result<Pass, Failure> {
        let Render { source, which, export, stop, step, done, of } = self;
        export.begin(kind, names);
        let (mut batch, mut count) = (Batch::new(), 0);
        let mut ended = None;
        source.rows(kind, *which, None, &mut |row| {
            *done += 1;
            if done.is_multiple_of(STEP) {
                step(Step { doing: "writing", done: *done, of: *of });
                if stop.load(Ordering::Relaxed) {
                    ended = Some(Err(interrupted()));
                    return false;
                }
            }
            let start = batch.bytes.len();
            match export.row(row, &mut batch.bytes) {
                Outcome::Written => {
                    batch.add(start);
                    count += 1;
                }
                Outcome::LeftOut => {}
                Outcome::NewName => ended = Some(Ok(Pass::NewName)),
            }
            if ended.is_none() && batch.is_full() {
                let full = std::mem::replace(&mut batch, Batch::new());
                if rows.send(Rows::Some(full)).is_err() {
                    ended = Some(Err(stopped()));
                }
            }
            ended.is_none()
        })?;
        if let Some(ended) = ended {
            return ended;
        }
        if !export.end(kind) {
            return Ok(Pass::Again);
        }
        rows.send(Rows::Some(batch)).map_err(|_| stopped())?;
        Ok(Pass::Whole(count))
    }
}

/// What came of one pass over the records of a kind.
enum Pass {
    /// So many rows.
    Whole(u64),
    /// A metadata member came that no column was made for.
    NewName,
    /// Rows refer to others of their file that turned out not to be in it.
    Again,
}

/// Another thread ended early; it says why.
fn stopped() -> Failure {
    Failure { code: "internal", message: "the package cannot be written".into(), hint: None, status: 1 }
}

fn interrupted() -> Failure {
    Failure {
        code: "interrupted",
        message: "the export was interrupted; nothing was written".into(),
        hint: None,
        status: 1,
    }
}

fn unwritten(error: anyhow::Error) -> Failure {
    Failure::unreadable(format!("{error:#}"))
}

fn broken(fault: &str, count: u64, kept: &Path) -> Failure {
    let message = format!(
        "the package that was written breaks the standard in {count} places, so it was not handed out; the first is in \
         {fault}"
    );
    let hint = format!("this is a fault of the program: please report it; the package is kept as {}", kept.display());
    Failure { code: "internal", message, hint: Some(hint), status: 1 }
}
