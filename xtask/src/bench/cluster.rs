//! A PostgreSQL that keeps what it is given, with databases for whatever is measured.

use super::ground::tables;
use super::measure::{Taken, measured, processor};
use crate::postgres::{Cluster, Database};
use crate::{need, process};
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A session ends at once when its client is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// The cluster, and where what is said of it is written.
#[derive(Debug)]
pub struct Postgres {
    cluster: Cluster,
    folder: PathBuf,
}

impl Postgres {
    /// Starts one whose files lie in the temporary folder of the system.
    pub fn start(folder: &Path) -> anyhow::Result<Postgres> {
        let cluster = Cluster::lasting(&std::env::temp_dir())?;
        Ok(Postgres { cluster, folder: folder.to_owned() })
    }

    /// An empty database of this name, in the place of an older one.
    pub fn empty(&self, name: &str) -> anyhow::Result<Database> {
        self.make(name, "template1")
    }

    /// A copy of another one.
    pub fn copy(&self, from: &str, name: &str) -> anyhow::Result<Database> {
        self.make(name, from)
    }

    fn make(&self, name: &str, template: &str) -> anyhow::Result<Database> {
        for words in [
            format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"),
            format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" STRATEGY file_copy"),
            // What was written before is not written at the expense of what is measured.
            "CHECKPOINT".to_owned(),
        ] {
            process::output(self.psql("postgres")?.args(["-c", &words]))?;
        }
        Ok(self.there(name))
    }

    /// A database that was made before.
    pub fn there(&self, name: &str) -> Database {
        let log = self.folder.join(format!("{name}.postgres.serve.log"));
        Database { url: self.cluster.url_of(name), log }
    }

    /// The same, reached by the Unix socket.
    pub fn near(&self, name: &str) -> Database {
        Database { url: self.cluster.local_url_of(name), log: self.folder.join(format!("{name}.local.serve.log")) }
    }

    /// The size of a database in MB.
    pub fn size(&self, name: &str) -> anyhow::Result<f64> {
        let ask = format!("SELECT pg_database_size('{name}')");
        let said = process::output(self.psql("postgres")?.args(["-At", "-c", &ask]))?;
        Ok(said.trim().parse::<f64>().with_context(|| format!("psql said: {said}"))? / 1e6)
    }

    /// C: the files copied into plain text tables, and an index on the sourcedId
    /// of each, in one transaction. Gives what it took, the server's part of the
    /// processor's time among it.
    pub fn baseline(&self, package: &Path) -> anyhow::Result<Taken> {
        self.empty("baseline")?;
        let script = self.folder.join("copy.sql");
        std::fs::write(&script, copy_script(package, &tables(package)?)?)?;
        let mut psql = self.psql("baseline")?;
        psql.args(["--single-transaction", "-f"]).arg(&script).current_dir(package);
        Ok(self.measured(&psql)?.0)
    }

    /// Measures a command with the work of the server for it.
    pub fn measured(&self, command: &Command) -> anyhow::Result<(Taken, String)> {
        let there = children(self.cluster.id())?;
        let [_, before] = processor(self.cluster.id())?;
        let (taken, said) = measured(command, &self.folder)?;
        self.seen_to_end(&there)?;
        let [_, after] = processor(self.cluster.id())?;
        Ok((Taken { cpu: taken.cpu + after - before, ..taken }, said))
    }

    /// Waits until the server has seen every session end that came since: only then is its time counted.
    fn seen_to_end(&self, there: &BTreeSet<u32>) -> anyhow::Result<()> {
        let start = Instant::now();
        while !children(self.cluster.id())?.is_subset(there) {
            anyhow::ensure!(start.elapsed() < PATIENCE, "a session of the server does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Where what is measured is noted.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its own client.
    pub fn psql(&self, database: &str) -> anyhow::Result<Command> {
        let mut psql = Command::new(need::program("psql")?);
        psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", &self.cluster.url_of(database)]);
        Ok(psql)
    }
}

/// The processes that a server started and has not seen end, but for those that
/// clean up: they come by themselves, and go when they are done.
fn children(id: u32) -> anyhow::Result<BTreeSet<u32>> {
    let text = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
    let cleans = |child: &u32| {
        std::fs::read_to_string(format!("/proc/{child}/cmdline")).is_ok_and(|title| title.contains("autovacuum worker"))
    };
    Ok(text.split_whitespace().filter_map(|child| child.parse().ok()).filter(|child| !cleans(child)).collect())
}

/// Tables as wide as their files, filled and indexed.
fn copy_script(package: &Path, tables: &[String]) -> anyhow::Result<String> {
    let (mut script, mut indexes) = (String::new(), String::new());
    for table in tables {
        let mut header = String::new();
        BufReader::new(File::open(package.join(format!("{table}.csv")))?).read_line(&mut header)?;
        let columns: Vec<_> =
            header.trim().split(',').map(|name| format!("\"{}\" text", name.trim_matches('"'))).collect();
        let _ = writeln!(script, "CREATE TABLE \"{table}\" ({});", columns.join(", "));
        let _ = writeln!(script, "\\copy \"{table}\" FROM '{table}.csv' WITH (FORMAT csv, HEADER)");
        let _ = writeln!(indexes, "CREATE INDEX ON \"{table}\" (\"sourcedId\");");
    }
    Ok(script + &indexes)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn the_copy_has_a_column_for_each_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("orgs.csv"), "\"sourcedId\",name\na,b\n").unwrap();
        let script = copy_script(folder.path(), &["orgs".into()]).unwrap();
        assert!(
            script.starts_with("CREATE TABLE \"orgs\" (\"sourcedId\" text, \"name\" text);\n\\copy \"orgs\""),
            "{script}"
        );
        assert!(script.ends_with("CREATE INDEX ON \"orgs\" (\"sourcedId\");\n"), "{script}");
    }
}
