//! The report as one page that needs nothing beside itself.
//!
//! The page works without its script, which only filters and searches. A policy
//! in it names style and script by their digests and forbids the rest, so that
//! nothing that a package holds can run or be fetched, whatever it says.

use super::advice::{Advice, advice};
use super::groups::{Group, Part, groups};
use super::{About, count, counted, name_of};
use crate::intake::command;
use askama::Template;
use base64::Engine as _;
use oneroster::validate::{ColumnFigures, FileFigures, FileState, Finding, Found, SchoolFigures, Severity};
use sha2::{Digest as _, Sha256};
use std::cmp::Reverse;
use std::io::Write;

/// Most ways of breaking one rule that are in the page.
const PARTS: usize = 12;
/// About so many findings of one rule are in the page.
const LISTED: usize = 100;
/// Of these, so many are seen at once; the rest is folded away.
const SEEN: usize = 10;
/// Most schools that are in the page.
const SCHOOLS: usize = 50;
/// The length of the longest bar.
const LONG: u64 = 1000;

const STYLE: &str = concat!(include_str!("../../templates/page.css"), include_str!("../../templates/report.css"));
const SCRIPT: &str = include_str!("../../templates/report.js");

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    style: &'static str,
    style_digest: String,
    script: &'static str,
    script_digest: String,
    package: String,
    version: String,
    when: String,
    strict: bool,
    values: bool,
    advice: Advice,
    tiles: [(Severity, &'static str, u64); 4],
    rules: Vec<Rule<'a>>,
    files: Vec<FileLine<'a>>,
    schools: Vec<SchoolLine<'a>>,
    more_schools: u64,
    elsewhere: Found,
    fills: Vec<Fill<'a>>,
    capped: bool,
    no_deletions: bool,
    omitted: u64,
    all: String,
    program: &'static str,
}

/// Numbers, as the page says them.
trait Number {
    fn text(&self) -> String;
    fn zero(&self) -> bool;
}

impl Number for u64 {
    fn text(&self) -> String {
        count(*self)
    }

    fn zero(&self) -> bool {
        *self == 0
    }
}

/// A rule with findings.
struct Rule<'a> {
    group: Group<'a>,
    bar: Vec<Piece>,
}

impl<'a> Rule<'a> {
    fn id(&self) -> String {
        format!("{}-{}", self.group.code.label(), self.group.severity.word())
    }

    fn parts(&self) -> Vec<PartLines<'_, 'a>> {
        let (parts, _) = self.group.first(PARTS);
        let (listed, seen) = (self.group.share(LISTED), self.group.share(SEEN).max(2));
        parts.iter().map(|part| PartLines::new(part, listed, seen)).collect()
    }

    /// How many findings are of other kinds or files than those in the page.
    fn others(&self) -> u64 {
        self.group.first(PARTS).1
    }

    fn found(&self) -> String {
        counted(self.group.found, "finding")
    }
}

/// A way of breaking a rule: some places that are seen, some that are folded
/// away.
struct PartLines<'p, 'a> {
    part: &'p Part<'a>,
    seen: &'p [Finding<'a>],
    folded: &'p [Finding<'a>],
    beyond: u64,
}

impl<'p, 'a> PartLines<'p, 'a> {
    fn new(part: &'p Part<'a>, listed: usize, seen: usize) -> PartLines<'p, 'a> {
        let listed = part.shown.get(..listed).unwrap_or(&part.shown);
        // One or two are not worth a fold.
        let seen = if listed.len() <= seen + 2 { listed.len() } else { seen };
        let (seen, folded) = listed.split_at_checked(seen).unwrap_or((listed, &[]));
        PartLines { part, seen, folded, beyond: part.beyond(listed.len()) }
    }

    fn file(&self) -> &'p str {
        self.part.file.unwrap_or(PACKAGE)
    }

    fn found(&self) -> String {
        counted(self.part.found, "finding")
    }

    /// Whether a column is named that the message does not name.
    fn has_columns(&self) -> bool {
        let said = |finding: &Finding<'_>| finding.column.is_none_or(|column| self.part.message.contains(column));
        !self.part.shown.iter().all(said)
    }

    /// Whether there are rows to name.
    fn has_places(&self) -> bool {
        // The header's line alone says nothing.
        let tells = |f: &Finding<'_>| f.line.is_some_and(|line| line > 1) || f.sourced_id.is_some();
        self.part.shown.iter().any(tells) || self.has_columns()
    }
}

