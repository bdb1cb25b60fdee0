//! The first pass: a whole package, file by file, parents before children.

use super::figures::Counting;
use super::gradebook;
use super::judgement::{FileJudgement, FileState, Judgement, Opened, Progress, Told, Verdict};
use super::judging::Judging;
use super::known::{Known, Store};
use super::look::Source;
use super::options::Options;
use super::reading::Reading;
use super::report::{Place, Report};
use super::roster::Roster;
use super::rules::{Code, Severity};
use super::{dialect, ends, lifecycle, links, look, repeats, row, semantics, tally, upgrade};
use crate::csv::{DataRows, Faults, LaidOut, Layout, Mode, Package, PackageError, Plan, ScanError, Scanner};
use crate::model::{Edition, Kind};
use std::io::Read;
use std::sync::Arc;

/// Most columns that a file may have, those of a deployment's own among them.
pub const MAX_COLUMNS: usize = 1_000;
/// What is said of a file of other bytes.
const NO_TEXT: &str = "it holds other bytes than text";

/// How often progress is told, in rows.
const TELL: u32 = 4096;

/// Judges a package: every rule of [`RULES`](super::RULES) that is looked at
/// already, over every row.
///
/// # Errors
/// If the package cannot be read, or is another format altogether.
pub fn judge(
    package: &mut Package,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Judgement, PackageError> {
    run(package, options, Store(None), &mut |told| only(told, progress))
}

/// Judges a package against what is stored: a careful run takes references of
/// delta files for good where they lead to a live record that is stored, and
/// passes over rows that are older than theirs. Bulk files are judged as by
/// [`judge`], and so is all of a strict run.
///
/// # Errors
/// As [`judge`].
pub fn judge_against(
    package: &mut Package,
    options: &Options,
    known: &mut dyn Known,
    progress: &mut dyn FnMut(Progress),
) -> Result<Judgement, PackageError> {
    judge_telling(package, options, known, &mut |told| only(told, progress))
}

/// Judges a package as [`judge_against`] does, and tells of each file when it
/// is judged, so that its records can be read while the next one is judged.
///
/// # Errors
/// As [`judge`].
pub fn judge_telling(
    package: &mut Package,
    options: &Options,
    known: &mut dyn Known,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Judgement, PackageError> {
    run(package, options, Store(Some(known)), tell)
}

fn only(told: Told<'_>, progress: &mut dyn FnMut(Progress)) {
    if let Told::Progress(step) = told {
        progress(step);
    }
}

fn run<'a>(
    package: &'a mut Package,
    options: &'a Options,
    store: Store<'a>,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Judgement, PackageError> {
    let mut report = Report::new(options.strict, options.values);
    let layout = Layout::of(package, options, &mut report)?;
    let strict = options.strict;
    let (Some(edition), None) = (layout.edition, &layout.refused) else {
        return Ok(refused(layout, report, options));
    };
    let version = edition.version();
    let mut judging = Judging::new(options, edition, report, store, package);
    let resources_in_users = layout.resources_in_users;
    judging.resources_in_users = resources_in_users;
    for file in &layout.files {
        judging.modes[file.kind as usize] = Some(file.mode);
    }
    let modes = layout.files.iter().map(|f| (f.kind, f.mode)).collect();
    tell(Told::Opened(&Opened { edition, no_deletions: layout.no_deletions, modes, resources_in_users }));
    let mut telling = Telling { tell, done: 0, total: layout.files.iter().map(|f| f.size).sum() };
    let mut files: Vec<FileJudgement> = Vec::with_capacity(layout.files.len());
    for file in layout.files {
        let judged = self::file(&mut judging, package, file, &mut telling)?;
        judging.states[judged.kind as usize] = Some(judged.state);
        (telling.tell)(Told::File(&judged));
        files.push(judged);
        ends::after(&mut judging, &files);
    }
    gradebook::finish(&mut judging, package)?;
    lifecycle::finish(&mut judging);
    let figures = judging.figures.finish(&judging.ids, &judging.roster, &judging.report);
    let mut report = judging.report;
    report.sort();
    let errors = report.count(Severity::Error);
    let unusable = judging.unreadable.is_some();
    let verdict = match judging.unreadable {
        Some(reason) => Verdict::Refused(reason),
        None if strict && errors > 0 => {
            Verdict::Refused(format!("{errors} errors were found, and the package was judged by the letter."))
        }
        None => Verdict::Accepted,
    };
    let no_deletions = layout.no_deletions;
    let clock = (options.now, options.zone.clone());
    let derived = Arc::new(judging.derived);
    let (edition, version) = (Some(edition), Some(version));
    Ok(Judgement { edition, version, strict, files, report, figures, verdict, unusable, no_deletions, clock, derived })
}

/// A package that is not judged further than its manifest.
fn refused(layout: Layout, mut report: Report, options: &Options) -> Judgement {
    report.sort();
    let figures = Counting::default().finish(&[], &Roster::new(options), &report);
    Judgement {
        edition: layout.edition,
        version: layout.edition.map(Edition::version),
        strict: options.strict,
        files: layout.files.into_iter().map(|f| left(f, FileState::NotRead)).collect(),
        report,
        figures,
        verdict: Verdict::Refused(layout.refused.unwrap_or_default()),
        unusable: true,
        no_deletions: true,
        clock: (options.now, options.zone.clone()),
        derived: Arc::default(),
    }
}

/// Tells how far it has come.
struct Telling<'a> {
    tell: &'a mut dyn FnMut(Told<'_>),
    done: u64,
    total: u64,
}

