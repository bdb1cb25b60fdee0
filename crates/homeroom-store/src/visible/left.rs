//! What is left of visible records that name invisible ones, and what is made
//! of records for a consumer.

use super::cells::{cells, overrides};
use super::turn::SHOWN;
use super::{How, Refresh};
use crate::intake::Cell;
use crate::schema::{Content, columns};
use crate::work::{bytes, text, whole};
use crate::{Error, ErrorKind, Result};
use hashbrown::{HashMap, HashSet};
use oneroster::at;
use oneroster::grant::{demanded, redact, stands_alone};
use oneroster::model::{Field, Kind, Type};
use oneroster::record::Record;
use serde_json::{Map, Value};

/// So many records are looked at together.
const SOME: usize = 500;

/// A record's row id, the record, and the values of the columns that may change.
type Whole = (i64, Record, Map<String, Value>);
/// Identifiers, by kind.
type Ids = HashMap<Kind, HashSet<String>>;

impl Refresh<'_, '_> {
    /// Brings what is left of the records of a kind to what is visible now.
    pub(super) fn leave_out(&mut self, kind: Kind, core: bool) -> Result<()> {
        if overrides(kind).is_empty() {
            return Ok(());
        }
        let reached = !self.bounds.sees_all() && reached(kind).any(|target| self.moved.contains(&target));
        let by_others = reached || (core && kind == Kind::Org);
        if !self.whole() && !by_others && !self.moved.contains(&kind) {
            return Ok(());
        }
        let scope = match self.whole() || by_others {
            true => String::new(),
            false => format!(" AND v.published = {}", self.at),
        };
        self.clear("view_few")?;
        self.clear("view_left")?;
        self.find(kind, &scope)?;
        let mut rids = Vec::new();
        self.work.query("SELECT rid FROM view_few ORDER BY rid", &[], &mut |row| {
            rids.push(whole(row, 0)?);
            Ok(())
        })?;
        for some in rids.chunks(SOME) {
            self.some(kind, some)?;
        }
        if rids.is_empty() { Ok(()) } else { self.replace(kind) }
    }

    /// Fills `view_few` with the records that name something invisible, those
    /// of which something may be made, and those that were not shown as they
    /// are so far.
    fn find(&mut self, kind: Kind, scope: &str) -> Result<()> {
        let shown = format!("{} AND v.status = {SHOWN}{scope}", self.of("v", kind));
        let add = "INSERT INTO view_few (rid)";
        self.execute(&format!("{add} SELECT v.rid FROM visible AS v WHERE {shown} AND v.packed IS NOT NULL"))?;
        if self.bounds.makes(kind) {
            self.execute(&format!("{add} SELECT v.rid FROM visible AS v WHERE {shown} ON CONFLICT DO NOTHING"))?;
        }
        if self.bounds.sees_all() {
            return Ok(());
        }
        if kind == Kind::Org {
            self.execute(&format!(
                "{add} SELECT s.rid FROM view_seen AS s WHERE s.kind = {} AND s.bare = 1 ON CONFLICT DO NOTHING",
                kind as u8
            ))?;
        }
        let hidden = self.hidden(kind);
        if !hidden.is_empty() {
            let sql = format!(
                "{add} SELECT v.rid FROM visible AS v JOIN \"{}\" AS t ON t.rid = v.rid WHERE {shown} AND {}({}) \
                 ON CONFLICT DO NOTHING",
                kind.entity().plural,
                self.own("t"),
                hidden.join(" OR ")
            );
            self.execute(&sql)?;
        }
        for column in columns(kind).iter().filter(|column| column.content == Content::Ids) {
            // The organisations of a person follow from the roles.
            if kind == Kind::User && column.field == at!(User.orgs) {
                continue;
            }
            let field = kind.entity().fields.get(usize::from(column.field));
            let Some(target) = field.and_then(Field::target) else { continue };
            self.split(kind, &column.name, &format!("SELECT v.rid FROM visible AS v WHERE {shown}"))?;
            let visible = self.shown(target, "x.rid");
            let sql = format!(
                "{add} SELECT DISTINCT l.rid FROM view_listed AS l WHERE NOT EXISTS (SELECT 1 FROM \"{}\" AS x \
                 WHERE {}x.\"sourcedId\" = l.item AND {visible}) ON CONFLICT DO NOTHING",
                target.entity().plural,
                self.own("x")
            );
            self.execute(&sql)?;
        }
        Ok(())
    }

