//! A copy of a database that is in use.

use crate::{DatabaseUrl, Error, ErrorKind, Result, Tenants};
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

/// What stands beside the roster and belongs into a copy. The installation key
/// does not: with it the copy would be all that a thief needs.
const BESIDE: [&str; 2] = ["access", "tenants"];
/// The packages and findings of runs.
const RUNS: &str = "runs";

/// Copies a database with what stands beside it, every tenant's, into a folder that is made, each
/// file as it was at one instant. Nobody has to stop for it; who calls has the
/// turn, so that no import comes between the files.
///
/// # Errors
/// `Refused` if it is no file, there is none, or the folder is there already,
/// `Unusable` if it cannot be written.
pub fn backup(url: &DatabaseUrl, folder: &Path) -> Result<()> {
    let refused = |message: String| Err(Error::new(ErrorKind::Refused, message));
    let DatabaseUrl::Sqlite(path) = url else {
        return refused("a PostgreSQL database is backed up by its own tools".to_owned());
    };
    if !path.is_file() {
        return refused(format!("there is no database {}", path.display()));
    }
    if folder.exists() {
        return refused(format!("{} is there already; name a folder that is not", folder.display()));
    }
    let mut name = folder.as_os_str().to_owned();
    name.push(".part");
    let draft = Path::new(&name);
    let done = whole(url, draft).and_then(|()| fs::rename(draft, folder).map_err(unwritten));
    if done.is_err() {
        // Half a backup is none.
        let _ = fs::remove_dir_all(draft);
    }
    done
}

fn whole(url: &DatabaseUrl, draft: &Path) -> Result<()> {
    if draft.exists() {
        fs::remove_dir_all(draft).map_err(unwritten)?;
    }
    fs::create_dir(draft).and_then(|()| private(draft, 0o700)).map_err(unwritten)?;
    let tenants: Vec<DatabaseUrl> = Tenants::of(url).names()?.iter().map(|tenant| url.of_tenant(tenant)).collect();
    let beside = BESIDE.iter().filter_map(|name| url.beside(name));
    let rosters = tenants.iter().filter_map(|url| match url {
        DatabaseUrl::Sqlite(path) => Some(path.clone()),
        DatabaseUrl::Postgres(_) => None,
    });
    for from in rosters.chain(beside).filter(|path| path.is_file()) {
        let Some(name) = from.file_name() else { continue };
        let to = draft.join(name);
        copy(&from, &to)?;
        private(&to, 0o600).map_err(unwritten)?;
    }
    for runs in tenants.iter().filter_map(|url| url.beside(RUNS)).filter(|runs| runs.is_dir()) {
        tree(&runs, &draft.join(runs.file_name().unwrap_or_default())).map_err(unwritten)?;
    }
    Ok(())
}

/// One version of a file, packed densely.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(from, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    let to = to.to_str().ok_or_else(|| {
        Error::new(ErrorKind::Refused, "the name of the folder is not UTF-8; name another one".to_owned())
    })?;
    connection.execute("VACUUM INTO ?1", [to])?;
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(unwritten)
}

fn tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    private(to, 0o700)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            tree(&path, &to)?;
        } else {
            fs::copy(&path, &to)?;
            private(&to, 0o600)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn private(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn private(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

fn unwritten(error: io::Error) -> Error {
    let message = "the backup cannot be written; check the free space and permissions of the folder around it";
    Error::caused(ErrorKind::Unusable, message, error)
}
