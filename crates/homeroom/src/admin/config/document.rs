//! The document itself: what stands in it, and how it is read and written.

use crate::output::Failure;
use oneroster::cleanse::Given;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The form that this program writes and reads.
pub const FORM: u32 = 1;

type Named<T> = Option<BTreeMap<String, T>>;

/// All that is set of a district. A section that is left out stays as it is.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The form of the document.
    pub homeroom: u32,
    /// The district itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<District>,
    /// What holds runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guards: Option<Vec<Guard>>,
    /// How long history and packages are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// How people of several sources are known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
    /// Which of several sources is right: of all, of a file, of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precedence: Named<Vec<String>>,
    /// The rules of sources, by the name of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleansing: Named<Vec<Given>>,
    /// Sources that are fetched, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Named<Source>,
    /// Targets, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Named<Target>,
    /// Applications, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apps: Named<App>,
    /// Applications of other districts that may read here, by name; a new one by
    /// its client id, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consents: Named<Consent>,
    /// Outside issuers whose tokens are taken, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuers: Named<Issuer>,
}

/// How long history and packages are kept; what is left out is as usual.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retention {
    /// Days of history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_days: Option<u32>,
    /// Days of packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_days: Option<u32>,
}

/// How people of several sources are known again.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct People {
    /// By which fields or identifiers; none: people are not matched.
    #[serde(rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub known_by: Vec<String>,
}

/// What an application of another district may read here.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// What it may be granted.
    pub scopes: Vec<String>,
    /// When it sees tombstones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tombstones: Option<String>,
    /// What it sees; a list that is left out sets no limit.
    #[serde(default, skip_serializing_if = "Grant::is_open")]
    pub grant: Grant,
}

/// An outside issuer.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its address, as its tokens have it.
    pub url: String,
    /// For whom its tokens are.
    pub audience: String,
    /// The application as which they call.
    pub app: String,
    /// How they name a person, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Claim>,
}

/// How tokens name a person.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The claim.
    pub claim: String,
    /// The field of the person that it holds; the sourcedId if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// What is set of the district itself.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct District {
    /// Its time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// What holds runs: of an entity, of a source, of both or of all.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Guard {
    /// Only records of one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// Only packages of one source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The share that may be removed, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_removed: Option<String>,
    /// The share that may be changed, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_changed: Option<String>,
    /// Days between which no share is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollover: Option<String>,
    /// What each school keeps at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
    /// What some schools keep at least, by their sourcedIds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub floors: BTreeMap<String, String>,
}

/// A source that is fetched.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is fetched from.
    pub kind: String,
    /// How.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Its secrets, by their names; those that are not named stay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Secret>,
}

/// Where the roster is carried to.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What it is.
    pub kind: String,
    /// How.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Its secret; short for that of this name among its secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// Its secrets, by their names; those that are not named stay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Secret>,
}

/// An application.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct App {
    /// What it may be granted.
    pub scopes: Vec<String>,
    /// When it sees tombstones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tombstones: Option<String>,
    /// How many requests a second it may make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Whether it gets nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// Whether it may sign its requests; of a new one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub oauth1: bool,
    /// What it sees; a list that is left out sets no limit.
    #[serde(skip_serializing_if = "Grant::is_open")]
    pub grant: Grant,
}

/// What an application sees.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grant {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schools: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grades: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profile_set: Vec<String>,
}

impl Grant {
    fn is_open(&self) -> bool {
        *self == Grant::default()
    }
}

/// Where a secret is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Secret {
    /// In a file.
    File(PathBuf),
    /// In a variable of the environment.
    Env(String),
}

impl Secret {
    /// Reads it.
    ///
    /// # Errors
    /// `unreadable` if it is not there, `usage` if it is empty.
    pub fn read(&self) -> Result<SecretString, Failure> {
        let (text, place) = match self {
            Secret::File(path) => (std::fs::read_to_string(path).ok(), format!("the file {}", path.display())),
            Secret::Env(name) => (std::env::var(name).ok(), format!("the variable {name}")),
        };
        let text = text.ok_or_else(|| Failure::unreadable(format!("the secret in {place} cannot be read")))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(Failure::usage(format!("the secret in {place} is empty")));
        }
        Ok(SecretString::from(text))
    }
}

/// Reads a document in YAML, of which JSON is a part.
///
/// # Errors
/// `unreadable` with the line if it is none, or names what there is not.
pub fn read(text: &str) -> Result<Document, Failure> {
    let document: Document = serde_saphyr::from_str(text).map_err(|error| {
        Failure::unreadable(told(&error))
            .hint("see what may stand there in docs/config.md, or look at: homeroom config export")
    })?;
    if document.homeroom != FORM {
        let message =
            format!("this program reads documents of the form {FORM}, and this one is of {}", document.homeroom);
        return Err(Failure::unreadable(message).hint(format!("begin the document with: homeroom: {FORM}")));
    }
    Ok(document)
}

/// What is wrong in a text of YAML, in a line, with its place.
pub fn told(error: &serde_saphyr::Error) -> String {
    let whole = error.render_with_options(serde_saphyr::RenderOptions::default());
    let first = whole.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let Some(at) = error.location() else { return first.to_owned() };
    // The reader of YAML says where, too.
    let said = first.split_once(": ").filter(|(place, _)| place.starts_with("line ")).map_or(first, |(_, said)| said);
    format!("line {}: {said}", at.line())
}

/// Writes a document in YAML.
///
/// # Errors
/// Never in practice.
pub fn write(document: &Document) -> Result<String, Failure> {
    serde_saphyr::to_string(document).map_err(|error| Failure::refused(format!("it cannot be written: {error}")))
}
