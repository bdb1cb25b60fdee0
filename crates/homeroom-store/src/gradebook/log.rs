//! Who wrote a record of the gradebook, and when: its row and its earlier rows.

use super::{APPLICATIONS, is_written};
use crate::Result;
use crate::intake::Cell;
use crate::schema::history;
use crate::work::{Work, text, whole};
use oneroster::model::{Kind, Place};
use oneroster::record::Status;
use oneroster::time::Timestamp;
use std::fmt;

/// To whom a record belongs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Owner {
    /// To a source, by its name.
    Source(String),
    /// To an application, by its name.
    Application(String),
}

impl Owner {
    /// The name.
    pub fn name(&self) -> &str {
        match self {
            Owner::Source(name) | Owner::Application(name) => name,
        }
    }

    /// What it is: `source` or `application`.
    pub const fn word(&self) -> &'static str {
        match self {
            Owner::Source(_) => "source",
            Owner::Application(_) => "application",
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.word(), self.name())
    }
}

/// One change of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// When it became visible.
    pub published: Timestamp,
    /// Who made it.
    pub by: Owner,
    /// Whether the record was live from then on.
    pub status: Status,
}

/// A record of the gradebook, with the changes of it that are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier.
    pub sourced_id: String,
    /// Its changes, the last one first.
    pub entries: Vec<Entry>,
}

/// To whom a record with this owner belongs; `None` if that is not known.
pub(crate) fn owner(work: &mut Work<'_>, id: u32) -> Result<Option<Owner>> {
    let (table, number) = if id >= APPLICATIONS { ("authors", id - APPLICATIONS) } else { ("sources", id) };
    let sql = format!("SELECT name FROM {table} WHERE {} id = ?1", work.own(table));
    let mut name = None;
    work.query(&sql, &[Cell::Whole(i64::from(number))], &mut |row| {
        name = text(row, 0)?.map(str::to_owned);
        Ok(())
    })?;
    Ok(name.map(if id >= APPLICATIONS { Owner::Application } else { Owner::Source }))
}

/// The records of the gradebook that have an identifier.
pub(crate) fn logs(work: &mut Work<'_>, sourced_id: &str) -> Result<Vec<Log>> {
    let mut logs = Vec::new();
    for kind in Kind::all().filter(|kind| is_written(*kind) && kind.entity().place == Place::Class) {
        let (table, past) = (kind.entity().plural, history(kind.entity()));
        let (of_now, of_past) = (work.own("t"), work.own("h"));
        let sql = format!(
            "SELECT t.published, t.owner, t.status FROM \"{table}\" AS t WHERE {of_now} t.\"sourcedId\" = ?1 UNION ALL \
             SELECT h.published, h.owner, h.status FROM \"{past}\" AS h WHERE {of_past} h.rid = \
             (SELECT t.rid FROM \"{table}\" AS t WHERE {of_now} t.\"sourcedId\" = ?1) ORDER BY 1 DESC"
        );
        let mut rows = Vec::new();
        work.query(&sql, &[Cell::Text(sourced_id)], &mut |row| {
            rows.push((whole(row, 0)?, u32::try_from(whole(row, 1)?).unwrap_or_default(), whole(row, 2)? == 0));
            Ok(())
        })?;
        let mut entries = Vec::new();
        for (published, id, live) in rows {
            let by = owner(work, id)?.unwrap_or_else(|| Owner::Source(String::new()));
            let status = if live { Status::Active } else { Status::ToBeDeleted };
            entries.push(Entry { published: Timestamp(published), by, status });
        }
        if !entries.is_empty() {
            logs.push(Log { kind, sourced_id: sourced_id.to_owned(), entries });
        }
    }
    Ok(logs)
}
