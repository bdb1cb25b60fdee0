//! Time and memory of a process.

use crate::process::Running;
use crate::{need, process};
use anyhow::Context as _;
use rustix::process::Signal;
use std::fs::File;
use std::path::Path;
use std::process::Command;

/// What a process took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taken {
    /// Seconds from start to end.
    pub wall: f64,
    /// Seconds of the processor, in and out of the kernel.
    pub cpu: f64,
    /// The most memory it held at once, in MiB.
    pub memory: f64,
    /// What it gave to write calls and had the kernel copy from file to file, in MB.
    pub written: f64,
}

/// Runs a command and then tells what it wrote: the kernel adds what a process
/// wrote to its parent's account once the parent has seen it end.
const ACCOUNTED: &str = r#"account=$1; shift; "$@"; status=$?; cat /proc/$$/io > "$account"; exit $status"#;

/// Runs a command to its end under Debian's `time`, giving what it took and what it
/// printed. (Our own child's peak memory would begin with ours: the kernel
/// counts what a process was before it became another program.)
pub fn measured(command: &Command, folder: &Path) -> anyhow::Result<(Taken, String)> {
    measured_ending(command, folder, &[0])
}

/// The same for a command that may end with one of these statuses.
pub fn measured_ending(command: &Command, folder: &Path, statuses: &[i32]) -> anyhow::Result<(Taken, String)> {
    let (times, printed, errors) = (folder.join("times"), folder.join("printed"), folder.join("errors"));
    let account = folder.join("account");
    // The shell stands outside of what is timed.
    let mut timed = Command::new("sh");
    timed.args(["-c", ACCOUNTED, "sh"]).arg(&account).arg(need::program("time")?);
    timed.args(["--format", "%e %U %S %M", "--output"]).arg(&times);
    timed.arg(command.get_program()).args(command.get_args());
    timed.stdout(File::create(&printed)?).stderr(File::create(&errors)?);
    if let Some(folder) = command.get_current_dir() {
        timed.current_dir(folder);
    }
    crate::homeroom::without_settings(&mut timed);
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // What earlier runs wrote must not reach the disk at this one's expense.
    process::run(&mut Command::new("sync"))?;
    let status = Running::start(&mut timed, Signal::TERM)?.wait()?;
    let said = std::fs::read_to_string(&printed)?;
    if !status.code().is_some_and(|code| statuses.contains(&code)) {
        let program = command.get_program().to_string_lossy();
        anyhow::bail!("{program} failed ({status}): {said}{}", std::fs::read_to_string(&errors)?);
    }
    let times = std::fs::read_to_string(&times)?;
    let account = std::fs::read_to_string(&account)?;
    let written = field(&account, "wchar:").context("the kernel does not tell what a process writes")?;
    // `time` wrote these figures themselves.
    let written = (written - times.len() as f64) / 1e6;
    let taken = taken(&times, written).with_context(|| format!("`time` said: {times}"))?;
    Ok((taken, said))
}

fn taken(times: &str, written: f64) -> Option<Taken> {
    let mut numbers = times.lines().last()?.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next()?.ok();
    let (wall, user, system, kib) = (next()?, next()?, next()?, next()?);
    Some(Taken { wall, cpu: user + system, memory: kib / 1024.0, written })
}

/// The memory of a running process in MiB: what it holds, shared pages by its share,
/// and what of it is its own rather than pages of files.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Memory {
    pub share: f64,
    pub own: f64,
}

/// The memory of a running process.
pub fn memory(id: u32) -> anyhow::Result<Memory> {
    let text = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
    let number = |key| field(&text, key).with_context(|| format!("smaps_rollup has no {key}"));
    Ok(Memory { share: number("Pss:")? / 1024.0, own: number("Anonymous:")? / 1024.0 })
}

/// The seconds of the processor that a process took, and those of its children that have ended.
pub fn processor(id: u32) -> anyhow::Result<[f64; 2]> {
    // Debian's kernels count a hundred ticks a second.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name, in parentheses, may hold anything.
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    let mut ticks = after.split_whitespace().skip(11).map(|text| text.parse::<f64>().ok());
    let mut both = || Some(ticks.next()?? + ticks.next()??);
    let (own, children) = both().zip(both()).context("the kernel does not tell what a process took")?;
    Ok([own / TICKS, children / TICKS])
}

fn field(text: &str, key: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn times_are_read() {
        let whole = Taken { wall: 1.5, cpu: 2.25, memory: 2.0, written: 3.0 };
        assert_eq!(taken("1.50 2.00 0.25 2048\n", 3.0), Some(whole));
        assert_eq!(
            taken("Command exited with non-zero status 1\n0.1 0.2 0.3 1024\n", 0.0).map(|t| t.memory),
            Some(1.0)
        );
        assert_eq!(taken("nothing", 0.0), None);
    }

    #[test]
    fn what_a_program_and_its_children_write_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let account = folder.path().join("account");
        let writes = "head -c 100000 /dev/zero; sh -c 'head -c 30000 /dev/zero; true'; exit 3";
        let mut command = Command::new("sh");
        command.args(["-c", ACCOUNTED, "sh"]).arg(&account).args(["sh", "-c", writes]);
        let status = command.stdout(std::process::Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(3));
        let account = std::fs::read_to_string(account).unwrap();
        assert_eq!(field(&account, "wchar:"), Some(130_000.0));
    }

    #[test]
    fn memory_is_read() {
        let text = "55-7f ---p [rollup]\nRss:   4096 kB\nPss:  2048 kB\nAnonymous:  1024 kB\n";
        assert_eq!(
            (field(text, "Pss:"), field(text, "Anonymous:"), field(text, "Swap:")),
            (Some(2048.0), Some(1024.0), None)
        );
    }
}
