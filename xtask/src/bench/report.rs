//! The figures as a document: how they are judged, and how they are shown.

use super::stats::Samples;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::Write as _;

/// What was measured in one section.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Section {
    pub title: String,
    /// What was measured, on what, when.
    pub taken: String,
    /// How, in sentences.
    pub how: Vec<String>,
    /// What stands before the table, as Markdown: charts, what a program printed.
    #[serde(default)]
    pub shown: Vec<String>,
    pub rows: Vec<Row>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub what: String,
    pub unit: String,
    pub values: Samples,
    /// What the values are shares of, and the values by those of the same round.
    pub ratio: Option<(String, Samples)>,
    /// What is to be reached: by the ratio if there is one, else by the value.
    pub bar: Option<Bar>,
}

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

/// How a figure stands to its bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Held,
    /// The median is beyond the bar, but rounds lie on both sides of it.
    WithinSpread,
    Missed,
}

impl Bar {
    /// By the median; not called missed inside the spread.
    pub fn judge(self, samples: &Samples) -> Option<Verdict> {
        let (median, (least, greatest)) = (samples.median()?, samples.spread()?);
        let (held, touched) = match self {
            Bar::AtMost(bar) => (median <= bar, least <= bar),
            Bar::AtLeast(bar) => (median >= bar, greatest >= bar),
        };
        Some(match (held, touched) {
            (true, _) => Verdict::Held,
            (false, true) => Verdict::WithinSpread,
            (false, false) => Verdict::Missed,
        })
    }
}

impl Row {
    /// A figure that stands alone.
    pub fn new(what: impl Into<String>, unit: &str, values: Samples) -> Row {
        Row { what: what.into(), unit: unit.to_owned(), values, ratio: None, bar: None }
    }

    /// Compares it with the values of something else, round by round.
    pub fn against(self, name: &str, other: &Samples) -> Row {
        let ratio = Some((name.to_owned(), self.values.by(other)));
        Row { ratio, ..self }
    }

    pub fn at_most(self, bar: f64) -> Row {
        Row { bar: Some(Bar::AtMost(bar)), ..self }
    }

    pub fn at_least(self, bar: f64) -> Row {
        Row { bar: Some(Bar::AtLeast(bar)), ..self }
    }

    /// How it stands to its bar.
    pub fn verdict(&self) -> Option<Verdict> {
        let samples = self.ratio.as_ref().map_or(&self.values, |(_, ratio)| ratio);
        self.bar?.judge(samples)
    }

    fn cells(&self) -> [String; 5] {
        let ratio = self.ratio.as_ref().map_or(String::new(), |(name, ratio)| format!("{} of {name}", shown(ratio)));
        let bar = match self.bar {
            None => String::new(),
            Some(Bar::AtMost(bar)) => format!("≤ {}", figure(bar)),
            Some(Bar::AtLeast(bar)) => format!("≥ {}", figure(bar)),
        };
        let verdict = match self.verdict() {
            None => "",
            Some(Verdict::Held) => "held",
            Some(Verdict::WithinSpread) => "within the spread",
            Some(Verdict::Missed) => "**not held**",
        };
        [self.what.clone(), format!("{} {}", shown(&self.values), self.unit), ratio, bar, verdict.to_owned()]
    }
}

/// The document of all sections: what was measured now, in the place where it was
/// found or at the end, and of an earlier document what was not.
pub fn document(machine: &[String], sections: &[Section], found: &str) -> String {
    let mut parts: Vec<(&str, Cow<'_, str>)> = found.split("\n## ").skip(1).map(titled).collect();
    for section in sections {
        match parts.iter_mut().find(|(title, _)| *title == section.title) {
            Some((_, text)) => *text = section.text().into(),
            None => parts.push((&section.title, section.text().into())),
        }
    }
    let mut text = String::from(HEAD);
    for fact in machine {
        let _ = writeln!(text, "- {fact}");
    }
    for (title, part) in parts {
        let _ = write!(text, "\n## {title}\n\n{}\n", part.trim());
    }
    text
}

/// The title of a section, and what follows it.
fn titled(section: &str) -> (&str, Cow<'_, str>) {
    let (title, text) = section.split_once('\n').unwrap_or((section, ""));
    (title, text.into())
}

impl Section {
    /// All but its title.
    fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.taken);
        for sentence in &self.how {
            let _ = writeln!(text, "- {sentence}");
        }
        for shown in &self.shown {
            let _ = write!(text, "\n{shown}\n");
        }
        if !self.rows.is_empty() {
            text.push('\n');
            text.push_str(&table(&self.rows));
        }
        text
    }
}

const HEAD: &str = "# Benchmarks

Written by `cargo xtask bench`, which anyone can run again. Read the ratios: each is taken round by round
against a neighbour measured in the same rounds, in alternation; the absolute figures only say what was seen
on this machine. A figure is the median of the rounds, with the least and the greatest in brackets. A bar is
held when the median is within it, and is not called missed while rounds lie on both sides of it. The sections
*Peers* and *Beyond the bars* are written by hand, and stay as they are.

";

