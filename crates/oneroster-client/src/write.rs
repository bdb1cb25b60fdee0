//! Writing: grades, line items, categories, score scales.

use crate::ask::Ask;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::habit::Habit;
use crate::wire::{Answer, Request};
use bytes::Bytes;
use oneroster::json::{Bases, Plan, Row};
use oneroster::model::{Edition, Route, Shape};
use oneroster::record::Record;
use serde_json::{Map, Value, json};

/// What became of a record that was put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// It is new.
    Created,
    /// It was there, or the provider does not tell (rest.md D13).
    Stored,
}

/// What became of a record that was to be deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deleted {
    /// It was deleted.
    Now,
    /// There was none: gone before, or never there.
    Before,
}

/// The identifier that a provider gave to a created record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pair {
    /// The one that was sent.
    pub supplied: String,
    /// The one that holds now.
    pub allocated: String,
}

impl Client {
    /// Creates or replaces one record; the identifier in the path is the
    /// record's. Repeated only where the provider surely did nothing.
    ///
    /// # Errors
    /// If the provider refuses it or fails; after [`ErrorKind::Timeout`] or
    /// [`ErrorKind::Server`] it may or may not have been stored. The same put
    /// may then be sent again: it replaces what is there.
    pub async fn put(&self, ask: &Ask, record: &Record) -> Result<Written, Error> {
        let object = self.object(ask.route, record)?;
        self.put_json(ask, object).await
    }

    /// The same with the object as it is to be sent.
    ///
    /// # Errors
    /// As [`Client::put`].
    pub async fn put_json(&self, ask: &Ask, object: Value) -> Result<Written, Error> {
        let answer = self.send(ask, Shape::Put, Some(object)).await?;
        let version = self.edition().version();
        if !ask.route.success(version).contains(&answer.status) {
            self.findings().note_kind(Habit::WriteAnsweredOtherwise, ask.kind());
        }
        Ok(if answer.status == 201 { Written::Created } else { Written::Stored })
    }

    /// Creates records (1.2); the provider gives them identifiers, which come
    /// in the order of the records. Never repeated once it was sent.
    ///
    /// # Errors
    /// If the provider refuses one of them or fails; [`ErrorKind::Unconfirmed`]
    /// if it does not say what became of each. After a timeout, look before
    /// sending again: a post makes new records each time.
    pub async fn post(&self, ask: &Ask, records: &[Record]) -> Result<Vec<Pair>, Error> {
        let objects = records.iter().map(|record| self.object(ask.route, record)).collect::<Result<Vec<_>, _>>()?;
        let answer = self.send(ask, Shape::Post, Some(Value::Array(objects))).await?;
        pairs(&answer, records)
    }

    /// Deletes one record; the last of the identifiers of `ask` is its own.
    ///
    /// # Errors
    /// If the provider refuses it or fails.
    pub async fn delete(&self, ask: &Ask) -> Result<Deleted, Error> {
        match self.send(ask, Shape::Delete, None).await {
            Ok(_) => Ok(Deleted::Now),
            Err(error) if matches!(error.status(), Some(404 | 410)) => {
                self.findings().note_kind(Habit::DeletedAlready, ask.kind());
                Ok(Deleted::Before)
            }
            Err(error) => Err(error),
        }
    }

    async fn send(&self, ask: &Ask, shape: Shape, data: Option<Value>) -> Result<Answer, Error> {
        let route = ask.route;
        if route.shape != shape {
            let message = format!("The operation {} does not write in this way.", route.operation);
            return Err(Error::new(ErrorKind::Config, message));
        }
        if self.edition() == Edition::V1P0 {
            return Err(Error::new(ErrorKind::NotOffered, "OneRoster 1.0 is read only."));
        }
        let url = self.url(ask)?;
        let json = data.map(|data| {
            let body: Map<String, Value> = route.request_key().map(|key| (key.to_owned(), data)).into_iter().collect();
            Bytes::from(Value::Object(body).to_string())
        });
        let request = Request { method: route.method, url, json, operation: route.operation };
        self.wire().write(&request).await
    }

    /// A record as the version shapes it.
    fn object(&self, route: &Route, record: &Record) -> Result<Value, Error> {
        let wrong = |why: &str| Error::new(ErrorKind::Config, format!("The record cannot be written: {why}."));
        if record.kind() != route.kind {
            return Err(wrong("it is of another kind than the operation"));
        }
        let version = self.edition().version();
        let plan = Plan::new(record.kind(), version, &Bases::new(version, &self.address().prefix()), None);
        let (mut packed, mut out) = (Vec::new(), Vec::new());
        record.clone().pack(&mut packed);
        let row = Row {
            sourced_id: &record.sourced_id,
            status: record.status,
            published: record.modified.unwrap_or_else(|| self.config().world.now()),
            packed: &packed,
            children: &[],
        };
        plan.write(&row, &mut out);
        serde_json::from_slice(&out).map_err(|_| wrong("its form is broken"))
    }
}

/// The pairs of an answer, in the order of the records.
fn pairs(answer: &Answer, records: &[Record]) -> Result<Vec<Pair>, Error> {
    let unconfirmed = |what: String| Error::new(ErrorKind::Unconfirmed, what);
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| json!({}));
    let given = body["sourcedIdPairs"].as_array();
    let given = given.ok_or_else(|| {
        unconfirmed(
            "The provider created the records but does not say under which identifiers; read them back.".to_owned(),
        )
    })?;
    let find = |record: &Record| {
        let pair = given.iter().find(|pair| pair["suppliedSourcedId"] == record.sourced_id.as_str())?;
        let allocated = pair["allocatedSourcedId"].as_str().filter(|id| !id.is_empty())?;
        Some(Pair { supplied: record.sourced_id.clone(), allocated: allocated.to_owned() })
    };
    let pairs: Vec<Pair> = records.iter().filter_map(find).collect();
    if pairs.len() < records.len() {
        let missing = records.len() - pairs.len();
        return Err(unconfirmed(format!(
            "The provider does not say what became of {missing} of {} records; read them back before sending them again.",
            records.len()
        )));
    }
    Ok(pairs)
}
