//! An SFTP server: files there are listed, fetched, put and moved.
//!
//! The server's key is pinned: without a fingerprint nobody is asked for
//! anything, and no secret is sent; the fingerprint of whoever answered is said,
//! so that a person can compare it and set it. A connection is made for each
//! errand, and none waits while a package is imported.

mod address;
mod greet;

pub use address::Address;

use crate::output::Failure;
use greet::Greeted;
use russh_sftp::client::error::Error;
use russh_sftp::client::{Config, RawSftpSession, SftpSession};
use russh_sftp::protocol::{OpenFlags, Packet, StatusCode};
use secrecy::SecretString;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;

/// How long a server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The extension by which a file takes the place of another in one step.
const REPLACE: &str = "posix-rename@openssh.com";
/// The largest file that is fetched, in bytes.
const LARGEST: u64 = 4 << 30;
/// So much is read or written at once.
const PIECE: usize = 1 << 18;

/// Who we are there, and whom we believe.
#[derive(Debug)]
pub struct Login<'a> {
    /// The place.
    pub address: &'a Address,
    /// The fingerprints of the server's key that are believed, parted by commas.
    pub pinned: Option<&'a str>,
    /// A password, or a private key without passphrase.
    pub secret: Option<&'a SecretString>,
}

/// A file or a folder there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Its size in bytes.
    pub size: u64,
    /// When it was changed last by the server's clock, in seconds.
    pub changed: u32,
}

/// A connection to a server.
pub struct Sftp {
    greeted: Greeted,
    session: SftpSession,
    told: String,
    // Last, for the others end on it.
    runtime: Runtime,
}

impl Sftp {
    /// Connects, looks at the server's key, and says who we are.
    ///
    /// # Errors
    /// `refused` with what to do next.
    pub fn open(login: &Login<'_>) -> Result<Sftp, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let told = login.address.to_string();
        let (greeted, session) = runtime.block_on(async {
            let greeted = greet::greet(login).await?;
            let session = within(&told, async {
                let stream = greeted.channel().await?;
                SftpSession::new_with_config(stream, config()).await
            });
            let session = session.await?;
            Ok::<_, Failure>((greeted, session))
        })?;
        Ok(Sftp { greeted, session, told, runtime })
    }

    /// What is at a path; none if nothing is.
    ///
    /// # Errors
    /// As the server says.
    pub fn look(&self, path: &str) -> Result<Option<Item>, Failure> {
        let found = self.runtime.block_on(async { self.session.metadata(path).await });
        match found {
            Ok(data) => Ok(Some(item(path.rsplit('/').next().unwrap_or(path), &data))),
            Err(Error::Status(status)) if status.status_code == StatusCode::NoSuchFile => Ok(None),
            Err(error) => Err(self.failed(path, &error.to_string())),
        }
    }

    /// What is in a folder.
    ///
    /// # Errors
    /// As the server says.
    pub fn list(&self, folder: &str) -> Result<Vec<Item>, Failure> {
        let listed = self.runtime.block_on(within(&self.told, self.session.read_dir(folder)));
        let listed = listed.map_err(|failure| self.failed(folder, &failure.message))?;
        let mut all: Vec<Item> = listed.map(|entry| item(&entry.file_name(), &entry.metadata())).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Fetches a file whole; how many bytes it has.
    ///
    /// # Errors
    /// As the server or the disk says; if we are asked to stop.
    pub fn fetch(&self, path: &str, to: &Path) -> Result<u64, Failure> {
        let broken = |error: std::io::Error| self.failed(path, &format!("it broke off: {error}"));
        self.runtime.block_on(async {
            let mut there = self.session.open(path).await.map_err(|error| self.failed(path, &error.to_string()))?;
            let mut here = tokio::fs::File::from_std(crate::sync::source::private_file(to)?);
            let (mut buffer, mut done) = (vec![0; PIECE], 0u64);
            loop {
                crate::interrupt::go_on()?;
                let read = there.read(&mut buffer).await.map_err(broken)?;
                if read == 0 {
                    break;
                }
                done += read as u64;
                if done > LARGEST {
                    return Err(self.failed(path, "it is larger than a package may be"));
                }
                here.write_all(buffer.get(..read).unwrap_or_default()).await?;
            }
            here.flush().await?;
            there.close().await.map_err(broken)?;
            Ok(done)
        })
    }

    /// Writes a file there under another name, which nobody takes for it. What
    /// was written is known to have arrived when this returns.
    ///
    /// # Errors
    /// As the server or the disk says; if we are asked to stop.
    pub fn upload(&self, from: &Path, path: &str) -> Result<(), Failure> {
        let broken = |error: std::io::Error| self.failed(path, &format!("it could not be written: {error}"));
        let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::WRITE;
        let size = self.runtime.block_on(async {
            let mut here = tokio::fs::File::open(from).await?;
            let opened = self.session.open_with_flags(path, flags).await;
            let mut there = opened.map_err(|error| self.failed(path, &error.to_string()))?;
            let (mut buffer, mut done) = (vec![0; PIECE], 0u64);
            loop {
                crate::interrupt::go_on()?;
                let read = here.read(&mut buffer).await?;
                if read == 0 {
                    break;
                }
                there.write_all(buffer.get(..read).unwrap_or_default()).await.map_err(broken)?;
                done += read as u64;
            }
            there.flush().await.map_err(broken)?;
            there.close().await.map_err(broken)?;
            Ok::<_, Failure>(done)
        })?;
        match self.look(path)? {
            Some(item) if item.size == size => Ok(()),
            _ => Err(self.failed(path, "it did not arrive whole")),
        }
    }

    /// Gives a file another name; what has that name is not touched.
    ///
    /// # Errors
    /// As the server says.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Failure> {
        self.call(from, self.session.rename(from, to))
    }

