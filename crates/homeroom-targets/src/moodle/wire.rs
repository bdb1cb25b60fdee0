//! Calls of Moodle's web services (REST).
//!
//! The token goes in the body of a POST, never in an address or a message.
//! Moodle answers 200 whatever happens; an error is an object with `exception`.

use super::told::Stop;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How long a call may take: a hundred courses take many seconds.
const PATIENCE: Duration = Duration::from_secs(300);
/// The largest answer, in bytes.
const LARGEST: u64 = 256 << 20;

/// A Moodle, by its address and a token.
pub struct Moodle {
    agent: Agent,
    endpoint: String,
    token: SecretString,
    calls: AtomicU64,
    writes: AtomicU64,
}

/// Why a call came to nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// Moodle refused it.
    Refused {
        /// Moodle's word for it.
        code: String,
        /// Its sentence, without what it holds of tags.
        message: String,
    },
    /// There was no answer that means anything.
    Broken(String),
}

/// Looks whether a token may be sent to an address.
pub(super) fn safe(url: &str, insecure: bool) -> Result<(), String> {
    let example = "write the address of the Moodle as https://moodle.example.org";
    let uri: Uri = url.parse().map_err(|_| format!("{url:?} is no address; {example}"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        _ if uri.query().is_some() || host.is_empty() => Err(format!("{url:?} is no address of a site; {example}")),
        Some("https") => Ok(()),
        Some("http") if here || insecure => Ok(()),
        Some("http") => Err(format!(
            "the token would go in the clear over {url}; use https, or in a closed network set insecure-http=yes"
        )),
        _ => Err(format!("{url:?} does not begin with https://; {example}")),
    }
}

impl Moodle {
    /// A Moodle that is asked with a token.
    pub fn new(url: &str, token: SecretString) -> Moodle {
        let native = rustls_native_certs::load_native_certs().certs;
        let roots = if native.is_empty() {
            RootCerts::WebPki
        } else {
            RootCerts::Specific(Arc::new(native.iter().map(|der| Certificate::from_der(der).to_owned()).collect()))
        };
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("homeroom/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Moodle {
            agent: config.into(),
            endpoint: format!("{}/webservice/rest/server.php", url.trim_end_matches('/')),
            token,
            calls: AtomicU64::new(0),
            writes: AtomicU64::new(0),
        }
    }

    /// How many calls were made, and how many of them wrote.
    pub fn calls(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.writes.load(Ordering::Relaxed))
    }

    /// Calls a function that only reads.
    ///
    /// # Errors
    /// As Moodle says.
    pub fn read(&self, function: &str, arguments: &[(String, String)]) -> Result<Value, Wrong> {
        self.call(function, arguments)
    }

    /// Calls a function that writes.
    ///
    /// # Errors
    /// As Moodle says; a refusal need not mean that nothing was done.
    pub fn write(&self, function: &str, arguments: &[(String, String)]) -> Result<Value, Wrong> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.call(function, arguments)
    }

    fn call(&self, function: &str, arguments: &[(String, String)]) -> Result<Value, Wrong> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("wstoken", self.token.expose_secret())
            .append_pair("wsfunction", function)
            .append_pair("moodlewsrestformat", "json")
            // Else names come back escaped for HTML.
            .append_pair("moodlewssettingraw", "1");
        for (name, value) in arguments {
            body.append_pair(name, value);
        }
        let request = self.agent.post(&self.endpoint).header("content-type", "application/x-www-form-urlencoded");
        let mut answer = request.send(body.finish()).map_err(|error| Wrong::Broken(unreached(&error)))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(LARGEST).read_to_string();
        let text = text.map_err(|error| Wrong::Broken(unreached(&error)))?;
        understood(status, &text)
    }
}

impl std::fmt::Debug for Moodle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moodle").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

fn unreached(error: &ureq::Error) -> String {
    format!("Moodle cannot be reached: {error}")
}

/// What an answer says.
fn understood(status: u16, text: &str) -> Result<Value, Wrong> {
    let parsed: Result<Value, _> = serde_json::from_str(text);
    match (status, parsed) {
        (200, Ok(Value::Object(answer))) if answer.contains_key("exception") => {
            let word = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
            Err(Wrong::Refused { code: word("errorcode").to_owned(), message: plain(word("message")) })
        }
        (200, Ok(answer)) => Ok(answer),
        // Even nothing is told in a word, so this is half an answer: nothing was found, or done, for all we know.
        (200, Err(_)) if text.trim().is_empty() => {
            Err(Wrong::Broken("Moodle's answer is empty; PHP broke off perhaps: see the site's error log".into()))
        }
        (200, Err(_)) => Err(Wrong::Broken(
            "Moodle's answer is not JSON; a plugin or a PHP notice writes into it perhaps: see the site's error log".into(),
        )),
        (403, _) => Err(Wrong::Broken(
            "Moodle answers 403: web services or the REST protocol are off (Site administration > Advanced features, and \
             Server > Web services > Manage protocols)"
                .into(),
        )),
        (503, _) => Err(Wrong::Broken("Moodle is in maintenance (503); push again when it is back".into())),
        (301 | 302 | 307 | 308, _) => Err(Wrong::Broken(format!(
            "Moodle answers {status} and leads elsewhere; give its address exactly as it is in the site's config ($CFG->wwwroot)"
        ))),
        (404, _) => Err(Wrong::Broken("there is no Moodle at this address (404); check url".into())),
        _ => Err(Wrong::Broken(format!("Moodle answers {status}"))),
    }
}

