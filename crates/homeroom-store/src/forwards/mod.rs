//! Grades on their way to their home: what applications wrote, and how far it
//! has come.
//!
//! A row is made in the transaction that accepts the write, so that nothing that
//! was acknowledged is forgotten. There is one for each record, of the last
//! write of it: of several that wait, only the last is worth sending. It stays as
//! the ledger of what the home has, and of what it refuses.

mod back;
mod queue;

pub use back::Forwarded;
pub(crate) use back::{Back, back, forwarded};
pub(crate) use queue::{queue_owned, queue_run, queue_written};

use crate::intake::Cell;
use crate::settings;
use crate::work::{Work, number, text, whole};
use crate::{Error, ErrorKind, Result};
use oneroster::model::{Kind, MODEL};
use oneroster::time::Timestamp;

/// Settings of the way back.
const SCOPE: &str = "grades";
/// How the settings of the source that is the home of grades say so: they are
/// kept as JSON, and within a text the quotes would be escaped.
pub(crate) const IS_HOME: &str = "%\"grades\":\"home\"%";
/// Which source the rows are about; it stays when there is no home for a while.
const ABOUT: &str = "about";
/// When the home was asked last for what it has.
const ASKED: &str = "asked";
/// Sources whose grades are forwarded like those of applications.
const FROM: &str = "grades from";

/// How a record stands with the home of grades.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stand {
    /// It is to be sent.
    Waiting,
    /// The home has it.
    There,
    /// The home does not take it.
    Refused,
}

impl Stand {
    /// Every one.
    pub const ALL: [Stand; 3] = [Stand::Waiting, Stand::There, Stand::Refused];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Stand::Waiting => "waiting",
            Stand::There => "there",
            Stand::Refused => "refused",
        }
    }

    /// The one of a word.
    pub fn from_word(word: &str) -> Option<Stand> {
        Stand::ALL.into_iter().find(|stand| stand.word() == word)
    }

    fn of(number: i64) -> Stand {
        Stand::ALL.into_iter().find(|stand| *stand as i64 == number).unwrap_or(Stand::Waiting)
    }
}

/// A record on its way, or there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forward {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier.
    pub sourced_id: String,
    /// The instant of the write that is to come there.
    pub version: Timestamp,
    /// Who wrote it.
    pub author: String,
    /// Whether it is deleted.
    pub gone: bool,
    /// How it stands.
    pub stand: Stand,
    /// How often it was tried in vain.
    pub tries: u32,
    /// When it is to be tried again, at the earliest.
    pub due: Timestamp,
    /// The write that came there last.
    pub sent: Option<Timestamp>,
    /// When it came there.
    pub arrived: Option<Timestamp>,
    /// When it was tried last.
    pub tried: Option<Timestamp>,
    /// The HTTP status of the last answer that was no success.
    pub status: Option<u16>,
    /// What was said then.
    pub said: Option<String>,
}

/// What came of sending a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sent {
    /// The home has it.
    There,
    /// The home does not take it: the status, and its words.
    Refused(Option<u16>, String),
    /// It is to be tried again, at that instant.
    Again(Timestamp, Option<u16>, String),
    /// It was not sent: something that it names must come there before.
    Behind(Timestamp, String),
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct Which<'a> {
    /// Those that stand so.
    pub stand: Option<Stand>,
    /// Those of this identifier.
    pub sourced_id: Option<&'a str>,
    /// Those of this kind.
    pub kind: Option<Kind>,
}

/// How many records stand in a way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The way.
    pub stand: Stand,
    /// How many.
    pub count: u64,
    /// The earliest write among them.
    pub since: Timestamp,
}

const COLUMNS: &str = "kind, id, version, author, gone, state, tries, due, sent, arrived, tried, status, said";

/// The source that is the home of grades: the setting of the source says so, and
/// nothing else does.
pub(crate) fn home(work: &mut Work<'_>) -> Result<Option<String>> {
    let mut found = None;
    let sql = format!("SELECT name FROM feeds WHERE {} settings LIKE ?1 ORDER BY name", work.own("feeds"));
    work.query(&sql, &[Cell::Text(IS_HOME)], &mut |row| {
        found = found.take().or(text(row, 0)?.map(str::to_owned));
        Ok(())
    })?;
    Ok(found)
}

