//! A package on this machine, or a folder into which packages are dropped.
//!
//! What is still being written is left for the next time. A package of a drop
//! folder is moved away once it was taken, so that it is not taken twice; one
//! that stays where it is is known again by its bytes.

use super::Errand;
use crate::intake::digest;
use crate::output::Failure;
use crate::sync::state::Package as Mark;
use crate::sync::{Carrier, Parcel};
use oneroster::time::Timestamp;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Brings what lies on this machine.
#[derive(Debug)]
pub struct Local<'a> {
    errand: Errand<'a>,
    /// The drop folder, if it is one.
    drop: Option<PathBuf>,
    waiting: VecDeque<PathBuf>,
    notes: Vec<String>,
}

impl<'a> Local<'a> {
    /// Looks what there is.
    ///
    /// # Errors
    /// `unreadable` if there is no such file or folder.
    pub fn new(errand: Errand<'a>) -> Result<Local<'a>, Failure> {
        let path = PathBuf::from(errand.source.text("path").unwrap_or_default());
        let unreadable = |error: io::Error| {
            let hint = match path.is_absolute() {
                true => "check the path of the source, and that it may be read",
                false => "it is looked for in the folder that this program runs in; set the whole path, from / on",
            };
            Failure::unreadable(format!("{} cannot be looked at: {error}", path.display())).hint(hint)
        };
        let data = fs::metadata(&path).map_err(unreadable)?;
        let mut local = Local { errand, drop: None, waiting: VecDeque::new(), notes: Vec::new() };
        if data.is_file() || holds_csv(&path).map_err(unreadable)? {
            local.waiting.push_back(path);
            return Ok(local);
        }
        local.waiting = local.dropped(&path).map_err(unreadable)?;
        local.drop = Some(path);
        Ok(local)
    }

    /// The packages in a drop folder, the oldest first.
    fn dropped(&self, folder: &Path) -> io::Result<VecDeque<PathBuf>> {
        let aside = ["archive", "failed"].map(|key| folder.join(self.errand.source.text(key).unwrap_or(key)));
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
            if hidden || aside.contains(&path) {
                continue;
            }
            let zip = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
            if (zip && path.is_file()) || (path.is_dir() && holds_csv(&path)?) {
                found.push((changed(&path)?, path));
            }
        }
        found.sort();
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }

    fn is_settled(&self, path: &Path) -> io::Result<bool> {
        let settle = self.errand.source.time("settle");
        Ok(settle == 0 || changed(path)?.0.saturating_add(settle) <= self.errand.now.0)
    }

    /// Moves a package of the drop folder to where it does not come again.
    fn put_away(&self, package: &Path, taken: bool) -> io::Result<PathBuf> {
        let key = if taken { "archive" } else { "failed" };
        let drop = self.drop.as_deref().unwrap_or(Path::new("."));
        let folder = drop.join(self.errand.source.text(key).unwrap_or(key));
        fs::create_dir_all(&folder)?;
        let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let free = |n: u32| if n == 0 { folder.join(&name) } else { folder.join(format!("{n}-{name}")) };
        let to = (0..u32::MAX).map(free).find(|path| !path.exists()).unwrap_or_else(|| folder.join(&name));
        if fs::rename(package, &to).is_err() {
            // The folder may lie on another disk.
            copy(package, &to)?;
            if package.is_dir() {
                fs::remove_dir_all(package)?;
            } else {
                fs::remove_file(package)?;
            }
        }
        Ok(to)
    }
}

impl Carrier for Local<'_> {
    fn next(&mut self) -> Result<Option<Parcel>, Failure> {
        let Some(path) = self.waiting.pop_front() else { return Ok(None) };
        if !self.is_settled(&path)? {
            self.notes.push(format!("{} was changed a moment ago; it is left for the next time", path.display()));
            // Packages are taken in their order, or not yet.
            self.waiting.clear();
            return Ok(None);
        }
        let digest = Some(digest::digest(&path)?);
        if self.drop.is_none() && !self.errand.again && digest == self.errand.mark.digest {
            return Ok(None);
        }
        Ok(Some(Parcel {
            asked: None,
            path,
            mark: Mark { digest, ..Mark::default() },
            checkpoint: None,
            stale: false,
            met: Vec::new(),
        }))
    }

    fn done(&mut self, parcel: Parcel, taken: bool) -> Result<(), Failure> {
        if self.drop.is_none() {
            return Ok(());
        }
        let to = self.put_away(&parcel.path, taken).map_err(|error| {
            let told = format!("{} cannot be moved out of the drop folder: {error}", parcel.path.display());
            Failure::refused(told).hint("let this program write to the folder, or it takes the package again")
        })?;
        self.notes.push(format!("{} was moved to {}", parcel.path.display(), to.display()));
        Ok(())
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

fn holds_csv(folder: &Path) -> io::Result<bool> {
    let mut any = false;
    for entry in fs::read_dir(folder)? {
        any |= entry?.path().extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    }
    Ok(any)
}

/// When a package was changed last: a folder, when any file of it was.
fn changed(path: &Path) -> io::Result<Timestamp> {
    let mut latest = fs::metadata(path)?.modified()?;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            latest = latest.max(entry?.metadata()?.modified()?);
        }
    }
    let since = latest.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
