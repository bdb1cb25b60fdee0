//! A digest of a package, to recognise it again.

use oneroster::time::Timestamp;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use xxhash_rust::xxh3::Xxh3;

/// A digest of a zip's bytes, or of the names and bytes of a folder's files in
/// order. Not a signature: it tells packages apart, it does not vouch for them.
pub fn digest(package: &Path) -> io::Result<String> {
    let mut hash = Xxh3::new();
    if package.is_dir() {
        let mut files: Vec<_> = std::fs::read_dir(package)?.collect::<io::Result<Vec<_>>>()?;
        files.sort_by_key(std::fs::DirEntry::file_name);
        for file in files.iter().filter(|f| f.path().is_file()) {
            hash.update(file.file_name().as_encoded_bytes());
            hash.update(&[0]);
            update(&mut hash, &file.path())?;
        }
    } else {
        update(&mut hash, package)?;
    }
    Ok(format!("xxh3-128:{:032x}", hash.digest128()))
}

fn update(hash: &mut Xxh3, path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// When a zip was packed, by the latest of its files. A folder does not say, for
/// a copy of it is of today; nor does a zip whose writer has no clock.
pub fn dated(package: &Path) -> Option<Timestamp> {
    let mut zip = zip::ZipArchive::new(File::open(package).ok()?).ok()?;
    let times = (0..zip.len()).filter_map(|at| zip.by_index_raw(at).ok()?.last_modified());
    let latest = times.map(|t| (t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())).max()?;
    let (year, month, day, hour, minute, second) = latest;
    // 1980 is where the clock of zips begins.
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    (year > 1980).then(|| Timestamp::parse_lenient(&text)).flatten()
}
