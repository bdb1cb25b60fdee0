//! One page of a collection, as it came.

use crate::envelope::Envelope;
use crate::error::Error;
use crate::findings::Findings;
use crate::link;
use crate::read::{Reader, Unreadable};
use crate::wire::Answer;
use http::HeaderMap;
use http::header::LINK;
use oneroster::model::Route;
use oneroster::record::Record;
use xxhash_rust::xxh3::Xxh3;

/// One page of a collection.
#[derive(Debug)]
pub struct Page {
    envelope: Envelope,
    headers: HeaderMap,
    total: Option<u64>,
    reader: Reader,
}

impl Page {
    /// Finds the records of an answer.
    pub(crate) fn of(answer: Answer, route: &Route, reader: Reader, findings: &Findings) -> Result<Page, Error> {
        let total = total(&answer.headers);
        let envelope = Envelope::read(answer.body, route, total == Some(0), findings)?;
        Ok(Page { envelope, headers: answer.headers, total, reader })
    }

    /// The target of a link of the answer, as it stands there.
    pub(crate) fn link(&self, rel: &str) -> Option<&str> {
        link::target(&self.headers, rel)
    }

    /// Whether the answer has links at all.
    pub(crate) fn has_links(&self) -> bool {
        self.headers.contains_key(LINK)
    }

    /// How many records it has.
    pub fn len(&self) -> usize {
        self.envelope.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.envelope.len() == 0
    }

    /// How many records the whole collection has, if the provider says so.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The records as they came, each a text of JSON.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.envelope.texts()
    }

    /// The records, read one by one.
    pub fn records(&self) -> impl Iterator<Item = Result<Record, Unreadable>> {
        self.texts().map(|text| self.reader.read(text))
    }

    /// Reads the records one by one into the same memory, until `sink` fails.
    ///
    /// # Errors
    /// What `sink` says.
    pub fn each<E>(&self, mut sink: impl FnMut(Result<&mut Record, Unreadable>) -> Result<(), E>) -> Result<(), E> {
        let mut record = Record::new(self.reader.kind());
        self.texts().try_for_each(|text| {
            let read = self.reader.read_into(text, &mut record);
            sink(read.map(|()| &mut record))
        })
    }

    /// One of the records; `None` behind the last.
    pub fn record(&self, i: usize) -> Option<Result<Record, Unreadable>> {
        self.envelope.record(i).map(|text| self.reader.read(text))
    }

    /// A digest of what came, for telling pages apart.
    pub fn digest(&self) -> u64 {
        let mut hash = Xxh3::new();
        for text in self.texts() {
            hash.update(text.as_bytes());
        }
        hash.digest()
    }
}

/// How many records there are.
fn total(headers: &HeaderMap) -> Option<u64> {
    headers.get("x-total-count")?.to_str().ok()?.trim().parse().ok()
}
