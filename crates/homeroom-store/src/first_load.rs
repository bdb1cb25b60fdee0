//! A first load: a thread writes while the package is read.

use crate::intake::Stage;
use crate::run::{Run, Written};
use crate::{Error, ErrorKind, Result};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Pieces that wait between the two threads.
const WAITING: usize = 8;

/// A first load in progress: a thread that writes what it is sent.
pub struct FirstLoad {
    decision: SyncSender<Option<Run>>,
    thread: JoinHandle<Result<Written>>,
}

/// What the thread is sent.
pub struct Feed {
    /// Changes; they end when the stage is finished.
    pub pieces: Receiver<Vec<u8>>,
    decided: Receiver<Option<Run>>,
}

impl Feed {
    /// The run to keep; `None` if nothing of the load shall stay.
    pub fn decision(&self) -> Option<Run> {
        // Whoever goes away without a decision wants nothing to stay.
        self.decided.recv().ok().flatten()
    }
}

impl FirstLoad {
    /// Starts the thread.
    pub fn start(work: impl FnOnce(Feed) -> Result<Written> + Send + 'static) -> Result<(Stage, FirstLoad)> {
        let (send, pieces) = sync_channel(WAITING);
        let (decision, decided) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("first-load".into())
            .spawn(move || work(Feed { pieces, decided }))
            .map_err(|error| Error::caused(ErrorKind::Internal, "no thread can be started", error))?;
        Ok((Stage::channel(send), FirstLoad { decision, thread }))
    }

    /// Ends the load: writes it with its run, or leaves the roster as it was.
    /// The stage must be finished before.
    ///
    /// # Errors
    /// What kept the thread from writing.
    pub fn end(self, run: Option<Run>) -> Result<Option<Written>> {
        let wanted = run.is_some();
        // A thread that has ended says why when it is joined.
        let _ = self.decision.send(run);
        let result = self.thread.join();
        let written = result.map_err(|_| Error::new(ErrorKind::Internal, "the writing thread broke off"))?;
        if wanted { written.map(Some) } else { Ok(None) }
    }
}
