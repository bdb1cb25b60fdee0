//! Packages that others have made: in a file, a folder, at an address.

mod address;
mod local;

pub use address::Address;
pub use local::Local;

pub(super) use address::agent;

use super::{Carrier, Source};
use crate::intake::words::{code, edition, zone};
use crate::output::Failure;
use jiff::tz::TimeZone;
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
        Some(url) if url.starts_with("sftp://") => {
            return Err(Failure::refused("packages on an SFTP server cannot be fetched by this version")
                .hint("let the server drop them into a folder of this machine, and give its path"));
        }
        Some(_) => Box::new(Address::new(errand)),
        None => Box::new(Local::new(errand)?),
    })
}

/// How the packages of a source are judged.
pub fn options(source: &Source, now: Timestamp) -> Options {
    let codes = |text: &str| text.split(',').filter_map(|text| code(text).ok()).collect();
    Options {
        strict: source.flag("strict"),
        consent: source.text("consent").map(codes).unwrap_or_default(),
        assume: source.text("assume").and_then(|text| edition(text).ok()),
        values: false,
        now,
        zone: source.text("timezone").and_then(|text| zone(text).ok()).unwrap_or(TimeZone::UTC),
    }
}
