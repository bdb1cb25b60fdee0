//! What all parts stand on: the program, the district, and S.

use super::measure::{Taken, measured};
use super::report::{Row, Section};
use crate::homeroom::{App, Client, Located, Program, Server};
use crate::{need, place, say};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What all parts stand on.
#[derive(Debug)]
pub struct Ground {
    pub program: Program,
    /// A folder of this district's own below the build directory.
    pub folder: PathBuf,
    pub students: u32,
    pub rounds: u32,
    pub seconds: u32,
}

/// The scopes of the application that measures.
pub const SCOPES: &[&str] = &["roster-core.readonly", "roster.readonly", "roster-demographics.readonly"];

impl Ground {
    /// Builds the program and makes the folder.
    pub fn prepare(students: u32, rounds: u32, seconds: u32) -> anyhow::Result<Ground> {
        let program = Program::build(true)?;
        let folder = place::target().join("bench").join(students.to_string());
        fs::create_dir_all(folder.join("files"))?;
        Ok(Ground { program, folder, students, rounds, seconds })
    }

    /// One sentence on what was measured, and when.
    fn taken(&self) -> String {
        let (students, rounds, seconds) = (self.students, self.rounds, self.seconds);
        let today = jiff::Zoned::now().date();
        format!(
            "{today}, a district of {students} students; alternated rounds: {rounds}; seconds of each load: {seconds}."
        )
    }

    /// A section of what was measured on this ground, and how.
    pub fn section(&self, title: &str, how: &[&str], rows: Vec<Row>) -> Section {
        let how = how.iter().map(|&sentence| sentence.to_owned()).collect();
        Section { title: title.to_owned(), taken: self.taken(), how, shown: Vec::new(), rows }
    }

    /// The package of the district on a day, as a folder of files; written once.
    pub fn package(&self, day: u32) -> anyhow::Result<PathBuf> {
        self.package_of(self.students, day)
    }

    /// The same of a district of another size.
    pub fn package_of(&self, students: u32, day: u32) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(format!("package-{students}-day{day}"));
        if !folder.exists() {
            say::error(format_args!("generating {students} students, day {day}"));
            self.program.generate(&folder, students, day)?;
        }
        Ok(folder)
    }

    /// An empty place for a database.
    pub fn database(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(format!("{name}.db"));
        for file in beside(&path)? {
            if file.is_dir() {
                fs::remove_dir_all(file)?;
            } else {
                fs::remove_file(file)?;
            }
        }
        Ok(path)
    }

    /// A copy of a database with all that goes with it, the packages that it keeps, too.
    pub fn copy(&self, from: &Path, name: &str) -> anyhow::Result<PathBuf> {
        let to = self.database(name)?;
        let old = from.as_os_str().to_string_lossy().into_owned();
        for file in beside(from)? {
            let text = file.to_string_lossy().into_owned();
            let rest = text.strip_prefix(&old).unwrap_or_default();
            copy_tree(&file, Path::new(&format!("{}{rest}", to.display())))?;
        }
        Ok(to)
    }

    /// A command that imports a package.
    pub fn import(&self, database: &(impl Located + ?Sized), package: &Path) -> Command {
        self.program.importing(database, package)
    }

    /// S: `sqlite3 .import` of the files into plain text tables, and an index on
    /// the sourcedId of each. Gives what it took, and the size of its file.
    pub fn baseline(&self, package: &Path) -> anyhow::Result<(Taken, f64)> {
        let database = self.database("baseline")?;
        let script = self.folder.join("baseline.sql");
        fs::write(&script, baseline_script(&tables(package)?))?;
        let mut sqlite = Command::new(need::program("sqlite3")?);
        // sqlite3 reads the words of this argument as a shell would.
        sqlite.args(["-batch", "-bail"]).arg(&database).arg(format!(".read '{}'", script.display()));
        let (taken, _) = measured(sqlite.current_dir(package), &self.folder)?;
        Ok((taken, size(&database)?))
    }

    /// A database that holds the district, after these days one after another.
    pub fn filled(&self, name: &str, days: &[u32]) -> anyhow::Result<PathBuf> {
        let database = self.database(name)?;
        for day in days {
            say::error(format_args!("importing day {day}"));
            self.program.import(&database, &self.package(*day)?)?;
        }
        Ok(database)
    }

    /// Serves a database to an application of its own.
    pub fn serve(&self, database: &(impl Located + ?Sized)) -> anyhow::Result<Served> {
        self.serve_to(database, "bench")
    }

    /// Serves a database once more, to an application named otherwise.
    pub fn serve_to(&self, database: &(impl Located + ?Sized), name: &str) -> anyhow::Result<Served> {
        let app = self.program.app(database, name, SCOPES)?;
        let server = self.program.serve(database)?;
        let client = Client::of(server.url(), &app)?;
        Ok(Served { server, app, client })
    }

    /// Counts the rounds on standard error.
    pub fn rounds(&self) -> impl Iterator<Item = u32> + use<> {
        let rounds = self.rounds;
        (1..=rounds).inspect(move |round| say::error(format_args!("round {round} of {rounds}")))
    }
}

