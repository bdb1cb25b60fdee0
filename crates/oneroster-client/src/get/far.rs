//! Any provider over HTTP.

use super::provider::{Next, Provider, Question, row};
use crate::ask::Ask;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::habit::Habit;
use crate::records::Records;
use crate::vendor::Trait;
use oneroster::model::{Kind, Version};
use oneroster::query::matches;
use oneroster::record::Record;
use std::collections::BTreeSet;

/// A provider, asked through a client.
pub struct Far {
    client: Client,
    asked: Option<Underway>,
    doubts: BTreeSet<String>,
    /// Whether it is known to have no reads below records.
    flat: bool,
    /// Whether a filter was seen to select; none that was ignored comes after it.
    selects: Option<bool>,
    lent: Record,
    packed: Vec<u8>,
}

/// A question that is being answered.
struct Underway {
    question: Question,
    /// Whether its filter is sent.
    filtered: bool,
    /// What comes, once it was sent.
    records: Option<Records>,
    first: bool,
    /// Whether something came that the filter leaves out.
    ignored: bool,
}

impl Far {
    /// The provider of a client.
    pub fn new(client: Client) -> Far {
        // What was found out by an earlier question is not tried again.
        let seen = client.findings().count(Habit::NestedReadMissing) > 0;
        Far {
            flat: seen || client.config().flat || client.vendor().does(Trait::NoNestedReads),
            client,
            asked: None,
            doubts: BTreeSet::new(),
            selects: None,
            lent: Record::new(Kind::Org),
            packed: Vec::new(),
        }
    }

    /// What speaks against the answers so far being whole, in sentences.
    pub fn doubts(&self) -> impl Iterator<Item = &str> {
        self.doubts.iter().map(String::as_str)
    }

    /// Its client, whose findings say what was odd.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Notes what speaks against an answer being whole.
    fn doubt(&mut self, records: &Records) {
        match records.unreadable().len() {
            0 => {}
            1 => drop(self.doubts.insert("one record of the provider cannot be read and is not listed".to_owned())),
            lost => {
                self.doubts.insert(format!("{lost} records of the provider cannot be read and are not listed"));
            }
        }
        if !records.ending().is_whole() {
            self.doubts.insert("the provider's answer may not be whole".to_owned());
        }
    }

    /// Whether a record is one that was asked for.
    fn is_asked_for(&mut self, under: &mut Underway, record: &Record) -> bool {
        let Some(filter) = &under.question.filter else { return true };
        let selected = matches(filter, record);
        if under.filtered {
            self.selects = Some(selected && self.selects != Some(false));
            if !selected && !std::mem::replace(&mut under.ignored, true) {
                self.client.findings().note_kind(Habit::FilterIgnored, under.question.route.kind);
            }
        }
        selected
    }
}

impl std::fmt::Debug for Far {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Far").field("client", &self.client).finish_non_exhaustive()
    }
}

impl Underway {
    /// The next record that comes.
    async fn next(&mut self, client: &Client) -> Result<Option<Record>, Error> {
        let records = match &mut self.records {
            Some(records) => records,
            none => {
                let mut ask = Ask::route(self.question.route).below(self.question.parents.iter().cloned());
                if let Some(filter) = self.question.filter.as_ref().filter(|_| self.filtered) {
                    ask = ask.filter(filter.to_string());
                }
                none.insert(client.records(ask)?)
            }
        };
        records.next().await
    }
}

impl Provider for Far {
    type Error = Error;

    fn version(&self) -> Version {
        self.client.edition().version()
    }

    fn ask(&mut self, question: Question) {
        let filtered = question.filter.is_some();
        self.asked = Some(Underway { question, filtered, records: None, first: true, ignored: false });
    }

    async fn next(&mut self) -> Result<Next<'_>, Error> {
        let Some(mut under) = self.asked.take() else { return Ok(Next::End) };
        let (kind, below) = (under.question.route.kind, !under.question.parents.is_empty());
        if below && self.flat {
            return Ok(Next::Unanswered);
        }
        loop {
            let came = match under.next(&self.client).await {
                Err(error) if under.first && under.filtered && misunderstood(&error) => {
                    self.client.findings().note_kind(Habit::FilterRefused, kind);
                    if under.question.only {
                        return Ok(Next::Unanswered);
                    }
                    under = Underway { filtered: false, records: None, ..under };
                    continue;
                }
                Err(error) if under.first && below && lacking(&error) => {
                    self.client.findings().note_kind(Habit::NestedReadMissing, kind);
                    self.flat = true;
                    return Ok(Next::Unanswered);
                }
                came => came?,
            };
            under.first = false;
            let Some(record) = came else {
                under.records.iter().for_each(|records| self.doubt(records));
                return Ok(Next::End);
            };
            if self.is_asked_for(&mut under, &record) {
                self.lent = record;
                self.asked = Some(under);
                return Ok(Next::Row(row(&mut self.lent, &mut self.packed)));
            } else if under.question.only {
                return Ok(Next::Unanswered);
            }
        }
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
