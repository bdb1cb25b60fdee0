//! Packages that others have made: in a file, a folder, at an address, on an SFTP
//! server.

mod address;
mod local;
mod remote;

pub use address::Address;
pub use local::Local;
pub use remote::Remote;

pub(super) use address::agent;

use super::{Carrier, Source};
use crate::intake::words::{code, edition, pad};
use crate::output::Failure;
use crate::sftp;
use oneroster::time::Timestamp;
use oneroster::validate::Options;
use secrecy::SecretString;

/// What a carrier is told.
#[derive(Debug)]
pub struct Errand<'a> {
    /// The source.
    pub source: &'a Source,
    /// Where it may keep what it fetches.
    pub room: &'a super::source::Room,
    /// The secret of the source.
    pub secret: Option<SecretString>,
    /// What was taken last.
    pub mark: super::state::Package,
    /// Whether to bring it though it was taken already.
    pub again: bool,
    /// What time it is.
    pub now: Timestamp,
}

/// Who brings the packages of a source.
///
/// # Errors
/// If there is nothing at its path.
pub fn carrier<'a>(errand: Errand<'a>) -> Result<Box<dyn Carrier + 'a>, Failure> {
    Ok(match errand.source.text("url") {
        Some(url) if sftp::Address::is_meant(url) => Box::new(Remote::new(errand)?),
        Some(_) => Box::new(Address::new(errand)),
        None => Box::new(Local::new(errand)?),
    })
}

/// How the packages of a source are judged.
pub fn options(source: &Source, now: Timestamp) -> Options {
    let codes = |text: &str| text.split(',').filter_map(|text| code(text).ok()).collect();
    let pads = |text: &str| text.split(',').filter_map(|text| pad(text).ok()).collect();
    Options {
        strict: source.flag("strict"),
        consent: source.text("consent").map(codes).unwrap_or_default(),
        assume: source.text("assume").and_then(|text| edition(text).ok()),
        pad: source.text("pad").map(pads).unwrap_or_default(),
        zone: source.zone(),
        ..Options::careful(now)
    }
}
