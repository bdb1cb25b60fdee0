//! What applications write, and its way to the home of grades.

use super::{Engine, Roster};
use crate::forwards::{self, Forward, Forwarded, Sent, Standing};
use crate::gradebook::{self, Log, Owner, Verdict, Write};
use crate::writer::Writer as _;
use crate::{Error, ErrorKind, Result};
use oneroster::time::Timestamp;

impl Roster {
    /// Writes what an application asks, together with others who ask at this
    /// moment. What came of it is told once it is on the disk: `then` is called
    /// by the thread that writes, with `Busy` if another writer held the roster
    /// for too long, or `Internal`.
    pub fn submit(&self, write: Write, then: Box<dyn FnOnce(Result<Verdict>) + Send>) {
        if !self.1.add(write, then) {
            return;
        }
        let roster = self.clone();
        let attend = move || {
            let transact: gradebook::Transact<'_> =
                &|held, patience, work| on!(roster, reader => reader.engine().group(held, patience, work));
            roster.1.attend(transact);
        };
        if let Err(error) = std::thread::Builder::new().name("gradebook".into()).spawn(attend) {
            self.1.unattended(&error);
        }
    }

    /// The same, waiting for what came of it.
    ///
    /// # Errors
    /// `Busy` if another writer held the roster for too long, `Internal`.
    pub fn write(&self, write: Write) -> Result<Verdict> {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        self.submit(write, Box::new(move |verdict| drop(tell.send(verdict))));
        told.recv().map_err(|error| Error::caused(ErrorKind::Internal, "the writing thread has ended", error))?
    }

    /// To whom a record with this owner belongs; `None` if that is not known.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn owner(&self, id: u32) -> Result<Option<Owner>> {
        on!(self, reader => reader.engine().look(|work| gradebook::owner(work, id)))
    }

    /// The records of the gradebook that have an identifier, and who wrote them.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn gradebook_logs(&self, sourced_id: &str) -> Result<Vec<Log>> {
        on!(self, reader => reader.engine().look(|work| gradebook::logs(work, sourced_id)))
    }

    /// The source that is the home of grades, if there is one.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn grades_home(&self) -> Result<Option<String>> {
        on!(self, reader => reader.engine().look(forwards::home))
    }

    /// Begins to send grades to their home: which that is. What another home had
    /// is to be sent to this one.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn begin_forwards(&self) -> Result<Option<String>> {
        // Seldom is it another one, and to look costs nobody a turn.
        match on!(self, reader => reader.engine().look(forwards::known_home))? {
            Some((home, true)) => Ok(Some(home)),
            None => Ok(None),
            Some(_) => on!(self, reader => reader.engine().change(forwards::begin)),
        }
    }

    /// Which records were forwarded to a source, by its number; none if it is not
    /// the home of grades.
    ///
    /// # Errors
    /// `Internal` if the store cannot be read.
    pub fn forwarded(&self, source: u32) -> Result<Forwarded> {
        on!(self, reader => reader.engine().look(|work| forwards::forwarded(work, source)))
    }

    /// Notes when the home of grades was asked for what it has: what came there
    /// later is not judged by its answer.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn asked_grades_home(&self, at: Timestamp) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| forwards::asked(work, at)))
    }

    /// Says whether the grades of a source are forwarded, as those of
    /// applications are.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forward_grades_of(&self, source: &str, forwarded: bool) -> Result<()> {
        on!(self, reader => reader.engine().change(|work| forwards::set_from(work, source, forwarded)))
    }

    /// Grades on their way or there, the latest write first, at most so many.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forwards(&self, which: &forwards::Which<'_>, most: i64) -> Result<Vec<Forward>> {
        on!(self, reader => reader.engine().look(|work| forwards::all(work, which, most)))
    }

    /// How many grades stand in which way.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forwards_standing(&self) -> Result<Vec<Standing>> {
        on!(self, reader => reader.engine().look(forwards::counts))
    }

    /// Grades to be sent at an instant, in their order, at most so many.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forwards_due(&self, now: Timestamp, most: i64) -> Result<Vec<Forward>> {
        on!(self, reader => reader.engine().look(|work| forwards::due(work, now, most)))
    }

    /// Notes what came of sending one; false if a later write of it waits, or it
    /// is no more.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn note_forward(&self, of: &Forward, now: Timestamp, sent: &Sent) -> Result<bool> {
        on!(self, reader => reader.engine().change(|work| forwards::note(work, of, now, sent)))
    }

    /// Lets grades be sent again that were refused, or were to be tried later;
    /// how many.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn retry_forwards(&self, which: &forwards::Which<'_>) -> Result<u64> {
        on!(self, reader => reader.engine().change(|work| forwards::retry(work, which)))
    }

    /// Queues what applications own and what was never queued, such as from
    /// before there was a home of grades; how many.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forward_owned(&self) -> Result<u64> {
        on!(self, reader => reader.engine().change(forwards::queue_owned))
    }
}
