//! What is said once of a file, with a count, instead of once of every row:
//! patterns that are everywhere or nowhere, and what single findings add up to.

use super::judging::Judging;
use super::report::{Place, Report};
use super::rules::Code;
use crate::at;
use crate::csv::Plan;
use crate::model::{Kind, Slot};

struct Counted {
    code: Code,
    column: Option<u16>,
    /// The line of the first row.
    line: u32,
    count: u64,
}

/// Counts of one file; there are few different ones.
#[derive(Default)]
pub(super) struct Tally(Vec<Counted>);

impl Tally {
    /// Counts a row.
    #[cold]
    pub fn add(&mut self, code: Code, column: Option<usize>, line: u32) {
        let column = column.map(|at| at as u16);
        match self.0.iter_mut().find(|c| (c.code, c.column) == (code, column)) {
            Some(counted) => counted.count += 1,
            None => self.0.push(Counted { code, column, line, count: 1 }),
        }
    }
}

/// Says what a file added up to.
pub(super) fn settle(judging: &mut Judging<'_>, file: u8, plan: &Plan) {
    let mut orphans = 0;
    let mut first = None;
    for counted in std::mem::take(&mut judging.tally).0 {
        let place = Place { file: Some(file), line: counted.line, column: counted.column };
        match (counted.code, plan.kind) {
            (Code::R2, Kind::Enrollment) => {
                orphans += counted.count;
                first.get_or_insert(place);
            }
            (Code::R2, Kind::Class) if counted.column.map(usize::from) == plan.position(TERMS) => {
                say(&mut judging.report, Code::D45, place, counted.count);
            }
            (Code::R2 | Code::R4, _) => {}
            (code, _) => say(&mut judging.report, code, place, counted.count),
        }
    }
    if let Some(place) = first {
        say(&mut judging.report, Code::D41, place, orphans);
    }
}

/// The sessions of a class.
const TERMS: Slot = Slot::Own(at!(Class.terms));

/// Adds a finding about many rows; `place` is that of the first.
pub(super) fn say(report: &mut Report, code: Code, place: Place, count: u64) {
    if let Some(severity) = report.severity(code) {
        report.say(code, severity, place, "", sentence(code, count));
    }
}

fn sentence(code: Code, count: u64) -> String {
    let (one, many) = match code {
        Code::D37 => ("row shares", "rows share"),
        Code::D38 => ("row has", "rows have"),
        Code::D41 => ("reference names", "references name"),
        Code::D44 => ("row names", "rows name"),
        Code::D45 => ("term", "terms"),
        Code::D46 => ("row repeats", "rows repeat"),
        Code::D50 => ("password was", "passwords were"),
        Code::D51 => ("person has", "people have"),
        _ => ("row", "rows"),
    };
    let subject = format!("{count} {}", if count == 1 { one } else { many });
    match code {
        Code::D37 => format!("{subject} an e-mail address with a person before; it is no good for signing in."),
        Code::D38 => format!("{subject} a username that a person before has; neither can sign in by it."),
        Code::D41 => {
            format!("{subject} a person, a class or a school that is not there; those enrollments are left out.")
        }
        Code::D42 => format!("{subject} ended before today; they are kept and count as over."),
        Code::D44 => format!("{subject} a district where a school is meant."),
        Code::D45 => format!("{subject} of classes not in academicSessions.csv; those classes are left out."),
        Code::D46 => format!("{subject} an enrollment that the file has already; all of them are kept."),
        Code::D50 => format!("{subject} left out; passwords are never shown or logged."),
        Code::D51 => format!("{subject} a name in capitals, or last and first name in one cell."),
        Code::D54 => format!("{subject} begin with a sign that spreadsheets take for a formula; they are kept."),
        _ => format!("{subject}: {}", code.rule().sentence),
    }
}
