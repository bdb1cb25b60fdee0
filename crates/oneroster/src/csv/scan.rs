//! Rows of a CSV file, by RFC 4180 to the letter, with what breaks it noted.
//!
//! The scanner never repairs and never stops at a fault of a row: it says
//! where each row begins, what its cells are when read in the plainest way, and
//! which rules the row breaks, so that validation can judge (csv.md 1.4). A row
//! is a view into the read buffer; nothing is allocated from row to row.

use super::padding::{self, Padding};
use encoding_rs::WINDOWS_1252;
use std::io::{self, Read};

/// Longest row in bytes. A quote that is never closed swallows the rest of the
/// file; this bounds the memory it may take.
pub const MAX_ROW: usize = 16 << 20;

const BLOCK: usize = 256 << 10;

/// What is wrong with the text of a row; several at once are possible.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults(u8);

impl Faults {
    /// A quote inside a cell that is not quoted.
    pub const BARE_QUOTE: Faults = Faults(1);
    /// Text between a closing quote and the next comma.
    pub const AFTER_QUOTE: Faults = Faults(2);
    /// A quote that is still open at the end of the file.
    pub const UNCLOSED: Faults = Faults(4);
    /// A line break inside a quoted cell.
    pub const LINE_BREAK: Faults = Faults(8);
    /// The row ends by a carriage return alone.
    pub const CR_END: Faults = Faults(16);
    /// A control character, such as NUL or a tab.
    pub const CONTROL: Faults = Faults(32);
    /// The bytes of the row are not UTF-8 and were read as Windows-1252.
    pub const LEGACY: Faults = Faults(64);
    /// Identifiers of the row lacked leading zeros, which were put before them.
    pub const PADDED: Faults = Faults(128);

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether one of `other` is among them.
    pub fn has(self, other: Faults) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Faults) -> Faults {
        Faults(self.0 | other.0)
    }

    fn add(&mut self, other: Faults) {
        self.0 |= other.0;
    }
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
}

/// One row: its cells, unquoted, and where it begins.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    text: &'a str,
    spans: &'a [Span],
    /// The physical line of the first byte; the first line of a file is 1.
    pub line: u32,
    /// What is wrong with the text of the row.
    pub faults: Faults,
}

impl<'a> Row<'a> {
    /// How many cells there are; an empty line has one.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is not even one cell, which does not happen.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// A cell; beyond the last one, an empty one.
    #[inline]
    pub fn cell(&self, index: usize) -> &'a str {
        match self.spans.get(index) {
            Some(span) => self.text.get(span.start as usize..span.end as usize).unwrap_or_default(),
            None => "",
        }
    }

    /// Every cell, in order.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let row = *self;
        (0..row.len()).map(move |i| row.cell(i))
    }

    /// Whether no cell holds anything but white space or the old end-of-file
    /// mark, Ctrl-Z (csv.md D17).
    pub fn is_blank(&self) -> bool {
        let hollow = |c: char| c.is_whitespace() || c == '\u{1a}';
        self.cells().all(|cell| cell.chars().all(hollow))
    }
}

/// A file that cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The bytes are not UTF-8 (csv.md T1).
    #[error("line {line} is not UTF-8 text")]
    Encoding {
        /// The line of the row with the first such byte.
        line: u32,
        /// Whether the file begins like UTF-16.
        utf16: bool,
    },
    /// A row of more than [`MAX_ROW`] bytes.
    #[error("the row at line {line} is longer than 16 MiB")]
    TooLong {
        /// The line where the row begins.
        line: u32,
    },
    /// The bytes could not be had.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Reads rows from a file.
#[derive(Debug)]
pub struct Scanner<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    eof: bool,
    begun: bool,
    line: u32,
    consumed: u64,
    spans: Vec<Span>,
    doubled: Vec<u32>,
    bom: bool,
    separator: u8,
    legacy: bool,
    decoded: String,
    padding: Padding,
    padded: String,
}

/// Bytes at which the reading of a quoted cell stops.
static QUOTED: [bool; 256] = stops(b"\"");

const fn stops(marks: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 0x20 {
        table[i] = true;
        i += 1;
    }
    let mut m = 0;
    while m < marks.len() {
        table[marks[m] as usize] = true;
        m += 1;
    }
    table[0x7f] = true;
    table
}

