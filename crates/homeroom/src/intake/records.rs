//! The records of a judged package, into a comparison.

use super::alongside::Alongside;
use super::apart::{Lack, Taken};
use super::beside::Beside;
use super::effects::About;
use super::judged::Judged;
use super::steps::{Fate, Origin, Steps};
use crate::output::Failure;
use homeroom_store::intake::{Extent, Intake, Keep, order};
use oneroster::csv::{Mode, Package};
use oneroster::model::{Kind, Slot, Version};
use oneroster::record::{Record, Status, id_digest};
use oneroster::validate::{FileJudgement, Severity};
use oneroster::{at, compat};
use std::collections::{HashMap, HashSet};

/// So many records pass between two steps that are told.
const STEP: u64 = 5_000;

/// Feeds every accepted record of the package, and of what lies beside it, to a
/// comparison, file by file as they are judged.
pub fn feed(
    (package, beside): (&mut Package, &Beside),
    judged: &Judged<'_>,
    intake: &mut Intake,
    doing: &'static str,
    steps: &mut Steps,
) -> Result<(), Failure> {
    if steps.looks_ahead() {
        let mut survey = Feed::new(judged, beside, ("looking ahead", Pass::Survey), steps);
        for kind in order().into_iter().filter(|kind| speaker(judged, *kind) == *kind) {
            if let Some(mode) = beside.mode(kind) {
                survey.lines(beside, (kind, mode), intake)?;
            } else if let Some(file) = judged.file(kind) {
                survey.file(package, judged, file, intake)?;
            }
        }
        steps.surveyed(intake)?;
    }
    let mut feed = Feed::new(judged, beside, (doing, Pass::Take), steps);
    let mode = |kind: Kind| beside.mode(kind).or_else(|| judged.mode(speaker(judged, kind)));
    intake.expect(order().into_iter().filter_map(|kind| Some((kind, extent(mode(kind)?)))));
    for kind in order() {
        match (beside.mode(kind), judged.file(speaker(judged, kind))) {
            (Some(mode), _) => feed.beside(beside, (kind, mode), intake)?,
            (None, Some(file)) => feed.kind((&mut *package, beside), judged, (kind, file), intake)?,
            (None, None) => intake.absent(kind)?,
        }
    }
    Ok(())
}

/// The kind whose file speaks of the records of a kind. In 1.1 the roles of a
/// person stand in the person's own row; in the 2022 text of 1.2 so does the material.
fn speaker(judged: &Judged<'_>, kind: Kind) -> Kind {
    let within_users = match kind {
        Kind::Role => judged.version == Version::V1P1,
        Kind::UserResource => judged.resources_in_users,
        _ => false,
    };
    if within_users { Kind::User } else { kind }
}

fn extent(mode: Mode) -> Extent {
    if mode == Mode::Delta { Extent::Changes } else { Extent::Whole }
}

/// What is done with the records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// The steps look at them.
    Survey,
    /// They are taken.
    Take,
}

struct Feed<'s> {
    pass: Pass,
    steps: &'s mut Steps,
    done: u64,
    /// What is done, for people.
    doing: &'static str,
    /// Whether the package is of 1.1, whose records are brought up to 1.2.
    old: bool,
    /// Whether line items come, which want to know sessions and classes.
    items: bool,
    /// A value of records that later ones depend on: the type of orgs and of
    /// sessions, the school of classes.
    known: HashMap<Kind, HashMap<String, Option<String>>>,
    upgraded: Vec<Record>,
    /// The material that is there, if people's own rows name it.
    material: Option<Material>,
    /// What records beside the files may name.
    taken: Taken,
    /// Rows that are taken with the records in which they are shown.
    alongside: Vec<Alongside>,
}

/// Material by its identifier.
#[derive(Default)]
struct Material {
    known: HashMap<String, bool>,
    /// Whether the package tells all of it.
    whole: bool,
}

impl<'s> Feed<'s> {
    fn new(judged: &Judged<'_>, beside: &Beside, how: (&'static str, Pass), steps: &'s mut Steps) -> Feed<'s> {
        let ((doing, pass), taken) = (how, Taken::of(beside));
        let items = judged.mode(Kind::LineItem).is_some();
        let old = judged.version == Version::V1P1;
        let whole = judged.mode(Kind::Resource) == Some(Mode::Bulk);
        let material = judged.resources_in_users.then(|| Material { known: HashMap::new(), whole });
        let (known, upgraded, alongside) = (HashMap::new(), Vec::new(), Vec::new());
        Feed { pass, steps, done: 0, doing, old, items, known, upgraded, material, taken, alongside }
    }

