//! What references are looked up in, and what becomes of those that lead
//! nowhere (R2, R3, L7, D30, D34, D55).

use super::judgement::FileState;
use super::known::Store;
use super::reading::{Memo, Pending};
use super::remarks::Remarks;
use super::rules::{Code, Severity};
use super::suspect;
use super::tables::{Ids, NONE, State};
use super::tally::Tally;
use crate::csv::{Mode, Package, is_raw_key};
use crate::model::{Kind, LONGEST_ID, is_sourced_id};
use hashbrown::HashSet;

/// What references are looked up in.
pub(super) struct Targets<'a, 's> {
    pub ids: &'a mut [Ids],
    pub states: &'a [Option<FileState>],
    pub modes: &'a [Option<Mode>],
    pub store: &'a mut Store<'s>,
    /// Whether the row is one of changes.
    pub delta: bool,
    /// Identifiers of people in other systems.
    pub people_ids: &'a mut HashSet<u64>,
    pub tally: &'a mut Tally,
    pub package: &'a Package,
    pub strict: bool,
    /// Whether identifiers may have any characters, by consent.
    pub raw_keys: bool,
    /// Whether the row refers to one that was left out by consent.
    pub skip: bool,
}

impl Targets<'_, '_> {
    /// Finds the record that a reference to another file names (R2, R3).
    #[inline]
    pub fn find(
        &mut self,
        kind: Kind,
        text: &str,
        memo: &mut Memo,
        (code, at): (Code, usize),
        remarks: &mut Remarks<'_>,
    ) -> Option<u32> {
        if memo.found.is_some() && memo.text == text {
            return memo.found;
        }
        match self.ids[kind as usize].look_up(text) {
            Some((number, State::Good)) if self.states[kind as usize] == Some(FileState::Judged) => {
                memo.text.clear();
                memo.text.push_str(text);
                memo.found = Some(number);
                Some(number)
            }
            found => self.elsewhere((kind, text), found.map(|(_, state)| state), memo, (code, at), remarks),
        }
    }

    /// Whether a record is in the package, or stored where its file holds changes
    /// or is not sent.
    pub fn has(&mut self, kind: Kind, text: &str) -> bool {
        match self.ids[kind as usize].look_up(text) {
            Some((_, State::Good)) => self.states[kind as usize] == Some(FileState::Judged),
            Some(_) => false,
            None => self.modes[kind as usize] != Some(Mode::Bulk) && self.store.has(kind, text),
        }
    }

    /// A reference to what no good row of the package defines.
    #[cold]
    fn elsewhere(
        &mut self,
        (kind, text): (Kind, &str),
        found: Option<State>,
        memo: &mut Memo,
        (code, at): (Code, usize),
        remarks: &mut Remarks<'_>,
    ) -> Option<u32> {
        let judged = self.states[kind as usize] == Some(FileState::Judged);
        let changes = match self.modes[kind as usize] {
            Some(Mode::Delta) => true,
            _ => self.delta && !judged,
        };
        if found == Some(State::Deleted) {
            remarks.add(Code::L7, Some(at), text);
        } else if changes && !self.strict && self.store.has(kind, text) {
            memo.text.clear();
            memo.text.push_str(text);
            memo.found = Some(NONE);
        } else if !judged {
            remarks.add_variant(Code::R3, Some(at), text, u8::from(changes && !self.store.is_there()));
        } else {
            self.unresolved((kind, text), found, (code, at), remarks);
        }
        None
    }

    /// A reference that names no good record.
    #[cold]
    fn unresolved(
        &mut self,
        (kind, text): (Kind, &str),
        found: Option<State>,
        (code, at): (Code, usize),
        remarks: &mut Remarks<'_>,
    ) {
        if found == Some(State::Skipped) {
            self.skip = true;
            return remarks.put(Code::D55, Severity::Repaired, Some(at), text, 1);
        }
        if !self.is_key(text) {
            return remarks.put(self.bad_id(text), Severity::Error, Some(at), text, 0);
        }
        let lost = if self.strict || found.is_some() { None } else { suspect::lost(&self.ids[kind as usize], text) };
        if let Some(code) = lost {
            return remarks.add_variant(code, Some(at), text, 1);
        }
        self.tally.add(code, Some(at), remarks.line);
        remarks.add_variant(code, Some(at), text, u8::from(found == Some(State::Rejected)));
    }

    /// Notes a reference to a record of the same file.
    pub fn mention(
        &mut self,
        kind: Kind,
        text: &str,
        (at, raw): (usize, &str),
        from: Option<u32>,
        pending: &mut Vec<Pending>,
        remarks: &mut Remarks<'_>,
    ) -> Option<u32> {
        if !self.is_key(text) {
            remarks.put(self.bad_id(text), Severity::Error, Some(at), raw, 0);
            return None;
        }
        let to = self.ids[kind as usize].mention(text);
        if let Some(from) = from {
            if from == to && kind == Kind::User {
                remarks.add(Code::R6, Some(at), raw);
            }
            pending.push(Pending { from, to, column: at as u16 });
        }
        Some(to)
    }

    /// Whether a text can be an identifier in this run.
    pub fn is_key(&self, text: &str) -> bool {
        is_sourced_id(text) || (self.raw_keys && is_raw_key(text))
    }

    pub fn bad_id(&self, text: &str) -> Code {
        if self.strict || text.len() > LONGEST_ID { Code::V2 } else { suspect::unfit(text) }
    }
}
