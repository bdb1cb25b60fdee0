//! Gives a student a score for a piece of work, and shows how a refusal reads:
//!
//! ```text
//! CLIENT_ID=... CLIENT_SECRET=... cargo run -p oneroster-client --example grade -- \
//!     http://127.0.0.1:8080 RESULT LINE-ITEM STUDENT 87.5 2026-11-23
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to people")]

use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster_client::{Ask, Config, Error, Written, detect};
use std::env::{args, var};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let given: Vec<String> = args().skip(1).collect();
    let [url, id, work, student, score, day] = given.as_slice() else {
        eprintln!("Needed: URL RESULT LINE-ITEM STUDENT SCORE DAY");
        return ExitCode::from(2);
    };
    match put(url, &result(id, work, student, score, day)).await {
        Ok(Written::Created) => println!("It is new."),
        Ok(Written::Stored) => println!("It was there, and is this now."),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// A score, by handles that the compiler knows: a field that there is not does
/// not compile.
pub fn result(id: &str, work: &str, student: &str, score: &str, day: &str) -> Record {
    let mut result = Record::new(Kind::Result);
    result.sourced_id.push_str(id);
    result.set(at!(Result.lineItem), work);
    result.set(at!(Result.student), student);
    result.set(at!(Result.score), score);
    result.set(at!(Result.scoreDate), day);
    result.set(at!(Result.scoreStatus), "fully graded");
    result
}

/// Puts it: the same again changes nothing, so it may be repeated after a failure.
pub async fn put(url: &str, result: &Record) -> Result<Written, Error> {
    let (id, secret) = (var("CLIENT_ID").unwrap_or_default(), var("CLIENT_SECRET").unwrap_or_default());
    let mut config = Config::new(url)?;
    if !id.is_empty() {
        config = config.oauth2(id, secret);
    }
    let client = detect(config).await?;
    client.put(&Ask::operation("putResult")?.below([result.sourced_id.as_str()]), result).await
}
