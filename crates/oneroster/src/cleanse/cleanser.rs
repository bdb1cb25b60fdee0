//! Rules at work on the records of one package.

use super::change::{Done, change, filled};
use super::choose::Choice;
use super::compile::{How, Pattern, Rule, RuleError, Unique, compile, is_wanted, may_stand};
use super::given::Given;
use super::naming::named;
use super::unique::Claims;
use crate::at;
use crate::compat::derive_v1p1;
use crate::grant::demanded;
use crate::json::target;
use crate::model::{Field, Kind, Slot, Type};
use crate::prefix::Prefix;
use crate::query::{Filter, Part, matches};
use crate::record::{Record, Status, id_digest};
use crate::validate::{Code, Severity};
use std::collections::HashMap;

/// Tells a stored record, as it is shown.
pub type Stored<'a> = &'a dyn Fn(Kind, &str) -> Option<Record>;

/// Gives every stored record of a kind that the source has.
pub type Others<'a> = &'a mut dyn FnMut(Kind, &mut dyn FnMut(&Record));

/// What a rule did to a record.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a> {
    /// Which rule, the first being 0; the number of all rules for what hangs
    /// on what they left out.
    pub rule: usize,
    /// The code of the finding.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Whether the record was left out.
    pub left_out: bool,
    /// The field, if it is about one.
    pub field: Option<u8>,
    /// The record, as it is now.
    pub record: &'a Record,
}

