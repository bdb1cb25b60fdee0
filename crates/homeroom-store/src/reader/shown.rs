//! Whether a record was shown: a page that was given earlier, looked at once more.

use super::{Ask, Engine, Reader, Session, Where};
use crate::context::Context;
use crate::plan::plan;
use crate::sql::{Goal, Order};
use crate::{Read, Result, Shown, Tombstones};
use oneroster::record::Status;

impl<E: Engine> Reader<E> {
    /// Whether a record was on a page that was given earlier.
    pub fn was_shown(&self, read: &Read<'_>, shown: &Shown, sourced_id: &str) -> Result<bool> {
        self.twice(&mut |_| (), |near, _| self.was_shown_once(read, shown, sourced_id, near))
    }

    fn was_shown_once(&self, read: &Read<'_>, shown: &Shown, sourced_id: &str, near: Where) -> Result<bool> {
        let mut session = self.begin(near, read)?;
        // Of a view that is gone nobody can tell any more.
        self.stands(&mut session, read, 0)?;
        let Some(parents) = self.parents(&mut session, read)? else { return Ok(false) };
        let mut shape = plan(read).shape;
        shape.past = true;
        let by_row = shown.after.zip(shown.upto).filter(|_| shape.order == Order::Row);
        shape.goal = if by_row.is_some() { Goal::One } else { Goal::Page };
        shape.skip = by_row.is_none();
        let read = &Read { limit: shown.given, ..read.clone() };
        let statement = self.statement(&shape);
        let skip = shown.skipped;
        let context = Context { version: shown.version, skip, ..self.context(read, &parents, sourced_id) };
        let values = context.values(&statement)?;
        let dead = read.tombstones == Tombstones::Shown;
        let mut found = false;
        let ask = Ask::alone(read, &statement, values, &shape.order, 1);
        let given = session.give(&ask, &mut |row| {
            found |= row.sourced_id == sourced_id && (dead || row.status == Status::Active);
        })?;
        session.end()?;
        let within = match (by_row, given.key.first()) {
            (Some((after, upto)), Some(rid)) => (after + 1..=upto).contains(&rid.whole()),
            _ => true,
        };
        Ok(found && within)
    }
}
