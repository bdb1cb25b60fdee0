//! What PostgreSQL costs before any of this program's work: its own clients, with
//! the very rows.

use super::cluster::Postgres;
use super::measure::Taken;
use crate::{need, process};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// The database without rows and indexes.
const EMPTIED: &str = "emptied";

/// The rows of a database's roster, as its own binary copies.
#[derive(Debug)]
pub struct Ready {
    from: &'static str,
    folder: PathBuf,
    tables: Vec<String>,
    /// The names of the indexes, and the statements that make them.
    indexes: Vec<(String, String)>,
}

/// The tables of a roster.
const TABLES: &str = "SELECT DISTINCT tablename FROM pg_indexes WHERE indexname = tablename || '_sourcedId' ORDER BY 1";

impl Ready {
    /// Copies them out.
    pub fn of(postgres: &Postgres, from: &'static str) -> anyhow::Result<Ready> {
        let lines = |sql: &str| -> anyhow::Result<Vec<String>> {
            let said = process::output(postgres.psql(from)?.args(["-At", "-c", sql]))?;
            Ok(said.lines().map(str::to_owned).collect())
        };
        let tables = lines(TABLES)?;
        // A name has no space.
        let indexes = format!("SELECT indexname || ' ' || indexdef FROM pg_indexes WHERE tablename IN ({TABLES})");
        let named = |line: &String| line.split_once(' ').map(|(name, make)| (name.to_owned(), make.to_owned()));
        let indexes = lines(&indexes)?.iter().filter_map(named).collect();
        let ready = Ready { from, folder: postgres.folder().join("ready"), tables, indexes };
        std::fs::create_dir_all(&ready.folder)?;
        let copies: Vec<String> = ready.tables.iter().map(|table| ready.copy(table, "TO")).collect();
        ready.run(postgres, from, "out.sql", &copies.concat())?;
        Ok(ready)
    }

    fn copy(&self, table: &str, way: &str) -> String {
        format!("\\copy \"{table}\" {way} '{}' WITH (FORMAT binary)\n", self.folder.join(table).display())
    }

    fn run(&self, postgres: &Postgres, database: &str, name: &str, words: &str) -> anyhow::Result<Taken> {
        let script = self.folder.join(name);
        std::fs::write(&script, words)?;
        let mut psql = postgres.psql(database)?;
        psql.arg("--single-transaction").arg("-f").arg(&script);
        Ok(postgres.measured(&psql)?.0)
    }

    /// Copies them into the same tables, empty and without indexes, and makes those.
    pub fn fill(&self, postgres: &Postgres) -> anyhow::Result<Taken> {
        postgres.copy(self.from, EMPTIED)?;
        let (mut bare, mut filled) = (String::new(), String::new());
        for table in &self.tables {
            let _ = writeln!(bare, "TRUNCATE \"{table}\"; ALTER TABLE \"{table}\" DROP CONSTRAINT \"{table}_pkey\";");
            filled += &self.copy(table, "FROM");
        }
        for (name, make) in &self.indexes {
            let _ = writeln!(bare, "DROP INDEX IF EXISTS \"{name}\";");
            let _ = writeln!(filled, "{make};");
        }
        self.run(postgres, EMPTIED, "bare.sql", &bare)?;
        process::output(postgres.psql(EMPTIED)?.args(["-c", "CHECKPOINT"]))?;
        self.run(postgres, EMPTIED, "fill.sql", &filled)
    }
}

/// How often a second pgbench, on so many connections, is given the rows of a page
/// of 100 users and nothing else.
pub fn rows(postgres: &Postgres, database: &str, connections: u32, seconds: u32) -> anyhow::Result<f64> {
    let script = postgres.folder().join("rows.sql");
    let page = "SELECT rid, \"sourcedId\", status, published, packed FROM users \
                WHERE tenant = 1 AND status = 0 AND rid > 0 ORDER BY rid LIMIT 100;\n";
    std::fs::write(&script, page)?;
    let mut pgbench = Command::new(need::program("pgbench")?);
    pgbench.args(["--no-vacuum", "--protocol", "prepared", "--jobs", "1"]);
    pgbench.args(["--client", &connections.to_string(), "--time", &seconds.to_string(), "--file"]);
    let said = process::output(pgbench.arg(&script).arg(postgres.there(database).url))?;
    rate(&said).with_context(|| format!("pgbench said:\n{said}"))
}

fn rate(said: &str) -> Option<f64> {
    said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn the_rate_of_pgbench_is_read() {
        assert_eq!(rate("latency average = 1 ms\ntps = 8418.87 (without initial connection time)\n"), Some(8418.87));
        assert_eq!(rate("nothing"), None);
    }
}
