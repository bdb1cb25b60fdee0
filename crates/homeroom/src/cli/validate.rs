//! placeholder
use jiff::tz::TimeZone;
use oneroster::model::Version;
use oneroster::time::Timestamp;
use oneroster::validate::{Code, Options};

/// How a package is to be judged; `import` takes the same options.
#[derive(Clone, Debug, clap::Args)]
pub struct Judging {
    /// Judge by the letter of the standard; repair nothing.
    #[arg(long)]
    pub strict: bool,
    /// Repairs that need your consent, by their codes, such as D3.
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    pub consent: Vec<Code>,
    /// The version to take where the package has no manifest: 1.1 or 1.2.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub assume: Option<Version>,
    /// The time zone of the district, such as America/Chicago.
    #[arg(long, value_name = "TZ", default_value = "UTC", value_parser = zone)]
    pub timezone: TimeZone,
    /// Show the cell values that findings are about; they may name people.
    #[arg(long)]
    pub show_values: bool,
}

impl Judging {
    /// The options of a run that begins now.
    pub fn options(&self) -> Options {
        Options {
            strict: self.strict,
            consent: self.consent.clone(),
            assume: self.assume,
            values: self.show_values,
            now: Timestamp(jiff::Timestamp::now().as_millisecond()),
            zone: self.timezone.clone(),
        }
    }
}

fn code(text: &str) -> Result<Code, String> {
    Code::from_label(text.trim()).ok_or_else(|| format!("{text} is not the code of a rule; codes look like D3"))
}

fn version(text: &str) -> Result<Version, String> {
    Version::from_label(text).ok_or_else(|| match text {
        "1.0" => "OneRoster 1.0 is not read by this release; 1.1 and 1.2 are".to_owned(),
        _ => "the versions that are read are 1.1 and 1.2".to_owned(),
    })
}

fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| format!("{text} is not a time zone; zones look like America/Chicago"))
}

