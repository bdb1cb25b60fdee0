//! What the chores tell people. A pipe that closed is no reason to fail.

use std::fmt::Display;
use std::io::Write as _;

/// One line on standard output.
pub fn line(text: impl Display) {
    let mut to = std::io::stdout().lock();
    let _ = writeln!(to, "{text}").and_then(|()| to.flush());
}

/// One line on standard error: progress and complaints.
pub fn error(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
