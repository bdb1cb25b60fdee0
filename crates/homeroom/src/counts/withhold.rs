//! Small counts are withheld, and so many others that none can be computed.

use super::tally::Line;
use std::collections::{BTreeMap, BTreeSet};

/// Withholds every count below `least`; where these alone among the parts of a
/// sum would follow from it, the next larger ones as well; and the parts of
/// what is withheld.
pub fn withhold(lines: &mut [Line], least: u64) {
    let deepest = lines.iter().map(|line| line.key.len()).max().unwrap_or_default();
    let mut hidden = BTreeSet::new();
    for depth in 0..=deepest {
        let mut groups: BTreeMap<Vec<_>, Vec<usize>> = BTreeMap::new();
        for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.key.len() == depth) {
            let whole = line.key.split_last().map_or(&[][..], |(_, rest)| rest).to_vec();
            groups.entry(whole).or_default().push(place);
        }
        for (whole, mut parts) in groups {
            parts.sort_by_key(|place| lines.get(*place).map_or(0, |line| line.count));
            let counts: Vec<u64> = parts.iter().filter_map(|place| Some(lines.get(*place)?.count)).collect();
            let most = if hidden.contains(&whole) && depth > 0 { parts.len() } else { unsafe_ones(&counts, least) };
            for place in parts.into_iter().take(most) {
                if let Some(line) = lines.get_mut(place) {
                    line.withheld = true;
                    hidden.insert(line.key.clone());
                }
            }
        }
    }
}

/// How many of the parts of one sum, the smallest first, may not be told: those
/// below `least`, and until there are two that together are not below it.
fn unsafe_ones(counts: &[u64], least: u64) -> usize {
    let small = counts.iter().filter(|count| **count < least).count();
    if small == 0 {
        return 0;
    }
    let mut taken = small;
    while taken < counts.len() && (taken < 2 || counts.iter().take(taken).sum::<u64>() < least) {
        taken += 1;
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::super::tally::{Tally, Value};
    use super::*;
    use proptest::prelude::*;

    fn lines(cells: &[(&str, &str, u64)]) -> Vec<Line> {
        let mut tally = Tally::default();
        for (school, grade, count) in cells {
            let value = |text: &str| Value { text: text.into(), id: None };
            for _ in 0..*count {
                tally.add(BTreeSet::from([vec![value(school), value(grade)]]));
            }
        }
        tally.lines()
    }

    fn shown(cells: &[(&str, &str, u64)], least: u64) -> Vec<String> {
        let mut lines = lines(cells);
        withhold(&mut lines, least);
        let text = |line: &Line| line.key.iter().map(|value| value.text.to_string()).collect::<Vec<_>>().join("/");
        let said = |line: &Line| if line.withheld { "*".to_owned() } else { line.count.to_string() };
        lines.iter().map(|line| format!("{}={}", text(line), said(line))).collect()
    }

    #[test]
    fn a_small_count_takes_another_one_along() {
        let cells = [("A", "09", 3), ("A", "10", 40), ("A", "11", 20), ("B", "09", 30)];
        assert_eq!(shown(&cells, 10), ["=93", "A=63", "A/09=*", "A/10=40", "A/11=*", "B=30", "B/09=30"]);
        assert!(!shown(&cells, 0).concat().contains('*'));
    }

    #[test]
    fn the_parts_of_what_is_withheld_are_withheld() {
        let cells = [("A", "09", 3), ("B", "09", 12), ("B", "10", 12), ("C", "09", 50)];
        assert_eq!(shown(&cells, 10), ["=77", "A=*", "A/09=*", "B=*", "B/09=*", "B/10=*", "C=50", "C/09=50"]);
    }

    proptest! {
        /// What is withheld of a sum that is told never comes to a small number
        /// that follows from the rest.
        #[test]
        fn nothing_small_can_be_computed(
            cells in proptest::collection::vec((0..4_u8, 0..4_u8, 1..30_u64), 1..12),
            least in 2..15_u64,
        ) {
            let named: Vec<(String, String, u64)> =
                cells.iter().map(|(a, b, n)| (a.to_string(), b.to_string(), *n)).collect();
            let named: Vec<(&str, &str, u64)> = named.iter().map(|(a, b, n)| (a.as_str(), b.as_str(), *n)).collect();
            let mut lines = lines(&named);
            withhold(&mut lines, least);
            for line in &lines {
                prop_assert!(line.withheld || line.count >= least);
                if line.withheld {
                    continue;
                }
                let parts = lines.iter().filter(|part| {
                    part.key.len() == line.key.len() + 1 && part.key.starts_with(&line.key) && part.withheld
                });
                let hidden: Vec<u64> = parts.map(|part| part.count).collect();
                let sum: u64 = hidden.iter().sum();
                prop_assert!(hidden.is_empty() || (hidden.len() > 1 && sum >= least), "{hidden:?}");
            }
        }
    }
}
