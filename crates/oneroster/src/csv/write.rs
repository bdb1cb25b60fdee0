//! Rows and manifests in the form that csv.md section 7 asks of exporters.

use super::export;
use super::header::METADATA_PREFIX;
use super::manifest::{MANIFEST_FORM, Mode, properties};
use crate::json::Row;
use crate::model::{Entity, Kind, Version};
use crate::record::Record;
use crate::time::Timestamp;
use std::collections::BTreeSet;

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
    if text.contains(['\n', '\r']) {
        let unbroken = text.replace("\r\n", " ").replace(['\n', '\r'], " ");
        return write_cell(out, &unbroken);
    }
    let at_end = |c: Option<char>| c.is_some_and(|c| c == ' ' || c == '\t');
    let quoted = text.contains([',', '"']) || at_end(text.chars().next()) || at_end(text.chars().next_back());
    if !quoted {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push('"');
}

/// Appends a cell as [`write_cell`] does, to bytes.
pub fn push_cell(out: &mut Vec<u8>, text: &str) {
    export::push_cell(out, text);
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

/// Appends a record as a row under [`header`]'s columns, by itself: no
/// reference is asked whether it holds. Nothing is appended if the version has
/// no form of the record.
pub fn write_record(out: &mut String, record: &Record, version: Version, metadata: &[&str], lifecycle: Lifecycle) {
    let mode = if matches!(lifecycle, Lifecycle::Bulk) { Mode::Bulk } else { Mode::Delta };
    let names: BTreeSet<String> = metadata.iter().map(|&name| name.to_owned()).collect();
    let published = if let Lifecycle::Delta(instant) = lifecycle { instant } else { Timestamp(0) };
    let mut packed = Vec::new();
    record.clone().pack(&mut packed);
    let (sourced_id, status) = (record.sourced_id.as_str(), record.status);
    let row = Row { sourced_id, status, published, packed: &packed, children: &[] };
    let mut cells = Vec::new();
    export::lone_row(&row, record.kind(), (version, mode), &names, &mut cells);
    out.push_str(&String::from_utf8_lossy(&cells));
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
    use crate::at;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let cases = [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            (" x", "\" x\""),
            ("a\r\nb", "a b"),
            ("\na,b", "\" a,b\""),
            ("é'-", "é'-"),
        ];
        for (text, wanted) in cases {
            let mut out = String::new();
            write_cell(&mut out, text);
            assert_eq!(out, wanted);
        }
    }

    #[test]
    fn the_session_of_a_line_item_is_written_in_either_version() {
        let mut item = Record::new(Kind::LineItem);
        item.sourced_id.push_str("li");
        for (field, session) in [(at!(LineItem.academicSession), "t1"), (at!(LineItem.gradingPeriod), "gp1")] {
            let mut one = item.clone();
            one.push(field, session);
            for version in Version::ALL {
                let mut row = String::new();
                write_record(&mut row, &one, version, &[], Lifecycle::Bulk);
                assert!(row.contains(&format!(",{session},")), "{version}: {row}");
            }
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