/// What findings are about that are about no file.
const PACKAGE: &str = "the package as a whole";

/// A file, and what became of it.
struct FileLine<'a> {
    name: &'a str,
    rows: Option<u64>,
    rejected: Option<u64>,
    note: &'static str,
    findings: Found,
    bar: Vec<Piece>,
}

/// A school, and what was found in its rows.
struct SchoolLine<'a> {
    school: &'a SchoolFigures,
    bar: Vec<Piece>,
}

impl SchoolLine<'_> {
    fn name(&self) -> &str {
        name_of(self.school)
    }
}

/// How full the columns of a file are.
struct Fill<'a> {
    file: &'a FileFigures,
    always: usize,
    partly: usize,
    never: usize,
}

impl Fill<'_> {
    /// How full a column is, in percent, never rounded up to all or down to
    /// nothing.
    fn percent(&self, column: &ColumnFigures) -> String {
        match (column.filled, self.file.rows) {
            (_, 0) => "-".to_owned(),
            (0, _) => "0 %".to_owned(),
            (filled, rows) if filled < rows => match filled * 100 / rows {
                0 => "below 1 %".to_owned(),
                percent => format!("{percent} %"),
            },
            _ => "100 %".to_owned(),
        }
    }

    fn rows(&self) -> String {
        counted(self.file.rows, "row")
    }

    fn width(&self, column: &ColumnFigures) -> u64 {
        (column.filled * LONG).checked_div(self.file.rows).unwrap_or(0)
    }
}

/// A piece of a bar: the findings of one severity.
struct Piece {
    severity: &'static str,
    from: u64,
    width: u64,
}

/// The pieces of a bar, where `most` findings make the longest one.
fn bar(found: &Found, most: u64) -> Vec<Piece> {
    let mut from = 0;
    let mut pieces = Vec::new();
    for (severity, &number) in Severity::ALL.iter().zip(found).filter(|(_, number)| **number > 0) {
        // However few they are, they can be seen.
        let width = (number.saturating_mul(LONG) / most.max(1)).max(6);
        pieces.push(Piece { severity: severity.word(), from, width });
        from += width;
    }
    pieces
}

fn sum(found: &Found) -> u64 {
    found.iter().sum()
}

pub(super) fn write(out: &mut dyn Write, about: &About<'_>) -> anyhow::Result<()> {
    let (judgement, figures) = (about.judgement, &about.judgement.figures);
    let found = judgement.report.found();
    let names = ["Errors", "Warnings", "Repaired", "Notes"];
    let tiles = std::array::from_fn(|at| (Severity::ALL[at], names[at], found[at]));
    let (rules, schools) = (rules(about), schools(&figures.schools));
    let page = Page {
        style: STYLE,
        style_digest: digest(STYLE),
        script: SCRIPT,
        script_digest: digest(SCRIPT),
        package: about.package.file_name().unwrap_or(about.package.as_os_str()).to_string_lossy().into_owned(),
        version: judgement
            .version
            .map_or_else(|| "version unknown".to_owned(), |v| format!("OneRoster {v}, {}", judgement.mode())),
        when: when(about),
        strict: judgement.strict,
        values: about.options.values,
        advice: advice(about),
        tiles,
        capped: rules.iter().any(|rule| rule.others() > 0 || rule.parts().iter().any(|part| part.beyond > 0)),
        rules,
        files: files(about),
        more_schools: (figures.schools.len() - schools.len()) as u64,
        schools,
        elsewhere: figures.elsewhere,
        fills: figures.files.iter().filter(|file| !file.columns.is_empty()).map(fill).collect(),
        no_deletions: judgement.no_deletions && !judgement.unusable,
        omitted: judgement.report.omitted(),
        all: command("validate", about.package, about.options) + " --format csv --output findings.csv",
        program: env!("CARGO_PKG_VERSION"),
    };
    Ok(page.write_into(&mut &mut *out)?)
}

fn digest(text: &str) -> String {
    base64::prelude::BASE64_STANDARD.encode(Sha256::digest(text))
}

