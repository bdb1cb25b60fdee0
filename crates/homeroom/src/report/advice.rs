//! What a judgement comes to, and what to do next: the last word of a report.

use super::{About, count};
use crate::intake::command;
use oneroster::validate::{FileState, Severity, Verdict};

/// What a judgement comes to.
pub(super) struct Advice {
    /// How grave it is; none if there is nothing to correct.
    pub severity: Option<Severity>,
    /// What becomes of the package.
    pub verdict: String,
    /// What to do next.
    pub next: String,
}

/// Where corrections are made.
const CORRECT: &str = "in the system that wrote the package, export it again, and validate again";

pub(super) fn advice(about: &About<'_>) -> Advice {
    let judgement = about.judgement;
    let of = |severity| judgement.report.count(severity);
    if let Verdict::Refused(reason) = &judgement.verdict {
        let (verdict, next) = if judgement.unusable {
            let verdict = match judgement.was_read() {
                true => "The package is refused: nothing of it can be imported.",
                false => "The package is refused, and its rows were not looked at.",
            };
            (verdict.to_owned(), format!("First: {reason}"))
        } else {
            let next = format!("Correct the errors {CORRECT}. Without --strict its good rows can be imported.");
            (format!("The package is refused. {reason}"), next)
        };
        return Advice { severity: Some(Severity::Error), verdict, next };
    }
    if of(Severity::Error) > 0 {
        let next = format!(
            "Correct the errors {CORRECT}. Imported as it is, its good rows are taken, and what is stored of the \
             rejected ones stays as it is; if much of a file is rejected, the import is held first."
        );
        return Advice { severity: Some(Severity::Error), verdict: rejected(about), next };
    }
    let import = format!("import it with: {}", command("import", about.package, about.options));
    let (severity, next) = if of(Severity::Warning) > 0 {
        let next = format!("Look at the warnings first: they are taken as they stand. Then {import}");
        (Some(Severity::Warning), next)
    } else if of(Severity::Repaired) > 0 {
        (
            Some(Severity::Repaired),
            format!(
                "Repairs are made anew in every import; to be rid of them, correct their \
            causes in the system that wrote the package. Then, or now, {import}"
            ),
        )
    } else {
        (None, format!("Nothing needs to be corrected; {import}"))
    };
    Advice { severity, verdict: "The package can be imported.".to_owned(), next }
}

/// How much of the package is rejected.
fn rejected(about: &About<'_>) -> String {
    let files = &about.judgement.files;
    let rows: u64 = files.iter().filter(|f| f.state == FileState::Judged).map(|f| f.rejected).sum();
    let whole: Vec<String> =
        files.iter().filter(|f| f.state == FileState::Rejected).map(|f| f.kind.entity().file_name()).collect();
    let all: u64 = files.iter().map(|f| f.rows).sum();
    let of_rows = match rows {
        0 => None,
        1 => Some(format!("1 of {} rows is rejected", count(all))),
        _ => Some(format!("{} of {} rows are rejected", count(rows), count(all))),
    };
    let of_files = match whole.as_slice() {
        [] => None,
        [file] => Some(format!("{file} is rejected whole")),
        files => Some(format!("{} are rejected whole", files.join(", "))),
    };
    match (of_rows, of_files) {
        (Some(rows), Some(files)) => format!("{rows}, and {files}."),
        (Some(one), None) | (None, Some(one)) => format!("{one}."),
        (None, None) => "There are errors, but no row is rejected.".to_owned(),
    }
}
