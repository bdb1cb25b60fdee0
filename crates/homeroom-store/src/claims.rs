//! What several sources say of one record, and people of two identifiers, as
//! they are kept.
//!
//! A claim is kept only of a record that several sources send, or that several
//! identifiers stand for. Like rows, claims and merges know when they came and
//! when they went, so that a run that is taken back takes them along.

use crate::intake::{Action, Cell, Changes, Head, Stage, Staged};
use crate::work::{Work, bytes, number, text, whole};
use crate::{Error, ErrorKind, Result};
use hashbrown::{HashMap, HashSet};
use oneroster::at;
use oneroster::model::{Kind, MODEL};
use oneroster::prefix;
use oneroster::record::Record;
use std::convert::Infallible;

/// Who claims a record, and under which identifier.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Holder {
    /// The source.
    pub source: u32,
    /// The identifier under which it sends the record.
    pub name: String,
}

/// What a source says, as it is kept: with the identifiers of the source.
#[derive(Clone, Debug)]
pub struct Said {
    /// Who says it.
    pub holder: Holder,
    /// What it said of the time of its last change.
    pub modified: Option<i64>,
    /// The packed record.
    pub packed: Vec<u8>,
}

/// People of two identifiers.
#[derive(Clone, Default, Debug)]
pub struct Merges {
    /// By the identifier that stands no more: the one that does, and the type by
    /// which the former stands among the person's identifiers.
    by_old: HashMap<String, (String, String)>,
    new: HashSet<String>,
}

/// One identifier that stands for another person's from now on, or again for its
/// own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MergeChange {
    /// The identifier that stands no more.
    pub old: String,
    /// The one that does, with the type of the other among the identifiers of the
    /// person; none if the two are apart again.
    pub new: Option<(String, String)>,
}

impl Merges {
    /// Whether nobody has two identifiers.
    pub fn is_empty(&self) -> bool {
        self.by_old.is_empty()
    }

    /// The identifier that stands for a record of a kind.
    pub fn stands<'a>(&'a self, kind: Kind, id: &'a str) -> &'a str {
        match kind {
            Kind::User | Kind::Demographics => self.by_old.get(id).map_or(id, |(new, _)| new),
            _ => id,
        }
    }

    /// Whether other identifiers stand for this record, too.
    pub fn is_target(&self, kind: Kind, id: &str) -> bool {
        matches!(kind, Kind::User | Kind::Demographics) && self.new.contains(id)
    }

    /// The identifiers that stand no more, with those that do.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_old.iter().map(|(old, (new, _))| (old.as_str(), new.as_str()))
    }

    /// Whether a record is called, or names somebody, by an identifier that
    /// stands no more.
    pub fn touches(&self, record: &Record) -> bool {
        if self.by_old.is_empty() {
            return false;
        }
        let kind = record.kind();
        let fields = (0u8..).zip(kind.entity().fields);
        let mut people = fields.filter(|(_, field)| field.target() == Some(Kind::User));
        self.stands(kind, &record.sourced_id) != record.sourced_id
            || people.any(|(at, _)| record.list(at).any(|id| self.by_old.contains_key(id)))
    }

    /// Gives a record the identifiers that stand. The former one of a person
    /// becomes one of the person's others.
    pub fn apply(&self, record: &mut Record) {
        if !self.touches(record) {
            return;
        }
        let kind = record.kind();
        if kind == Kind::User
            && let Some((_, label)) = self.by_old.get(&record.sourced_id)
        {
            let old = record.sourced_id.clone();
            let known = record.pairs(at!(User.userIds)).any(|(left, right)| left == label && right == old);
            if !known {
                record.push_pair(at!(User.userIds), label, &old);
            }
        }
        let stands = |kind: Kind, id: &str| Ok::<_, Infallible>(self.stands(kind, id).to_owned());
        match prefix::each(record, &mut |kind, id| stands(kind, id)) {
            Ok(()) => {}
            Err(never) => match never {},
        }
        if kind == Kind::User {
            // Nobody is named twice, or by themselves.
            let mut agents: Vec<String> = Vec::new();
            for id in record.list(at!(User.agents)) {
                if id != record.sourced_id && !agents.iter().any(|known| known == id) {
                    agents.push(id.to_owned());
                }
            }
            record.set(at!(User.agents), "");
            agents.iter().for_each(|id| record.push(at!(User.agents), id));
        }
    }

    /// The same after some changes.
    #[must_use]
    pub fn with(&self, changes: &[MergeChange]) -> Merges {
        let mut merges = self.clone();
        for change in changes {
            match &change.new {
                Some(new) => drop(merges.by_old.insert(change.old.clone(), new.clone())),
                None => drop(merges.by_old.remove(&change.old)),
            }
        }
        merges.new = merges.by_old.values().map(|(new, _)| new.clone()).collect();
        merges
    }

    /// By which type a former identifier stands among those of its person.
    pub fn label(&self, old: &str) -> Option<&str> {
        self.by_old.get(old).map(|(_, label)| label.as_str())
    }
}

