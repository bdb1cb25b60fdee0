//! Identifiers that stand in a file more than once (R1, D36, D36c, R5), and
//! the second look at a file for the few rows that need one.

use super::judging::{Judging, Reading, Remarks};
use super::rules::{Code, Severity};
use crate::csv::cell;
use crate::csv::{DataRows, Package, PackageError, Plan, Row, ScanError};
use crate::record::id_digest;
use hashbrown::{HashMap, HashSet};
use xxhash_rust::xxh3::Xxh3;

/// The rows of one suspected identifier.
struct Group {
    content: u128,
    same: bool,
    rows: Vec<(u32, u32)>,
}

/// Goes over a file again.
pub(super) fn again(
    package: &Package,
    entry: &str,
    strict: bool,
    mut each: impl FnMut(u32, &Row<'_>),
) -> Result<(), PackageError> {
    let broken = |e: ScanError| PackageError::broken(entry, &std::io::Error::other(e.to_string()));
    let mut rows = DataRows::of_file(package.read(entry)?, strict).map_err(broken)?;
    while let Some(numbered) = rows.next_row().map_err(broken)? {
        if let Some(ordinal) = numbered.ordinal {
            each(ordinal, &numbered.row);
        }
    }
    Ok(())
}

/// Lines and identifiers of some rows.
pub(super) fn rows_of(
    package: &Package,
    entry: &str,
    (strict, id_column): (bool, usize),
    wanted: &HashSet<u32>,
) -> Result<HashMap<u32, (u32, String)>, PackageError> {
    let mut found = HashMap::with_capacity(wanted.len());
    if wanted.is_empty() {
        return Ok(found);
    }
    again(package, entry, strict, |ordinal, row| {
        if wanted.contains(&ordinal) {
            found.insert(ordinal, (row.line, cell::key(row.cell(id_column), strict).to_owned()));
        }
    })?;
    Ok(found)
}

/// Finds identifiers that are there more than once, exactly.
pub(super) fn settle(
    judging: &mut Judging<'_>,
    reading: &mut Reading,
    plan: &Plan,
    package: &Package,
    entry: &str,
) -> Result<(), PackageError> {
    reading.digests.sort_unstable();
    let twice = reading.digests.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0]);
    reading.suspects.extend(twice);
    if !reading.suspects.is_empty() {
        let groups = groups(reading, package, entry, judging.options.strict)?;
        for (id, group) in groups {
            group_of(judging, reading, plan, &id, &group);
        }
    }
    cases(judging, reading, plan, package, entry)
}

fn groups(
    reading: &Reading,
    package: &Package,
    entry: &str,
    strict: bool,
) -> Result<Vec<(String, Group)>, PackageError> {
    let mut groups: HashMap<String, Group> = HashMap::new();
    again(package, entry, strict, |ordinal, row| {
        let id = cell::key(row.cell(reading.id_column), strict);
        if reading.skipped.has(ordinal) || !reading.suspects.contains(&id_digest(id)) {
            return;
        }
        let content = content(row);
        match groups.get_mut(id) {
            Some(group) => {
                group.same &= group.content == content;
                group.rows.push((ordinal, row.line));
            }
            None => {
                groups.insert(id.to_owned(), Group { content, same: true, rows: vec![(ordinal, row.line)] });
            }
        }
    })?;
    let mut groups: Vec<(String, Group)> = groups.into_iter().filter(|(_, g)| g.rows.len() > 1).collect();
    groups.sort_unstable_by(|a, b| a.1.rows[0].cmp(&b.1.rows[0]));
    Ok(groups)
}

fn content(row: &Row<'_>) -> u128 {
    let mut hash = Xxh3::new();
    for cell in row.cells() {
        hash.update(&(cell.len() as u32).to_le_bytes());
        hash.update(cell.as_bytes());
    }
    hash.digest128()
}

fn group_of(judging: &mut Judging<'_>, reading: &mut Reading, plan: &Plan, id: &str, group: &Group) {
    let strict = judging.options.strict;
    let mut remarks = Remarks { report: &mut judging.report, plan, file: reading.file, line: 0, id, rejected: false };
    let at = Some(reading.id_column);
    // Copies of one row are one record; the strict letter knows no copies.
    let spare = if strict || group.same { &group.rows[1..] } else { &group.rows[..] };
    for &(ordinal, line) in spare {
        remarks.line = line;
        if strict {
            remarks.add(Code::R1, at, id);
        } else if group.same {
            remarks.put(Code::D36, Severity::Repaired, at, id, 0);
            if !reading.rejected.has(ordinal) {
                reading.skipped.insert(ordinal);
            }
            continue;
        } else {
            remarks.add(Code::D36c, at, id);
        }
        reading.reject(ordinal, id);
    }
    if !strict && !group.same {
        let ids = &mut judging.ids[reading.kind as usize];
        if let Some(number) = ids.find(id) {
            ids.reject(number);
        }
    }
}

/// R5: identifiers that differ only by case.
fn cases(
    judging: &mut Judging<'_>,
    reading: &mut Reading,
    plan: &Plan,
    package: &Package,
    entry: &str,
) -> Result<(), PackageError> {
    let mut folded = std::mem::take(&mut reading.folded);
    if folded.is_empty() || judging.report.severity(Code::R5).is_none() {
        return Ok(());
    }
    folded.sort_unstable();
    let mut wanted: HashSet<u32> = folded.windows(2).filter(|w| w[0].0 == w[1].0).map(|w| w[1].1).collect();
    let ids = &judging.ids[reading.kind as usize];
    let known = |digest: u64| match reading.keeps_ids {
        true => ids.has_digest(digest),
        false => reading.digests.binary_search(&digest).is_ok(),
    };
    wanted.extend(folded.iter().filter(|(digest, _)| known(*digest)).map(|(_, row)| *row));
    wanted.retain(|row| reading.stands(*row));
    let strict = judging.options.strict;
    for (line, id) in rows_of(package, entry, (strict, reading.id_column), &wanted)?.into_values() {
        let report = &mut judging.report;
        let mut remarks = Remarks { report, plan, file: reading.file, line, id: &id, rejected: false };
        remarks.add(Code::R5, Some(reading.id_column), &id);
    }
    Ok(())
}
