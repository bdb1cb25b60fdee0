//! A compiled class: for every field position what to write, and how.

use super::rows::Rows;
use super::text::{is_json, is_number, text};
use super::uri::{is_unreserved, profile, segment};
use crate::model::{MODEL, Version, Vocabulary};
use crate::record::{Packed, Value};
use crate::time::Timestamp;

/// The members of one object, at the position of their field.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    pub by_field: Vec<Member>,
    /// Secret members, written only after [`Members::reveal`].
    pub withheld: Vec<(usize, Member)>,
}

/// One member. `key` is everything up to its first value, a comma in front.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub key: Box<[u8]>,
    pub shape: Shape,
}

/// How the values of a member lie in the object.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Not shown.
    Skip,
    /// The first value.
    One(Form),
    /// An array; `next` stands before every element but the first.
    Many { next: Box<[u8]>, form: Form },
    /// An array of objects of two members; `next` as above.
    Pairs { next: Box<[u8]>, middle: Box<[u8]> },
    /// An object of names and JSON values.
    Metadata,
    /// An array of objects, one or more rows each.
    Rows(Box<Rows>),
}

/// How one value is written, after what stands before it.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// A string.
    Text,
    /// A string, if the version has the word.
    Word(&'static Vocabulary, Version),
    /// A date-time in the standard's one form.
    Instant,
    /// A number.
    Number,
    /// The URI of an account.
    Profile,
    /// The href of a record, its sourcedId, then the `type` of the reference.
    Reference(Box<[u8]>),
}

/// [`Members::write`] marks fields in the bits of one word.
const _: () = {
    let mut i = 0;
    while i < MODEL.len() {
        assert!(MODEL[i].fields.len() <= 64, "a class has more fields than the marks of Members::write");
        i += 1;
    }
};

impl Members {
    /// Appends the members that `values` holds, each with a comma in front;
    /// returns the fields that had a value, as bits.
    pub fn write(&self, mut values: Packed<'_>, out: &mut Vec<u8>) -> u64 {
        let mut seen = 0;
        while let Some(value) = values.next() {
            let Some(field) = value.field() else { continue };
            let Some(member) = self.by_field.get(usize::from(field)) else { continue };
            // A second value where one is wanted, or a field out of order, in
            // bytes that are not ours: the member is there already.
            let bit = 1 << (field & 63);
            let absent = value.bytes().is_empty() && matches!(member.shape, Shape::One(_));
            if absent || seen & bit != 0 {
                continue;
            }
            seen |= bit;
            match &member.shape {
                Shape::Skip => {}
                Shape::One(form) => {
                    form.write(&member.key, value.bytes(), value.escape(), out);
                }
                shape => shape.write(&member.key, Run::new(value, &mut values), out),
            }
        }
        seen
    }

    /// Shows the secret members, too.
    pub fn reveal(&mut self) {
        for (i, member) in self.withheld.drain(..) {
            self.by_field[i] = member;
        }
        for member in &mut self.by_field {
            if let Shape::Rows(rows) = &mut member.shape {
                rows.head.reveal();
                if let Some(array) = &mut rows.array {
                    array.element.reveal();
                }
            }
        }
    }
}

impl Shape {
    fn write(&self, key: &[u8], run: Run<'_, '_>, out: &mut Vec<u8>) {
        match self {
            Shape::Skip | Shape::One(_) => {}
            Shape::Many { next, form } => {
                let items = run.map(|v| (v.bytes(), v.escape()));
                write_list(key, next, form, items, out);
            }
            Shape::Pairs { next, middle } => write_pairs(key, next, middle, run, out),
            Shape::Metadata => write_metadata(key, run, out),
            Shape::Rows(rows) => rows.write(key, run.map(|v| v.row()), out),
        }
    }
}

/// Appends an array of the values that can be shown; nothing if there is none.
pub(super) fn write_list<'a>(
    key: &[u8],
    next: &[u8],
    form: &Form,
    items: impl Iterator<Item = (&'a [u8], bool)>,
    out: &mut Vec<u8>,
) {
    let mut any = false;
    for (bytes, escape) in items {
        any |= form.write(if any { next } else { key }, bytes, escape, out);
    }
    if any {
        out.push(b']');
    }
}

fn write_pairs(key: &[u8], next: &[u8], middle: &[u8], mut run: Run<'_, '_>, out: &mut Vec<u8>) {
    let mut any = false;
    while let (Some(left), Some(right)) = (run.next(), run.next()) {
        if left.bytes().is_empty() || right.bytes().is_empty() {
            continue;
        }
        out.extend_from_slice(if any { next } else { key });
        text(left.bytes(), left.escape(), out);
        out.extend_from_slice(middle);
        text(right.bytes(), right.escape(), out);
        out.extend_from_slice(b"\"}");
        any = true;
    }
    if any {
        out.push(b']');
    }
}

