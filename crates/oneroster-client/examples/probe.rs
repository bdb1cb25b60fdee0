//! Finds out what a provider can do, and prints it:
//!
//! ```text
//! CLIENT_ID=... CLIENT_SECRET=... cargo run -p oneroster-client --example probe -- https://sis.example.org
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to people")]

use oneroster_client::{Config, Error, detect, probe};
use std::env::{args, var};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match look(&args().nth(1).unwrap_or_default()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what was found out, a line each.
pub async fn look(url: &str) -> Result<(), Error> {
    let (id, secret) = (var("CLIENT_ID").unwrap_or_default(), var("CLIENT_SECRET").unwrap_or_default());
    let mut config = Config::new(url)?;
    if !id.is_empty() {
        config = config.oauth2(id, secret);
    }
    for line in probe(&detect(config).await?).await?.words() {
        println!("{line}");
    }
    Ok(())
}
