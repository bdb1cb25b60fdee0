//! One record: a text arena and spans, cleared and used again from row to row.
//!
//! A [`Record`] is what CSV rows and JSON objects are read into and what the
//! store keeps. Its packed form is a flat sequence of tagged values that can be
//! rendered without being unpacked.

use crate::model::{Kind, Slot, Type};
use crate::time::Timestamp;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Whether a record is live.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Status {
    /// `active`
    #[default]
    Active,
    /// `tobedeleted`
    ToBeDeleted,
}

impl Status {
    /// The word of the standard.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::ToBeDeleted => "tobedeleted",
        }
    }
}

/// The first byte of a packed record. Positions of fields are part of the
/// form: a field put between others makes a new form and a migration.
pub const FORM: u8 = 1;

/// The tag of a nested row's own sourcedId.
const TAG_SOURCED_ID: u8 = 0xFF;

#[derive(Clone, Copy, Debug)]
struct Entry {
    field: u8,
    start: u32,
    end: u32,
}

/// One record of any kind.
///
/// Values are kept by the position of their field. A list has several values; a
/// pair has its left and right side in turn, metadata its name and its value,
/// and metadata values are JSON texts.
#[derive(Clone, Debug)]
pub struct Record {
    kind: Kind,
    /// The identifier of the record.
    pub sourced_id: String,
    /// Whether it is live.
    pub status: Status,
    /// What the source, or on output the store, says of its last change.
    pub modified: Option<Timestamp>,
    text: String,
    entries: Vec<Entry>,
    rows: Vec<(u8, Record)>,
}

impl Record {
    /// An empty record.
    pub fn new(kind: Kind) -> Record {
        Record {
            kind,
            sourced_id: String::new(),
            status: Status::Active,
            modified: None,
            text: String::new(),
            entries: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Forgets everything but keeps the memory.
    pub fn clear(&mut self, kind: Kind) {
        self.kind = kind;
        self.sourced_id.clear();
        self.status = Status::Active;
        self.modified = None;
        self.text.clear();
        self.entries.clear();
        self.rows.clear();
    }

    /// The kind of record.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Adds a value to a field: its only one, or the next of a list.
    pub fn push(&mut self, field: u8, value: &str) {
        let start = self.text.len() as u32;
        self.text.push_str(value);
        self.entries.push(Entry { field, start, end: self.text.len() as u32 });
    }

    /// Replaces whatever the field holds by one value; an empty one removes it.
    pub fn set(&mut self, field: u8, value: &str) {
        self.entries.retain(|e| e.field != field);
        if !value.is_empty() {
            self.push(field, value);
        }
    }

    /// Adds a pair, or a member of metadata (its value as JSON text).
    pub fn push_pair(&mut self, field: u8, left: &str, right: &str) {
        self.push(field, left);
        self.push(field, right);
    }

    /// Adds a nested row.
    pub fn push_row(&mut self, field: u8, row: Record) {
        self.rows.push((field, row));
    }

    /// The first value of a field.
    pub fn get(&self, field: u8) -> Option<&str> {
        self.entries.iter().find(|e| e.field == field).map(|e| self.span(e))
    }

    /// Every value of a field, in order.
    pub fn list(&self, field: u8) -> impl Iterator<Item = &str> + '_ {
        self.entries.iter().filter(move |e| e.field == field).map(|e| self.span(e))
    }

    /// The pairs of a field, or the members of metadata.
    pub fn pairs(&self, field: u8) -> impl Iterator<Item = (&str, &str)> + '_ {
        let mut values = self.list(field);
        std::iter::from_fn(move || Some((values.next()?, values.next()?)))
    }

    /// Takes out every nested row.
    pub fn drop_rows(&mut self) {
        self.rows.clear();
    }

