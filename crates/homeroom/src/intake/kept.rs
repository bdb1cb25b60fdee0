//! Rows of packages that runs kept, read again where they stand.

use super::{Asked, prefix};
use crate::output::Failure;
use homeroom_store::{Opened, Roster, Run};
use oneroster::csv::{Dialect, Layout, Package, PackageError, Plan, Row, Scanner, Target};
use oneroster::model::{Kind, Slot};
use oneroster::prefix::Prefix;
use oneroster::record::Record;
use oneroster::validate::{Options, Report};
use std::io::Read;

/// A package that a run kept.
pub struct Kept {
    /// The package.
    pub package: Package,
    /// The files that can be read by their headers, parents before children.
    pub files: Vec<KeptFile>,
    /// Files of the standard that cannot.
    pub unread: Vec<String>,
    /// Where it lies, as long as this lives.
    pub opened: Opened,
    /// What stands before the identifiers of its source with us.
    prefix: Prefix,
}

/// A file of such a package.
pub struct KeptFile {
    /// What it holds.
    pub kind: Kind,
    /// Its name in the package.
    pub entry: String,
    /// What its columns are.
    pub plan: Plan,
}

/// A row by which something is meant.
#[derive(Debug)]
pub struct Sighting {
    /// The run that brought it.
    pub run: i64,
    /// The name of the file.
    pub file: String,
    /// The line on which it begins.
    pub line: u32,
    /// What it says, cell by cell and unrepaired, lists left out.
    pub record: Record,
}

impl Kept {
    /// The package of a run, if it is still kept.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(roster: &Roster, run: &Run) -> Result<Option<Kept>, Failure> {
        let Some(opened) = roster.archive().open(run.id.unwrap_or_default())? else { return Ok(None) };
        let package = Package::open(opened.path())?;
        let options = Asked::read(&run.request).again(opened.path(), String::new(), run.started).options;
        let (files, unread) = files(&package, &options)?;
        let prefix = prefix::of(roster, run.source)?;
        Ok(Some(Kept { package, files, unread, opened, prefix }))
    }

    /// Gives the rows of some kinds that are meant. What cannot be read on is
    /// passed over: the findings of the run say so.
    ///
    /// # Errors
    /// If a file cannot be opened.
    pub fn sightings(
        &self,
        run: i64,
        kinds: &[Kind],
        meant: &dyn Fn(&Record) -> bool,
        sink: &mut dyn FnMut(Sighting),
    ) -> Result<(), Failure> {
        for file in self.files.iter().filter(|file| kinds.contains(&file.kind)) {
            let mut rows = file.rows(&self.package)?;
            let mut record = Record::new(file.kind);
            let _header = rows.next_row();
            while let Ok(Some(row)) = rows.next_row() {
                file.read(&row, &mut record);
                // A row with an identifier that cannot be one is still a row.
                let _ = self.prefix.apply(&mut record);
                if meant(&record) {
                    sink(Sighting { run, file: file.entry.clone(), line: row.line, record: record.clone() });
                }
            }
        }
        Ok(())
    }
}

impl KeptFile {
    /// A scanner over the file, the header first.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn rows(&self, package: &Package) -> Result<Scanner<Box<dyn Read + Send>>, PackageError> {
        let mut rows = self.plan.dialect.scanner(package.read(&self.entry)?);
        rows.pad(self.plan.padding.clone());
        Ok(rows)
    }

    fn read(&self, row: &Row<'_>, record: &mut Record) {
        record.clear(self.kind);
        for (at, column) in self.plan.columns.iter().enumerate() {
            let cell = row.cell(at).trim();
            match column.target {
                Target::Slot(Slot::SourcedId) => record.sourced_id.push_str(cell),
                Target::Slot(Slot::Own(field)) if !cell.is_empty() && !column.form.is_list() => {
                    record.push(field, cell);
                }
                _ => {}
            }
        }
    }
}

/// The files of a package with what their columns are, and those whose header
/// says nothing.
fn files(package: &Package, options: &Options) -> Result<(Vec<KeptFile>, Vec<String>), Failure> {
    let layout = Layout::of(package, options, &mut Report::new(false, false))?;
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    let Some(edition) = layout.edition else { return Ok((files, unread)) };
    for file in layout.files {
        let read = || package.read(&file.entry);
        // Rows in the encoding of old systems are read whether or not that was
        // consented to: they are only looked at.
        let dialect = Dialect { legacy: true, ..Dialect::of(read()?, file.kind)? };
        let mut rows = dialect.scanner(read()?);
        let header: Vec<String> = match rows.next_row() {
            Ok(Some(row)) => row.cells().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        match Plan::resolve(file.kind, edition, &names, false).0 {
            Some(mut plan) => {
                plan.pad(options);
                files.push(KeptFile { kind: file.kind, entry: file.entry, plan: Plan { dialect, ..plan } });
            }
            None => unread.push(file.entry),
        }
    }
    Ok((files, unread))
}
