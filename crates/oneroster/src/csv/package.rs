//! A package: which files it holds, of which version, in which mode.
//!
//! The rules P2 to P16 of csv.md and the repairs D1 to D7 and D59 live here.

use super::archive::{Archive, ErrorKind, Folder, PackageError};
use super::dialect::Dialect;
use super::header::RESOURCE_IDS;
use super::manifest::{self, MANIFEST, Manifest, Mode};
use super::scan::Scanner;
use super::v1p0;
use super::zip::Zip;
use crate::model::{Edition, Kind, MODEL, Version};
use crate::validate::{Code, Options, Place, Report, Severity};
use std::io::Read;
use std::path::Path;

/// A package that can be read.
pub struct Package {
    archive: Box<dyn Archive>,
}

impl std::fmt::Debug for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Package").field("files", &self.archive.names()).finish()
    }
}

impl Package {
    /// Opens a zip file or a folder.
    ///
    /// # Errors
    /// If it cannot be read, or breaks a limit (csv.md P1).
    pub fn open(path: &Path) -> Result<Package, PackageError> {
        let archive: Box<dyn Archive> =
            if path.is_dir() { Box::new(Folder::open(path)?) } else { Box::new(Zip::open(path)?) };
        Ok(Package { archive })
    }

    /// A package over any set of files.
    pub fn new(archive: impl Archive + 'static) -> Package {
        Package { archive: Box::new(archive) }
    }

    /// The same package with something around its files, such as a watch over
    /// their reading.
    #[must_use]
    pub fn within(self, around: impl FnOnce(Box<dyn Archive>) -> Box<dyn Archive>) -> Package {
        Package { archive: around(self.archive) }
    }

    /// Opens one file by its name in the archive.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be opened.
    pub fn read(&self, entry: &str) -> Result<Box<dyn Read + Send>, PackageError> {
        self.archive.open(entry)
    }
}

/// A file of the standard in a package.
#[derive(Clone, Debug)]
pub struct LaidOut {
    /// What it holds.
    pub kind: Kind,
    /// What the manifest says of it.
    pub mode: Mode,
    /// Its name in the archive.
    pub entry: String,
    /// Its size in bytes, unpacked.
    pub size: u64,
}

/// What a package consists of.
#[derive(Debug)]
pub struct Layout {
    /// The edition of its files.
    pub edition: Option<Edition>,
    /// Its data files, parents before children.
    pub files: Vec<LaidOut>,
    /// Whether nothing may be removed by it, for want of a manifest.
    pub no_deletions: bool,
    /// Whether people's material stands in users.csv, as in the 2022 text of 1.2,
    /// and in no file of its own (csv.md D60).
    pub resources_in_users: bool,
    /// Why it cannot be judged further.
    pub refused: Option<String>,
}

/// What operating systems leave behind.
const LITTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];
/// Files that only School Data Sync has.
const SDS_FILES: [&str; 2] = ["relationships.csv", "userFlags.csv"];
/// The columns of its enrollments.csv, which has no identifiers of its own.
const SDS_ENROLLMENTS: &[&str] = &["classSourcedId", "userSourcedId", "role"];

struct Named {
    entry: String,
    name: String,
}

struct Laying<'a> {
    package: &'a Package,
    options: &'a Options,
    report: &'a mut Report,
    refused: Option<String>,
}

impl Layout {
    /// Looks at names and manifest.
    ///
    /// # Errors
    /// If the package is another format altogether, or cannot be read.
    pub fn of(package: &Package, options: &Options, report: &mut Report) -> Result<Layout, PackageError> {
        let mut laying = Laying { package, options, report, refused: None };
        let entries = laying.entries()?;
        let (named, unknown) = laying.names(entries);
        let has_manifest = named.iter().any(|n| n.name == MANIFEST);
        if !has_manifest {
            laying.refuse_sds(&named, &unknown)?;
        }
        if !has_manifest && laying.is_old(&named)? {
            return Ok(laying.old(&named, &unknown));
        }
        let manifest = if has_manifest { laying.manifest(&named)? } else { laying.without_manifest(&named)? };
        let Some(manifest) = manifest else {
            return Ok(Layout {
                edition: None,
                files: Vec::new(),
                no_deletions: false,
                resources_in_users: false,
                refused: laying.refused,
            });
        };
        laying.unknown(&named, &unknown, manifest.version);
        let mut files = laying.files(&named, &manifest);
        let resources_in_users = laying.resources_in_users(&named, &files, manifest.version)?;
        if resources_in_users {
            // What the rows of people refer to comes before them.
            files.sort_by_key(|file| file.kind != Kind::Resource);
        }
        if has_manifest {
            laying.closure(&files, manifest.version);
        }
        if files.is_empty() && laying.refused.is_none() && manifest.modes.iter().all(|m| m.1 == Mode::Absent) {
            laying.say(Code::P17, None, Code::P17.rule().sentence.to_owned());
        }
        let no_deletions = !has_manifest;
        let edition = Some(manifest.version.into());
        Ok(Layout { edition, files, no_deletions, resources_in_users, refused: laying.refused })
    }
}

