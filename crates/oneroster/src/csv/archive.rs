//! Where the files of a package come from: a zip or a folder.
//!
//! An [`Archive`] lists names and opens files, as often as it is asked, each
//! reader independent of the others. What the names mean is the package's
//! affair. Limits of csv.md section 1.2 are kept here, for a package comes
//! from outside.

use crate::validate::Code;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Most entries that a package may hold; the standard knows 22 files.
pub const MAX_ENTRIES: usize = 64;
/// Largest size of one file, in bytes, when unpacked.
pub const MAX_FILE: u64 = 4 << 30;
/// Largest size of all files together, in bytes, when unpacked.
pub const MAX_TOTAL: u64 = 16 << 30;
/// Largest ratio of unpacked to packed bytes of one file.
pub const MAX_RATIO: u64 = 250;
/// Files smaller than this, in bytes, are not asked for their ratio.
pub const RATIO_FLOOR: u64 = 16 << 20;

/// Why a package cannot be judged at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file or folder is not there or cannot be read.
    Io,
    /// Neither a folder nor a zip that can be read.
    NotAnArchive,
    /// The zip, or a file in it, is encrypted.
    Encrypted,
    /// Too many entries, too large, or packed too tightly.
    TooLarge,
    /// A name that leads out of the archive, is absolute, or a link.
    UnsafeName,
    /// The same file twice.
    Duplicate,
    /// A zip that holds nothing but another zip.
    Nested,
    /// A package of Microsoft School Data Sync, which is another format.
    SchoolDataSync,
    /// A file of the package broke off or changed while it was read.
    Broken,
}

/// A package that cannot be judged: what is wrong, and what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct PackageError {
    /// Why.
    pub kind: ErrorKind,
    /// One sentence for a person.
    pub message: String,
    /// The next step.
    pub hint: &'static str,
}

impl PackageError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> PackageError {
        let hint = match kind {
            ErrorKind::Io => "Check the path and that the file may be read.",
            ErrorKind::NotAnArchive => {
                "Give the zip that the student information system wrote, or a folder of its files."
            }
            ErrorKind::Encrypted => "Export the package again without a password.",
            ErrorKind::TooLarge => "Check what else was packed with the roster; a package holds at most 22 CSV files.",
            ErrorKind::UnsafeName => "Pack the CSV files again, by themselves, at the top level of the zip.",
            ErrorKind::Duplicate => "Pack the files again; each may be there once.",
            ErrorKind::Nested => "Unpack the outer zip and give the one inside.",
            ErrorKind::SchoolDataSync => "Ask the student information system for a OneRoster 1.1 or 1.2 CSV export.",
            ErrorKind::Broken => "Export or copy the package again.",
        };
        PackageError { kind, message: message.into(), hint }
    }

    /// The rule of csv.md section 5 that is broken, where there is one.
    pub fn code(&self) -> Option<Code> {
        match self.kind {
            ErrorKind::SchoolDataSync => None,
            ErrorKind::Nested => Some(Code::D2),
            ErrorKind::Duplicate => Some(Code::P3),
            _ => Some(Code::P1),
        }
    }

    pub(crate) fn broken(file: &str, error: &io::Error) -> PackageError {
        PackageError::new(ErrorKind::Broken, format!("{file} cannot be read to its end: {error}"))
    }
}

/// A set of named files that can be opened again and again.
pub trait Archive: Send {
    /// The names, folders in them separated by `/`; entries that are only
    /// folders are left out.
    fn names(&self) -> Vec<String>;
    /// A reader of its own over a file.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be read.
    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, PackageError>;
    /// The size of a file in bytes when unpacked, or 0 if there is none.
    fn size(&self, name: &str) -> u64;
}

/// The files of a folder; folders inside it are not looked into.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    files: Vec<(String, u64)>,
}

impl Folder {
    /// Lists a folder.
    ///
    /// # Errors
    /// If it cannot be read, or holds more than the limits allow.
    pub fn open(path: &Path) -> Result<Folder, PackageError> {
        let unreadable = |e: io::Error| {
            PackageError::new(ErrorKind::Io, format!("The folder {} cannot be read: {e}", path.display()))
        };
        let mut files = Vec::new();
        let mut total = 0;
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let metadata = match fs::metadata(entry.path()) {
                Ok(metadata) => metadata,
                // A link that leads nowhere is no file of the package.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(unreadable(e)),
            };
            let Ok(name) = entry.file_name().into_string() else { continue };
            if metadata.is_file() {
                total += metadata.len();
                files.push((name, metadata.len()));
            }
            if files.len() > MAX_ENTRIES || total > MAX_TOTAL {
                return Err(PackageError::new(ErrorKind::TooLarge, "The folder holds too many or too large files."));
            }
        }
        files.sort();
        Ok(Folder { path: path.to_owned(), files })
    }
}

impl Archive for Folder {
    fn names(&self) -> Vec<String> {
        self.files.iter().map(|(name, _)| name.clone()).collect()
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, PackageError> {
        if !self.files.iter().any(|(n, _)| n == name) {
            return Err(PackageError::new(ErrorKind::Broken, format!("{name} is not in the folder.")));
        }
        let file = File::open(self.path.join(name)).map_err(|e| PackageError::broken(name, &e))?;
        Ok(Box::new(file))
    }

    fn size(&self, name: &str) -> u64 {
        self.files.iter().find(|(n, _)| n == name).map_or(0, |(_, size)| *size)
    }
}