/// The merges that hold.
pub(crate) fn merges(work: &mut Work<'_>) -> Result<Merges> {
    let mut changes = Vec::new();
    let sql = format!("SELECT old, new, label FROM merges WHERE {} until IS NULL", work.own("merges"));
    work.query(&sql, &[], &mut |row| {
        let word = |place| Ok::<_, Error>(text(row, place)?.unwrap_or_default().to_owned());
        changes.push(MergeChange { old: word(0)?, new: Some((word(1)?, word(2)?)) });
        Ok(())
    })?;
    Ok(Merges::default().with(&changes))
}

/// Who claims the records of a kind that several claim, by row id.
pub(crate) fn holders(work: &mut Work<'_>, kind: Kind) -> Result<HashMap<i64, Vec<Holder>>> {
    let mut all: HashMap<i64, Vec<Holder>> = HashMap::new();
    let sql = format!("SELECT rid, source, name FROM claims WHERE {} kind = ?1 AND until IS NULL", work.own("claims"));
    work.query(&sql, &[Cell::Text(kind.entity().plural)], &mut |row| {
        let holder = Holder { source: source(row, 1)?, name: text(row, 2)?.unwrap_or_default().to_owned() };
        all.entry(whole(row, 0)?).or_default().push(holder);
        Ok(())
    })?;
    Ok(all)
}

/// Who claims one record.
pub(crate) fn holders_of(work: &mut Work<'_>, kind: Kind, rid: i64) -> Result<Vec<Holder>> {
    Ok(said(work, kind, rid)?.into_iter().map(|said| said.holder).collect())
}

/// What is said of one record.
pub(crate) fn said(work: &mut Work<'_>, kind: Kind, rid: i64) -> Result<Vec<Said>> {
    let mut all = Vec::new();
    let sql = format!(
        "SELECT source, name, modified, packed FROM claims WHERE {} kind = ?1 AND rid = ?2 AND until IS NULL",
        work.own("claims")
    );
    work.query(&sql, &[Cell::Text(kind.entity().plural), Cell::Whole(rid)], &mut |row| {
        let holder = Holder { source: source(row, 0)?, name: text(row, 1)?.unwrap_or_default().to_owned() };
        all.push(Said { holder, modified: number(row, 2)?, packed: bytes(row, 3)?.to_vec() });
        Ok(())
    })?;
    Ok(all)
}

