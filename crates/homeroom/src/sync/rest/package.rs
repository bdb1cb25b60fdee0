//! What came of a provider, as a package: whole files if it is proven that
//! nothing is missing, else changes that remove nothing.

use super::plan::Plan;
use super::spool::{Spool, modified};
use crate::intake::beside;
use crate::interrupt;
use crate::output::Failure;
use crate::sync::source::{private, private_file};
use oneroster::csv::Mode;
use oneroster::csv::export::{Export, Outcome, Settings, metadata_names};
use oneroster::csv::write::manifest;
use oneroster::json::Row;
use oneroster::model::{Kind, Service, Type, Version};
use oneroster::record::{Packed, Record, Status};
use oneroster::time::Timestamp;
use oneroster::{at, compat};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// A package in the making.
pub struct Packing<'a> {
    /// The name of the source.
    pub name: &'a str,
    /// The version of the provider.
    pub version: Version,
    /// What was asked.
    pub plan: &'a Plan,
    /// Whether what is missing is gone.
    pub whole: bool,
    /// The services that were asked for: files of no other are written.
    pub services: &'a [Service],
    /// The classes that score scales are of: files name their schools and courses,
    /// JSON need not.
    pub classes: &'a HashMap<String, Record>,
}

impl Packing<'_> {
    fn mode(&self) -> Mode {
        if self.whole { Mode::Bulk } else { Mode::Delta }
    }

    /// Makes the folder of the package below `room`, empty.
    ///
    /// # Errors
    /// As the system says.
    pub fn folder(&self, room: &Path) -> io::Result<PathBuf> {
        let folder = room.join(format!("{}-{}", self.name, self.at().replace([':', '.'], "-")));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        private(&folder)?;
        Ok(folder)
    }

    fn at(&self) -> String {
        Timestamp(self.plan.begun).to_string()
    }

    /// Writes the files of a collection. A roster without people is worth an
    /// error, a gradebook without grades is not, and has no file.
    ///
    /// # Errors
    /// If they cannot be written, or the spool not be read.
    pub fn files(&self, spool: &Spool, folder: &Path) -> Result<(), Failure> {
        interrupt::go_on()?;
        if spool.reached.left_out.is_some() {
            return Ok(());
        }
        if spool.kind().entity().csv.is_empty() {
            return Ok(self.beside(spool, folder)?);
        }
        let settle = |kind: Kind, rows: u64, may_be_empty: bool| match rows {
            0 if !may_be_empty => std::fs::remove_file(folder.join(kind.entity().file_name())),
            _ => Ok(()),
        };
        let (kind, rows) = (spool.kind(), self.file(spool, folder)?);
        settle(kind, rows, kind.entity().service == Service::Rostering)?;
        for kind in self.within(kind) {
            // Of changes an empty file says that none of these records has such
            // rows now, those that are gone among them.
            let says = !self.whole && kind.entity().service == Service::Rostering;
            settle(kind, self.nested(spool, kind, folder)?, says)?;
        }
        Ok(())
    }

    /// The kinds that stand in the records of a kind, as far as they are asked for.
    fn within(&self, kind: Kind) -> impl Iterator<Item = Kind> {
        nested(kind, self.version).filter(move |kind| self.services.contains(&kind.entity().service))
    }

    /// Writes what makes the files one package.
    ///
    /// # Errors
    /// As the system says.
    pub fn finish(&self, spools: &[Spool], folder: &Path) -> io::Result<()> {
        let there = spools.iter().filter(|spool| spool.reached.left_out.is_none());
        let kinds = there.flat_map(|spool| std::iter::once(spool.kind()).chain(self.within(spool.kind())));
        let written = kinds.filter(|kind| folder.join(kind.entity().file_name()).exists());
        let modes: Vec<_> = written.map(|kind| (kind, self.mode())).collect();
        // The instant makes it another package than one of the same content
        // from another day: that would look like an old one.
        let text = manifest(self.version, &modes, Some((self.name, &self.at())));
        private_file(&folder.join(oneroster::csv::MANIFEST))?.write_all(text.as_bytes())
    }

    fn export(&self, kind: Kind, names: &BTreeSet<String>) -> Export {
        let (version, mode) = (self.version, self.mode());
        let mut export = Export::to_be_judged(Settings { version, mode, kinds: vec![kind], passwords: true });
        export.begin(kind, names);
        export
    }

    /// The records of a collection that no file has room for.
    fn beside(&self, spool: &Spool, folder: &Path) -> io::Result<()> {
        let mut writer = beside::Writer::new(folder, spool.kind(), self.mode())?;
        self.each(spool, &mut |row| writer.add(row))?;
        match writer.end()? {
            // No changes say nothing; of all, none is there.
            0 if !self.whole => std::fs::remove_file(folder.join(beside::name(spool.kind()))),
            _ => Ok(()),
        }
    }

    /// The records of a collection; how many rows they are.
    fn file(&self, spool: &Spool, folder: &Path) -> io::Result<u64> {
        let mut file = Rows::new(folder, self.export(spool.kind(), spool.names()), spool.kind())?;
        let mut packed = Vec::new();
        self.each(spool, &mut |row| {
            if !matches!(spool.kind(), Kind::LineItem | Kind::ScoreScale) {
                return file.add(row);
            }
            let Some(mut record) = Record::unpack(spool.kind(), row.sourced_id, row.packed) else { return Ok(()) };
            self.complete(&mut record);
            packed.clear();
            record.pack(&mut packed);
            file.add(&Row { sourced_id: &record.sourced_id, packed: &packed, ..*row })
        })?;
        file.end()
    }

    /// The rows of a kind that JSON nests in the records of a collection; how many.
    fn nested(&self, spool: &Spool, kind: Kind, folder: &Path) -> io::Result<u64> {
        let parent = spool.kind();
        let names = |row: &Row<'_>, sink: &mut dyn FnMut(&mut Record)| inside(parent, kind, row, sink);
        let mut members = BTreeSet::new();
        let mut packed = Vec::new();
        // Only few kinds have room for more than the standard names.
        let open = kind.entity().metadata().is_some();
        let first = |sink: &mut dyn FnMut(&Row<'_>) -> io::Result<()>| match open {
            true => self.each(spool, sink),
            false => Ok(()),
        };
        first(&mut |row| {
            names(row, &mut |record| {
                packed.clear();
                record.pack(&mut packed);
                metadata_names(kind, &packed, &mut members);
            });
            Ok(())
        })?;
        let mut file = Rows::new(folder, self.export(kind, &members), kind)?;
        self.each(spool, &mut |row| {
            if row.status == Status::ToBeDeleted {
                return Ok(());
            }
            let mut done = Ok(());
            names(row, &mut |record| {
                packed.clear();
                record.pack(&mut packed);
                let (sourced_id, status) = (record.sourced_id.as_str(), Status::Active);
                let one = Row { sourced_id, status, published: row.published, packed: &packed, children: &[] };
                if done.is_ok() {
                    done = file.add(&one);
                }
            });
            done
        })?;
        file.end()
    }

    /// Says what a file wants and JSON leaves out, as far as it is told elsewhere.
    fn complete(&self, record: &mut Record) {
        match record.kind() {
            Kind::LineItem if self.version == Version::V1P2 => compat::settle_session(record),
            Kind::ScoreScale => {
                let class = record.get(at!(ScoreScale.class)).and_then(|class| self.classes.get(class));
                let told = [(at!(ScoreScale.org), at!(Class.school)), (at!(ScoreScale.course), at!(Class.course))];
                for (field, of_class) in told {
                    if record.get(field).is_none() {
                        record.set(field, class.and_then(|class| class.get(of_class)).unwrap_or_default());
                    }
                }
            }
            _ => {}
        }
    }

    /// Gives the rows of a spool as the package has them: whole files hold no
    /// deleted record, and in changes each has an instant.
    fn each(&self, spool: &Spool, sink: &mut dyn FnMut(&Row<'_>) -> io::Result<()>) -> io::Result<()> {
        let mut done = Ok(());
        spool.read(&mut |row| {
            if self.whole && row.status == Status::ToBeDeleted {
                return true;
            }
            let published = modified(row).unwrap_or(Timestamp(self.plan.begun));
            done = sink(&Row { published, ..*row });
            done.is_ok()
        })?;
        done
    }
}

