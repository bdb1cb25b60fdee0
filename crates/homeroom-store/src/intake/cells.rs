//! From a record to the cells of its row.

use super::encode::Cell;
use super::ids::Ids;
use crate::Result;
use crate::schema::{Column, Content, SEPARATOR, carried, columns};
use oneroster::model::{Kind, Type, Version};
use oneroster::query::folded;
use oneroster::record::{Record, Status};
use oneroster::time::{Date, Timestamp};
use oneroster::{at, compat};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// The part of a row that does not come from the record's fields.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'a> {
    /// The owner.
    pub source: i64,
    /// The digest of the content.
    pub digest: u64,
    /// The packed record.
    pub packed: &'a [u8],
}

/// Appends the cells of a row in the order of the table's columns, without the
/// row id, the status and the instant of publication, which the writer knows.
/// Gives whether the record has a 1.1 form.
pub fn write_cells(record: &Record, fixed: Fixed<'_>, ids: &mut Ids, out: &mut Vec<u8>) -> Result<bool> {
    Cell::Text(&record.sourced_id).write(out);
    Cell::Whole(fixed.source).write(out);
    match record.modified {
        Some(Timestamp(instant)) => Cell::Whole(instant).write(out),
        None => Cell::Null.write(out),
    }
    // The digest is a bit pattern; SQL knows only signed integers.
    Cell::Whole(fixed.digest as i64).write(out);
    Cell::Bytes(fixed.packed).write(out);
    let mut lower = Folded::default();
    if !record.sourced_id.is_ascii() {
        lower.0.insert("sourcedId".to_owned(), record.sourced_id.to_lowercase().into());
    }
    for column in columns(record.kind()) {
        write_column(record, column, ids, &mut lower, out)?;
    }
    match lower.finish() {
        Some(json) => Cell::Text(&json).write(out),
        None => Cell::Null.write(out),
    }
    // Kinds that 1.1 never shows on their own are not in question.
    let in_question = record.kind().entity().json.has(Version::V1P1);
    let shown = !in_question || compat::shown_in(record, Version::V1P1);
    if shown {
        Cell::Null.write(out)
    } else {
        Cell::Whole(1).write(out)
    }
    if record.kind() == Kind::User {
        write_held(record, out);
    }
    if carried(record.kind()).next().is_some() {
        Cell::Text(&carried_rows(record)).write(out);
    }
    Ok(shown)
}

/// Rows that stand in the record only, as filters look into them: by member,
/// each an object of its values, texts in NFC and, behind a tilde, the lower
/// case of those that are not all ASCII.
pub fn carried_rows(record: &Record) -> String {
    let mut all = serde_json::Map::new();
    for (place, field, kind) in carried(record.kind()) {
        let rows = record.rows(place).filter(|row| row.status == Status::Active);
        let rows: Vec<serde_json::Value> = rows.map(|row| carried_row(row, kind)).collect();
        if !rows.is_empty() {
            all.insert(field.name.to_owned(), rows.into());
        }
    }
    serde_json::Value::Object(all).to_string()
}

fn carried_row(row: &Record, kind: Kind) -> serde_json::Value {
    let mut values = serde_json::Map::new();
    for (field, place) in kind.entity().fields.iter().zip(0u8..) {
        let Some(text) = row.get(place) else { continue };
        if let Type::Number = field.ty {
            let number = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            values.extend(number.map(|number| (field.name.to_owned(), number.into())));
            continue;
        }
        let text = nfc(text);
        if !text.is_ascii() {
            values.insert(format!("{}~", field.name), folded(&text).into());
        }
        values.insert(field.name.to_owned(), text.into_owned().into());
    }
    values.into()
}

