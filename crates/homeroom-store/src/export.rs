//! The whole roster, or what changed of it, as it stood at one instant.

use crate::sql::Records;
use crate::{Error, ErrorKind, Result, RunState};
use oneroster::json::Row;
use oneroster::model::Kind;
use oneroster::time::Timestamp;
use std::fmt;

/// Which records of a kind are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// The live ones.
    Live,
    /// Those published after an instant, tombstones too.
    Since(Timestamp),
}

/// Takes one record after the other; false to see no more.
pub type Sink<'a> = dyn FnMut(&Row<'_>) -> bool + 'a;

/// What an engine does for an export: all of it in one read transaction.
pub trait Source: Send {
    /// The tenant, where one database serves many.
    fn tenant(&self) -> Option<i64>;
    /// The instant of the version that stands; 0 before the first.
    fn version(&mut self) -> Result<i64>;
    /// Gives records to the sink, in any order.
    fn rows(&mut self, records: &Records, limit: Option<u64>, sink: &mut Sink<'_>) -> Result<()>;
    /// How many there are.
    fn count(&mut self, records: &Records) -> Result<i64>;
    /// A run: its state and when it was published.
    fn run(&mut self, id: i64) -> Result<Option<(String, Option<i64>)>>;
    /// The last publication of a run that was applied not after this one.
    fn published_by(&mut self, run: i64) -> Result<Option<i64>>;
    /// The first run that is kept, and the first publication by one.
    fn first_run(&mut self) -> Result<(Option<i64>, Option<i64>)>;
    /// From when on the history is whole, if any of it was ended.
    fn horizon(&mut self) -> Result<Option<i64>>;
    /// The first run, if nothing was ended, and the first instant of which
    /// everything is still known.
    fn first(&mut self) -> Result<(Option<i64>, Option<i64>)> {
        let (run, published) = self.first_run()?;
        Ok(match self.horizon()? {
            // A run may be kept for longer than what it replaced.
            Some(horizon) => (None, Some(published.unwrap_or(horizon).max(horizon))),
            None => (run, published),
        })
    }
}

/// One version of the roster, held still while it is read.
pub struct Export {
    source: Box<dyn Source>,
    now: i64,
    as_of: Option<i64>,
    owner: Option<u32>,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export").field("now", &self.now).field("as_of", &self.as_of).finish_non_exhaustive()
    }
}

impl Export {
    /// The version that stands now, or the one that stood at an instant.
    pub(crate) fn new(mut source: Box<dyn Source>, as_of: Option<Timestamp>) -> Result<Export> {
        let now = source.version()?;
        // What stood last stands now.
        let as_of = as_of.map(|at| at.0).filter(|at| *at < now);
        if let Some(at) = as_of {
            let (_, first) = source.first()?;
            if first.is_none_or(|first| at < first) {
                return Err(beyond(first.map(Timestamp)));
            }
        }
        Ok(Export { source, now, as_of, owner: None })
    }

    /// Whether nothing had come in yet at an instant; false if it is not known
    /// any more.
    pub(crate) fn was_nothing(source: &mut dyn Source, at: Timestamp) -> Result<bool> {
        let (run, first) = source.first()?;
        // While the first run of all is kept, nothing was forgotten.
        Ok(source.version()? == 0 || run == Some(1) && first.is_some_and(|first| at.0 < first))
    }

    /// The same, but of one source: the records that it owns.
    #[must_use]
    pub fn of_source(self, owner: u32) -> Export {
        Export { owner: Some(owner), ..self }
    }

    /// The instant that is read; none if nothing was ever imported.
    pub fn at(&self) -> Option<Timestamp> {
        Some(Timestamp(self.as_of.unwrap_or(self.now))).filter(|at| at.0 > 0)
    }

    /// The instant at which a run that was applied made its changes visible; if
    /// it changed nothing, that of the last run before it.
    ///
    /// # Errors
    /// `Refused` if there is no such run, or it was not applied.
    pub fn published_by(&mut self, run: i64) -> Result<Timestamp> {
        let Some((state, published)) = self.source.run(run)? else {
            let message =
                format!("there is no run {run}, or it is no longer kept; see those that are with: homeroom runs list");
            return Err(Error::new(ErrorKind::Refused, message));
        };
        let published = match published {
            None if state == RunState::Applied.word() => self.source.published_by(run)?,
            published => published,
        };
        published.map(Timestamp).ok_or_else(|| {
            let message = format!("run {run} is {state} and wrote nothing; name a run that was applied");
            Error::new(ErrorKind::Refused, message)
        })
    }

    /// Makes sure that every removal since an instant is still on record.
    ///
    /// # Errors
    /// `Refused` if some may be forgotten.
    pub fn remembers(&mut self, since: Timestamp) -> Result<()> {
        let (run, first) = self.source.first()?;
        // While the first run of all is kept, nothing was forgotten.
        if run == Some(1) || first.is_some_and(|first| since.0 >= first) || since.0 >= self.now {
            return Ok(());
        }
        Err(beyond(first.map(Timestamp)))
    }

    /// How many records of a kind there are.
    ///
    /// # Errors
    /// `Internal`.
    pub fn count(&mut self, kind: Kind, which: Which) -> Result<u64> {
        let records = self.records(kind, which);
        let count = if self.now == 0 { 0 } else { self.source.count(&records)? };
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Gives the records of a kind to the sink, in any order; at most so many.
    ///
    /// # Errors
    /// `Internal`.
    pub fn rows(&mut self, kind: Kind, which: Which, limit: Option<u64>, sink: &mut Sink<'_>) -> Result<()> {
        let records = self.records(kind, which);
        // Before the first version a load may hold the tables to itself.
        if self.now == 0 { Ok(()) } else { self.source.rows(&records, limit, sink) }
    }

    fn records(&self, kind: Kind, which: Which) -> Records {
        let since = match which {
            Which::Live => None,
            Which::Since(since) => Some(since.0),
        };
        Records { kind, tenant: self.source.tenant(), as_of: self.as_of, since, owner: self.owner }
    }
}

fn beyond(first: Option<Timestamp>) -> Error {
    let message = match first {
        Some(first) => {
            format!("the history of the roster reaches back to {first} and not further; name that or a later time")
        }
        None => "the history of the roster before its last change is no longer kept".to_owned(),
    };
    Error::new(ErrorKind::Refused, message)
}
