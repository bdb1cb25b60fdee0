//! Where a set of files goes: a zip archive or a folder, appearing whole or not at all.

use super::error::Error;
use super::format::Format;
use super::write::Out;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// A set being written beside its place.
pub struct Place {
    path: PathBuf,
    draft: Draft,
    target: Target,
    level: Option<i64>,
}

/// What is to be written to a place.
pub struct Contents<'a> {
    /// What people call it: `the set`.
    pub name: &'a str,
    /// Whether a file of this name is one of an earlier set, which may be replaced.
    pub holds: &'a dyn Fn(&str) -> bool,
    /// How well archives are packed, 1 to 9; `None` as most programs do it.
    pub level: Option<i64>,
}

enum Target {
    Zip(Box<ZipWriter<BufWriter<File>>>),
    Folder(Option<BufWriter<File>>),
}

/// The unfinished set; gone if it is never finished.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing is left to do if a draft cannot be removed, or was moved away.
        let _ = if self.0.is_dir() { fs::remove_dir_all(&self.0) } else { fs::remove_file(&self.0) };
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").field("path", &self.path).finish_non_exhaustive()
    }
}

fn said(path: &Path) -> impl Fn(io::Error) -> Error + '_ {
    move |error| {
        Error::Write(
            format!("cannot write {}: check that the folder around it exists and may be written", path.display()),
            error,
        )
    }
}

impl Place {
    /// Opens a place for the files of a format, as [`Place::create`] does.
    ///
    /// # Errors
    /// If it cannot be written, or holds something that is no file of the format.
    pub fn of(path: &Path, format: &Format) -> Result<Place, Error> {
        let holds = |name: &str| format.files.iter().any(|file| file.name == name);
        Place::create(path, &Contents { name: "the set", holds: &holds, level: None })
    }

    /// Opens a place: a zip archive if the name ends so, else a folder.
    ///
    /// # Errors
    /// If it cannot be written, or holds something that must not be replaced.
    pub fn create(path: &Path, contents: &Contents<'_>) -> Result<Place, Error> {
        let is_zip = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"));
        check(path, is_zip, contents)?;
        let Some(name) = path.file_name() else {
            return Err(Error::Place(format!("{} names no file or folder", path.display())));
        };
        let mut name = name.to_owned();
        name.push(".part");
        let draft = Draft(path.with_file_name(name));
        let target = if is_zip {
            let file = File::create(&draft.0).map_err(said(path))?;
            Target::Zip(Box::new(ZipWriter::new(BufWriter::with_capacity(1 << 20, file))))
        } else {
            if draft.0.exists() {
                fs::remove_dir_all(&draft.0).map_err(said(path))?;
            }
            fs::create_dir(&draft.0).map_err(said(path))?;
            Target::Folder(None)
        };
        Ok(Place { path: path.to_owned(), draft, target, level: contents.level })
    }

    /// Where it will stand.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it stands for now.
    pub fn draft(&self) -> &Path {
        &self.draft.0
    }

    /// Ends the file that was begun, if one was.
    ///
    /// # Errors
    /// If what is left of it cannot be written.
    pub fn end(&mut self) -> Result<(), Error> {
        match &mut self.target {
            Target::Zip(_) => Ok(()),
            Target::Folder(file) => {
                let flushed = file.take().map_or(Ok(()), |mut file| file.flush());
                flushed.map_err(said(&self.path))
            }
        }
    }

    /// Ends what was written; it is complete, but not in its place.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn close(&mut self) -> Result<(), Error> {
        self.end()?;
        if let Target::Zip(zip) = std::mem::replace(&mut self.target, Target::Folder(None)) {
            let flush = || -> io::Result<()> { zip.finish()?.flush() };
            flush().map_err(said(&self.path))?;
        }
        Ok(())
    }

    /// Puts it in its place, over an earlier one.
    ///
    /// # Errors
    /// If it cannot be moved.
    pub fn put(self) -> Result<(), Error> {
        let path = self.path.clone();
        self.put_at(&path)
    }

    /// Puts it at another place, over what is there.
    ///
    /// # Errors
    /// If it cannot be moved.
    pub fn put_at(mut self, path: &Path) -> Result<(), Error> {
        self.close()?;
        let draft = &self.draft.0;
        if path.is_dir() {
            // The old one steps aside until the new one is there.
            let mut old = path.as_os_str().to_owned();
            old.push(".old");
            let old = PathBuf::from(old);
            if old.exists() {
                fs::remove_dir_all(&old).map_err(said(path))?;
            }
            fs::rename(path, &old).map_err(said(path))?;
            if let Err(error) = fs::rename(draft, path) {
                // It was whole before; so it is again.
                let _ = fs::rename(&old, path);
                return Err(said(path)(error));
            }
            return fs::remove_dir_all(&old).map_err(said(path));
        }
        fs::rename(draft, path).map_err(said(path))
    }
}

impl Out for Place {
    fn begin(&mut self, name: &str) -> Result<(), Error> {
        self.end()?;
        match &mut self.target {
            Target::Zip(zip) => {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .compression_level(self.level)
                    .last_modified_time(DateTime::default())
                    .unix_permissions(0o644);
                zip.start_file(name, options).map_err(|error| said(&self.path)(error.into()))
            }
            Target::Folder(file) => {
                let made = File::create(self.draft.0.join(name)).map_err(said(&self.path))?;
                *file = Some(BufWriter::with_capacity(1 << 20, made));
                Ok(())
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = match &mut self.target {
            Target::Zip(zip) => zip.write_all(bytes),
            Target::Folder(Some(file)) => file.write_all(bytes),
            Target::Folder(None) => Err(io::Error::other("no file was begun")),
        };
        written.map_err(said(&self.path))
    }
}

/// Refuses a place that holds what must not be replaced.
fn check(path: &Path, is_zip: bool, contents: &Contents<'_>) -> Result<(), Error> {
    let refused = |what: &str| Err(Error::Place(format!("{} {what}", path.display())));
    if is_zip {
        return if path.is_dir() {
            refused("is a folder: name a file that ends in .zip, or another folder")
        } else {
            Ok(())
        };
    }
    if !path.exists() {
        return Ok(());
    }
    if !path.is_dir() {
        return refused("is a file: name a folder, or a file that ends in .zip");
    }
    for entry in fs::read_dir(path).map_err(said(path))? {
        let name = entry.map_err(said(path))?.file_name();
        if !name.to_str().is_some_and(contents.holds) {
            let what = format!("holds files that are no part of {}: name a new or empty folder", contents.name);
            return refused(&what);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FORMATS;

    fn written(path: &Path, text: &str) -> Place {
        let mut place = Place::of(path, FORMATS[0]).unwrap();
        place.begin("orgs.csv").unwrap();
        place.write(text.as_bytes()).unwrap();
        place
    }

    #[test]
    fn a_set_appears_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.zip", "folder"] {
            let path = dir.path().join(name);
            drop(written(&path, "half"));
            assert!(!path.exists());
            written(&path, "one").put().unwrap();
            let mut again = written(&path, "another");
            again.close().unwrap();
            drop(again);
            written(&path, "last").put().unwrap();
        }
        assert_eq!(fs::read_to_string(dir.path().join("folder/orgs.csv")).unwrap(), "last");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn other_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.txt"), "years").unwrap();
        assert!(Place::of(dir.path(), FORMATS[0]).is_err());
        assert!(Place::of(&dir.path().join("thesis.txt"), FORMATS[0]).is_err());
        assert_eq!(fs::read_to_string(dir.path().join("thesis.txt")).unwrap(), "years");
    }
}
