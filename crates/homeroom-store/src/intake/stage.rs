//! Where changes go before they are written: into a channel or a file.

use crate::{Error, ErrorKind, Result};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;

/// Changes are passed on in pieces of about this size.
const PIECE: usize = 256 * 1024;

/// Collects changes and passes them on.
#[derive(Debug)]
pub struct Stage {
    /// The piece in the making; whole changes only are passed on.
    pub buffer: Vec<u8>,
    target: Target,
}

#[derive(Debug)]
enum Target {
    Channel(SyncSender<Vec<u8>>),
    File { file: BufWriter<File>, path: Option<PathBuf> },
}

impl Stage {
    /// Into a channel to a thread that writes at once.
    pub fn channel(sender: SyncSender<Vec<u8>>) -> Stage {
        Stage { buffer: Vec::with_capacity(PIECE + 4096), target: Target::Channel(sender) }
    }

    /// Into a file that is gone when the stage is.
    pub fn file(path: PathBuf) -> Result<Stage> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = BufWriter::new(file.map_err(|error| failed(Some(&path), error))?);
        // Without its name it goes with the process, however that ends; what
        // keeps the name loses it when the stage is dropped.
        #[cfg(unix)]
        let _ = std::fs::remove_file(&path);
        Ok(Stage { buffer: Vec::with_capacity(PIECE + 4096), target: Target::File { file, path: Some(path) } })
    }

    /// Into a file without a name, which nobody else can open.
    pub fn nameless() -> Result<Stage> {
        let file = BufWriter::new(tempfile::tempfile().map_err(|error| failed(None, error))?);
        Ok(Stage { buffer: Vec::with_capacity(PIECE + 4096), target: Target::File { file, path: None } })
    }

    /// Passes the piece on if it is large enough. To be called between changes.
    pub fn settle(&mut self) -> Result<()> {
        if self.buffer.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        match &mut self.target {
            Target::Channel(sender) => {
                let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE + 4096));
                sender.send(piece).map_err(|_| Error::new(ErrorKind::Internal, "the writing thread has ended"))?;
            }
            Target::File { file, path } => {
                let length = (self.buffer.len() as u64).to_le_bytes();
                file.write_all(&length)
                    .and_then(|()| file.write_all(&self.buffer))
                    .map_err(|error| failed(path.as_deref(), error))?;
                self.buffer.clear();
            }
        }
        Ok(())
    }

    /// Passes on the rest and, of a file, gives what was staged.
    pub fn finish(mut self) -> Result<Staged> {
        self.flush()?;
        match self.target {
            Target::Channel(_) => Ok(Staged { file: None }),
            Target::File { file, path } => {
                let mut file = file.into_inner().map_err(|error| failed(path.as_deref(), error.into_error()))?;
                file.rewind().map_err(|error| failed(path.as_deref(), error))?;
                Ok(Staged { file: Some((BufReader::new(file), path)) })
            }
        }
    }
}

/// Changes that wait in a file, or none if a channel took them.
#[derive(Debug)]
pub struct Staged {
    file: Option<(BufReader<File>, Option<PathBuf>)>,
}

impl Staged {
    /// Goes back to the first piece.
    pub fn rewind(&mut self) -> Result<()> {
        let Some((file, path)) = &mut self.file else { return Ok(()) };
        file.rewind().map_err(|error| failed(path.as_deref(), error))
    }

    /// The next piece.
    pub fn piece(&mut self) -> Result<Option<Vec<u8>>> {
        let Some((file, path)) = &mut self.file else { return Ok(None) };
        let mut length = [0; 8];
        match file.read_exact(&mut length) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other.map_err(|error| failed(path.as_deref(), error))?,
        }
        let mut piece = vec![0; usize::try_from(u64::from_le_bytes(length)).unwrap_or(0)];
        file.read_exact(&mut piece).map_err(|error| failed(path.as_deref(), error))?;
        Ok(Some(piece))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some((_, Some(path))) = &self.file {
            // What cannot be removed is overwritten by the next run.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn failed(path: Option<&Path>, error: std::io::Error) -> Error {
    let message = match path {
        Some(path) => format!("the staging file {} cannot be used", path.display()),
        None => format!("the staging file in {} cannot be used", std::env::temp_dir().display()),
    };
    Error::caused(ErrorKind::Unusable, format!("{message}; check the free space and permissions"), error)
}
