//! Where tokens are given, for those who were not told.

use super::check_token_url;
use crate::address::same_server;
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::findings::Findings;
use crate::habit::Habit;
use crate::offered::DOCUMENTS;
use crate::vendor::APPLICATION;
use crate::wire::receive;
use oneroster::model::{Edition, Service};
use serde_json::Value;
use url::Url;

/// The documents of a server that speak of it (RFC 8414, OpenID Connect).
const WELL_KNOWN: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/// The largest document, in bytes.
const LARGEST: usize = 8 << 20;

/// Looks for the token URL: where the vendor puts it, in the server's own
/// documents, in the discovery document of 1.2. Nothing secret is sent.
pub(super) async fn token_url(config: &Config, http: &reqwest::Client, findings: &Findings) -> Result<Url, Error> {
    let origin = config.address.origin();
    let base = config.address.base(config.spoken(), Service::Rostering);
    if let Some(path) = config.vendor.token_path {
        let application = config.address.application();
        if path.contains(APPLICATION) && application.is_none() {
            return Err(not_found());
        }
        let url = format!("{origin}{}", path.replace(APPLICATION, application.unwrap_or_default()));
        return Url::parse(&url).map_err(|_| not_found());
    }
    for path in WELL_KNOWN {
        if let Some(url) = look(config, http, &format!("{origin}{path}"), metadata).await? {
            findings.note(Habit::TokenUrlDiscovered);
            return Ok(url);
        }
    }
    let (_, _, names) = DOCUMENTS[0];
    for name in names.iter().filter(|_| config.spoken() == Edition::V1P2) {
        if let Some(url) = look(config, http, &format!("{base}/discovery/{name}"), flow).await? {
            findings.note(Habit::TokenUrlDiscovered);
            return Ok(url);
        }
    }
    Err(not_found())
}

fn not_found() -> Error {
    let message =
        "The provider does not say where tokens are given; ask its administrator for the token URL and give it.";
    Error::new(ErrorKind::Config, message)
}

/// Reads one document; one that is not there is none.
async fn look(
    config: &Config,
    http: &reqwest::Client,
    url: &str,
    find: fn(&Value) -> Option<&str>,
) -> Result<Option<Url>, Error> {
    let Ok(url) = Url::parse(url) else { return Ok(None) };
    let answer = match receive(http.get(url.clone()), LARGEST, &*config.world).await {
        Ok(answer) => answer,
        Err(error) if error.kind() == ErrorKind::Unreachable => return Err(error),
        Err(_) => return Ok(None),
    };
    let Ok(document) = serde_json::from_slice::<Value>(&answer.body) else { return Ok(None) };
    let Some(found) = find(&document).and_then(|text| url.join(text).ok()) else { return Ok(None) };
    // A document must not send the secret to another server: that is for people to say.
    if !same_server(&url, &found) {
        let host = found.host_str().unwrap_or_default();
        let message = format!(
            "The provider says that tokens are given by {host}, another server; if that is right, give the token URL."
        );
        return Err(Error::new(ErrorKind::Config, message));
    }
    check_token_url(&found, config.clear_text)?;
    Ok(Some(found))
}

fn metadata(document: &Value) -> Option<&str> {
    document["token_endpoint"].as_str()
}

/// The token URL of the client credentials flow of an OpenAPI document.
fn flow(document: &Value) -> Option<&str> {
    let schemes = document["components"]["securitySchemes"].as_object()?;
    schemes.values().find_map(|scheme| scheme["flows"]["clientCredentials"]["tokenUrl"].as_str())
}