/// Takes what rules did.
pub type Sink<'a> = &'a mut dyn FnMut(Met<'_>);

/// Rules at work on the records of one package, which come parents first, and
/// nested rows before the record that they stand in.
///
/// If it [looks ahead](Cleanser::looks_ahead), all records are shown to
/// [`Cleanser::survey`] first, then [`Cleanser::surveyed`] is called; then they are
/// taken in the same order.
#[derive(Debug)]
pub struct Cleanser {
    rules: Vec<Rule>,
    words: Vec<String>,
    choice: Option<Choice>,
    /// Of each field that rules make each one's own.
    claims: HashMap<(Kind, u8), Claims>,
    /// What is left out, by which rule.
    out: HashMap<(Kind, u64), usize>,
    /// The rows of people, if a rule asks for them: they come before the person.
    rows: Option<HashMap<String, Vec<Record>>>,
    changes: bool,
    /// What stands before the identifiers of the source.
    prefix: Prefix,
}

impl Cleanser {
    /// Makes one of rules.
    ///
    /// # Errors
    /// Which rule cannot be followed, and why.
    pub fn new(given: &[Given]) -> Result<Cleanser, RuleError> {
        Cleanser::before(given, Prefix::default())
    }

    /// Makes one of rules that speak of the identifiers of their source, for records
    /// that have its prefix already.
    ///
    /// # Errors
    /// As [`Cleanser::new`].
    pub fn before(given: &[Given], prefix: Prefix) -> Result<Cleanser, RuleError> {
        let mut rules = compile(given)?;
        rules.iter_mut().for_each(|rule| named(rule, &prefix));
        let schools = rules.iter().find_map(|rule| match &rule.how {
            How::Schools(schools) => Some(schools.clone()),
            _ => None,
        });
        let days = rules.iter().find_map(|rule| match &rule.how {
            How::Days(from, to) => Some((*from, *to)),
            _ => None,
        });
        let some = schools.is_some() || days.is_some();
        let rows = rules.iter().any(asks_rows).then(HashMap::new);
        Ok(Cleanser {
            words: given.iter().map(Given::words).collect(),
            rules,
            choice: some.then(|| Choice::new(schools, days)),
            claims: HashMap::new(),
            out: HashMap::new(),
            rows,
            changes: false,
            prefix,
        })
    }

    /// The rules, each with its code and in words.
    pub fn rules(&self) -> impl Iterator<Item = (Code, &str)> {
        self.rules.iter().map(|rule| rule.kind.code).zip(self.words.iter().map(String::as_str))
    }

    /// Whether any rule leaves records out.
    pub fn leaves_out(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.how, How::LeaveOut | How::Schools(_) | How::Days(..)))
    }

    /// Whether all records must have been seen before the first one is taken.
    pub fn looks_ahead(&self) -> bool {
        self.leaves_out() || self.rules.iter().any(|rule| unique(rule).is_some())
    }

    /// Sees a live record; `changes` says whether its file has changes only.
    /// Whether it stays, as far as can be told.
    pub fn survey(&mut self, record: &mut Record, changes: bool, stored: Stored<'_>) -> bool {
        self.changes |= changes;
        let mut own = Vec::new();
        for at in 0..self.rules.len() {
            let Some(rule) = self.rules.get(at).filter(|rule| rule.of == Some(record.kind())) else { continue };
            let holds = self.holds(rule, record, stored);
            match &rule.how {
                How::LeaveOut if holds => {
                    self.out.insert(key(record), at);
                    return false;
                }
                How::Pattern(pattern) if pattern.unique.is_some() => ones_own(pattern, rule, record, holds, &mut own),
                _ if holds => drop(follow(rule, record)),
                _ => {}
            }
        }
        if self.hangs(record) {
            self.out.insert(key(record), self.rules.len());
            return false;
        }
        for (field, made) in own {
            let claims = self.claims.entry((record.kind(), field)).or_default();
            match made {
                Some((made, how)) => claims.want(&record.sourced_id, made, how),
                None => claims.has(&record.sourced_id, record.get(field)),
            }
        }
        self.hold(record);
        if let Some(choice) = &mut self.choice {
            choice.note(record, changes, stored);
        }
        true
    }

    /// All records were seen. What there is to say of rules that speak of
    /// records which are not there, each with the number of the rule. The package
    /// may be one of changes: `others` tells whom it does not speak of.
    pub fn surveyed(&mut self, stored: Stored<'_>, others: Others<'_>) -> Vec<(usize, String)> {
        self.rows = self.rows.take().map(|_| HashMap::new());
        let told = self.choose();
        let mut all = std::mem::take(&mut self.claims);
        for ((of, field), claims) in &mut all {
            if self.changes {
                others(*of, &mut |record| {
                    record.get(*field).into_iter().for_each(|value| claims.stored(&record.sourced_id, value));
                });
            }
            let has = &mut |id: &str| stored(*of, id).and_then(|record| record.get(*field).map(str::to_owned));
            claims.decide(&|id| !self.is_out(*of, id), has);
        }
        self.claims = all;
        told
    }

    /// Leaves out what is not of the chosen schools and days.
    fn choose(&mut self) -> Vec<(usize, String)> {
        let mut told = Vec::new();
        let number = |schools| {
            self.rules.iter().position(|rule| {
                matches!(rule.how, How::Schools(_)) == schools && matches!(rule.how, How::Schools(_) | How::Days(..))
            })
        };
        if let Some(choice) = self.choice.take() {
            let (schools, days) = (number(true), number(false));
            // A package of changes need not have them.
            if !self.changes {
                let rule = schools.unwrap_or_default();
                let absent = choice.missing().map(|id| self.prefix.off(Kind::Org, id).unwrap_or(id));
                told.extend(absent.map(|id| (rule, format!("The chosen school {id} is not in the package."))));
            }
            for (key, by_school) in choice.decide() {
                let rule = if by_school { schools } else { days };
                self.out.entry(key).or_insert(rule.unwrap_or(self.rules.len()));
            }
        }
        told
    }

    /// Takes a record; whether it stays. One that is to be deleted stays as it is.
    pub fn take(&mut self, record: &mut Record, stored: Stored<'_>, sink: Sink<'_>) -> bool {
        if record.status == Status::ToBeDeleted {
            return true;
        }
        if let Some(&rule) = self.out.get(&key(record)) {
            let code = self.rules.get(rule).map_or(Code::C10, |rule| rule.kind.code);
            sink(left_out(rule, code, record));
            return false;
        }
        for at in 0..self.rules.len() {
            let Some(rule) = self.rules.get(at).filter(|rule| rule.of == Some(record.kind())) else { continue };
            if !self.holds(rule, record, stored) {
                continue;
            }
            let done = match &rule.how {
                How::Pattern(pattern) => self.make(pattern, rule, record),
                _ => follow(rule, record),
            };
            if let Some((code, field)) = told(&done, rule) {
                let severity = code.rule().careful.unwrap_or(Severity::Info);
                sink(Met { rule: at, code, severity, left_out: false, field: Some(field), record });
            }
        }
        if !self.out.is_empty() && (self.hangs(record) || !self.release(record, sink)) {
            self.out.insert(key(record), self.rules.len());
            sink(left_out(self.rules.len(), Code::C10, record));
            return false;
        }
        self.hold(record);
        true
    }

    fn make(&self, pattern: &Pattern, rule: &Rule, record: &mut Record) -> Done {
        let Some(field) = rule.fields.first().copied() else { return Done::Nothing };
        let filled_in = record.get(field).is_some();
        if pattern.only_blank && filled_in {
            return Done::Nothing;
        }
        let Some(made) = wanted(pattern, rule, record, true) else { return Done::Failed(field, Code::C11) };
        let own = match self.claims.get(&(record.kind(), field)).filter(|_| pattern.unique.is_some()) {
            Some(claims) => claims.of(&record.sourced_id),
            None => Some(made.as_str()),
        };
        match own {
            None => Done::Failed(field, Code::C12),
            Some(own) if record.get(field) == Some(own) => Done::Nothing,
            Some(own) => {
                let own = own.to_owned();
                record.set(field, &own);
                Done::Changed(field)
            }
        }
    }

    /// Whether a rule is meant for a record.
    fn holds(&self, rule: &Rule, record: &Record, stored: Stored<'_>) -> bool {
        let Some(filter) = &rule.when else { return true };
        let Some(rows) = self.rows.as_ref().filter(|_| asks_rows(rule)) else { return matches(filter, record) };
        let mut whole = record.clone();
        let held = rows.get(&record.sourced_id).map(Vec::as_slice).unwrap_or_default();
        for (field, kind) in inside() {
            for row in held.iter().filter(|row| row.kind() == kind) {
                whole.push_row(field, row.clone());
            }
            if let Some(stored) =
                Some(()).filter(|()| self.changes).and_then(|()| stored(Kind::User, &record.sourced_id))
            {
                let known = |row: &&Record| held.iter().all(|other| other.sourced_id != row.sourced_id);
                stored.rows(field).filter(known).for_each(|row| whole.push_row(field, row.clone()));
            }
        }
        derive_v1p1(&mut whole);
        matches(filter, &whole)
    }

    /// Keeps a row of a person until the person comes.
    fn hold(&mut self, record: &Record) {
        let parent =
            record.kind().entity().parent_field().filter(|_| inside().iter().any(|(_, k)| *k == record.kind()));
        if let (Some(rows), Some(person)) = (&mut self.rows, parent.and_then(|field| record.get(field))) {
            rows.entry(person.to_owned()).or_default().push(record.clone());
        }
    }

    fn is_out(&self, kind: Kind, id: &str) -> bool {
        self.out.contains_key(&(kind, id_digest(id)))
    }

    /// Whether a record must name one that is left out.
    fn hangs(&self, record: &Record) -> bool {
        if self.out.is_empty() {
            return false;
        }
        if record.kind() == Kind::Demographics {
            return self.is_out(Kind::User, &record.sourced_id);
        }
        demanded(record.kind()).any(|(field, kind)| record.get(field).is_some_and(|id| self.is_out(kind, id)))
    }

    /// Takes references to what is left out away; whether the record can do
    /// without them.
    fn release(&self, record: &mut Record, sink: Sink<'_>) -> bool {
        let mut first = None;
        for (field, known) in (0u8..).zip(record.kind().entity().fields) {
            let Some(kind) = names(record.kind(), field, known) else { continue };
            if !record.list(field).any(|id| self.is_out(kind, id)) {
                continue;
            }
            let left: Vec<String> = record.list(field).filter(|id| !self.is_out(kind, id)).map(str::to_owned).collect();
            if left.is_empty() && is_wanted(known) {
                return false;
            }
            record.set(field, "");
            left.iter().for_each(|id| record.push(field, id));
            first = first.or(Some(field));
        }
        if first.is_some() {
            let rule = self.rules.len();
            sink(Met { rule, code: Code::C15, severity: Severity::Info, left_out: false, field: first, record });
        }
        true
    }
}

