//! What a client is told: where, who, and within which limits.

use crate::address::Address;
use crate::error::{Error, ErrorKind};
use crate::vendor::Vendor;
use crate::world::{System, World};
use oneroster::model::Edition;
use oneroster::oauth1::Hash;
use secrecy::SecretString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

/// How a client shows who it is.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// OAuth 2.0 client credentials: a token is asked for, and renewed.
    OAuth2(OAuth2),
    /// OAuth 1.0a: each request is signed (1.1 only).
    OAuth1 {
        /// The consumer key.
        key: String,
        /// The consumer secret.
        secret: SecretString,
        /// The hash of the signatures.
        hash: Hash,
    },
    /// A token that was given once and for all.
    Bearer(SecretString),
    /// Nothing.
    None,
}

/// OAuth 2.0 client credentials.
#[derive(Clone, Debug)]
pub struct OAuth2 {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub secret: SecretString,
    /// Where tokens are given; without it, it is looked for in the provider's
    /// documents and where its vendor puts it.
    pub token_url: Option<String>,
    /// Which scopes are asked for.
    pub scopes: Scopes,
    /// Further members of the token request, such as `acr_values`.
    pub extra: Vec<(String, String)>,
}

/// Which scopes are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Scopes {
    /// Those of every read; if they are refused, those of rostering, then
    /// those of its core, then none is named.
    #[default]
    Reading,
    /// Those of rostering, demographics among them; fewer if they are refused.
    Rostering,
    /// None is named: the provider gives what it granted.
    Unnamed,
    /// These, by the standard's short names (`roster.readonly`) or as full URIs.
    Named(Vec<String>),
}

/// What is made of a link to the next page that names another server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ForeignLinks {
    /// The reading ends with an error; nothing is sent there.
    #[default]
    Refuse,
    /// Its query is asked of the server that was given, for providers that do
    /// not know their own name; nothing is sent to the other one.
    Rebase,
}

/// Everything that a client is told.
///
/// ```
/// use oneroster_client::{Config, Edition};
///
/// let config = Config::new("https://sis.example.org/ims/oneroster")?
///     .edition(Edition::V1P2)
///     .oauth2("my-client", "s3cret")
///     .page_size(1000);
/// # Ok::<(), oneroster_client::Error>(())
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) address: Address,
    pub(crate) edition: Option<Edition>,
    pub(crate) credentials: Credentials,
    pub(crate) vendor: &'static Vendor,
    /// Whether reads below single records are known not to work.
    pub(crate) flat: bool,
    pub(crate) page_size: Option<NonZeroU32>,
    pub(crate) concurrency: Option<NonZeroUsize>,
    pub(crate) rate: Option<NonZeroU32>,
    pub(crate) attempts: usize,
    pub(crate) longest_wait: Duration,
    pub(crate) timeout: Duration,
    pub(crate) largest_answer: usize,
    pub(crate) clear_text: bool,
    pub(crate) foreign_links: ForeignLinks,
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) user_agent: String,
    pub(crate) world: Arc<dyn World>,
}

impl Config {
    /// A provider at a URL, in any form that people have it.
    ///
    /// # Errors
    /// If it is no URL of a web server.
    pub fn new(url: &str) -> Result<Config, Error> {
        let address = Address::parse(url)?;
        Ok(Config {
            vendor: Vendor::of_host(address.host()).unwrap_or(Vendor::generic()),
            address,
            edition: None,
            credentials: Credentials::None,
            flat: false,
            page_size: None,
            concurrency: None,
            rate: None,
            attempts: 5,
            longest_wait: Duration::from_secs(300),
            timeout: Duration::from_secs(120),
            largest_answer: 256 << 20,
            clear_text: false,
            foreign_links: ForeignLinks::default(),
            roots: Vec::new(),
            user_agent: concat!("homeroom/", env!("CARGO_PKG_VERSION")).to_owned(),
            world: Arc::new(System),
        })
    }

    /// The version of the provider; without it, the one that the URL names,
    /// else 1.1. [`detect`](crate::detect) finds it out.
    #[must_use]
    pub fn edition(mut self, edition: Edition) -> Config {
        self.edition = Some(edition);
        self
    }

