//! A second look at compared changes: what they mean for each school, and
//! whether they look like an accident.
//!
//! It reads the staged changes and, of what is stored, only the rows that go
//! and those that are asked for, so it costs what has changed, not what there
//! is.

mod rekey;

pub use rekey::Rekeyed;

use crate::intake::{Action, Cell, Changes, Compared, Head, RETURNS, Staged};
use crate::run::{Schools, Shift};
use crate::schema::{Column, Content, FIXED, SEPARATOR, all_columns, column, columns};
use crate::work::{Work, text, whole};
use crate::{Error, ErrorKind, Result};
use hashbrown::HashMap;
use oneroster::at;
use oneroster::model::{Kind, MODEL};
use xxhash_rust::xxh3::xxh3_64;

/// So many rows are asked for by one statement.
const SOME: usize = 500;
/// The type of an org that is a school.
const SCHOOL: &str = "school";
/// So few removed records are never a loss to speak of.
const FEW: u64 = 10;

/// What a second look found.
#[derive(Debug, Default)]
pub struct Review {
    /// What moves at each school.
    pub schools: Schools,
    /// A digest of the changes, whatever their order.
    pub digest: String,
    /// Schools that would lose more of a kind than is usual.
    pub losses: Vec<Loss>,
    /// Schools that go although they had records.
    pub gone: Vec<Gone>,
    /// Records that seem to come back under another identifier.
    pub rekeyed: Vec<Rekeyed>,
    /// People whose identifier was another person's before.
    pub reused: Vec<String>,
}

/// A kind of which a school would lose much.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loss {
    /// The sourcedId of the school.
    pub school: String,
    /// The kind.
    pub kind: Kind,
    /// How many would go.
    pub removed: u64,
    /// Of how many.
    pub of: u64,
}

/// A school that would go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gone {
    /// Its sourcedId.
    pub school: String,
    /// Its name.
    pub name: String,
}

/// The column that says at which school a record is.
fn school(kind: Kind) -> Option<&'static Column> {
    column(
        kind,
        match kind {
            Kind::Course => at!(Course.org),
            Kind::Class => at!(Class.school),
            Kind::User => at!(User.orgs),
            Kind::Role => at!(Role.org),
            Kind::Enrollment => at!(Enrollment.school),
            _ => return None,
        },
    )
}

/// Looks at the changes of a comparison with the version that stands; `most`
/// is the share of a kind, in percent, that a school may lose.
pub(crate) fn review(
    work: &mut Work<'_>,
    compared: &mut Compared,
    source: u32,
    most: &dyn Fn(Kind) -> f64,
) -> Result<Review> {
    crate::gradebook::since(work, compared.version)?;
    let mut seen = Seen::new(orgs(work)?);
    each(&mut compared.staged, &mut |head, cells| seen.change(head, cells))?;
    for (kind, rids) in std::mem::take(&mut seen.removed) {
        for some in rids.chunks(SOME) {
            seen.remove(work, kind, some)?;
        }
    }
    let losses = losses(work, &seen, source, most)?;
    let gone = gone(work, &seen)?;
    let (rekeyed, reused) = rekey::look(work, compared)?;
    compared.staged.rewind()?;
    Ok(Review { schools: seen.named(), digest: format!("{:016x}", seen.digest), losses, gone, rekeyed, reused })
}

/// The sourcedIds of orgs by row id.
fn orgs(work: &mut Work<'_>) -> Result<HashMap<i64, String>> {
    let mut orgs = HashMap::new();
    let table = Kind::Org.entity().plural;
    let sql = format!("SELECT rid, \"sourcedId\" FROM \"{table}\" AS t WHERE {} rid > 0", work.own("t"));
    work.query(&sql, &[], &mut |row| {
        orgs.insert(whole(row, 0)?, text(row, 1)?.unwrap_or_default().to_owned());
        Ok(())
    })?;
    Ok(orgs)
}

