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
}

/// Runs a command to its end under Debian's `time`, giving what it took and what it
/// printed. (Our own child's peak memory would begin with ours: the kernel
/// counts what a process was before it became another program.)
pub fn measured(command: &Command, folder: &Path) -> anyhow::Result<(Taken, String)> {
    let (times, printed, errors) = (folder.join("times"), folder.join("printed"), folder.join("errors"));
    let mut timed = Command::new(need::program("time")?);
    timed.args(["--format", "%e %U %S %M", "--output"]).arg(&times);
    timed.arg(command.get_program()).args(command.get_args());
    timed.stdout(File::create(&printed)?).stderr(File::create(&errors)?);
    if let Some(folder) = command.get_current_dir() {
        timed.current_dir(folder);
    }
    crate::homeroom::without_settings(&mut timed);
    // What earlier runs wrote must not reach the disk at this one's expense.
    process::run(&mut Command::new("sync"))?;
    let status = Running::start(&mut timed, Signal::TERM)?.wait()?;
    let said = std::fs::read_to_string(&printed)?;
    if !status.success() {
        let program = command.get_program().to_string_lossy();
        anyhow::bail!("{program} failed ({status}): {said}{}", std::fs::read_to_string(&errors)?);
    }
    let times = std::fs::read_to_string(&times)?;
    let taken = taken(&times).with_context(|| format!("`time` said: {times}"))?;
    Ok((taken, said))
}

fn taken(times: &str) -> Option<Taken> {
    let mut numbers = times.lines().last()?.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next()?.ok();
    let (wall, user, system, kib) = (next()?, next()?, next()?, next()?);
    Some(Taken { wall, cpu: user + system, memory: kib / 1024.0 })
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

fn field(text: &str, key: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(taken("1.50 2.00 0.25 2048\n"), Some(Taken { wall: 1.5, cpu: 2.25, memory: 2.0 }));
        assert_eq!(taken("Command exited with non-zero status 1\n0.1 0.2 0.3 1024\n").map(|t| t.memory), Some(1.0));
        assert_eq!(taken("nothing"), None);
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
