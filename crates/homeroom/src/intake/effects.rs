//! What was done to what a source says, counted: for plans, runs and findings.

use super::beside;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::validate::{Code, FileJudgement, Judgement, Place, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// In place of an effect: what was found was no rule's doing.
const NO_EFFECT: usize = usize::MAX;
/// So many findings of one effect are listed; the counts stay true.
const LISTED: u64 = 10_000;

/// What one rule of one step came to in a run.
#[derive(Serialize, Deserialize, Clone, Default, PartialEq, Eq, Debug)]
#[serde(default)]
pub struct Effect {
    /// The code of its findings.
    pub code: String,
    /// What it does, in words.
    pub rule: String,
    /// How many records of a kind it changed, by the base name of their file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub changed: BTreeMap<String, u64>,
    /// How many it left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
    /// How many it would have changed, and could not.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<String, u64>,
}

/// What became of a record by a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// It was changed.
    Changed,
    /// It was left out.
    LeftOut,
    /// It could not be done.
    Failed,
}

impl Effect {
    fn of(&mut self, what: What) -> &mut BTreeMap<String, u64> {
        match what {
            What::Changed => &mut self.changed,
            What::LeftOut => &mut self.left_out,
            What::Failed => &mut self.failed,
        }
    }

    /// Whether it met no record at all.
    pub fn is_nothing(&self) -> bool {
        self.changed.is_empty() && self.left_out.is_empty() && self.failed.is_empty()
    }

    /// What it did, in words: `12 users changed, 3 classes left out`.
    pub fn words(&self) -> String {
        let of = |counts: &BTreeMap<String, u64>, done: &'static str| {
            counts.iter().map(|(kind, many)| format!("{many} {kind} {done}")).collect::<Vec<_>>()
        };
        let all = [of(&self.changed, "changed"), of(&self.left_out, "left out"), of(&self.failed, "not done")];
        let all = all.concat();
        if all.is_empty() { "nothing met it".to_owned() } else { all.join(", ") }
    }
}

/// One finding of an effect.
struct Note {
    effect: usize,
    code: Code,
    severity: Severity,
    /// None if it is about no record.
    kind: Option<Kind>,
    field: Option<u8>,
    line: u32,
    id: String,
    message: String,
}

/// The effects of the steps of a run, and what was found with them.
#[derive(Default)]
pub struct Effects {
    all: Vec<Effect>,
    notes: Vec<Note>,
    /// How many findings there are of each effect and code.
    counts: BTreeMap<(usize, Code, Severity), u64>,
}

/// Which value of which record a finding is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The record, as it is now.
    pub record: &'a Record,
    /// The field, if it is about one.
    pub field: Option<u8>,
    /// The line of its row; 0 if there is none.
    pub line: u32,
}

impl Effects {
    /// Makes room for an effect, which is told even if it meets nothing.
    pub fn add(&mut self, code: Code, rule: &str) -> usize {
        self.all.push(Effect { code: code.label().to_owned(), rule: rule.to_owned(), ..Effect::default() });
        self.all.len() - 1
    }

    /// Counts a record of an effect.
    pub fn count(&mut self, effect: usize, what: What, kind: Kind) {
        if let Some(effect) = self.all.get_mut(effect) {
            *effect.of(what).entry(kind.entity().plural.to_owned()).or_default() += 1;
        }
    }

    /// Adds a finding of an effect.
    pub fn find(&mut self, effect: usize, code: Code, severity: Severity, about: About<'_>, message: &str) {
        let many = self.counts.entry((effect, code, severity)).or_default();
        *many += 1;
        if *many <= LISTED {
            self.notes.push(Note {
                effect,
                code,
                severity,
                kind: Some(about.record.kind()),
                field: about.field,
                line: about.line,
                id: about.record.sourced_id.clone(),
                message: message.to_owned(),
            });
        }
    }

    /// Adds a finding about a record that is no rule's doing.
    pub fn found(&mut self, code: Code, severity: Severity, about: About<'_>, message: &str) {
        self.find(NO_EFFECT, code, severity, about, message);
    }

    /// Adds a finding that is about no record.
    pub fn remark(&mut self, effect: usize, code: Code, severity: Severity, message: String) {
        *self.counts.entry((effect, code, severity)).or_default() += 1;
        self.notes.push(Note { effect, code, severity, kind: None, field: None, line: 0, id: String::new(), message });
    }

    /// Adds those of a step.
    pub fn append(&mut self, other: Effects) {
        let first = self.all.len();
        self.all.extend(other.all);
        self.notes
            .extend(other.notes.into_iter().map(|note| Note { effect: note.effect.saturating_add(first), ..note }));
        let counts = other.counts.into_iter();
        self.counts.extend(
            counts.map(|((effect, code, severity), many)| ((effect.saturating_add(first), code, severity), many)),
        );
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.notes.is_empty()
    }

    /// The effects, in the order of the rules.
    pub fn list(&self) -> &[Effect] {
        &self.all
    }

    /// Puts what was found among the findings of the package, and tells of rules
    /// that met nothing.
    pub fn tell(self, judgement: &mut Judgement) -> Vec<Effect> {
        let mut listed: BTreeMap<(usize, Code, Severity), u64> = BTreeMap::new();
        for note in &self.notes {
            *listed.entry((note.effect, note.code, note.severity)).or_default() += 1;
            let place = place(judgement, note);
            judgement.report.say(note.code, note.severity, place, &note.id, note.message.clone());
        }
        for (key, many) in &self.counts {
            let more = many - listed.get(key).copied().unwrap_or_default();
            judgement.report.count_only(key.1, key.2, more);
        }
        for effect in self.all.iter().filter(|effect| effect.is_nothing()) {
            let message = format!("No record met this rule: {}.", effect.rule);
            judgement.report.say(Code::C14, Severity::Info, Place::default(), "", message);
        }
        judgement.report.sort();
        self.all
    }
}

impl std::fmt::Debug for Effects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Effects").field("all", &self.all).finish_non_exhaustive()
    }
}

/// Where a note stands: in 1.1 the roles of a person are in the person's row.
fn place(judgement: &mut Judgement, note: &Note) -> Place {
    let Some(kind) = note.kind else { return Place::default() };
    if kind.entity().csv.is_empty() {
        return Place { file: Some(judgement.report.file(&beside::name(kind))), line: note.line, column: None };
    }
    let own: Option<&FileJudgement> = judgement.file(kind);
    let file = own.or_else(|| kind.entity().parent_kind().and_then(|parent| judgement.file(parent)));
    let Some(file) = file else { return Place::default() };
    let plan = file.plan.as_ref().filter(|_| file.kind == kind);
    let column = plan.zip(note.field).and_then(|(plan, field)| plan.position(oneroster::model::Slot::Own(field)));
    let name = file.entry.clone();
    Place { file: Some(judgement.report.file(&name)), line: note.line, column: column.map(|at| at as u16) }
}
