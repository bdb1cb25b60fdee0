//! A zip as an [`Archive`]: deflated or stored entries, ZIP64, with limits.
//!
//! The `zip` crate reads the directory; the bytes of an entry are inflated by
//! a reader of their own, so that a file can be read on another thread.

use super::archive::{Archive, ErrorKind, MAX_ENTRIES, MAX_FILE, MAX_RATIO, MAX_TOTAL, PackageError, RATIO_FLOOR};
use flate2::bufread::DeflateDecoder;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zip::{CompressionMethod, ZipArchive};

/// A zip on disk or in memory.
#[derive(Debug)]
pub struct Zip {
    source: Source,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
enum Source {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
}

#[derive(Debug)]
struct Entry {
    name: String,
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    deflated: bool,
}

trait Bytes: Read + Seek + Send {}
impl<T: Read + Seek + Send> Bytes for T {}

impl Source {
    fn open(&self) -> io::Result<Box<dyn Bytes>> {
        Ok(match self {
            Source::Path(path) => Box::new(File::open(path)?),
            Source::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }
}

impl Zip {
    /// Opens a zip file.
    ///
    /// # Errors
    /// If it is no zip, is encrypted, or breaks a limit.
    pub fn open(path: &Path) -> Result<Zip, PackageError> {
        Zip::new(Source::Path(path.to_owned()))
    }

    /// Opens a zip in memory.
    ///
    /// # Errors
    /// As [`Zip::open`].
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Result<Zip, PackageError> {
        Zip::new(Source::Bytes(bytes.into()))
    }

    fn new(source: Source) -> Result<Zip, PackageError> {
        let reader = source.open().map_err(|e| PackageError::new(ErrorKind::Io, format!("The package: {e}")))?;
        let mut archive = ZipArchive::new(BufReader::new(reader)).map_err(|e| not_a_zip(&e))?;
        if archive.len() > MAX_ENTRIES {
            let message = format!("The zip holds {} entries, more than {MAX_ENTRIES}.", archive.len());
            return Err(PackageError::new(ErrorKind::TooLarge, message));
        }
        if archive.has_duplicate_names() {
            return Err(PackageError::new(ErrorKind::Duplicate, "The zip holds the same file name twice."));
        }
        let mut entries = Vec::new();
        let mut total = 0u64;
        for index in 0..archive.len() {
            if let Some(entry) = entry(&mut archive, index)? {
                total = total.saturating_add(entry.size);
                entries.push(entry);
            }
        }
        if total > MAX_TOTAL {
            return Err(PackageError::new(ErrorKind::TooLarge, "The zip unpacks to more than 16 GiB."));
        }
        Ok(Zip { source, entries })
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.name == name)
    }
}

fn not_a_zip(error: &zip::result::ZipError) -> PackageError {
    let message = match error {
        // The end of a zip holds its list of files.
        zip::result::ZipError::InvalidArchive(_) => "The package is not a zip, or only a part of one.".to_owned(),
        error => format!("The package is not a zip that can be read: {error}"),
    };
    PackageError::new(ErrorKind::NotAnArchive, message)
}

/// The facts of one entry, `None` for a folder; refuses what must not be opened.
fn entry<R: Read + Seek>(archive: &mut ZipArchive<R>, index: usize) -> Result<Option<Entry>, PackageError> {
    let file = archive.by_index_raw(index).map_err(|e| not_a_zip(&e))?;
    let Ok(name) = file.name().map(std::borrow::Cow::into_owned) else {
        return Err(PackageError::new(ErrorKind::UnsafeName, "A file name in the zip is not readable text."));
    };
    if file.encrypted() {
        return Err(PackageError::new(ErrorKind::Encrypted, "The zip is protected by a password."));
    }
    let climbs = name.split('/').any(|part| part == "..") || name.starts_with('/') || name.contains(['\\', ':', '\0']);
    if climbs || file.is_symlink() {
        let message = "The zip holds a link or a name that leads out of it.";
        return Err(PackageError::new(ErrorKind::UnsafeName, message));
    }
    if file.is_dir() {
        return Ok(None);
    }
    let (size, packed) = (file.size(), file.compressed_size());
    if size > MAX_FILE || (size > RATIO_FLOOR && size / MAX_RATIO > packed) {
        return Err(PackageError::new(ErrorKind::TooLarge, format!("{name} unpacks to more than can be trusted.")));
    }
    let deflated = match file.compression() {
        CompressionMethod::Stored => false,
        CompressionMethod::Deflated => true,
        other => {
            let message = format!("{name} is packed by {other}; only deflate and stored are part of the standard.");
            return Err(PackageError::new(ErrorKind::NotAnArchive, message));
        }
    };
    let start = file.data_start();
    let Some(start) = start else {
        return Err(PackageError::new(ErrorKind::NotAnArchive, format!("{name} has no data in the zip.")));
    };
    Ok(Some(Entry { name, start, packed, size, crc: file.crc32(), deflated }))
}

impl Archive for Zip {
    fn names(&self) -> Vec<String> {
        self.entries.iter().map(|e| e.name.clone()).collect()
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, PackageError> {
        let Some(entry) = self.entry(name) else {
            return Err(PackageError::new(ErrorKind::Broken, format!("{name} is not in the zip.")));
        };
        let mut bytes = self.source.open().map_err(|e| PackageError::broken(name, &e))?;
        bytes.seek(SeekFrom::Start(entry.start)).map_err(|e| PackageError::broken(name, &e))?;
        let packed = BufReader::with_capacity(64 << 10, bytes.take(entry.packed));
        let inner: Box<dyn Read + Send> =
            if entry.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
        Ok(Box::new(Checked { inner, left: entry.size, crc: crc32fast::Hasher::new(), wanted: entry.crc }))
    }

    fn size(&self, name: &str) -> u64 {
        self.entry(name).map_or(0, |e| e.size)
    }
}

/// Holds an entry to the size and the checksum that the directory gave.
struct Checked {
    inner: Box<dyn Read + Send>,
    left: u64,
    crc: crc32fast::Hasher,
    wanted: u32,
}

impl Read for Checked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let read = self.inner.read(out)?;
        if read as u64 > self.left {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than the zip says"));
        }
        self.left -= read as u64;
        self.crc.update(&out[..read]);
        if read == 0 && (self.left > 0 || self.crc.clone().finalize() != self.wanted) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its bytes are damaged"));
        }
        Ok(read)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    pub(crate) fn pack(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn kind_of(bytes: Vec<u8>) -> Option<ErrorKind> {
        Zip::from_bytes(bytes).err().map(|e| e.kind)
    }

    #[test]
    fn stored_and_deflated_entries_are_read_again_and_again() {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let zip = Zip::from_bytes(pack(&[("a.csv", b"one,two\r\n"), ("b.csv", b"")], method)).unwrap();
            assert_eq!(zip.names(), ["a.csv", "b.csv"]);
            for _ in 0..2 {
                let mut text = String::new();
                zip.open("a.csv").unwrap().read_to_string(&mut text).unwrap();
                assert_eq!((text.as_str(), zip.size("a.csv")), ("one,two\r\n", 9));
            }
            assert!(zip.open("c.csv").is_err());
        }
    }

