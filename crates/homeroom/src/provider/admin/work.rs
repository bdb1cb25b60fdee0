//! Work that takes long: in a thread of its own, which goes on if the caller
//! does not wait for its end.

use super::{Answer, Asked, Done, broken};
use crate::admin::{Office, clear, turn};
use crate::intake::Watcher;
use crate::intake::retention::enforce;
use crate::output::Failure;
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long a caller waits unless it says otherwise, and at most, in seconds.
const WAITED: u32 = 30;
const LONGEST: u32 = 50;

/// The work of a call: what it came to, and whether it may have been an import
/// that was applied, at whose end history is looked through.
pub(super) type Work = Box<dyn FnOnce(&Office<'_>, &mut dyn Watcher) -> Result<(Value, bool), Failure> + Send>;

/// News of the thread.
enum News {
    Begun(i64),
    Ended(Result<Value, Failure>),
}

/// Does the work and waits for it, as long as the caller wants to wait; `run` is
/// the run that it is about, if that is known before.
pub(super) fn work(asked: &Asked, run: Option<i64>, work: Work) -> Done {
    with(asked, run, false, work)
}

/// The same, with what `yes` means to an import.
pub(super) fn with(asked: &Asked, run: Option<i64>, yes: bool, work: Work) -> Done {
    let wait = asked.number("wait", WAITED)?.min(LONGEST);
    let Some(database) = asked.state.database.clone() else {
        return Err(broken(&"this server was given no database to administer"));
    };
    let (roster, access, name) = (asked.roster.clone(), asked.access.clone(), asked.name());
    let patience = Duration::from_secs(wait.into());
    let (tell, news) = channel();
    std::thread::spawn(move || {
        let clock = || access.now();
        let done = || -> Result<Value, Failure> {
            let turn = turn(&database, access.tenant(), patience, &mut || {})?;
            let roster = roster.under(&turn);
            clear(&roster, clock())?;
            let audit = access.audit();
            let office = Office { roster: &roster, audit: &audit, name: &name, who: &name, clock: &clock };
            let mut watcher = Desk { tell: &tell, yes };
            let (document, imported) = work(&office, &mut watcher)?;
            if imported
                && document["state"] == "applied"
                && let Err(failure) = enforce(&roster, Some(&access), clock())
            {
                let tenant = access.tenant();
                tracing::warn!(tenant, "what is older than the retention could not be removed: {failure}");
            }
            Ok(document)
        };
        // Whoever asked may have gone.
        let _ = tell.send(News::Ended(done()));
    });
    wait_for(asked, run, &news, Instant::now() + patience)
}

fn wait_for(asked: &Asked, mut run: Option<i64>, news: &Receiver<News>, until: Instant) -> Done {
    loop {
        match news.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(News::Begun(id)) => run = Some(id),
            Ok(News::Ended(done)) => return done.map(Answer::ok),
            Err(RecvTimeoutError::Disconnected) => return Err(broken(&"the work broke off")),
            Err(RecvTimeoutError::Timeout) => {
                let location = run.map(|id| format!("{}{}/runs/{id}", asked.url, super::BASE));
                let state = match run.map(|id| asked.roster.run(id)).transpose()?.flatten() {
                    Some(run) => run.state.word(),
                    None => "queued",
                };
                return Ok(Answer { status: 202, body: json!({ "run": run, "state": state }), location });
            }
        }
    }
}

/// Who watches an import on behalf of a caller.
struct Desk<'a> {
    tell: &'a Sender<News>,
    yes: bool,
}

impl Watcher for Desk<'_> {
    fn begun(&mut self, run: i64) {
        let _ = self.tell.send(News::Begun(run));
    }

    fn approved(&self) -> bool {
        self.yes
    }
}