    /// The conditions by any of which a record names something invisible, but
    /// by lists.
    fn hidden(&self, kind: Kind) -> Vec<String> {
        let mut all: Vec<String> =
            optional(kind).map(|(name, target)| self.dangles(&format!("t.\"{name}\""), target)).collect();
        for field in kind.entity().fields {
            let (rows, inner) = match field.ty {
                Type::Rows(rows) => {
                    let alone = stands_alone(rows).then(|| format!("NOT {}", self.shown(rows, "r.rid")));
                    let inner = optional(rows).map(|(name, target)| self.dangles(&format!("r.\"{name}\""), target));
                    (rows, alone.into_iter().chain(inner).collect::<Vec<_>>())
                }
                Type::Through(link) => {
                    let linked = demanded(link).filter(|(field, _)| Some(*field) != link.entity().parent_field());
                    let name = |(field, target): (u8, Kind)| {
                        let name = link.entity().fields.get(usize::from(field))?.name;
                        Some(self.dangles(&format!("r.\"{name}\""), target))
                    };
                    (link, linked.filter_map(name).collect())
                }
                _ => continue,
            };
            let Some(parent) = parent(rows).filter(|_| !inner.is_empty()) else { continue };
            all.push(format!(
                "EXISTS (SELECT 1 FROM \"{}\" AS r WHERE {}r.\"{parent}\" = t.rid AND r.status = 0 AND ({}))",
                rows.entity().plural,
                self.own("r"),
                inner.join(" OR ")
            ));
        }
        all
    }

    fn dangles(&self, column: &str, target: Kind) -> String {
        format!("({column} IS NOT NULL AND NOT {})", self.shown(target, column))
    }

    /// Writes what is left of some records into `view_left`.
    fn some(&mut self, kind: Kind, rids: &[i64]) -> Result<()> {
        let bare = self.bare(kind, rids)?;
        let records = self.read(kind, rids)?;
        let visible = self.visible_of(records.iter().map(|(_, record, _)| record))?;
        let shown = |kind: Kind, id: &str| visible.get(&kind).is_some_and(|ids| ids.contains(id));
        let mut left = Vec::new();
        for (rid, record, whole) in &records {
            let all = self.bounds.sees_all();
            let redacted = if all { None } else { redact(record, &shown, bare.contains(rid)) };
            let profile = self.bounds.profile.as_ref();
            let made = profile.and_then(|profile| profile.made(redacted.as_ref().unwrap_or(record)));
            if let Some(mut record) = made.or(redacted) {
                let cells = cells(&record, whole);
                let mut packed = Vec::new();
                record.pack(&mut packed);
                left.push((*rid, cells, packed));
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        let marks: Vec<String> =
            (0..left.len()).map(|i| format!("(?{}, ?{}, ?{})", 3 * i + 1, 3 * i + 2, 3 * i + 3)).collect();
        let values: Vec<Cell<'_>> = left
            .iter()
            .flat_map(|(rid, cells, packed)| [Cell::Whole(*rid), Cell::Text(cells), Cell::Bytes(packed)])
            .collect();
        let sql = format!("INSERT INTO view_left (rid, cells, packed) VALUES {}", marks.join(", "));
        self.work.execute(&sql, &values).map(drop)
    }

    /// Which organisations among some are bare.
    fn bare(&mut self, kind: Kind, rids: &[i64]) -> Result<HashSet<i64>> {
        let mut bare = HashSet::new();
        if kind == Kind::Org {
            let sql = format!(
                "SELECT s.rid FROM view_seen AS s WHERE s.kind = {} AND s.bare = 1 AND s.rid IN ({})",
                kind as u8,
                list(rids)
            );
            self.work.query(&sql, &[], &mut |row| {
                bare.insert(whole(row, 0)?);
                Ok(())
            })?;
        }
        Ok(bare)
    }

    /// Records, with the values of the columns that may change.
    fn read(&mut self, kind: Kind, rids: &[i64]) -> Result<Vec<Whole>> {
        let own = self.own("t");
        let names: Vec<&str> = overrides(kind).iter().map(|over| over.name).collect();
        let more: String = names.iter().map(|name| format!(", t.\"{name}\"")).collect();
        let sql = format!(
            "SELECT t.rid, t.\"sourcedId\", t.packed{more} FROM \"{}\" AS t WHERE {own}t.rid IN ({})",
            kind.entity().plural,
            list(rids)
        );
        let mut all = Vec::with_capacity(rids.len());
        self.work.query(&sql, &[], &mut |row| {
            let lost = || Error::new(ErrorKind::Internal, "a stored record cannot be read");
            let record = Record::unpack(kind, text(row, 1)?.unwrap_or_default(), bytes(row, 2)?).ok_or_else(lost)?;
            let value = |cell: &Cell<'_>| match cell {
                Cell::Whole(number) => Value::from(*number),
                Cell::Text(text) => Value::from(*text),
                _ => Value::Null,
            };
            let values = row.iter().skip(3).map(value);
            let whole_row = names.iter().map(|name| (*name).to_owned()).zip(values).collect();
            all.push((whole(row, 0)?, record, whole_row));
            Ok(())
        })?;
        Ok(all)
    }

    /// Those of the records that some records name, and of their nested rows,
    /// that are visible.
    fn visible_of<'r>(&mut self, records: impl Iterator<Item = &'r Record>) -> Result<Ids> {
        let named = std::cell::RefCell::new(Ids::new());
        let note = |kind: Kind, id: &str| {
            named.borrow_mut().entry(kind).or_default().insert(id.to_owned());
            true
        };
        for record in records {
            // Looks at every reference.
            let _ = redact(record, &note, false);
        }
        let mut visible = Ids::new();
        for (kind, ids) in named.into_inner() {
            let ids: Vec<String> = ids.into_iter().collect();
            for some in ids.chunks(SOME) {
                let marks: Vec<String> = (1..=some.len()).map(|i| format!("?{i}")).collect();
                let values: Vec<Cell<'_>> = some.iter().map(|id| Cell::Text(id)).collect();
                let sql = format!(
                    "SELECT x.\"sourcedId\" FROM \"{}\" AS x WHERE {}x.\"sourcedId\" IN ({}) AND {}",
                    kind.entity().plural,
                    self.own("x"),
                    marks.join(", "),
                    self.shown(kind, "x.rid")
                );
                let found = visible.entry(kind).or_default();
                self.work.query(&sql, &values, &mut |row| {
                    found.insert(text(row, 0)?.unwrap_or_default().to_owned());
                    Ok(())
                })?;
            }
        }
        Ok(visible)
    }