impl Laying<'_> {
    fn say(&mut self, code: Code, file: Option<&str>, message: String) {
        if let Some(severity) = self.report.severity(code) {
            let file = file.map(|f| self.report.file(f));
            self.report.say(code, severity, Place { file, ..Place::default() }, "", message);
        }
    }

    fn refuse(&mut self, code: Code, file: Option<&str>, message: String) {
        self.refused.get_or_insert_with(|| message.clone());
        self.say(code, file, message);
    }

    /// The entries, without litter and without the one folder around them.
    fn entries(&mut self) -> Result<Vec<Named>, PackageError> {
        let mut names = self.package.archive.names();
        names.retain(|name| {
            let base = name.rsplit('/').next().unwrap_or(name);
            !name.starts_with("__MACOSX/") && !LITTER.contains(&base) && !base.starts_with("._")
        });
        if let [only] = names.as_slice()
            && only.to_ascii_lowercase().ends_with(".zip")
        {
            return Err(PackageError::new(ErrorKind::Nested, "The zip holds nothing but another zip."));
        }
        let prefix = names.first().and_then(|n| n.rfind('/').map(|end| n[..=end].to_owned()));
        let shared = prefix.filter(|p| names.iter().all(|n| n.starts_with(p) && !n[p.len()..].contains('/')));
        if let Some(prefix) = &shared {
            let code = if self.options.strict { Code::P2 } else { Code::D1 };
            self.say(code, None, format!("All files lie in the folder {prefix} of the zip."));
        }
        let cut = shared.map_or(0, |p| p.len());
        Ok(names.into_iter().map(|entry| Named { name: entry[cut..].to_owned(), entry }).collect())
    }

    /// Sorts entries into files of the standard, by their right names, and others.
    fn names(&mut self, entries: Vec<Named>) -> (Vec<Named>, Vec<Named>) {
        let (mut known, mut unknown): (Vec<Named>, Vec<Named>) = (Vec::new(), Vec::new());
        for Named { entry, name } in entries {
            let base = name.rsplit('/').next().unwrap_or(&name);
            let right = right_name(base);
            let Some((right, code)) = right else {
                unknown.push(Named { entry, name });
                continue;
            };
            if name.contains('/') {
                let message = format!("{name} lies in a folder beside other files.");
                self.refuse(Code::P2, Some(&name), message);
                continue;
            }
            if let (Some(code), false) = (code, self.options.strict) {
                self.say(code, Some(&right), format!("The file {name} was read as {right}."));
            } else if code.is_some() {
                self.say(Code::P4, Some(&name), format!("{name} is not the name of the standard, {right}."));
                unknown.push(Named { entry, name });
                continue;
            }
            if known.iter().any(|k| k.name == right) {
                self.refuse(Code::P3, Some(&right), format!("{right} is in the package twice."));
                continue;
            }
            known.push(Named { entry, name: right });
        }
        (known, unknown)
    }

    fn manifest(&mut self, named: &[Named]) -> Result<Option<Manifest>, PackageError> {
        let Some(file) = named.iter().find(|n| n.name == MANIFEST) else { return Ok(None) };
        let scanner = self.manifest_scanner(&file.entry)?;
        let manifest = match manifest::read(scanner, self.options.strict, self.report) {
            Ok(manifest) => manifest,
            Err(super::scan::ScanError::Io(e)) => return Err(PackageError::broken(MANIFEST, &e)),
            Err(e) => {
                self.refuse(Code::T1, Some(MANIFEST), format!("{MANIFEST}: {e}."));
                return Ok(None);
            }
        };
        if manifest.is_none() {
            self.refused.get_or_insert_with(|| "The manifest cannot be used.".to_owned());
        }
        Ok(manifest)
    }

    /// The manifest as spreadsheets may have written it (csv.md D9, D16).
    fn manifest_scanner(&mut self, entry: &str) -> Result<Scanner<Box<dyn Read + Send>>, PackageError> {
        let mut dialect = Dialect::default();
        if !self.options.strict {
            let known = |name: &str| manifest::HEADER.iter().any(|column| column.eq_ignore_ascii_case(name));
            dialect = Dialect::by(self.package.read(entry)?, known).map_err(|e| PackageError::broken(MANIFEST, &e))?;
        }
        for (code, message) in dialect.notes() {
            self.say(code, Some(MANIFEST), message);
        }
        Ok(dialect.scanner(self.package.read(entry)?))
    }

    fn header(&self, named: &[Named], kind: Kind) -> Result<Option<Vec<String>>, PackageError> {
        let name = kind.entity().file_name();
        let Some(file) = named.iter().find(|n| n.name == name) else { return Ok(None) };
        let Ok(dialect) = Dialect::of(self.package.read(&file.entry)?, kind) else { return Ok(None) };
        let mut scanner = dialect.scanner(self.package.read(&file.entry)?);
        let row = scanner.next_row().ok().flatten();
        Ok(row.map(|row| row.cells().map(|c| c.trim().to_owned()).collect()))
    }

    /// Whether users.csv has the column of 2022, and no other file tells the same.
    fn resources_in_users(&self, named: &[Named], files: &[LaidOut], version: Version) -> Result<bool, PackageError> {
        let sent = |kind: Kind| files.iter().any(|file| file.kind == kind);
        if self.options.strict || version != Version::V1P2 || !sent(Kind::User) || sent(Kind::UserResource) {
            return Ok(false);
        }
        Ok(self.header(named, Kind::User)?.is_some_and(|header| header.iter().any(|name| name == RESOURCE_IDS)))
    }

    /// A package of School Data Sync looks like OneRoster at first sight.
    fn refuse_sds(&self, named: &[Named], unknown: &[Named]) -> Result<(), PackageError> {
        let by_files = unknown.iter().any(|n| SDS_FILES.contains(&n.name.as_str()));
        let enrollments = self.header(named, Kind::Enrollment)?;
        // With any column of OneRoster's own beside them, it is a header of
        // OneRoster that was spoilt.
        let keyless =
            enrollments.is_some_and(|h| !h.is_empty() && h.iter().all(|c| SDS_ENROLLMENTS.contains(&c.as_str())));
        let classes = self.header(named, Kind::Class)?;
        let sessions = classes.is_some_and(|h| h.iter().any(|c| c == "sessionSourcedIds"));
        if by_files || keyless || sessions {
            let message = "This is a package of Microsoft School Data Sync (format V2.1), not of OneRoster.";
            return Err(PackageError::new(ErrorKind::SchoolDataSync, message));
        }
        Ok(())
    }

    /// Whether a package without a manifest is of 1.0: it says so by the header
    /// of its users, or the caller does.
    fn is_old(&self, named: &[Named]) -> Result<bool, PackageError> {
        if let Some(edition) = self.options.assume {
            return Ok(edition == Edition::V1P0);
        }
        let users = self.header(named, Kind::User)?.unwrap_or_default();
        let has = |name: &str| users.iter().any(|c| c.eq_ignore_ascii_case(name));
        Ok(!has("enabledUser") && (has("agents") || has("userId")))
    }

    /// P15: a package of 1.0 is its seven files and no others.
    fn old(mut self, named: &[Named], unknown: &[Named]) -> Layout {
        let mut files = Vec::new();
        for kind in v1p0::KINDS {
            let name = kind.entity().file_name();
            match named.iter().find(|n| n.name == name) {
                Some(named) => {
                    let size = self.package.archive.size(&named.entry);
                    files.push(LaidOut { kind, mode: Mode::Bulk, entry: named.entry.clone(), size });
                }
                None => {
                    let message = format!("{name} is missing; a package of OneRoster 1.0 has all of its seven files.");
                    self.refuse(Code::P15, Some(&name), message);
                }
            }
        }
        for file in named.iter().filter(|n| !v1p0::KINDS.iter().any(|kind| kind.entity().file_name() == n.name)) {
            let message = format!("{} is not a file of OneRoster 1.0, and the package has no manifest.csv.", file.name);
            self.refuse(Code::P15, Some(&file.name), message);
        }
        for file in unknown.iter().filter(|file| right_name(&file.name).is_none()) {
            let message = format!("{} is not a file of OneRoster; it is ignored.", file.name);
            self.say(Code::P4, Some(&file.name), message);
        }
        let refused = self.refused;
        Layout { edition: Some(Edition::V1P0), files, no_deletions: false, resources_in_users: false, refused }
    }

    /// csv.md 1.3: without a manifest a package is 1.0, or has lost it.
    fn without_manifest(&mut self, named: &[Named]) -> Result<Option<Manifest>, PackageError> {
        let kinds =
            |version| manifest::kinds(version).filter(|k| named.iter().any(|n| n.name == k.entity().file_name()));
        if let Some(version) = self.options.assume.map(Edition::version)
            && self.options.consents(Code::D3)
            && !self.options.strict
        {
            self.say(Code::D3, None, Code::D3.rule().sentence.to_owned());
            let modes = kinds(version).map(|k| (k, Mode::Bulk, 0)).collect();
            return Ok(Some(Manifest { version, modes, unnamed: Vec::new() }));
        }
        if named.is_empty() {
            let message =
                format!("The package holds no file of OneRoster: no {MANIFEST}, no users.csv, none of the others.");
            self.refuse(Code::P5, None, message);
            return Ok(None);
        }
        let users = self.header(named, Kind::User)?.unwrap_or_default();
        let has = |name: &str| users.iter().any(|c| c.eq_ignore_ascii_case(name));
        let roles = named.iter().any(|n| n.name == Kind::Role.entity().file_name());
        let guess = if roles || !has("role") { Version::V1P2 } else { Version::V1P1 };
        let message = format!(
            "There is no manifest.csv. The files look like OneRoster {guess}; if they are a complete export, \
             --assume {guess} --consent D3 takes them as such, and nothing is removed in that run."
        );
        self.refuse(Code::P5, None, message);
        Ok(None)
    }

    fn unknown(&mut self, named: &[Named], unknown: &[Named], version: Version) {
        for file in unknown {
            if right_name(&file.name).is_none() {
                self.say(
                    Code::P4,
                    Some(&file.name),
                    format!("{} is not a file of OneRoster; it is ignored.", file.name),
                );
            }
        }
        for file in named.iter().filter(|n| n.name != MANIFEST) {
            if !manifest::kinds(version).any(|k| k.entity().file_name() == file.name) {
                let message = format!("{} is not a file of OneRoster {version}; it is ignored.", file.name);
                self.say(Code::P4, Some(&file.name), message);
            }
        }
    }

    fn files(&mut self, named: &[Named], manifest: &Manifest) -> Vec<LaidOut> {
        let entry = |kind: Kind| named.iter().find(|n| n.name == kind.entity().file_name());
        for &kind in &manifest.unnamed {
            if manifest::unnamed(self.report, kind, entry(kind).is_some(), self.options.strict) {
                let name = kind.entity().file_name();
                self.refused.get_or_insert_with(|| format!("{name} is in the package, but not in its manifest."));
            }
        }
        let mut files = Vec::new();
        for &(kind, mode, line) in &manifest.modes {
            let name = kind.entity().file_name();
            match (mode, entry(kind)) {
                (Mode::Absent, None) => {}
                (Mode::Absent, Some(_)) => {
                    self.refuse(Code::P13, Some(&name), format!("{name} is in the package, but declared absent."));
                }
                (_, None) => {
                    let message = format!("{name} is declared {}, but not in the package.", mode.word());
                    self.refused.get_or_insert_with(|| message.clone());
                    let file = self.report.file(MANIFEST);
                    let place = Place { file: Some(file), line, column: Some(1) };
                    self.report.say(Code::P12, Severity::Error, place, "", message);
                }
                (_, Some(named)) => {
                    let size = self.package.archive.size(&named.entry);
                    files.push(LaidOut { kind, mode, entry: named.entry.clone(), size });
                }
            }
        }
        files
    }

    /// P14 and P16: what bulk rows must refer to is in the package.
    fn closure(&mut self, files: &[LaidOut], version: Version) {
        let sent = |kind: Kind| files.iter().any(|f| f.kind == kind);
        for file in files.iter().filter(|f| f.mode == Mode::Bulk) {
            let needed = file.kind.entity().fields.iter().filter(|f| f.in_csv(version) && f.csv_required.has(version));
            let user = (file.kind == Kind::Demographics).then_some(Kind::User);
            let mut missing: Vec<Kind> =
                needed.filter_map(crate::model::Field::target).chain(user).filter(|k| !sent(*k)).collect();
            missing.dedup();
            let name = file.kind.entity().file_name();
            for kind in missing {
                let target = kind.entity().file_name();
                let message = format!("The rows of {name} refer to {target}, which is not in the package.");
                self.refuse(Code::P14, Some(&name), message);
            }
        }
        let users = files.iter().any(|f| f.kind == Kind::User && f.mode == Mode::Bulk);
        if version == Version::V1P2 && users && !sent(Kind::Role) {
            let name = Kind::User.entity().file_name();
            self.say(Code::P16, Some(&name), Code::P16.rule().sentence.to_owned());
        }
    }
}

/// The name of the standard that a file name means, and by which repair.
fn right_name(name: &str) -> Option<(String, Option<Code>)> {
    let squeezed: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    let names = MODEL.iter().filter(|e| !e.csv.is_empty()).map(|e| e.file_name());
    for right in names.chain([MANIFEST.to_owned()]) {
        if right == name {
            return Some((right, None));
        }
        if right.eq_ignore_ascii_case(&squeezed) {
            return Some((right, Some(Code::D7)));
        }
    }
    if squeezed.eq_ignore_ascii_case("courseResourses.csv") {
        return Some((Kind::CourseResource.entity().file_name(), Some(Code::D59)));
    }
    None
}
