//! The rules of a source, as they are set, and as a step of its records.

use super::effects::{About, Effects, What};
use super::prefix;
use super::steps::{Fate, Origin, Step};
use crate::output::Failure;
use homeroom_store::intake::Intake;
use homeroom_store::{Roster, Which};
use oneroster::cleanse::{Cleanser, Given};
use oneroster::model::Kind;
use oneroster::prefix::Prefix;
use oneroster::record::Record;
use oneroster::validate::{Code, Severity};
use std::cell::RefCell;

/// The scope of the rules of every source; the name of the source follows.
pub const SCOPE: &str = "cleansing:";
/// The key under which they are.
pub const RULES: &str = "rules";
/// What is told of what hangs on records that were left out.
const REST: &str = "what hangs on records that were left out";

/// The rules of a source, as they are set.
///
/// # Errors
/// As the store says, `refused` if they cannot be read.
pub fn rules(roster: &Roster, source: &str) -> Result<Vec<Given>, Failure> {
    let scope = format!("{SCOPE}{source}");
    let set = roster.settings(&scope)?.into_iter().find(|set| set.scope == scope && set.key == RULES);
    set.map_or_else(|| Ok(Vec::new()), |set| read(source, &set.value))
}

/// Rules as they are kept.
///
/// # Errors
/// `refused` if they cannot be read.
pub fn read(source: &str, text: &str) -> Result<Vec<Given>, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::refused(format!("the rules of the source {source} cannot be read: {error}"))
            .hint("set them anew with: homeroom config apply FILE")
    })
}

/// Whether rules of a source leave records out, so that a package of changes
/// does not tell enough.
///
/// # Errors
/// As [`rules`].
pub fn leaves_out(roster: &Roster, source: &str) -> Result<bool, Failure> {
    Ok(cleanser(source, &rules(roster, source)?, Prefix::default())?.leaves_out())
}

fn cleanser(source: &str, given: &[Given], prefix: Prefix) -> Result<Cleanser, Failure> {
    Cleanser::before(given, prefix).map_err(|error| {
        Failure::refused(format!("the rules of the source {source} cannot be followed: {error}"))
            .hint("set them anew with: homeroom config apply FILE")
    })
}

/// The rules of a source at work.
pub struct Cleansing {
    cleanser: Cleanser,
    effects: Effects,
    /// The roster, and the source in it.
    roster: Roster,
    source: u32,
    /// What kept the store from being asked.
    failure: RefCell<Option<Failure>>,
}

impl Cleansing {
    /// Those of a source by its number and its name; none if it has none.
    ///
    /// # Errors
    /// As [`rules`].
    pub fn of(roster: &Roster, source: u32, name: &str) -> Result<Option<Cleansing>, Failure> {
        let given = rules(roster, name)?;
        if given.is_empty() {
            return Ok(None);
        }
        let cleanser = cleanser(name, &given, prefix::of(roster, source)?)?;
        let mut effects = Effects::default();
        for (code, words) in cleanser.rules() {
            effects.add(code, words);
        }
        if cleanser.leaves_out() {
            effects.add(Code::C10, REST);
        }
        Ok(Some(Cleansing { cleanser, effects, roster: roster.clone(), source, failure: RefCell::new(None) }))
    }

    fn failed(&self) -> Result<(), Failure> {
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }
}

/// Asks the store, and keeps what goes wrong.
fn ask<'a>(intake: &'a Intake, failure: &'a RefCell<Option<Failure>>) -> impl Fn(Kind, &str) -> Option<Record> + 'a {
    |kind, id| match intake.stored(kind, id) {
        Ok(record) => record,
        Err(error) => {
            *failure.borrow_mut() = Some(error.into());
            None
        }
    }
}

/// Gives every live record of a kind that a source owns.
fn every(roster: &Roster, source: u32, kind: Kind, sink: &mut dyn FnMut(&Record)) -> Result<(), homeroom_store::Error> {
    roster.export(None)?.of_source(source).rows(kind, Which::Live, None, &mut |row| {
        Record::unpack(kind, row.sourced_id, row.packed).iter().for_each(&mut *sink);
        true
    })
}

impl Step for Cleansing {
    fn looks_ahead(&self) -> bool {
        self.cleanser.looks_ahead()
    }

    fn survey(&mut self, record: &mut Record, origin: Origin, intake: &Intake) -> Result<Fate, Failure> {
        let stays = self.cleanser.survey(record, origin.changes, &ask(intake, &self.failure));
        self.failed().map(|()| if stays { Fate::Stays } else { Fate::LeftOut })
    }

    fn surveyed(&mut self, intake: &Intake) -> Result<(), Failure> {
        let (roster, source, failure) = (&self.roster, self.source, &self.failure);
        let mut others = |kind: Kind, sink: &mut dyn FnMut(&Record)| {
            if let Err(error) = every(roster, source, kind, sink) {
                *failure.borrow_mut() = Some(error.into());
            }
        };
        for (rule, message) in self.cleanser.surveyed(&ask(intake, failure), &mut others) {
            self.effects.remark(rule, Code::C14, Severity::Info, message);
        }
        self.failed()
    }

    fn take(&mut self, record: &mut Record, origin: Origin, intake: &mut Intake) -> Result<Fate, Failure> {
        let effects = &mut self.effects;
        let mut sink = |met: oneroster::cleanse::Met<'_>| {
            let failed = matches!(met.code, Code::C11 | Code::C12 | Code::C13);
            let what = match met.left_out {
                true => What::LeftOut,
                false if failed => What::Failed,
                false => What::Changed,
            };
            effects.count(met.rule, what, met.record.kind());
            let about = About { record: met.record, field: met.field, line: origin.line };
            let rule = effects.list().get(met.rule).map_or("", |effect| effect.rule.as_str());
            let message = format!("{} The rule: {rule}.", met.code.rule().sentence);
            effects.find(met.rule, met.code, met.severity, about, &message);
        };
        let stays = self.cleanser.take(record, &ask(intake, &self.failure), &mut sink);
        self.failed().map(|()| if stays { Fate::Stays } else { Fate::LeftOut })
    }

    fn tell(&mut self, effects: &mut Effects) {
        effects.append(std::mem::take(&mut self.effects));
    }
}
