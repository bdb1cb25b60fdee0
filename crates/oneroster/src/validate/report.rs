//! What was found in a package: findings, bounded in memory, counts always true.
//!
//! A finding is kept as a few numbers and two pieces of shared text, and put
//! into words only when it is read; a file with a fault in every row of a
//! million costs some tens of bytes a row, and no more than [`MAX_KEPT`] of them.

use super::figures::Found;
use super::rules::{Code, RULES, Severity};
use hashbrown::HashMap;

/// Most findings that are kept; further ones are only counted.
pub const MAX_KEPT: usize = 1_000_000;
/// Of these, the room that repairs and notes may take; the rest is kept for
/// errors and warnings.
const MAX_MILD: usize = MAX_KEPT / 2;

/// Where a finding is: a file of the report, a line, a column of the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// The number of the file that [`Report::file`] gave, if there is one.
    pub file: Option<u8>,
    /// The physical line of the row's first byte, 0 if it is about the file.
    pub line: u32,
    /// The number of the column, of the names given with the file.
    pub column: Option<u16>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    code: Code,
    severity: Severity,
    place: Place,
    message: u32,
    id: (u32, u16),
    value: (u32, u16),
}

#[derive(Debug, Default)]
struct FileNames {
    name: String,
    columns: Vec<String>,
}

/// One finding, in words.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The rule.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The file, if it is about one.
    pub file: Option<&'a str>,
    /// The physical line of the row's first byte; the header is line 1.
    pub line: Option<u32>,
    /// The header of the column.
    pub column: Option<&'a str>,
    /// The record, if it can be told.
    pub sourced_id: Option<&'a str>,
    /// What is wrong, in one sentence.
    pub message: &'a str,
    /// What to do next.
    pub hint: &'static str,
    /// The value, only if the run was asked to show values.
    pub value: Option<&'a str>,
}

/// Every finding of a run.
#[derive(Debug, Default)]
pub struct Report {
    strict: bool,
    values: bool,
    files: Vec<FileNames>,
    kept: Vec<Kept>,
    mild: usize,
    text: String,
    messages: Vec<String>,
    known: HashMap<(Code, u8, u16, u8), u32>,
    same: HashMap<String, u32>,
    counts: HashMap<(Code, Severity), u64>,
    omitted: u64,
    last_kept: bool,
    found: Found,
    in_files: Vec<Found>,
}

impl Report {
    /// An empty report; `values` says whether cell values are kept.
    pub fn new(strict: bool, values: bool) -> Report {
        Report { strict, values, ..Report::default() }
    }

    /// Makes a file known, by its name and its header; the number to give in a
    /// [`Place`].
    pub fn file(&mut self, name: &str) -> u8 {
        if let Some(known) = self.files.iter().position(|f| f.name == name) {
            return known as u8;
        }
        self.files.push(FileNames { name: name.to_owned(), columns: Vec::new() });
        self.in_files.push(Found::default());
        (self.files.len() - 1).min(255) as u8
    }

    /// Gives the header of a file.
    pub fn columns(&mut self, file: u8, columns: impl IntoIterator<Item = String>) {
        if let Some(file) = self.files.get_mut(file as usize) {
            file.columns = columns.into_iter().collect();
        }
    }

    /// Whether the run is by the letter.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// The severity of a rule in this run.
    pub fn severity(&self, code: Code) -> Option<Severity> {
        let rule = code.rule();
        if self.strict { rule.strict } else { rule.careful }
    }

    /// Adds a finding of the severity that the rule has in this run, if any,
    /// with the rule's own sentence. Returns that severity.
    pub fn add(&mut self, code: Code, place: Place, id: &str) -> Option<Severity> {
        let severity = self.severity(code)?;
        self.put(code, severity, place, id, 0, || code.rule().sentence.to_owned());
        Some(severity)
    }

    /// Adds a finding with a sentence of its own; `variant` tells sentences of
    /// one rule and column apart, so that each is put together only once.
    pub fn put(
        &mut self,
        code: Code,
        severity: Severity,
        place: Place,
        id: &str,
        variant: u8,
        message: impl FnOnce() -> String,
    ) {
        if !self.room(code, severity, place) {
            return;
        }
        let key = (code, place.file.unwrap_or(u8::MAX), place.column.unwrap_or(u16::MAX), variant);
        let number = match self.known.get(&key) {
            Some(&number) => number,
            None => {
                let number = self.message(message());
                self.known.insert(key, number);
                number
            }
        };
        self.push(code, severity, place, id, number);
    }

    /// Adds a finding with a sentence that holds for this place alone.
    pub fn say(&mut self, code: Code, severity: Severity, place: Place, id: &str, message: String) {
        if self.room(code, severity, place) {
            let number = self.message(message);
            self.push(code, severity, place, id, number);
        }
    }

