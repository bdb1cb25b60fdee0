//! Prints the students of a class, by its name, from any provider:
//!
//! ```text
//! homeroom demo &
//! CLIENT_ID=... CLIENT_SECRET=... cargo run -p oneroster-client --example students -- http://127.0.0.1:8080 "ELA 6"
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to people")]

use oneroster::at;
use oneroster_client::{Config, Error, detect};
use std::env::{args, var};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut args = args().skip(1);
    let (Some(url), Some(class)) = (args.next(), args.next()) else {
        eprintln!("The URL of a provider and the name of a class are needed.");
        return ExitCode::from(2);
    };
    match print(&url, &class).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line for each student, and what there is not.
pub async fn print(url: &str, class: &str) -> Result<(), Error> {
    let (id, secret) = (var("CLIENT_ID").unwrap_or_default(), var("CLIENT_SECRET").unwrap_or_default());
    let mut config = Config::new(url)?;
    if !id.is_empty() {
        config = config.oauth2(id, secret);
    }
    let client = detect(config).await?;
    let found = client.students().in_class(class).get().await?;
    for student in &found.people {
        let name = |field| student.get(field).unwrap_or_default();
        println!("{}\t{} {}", student.sourced_id, name(at!(User.givenName)), name(at!(User.familyName)));
    }
    for group in &found.unknown {
        eprintln!("There is no {group}.");
    }
    for finding in client.findings().list() {
        let row = finding.habit.row();
        eprintln!("{} {} ({} times)", row.code, row.sentence, finding.count);
    }
    Ok(())
}
