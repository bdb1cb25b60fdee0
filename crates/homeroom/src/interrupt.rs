//! Ctrl-C: a long command stops where nothing is half done.
//!
//! A signal only makes a note and says so; the reading of packages and the
//! writing of reports look at it, fail, and what was begun is dropped on the
//! way out: drafts, staged changes, an open transaction. What is being written
//! to the roster at that moment is finished, for it is one transaction. A second
//! signal ends the process at once, which the roster survives like any kill.

use crate::output::{Failure, Output};
use oneroster::csv::{Archive, Package, PackageError};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// How often a wait looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// The signal that asked to stop; 0 as long as none did.
static ASKED: AtomicI32 = AtomicI32::new(0);

/// Whether one did.
static STOP: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C and a request to end make this command stop by itself.
///
/// # Errors
/// If the system does not let us listen.
pub fn mind(output: Output) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            if ASKED.swap(signal, Ordering::Relaxed) != 0 {
                std::process::exit(status(signal));
            }
            STOP.store(true, Ordering::Relaxed);
            output.note("\nstopping; what is being written is finished or dropped (once more: end at once)");
        }
    })?;
    Ok(())
}

/// The exit status of a command that a signal ended.
fn status(signal: i32) -> i32 {
    128 + signal
}

/// Whether we were asked to stop, for work that looks at a flag.
pub fn asked() -> &'static AtomicBool {
    &STOP
}

/// Fails once we were asked to stop.
///
/// # Errors
/// `interrupted`.
pub fn go_on() -> Result<(), Failure> {
    match ASKED.load(Ordering::Relaxed) {
        0 => Ok(()),
        signal => Err(Failure {
            code: "interrupted",
            message: "interrupted; nothing was changed, and nothing half-written is left".to_owned(),
            hint: Some("run the command again whenever you like; it starts afresh".to_owned()),
            status: u8::try_from(status(signal)).unwrap_or(1),
        }),
    }
}

/// What to say of a failure: if we were asked to stop, that is the cause.
pub fn cause(failure: Failure) -> Failure {
    go_on().err().unwrap_or(failure)
}

/// Waits for something that knows nothing of signals, such as an answer that is
/// typed; `None` if we are asked to stop meanwhile.
pub fn unless<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (send, answer) = mpsc::sync_channel(1);
    // Nobody listens any more if it was not worth waiting for.
    std::thread::spawn(move || drop(send.send(wait())));
    while go_on().is_ok() {
        match answer.recv_timeout(LOOK) {
            Ok(answer) => return Some(answer),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    None
}

/// The same for what reads and writes.
///
/// # Errors
/// As [`go_on`].
pub fn heed() -> io::Result<()> {
    go_on().map_err(io::Error::other)
}

/// Opens a package whose reading ends when we are asked to stop.
///
/// # Errors
/// As [`Package::open`].
pub fn open(path: &Path) -> Result<Package, Failure> {
    Ok(Package::open(path)?.within(|archive| Box::new(Heeding(archive))))
}

/// An archive, reader or writer that fails once we were asked to stop.
#[derive(Debug)]
pub struct Heeding<T>(pub T);

impl Archive for Heeding<Box<dyn Archive>> {
    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, PackageError> {
        Ok(Box::new(Heeding(self.0.open(name)?)))
    }

    fn size(&self, name: &str) -> u64 {
        self.0.size(name)
    }
}

impl<R: Read> Read for Heeding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        heed()?;
        self.0.read(buffer)
    }
}

impl<W: Write> Write for Heeding<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        heed()?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W: Seek> Seek for Heeding<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}
