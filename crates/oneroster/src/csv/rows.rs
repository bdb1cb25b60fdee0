//! The rows of data of a file, numbered alike by every pass over it.

use super::dialect::Dialect;
use super::padding::Padding;
use super::scan::{Row, ScanError, Scanner};
use std::io::Read;

/// Rows below the header.
///
/// Blank rows have no number in a careful reading (csv.md D17), so that a row
/// has the same number whoever counts.
#[derive(Debug)]
pub struct DataRows<R> {
    scanner: Scanner<R>,
    strict: bool,
    next: u32,
}

/// A row and its number, the first of data being 0; blank rows have none.
#[derive(Clone, Copy, Debug)]
pub struct Numbered<'a> {
    /// The number.
    pub ordinal: Option<u32>,
    /// The row.
    pub row: Row<'a>,
}

impl<R: Read> DataRows<R> {
    /// Over the rows that a scanner has left after the header.
    pub fn after_header(scanner: Scanner<R>, strict: bool) -> DataRows<R> {
        DataRows { scanner, strict, next: 0 }
    }

    /// The next row, blank or not.
    ///
    /// # Errors
    /// As [`Scanner::next_row`].
    #[inline]
    pub fn next_row(&mut self) -> Result<Option<Numbered<'_>>, ScanError> {
        let Some(row) = self.scanner.next_row()? else { return Ok(None) };
        let may_be_blank = !self.strict && row.cell(0).bytes().next().is_none_or(|b| b <= b' ' || b >= 0x80);
        let ordinal = if may_be_blank && row.is_blank() {
            None
        } else {
            self.next += 1;
            Some(self.next - 1)
        };
        Ok(Some(Numbered { ordinal, row }))
    }

    /// How many bytes were read into rows.
    pub fn consumed(&self) -> u64 {
        self.scanner.consumed()
    }
}

impl DataRows<Box<dyn Read + Send>> {
    /// Over a whole file, whose header is passed over.
    ///
    /// # Errors
    /// If the header cannot be read.
    pub fn of_file(
        reader: Box<dyn Read + Send>,
        (dialect, padding): (Dialect, &Padding),
        strict: bool,
    ) -> Result<Self, ScanError> {
        let mut scanner = dialect.scanner(reader);
        scanner.next_row()?;
        scanner.pad(padding.clone());
        Ok(DataRows::after_header(scanner, strict))
    }
}
