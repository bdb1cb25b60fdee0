//! What a source says, after its rules: the steps that records take between
//! their package and the comparison with what is stored.
//!
//! Every record of every intake passes here, be it of a CSV package or of a
//! provider, and nowhere else is anything done to it. Steps are taken in the
//! order of [`Steps::of`]. What they do is counted, found and kept with the run.

use super::cleansing::Cleansing;
use super::effects::Effects;
use crate::output::Failure;
use homeroom_store::Roster;
use homeroom_store::intake::Intake;
use oneroster::model::Kind;
use oneroster::record::Record;

/// What becomes of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It goes on, as it is now.
    Stays,
    /// It is treated as if it were not in the package: what is stored of it goes
    /// with a whole package, and stays with one of changes.
    LeftOut,
}

/// Where a record comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The line of its row in its file; 0 if it has none.
    pub line: u32,
    /// Whether its file speaks of changes only.
    pub changes: bool,
}

/// Something that is done to every record of a source.
///
/// Where any step looks ahead, the records are read twice: first all of them are
/// shown to [`Step::survey`], then they are taken. [`Step::read`] is called in
/// both passes, and must do the same in both.
pub trait Step {
    /// Takes a record as its file writes it, before one of 1.1 is brought to
    /// the form of 1.2: the place for what is done to identifiers. Roles that
    /// are made of a 1.1 person have those of the person by then, and do not
    /// come by here.
    fn read(&mut self, _record: &mut Record) {}

    /// Whether it must have seen all records before it takes the first one.
    fn looks_ahead(&self) -> bool {
        false
    }

    /// Sees a live record in the first pass, in the form of 1.2, as the steps before
    /// it left it; what it does to it the steps after it see.
    ///
    /// # Errors
    /// As the store says.
    fn survey(&mut self, _record: &mut Record, _origin: Origin, _intake: &Intake) -> Result<Fate, Failure> {
        Ok(Fate::Stays)
    }

    /// The first pass is over.
    ///
    /// # Errors
    /// As the store says.
    fn surveyed(&mut self, _intake: &Intake) -> Result<(), Failure> {
        Ok(())
    }

    /// Takes a record in the form of 1.2, just before it is compared. One that
    /// is to be deleted has nothing but its identifier.
    ///
    /// # Errors
    /// As the store says.
    fn take(&mut self, record: &mut Record, origin: Origin, intake: &mut Intake) -> Result<Fate, Failure>;

    /// All records of a kind were taken; further ones may be pushed still.
    ///
    /// # Errors
    /// As the store says.
    fn ended(&mut self, _kind: Kind, _intake: &mut Intake) -> Result<(), Failure> {
        Ok(())
    }

    /// The identifier by which the source knows a record, if it is not the one
    /// with us; it cannot be told of a record that is not the source's.
    fn named_by_source<'a>(&self, _kind: Kind, id: &'a str) -> &'a str {
        id
    }

    /// Whether identifiers of a kind are others with us than with the source.
    fn is_named_otherwise(&self, _kind: Kind) -> bool {
        false
    }

    /// Adds what it did to the effects of the run.
    fn tell(&mut self, _effects: &mut Effects) {}
}

/// The steps of a source, in their order.
#[derive(Default)]
pub struct Steps {
    all: Vec<Box<dyn Step>>,
    /// What was found of records beside what the steps did.
    pub(super) found: Effects,
}

impl Steps {
    /// The steps that are set for a source.
    ///
    /// # Errors
    /// As the store says, `refused` if what is set cannot be read.
    pub fn of(roster: &Roster, source: u32) -> Result<Steps, Failure> {
        let Some(name) = roster.source_name(source)? else { return Ok(Steps::default()) };
        let mut all: Vec<Box<dyn Step>> = Vec::new();
        if let Some(cleansing) = Cleansing::of(roster, source, &name)? {
            all.push(Box::new(cleansing));
        }
        if let Some(step) = super::prefix::Before::of(roster, source)? {
            all.push(Box::new(step));
        }
        Ok(Steps { all, found: Effects::default() })
    }

    /// Whether the records must be read twice.
    pub fn looks_ahead(&self) -> bool {
        self.all.iter().any(|step| step.looks_ahead())
    }

    /// Whether identifiers of a kind are others with us than with the source.
    pub(super) fn is_named_otherwise(&self, kind: Kind) -> bool {
        self.all.iter().any(|step| step.is_named_otherwise(kind))
    }

    /// The identifier by which the source knows a record.
    pub(super) fn named_by_source<'a>(&self, kind: Kind, id: &'a str) -> &'a str {
        self.all.iter().rev().fold(id, |id, step| step.named_by_source(kind, id))
    }

    pub(super) fn read(&mut self, record: &mut Record) {
        self.all.iter_mut().for_each(|step| step.read(record));
    }

    pub(super) fn survey(&mut self, record: &mut Record, origin: Origin, intake: &Intake) -> Result<(), Failure> {
        for step in &mut self.all {
            if step.survey(record, origin, intake)? == Fate::LeftOut {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn surveyed(&mut self, intake: &Intake) -> Result<(), Failure> {
        self.all.iter_mut().try_for_each(|step| step.surveyed(intake))
    }

    /// Gives a record to the comparison, if it stays.
    pub(super) fn push(&mut self, record: &mut Record, origin: Origin, intake: &mut Intake) -> Result<Fate, Failure> {
        for step in &mut self.all {
            if step.take(record, origin, intake)? == Fate::LeftOut {
                return Ok(Fate::LeftOut);
            }
        }
        intake.push(record)?;
        Ok(Fate::Stays)
    }

    pub(super) fn ended(&mut self, kind: Kind, intake: &mut Intake) -> Result<(), Failure> {
        self.all.iter_mut().try_for_each(|step| step.ended(kind, intake))
    }

    /// What they did.
    pub(super) fn effects(mut self) -> Effects {
        let mut effects = std::mem::take(&mut self.found);
        self.all.iter_mut().for_each(|step| step.tell(&mut effects));
        effects
    }
}

impl std::fmt::Debug for Steps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Steps").field("many", &self.all.len()).finish_non_exhaustive()
    }
}
