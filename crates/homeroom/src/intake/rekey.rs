//! Records that come back under other identifiers.

use crate::output::Failure;
use homeroom_store::Rekeyed;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The header of a mapping.
const HEADER: &str = "class,old id,new id";

/// Writes a proposal beside a package; gives where.
pub fn propose(package: &Path, rekeyed: &[Rekeyed]) -> Result<PathBuf, Failure> {
    let mut text = format!("{HEADER}\r\n");
    for one in rekeyed {
        let _ = write!(text, "{},{},{}\r\n", one.kind.entity().plural, quoted(&one.old), quoted(&one.new));
    }
    let mut name = package.with_extension("").into_os_string();
    name.push("-rekey.csv");
    let path = PathBuf::from(name);
    homeroom_store::access::write_private(&path, text.trim_end()).map_err(|error| {
        Failure::refused(format!("the proposed mapping cannot be written to {}: {error}", path.display()))
            .hint("make the folder of the package writable, and import it again")
    })?;
    Ok(path)
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
