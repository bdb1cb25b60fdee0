//! Rows in the binary form of COPY.

use crate::intake::Cell;
use crate::{Error, ErrorKind, Result};
use postgres::Client;
use std::io::Write;

/// What a stream begins with: a signature, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with.
const TAIL: [u8; 2] = (-1i16).to_be_bytes();

/// Rows that wait to be copied into one table.
#[derive(Default)]
pub struct Rows {
    bytes: Vec<u8>,
}

impl Rows {
    /// How many bytes wait.
    pub fn waiting(&self) -> usize {
        self.bytes.len()
    }

    /// Begins a row of so many columns.
    pub fn row(&mut self, columns: usize) {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(HEAD);
        }
        self.bytes.extend_from_slice(&(columns as i16).to_be_bytes());
    }

    /// Appends a column of the type `bigint`.
    pub fn whole(&mut self, number: i64) {
        self.sized(&number.to_be_bytes());
    }

    /// Appends a cell of a change; `json` says that the text is JSON.
    pub fn cell(&mut self, cell: Cell<'_>, json: bool) -> Result<()> {
        match cell {
            Cell::Null => self.bytes.extend_from_slice(&(-1i32).to_be_bytes()),
            Cell::Whole(number) => self.whole(number),
            Cell::Real(number) => self.sized(&number.to_be_bytes()),
            Cell::Bytes(bytes) => self.sized(bytes),
            Cell::Text(text) if text.contains('\0') || (json && text.contains("\\u0000")) => {
                let message = "a value of the package holds the character U+0000, which PostgreSQL cannot keep; \
                               take it out of the export";
                return Err(Error::new(ErrorKind::Refused, message));
            }
            Cell::Text(text) => self.sized(text.as_bytes()),
        }
        Ok(())
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    /// Copies what waits into `target`: a table and its columns.
    pub fn send(&mut self, client: &mut Client, target: &str) -> Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        self.bytes.extend_from_slice(&TAIL);
        let mut copy = client.copy_in(&format!("COPY {target} FROM STDIN (FORMAT binary)"))?;
        copy.write_all(&self.bytes).map_err(broken)?;
        copy.finish()?;
        self.bytes.clear();
        Ok(())
    }
}

/// The driver hides its own error in one of input and output.
fn broken(error: std::io::Error) -> Error {
    match error.downcast::<postgres::Error>() {
        Ok(error) => error.into(),
        Err(error) => Error::caused(ErrorKind::Unusable, "the PostgreSQL server broke off", error),
    }
}