/// The time of the report in the time zone of the district.
fn when(about: &About<'_>) -> String {
    let options = about.options;
    let time = jiff::Timestamp::from_millisecond(options.now.0).unwrap_or_default();
    time.to_zoned(options.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

fn rules<'a>(about: &About<'a>) -> Vec<Rule<'a>> {
    let groups = groups(&about.judgement.report, LISTED);
    let most = groups.iter().map(|group| group.found).max().unwrap_or(0);
    let rule = |group: Group<'a>| {
        let mut found = Found::default();
        found[group.severity as usize] = group.found;
        Rule { bar: bar(&found, most), group }
    };
    groups.into_iter().map(rule).collect()
}

/// The files of the package in the order of their reading, then others with
/// findings, then findings about none.
fn files<'a>(about: &About<'a>) -> Vec<FileLine<'a>> {
    let judgement = about.judgement;
    let figures = &judgement.figures.files;
    let mut none = *judgement.report.found();
    for file in figures {
        none = std::array::from_fn(|at| none[at].saturating_sub(file.findings[at]));
    }
    let most = figures.iter().map(|file| sum(&file.findings)).chain([sum(&none)]).max().unwrap_or(0);
    let line = |file: &'a FileFigures| {
        let judged = judgement.files.iter().find(|f| f.kind.entity().file_name() == file.file);
        let note = match judged.map(|f| f.state) {
            Some(FileState::Rejected) => "rejected whole",
            Some(FileState::NotRead) if !judgement.unusable => "not read by this release",
            _ => "",
        };
        let read = judged.filter(|f| f.state == FileState::Judged);
        FileLine {
            name: &file.file,
            rows: read.map(|f| f.rows),
            rejected: read.map(|f| f.rejected),
            note,
            findings: file.findings,
            bar: bar(&file.findings, most),
        }
    };
    let mut lines: Vec<FileLine<'a>> = figures.iter().map(line).collect();
    let read = |name: &str| judgement.files.iter().position(|f| f.kind.entity().file_name() == name);
    lines.sort_by_key(|line| read(line.name).unwrap_or(usize::MAX));
    if sum(&none) > 0 {
        let name = PACKAGE;
        lines.push(FileLine { name, rows: None, rejected: None, note: "", findings: none, bar: bar(&none, most) });
    }
    lines
}

/// The schools with the gravest findings, then the largest.
fn schools(schools: &[SchoolFigures]) -> Vec<SchoolLine<'_>> {
    let most = schools.iter().map(|school| sum(&school.findings)).max().unwrap_or(0);
    let mut lines: Vec<SchoolLine<'_>> =
        schools.iter().map(|school| SchoolLine { bar: bar(&school.findings, most), school }).collect();
    lines.sort_by_key(|line| Reverse((line.school.findings, line.school.students)));
    lines.truncate(SCHOOLS);
    lines
}

fn fill(file: &FileFigures) -> Fill<'_> {
    let of = |wanted: fn(u64, u64) -> bool| file.columns.iter().filter(|c| wanted(c.filled, file.rows)).count();
    Fill {
        file,
        always: of(|filled, rows| filled == rows),
        partly: of(|filled, rows| filled > 0 && filled < rows),
        never: of(|filled, rows| filled == 0 && rows > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_never_unseen() {
        let widths: Vec<(u64, u64)> = bar(&[50, 0, 1, 49], 100).iter().map(|p| (p.from, p.width)).collect();
        assert_eq!(widths, [(0, 500), (500, 10), (510, 490)]);
        assert_eq!(bar(&[1, 0, 0, 0], 1_000_000)[0].width, 6);
        assert!(bar(&[0; 4], 0).is_empty());
    }

    #[test]
    fn shares_are_not_rounded_to_all_or_nothing() {
        let columns =
            [0, 1, 500, 999, 1000].map(|filled| ColumnFigures { name: String::new(), required: true, filled });
        let file = |rows| FileFigures { file: String::new(), rows, columns: columns.to_vec(), findings: [0; 4] };
        let thousand = file(1000);
        let fill = fill(&thousand);
        assert_eq!(columns.each_ref().map(|c| fill.percent(c)), ["0 %", "below 1 %", "50 %", "99 %", "100 %"]);
        assert_eq!((fill.always, fill.partly, fill.never), (1, 3, 1));
        let empty = file(0);
        assert_eq!(super::fill(&empty).percent(&columns[0]), "-");
    }
}
