//! How cells and rows are written.
//!
//! A cell that a spreadsheet would take for a formula is written as it is:
//! these files are read by programs, which would keep whatever was put before
//! it as part of a name or a number.

/// The ways of systems.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// RFC 4180: quotes doubled, rows end in CR and LF.
    Rfc,
    /// Quotes around what holds a comma or a space, backslash before quotes and
    /// backslashes, rows end in LF.
    Backslash,
}

impl Style {
    /// Appends a row.
    pub fn row<'a>(self, cells: impl IntoIterator<Item = &'a str>, out: &mut Vec<u8>) {
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            self.cell(cell, out);
        }
        out.extend_from_slice(match self {
            Style::Rfc => b"\r\n",
            Style::Backslash => b"\n",
        });
    }

    fn cell(self, text: &str, out: &mut Vec<u8>) {
        let text = unbroken(text);
        match self {
            Style::Rfc => oneroster::csv::write::push_cell(out, &text),
            Style::Backslash if text.contains([',', ' ', '"', '\\']) => {
                out.push(b'"');
                for byte in text.bytes() {
                    if matches!(byte, b'"' | b'\\') {
                        out.push(b'\\');
                    }
                    out.push(byte);
                }
                out.push(b'"');
            }
            Style::Backslash => out.extend_from_slice(text.as_bytes()),
        }
    }
}

/// No cell may hold a line break, or another sign that steers.
fn unbroken(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(char::is_control) {
        text.replace("\r\n", " ").replace(char::is_control, " ").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(style: Style, cells: &[&str]) -> String {
        let mut out = Vec::new();
        style.row(cells.iter().copied(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_are_written_as_each_system_reads_them() {
        let cells = ["a", "", "b c", "d,e", "f\"g", "h\\i", "j\nk"];
        assert_eq!(row(Style::Rfc, &cells), "a,,b c,\"d,e\",\"f\"\"g\",h\\i,j k\r\n");
        assert_eq!(row(Style::Backslash, &cells), "a,,\"b c\",\"d,e\",\"f\\\"g\",\"h\\\\i\",\"j k\"\n");
    }

    #[test]
    fn what_looks_like_a_formula_stays_what_it_is() {
        for cell in ["=1+1", "+15550100", "-5", "@home"] {
            assert_eq!(row(Style::Rfc, &[cell]), format!("{cell}\r\n"));
            assert_eq!(row(Style::Backslash, &[cell]), format!("{cell}\n"));
        }
    }
}
