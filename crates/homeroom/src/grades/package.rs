//! A gradebook as a package, so that it takes the way of every import: one of
//! changes, for only those may name classes and people that do not come along.

use crate::output::Failure;
use crate::sync::source::{private, private_file};
use oneroster::csv::export::{Export, Settings, metadata_names};
use oneroster::csv::write::manifest;
use oneroster::csv::{MANIFEST, Mode};
use oneroster::json::Row;
use oneroster::model::{Kind, Version};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The files of a gradebook, parents first.
const KINDS: [Kind; 3] = [Kind::Category, Kind::LineItem, Kind::Result];

/// Writes records, and tombstones of others, into a new package below a folder.
///
/// # Errors
/// If it cannot be written.
pub fn write(name: &str, records: &[Record], now: Timestamp, below: &Path) -> Result<PathBuf, Failure> {
    let folder = below.join(name);
    private(&folder)?;
    let mut modes = Vec::new();
    for kind in KINDS {
        let of_kind: Vec<&Record> = records.iter().filter(|record| record.kind() == kind).collect();
        // A file without a row says nothing.
        if of_kind.is_empty() {
            continue;
        }
        modes.push((kind, Mode::Delta));
        private_file(&folder.join(kind.entity().file_name()))?.write_all(&file(kind, &of_kind, now))?;
    }
    let text = manifest(Version::V1P2, &modes, Some((name, &now.to_string())));
    private_file(&folder.join(MANIFEST))?.write_all(text.as_bytes())?;
    Ok(folder)
}

fn file(kind: Kind, records: &[&Record], now: Timestamp) -> Vec<u8> {
    let mut packed: Vec<(Vec<u8>, &Record)> = Vec::with_capacity(records.len());
    let mut names = BTreeSet::new();
    for record in records {
        let mut bytes = Vec::new();
        (*record).clone().pack(&mut bytes);
        metadata_names(kind, &bytes, &mut names);
        packed.push((bytes, record));
    }
    let mut export = Export::to_be_judged(Settings {
        version: Version::V1P2,
        mode: Mode::Delta,
        kinds: vec![kind],
        passwords: false,
    });
    export.begin(kind, &names);
    let mut out = Vec::new();
    export.header(&mut out);
    for (packed, record) in &packed {
        let (sourced_id, status) = (record.sourced_id.as_str(), record.status);
        export.row(&Row { sourced_id, status, published: now, packed, children: &[] }, &mut out);
    }
    out
}
