//! A package on its way to its place, where it appears whole or not at all.

use homeroom_targets::files::{Contents, Error, Out as _, Place};
use oneroster::model::Kind;
use std::path::{Path, PathBuf};

/// The base name of the file that says what the others are.
const MANIFEST: &str = "manifest";
/// Packages are read once or twice: writing quickly is worth more than size.
const LEVEL: i64 = 1;

/// A package being written.
pub struct Package {
    place: Place,
    rows: Vec<(&'static str, u64)>,
}

impl Package {
    /// Opens a package: a zip archive if the name ends so, else a folder.
    ///
    /// # Errors
    /// If the place cannot be written, or holds something that is no package.
    pub fn create(path: &Path) -> anyhow::Result<Package> {
        let holds = |name: &str| name == file_name(MANIFEST) || Kind::all().any(|k| k.entity().file_name() == name);
        let contents = Contents { name: "a package", holds: &holds, level: Some(LEVEL) };
        Ok(Package { place: Place::create(path, &contents).map_err(said)?, rows: Vec::new() })
    }

    /// Begins the file of a base name.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(&mut self, name: &str) -> anyhow::Result<()> {
        self.place.begin(&file_name(name)).map_err(said)
    }

    /// Adds bytes to the file that was begun.
    ///
    /// # Errors
    /// If they cannot be written, no file was begun, or we were asked to stop.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        crate::interrupt::heed()?;
        self.place.write(bytes).map_err(said)
    }

    /// Ends the file that was begun and notes how many rows it has.
    ///
    /// # Errors
    /// If what is left of it cannot be written.
    pub fn end(&mut self, name: &'static str, rows: u64) -> anyhow::Result<()> {
        self.place.end().map_err(said)?;
        self.rows.push((name, rows));
        Ok(())
    }

    /// Rows per file so far, in the order of writing.
    pub fn rows(&self) -> &[(&'static str, u64)] {
        &self.rows
    }

    /// The folder around the package.
    pub fn folder(&self) -> PathBuf {
        let parent = self.place.path().parent().filter(|parent| !parent.as_os_str().is_empty());
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
        if let Some(manifest) = manifest {
            self.begin(MANIFEST)?;
            self.write(manifest.as_bytes())?;
        }
        self.place.close().map_err(said)?;
        Ok(Closed { place: self.place, rows: self.rows })
    }
}

/// A complete package beside its place; gone if it is never put there.
pub struct Closed {
    place: Place,
    rows: Vec<(&'static str, u64)>,
}

impl Closed {
    /// Where it lies for now.
    pub fn path(&self) -> &Path {
        self.place.draft()
    }

    /// Puts the package in its place; gives the rows per file.
    ///
    /// # Errors
    /// If it cannot be moved.
    pub fn place(self) -> anyhow::Result<Vec<(&'static str, u64)>> {
        self.place.put().map_err(said)?;
        Ok(self.rows)
    }

    /// Puts it beside its place under a name that nothing takes for a package;
    /// gives that name.
    ///
    /// # Errors
    /// If it cannot be moved.
    pub fn reject(self) -> anyhow::Result<PathBuf> {
        let mut name = self.place.path().as_os_str().to_owned();
        name.push(".rejected");
        let kept = PathBuf::from(name);
        self.place.put_at(&kept).map_err(said)?;
        Ok(kept)
    }
}

/// What is wrong with the place, and by what cause, each said once.
fn said(error: Error) -> anyhow::Error {
    match error {
        Error::Write(what, cause) => anyhow::Error::new(cause).context(what),
        error => error.into(),
    }
}

fn file_name(base: &str) -> String {
    format!("{base}.csv")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

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