fn write_metadata(key: &[u8], mut run: Run<'_, '_>, out: &mut Vec<u8>) {
    let mut any = false;
    while let (Some(name), Some(value)) = (run.next(), run.next()) {
        // Neither empty strings nor null (rest.md 2.1).
        if [&b""[..], b"\"\"", b"null"].contains(&value.bytes()) {
            continue;
        }
        out.extend_from_slice(if any { b",\"" } else { key });
        text(name.bytes(), name.escape(), out);
        out.extend_from_slice(b"\":");
        // Kept as JSON; were it anything else, it would break the whole page.
        if is_json(value.bytes()) {
            out.extend_from_slice(value.bytes());
        } else {
            out.push(b'"');
            text(value.bytes(), true, out);
            out.push(b'"');
        }
        any = true;
    }
    if any {
        out.push(b'}');
    }
}

impl Form {
    /// Appends `before` and the value; nothing, and `false`, if the value
    /// cannot be shown.
    #[inline]
    pub fn write(&self, before: &[u8], bytes: &[u8], escape: bool, out: &mut Vec<u8>) -> bool {
        // An empty string must not appear (rest.md 2.1).
        if bytes.is_empty() {
            return false;
        }
        match self {
            Form::Text => {
                out.extend_from_slice(before);
                text(bytes, escape, out);
                out.push(b'"');
                true
            }
            Form::Reference(kind) => {
                out.extend_from_slice(before);
                if is_unreserved(bytes) {
                    out.extend_from_slice(bytes);
                    out.extend_from_slice(b"\",\"sourcedId\":\"");
                    out.extend_from_slice(bytes);
                } else {
                    segment(bytes, out);
                    out.extend_from_slice(b"\",\"sourcedId\":\"");
                    text(bytes, escape, out);
                }
                out.extend_from_slice(kind);
                true
            }
            other => other.write_rare(before, bytes, escape, out),
        }
    }

    fn write_rare(&self, before: &[u8], bytes: &[u8], escape: bool, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        out.extend_from_slice(before);
        let written = match self {
            Form::Text | Form::Reference(_) => false,
            Form::Word(words, version) => {
                text(bytes, escape, out);
                std::str::from_utf8(bytes).is_ok_and(|word| words.allows(*version, word))
            }
            Form::Instant => instant(bytes, out),
            Form::Number => return number(bytes, out) || undo(start, out),
            Form::Profile => {
                profile(bytes, out);
                true
            }
        };
        if written {
            out.push(b'"');
        }
        written || undo(start, out)
    }
}

fn undo(start: usize, out: &mut Vec<u8>) -> bool {
    out.truncate(start);
    false
}

/// Appends a stored date-time as `YYYY-MM-DDTHH:MM:SS.sssZ`.
fn instant(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    if bytes.len() == 24 && bytes[19] == b'.' && bytes[23] == b'Z' {
        out.extend_from_slice(bytes);
        return true;
    }
    let parsed = std::str::from_utf8(bytes).ok().and_then(Timestamp::parse_lenient);
    parsed.map(|at| at.write(out)).is_some()
}

/// Appends a stored number: its own text where JSON reads it, else its value.
fn number(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    if is_number(bytes) {
        out.extend_from_slice(bytes);
        return true;
    }
    let parsed = std::str::from_utf8(bytes).ok().and_then(|t| t.trim().parse::<f64>().ok());
    let Some(number) = parsed.and_then(serde_json::Number::from_f64) else { return false };
    out.extend_from_slice(number.to_string().as_bytes());
    true
}

/// The values of one field, as far as they follow each other.
pub(super) struct Run<'r, 'a> {
    field: Option<u8>,
    next: Option<Value<'a>>,
    rest: &'r mut Packed<'a>,
}

impl<'r, 'a> Run<'r, 'a> {
    fn new(first: Value<'a>, rest: &'r mut Packed<'a>) -> Run<'r, 'a> {
        Run { field: first.field(), next: Some(first), rest }
    }
}

impl<'a> Iterator for Run<'_, 'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        let value = self.next.take()?;
        let mut ahead = *self.rest;
        if let Some(next) = ahead.next()
            && next.field() == self.field
        {
            *self.rest = ahead;
            self.next = Some(next);
        }
        Some(value)
    }
}
