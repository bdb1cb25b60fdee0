//! What is written joins the queue, in the transaction that writes it.

use super::{FROM, home};
use crate::Result;
use crate::gradebook::{APPLICATIONS, is_written};
use crate::intake::Cell;
use crate::work::Work;
use oneroster::model::{Kind, Place};

/// Deletions go after everything that is put, and what names others before
/// those: the phases of puts are the kinds, parents first.
const AFTER_PUTS: i64 = 1000;

/// Whose records are meant, in SQL: a table of their names, how its numbers and
/// the owners of records belong together, which owners.
struct Whose {
    names: &'static str,
    number: String,
    which: String,
}

impl Whose {
    fn applications() -> Whose {
        let number = format!("t.owner - {APPLICATIONS}");
        Whose { names: "authors", number, which: format!("t.owner >= {APPLICATIONS}") }
    }

    fn source(id: u32) -> Whose {
        Whose { names: "sources", number: "t.owner".to_owned(), which: format!("t.owner = {id}") }
    }
}

/// The kinds that may be forwarded.
fn forwarded() -> impl Iterator<Item = Kind> {
    Kind::all().filter(|kind| is_written(*kind) && kind.entity().place == Place::Class)
}

/// Queues what applications wrote of some kinds at an instant, if there is a
/// home of grades.
pub(crate) fn queue_written(work: &mut Work<'_>, kinds: impl Iterator<Item = Kind>, published: i64) -> Result<()> {
    if home(work)?.is_none() {
        return Ok(());
    }
    let kinds: Vec<Kind> = kinds.collect();
    for kind in forwarded().filter(|kind| kinds.contains(kind)) {
        queue(work, kind, &Whose::applications(), "t.published = ?1", &[Cell::Whole(published)])?;
    }
    Ok(())
}

/// The same for what a run wrote, if the grades of its source are forwarded.
pub(crate) fn queue_run(work: &mut Work<'_>, source: u32, published: i64) -> Result<()> {
    if home(work)?.is_none() {
        return Ok(());
    }
    let (of_source, of_setting) = (work.own("o"), work.own("s"));
    let known = format!(
        "SELECT o.id FROM sources AS o JOIN settings AS s ON {of_setting} s.scope = ?1 AND s.key = o.name \
         WHERE {of_source} o.id = ?2"
    );
    if !work.any(&known, &[Cell::Text(FROM), Cell::Whole(source.into())])? {
        return Ok(());
    }
    for kind in forwarded() {
        queue(work, kind, &Whose::source(source), "t.published = ?1", &[Cell::Whole(published)])?;
    }
    Ok(())
}

/// Queues every live record of applications that is not queued, or there, as it
/// stands; how many.
pub(crate) fn queue_owned(work: &mut Work<'_>) -> Result<u64> {
    let mut count = 0;
    for kind in forwarded() {
        let own = work.own("f");
        let missing = format!(
            "t.status = 0 AND NOT EXISTS (SELECT 1 FROM forwards AS f WHERE {own} f.kind = {} AND \
             f.id = t.\"sourcedId\" AND f.version >= t.published)",
            kind as i64
        );
        count += queue(work, kind, &Whose::applications(), &missing, &[])?;
    }
    Ok(count)
}

fn queue(work: &mut Work<'_>, kind: Kind, whose: &Whose, which: &str, values: &[Cell<'_>]) -> Result<u64> {
    let (column, first) = work.first();
    let (of_record, of_name) = (work.own("t"), work.own("n"));
    let (table, number) = (kind.entity().plural, kind as i64);
    let deletion = AFTER_PUTS - number;
    let Whose { names, number: owner, which: owners } = whose;
    let sql = format!(
        "INSERT INTO forwards ({column}kind, id, version, author, gone, state, phase, tries, due) \
         SELECT {first}{number}, t.\"sourcedId\", t.published, n.name, CASE WHEN t.status = 0 THEN 0 ELSE 1 END, 0, \
         CASE WHEN t.status = 0 THEN {number} ELSE {deletion} END, 0, 0 \
         FROM \"{table}\" AS t JOIN {names} AS n ON {of_name} n.id = {owner} \
         WHERE {of_record} {owners} AND {which} \
         ON CONFLICT ({column}kind, id) DO UPDATE SET version = excluded.version, author = excluded.author, \
         gone = excluded.gone, state = 0, phase = excluded.phase, tries = 0, due = 0, status = NULL, said = NULL"
    );
    work.execute(&sql, values)
}
