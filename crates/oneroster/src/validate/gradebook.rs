//! Rules of csv.md 5.7: categories, score scales, line items and results.
//!
//! A line item leaves a few numbers by its own small number, a result eight
//! bytes; only a result with a text score leaves more.

use super::judging::Judging;
use super::look::{Source, again};
use super::reading::Reading;
use super::remarks::Remarks;
use super::roster::Roster;
use super::rules::{Code, Severity};
use super::tables::{NONE, put};
use super::values::Values;
use super::words::{GRADING_PERIOD, OWN_ROLE, SCHOOL, SCHOOL_YEAR, STUDENT, word};
use crate::at;
use crate::csv::cell::{OWN_WORD, key};
use crate::csv::{Package, PackageError, Plan, Row};
use crate::model::vocabulary::{OBJECTIVE_SOURCE, SCORE_STATUS};
use crate::model::{Kind, Slot, Version};
use crate::record::id_digest;
use hashbrown::{HashMap, HashSet};

const FULLY_GRADED: u8 = word(&SCORE_STATUS, "fully graded");
const CASE: u8 = word(&OBJECTIVE_SOURCE, "case");

/// What a line item leaves for its results.
#[derive(Clone, Copy, Debug)]
struct LineItem {
    class: u32,
    least: Option<f64>,
    greatest: Option<f64>,
}

/// A text score that waits for the scales, which are linked by later files.
#[derive(Clone, Copy, Debug)]
struct TextScore {
    row: u32,
    result: u32,
    line_item: u32,
    digest: u64,
}

/// What the rows of the gradebook leave.
#[derive(Debug, Default)]
pub(super) struct Gradebook {
    /// The course of a class and the org of a course, if score scales come.
    courses: Vec<u32>,
    orgs: Vec<u32>,
    line_items: Vec<LineItem>,
    /// Line item and student of each result.
    results: HashSet<u64>,
    text_scores: Vec<TextScore>,
    /// Score scale and the digest of a left side of it.
    scale_values: HashSet<(u32, u64)>,
    /// The scales of line items and of results.
    scales: HashMap<(Kind, u32), Vec<u32>>,
    /// The file of results, for a second look.
    result_file: Option<(u8, Plan, String)>,
}

/// What a row is looked at with.
pub(super) struct Look<'a> {
    /// What the rostering files left.
    pub roster: &'a Roster,
    /// The version of the package.
    pub version: Version,
    /// Whether enrollments are in the package.
    pub enrollments: bool,
    /// The row's ordinal, and its number if others may refer to it.
    pub place: (u32, Option<u32>),
}

fn number(row: &Row<'_>, remarks: &Remarks<'_>, field: u8) -> Option<f64> {
    remarks.text(row, field).parse().ok()
}

impl Gradebook {
    /// What score scales want to know of classes and courses (G14).
    pub fn rostered(&mut self, reading: &Reading, number: Option<u32>) {
        let values = &reading.values;
        let number = number.unwrap_or(NONE);
        match reading.kind {
            Kind::Class => put(&mut self.courses, number, values.target(at!(Class.course)), NONE),
            Kind::Course => put(&mut self.orgs, number, values.target(at!(Course.org)), NONE),
            _ => {}
        }
    }

    /// Looks at a row whose cells are good by themselves.
    pub fn row(&mut self, look: &Look<'_>, reading: &Reading, row: &Row<'_>, remarks: &mut Remarks<'_>) {
        let values = &reading.values;
        match reading.kind {
            Kind::Category => category(row, remarks),
            Kind::ScoreScale => self.score_scale(look, values, remarks),
            Kind::LineItem => self.line_item(look, values, row, remarks),
            Kind::Result => self.result(look, values, row, remarks),
            Kind::LineItemScoreScale => self.scale(
                Kind::LineItem,
                values.target(at!(LineItemScoreScale.lineItem)),
                values.target(at!(LineItemScoreScale.scoreScale)),
            ),
            Kind::ResultScoreScale => self.scale(
                Kind::Result,
                values.target(at!(ResultScoreScale.result)),
                values.target(at!(ResultScoreScale.scoreScale)),
            ),
            Kind::LineItemLearningObjectiveId => objective(
                values.word(at!(LineItemLearningObjectiveId.source)),
                (row, at!(LineItemLearningObjectiveId.learningObjectiveId)),
                remarks,
            ),
            Kind::ResultLearningObjectiveId => objective(
                values.word(at!(ResultLearningObjectiveId.source)),
                (row, at!(ResultLearningObjectiveId.learningObjectiveId)),
                remarks,
            ),
            _ => {}
        }
    }

    fn scale(&mut self, of: Kind, number: u32, scale: u32) {
        if number != NONE && scale != NONE {
            self.scales.entry((of, number)).or_default().push(scale);
        }
    }

