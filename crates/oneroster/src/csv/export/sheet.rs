//! One file: packed records to rows, by one walk over their values.
//!
//! Values lie in the order of their fields, and so do the columns: a row is
//! written from left to right, with as many commas between two values as there
//! are columns between them. No value is copied but into the row.

use super::cells::{self, Id};
use super::loss::Reason;
use super::{Context, Settings};
use crate::at;
use crate::csv::cell::Form;
use crate::csv::manifest::Mode;
use crate::csv::write::{LINE_END, header};
use crate::json::Row;
use crate::model::{Field, Kind, Privacy, Slot, Type, Version};
use crate::record::{Packed, Record, Status, Value};
use std::collections::BTreeSet;

/// Why a record has no row.
pub(super) enum Stop {
    /// A metadata member without a column.
    NewName,
    /// It cannot be carried.
    LeftOut(Reason),
}

/// What becomes of the values of a field.
#[derive(Clone, Copy, Debug)]
enum Use {
    /// They are a cell of this column.
    Cell { column: u8, form: Form, day: bool },
    /// They are columns by name.
    Metadata,
    /// They are left out for want of a column.
    Lost,
    /// They are left out because nobody asked for them.
    Secret,
    /// Nested roles, of which 1.1 shows one.
    Roles,
    /// They are derived from others, or stand in a file of their own.
    Elsewhere,
}

/// How the records of a kind become rows.
#[derive(Debug)]
pub(super) struct Sheet {
    pub kind: Kind,
    version: Version,
    delta: bool,
    uses: Vec<Use>,
    /// The columns of the standard, and with the metadata.
    columns: u8,
    names: Vec<String>,
    /// Columns that must be filled, as bits.
    demanded: u64,
    list: Vec<u8>,
    members: Vec<Option<Vec<u8>>>,
    prepared: Vec<u8>,
}

impl Sheet {
    /// The file of a kind, with columns for these metadata members.
    pub fn new(kind: Kind, settings: &Settings, metadata: &BTreeSet<String>) -> Sheet {
        let (entity, version) = (kind.entity(), settings.version);
        let mut uses: Vec<Use> = entity.fields.iter().map(|field| without_column(kind, field, version)).collect();
        let (mut columns, mut demanded) = (0u8, 0u64);
        for (slot, field) in entity.columns(version) {
            if let Slot::Own(own) = slot {
                let secret = field.privacy == Privacy::Secret && !settings.passwords;
                let day = matches!(field.ty, Type::DateTime);
                let cell = Use::Cell { column: columns, form: Form::of(slot, field), day };
                uses[usize::from(own)] = if secret { Use::Secret } else { cell };
                if field.csv_required.has(version) {
                    demanded |= 1 << columns;
                }
            }
            columns += 1;
        }
        Sheet {
            kind,
            version,
            delta: settings.mode == Mode::Delta,
            uses,
            columns,
            names: metadata.iter().cloned().collect(),
            demanded,
            list: Vec::new(),
            members: vec![None; metadata.len()],
            prepared: Vec::new(),
        }
    }

    /// Lets records lack what the version demands.
    pub fn demand_nothing(&mut self) {
        self.demanded = 0;
    }

    /// Appends the header.
    pub fn header(&self, out: &mut Vec<u8>) {
        let mut text = String::new();
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        header(&mut text, self.kind.entity(), self.version, &names);
        out.extend_from_slice(text.as_bytes());
    }