    /// Puts a file in the place of another: in one step if the server can, else
    /// the other goes first.
    ///
    /// # Errors
    /// As the server says.
    pub fn replace(&self, from: &str, to: &str) -> Result<(), Failure> {
        if self.runtime.block_on(within(&self.told, self.at_once(from, to)))? {
            return Ok(());
        }
        if self.look(to)?.is_some() {
            self.remove(to)?;
        }
        self.rename(from, to)
    }

    /// Replaces in one step; false if the server does not know how.
    async fn at_once(&self, from: &str, to: &str) -> Result<bool, Error> {
        let raw = RawSftpSession::new_with_config(self.greeted.channel().await?, config());
        if !raw.init().await?.extensions.contains_key(REPLACE) {
            return Ok(false);
        }
        let mut names = Vec::new();
        for name in [from, to] {
            names.extend(u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
            names.extend(name.as_bytes());
        }
        match raw.extended(REPLACE, names).await? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(true),
            Packet::Status(status) => Err(Error::Status(status)),
            _ => Err(Error::UnexpectedPacket),
        }
    }

    /// Removes a file.
    ///
    /// # Errors
    /// As the server says.
    pub fn remove(&self, path: &str) -> Result<(), Failure> {
        self.call(path, self.session.remove_file(path))
    }

    /// Makes a folder if there is none.
    ///
    /// # Errors
    /// As the server says.
    pub fn folder(&self, path: &str) -> Result<(), Failure> {
        match self.look(path)? {
            Some(item) if item.is_folder => Ok(()),
            Some(_) => Err(self.failed(path, "it is a file, where a folder is wanted")),
            None => self.call(path, self.session.create_dir(path)),
        }
    }

    fn call(&self, path: &str, work: impl Future<Output = Result<(), Error>>) -> Result<(), Failure> {
        self.runtime.block_on(work).map_err(|error| self.failed(path, &error.to_string()))
    }

    fn failed(&self, path: &str, why: &str) -> Failure {
        Failure::refused(format!("{path} at {}: {why}", self.told))
            .hint("check the path, and that this user may read and write there")
    }
}

fn item(name: &str, data: &russh_sftp::client::fs::Metadata) -> Item {
    Item {
        name: name.to_owned(),
        is_folder: data.is_dir(),
        size: data.size.unwrap_or_default(),
        changed: data.mtime.unwrap_or_default(),
    }
}

fn config() -> Config {
    Config { request_timeout_secs: PATIENCE.as_secs(), ..Config::default() }
}

/// Waits for an answer, but not for ever.
async fn within<T>(told: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    let why = match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    Err(Failure::refused(format!("{told}: {why}")).hint("check that the server offers SFTP to this user"))
}

impl std::fmt::Debug for Sftp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sftp").field("at", &self.told).finish_non_exhaustive()
    }
}
