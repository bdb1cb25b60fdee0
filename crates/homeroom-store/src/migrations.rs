//! How far the tables of an installation are brought up to date.

use crate::{DatabaseUrl, Result, Tenants, access, postgres, sqlite};
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
}

impl Tables {
    pub(crate) fn new(of: impl Into<String>, known: &[String], made: Vec<String>) -> Tables {
        let has: BTreeSet<&String> = made.iter().collect();
        let pending = known.iter().filter(|name| !has.contains(name)).cloned().collect();
        let unknown = made.iter().filter(|name| !known.contains(name)).cloned().collect();
        Tables { of: of.into(), made, pending, unknown }
    }
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
        assert_eq!(migrations(&url).unwrap().remove(0).unknown, ["V999__later"]);
    }
}
