//! How the text of a file is written where that is not UTF-8 with commas: as
//! UTF-16, in an older encoding, with other signs between cells (csv.md D9,
//! D10, D16).
//!
//! A file is looked at once, at its beginning; every pass over it then reads it
//! alike.

use super::scan::Scanner;
use crate::model::{Kind, Version};
use crate::validate::Code;
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};
use std::io::{self, Read};

/// So many bytes of a file are looked at for its header.
const PEEK: u64 = 64 << 10;
/// Signs that stand between cells in files of spreadsheets; the comma first.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// How the text of a file is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Dialect {
    /// The encoding, if it is not UTF-8.
    pub utf16: Option<&'static Encoding>,
    /// The sign between cells.
    pub separator: u8,
    /// Whether rows that are not UTF-8 are read as Windows-1252.
    pub legacy: bool,
    /// Whether it begins with bytes that no text in UTF-8 has.
    pub binary: bool,
}

impl Default for Dialect {
    /// The standard's own.
    fn default() -> Dialect {
        Dialect { utf16: None, separator: b',', legacy: false, binary: false }
    }
}

impl Dialect {
    /// Looks at the beginning of a file of a kind.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(reader: Box<dyn Read + Send>, kind: Kind) -> io::Result<Dialect> {
        Dialect::by(reader, |name| is_column(kind, name))
    }

    /// Looks at the beginning of a file, some names of whose header are known.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn by(reader: Box<dyn Read + Send>, known: impl Fn(&str) -> bool) -> io::Result<Dialect> {
        let mut bytes = Vec::with_capacity(1 << 10);
        reader.take(PEEK).read_to_end(&mut bytes)?;
        let utf16 = match bytes.as_slice() {
            [0xFF, 0xFE, ..] => Some(UTF_16LE),
            [0xFE, 0xFF, ..] => Some(UTF_16BE),
            _ => None,
        };
        let text = utf16.map(|encoding| encoding.decode(&bytes).0.into_owned());
        let text = text.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
        let header = text.split(['\r', '\n']).next().unwrap_or_default();
        Ok(Dialect { utf16, separator: separator(header, known), legacy: false, binary: bytes.contains(&0) })
    }

    /// A scanner over a file of this dialect.
    pub fn scanner(self, reader: Box<dyn Read + Send>) -> Scanner<Box<dyn Read + Send>> {
        let reader: Box<dyn Read + Send> = match self.utf16 {
            Some(encoding) => Box::new(Decoded::new(reader, encoding)),
            None => reader,
        };
        Scanner::new(reader).separated_by(self.separator).legacy(self.legacy)
    }

    /// What is to be said of the dialect.
    pub fn notes(self) -> impl Iterator<Item = (Code, String)> {
        let encoding = self.utf16.map(|e| (Code::D9, format!("The file is {}; it was read as such.", e.name())));
        let sign = match self.separator {
            b';' => Some("semicolons"),
            b'\t' => Some("tabs"),
            b'|' => Some("vertical bars"),
            _ => None,
        };
        let sign = sign.map(|s| (Code::D16, format!("The cells are separated by {s}, not commas; it was read so.")));
        encoding.into_iter().chain(sign)
    }
}

/// The sign by which a header falls into most known names.
fn separator(header: &str, known: impl Fn(&str) -> bool) -> u8 {
    let count = |separator: u8| header.split(char::from(separator)).filter(|name| known(bare(name))).count();
    let mut best = (SEPARATORS[0], count(SEPARATORS[0]));
    for separator in SEPARATORS.into_iter().skip(1) {
        let names = count(separator);
        // One name alone is there whatever parts it from nothing.
        if names > best.1.max(1) {
            best = (separator, names);
        }
    }
    best.0
}

fn bare(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}')
}

fn is_column(kind: Kind, name: &str) -> bool {
    let mut columns = Version::ALL.into_iter().flat_map(|version| kind.entity().columns(version));
    columns.any(|(_, field)| field.column.eq_ignore_ascii_case(name) || field.name.eq_ignore_ascii_case(name))
}

/// A reader of UTF-16 that gives UTF-8.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    /// What of `input` is not decoded yet.
    left: std::ops::Range<usize>,
    output: Vec<u8>,
    given: usize,
    eof: bool,
    done: bool,
}

impl<R: Read> Decoded<R> {
    fn new(inner: R, encoding: &'static Encoding) -> Decoded<R> {
        let decoder = encoding.new_decoder_with_bom_removal();
        let (input, output) = (vec![0; PEEK as usize], Vec::new());
        Decoded { inner, decoder, input, left: 0..0, output, given: 0, eof: false, done: false }
    }

    /// Decodes the next bytes into `output`.
    fn refill(&mut self) -> io::Result<()> {
        if self.left.is_empty() && !self.eof {
            let read = self.inner.read(&mut self.input)?;
            (self.left, self.eof) = (0..read, read == 0);
        }
        self.output.resize(PEEK as usize, 0);
        let (result, read, written, _) =
            self.decoder.decode_to_utf8(&self.input[self.left.clone()], &mut self.output, self.eof);
        self.left.start += read;
        self.output.truncate(written);
        self.given = 0;
        self.done = self.eof && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && !self.done {
            self.refill()?;
        }
        let given = out.len().min(self.output.len() - self.given);
        out[..given].copy_from_slice(&self.output[self.given..self.given + given]);
        self.given += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn boxed(bytes: &[u8]) -> Box<dyn Read + Send> {
        Box::new(Cursor::new(bytes.to_vec()))
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn a_file_is_known_by_its_first_bytes_and_its_header() {
        let cases: [(&[u8], Option<&str>, u8); 7] = [
            (b"sourcedId,status,name", None, b','),
            (b"sourcedId;status;name,type\r\n1;2", None, b';'),
            (b"\xEF\xBB\xBF\"sourcedId\"\t\"status\"\n", None, b'\t'),
            (b"SOURCEDID|parent|x", None, b'|'),
            (b"sourcedId", None, b','),
            (b"", None, b','),
            (&utf16("sourcedId\tstatus\n", true), Some("UTF-16BE"), b'\t'),
        ];
        for (bytes, encoding, separator) in cases {
            let dialect = Dialect::of(boxed(bytes), Kind::Org).unwrap();
            assert_eq!((dialect.utf16.map(Encoding::name), dialect.separator), (encoding, separator), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn utf16_is_read_as_what_it_says(rows in proptest::collection::vec("[a-zé€𝄞 ]{1,40}", 1..40), big: bool) {
            let bytes = utf16(&rows.join("\r\n"), big);
            let mut scanner = Dialect::of(boxed(&bytes), Kind::Org).unwrap().scanner(boxed(&bytes));
            let mut read = Vec::new();
            while let Some(row) = scanner.next_row().unwrap() {
                read.push(row.cell(0).to_owned());
            }
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn any_bytes_have_a_dialect(bytes in proptest::collection::vec(any::<u8>(), 0..300), mark in 0usize..3) {
            let bytes = [[&[][..], &[0xFF, 0xFE], &[0xFE, 0xFF]][mark], &bytes].concat();
            let mut scanner = Dialect::of(boxed(&bytes), Kind::User).unwrap().scanner(boxed(&bytes));
            while let Ok(Some(_)) = scanner.next_row() {}
        }
    }
}