/// What a rule other than a pattern with claims does.
fn follow(rule: &Rule, record: &mut Record) -> Done {
    match &rule.how {
        How::LeaveOut | How::Schools(_) | How::Days(..) => Done::Nothing,
        How::Pattern(pattern) => {
            let Some(field) = rule.fields.first().copied() else { return Done::Nothing };
            match wanted(pattern, rule, record, true) {
                Some(made) => record.set(field, &made),
                None => return Done::Nothing,
            }
            Done::Changed(field)
        }
        _ => change(rule, record),
    }
}

/// What a pattern would make of a record, if it is meant for it.
fn wanted(pattern: &Pattern, rule: &Rule, record: &Record, holds: bool) -> Option<String> {
    let field = *rule.fields.first()?;
    let known = record.kind().entity().fields.get(usize::from(field))?;
    if !holds || (pattern.only_blank && record.get(field).is_some()) {
        return None;
    }
    filled(pattern, record).filter(|made| may_stand(known, made))
}

/// Notes what a rule would make of a field that is each one's own, the last rule
/// that is meant being right; or that the record has the field.
fn ones_own(
    pattern: &Pattern,
    rule: &Rule,
    record: &Record,
    holds: bool,
    own: &mut Vec<(u8, Option<(String, Unique)>)>,
) {
    let (Some(&field), Some(how)) = (rule.fields.first(), pattern.unique) else { return };
    let at = own.iter().position(|(other, _)| *other == field).unwrap_or_else(|| {
        own.push((field, None));
        own.len() - 1
    });
    if let Some((_, made)) = own.get_mut(at).filter(|(_, made)| made.is_none() || !pattern.only_blank) {
        *made = wanted(pattern, rule, record, holds).map(|value| (value, how)).or(made.take());
    }
}

