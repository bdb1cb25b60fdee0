//! Renaming records: the same records under other identifiers.
//!
//! A row keeps its row id, so its history stays with it and columns that point
//! to it need no change; what names it by its identifier (the packed records and
//! lists of those that refer to it) does. A package is compared with the roster
//! as if everything were renamed already; what the package does not speak of is
//! rewritten on its own, and both are applied as one.

use crate::claims::{Holder, Merges, Said};
use crate::intake::{Action, Cell, Compared, Head, ONLY_1P2, Stage, Stored, StoredChild, StoredRow, StoredRows};
use crate::precedence::Precedence;
use crate::review::{each, kind_of};
use crate::schema::{Content, DERIVED, PUBLISHED, RID, SEPARATOR, STATUS, all_columns, columns};
use crate::work::{Work, bytes, text, whole};
use crate::{Error, ErrorKind, Result};
use hashbrown::{HashMap, HashSet};
use oneroster::model::{Kind, Place};
use oneroster::query::folded;
use oneroster::record::{Record, id_digest};
use std::sync::Arc;

/// So many rows are asked for by one statement.
const SOME: usize = 500;

/// One record under another identifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rename {
    /// Its kind.
    pub kind: Kind,
    /// Its identifier until now.
    pub old: String,
    /// Its identifier from now on.
    pub new: String,
}

/// What a mapping means for a roster.
#[derive(Default, Debug)]
pub struct Renames {
    /// The new identifier by kind and old one.
    names: HashMap<(Kind, String), String>,
    /// The old identifier by kind and new one.
    back: HashMap<(Kind, String), String>,
    /// Rows whose content names what is renamed, themselves among them.
    dirty: HashMap<Kind, HashSet<i64>>,
    /// Lines of the mapping whose record is not there.
    pub unknown: u64,
}

/// Looks up what a mapping renames; only records of the source are.
pub(crate) fn look(work: &mut Work<'_>, mapping: &[Rename], source: u32) -> Result<Renames> {
    let mut renames = Renames::default();
    let mut rids: HashMap<Kind, HashMap<i64, String>> = HashMap::new();
    let mut taken: HashSet<(Kind, String)> = HashSet::new();
    let shared = shared(mapping);
    for (one, asked) in mapping.iter().map(|one| (one, 1)).chain(shared.iter().map(|one| (one, 0))) {
        let Some(rid) = owned(work, one, source)? else {
            renames.unknown += asked;
            continue;
        };
        if !taken.insert((one.kind, one.new.clone())) || is_known(work, one.kind, &one.new)? {
            let name = one.kind.entity().name;
            let message =
                format!("{name} {} cannot be renamed to {}: that identifier is or was in use", one.old, one.new);
            return Err(Error::new(ErrorKind::Refused, message));
        }
        rids.entry(one.kind).or_default().insert(rid, one.old.clone());
        renames.names.insert((one.kind, one.old.clone()), one.new.clone());
        renames.back.insert((one.kind, one.new.clone()), one.old.clone());
        renames.dirty.entry(one.kind).or_default().insert(rid);
    }
    for kind in Kind::all() {
        pointing(work, kind, &rids, &mut renames)?;
    }
    for kind in Kind::all() {
        shown_in(work, kind, &mut renames)?;
    }
    Ok(renames)
}

/// What a mapping renames without saying so: demographics share the identifier of
/// their person.
pub fn shared(mapping: &[Rename]) -> Vec<Rename> {
    let given: HashSet<&str> =
        mapping.iter().filter(|one| one.kind == Kind::Demographics).map(|one| one.old.as_str()).collect();
    let shared = mapping.iter().filter(|one| one.kind == Kind::User && !given.contains(one.old.as_str()));
    shared.map(|one| Rename { kind: Kind::Demographics, ..one.clone() }).collect()
}

/// The row of a live record that is to be renamed; it must be of the source.
fn owned(work: &mut Work<'_>, one: &Rename, source: u32) -> Result<Option<i64>> {
    let (table, own) = (one.kind.entity().plural, work.own("t"));
    let sql = format!("SELECT rid, owner FROM \"{table}\" AS t WHERE {own} \"sourcedId\" = ?1 AND status = 0");
    let mut found = None;
    work.query(&sql, &[Cell::Text(&one.old)], &mut |row| {
        found = Some((whole(row, 0)?, whole(row, 1)?));
        Ok(())
    })?;
    match found {
        Some((_, owner)) if owner != i64::from(source) => {
            let name = one.kind.entity().name;
            let message = format!("{name} {} belongs to another source, so it is not renamed", one.old);
            Err(Error::new(ErrorKind::Refused, message))
        }
        found => Ok(found.map(|(rid, _)| rid)),
    }
}