/// A file of the package.
struct Rows {
    export: Export,
    file: BufWriter<std::fs::File>,
    bytes: Vec<u8>,
    rows: u64,
}

impl Rows {
    fn new(folder: &Path, export: Export, kind: Kind) -> io::Result<Rows> {
        let mut file = BufWriter::with_capacity(1 << 18, private_file(&folder.join(kind.entity().file_name()))?);
        let mut bytes = Vec::new();
        export.header(&mut bytes);
        file.write_all(&bytes)?;
        Ok(Rows { export, file, bytes, rows: 0 })
    }

    fn add(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.bytes.clear();
        match self.export.row(row, &mut self.bytes) {
            Outcome::Written => {
                self.rows += 1;
                self.file.write_all(&self.bytes)
            }
            // What has no row is not lost silently: it is missing, and no more.
            Outcome::LeftOut | Outcome::NewName => Ok(()),
        }
    }

    /// Ends the file; how many rows it has.
    fn end(mut self) -> io::Result<u64> {
        self.file.flush()?;
        Ok(self.rows)
    }
}

/// The kinds that JSON nests in a kind, or shows as references to others, and
/// that have files of their own.
pub fn nested(kind: Kind, version: Version) -> impl Iterator<Item = Kind> {
    kind.entity().fields.iter().filter_map(move |field| match field.ty {
        Type::Rows(nested) | Type::Through(nested) if nested.entity().csv.has(version) && field.in_json(version) => {
            Some(nested)
        }
        _ => None,
    })
}