    /// Appends the row of a record; what was appended before a stop is to be
    /// cut off again. Of a record that was forgotten nothing is left but that it
    /// is gone, and so nothing is demanded (Q58).
    pub fn write(&mut self, context: &mut Context, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Stop> {
        let bare =
            row.status == Status::ToBeDeleted && Packed::new(row.packed).is_some_and(|mut all| all.next().is_none());
        let demanded = self.demanded;
        if bare {
            self.demanded = 0;
        }
        let done = self.write_row(context, row, out);
        self.demanded = demanded;
        done
    }

    fn write_row(&mut self, context: &mut Context, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Stop> {
        let id = row.sourced_id.as_bytes();
        if self.kind == Kind::Demographics && !context.known.holds(self.kind, Kind::User, id) {
            return Err(Stop::LeftOut(Reason::Orphan(Slot::SourcedId)));
        }
        match cells::id(out, id) {
            Id::Plain => {}
            Id::Escaped => context.losses.add(self.kind, Reason::Escaped),
            Id::TooLong => return Err(Stop::LeftOut(Reason::TooLong)),
        }
        out.push(b',');
        if self.delta {
            out.extend_from_slice(row.status.word().as_bytes());
        }
        out.push(b',');
        if self.delta {
            row.published.write(out);
        }
        let unreadable = || Stop::LeftOut(Reason::Unreadable);
        if !matches!(self.kind, Kind::LineItem | Kind::Result) {
            let values = Packed::new(row.packed).ok_or_else(unreadable)?;
            return self.values(context, values, out);
        }
        let mut record = Record::unpack(self.kind, row.sourced_id, row.packed).ok_or_else(unreadable)?;
        context.settle_grading(&mut record);
        let mut prepared = std::mem::take(&mut self.prepared);
        prepared.clear();
        record.pack(&mut prepared);
        let done = Packed::new(&prepared).ok_or_else(unreadable).and_then(|values| self.values(context, values, out));
        self.prepared = prepared;
        done
    }

    fn values(&mut self, context: &mut Context, values: Packed<'_>, out: &mut Vec<u8>) -> Result<(), Stop> {
        // The row stands in the column of dateLastModified.
        let (mut at, mut filled) = (2u8, 0u64);
        let mut rest = values;
        // A row that was left out may have had some.
        self.members.iter_mut().flatten().for_each(Vec::clear);
        let unpaired = unpaired(self.kind, values);
        while let Some(value) = rest.next() {
            let Some(field) = value.field() else { continue };
            match self.uses.get(usize::from(field)).copied().unwrap_or(Use::Elsewhere) {
                Use::Cell { .. } if unpaired.is_some_and(|pair| pair.contains(&field)) => {
                    context.losses.add(self.kind, Reason::Unpaired(field));
                    skip(&mut rest, field);
                }
                Use::Cell { column, form, day } => {
                    commas(out, column.saturating_sub(at));
                    at = column;
                    let start = out.len();
                    let cell = Cell { kind: self.kind, field, form, version: self.version };
                    match form {
                        Form::Texts | Form::Words(_) | Form::Refs(_) => {
                            let first = orgs_of_person(cell).then(|| context.first_org(values)).flatten();
                            self.list(context, cell, (first, value), &mut rest, out);
                        }
                        Form::Pairs => self.pairs(context, cell, value, &mut rest, out),
                        _ => {
                            self.scalar(context, cell, value, day, out)?;
                            skip(&mut rest, field);
                        }
                    }
                    filled |= u64::from(out.len() > start) << column;
                }
                Use::Metadata => self.member(value, &mut rest)?,
                Use::Elsewhere => {}
                Use::Lost => {
                    if !context.is_derived(self.kind, field, values) {
                        context.losses.add(self.kind, Reason::NoColumn(field));
                    }
                    skip(&mut rest, field);
                }
                Use::Secret => context.losses.add(self.kind, Reason::Secret(field)),
                Use::Roles => context.roles_lost(value.row(), values),
            }
        }
        if let Some(missing) = self.missing(filled) {
            return Err(Stop::LeftOut(Reason::Missing(missing)));
        }
        commas(out, self.columns.saturating_sub(1).saturating_sub(at));
        self.metadata(context, out);
        out.extend_from_slice(LINE_END.as_bytes());
        Ok(())
    }

    /// A field that must have a value and has none.
    fn missing(&self, filled: u64) -> Option<u8> {
        let missing = self.demanded & !filled;
        if missing == 0 {
            return None;
        }
        let column = missing.trailing_zeros();
        let is = |place: &Use| matches!(place, Use::Cell { column: c, .. } if u32::from(*c) == column);
        self.uses.iter().position(is).map(|field| field as u8)
    }

    fn scalar(
        &mut self,
        context: &mut Context,
        cell: Cell,
        value: Value<'_>,
        day: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        let (kind, field, bytes) = (cell.kind, cell.field, value.bytes());
        match cell.form {
            Form::Ref(target) => return self.reference(context, cell, target, bytes, out),
            Form::Word(words) if cell.version == Version::V1P1 => {
                if !value.text().is_some_and(|word| words.allows(cell.version, word)) {
                    let reason = if self.is_demanded(field) { Reason::NoForm(field) } else { Reason::NoWord(field) };
                    if self.is_demanded(field) {
                        return Err(Stop::LeftOut(reason));
                    }
                    context.losses.add(kind, reason);
                    return Ok(());
                }
                out.extend_from_slice(bytes);
            }
            // In the records of REST these are instants and any numbers.
            Form::Date(_) if day && bytes.len() > 10 => {
                let (date, time) = value.text().and_then(|text| text.split_at_checked(10)).unwrap_or_default();
                cells::text(out, date.as_bytes(), true);
                if !time.starts_with("T00:00:00") {
                    context.losses.add(kind, Reason::Time(field));
                }
            }
            Form::Integer => {
                let whole = value.text().and_then(|text| text.parse::<f64>().ok()).map(f64::round);
                let text = whole.map(|number| format!("{number:.0}")).unwrap_or_default();
                if text.as_bytes() != bytes {
                    context.losses.add(kind, Reason::Rounded(field));
                }
                out.extend_from_slice(text.as_bytes());
            }
            _ => {
                if cells::text(out, bytes, value.escape()) {
                    context.losses.add(kind, Reason::LineBreak(field));
                }
            }
        }
        Ok(())
    }

    fn is_demanded(&self, field: u8) -> bool {
        self.kind.entity().fields.get(usize::from(field)).is_some_and(|f| f.csv_required.has(self.version))
    }

    fn reference(
        &self,
        context: &mut Context,
        cell: Cell,
        target: Kind,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        if context.known.holds(cell.kind, target, bytes) {
            // What is known has an identifier that can be written.
            cells::id(out, bytes);
            return Ok(());
        }
        if self.is_demanded(cell.field) {
            return Err(Stop::LeftOut(Reason::Orphan(Slot::Own(cell.field))));
        }
        context.losses.add(cell.kind, Reason::Dangling(cell.field));
        Ok(())
    }

    /// A list, whose items follow each other; one of them may be put first.
    fn list(
        &mut self,
        context: &mut Context,
        cell: Cell,
        (front, value): (Option<&[u8]>, Value<'_>),
        rest: &mut Packed<'_>,
        out: &mut Vec<u8>,
    ) {
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        let mut odd = false;
        if let Some(id) = front
            && context.known.holds(cell.kind, Kind::Org, id)
        {
            cells::id(&mut list, id);
        }
        let mut next = Some(value);
        while let Some(value) = next {
            if front == Some(value.bytes()) {
                next = following(rest, cell.field);
                continue;
            }
            let start = list.len();
            if start > 0 {
                list.push(b',');
            }
            let item = list.len();
            odd |= value.escape();
            context.item(cell, value, &mut list);
            if list.len() == item {
                list.truncate(start);
            }
            next = following(rest, cell.field);
        }
        if cells::text(out, &list, odd) {
            context.losses.add(cell.kind, Reason::LineBreak(cell.field));
        }
        self.list = list;
    }

    /// Pairs, whose left and right sides follow each other.
    fn pairs(&mut self, context: &mut Context, cell: Cell, first: Value<'_>, rest: &mut Packed<'_>, out: &mut Vec<u8>) {
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        let mut next = Some(first);
        while let Some(left) = next {
            let Some(right) = following(rest, cell.field) else { break };
            let (left, right) = (left.bytes(), right.bytes());
            let bad = |side: &[u8]| side.is_empty() || side.iter().any(|b| b":,{}\"\r\n".contains(b));
            if bad(left) || bad(right) {
                context.losses.add(cell.kind, Reason::Pair(cell.field));
            } else {
                if !list.is_empty() {
                    list.push(b',');
                }
                for part in [b"{", left, b":", right, b"}"] {
                    list.extend_from_slice(part);
                }
            }
            next = following(rest, cell.field);
        }
        cells::text(out, &list, false);
        self.list = list;
    }

    /// Keeps a metadata member for the end of the row.
    fn member(&mut self, name: Value<'_>, rest: &mut Packed<'_>) -> Result<(), Stop> {
        let Some(field) = name.field() else { return Ok(()) };
        let Some(json) = following(rest, field) else { return Ok(()) };
        let Some(name) = name.text().filter(|name| !name.is_empty()) else { return Ok(()) };
        let Ok(place) = self.names.binary_search_by(|known| known.as_str().cmp(name)) else {
            return Err(Stop::NewName);
        };
        let member = self.members[place].get_or_insert_default();
        member.clear();
        let bytes = json.bytes();
        match bytes {
            [b'"', plain @ .., b'"'] if !plain.contains(&b'\\') => member.extend_from_slice(plain),
            _ => match serde_json::from_slice::<String>(bytes) {
                Ok(text) => member.extend_from_slice(text.as_bytes()),
                Err(_) => member.extend_from_slice(bytes),
            },
        }
        Ok(())
    }

    fn metadata(&mut self, context: &mut Context, out: &mut Vec<u8>) {
        for member in &mut self.members {
            out.push(b',');
            let Some(text) = member else { continue };
            if cells::text(out, text, true)
                && let Some(field) = self.kind.entity().metadata()
            {
                context.losses.add(self.kind, Reason::LineBreak(field));
            }
        }
    }
}

/// Which cell is written.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    pub kind: Kind,
    pub field: u8,
    pub form: Form,
    pub version: Version,
}

impl Context {
    /// Appends an item of a list; nothing if it cannot be carried.
    fn item(&mut self, Cell { kind, field, form, version }: Cell, value: Value<'_>, list: &mut Vec<u8>) {
        let bytes = value.bytes();
        match form {
            Form::Refs(target) if !self.known.holds(kind, target, bytes) => {
                self.losses.add(kind, Reason::Dangling(field));
            }
            Form::Refs(_) => {
                cells::id(list, bytes);
            }
            Form::Words(words) if !value.text().is_some_and(|word| words.allows(version, word)) => {
                self.losses.add(kind, Reason::NoWord(field));
            }
            _ if bytes.contains(&b',') => {
                self.losses.add(kind, Reason::Comma(field));
                list.extend(bytes.iter().map(|&b| if b == b',' { b' ' } else { b }));
            }
            _ => list.extend_from_slice(bytes),
        }
    }
}

/// Whether the cell is the orgs of a person, as only 1.1 has them.
fn orgs_of_person(cell: Cell) -> bool {
    (cell.kind, cell.field) == (Kind::User, at!(User.orgs))
}

/// The fields of a record whose lists belong together item by item, if they
/// are not as long (csv.md 5.3, V11 and V12): a reader could pair them wrongly.
fn unpaired(kind: Kind, values: Packed<'_>) -> Option<[u8; 2]> {
    let [names, codes] = match kind {
        Kind::Class => [at!(Class.subjects), at!(Class.subjectCodes)],
        Kind::Course => [at!(Course.subjects), at!(Course.subjectCodes)],
        _ => return None,
    };
    let count = |field: u8| values.into_iter().filter(|value| value.field() == Some(field)).count();
    (count(names) != count(codes)).then_some([names, codes])
}

fn commas(out: &mut Vec<u8>, many: u8) {
    for _ in 0..many {
        out.push(b',');
    }
}

/// The next value if it is of the same field.
fn following<'a>(rest: &mut Packed<'a>, field: u8) -> Option<Value<'a>> {
    let mut ahead = *rest;
    let value = ahead.next().filter(|value| value.field() == Some(field))?;
    *rest = ahead;
    Some(value)
}

/// Passes over further values of a field.
fn skip(rest: &mut Packed<'_>, field: u8) {
    while following(rest, field).is_some() {}
}

/// What becomes of a field that has no column in the version.
fn without_column(kind: Kind, field: &Field, version: Version) -> Use {
    match field.ty {
        Type::Metadata => Use::Metadata,
        Type::Rows(Kind::Role) if version == Version::V1P1 => Use::Roles,
        // The 1.1 form of a person is derived from what 1.2 says.
        _ if kind == Kind::User && !field.in_csv(version) && field.csv.has(Version::V1P1) => Use::Elsewhere,
        _ if field.csv.has(Version::V1P2) => Use::Lost,
        _ => Use::Elsewhere,
    }
}
