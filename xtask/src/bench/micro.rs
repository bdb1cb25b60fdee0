//! The innermost loops, one by one: `benches/hot.rs`, which divan measures.

use super::ground::Ground;
use super::report::Section;
use crate::{place, process, say};
use std::fmt::Write as _;
use std::process::Command;

const HOW: &[&str] = &[
    "By divan, as `cargo bench --package xtask --bench hot` shows it at more length: a pass of each loop is one row (one request, for filters \
     and signatures) of a generated package that is in memory, on one thread. Times are of the fastest, the middle and the slowest of a \
     hundred samples.",
    "Allocated is what one pass of the middle sample allocates, beside what it grows; a dash is nothing.",
];

/// Where the benchmark finds a package.
const PACKAGE: &str = "HOMEROOM_BENCH_PACKAGE";
/// Students of the district: about 2,000 users and 11,000 enrollments.
const STUDENTS: u32 = 1_000;

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let package = ground.package_of(STUDENTS, 0)?;
    say::error("building and running benches/hot.rs");
    let mut bench = Command::new(place::cargo());
    bench.args(["bench", "--quiet", "--package", "xtask", "--bench", "hot", "--"]);
    bench.args(["--color", "never", "--min-time", "0.3", "--sample-count", "100"]);
    bench.env(PACKAGE, package).current_dir(place::root());
    let said = process::output(&mut bench)?;
    let loops = read(&said);
    anyhow::ensure!(!loops.is_empty(), "divan measured nothing:\n{said}");
    Ok(Section { shown: vec![table(&loops)], ..ground.section("Innermost loops", HOW, Vec::new()) })
}

/// What divan says of one loop.
#[derive(Debug, Default, PartialEq)]
struct Loop {
    name: String,
    /// The fastest, the slowest and the middle time.
    times: [String; 3],
    /// The number of allocations and their bytes.
    allocated: [String; 2],
    grown: [String; 2],
}

/// Reads divan's tree: a line of times for each loop, below it what was allocated.
fn read(said: &str) -> Vec<Loop> {
    let (mut loops, mut group) = (Vec::<Loop>::new(), String::new());
    let mut lines = said.lines();
    while let Some(line) = lines.next() {
        let (tree, rest) = line.split_at(line.find(|c: char| !"├╰─│ ".contains(c)).unwrap_or(line.len()));
        let (name, cells) = rest.split_once("  ").unwrap_or((rest, ""));
        let mut cells = cells.split('│').map(|cell| cell.trim().to_owned());
        let mut next = || cells.next().unwrap_or_default();
        let first = [next(), next(), next()];
        if tree.ends_with("─ ") {
            let inner = tree.contains('│') || tree.starts_with(' ');
            if first.iter().any(String::is_empty) {
                group = format!("{name}, ");
            } else {
                let group = if inner { group.as_str() } else { "" };
                loops.push(Loop { name: format!("{group}{name}").replace('_', " "), times: first, ..Loop::default() });
            }
        } else if let ("alloc:" | "grow:", Some(last)) =
            (rest.split('│').next().unwrap_or_default().trim(), loops.last_mut())
        {
            let middle = |line: Option<&str>| {
                let cells: Vec<&str> = line.unwrap_or_default().trim_start_matches(['│', ' ']).split('│').collect();
                cells.get(2).map_or("", |cell| cell.trim()).to_owned()
            };
            let numbers = [middle(lines.next()), middle(lines.next())];
            *(if rest.starts_with("alloc:") { &mut last.allocated } else { &mut last.grown }) = numbers;
        }
    }
    loops
}

fn table(loops: &[Loop]) -> String {
    let mut text =
        String::from("| a pass | fastest | middle | slowest | allocated | grown |\n|---|---|---|---|---|---|");
    for Loop { name, times: [fastest, slowest, middle], allocated, grown } in loops {
        let both = |[number, bytes]: &[String; 2]| match number.as_str() {
            "" | "0" => "-".to_owned(),
            _ => format!("{number} × ({bytes} in all)"),
        };
        let _ = write!(text, "\n| {name} | {fastest} | {middle} | {slowest} | {} | {} |", both(allocated), both(grown));
    }
    text
}

#[cfg(test)]
mod checks {
    use super::*;

    const SAID: &str = "\
hot                            fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ digest                                    │               │               │               │         │
│  ╰─ User                     119.7 ns      │ 24.06 µs      │ 220.7 ns      │ 515.3 ns      │ 100     │ 100
├─ evaluate_a_filter           87.6 ns       │ 15.5 µs       │ 228.1 ns      │ 430.8 ns      │ 100     │ 100
│                              max alloc:    │               │               │               │         │
│                                2           │ 2             │ 2             │ 2             │         │
│                                103 B       │ 103 B         │ 103 B         │ 103 B         │         │
│                              alloc:        │               │               │               │         │
│                                4           │ 5             │ 6             │ 4             │         │
│                                133 B       │ 134 B         │ 135 B         │ 133 B         │         │
╰─ verify                                    │               │               │               │         │
   ╰─ Sha1                     3.09 µs       │ 13.79 µs      │ 3.145 µs      │ 3.29 µs       │ 100     │ 100
                               alloc:        │               │               │               │         │
                                 36          │ 36            │ 36            │ 36            │         │
                                 2.658 KB    │ 2.658 KB      │ 2.658 KB      │ 2.658 KB      │         │
                               grow:         │               │               │               │         │
                                 6           │ 6             │ 7             │ 6             │         │
                                 678 B       │ 678 B         │ 679 B         │ 678 B         │         │
";

    #[test]
    fn what_divan_prints_is_read() {
        assert_eq!(
            table(&read(SAID)).lines().skip(2).collect::<Vec<_>>(),
            [
                "| digest, User | 119.7 ns | 220.7 ns | 24.06 µs | - | - |",
                "| evaluate a filter | 87.6 ns | 228.1 ns | 15.5 µs | 6 × (135 B in all) | - |",
                "| verify, Sha1 | 3.09 µs | 3.145 µs | 13.79 µs | 36 × (2.658 KB in all) | 7 × (679 B in all) |",
            ]
        );
        assert!(read("nothing").is_empty());
    }
}
