//! The records that a run moves, before and after.

use crate::Result;
use crate::came;
use crate::intake::{Action, Cell, Compared, RETURNS};
use crate::review::{each, kind_of, place, some_rows};
use crate::schema::history;
use crate::work::{Work, bytes, number, text, whole};
use hashbrown::HashMap;
use oneroster::model::Kind;
use oneroster::record::Record;

/// One record that a run moves.
#[derive(Debug)]
pub struct Moved<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier.
    pub sourced_id: &'a str,
    /// As it was; none if it was not there or deleted.
    pub before: Option<Record>,
    /// As it is afterwards; none if it is deleted.
    pub after: Option<Record>,
}

/// Takes moved records one by one.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(Moved<'_>);

/// Gives what a written run moved, by the instant of its publication.
pub(crate) fn written(work: &mut Work<'_>, published: i64, sink: Sink<'_>) -> Result<()> {
    for kind in Kind::all() {
        let (table, past) = (kind.entity().plural, history(kind.entity()));
        let (own, of_past) = (work.own("t"), work.own("h"));
        let at = [Cell::Whole(published)];
        let many = format!(
            "SELECT (SELECT count(*) FROM \"{past}\" AS h WHERE {of_past} h.until = ?1) \
             + (SELECT count(*) FROM \"{table}\" AS t WHERE {own} t.published = ?1) \
             + (SELECT CAST(coalesce(sum(a.last - a.first + 1), 0) AS bigint) FROM added AS a \
             WHERE {} a.published = ?1 AND a.kind = '{table}')",
            work.own("a")
        );
        let many = work.number(&many, &at)?.unwrap_or_default().unsigned_abs();
        came::join_many(work, many)?;
        // What it replaced, with what it left: the row as it stands, or the
        // earlier row that a later run put away. Rows that stand are found by
        // their number alone.
        let left = |column: &str| format!("CASE WHEN t.published = ?1 THEN t.{column} END");
        let replaced = format!(
            "SELECT h.\"sourcedId\", h.status, h.packed, {}, {}, g.status, g.packed FROM \"{past}\" AS h \
             LEFT JOIN \"{table}\" AS t ON {own} t.rid = h.rid \
             LEFT JOIN \"{past}\" AS g ON {} g.rid = h.rid AND g.published = ?1 WHERE {of_past} h.until = ?1",
            left("status"),
            left("packed"),
            work.own("g")
        );
        work.query(&replaced, &at, &mut |row| {
            let id = text(row, 0)?.unwrap_or_default();
            let after = if number(row, 3)?.is_some() { record(kind, id, row, 3)? } else { record(kind, id, row, 5)? };
            sink(Moved { kind, sourced_id: id, before: record(kind, id, row, 1)?, after });
            Ok(())
        })?;
        let columns = "t.\"sourcedId\", t.status, t.packed";
        let added = [
            format!(
                "SELECT {columns} FROM ({}) AS n JOIN \"{table}\" AS t ON {own} t.rid = n.rid",
                came::standing(work, kind)
            ),
            format!(
                "SELECT {columns} FROM ({}) AS n JOIN \"{past}\" AS t ON {own} t.rid = n.rid AND t.published = ?1",
                came::put_away(work, kind)
            ),
        ];
        for sql in added {
            work.query(&sql, &at, &mut |row| {
                let id = text(row, 0)?.unwrap_or_default();
                sink(Moved { kind, sourced_id: id, before: None, after: record(kind, id, row, 1)? });
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// A record of a row that has its status and its packed form at a place; none
/// if it is deleted.
fn record(kind: Kind, id: &str, row: &[Cell<'_>], at: usize) -> Result<Option<Record>> {
    Ok(match number(row, at)? {
        Some(0) => Record::unpack(kind, id, bytes(row, at + 1)?),
        _ => None,
    })
}

/// So many changes wait for what is stored of them.
const SOME: usize = 500;

/// Gives what compared changes would move.
pub(crate) fn staged(work: &mut Work<'_>, compared: &mut Compared, sink: Sink<'_>) -> Result<()> {
    let mut waiting: Vec<(Kind, i64, Option<Record>)> = Vec::new();
    each(&mut compared.staged, &mut |head, cells| {
        let kind = kind_of(head);
        let mut after = None;
        if head.action != Action::Remove {
            let id = text(cells, place::SOURCED_ID)?.unwrap_or_default();
            after = Record::unpack(kind, id, bytes(cells, place::PACKED)?);
            if head.action == Action::Add || head.flags & RETURNS != 0 {
                sink(Moved { kind, sourced_id: id, before: None, after });
                return Ok(());
            }
        }
        if waiting.len() >= SOME || waiting.first().is_some_and(|(first, ..)| *first != kind) {
            look_up(work, &mut waiting, sink)?;
        }
        waiting.push((kind, head.rid, after));
        Ok(())
    })?;
    look_up(work, &mut waiting, sink)?;
    compared.staged.rewind()
}

fn look_up(work: &mut Work<'_>, waiting: &mut Vec<(Kind, i64, Option<Record>)>, sink: Sink<'_>) -> Result<()> {
    let Some((kind, ..)) = waiting.first() else { return Ok(()) };
    let kind = *kind;
    let rids: Vec<i64> = waiting.iter().map(|(_, rid, _)| *rid).collect();
    let mut after: HashMap<i64, Option<Record>> = waiting.drain(..).map(|(_, rid, after)| (rid, after)).collect();
    work.query(&some_rows(work, kind, "rid, \"sourcedId\", packed", &rids), &[], &mut |row| {
        let id = text(row, 1)?.unwrap_or_default();
        let before = Record::unpack(kind, id, bytes(row, 2)?);
        sink(Moved { kind, sourced_id: id, before, after: after.remove(&whole(row, 0)?).flatten() });
        Ok(())
    })
}

/// The names of the records of a kind that has a column of that name, by their
/// identifiers.
pub(crate) fn names(work: &mut Work<'_>, kind: Kind) -> Result<std::collections::HashMap<String, String>> {
    let mut names = std::collections::HashMap::new();
    let sql =
        format!("SELECT \"sourcedId\", name FROM \"{}\" AS t WHERE {} rid > 0", kind.entity().plural, work.own("t"));
    work.query(&sql, &[], &mut |row| {
        let word = |place| Ok::<_, crate::Error>(text(row, place)?.unwrap_or_default().to_owned());
        names.insert(word(0)?, word(1)?);
        Ok(())
    })?;
    Ok(names)
}

/// The identifiers of the live people of one version.
pub(crate) fn people(work: &mut Work<'_>, published: i64, sink: &mut dyn FnMut(&str)) -> Result<()> {
    let (table, own) = (Kind::User.entity().plural, work.own("t"));
    let sql = format!("SELECT \"sourcedId\" FROM \"{table}\" AS t WHERE {own} published = ?1 AND status = 0");
    work.query(&sql, &[Cell::Whole(published)], &mut |row| {
        sink(text(row, 0)?.unwrap_or_default());
        Ok(())
    })
}
