//! Several settings in one step, and the documents that they came from.

use crate::intake::Cell;
use crate::sources::{self, Feed};
use crate::targets::{self, Target};
use crate::work::{Work, text, whole};
use crate::{Result, settings};
use oneroster::time::Timestamp;

/// One of several settings that are made in one step.
#[derive(Clone, Debug)]
pub enum Act {
    /// A value is set, or taken away.
    Set {
        /// Of what it is a setting.
        scope: String,
        /// Its name.
        key: String,
        /// Its value.
        value: Option<String>,
    },
    /// A source is fetched, or fetched otherwise.
    Feed(Feed),
    /// A source is fetched no more.
    NoFeed(String),
    /// A target is added.
    NewTarget(Target),
    /// A target is another one.
    Target(Target),
    /// Something else is kept of how far a target, by its name, has come.
    TargetState(String, String),
    /// A target is taken away with its ledger.
    NoTarget(String),
}

/// A configuration that was applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Configured {
    /// Its number, the first being 1.
    pub id: i64,
    /// When it was applied.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// What it changed, as the caller writes it.
    pub changes: String,
    /// The document.
    pub document: String,
}

/// Does all of them, and keeps the document; its number.
pub(crate) fn configure(work: &mut Work<'_>, acts: &[Act], kept: &Configured) -> Result<i64> {
    for act in acts {
        match act {
            Act::Set { scope, key, value } => settings::set(work, scope, key, value.as_deref())?,
            Act::Feed(feed) => sources::keep(work, feed)?,
            Act::NoFeed(name) => drop(sources::remove(work, name)?),
            Act::NewTarget(target) => targets::add(work, target)?,
            Act::Target(target) => targets::edit(work, target)?,
            Act::TargetState(name, state) => drop(targets::keep_state(work, name, state)?),
            Act::NoTarget(name) => targets::remove(work, name)?,
        }
    }
    let last = format!("SELECT max(id) FROM configurations WHERE {} id > 0", work.own("configurations"));
    let id = work.number(&last, &[])?.unwrap_or_default() + 1;
    let (column, first) = work.first();
    let sql = format!(
        "INSERT INTO configurations ({column}id, at, who, changes, document) VALUES ({first}?1, ?2, ?3, ?4, ?5)"
    );
    let values = [
        Cell::Whole(id),
        Cell::Whole(kept.at.0),
        Cell::Text(&kept.who),
        Cell::Text(&kept.changes),
        Cell::Text(&kept.document),
    ];
    work.execute(&sql, &values)?;
    Ok(id)
}

/// Those that were applied, the latest first.
pub(crate) fn configured(work: &mut Work<'_>, most: i64) -> Result<Vec<Configured>> {
    let mut all = Vec::new();
    let own = work.own("configurations");
    let sql = format!(
        "SELECT id, at, who, changes, document FROM configurations WHERE {own} id > 0 ORDER BY id DESC LIMIT ?1"
    );
    work.query(&sql, &[Cell::Whole(most)], &mut |row| {
        let word = |place| Ok::<_, crate::Error>(text(row, place)?.unwrap_or_default().to_owned());
        let at = Timestamp(whole(row, 1)?);
        all.push(Configured { id: whole(row, 0)?, at, who: word(2)?, changes: word(3)?, document: word(4)? });
        Ok(())
    })?;
    Ok(all)
}

/// Keeps the document of a configuration, when all of it is done.
pub(crate) fn document(work: &mut Work<'_>, id: i64, document: &str) -> Result<()> {
    let sql = format!("UPDATE configurations SET document = ?2 WHERE {} id = ?1", work.own("configurations"));
    work.execute(&sql, &[Cell::Whole(id), Cell::Text(document)]).map(drop)
}