impl<R: Read> Scanner<R> {
    /// A scanner over a file, which it reads in large blocks.
    pub fn new(reader: R) -> Scanner<R> {
        Scanner {
            reader,
            buffer: vec![0; BLOCK],
            start: 0,
            end: 0,
            eof: false,
            begun: false,
            line: 1,
            consumed: 0,
            spans: Vec::with_capacity(32),
            doubled: Vec::new(),
            bom: false,
            separator: b',',
            legacy: false,
            decoded: String::new(),
            padding: Padding::default(),
            padded: String::new(),
        }
    }

    /// Takes another sign than a comma for the one between cells: a semicolon,
    /// a tab or a pipe (csv.md D16).
    #[must_use]
    pub fn separated_by(mut self, separator: u8) -> Scanner<R> {
        self.separator = separator;
        self
    }

    /// Reads rows that are not UTF-8 as Windows-1252 (csv.md D10).
    #[must_use]
    pub fn legacy(mut self, legacy: bool) -> Scanner<R> {
        self.legacy = legacy;
        self
    }

    /// Fills identifiers up with zeros in the rows to come (csv.md D30).
    pub fn pad(&mut self, padding: Padding) {
        self.padding = padding;
    }

    /// How many bytes were read into rows.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Whether the file began with a byte order mark, which was skipped.
    pub fn had_bom(&self) -> bool {
        self.bom
    }

    /// The next row, or `None` at the end of the file.
    ///
    /// # Errors
    /// If the file cannot be read on; see [`ScanError`].
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, ScanError> {
        if !self.begun {
            self.begin()?;
        }
        let parsed = loop {
            if self.start == self.end && self.eof {
                return Ok(None);
            }
            self.spans.clear();
            self.doubled.clear();
            let (bytes, eof) = (&self.buffer[self.start..self.end], self.eof);
            let (spans, doubled) = (&mut self.spans, &mut self.doubled);
            let parsed = match self.separator {
                b';' => Parse::<b';'>::new(bytes, eof).row(spans, doubled),
                b'\t' => Parse::<b'\t'>::new(bytes, eof).row(spans, doubled),
                b'|' => Parse::<b'|'>::new(bytes, eof).row(spans, doubled),
                _ => Parse::<b','>::new(bytes, eof).row(spans, doubled),
            };
            match parsed {
                Some(parsed) => break parsed,
                None => self.fill()?,
            }
        };
        let bytes = &mut self.buffer[self.start..self.start + parsed.consumed];
        for &cell in &self.doubled {
            self.spans[cell as usize].end = halve_quotes(bytes, self.spans[cell as usize]);
        }
        let line = self.line;
        self.start += parsed.consumed;
        self.consumed += parsed.consumed as u64;
        self.line = line.saturating_add(parsed.lines);
        let (text, faults): (&str, Faults) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, parsed.faults),
            Err(_) if self.legacy => {
                decode(bytes, &mut self.spans, &mut self.decoded);
                (&self.decoded, parsed.faults.and(Faults::LEGACY))
            }
            Err(e) => {
                let before = bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
                let utf16 = line == 1 && (bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]));
                return Err(ScanError::Encoding { line: line.saturating_add(before as u32), utf16 });
            }
        };
        if !self.padding.is_empty() && pad(&self.padding, text, &mut self.spans, &mut self.padded) {
            let faults = faults.and(Faults::PADDED);
            return Ok(Some(Row { text: &self.padded, spans: &self.spans, line, faults }));
        }
        Ok(Some(Row { text, spans: &self.spans, line, faults }))
    }

    fn begin(&mut self) -> Result<(), ScanError> {
        self.begun = true;
        self.fill()?;
        if self.buffer[..self.end].starts_with(&[0xEF, 0xBB, 0xBF]) {
            self.bom = true;
            self.start = 3;
        }
        Ok(())
    }

    /// Reads as much again as is there, so that a long row is not looked at
    /// once for every block of it.
    fn fill(&mut self) -> Result<(), ScanError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end > MAX_ROW {
            return Err(ScanError::TooLong { line: self.line });
        }
        if self.end * 2 > self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while self.end < self.buffer.len() {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.eof = true;
                    break;
                }
                Ok(read) => self.end += read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}