fn source(row: &[Cell<'_>], place: usize) -> Result<u32> {
    u32::try_from(whole(row, place)?)
        .map_err(|error| Error::caused(ErrorKind::Internal, "a claim is of no source of ours", error))
}

/// Changes of claims, as they wait to be written.
#[derive(Default, Debug)]
pub struct ClaimStage(Option<Stage>);

impl ClaimStage {
    fn stage(&mut self) -> Result<&mut Stage> {
        let stage = match self.0.take() {
            Some(stage) => stage,
            None => Stage::nameless()?,
        };
        Ok(self.0.insert(stage))
    }

    fn head(&mut self, action: Action, kind: Kind, rid: i64) -> Result<&mut Vec<u8>> {
        let stage = self.stage()?;
        stage.settle()?;
        Head { action, kind: kind as u8, rid, flags: 0 }.write(&mut stage.buffer);
        Ok(&mut stage.buffer)
    }

    /// A source says something, in place of what it said; `was` is who owned the
    /// record before.
    pub(crate) fn set(&mut self, kind: Kind, rid: i64, said: &Said, was: u32) -> Result<()> {
        let out = self.head(Action::Add, kind, rid)?;
        Cell::Whole(said.holder.source.into()).write(out);
        Cell::Text(&said.holder.name).write(out);
        Cell::Whole(was.into()).write(out);
        said.modified.map_or(Cell::Null, Cell::Whole).write(out);
        Cell::Bytes(&said.packed).write(out);
        Ok(())
    }

    /// A source says nothing any more.
    pub(crate) fn end(&mut self, kind: Kind, rid: i64, holder: &Holder, was: u32) -> Result<()> {
        let out = self.head(Action::Remove, kind, rid)?;
        Cell::Whole(holder.source.into()).write(out);
        Cell::Text(&holder.name).write(out);
        Cell::Whole(was.into()).write(out);
        Ok(())
    }

    /// A record is another source's, though its content stays.
    pub(crate) fn own(&mut self, kind: Kind, rid: i64, owner: u32) -> Result<()> {
        let out = self.head(Action::Change, kind, rid)?;
        Cell::Whole(owner.into()).write(out);
        Ok(())
    }

    /// What waits, if anything does.
    pub(crate) fn finish(self) -> Result<Option<Staged>> {
        self.0.map(Stage::finish).transpose()
    }
}

/// Writes what waits. `published` is the instant of the version that it makes;
/// without one the roster stays as it was, and there is nothing to take back.
pub(crate) fn write(
    work: &mut Work<'_>,
    claims: Option<&mut Staged>,
    merges: &[MergeChange],
    published: Option<i64>,
) -> Result<()> {
    let at = published.unwrap_or_default();
    if let Some(staged) = claims {
        while let Some(piece) = staged.piece()? {
            let mut changes = Changes::new(&piece);
            while let Some(head) = changes.head()? {
                write_one(work, head, &mut changes, at)?;
            }
        }
    }
    for change in merges {
        let sql = format!("UPDATE merges SET until = ?2 WHERE {} old = ?1 AND until IS NULL", work.own("merges"));
        work.execute(&sql, &[Cell::Text(&change.old), Cell::Whole(at)])?;
        if let Some((new, label)) = &change.new {
            let (column, first) = work.first();
            let sql = format!("INSERT INTO merges ({column}old, new, label, published) VALUES ({first}?1, ?2, ?3, ?4)");
            work.execute(&sql, &[Cell::Text(&change.old), Cell::Text(new), Cell::Text(label), Cell::Whole(at)])?;
        }
    }
    Ok(())
}

fn write_one(work: &mut Work<'_>, head: Head, changes: &mut Changes<'_>, at: i64) -> Result<()> {
    let lost = || Error::new(ErrorKind::Internal, "the staged claims name an unknown kind");
    let table = MODEL.get(usize::from(head.kind)).ok_or_else(lost)?.plural;
    let source = changes.cell()?;
    if head.action == Action::Change {
        let sql = format!("UPDATE \"{table}\" SET owner = ?1 WHERE {} rid = ?2", work.own(&format!("\"{table}\"")));
        return work.execute(&sql, &[source, Cell::Whole(head.rid)]).map(drop);
    }
    let (name, was) = (changes.cell()?, changes.cell()?);
    let (kind, rid) = (Cell::Text(table), Cell::Whole(head.rid));
    // One that ends says who owned the record until then; what took its place
    // says so itself.
    let owner = if head.action == Action::Remove { ", was = ?6" } else { "" };
    let sql = format!(
        "UPDATE claims SET until = ?5{owner} WHERE {} kind = ?1 AND rid = ?2 AND source = ?3 AND name = ?4 \
         AND until IS NULL",
        work.own("claims")
    );
    let mut values = vec![kind, rid, source, name, Cell::Whole(at)];
    if head.action == Action::Remove {
        values.push(was);
        return work.execute(&sql, &values).map(drop);
    }
    work.execute(&sql, &values)?;
    let (modified, packed) = (changes.cell()?, changes.cell()?);
    let (column, first) = work.first();
    let sql = format!(
        "INSERT INTO claims ({column}kind, rid, source, name, was, modified, packed, published) \
         VALUES ({first}?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    work.execute(&sql, &[kind, rid, source, name, was, modified, packed, Cell::Whole(at)]).map(drop)
}

/// Stages what takes back the claims and merges of the run that was published at
/// an instant, but for records that stay as they are.
pub(crate) fn take_back(
    work: &mut Work<'_>,
    published: i64,
    stays: &dyn Fn(Kind, i64) -> bool,
) -> Result<(Option<Staged>, Vec<MergeChange>)> {
    let mut stage = ClaimStage::default();
    for kind in Kind::all() {
        let (own, of_now) = (work.own("c"), work.own("n"));
        let came = format!(
            "SELECT c.rid, c.source, c.name, c.was FROM claims AS c WHERE {own} c.kind = ?1 AND c.published = ?2 \
             AND c.until IS NULL"
        );
        let values = [Cell::Text(kind.entity().plural), Cell::Whole(published)];
        let mut owners: HashMap<i64, u32> = HashMap::new();
        work.query(&came, &values, &mut |row| {
            let (rid, was) = (whole(row, 0)?, source(row, 3)?);
            if !stays(kind, rid) {
                let holder = Holder { source: source(row, 1)?, name: text(row, 2)?.unwrap_or_default().to_owned() };
                owners.insert(rid, was);
                stage.end(kind, rid, &holder, was)?;
            }
            Ok(())
        })?;
        // What a later run said in its place stays.
        let went = format!(
            "SELECT c.rid, c.source, c.name, c.was, c.modified, c.packed FROM claims AS c \
             WHERE {own} c.kind = ?1 AND c.until = ?2 AND NOT EXISTS (SELECT 1 FROM claims AS n WHERE {of_now} \
             n.kind = c.kind AND n.rid = c.rid AND n.source = c.source AND n.name = c.name AND n.until IS NULL \
             AND n.published <> ?2)"
        );
        work.query(&went, &values, &mut |row| {
            let (rid, was) = (whole(row, 0)?, source(row, 3)?);
            if !stays(kind, rid) {
                let holder = Holder { source: source(row, 1)?, name: text(row, 2)?.unwrap_or_default().to_owned() };
                let said = Said { holder, modified: number(row, 4)?, packed: bytes(row, 5)?.to_vec() };
                let before = *owners.entry(rid).or_insert(was);
                stage.set(kind, rid, &said, before)?;
            }
            Ok(())
        })?;
        for (rid, owner) in owners {
            stage.own(kind, rid, owner)?;
        }
    }
    Ok((stage.finish()?, merges_back(work, published)?))
}

fn merges_back(work: &mut Work<'_>, published: i64) -> Result<Vec<MergeChange>> {
    let mut changes = Vec::new();
    let (own, of_now) = (work.own("m"), work.own("n"));
    let came = format!("SELECT m.old FROM merges AS m WHERE {own} m.published = ?1 AND m.until IS NULL");
    work.query(&came, &[Cell::Whole(published)], &mut |row| {
        changes.push(MergeChange { old: text(row, 0)?.unwrap_or_default().to_owned(), new: None });
        Ok(())
    })?;
    let went = format!(
        "SELECT m.old, m.new, m.label FROM merges AS m WHERE {own} m.until = ?1 AND NOT EXISTS \
         (SELECT 1 FROM merges AS n WHERE {of_now} n.old = m.old AND n.until IS NULL AND n.published <> ?1)"
    );
    work.query(&went, &[Cell::Whole(published)], &mut |row| {
        let word = |place| Ok::<_, Error>(text(row, place)?.unwrap_or_default().to_owned());
        changes.push(MergeChange { old: word(0)?, new: Some((word(1)?, word(2)?)) });
        Ok(())
    })?;
    Ok(changes)
}

/// Ends what claims and merges were up to an instant.
pub(crate) fn end(work: &mut Work<'_>, until: i64) -> Result<()> {
    for table in ["claims", "merges"] {
        let sql = format!("DELETE FROM {table} WHERE {} until <= ?1", work.own(table));
        work.execute(&sql, &[Cell::Whole(until)])?;
    }
    Ok(())
}

/// The identifiers that stood for a person once, the one that stands among them.
pub(crate) fn names(work: &mut Work<'_>, sourced_id: &str) -> Result<Vec<String>> {
    let mut names = vec![sourced_id.to_owned()];
    let sql = format!("SELECT old FROM merges WHERE {} new = ?1", work.own("merges"));
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        work.query(&sql, &[Cell::Text(&name)], &mut |row| {
            let old = text(row, 0)?.unwrap_or_default().to_owned();
            if !names.contains(&old) {
                names.push(old);
            }
            Ok(())
        })?;
        at += 1;
    }
    Ok(names)
}

/// Forgets what was said of rows, and under which identifiers a person stood.
pub(crate) fn forget<'r>(
    work: &mut Work<'_>,
    names: &[String],
    rows: impl Iterator<Item = (&'r Kind, &'r Vec<i64>)>,
) -> Result<()> {
    for (kind, rids) in rows {
        for rid in rids {
            let sql = format!("DELETE FROM claims WHERE {} kind = ?1 AND rid = ?2", work.own("claims"));
            work.execute(&sql, &[Cell::Text(kind.entity().plural), Cell::Whole(*rid)])?;
        }
    }
    unname(work, names)?;
    for name in names {
        let own = work.own("merges");
        work.execute(&format!("DELETE FROM merges WHERE {own} (old = ?1 OR new = ?1)"), &[Cell::Text(name)])?;
        let own = work.own("apart");
        work.execute(&format!("DELETE FROM apart WHERE {own} (one = ?1 OR other = ?1)"), &[Cell::Text(name)])?;
    }
    Ok(())
}