    /// Takes the records of a kind from the file that speaks of them.
    fn kind(
        &mut self,
        (package, beside): (&mut Package, &Beside),
        judged: &Judged<'_>,
        (kind, file): (Kind, &FileJudgement),
        intake: &mut Intake,
    ) -> Result<(), Failure> {
        let within_users = file.kind != kind;
        let rejected = if within_users { 0 } else { file.rejected };
        let keep = self.keep(kind, file, intake)?;
        intake.begin(kind, rejected, keep)?;
        if within_users || (beside.of_fetch && kind.entity().parent_kind().is_some()) {
            intake.within_parents(kind);
        }
        if !within_users {
            let own = file.plan.iter().flat_map(|plan| &plan.missing).filter_map(|slot| match slot {
                Slot::Own(field) => Some(*field),
                _ => None,
            });
            intake.unspoken(kind, own.collect());
            // What is made one with another takes rows that come later.
            let alone = self.steps.looks_ahead();
            match if alone { None } else { Alongside::open(package, judged, file, intake)? } {
                Some(rows) => self.alongside.push(rows),
                None => self.file(package, judged, file, intake)?,
            }
        }
        self.steps.ended(kind, intake)?;
        Ok(intake.end(kind)?)
    }

    /// The records of a kind that stay though no good row of the file names them.
    fn keep(&self, kind: Kind, file: &FileJudgement, intake: &Intake) -> Result<Keep, Failure> {
        let keep: HashSet<u64> = if file.kind == kind { file.rejected_ids().collect() } else { HashSet::new() };
        // A rejected row without an identifier may be anyone's: absence then
        // proves nothing.
        let all = file.unidentified > 0;
        if self.steps.is_named_otherwise(kind) && !all && !keep.is_empty() {
            let steps = &*self.steps;
            return Ok(intake.keeping(kind, &|id| keep.contains(&id_digest(steps.named_by_source(kind, id))))?);
        }
        Ok(Box::new(move |digest| all || keep.contains(&digest)))
    }

    fn file(
        &mut self,
        package: &mut Package,
        judged: &Judged<'_>,
        file: &FileJudgement,
        intake: &mut Intake,
    ) -> Result<(), Failure> {
        let kind = file.kind;
        let Some(mut rows) = judged.records(package, file)? else { return Ok(()) };
        let mut record = Record::new(kind);
        while rows.next(&mut record)?.is_some() {
            self.inside(&record, judged, intake)?;
            let origin = Origin { line: rows.line(), changes: file.mode == Mode::Delta };
            let links = if self.material.is_some() && kind == Kind::User {
                compat::resource_links(&mut record)
            } else {
                Vec::new()
            };
            self.steps.read(&mut record);
            for link in links {
                self.link(link, origin, intake)?;
            }
            if record.status == Status::Active {
                self.note(&record);
                match kind {
                    Kind::User if self.old => self.upgrade(&mut record, origin, intake)?,
                    Kind::LineItem => self.line_item(&mut record, intake)?,
                    _ => {}
                }
            }
            self.give(&mut record, origin, intake)?;
            self.count(judged);
        }
        let ended = self.alongside.extract_if(.., |rows| rows.is_of(kind));
        ended.into_iter().try_for_each(|rows| rows.end())
    }

    /// Takes the rows that are shown in a record and come with it.
    fn inside(&mut self, parent: &Record, judged: &Judged<'_>, intake: &mut Intake) -> Result<(), Failure> {
        let mut alongside = std::mem::take(&mut self.alongside);
        for rows in alongside.iter_mut().filter(|rows| rows.is_of(parent.kind())) {
            rows.of(&parent.sourced_id, &mut |row, origin| {
                self.steps.read(row);
                self.count(judged);
                self.give(row, origin, intake)
            })?;
        }
        self.alongside = alongside;
        Ok(())
    }

    /// Counts a record that was read, and tells it now and then.
    fn count(&mut self, judged: &Judged<'_>) {
        self.done += 1;
        if self.done.is_multiple_of(STEP) {
            judged.step(self.doing, self.done);
        }
    }

    /// Takes what lies of a kind beside the files.
    fn beside(&mut self, beside: &Beside, of: (Kind, Mode), intake: &mut Intake) -> Result<(), Failure> {
        let (kind, rejected) = (of.0, self.rejected(beside, of, intake)?);
        let (count, keep) = (rejected.len() as u64, rejected.clone());
        intake.begin(kind, count, Box::new(move |digest| keep.contains(&digest)))?;
        beside.each(kind, &mut |record, line| {
            self.steps.read(record);
            if rejected.contains(&id_digest(&record.sourced_id)) {
                return Ok(());
            }
            let origin = Origin { line, changes: of.1 == Mode::Delta };
            if record.status == Status::Active {
                for lack in self.taken.lacks(record, origin.changes, intake)? {
                    self.tell(&lack, record, line);
                    record.set(lack.field, "");
                }
            }
            self.give(record, origin, intake)
        })?;
        self.steps.ended(kind, intake)?;
        Ok(intake.end(kind)?)
    }

