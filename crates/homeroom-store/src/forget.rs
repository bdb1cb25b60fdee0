//! Forgetting a person.
//!
//! What is left is a bare tombstone of each record of theirs, an identifier and
//! nothing else, so that applications that follow the changes delete them, too.
//! Earlier rows become bare tombstones as well rather than vanish, so that runs
//! can still be counted and taken back.

use crate::claims;
use crate::intake::Cell;
use crate::schema::{CARRIED, Content, DERIVED, HELD_ROLES, SEPARATOR, UNTIL, all_columns, carried, columns, history};
use crate::work::{Work, bytes, text, whole};
use crate::{Error, ErrorKind, Result};
use oneroster::model::{Kind, Type};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use std::collections::BTreeMap;

/// So many rows are asked for by one statement.
const SOME: usize = 500;
/// The digest of a row whose content no package can have: whatever comes next is
/// compared in full.
pub(crate) const NO_DIGEST: i64 = 0;

/// What was taken from the roster.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Forgotten {
    /// How many records of each file became bare tombstones.
    pub records: BTreeMap<&'static str, u64>,
    /// How many records of others named the person, and no longer do.
    pub named_by: u64,
    /// When that became visible; none if there was nothing to do.
    pub published: Option<Timestamp>,
}

/// Rows by kind.
type Rids = BTreeMap<Kind, Vec<i64>>;

/// Every record of a person with its row id and its identifier; the person's own
/// first. Empty if there is no such person.
pub(crate) fn records(work: &mut Work<'_>, sourced_id: &str) -> Result<Vec<(Kind, i64, String)>> {
    let mut all = Vec::new();
    for (kind, rids) in theirs(work, sourced_id)? {
        for some in rids.chunks(SOME) {
            let sql = crate::review::some_rows(work, kind, "rid, \"sourcedId\"", some);
            work.query(&sql, &[], &mut |row| {
                all.push((kind, whole(row, 0)?, text(row, 1)?.unwrap_or_default().to_owned()));
                Ok(())
            })?;
        }
    }
    all.sort_by_key(|(kind, ..)| *kind != Kind::User);
    Ok(all)
}

/// Takes a person out of the roster and its history; to be called within a
/// transaction.
pub(crate) fn forget(work: &mut Work<'_>, sourced_id: &str, now: Timestamp) -> Result<Forgotten> {
    let version = locked(work)?;
    let published = crate::visible::next_version(work, now, version)?;
    let mut done = Forgotten::default();
    let all = theirs(work, sourced_id)?;
    let people = all.get(&Kind::User).cloned().unwrap_or_default();
    if people.is_empty() {
        return Ok(done);
    }
    let names = claims::names(work, sourced_id)?;
    // What waits to be forwarded, and what was said of it, goes along.
    for (kind, _, id) in records(work, sourced_id)? {
        crate::forwards::forget(work, kind, &id)?;
    }
    for (kind, rids) in &all {
        let live = bare(work, *kind, rids, published, &mut done)?;
        if live > 0 {
            let sql =
                format!("UPDATE counts SET live = live - ?1, dead = dead + ?1 WHERE {} kind = ?2", work.own("counts"));
            work.execute(&sql, &[Cell::Whole(live), Cell::Text(kind.entity().plural)])?;
        }
    }
    // Rows of others today that were of this person once.
    for (kind, name) in naming(Kind::User) {
        let which = format!("\"{name}\" = ?1");
        let past = history(kind.entity());
        for rid in &people {
            blank(work, kind, &past, None, &which, &[Cell::Whole(*rid)])?;
        }
    }
    for name in &names {
        done.named_by += unname(work, name, published)?;
    }
    claims::forget(work, &names, all.iter())?;
    if done.records.values().sum::<u64>() + done.named_by > 0 {
        let sql = format!("UPDATE state SET published = ?1 WHERE {} published >= 0", work.own("state"));
        work.execute(&sql, &[Cell::Whole(published)])?;
        crate::visible::follow(work, published)?;
        let records = all.iter().map(|(kind, rids)| (*kind, rids.as_slice()));
        crate::visible::forget(work, sourced_id, records, published)?;
        for name in names.iter().filter(|name| *name != sourced_id) {
            crate::visible::forget(work, name, std::iter::empty(), published)?;
        }
        done.published = Some(Timestamp(published));
    }
    Ok(done)
}

/// The version that stands; nobody else writes until the transaction ends.
pub(crate) fn locked(work: &mut Work<'_>) -> Result<i64> {
    let own = work.own("state");
    let lock = match work {
        Work::Sqlite(_) => "",
        Work::Postgres(..) => " FOR UPDATE",
    };
    let sql = format!("SELECT published FROM state WHERE {own} published >= 0{lock}");
    Ok(work.number(&sql, &[])?.unwrap_or_default())
}

