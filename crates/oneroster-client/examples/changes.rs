//! Prints who was changed or deleted since an instant, as a nightly job would ask:
//!
//! ```text
//! CLIENT_ID=... CLIENT_SECRET=... cargo run -p oneroster-client --example changes -- http://127.0.0.1:8080 2026-11-01T00:00:00Z
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to people")]

use oneroster::model::Kind;
use oneroster::record::Status;
use oneroster::time::Timestamp;
use oneroster_client::{Ask, Config, Error, detect};
use std::env::{args, var};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut args = args().skip(1);
    let (Some(url), Some(since)) = (args.next(), args.next().as_deref().and_then(Timestamp::parse)) else {
        eprintln!("The URL of a provider is needed, and an instant such as 2026-11-01T00:00:00Z.");
        return ExitCode::from(2);
    };
    match print(&url, since).await {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line for each person, and gives the instant to begin with next time.
pub async fn print(url: &str, since: Timestamp) -> Result<Timestamp, Error> {
    let (id, secret) = (var("CLIENT_ID").unwrap_or_default(), var("CLIENT_SECRET").unwrap_or_default());
    let mut config = Config::new(url)?;
    if !id.is_empty() {
        config = config.oauth2(id, secret);
    }
    let client = detect(config).await?;
    let mut people = client.records(Ask::all(Kind::User).changed_since(since))?;
    let mut latest = since;
    while let Some(person) = people.next().await? {
        latest = latest.max(person.modified.unwrap_or(since));
        let what = if person.status == Status::Active { "changed" } else { "deleted" };
        println!("{what}\t{}", person.sourced_id);
    }
    if !people.ending().is_whole() {
        // Nothing is lost by that: the next question begins where this one did.
        eprintln!("The answer may not be whole; ask again since {since}.");
        return Ok(since);
    }
    eprintln!("Next time: {latest}");
    Ok(latest)
}
