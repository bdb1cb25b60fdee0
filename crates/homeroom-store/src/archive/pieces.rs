//! Files of runs in a table, in pieces that are packed each by itself.

use super::unkept;
use crate::intake::Cell;
use crate::postgres::Pool;
use crate::work::{Work, bytes, text, whole};
use crate::writer::Writer as _;
use crate::{Error, ErrorKind, Result};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tempfile::TempDir;

/// The size of a piece before it is packed.
const PIECE: usize = 1 << 20;
/// The quickest way: slower ones hardly leave less of such rows.
const LEVEL: i32 = 1;

/// Which files of a run are meant.
#[derive(Clone, Copy)]
pub(super) enum Named<'a> {
    Exactly(&'a str),
    Beginning(&'a str),
    AllBut(&'a str),
}

impl<'a> Named<'a> {
    /// A condition with the name as its second value.
    const fn condition(self) -> (&'static str, Cell<'a>) {
        match self {
            Named::Exactly(name) => ("name = ?2", Cell::Text(name)),
            Named::Beginning(name) => ("starts_with(name, ?2)", Cell::Text(name)),
            Named::AllBut(name) => ("name <> ?2", Cell::Text(name)),
        }
    }
}

/// Takes files of a run out of the table.
pub(super) fn drop_from(pool: &Pool, run: i64, which: Named<'_>) -> Result<()> {
    let (condition, name) = which.condition();
    pool.change(|work| {
        let own = work.own("run_files");
        let sql = format!("DELETE FROM run_files WHERE {own} run = ?1 AND {condition}");
        work.execute(&sql, &[Cell::Whole(run), name]).map(drop)
    })
}

/// Lays files of a run into a folder that goes with what is given; none if
/// there is no such file.
pub(super) fn unpack(pool: &Pool, run: i64, which: Named<'_>) -> Result<Option<TempDir>> {
    let folder = tempfile::tempdir().map_err(unkept)?;
    let (condition, named) = which.condition();
    let mut found = false;
    pool.look(|work| {
        let own = work.own("run_files");
        let sql =
            format!("SELECT name, zstd, bytes FROM run_files WHERE {own} run = ?1 AND {condition} ORDER BY name, part");
        work.query(&sql, &[Cell::Whole(run), named], &mut |row| {
            let name = text(row, 0)?.unwrap_or_default();
            // Names are our own; what leads elsewhere was not written by us.
            if name.split('/').any(|part| part.is_empty() || part == "..") {
                return Ok(());
            }
            found = true;
            let piece = bytes(row, 2).unwrap_or_default();
            let written = match whole(row, 1)? {
                0 => append(&folder.path().join(name), piece),
                _ => zstd::bulk::decompress(piece, PIECE).and_then(|piece| append(&folder.path().join(name), &piece)),
            };
            written.map_err(unread)
        })
    })?;
    Ok(found.then_some(folder))
}

fn unread(error: io::Error) -> Error {
    let message = "what is kept of the run cannot be read; check the free space of the folder for temporary files, and the database";
    Error::caused(ErrorKind::Unusable, message, error)
}

fn append(path: &Path, piece: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options().append(true).create(true).open(path)?.write_all(piece)
}

/// Writes a file into the table, piece by piece.
pub(super) struct Pieces<'a> {
    pool: &'a Pool,
    run: i64,
    name: &'a str,
    part: i64,
    buffer: Vec<u8>,
    packer: zstd::bulk::Compressor<'static>,
}

impl<'a> Pieces<'a> {
    /// What was there of the name before is replaced.
    pub(super) fn new(pool: &'a Pool, run: i64, name: &'a str) -> Result<Pieces<'a>> {
        drop_from(pool, run, Named::Exactly(name))?;
        let packer = zstd::bulk::Compressor::new(LEVEL).map_err(unkept)?;
        Ok(Pieces { pool, run, name, part: 0, buffer: Vec::with_capacity(PIECE), packer })
    }

    fn send(&mut self) -> Result<()> {
        let packed = self.packer.compress(&self.buffer).map_err(unkept)?;
        let (run, name, part) = (self.run, self.name, self.part);
        // The run that names them is written later, and waits for the disk for them all.
        let mut leased = self.pool.begin("BEGIN; SET LOCAL lock_timeout = '5s'; SET LOCAL synchronous_commit = off")?;
        let work = &mut Work::Postgres(leased.client()?, self.pool.number());
        let (column, tenant) = work.first();
        let sql =
            format!("INSERT INTO run_files ({column}run, name, part, zstd, bytes) VALUES ({tenant}?1, ?2, ?3, 1, ?4)");
        work.execute(&sql, &[Cell::Whole(run), Cell::Text(name), Cell::Whole(part), Cell::Bytes(&packed)])?;
        leased.commit()?;
        self.part += 1;
        self.buffer.clear();
        Ok(())
    }

    /// Writes the rest; an empty file is a piece, too.
    pub(super) fn end(mut self) -> Result<()> {
        if self.buffer.is_empty() && self.part > 0 { Ok(()) } else { self.send() }
    }
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let some = bytes.len().min(PIECE - self.buffer.len());
        let (now, _) = bytes.split_at(some);
        self.buffer.extend_from_slice(now);
        if self.buffer.len() >= PIECE {
            self.send().map_err(io::Error::other)?;
        }
        Ok(some)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
