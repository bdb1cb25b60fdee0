//! Where a package goes: a zip archive or a folder, appearing whole or not at all.

use anyhow::{Context as _, bail};
use oneroster::model::Kind;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// The base name of the file that says what the others are.
const MANIFEST: &str = "manifest";
/// Packages are read once or twice: writing quickly is worth more than size.
const LEVEL: i64 = 1;

/// A package being written.
pub struct Package {
    path: PathBuf,
    draft: Draft,
    target: Target,
    rows: Vec<(&'static str, u64)>,
}

enum Target {
    Zip(Box<ZipWriter<BufWriter<File>>>),
    Folder(Option<BufWriter<File>>),
}

/// The unfinished package beside its place; gone if it is never finished.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing is left to do if a draft cannot be removed, or was moved away.
        let _ = if self.0.is_dir() { fs::remove_dir_all(&self.0) } else { fs::remove_file(&self.0) };
    }
}

impl Package {
    /// Opens a package: a zip archive if the name ends so, else a folder.
    ///
    /// # Errors
    /// If the place cannot be written, or holds something that is no package.
    pub fn create(path: &Path) -> anyhow::Result<Package> {
        let is_zip = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"));
        check(path, is_zip)?;
        let mut name = path.file_name().with_context(|| format!("{} names no file", path.display()))?.to_owned();
        name.push(".part");
        let draft = Draft(path.with_file_name(name));
        let said =
            || format!("cannot write {}: check that the folder around it exists and may be written", path.display());
        let target = if is_zip {
            let file = File::create(&draft.0).with_context(said)?;
            Target::Zip(Box::new(ZipWriter::new(BufWriter::with_capacity(1 << 20, file))))
        } else {
            if draft.0.exists() {
                fs::remove_dir_all(&draft.0).with_context(said)?;
            }
            fs::create_dir(&draft.0).with_context(said)?;
            Target::Folder(None)
        };
        Ok(Package { path: path.to_owned(), draft, target, rows: Vec::new() })
    }

    /// Begins the file of a base name.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(&mut self, name: &str) -> anyhow::Result<()> {
        match &mut self.target {
            Target::Zip(zip) => {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .compression_level(Some(LEVEL))
                    .last_modified_time(DateTime::default())
                    .unix_permissions(0o644);
                zip.start_file(file_name(name), options)?;
            }
            Target::Folder(file) => {
                let path = self.draft.0.join(file_name(name));
                *file = Some(BufWriter::with_capacity(1 << 20, File::create(path)?));
            }
        }
        Ok(())
    }

    /// Adds bytes to the file that was begun.
    ///
    /// # Errors
    /// If they cannot be written, no file was begun, or we were asked to stop.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        crate::interrupt::heed()?;
        match &mut self.target {
            Target::Zip(zip) => zip.write_all(bytes)?,
            Target::Folder(Some(file)) => file.write_all(bytes)?,
            Target::Folder(None) => bail!("no file was begun"),
        }
        Ok(())
    }

    /// Ends the file that was begun and notes how many rows it has.
    ///
    /// # Errors
    /// If what is left of it cannot be written.
    pub fn end(&mut self, name: &'static str, rows: u64) -> anyhow::Result<()> {
        if let Target::Folder(file) = &mut self.target
            && let Some(mut file) = file.take()
        {
            file.flush()?;
        }
        self.rows.push((name, rows));
        Ok(())
    }

    /// Rows per file so far, in the order of writing.
    pub fn rows(&self) -> &[(&'static str, u64)] {
        &self.rows
    }

    /// The folder around the package.
    pub fn folder(&self) -> PathBuf {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or(Path::new(".")).to_owned()
    }

    /// Writes the manifest, if any, which knows the other files, and puts the package
    /// in its place. Gives the rows per file, without the manifest's own.
    ///
    /// # Errors
    /// If it cannot be written or moved.
    pub fn finish(self, manifest: Option<&str>) -> anyhow::Result<Vec<(&'static str, u64)>> {
        self.close(manifest)?.place()
    }

    /// Writes the manifest, if any; the package is complete, but not in its place.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn close(mut self, manifest: Option<&str>) -> anyhow::Result<Closed> {
        let rows = self.rows.clone();
        if let Some(manifest) = manifest {
            self.begin(MANIFEST)?;
            self.write(manifest.as_bytes())?;
            self.end(MANIFEST, 0)?;
        }
        if let Target::Zip(zip) = self.target {
            zip.finish()?.flush()?;
        }
        Ok(Closed { path: self.path, draft: self.draft, rows })
    }
}

