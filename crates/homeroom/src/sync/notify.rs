//! What a fetch or a push that ran by itself came to, told to whoever wants to know.
//!
//! A webhook is a POST of JSON. With a secret it is signed: the header
//! `Homeroom-Signature` is `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA-256 of
//! `SECONDS.BODY` under the secret, so that whoever receives it knows who sent
//! it, and when. A letter says the same in words, and what to do next. Neither
//! says more than the log: no person, no identifier.

use super::files::agent;
use crate::mail::Letter;
use backon::{BlockingRetryable as _, ExponentialBuilder};
use hmac::{Hmac, KeyInit as _, Mac as _};
use homeroom_store::DEFAULT_TENANT;
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

/// How often a webhook is tried again; the waits grow from half a second to a
/// minute or so.
const AGAIN: usize = 7;

/// What it was that ran.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A source was fetched.
    Source,
    /// A target was pushed.
    Target,
}

impl What {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            What::Source => "source",
            What::Target => "target",
        }
    }
}

/// What a fetch or a push came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The district.
    pub tenant: String,
    /// What it was.
    pub what: What,
    /// The source or the target.
    pub name: String,
    /// A word: `applied`, `pushed`, `held`, `failed`, `nothing` and so on.
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
            self.what.word(): self.name,
            "state": self.came,
            "message": self.said,
            "run": self.run,
            "at": self.at.to_string(),
            "added": added,
            "changed": changed,
            "removed": removed,
        })
    }

    /// Whether somebody who set `notify` wants to be told of it.
    pub fn is_wanted(&self, notify: Option<&str>) -> bool {
        let problem = !matches!(self.came.as_str(), "applied" | "pushed" | "nothing");
        match notify {
            Some("all") => true,
            Some("changes") => problem || self.moved != [0; 3],
            _ => problem,
        }
    }

    /// The letter that tells of it.
    pub fn letter(&self, to: &str) -> Letter {
        let (what, name, tenant) = (self.what.word(), &self.name, &self.tenant);
        let [added, changed, removed] = self.moved;
        let mut text = format!(
            "The {what} {name} of the district {tenant} ran by itself until {}, and came to: {}.\n\n{}.\n",
            self.at,
            self.came,
            self.said.trim_end_matches(['.', '\n'])
        );
        if self.what == What::Source {
            text.push_str(&format!("Records added: {added}, changed: {changed}, removed: {removed}.\n"));
        }
        text.push_str(&format!("\nNext: {}\n", self.next()));
        Letter {
            to: to.to_owned(),
            subject: format!("Homeroom: {what} {name} of {tenant}: {}", self.came),
            text,
            at: self.at,
        }
    }

    /// What to do next.
    fn next(&self) -> String {
        let within = if self.tenant == DEFAULT_TENANT { String::new() } else { format!(" --tenant {}", self.tenant) };
        let name = &self.name;
        let run = self.run.map(|run| run.to_string()).unwrap_or_else(|| "RUN".to_owned());
        match (self.what, self.came.as_str()) {
            (_, "nothing" | "pushed") => "there is nothing to do.".to_owned(),
            (_, "applied") => {
                format!("there is nothing to do. It can be taken back with: homeroom runs undo {run}{within}")
            }
            (What::Source, "held" | "planned") => format!(
                "look at it with: homeroom runs show {run}{within}\nThen let it be written with: homeroom runs approve \
                 {run}{within}\nor not, with: homeroom runs reject {run}{within}"
            ),
            (What::Source, "rejected") => format!("see why with: homeroom runs show {run}{within}"),
            (What::Source, _) => format!(
                "try the way there with: homeroom source test {name}{within}\nIt is fetched again when its time comes."
            ),
            (What::Target, "held") => format!(
                "look at it with: homeroom target push {name} --dry-run{within}\nIf it is meant, push it by hand with \
                 --max-removed."
            ),
            (What::Target, _) => {
                format!("try the way there with: homeroom target test {name}{within}\nIt is tried again later.")
            }
        }
    }

    /// Tells it to a webhook; waits until it was taken.
    ///
    /// # Errors
    /// A sentence, if it was not taken after all.
    pub fn tell(&self, url: &str, secret: Option<&SecretString>) -> Result<(), String> {
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

    fn outcome(came: &str, moved: [u64; 3]) -> Outcome {
        let [tenant, name, came, said] = ["default", "north", came, "so"].map(str::to_owned);
        Outcome { tenant, what: What::Source, name, came, said, run: Some(7), at: Timestamp(1_700_000_000_500), moved }
    }

    #[test]
    fn what_is_told_is_what_was_wanted() {
        for (came, moved, wanted) in [
            ("applied", [0, 0, 0], [true, false, false]),
            ("applied", [0, 1, 0], [true, true, false]),
            ("nothing", [0, 0, 0], [true, false, false]),
            ("held", [0, 0, 9], [true, true, true]),
            ("failed", [0, 0, 0], [true, true, true]),
        ] {
            let told = ["all", "changes", "problems"].map(|notify| outcome(came, moved).is_wanted(Some(notify)));
            assert_eq!(told, wanted, "{came}");
        }
    }

    #[test]
    fn a_letter_says_what_to_do_next() {
        for (what, came, wanted) in [
            (What::Source, "held", "runs approve 7 --tenant west"),
            (What::Source, "failed", "source test north --tenant west"),
            (What::Source, "applied", "runs undo 7 --tenant west"),
            (What::Source, "nothing", "nothing to do"),
            (What::Target, "held", "target push north --dry-run --tenant west"),
            (What::Target, "failed", "target test north --tenant west"),
            (What::Target, "pushed", "nothing to do"),
        ] {
            let letter = Outcome { what, tenant: "west".into(), ..outcome(came, [1, 2, 3]) }.letter("a@b.org");
            assert!(letter.text.contains(wanted) && letter.text.contains("Next: "), "{came}: {}", letter.text);
            assert_eq!(letter.subject, format!("Homeroom: {} north of west: {came}", what.word()));
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
