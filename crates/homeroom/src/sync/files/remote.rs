//! Packages on an SFTP server: one file, or a folder into which they are dropped.
//!
//! The newest package of a drop folder wins, with those that it builds on: it is
//! taken alone if it is whole; if it tells changes, so are those before it, from
//! the last whole one on. Older ones are moved to the archive unread. What is
//! still being written is left: it must have lain unchanged for a while by the
//! server's clock, and be the same before and after it was fetched.

use super::Errand;
use crate::intake::digest;
use crate::output::Failure;
use crate::sftp::{Address, Item, Login, Sftp};
use crate::sync::source::private;
use crate::sync::state::Package as Mark;
use crate::sync::{Carrier, Parcel};
use oneroster::csv::{Layout, Mode, Package};
use oneroster::validate::Report;
use std::fs;
use std::path::{Path, PathBuf};

/// Brings what lies on an SFTP server.
#[derive(Debug)]
pub struct Remote<'a> {
    errand: Errand<'a>,
    address: Address,
    /// What there is to take, once it was looked; the newest last.
    there: Option<Lying>,
    /// Those that were fetched, the newest first.
    ready: Vec<Fetched>,
    notes: Vec<String>,
}

/// What lies there.
#[derive(Debug)]
enum Lying {
    /// Packages in a drop folder, the oldest first.
    Drop(Vec<Item>),
    /// One that stays where it is, and was looked at.
    Single,
}

/// A package that was fetched.
#[derive(Debug)]
struct Fetched {
    path: PathBuf,
    mark: Mark,
    /// Its name in the drop folder.
    name: Option<String>,
    /// Whether it needs no earlier one.
    whole: bool,
}

