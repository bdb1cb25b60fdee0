//! The way of rows from the renderer through the sorter to the package.

use super::out::Package;
use super::sort::{Batch, Sorter};
use anyhow::bail;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

/// Files are written in pieces of about this many bytes.
const PIECE: usize = 256 << 10;
/// So many pieces may wait to be written.
pub const PIECES: usize = 8;

/// What the renderer tells the sorter.
pub enum Rows {
    /// Rows of the file.
    Some(Batch),
    /// The file is begun anew.
    Again,
    /// The file is complete; with its base name, its header and its number of
    /// rows.
    End(&'static str, Vec<u8>, u64),
}

/// What the sorter tells the writer.
pub enum Piece {
    /// A file begins.
    Begin(&'static str),
    /// Bytes of it.
    Bytes(Vec<u8>),
    /// It ends, with so many rows.
    End(&'static str, u64),
}

/// Sorts the rows of each file.
///
/// # Errors
/// If what cannot be held in memory cannot be written.
pub fn sort(folder: &Path, rows: &Receiver<Rows>, pieces: &SyncSender<Piece>) -> io::Result<()> {
    let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    let mut sorter = Sorter::new(folder);
    while let Ok(next) = rows.recv() {
        match next {
            Rows::Some(batch) => sorter.push(batch)?,
            Rows::Again => sorter.clear(),
            Rows::End(name, mut piece, count) => {
                if count == 0 {
                    continue;
                }
                pieces.send(Piece::Begin(name)).map_err(gone)?;
                sorter.drain(&mut |row| {
                    if piece.len() >= PIECE {
                        let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE + 4096));
                        pieces.send(Piece::Bytes(full)).map_err(gone)?;
                    }
                    piece.extend_from_slice(row);
                    Ok(())
                })?;
                pieces.send(Piece::Bytes(piece)).map_err(gone)?;
                pieces.send(Piece::End(name, count)).map_err(gone)?;
            }
        }
    }
    Ok(())
}

/// Writes the files, and gives the package back.
///
/// # Errors
/// If it cannot be written, or the export was interrupted.
pub fn write(mut package: Package, pieces: &Receiver<Piece>, stop: &AtomicBool) -> anyhow::Result<Package> {
    while let Ok(piece) = pieces.recv() {
        if stop.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        match piece {
            Piece::Begin(name) => package.begin(name)?,
            Piece::Bytes(bytes) => package.write(&bytes)?,
            Piece::End(name, rows) => package.end(name, rows)?,
        }
    }
    Ok(package)
}