/// The home of grades, and whether the rows are about it.
pub(crate) fn known_home(work: &mut Work<'_>) -> Result<Option<(String, bool)>> {
    let Some(name) = home(work)? else { return Ok(None) };
    let about = value(work, ABOUT)?.as_ref() == Some(&name);
    Ok(Some((name, about)))
}

/// Begins to send: the home of grades. If it is another one than the rows are
/// about, everything is to be sent to it that the other one had.
pub(crate) fn begin(work: &mut Work<'_>) -> Result<Option<String>> {
    let Some(name) = home(work)? else { return Ok(None) };
    let about = value(work, ABOUT)?;
    if about.as_ref().is_some_and(|about| *about != name) {
        let own = work.own("forwards");
        let sql = format!(
            "UPDATE forwards SET state = 0, sent = NULL, arrived = NULL, tries = 0, due = 0, tried = NULL, \
             status = NULL, said = NULL WHERE {own} gone = 0"
        );
        work.execute(&sql, &[])?;
        // What is deleted was never at the new home.
        work.execute(&format!("DELETE FROM forwards WHERE {own} gone = 1"), &[])?;
    }
    if about.as_ref() != Some(&name) {
        settings::set(work, SCOPE, ABOUT, Some(&name))?;
    }
    Ok(Some(name))
}

/// Notes when the home was asked for what it has.
pub(crate) fn asked(work: &mut Work<'_>, at: Timestamp) -> Result<()> {
    settings::set(work, SCOPE, ASKED, Some(&at.0.to_string()))
}

/// Says whether the grades of a source are forwarded.
pub(crate) fn set_from(work: &mut Work<'_>, source: &str, forwarded: bool) -> Result<()> {
    settings::set(work, FROM, source, forwarded.then_some("yes"))
}

fn value(work: &mut Work<'_>, key: &str) -> Result<Option<String>> {
    let mut found = None;
    let sql = format!("SELECT value FROM settings WHERE {} scope = ?1 AND key = ?2", work.own("settings"));
    work.query(&sql, &[Cell::Text(SCOPE), Cell::Text(key)], &mut |row| {
        found = text(row, 0)?.map(str::to_owned);
        Ok(())
    })?;
    Ok(found)
}

/// The rows that are wanted, the latest write first, at most so many.
pub(crate) fn all(work: &mut Work<'_>, which: &Which<'_>, most: i64) -> Result<Vec<Forward>> {
    let (condition, mut values) = which.condition(2);
    values.insert(0, Cell::Whole(most));
    let own = work.own("forwards");
    let sql =
        format!("SELECT {COLUMNS} FROM forwards WHERE {own} {condition} ORDER BY version DESC, phase, id LIMIT ?1");
    read(work, &sql, &values)
}

/// What is to be sent now, in its order, at most so many.
pub(crate) fn due(work: &mut Work<'_>, now: Timestamp, most: i64) -> Result<Vec<Forward>> {
    let own = work.own("forwards");
    let sql = format!(
        "SELECT {COLUMNS} FROM forwards WHERE {own} state = 0 AND due <= ?1 ORDER BY phase, version, id LIMIT ?2"
    );
    read(work, &sql, &[Cell::Whole(now.0), Cell::Whole(most)])
}

/// How many records stand in which way.
pub(crate) fn counts(work: &mut Work<'_>) -> Result<Vec<Standing>> {
    let mut counts = Vec::new();
    let own = work.own("forwards");
    let sql = format!(
        "SELECT state, count(*), min(version) FROM forwards WHERE {own} state >= 0 GROUP BY state ORDER BY state"
    );
    work.query(&sql, &[], &mut |row| {
        let count = u64::try_from(whole(row, 1)?).unwrap_or_default();
        counts.push(Standing { stand: Stand::of(whole(row, 0)?), count, since: Timestamp(whole(row, 2)?) });
        Ok(())
    })?;
    Ok(counts)
}

