//! Who is asked: our own roster, or a provider somewhere.

use crate::cli::Setting;
use crate::cli::secret::client_secret;
use crate::get::{Asked, Store};
use crate::output::Failure;
use crate::sync::clever::client as clever;
use crate::sync::rest;
use crate::sync::settings::Kind as SourceKind;
use crate::sync::source::{SECRET, Source};
use oneroster::model::{Access, Version};
use oneroster_client::{Config, Edition, Scopes};
use std::collections::BTreeSet;
use std::path::PathBuf;

const HEADING: &str = "Another provider than our own roster";

/// Where records come from.
#[derive(Debug, clap::Args)]
pub(super) struct From {
    /// The address of a provider: https://sis.example.org, what stands before
    /// /ims/oneroster, or a service's base path
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    url: Option<String>,
    /// Where it gives tokens [default: as its discovery document says]
    #[arg(long, value_name = "URL", help_heading = HEADING, requires = "client_id", conflicts_with = "oauth1")]
    token_url: Option<String>,
    /// A source that is fetched by this name: its provider is asked, with its
    /// credentials; no record is written
    #[arg(long, value_name = "NAME", help_heading = HEADING, conflicts_with = "url")]
    source: Option<String>,
    /// By which name it knows us; with --oauth1 the consumer key
    #[arg(long, value_name = "ID", help_heading = HEADING, requires = "url")]
    client_id: Option<String>,
    /// A file that holds the client secret [default: what HOMEROOM_CLIENT_SECRET
    /// holds, else you are asked for it]
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "client_id")]
    secret_file: Option<PathBuf>,
    /// Sign requests by OAuth 1.0a instead of asking for tokens: version 1.1 only
    #[arg(long, help_heading = HEADING, requires = "client_id")]
    oauth1: bool,
    /// Send secrets over plain HTTP to other machines, too: in closed networks only
    #[arg(long, help_heading = HEADING, requires = "url")]
    insecure_http: bool,
    /// OneRoster version that is spoken [default: 1.2; of a provider what it
    /// offers; with --oauth1 1.1]
    #[arg(long, value_name = "VERSION", value_parser = edition)]
    oneroster: Option<Edition>,
}

fn edition(label: &str) -> Result<Edition, String> {
    Edition::from_label_or_segment(label).ok_or_else(|| "the versions are 1.1 and 1.2, and of providers 1.0".to_owned())
}

impl From {
    /// Opens it.
    pub(super) fn open(&self, setting: &Setting, wanted: Access) -> Result<Asked, Failure> {
        if let Some(name) = &self.source {
            let source = Source::open(&setting.roster()?, name)?;
            if source.kind == SourceKind::Clever {
                let secret = source.secret(&setting.access(&setting.database()?)?, SECRET)?;
                return Asked::clever(clever(&source, secret.as_ref())?);
            }
            return Asked::far(self.of_source(setting, &source, wanted)?);
        }
        match &self.url {
            Some(url) => Asked::far(scoped(self.config(url)?, wanted)),
            None => self.store(setting).map(|store| Asked::Store(Box::new(store))),
        }
    }

    fn store(&self, setting: &Setting) -> Result<Store, Failure> {
        let version = match self.oneroster {
            None => Version::V1P2,
            Some(Edition::V1P0) => return Err(Failure::usage("our own roster is listed in OneRoster 1.1 or 1.2")),
            Some(edition) => edition.version(),
        };
        if !setting.has_roster()? {
            let hint = "import a package first: homeroom import PACKAGE; or name a provider with --url";
            return Err(Failure::refused("there is no roster yet").hint(hint));
        }
        Ok(Store::new(setting.roster()?, version))
    }

    /// As a source is asked when it is fetched.
    fn of_source(&self, setting: &Setting, source: &Source, wanted: Access) -> Result<Config, Failure> {
        let name = source.name();
        if source.kind != SourceKind::Oneroster {
            let told = format!("{name} is no provider that could be asked: it is of the kind {}", source.kind.word());
            return Err(Failure::refused(told).hint("what it brought is in the roster: leave --source out"));
        }
        let secret = source.secret(&setting.access(&setting.database()?)?, SECRET)?;
        let config = rest::config(source, secret.as_ref(), Scopes::default())?;
        let config = self.oneroster.map_or(config.clone(), |edition| config.edition(edition));
        Ok(if source.text("scopes").is_some() { config } else { scoped(config, wanted) })
    }

    fn config(&self, url: &str) -> Result<Config, Failure> {
        let config = Config::new(url).map_err(|error| Failure::usage(format!("--url {url}: {error}")))?;
        let mut config = config.allow_clear_text(self.insecure_http);
        let edition = match (self.oneroster, self.oauth1) {
            (Some(Edition::V1P2), true) => {
                let hint = "leave --oneroster out, or give credentials of OAuth 2.0 without --oauth1";
                return Err(Failure::usage("OAuth 1.0a is of OneRoster 1.1 only").hint(hint));
            }
            (None, true) => Some(Edition::V1P1),
            (edition, _) => edition,
        };
        if let Some(edition) = edition {
            config = config.edition(edition);
        }
        let Some(id) = &self.client_id else { return Ok(config) };
        let secret = client_secret(self.secret_file.as_deref())?;
        if self.oauth1 {
            return Ok(config.oauth1(id, secret));
        }
        config = config.oauth2(id, secret);
        Ok(match &self.token_url {
            Some(url) => config.token_url(url),
            None => config,
        })
    }
}

/// What rostering needs is asked for by itself; what else is wanted, beside it.
fn scoped(config: Config, wanted: Access) -> Config {
    let usual = [Access::RosterCore, Access::Roster];
    if usual.contains(&wanted) {
        return config;
    }
    let all = usual.into_iter().chain([wanted]).flat_map(|access| access.scopes(Version::V1P2));
    let names: BTreeSet<String> = all.map(|scope| (*scope).to_owned()).collect();
    config.scopes(Scopes::Named(names.into_iter().collect()))
}