/// The reference columns that name a record of a kind.
fn naming(target: Kind) -> impl Iterator<Item = (Kind, &'static str)> {
    let all = Kind::all().flat_map(|kind| columns(kind).iter().map(move |column| (kind, column)));
    all.filter(move |(kind, column)| {
        let field = kind.entity().fields.get(usize::from(column.field));
        field.is_some_and(|field| !field.many && matches!(field.ty, Type::Ref(named, _) if named == target))
    })
    .map(|(kind, column)| (kind, column.name.as_str()))
}

/// The rows of a person: their own, those that name them, and what belongs to
/// these.
fn theirs(work: &mut Work<'_>, sourced_id: &str) -> Result<Rids> {
    let mut all = Rids::new();
    // Of a person of several identifiers, the records of all of them.
    for person in claims::names(work, sourced_id)? {
        let id = [Cell::Text(&person)];
        let Some(rid) = rows(work, Kind::User, "\"sourcedId\" = ?1", &id)?.first().copied() else { continue };
        all.entry(Kind::User).or_default().push(rid);
        let demographics = rows(work, Kind::Demographics, "\"sourcedId\" = ?1", &id)?;
        all.entry(Kind::Demographics).or_default().extend(demographics);
        for (kind, name) in naming(Kind::User) {
            let found = rows(work, kind, &format!("\"{name}\" = ?1"), &[Cell::Whole(rid)])?;
            all.entry(kind).or_default().extend(found);
        }
    }
    // Kinds stand after those that they belong to.
    for kind in Kind::all() {
        let Some(parent) = kind.entity().parent_kind().filter(|parent| *parent != Kind::User) else { continue };
        let above = all.get(&parent).cloned().unwrap_or_default();
        let named = naming(parent).filter(|(other, _)| *other == kind);
        for (_, name) in named {
            for some in above.chunks(SOME) {
                let list: Vec<String> = some.iter().map(i64::to_string).collect();
                let found = rows(work, kind, &format!("\"{name}\" IN ({})", list.join(", ")), &[])?;
                all.entry(kind).or_default().extend(found);
            }
        }
    }
    for rids in all.values_mut() {
        rids.sort_unstable();
        rids.dedup();
    }
    all.retain(|_, rids| !rids.is_empty());
    Ok(all)
}

fn rows(work: &mut Work<'_>, kind: Kind, which: &str, values: &[Cell<'_>]) -> Result<Vec<i64>> {
    let mut found = Vec::new();
    let sql = format!("SELECT rid FROM \"{}\" AS t WHERE {} {which}", kind.entity().plural, work.own("t"));
    work.query(&sql, values, &mut |row| {
        found.push(whole(row, 0)?);
        Ok(())
    })?;
    Ok(found)
}

/// Makes rows of a kind and their earlier forms bare tombstones; gives how many
/// were live.
fn bare(work: &mut Work<'_>, kind: Kind, rids: &[i64], published: i64, done: &mut Forgotten) -> Result<i64> {
    let mut empty = Vec::new();
    Record::new(kind).pack(&mut empty);
    let (mut live, past) = (0, history(kind.entity()));
    for some in rids.chunks(SOME) {
        let mut now = Vec::new();
        let sql = crate::review::some_rows(work, kind, "rid, status, packed", some);
        work.query(&sql, &[], &mut |row| {
            now.push((whole(row, 0)?, whole(row, 1)? == 0, bytes(row, 2)? == empty));
            Ok(())
        })?;
        for (rid, alive, is_bare) in now {
            live += i64::from(alive);
            if alive || !is_bare {
                blank(work, kind, kind.entity().plural, Some(published), "rid = ?1", &[Cell::Whole(rid)])?;
                *done.records.entry(kind.entity().plural).or_default() += 1;
            }
            blank(work, kind, &past, None, "rid = ?1", &[Cell::Whole(rid)])?;
            // Nor is it told what the record was called before it was renamed.
            let (of_past, own) = (work.own(&format!("\"{past}\"")), work.own("t"));
            let name = format!(
                "UPDATE \"{past}\" SET \"sourcedId\" = \
                 (SELECT t.\"sourcedId\" FROM \"{}\" AS t WHERE {own} t.rid = ?1) WHERE {of_past} rid = ?1",
                kind.entity().plural
            );
            work.execute(&name, &[Cell::Whole(rid)])?;
        }
    }
    Ok(live)
}

