//! Any provider over HTTP.

use super::provider::{Ask, Provider, Sink};
use crate::output::Failure;
use oneroster::json::Row;
use oneroster::model::Version;
use oneroster::query::matches;
use oneroster::record::Record;
use oneroster_client::{Ask as Question, Client, Config, Error, ErrorKind, Records, detect};
use std::collections::BTreeSet;
use tokio::runtime::Runtime;

/// A provider, asked through the client library.
pub struct Remote {
    client: Client,
    runtime: Runtime,
    prefix: String,
    notes: BTreeSet<String>,
    /// Whether it is known to have no reads below records.
    flat: bool,
    /// Whether a filter was seen to select; none that was ignored comes after it.
    selects: Option<bool>,
}

/// How a question was taken.
enum Taken {
    Answered,
    /// The provider does not understand the filter.
    Misunderstood,
    /// It has no such read below a record.
    Lacking,
    /// It takes the filter, and gives everything.
    PassedOver,
}

impl Remote {
    /// A provider, in the version that is set or else found out.
    ///
    /// # Errors
    /// If it cannot be reached, or refuses the credentials.
    pub fn new(config: Config) -> Result<Remote, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = runtime.block_on(detect(config)).map_err(|error| failed(&error))?;
        let prefix = client.address().origin();
        Ok(Remote { client, runtime, prefix, notes: BTreeSet::new(), flat: false, selects: None })
    }

    /// The same, if a provider is known to have no reads below records.
    #[must_use]
    pub fn flat(mut self, flat: bool) -> Remote {
        self.flat = flat;
        self
    }

    /// What was odd about the provider, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let findings = self.client.findings().list();
        let told = findings.iter().map(|f| format!("{} ({} times)", f.habit.row().sentence, f.count));
        self.notes.iter().cloned().chain(told).collect()
    }

    /// The records of a question that are asked for.
    fn pass(&mut self, ask: &Ask, filtered: bool, sink: &mut Sink<'_>) -> Result<Taken, Failure> {
        let mut question = Question::route(ask.route).below(ask.parents.iter().cloned());
        if let Some(filter) = ask.filter.as_ref().filter(|_| filtered) {
            question = question.filter(filter.to_string());
        }
        let mut records = self.client.records(question).map_err(|error| failed(&error))?;
        let (mut first, mut packed) = (true, Vec::new());
        loop {
            let next = match self.runtime.block_on(records.next()) {
                Err(error) if first && filtered && misunderstood(&error) => {
                    return Ok(Taken::Misunderstood);
                }
                Err(error) if first && !ask.parents.is_empty() && lacking(&error) => return Ok(Taken::Lacking),
                next => next.map_err(|error| failed(&error))?,
            };
            first = false;
            let Some(mut record) = next else { break };
            // Some providers take a filter and give everything.
            if let Some(filter) = &ask.filter {
                let selected = matches(filter, &record);
                if filtered {
                    self.selects = Some(selected && self.selects != Some(false));
                }
                match selected {
                    true => {}
                    false if ask.only => return Ok(Taken::PassedOver),
                    false => continue,
                }
            }
            if !give(&mut record, &mut packed, sink)? {
                return Ok(Taken::Answered);
            }
        }
        self.doubt(&records);
        Ok(Taken::Answered)
    }

    /// Notes what speaks against an answer being whole.
    fn doubt(&mut self, records: &Records) {
        let lost = records.unreadable().len();
        if lost > 0 {
            self.notes.insert(format!("{lost} records of the provider cannot be read and are not listed"));
        }
        if !records.ending().is_whole() {
            self.notes.insert("the provider's answer may not be whole".to_owned());
        }
    }
}

/// Gives a record to the sink.
pub(super) fn give(record: &mut Record, packed: &mut Vec<u8>, sink: &mut Sink<'_>) -> Result<bool, Failure> {
    packed.clear();
    record.pack(packed);
    let published = record.modified.unwrap_or(super::UNDATED);
    let Record { sourced_id, status, .. } = record;
    sink(&Row { sourced_id, status: *status, published, packed, children: &[] })
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("client", &self.client).finish_non_exhaustive()
    }
}

impl Provider for Remote {
    fn version(&self) -> Version {
        self.client.edition().model()
    }

    fn prefix(&self) -> &str {
        &self.prefix
    }

    fn read(&mut self, ask: &Ask, sink: &mut Sink<'_>) -> Result<bool, Failure> {
        let below = !ask.parents.is_empty();
        if below && self.flat {
            return Ok(false);
        }
        let mut taken = self.pass(ask, ask.filter.is_some(), sink)?;
        if ask.only && matches!(taken, Taken::Misunderstood | Taken::PassedOver) {
            return Ok(false);
        }
        if matches!(taken, Taken::Misunderstood) {
            self.notes.insert("the provider does not understand a filter, so everything was looked through".to_owned());
            taken = self.pass(ask, false, sink)?;
        }
        let lacking = below && matches!(taken, Taken::Lacking);
        if lacking {
            // It is not tried again for every class.
            self.flat = true;
            let note = "the provider gives nothing below single records, so enrollments were looked through";
            self.notes.insert(note.to_owned());
        }
        Ok(!lacking)
    }

    fn is_trusted(&self) -> bool {
        false
    }

    fn selects(&self) -> bool {
        self.selects == Some(true)
    }
}

/// Whether there is no such read below a record, or no such record.
fn lacking(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound || matches!(error.status(), Some(405 | 501))
}

/// Whether another way of asking may do better.
fn misunderstood(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::BadRequest | ErrorKind::Refused => true,
        ErrorKind::Server | ErrorKind::Status => error.status() == Some(501),
        _ => false,
    }
}

/// Why a provider could not be read, with what to do.
pub(super) fn failed(error: &Error) -> Failure {
    let failure = |code, hint: &str, status| Failure {
        code,
        message: format!("the provider cannot be read: {error}"),
        hint: Some(hint.to_owned()),
        status,
    };
    match error.kind() {
        ErrorKind::Config => failure("usage", "check --url, --token-url and --oneroster", 2),
        ErrorKind::SignIn => failure("refused", "check --client-id, the secret and --token-url", 1),
        ErrorKind::Forbidden => failure("refused", "ask the provider to grant the scope that this needs", 1),
        ErrorKind::NotOffered => failure("refused", "ask for it in another version: --oneroster 1.1 or 1.2", 1),
        ErrorKind::Busy => failure("busy", "try again later", 1),
        ErrorKind::NotFound => failure("refused", "check --url: it stands before /ims/oneroster", 1),
        _ => failure("unreadable", "check --url, and whether the provider is up", 2),
    }
}
