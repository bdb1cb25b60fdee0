//! Which rows of a kind came with a run: statements that give their row ids.
//!
//! Right after a large run the statistics of a server know nothing of its
//! instant yet, or of the district's history at all: it takes thousands of rows
//! for one, and compares each with each. A set is taken from a set without such
//! a guess, and many rows are joined by sets, too ([`join_many`]).

use crate::Result;
use crate::schema::{UNTIL, history};
use crate::work::Work;
use oneroster::model::Kind;

/// Of fewer rows each may well be compared with each; and fewer are better looked
/// up than found among all of a district.
const MANY: u64 = 1_000;

/// Tells a server how many rows the next statements join, since it cannot know.
pub(crate) fn join_many(work: &mut Work<'_>, rows: u64) -> Result<()> {
    if let Work::Postgres(..) = work {
        let loops = if rows > MANY { "off" } else { "DEFAULT" };
        work.execute(&format!("SET LOCAL enable_nestloop TO {loops}"), &[])?;
    }
    Ok(())
}

/// Those that the run which was published at `?1` added, and nobody replaced
/// since.
pub(crate) fn standing(work: &Work<'_>, kind: Kind) -> String {
    let (table, own) = (kind.entity().plural, work.own("t"));
    format!("SELECT t.rid FROM \"{table}\" AS t WHERE {own} t.published = ?1 EXCEPT {}", replaced(work, kind))
}

/// Those that it added, and a later run replaced.
pub(crate) fn put_away(work: &Work<'_>, kind: Kind) -> String {
    let (table, past) = (kind.entity().plural, history(kind.entity()));
    let (of_past, of_added) = (work.own("g"), work.own("a"));
    format!(
        "SELECT g.rid FROM added AS a \
         JOIN \"{past}\" AS g ON {of_past} g.rid BETWEEN a.first AND a.last AND g.published = ?1 \
         WHERE {of_added} a.published = ?1 AND a.kind = '{table}' EXCEPT {}",
        replaced(work, kind)
    )
}

/// Those that it replaced.
fn replaced(work: &Work<'_>, kind: Kind) -> String {
    let (past, own) = (history(kind.entity()), work.own("h"));
    format!("SELECT h.rid FROM \"{past}\" AS h WHERE {own} h.{UNTIL} = ?1")
}