/// Takes people out of what sources say of others.
fn unname(work: &mut Work<'_>, names: &[String]) -> Result<()> {
    let mut found = Vec::new();
    let sql = format!("SELECT DISTINCT rid, packed FROM claims WHERE {} kind = ?1", work.own("claims"));
    let kind = [Cell::Text(Kind::User.entity().plural)];
    work.query(&sql, &kind, &mut |row| {
        let packed = bytes(row, 1)?;
        let Some(mut record) = Record::unpack(Kind::User, "", packed) else { return Ok(()) };
        let agents: Vec<String> = record.list(at!(User.agents)).map(str::to_owned).collect();
        if agents.iter().any(|id| names.contains(id)) {
            record.set(at!(User.agents), "");
            agents.iter().filter(|id| !names.contains(id)).for_each(|id| record.push(at!(User.agents), id));
            let mut without = Vec::new();
            record.pack(&mut without);
            found.push((whole(row, 0)?, packed.to_vec(), without));
        }
        Ok(())
    })?;
    let sql =
        format!("UPDATE claims SET packed = ?4 WHERE {} kind = ?1 AND rid = ?2 AND packed = ?3", work.own("claims"));
    for (rid, packed, without) in &found {
        work.execute(&sql, &[kind[0], Cell::Whole(*rid), Cell::Bytes(packed), Cell::Bytes(without)])?;
    }
    Ok(())
}