impl Telling<'_> {
    fn tell(&mut self, kind: Kind, rows: u32, bytes: u64) {
        let bytes = self.done + bytes;
        (self.tell)(Told::Progress(Progress { kind, rows: u64::from(rows), bytes, total: self.total }));
    }
}

/// A file that gives nothing.
fn left(file: LaidOut, state: FileState) -> FileJudgement {
    FileJudgement {
        kind: file.kind,
        mode: file.mode,
        state,
        entry: file.entry,
        rows: 0,
        rejected: 0,
        unidentified: 0,
        dropped: Arc::default(),
        in_order: false,
        plan: None,
        merged: Arc::default(),
        rejected_ids: Arc::default(),
    }
}

fn file(
    judging: &mut Judging<'_>,
    package: &Package,
    file: LaidOut,
    telling: &mut Telling<'_>,
) -> Result<FileJudgement, PackageError> {
    let number = judging.report.file(&file.kind.entity().file_name());
    let dialect = dialect::of(judging, package, number, &file)?;
    let mut scanner = dialect.scanner(package.read(&file.entry)?);
    let Some(mut plan) = header(judging, number, &file, &mut scanner)? else {
        if dialect.binary {
            judging.no_table(file.kind, NO_TEXT);
        }
        telling.done += file.size;
        return Ok(left(file, FileState::Rejected));
    };
    plan.dialect = dialect;
    plan.refine(judging.options);
    plan.pad(judging.options);
    scanner.pad(plan.padding.clone());
    let mut reading = Reading::new(judging, number, &plan, &file.entry);
    let rows = DataRows::after_header(scanner, judging.options.strict);
    body(judging, &mut reading, &plan, rows, telling)?;
    telling.done += file.size;
    if reading.rows == 0 && !reading.broken {
        reading.broken = empty(judging, number, file.mode);
    }
    if !reading.broken {
        let cases = repeats::suspects(judging, &mut reading);
        let wanted = cases.iter().copied().chain(semantics::wanted(judging, &reading)).collect();
        let padding = &plan.padding;
        let source = Source { package, entry: &file.entry, dialect, padding, strict: judging.options.strict };
        let seen = look::look(&source, &reading, &wanted, repeats::apart(&plan), judging.options)?;
        repeats::settle(judging, &mut reading, &plan, &seen, &cases);
        links::settle(judging, &mut reading, &plan);
        if plan.old {
            upgrade::settle(judging, &reading);
        }
        if !reading.delta {
            semantics::settle(judging, &reading, &plan, &seen);
        }
        gradebook::settle(judging, &reading, &plan);
    }
    tally::settle(judging, number, &plan);
    plan.order_days(&reading.orders);
    judging.figures.file(&reading, &plan);
    let state = if reading.broken { FileState::Rejected } else { FileState::Judged };
    let rejected = reading.rejected.len();
    let mut dropped = reading.rejected;
    dropped.join(&reading.skipped);
    Ok(FileJudgement {
        rows: u64::from(reading.rows),
        rejected: if reading.broken { u64::from(reading.rows) } else { rejected },
        unidentified: reading.unidentified,
        in_order: reading.in_order,
        dropped: Arc::new(dropped),
        plan: Some(Arc::new(plan)),
        merged: Arc::new(reading.merged),
        rejected_ids: Arc::new(reading.rejected_ids),
        ..left(file, state)
    })
}

/// T7: a file without rows; whether that makes it of no use. Of changes there
/// may be none.
fn empty(judging: &mut Judging<'_>, number: u8, mode: Mode) -> bool {
    let place = Place { file: Some(number), line: 1, column: None };
    if mode == Mode::Delta && !judging.options.strict {
        judging.report.say(Code::T7, Severity::Warning, place, "", "The file has no rows; nothing changes.".to_owned());
        return false;
    }
    judging.report.add(Code::T7, place, "");
    true
}