/// Writes a row once more with its identifiers filled up; whether any had to be.
fn pad(padding: &Padding, text: &str, spans: &mut [Span], out: &mut String) -> bool {
    let cell = |span: &Span| text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let short = |(at, span): (usize, &Span)| padding::is_short(cell(span), padding.width(at));
    if !spans.iter().enumerate().any(short) {
        return false;
    }
    out.clear();
    for (at, span) in spans.iter_mut().enumerate() {
        let start = out.len() as u32;
        padding::fill(cell(span), padding.width(at), out);
        *span = Span { start, end: out.len() as u32 };
    }
    true
}

/// Reads the cells of a row as Windows-1252, in which every byte is a sign.
#[cold]
fn decode(bytes: &[u8], spans: &mut [Span], out: &mut String) {
    out.clear();
    for span in spans {
        let start = out.len();
        let cell = bytes.get(span.start as usize..span.end as usize).unwrap_or_default();
        out.push_str(&WINDOWS_1252.decode_without_bom_handling(cell).0);
        *span = Span { start: start as u32, end: out.len() as u32 };
    }
}

/// Makes one quote of each two, and spaces of what is left over; returns the
/// new end of the cell.
fn halve_quotes(bytes: &mut [u8], span: Span) -> u32 {
    let (mut to, mut from, end) = (span.start as usize, span.start as usize, span.end as usize);
    while from < end {
        bytes[to] = bytes[from];
        from += if bytes[from] == b'"' { 2 } else { 1 };
        to += 1;
    }
    bytes[to..end].fill(b' ');
    to as u32
}

struct Parsed {
    consumed: usize,
    lines: u32,
    faults: Faults,
}

/// The state machine over the bytes of one row, whose cells are parted by
/// `SEPARATOR`.
struct Parse<'a, const SEPARATOR: u8> {
    bytes: &'a [u8],
    eof: bool,
    at: usize,
}

