//! Which version a provider speaks, for those who were not told.

use crate::ask::Ask;
use crate::client::Client;
use crate::config::{Config, Credentials};
use crate::error::{Error, ErrorKind};
use oneroster::model::{Edition, Kind};

/// A client of the newest version that the provider answers, if the settings
/// do not name one: one record of organisations is asked for in each.
///
/// # Errors
/// If the provider cannot be reached, refuses the credentials, or answers in
/// no version; then the error of the last one that was tried.
pub async fn detect(config: Config) -> Result<Client, Error> {
    if config.says_edition() {
        return Client::new(config);
    }
    // What the vendor offers, where that is known; 1.0 for those who have it.
    let editions = config.vendor.editions;
    let signed = matches!(config.credentials, Credentials::OAuth1 { .. });
    let mut last = Error::new(ErrorKind::Config, "There is no version of OneRoster that can be tried.");
    for edition in editions.iter().copied().filter(|edition| !signed || *edition != Edition::V1P2) {
        let client = Client::new(config.clone().edition(edition))?;
        match client.pages(Ask::all(Kind::Org).limit(1))?.next().await {
            Ok(_) => return Ok(client),
            Err(error) if says_other_version(&error) => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Whether another version may do better.
fn says_other_version(error: &Error) -> bool {
    use ErrorKind::{BadRequest, Forbidden, NotFound, NotOffered, NotOneRoster, Redirected, SignIn, Status};
    matches!(error.kind(), BadRequest | Forbidden | NotFound | NotOffered | NotOneRoster | Redirected | SignIn | Status)
}
