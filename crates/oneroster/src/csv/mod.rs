//! CSV packages: archives, rows, headers, cells, and the way back out.

mod archive;
pub mod cell;
mod dialect;
pub mod export;
mod header;
mod keys;
pub(crate) mod lenient;
pub(crate) mod life;
mod manifest;
mod package;
mod padding;
mod records;
mod refine;
mod rows;
mod scan;
pub mod v1p0;
pub mod write;
mod zip;

pub use archive::{Archive, ErrorKind, Folder, MAX_ENTRIES, MAX_FILE, MAX_RATIO, MAX_TOTAL, PackageError, RATIO_FLOOR};
pub use dialect::Dialect;
pub use header::{Column, HeaderNote, METADATA_PREFIX, Plan, Target};
pub use keys::{is_raw_key, read_key, written_key};
pub use lenient::{DateOrder, DateRule};
pub use manifest::{MANIFEST, MANIFEST_FORM, Manifest, Mode, kinds, properties};
pub use package::{LaidOut, Layout, Package};
pub use padding::Padding;
pub(crate) use records::Derived;
pub use records::{Records, Terms, records, records_of};
pub use rows::{DataRows, Numbered};
pub use scan::{Faults, MAX_ROW, Row, ScanError, Scanner};
pub use zip::Zip;
