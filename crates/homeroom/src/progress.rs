//! How far a long command has come: a bar with its rate and the time that is
//! left, on standard error, and only where that is a terminal.

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;

/// What a bar counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Bytes of the package.
    Bytes,
    /// Records, or rows.
    Records,
}

/// A bar; it hides itself where standard error is not a terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    doing: &'static str,
    /// What the bar counts, and to where.
    counts: Option<(Unit, u64)>,
}

impl Default for Progress {
    fn default() -> Progress {
        Progress { bar: ProgressBar::new(0), doing: "", counts: None }
    }
}

impl Progress {
    /// Tells that so much of so much is done. A new total begins a new bar; a new
    /// name alone, another part of the same. Of what has no end (`of` is 0) only
    /// the name is shown.
    pub fn show(&mut self, doing: &'static str, done: u64, of: u64, unit: Unit) {
        if self.counts != Some((unit, of)) {
            self.counts = Some((unit, of));
            self.bar.set_style(style(unit, of > 0));
            self.bar.reset();
            self.bar.set_length(of);
        }
        if self.doing != doing {
            self.doing = doing;
            self.bar.set_message(doing);
        }
        self.bar.set_position(done);
    }

    /// Says something while the bar steps aside.
    pub fn aside<T>(&self, say: impl FnOnce() -> T) -> T {
        self.bar.suspend(say)
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(unit: Unit, ends: bool) -> ProgressStyle {
    let template = match (ends, unit) {
        (false, _) => "{msg} ...",
        (true, Unit::Bytes) => "{msg:<12} {wide_bar} {percent:>3} %  {binary_bytes_per_sec}  {eta} left",
        (true, Unit::Records) => "{msg:<12} {wide_bar} {percent:>3} %  {rate}  {eta} left",
    };
    let rate = |state: &ProgressState, out: &mut dyn Write| {
        // A bar that cannot be drawn is no reason to stop.
        let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::{InMemoryTerm, ProgressDrawTarget, TermLike};

    #[test]
    fn a_bar_shows_rate_and_time_left() {
        let terminal = InMemoryTerm::new(5, 100);
        let mut progress = Progress::default();
        progress.bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        progress.show("checking", 25 << 20, 100 << 20, Unit::Bytes);
        progress.bar.force_draw();
        let drawn = terminal.contents();
        assert!(drawn.starts_with("checking "), "{drawn}");
        for part in [" 25 %  ", "/s  ", " left"] {
            assert!(drawn.contains(part), "no {part}: {drawn}");
        }
        progress.show("comparing", 1, 2, Unit::Records);
        progress.bar.force_draw();
        assert!(terminal.contents().contains("comparing") && !terminal.contents().contains("iB/s"));
        progress.show("indexing", 0, 0, Unit::Records);
        progress.bar.force_draw();
        assert_eq!(terminal.contents(), "indexing ...");
        progress.clear();
        assert_eq!(terminal.contents(), "");
        assert_eq!(terminal.width(), 100);
    }
}