/// A complete package beside its place; gone if it is never put there.
pub struct Closed {
    path: PathBuf,
    draft: Draft,
    rows: Vec<(&'static str, u64)>,
}

impl Closed {
    /// Where it lies for now.
    pub fn path(&self) -> &Path {
        &self.draft.0
    }

    /// Puts the package in its place; gives the rows per file.
    ///
    /// # Errors
    /// If it cannot be moved.
    pub fn place(self) -> anyhow::Result<Vec<(&'static str, u64)>> {
        move_over(&self.draft.0, &self.path)?;
        Ok(self.rows)
    }

    /// Puts it beside its place under a name that nothing takes for a package;
    /// gives that name.
    ///
    /// # Errors
    /// If it cannot be moved.
    pub fn reject(self) -> anyhow::Result<PathBuf> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".rejected");
        let kept = PathBuf::from(name);
        move_over(&self.draft.0, &kept)?;
        Ok(kept)
    }
}

/// Moves a draft to a place, over what is there.
fn move_over(draft: &Path, place: &Path) -> anyhow::Result<()> {
    if place.is_dir() {
        fs::remove_dir_all(place)?;
    }
    fs::rename(draft, place).with_context(|| format!("cannot put the package at {}", place.display()))
}

fn file_name(base: &str) -> String {
    format!("{base}.csv")
}

/// Refuses a place that holds what a package must not replace.
fn check(path: &Path, is_zip: bool) -> anyhow::Result<()> {
    if is_zip {
        anyhow::ensure!(
            !path.is_dir(),
            "{} is a folder: name a file that ends in .zip, or another folder",
            path.display()
        );
        return Ok(());
    }
    if !path.exists() {
        return Ok(());
    }
    anyhow::ensure!(path.is_dir(), "{} is a file: name a folder, or a file that ends in .zip", path.display());
    let known = |name: &str| name == file_name(MANIFEST) || Kind::all().any(|k| k.entity().file_name() == name);
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        anyhow::ensure!(
            name.to_str().is_some_and(known),
            "{} holds files that are no part of a package: name a new or empty folder",
            path.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_other_files_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.txt"), "years").unwrap();
        assert!(Package::create(dir.path()).is_err());
        assert!(dir.path().join("thesis.txt").exists());
    }

    #[test]
    fn an_unfinished_package_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.zip", "folder"] {
            let mut package = Package::create(&dir.path().join(name)).unwrap();
            package.begin("orgs").unwrap();
            package.write(b"x").unwrap();
            drop(package);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_rejected_package_stays_under_another_name_and_the_old_one_too() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.zip", "folder"] {
            let path = dir.path().join(name);
            let written = |text: &str| {
                let mut package = Package::create(&path).unwrap();
                package.begin("orgs").unwrap();
                package.write(text.as_bytes()).unwrap();
                package.end("orgs", 1).unwrap();
                package.close(Some("manifest")).unwrap()
            };
            assert_eq!(written("good").place().unwrap(), [("orgs", 1)]);
            let old = fs::metadata(&path).unwrap().len();
            for _ in 0..2 {
                let kept = written("bad and longer").reject().unwrap();
                assert_eq!(kept, dir.path().join(format!("{name}.rejected")));
                assert!(kept.exists());
            }
            assert_eq!(fs::metadata(&path).unwrap().len(), old);
            drop(written("unfinished"));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
        assert_eq!(fs::read_to_string(dir.path().join("folder/orgs.csv")).unwrap(), "good");
    }
}