fn write_column(record: &Record, column: &Column, ids: &mut Ids, lower: &mut Folded, out: &mut Vec<u8>) -> Result<()> {
    let value = || record.get(column.field);
    match column.content {
        Content::Text => match value() {
            Some(text) => {
                let text = nfc(text);
                lower.add(&column.name, &text);
                Cell::Text(&text).write(out);
            }
            None => Cell::Null.write(out),
        },
        Content::RowId(kind) => match value() {
            Some(id) => Cell::Whole(ids.rid(kind, id)?).write(out),
            None => Cell::Null.write(out),
        },
        Content::Day => write_whole(value().and_then(Date::parse).map(|d| i64::from(d.0)), out),
        Content::Instant => write_whole(value().and_then(Timestamp::parse_lenient).map(|t| t.0), out),
        Content::Number => match value().and_then(|text| text.parse::<f64>().ok()) {
            Some(number) => Cell::Real(number).write(out),
            None => Cell::Null.write(out),
        },
        Content::Ids => write_list(record.list(column.field), column, lower, out),
        Content::Texts => write_list(record.list(column.field).map(nfc), column, lower, out),
        Content::Left => write_list(record.pairs(column.field).map(|(left, _)| nfc(left)), column, lower, out),
        Content::Right => write_list(record.pairs(column.field).map(|(_, right)| nfc(right)), column, lower, out),
        Content::Metadata => write_metadata(record, column.field, lower, out),
    }
    Ok(())
}

fn write_whole(value: Option<i64>, out: &mut Vec<u8>) {
    value.map_or(Cell::Null, Cell::Whole).write(out);
}

fn write_list<T: AsRef<str>>(items: impl Iterator<Item = T>, column: &Column, lower: &mut Folded, out: &mut Vec<u8>) {
    let mut text = String::new();
    for item in items {
        if text.is_empty() {
            text.push(SEPARATOR);
        }
        text.push_str(item.as_ref());
        text.push(SEPARATOR);
    }
    if text.is_empty() {
        return Cell::Null.write(out);
    }
    lower.add(&column.name, &text);
    Cell::Text(&text).write(out);
}

fn write_metadata(record: &Record, field: u8, lower: &mut Folded, out: &mut Vec<u8>) {
    let mut json = String::new();
    for (name, value) in record.pairs(field) {
        json.push(if json.is_empty() { '{' } else { ',' });
        json.push_str(&serde_json::Value::from(nfc(name).as_ref()).to_string());
        json.push(':');
        // Filters see a text: a string's content in NFC, of other values the JSON.
        let text = serde_json::from_str::<String>(value);
        let text = text.as_ref().map_or(Cow::Borrowed(value), |text| nfc(text));
        lower.add(&format!("metadata.{}", nfc(name)), &text);
        json.push_str(&serde_json::Value::from(text.as_ref()).to_string());
    }
    if json.is_empty() {
        return Cell::Null.write(out);
    }
    json.push('}');
    Cell::Text(&json).write(out);
}

/// The words of a person's live roles, each once.
fn write_held(user: &Record, out: &mut Vec<u8>) {
    let mut words: Vec<&str> = Vec::new();
    for role in user.rows(at!(User.roles)) {
        let word = role.get(at!(Role.role)).unwrap_or_default();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        return Cell::Null.write(out);
    }
    let mut text = String::from(SEPARATOR);
    for word in words {
        text.push_str(word);
        text.push(SEPARATOR);
    }
    Cell::Text(&text).write(out);
}

fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || unicode_normalization::is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The lower case of texts that are not all ASCII, by column.
#[derive(Default)]
struct Folded(serde_json::Map<String, serde_json::Value>);

impl Folded {
    fn add(&mut self, column: &str, text: &str) {
        if !text.is_ascii() {
            // Items of a list are folded apart, lest one combine with a separator.
            let parts: Vec<String> = text.split(SEPARATOR).map(folded).collect();
            self.0.insert(column.to_owned(), parts.join("\u{1f}").into());
        }
    }

    fn finish(self) -> Option<String> {
        (!self.0.is_empty()).then(|| serde_json::Value::Object(self.0).to_string())
    }
}