    /// G14, and the left sides for G12.
    fn score_scale(&mut self, look: &Look<'_>, values: &Values, remarks: &mut Remarks<'_>) {
        let [class, course, org] =
            [at!(ScoreScale.class), at!(ScoreScale.course), at!(ScoreScale.org)].map(|field| values.target(field));
        let own = |table: &[u32], number: u32| table.get(number as usize).copied().filter(|&n| n != NONE);
        if own(&self.courses, class).is_some_and(|of| course != NONE && of != course) {
            remarks.about(Code::G14, at!(ScoreScale.course), "");
        }
        let related = |of: u32| look.roster.is_within(of, org) || look.roster.is_within(org, of);
        if own(&self.orgs, course).is_some_and(|of| org != NONE && !related(of)) {
            remarks.about(Code::G14, at!(ScoreScale.org), "");
        }
        if let Some(number) = look.place.1 {
            self.scale_values.extend(values.lefts.iter().map(|left| (number, *left)));
        }
    }

    fn line_item(&mut self, look: &Look<'_>, values: &Values, row: &Row<'_>, remarks: &mut Remarks<'_>) {
        let class = values.target(at!(LineItem.class));
        let least = number(row, remarks, at!(LineItem.resultValueMin));
        let greatest = number(row, remarks, at!(LineItem.resultValueMax));
        if least.zip(greatest).is_some_and(|(least, greatest)| least > greatest) {
            remarks.about(Code::G1, at!(LineItem.resultValueMin), "");
        }
        session(look, values, remarks);
        school(look, values, remarks);
        let [assigned, due] = [at!(LineItem.assignDate), at!(LineItem.dueDate)].map(|f| values.day(f));
        if assigned.zip(due).is_some_and(|(assigned, due)| due < assigned) {
            remarks.about(Code::G8, at!(LineItem.dueDate), "");
        }
        let blank = LineItem { class: NONE, least: None, greatest: None };
        put(&mut self.line_items, look.place.1.unwrap_or(NONE), LineItem { class, least, greatest }, blank);
    }

    fn result(&mut self, look: &Look<'_>, values: &Values, row: &Row<'_>, remarks: &mut Remarks<'_>) {
        let (line_item, student) = (values.target(at!(Result.lineItem)), values.target(at!(Result.student)));
        let score = number(row, remarks, at!(Result.score));
        let text_score = remarks.text(row, at!(Result.textScore));
        graded(values, score.is_some(), !text_score.is_empty(), remarks);
        if let Some(of) = self.line_items.get(line_item as usize).copied() {
            let outside = |score: f64| {
                of.least.is_some_and(|least| score < least) || of.greatest.is_some_and(|greatest| score > greatest)
            };
            if score.is_some_and(outside) {
                remarks.about(Code::G2, at!(Result.score), remarks.text(row, at!(Result.score)));
            }
            let class = values.target(at!(Result.class));
            if class != NONE && of.class != NONE && class != of.class {
                remarks.about(Code::G3, at!(Result.class), "");
            } else if look.enrollments && !look.roster.is_enrolled(student, of.class) {
                remarks.about(Code::G4, at!(Result.student), "");
            }
        }
        let roles = look.roster.users.get(student as usize).map_or(0, |user| user.roles);
        if roles != 0 && !is_student(roles) {
            remarks.about(Code::G10, at!(Result.student), "");
        }
        let known = line_item != NONE && student != NONE;
        if known && !self.results.insert(u64::from(line_item) << 32 | u64::from(student)) {
            remarks.about(Code::G9, at!(Result.student), "");
        }
        if !text_score.is_empty() {
            let (row, result) = (look.place.0, look.place.1.unwrap_or(NONE));
            self.text_scores.push(TextScore { row, result, line_item, digest: id_digest(text_score) });
        }
    }
}

/// V15.
fn category(row: &Row<'_>, remarks: &mut Remarks<'_>) {
    let weight = remarks.text(row, at!(Category.weight));
    if weight.trim_end_matches('%').parse::<f64>().is_ok_and(|weight| !(0.0..=100.0).contains(&weight)) {
        remarks.about(Code::V15, at!(Category.weight), weight);
    }
}

/// G5: the session of a line item.
fn session(look: &Look<'_>, values: &Values, remarks: &mut Remarks<'_>) {
    let old = look.version == Version::V1P1;
    let field = if old { at!(LineItem.gradingPeriod) } else { at!(LineItem.academicSession) };
    let Some(session) = look.roster.sessions.get(values.target(field) as usize) else { return };
    let wrong = match old {
        true => session.word != GRADING_PERIOD && session.word != OWN_WORD,
        false => session.word == SCHOOL_YEAR,
    };
    if wrong {
        remarks.about(Code::G5, field, "");
    }
}