/// Who was said to be two.
pub(crate) fn apart(work: &mut Work<'_>) -> Result<HashSet<(String, String)>> {
    let mut all = HashSet::new();
    let sql = format!("SELECT one, other FROM apart WHERE {} one <> other", work.own("apart"));
    work.query(&sql, &[], &mut |row| {
        let word = |place| Ok::<_, Error>(text(row, place)?.unwrap_or_default().to_owned());
        all.insert((word(0)?, word(1)?));
        Ok(())
    })?;
    Ok(all)
}

/// Says of people whether they are two.
pub(crate) fn keep_apart(work: &mut Work<'_>, pair: (&str, &str), are: bool) -> Result<()> {
    let (one, other) = if pair.0 < pair.1 { pair } else { (pair.1, pair.0) };
    let values = [Cell::Text(one), Cell::Text(other)];
    if !are {
        let sql = format!("DELETE FROM apart WHERE {} one = ?1 AND other = ?2", work.own("apart"));
        return work.execute(&sql, &values).map(drop);
    }
    let (column, first) = work.first();
    let sql = format!(
        "INSERT INTO apart ({column}one, other) VALUES ({first}?1, ?2) ON CONFLICT ({column}one, other) DO NOTHING"
    );
    work.execute(&sql, &values).map(drop)
}
