//! What changed from one day's file to the next, as the source would send it.

use super::table::{Table, cells, row_like};
use oneroster::csv::Mode;
use oneroster::model::COMMON;
use oneroster::record::Status;
use std::collections::HashMap;

/// The rows that are new or other than the day before, and those that are
/// gone, dated so; `None` if there are none.
pub fn delta(before: &str, after: &str, at: &str) -> anyhow::Result<Option<String>> {
    let (before, after) = (Table::of(before)?, Table::of(after)?);
    anyhow::ensure!(before.header == after.header, "the header changed: {}", after.header);
    let header = cells(after.header);
    let common = COMMON.each_ref().map(|field| field.column);
    anyhow::ensure!(header.starts_with(&common), "the columns that every file has are not the first: {}", after.header);
    let mut old: HashMap<&str, &str> = before.rows.iter().map(|&row| (id(row), row)).collect();
    let mut rows = String::new();
    for row in &after.rows {
        if old.remove(id(row)) != Some(*row) {
            rows.push_str(&dated(row, Status::Active, at));
        }
    }
    for row in before.rows.iter().filter(|row| old.contains_key(id(row))) {
        rows.push_str(&dated(row, Status::ToBeDeleted, at));
    }
    Ok((!rows.is_empty()).then(|| format!("{}{rows}", after.header)))
}

fn id(row: &str) -> &str {
    row.split(',').next().unwrap_or_default()
}

fn dated(row: &str, status: Status, at: &str) -> String {
    let mut cells = cells(row);
    if let [_, state, modified, ..] = cells.as_mut_slice() {
        (*state, *modified) = (status.word(), at);
    }
    row_like(row, &cells)
}

/// The manifest of a package of changes: the files that have any are `delta`,
/// and the others, which may not be empty, `absent`.
pub fn manifest(bulk: &str, changed: impl Fn(&str) -> bool) -> String {
    let mode = |row: &str| {
        let name = cells(row).first()?.strip_prefix("file.")?.to_owned();
        let mode = if changed(&name) { Mode::Delta } else { Mode::Absent };
        Some(row_like(row, &[&format!("file.{name}"), mode.word()]))
    };
    bulk.split_inclusive('\n').map(|row| mode(row).unwrap_or_else(|| row.to_owned())).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    const HEADER: &str = "sourcedId,status,dateLastModified,title\r\n";

    #[test]
    fn new_other_and_gone_rows_are_told() {
        let before = format!("{HEADER}a,,,Same\r\nb,,,Old\r\nc,,,Gone\r\n");
        let after = format!("{HEADER}d,,,\"New, too\"\r\nb,,,Other\r\na,,,Same\r\n");
        let wanted = format!("{HEADER}d,active,T,\"New, too\"\r\nb,active,T,Other\r\nc,tobedeleted,T,Gone\r\n");
        assert_eq!(delta(&before, &after, "T").unwrap().as_deref(), Some(wanted.as_str()));
        assert_eq!(delta(&before, &before, "T").unwrap(), None);
        assert!(delta("id,name\n", &after, "T").is_err());
    }

    #[test]
    fn the_manifest_names_the_files_with_changes() {
        let bulk = "propertyName,value\r\noneroster.version,1.2\r\nfile.orgs,bulk\r\nfile.users,bulk\r\n";
        let wanted = "propertyName,value\r\noneroster.version,1.2\r\nfile.orgs,absent\r\nfile.users,delta\r\n";
        assert_eq!(manifest(bulk, |name| name == "users"), wanted);
    }
}
