//! People under several identifiers: what names them, and who might be one.

use crate::intake::{Cell, Merge, RowsOfKinds};
use crate::schema::{Content, UNTIL, column, columns, history};
use crate::work::{Work, bytes, text, whole};
use crate::{Error, ErrorKind, Result};
use hashbrown::{HashMap, HashSet};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;

/// A live person.
#[derive(Clone, Debug)]
pub struct Somebody {
    /// Who owns the record.
    pub owner: u32,
    /// The record.
    pub record: Record,
    /// When they were born, if it is known.
    pub born: Option<String>,
}

/// The rows that name those of some pairs who go.
pub(crate) fn naming(work: &mut Work<'_>, pairs: &[Merge]) -> Result<RowsOfKinds> {
    let mut keeps: HashSet<&str> = HashSet::new();
    let mut others: HashSet<&str> = HashSet::new();
    for pair in pairs {
        keeps.insert(&pair.keep);
        if !others.insert(&pair.other) {
            return Err(twice(&pair.other));
        }
    }
    if let Some(both) = keeps.intersection(&others).next() {
        return Err(twice(both));
    }
    let mut rids: HashMap<i64, String> = HashMap::new();
    for pair in pairs {
        if let Some(rid) = rid(work, &pair.other)? {
            rids.insert(rid, pair.other.clone());
        }
    }
    crate::rekey::naming(work, &[(Kind::User, rids)].into())
}

fn twice(id: &str) -> Error {
    Error::new(ErrorKind::Refused, format!("person {id} is meant to be one with two others; name them one by one"))
}

fn rid(work: &mut Work<'_>, id: &str) -> Result<Option<i64>> {
    let (table, own) = (Kind::User.entity().plural, work.own("t"));
    work.number(&format!("SELECT rid FROM \"{table}\" AS t WHERE {own} \"sourcedId\" = ?1"), &[Cell::Text(id)])
}

/// The rows that are another one's once a person is two again: those that named
/// them until they became one, and those that came since from sources that know
/// the person by that identifier alone.
pub(crate) fn moved(work: &mut Work<'_>, other: &str) -> Result<RowsOfKinds> {
    let (mut keep, mut published) = (None, 0);
    let sql = format!("SELECT new, published FROM merges WHERE {} old = ?1 AND until IS NULL", work.own("merges"));
    work.query(&sql, &[Cell::Text(other)], &mut |row| {
        keep = text(row, 0)?.map(str::to_owned);
        published = whole(row, 1)?;
        Ok(())
    })?;
    let Some(keep) = keep else {
        let message = format!("{other} was not made one with anybody; see who was with: homeroom people list");
        return Err(Error::new(ErrorKind::Refused, message));
    };
    let mut moved = RowsOfKinds::new();
    let (Some(now), before) = (rid(work, &keep)?, rid(work, other)?) else { return Ok(moved) };
    let sources = sources(work, now, other)?;
    for kind in Kind::all() {
        for column in columns(kind) {
            let target = kind.entity().fields.get(usize::from(column.field)).and_then(|field| field.target());
            if target != Some(Kind::User) || !matches!(column.content, Content::RowId(_)) {
                continue;
            }
            let rows = moved.entry(kind).or_default();
            let (table, name, past) = (kind.entity().plural, &column.name, history(kind.entity()));
            let (own, of_past) = (work.own("t"), work.own("h"));
            if let Some(before) = before {
                let sql = format!(
                    "SELECT t.rid FROM \"{past}\" AS h JOIN \"{table}\" AS t ON {own} t.rid = h.rid \
                     WHERE {of_past} h.{UNTIL} = ?1 AND h.\"{name}\" = ?2 AND t.\"{name}\" = ?3 AND t.status = 0"
                );
                take(work, &sql, &[Cell::Whole(published), Cell::Whole(before), Cell::Whole(now)], rows)?;
            }
            for source in &sources {
                let sql = format!(
                    "SELECT t.rid FROM \"{table}\" AS t WHERE {own} t.\"{name}\" = ?1 AND t.owner = ?2 AND t.status = 0"
                );
                take(work, &sql, &[Cell::Whole(now), Cell::Whole((*source).into())], rows)?;
            }
        }
    }
    named_in_lists(work, published, other, &mut moved)?;
    moved.retain(|_, rows| !rows.is_empty());
    Ok(moved)
}

