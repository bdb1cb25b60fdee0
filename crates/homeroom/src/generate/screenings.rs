//! Tests outside the gradebook: a screening of each grade, with a score for
//! whoever sits in a class that keeps grades.
//!
//! No file of the standard has room for them, so they are no part of a package;
//! they lie beside the files of a district that is brought in where it was made.

use super::Options;
use super::calendar::Term;
use super::days::Story;
use super::gradebook::{Graded, graded};
use super::schools::{District, grade_code};
use crate::intake::beside::Writer;
use oneroster::at;
use oneroster::csv::Mode;
use oneroster::json::Row;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::Timestamp;
use std::collections::BTreeSet;
use std::path::Path;

/// Days after the beginning of the school year when everybody is screened.
const DAY: i32 = 21;
/// The greatest score.
const MOST: u32 = 60;

/// The identifier of the screening of a grade.
fn id(grade: u32) -> String {
    format!("screening-{}", grade_code(grade))
}

/// Writes the screenings of a district beside the files of its package.
///
/// # Errors
/// If the folder cannot be written.
pub fn screenings(options: &Options, folder: &Path) -> anyhow::Result<()> {
    let district = District::new(options.seed, options.students);
    let story = Story::new(&district, options.day);
    let mut known = BTreeSet::new();
    let (mut tests, mut scores) = (Beside::new(folder, TEST)?, Beside::new(folder, SCORE)?);
    graded(&district, &story, &mut |graded| {
        // Who sits in several of these classes is screened in the first.
        if !graded.is_first() {
            return Ok(());
        }
        if known.insert(graded.grade.grade) {
            tests.add(test(graded))?;
        }
        graded.sitting(&story).try_for_each(|student| scores.add(score(graded, student.as_str())))
    })?;
    tests.end()?;
    scores.end()
}

const TEST: Kind = Kind::AssessmentLineItem;
const SCORE: Kind = Kind::AssessmentResult;

fn test(graded: &Graded<'_>) -> Record {
    let mut record = Record::new(TEST);
    record.sourced_id.push_str(&id(graded.grade.grade));
    let title = format!("Autumn screening, grade {}", grade_code(graded.grade.grade));
    record.push(at!(AssessmentLineItem.title), &title);
    record.push(at!(AssessmentLineItem.resultValueMin), "0.0");
    record.push(at!(AssessmentLineItem.resultValueMax), &format!("{MOST}.0"));
    record
}

fn score(graded: &Graded<'_>, student: &str) -> Record {
    let key = graded.grade.class_key(graded.section).text("screening").text(student);
    let mut record = Record::new(SCORE);
    record.sourced_id.push_str(key.uuid().as_str());
    record.push(at!(AssessmentResult.assessmentLineItem), &id(graded.grade.grade));
    record.push(at!(AssessmentResult.student), student);
    record.push(at!(AssessmentResult.score), &format!("{}.0", key.with(1).below(MOST + 1)));
    let (autumn, _) = graded.grade.year.span(Term::First);
    record.push(at!(AssessmentResult.scoreDate), &autumn.plus(DAY).to_string());
    record.push(at!(AssessmentResult.scoreStatus), "fully graded");
    record
}

/// The records of a kind on their way beside the files.
struct Beside {
    writer: Writer,
    packed: Vec<u8>,
}

impl Beside {
    fn new(folder: &Path, kind: Kind) -> anyhow::Result<Beside> {
        Ok(Beside { writer: Writer::new(folder, kind, Mode::Bulk)?, packed: Vec::new() })
    }

    fn add(&mut self, mut record: Record) -> anyhow::Result<()> {
        self.packed.clear();
        record.pack(&mut self.packed);
        let (sourced_id, status, packed) = (record.sourced_id.as_str(), record.status, &*self.packed);
        // The instant is not taken over: a whole file does not say when its rows changed.
        Ok(self.writer.add(&Row { sourced_id, status, published: Timestamp(0), packed, children: &[] })?)
    }

    fn end(self) -> anyhow::Result<()> {
        self.writer.end()?;
        Ok(())
    }
}
