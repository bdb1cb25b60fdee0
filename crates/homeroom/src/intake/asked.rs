//! What was asked of an import, as it is kept with the run, so that a later
//! approval judges the package alike.

use super::fetched::Met;
use super::{Request, kind_named, prefix};
use jiff::tz::TimeZone;
use oneroster::model::Edition;
use oneroster::prefix::Prefix;
use oneroster::time::Timestamp;
use oneroster::validate::{Code, Options};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The request of a run.
#[derive(Serialize, Deserialize, Default, Debug)]
#[serde(default)]
pub struct Asked {
    /// Where the package was.
    pub path: PathBuf,
    strict: bool,
    consent: Vec<String>,
    /// Widths of identifiers, by the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pad: Vec<(String, u8)>,
    assume: Option<String>,
    timezone: String,
    max_removed: Option<f64>,
    max_rejected: Option<f64>,
    nested_whole: bool,
    /// What a provider was seen to do otherwise, without the records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    met: Vec<Met>,
    /// What stood before the identifiers of the source.
    prefix: String,
}

impl Asked {
    /// Of a request.
    pub fn of(request: &Request) -> Asked {
        let options = &request.options;
        Asked {
            path: request.package.clone(),
            strict: options.strict,
            consent: options.consent.iter().map(|code| code.label().to_owned()).collect(),
            pad: options.pad.iter().map(|(kind, width)| (kind.entity().plural.to_owned(), *width)).collect(),
            assume: options.assume.map(|version| version.label().to_owned()),
            timezone: options.zone.iana_name().unwrap_or("UTC").to_owned(),
            max_removed: request.max_removed,
            max_rejected: request.max_rejected,
            nested_whole: request.nested_whole,
            met: request.met.iter().map(Met::bare).collect(),
            prefix: String::new(),
        }
    }

    /// The same with what stands before the identifiers of the source.
    #[must_use]
    pub fn with(self, prefix: &Prefix) -> Asked {
        Asked { prefix: prefix::word(prefix), ..self }
    }

    /// What stood before the identifiers of the source.
    pub fn prefix(&self) -> Prefix {
        prefix::read(&self.prefix)
    }

    /// Reads what a run keeps.
    pub fn read(text: &str) -> Asked {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// As a run keeps it.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// The same request again, over the package that was kept. Judged as of the
    /// same moment, so that the findings are the same.
    pub fn again(&self, package: &Path, source: String, started: Timestamp) -> Request {
        let mut options = if self.strict { Options::strict(started) } else { Options::careful(started) };
        options.consent = self.consent.iter().filter_map(|label| Code::from_label(label)).collect();
        options.pad = self.pad.iter().filter_map(|(file, width)| Some((kind_named(file)?, *width))).collect();
        options.assume = self.assume.as_deref().and_then(Edition::from_label);
        options.zone = TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC);
        Request {
            package: package.to_owned(),
            source,
            dry_run: false,
            max_removed: self.max_removed,
            max_rejected: self.max_rejected,
            rekey: None,
            nested_whole: self.nested_whole,
            met: self.met.clone(),
            who: String::new(),
            options,
        }
    }
}