    /// How the client shows who it is.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Config {
        self.credentials = credentials;
        self
    }

    /// OAuth 2.0 with a client id and a secret, the rest as usual.
    #[must_use]
    pub fn oauth2(self, client_id: impl Into<String>, secret: impl Into<SecretString>) -> Config {
        self.credentials(Credentials::OAuth2(OAuth2 {
            client_id: client_id.into(),
            secret: secret.into(),
            token_url: None,
            scopes: Scopes::default(),
            extra: Vec::new(),
        }))
    }

    /// Where tokens are given, if the credentials are of OAuth 2.0.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Config {
        if let Credentials::OAuth2(oauth2) = &mut self.credentials {
            oauth2.token_url = Some(url.into());
        }
        self
    }

    /// Which scopes are asked for, if the credentials are of OAuth 2.0.
    #[must_use]
    pub fn scopes(mut self, scopes: Scopes) -> Config {
        if let Credentials::OAuth2(oauth2) = &mut self.credentials {
            oauth2.scopes = scopes;
        }
        self
    }

    /// OAuth 1.0a with a key and a secret, signed with SHA-256.
    #[must_use]
    pub fn oauth1(self, key: impl Into<String>, secret: impl Into<SecretString>) -> Config {
        self.credentials(Credentials::OAuth1 { key: key.into(), secret: secret.into(), hash: Hash::default() })
    }

    /// The vendor whose habits are reckoned with; without it, the one whose
    /// host it is, as far as the table knows.
    #[must_use]
    pub fn vendor(mut self, vendor: &'static Vendor) -> Config {
        self.vendor = vendor;
        self
    }

    /// How many records a page is asked to have; else what the vendor bears.
    #[must_use]
    pub fn page_size(mut self, records: u32) -> Config {
        self.page_size = NonZeroU32::new(records);
        self
    }

    /// How many requests may be under way at once; else what the vendor bears.
    #[must_use]
    pub fn concurrency(mut self, requests: usize) -> Config {
        self.concurrency = NonZeroUsize::new(requests);
        self
    }

    /// How many requests may begin in a second; unlimited without it.
    #[must_use]
    pub fn rate(mut self, per_second: u32) -> Config {
        self.rate = NonZeroU32::new(per_second);
        self
    }

    /// How often a read is tried in all (5), and how long one wait between
    /// may be (5 minutes); a provider that asks for more patience gets an error
    /// that says so.
    #[must_use]
    pub fn patience(mut self, attempts: usize, longest_wait: Duration) -> Config {
        (self.attempts, self.longest_wait) = (attempts.max(1), longest_wait);
        self
    }

    /// How long one answer may take (2 minutes).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Config {
        self.timeout = timeout;
        self
    }

    /// How large one answer may be, in bytes (256 MiB; 4 GiB at most).
    #[must_use]
    pub fn largest_answer(mut self, bytes: usize) -> Config {
        // Places in an answer are kept in 32 bits.
        self.largest_answer = bytes.min(u32::MAX as usize);
        self
    }

    /// Lets credentials and records go in the clear to other machines. Only
    /// for networks that are trusted.
    #[must_use]
    pub fn allow_clear_text(mut self, allow: bool) -> Config {
        self.clear_text = allow;
        self
    }

    /// What is made of links to other servers.
    #[must_use]
    pub fn foreign_links(mut self, links: ForeignLinks) -> Config {
        self.foreign_links = links;
        self
    }

    /// A certificate authority that is trusted beside the system's, in DER.
    #[must_use]
    pub fn trust(mut self, authority: Vec<u8>) -> Config {
        self.roots.push(authority);
        self
    }

    /// What the client calls itself.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Config {
        self.user_agent = name.into();
        self
    }

    /// The time, waiting and chance, for tests.
    #[must_use]
    pub fn world(mut self, world: Arc<dyn World>) -> Config {
        self.world = world;
        self
    }

    /// The edition that is spoken: given, named by the URL, or 1.1.
    pub(crate) fn spoken(&self) -> Edition {
        self.edition.or(self.address.edition()).unwrap_or(Edition::V1P1)
    }

    /// Whether the edition was said in some way.
    pub(crate) fn says_edition(&self) -> bool {
        self.edition.or(self.address.edition()).is_some()
    }

    /// Refuses what cannot work or would go in the clear.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let wrong = |message: &str| Err(Error::new(ErrorKind::Config, message));
        if self.address.is_clear() && !self.clear_text {
            return wrong(
                "The provider's URL begins with http://, so names of children would go over the network in the clear; \
                 use https://, or allow clear text if the network is trusted.",
            );
        }
        if matches!(self.credentials, Credentials::OAuth1 { .. }) && self.spoken() == Edition::V1P2 {
            return wrong("OneRoster 1.2 has no OAuth 1.0a; use OAuth 2.0, or read the provider's 1.1.");
        }
        Ok(())
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("origin", &self.address.origin())
            .field("edition", &self.edition)
            .field("vendor", &self.vendor.name)
            .finish_non_exhaustive()
    }
}
