//! Nested rows: the array below a class, and the array inside its elements.

use super::members::{Form, Members, Shape};
use crate::record::{Packed, Value};

/// Nested rows: members of the row, and those of the array inside it.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// The key of the member that is made from the row's sourcedId.
    pub id: Option<Box<[u8]>>,
    pub head: Members,
    pub array: Option<Array>,
}

/// The array inside nested rows; each row gives one element of it.
#[derive(Clone, Debug)]
pub(super) struct Array {
    pub key: Box<[u8]>,
    /// Elements are values, not objects.
    pub plain: bool,
    pub element: Members,
}

/// An object of nested rows that is not closed yet.
struct Open<'a> {
    /// Where its comma stands; the object begins behind it.
    at: usize,
    /// The row that gave it its members.
    row: Packed<'a>,
    /// Where the elements of the inner array begin, once there is one.
    array: Option<usize>,
}

impl Rows {
    /// Appends the rows as an array. Rows that follow each other and agree in
    /// everything outside the inner array share one object.
    pub fn write<'a>(&self, key: &[u8], rows: impl Iterator<Item = Packed<'a>>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(key);
        let first = out.len();
        let mut open: Option<Open<'a>> = None;
        for row in rows {
            let mut object = match open.take() {
                Some(object) if self.array.is_some() && self.same_head(object.row, row) => object,
                before => {
                    close(before, out);
                    self.open(row, out)
                }
            };
            if let Some(array) = &self.array {
                array.add(&mut object, row, out);
            }
            open = Some(object);
        }
        close(open, out);
        if out.len() == first {
            out.truncate(start);
        } else {
            out[first] = b'[';
            out.push(b']');
        }
    }

    fn open<'a>(&self, row: Packed<'a>, out: &mut Vec<u8>) -> Open<'a> {
        let at = out.len();
        out.push(b',');
        if let Some(key) = &self.id
            && let Some(id) = { row }.find(|v| v.field().is_none())
        {
            Form::Profile.write(key, id.bytes(), id.escape(), out);
        }
        self.head.write(row, out);
        Open { at, row, array: None }
    }

    fn same_head(&self, a: Packed<'_>, b: Packed<'_>) -> bool {
        let shown = |value: &Value<'_>| match value.field() {
            None => self.id.is_some(),
            Some(i) => self.head.by_field.get(usize::from(i)).is_some_and(|m| !matches!(m.shape, Shape::Skip)),
        };
        a.filter(shown).map(content).eq(b.filter(shown).map(content))
    }
}

fn content<'a>(value: Value<'a>) -> (Option<u8>, &'a [u8]) {
    (value.field(), value.bytes())
}

fn close(open: Option<Open<'_>>, out: &mut Vec<u8>) {
    let Some(object) = open else { return };
    if let Some(elements) = object.array {
        out[elements] = b'[';
        out.push(b']');
    }
    // An object that holds nothing is none.
    if out.len() == object.at + 1 {
        out.truncate(object.at);
    } else {
        out[object.at + 1] = b'{';
        out.push(b'}');
    }
}

impl Array {
    /// Appends the element that a row gives to the array of an open object.
    fn add(&self, object: &mut Open<'_>, row: Packed<'_>, out: &mut Vec<u8>) {
        if object.array.is_some() {
            self.element(row, out);
            return;
        }
        let start = out.len();
        out.extend_from_slice(&self.key);
        let first = out.len();
        if self.element(row, out) {
            object.array = Some(first);
        } else {
            out.truncate(start);
        }
    }

    /// Appends a comma and the element; nothing if the row gives none.
    fn element(&self, row: Packed<'_>, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        if self.plain {
            self.element.write(row, out);
            return out.len() > start;
        }
        out.push(b',');
        self.element.write(row, out);
        if out.len() == start + 1 {
            out.truncate(start);
            return false;
        }
        out[start + 1] = b'{';
        out.push(b'}');
        true
    }
}
