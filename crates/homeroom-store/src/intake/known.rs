//! The stored roster, as the judging of a package asks for it.

use super::stored::Stored;
use crate::claims::Merges;
use crate::schema::{Content, columns};
use crate::{Error, Result};
use hashbrown::HashMap;
use oneroster::model::Kind;
use oneroster::record::id_digest;
use oneroster::time::Timestamp;
use oneroster::validate::{Known, KnownRecord};

/// One unchanging version of the store, opened when it is asked first: a
/// package of bulk files alone never asks.
pub struct Recorded {
    open: Box<dyn Fn() -> Result<Box<dyn Stored>>>,
    stored: Option<Box<dyn Stored>>,
    /// Whose changes are judged: what others said of a record does not make
    /// theirs late.
    source: Option<u32>,
    /// Which identifiers stand for other ones, once it was asked.
    merges: Option<Merges>,
    answers: HashMap<(Kind, u64), Option<KnownRecord>>,
    failed: Option<Error>,
}

impl Recorded {
    /// A store that `open` opens.
    pub fn new(open: Box<dyn Fn() -> Result<Box<dyn Stored>>>) -> Recorded {
        Recorded { open, stored: None, source: None, merges: None, answers: HashMap::new(), failed: None }
    }

    /// The same for the changes of a source.
    #[must_use]
    pub fn of(self, source: u32) -> Recorded {
        Recorded { source: Some(source), ..self }
    }

    /// Ends the asking; the version that was asked, if any was.
    ///
    /// # Errors
    /// `Internal`, `Busy` if the store could not be read, so that answers were
    /// missing.
    pub fn finish(self) -> Result<Option<i64>> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.stored.map(|stored| stored.version())),
        }
    }

    fn stored(&mut self) -> Result<&dyn Stored> {
        let stored = match self.stored.take() {
            Some(stored) => stored,
            None => (self.open)()?,
        };
        Ok(&**self.stored.insert(stored))
    }

    /// Looks through the columns with an index, by which others name a record.
    fn look(&mut self, kind: Kind, sourced_id: &str, look: &mut dyn FnMut(Kind, &str) -> bool) -> Result<bool> {
        let id = self.stands(kind, sourced_id)?;
        let stored = self.stored()?;
        let Some((row, _)) = stored.find(kind, &id)? else { return Ok(false) };
        for of in Kind::all() {
            for column in columns(of).iter().filter(|c| c.indexed && c.content == Content::RowId(kind)) {
                if stored.referrers(of, &column.name, row.rid, &mut |id| look(of, id))? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn ask(&mut self, kind: Kind, sourced_id: &str) -> Result<Option<KnownRecord>> {
        let id = self.stands(kind, sourced_id)?;
        let source = self.source;
        let stored = self.stored()?;
        let Some((row, mut modified)) = stored.find(kind, &id)? else { return Ok(None) };
        let own = source.is_none_or(|source| source == row.source);
        if let Some(source) = source.filter(|_| !own || id != sourced_id) {
            let said = stored.said(kind, row.rid)?;
            let said = said.iter().find(|one| one.holder.source == source && one.holder.name == sourced_id);
            modified = said.and_then(|said| said.modified);
        }
        Ok(Some(KnownRecord { live: row.live, modified: modified.map(Timestamp) }))
    }

    /// The identifier that stands for a record.
    fn stands(&mut self, kind: Kind, sourced_id: &str) -> Result<String> {
        if self.merges.is_none() {
            self.merges = Some(self.stored()?.merges()?);
        }
        Ok(self.merges.as_ref().map_or(sourced_id, |merges| merges.stands(kind, sourced_id)).to_owned())
    }
}

impl Known for Recorded {
    fn record(&mut self, kind: Kind, sourced_id: &str) -> Option<KnownRecord> {
        let key = (kind, id_digest(sourced_id));
        if let Some(answer) = self.answers.get(&key) {
            return *answer;
        }
        if self.failed.is_some() {
            return None;
        }
        match self.ask(kind, sourced_id) {
            Ok(answer) => {
                self.answers.insert(key, answer);
                answer
            }
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }
    fn refers(&mut self, kind: Kind, sourced_id: &str, look: &mut dyn FnMut(Kind, &str) -> bool) -> bool {
        if self.failed.is_some() {
            return false;
        }
        self.look(kind, sourced_id, look).unwrap_or_else(|error| {
            self.failed = Some(error);
            false
        })
    }
}
