//! Showing who we are, in each way that providers ask for.

mod discovery;
mod token;

use crate::address;
use crate::config::{Config, Credentials};
use crate::error::{Error, ErrorKind};
use crate::findings::Findings;
use crate::world::World;
use http::HeaderValue;
use oneroster::model::Method;
use oneroster::oauth1::{self, Hash, Message, Stamp};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use token::Tokens;
use url::Url;

pub use token::SignIn;

/// The credentials of a client, and what was made of them.
pub(crate) struct Auth {
    way: Way,
    world: Arc<dyn World>,
    /// Where they may be shown.
    origin: String,
}

enum Way {
    Tokens(Box<Tokens>),
    Signed { key: String, secret: SecretString, hash: Hash },
    Bearer(SecretString),
    None,
}

/// What a request carries.
pub(crate) struct Header {
    pub value: Option<HeaderValue>,
    /// Which token it is, where it can be renewed.
    pub token: Option<u64>,
}

impl Auth {
    pub fn new(config: &Config, http: reqwest::Client, findings: Findings) -> Auth {
        let way = match &config.credentials {
            Credentials::OAuth2(oauth2) => Way::Tokens(Box::new(Tokens::new(config, oauth2, http, findings))),
            Credentials::OAuth1 { key, secret, hash } => {
                Way::Signed { key: key.clone(), secret: secret.clone(), hash: *hash }
            }
            Credentials::Bearer(token) => Way::Bearer(token.clone()),
            Credentials::None => Way::None,
        };
        Auth { way, world: config.world.clone(), origin: config.address.origin() }
    }

    /// The header of a request.
    pub async fn header(&self, method: Method, url: &Url) -> Result<Header, Error> {
        // Whatever went wrong before: credentials leave for their own server only.
        if url.origin().ascii_serialization() != self.origin {
            return Err(Error::new(ErrorKind::ForeignLink, "A request to another server was not sent."));
        }
        let (text, token) = match &self.way {
            Way::None => return Ok(Header { value: None, token: None }),
            Way::Bearer(token) => (format!("Bearer {}", token.expose_secret()), None),
            Way::Signed { key, secret, hash } => (self.signature(method, url, key, secret, *hash)?, None),
            Way::Tokens(tokens) => {
                let (token, number) = tokens.get().await?;
                (format!("Bearer {}", token.expose_secret()), Some(number))
            }
        };
        Ok(Header { value: Some(secret_header(&text)?), token })
    }

    fn signature(
        &self,
        method: Method,
        url: &Url,
        key: &str,
        secret: &SecretString,
        hash: Hash,
    ) -> Result<String, Error> {
        let broken = || Error::new(ErrorKind::Config, "A request to this URL cannot be signed.");
        let address = oauth1::Address::split(url.as_str()).ok_or_else(broken)?;
        let message = Message { method: word(method), query: address.query, form: None };
        let credentials = oauth1::Credentials { key, secret: secret.expose_secret() };
        let nonce = self.world.nonce();
        let stamp = Stamp { nonce: &nonce, timestamp: self.world.now().0.div_euclid(1000) };
        Ok(oauth1::sign(&message, &address, &credentials, hash, stamp))
    }

    /// Drops a token that was refused, unless it was replaced already.
    pub async fn forget(&self, token: Option<u64>) {
        if let (Way::Tokens(tokens), Some(number)) = (&self.way, token) {
            tokens.forget(number).await;
        }
    }

    /// What signing in showed, where there is such a thing.
    pub async fn sign_in(&self) -> Result<Option<SignIn>, Error> {
        match &self.way {
            Way::Tokens(tokens) => tokens.sign_in().await.map(Some),
            _ => Ok(None),
        }
    }
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Put => "PUT",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    }
}

/// A header that debugging does not print.
fn secret_header(text: &str) -> Result<HeaderValue, Error> {
    let message = "The credentials hold a character that no header can carry; copy them again without line ends.";
    let mut value = HeaderValue::from_str(text).map_err(|_| Error::new(ErrorKind::Config, message))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Refuses a token URL that would let the secret go in the clear.
fn check_token_url(url: &Url, clear_text: bool) -> Result<(), Error> {
    if !["http", "https"].contains(&url.scheme()) || (address::is_clear(url) && !clear_text) {
        return Err(Error::new(ErrorKind::Config, "The token URL must begin with https://; the secret is sent there."));
    }
    Ok(())
}