/// Whether there is or was a record of an identifier.
fn is_known(work: &mut Work<'_>, kind: Kind, sourced_id: &str) -> Result<bool> {
    let (table, own) = (kind.entity().plural, work.own("t"));
    let sql = format!("SELECT rid FROM \"{table}\" AS t WHERE {own} \"sourcedId\" = ?1");
    work.any(&sql, &[Cell::Text(sourced_id)])
}

/// Rows of a kind that name what is renamed.
fn pointing(
    work: &mut Work<'_>,
    kind: Kind,
    rids: &HashMap<Kind, HashMap<i64, String>>,
    renames: &mut Renames,
) -> Result<()> {
    for column in columns(kind) {
        let field = kind.entity().fields.get(usize::from(column.field));
        let Some(target) = field.and_then(|f| f.target()) else { continue };
        let Some(renamed) = rids.get(&target) else { continue };
        let names: HashSet<&str> = renamed.values().map(String::as_str).collect();
        let (table, name, own) = (kind.entity().plural, &column.name, work.own("t"));
        let sql =
            format!("SELECT rid, \"{name}\" FROM \"{table}\" AS t WHERE {own} status = 0 AND \"{name}\" IS NOT NULL");
        let dirty = renames.dirty.entry(kind).or_default();
        work.query(&sql, &[], &mut |row| {
            let names_one = match row.get(1) {
                Some(Cell::Whole(rid)) => renamed.contains_key(rid),
                Some(Cell::Text(list)) => list.split(SEPARATOR).any(|id| names.contains(id)),
                _ => false,
            };
            if names_one {
                dirty.insert(whole(row, 0)?);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The rows that name some records, by kind; of the records, their row ids and
/// identifiers.
pub(crate) fn naming(
    work: &mut Work<'_>,
    rids: &HashMap<Kind, HashMap<i64, String>>,
) -> Result<HashMap<Kind, HashSet<i64>>> {
    let mut found = Renames::default();
    for kind in Kind::all() {
        pointing(work, kind, rids, &mut found)?;
    }
    Ok(found.dirty)
}

/// The records in which rows of a nested kind are shown.
fn shown_in(work: &mut Work<'_>, kind: Kind, renames: &mut Renames) -> Result<()> {
    let (Place::Nested(above), Some(field)) = (kind.entity().place, kind.entity().parent_field()) else {
        return Ok(());
    };
    let Some(column) = crate::schema::column(kind, field).filter(|column| column.content == Content::RowId(above))
    else {
        return Ok(());
    };
    let rids: Vec<i64> = renames.dirty.get(&kind).into_iter().flatten().copied().collect();
    for some in rids.chunks(SOME) {
        let sql = crate::review::some_rows(work, kind, &format!("\"{}\"", column.name), some);
        let dirty = renames.dirty.entry(above).or_default();
        work.query(&sql, &[], &mut |row| {
            if let Some(Cell::Whole(parent)) = row.first() {
                dirty.insert(*parent);
            }
            Ok(())
        })?;
    }
    Ok(())
}

impl Renames {
    fn name<'a>(&'a self, kind: Kind, id: &'a str) -> &'a str {
        // Few kinds are renamed; the others need no copy of the identifier.
        self.names.get(&(kind, id.to_owned())).map_or(id, String::as_str)
    }

    /// A record with every identifier as it is from now on.
    fn record(&self, record: &Record) -> Record {
        let kind = record.kind();
        let mut renamed = Record::new(kind);
        renamed.sourced_id.push_str(self.name(kind, &record.sourced_id));
        renamed.status = record.status;
        renamed.modified = record.modified;
        for (at, field) in kind.entity().fields.iter().enumerate() {
            let at = at as u8;
            for value in record.list(at) {
                renamed.push(at, field.target().map_or(value, |target| self.name(target, value)));
            }
            for row in record.rows(at) {
                renamed.push_row(at, self.record(row));
            }
        }
        renamed
    }

    fn is_dirty(&self, kind: Kind, rid: i64) -> bool {
        self.dirty.get(&kind).is_some_and(|rids| rids.contains(&rid))
    }
}

/// What is stored, as if it were renamed already.
pub(crate) struct Renamed {
    pub stored: Box<dyn Stored>,
    pub renames: Arc<Renames>,
}

impl Stored for Renamed {
    fn version(&self) -> i64 {
        self.stored.version()
    }

    fn rows(&self, kind: Kind) -> Result<StoredRows> {
        let mut rows = self.stored.rows(kind)?;
        for row in rows.values_mut().filter(|row| self.renames.is_dirty(kind, row.rid)) {
            // Whatever the package says, the row is to be written.
            row.digest = !row.digest;
        }
        for ((_, old), new) in self.renames.names.iter().filter(|((of, _), _)| *of == kind) {
            rows.rename(id_digest(old), id_digest(new));
        }
        Ok(rows)
    }

    fn packed(&self, kind: Kind, rids: &[i64]) -> Result<Vec<(String, Vec<u8>)>> {
        let mut all = self.stored.packed(kind, rids)?;
        for (rid, (id, packed)) in rids.iter().zip(&mut all) {
            if !self.renames.is_dirty(kind, *rid) {
                continue;
            }
            if let Some(record) = Record::unpack(kind, id, packed) {
                let mut renamed = self.renames.record(&record);
                packed.clear();
                renamed.pack(packed);
                *id = renamed.sourced_id;
            }
        }
        Ok(all)
    }

    fn find(&self, kind: Kind, sourced_id: &str) -> Result<Option<(StoredRow, Option<i64>)>> {
        let key = (kind, sourced_id.to_owned());
        let old = match self.renames.back.get(&key) {
            Some(old) => old.as_str(),
            None if self.renames.names.contains_key(&key) => return Ok(None),
            None => sourced_id,
        };
        let mut found = self.stored.find(kind, old)?;
        if let Some(row) = found.as_mut().map(|(row, _)| row).filter(|row| self.renames.is_dirty(kind, row.rid)) {
            row.digest = !row.digest;
        }
        Ok(found)
    }

    fn children(&self, kind: Kind, parent: i64) -> Result<Vec<StoredChild>> {
        let mut all = self.stored.children(kind, parent)?;
        for child in all.iter_mut().filter(|child| self.renames.is_dirty(kind, child.rid)) {
            if let Some(record) = Record::unpack(kind, &child.sourced_id, &child.packed) {
                let mut renamed = self.renames.record(&record);
                child.packed.clear();
                renamed.pack(&mut child.packed);
                child.sourced_id = renamed.sourced_id;
            }
        }
        Ok(all)
    }

    fn referrers(&self, kind: Kind, column: &str, record: i64, look: &mut dyn FnMut(&str) -> bool) -> Result<bool> {
        let names = &self.renames.names;
        self.stored.referrers(kind, column, record, &mut |id| {
            look(names.get(&(kind, id.to_owned())).map_or(id, String::as_str))
        })
    }

    fn modified(&self, kind: Kind, rid: i64) -> Result<Option<i64>> {
        self.stored.modified(kind, rid)
    }

    fn live(&self, kind: Kind) -> Result<u64> {
        self.stored.live(kind)
    }

    fn last_rid(&self, kind: Kind) -> Result<i64> {
        self.stored.last_rid(kind)
    }

    fn precedence(&self) -> Result<Precedence> {
        self.stored.precedence()
    }

    fn merges(&self) -> Result<Merges> {
        self.stored.merges()
    }

    fn holders(&self, kind: Kind) -> Result<HashMap<i64, Vec<Holder>>> {
        self.stored.holders(kind)
    }

    fn said(&self, kind: Kind, rid: i64) -> Result<Vec<Said>> {
        self.stored.said(kind, rid)
    }
}

/// Adds to compared changes the rows that name what is renamed and of which the
/// package did not speak.
pub(crate) fn complete(
    work: &mut Work<'_>,
    compared: Compared,
    renames: &Renames,
    mut stage: Stage,
) -> Result<Compared> {
    let Compared { mut plan, collisions, collided, version, mut staged, claims, merges } = compared;
    let mut spoken: HashSet<(Kind, i64)> = HashSet::new();
    each(&mut staged, &mut |head, cells| {
        let kind = kind_of(head);
        if renames.is_dirty(kind, head.rid) {
            spoken.insert((kind, head.rid));
        }
        head.write(&mut stage.buffer);
        cells.iter().for_each(|cell| cell.write(&mut stage.buffer));
        stage.settle()
    })?;
    for kind in Kind::all() {
        let mut rids: Vec<i64> = renames.dirty.get(&kind).into_iter().flatten().copied().collect();
        rids.retain(|rid| !spoken.contains(&(kind, *rid)));
        rids.sort_unstable();
        if rids.is_empty() {
            continue;
        }
        let tally = plan.of(kind);
        tally.changed += rids.len() as u64;
        tally.unchanged = tally.unchanged.saturating_sub(rids.len() as u64);
        for some in rids.chunks(SOME) {
            rewrite(work, kind, some, renames, &mut stage)?;
        }
    }
    Ok(Compared { plan, collisions, collided, version, staged: stage.finish()?, claims, merges })
}

/// Stages rows as they stand, with every identifier as it is from now on.
fn rewrite(work: &mut Work<'_>, kind: Kind, rids: &[i64], renames: &Renames, stage: &mut Stage) -> Result<()> {
    let own: Vec<&str> =
        all_columns(kind).into_iter().filter(|name| ![RID, STATUS, PUBLISHED].contains(name)).collect();
    let list: Vec<String> = own.iter().map(|name| format!("\"{name}\"")).collect();
    let sql = crate::review::some_rows(work, kind, &format!("rid, {}", list.join(", ")), rids);
    let at = |name: &str| own.iter().position(|column| *column == name).map(|at| at + 1);
    let (packed_at, only_at) = (at("packed").unwrap_or_default(), at(DERIVED[1]));
    work.query(&sql, &[], &mut |row| {
        let id = text(row, 1)?.unwrap_or_default();
        let Some(record) = Record::unpack(kind, id, bytes(row, packed_at)?) else { return Ok(()) };
        let mut renamed = renames.record(&record);
        let mut digest = renamed.digest();
        for field in 0..kind.entity().fields.len() {
            for nested in renamed.rows(field as u8) {
                // As a comparison takes the rows that are shown in a record.
                digest = digest.wrapping_add(nested.clone().digest().rotate_left(17));
            }
        }
        let mut packed = Vec::new();
        renamed.pack(&mut packed);
        let only1p2 = only_at.is_some_and(|at| matches!(row.get(at), Some(Cell::Whole(1))));
        let flags = if only1p2 { ONLY_1P2 } else { 0 };
        Head { action: Action::Change, kind: kind as u8, rid: whole(row, 0)?, flags }.write(&mut stage.buffer);
        let lists = Lists::of(kind, &renamed);
        for (name, cell) in own.iter().zip(row.iter().skip(1)) {
            match *name {
                "sourcedId" => Cell::Text(&renamed.sourced_id).write(&mut stage.buffer),
                "digest" => Cell::Whole(digest as i64).write(&mut stage.buffer),
                "packed" => Cell::Bytes(&packed).write(&mut stage.buffer),
                name if name == DERIVED[0] => lists.folded(&renamed.sourced_id, *cell, &mut stage.buffer),
                name => lists.cell(name).unwrap_or(*cell).write(&mut stage.buffer),
            }
        }
        stage.settle()
    })
}

/// The columns that hold identifiers as text.
struct Lists(Vec<(&'static str, String)>);

impl Lists {
    fn of(kind: Kind, record: &Record) -> Lists {
        let ids = columns(kind).iter().filter(|column| column.content == Content::Ids);
        let text = |field| {
            let list: Vec<&str> = record.list(field).collect();
            if list.is_empty() { String::new() } else { format!("{SEPARATOR}{}{SEPARATOR}", list.join("\u{1f}")) }
        };
        Lists(ids.map(|column| (column.name.as_str(), text(column.field))).collect())
    }

    fn cell(&self, name: &str) -> Option<Cell<'_>> {
        let (_, text) = self.0.iter().find(|(column, _)| *column == name)?;
        Some(if text.is_empty() { Cell::Null } else { Cell::Text(text) })
    }

    /// The lower case of texts that are not all ASCII, brought up to date.
    fn folded(&self, id: &str, cell: Cell<'_>, out: &mut Vec<u8>) {
        let mut map: serde_json::Map<String, serde_json::Value> = match cell {
            Cell::Text(json) => serde_json::from_str(json).unwrap_or_default(),
            _ => serde_json::Map::new(),
        };
        let lists = self.0.iter().map(|(name, text)| (*name, text.as_str()));
        for (name, text) in lists.chain([("sourcedId", id)]) {
            if text.is_ascii() {
                map.remove(name);
            } else {
                let parts: Vec<String> = text.split(SEPARATOR).map(folded).collect();
                map.insert(name.to_owned(), parts.join("\u{1f}").into());
            }
        }
        if map.is_empty() {
            return Cell::Null.write(out);
        }
        Cell::Text(&serde_json::Value::Object(map).to_string()).write(out);
    }
}
