//! Running other programs so that none outlives us: each has a process group
//! of its own, which is ended when we are done or interrupted.

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// How long a program may take to end when asked to.
const GRACE: Duration = Duration::from_secs(10);

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on Ctrl-C and SIGTERM end the waiting, not the process, so that
/// everything which was started is stopped and removed.
pub fn mind_interruptions() -> anyhow::Result<()> {
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    Ok(())
}

/// Fails once we were asked to stop.
pub fn go_on() -> anyhow::Result<()> {
    if INTERRUPTED.get().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
        anyhow::bail!("interrupted; what was started is stopped");
    }
    Ok(())
}

/// A program that runs beside us, with all that it starts; ended on drop.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    ask: Signal,
}

impl Running {
    /// Starts it; `ask` is the signal by which it is asked to end.
    pub fn start(command: &mut Command, ask: Signal) -> anyhow::Result<Running> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.process_group(0).stdin(Stdio::null()).spawn();
        let child = child.with_context(|| format!("{name} cannot be started"))?;
        Ok(Running { name, child, ask })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard output, if that was piped and not taken yet.
    pub fn output(&mut self) -> anyhow::Result<ChildStdout> {
        self.child.stdout.take().with_context(|| format!("the output of {} is not ours", self.name))
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            go_on()?;
            std::thread::sleep(LOOK);
        }
    }

    /// Fails if it has ended, which a server should not.
    pub fn still(&mut self) -> anyhow::Result<()> {
        go_on()?;
        match self.child.try_wait()? {
            Some(status) => anyhow::bail!("{} ended early: {status}", self.name),
            None => Ok(()),
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // The group may be gone already, which is what we want.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        self.signal(self.ask);
        let start = Instant::now();
        while start.elapsed() < GRACE {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(LOOK);
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Runs a program to its end; what it prints is shown.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let mut running = Running::start(command, Signal::TERM)?;
    succeeded(command, running.wait()?)
}

/// Runs a program to its end, giving its standard output.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let mut text = String::new();
    let status = lines(command, |line| {
        text.push_str(line);
        text.push('\n');
    })?;
    succeeded(command, status).with_context(|| text.trim().to_owned())?;
    Ok(text)
}

/// Runs a program to its end, handing on each line of its standard output.
pub fn lines(command: &mut Command, mut each: impl FnMut(&str)) -> anyhow::Result<ExitStatus> {
    let mut running = Running::start(command.stdout(Stdio::piped()), Signal::TERM)?;
    let output = running.output()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    loop {
        go_on()?;
        match receiver.recv_timeout(LOOK) {
            Ok(line) => each(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return running.wait(),
        }
    }
}

/// An error that names the program, unless it ended well.
fn succeeded(command: &Command, status: ExitStatus) -> anyhow::Result<()> {
    if status.success() {
        return Ok(());
    }
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    let words: Vec<_> = words.into_iter().map(|word| word.to_string_lossy()).collect();
    anyhow::bail!("{} failed ({status})", words.join(" "))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failure_names_the_program() {
        assert!(run(&mut shell("exit 0")).is_ok());
        let error = run(&mut shell("exit 3")).unwrap_err().to_string();
        assert!(error.contains("sh -c exit 3") && error.contains('3'), "{error}");
    }

    #[test]
    fn output_is_whole_and_in_order() {
        assert_eq!(output(&mut shell("echo a; echo b")).unwrap(), "a\nb\n");
        assert!(output(&mut shell("echo why; exit 1")).is_err());
    }

    #[test]
    fn what_was_started_ends_with_its_owner() {
        let mut command = shell("sleep 1000 & echo $!; wait");
        let mut running = Running::start(command.stdout(Stdio::piped()), Signal::TERM).unwrap();
        let mut line = String::new();
        BufReader::new(running.output().unwrap()).read_line(&mut line).unwrap();
        running.still().unwrap();
        let group = running.id();
        drop(running);
        let group = Pid::from_raw(i32::try_from(group).unwrap()).unwrap();
        let gone = Instant::now();
        // The grandchild is reaped by init, which takes its moment.
        while rustix::process::test_kill_process_group(group).is_ok() && gone.elapsed() < GRACE {
            std::thread::yield_now();
        }
        let grandchild = std::fs::read_to_string(format!("/proc/{}/stat", line.trim()));
        assert!(grandchild.is_err() || grandchild.unwrap().contains(") Z "), "the grandchild lives on");
    }
}
