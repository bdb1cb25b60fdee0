//! The packages that are made from those of the district; each is written once.

use super::{delta, dirt, shuffle};
use crate::bench::ground::{Ground, tables};
use crate::say;
use anyhow::Context as _;
use oneroster::csv::MANIFEST;
use oneroster::model::Kind;
use std::fs;
use std::path::{Path, PathBuf};

/// Faulty cells of the dirty package: fewer if that were more than one row in a hundred.
const FAULTS: usize = 5_000;

/// One row is repeated for so many faults, where rows are to repeat.
const FAULTS_A_REPEAT: usize = 10;

/// A dirty package and how many of its cells are faulty.
pub fn dirty(ground: &Ground, clean: &Path, repeat: bool) -> anyhow::Result<(PathBuf, usize)> {
    let files = read(clean)?;
    let lines = |text: &str| text.matches('\n').count().saturating_sub(1);
    let all: usize = files.iter().map(|(_, text)| lines(text)).sum();
    let faults = FAULTS.min(all / 100);
    let share = |text: &str| lines(text) * faults / all.max(1);
    let mut made = Vec::new();
    let mut put = 0;
    for (kind, text) in &files {
        let faults = share(text);
        let again = if repeat { faults.div_ceil(FAULTS_A_REPEAT) } else { 0 };
        let dirty = dirt::dirty(*kind, text, faults, again)?;
        put += dirty.faults;
        made.push((*kind, dirty.text));
    }
    let name = if repeat { "package-dirty-repeated" } else { "package-dirty" };
    let manifest = fs::read_to_string(clean.join(MANIFEST))?;
    Ok((written(ground, name, &manifest, &made)?, put))
}

/// The package with the rows of each file in another order.
pub fn shuffled(ground: &Ground, package: &Path) -> anyhow::Result<PathBuf> {
    let shuffled = |(kind, text): (Kind, String)| Ok((kind, shuffle::shuffled(&text)?));
    let made = read(package)?.into_iter().map(shuffled).collect::<anyhow::Result<Vec<_>>>()?;
    written(ground, "package-shuffled", &fs::read_to_string(package.join(MANIFEST))?, &made)
}

/// The package of what changed from one package to the other.
pub fn changes(ground: &Ground, before: &Path, after: &Path) -> anyhow::Result<PathBuf> {
    let at = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let (before, files) = (read(before)?, (read(after)?, after.join(MANIFEST)));
    let mut made = Vec::new();
    for ((kind, old), (other, new)) in before.iter().zip(&files.0) {
        anyhow::ensure!(kind == other, "the two days have different files");
        if let Some(text) = delta::delta(old, new, &at)? {
            made.push((*kind, text));
        }
    }
    let changed = |name: &str| made.iter().any(|(kind, _)| kind.entity().plural == name);
    let manifest = delta::manifest(&fs::read_to_string(files.1)?, changed);
    written(ground, "package-delta", &manifest, &made)
}

/// The files of a package, without the manifest.
fn read(package: &Path) -> anyhow::Result<Vec<(Kind, String)>> {
    let read = |name: String| {
        let kind = Kind::from_plural(&name).with_context(|| format!("{name}.csv is no file of the standard"))?;
        Ok((kind, fs::read_to_string(package.join(kind.entity().file_name()))?))
    };
    tables(package)?.into_iter().map(read).collect()
}

/// Writes a package, whole or not at all, in place of what an earlier run made.
fn written(ground: &Ground, name: &str, manifest: &str, files: &[(Kind, String)]) -> anyhow::Result<PathBuf> {
    say::error(format_args!("writing {name}"));
    let folder = ground.folder.join(name);
    for old in [&folder, &folder.with_extension("unfinished")] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    let unfinished = folder.with_extension("unfinished");
    fs::create_dir_all(&unfinished)?;
    fs::write(unfinished.join(MANIFEST), manifest)?;
    for (kind, text) in files {
        fs::write(unfinished.join(kind.entity().file_name()), text)?;
    }
    fs::rename(&unfinished, &folder)?;
    Ok(folder)
}