    /// The nested rows of a field.
    pub fn rows(&self, field: u8) -> impl Iterator<Item = &Record> + '_ {
        self.rows.iter().filter(move |(f, _)| *f == field).map(|(_, row)| row)
    }

    /// Gives the nested rows of a field to be changed, as long as all goes well.
    ///
    /// # Errors
    /// As `change` says.
    pub fn each_row<E>(&mut self, field: u8, change: &mut dyn FnMut(&mut Record) -> Result<(), E>) -> Result<(), E> {
        self.rows.iter_mut().filter(|(f, _)| *f == field).try_for_each(|(_, row)| change(row))
    }

    /// The value of a slot as text, if it has one.
    pub fn slot(&self, slot: Slot) -> Option<&str> {
        match slot {
            Slot::SourcedId => Some(&self.sourced_id),
            Slot::Status => Some(self.status.word()),
            Slot::Modified => None,
            Slot::Own(field) => self.get(field),
        }
    }

    fn span(&self, entry: &Entry) -> &str {
        &self.text[entry.start as usize..entry.end as usize]
    }

    fn sorted(&mut self) {
        // Values mostly come in order; the sort is stable, so lists stay in theirs.
        if !self.entries.is_sorted_by_key(|e| e.field) {
            self.entries.sort_by_key(|e| e.field);
        }
        self.rows.sort_by_key(|(field, _)| *field);
    }

    /// Appends the packed form, without `sourced_id`, `status` and `modified`,
    /// which the store keeps beside it.
    pub fn pack(&mut self, out: &mut Vec<u8>) {
        self.sorted();
        out.push(FORM);
        self.pack_values(out);
    }

    fn pack_values(&self, out: &mut Vec<u8>) {
        let mut rows = self.rows.iter().peekable();
        for entry in &self.entries {
            while let Some((field, row)) = rows.next_if(|(field, _)| *field < entry.field) {
                pack_row(*field, row, out);
            }
            pack_value(entry.field, self.span(entry), out);
        }
        for (field, row) in rows {
            pack_row(*field, row, out);
        }
    }

    /// Reads the packed form back; `None` if the bytes are not one.
    pub fn unpack(kind: Kind, sourced_id: &str, packed: &[u8]) -> Option<Record> {
        let mut record = Record::new(kind);
        record.sourced_id.push_str(sourced_id);
        record.unpack_values(Packed::new(packed)?)?;
        Some(record)
    }

    fn unpack_values(&mut self, packed: Packed<'_>) -> Option<()> {
        let fields = self.kind.entity().fields;
        for value in packed {
            if value.tag == TAG_SOURCED_ID {
                self.sourced_id.push_str(value.text()?);
            } else if let Type::Rows(kind) = fields.get(value.tag as usize)?.ty {
                let mut row = Record::new(kind);
                row.unpack_values(value.row())?;
                self.rows.push((value.tag, row));
            } else {
                let text = value.text()?;
                self.push(value.tag, text);
            }
        }
        Some(())
    }

    /// A digest of the record's own content: its identifier and every value of
    /// its own file, by name, so that a model with more fields gives the same.
    pub fn digest(&mut self) -> u64 {
        self.sorted();
        let fields = self.kind.entity().fields;
        let mut hash = Xxh3::new();
        hash.update(self.sourced_id.as_bytes());
        for entry in &self.entries {
            let name = fields[entry.field as usize].name.as_bytes();
            hash.update(&(name.len() as u32 | 0x8000_0000).to_le_bytes());
            hash.update(name);
            hash.update(&(entry.end - entry.start).to_le_bytes());
            hash.update(self.span(entry).as_bytes());
        }
        hash.digest()
    }
}

impl PartialEq for Record {
    /// Equal content: kind, identifier, status and every value in order of
    /// its field; when the source changed it does not matter.
    fn eq(&self, other: &Record) -> bool {
        let canonical = |record: &Record| {
            let mut copy = record.clone();
            let mut out = Vec::new();
            copy.pack(&mut out);
            out
        };
        self.kind == other.kind
            && self.sourced_id == other.sourced_id
            && self.status == other.status
            && canonical(self) == canonical(other)
    }
}

/// A digest of an identifier, for compact sets.
pub fn id_digest(sourced_id: &str) -> u64 {
    xxh3_64(sourced_id.as_bytes())
}

fn pack_row(field: u8, row: &Record, out: &mut Vec<u8>) {
    let mut inner = Vec::with_capacity(96);
    pack_value(TAG_SOURCED_ID, &row.sourced_id, &mut inner);
    row.pack_values(&mut inner);
    out.push(field);
    varint((inner.len() as u64) << 1, out);
    out.extend_from_slice(&inner);
}

fn pack_value(tag: u8, value: &str, out: &mut Vec<u8>) {
    out.push(tag);
    varint((value.len() as u64) << 1 | u64::from(needs_escape(value.as_bytes())), out);
    out.extend_from_slice(value.as_bytes());
}