    /// Counts further findings of a rule that are not listed one by one.
    pub fn count_only(&mut self, code: Code, severity: Severity, more: u64) {
        if more > 0 {
            *self.counts.entry((code, severity)).or_default() += more;
            self.found[severity as usize] += more;
            self.omitted += more;
        }
    }

    /// Counts a finding; whether it is kept, too.
    fn room(&mut self, code: Code, severity: Severity, place: Place) -> bool {
        *self.counts.entry((code, severity)).or_default() += 1;
        self.found[severity as usize] += 1;
        if let Some(file) = place.file.and_then(|file| self.in_files.get_mut(file as usize)) {
            file[severity as usize] += 1;
        }
        let mild = severity > Severity::Warning;
        let room = self.kept.len() < MAX_KEPT && !(mild && self.mild >= MAX_MILD);
        self.mild += usize::from(mild && room);
        self.omitted += u64::from(!room);
        self.last_kept = room;
        room
    }

    fn push(&mut self, code: Code, severity: Severity, place: Place, id: &str, message: u32) {
        let id = self.keep(id);
        self.kept.push(Kept { code, severity, place, message, id, value: (0, 0) });
    }

    /// Gives the finding added last the value it is about, if values are kept.
    pub fn with_value(&mut self, value: &str) {
        // A finding that was only counted has no place for a value.
        if self.values && self.last_kept {
            let value = self.keep(value);
            if let Some(last) = self.kept.last_mut() {
                last.value = value;
            }
        }
    }

    fn message(&mut self, message: String) -> u32 {
        if let Some(&number) = self.same.get(&message) {
            return number;
        }
        let number = self.messages.len() as u32;
        self.same.insert(message.clone(), number);
        self.messages.push(message);
        number
    }

    fn keep(&mut self, text: &str) -> (u32, u16) {
        // No identifier is longer than 255 characters; values are cut.
        let mut end = text.len().min(1024);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let Ok(start) = u32::try_from(self.text.len()) else { return (0, 0) };
        self.text.push_str(&text[..end]);
        (start, end as u16)
    }

    /// Puts the findings in order of file and line.
    pub fn sort(&mut self) {
        self.kept.sort_by_key(|k| (k.place.file.map_or(0, |f| u16::from(f) + 1), k.place.line));
    }

    /// Every finding kept, in order once [`Report::sort`] was called.
    pub fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        self.kept.iter().map(|kept| {
            let file = kept.place.file.and_then(|f| self.files.get(f as usize));
            Finding {
                code: kept.code,
                severity: kept.severity,
                file: file.map(|f| f.name.as_str()),
                line: (kept.place.line > 0).then_some(kept.place.line),
                column: file.zip(kept.place.column).and_then(|(f, c)| f.columns.get(c as usize)).map(String::as_str),
                sourced_id: self.slice(kept.id),
                message: &self.messages[kept.message as usize],
                hint: kept.code.rule().hint,
                value: self.slice(kept.value),
            }
        })
    }

    fn slice(&self, (start, len): (u32, u16)) -> Option<&str> {
        if len == 0 {
            return None;
        }
        self.text.get(start as usize..start as usize + len as usize)
    }

    /// How many findings of a severity there are, kept or not.
    pub fn count(&self, severity: Severity) -> u64 {
        self.found[severity as usize]
    }

    /// How many findings of each severity there are, kept or not.
    #[inline]
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// How many of them are about each file.
    pub fn files(&self) -> impl Iterator<Item = (&str, Found)> {
        self.files.iter().map(|file| file.name.as_str()).zip(self.in_files.iter().copied())
    }

    /// Every rule that was broken, with its severity and the true count.
    pub fn counts(&self) -> impl Iterator<Item = (Code, Severity, u64)> + '_ {
        RULES.iter().flat_map(move |rule| {
            Severity::ALL
                .into_iter()
                .filter_map(move |s| self.counts.get(&(rule.code, s)).map(|&count| (rule.code, s, count)))
        })
    }

    /// How many findings were counted but not kept.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stay_true_when_room_runs_out() {
        let mut report = Report::new(false, false);
        let file = report.file("orgs.csv");
        for line in 0..MAX_MILD as u32 + 10 {
            report.add(Code::D26, Place { file: Some(file), line, column: None }, "a");
        }
        report.add(Code::V1, Place { file: Some(file), line: 1, column: None }, "b");
        assert_eq!(report.count(Severity::Repaired), MAX_MILD as u64 + 10);
        assert_eq!((report.omitted(), report.findings().count()), (10, MAX_MILD + 1));
    }

    #[test]
    fn values_are_kept_only_if_asked_for() {
        for values in [false, true] {
            let mut report = Report::new(true, values);
            report.add(Code::V3, Place::default(), "se-1");
            report.with_value("2026-02-30");
            let finding = report.findings().next().expect("just added");
            assert_eq!(finding.value, values.then_some("2026-02-30"));
            assert_eq!((finding.sourced_id, finding.line, finding.file), (Some("se-1"), None, None));
        }
    }
}
