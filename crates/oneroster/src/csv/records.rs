//! The second pass: the good rows of a file, repaired, as Records.

use super::archive::PackageError;
use super::cell::{self, Cells, Cleaner, Form, Repairs, Value};
use super::header::{Plan, Target};
use super::life;
use super::manifest::Mode;
use super::package::Package;
use super::rows::DataRows;
use super::scan::{Row, ScanError};
use super::v1p0::{Translation, is_aide, translate};
use crate::at;
use crate::model::{Edition, Kind, Slot, Version};
use crate::record::{Record, Status};
use crate::time::Timestamp;
use crate::validate::{Bits, FileJudgement, FileState, Judgement, Options, Verdict};
use hashbrown::HashMap;
use jiff::tz::TimeZone;
use std::io::Read;
use std::sync::Arc;

/// The records of one file, one after the other.
pub struct Records {
    rows: DataRows<Box<dyn Read + Send>>,
    file: String,
    plan: Arc<Plan>,
    dropped: Arc<Bits>,
    merged: Arc<HashMap<u32, String>>,
    strict: bool,
    id_column: usize,
    metadata: Option<u8>,
    cleaner: Cleaner,
    cells: Cells,
    json: String,
    life: Lifecycle,
    /// What a package of 1.0 does not say itself.
    derived: Option<Arc<Derived>>,
    line: u32,
}

/// What was derived from a package of 1.0, whose records lack it (csv.md 6.2).
#[derive(Debug, Default)]
pub(crate) struct Derived {
    /// The org at the top, to which courses without one belong.
    pub root: Option<String>,
    /// The school year of each session.
    pub years: HashMap<String, i32>,
}

impl Derived {
    fn complete(&self, record: &mut Record) {
        match record.kind() {
            Kind::User => record.set(at!(User.enabledUser), "true"),
            Kind::Course if record.get(at!(Course.org)).is_none() => {
                record.set(at!(Course.org), self.root.as_deref().unwrap_or_default());
            }
            Kind::AcademicSession => {
                let year = self.years.get(&record.sourced_id).map(|year| format!("{year:04}"));
                record.set(at!(AcademicSession.schoolYear), year.as_deref().unwrap_or_default());
            }
            _ => {}
        }
    }
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("file", &self.file).finish_non_exhaustive()
    }
}

/// The records of the file of a kind: rows that were judged good, with the
/// repairs made. There are none if the package was refused, or the file was
/// not sent, is rejected or is not read.
///
/// # Errors
/// If the file cannot be opened.
pub fn records(package: &mut Package, judgement: &Judgement, kind: Kind) -> Result<Option<Records>, PackageError> {
    let accepted = judgement.verdict == Verdict::Accepted;
    let (true, Some(file), Some(version)) = (accepted, judgement.file(kind), judgement.version) else {
        return Ok(None);
    };
    let terms = Terms {
        version,
        strict: judgement.strict,
        clock: judgement.clock.clone(),
        derived: Arc::clone(&judgement.derived),
    };
    records_of(package, &terms, file)
}

/// How the files of a package are read as records.
#[derive(Clone, Debug)]
pub struct Terms {
    version: Version,
    strict: bool,
    clock: (Timestamp, TimeZone),
    derived: Arc<Derived>,
}

impl Terms {
    /// Of a package that is judged by some options; of 1.0 there are none
    /// before it is judged to its end, for its records lack what others tell.
    pub fn of(edition: Edition, options: &Options) -> Option<Terms> {
        (edition != Edition::V1P0).then(|| Terms {
            version: edition.version(),
            strict: options.strict,
            clock: (options.now, options.zone.clone()),
            derived: Arc::default(),
        })
    }
}

/// The records of one judged file; none if it is rejected.
///
/// # Errors
/// As [`records`].
pub fn records_of(package: &Package, terms: &Terms, file: &FileJudgement) -> Result<Option<Records>, PackageError> {
    let Some(plan) = file.plan.clone().filter(|_| file.state == FileState::Judged) else { return Ok(None) };
    let reader = package.read(&file.entry)?;
    let (old, strict) = (plan.old, terms.strict);
    let columns = [Slot::Status, Slot::Modified].map(|slot| plan.position(slot));
    let rows = DataRows::of_file(reader, (plan.dialect, &plan.padding), strict).map_err(|e| broken(&file.entry, &e))?;
    Ok(Some(Records {
        rows,
        file: file.entry.clone(),
        id_column: plan.position(Slot::SourcedId).unwrap_or(usize::MAX),
        metadata: file.kind.entity().metadata(),
        derived: old.then(|| Arc::clone(&terms.derived)),
        plan,
        dropped: Arc::clone(&file.dropped),
        merged: Arc::clone(&file.merged),
        strict,
        cleaner: Cleaner::new(strict),
        cells: Cells::new(terms.version, strict),
        json: String::new(),
        life: Lifecycle {
            kind: file.kind,
            columns,
            delta: file.mode == Mode::Delta,
            // In 1.0 the words for it are the letter.
            strict: strict && !old,
            now: terms.clock.0,
            zone: terms.clock.1.clone(),
        },
        line: 0,
    }))
}