    #[test]
    fn hostile_archives_are_refused() {
        let method = CompressionMethod::Deflated;
        assert_eq!(kind_of(b"no zip at all".to_vec()), Some(ErrorKind::NotAnArchive));
        assert_eq!(kind_of(pack(&[("../users.csv", b"x")], method)), Some(ErrorKind::UnsafeName));
        assert_eq!(kind_of(pack(&[("/users.csv", b"x")], method)), Some(ErrorKind::UnsafeName));
        let zeros = vec![b'0'; 17 << 20];
        assert_eq!(kind_of(pack(&[("users.csv", &zeros)], method)), Some(ErrorKind::TooLarge));
        let names: Vec<String> = (0..=MAX_ENTRIES).map(|i| format!("{i}.csv")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), b"x".as_slice())).collect();
        assert_eq!(kind_of(pack(&many, method)), Some(ErrorKind::TooLarge));
        let mut linked = zip::ZipWriter::new(Cursor::new(Vec::new()));
        linked.add_symlink("users.csv", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        assert_eq!(kind_of(linked.finish().unwrap().into_inner()), Some(ErrorKind::UnsafeName));
    }

    #[test]
    fn damaged_bytes_are_noticed() {
        let mut bytes = pack(&[("a.csv", b"sourcedId,status")], CompressionMethod::Stored);
        let at = bytes.windows(9).position(|w| w == b"sourcedId").unwrap();
        bytes[at] = b'S';
        let read = Zip::from_bytes(bytes).unwrap().open("a.csv").unwrap().read_to_end(&mut Vec::new());
        assert!(read.is_err());
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(at in any::<proptest::sample::Index>(), change: u8, cut in any::<proptest::sample::Index>()) {
            let mut bytes = pack(&[("users.csv", b"sourcedId,status\r\n1,2\r\n")], CompressionMethod::Deflated);
            let (at, cut) = (at.index(bytes.len()), cut.index(bytes.len() * 4));
            bytes[at] = change;
            bytes.truncate(cut);
            if let Ok(zip) = Zip::from_bytes(bytes) {
                for name in zip.names() {
                    let _ = zip.open(&name).map(|mut r| r.read_to_end(&mut Vec::new()));
                }
            }
        }

        #[test]
        fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Zip::from_bytes(bytes);
        }
    }
}
