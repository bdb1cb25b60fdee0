//! Records that would go although others that stay point to them.
//!
//! Such a record stays, and with it what it points to itself: a class that has
//! results keeps its school and course. By force, what cannot stand without it
//! goes along instead.

use super::{SOME, Staying, Touched, Why, named, parent};
use crate::Result;
use crate::schema::{Column, Content, SEPARATOR, columns};
use crate::work::{Work, number, text, whole};
use hashbrown::{HashMap, HashSet};
use oneroster::model::{Kind, Version};
use oneroster::record::id_digest;

/// So few rows are looked up by an index rather than by reading them all.
const FEW: usize = 5_000;

/// A row that stays and points to one that goes.
struct Pointing {
    rid: i64,
    target: i64,
}

/// Decides what stays; gives how many scores go along by force.
pub(super) fn settle(work: &mut Work<'_>, touched: &mut Touched, stays: &mut Staying, force: bool) -> Result<u64> {
    let mut scores = 0;
    // Children come after their parents; what they hold up is known when the
    // parents are looked at.
    let mut order: Vec<Kind> = Kind::all().collect();
    order.reverse();
    loop {
        let mut moved = false;
        for kind in &order {
            for column in columns(*kind) {
                let Some(target) = kind.entity().fields.get(usize::from(column.field)).and_then(|f| f.target()) else {
                    continue;
                };
                let pointing = pointing(work, *kind, column, target, touched)?;
                // By force, what need not point anywhere points to a tombstone.
                let within = parent(*kind).is_some();
                if pointing.is_empty() || (force && !within && !falls(*kind, column)) {
                    continue;
                }
                moved = true;
                if force && !within {
                    scores += fall(*kind, pointing, touched);
                } else {
                    stay(work, *kind, target, &pointing, touched, stays)?;
                }
            }
        }
        if !moved {
            break;
        }
        within_kept(touched);
    }
    Ok(scores)
}

/// Whether a row cannot stand without what this column points to.
fn falls(kind: Kind, column: &Column) -> bool {
    let field = kind.entity().fields.get(usize::from(column.field));
    let required = |version| field.is_some_and(|f| f.csv_required.has(version) || f.json_required.has(version));
    Version::ALL.into_iter().any(required)
}

fn fall(kind: Kind, pointing: Vec<Pointing>, touched: &mut Touched) -> u64 {
    let rows = touched.entry(kind).or_default();
    let mut scores = 0;
    for Pointing { rid, .. } in pointing {
        rows.restore.remove(&rid);
        let new = rows.remove.insert(rid);
        scores += u64::from(new && matches!(kind, Kind::Result | Kind::AssessmentResult));
    }
    scores
}

fn stay(
    work: &mut Work<'_>,
    kind: Kind,
    target: Kind,
    pointing: &[Pointing],
    touched: &mut Touched,
    stays: &mut Staying,
) -> Result<()> {
    // One that points to it is enough to name.
    let by: HashMap<i64, i64> = pointing.iter().map(|one| (one.target, one.rid)).collect();
    let (targets, sources): (Vec<i64>, Vec<i64>) = by.iter().unzip();
    let (targets, sources) = (named(work, target, &targets)?, named(work, kind, &sources)?);
    let rows = touched.entry(target).or_default();
    for (target_rid, rid) in by {
        rows.remove.remove(&target_rid);
        let name = |names: &HashMap<i64, String>, rid| names.get(&rid).cloned().unwrap_or_default();
        stays.add(target, &name(&targets, target_rid), Why::Needed(kind, name(&sources, rid)));
    }
    Ok(())
}

/// The nested rows of a record that stays, stay.
fn within_kept(touched: &mut Touched) {
    for kind in Kind::all() {
        let Some((above, _)) = parent(kind) else { continue };
        let Some(going) = touched.get(&above).map(|rows| {
            let all: HashSet<i64> = rows.remove.iter().chain(rows.restore.keys()).copied().collect();
            all
        }) else {
            continue;
        };
        if let Some(rows) = touched.get_mut(&kind) {
            let parents = std::mem::take(&mut rows.parents);
            let moves = |rid: &i64| parents.get(rid).is_none_or(|parent| going.contains(parent));
            rows.remove.retain(&moves);
            rows.restore.retain(|rid, _| moves(rid));
            rows.parents = parents;
        }
    }
}

/// Live rows of a kind that stay as they are and point to rows that go.
fn pointing(
    work: &mut Work<'_>,
    kind: Kind,
    column: &Column,
    target: Kind,
    touched: &Touched,
) -> Result<Vec<Pointing>> {
    let Some(going) = touched.get(&target).map(|rows| &rows.remove).filter(|going| !going.is_empty()) else {
        return Ok(Vec::new());
    };
    let mine = touched.get(&kind);
    let stays = |rid: i64| mine.is_none_or(|rows| !rows.remove.contains(&rid) && !rows.restore.contains_key(&rid));
    let mut found = Vec::new();
    let own = work.own("t");
    let (table, name) = (kind.entity().plural, &column.name);
    let sql = format!("SELECT rid, \"{name}\" FROM \"{table}\" AS t WHERE {own} status = 0 AND \"{name}\" IS NOT NULL");
    if let Content::RowId(_) = column.content {
        let mut take = |row: &[crate::intake::Cell<'_>]| {
            let (rid, to) = (whole(row, 0)?, number(row, 1)?.unwrap_or_default());
            if going.contains(&to) && stays(rid) {
                found.push(Pointing { rid, target: to });
            }
            Ok(())
        };
        if column.indexed && going.len() <= FEW {
            let all: Vec<String> = going.iter().map(i64::to_string).collect();
            for some in all.chunks(SOME) {
                work.query(&format!("{sql} AND \"{name}\" IN ({})", some.join(", ")), &[], &mut take)?;
            }
        } else {
            work.query(&sql, &[], &mut take)?;
        }
        return Ok(found);
    }
    // A list names its targets by their identifiers.
    let all: Vec<i64> = going.iter().copied().collect();
    let ids: HashMap<u64, i64> =
        named(work, target, &all)?.into_iter().map(|(rid, id)| (id_digest(&id), rid)).collect();
    work.query(&sql, &[], &mut |row| {
        let rid = whole(row, 0)?;
        let list = text(row, 1)?.unwrap_or_default();
        for id in list.split(SEPARATOR).filter(|id| !id.is_empty()) {
            if let Some(to) = ids.get(&id_digest(id)).filter(|_| stays(rid)) {
                found.push(Pointing { rid, target: *to });
            }
        }
        Ok(())
    })?;
    Ok(found)
}
