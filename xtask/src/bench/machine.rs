//! What may be told of the machine: no name, no path.

use std::process::Command;

/// Its facts, and the versions of what was measured against.
pub fn facts() -> Vec<String> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, key: &str, between: char| {
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(between)?.1.trim().trim_matches('"').to_owned())
    };
    let cpu = after(&read("/proc/cpuinfo"), "model name", ':').unwrap_or_else(|| "unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = after(&read("/proc/meminfo"), "MemTotal", ':')
        .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .map_or_else(String::new, |kib| format!(", {} GiB of memory", kib.div_ceil(1 << 20)));
    let system = after(&read("/etc/os-release"), "PRETTY_NAME", '=').unwrap_or_else(|| "unknown system".into());
    let mut facts = vec![format!("{cpu}, {cores} cores{memory}, {system}")];
    let versions = [("rustc", "--version"), ("sqlite3", "--version"), ("nginx", "-v"), ("wrk", "-v")];
    facts.extend(versions.into_iter().filter_map(|(program, flag)| version(program, flag)));
    facts
}

/// The version in the first line that a program says of itself.
fn version(program: &str, flag: &str) -> Option<String> {
    let path = crate::need::program(program).unwrap_or_else(|_| program.into());
    let output = Command::new(path).arg(flag).output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some(format!("{program} {}", number(String::from_utf8_lossy(&said).lines().next()?)?))
}

/// The first thing that looks like a version.
fn number(line: &str) -> Option<&str> {
    let mut words = line.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
    words.find(|word| word.contains('.') && word.starts_with(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn versions_are_found() {
        assert_eq!(number("rustc 1.95.0 (59807616e 2026-04-14)"), Some("1.95.0"));
        assert_eq!(number("nginx version: nginx/1.22.1"), Some("1.22.1"));
        assert_eq!(number("wrk debian/4.1.0-3+b2 [epoll]"), Some("4.1.0"));
        assert_eq!(number("no version"), None);
    }
}