    /// Which records of a kind beside the files cannot be taken, by digest.
    fn rejected(
        &mut self,
        beside: &Beside,
        (kind, mode): (Kind, Mode),
        intake: &Intake,
    ) -> Result<HashSet<u64>, Failure> {
        let mut rejected = HashSet::new();
        beside.each(kind, &mut |record, line| {
            self.steps.read(record);
            if record.status == Status::Active {
                let lacks = self.taken.lacks(record, mode == Mode::Delta, intake)?;
                if let Some(lack) = lacks.iter().find(|lack| !lack.optional) {
                    self.tell(lack, record, line);
                    rejected.insert(id_digest(&record.sourced_id));
                    return Ok(());
                }
            }
            // Others of the kind may name it, before it or after.
            self.taken.note(record);
            Ok(())
        })?;
        Ok(rejected)
    }

    fn tell(&mut self, lack: &Lack, record: &Record, line: u32) {
        let severity = if lack.optional { Severity::Repaired } else { Severity::Error };
        let about = About { record, field: Some(lack.field), line };
        self.steps.found.found(lack.code, severity, about, &lack.message);
    }

    /// Shows what lies of a kind beside the files to the steps.
    fn lines(&mut self, beside: &Beside, (kind, mode): (Kind, Mode), intake: &mut Intake) -> Result<(), Failure> {
        beside.each(kind, &mut |record, line| {
            self.steps.read(record);
            self.give(record, Origin { line, changes: mode == Mode::Delta }, intake)
        })
    }

    /// The value that later records may ask for.
    fn asked_for(&self, kind: Kind) -> Option<u8> {
        match kind {
            Kind::Org if self.old => Some(at!(Org.type)),
            Kind::AcademicSession if self.items => Some(at!(AcademicSession.type)),
            Kind::Class if self.items && self.old => Some(at!(Class.school)),
            _ => None,
        }
    }

    fn note(&mut self, record: &Record) {
        if let (Some(material), Kind::Resource) = (&mut self.material, record.kind()) {
            material.known.insert(record.sourced_id.clone(), true);
        }
        let Some(field) = self.asked_for(record.kind()) else { return };
        let value = record.get(field).map(str::to_owned);
        self.known.entry(record.kind()).or_default().insert(record.sourced_id.clone(), value);
    }

    /// Makes a value of a record known: the package's, or else the stored one.
    fn look_up(&mut self, kind: Kind, id: &str, intake: &Intake) -> Result<Option<&str>, Failure> {
        let field = self.asked_for(kind);
        let known = self.known.entry(kind).or_default();
        if !known.contains_key(id) {
            let stored = intake.stored(kind, id)?;
            let value = field.zip(stored).and_then(|(field, record)| record.get(field).map(str::to_owned));
            known.insert(id.to_owned(), value);
        }
        Ok(known.get(id).and_then(Option::as_deref))
    }

    /// Shows a record to the steps, or has it taken.
    fn give(&mut self, record: &mut Record, origin: Origin, intake: &mut Intake) -> Result<(), Failure> {
        match self.pass {
            Pass::Survey if record.status == Status::Active => self.steps.survey(record, origin, intake),
            Pass::Survey => Ok(()),
            Pass::Take => {
                if self.steps.push(record, origin, intake)? == Fate::Stays {
                    self.taken.note(record);
                }
                Ok(())
            }
        }
    }

    fn upgrade(&mut self, user: &mut Record, origin: Origin, intake: &mut Intake) -> Result<(), Failure> {
        for org in user.list(at!(User.orgs)) {
            self.look_up(Kind::Org, org, intake)?;
        }
        let types = self.known.get(&Kind::Org);
        let org_type = |org: &str| types?.get(org)?.as_deref();
        compat::upgrade_user(user, &org_type, &mut self.upgraded);
        let mut upgraded = std::mem::take(&mut self.upgraded);
        upgraded.iter_mut().try_for_each(|role| self.give(role, origin, intake))?;
        upgraded.clear();
        self.upgraded = upgraded;
        Ok(())
    }

    /// Gives material to a person, if it is there.
    fn link(&mut self, mut link: Record, origin: Origin, intake: &mut Intake) -> Result<(), Failure> {
        self.steps.read(&mut link);
        let Some(material) = &mut self.material else { return Ok(()) };
        let id = link.get(at!(UserResource.resource)).unwrap_or_default();
        let known = match material.known.get(id) {
            Some(known) => *known,
            None => {
                let stored = !material.whole && intake.stored(Kind::Resource, id)?.is_some();
                material.known.insert(id.to_owned(), stored);
                stored
            }
        };
        if known { self.give(&mut link, origin, intake) } else { Ok(()) }
    }

    fn line_item(&mut self, item: &mut Record, intake: &Intake) -> Result<(), Failure> {
        if self.old {
            let class = item.get(at!(LineItem.class)).unwrap_or_default().to_owned();
            let school = self.look_up(Kind::Class, &class, intake)?.map(str::to_owned);
            compat::upgrade_line_item(item, school.as_deref());
            return Ok(());
        }
        let session = item.get(at!(LineItem.academicSession)).unwrap_or_default().to_owned();
        compat::name_grading_period(item, self.look_up(Kind::AcademicSession, &session, intake)?);
        Ok(())
    }
}