impl<'a> Remote<'a> {
    /// Prepares to ask.
    ///
    /// # Errors
    /// `usage` if the address is none.
    pub fn new(errand: Errand<'a>) -> Result<Remote<'a>, Failure> {
        let address = Address::parse(errand.source.text("url").unwrap_or_default()).map_err(Failure::usage)?;
        Ok(Remote { errand, address, there: None, ready: Vec::new(), notes: Vec::new() })
    }

    fn open(&self) -> Result<Sftp, Failure> {
        let pinned = self.errand.source.text("host-key");
        Sftp::open(&Login { address: &self.address, pinned, secret: self.errand.secret.as_ref() })
    }

    /// Looks what there is, and fetches what comes next.
    fn fetch(&mut self) -> Result<(), Failure> {
        if matches!(&self.there, Some(Lying::Single))
            || matches!(&self.there, Some(Lying::Drop(rest)) if rest.is_empty())
        {
            return Ok(());
        }
        let server = self.open()?;
        if self.there.is_none() {
            let Some(item) = server.look(&self.address.path)? else {
                return Err(Failure::unreadable(format!(
                    "there is nothing at {} on {}",
                    self.address.path, self.address
                ))
                .hint("check the path in the address of the source"));
            };
            let single = if item.is_folder { self.enter(&server)? } else { vec![item] };
            if !single.is_empty() {
                self.there = Some(Lying::Single);
                return self.single(&server, &single);
            }
        }
        self.dropped(&server)
    }

    /// Looks into a folder: the files of the package that it is, or nothing if
    /// packages are dropped into it.
    fn enter(&mut self, server: &Sftp) -> Result<Vec<Item>, Failure> {
        let mut all = server.list(&self.address.path)?;
        all.retain(|item| !item.is_folder && !item.name.starts_with('.'));
        let ends = |item: &Item, ending: &str| {
            Path::new(&item.name).extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
        };
        let mut files = all.clone();
        files.retain(|item| ends(item, "csv") && is_plain(&item.name));
        if !files.is_empty() {
            return Ok(files);
        }
        all.retain(|item| ends(item, "zip"));
        all.sort_by(|a, b| (a.changed, &a.name).cmp(&(b.changed, &b.name)));
        if let Some(wet) = all.iter().position(|item| !self.is_settled(item)) {
            // Packages are taken in their order, or not yet.
            let left = all.split_off(wet);
            self.notes.extend(left.iter().map(|item| just_changed(&item.name)));
        }
        self.there = Some(Lying::Drop(all));
        Ok(Vec::new())
    }

    fn is_settled(&self, item: &Item) -> bool {
        let settle = self.errand.source.time("settle");
        settle == 0 || i64::from(item.changed).saturating_mul(1000).saturating_add(settle) <= self.errand.now.0
    }

    /// Fetches the package that stays where it is, if it is another one.
    fn single(&mut self, server: &Sftp, files: &[Item]) -> Result<(), Failure> {
        if let Some(item) = files.iter().find(|item| !self.is_settled(item)) {
            self.notes.push(just_changed(&item.name));
            return Ok(());
        }
        let stamp: Vec<String> =
            files.iter().map(|item| format!("{} {} {}", item.name, item.size, item.changed)).collect();
        let modified = Some(stamp.join("; "));
        if !self.errand.again && modified == self.errand.mark.modified {
            return Ok(());
        }
        let is_file = matches!(files, [item] if self.address.path.rsplit('/').next() == Some(item.name.as_str()));
        let path = if is_file {
            let path = self.errand.room.at("package.zip");
            if !self.take(server, &self.address.path.clone(), &files[0], &path)? {
                return Ok(());
            }
            path
        } else {
            let folder = self.errand.room.at("package");
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            private(&folder)?;
            for item in files {
                if !self.take(server, &self.address.below(&item.name), item, &folder.join(&item.name))? {
                    return Ok(fs::remove_dir_all(&folder)?);
                }
            }
            folder
        };
        let digest = Some(digest::digest(&path)?);
        if !self.errand.again && digest == self.errand.mark.digest {
            return remove(&path);
        }
        let mark = Mark { etag: None, modified, digest };
        self.ready.push(Fetched { path, mark, name: None, whole: true });
        Ok(())
    }

    /// Fetches the newest package, and those before it that it builds on.
    fn dropped(&mut self, server: &Sftp) -> Result<(), Failure> {
        let Some(Lying::Drop(all)) = &self.there else { return Ok(()) };
        for (at, item) in all.clone().into_iter().enumerate().rev() {
            let path = self.errand.room.at(&format!("package-{at}.zip"));
            if !self.take(server, &self.address.below(&item.name), &item, &path)? {
                // It goes on being written; what is before it must wait for it.
                self.clear();
                self.there = Some(Lying::Drop(Vec::new()));
                return Ok(());
            }
            let mark = Mark { digest: Some(digest::digest(&path)?), ..Mark::default() };
            let whole = self.is_whole(&path);
            self.ready.push(Fetched { path, mark, name: Some(item.name), whole });
            if whole {
                break;
            }
        }
        Ok(())
    }

    /// Fetches a file; false if it changed meanwhile.
    fn take(&mut self, server: &Sftp, there: &str, item: &Item, here: &Path) -> Result<bool, Failure> {
        let size = server.fetch(there, here)?;
        let after = server.look(there)?;
        if after
            .as_ref()
            .is_some_and(|after| after.size == size && after.size == item.size && after.changed == item.changed)
        {
            return Ok(true);
        }
        fs::remove_file(here)?;
        self.notes.push(just_changed(&item.name));
        Ok(false)
    }

    /// Whether a package needs no earlier one. One that cannot be read is judged
    /// by itself, for those before it may be good.
    fn is_whole(&self, path: &Path) -> bool {
        let options = super::options(self.errand.source, self.errand.now);
        let layout =
            Package::open(path).and_then(|package| Layout::of(&package, &options, &mut Report::new(false, false)));
        layout.map_or(true, |layout| layout.files.iter().all(|file| file.mode != Mode::Delta))
    }

    /// Moves a package of the drop folder to where it does not come again.
    fn put_away(&mut self, server: &Sftp, name: &str, key: &str) -> Result<String, Failure> {
        let folder = self.address.below(self.errand.source.text(key).unwrap_or(key));
        server.folder(&folder)?;
        for n in 0..=u32::MAX {
            let to = if n == 0 { format!("{folder}/{name}") } else { format!("{folder}/{n}-{name}") };
            if server.look(&to)?.is_none() {
                server.rename(&self.address.below(name), &to)?;
                return Ok(to);
            }
        }
        Err(Failure::refused(format!("{folder} is full of packages called {name}")))
    }

    fn clear(&mut self) {
        // The next fetch writes over what cannot be removed.
        self.ready.drain(..).for_each(|fetched| drop(remove(&fetched.path)));
    }

    /// Puts a package away, and those that it supersedes.
    fn end(&mut self, name: &str, whole: bool, taken: bool) -> Result<(), Failure> {
        let server = self.open()?;
        let to = self.put_away(&server, name, if taken { "archive" } else { "failed" })?;
        self.notes.push(format!("{name} was moved to {to}"));
        let Some(Lying::Drop(all)) = &mut self.there else { return Ok(()) };
        let at = all.iter().position(|item| item.name == name).unwrap_or_default();
        all.remove(at);
        if !(whole && taken) {
            return Ok(());
        }
        for older in all.drain(..at).collect::<Vec<_>>() {
            let to = self.put_away(&server, &older.name, "archive")?;
            self.notes.push(format!("{} is superseded by {name}, and was moved to {to}", older.name));
        }
        Ok(())
    }
}

impl Carrier for Remote<'_> {
    fn next(&mut self) -> Result<Option<Parcel>, Failure> {
        if self.ready.is_empty() {
            self.fetch().map_err(crate::interrupt::cause)?;
        }
        let parcel = |fetched: &Fetched| Parcel {
            path: fetched.path.clone(),
            mark: fetched.mark.clone(),
            checkpoint: None,
            stale: false,
            met: Vec::new(),
            asked: None,
        };
        Ok(self.ready.last().map(parcel))
    }

    fn done(&mut self, _: Parcel, taken: bool) -> Result<(), Failure> {
        let Some(fetched) = self.ready.pop() else { return Ok(()) };
        // The run keeps a copy; a package holds people.
        remove(&fetched.path)?;
        match &fetched.name {
            Some(name) => self.end(name, fetched.whole, taken).map_err(|failure| {
                failure.hint("let this user move files in the drop folder, or the package is taken again")
            }),
            None => Ok(()),
        }
    }

    fn leave(&mut self, _: Parcel) {
        self.clear();
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

impl Drop for Remote<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Whether a name can be one of a file in our own folder.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn just_changed(name: &str) -> String {
    format!("{name} was changed a moment ago; it is left for the next time")
}

fn remove(path: &Path) -> Result<(), Failure> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    Ok(removed?)
}
