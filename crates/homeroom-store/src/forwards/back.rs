//! What was forwarded comes back with the records of its home.

use super::{ABOUT, ASKED, Stand, home, value};
use crate::Result;
use crate::intake::Cell;
use crate::work::{Work, number, text, whole};
use hashbrown::HashMap;
use oneroster::model::{Kind, MODEL};
use oneroster::record::id_digest;

/// The records that were forwarded to a source, by kind and digest of the
/// identifier: whether the home had the last write when it was asked.
pub(crate) type Back = HashMap<(Kind, u64), bool>;

/// Which records were forwarded to a source: the home of grades has them by the
/// identifiers that they have here, as far as these are not its own.
#[derive(Debug, Default)]
pub struct Forwarded(Back);

impl Forwarded {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a record of ours was.
    pub fn has(&self, kind: Kind, sourced_id: &str) -> bool {
        self.0.contains_key(&(kind, id_digest(sourced_id)))
    }
}

/// The same, for whoever names records.
pub(crate) fn forwarded(work: &mut Work<'_>, source: u32) -> Result<Forwarded> {
    Ok(Forwarded(back(work, source)?.unwrap_or_default()))
}

/// What was forwarded to a source, if that is the home of grades.
pub(crate) fn back(work: &mut Work<'_>, source: u32) -> Result<Option<Back>> {
    let Some(home) = home(work)? else { return Ok(None) };
    let mut is_home = false;
    let sql = format!("SELECT name FROM sources WHERE {} id = ?1", work.own("sources"));
    work.query(&sql, &[Cell::Whole(source.into())], &mut |row| {
        is_home = text(row, 0)? == Some(home.as_str());
        Ok(())
    })?;
    if !is_home {
        return Ok(None);
    }
    // Of what another home had, nothing is known here.
    let about = value(work, ABOUT)?.as_ref() == Some(&home);
    let asked = value(work, ASKED)?.and_then(|asked| asked.parse().ok()).unwrap_or(i64::MAX);
    let mut all = Back::new();
    let sql = format!("SELECT kind, id, state, arrived FROM forwards WHERE {} version >= 0", work.own("forwards"));
    work.query(&sql, &[], &mut |row| {
        let kind = usize::try_from(whole(row, 0)?).ok().and_then(|kind| MODEL.get(kind)).map(|entity| entity.kind);
        let arrived = number(row, 3)?.is_some_and(|arrived| arrived < asked);
        let settled = Stand::of(whole(row, 2)?) == Stand::There && arrived && about;
        if let (Some(kind), Some(id)) = (kind, text(row, 1)?) {
            all.insert((kind, id_digest(id)), settled);
        }
        Ok(())
    })?;
    Ok(Some(all))
}
