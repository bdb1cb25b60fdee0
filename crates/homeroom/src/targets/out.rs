//! Where the files of a target go: a folder or a zip on this machine, or the same
//! on an SFTP server.
//!
//! For a server they are written here first, whole, then carried there under
//! names that nobody takes for them, and only when all have arrived put in
//! the places of the old ones.

use super::{Given, Key};
use crate::output::Failure;
use crate::sftp::{Address, Login, Sftp};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The setting that says where they go.
pub(super) const OUT: Key = Key {
    name: "out",
    default: "",
    about: "Where the files go: a folder, a file that ends in .zip, or sftp://USER@HOST/FOLDER",
};
/// The setting that says which server is believed.
pub(super) const HOST_KEY: Key =
    Key { name: "host-key", default: "", about: "The fingerprint of the SFTP server's key, as SHA256:..." };
/// What stands behind the name of a file that has not arrived whole.
const PART: &str = ".part";

/// A place for files.
#[derive(Debug)]
pub(super) enum Goal {
    /// On this machine.
    Here(PathBuf),
    /// On a server: where, whom we believe, and what is laid out here first.
    There(Box<There>),
}

/// A place on a server.
#[derive(Debug)]
pub(super) struct There {
    address: Address,
    pinned: Option<String>,
    secret: Option<SecretString>,
    stage: TempDir,
    shown: String,
}

/// Whether what is set needs a password or a key.
pub(super) fn is_far(given: &Given) -> bool {
    given.get(OUT.name).is_some_and(|out| Address::is_meant(out))
}

impl Goal {
    /// Looks whether what is set can be.
    ///
    /// # Errors
    /// `usage`.
    pub(super) fn check(given: &Given) -> Result<(), Failure> {
        match given.get(OUT.name).map(String::as_str) {
            None | Some("") => Err(Failure::usage("it is not said where the files go")
                .hint("give --set out=FOLDER, --set out=FILE.zip or --set out=sftp://USER@HOST/FOLDER")),
            Some(out) if Address::is_meant(out) => Address::parse(out).map(drop).map_err(Failure::usage),
            Some(_) => Ok(()),
        }
    }

    /// Where the files of a target go.
    ///
    /// # Errors
    /// As [`Goal::check`]; if nothing can be laid out here.
    pub(super) fn of(given: &Given, secret: Option<&SecretString>) -> Result<Goal, Failure> {
        Goal::check(given)?;
        let out = given.get(OUT.name).map(String::as_str).unwrap_or_default();
        if !Address::is_meant(out) {
            return Ok(Goal::Here(PathBuf::from(out)));
        }
        Ok(Goal::There(Box::new(There {
            address: Address::parse(out).map_err(Failure::usage)?,
            pinned: given.get(HOST_KEY.name).filter(|print| !print.is_empty()).cloned(),
            secret: secret.cloned(),
            stage: tempfile::Builder::new().prefix("homeroom-target-").tempdir()?,
            shown: out.to_owned(),
        })))
    }

    /// Where they are written on this machine.
    pub(super) fn here(&self) -> PathBuf {
        match self {
            Goal::Here(path) => path.clone(),
            Goal::There(there) if there.is_zip() => there.stage.path().join("set.zip"),
            Goal::There(there) => there.stage.path().join("set"),
        }
    }

    /// As people wrote it.
    pub(super) fn shown(&self) -> String {
        match self {
            Goal::Here(path) => path.display().to_string(),
            Goal::There(there) => there.shown.clone(),
        }
    }

    /// Looks whether it can be reached; what is on this machine is tried by
    /// whoever writes it.
    ///
    /// # Errors
    /// As the server says.
    pub(super) fn test(&self) -> Result<(), Failure> {
        let Goal::There(there) = self else { return Ok(()) };
        let folder = if there.is_zip() { there.address.parts().0 } else { &there.address.path };
        let server = there.open()?;
        match server.look(folder)? {
            Some(item) if item.is_folder => Ok(()),
            _ => Err(Failure::refused(format!("there is no folder {folder} at {}", there.address))
                .hint("make it there, or give another one: --set out=sftp://USER@HOST/FOLDER")),
        }
    }

    /// Brings there what was written here; nothing is to do on this machine. A
    /// file of an earlier set that has one of the `known` names goes if this set
    /// lacks it; all else in the folder is left alone.
    ///
    /// # Errors
    /// As the server says; what was there before is there still, unless the
    /// connection is lost while names are changed.
    pub(super) fn deliver(&self, known: &[String]) -> Result<(), Failure> {
        match self {
            Goal::Here(_) => Ok(()),
            Goal::There(there) => there.deliver(&self.here(), known),
        }
    }
}

impl There {
    fn is_zip(&self) -> bool {
        Path::new(&self.address.path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
    }

    fn open(&self) -> Result<Sftp, Failure> {
        Sftp::open(&Login { address: &self.address, pinned: self.pinned.as_deref(), secret: self.secret.as_ref() })
    }

    fn deliver(&self, here: &Path, known: &[String]) -> Result<(), Failure> {
        let mut files = Vec::new();
        if self.is_zip() {
            files.push((here.to_owned(), self.address.path.clone()));
        } else {
            for entry in std::fs::read_dir(here)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                files.push((path, self.address.below(&name)));
            }
        }
        files.sort();
        let server = self.open()?;
        let brought = files.iter().try_for_each(|(from, to)| server.upload(from, &format!("{to}{PART}")));
        if let Err(failure) = brought {
            // What has arrived is of no use; a server that is gone keeps it.
            files.iter().for_each(|(_, to)| drop(server.remove(&format!("{to}{PART}"))));
            return Err(failure);
        }
        files.iter().try_for_each(|(_, to)| server.replace(&format!("{to}{PART}"), to))?;
        if self.is_zip() {
            return Ok(());
        }
        let old = server.list(&self.address.path)?.into_iter().filter(|item| {
            let name = item.name.strip_suffix(PART).unwrap_or(&item.name);
            known.iter().any(|known| known == name) && files.iter().all(|(_, to)| *to != self.address.below(&item.name))
        });
        old.into_iter().try_for_each(|item| server.remove(&self.address.below(&item.name)))
    }
}