/// The rows as a table of Markdown.
fn table(rows: &[Row]) -> String {
    let mut text = String::from("| | measured | ratio | bar | |\n|---|---|---|---|---|\n");
    for row in rows {
        let cells = row.cells().map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// The median and its spread.
pub fn shown(samples: &Samples) -> String {
    match (samples.median(), samples.spread()) {
        (Some(median), Some((least, greatest))) if samples.0.len() > 1 => {
            format!("{} [{} .. {}]", figure(median), figure(least), figure(greatest))
        }
        (Some(median), _) => figure(median),
        _ => "-".to_owned(),
    }
}

/// A number with three digits that count, the thousands set apart.
fn figure(value: f64) -> String {
    let size = value.abs();
    if size < 1000.0 {
        let decimals = if size >= 100.0 {
            0
        } else if size >= 10.0 {
            1
        } else {
            2
        };
        return format!("{value:.decimals$}");
    }
    let digits = format!("{:.0}", size);
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod checks {
    use super::*;

    fn samples(values: &[f64]) -> Samples {
        Samples(values.to_vec())
    }

    #[test]
    fn bars_are_judged_by_the_median_and_the_spread() {
        let three = samples(&[1.0, 1.3, 1.4]);
        assert_eq!(Bar::AtMost(1.3).judge(&three), Some(Verdict::Held));
        assert_eq!(Bar::AtMost(1.2).judge(&three), Some(Verdict::WithinSpread));
        assert_eq!(Bar::AtMost(0.9).judge(&three), Some(Verdict::Missed));
        assert_eq!(Bar::AtLeast(1.3).judge(&three), Some(Verdict::Held));
        assert_eq!(Bar::AtLeast(1.35).judge(&three), Some(Verdict::WithinSpread));
        assert_eq!(Bar::AtLeast(1.5).judge(&three), Some(Verdict::Missed));
        assert_eq!(Bar::AtLeast(1.0).judge(&samples(&[])), None);
    }

    #[test]
    fn a_ratio_is_what_the_bar_speaks_of() {
        let row = Row::new("import", "s", samples(&[8.0, 6.0])).against("S", &samples(&[4.0, 4.0])).at_most(1.6);
        assert_eq!(row.verdict(), Some(Verdict::WithinSpread));
        let alone = Row::new("memory", "MiB", samples(&[200.0])).at_most(192.0);
        assert_eq!(alone.verdict(), Some(Verdict::Missed));
    }

    #[test]
    fn tables() {
        let rows = [
            Row::new("a|b", "s", samples(&[8.0, 6.0, 9.0])).against("S", &samples(&[4.0, 4.0, 4.0])).at_most(2.0),
            Row::new("plain", "req/s", samples(&[12_345.6])),
        ];
        assert_eq!(
            table(&rows),
            "| | measured | ratio | bar | |\n|---|---|---|---|---|\n\
             | a\\|b | 8.00 [6.00 .. 9.00] s | 2.00 [1.50 .. 2.25] of S | ≤ 2.00 | held |\n\
             | plain | 12,346 req/s |  |  |  |\n"
        );
    }

    fn section(title: &str, row: &str) -> Section {
        Section {
            title: title.to_owned(),
            taken: "today".to_owned(),
            how: vec!["so".to_owned()],
            shown: Vec::new(),
            rows: vec![Row::new(row, "s", samples(&[1.0]))],
        }
    }

    #[test]
    fn what_was_not_measured_again_stays() {
        let first = document(&["a machine".to_owned()], &[section("One", "a"), section("Two", "b")], "");
        let second = document(&["another".to_owned()], &[section("Two", "c"), section("Three", "d")], &first);
        let titles: Vec<_> = second.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(titles, ["# Benchmarks", "## One", "## Two", "## Three"]);
        assert!(second.contains("- another\n\n## One\n\ntoday\n\n- so\n\n| |"), "{second}");
        assert!(second.contains("| a | 1.00 s") && second.contains("| c | 1.00 s") && !second.contains("| b |"));
    }

    /// Sections of docs/benchmarks.md that nobody measures again by a command.
    const BY_HAND: [&str; 2] = ["Peers", "Beyond the bars"];

    #[test]
    fn what_was_written_by_hand_stays_as_it_was() {
        let found = include_str!("../../../docs/benchmarks.md");
        let parts = |text: &str| -> Vec<(String, String)> {
            let parts = text.split("\n## ").skip(1).filter_map(|part| part.split_once('\n'));
            parts.map(|(title, text)| (title.to_owned(), text.trim().to_owned())).collect()
        };
        let by_hand = |text: &str| -> Vec<_> {
            parts(text).into_iter().filter(|(title, _)| BY_HAND.contains(&title.as_str())).collect()
        };
        assert_eq!(by_hand(found).len(), BY_HAND.len());
        let titles = parts(found).into_iter().map(|(title, _)| title).chain(["Something new".to_owned()]);
        let measured: Vec<Section> =
            titles.filter(|title| !BY_HAND.contains(&title.as_str())).map(|title| section(&title, "a")).collect();
        let after = document(&["another machine".to_owned()], &measured, found);
        assert_eq!(by_hand(&after), by_hand(found));
        assert_eq!(document(&["another machine".to_owned()], &measured, &after), after);
    }

    #[test]
    fn figures() {
        let shown: Vec<_> = [0.123, 12.34, 123.4, 1_234.5, 1_234_567.0, 0.0].into_iter().map(figure).collect();
        assert_eq!(shown, ["0.12", "12.3", "123", "1,234", "1,234,567", "0.00"]);
    }
}
