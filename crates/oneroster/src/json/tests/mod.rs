//! Tests over the tables: the standard's examples, laws on random records,
//! every kind of problem.

mod decoding;
mod examples;
mod identity;
mod problems;
mod rendering;
mod strictly;

use super::*;
use crate::model::{Kind, Slot, Version};
use crate::record::Record;
use crate::time::Timestamp;
use serde_json::Value;

const HOST: &str = "https://sis.example.org";

/// `rest-model.json`: members, vocabularies and an example of every class.
fn fixture() -> Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/rest-model.json")).unwrap()
}

fn plan(kind: Kind, version: Version, selection: Option<&[Slot]>) -> Plan {
    Plan::new(kind, version, &Bases::new(version, HOST), selection)
}

fn write(plan: &Plan, record: &mut Record, children: &[String]) -> String {
    let (mut packed, mut out) = (Vec::new(), Vec::new());
    record.pack(&mut packed);
    let row = Row {
        sourced_id: &record.sourced_id,
        status: record.status,
        published: record.modified.unwrap_or(Timestamp(1_786_689_005_120)),
        packed: &packed,
        children,
    };
    plan.write(&row, &mut out);
    String::from_utf8(out).unwrap()
}

fn render(plan: &Plan, record: &mut Record) -> Value {
    let text = write(plan, record, &[]);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn record(kind: Kind, values: &[(u8, &str)]) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str("id-1");
    for (field, value) in values {
        record.push(*field, value);
    }
    record
}