/// G6: the school of a line item is one, and that of the class.
fn school(look: &Look<'_>, values: &Values, remarks: &mut Remarks<'_>) {
    let school = values.target(at!(LineItem.school));
    if school == NONE {
        return;
    }
    let org = look.roster.orgs.get(school as usize);
    let class = look.roster.classes.get(values.target(at!(LineItem.class)) as usize);
    let odd = org.is_some_and(|org| org.word != SCHOOL && org.word != OWN_WORD);
    if odd || class.is_some_and(|class| class.school != NONE && class.school != school) {
        remarks.about(Code::G6, at!(LineItem.school), "");
    }
}

/// G11 and G13: what a result says of itself.
fn graded(values: &Values, score: bool, text_score: bool, remarks: &mut Remarks<'_>) {
    let flag = |field: u8| values.flag(field) == Some(true);
    let full = values.word(at!(Result.scoreStatus)) == FULLY_GRADED;
    if full && !score && !text_score {
        remarks.about(Code::G11, at!(Result.score), "");
    }
    if flag(at!(Result.missing)) && (score || text_score) {
        remarks.about(Code::G13, at!(Result.missing), "");
    } else if flag(at!(Result.inProgress)) && full {
        remarks.about(Code::G13, at!(Result.inProgress), "");
    }
}

fn is_student(roles: u32) -> bool {
    roles & (STUDENT | OWN_ROLE) != 0
}

/// V13: the identifier of an objective of CASE.
fn objective(source: u8, (row, field): (&Row<'_>, u8), remarks: &mut Remarks<'_>) {
    if source != CASE {
        return;
    }
    let id = remarks.text(row, field);
    let at = remarks.column(field);
    match is_uuid_urn(id) {
        Some(true) => {}
        Some(false) if remarks.report.severity(Code::V13) == Some(Severity::Warning) => {
            remarks.put(Code::V13, Severity::Info, at, id, 1);
        }
        _ => remarks.add(Code::V13, at, id),
    }
}

/// Whether a text is a UUID URN, and in small letters.
fn is_uuid_urn(text: &str) -> Option<bool> {
    let uuid = text.strip_prefix("urn:uuid:").or_else(|| text.strip_prefix("URN:UUID:"))?;
    let mut parts = uuid.split('-');
    let lengths = [8, 4, 4, 4, 12];
    let good =
        lengths.iter().all(|n| parts.next().is_some_and(|p| p.len() == *n && p.bytes().all(|b| b.is_ascii_hexdigit())));
    (good && parts.next().is_none()).then(|| !text.bytes().any(|b| b.is_ascii_uppercase()))
}

/// Notes the file of results, which may be looked at again.
pub(super) fn settle(judging: &mut Judging<'_>, reading: &Reading, plan: &Plan) {
    if reading.kind == Kind::Result && !judging.gradebook.text_scores.is_empty() {
        judging.gradebook.result_file = Some((reading.file, plan.clone(), reading.entry.clone()));
    }
}

/// G12: text scores against their scales, once every file is read.
pub(super) fn finish(judging: &mut Judging<'_>, package: &Package) -> Result<(), PackageError> {
    let book = &mut judging.gradebook;
    let Some((number, plan, entry)) = book.result_file.take() else { return Ok(()) };
    let scores = std::mem::take(&mut book.text_scores);
    let strange = |score: &&TextScore| {
        let of = |kind: Kind, number: u32| book.scales.get(&(kind, number));
        let scales = of(Kind::Result, score.result).or_else(|| of(Kind::LineItem, score.line_item));
        scales.is_some_and(|scales| !scales.iter().any(|s| book.scale_values.contains(&(*s, score.digest))))
    };
    let wanted: HashSet<u32> = scores.iter().filter(strange).map(|score| score.row).collect();
    let id_column = plan.position(Slot::SourcedId).unwrap_or(usize::MAX);
    let mut rows: Vec<(u32, String)> = Vec::with_capacity(wanted.len());
    if !wanted.is_empty() {
        let strict = judging.options.strict;
        let source = Source { package, entry: &entry, dialect: plan.dialect, padding: &plan.padding, strict };
        again(&source, |ordinal, row| {
            if wanted.contains(&ordinal) {
                rows.push((row.line, key(row.cell(id_column), strict).to_owned()));
            }
        })?;
    }
    for (line, id) in &rows {
        let report = &mut judging.report;
        let mut remarks = Remarks { report, plan: &plan, file: number, line: *line, id, rejected: false };
        remarks.about(Code::G12, at!(Result.textScore), "");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_uuid_urn;

    #[test]
    fn identifiers_of_objectives_have_their_form() {
        let uuid = "3f1d0f9a-6a52-4c53-9b0e-2f8a7c1d4e60";
        let cases = [
            (format!("urn:uuid:{uuid}"), Some(true)),
            (format!("urn:uuid:{}", uuid.to_uppercase()), Some(false)),
            (uuid.to_owned(), None),
            (format!("urn:uuid:{uuid}-1"), None),
            ("urn:uuid:3f1d0f9a".to_owned(), None),
        ];
        for (text, wanted) in cases {
            assert_eq!(is_uuid_urn(&text), wanted, "{text}");
        }
    }
}