/// Notes what came of sending a write. A later one of the same record waits all
/// the same; then false is given.
pub(crate) fn note(work: &mut Work<'_>, of: &Forward, now: Timestamp, sent: &Sent) -> Result<bool> {
    let mut values =
        vec![Cell::Whole(of.kind as i64), Cell::Text(&of.sourced_id), Cell::Whole(of.version.0), Cell::Whole(now.0)];
    let own = work.own("forwards");
    let this = format!("{own} kind = ?1 AND id = ?2");
    if *sent == Sent::There {
        // Also if a later one waits: the home has had this one.
        let there = format!("UPDATE forwards SET sent = ?3, arrived = ?4, tried = ?4 WHERE {this}");
        work.execute(&there, &values)?;
        let settled = format!(
            "UPDATE forwards SET state = 1, tries = 0, due = 0, status = NULL, said = NULL WHERE {this} AND version = ?3"
        );
        return Ok(work.execute(&settled, &values[..3])? > 0);
    }
    let (set, due, status, said) = match sent {
        Sent::Refused(status, said) => ("state = 2, due = ?5", Timestamp(0), *status, said),
        Sent::Again(due, status, said) => ("tries = tries + 1, due = ?5", *due, *status, said),
        Sent::Behind(due, said) => ("due = ?5", *due, None, said),
        Sent::There => return Ok(true),
    };
    values.extend([
        Cell::Whole(due.0),
        status.map_or(Cell::Null, |status| Cell::Whole(status.into())),
        Cell::Text(said),
    ]);
    let sql = format!("UPDATE forwards SET {set}, tried = ?4, status = ?6, said = ?7 WHERE {this} AND version = ?3");
    Ok(work.execute(&sql, &values)? > 0)
}

/// Lets what was refused, or is to be tried later, be sent again; how many.
pub(crate) fn retry(work: &mut Work<'_>, which: &Which<'_>) -> Result<u64> {
    let (condition, values) = which.condition(1);
    let own = work.own("forwards");
    let sql = format!("UPDATE forwards SET state = 0, tries = 0, due = 0 WHERE {own} state <> 1 AND {condition}");
    work.execute(&sql, &values)
}

/// Forgets what is known of some records.
pub(crate) fn forget(work: &mut Work<'_>, kind: Kind, sourced_id: &str) -> Result<()> {
    let sql = format!("DELETE FROM forwards WHERE {} kind = ?1 AND id = ?2", work.own("forwards"));
    work.execute(&sql, &[Cell::Whole(kind as i64), Cell::Text(sourced_id)]).map(drop)
}

impl<'a> Which<'a> {
    /// The condition, with placeholders from a number on, and their values.
    fn condition(&self, first: usize) -> (String, Vec<Cell<'a>>) {
        let (mut parts, mut values) = (vec!["version >= 0".to_owned()], Vec::new());
        let mut add = |column: &str, value: Cell<'a>| {
            parts.push(format!("{column} = ?{}", first + values.len()));
            values.push(value);
        };
        if let Some(stand) = self.stand {
            add("state", Cell::Whole(stand as i64));
        }
        if let Some(id) = self.sourced_id {
            add("id", Cell::Text(id));
        }
        if let Some(kind) = self.kind {
            add("kind", Cell::Whole(kind as i64));
        }
        (parts.join(" AND "), values)
    }
}

fn read(work: &mut Work<'_>, sql: &str, values: &[Cell<'_>]) -> Result<Vec<Forward>> {
    let mut all = Vec::new();
    work.query(sql, values, &mut |row| {
        let strange = || Error::new(ErrorKind::Unusable, "grades were queued by a later version of this program");
        let entity = usize::try_from(whole(row, 0)?).ok().and_then(|kind| MODEL.get(kind)).ok_or_else(strange)?;
        let instant = |place| Ok::<_, Error>(number(row, place)?.map(Timestamp));
        all.push(Forward {
            kind: entity.kind,
            sourced_id: text(row, 1)?.unwrap_or_default().to_owned(),
            version: Timestamp(whole(row, 2)?),
            author: text(row, 3)?.unwrap_or_default().to_owned(),
            gone: whole(row, 4)? != 0,
            stand: Stand::of(whole(row, 5)?),
            tries: u32::try_from(whole(row, 6)?).unwrap_or(u32::MAX),
            due: Timestamp(whole(row, 7)?),
            sent: instant(8)?,
            arrived: instant(9)?,
            tried: instant(10)?,
            status: number(row, 11)?.and_then(|status| u16::try_from(status).ok()),
            said: text(row, 12)?.map(str::to_owned),
        });
        Ok(())
    })?;
    Ok(all)
}
