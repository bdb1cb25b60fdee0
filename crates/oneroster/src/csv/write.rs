//! Rows and manifests in the form that csv.md section 7 asks of exporters.

use super::header::METADATA_PREFIX;
use super::manifest::{MANIFEST_FORM, Mode, properties};
use crate::model::{Entity, Kind, Slot, Type, Version};
use crate::record::Record;
use crate::time::Timestamp;

/// Ends every row.
pub const LINE_END: &str = "\r\n";

/// The cells of common columns: blank in bulk, filled in delta (csv.md 3.1).
#[derive(Clone, Copy, Debug)]
pub enum Lifecycle {
    /// A bulk file.
    Bulk,
    /// A delta file; the instant is that of the row's last change.
    Delta(Timestamp),
}

/// Appends a cell, quoted where it must be: commas, quotes, white space at the
/// ends. Line breaks become spaces, for no cell may hold one.
pub fn write_cell(out: &mut String, text: &str) {
    let at_end = |c: Option<char>| c.is_some_and(|c| c == ' ' || c == '\t');
    let quoted = text.contains([',', '"']) || at_end(text.chars().next()) || at_end(text.chars().next_back());
    let broken = text.contains(['\n', '\r']);
    if !quoted && !broken {
        out.push_str(text);
        return;
    }
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\"\""),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' | '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends a row of cells.
pub fn write_row<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_cell(out, cell);
    }
    out.push_str(LINE_END);
}

/// Appends the header of a kind's file: every column of the version in order,
/// then the metadata columns given, which ought to be sorted.
pub fn header(out: &mut String, entity: &'static Entity, version: Version, metadata: &[&str]) {
    let columns = entity.columns(version).map(|(_, field)| field.column.to_owned());
    let names: Vec<String> = columns.chain(metadata.iter().map(|name| format!("{METADATA_PREFIX}{name}"))).collect();
    write_row(out, names.iter().map(String::as_str));
}

/// Appends a record as a row under [`header`]'s columns.
pub fn write_record(out: &mut String, record: &Record, version: Version, metadata: &[&str], lifecycle: Lifecycle) {
    let entity = record.kind().entity();
    let mut cell = String::new();
    for (at, (slot, field)) in entity.columns(version).enumerate() {
        cell.clear();
        match (slot, lifecycle) {
            (Slot::SourcedId, _) => cell.push_str(&record.sourced_id),
            (Slot::Status, Lifecycle::Delta(_)) => cell.push_str(record.status.word()),
            (Slot::Modified, Lifecycle::Delta(instant)) => cell.push_str(&instant.to_string()),
            (Slot::Status | Slot::Modified, Lifecycle::Bulk) => {}
            (Slot::Own(own), _) => value(&mut cell, record, own, field.ty, field.many),
        }
        if at > 0 {
            out.push(',');
        }
        write_cell(out, &cell);
    }
    let members = entity.metadata();
    for &name in metadata {
        cell.clear();
        let member = members.and_then(|field| record.pairs(field).find(|(n, _)| *n == name));
        if let Some((_, json)) = member {
            match serde_json::from_str::<String>(json) {
                Ok(text) => cell.push_str(&text),
                Err(_) => cell.push_str(json),
            }
        }
        out.push(',');
        write_cell(out, &cell);
    }
    out.push_str(LINE_END);
}

fn value(cell: &mut String, record: &Record, field: u8, ty: Type, many: bool) {
    if let Type::Pairs(..) = ty {
        for (left, right) in record.pairs(field) {
            separate(cell);
            for part in ["{", left, ":", right, "}"] {
                cell.push_str(part);
            }
        }
    } else if many {
        for item in record.list(field) {
            separate(cell);
            // A comma inside an item would make two of it (csv.md 7, item 9).
            cell.extend(item.chars().map(|c| if c == ',' { ' ' } else { c }));
        }
    } else {
        cell.push_str(record.get(field).unwrap_or_default());
    }
}

fn separate(cell: &mut String) {
    if !cell.is_empty() {
        cell.push(',');
    }
}

/// The text of manifest.csv: every property of the version in order; a file
/// that is not in `modes` is absent. The source is its name and its code.
pub fn manifest(version: Version, modes: &[(Kind, Mode)], source: Option<(&str, &str)>) -> String {
    let mut out = String::new();
    write_row(&mut out, ["propertyName", "value"]);
    for property in properties(version) {
        let file = property.strip_prefix("file.");
        let value = match (property.as_str(), file, source) {
            (_, Some(file), _) => {
                let mode = modes.iter().find(|(kind, _)| kind.entity().plural == file);
                mode.map_or(Mode::Absent, |(_, mode)| *mode).word()
            }
            ("manifest.version", ..) => MANIFEST_FORM,
            ("oneroster.version", ..) => version.label(),
            ("source.systemName", _, Some((name, _))) => name,
            ("source.systemCode", _, Some((_, code))) => code,
            _ => continue,
        };
        write_row(&mut out, [property.as_str(), value]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let cases = [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            (" x", "\" x\""),
            ("a\r\nb", "\"a b\""),
            ("é'-", "é'-"),
        ];
        for (text, wanted) in cases {
            let mut out = String::new();
            write_cell(&mut out, text);
            assert_eq!(out, wanted);
        }
    }

    #[test]
    fn the_manifest_of_the_samples_is_written_as_it_stands() {
        for (version, text) in [
            (Version::V1P1, include_str!("../../tests/fixtures/v1p1/manifest.csv")),
            (Version::V1P2, include_str!("../../tests/fixtures/v1p2/manifest.csv")),
        ] {
            let all: Vec<(Kind, Mode)> = super::super::manifest::kinds(version).map(|k| (k, Mode::Bulk)).collect();
            let written = manifest(version, &all, Some(("Alder Valley SIS", "AVSD-SIS")));
            assert_eq!(written.trim_end(), text.replace("\r\n", "\n").replace('\n', "\r\n").trim_end());
        }
    }
}