fn take(work: &mut Work<'_>, sql: &str, values: &[Cell<'_>], rows: &mut HashSet<i64>) -> Result<()> {
    work.query(sql, values, &mut |row| {
        rows.insert(whole(row, 0)?);
        Ok(())
    })
}

/// People whose agents named somebody until they became one with another.
fn named_in_lists(work: &mut Work<'_>, published: i64, other: &str, moved: &mut RowsOfKinds) -> Result<()> {
    let Some(agents) = column(Kind::User, at!(User.agents)) else { return Ok(()) };
    let past = history(Kind::User.entity());
    let sql =
        format!("SELECT h.rid, h.\"{}\" FROM \"{past}\" AS h WHERE {} h.{UNTIL} = ?1", agents.name, work.own("h"));
    let rows = moved.entry(Kind::User).or_default();
    work.query(&sql, &[Cell::Whole(published)], &mut |row| {
        let list = text(row, 1)?.unwrap_or_default();
        if list.split(crate::schema::SEPARATOR).any(|id| id == other) {
            rows.insert(whole(row, 0)?);
        }
        Ok(())
    })
}

/// The sources that know a person by one identifier and by no other.
fn sources(work: &mut Work<'_>, rid: i64, name: &str) -> Result<Vec<u32>> {
    let said = crate::claims::holders_of(work, Kind::User, rid)?;
    let by = |theirs: bool| -> HashSet<u32> {
        said.iter().filter(|one| (one.name == name) == theirs).map(|one| one.source).collect()
    };
    Ok(by(true).difference(&by(false)).copied().collect())
}

/// Gives every live person.
pub(crate) fn everybody(work: &mut Work<'_>, sink: &mut dyn FnMut(Somebody)) -> Result<()> {
    let mut births: HashMap<String, String> = HashMap::new();
    let (table, own) = (Kind::Demographics.entity().plural, work.own("t"));
    let sql = format!("SELECT \"sourcedId\", packed FROM \"{table}\" AS t WHERE {own} status = 0");
    work.query(&sql, &[], &mut |row| {
        let id = text(row, 0)?.unwrap_or_default();
        let record = Record::unpack(Kind::Demographics, id, bytes(row, 1)?);
        if let Some(born) = record.as_ref().and_then(|record| record.get(at!(Demographics.birthDate))) {
            births.insert(id.to_owned(), born.to_owned());
        }
        Ok(())
    })?;
    let table = Kind::User.entity().plural;
    let sql = format!("SELECT \"sourcedId\", owner, packed FROM \"{table}\" AS t WHERE {own} status = 0 ORDER BY rid");
    work.query(&sql, &[], &mut |row| {
        let id = text(row, 0)?.unwrap_or_default();
        if let Some(record) = Record::unpack(Kind::User, id, bytes(row, 2)?) {
            let owner = u32::try_from(whole(row, 1)?).unwrap_or_default();
            sink(Somebody { owner, born: births.remove(id), record });
        }
        Ok(())
    })
}

/// Gives every live record that a source owns.
pub(crate) fn owned(work: &mut Work<'_>, source: u32, sink: &mut dyn FnMut(&Record)) -> Result<()> {
    for kind in Kind::all() {
        let (table, own) = (kind.entity().plural, work.own("t"));
        let sql = format!("SELECT \"sourcedId\", packed FROM \"{table}\" AS t WHERE {own} status = 0 AND owner = ?1");
        work.query(&sql, &[Cell::Whole(source.into())], &mut |row| {
            if let Some(record) = Record::unpack(kind, text(row, 0)?.unwrap_or_default(), bytes(row, 1)?) {
                sink(&record);
            }
            Ok(())
        })?;
    }
    Ok(())
}
