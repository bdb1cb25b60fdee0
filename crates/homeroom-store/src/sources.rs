//! Sources that are fetched: what is known of each, as it is kept.
//!
//! A source owns records by its name whether or not it is fetched. What a
//! setting means, and what a state says, whoever fetches knows.

use crate::intake::Cell;
use crate::work::{Work, text, whole};
use crate::{Error, ErrorKind, Result};
use oneroster::time::Timestamp;
use std::collections::BTreeMap;

/// A source that is fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its name, under which it owns its records.
    pub name: String,
    /// What it is fetched from.
    pub kind: String,
    /// How it is fetched.
    pub settings: BTreeMap<String, String>,
    /// Its credentials, sealed with the installation key.
    pub sealed: Option<Vec<u8>>,
    /// How far it has come, as a JSON object of the caller's.
    pub state: String,
    /// When it was added.
    pub created: Timestamp,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Every source that is fetched, by name.
pub(crate) fn all(work: &mut Work<'_>) -> Result<Vec<Feed>> {
    let mut feeds = Vec::new();
    let own = work.own("feeds");
    let sql =
        format!("SELECT name, kind, settings, sealed, state, created FROM feeds WHERE {own} name <> '' ORDER BY name");
    work.query(&sql, &[], &mut |row| {
        feeds.push(read(row)?);
        Ok(())
    })?;
    Ok(feeds)
}

/// Keeps one, new or not; what it was when it was added stays.
pub(crate) fn keep(work: &mut Work<'_>, feed: &Feed) -> Result<()> {
    let settings = serde_json::to_string(&feed.settings)
        .map_err(|e| Error::caused(ErrorKind::Internal, "the settings of a source cannot be written", e))?;
    let (column, first) = work.first();
    let sql = format!(
        "INSERT INTO feeds ({column}name, kind, settings, sealed, state, created) VALUES ({first}?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT ({column}name) DO UPDATE SET kind = excluded.kind, settings = excluded.settings, \
         sealed = excluded.sealed, state = excluded.state"
    );
    let values = [
        Cell::Text(&feed.name),
        Cell::Text(&feed.kind),
        Cell::Text(&settings),
        feed.sealed.as_deref().map_or(Cell::Null, Cell::Bytes),
        Cell::Text(&feed.state),
        Cell::Whole(feed.created.0),
    ];
    work.execute(&sql, &values).map(drop)
}

/// Keeps the credentials of one, sealed anew.
pub(crate) fn keep_sealed(work: &mut Work<'_>, name: &str, sealed: &[u8]) -> Result<()> {
    let sql = format!("UPDATE feeds SET sealed = ?2 WHERE {} name = ?1", work.own("feeds"));
    work.execute(&sql, &[Cell::Text(name), Cell::Bytes(sealed)]).map(drop)
}

/// Keeps how far one has come; whether it is there.
pub(crate) fn keep_state(work: &mut Work<'_>, name: &str, state: &str) -> Result<bool> {
    let sql = format!("UPDATE feeds SET state = ?2 WHERE {} name = ?1", work.own("feeds"));
    Ok(work.execute(&sql, &[Cell::Text(name), Cell::Text(state)])? > 0)
}

/// Forgets one; whether it was there.
pub(crate) fn remove(work: &mut Work<'_>, name: &str) -> Result<bool> {
    let sql = format!("DELETE FROM feeds WHERE {} name = ?1", work.own("feeds"));
    Ok(work.execute(&sql, &[Cell::Text(name)])? > 0)
}

fn read(row: &[Cell<'_>]) -> Result<Feed> {
    let word = |place| Ok::<_, Error>(text(row, place)?.unwrap_or_default().to_owned());
    let strange = |e| Error::caused(ErrorKind::Unusable, "a source was kept by a later version of this program", e);
    let sealed = match row.get(3) {
        Some(Cell::Bytes(bytes)) => Some(bytes.to_vec()),
        _ => None,
    };
    Ok(Feed {
        name: word(0)?,
        kind: word(1)?,
        settings: serde_json::from_str(&word(2)?).map_err(strange)?,
        sealed,
        state: word(4)?,
        created: Timestamp(whole(row, 5)?),
    })
}