/// Empties rows of a table.
fn blank(
    work: &mut Work<'_>,
    kind: Kind,
    table: &str,
    published: Option<i64>,
    which: &str,
    values: &[Cell<'_>],
) -> Result<()> {
    let mut record = Record::new(kind);
    let mut packed = Vec::new();
    record.pack(&mut packed);
    let at = values.len() + 1;
    let mut sets =
        vec!["status = 1".to_owned(), "\"sourceModified\" = NULL".to_owned(), format!("digest = {NO_DIGEST}")];
    sets.push(format!("packed = ?{at}"));
    let own = columns(kind).iter().map(|column| column.name.as_str()).chain(DERIVED);
    let held = (kind == Kind::User).then_some(HELD_ROLES);
    sets.extend(own.chain(held).map(|name| format!("\"{name}\" = NULL")));
    sets.extend(carried(kind).next().map(|_| format!("\"{CARRIED}\" = '{{}}'")));
    sets.extend(published.map(|at| format!("published = {at}")));
    let sql = format!("UPDATE \"{table}\" SET {} WHERE {} {which}", sets.join(", "), work.own(&format!("\"{table}\"")));
    let values: Vec<Cell<'_>> = values.iter().copied().chain([Cell::Bytes(&packed)]).collect();
    work.execute(&sql, &values).map(drop)
}

/// Takes an identifier out of every list of people, now and in the past; gives
/// how many records have another content by it.
fn unname(work: &mut Work<'_>, sourced_id: &str, published: i64) -> Result<u64> {
    let mut changed = 0;
    for kind in Kind::all() {
        for column in columns(kind).iter().filter(|column| column.content == Content::Ids) {
            let field = kind.entity().fields.get(usize::from(column.field));
            if !field.is_some_and(|field| matches!(field.ty, Type::Ref(Kind::User, _))) {
                continue;
            }
            let past = history(kind.entity());
            unlist(work, kind, &past, column.field, &column.name, sourced_id)?;
            let live = unlist(work, kind, kind.entity().plural, column.field, &column.name, sourced_id)?;
            changed += live.len() as u64;
            for rid in live {
                follow(work, kind, rid, published)?;
            }
        }
    }
    Ok(changed)
}

/// Lets consumers follow a row that was changed in place.
fn follow(work: &mut Work<'_>, kind: Kind, rid: i64, published: i64) -> Result<()> {
    let (table, past, (tenant, first)) = (kind.entity().plural, history(kind.entity()), work.first());
    let list: Vec<String> = all_columns(kind).iter().map(|name| format!("\"{name}\"")).collect();
    let (list, own) = (list.join(", "), work.own(&format!("\"{table}\"")));
    let values = [Cell::Whole(rid), Cell::Whole(published)];
    let keep = format!(
        "INSERT INTO \"{past}\" ({tenant}{list}, {UNTIL}) SELECT {first}{list}, ?2 FROM \"{table}\" WHERE {own} rid = ?1"
    );
    work.execute(&keep, &values)?;
    let sql = format!("UPDATE \"{table}\" SET published = ?2 WHERE {own} rid = ?1");
    work.execute(&sql, &values).map(drop)
}

/// Takes an identifier out of a list in every row of a table; gives the row ids
/// of the live ones.
fn unlist(work: &mut Work<'_>, kind: Kind, table: &str, field: u8, name: &str, id: &str) -> Result<Vec<i64>> {
    let item = format!("{SEPARATOR}{id}{SEPARATOR}");
    let position = match work {
        Work::Sqlite(_) => "instr",
        Work::Postgres(..) => "strpos",
    };
    let own = work.own("t");
    let sql = format!(
        "SELECT t.rid, t.published, t.status, t.packed FROM \"{table}\" AS t \
         WHERE {own} {position}(t.\"{name}\", ?1) > 0"
    );
    let mut found = Vec::new();
    work.query(&sql, &[Cell::Text(&item)], &mut |row| {
        let lost = || Error::new(ErrorKind::Internal, "a stored record cannot be read");
        let record = Record::unpack(kind, "", bytes(row, 3)?).ok_or_else(lost)?;
        found.push((whole(row, 0)?, whole(row, 1)?, whole(row, 2)? == 0, record));
        Ok(())
    })?;
    let own = work.own(&format!("\"{table}\""));
    let sql = format!(
        "UPDATE \"{table}\" SET packed = ?3, digest = ?4, \"{name}\" = ?5 WHERE {own} rid = ?1 AND published = ?2"
    );
    let mut live = Vec::new();
    for (rid, published, alive, mut record) in found {
        let others: Vec<String> = record.list(field).filter(|other| *other != id).map(str::to_owned).collect();
        record.set(field, "");
        others.iter().for_each(|other| record.push(field, other));
        let mut packed = Vec::new();
        record.pack(&mut packed);
        let list: String = others.iter().map(|other| format!("{SEPARATOR}{other}")).collect();
        let list = if list.is_empty() { list } else { format!("{list}{SEPARATOR}") };
        let list = if list.is_empty() { Cell::Null } else { Cell::Text(&list) };
        let values = [Cell::Whole(rid), Cell::Whole(published), Cell::Bytes(&packed), Cell::Whole(NO_DIGEST), list];
        work.execute(&sql, &values)?;
        if alive {
            live.push(rid);
        }
    }
    Ok(live)
}