/// Whether a text must be escaped to stand in a JSON string.
pub fn needs_escape(bytes: &[u8]) -> bool {
    bytes.iter().any(|&b| b < 0x20 || b == b'"' || b == b'\\')
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The values of a packed record, in order of their fields.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    bytes: &'a [u8],
}

/// One value of a packed record.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    tag: u8,
    escape: bool,
    bytes: &'a [u8],
}

impl<'a> Packed<'a> {
    /// Wraps packed bytes; `None` if they are of another form.
    pub fn new(bytes: &'a [u8]) -> Option<Packed<'a>> {
        match bytes.split_first() {
            Some((&FORM, bytes)) => Some(Packed { bytes }),
            _ => None,
        }
    }
}

impl<'a> Iterator for Packed<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        let (&tag, rest) = self.bytes.split_first()?;
        let (number, rest) = read_varint(rest)?;
        let (bytes, rest) = rest.split_at_checked((number >> 1) as usize)?;
        self.bytes = rest;
        Some(Value { tag, escape: number & 1 == 1, bytes })
    }
}

#[inline]
fn read_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (i, &byte) in bytes.iter().enumerate().take(9) {
        number |= u64::from(byte & 0x7F) << (7 * i);
        if byte < 0x80 {
            return Some((number, &bytes[i + 1..]));
        }
    }
    None
}

impl<'a> Value<'a> {
    /// The position of the field, or `None` for a nested row's sourcedId.
    pub fn field(&self) -> Option<u8> {
        (self.tag != TAG_SOURCED_ID).then_some(self.tag)
    }

    /// The bytes of the value, UTF-8 unless they are those of a row.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether it must be escaped to stand in a JSON string.
    pub fn escape(&self) -> bool {
        self.escape
    }

    /// The value as text.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes).ok()
    }

    /// The value as a nested row.
    pub fn row(&self) -> Packed<'a> {
        Packed { bytes: self.bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at;
    use proptest::prelude::*;

    fn sample() -> Record {
        let mut user = Record::new(Kind::User);
        user.sourced_id.push_str("us-1");
        user.push(at!(User.givenName), "Zoë \"Z\"");
        user.push(at!(User.grades), "09");
        user.push(at!(User.enabledUser), "true");
        user.push(at!(User.grades), "10");
        user.push_pair(at!(User.userIds), "ldap", "zoe");
        let mut role = Record::new(Kind::Role);
        role.sourced_id.push_str("ro-1");
        role.push(at!(Role.role), "student");
        user.push_row(at!(User.roles), role);
        user
    }

    #[test]
    fn a_packed_record_unpacks_to_itself() {
        let mut user = sample();
        let mut packed = Vec::new();
        user.pack(&mut packed);
        let back = Record::unpack(Kind::User, "us-1", &packed).expect("packed by us");
        assert_eq!(back, user);
        assert_eq!(back.list(at!(User.grades)).collect::<Vec<_>>(), ["09", "10"]);
        assert_eq!(back.pairs(at!(User.userIds)).collect::<Vec<_>>(), [("ldap", "zoe")]);
        let role = back.rows(at!(User.roles)).next().expect("one role");
        assert_eq!((role.sourced_id.as_str(), role.get(at!(Role.role))), ("ro-1", Some("student")));
    }

    #[test]
    fn the_digest_knows_values_but_not_nested_rows_or_order_of_arrival() {
        let (mut a, mut b) = (sample(), sample());
        b.rows.clear();
        b.set(at!(User.enabledUser), "true");
        assert_eq!(a.digest(), b.digest());
        b.set(at!(User.enabledUser), "false");
        assert_ne!(a.digest(), b.digest());
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Record::unpack(Kind::User, "x", &bytes);
        }

        #[test]
        fn random_values_survive(values in proptest::collection::vec((0u8..24, "\\PC{0,40}"), 0..30)) {
            let mut record = Record::new(Kind::User);
            let rows = [at!(User.roles), at!(User.userProfiles)];
            for (field, value) in values.iter().filter(|(f, _)| !rows.contains(f)) {
                record.push(*field, value);
            }
            let mut packed = Vec::new();
            record.pack(&mut packed);
            prop_assert_eq!(Record::unpack(Kind::User, "", &packed), Some(record));
        }
    }
}
