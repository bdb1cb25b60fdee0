//! What is kept of a run beside the database's own rows: its package, so that
//! it can be approved later, and every finding.
//!
//! On SQLite they are files in a folder beside the database,
//! `homeroom.db-runs/7/package.zip` (or the folder `package`) and
//! `findings.jsonl`; on PostgreSQL they stand in a table, in packed pieces. They hold
//! personal data, so nobody else may read them, and [`Archive::forget`] and
//! [`Archive::forget_package`] are the ways to be rid of them.

mod pieces;

use crate::postgres::Pool;
use crate::work::{text, whole};
use crate::writer::Writer as _;
use crate::{Error, ErrorKind, Result};
use pieces::{Named, Pieces, drop_from, unpack};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// The name of a package that is a folder.
const PACKAGE: &str = "package";
/// The name of a package that is a zip.
const ZIP: &str = "package.zip";
/// The name of the findings: a JSON object a line.
const FINDINGS: &str = "findings.jsonl";
/// The name of the mapping of identifiers that came with a package.
const MAPPING: &str = "rekey.csv";

/// The packages and findings of a tenant's runs.
#[derive(Clone, Debug)]
pub struct Archive(Place);

#[derive(Clone, Debug)]
enum Place {
    /// The folder beside the database.
    Folder(PathBuf),
    Table(Pool),
}

/// A package that was kept, at a path as long as this lives.
#[derive(Debug)]
pub struct Opened {
    path: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

impl Opened {
    /// The package: a zip or a folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Archive {
    pub(crate) fn beside(database: &Path) -> Archive {
        let mut name = database.as_os_str().to_owned();
        name.push("-runs");
        Archive(Place::Folder(PathBuf::from(name)))
    }

    pub(crate) fn table(pool: Pool) -> Archive {
        Archive(Place::Table(pool))
    }

    /// Keeps a copy of the package of a run.
    ///
    /// # Errors
    /// `Unusable` if it cannot be copied.
    pub fn keep(&self, run: i64, package: &Path) -> Result<()> {
        let folder = package.is_dir();
        let mut files = Vec::new();
        if folder {
            for entry in fs::read_dir(package).map_err(unkept)? {
                let entry = entry.map_err(unkept)?;
                if entry.path().is_file()
                    && let Ok(name) = entry.file_name().into_string()
                {
                    files.push((format!("{PACKAGE}/{name}"), entry.path()));
                }
            }
        } else {
            files.push((ZIP.to_owned(), package.to_owned()));
        }
        let copied = files.iter().try_for_each(|(name, from)| self.copy(run, name, from));
        if copied.is_err() {
            // Half a package is none.
            let _ = self.forget(run);
        }
        copied
    }

    fn copy(&self, run: i64, name: &str, from: &Path) -> Result<()> {
        match &self.0 {
            Place::Folder(runs) => {
                let to = private(runs, run, name)?;
                fs::copy(from, &to).map_err(unkept)?;
                // The copy has the permissions of the original.
                restrict(&to, 0o600).map_err(unkept)
            }
            Place::Table(pool) => {
                let mut writer = Pieces::new(pool, run, name)?;
                io::copy(&mut File::open(from).map_err(unkept)?, &mut writer).map_err(unkept)?;
                writer.end()
            }
        }
    }

    /// Copies everything that is kept of any run into another archive.
    ///
    /// # Errors
    /// `Unusable` if something cannot be read or written.
    pub(crate) fn carry(&self, to: &Archive) -> Result<()> {
        for (run, name) in self.names()? {
            let (path, _folder) = match &self.0 {
                Place::Folder(runs) => (runs.join(run.to_string()).join(&name), None),
                Place::Table(pool) => {
                    let Some(folder) = unpack(pool, run, Named::Exactly(&name))? else { continue };
                    (folder.path().join(&name), Some(folder))
                }
            };
            to.copy(run, &name, &path)?;
        }
        Ok(())
    }

    /// Every file, by its run and its name.
    fn names(&self) -> Result<Vec<(i64, String)>> {
        let mut all = Vec::new();
        match &self.0 {
            Place::Folder(runs) => {
                for run in entries(runs)? {
                    let Ok(number) = run.parse() else { continue };
                    for name in entries(&runs.join(&run))? {
                        if name == PACKAGE {
                            let within = entries(&runs.join(&run).join(PACKAGE))?;
                            all.extend(within.into_iter().map(|file| (number, format!("{PACKAGE}/{file}"))));
                        } else {
                            all.push((number, name));
                        }
                    }
                }
            }
            Place::Table(pool) => pool.look(|work| {
                let own = work.own("f");
                let sql = format!("SELECT DISTINCT f.run, f.name FROM run_files AS f WHERE {own} f.part = 0");
                work.query(&sql, &[], &mut |row| {
                    all.push((whole(row, 0)?, text(row, 1)?.unwrap_or_default().to_owned()));
                    Ok(())
                })
            })?,
        }
        Ok(all)
    }

