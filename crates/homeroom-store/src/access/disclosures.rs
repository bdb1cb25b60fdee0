//! The log of what applications were given.
//!
//! An answer waits in memory until a thread of the log's own writes all that
//! wait, at most a second later. If they cannot be written, and many wait,
//! nothing more is given: an answer off the record is worse than none.

use super::database::{Change, Database, Row, Session, text};
use super::{Access, App, sql};
use crate::plan::Value;
use crate::{Asked, Disclosure, Error, ErrorKind, Result, Shown};
use hashbrown::{HashMap, HashSet};
use oneroster::time::Timestamp;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use xxhash_rust::xxh3::Xxh3;

/// How long an answer may wait to be written.
const LAG: Duration = Duration::from_millis(500);
/// More than this may not wait: some ten seconds of a busy server.
const MOST_WAITING: usize = 100_000;
/// More requests than this are looked up in the database again.
const MOST_KNOWN: usize = 50_000;
/// So many are read at a time.
const PIECE: i64 = 10_000;

/// Answers on their way into the database.
pub(super) struct Log {
    database: Database,
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    answers: Vec<Answer>,
    /// Requests that stand in the database, or wait.
    known: HashSet<u64>,
    running: bool,
}

/// Applications and what they asked, by digest.
type Requests = HashMap<i64, (Arc<str>, Arc<Asked>)>;

struct Answer {
    request: u64,
    /// Its words, if it was not met before: tenant, application, what was asked.
    words: Option<[String; 3]>,
    at: Timestamp,
    own: Option<String>,
    shown: Shown,
}

impl Log {
    pub(super) fn new(database: Database) -> Arc<Log> {
        Arc::new(Log { database, waiting: Mutex::default(), wake: Condvar::new() })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an answer; the first one starts the thread that writes.
    fn take(self: &Arc<Log>, answer: Answer, words: impl FnOnce() -> Result<[String; 3]>) -> Result<()> {
        let mut waiting = self.waiting();
        if waiting.answers.len() >= MOST_WAITING {
            let message = "what applications were given cannot be put on record; is the disk full?";
            return Err(Error::new(ErrorKind::Busy, message));
        }
        let words = if waiting.known.contains(&answer.request) { None } else { Some(words()?) };
        if words.is_some() {
            if waiting.known.len() >= MOST_KNOWN {
                waiting.known.clear();
            }
            waiting.known.insert(answer.request);
        }
        let quiet = waiting.answers.is_empty();
        waiting.answers.push(Answer { words, ..answer });
        if !waiting.running {
            let log = Arc::downgrade(self);
            let started = std::thread::Builder::new().name("disclosures".into()).spawn(move || run(&log));
            started.map_err(|e| Error::caused(ErrorKind::Internal, "no thread for the log of disclosures", e))?;
            waiting.running = true;
        } else if quiet {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Writes what waits.
    fn write(&self) -> Result<()> {
        let answers = std::mem::take(&mut self.waiting().answers);
        if answers.is_empty() {
            return Ok(());
        }
        let done = self.database.change(Change::Token, |session| insert(session, &answers));
        if done.is_err() {
            let mut waiting = self.waiting();
            let later = std::mem::replace(&mut waiting.answers, answers);
            waiting.answers.extend(later);
        }
        done
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Err(error) = self.write() {
            tracing::error!("the last disclosures could not be put on record: {error}");
        }
    }
}

/// Writes what waits, time and again, as long as the log is in use.
fn run(log: &Weak<Log>) {
    while let Some(log) = log.upgrade() {
        let waiting = log.waiting();
        // Nothing waits, or more may come within the moment.
        let idle = waiting.answers.is_empty();
        drop(log.wake.wait_timeout(waiting, LAG));
        if !idle && let Err(error) = log.write() {
            tracing::error!("disclosures could not be put on record, and wait: {error}");
        }
    }
}

fn insert(session: &mut Session<'_>, answers: &[Answer]) -> Result<()> {
    for answer in answers {
        if let Some(words) = &answer.words {
            let [tenant, app, asked] = words.each_ref().map(|word| text(word));
            session.execute(sql::KEEP_REQUEST, &[request(answer), tenant, app, asked])?;
        }
    }
    // Each way to a server and back costs as much as many rows.
    let mut left = answers;
    for at_once in AT_ONCE {
        let statement = sql::keep_disclosures(at_once);
        while let Some((some, rest)) = left.split_at_checked(at_once) {
            let values: Vec<Value<'_>> = some.iter().flat_map(values).collect();
            session.execute(&statement, &values)?;
            left = rest;
        }
    }
    Ok(())
}

/// How many rows a statement writes, if so many wait.
const AT_ONCE: [usize; 3] = [100, 10, 1];

/// All bits of the digest are kept; SQL knows only signed integers.
fn request(answer: &Answer) -> Value<'_> {
    Value::Whole(answer.request as i64)
}

fn values(answer: &Answer) -> [Value<'_>; 8] {
    let Shown { version, skipped, given, after, upto } = answer.shown;
    let number = |n: u64| Value::Whole(i64::try_from(n).unwrap_or(i64::MAX));
    let maybe = |n: Option<i64>| n.map_or(Value::Null, Value::Whole);
    [
        request(answer),
        Value::Whole(answer.at.0),
        Value::Whole(version),
        number(skipped),
        number(u64::from(given)),
        maybe(after),
        maybe(upto),
        answer.own.as_deref().map_or(Value::Null, text),
    ]
}

impl Access {
    /// Puts on record what an application is about to be given; `app` is its
    /// name, `own` the identifier of the single record that it asked for.
    ///
    /// # Errors
    /// `Busy` if too much waits to be written: then it must not be given.
    pub fn disclose(&self, app: &str, asked: &Asked, own: Option<&str>, shown: Shown) -> Result<()> {
        let mut hasher = Xxh3::new();
        (self.tenant(), app, asked).hash(&mut hasher);
        let (request, at) = (hasher.finish(), self.outside().now());
        let answer = Answer { request, words: None, at, own: own.map(str::to_owned), shown };
        self.log().take(answer, || {
            let asked = serde_json::to_string(asked)
                .map_err(|e| Error::caused(ErrorKind::Internal, "a request cannot be written down", e))?;
            Ok([self.tenant().to_owned(), app.to_owned(), asked])
        })
    }

    /// Writes what waits to be put on record.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn settle_disclosures(&self) -> Result<()> {
        self.log().write()
    }

    /// Whether an application was given anything that is on record, or can have
    /// been given what is on its way there.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn was_given(&self, app: &App) -> Result<bool> {
        let values = [text(self.tenant()), text(&app.name), text(&app.client_id)];
        let found = self.database().look(|session| session.first(sql::WAS_GIVEN, &values))?;
        Ok(found.is_some())
    }