fn unique(rule: &Rule) -> Option<Unique> {
    match &rule.how {
        How::Pattern(pattern) => pattern.unique,
        _ => None,
    }
}

fn told(done: &Done, rule: &Rule) -> Option<(Code, u8)> {
    match done {
        Done::Nothing => None,
        Done::Changed(field) => Some((rule.kind.code, *field)),
        Done::Failed(field, code) => Some((*code, *field)),
    }
}

fn left_out(rule: usize, code: Code, record: &Record) -> Met<'_> {
    Met { rule, code, severity: Severity::Info, left_out: true, field: None, record }
}

fn key(record: &Record) -> (Kind, u64) {
    (record.kind(), id_digest(&record.sourced_id))
}

/// The rows that stand in a person, and where.
fn inside() -> [(u8, Kind); 2] {
    [(at!(User.roles), Kind::Role), (at!(User.userProfiles), Kind::UserProfile)]
}

/// Whether a rule about people asks for what stands in rows of their own.
fn asks_rows(rule: &Rule) -> bool {
    let derived = [Slot::Own(at!(User.role)), Slot::Own(at!(User.orgs))];
    let of_rows = |filter: &Filter| {
        filter.clauses.iter().any(|clause| {
            matches!(clause.path.part, Part::Row(_) | Part::RowRefType(_)) || derived.contains(&clause.path.slot)
        })
    };
    rule.of == Some(Kind::User) && rule.when.as_ref().is_some_and(of_rows)
}

/// What a field names, if a record can have it before it is compared.
fn names(kind: Kind, field: u8, known: &Field) -> Option<Kind> {
    // The orgs of a person follow from the roles.
    if (kind == Kind::User && field == at!(User.orgs)) || matches!(known.ty, Type::Rows(_)) {
        return None;
    }
    target(known).or(known.target())
}