/// A sentence without tags, and not a page long.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut within = false;
    for c in text.chars() {
        match c {
            '<' => within = true,
            '>' if within => within = false,
            c if !within && !c.is_control() => out.push(c),
            _ => {}
        }
    }
    out.trim().chars().take(300).collect()
}

/// Codes that every further call would come to, and what to do.
const FATAL: [(&str, &str); 8] = [
    (
        "invalidtoken",
        "the token is not known to this Moodle; make one under Server > Web services > Manage tokens and give it with: homeroom target edit",
    ),
    (
        "accessexception",
        "the function is not in the token's external service (homeroom target test names all that are missing), or the \
         token may not be used: see under Server > Web services whether it has ended or is for other addresses, whether its \
         service is on and has the account among its users, and give the account's role webservice/rest:use",
    ),
    ("wsaccessusersuspended", "the account of the token is suspended; activate it in Moodle"),
    ("wsaccessuserdeleted", "the account of the token is deleted; make another"),
    ("wsaccessuserunconfirmed", "the account of the token is not confirmed; confirm it in Moodle"),
    ("sitemaintenance", "the site is in maintenance; push again when it is back"),
    ("servicenotavailable", "the external service of the token is disabled; enable it in Moodle"),
    ("nopermissions", "give the role of the token's account the capability of that label"),
];

impl Wrong {
    /// Whether every further call would come to the same.
    pub(super) fn is_fatal(&self) -> bool {
        match self {
            Wrong::Broken(_) => true,
            Wrong::Refused { code, .. } => FATAL.iter().any(|(known, _)| known == code),
        }
    }

    /// As a sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Wrong::Refused { code, message } if message.is_empty() => format!("Moodle refused it ({code})"),
            Wrong::Refused { code, message } => format!("Moodle refused it: {message} ({code})"),
            Wrong::Broken(message) => message.clone(),
        }
    }

    /// The end of a push.
    pub(super) fn stop(&self, function: &str) -> Stop {
        let hint = match self {
            Wrong::Refused { code, .. } => FATAL.iter().find(|(known, _)| known == code).map(|(_, hint)| *hint),
            Wrong::Broken(_) => None,
        };
        let again = "what Moodle had acknowledged is kept; push again, and it goes on from there";
        Stop::new(format!("{function}: {}", self.sentence()), hint.unwrap_or(again))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found_in_answers_that_say_200() {
        let refused = understood(200, r#"{"exception":"x","errorcode":"invalidtoken","message":"<b>No</b> token\n"}"#);
        let wrong = refused.unwrap_err();
        assert_eq!(wrong, Wrong::Refused { code: "invalidtoken".into(), message: "No token".into() });
        assert!(wrong.is_fatal() && wrong.stop("f").hint.contains("Manage tokens"));
        assert_eq!(understood(200, "null"), Ok(Value::Null));
        assert_eq!(understood(200, "[1]"), Ok(serde_json::json!([1])));
        for (status, text, part) in [
            (200, "The instance of this module does not exist\n0", "not JSON"),
            (200, "\n", "is empty"),
            (403, "", "web services"),
            (503, "<html>", "maintenance"),
            (302, "", "wwwroot"),
            (404, "<html>", "url"),
            (500, "{}", "500"),
        ] {
            let Err(Wrong::Broken(why)) = understood(status, text) else { panic!("{status}") };
            assert!(why.contains(part), "{why}");
        }
    }

    #[test]
    fn a_token_goes_over_tls_or_stays_here() {
        for good in [
            "https://moodle.example.org",
            "https://x/moodle",
            "http://127.0.0.1:8000",
            "http://[::1]/m",
            "http://localhost",
        ] {
            assert_eq!(safe(good, false), Ok(()), "{good}");
        }
        for bad in ["", "moodle.example.org", "http://moodle.example.org", "ftp://x", "https://x/?a=1"] {
            assert!(safe(bad, false).is_err(), "{bad}");
        }
        assert_eq!(safe("http://moodle.example.org", true), Ok(()));
    }
}
