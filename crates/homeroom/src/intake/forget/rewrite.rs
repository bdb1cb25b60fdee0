//! A package once more, without the rows that name a person.
//!
//! Rows are copied byte for byte, so that the package stays what its source
//! sent; only a list in which the person stands among others is written anew.

use super::super::beside;
use super::super::kept::{Kept, KeptFile};
use super::Person;
use memchr::memmem::Finder;
use oneroster::csv::{Archive, Folder, MANIFEST, PackageError, Row, Target, Zip, cell};
use oneroster::model::{Kind, Slot, Type};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use zip::write::{SimpleFileOptions, ZipWriter};

/// What came of it.
pub enum Rewritten {
    /// No row of it names the person.
    Same,
    /// It is here.
    At(PathBuf),
    /// It holds the person where no rows can be told apart.
    Impossible,
}

/// A block of a search.
const BLOCK: usize = 1 << 16;

fn archive(path: &Path) -> Result<Box<dyn Archive>, PackageError> {
    Ok(if path.is_dir() { Box::new(Folder::open(path)?) } else { Box::new(Zip::open(path)?) })
}

/// Whether any file of a package holds the identifier at all.
///
/// The package may be one whose identifiers lost their leading zeros: then it holds
/// the rest of it.
pub fn holds(package: &Path, id: &str) -> io::Result<bool> {
    let bare = id.trim_start_matches('0');
    let id = if bare.is_empty() { id } else { bare };
    let archive = archive(package).map_err(io::Error::other)?;
    for name in archive.names() {
        if contains(archive.as_ref(), &name, id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn contains(archive: &dyn Archive, name: &str, id: &str) -> io::Result<bool> {
    let mut reader = archive.open(name).map_err(io::Error::other)?;
    let wide: Vec<u8> = id.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // Of a big-endian text, the search meets the same bytes one place later.
    let wide = wide.get(..wide.len().saturating_sub(1)).unwrap_or_default();
    let finders = [Finder::new(id.as_bytes()), Finder::new(wide)];
    let overlap = id.len().max(wide.len());
    let mut buffer: Vec<u8> = Vec::with_capacity(BLOCK + overlap);
    loop {
        let before = buffer.len();
        if reader.by_ref().take(BLOCK as u64).read_to_end(&mut buffer)? == 0 && before == buffer.len() {
            return Ok(false);
        }
        if finders.iter().any(|finder| finder.find(&buffer).is_some()) {
            return Ok(true);
        }
        buffer.drain(..buffer.len().saturating_sub(overlap));
    }
}

/// Writes the package anew into a folder.
pub fn without(kept: &Kept, person: &Person, to: &Path) -> io::Result<Rewritten> {
    let from = kept.opened.path();
    let archive = archive(from).map_err(io::Error::other)?;
    let mut gone = Gone { person, rows: HashMap::new(), any: false };
    let mut names = archive.names();
    // Parents before children, so that what belongs to a row goes with it.
    names.sort_by_key(|name| kept.files.iter().position(|file| file.entry == *name));
    let mut out = Out::new(from, to)?;
    for name in names {
        out.begin(&name)?;
        if let Some(file) = kept.files.iter().find(|file| file.entry == name) {
            if file.plan.dialect.utf16.is_some() || !gone.copy(kept, file, &mut out)? {
                return Ok(Rewritten::Impossible);
            }
        } else if beside::is_one(&name) {
            gone.lines(archive.open(&name).map_err(io::Error::other)?, &mut out)?;
        } else if !name.ends_with(MANIFEST) && contains(archive.as_ref(), &name, &person.id)? {
            return Ok(Rewritten::Impossible);
        } else {
            io::copy(&mut archive.open(&name).map_err(io::Error::other)?, &mut out)?;
        }
    }
    let path = out.end()?;
    Ok(if gone.any { Rewritten::At(path) } else { Rewritten::Same })
}

/// Where the package is written.
enum Out {
    Zip(PathBuf, Box<ZipWriter<BufWriter<File>>>),
    Folder(PathBuf, Option<BufWriter<File>>),
}

impl Out {
    fn new(from: &Path, to: &Path) -> io::Result<Out> {
        if from.is_dir() {
            let path = to.join("package");
            fs::create_dir(&path)?;
            return Ok(Out::Folder(path, None));
        }
        let path = to.join("package.zip");
        let file = BufWriter::new(File::create(&path)?);
        Ok(Out::Zip(path, Box::new(ZipWriter::new(file))))
    }

    fn begin(&mut self, name: &str) -> io::Result<()> {
        match self {
            Out::Zip(_, zip) => zip.start_file(name, SimpleFileOptions::default()).map_err(io::Error::other),
            Out::Folder(path, file) => {
                if let Some(mut done) = file.take() {
                    done.flush()?;
                }
                *file = Some(BufWriter::new(File::create(path.join(name))?));
                Ok(())
            }
        }
    }

    fn end(self) -> io::Result<PathBuf> {
        match self {
            Out::Zip(path, zip) => {
                zip.finish().map_err(io::Error::other)?.flush()?;
                Ok(path)
            }
            Out::Folder(path, file) => {
                if let Some(mut done) = file {
                    done.flush()?;
                }
                Ok(path)
            }
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::Zip(_, zip) => zip.write(bytes),
            Out::Folder(_, Some(file)) => file.write(bytes),
            Out::Folder(_, None) => Err(io::Error::other("no file was begun")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a column may say of the person.
#[derive(Clone, Copy)]
enum Says {
    /// It is the identifier of a person.
    Person,
    /// It names a record that a row belongs to.
    Of(Kind),
    /// It lists people.
    List,
}

/// Rows that are left out, by kind and identifier.
struct Gone<'p> {
    person: &'p Person,
    rows: HashMap<Kind, HashSet<String>>,
    any: bool,
}

/// What becomes of a row.
enum Fate {
    Stays,
    Goes,
    /// A list in it is written anew.
    Unlisted,
}

impl Gone<'_> {
    /// Copies a file without what names the person; whether it could be read to
    /// its end.
    fn copy(&mut self, kept: &Kept, file: &KeptFile, out: &mut Out) -> io::Result<bool> {
        let columns = says(file);
        let mut rows = file.rows(&kept.package).map_err(io::Error::other)?;
        let mut raw = BufReader::new(kept.package.read(&file.entry).map_err(io::Error::other)?);
        let id = file.plan.position(Slot::SourcedId).unwrap_or(usize::MAX);
        if rows.next_row().is_err() {
            return Ok(false);
        }
        let mut done = rows.consumed();
        pass(&mut raw, done + if rows.had_bom() { 3 } else { 0 }, Some(out))?;
        loop {
            let (fate, anew) = match rows.next_row() {
                Ok(Some(row)) => {
                    let fate = self.fate(&row, &columns, file.plan.columns.len());
                    if matches!(fate, Fate::Goes) {
                        let all = self.rows.entry(file.kind).or_default();
                        all.insert(cell::key(row.cell(id), false).to_owned());
                    }
                    let anew = matches!(fate, Fate::Unlisted)
                        .then(|| unlisted(&row, &columns, &self.person.id, file.plan.dialect.separator));
                    (fate, anew)
                }
                Ok(None) => return Ok(true),
                Err(_) => return Ok(false),
            };
            let size = rows.consumed() - done;
            done += size;
            self.any |= !matches!(fate, Fate::Stays);
            pass(&mut raw, size, matches!(fate, Fate::Stays).then_some(&mut *out))?;
            if let Some(row) = anew {
                out.write_all(row.as_bytes())?;
            }
        }
    }

    /// Copies what lies beside the files, without the objects that name the person.
    fn lines(&mut self, file: impl Read, out: &mut Out) -> io::Result<()> {
        let mut file = BufReader::new(file);
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line)? > 0 {
            let object = serde_json::from_slice(&line).unwrap_or_default();
            if names(&object, &self.person.id) {
                self.any = true;
            } else {
                out.write_all(&line)?;
            }
            line.clear();
        }
        Ok(())
    }

    fn fate(&self, row: &Row<'_>, columns: &[(usize, Says)], width: usize) -> Fate {
        let id = self.person.id.as_str();
        // Where cells are out of place nobody knows which one it is.
        if row.len() != width && row.cells().any(|text| cell::key(text, false) == id) {
            return Fate::Goes;
        }
        let mut fate = Fate::Stays;
        for (at, says) in columns {
            let text = cell::key(row.cell(*at), false);
            match says {
                Says::Person if text == id => return Fate::Goes,
                Says::Of(kind) if self.rows.get(kind).is_some_and(|rows| rows.contains(text)) => return Fate::Goes,
                Says::List if items(text).any(|item| item == id) => fate = Fate::Unlisted,
                _ => {}
            }
        }
        fate
    }
}

/// Whether an object has this text as a value anywhere.
fn names(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Array(values) => values.iter().any(|value| names(value, id)),
        Value::Object(members) => members.values().any(|value| names(value, id)),
        _ => false,
    }
}

/// The columns of a file that may name people, or rows that go with them.
fn says(file: &KeptFile) -> Vec<(usize, Says)> {
    let entity = file.kind.entity();
    let own = |field: u8| match entity.fields.get(usize::from(field)).map(|field| (field.ty, field.many)) {
        Some((Type::Ref(Kind::User, _), true)) => Some(Says::List),
        Some((Type::Ref(Kind::User, _), false)) => Some(Says::Person),
        Some((Type::Ref(kind, _), false)) if entity.parent_kind() == Some(kind) => Some(Says::Of(kind)),
        _ => None,
    };
    let says = |target| match target {
        Target::Slot(Slot::SourcedId) => [Kind::User, Kind::Demographics].contains(&file.kind).then_some(Says::Person),
        Target::Slot(Slot::Own(field)) => own(field),
        _ => None,
    };
    let columns = file.plan.columns.iter().enumerate();
    columns.filter_map(|(at, column)| Some((at, says(column.target)?))).collect()
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.trim_matches(['[', ']']).split(',').map(|item| item.trim().trim_matches('"'))
}

/// A row whose lists do without the person.
fn unlisted(row: &Row<'_>, columns: &[(usize, Says)], id: &str, separator: u8) -> String {
    let mut text = String::new();
    for (at, raw) in row.cells().enumerate() {
        let is_list = columns.iter().any(|(list, says)| *list == at && matches!(says, Says::List));
        let others: Vec<&str> = if is_list { items(raw).filter(|item| *item != id).collect() } else { Vec::new() };
        let joined = others.join(",");
        let cell = if is_list { joined.as_str() } else { raw };
        if at > 0 {
            text.push(char::from(separator));
        }
        if cell.contains(['"', '\r', '\n', ',', char::from(separator)]) {
            text.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
        } else {
            text.push_str(cell);
        }
    }
    text + "\r\n"
}

/// Passes so many bytes on, or over.
fn pass(raw: &mut impl Read, size: u64, out: Option<&mut Out>) -> io::Result<()> {
    let mut some = raw.take(size);
    match out {
        Some(out) => io::copy(&mut some, out).map(drop),
        None => io::copy(&mut some, &mut io::sink()).map(drop),
    }
}
