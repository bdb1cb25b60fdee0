//! A question at a terminal that wants a yes.

use crate::interrupt;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Whether the answer is yes. Nobody is asked where nobody can answer, and that
/// is none.
pub(super) fn yes(question: &str) -> bool {
    answer(&format!("{question} [y/N] ")).is_some_and(|a| matches!(a.to_lowercase().as_str(), "y" | "yes"))
}

/// What is answered, without the spaces around it; none where nobody is asked.
pub(super) fn answer(question: &str) -> Option<String> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    let mut to = anstream::stderr();
    write!(to, "{question}").and_then(|()| to.flush()).ok()?;
    interrupt::unless(|| {
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map(|_| answer).unwrap_or_default()
    })
    .map(|answer| answer.trim().to_owned())
}
