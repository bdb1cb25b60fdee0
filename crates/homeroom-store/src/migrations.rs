//! How far the tables of an installation are brought up to date.

use crate::{DatabaseUrl, Error, ErrorKind, Result, Tenants, access, postgres, sqlite};
use std::collections::BTreeSet;

/// What one set of tables has, and lacks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tables {
    /// Whose they are, for people: a district's, the applications', or everybody's.
    pub of: String,
    /// The migrations that were made, in order.
    pub made: Vec<String>,
    /// Those that this program would make.
    pub pending: Vec<String>,
    /// Those that this program does not know: a later one made them.
    pub unknown: Vec<String>,
    /// Whether this program can use them although a later one made them so.
    pub compatible: bool,
}

impl Tables {
    /// `since` is the number of the last migration that the oldest program knows
    /// which can use them.
    pub(crate) fn new(of: impl Into<String>, known: &[String], made: Vec<String>, since: Option<i64>) -> Tables {
        let has: BTreeSet<&String> = made.iter().collect();
        let pending: Vec<String> = known.iter().filter(|name| !has.contains(name)).cloned().collect();
        let unknown: Vec<String> = made.iter().filter(|name| !known.contains(name)).cloned().collect();
        let own = known.iter().map(|name| number(name)).max().unwrap_or_default();
        // What a later program added is no matter; what it has in place of
        // something that we lack, nobody can tell.
        let compatible =
            unknown.is_empty() || (pending.is_empty() && since.is_some_and(|since| (1..=own).contains(&since)));
        Tables { of: of.into(), made, pending, unknown, compatible }
    }

    /// Whether there is nothing to do before they are used.
    ///
    /// # Errors
    /// `Unusable` if they are of a later program, and not for this one.
    pub(crate) fn is_good(&self) -> Result<bool> {
        if !self.compatible {
            let message = format!(
                "the tables of {} are of a later version of Homeroom, and not for this one any more ({}); use a newer \
                 program, or restore a backup",
                self.of,
                self.unknown.join(", ")
            );
            return Err(Error::new(ErrorKind::Unusable, message));
        }
        Ok(self.pending.is_empty())
    }
}

/// The number of a migration: 29 of `V29__compatible`.
fn number(name: &str) -> i64 {
    let digits = name.trim_start_matches('V').split("__").next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}

/// Looks at every set of tables of an installation, and changes none.
///
/// # Errors
/// `Unusable` if one cannot be read.
pub fn migrations(url: &DatabaseUrl) -> Result<Vec<Tables>> {
    if let DatabaseUrl::Postgres(url) = url {
        return Ok(vec![postgres::tables(url)?]);
    }
    let mut all = Vec::new();
    for tenant in Tenants::of(url).names()? {
        if let DatabaseUrl::Sqlite(path) = url.of_tenant(&tenant)
            && path.exists()
        {
            all.push(sqlite::tables(&path, &tenant)?);
        }
    }
    if let Some(path) = url.beside("access").filter(|path| path.exists()) {
        all.push(access::tables(&path)?);
    }
    Ok(all)
}

/// What stands in the table of those that were made.
pub(crate) const MADE: &str = "SELECT 'V' || version || '__' || name FROM refinery_schema_history ORDER BY version";

/// The oldest program that can use them.
pub(crate) const COMPATIBLE: &str = "SELECT max(since) FROM compatible";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_is_not_known_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("homeroom.db");
        let url = DatabaseUrl::Sqlite(path.clone());
        assert_eq!(migrations(&url).unwrap(), []);
        drop(rusqlite::Connection::open(&path).unwrap());
        let new = migrations(&url).unwrap().remove(0);
        assert!(new.made.is_empty() && new.pending.first().is_some_and(|name| name == "V1__roster"), "{new:?}");
        drop(sqlite::open_writer(&path).unwrap());
        let done = migrations(&url).unwrap().remove(0);
        assert_eq!((done.of.as_str(), &done.made, done.pending.len()), ("default", &new.pending, 0));
        let later =
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (999, 'later', '', '')";
        rusqlite::Connection::open(&path).unwrap().execute(later, []).unwrap();
        let tables = migrations(&url).unwrap().remove(0);
        assert_eq!((&tables.unknown[..], tables.compatible), (&["V999__later".to_owned()][..], true));
    }

    #[test]
    fn tables_of_a_later_program_are_used_as_long_as_it_only_added() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("homeroom.db");
        drop(sqlite::make(&path).unwrap());
        let make = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        make(
            "CREATE TABLE later (id INTEGER); INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
             VALUES (999, 'later', '2026-11-22T00:00:00Z', '1')",
        );
        drop(sqlite::open_writer(&path).unwrap());
        make("UPDATE compatible SET since = 999");
        let refused = sqlite::open_writer(&path).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unusable);
        assert!(refused.to_string().contains("V999__later"), "{refused}");
    }

    #[test]
    fn a_later_program_that_lacks_something_of_ours_is_not_trusted() {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let known = names(&["V1__a", "V2__b"]);
        let of = |made: &[&str], since| Tables::new("x", &known, names(made), since).is_good();
        assert!(of(&["V1__a", "V2__b", "V3__c"], Some(2)).unwrap());
        assert!(of(&["V1__a", "V2__b", "V3__c"], Some(1)).unwrap());
        assert!(!of(&["V1__a"], Some(1)).unwrap(), "something is to be made");
        for (made, since) in [
            (&["V1__a", "V2__b", "V3__c"][..], Some(3)),
            (&["V1__a", "V2__b", "V3__c"], None),
            (&["V1__a", "V3__c"], Some(1)),
            (&["V1__a", "V2__other"], Some(1)),
        ] {
            assert_eq!(of(made, since).unwrap_err().kind(), ErrorKind::Unusable, "{made:?} {since:?}");
        }
    }
}
