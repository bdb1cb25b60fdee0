//! Changes as bytes: what the comparing side hands to the writing side.
//!
//! The same bytes go through a channel into a first load and through a file
//! into a later one, so there is one writer and one form.

use crate::{Error, ErrorKind, Result};

/// What is done to a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// It is new.
    Add,
    /// It is replaced; its former state goes to the history.
    Change,
    /// It is marked `tobedeleted`; its former state goes to the history. One
    /// cell follows: what the source said of the time, or nothing.
    Remove,
}

/// A cell of a row, borrowed.
#[derive(Clone, Copy, PartialEq, Debug)]
#[expect(missing_docs, reason = "the storage classes")]
pub enum Cell<'a> {
    Null,
    Whole(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// The head of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// What is done.
    pub action: Action,
    /// To which kind, by position in the model.
    pub kind: u8,
    /// To which row.
    pub rid: i64,
    /// Whether the row was a tombstone before, or has no 1.1 form now.
    pub flags: u8,
}

/// The row was a tombstone before.
pub const RETURNS: u8 = 1;
/// The row has no 1.1 form.
pub const ONLY_1P2: u8 = 2;

impl Head {
    /// Appends the head.
    pub fn write(self, out: &mut Vec<u8>) {
        let action = match self.action {
            Action::Add => 0,
            Action::Change => 1,
            Action::Remove => 2,
        };
        out.extend_from_slice(&[action, self.kind, self.flags]);
        out.extend_from_slice(&self.rid.to_le_bytes());
    }
}

impl Cell<'_> {
    /// Appends the cell.
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Cell::Null => out.push(0),
            Cell::Whole(number) => {
                out.push(1);
                out.extend_from_slice(&number.to_le_bytes());
            }
            Cell::Real(number) => {
                out.push(2);
                out.extend_from_slice(&number.to_le_bytes());
            }
            Cell::Text(text) => {
                out.push(3);
                out.extend_from_slice(&(text.len() as u32).to_le_bytes());
                out.extend_from_slice(text.as_bytes());
            }
            Cell::Bytes(bytes) => {
                out.push(4);
                out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
                out.extend_from_slice(bytes);
            }
        }
    }
}

/// Reads changes back.
#[derive(Debug)]
pub struct Changes<'a> {
    bytes: &'a [u8],
}

impl<'a> Changes<'a> {
    /// Over bytes that were written by this module.
    pub fn new(bytes: &'a [u8]) -> Changes<'a> {
        Changes { bytes }
    }

    /// The next change, if there is one.
    pub fn head(&mut self) -> Result<Option<Head>> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let [action, kind, flags] = *self.take::<3>()?;
        let rid = i64::from_le_bytes(*self.take::<8>()?);
        let action = match action {
            0 => Action::Add,
            1 => Action::Change,
            2 => Action::Remove,
            _ => return Err(damaged()),
        };
        Ok(Some(Head { action, kind, rid, flags }))
    }

    /// The next cell of the change.
    pub fn cell(&mut self) -> Result<Cell<'a>> {
        let [tag] = *self.take::<1>()?;
        Ok(match tag {
            0 => Cell::Null,
            1 => Cell::Whole(i64::from_le_bytes(*self.take::<8>()?)),
            2 => Cell::Real(f64::from_le_bytes(*self.take::<8>()?)),
            3 => Cell::Text(std::str::from_utf8(self.sized()?).map_err(|_| damaged())?),
            4 => Cell::Bytes(self.sized()?),
            _ => return Err(damaged()),
        })
    }

    fn sized(&mut self) -> Result<&'a [u8]> {
        let length = u32::from_le_bytes(*self.take::<4>()?) as usize;
        let (here, rest) = self.bytes.split_at_checked(length).ok_or_else(damaged)?;
        self.bytes = rest;
        Ok(here)
    }

    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N]> {
        let (here, rest) = self.bytes.split_first_chunk::<N>().ok_or_else(damaged)?;
        self.bytes = rest;
        Ok(here)
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Internal, "the staged changes are damaged; run the import again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_change_survives_its_bytes() {
        let head = Head { action: Action::Change, kind: 4, rid: -7, flags: RETURNS };
        let cells = [Cell::Null, Cell::Whole(i64::MIN), Cell::Real(0.5), Cell::Text("Zoë"), Cell::Bytes(&[0, 255])];
        let mut bytes = Vec::new();
        head.write(&mut bytes);
        cells.iter().for_each(|cell| cell.write(&mut bytes));
        let mut changes = Changes::new(&bytes);
        assert_eq!(changes.head().unwrap(), Some(head));
        for cell in cells {
            assert_eq!(changes.cell().unwrap(), cell);
        }
        assert_eq!(changes.head().unwrap(), None);
    }

    proptest! {
        #[test]
        fn random_bytes_end_in_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut changes = Changes::new(&bytes);
            while let Ok(Some(_)) = changes.head() {
                let _ = changes.cell();
            }
        }
    }
}