/// The rows of a kind inside a record, each with its parent and an identifier.
/// One that says none gets one of what it is, so that it is the same tomorrow.
fn inside(parent: Kind, kind: Kind, row: &Row<'_>, sink: &mut dyn FnMut(&mut Record)) {
    let of_kind = |at: u8| {
        let field = parent.entity().fields.get(usize::from(at));
        field.is_some_and(|field| matches!(field.ty, Type::Rows(nested) | Type::Through(nested) if nested == kind))
    };
    let mut values = Packed::new(row.packed).into_iter().flatten();
    if !values.any(|value| value.field().is_some_and(of_kind)) {
        return;
    }
    let Some(record) = Record::unpack(parent, row.sourced_id, row.packed) else { return };
    let mut known: HashMap<String, u32> = HashMap::new();
    for (at, field) in (0u8..).zip(parent.entity().fields) {
        let rows: Vec<Record> = match field.ty {
            Type::Rows(nested) if nested == kind => record.rows(at).cloned().collect(),
            Type::Through(link) if link == kind => record.list(at).map(|id| leading_to(kind, id)).collect(),
            _ => continue,
        };
        for mut inner in rows {
            if let Some(up) = kind.entity().parent_field() {
                inner.set(up, row.sourced_id);
            }
            if inner.sourced_id.is_empty() {
                let id = derived(kind, row.sourced_id, &inner);
                let count = known.entry(id.clone()).or_default();
                inner.sourced_id = if *count == 0 { id } else { format!("{id}-{count}") };
                *count += 1;
            }
            sink(&mut inner);
        }
    }
}

/// A row of a link: what it leads to stands last among its references.
fn leading_to(kind: Kind, id: &str) -> Record {
    let mut link = Record::new(kind);
    let target = kind.entity().fields.iter().rposition(|field| field.target().is_some());
    if let Some(target) = target.and_then(|at| u8::try_from(at).ok()) {
        link.push(target, id);
    }
    link
}

/// An identifier made of the record that a row stands in, and of the references
/// and words by which it is told from its neighbours.
fn derived(kind: Kind, parent: &str, inner: &Record) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    part(kind.entity().name);
    part(parent);
    for (at, field) in (0u8..).zip(kind.entity().fields) {
        if matches!(field.ty, Type::Ref(..) | Type::Word(_)) {
            part(inner.get(at).unwrap_or_default());
        }
    }
    hash.finalize().iter().take(16).fold(format!("{}-", kind.entity().name), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(role: &str, org: &str, begin: &str) -> Record {
        let mut record = Record::new(Kind::Role);
        record.push(at!(Role.roleType), "primary");
        record.push(at!(Role.role), role);
        record.push(at!(Role.beginDate), begin);
        record.push(at!(Role.org), org);
        record
    }

    fn ids(roles: &[Record]) -> Vec<String> {
        let mut user = Record::new(Kind::User);
        for role in roles {
            user.push_row(at!(User.roles), role.clone());
        }
        let mut packed = Vec::new();
        user.pack(&mut packed);
        let (status, published) = (Status::Active, Timestamp(0));
        let row = Row { sourced_id: "u", status, published, packed: &packed, children: &[] };
        let mut ids = Vec::new();
        inside(Kind::User, Kind::Role, &row, &mut |record| {
            assert_eq!(record.get(at!(Role.user)), Some("u"));
            ids.push(record.sourced_id.clone());
        });
        ids
    }

    #[test]
    fn a_row_without_an_identifier_has_the_same_one_tomorrow() {
        let today = ids(&[role("student", "s1", "2026-08-01"), role("aide", "s2", "2026-08-01")]);
        let tomorrow = ids(&[role("aide", "s2", "2026-08-01"), role("student", "s1", "2026-09-01")]);
        assert_eq!(today.iter().rev().collect::<Vec<_>>(), tomorrow.iter().collect::<Vec<_>>());
        assert!(today[0] != today[1] && today[0].starts_with("role-") && today[0].len() == 37, "{today:?}");
        let twins = ids(&[role("student", "s1", "2026-08-01"), role("student", "s1", "2027-08-01")]);
        assert_eq!(twins, [today[0].clone(), format!("{}-1", today[0])]);
        assert_ne!(ids(&[role("student", "s3", "")])[0], today[0]);
    }

    #[test]
    fn roles_and_accounts_stand_in_files_of_1_2_only() {
        let of = |kind, version| nested(kind, version).collect::<Vec<_>>();
        assert_eq!(of(Kind::User, Version::V1P2), [Kind::Role, Kind::UserProfile, Kind::UserResource]);
        assert_eq!(of(Kind::User, Version::V1P1), []);
        // Material of classes stands in a file of both.
        assert_eq!([of(Kind::Class, Version::V1P1), of(Kind::Class, Version::V1P2)], [[Kind::ClassResource]; 2]);
        let links = [Kind::ResultScoreScale, Kind::ResultLearningObjectiveId];
        assert_eq!(of(Kind::Result, Version::V1P2), links);
    }
}