    /// The package of a run, if it is still kept.
    ///
    /// # Errors
    /// `Unusable` if it cannot be read.
    pub fn open(&self, run: i64) -> Result<Option<Opened>> {
        match &self.0 {
            Place::Folder(runs) => {
                let all = [ZIP, PACKAGE].map(|name| runs.join(run.to_string()).join(name));
                Ok(all.into_iter().find(|path| path.exists()).map(|path| Opened { path, _folder: None }))
            }
            Place::Table(pool) => laid_out(pool, run),
        }
    }

    /// Keeps the mapping of identifiers that came with a package.
    ///
    /// # Errors
    /// `Unusable` if it cannot be copied.
    pub fn keep_mapping(&self, run: i64, mapping: &Path) -> Result<()> {
        self.copy(run, MAPPING, mapping)
    }

    /// The mapping that came with the package of a run, if one did.
    ///
    /// # Errors
    /// `Unusable` if it cannot be read.
    pub fn mapping(&self, run: i64) -> Result<Option<Opened>> {
        match &self.0 {
            Place::Folder(runs) => {
                let path = runs.join(run.to_string()).join(MAPPING);
                Ok(path.exists().then_some(Opened { path, _folder: None }))
            }
            Place::Table(pool) => Ok(unpack(pool, run, Named::Exactly(MAPPING))?
                .map(|folder| Opened { path: folder.path().join(MAPPING), _folder: Some(folder) })),
        }
    }

    /// Keeps the findings of a run, as `lines` writes them.
    ///
    /// # Errors
    /// `Unusable` if they cannot be written.
    pub fn keep_findings(&self, run: i64, lines: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        match &self.0 {
            Place::Folder(runs) => {
                let path = private(runs, run, FINDINGS)?;
                let mut options = File::options();
                options.write(true).create(true).truncate(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut out = io::BufWriter::new(options.open(&path).map_err(unkept)?);
                lines(&mut out).and_then(|()| out.flush()).map_err(unkept)
            }
            Place::Table(pool) => {
                let mut writer = Pieces::new(pool, run, FINDINGS)?;
                lines(&mut writer).map_err(unkept)?;
                writer.end()
            }
        }
    }

    /// The findings of a run, a JSON object a line, if they are still kept.
    ///
    /// # Errors
    /// `Unusable` if they cannot be read.
    pub fn findings(&self, run: i64) -> Result<Option<Box<dyn BufRead>>> {
        match &self.0 {
            Place::Folder(runs) => match File::open(runs.join(run.to_string()).join(FINDINGS)) {
                Ok(file) => Ok(Some(Box::new(BufReader::new(file)))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(unkept(error)),
            },
            Place::Table(pool) => {
                let Some(folder) = unpack(pool, run, Named::Exactly(FINDINGS))? else { return Ok(None) };
                let file = File::open(folder.path().join(FINDINGS)).map_err(unkept)?;
                Ok(Some(Box::new(BufReader::new(file))))
            }
        }
    }

    /// Drops the package of a run; its findings stay.
    ///
    /// # Errors
    /// `Unusable` if it cannot be removed.
    pub fn forget_package(&self, run: i64) -> Result<()> {
        match &self.0 {
            Place::Folder(runs) => {
                let run = runs.join(run.to_string());
                gone(fs::remove_file(run.join(ZIP)))?;
                gone(fs::remove_file(run.join(MAPPING)))?;
                gone(fs::remove_dir_all(run.join(PACKAGE)))
            }
            Place::Table(pool) => drop_from(pool, run, Named::AllBut(FINDINGS)),
        }
    }

    /// Drops everything of a run.
    ///
    /// # Errors
    /// `Unusable` if it cannot be removed.
    pub fn forget(&self, run: i64) -> Result<()> {
        match &self.0 {
            Place::Folder(runs) => gone(fs::remove_dir_all(runs.join(run.to_string()))),
            Place::Table(pool) => drop_from(pool, run, Named::AllBut("")),
        }
    }
}

/// The names in a folder; none if it is not there.
fn entries(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unkept)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(unkept)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn gone(removed: io::Result<()>) -> Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unkept(error)),
        _ => Ok(()),
    }
}

/// Makes the folders of a file that only we may enter.
fn private(runs: &Path, run: i64, name: &str) -> Result<PathBuf> {
    let path = runs.join(run.to_string()).join(name);
    for folder in [Some(runs), path.ancestors().nth(2).filter(|f| *f != runs), path.parent()].into_iter().flatten() {
        fs::create_dir_all(folder).and_then(|()| restrict(folder, 0o700)).map_err(unkept)?;
    }
    Ok(path)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// The package of a run out of the table, in a folder that goes with it.
fn laid_out(pool: &Pool, run: i64) -> Result<Option<Opened>> {
    let Some(folder) = unpack(pool, run, Named::Beginning(PACKAGE))? else { return Ok(None) };
    let zip = folder.path().join(ZIP);
    let path = if zip.exists() { zip } else { folder.path().join(PACKAGE) };
    Ok(Some(Opened { path, _folder: Some(folder) }))
}

fn unkept(error: io::Error) -> Error {
    let message =
        "the package and findings of the run cannot be kept; check the free space and permissions beside the database";
    Error::caused(ErrorKind::Unusable, message, error)
}