fn broken(file: &str, error: &ScanError) -> PackageError {
    PackageError::broken(file, &std::io::Error::other(error.to_string()))
}

impl Records {
    /// The physical line on which the row begins that was read last.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Reads the next good row into `record`; its number among the rows of
    /// data, the first being 0, or `None` at the end.
    ///
    /// # Errors
    /// If the file cannot be read to its end, or changed since it was judged.
    pub fn next(&mut self, record: &mut Record) -> Result<Option<u64>, PackageError> {
        loop {
            let next = match self.rows.next_row() {
                Ok(Some(next)) => next,
                Ok(None) => return Ok(None),
                Err(e) => return Err(broken(&self.file, &e)),
            };
            let Some(ordinal) = next.ordinal else { continue };
            if self.dropped.has(ordinal) {
                continue;
            }
            self.line = next.row.line;
            record.clear(self.plan.kind);
            record.sourced_id.push_str(cell::key(next.row.cell(self.id_column), self.strict));
            let disabled = self.life.read(&next.row, record);
            if record.status == Status::ToBeDeleted {
                return Ok(Some(u64::from(ordinal)));
            }
            let mut filling = Filling {
                strict: self.strict,
                orgs: self.merged.get(&ordinal).map(String::as_str),
                cleaner: &mut self.cleaner,
                cells: &mut self.cells,
                json: &mut self.json,
                record,
            };
            filling.fill(&self.plan, self.metadata, &next.row).map_err(|column| {
                let message = format!("{} has changed since it was judged, at {column}", self.file);
                PackageError::broken(&self.file, &std::io::Error::other(message))
            })?;
            if let Some(derived) = &self.derived {
                derived.complete(record);
            }
            if disabled {
                record.set(at!(User.enabledUser), Value::Flag(false).text());
            }
            return Ok(Some(u64::from(ordinal)));
        }
    }
}

/// The orgs of a 1.1 person.
const ORGS: Target = Target::Slot(Slot::Own(at!(User.orgs)));
/// Where a file says whether its records live.
struct Lifecycle {
    kind: Kind,
    columns: [Option<usize>; 2],
    delta: bool,
    strict: bool,
    now: Timestamp,
    zone: TimeZone,
}

impl Lifecycle {
    /// Reads status and, of changes, the time; whether a person may no longer
    /// sign in. A row to be deleted gives nothing but that.
    fn read(&self, row: &Row<'_>, record: &mut Record) -> bool {
        let [status, modified] = self.columns.map(|at| at.map_or("", |at| row.cell(at)));
        if status.is_empty() {
            return false;
        }
        let life = life::status(status, self.kind, self.strict);
        if self.delta {
            record.status = life.map_or(Status::Active, |life| life.status);
            let instant = life::instant(modified, self.strict, &self.zone).ok();
            // A time in the future would make later rows look late (csv.md 3.5).
            record.modified = instant.map(|(instant, _)| instant.min(self.now));
        }
        life.is_ok_and(|life| life.disabled)
    }
}

struct Filling<'a> {
    strict: bool,
    /// The orgs of a person who stood in several rows, instead of the row's own.
    orgs: Option<&'a str>,
    cleaner: &'a mut Cleaner,
    cells: &'a mut Cells,
    json: &'a mut String,
    record: &'a mut Record,
}

impl Filling<'_> {
    /// Puts the cells into the record; the name of a column that cannot be read
    /// as it was judged.
    fn fill(&mut self, plan: &Plan, metadata: Option<u8>, row: &Row<'_>) -> Result<(), String> {
        let mut aide = false;
        for (at, column) in plan.columns.iter().enumerate() {
            let translated;
            let mut raw = row.cell(at);
            if raw.is_empty() {
                continue;
            }
            aide |= column.translation == Translation::Aide && is_aide(raw);
            if column.translation != Translation::Same {
                translated = translate(column.translation, raw);
                raw = &translated;
            }
            let field = match (column.target, metadata) {
                (Target::Slot(Slot::Own(field)), _) => field,
                (Target::Metadata, Some(field)) => field,
                (Target::Resources, _) => at!(User.resources),
                _ => continue,
            };
            let mut repairs = Repairs::default();
            let joined = self.orgs.filter(|_| column.target == ORGS);
            let text = self.cleaner.clean(column.form, joined.unwrap_or(raw), row.faults, &mut repairs);
            let record = &mut *self.record;
            let done = text.and_then(|text| match column.form {
                _ if text.is_empty() => Ok(()),
                Form::Secret => Ok(()),
                form if form.is_list() => self.cells.items(form, text, &mut repairs, |item| record.push(field, item)),
                Form::Pairs => self.cells.pairs(text, &mut repairs, |left, right| record.push_pair(field, left, right)),
                Form::Metadata => {
                    json_string(text, self.json);
                    record.push_pair(field, plan.metadata_name(at), self.json);
                    Ok(())
                }
                form => self.cells.scalar(form, text, &mut repairs).map(|value| record.push(field, value.text())),
            });
            match done {
                Err(code) if cell::blanked(code, column.required, self.strict).is_some() => self.record.set(field, ""),
                done => done.map_err(|_| column.name.clone())?,
            }
        }
        if aide {
            self.record.set(at!(Enrollment.primary), Value::Flag(false).text());
        }
        Ok(())
    }
}