    /// Puts `view_left` into the rows of those in `view_few`.
    fn replace(&mut self, kind: Kind) -> Result<()> {
        let of =
            format!("{} AND v.status = {SHOWN} AND v.rid IN (SELECT f.rid FROM view_few AS f)", self.of("v", kind));
        let left = |column: &str| format!("(SELECT l.{column} FROM view_left AS l WHERE l.rid = v.rid)");
        let (cells, packed) = (left("cells"), left("packed"));
        let differs = format!("({packed} IS DISTINCT FROM v.packed OR {cells} IS DISTINCT FROM v.cells)");
        let mut published = String::new();
        if self.how != How::Fresh {
            self.keep(&format!("{of} AND v.published < {} AND {differs}", self.at))?;
            published = format!(", published = {}", self.at);
        }
        let sql =
            format!("UPDATE visible AS v SET cells = {cells}, packed = {packed}{published} WHERE {of} AND {differs}");
        if self.execute(&sql)? > 0 {
            self.moved.insert(kind);
        }
        Ok(())
    }
}

/// The references of a kind that may be left out, by column.
fn optional(kind: Kind) -> impl Iterator<Item = (&'static str, Kind)> {
    let must = move |field: u8| demanded(kind).any(|(known, _)| known == field);
    columns(kind).iter().filter_map(move |column| match column.content {
        Content::RowId(target) if !must(column.field) => Some((column.name.as_str(), target)),
        _ => None,
    })
}

/// The kinds whose visibility decides what is left of a kind's records.
fn reached(kind: Kind) -> impl Iterator<Item = Kind> {
    kind.entity().fields.iter().flat_map(|field| {
        let inner: Vec<Kind> = match field.ty {
            Type::Rows(rows) => optional(rows).map(|(_, target)| target).chain([rows]).collect(),
            Type::Through(link) => demanded(link).map(|(_, target)| target).chain([link]).collect(),
            _ => field.target().into_iter().collect(),
        };
        inner
    })
}

/// The column by which a nested or linking row names what it belongs to.
fn parent(rows: Kind) -> Option<&'static str> {
    let entity = rows.entity();
    entity.fields.get(usize::from(entity.parent_field()?)).map(|field| field.name)
}

fn list(rids: &[i64]) -> String {
    rids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}
