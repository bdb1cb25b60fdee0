//! How the text of a file is written, and what is said of it (csv.md D9, D10,
//! D16).

use super::judging::Judging;
use super::report::Place;
use super::rules::{Code, Severity};
use crate::csv::{Dialect, LaidOut, Package, PackageError};

/// Looks at the beginning of a file. The letter knows no other dialect than its
/// own.
pub(super) fn of(
    judging: &mut Judging<'_>,
    package: &Package,
    number: u8,
    file: &LaidOut,
) -> Result<Dialect, PackageError> {
    let broken = |e: std::io::Error| PackageError::broken(&file.kind.entity().file_name(), &e);
    let mut dialect = Dialect::of(package.read(&file.entry)?, file.kind).map_err(broken)?;
    if judging.options.strict {
        return Ok(Dialect { binary: dialect.binary, ..Dialect::default() });
    }
    dialect.legacy = judging.options.consents(Code::D10);
    let place = Place { file: Some(number), line: 1, column: None };
    for (code, message) in dialect.notes() {
        judging.report.say(code, Severity::Repaired, place, "", message);
    }
    Ok(dialect)
}
