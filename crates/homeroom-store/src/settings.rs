//! What a district has set, where it is not as usual.
//!
//! A setting is a text under a scope and a key; whoever uses it knows what they
//! mean.

use crate::Result;
use crate::intake::Cell;
use crate::work::{Work, text};

/// One setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Set {
    /// Of what it is a setting.
    pub scope: String,
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// The settings whose scope begins with a text, in their order.
pub(crate) fn within(work: &mut Work<'_>, prefix: &str) -> Result<Vec<Set>> {
    let mut all = Vec::new();
    let sql = format!(
        "SELECT scope, key, value FROM settings WHERE {} scope >= ?1 ORDER BY scope, key",
        work.own("settings")
    );
    work.query(&sql, &[Cell::Text(prefix)], &mut |row| {
        let word = |place| Ok::<_, crate::Error>(text(row, place)?.unwrap_or_default().to_owned());
        let set = Set { scope: word(0)?, key: word(1)?, value: word(2)? };
        if set.scope.starts_with(prefix) {
            all.push(set);
        }
        Ok(())
    })?;
    Ok(all)
}

/// Sets a value, or takes it away.
pub(crate) fn set(work: &mut Work<'_>, scope: &str, key: &str, value: Option<&str>) -> Result<()> {
    let Some(value) = value else {
        let sql = format!("DELETE FROM settings WHERE {} scope = ?1 AND key = ?2", work.own("settings"));
        return work.execute(&sql, &[Cell::Text(scope), Cell::Text(key)]).map(drop);
    };
    let (column, first) = work.first();
    let sql = format!(
        "INSERT INTO settings ({column}scope, key, value) VALUES ({first}?1, ?2, ?3) \
         ON CONFLICT ({column}scope, key) DO UPDATE SET value = excluded.value"
    );
    work.execute(&sql, &[Cell::Text(scope), Cell::Text(key), Cell::Text(value)]).map(drop)
}