/// Gives every staged change with its cells; a removal has but the time that
/// the source said.
pub(crate) fn each(staged: &mut Staged, sink: &mut dyn FnMut(Head, &[Cell<'_>]) -> Result<()>) -> Result<()> {
    staged.rewind()?;
    while let Some(piece) = staged.piece()? {
        let mut changes = Changes::new(&piece);
        while let Some(head) = changes.head()? {
            let entity = MODEL.get(usize::from(head.kind));
            let entity = entity.ok_or_else(|| Error::new(ErrorKind::Internal, "the staged changes are damaged"))?;
            let mut cells = Vec::new();
            // The row id, the status and the instant are the writer's.
            let many = if head.action == Action::Remove { 1 } else { all_columns(entity.kind).len() - 3 };
            for _ in 0..many {
                cells.push(changes.cell()?);
            }
            sink(head, &cells)?;
        }
    }
    Ok(())
}

/// The kind of a change that [`each`] gave.
pub(crate) fn kind_of(head: Head) -> Kind {
    MODEL.get(usize::from(head.kind)).map_or(Kind::Org, |entity| entity.kind)
}

/// The cells of a change that do not depend on the kind.
pub(crate) mod place {
    pub const SOURCED_ID: usize = 0;
    pub const DIGEST: usize = 3;
    pub const PACKED: usize = 4;
}

/// Where the cell of a column stands in a change.
fn cell_of(kind: Kind, column: &Column) -> usize {
    let before = columns(kind).iter().position(|c| c.field == column.field && c.name == column.name);
    before.unwrap_or_default() + FIXED.len() - 3
}

/// What was seen of the changes.
struct Seen {
    orgs: HashMap<i64, String>,
    /// By the org's sourcedId.
    schools: HashMap<(String, Kind), Shift>,
    removed: Vec<(Kind, Vec<i64>)>,
    gone: Vec<i64>,
    digest: u64,
}

impl Seen {
    fn new(orgs: HashMap<i64, String>) -> Seen {
        Seen { orgs, schools: HashMap::new(), removed: Vec::new(), gone: Vec::new(), digest: 0 }
    }

    fn change(&mut self, head: Head, cells: &[Cell<'_>]) -> Result<()> {
        let kind = kind_of(head);
        if head.action == Action::Remove {
            match self.removed.last_mut() {
                Some((last, rids)) if *last == kind => rids.push(head.rid),
                _ => self.removed.push((kind, vec![head.rid])),
            }
            return Ok(());
        }
        let id = text(cells, place::SOURCED_ID)?.unwrap_or_default();
        let added = head.action == Action::Add || head.flags & RETURNS != 0;
        self.mix(head.kind, if added { 0 } else { 1 }, id, whole(cells, place::DIGEST)?);
        if kind == Kind::Org {
            self.orgs.insert(head.rid, id.to_owned());
        }
        if let Some(column) = school(kind) {
            let cell = cells.get(cell_of(kind, column)).copied().unwrap_or(Cell::Null);
            self.count(kind, cell, |shift| if added { shift.added += 1 } else { shift.changed += 1 });
        }
        Ok(())
    }

    fn remove(&mut self, work: &mut Work<'_>, kind: Kind, rids: &[i64]) -> Result<()> {
        let at = school(kind);
        let name = at.map_or("sourcedId", |column| &column.name);
        let sql = some_rows(work, kind, &format!("\"sourcedId\", \"{name}\""), rids);
        work.query(&sql, &[], &mut |row| {
            self.mix(kind as u8, 2, text(row, 0)?.unwrap_or_default(), 0);
            if at.is_some() {
                self.count(kind, row.get(1).copied().unwrap_or(Cell::Null), |shift| shift.removed += 1);
            }
            Ok(())
        })?;
        if kind == Kind::Org {
            self.gone.extend(rids);
        }
        Ok(())
    }

    fn count(&mut self, kind: Kind, cell: Cell<'_>, count: impl Fn(&mut Shift)) {
        match cell {
            Cell::Whole(rid) => {
                if let Some(id) = self.orgs.get(&rid) {
                    count(self.schools.entry((id.clone(), kind)).or_default());
                }
            }
            Cell::Text(list) => {
                for id in list.split(SEPARATOR).filter(|id| !id.is_empty()) {
                    count(self.schools.entry((id.to_owned(), kind)).or_default());
                }
            }
            _ => {}
        }
    }

    /// A sum does not depend on the order of the changes.
    fn mix(&mut self, kind: u8, action: u8, id: &str, digest: i64) {
        let mut bytes = vec![kind, action];
        bytes.extend_from_slice(&digest.to_le_bytes());
        bytes.extend_from_slice(id.as_bytes());
        self.digest = self.digest.wrapping_add(xxh3_64(&bytes));
    }

    fn named(&self) -> Schools {
        let mut schools = Schools::new();
        for ((school, kind), shift) in &self.schools {
            schools.entry(school.clone()).or_default().insert(kind.entity().plural.to_owned(), *shift);
        }
        schools
    }
}

/// A statement over some rows of a kind, by row id.
pub(crate) fn some_rows(work: &Work<'_>, kind: Kind, what: &str, rids: &[i64]) -> String {
    let list: Vec<String> = rids.iter().map(i64::to_string).collect();
    let table = kind.entity().plural;
    format!("SELECT {what} FROM \"{table}\" AS t WHERE {} rid IN ({})", work.own("t"), list.join(", "))
}

fn losses(work: &mut Work<'_>, seen: &Seen, source: u32, most: &dyn Fn(Kind) -> f64) -> Result<Vec<Loss>> {
    let rids: HashMap<&str, i64> = seen.orgs.iter().map(|(rid, id)| (id.as_str(), *rid)).collect();
    let mut found = Vec::new();
    for ((school, kind), shift) in &seen.schools {
        let (Some(column), Some(rid)) = (self::school(*kind), rids.get(school.as_str())) else { continue };
        let percent = most(*kind);
        // People are looked at by their roles, which have one school each.
        if shift.removed <= FEW || percent >= 100.0 || !matches!(column.content, Content::RowId(_)) {
            continue;
        }
        // So many would be enough to make little of the loss; no more need be
        // counted.
        let enough = if percent > 0.0 { (shift.removed as f64 * 100.0 / percent).ceil() as i64 } else { i64::MAX };
        let (own, table) = (work.own("t"), kind.entity().plural);
        let sql = format!(
            "SELECT count(*) FROM (SELECT rid FROM \"{table}\" AS t \
             WHERE {own} t.\"{}\" = ?1 AND t.status = 0 AND t.owner = ?2 LIMIT ?3) AS counted",
            column.name
        );
        let values = [Cell::Whole(*rid), Cell::Whole(source.into()), Cell::Whole(enough)];
        let of = work.number(&sql, &values)?.unwrap_or_default().unsigned_abs();
        if shift.removed as f64 * 100.0 > of as f64 * percent {
            found.push(Loss { school: school.clone(), kind: *kind, removed: shift.removed, of });
        }
    }
    found.sort_by(|a, b| b.removed.cmp(&a.removed).then_with(|| a.school.cmp(&b.school)));
    Ok(found)
}

/// How many live records of a kind a source has at a school, by the school's
/// sourcedId; people count by their roles.
pub(crate) fn at_school(work: &mut Work<'_>, kind: Kind, sourced_id: &str, source: u32) -> Result<u64> {
    let Some(column) = school(kind).filter(|column| matches!(column.content, Content::RowId(_))) else { return Ok(0) };
    let (own, of, table, orgs) = (work.own("t"), work.own("o"), kind.entity().plural, Kind::Org.entity().plural);
    let sql = format!(
        "SELECT count(*) FROM \"{table}\" AS t WHERE {own} t.status = 0 AND t.owner = ?1 AND t.\"{}\" = \
         (SELECT o.rid FROM \"{orgs}\" AS o WHERE {of} o.\"sourcedId\" = ?2)",
        column.name
    );
    let values = [Cell::Whole(source.into()), Cell::Text(sourced_id)];
    Ok(work.number(&sql, &values)?.unwrap_or_default().unsigned_abs())
}

/// Schools that go although classes or people were there.
fn gone(work: &mut Work<'_>, seen: &Seen) -> Result<Vec<Gone>> {
    let mut schools = Vec::new();
    for some in seen.gone.chunks(SOME) {
        work.query(&some_rows(work, Kind::Org, "rid, \"sourcedId\", name, type", some), &[], &mut |row| {
            if text(row, 3)? == Some(SCHOOL) {
                let school = text(row, 1)?.unwrap_or_default().to_owned();
                let name = text(row, 2)?.unwrap_or_default().to_owned();
                schools.push((whole(row, 0)?, Gone { school, name }));
            }
            Ok(())
        })?;
    }
    let mut found = Vec::new();
    for (rid, gone) in schools {
        for kind in [Kind::Class, Kind::Enrollment, Kind::Role] {
            let Some(column) = school(kind) else { continue };
            let (own, table) = (work.own("t"), kind.entity().plural);
            let sql =
                format!("SELECT rid FROM \"{table}\" AS t WHERE {own} \"{}\" = ?1 AND status = 0 LIMIT 1", column.name);
            if work.any(&sql, &[Cell::Whole(rid)])? {
                found.push(gone);
                break;
            }
        }
    }
    Ok(found)
}

/// What an empty roster received, by school; looked up where it stands now.
pub(crate) fn loaded(work: &mut Work<'_>) -> Result<Schools> {
    let mut seen = Seen::new(orgs(work)?);
    for kind in Kind::all() {
        let Some(column) = school(kind) else { continue };
        let (own, table, name) = (work.own("t"), kind.entity().plural, &column.name);
        let sql = format!("SELECT \"{name}\", count(*) FROM \"{table}\" AS t WHERE {own} rid > 0 GROUP BY \"{name}\"");
        work.query(&sql, &[], &mut |row| {
            let number = whole(row, 1)?.unsigned_abs();
            seen.count(kind, row.first().copied().unwrap_or(Cell::Null), |shift| shift.added += number);
            Ok(())
        })?;
    }
    Ok(seen.named())
}

/// Whether a source owns any live record of a kind.
pub(crate) fn owns(work: &mut Work<'_>, kind: Kind, source: u32) -> Result<bool> {
    let (own, table) = (work.own("t"), kind.entity().plural);
    let sql = format!("SELECT rid FROM \"{table}\" AS t WHERE {own} owner = ?1 AND status = 0 LIMIT 1");
    work.any(&sql, &[Cell::Whole(source.into())])
}
