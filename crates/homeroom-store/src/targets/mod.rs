//! Targets: where the roster of a district is carried to.
//!
//! What the settings of a target mean, its kind knows; here they are a text.

mod ledger;

pub use ledger::Entry;
pub(crate) use ledger::{counts, entries, entry, write};

use crate::intake::Cell;
use crate::work::{Work, bytes, number, text, whole};
use crate::{Error, ErrorKind, Result};
use oneroster::time::Timestamp;

/// Where a roster is carried to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// What people call it.
    pub name: String,
    /// The name of its kind.
    pub kind: String,
    /// What was set, as its kind writes it.
    pub settings: String,
    /// Its secret, sealed; empty if it has none.
    pub sealed: Vec<u8>,
    /// Since when it is there.
    pub created: Timestamp,
    /// The version of the roster that was carried there last, whole.
    pub pushed: Option<Timestamp>,
    /// How far it has come, as a JSON object of the caller's.
    pub state: String,
}

impl Target {
    /// What its sealed secret belongs to.
    pub fn context(tenant: &str, name: &str) -> String {
        format!("secret of the target {name} of {tenant}")
    }
}

const COLUMNS: &str = "name, kind, settings, sealed, created, pushed, state";

/// The targets by their names, or the one that is named.
pub(crate) fn targets(work: &mut Work<'_>, name: Option<&str>) -> Result<Vec<Target>> {
    let mut all = Vec::new();
    let own = work.own("targets");
    let which = if name.is_some() { "name = ?1" } else { "name >= ?1" };
    let sql = format!("SELECT {COLUMNS} FROM targets WHERE {own} {which} ORDER BY name");
    work.query(&sql, &[Cell::Text(name.unwrap_or_default())], &mut |row| {
        let word = |place| Ok::<_, Error>(text(row, place)?.unwrap_or_default().to_owned());
        all.push(Target {
            name: word(0)?,
            kind: word(1)?,
            settings: word(2)?,
            sealed: bytes(row, 3)?.to_owned(),
            created: Timestamp(whole(row, 4)?),
            pushed: number(row, 5)?.map(Timestamp),
            state: word(6)?,
        });
        Ok(())
    })?;
    Ok(all)
}

/// Adds a target.
pub(crate) fn add(work: &mut Work<'_>, target: &Target) -> Result<()> {
    if !targets(work, Some(&target.name))?.is_empty() {
        let message = format!("there is a target {:?} already; choose another name", target.name);
        return Err(Error::new(ErrorKind::Refused, message));
    }
    let (column, first) = work.first();
    let sql = format!("INSERT INTO targets ({column}{COLUMNS}) VALUES ({first}?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    let pushed = target.pushed.map_or(Cell::Null, |at| Cell::Whole(at.0));
    let values = [
        Cell::Text(&target.name),
        Cell::Text(&target.kind),
        Cell::Text(&target.settings),
        Cell::Bytes(&target.sealed),
        Cell::Whole(target.created.0),
        pushed,
        Cell::Text(&target.state),
    ];
    work.execute(&sql, &values).map(drop)
}

/// Gives a target other settings, another secret, or another last version.
pub(crate) fn edit(work: &mut Work<'_>, target: &Target) -> Result<()> {
    let own = work.own("targets");
    let sql = format!("UPDATE targets SET settings = ?2, sealed = ?3, pushed = ?4 WHERE {own} name = ?1");
    let pushed = target.pushed.map_or(Cell::Null, |at| Cell::Whole(at.0));
    let values = [Cell::Text(&target.name), Cell::Text(&target.settings), Cell::Bytes(&target.sealed), pushed];
    match work.execute(&sql, &values)? {
        0 => Err(unknown(&target.name)),
        _ => Ok(()),
    }
}

/// Keeps the secret of a target, sealed anew.
pub(crate) fn keep_sealed(work: &mut Work<'_>, name: &str, sealed: &[u8]) -> Result<()> {
    let sql = format!("UPDATE targets SET sealed = ?2 WHERE {} name = ?1", work.own("targets"));
    work.execute(&sql, &[Cell::Text(name), Cell::Bytes(sealed)]).map(drop)
}

/// Keeps how far a target has come; whether it is there.
pub(crate) fn keep_state(work: &mut Work<'_>, name: &str, state: &str) -> Result<bool> {
    let sql = format!("UPDATE targets SET state = ?2 WHERE {} name = ?1", work.own("targets"));
    Ok(work.execute(&sql, &[Cell::Text(name), Cell::Text(state)])? > 0)
}

/// Takes a target away with its ledger; what was made there stays.
pub(crate) fn remove(work: &mut Work<'_>, name: &str) -> Result<()> {
    let own = work.own("ledger");
    work.execute(&format!("DELETE FROM ledger WHERE {own} target = ?1"), &[Cell::Text(name)])?;
    let own = work.own("targets");
    match work.execute(&format!("DELETE FROM targets WHERE {own} name = ?1"), &[Cell::Text(name)])? {
        0 => Err(unknown(name)),
        _ => Ok(()),
    }
}

fn unknown(name: &str) -> Error {
    let message = format!("there is no target {name:?}; see those that are with: homeroom target list");
    Error::new(ErrorKind::Refused, message)
}