/// Writes a text as a JSON string.
fn json_string(text: &str, out: &mut String) {
    out.clear();
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(HEX[c as usize >> 4] as char);
                out.push(HEX[c as usize & 15] as char);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scanner;
    use super::super::write::{Lifecycle, header, write_record};
    use super::*;
    use crate::model::{MODEL, Type};
    use proptest::prelude::*;

    /// A record of any kind that a file can hold, filled from a list of texts.
    fn filled(kind: Kind, version: Version, texts: &[String]) -> Record {
        let mut texts = texts.iter().cycle();
        let mut record = Record::new(kind);
        record.sourced_id.push_str("id-1");
        for (slot, field) in kind.entity().columns(version) {
            let Slot::Own(own) = slot else { continue };
            let mut text = || texts.next().map(String::as_str).unwrap_or_default();
            match field.ty {
                Type::Bool => record.set(own, "true"),
                Type::Date | Type::DateTime => record.set(own, "2026-08-17"),
                Type::Year => record.set(own, "2027"),
                Type::Number => record.set(own, "20"),
                Type::Word(words) => record.set(own, words.words(version).next().unwrap_or_default()),
                Type::Pairs(..) => record.push_pair(own, "type", "x:y".trim_end_matches(":y")),
                Type::Ref(..) | Type::ProfileRef => record.set(own, "id_x2"),
                _ if field.many => (0..3)
                    .map(|_| text().replace([',', '[', ']'], ""))
                    .filter(|t| !t.is_empty())
                    .for_each(|t| record.push(own, &t)),
                _ => record.set(own, text()),
            }
        }
        // A row has both of these lists or none.
        let pair = match kind {
            Kind::Class => Some([at!(Class.subjects), at!(Class.subjectCodes)]),
            Kind::Course => Some([at!(Course.subjects), at!(Course.subjectCodes)]),
            _ => None,
        };
        if let Some([names, codes]) = pair.filter(|[a, b]| record.list(*a).count() != record.list(*b).count()) {
            record.set(names, "");
            record.set(codes, "");
        }
        if let Some(field) = kind.entity().metadata() {
            let mut json = String::new();
            json_string(&texts.next().cloned().unwrap_or_default(), &mut json);
            if json.len() > 2 {
                record.push_pair(field, "own", &json);
            }
        }
        record
    }

    proptest! {
        #[test]
        fn a_record_survives_its_row(
            texts in proptest::collection::vec("([a-z\",é'=-]([a-z\",é' ]{0,6}[a-z\",é'])?)?", 1..12),
            which in 0..MODEL.len(),
            v1p2: bool,
        ) {
            let version = if v1p2 { Version::V1P2 } else { Version::V1P1 };
            let entity = MODEL[which];
            prop_assume!(entity.csv.has(version));
            let record = filled(entity.kind, version, &texts);
            let mut text = String::new();
            header(&mut text, entity, version, &["own"]);
            write_record(&mut text, &record, version, &["own"], Lifecycle::Bulk);
            let mut scanner = Scanner::new(text.as_bytes());
            let head: Vec<String> = scanner.next_row().unwrap().unwrap().cells().map(str::to_owned).collect();
            let head: Vec<&str> = head.iter().map(String::as_str).collect();
            let plan = Plan::resolve(entity.kind, version, &head, true).0.unwrap();
            let row = scanner.next_row().unwrap().unwrap();
            prop_assert!(row.faults.is_empty());
            let mut back = Record::new(entity.kind);
            back.sourced_id.push_str(row.cell(0));
            let (mut cleaner, mut cells, mut json) = (Cleaner::new(true), Cells::new(version, true), String::new());
            let mut filling = Filling { strict: true, orgs: None, cleaner: &mut cleaner, cells: &mut cells, json: &mut json, record: &mut back };
            prop_assert_eq!(filling.fill(&plan, entity.metadata(), &row), Ok(()));
            prop_assert_eq!(&back, &record);
            let mut again = String::new();
            header(&mut again, entity, version, &["own"]);
            write_record(&mut again, &back, version, &["own"], Lifecycle::Bulk);
            prop_assert_eq!(again, text);
        }
    }
}
