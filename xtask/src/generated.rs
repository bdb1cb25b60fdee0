//! The files that are written by the code and committed all the same, so that
//! a reader and a review see them.

use crate::{findings, place, say};
use anyhow::Context as _;
use homeroom_store::{Dialect, schema};
use std::fs;
use std::path::Path;

/// One generated file.
struct Generated {
    /// Where it lies, from the top of the repository.
    path: &'static str,
    /// What it must hold.
    text: fn() -> String,
}

const GENERATED: &[Generated] = &[
    Generated { path: "crates/homeroom-store/migrations/sqlite/V1__roster.sql", text: || schema(Dialect::Sqlite) },
    Generated { path: "crates/homeroom-store/migrations/postgres/V1__roster.sql", text: || schema(Dialect::Postgres) },
    Generated { path: "docs/findings.md", text: findings::page },
];

/// Writes those that are stale, and says which.
pub fn write() -> anyhow::Result<()> {
    let root = place::root();
    for file in stale(&root, GENERATED) {
        let path = root.join(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, (file.text)()).with_context(|| file.path.to_owned())?;
        say::line(format_args!("wrote {}", file.path));
    }
    Ok(())
}

/// Fails if any is stale, naming it.
pub fn check() -> anyhow::Result<()> {
    let stale = stale(&place::root(), GENERATED);
    if stale.is_empty() {
        say::line(format_args!("{} generated files are what the code writes", GENERATED.len()));
        return Ok(());
    }
    let names: Vec<_> = stale.iter().map(|file| file.path).collect();
    anyhow::bail!("stale: {}\nrun `cargo xtask gen` and commit what it writes", names.join(", "))
}

/// Those that are missing or hold something else.
fn stale<'a>(root: &Path, files: &'a [Generated]) -> Vec<&'a Generated> {
    let differs = |file: &&Generated| fs::read_to_string(root.join(file.path)).ok() != Some((file.text)());
    files.iter().filter(differs).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn missing_and_changed_files_are_stale() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            Generated { path: "same", text: || "a".into() },
            Generated { path: "changed", text: || "b".into() },
            Generated { path: "missing", text: || "c".into() },
        ];
        fs::write(folder.path().join("same"), "a").unwrap();
        fs::write(folder.path().join("changed"), "B").unwrap();
        let names: Vec<_> = stale(folder.path(), &files).iter().map(|file| file.path).collect();
        assert_eq!(names, ["changed", "missing"]);
    }

    #[test]
    fn every_path_is_written_once() {
        for (i, file) in GENERATED.iter().enumerate() {
            assert!(GENERATED.iter().skip(i + 1).all(|other| other.path != file.path), "{} twice", file.path);
        }
    }
}
