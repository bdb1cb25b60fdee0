//! One row judged: its cells, or why the system would refuse it.

use super::format::{Column, Effect, File, Format};
use super::input::{Input, Value};
use super::report::{Finding, Report};
use hashbrown::{HashMap, HashSet};
use oneroster::record::id_digest;

/// What was written so far, compactly, and what was found.
pub(super) struct Judge<'a> {
    pub format: &'a Format,
    /// The first cells of the rows of each file.
    rows: HashMap<&'static str, HashSet<u64>>,
    /// The values of columns in which none may come twice, in whatever file.
    values: HashMap<&'static str, HashSet<u64>>,
    pub report: Report,
}

/// One thing that is wrong with a cell.
struct Fault<'a> {
    column: &'a Column,
    word: &'static str,
    effect: Effect,
    says: String,
    next: String,
    about: Option<String>,
}

impl<'a> Judge<'a> {
    pub fn new(format: &'a Format) -> Judge<'a> {
        Judge { format, rows: HashMap::new(), values: HashMap::new(), report: Report::default() }
    }

    /// The cells of a row; `None` if it is left out.
    pub fn row(&mut self, file: &'static File, input: &Input<'_>) -> Option<Vec<String>> {
        let mut cells = Vec::with_capacity(file.columns.len());
        let mut faults = Vec::new();
        let mut starts = Vec::with_capacity(file.columns.len());
        for column in file.shown(input.settings) {
            let is_key = starts.len() < file.key;
            starts.push(cells.len());
            let end = cells.len() + input.known.width_of(file, column);
            match input.value(&column.from) {
                Value::Unmapped(word) => faults.push(self.unmapped(column, word, is_key)),
                Value::None => cells.push(self.cell(file, column, String::new(), input, &mut faults)),
                Value::One(text) => cells.push(self.cell(file, column, text, input, &mut faults)),
                Value::Many(values) => {
                    for text in Self::several(column, values, &mut faults) {
                        cells.push(self.cell(file, column, text, input, &mut faults));
                    }
                }
            }
            cells.resize(end, String::new());
        }
        let out = faults.iter().any(|fault| fault.effect == Effect::LeftOut);
        for fault in faults {
            self.tell(file, fault, input);
        }
        if out {
            return None;
        }
        self.remember(file, &cells, &starts, input);
        Some(cells)
    }

    /// Several values, no more than there are columns for.
    fn several<'c>(column: &'c Column, mut values: Vec<String>, faults: &mut Vec<Fault<'c>>) -> Vec<String> {
        let most = column.most.map_or(1, |(most, _)| most);
        if values.len() > most {
            values.truncate(most);
            faults.push(Fault {
                column,
                word: "many",
                effect: Effect::Warned,
                says: format!("there are more than {most} values for {}", column.name),
                next: "look whether the first of them will do".to_owned(),
                about: None,
            });
        }
        if values.is_empty() {
            values.push(String::new());
        }
        values
    }

    fn unmapped<'c>(&self, column: &'c Column, word: String, is_key: bool) -> Fault<'c> {
        let map = match column.from {
            super::format::From::Mapped(map, _) => map.name,
            _ => "",
        };
        let effect = if column.required.is_some() || is_key { Effect::LeftOut } else { Effect::Blank };
        Fault {
            column,
            word: "unmapped",
            effect,
            says: format!("{} has no word for what the roster has as {}", self.format.label, column.name),
            next: format!("say what it is there with --set map.{map}.WORD=THEIRS; the words are those after the colon"),
            about: Some(word),
        }
    }

    /// What is written of a value.
    fn cell<'c>(
        &self,
        file: &'static File,
        column: &'c Column,
        text: String,
        input: &Input<'_>,
        faults: &mut Vec<Fault<'c>>,
    ) -> String {
        if text.is_empty() {
            if let Some(next) = column.required {
                let says = format!("there is no {}, which {} demands", column.name, self.format.label);
                let (word, effect) = ("required", Effect::LeftOut);
                faults.push(Fault { column, word, effect, says, next: next.to_owned(), about: None });
            }
            return text;
        }
        let start = faults.len();
        for check in column.checks.iter().filter(|check| !(check.holds)(&text, input)) {
            let (says, next) = (check.says.to_owned(), check.next.to_owned());
            faults.push(Fault { column, word: check.code, effect: check.effect, says, next, about: None });
        }
        if let Some((named, effect)) = column.names
            && !self.knows(file, named, &text, input)
        {
            faults.push(Fault {
                column,
                word: "unknown",
                effect,
                says: format!("{} names a record that is not in {named}", column.name),
                next: "see why that is not sent, or is not in the roster: homeroom find ID".to_owned(),
                about: Some(text.clone()),
            });
        }
        if let Some((effect, next)) = column.unique
            && self.values.get(column.name).is_some_and(|known| known.contains(&folded(&text)))
        {
            let says = format!("another row has the same {}", column.name);
            faults.push(Fault { column, word: "repeated", effect, says, next: next.to_owned(), about: None });
        }
        let blank = faults[start..].iter().any(|fault| fault.effect == Effect::Blank);
        if blank { String::new() } else { text }
    }

    /// Whether a file has, or will have, a row of this name.
    fn knows(&self, file: &File, named: &str, text: &str, input: &Input<'_>) -> bool {
        if named == file.name {
            // Rows of the same file may come later; organisations are all there.
            return input.known.org_type(text).is_some();
        }
        self.has(named, text)
    }

    /// Whether a file has a row whose first cell is this.
    pub fn has(&self, file: &str, text: &str) -> bool {
        self.rows.get(file).is_some_and(|rows| rows.contains(&id_digest(text)))
    }

    fn tell(&mut self, file: &File, fault: Fault<'_>, input: &Input<'_>) {
        let code = self.format.code(file, fault.column, fault.word);
        let record = input.record;
        let finding = Finding { kind: record.kind(), sourced_id: record.sourced_id.clone(), about: fault.about };
        self.report.add(code, fault.effect, &|| (fault.says.clone(), fault.next.clone()), finding);
    }

    fn remember(&mut self, file: &'static File, cells: &[String], starts: &[usize], input: &Input<'_>) {
        if let Some(first) = cells.first() {
            self.rows.entry(file.name).or_default().insert(id_digest(first));
        }
        let cell = |start: &usize| cells.get(*start).filter(|cell| !cell.is_empty());
        for (column, start) in file.shown(input.settings).zip(starts).filter(|(column, _)| column.unique.is_some()) {
            if let Some(cell) = cell(start) {
                self.values.entry(column.name).or_default().insert(folded(cell));
            }
        }
    }
}

/// Values are the same whatever their case.
fn folded(text: &str) -> u64 {
    id_digest(&oneroster::query::folded(text))
}
