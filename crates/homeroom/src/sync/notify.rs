//! What a scheduled fetch came to, told to whoever wants to know.
//!
//! A webhook is a POST of JSON. With a secret it is signed: the header
//! `Homeroom-Signature` is `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA-256 of
//! `SECONDS.BODY` under the secret, so that whoever receives it knows who sent
//! it, and when. It says no more than the log: no person, no identifier.

use super::files::agent;
use super::source::Source;
use backon::{BlockingRetryable as _, ExponentialBuilder};
use hmac::{Hmac, KeyInit as _, Mac as _};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

/// How often a webhook is tried again; the waits grow from half a second to a
/// minute or so.
const AGAIN: usize = 7;

/// What a fetch came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The district.
    pub tenant: String,
    /// The source.
    pub source: String,
    /// A word: `applied`, `held`, `failed`, `nothing` and so on.
    pub came: String,
    /// The same in a sentence.
    pub said: String,
    /// Its run, if there was one.
    pub run: Option<i64>,
    /// When it ended.
    pub at: Timestamp,
    /// How many records it added, changed and removed.
    pub moved: [u64; 3],
}

impl Outcome {
    fn document(&self) -> Value {
        let [added, changed, removed] = self.moved;
        json!({
            "tenant": self.tenant,
            "source": self.source,
            "state": self.came,
            "message": self.said,
            "run": self.run,
            "at": self.at.to_string(),
            "added": added,
            "changed": changed,
            "removed": removed,
        })
    }

    /// Whether a source wants to tell of it.
    pub fn is_wanted(&self, source: &Source) -> bool {
        let problem = !matches!(self.came.as_str(), "applied" | "nothing");
        match source.text("notify") {
            Some("all") => true,
            Some("changes") => problem || self.moved != [0; 3],
            _ => problem,
        }
    }

    /// Tells it to the webhook of a source, if it has one and wants to; waits
    /// until it was taken.
    ///
    /// # Errors
    /// A sentence, if it was not taken after all.
    pub fn tell(&self, source: &Source, secret: Option<&SecretString>) -> Result<(), String> {
        let Some(url) = source.text("notify-url").filter(|_| self.is_wanted(source)) else { return Ok(()) };
        let body = self.document().to_string();
        let signature = secret.map(|secret| signature(secret, self.at, &body));
        let agent = agent();
        let post = || {
            let mut request = agent.post(url).header("content-type", "application/json");
            if let Some(signature) = &signature {
                request = request.header("homeroom-signature", signature);
            }
            match request.send(&body) {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(format!("it answers with status {}", answer.status().as_u16())),
                Err(error) => Err(error.to_string()),
            }
        };
        let waits = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(500))
            .with_factor(2.2)
            .with_max_times(AGAIN);
        post.retry(waits).call()
    }
}

/// The signature of a body that is sent at an instant.
fn signature(secret: &SecretString, at: Timestamp, body: &str) -> String {
    let seconds = at.0.div_euclid(1000);
    let hex = match Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) {
        Ok(mut mac) => {
            mac.update(format!("{seconds}.{body}").as_bytes());
            mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
        }
        // A key of any length is one.
        Err(_) => String::new(),
    };
    format!("t={seconds},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::settings::Kind;

    fn outcome(came: &str, moved: [u64; 3]) -> Outcome {
        let [tenant, source, came, said] = ["default", "north", came, "so"].map(str::to_owned);
        Outcome { tenant, source, came, said, run: Some(7), at: Timestamp(1_700_000_000_500), moved }
    }

    #[test]
    fn what_is_told_is_what_was_wanted() {
        let source = |notify: &str| {
            let given = [("path", "x"), ("notify", notify)].map(|(key, value)| (key.to_owned(), value.to_owned()));
            Source::new("north", Kind::Csv, &given, Timestamp(0)).unwrap()
        };
        for (came, moved, wanted) in [
            ("applied", [0, 0, 0], [true, false, false]),
            ("applied", [0, 1, 0], [true, true, false]),
            ("nothing", [0, 0, 0], [true, false, false]),
            ("held", [0, 0, 9], [true, true, true]),
            ("failed", [0, 0, 0], [true, true, true]),
        ] {
            let told = ["all", "changes", "problems"].map(|notify| outcome(came, moved).is_wanted(&source(notify)));
            assert_eq!(told, wanted, "{came}");
        }
    }

    #[test]
    fn a_signature_is_that_of_anyone_with_the_secret() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac s3cret
        let signed = signature(&SecretString::from("s3cret"), Timestamp(1_700_000_000_500), "{}");
        assert_eq!(signed, "t=1700000000,v1=97926816e98fbb41ccb1673225ff29a2f35369099990e1b1561651e7bd097ebf");
        assert_ne!(signed, signature(&SecretString::from("other"), Timestamp(1_700_000_000_500), "{}"));
    }
}