    /// Gives all that applications were given, the oldest first.
    ///
    /// # Errors
    /// `Busy`, `Internal`, and those of `each`.
    pub fn disclosures(&self, each: &mut dyn FnMut(Disclosure) -> Result<()>) -> Result<()> {
        let requests = self.requests()?;
        let mut last = 0;
        loop {
            let values = [Value::Whole(last), Value::Whole(PIECE), text(self.tenant())];
            let rows = self.database().look(|session| session.rows(sql::DISCLOSURES, &values))?;
            for row in &rows {
                last = row.whole(0)?;
                // One that came since the requests were read is for the next time.
                if let Some((app, asked)) = requests.get(&row.whole(1)?) {
                    each(read(row, app, asked)?)?;
                }
            }
            if rows.len() < PIECE as usize {
                return Ok(());
            }
        }
    }

    fn requests(&self) -> Result<Requests> {
        let rows = self.database().look(|session| session.rows(sql::DISCLOSED_REQUESTS, &[text(self.tenant())]))?;
        let damaged = |e| Error::caused(ErrorKind::Internal, "the log of disclosures is damaged", e);
        let request = |row: &Row| {
            let asked: Asked = serde_json::from_str(&row.text(2)?).map_err(damaged)?;
            Ok((row.whole(0)?, (Arc::from(row.text(1)?), Arc::new(asked))))
        };
        rows.iter().map(request).collect()
    }

    /// Ends the record of what was given before an instant; says how many
    /// answers it was.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn end_disclosures(&self, before: Timestamp) -> Result<u64> {
        let (tenant, before) = (text(self.tenant()), Value::Whole(before.0));
        self.database().change(Change::Token, |session| {
            let ended = session.execute(sql::END_DISCLOSURES, &[tenant.clone(), before])?;
            session.execute(sql::END_REQUESTS, &[tenant])?;
            Ok(ended)
        })
    }

    /// Takes texts that tell of a person out of the record: queries that hold
    /// one of them lose their words, and the identifier itself goes where it
    /// was asked for. What was given stays counted.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn forget_disclosures(&self, sourced_id: &str, texts: &[&str]) -> Result<()> {
        let holds = |text: &str| texts.iter().any(|part| !part.is_empty() && text.contains(part));
        let mut changed = Vec::new();
        for (digest, (_, asked)) in self.requests()? {
            let decoded = percent_encoding::percent_decode_str(&asked.query).decode_utf8_lossy();
            let named = asked.parents.iter().any(|id| id == sourced_id);
            if named || holds(&decoded) || holds(&decoded.replace('+', " ")) {
                let mut asked = Asked::clone(&asked);
                asked.parents.iter_mut().filter(|id| *id == sourced_id).for_each(String::clear);
                asked.query = "forgotten".into();
                let words = serde_json::to_string(&asked)
                    .map_err(|e| Error::caused(ErrorKind::Internal, "a request cannot be written down", e))?;
                changed.push((digest, words));
            }
        }
        self.database().change(Change::App, |session| {
            for (digest, words) in &changed {
                session.execute(sql::CHANGE_REQUEST, &[Value::Whole(*digest), text(words)])?;
            }
            session.execute(sql::FORGET_OWN, &[text(self.tenant()), text(sourced_id)]).map(drop)
        })?;
        self.database().settle()
    }
}

fn read(row: &Row, app: &Arc<str>, asked: &Arc<Asked>) -> Result<Disclosure> {
    let number = |place: usize| Ok::<_, Error>(u64::try_from(row.whole(place)?).unwrap_or(0));
    Ok(Disclosure {
        at: Timestamp(row.whole(2)?),
        app: app.clone(),
        asked: asked.clone(),
        own: row.optional(8)?,
        shown: Shown {
            version: row.whole(3)?,
            skipped: number(4)?,
            given: u32::try_from(number(5)?).unwrap_or(u32::MAX),
            after: row.number(6)?,
            upto: row.number(7)?,
        },
    })
}
