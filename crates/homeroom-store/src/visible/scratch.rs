//! Tables of the transaction, in which a view is computed.

use super::Refresh;
use crate::Result;
use crate::intake::Cell;
use crate::schema::{Dialect, SEPARATOR};
use crate::work::Work;
use oneroster::grant::{TermLimit, role_words};
use oneroster::model::Kind;
use std::collections::BTreeSet;

/// Their names and columns: what is visible; row ids that are looked at; items
/// of lists, as they stand and as row ids; the words of the bounds; what is left
/// of records.
const TABLES: [(&str, &str); 6] = [
    ("view_seen", "kind bigint NOT NULL, rid bigint NOT NULL, bare bigint NOT NULL, PRIMARY KEY (kind, rid)"),
    ("view_few", "rid bigint PRIMARY KEY"),
    ("view_listed", "rid bigint NOT NULL, item TEXT NOT NULL"),
    ("view_named", "rid bigint NOT NULL, target bigint NOT NULL, PRIMARY KEY (rid, target)"),
    ("view_words", "part TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (part, word)"),
    ("view_left", "rid bigint PRIMARY KEY, cells TEXT NOT NULL, packed BLOB NOT NULL"),
];

/// The tables, while a transaction lasts; those that were used have rows.
#[derive(Default)]
pub(super) struct Scratch(BTreeSet<&'static str>);

impl Scratch {
    /// Makes the tables.
    pub fn new(work: &mut Work<'_>) -> Result<Scratch> {
        for (table, columns) in TABLES {
            let make = match work {
                Work::Sqlite(_) => format!("CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns})"),
                Work::Postgres(..) => {
                    let columns = columns.replace("TEXT", "text COLLATE \"C\"").replace("BLOB", "bytea");
                    format!("CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DROP")
                }
            };
            work.execute(&make, &[])?;
        }
        // A connection that is used again has them from before.
        let kept = matches!(work, Work::Sqlite(_));
        let used = TABLES.iter().map(|(table, _)| *table).filter(|_| kept);
        Ok(Scratch(used.collect()))
    }
}

impl Refresh<'_, '_> {
    /// Empties a table that is about to be filled.
    pub(super) fn clear(&mut self, table: &'static str) -> Result<()> {
        if self.scratch.0.insert(table) {
            return Ok(());
        }
        let sql = match self.work.dialect() {
            Dialect::Sqlite => format!("DELETE FROM {table}"),
            Dialect::Postgres => format!("TRUNCATE {table}"),
        };
        self.execute(&sql).map(drop)
    }

    /// Notes the words of the bounds.
    pub(super) fn words(&mut self) -> Result<()> {
        self.clear("view_words")?;
        let bounds = self.bounds.clone();
        let grade = |grade: &String| format!("{SEPARATOR}{}{SEPARATOR}", oneroster::query::normal(grade));
        let session = |limit: &TermLimit| match limit {
            TermLimit::Session(id) => Some(id.clone()),
            _ => None,
        };
        let parts: [(&str, Vec<String>); 6] = [
            ("school", bounds.schools.iter().cloned().collect()),
            ("class", bounds.classes.iter().cloned().collect()),
            ("grade", bounds.grades.iter().map(grade).collect()),
            ("role", role_words(&bounds).into_iter().map(str::to_owned).collect()),
            ("session", bounds.terms.iter().filter_map(session).collect()),
            ("person", bounds.person.iter().cloned().collect()),
        ];
        for (part, words) in parts {
            for word in words {
                let sql = format!("INSERT INTO view_words (part, word) VALUES ('{part}', ?1) ON CONFLICT DO NOTHING");
                self.work.execute(&sql, &[Cell::Text(&word)])?;
            }
        }
        Ok(())
    }

    /// Fills `view_listed` with the items of a list column of the records of a
    /// kind whose row ids `which` gives.
    pub(super) fn split(&mut self, kind: Kind, column: &str, which: &str) -> Result<()> {
        self.clear("view_listed")?;
        let (table, own) = (kind.entity().plural, self.own("t"));
        let from =
            format!("FROM ({which}) AS f JOIN \"{table}\" AS t ON t.rid = f.rid WHERE {own}t.\"{column}\" IS NOT NULL");
        let sql = match self.work.dialect() {
            Dialect::Sqlite => format!(
                "INSERT INTO view_listed (rid, item) WITH RECURSIVE part (rid, item, rest) AS (\
                 SELECT t.rid, '', substr(t.\"{column}\", 2) {from} UNION ALL \
                 SELECT rid, substr(rest, 1, instr(rest, char(31)) - 1), substr(rest, instr(rest, char(31)) + 1) \
                 FROM part WHERE rest <> '') SELECT rid, item FROM part WHERE item <> ''"
            ),
            Dialect::Postgres => format!(
                "INSERT INTO view_listed (rid, item) SELECT l.rid, l.item FROM (\
                 SELECT t.rid, unnest(string_to_array(trim(both chr(31) from t.\"{column}\"), chr(31))) AS item {from}\
                 ) AS l WHERE l.item <> ''"
            ),
        };
        self.execute(&sql).map(drop)
    }

    /// Fills `view_named` with the live records that these items name.
    pub(super) fn resolve(&mut self, target: Kind) -> Result<()> {
        self.clear("view_named")?;
        let (table, own) = (target.entity().plural, self.own("x"));
        let sql = format!(
            "INSERT INTO view_named (rid, target) SELECT DISTINCT l.rid, x.rid FROM view_listed AS l \
             JOIN \"{table}\" AS x ON x.\"sourcedId\" = l.item WHERE {own}x.status = 0"
        );
        self.execute(&sql).map(drop)
    }
}