/// A served database, the application that may read it, and its client.
#[derive(Debug)]
pub struct Served {
    pub server: Server,
    pub app: App,
    pub client: Client,
}

impl Served {
    /// The token of the client.
    pub fn token(&self) -> Option<&str> {
        self.client.token()
    }

    /// A whole URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }
}

/// The base paths of rostering, by the short name of the version.
pub const VERSIONS: [(&str, &str); 2] = [("1.1", "/ims/oneroster/v1p1"), ("1.2", "/ims/oneroster/rostering/v1p2")];

/// The files whose names begin with the database's own.
pub fn beside(database: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let name = database.file_name().and_then(|name| name.to_str()).context("a database has a name")?;
    let folder = database.parent().context("a database lies in a folder")?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(name) {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// The size of a database in MB: all of its files but the log of a server, and
/// without the folder of packages that it keeps for a while.
pub fn size(database: &Path) -> anyhow::Result<f64> {
    let mut bytes = 0;
    for file in beside(database)? {
        let about = fs::metadata(&file)?;
        if about.is_file() && file.extension().is_none_or(|extension| extension != "log") {
            bytes += about.len();
        }
    }
    Ok(bytes as f64 / 1e6)
}

/// The size in MB of the folders beside a database: the packages that it keeps.
pub fn kept(database: &Path) -> anyhow::Result<f64> {
    let folders = beside(database)?.into_iter().filter(|path| path.is_dir());
    let bytes = folders.map(|folder| bytes(&folder)).sum::<anyhow::Result<u64>>()?;
    Ok(bytes as f64 / 1e6)
}

/// The bytes of a file, or of all files below a folder.
fn bytes(path: &Path) -> anyhow::Result<u64> {
    if !path.is_dir() {
        return Ok(fs::metadata(path)?.len());
    }
    fs::read_dir(path)?.map(|entry| bytes(&entry?.path())).sum()
}

fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.is_dir() {
        fs::copy(from, to)?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_tree(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The tables of a package: the names of its files, without the manifest.
pub fn tables(package: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(package)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(table) = name.strip_suffix(".csv").filter(|table| *table != "manifest") {
            names.push(table.to_owned());
        }
    }
    names.sort_unstable();
    anyhow::ensure!(!names.is_empty(), "{} holds no CSV file", package.display());
    Ok(names)
}

fn baseline_script(tables: &[String]) -> String {
    // NORMAL is what our store uses; sqlite3 would wait for the disk more often.
    let mut script = String::from(".mode csv\nPRAGMA journal_mode=WAL;\nPRAGMA synchronous=NORMAL;\n");
    for table in tables {
        let _ = writeln!(script, ".import {table}.csv {table}");
    }
    for table in tables {
        let _ = writeln!(script, "CREATE INDEX {table}_id ON {table}(sourcedId);");
    }
    script
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn what_lies_beside_a_database_is_copied_and_weighed() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let kept = folder.path().join("a.db-runs/1/package");
        fs::create_dir_all(&kept).unwrap();
        for (file, bytes) in [(&database, 3_000), (&kept.join("orgs.csv"), 500), (&kept.join("users.csv"), 200)] {
            fs::write(file, vec![0; bytes]).unwrap();
        }
        let runs = folder.path().join("a.db-runs");
        copy_tree(&runs, &folder.path().join("b.db-runs")).unwrap();
        assert_eq!(fs::metadata(folder.path().join("b.db-runs/1/package/users.csv")).unwrap().len(), 200);
        assert_eq!(beside(&database).unwrap().len(), 2);
        assert!((size(&database).unwrap() - 0.003).abs() < 1e-9);
        assert!((super::kept(&database).unwrap() - 0.0007).abs() < 1e-9);
    }

    #[test]
    fn the_baseline_loads_every_table_and_indexes_it() {
        let script = baseline_script(&["orgs".into(), "users".into()]);
        assert_eq!(script.matches(".import ").count(), 2);
        assert!(script.contains(".import users.csv users\n"));
        assert!(script.ends_with("CREATE INDEX users_id ON users(sourcedId);\n"));
    }
}