/// Reads the header (T1 to T6); `None` if the file cannot be read by it.
fn header<R: Read>(
    judging: &mut Judging<'_>,
    number: u8,
    file: &LaidOut,
    scanner: &mut Scanner<R>,
) -> Result<Option<Plan>, PackageError> {
    let place = Place { file: Some(number), line: 1, column: None };
    let row = match scanner.next_row() {
        Ok(Some(row)) if !row.is_blank() => row,
        Ok(_) => {
            judging.report.add(Code::T2, place, "");
            return Ok(None);
        }
        Err(e) => {
            unreadable(judging, number, file.kind, &e)?;
            return Ok(None);
        }
    };
    if row.faults.has(Faults::UNCLOSED) {
        judging.report.add(Code::D15, place, "");
        return Ok(None);
    }
    if row.len() > MAX_COLUMNS {
        let message = format!("The header has {} columns, more than {MAX_COLUMNS}; the file is not read.", row.len());
        judging.report.say(Code::T3, Severity::Error, place, "", message);
        judging.no_table(file.kind, "its header has too many columns");
        return Ok(None);
    }
    let names: Vec<&str> = row.cells().collect();
    let (mut plan, notes) = Plan::resolve(file.kind, judging.edition(), &names, judging.options.strict);
    judging.report.columns(number, names.iter().map(|&n| n.to_owned()));
    for mut note in notes {
        if note.code == Code::D60 && !judging.resources_in_users {
            note.message = told_elsewhere(plan.as_mut());
        }
        let place = Place { column: note.column, ..place };
        judging.report.say(note.code, note.severity, place, "", note.message);
    }
    Ok(plan)
}

/// The column of 2022 beside a file that tells the same: it is passed over.
fn told_elsewhere(plan: Option<&mut Plan>) -> String {
    if let Some(plan) = plan {
        plan.pass_over_resources();
    }
    let file = Kind::UserResource.entity().file_name();
    format!(
        "The header is that of the 1.2 text of 2022; {file} tells people's material, so its column for it is not read."
    )
}

/// A file that cannot be read on: a finding, unless the archive itself broke.
fn unreadable(judging: &mut Judging<'_>, number: u8, kind: Kind, error: &ScanError) -> Result<(), PackageError> {
    let not_utf8 = || "The line holds bytes that are not UTF-8.".to_owned();
    let (code, line, message, no_table) = match error {
        ScanError::Io(e) => return Err(PackageError::broken(&kind.entity().file_name(), e)),
        ScanError::Encoding { line, utf16: false } if !judging.options.strict => (Code::D10, *line, not_utf8(), None),
        ScanError::Encoding { line, utf16: false } => (Code::T1, *line, not_utf8(), None),
        ScanError::Encoding { line, utf16: true } => {
            (Code::T1, *line, "The file is UTF-16, not UTF-8.".to_owned(), Some("it is UTF-16, or breaks off in it"))
        }
        ScanError::TooLong { line } => (
            Code::D15,
            *line,
            "The row does not end within 16 MiB.".to_owned(),
            Some("a row does not end within 16 MiB"),
        ),
    };
    let place = Place { file: Some(number), line, column: None };
    judging.report.say(code, Severity::Error, place, "", message);
    if let Some(why) = no_table {
        judging.no_table(kind, why);
    }
    Ok(())
}

fn body<R: Read>(
    judging: &mut Judging<'_>,
    reading: &mut Reading,
    plan: &Plan,
    mut rows: DataRows<R>,
    telling: &mut Telling<'_>,
) -> Result<(), PackageError> {
    loop {
        let next = match rows.next_row() {
            Ok(Some(next)) => next,
            Ok(None) => break,
            Err(e) => {
                unreadable(judging, reading.file, reading.kind, &e)?;
                if plan.dialect.binary {
                    judging.no_table(reading.kind, NO_TEXT);
                }
                reading.broken = true;
                break;
            }
        };
        let place = Place { file: Some(reading.file), line: next.row.line, column: None };
        if next.row.len() > MAX_COLUMNS {
            let message = format!("The row has {} cells, more than {MAX_COLUMNS}.", next.row.len());
            judging.report.say(Code::T8, Severity::Error, place, "", message);
            judging.no_table(reading.kind, "a row of it has too many cells");
            reading.broken = true;
            break;
        }
        if next.row.faults.has(Faults::UNCLOSED) {
            judging.report.add(Code::D15, place, "");
            reading.broken = true;
            break;
        }
        if next.ordinal.is_none() {
            judging.report.add(Code::D17, place, "");
            continue;
        }
        row::judge(judging, reading, plan, &next.row);
        if reading.broken {
            break;
        }
        if reading.rows.is_multiple_of(TELL) {
            let (kind, count) = (reading.kind, reading.rows);
            telling.tell(kind, count, rows.consumed());
        }
    }
    telling.tell(reading.kind, reading.rows, rows.consumed());
    Ok(())
}
