//! How many records a request selects.

use super::{Asked, Counts, Engine, Reader, Session, Where};
use crate::context::Context;
use crate::sql::Goal;
use crate::{Read, Result, Tombstones};
use oneroster::model::Version;

impl<E: Engine> Reader<E> {
    /// How many records the pages of an earlier version have.
    pub fn count_at(&self, read: &Read<'_>, version: i64) -> Result<u64> {
        self.twice(&mut |_| (), |near, _| self.count_at_once(read, version, near))
    }

    fn count_at_once(&self, read: &Read<'_>, version: i64, near: Where) -> Result<u64> {
        let mut session = self.begin(near, read)?;
        let standing = session.standing()?;
        if session.nothing_yet(Some(standing.published))? {
            return Ok(0);
        }
        let (now, _) = self.stands(&mut session, read, standing.of(read.kind))?;
        let count = self.total_of(&mut session, &Asked::of(read, Vec::new()), (version.min(now), now))?;
        session.end()?;
        Ok(count)
    }

    /// How many records a request selects in a version.
    pub(super) fn total_of(
        &self,
        session: &mut E::Session,
        asked: &Asked<'_>,
        (version, now): (i64, i64),
    ) -> Result<u64> {
        if version == now {
            return self.total(session, asked, now);
        }
        let Asked { read, planned, parents } = asked;
        let mut shape = planned.shape.clone();
        (shape.goal, shape.past) = (Goal::Count, true);
        let statement = self.statement(&shape);
        let context = Context { version, ..self.context(read, parents, "") };
        let count = session.number(&statement, &context.values(&statement)?)?.unwrap_or(0);
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// How many records a request selects in the version that stands.
    pub(super) fn total(&self, session: &mut E::Session, asked: &Asked<'_>, now: i64) -> Result<u64> {
        let Asked { read, planned, parents } = asked;
        if planned.shape.clauses.is_empty()
            && planned.shape.views.is_empty()
            && let Some(total) = counted(session.counts(read.kind, read.view)?, read)
        {
            return Ok(total);
        }
        if let Some(total) = self.totals.get(&(now, planned.request)) {
            return Ok(total);
        }
        let mut shape = planned.shape.clone();
        shape.goal = Goal::Count;
        let statement = self.statement(&shape);
        let context = Context { version: now, ..self.context(read, parents, "") };
        let total = session.number(&statement, &context.values(&statement)?)?.unwrap_or(0);
        let total = u64::try_from(total).unwrap_or(0);
        self.totals.put((now, planned.request), total);
        Ok(total)
    }
}

/// The total of a plain collection, kept by the writer.
fn counted(counts: Counts, read: &Read<'_>) -> Option<u64> {
    let Counts { live, dead, only1p2 } = counts;
    // How many of a view's tombstones have a form to show, is not kept.
    if read.view.is_some() && read.tombstones == Tombstones::Shown {
        return None;
    }
    if only1p2 > 0 && read.version == Version::V1P1 {
        return None;
    }
    let total = if read.tombstones == Tombstones::Shown { live + dead } else { live };
    u64::try_from(total).ok()
}
