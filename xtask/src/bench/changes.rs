//! What SQLite alone takes to write a day's changes: the rows that a pull changed,
//! put by `sqlite3` into the same tables with the same indexes.

use super::ground::Ground;
use super::measure::{Taken, measured};
use crate::{need, process};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The tables of a roster with their columns; each has one of what was before.
const COLUMNS: &str = "SELECT m.name || ' ' || c.name FROM sqlite_master m, pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND m.name || '_history' IN (SELECT name FROM sqlite_master) ORDER BY m.name, c.cid;";

/// The rows that changed from one database to another, in a third.
#[derive(Debug)]
struct Changes<'a> {
    ground: &'a Ground,
    before: &'a Path,
    /// The columns of each table in which any of its changed rows differ.
    differ: BTreeMap<String, Vec<String>>,
}

/// Writes what changed from a database to a later copy of itself into the
/// earlier one, in one transaction, and closes it.
pub fn written(ground: &Ground, before: &Path, after: &Path) -> anyhow::Result<Taken> {
    let day = ground.database("sync-changes")?;
    Changes::of(ground, before, after, &day)?.write(&day)
}

impl Changes<'_> {
    /// Puts them into a database of their own.
    fn of<'a>(ground: &'a Ground, before: &'a Path, after: &Path, day: &Path) -> anyhow::Result<Changes<'a>> {
        let mut changes = Changes { ground, before, differ: BTreeMap::new() };
        let columns: Vec<(String, String)> = pairs(&changes.run(before, COLUMNS)?);
        let mut script = attached(before, "before") + &attached(after, "after");
        for table in tables(&columns) {
            let _ = writeln!(script, "{}", taken_out(table));
        }
        for (table, column) in &columns {
            let _ = writeln!(script, "{}", asks_whether(table, column));
        }
        for (table, column) in pairs(&changes.run(day, &script)?) {
            changes.differ.entry(table).or_default().push(column);
        }
        for table in tables(&columns) {
            changes.differ.entry(table.to_owned()).or_default();
        }
        let changed = changes.differ.values().filter(|columns| !columns.is_empty()).count();
        anyhow::ensure!(changed > 0, "no row of {} changed in {}", before.display(), after.display());
        Ok(changes)
    }

    fn write(&self, day: &Path) -> anyhow::Result<Taken> {
        let mut script = String::from("PRAGMA synchronous = NORMAL;\nPRAGMA cache_size = -32768;\n");
        script += &attached(day, "day");
        script += "BEGIN IMMEDIATE;\n";
        self.differ.iter().for_each(|(table, differ)| script += &put_in(table, differ));
        script += "COMMIT;\n";
        Ok(measured(&self.sqlite(self.before, &script)?, &self.ground.folder)?.0)
    }

    fn run(&self, database: &Path, script: &str) -> anyhow::Result<String> {
        process::output(&mut self.sqlite(database, script)?)
    }

    fn sqlite(&self, database: &Path, script: &str) -> anyhow::Result<Command> {
        let file = self.ground.folder.join("changes.sql");
        fs::write(&file, script)?;
        let mut sqlite = Command::new(need::program("sqlite3")?);
        sqlite.args(["-batch", "-bail"]).arg(database).arg(format!(".read '{}'", file.display()));
        Ok(sqlite)
    }
}

/// Pairs of names, one a line; no name has a space.
fn pairs(said: &str) -> Vec<(String, String)> {
    let pair = |line: &str| line.split_once(' ').map(|(table, column)| (table.to_owned(), column.to_owned()));
    said.lines().filter_map(pair).collect()
}

fn tables(columns: &[(String, String)]) -> impl Iterator<Item = &str> {
    columns.chunk_by(|a, b| a.0 == b.0).filter_map(|of| Some(of.first()?.0.as_str()))
}

fn attached(database: &Path, name: &str) -> String {
    format!("ATTACH '{}' AS \"{name}\";\n", database.display())
}

/// Takes the changed rows of a table out, and those that they were before.
fn taken_out(table: &str) -> String {
    let since = "(SELECT published FROM before.state)";
    format!(
        "CREATE TABLE \"{table}\" AS SELECT * FROM after.\"{table}\" WHERE published > {since};\n\
         CREATE TABLE \"{table}_history\" AS SELECT * FROM after.\"{table}_history\" WHERE until > {since};"
    )
}

/// Names the table and the column if any changed row differs in it.
fn asks_whether(table: &str, column: &str) -> String {
    format!(
        "SELECT '{table} {column}' WHERE EXISTS (SELECT 1 FROM main.\"{table}\" d JOIN before.\"{table}\" b \
         ON b.rid = d.rid WHERE d.\"{column}\" IS NOT b.\"{column}\");"
    )
}

/// Puts the changed rows of a table in its place. An update writes every index that
/// holds a column it names, so it names those that differ.
fn put_in(table: &str, differ: &[String]) -> String {
    let sets: Vec<String> = differ.iter().map(|column| format!("\"{column}\" = excluded.\"{column}\"")).collect();
    let over = match sets.as_slice() {
        [] => String::new(),
        sets => format!(" WHERE true ON CONFLICT (rid) DO UPDATE SET {}", sets.join(", ")),
    };
    format!(
        "INSERT INTO main.\"{table}_history\" SELECT * FROM day.\"{table}_history\";\n\
         INSERT INTO main.\"{table}\" SELECT * FROM day.\"{table}\"{over};\n"
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn what_changed_is_written_into_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let [before, after, day] = ["before.db", "after.db", "day.db"].map(|name| folder.path().join(name));
        let sqlite = |database: &Path, script: &str| {
            process::output(Command::new(need::program("sqlite3").unwrap()).arg(database).arg(script)).unwrap()
        };
        let made = "CREATE TABLE state (published); INSERT INTO state VALUES (1); \
                    CREATE TABLE orgs (rid INTEGER PRIMARY KEY, published, name, kind); \
                    CREATE TABLE orgs_history (rid, published, name, kind, until); \
                    INSERT INTO orgs VALUES (1, 1, 'a', 'x'), (2, 1, 'b', 'x');";
        let later = "UPDATE orgs SET published = 2, name = 'c' WHERE rid = 2; INSERT INTO orgs VALUES (3, 2, 'd', 'y'); \
                     INSERT INTO orgs_history VALUES (2, 1, 'b', 'x', 2);";
        sqlite(&before, made);
        sqlite(&after, &format!("{made} {later}"));
        let columns = pairs(&sqlite(&before, COLUMNS));
        assert_eq!(tables(&columns).collect::<Vec<_>>(), ["orgs"]);
        let both = attached(&before, "before") + &attached(&after, "after");
        let asks: String = columns.iter().map(|(table, column)| asks_whether(table, column)).collect();
        let differ = pairs(&sqlite(&day, &format!("{both}{}{asks}", taken_out("orgs"))));
        let differ: Vec<String> = differ.into_iter().map(|(_, column)| column).collect();
        assert_eq!(differ, ["published", "name"]);
        sqlite(&before, &(attached(&day, "day") + &put_in("orgs", &differ)));
        let all = "SELECT * FROM orgs; SELECT * FROM orgs_history;";
        assert_eq!(sqlite(&before, all), sqlite(&after, all));
    }
}