impl<const SEPARATOR: u8> Parse<'_, SEPARATOR> {
    /// Bytes at which the reading of an unquoted cell stops.
    const PLAIN: &'static [bool; 256] = &stops(&[SEPARATOR, b'"']);

    fn new(bytes: &[u8], eof: bool) -> Parse<'_, SEPARATOR> {
        Parse { bytes, eof, at: 0 }
    }

    /// The cells of the row that begins here; `None` if more bytes are needed.
    #[inline]
    fn row(mut self, spans: &mut Vec<Span>, doubled: &mut Vec<u32>) -> Option<Parsed> {
        let mut parsed = Parsed { consumed: 0, lines: 1, faults: Faults::default() };
        loop {
            if self.bytes.get(self.at) == Some(&b'"') {
                if self.quoted(spans, &mut parsed)? {
                    doubled.push(spans.len() as u32 - 1);
                }
            } else {
                let start = self.at;
                self.plain(&mut parsed.faults)?;
                spans.push(Span { start: start as u32, end: self.at as u32 });
            }
            let Some(&end) = self.bytes.get(self.at) else {
                parsed.consumed = self.at;
                return Some(parsed);
            };
            self.at += 1;
            if end == b'\r' {
                match self.bytes.get(self.at) {
                    Some(b'\n') => self.at += 1,
                    None if !self.eof => return None,
                    _ => parsed.faults.add(Faults::CR_END),
                }
            }
            if end != SEPARATOR {
                parsed.consumed = self.at;
                return Some(parsed);
            }
        }
    }

    /// Goes to the comma or line end after unquoted text.
    #[inline]
    fn plain(&mut self, faults: &mut Faults) -> Option<()> {
        loop {
            match self.bytes[self.at..].iter().position(|&b| Self::PLAIN[b as usize]) {
                Some(skip) => self.at += skip,
                None if self.eof => {
                    self.at = self.bytes.len();
                    return Some(());
                }
                None => return None,
            }
            match self.bytes[self.at] {
                b if b == SEPARATOR || b == b'\n' || b == b'\r' => return Some(()),
                b'"' => faults.add(Faults::BARE_QUOTE),
                _ => faults.add(Faults::CONTROL),
            }
            self.at += 1;
        }
    }

    /// Reads a quoted cell; whether it holds doubled quotes.
    fn quoted(&mut self, spans: &mut Vec<Span>, parsed: &mut Parsed) -> Option<bool> {
        let open = self.at + 1;
        self.at = open;
        let mut doubled = false;
        loop {
            match self.bytes[self.at..].iter().position(|&b| QUOTED[b as usize]) {
                Some(skip) => self.at += skip,
                None if self.eof => {
                    parsed.faults.add(Faults::UNCLOSED);
                    self.at = self.bytes.len();
                    spans.push(Span { start: open as u32, end: self.at as u32 });
                    return Some(false);
                }
                None => return None,
            }
            let next = self.bytes.get(self.at + 1);
            match (self.bytes[self.at], next) {
                (b'"' | b'\r', None) if !self.eof => return None,
                (b'"', Some(b'"')) => {
                    doubled = true;
                    self.at += 1;
                }
                (b'"', _) => break,
                (b'\r', Some(b'\n')) => parsed.faults.add(Faults::LINE_BREAK),
                (b'\r' | b'\n', _) => {
                    parsed.faults.add(Faults::LINE_BREAK);
                    parsed.lines = parsed.lines.saturating_add(1);
                }
                _ => parsed.faults.add(Faults::CONTROL),
            }
            self.at += 1;
        }
        let close = self.at;
        self.at += 1;
        let next = self.bytes.get(self.at).copied();
        if next.is_none_or(|b| b == SEPARATOR || b == b'\n' || b == b'\r') {
            spans.push(Span { start: open as u32, end: close as u32 });
            return Some(doubled);
        }
        // Quotes that should have been doubled: the cell is what stands between
        // the outermost ones, taken as it is.
        parsed.faults.add(Faults::AFTER_QUOTE);
        self.plain(&mut Faults::default())?;
        let ends_quoted = self.bytes[self.at - 1] == b'"';
        let (start, end) = if ends_quoted { (open, self.at - 1) } else { (open - 1, self.at) };
        spans.push(Span { start: start as u32, end: end as u32 });
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Read = (u32, Vec<String>, Faults);

    struct Chunks<'a>(&'a [u8], usize);

    impl io::Read for Chunks<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let take = self.1.min(out.len()).min(self.0.len());
            out[..take].copy_from_slice(&self.0[..take]);
            self.0 = &self.0[take..];
            Ok(take)
        }
    }

    fn scan(bytes: &[u8], chunk: usize) -> Result<Vec<Read>, ScanError> {
        let mut scanner = Scanner::new(Chunks(bytes, chunk));
        let mut rows = Vec::new();
        while let Some(row) = scanner.next_row()? {
            rows.push((row.line, row.cells().map(str::to_owned).collect(), row.faults));
        }
        Ok(rows)
    }

    fn row(line: u32, cells: &[&str], faults: Faults) -> Read {
        (line, cells.iter().map(|&c| c.to_owned()).collect(), faults)
    }

    #[test]
    fn each_form_is_read_and_each_fault_noted() {
        let none = Faults::default();
        let cases: [(&[u8], Vec<Read>); 14] = [
            (b"", vec![]),
            (b"a,b\r\nc,d", vec![row(1, &["a", "b"], none), row(2, &["c", "d"], none)]),
            (b"a,b\nc,\n", vec![row(1, &["a", "b"], none), row(2, &["c", ""], none)]),
            (b"\xEF\xBB\xBFa\r\n\r\nb", vec![row(1, &["a"], none), row(2, &[""], none), row(3, &["b"], none)]),
            (b"\"a,\"\"b\"\"\",\"\"\r\n", vec![row(1, &["a,\"b\"", ""], none)]),
            (b"a\rb\r", vec![row(1, &["a"], Faults::CR_END), row(2, &["b"], Faults::CR_END)]),
            (b"Birch \"B\" School,x", vec![row(1, &["Birch \"B\" School", "x"], Faults::BARE_QUOTE)]),
            (b"\"Birch \"B\" School\",x", vec![row(1, &["Birch \"B\" School", "x"], Faults::AFTER_QUOTE)]),
            (b"\"a\"b,c", vec![row(1, &["\"a\"b", "c"], Faults::AFTER_QUOTE)]),
            (b"\"a\r\nb\nc\",d\ne", vec![row(1, &["a\r\nb\nc", "d"], Faults::LINE_BREAK), row(4, &["e"], none)]),
            (b"a,\"b\nc", vec![row(1, &["a", "b\nc"], Faults::UNCLOSED.and(Faults::LINE_BREAK))]),
            (b"a\0b,\t", vec![row(1, &["a\0b", "\t"], Faults::CONTROL)]),
            (b",\n", vec![row(1, &["", ""], none)]),
            (b"x,", vec![row(1, &["x", ""], none)]),
        ];
        for (bytes, wanted) in cases {
            for chunk in [1, 2, 3, 1000] {
                assert_eq!(scan(bytes, chunk).unwrap(), wanted, "{bytes:?} by {chunk}");
            }
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_an_error_with_their_line() {
        let at = |bytes: &[u8]| match scan(bytes, 9) {
            Err(ScanError::Encoding { line, utf16 }) => Some((line, utf16)),
            _ => None,
        };
        assert_eq!(at(b"a\nb\n\xE9t\xE9\n"), Some((3, false)));
        assert_eq!(at(b"\xFF\xFEa\0"), Some((1, true)));
        assert_eq!(at("é\n".as_bytes()), None);
    }

    #[test]
    fn other_signs_part_cells_and_other_bytes_are_read_if_asked_for() {
        let rows = |bytes: &[u8], separator: u8| {
            let mut scanner = Scanner::new(Chunks(bytes, 3)).separated_by(separator).legacy(true);
            let mut rows = Vec::new();
            while let Some(row) = scanner.next_row().unwrap() {
                rows.push((row.line, row.cells().map(str::to_owned).collect(), row.faults));
            }
            rows
        };
        let none = Faults::default();
        assert_eq!(rows(b"a;b,c\n\"d;\"\"e\";", b';'), [row(1, &["a", "b,c"], none), row(2, &["d;\"e", ""], none)]);
        assert_eq!(rows(b"a\tb", b'\t'), [row(1, &["a", "b"], none)]);
        assert_eq!(rows(b"a|b|", b'|'), [row(1, &["a", "b", ""], none)]);
        let bytes = b"\"Zo\xEB \"\"Z\"\"\",\x80\nZo\xC3\xAB";
        assert_eq!(rows(bytes, b','), [row(1, &["Zoë \"Z\"", "€"], Faults::LEGACY), row(2, &["Zoë"], none)]);
    }

    #[test]
    fn a_row_without_end_is_bounded() {
        let endless = io::repeat(b'x');
        assert!(matches!(Scanner::new(endless).next_row(), Err(ScanError::TooLong { line: 1 })));
    }

    #[test]
    fn blank_rows_are_known() {
        for blank in [&b"\n"[..], b",,,\n", b" , \n", b"\x1a", b"\"\",\n"] {
            let mut scanner = Scanner::new(blank);
            assert!(scanner.next_row().unwrap().unwrap().is_blank());
        }
        assert!(!Scanner::new(&b",0"[..]).next_row().unwrap().unwrap().is_blank());
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(bytes in "[a,\"\r\n é]{0,60}", chunk in 1usize..8) {
            prop_assert_eq!(scan(bytes.as_bytes(), chunk).unwrap(), scan(bytes.as_bytes(), 4096).unwrap());
        }

        #[test]
        fn what_is_quoted_properly_comes_back(rows in proptest::collection::vec(
            proptest::collection::vec("[a-c,\" é]{0,6}", 1..5), 1..6)) {
            let mut bytes = String::new();
            for row in &rows {
                let cells: Vec<String> = row.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
                bytes += &(cells.join(",") + "\r\n");
            }
            let read = scan(bytes.as_bytes(), 7).unwrap();
            prop_assert!(read.iter().all(|(_, _, faults)| faults.is_empty()));
            prop_assert_eq!(read.into_iter().map(|(_, cells, _)| cells).collect::<Vec<_>>(), rows);
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = scan(&bytes, 5);
            for separator in *b";\t|" {
                let mut scanner = Scanner::new(bytes.as_slice()).separated_by(separator).legacy(true);
                while let Ok(Some(row)) = scanner.next_row() {
                    prop_assert!(row.cells().all(|cell| cell.len() <= 3 * bytes.len()));
                }
            }
        }
    }
}
