//! What was given as a package, looked at before anything is made for it: a
//! path is easily mistaken, and what lies there says what was meant.

use crate::output::Failure;
use oneroster::csv::MANIFEST;
use oneroster::model::MODEL;
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Most entries of a folder that are looked at.
const LOOKED_AT: usize = 1_000;
/// Most places that are named.
const NAMED: usize = 3;

/// Looks whether there is a package at all.
///
/// # Errors
/// `unreadable`, with what was probably meant.
pub(super) fn there(package: &Path) -> Result<(), Failure> {
    let name = package.display();
    if !package.exists() {
        let hint = match neighbour(package) {
            Some(other) => format!("there is {}; is that meant?", other.display()),
            None => "check the path of the package".to_owned(),
        };
        return Err(Failure::unreadable(format!("there is no file or folder {name}")).hint(hint));
    }
    match package.is_dir() {
        true => folder(package),
        false => file(package),
    }
}

/// Something of the same name with another ending.
fn neighbour(package: &Path) -> Option<PathBuf> {
    let stem = package.file_stem()?;
    let folder = package.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut others: Vec<PathBuf> =
        entries(folder).into_iter().filter(|other| other.file_stem() == Some(stem)).collect();
    others.retain(|other| other.is_dir() || ends(other, &["zip"]));
    others.sort();
    let other = others.into_iter().next()?;
    // As it would be typed.
    Some(if folder == Path::new(".") { PathBuf::from(other.file_name()?) } else { other })
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<PathBuf> = entries.take(LOOKED_AT).map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| endings.contains(&ending.as_str()))
}

/// Whether a file seems to be one of a package.
fn is_roster(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let known = MODEL.iter().filter(|entity| !entity.csv.is_empty()).map(|entity| entity.file_name());
    known.chain([MANIFEST.to_owned()]).any(|known| known.eq_ignore_ascii_case(&name))
}

/// A folder holds the files of a package, or tells where they are.
fn folder(package: &Path) -> Result<(), Failure> {
    let name = package.display();
    let inside = entries(package);
    if inside.iter().any(|path| path.is_file() && ends(path, &["csv"])) {
        return Ok(());
    }
    let found: Vec<&PathBuf> = inside
        .iter()
        .filter(|path| if path.is_dir() { entries(path).iter().any(|f| is_roster(f)) } else { ends(path, &["zip"]) })
        .collect();
    let failure = |message: String, hint: String| Err(Failure::unreadable(message).hint(hint));
    match found.as_slice() {
        [] if inside.is_empty() => failure(
            format!("the folder {name} is empty"),
            "give the zip or the folder that the student information system wrote its files to".to_owned(),
        ),
        [] => failure(
            format!("the folder {name} holds no CSV file"),
            format!("give the folder in which {MANIFEST}, users.csv and the others lie, or the zip of them"),
        ),
        [one] => {
            failure(format!("the folder {name} holds no CSV file itself"), format!("{} does: give that", one.display()))
        }
        several => {
            let mut names: Vec<String> = several.iter().take(NAMED).map(|path| path.display().to_string()).collect();
            if several.len() > NAMED {
                names.push("others".to_owned());
            }
            let hint = format!("give one of those in it: {}", names.join(", "));
            failure(format!("the folder {name} holds no CSV file itself"), hint)
        }
    }
}

/// A file is a zip; of others it is known what they are not.
fn file(package: &Path) -> Result<(), Failure> {
    let name = package.display();
    let failure = |message: String, hint: String| Err(Failure::unreadable(message).hint(hint));
    let mut start = [0; 4];
    let length = fs::File::open(package).and_then(|file| file.take(4).read(&mut start)).unwrap_or(0);
    if start.starts_with(b"PK") && !ends(package, &["xlsx", "ods"]) {
        return Ok(());
    }
    if ends(package, &["csv"]) {
        let parent = package.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return failure(
            format!("{name} is one file; a package is the folder of all of them, or a zip"),
            format!("give its folder: {}", parent.display()),
        );
    }
    if ends(package, &["xlsx", "xls", "ods"]) {
        return failure(
            format!("{name} is a spreadsheet, not a package"),
            "ask the student information system for a OneRoster 1.1 or 1.2 CSV export".to_owned(),
        );
    }
    if ends(package, &["7z", "rar", "gz", "tgz", "tar", "bz2", "xz", "zst"]) {
        return failure(format!("{name} is packed, but not as a zip"), "unpack it, and give the folder".to_owned());
    }
    if length == 0 && fs::metadata(package).is_ok_and(|data| data.is_file() && data.len() == 0) {
        return failure(format!("{name} is empty"), "export or copy the package again".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a path in a folder with these files.
    fn said(files: &[(&str, &str)], given: &str) -> Option<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            if name.ends_with('/') {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
        }
        let failure = there(&folder.path().join(given)).err()?;
        assert_eq!((failure.code, failure.status), ("unreadable", 2));
        let plain = |text: String| text.replace(&format!("{}/", folder.path().display()), "");
        Some((plain(failure.message), plain(failure.hint.unwrap())))
    }

    #[test]
    fn packages_are_let_through() {
        assert_eq!(said(&[("d.zip", "PK\u{3}\u{4}")], "d.zip"), None);
        assert_eq!(said(&[("d/manifest.csv", "")], "d"), None);
        assert_eq!(said(&[("d/Users.CSV", "")], "d"), None);
        // What it is, is for the reader of zips to say.
        assert_eq!(said(&[("d", "no zip")], "d"), None);
    }

    #[test]
    fn mistaken_paths_are_told_with_what_was_meant() {
        for (files, given, message, hint) in [
            (&[("d.zip", "PK")][..], "d", "there is no file or folder d", "there is d.zip; is that meant?"),
            (&[("d/users.csv", "")], "d.zip", "there is no file or folder d.zip", "there is d; is that meant?"),
            (&[("e.zip", "PK")], "d", "there is no file or folder d", "check the path of the package"),
            (&[("d/x/users.csv", "")], "d", "the folder d holds no CSV file itself", "d/x does: give that"),
            (
                &[("d/x.zip", "PK"), ("d/y.txt", "")],
                "d",
                "the folder d holds no CSV file itself",
                "d/x.zip does: give that",
            ),
            (
                &[("d/1.zip", ""), ("d/2.zip", ""), ("d/3.zip", ""), ("d/4.zip", "")],
                "d",
                "the folder d holds no CSV file itself",
                "give one of those in it: d/1.zip, d/2.zip, d/3.zip, others",
            ),
            (
                &[("d/notes.txt", "")],
                "d",
                "the folder d holds no CSV file",
                "give the folder in which manifest.csv, users.csv and the others lie, or the zip of them",
            ),
            (
                &[("d/users.csv", "a")],
                "d/users.csv",
                "d/users.csv is one file; a package is the folder of all of them, or a zip",
                "give its folder: d",
            ),
            (&[("d.tgz", "x")], "d.tgz", "d.tgz is packed, but not as a zip", "unpack it, and give the folder"),
            (&[("d.zip", "")], "d.zip", "d.zip is empty", "export or copy the package again"),
        ] {
            assert_eq!(said(files, given), Some((message.to_owned(), hint.to_owned())), "{given} of {files:?}");
        }
        let (message, hint) = said(&[("d.xlsx", "PK\u{3}\u{4}")], "d.xlsx").unwrap();
        assert!(message.contains("a spreadsheet") && hint.contains("CSV export"));
        assert_eq!(said(&[("d/", "")], "d").unwrap().0, "the folder d is empty");
    }
}
