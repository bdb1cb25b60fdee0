//! Mail: how the outcome of what runs by itself reaches people.
//!
//! A process knows one mail server, from its configuration file; to whom a
//! message goes is a setting of a source or a target. What is said is what the
//! log says: counts and the next step, no person and no identifier of one.

mod settings;

pub use settings::{MailSettings, Safety};

use crate::output::Failure;
use backon::{BlockingRetryable as _, ExponentialBuilder};
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport as _};
use oneroster::time::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// How long a mail server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a message is tried again that could not be handed over.
const AGAIN: usize = 4;

/// A mail server that takes our messages.
#[derive(Clone)]
pub struct Mail {
    server: SmtpTransport,
    from: Mailbox,
    shown: Arc<str>,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// To whom, parted by commas.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// When it is written.
    pub at: Timestamp,
}

impl Mail {
    /// The mail server of what is set.
    ///
    /// # Errors
    /// `usage` with what does not fit together, `unreadable` if a file that is
    /// named cannot be read.
    pub fn new(settings: &MailSettings) -> Result<Mail, Failure> {
        settings.check()?;
        let from: Mailbox = settings.from.parse().map_err(|_| {
            Failure::usage(format!("mail: from: {:?} is no address", settings.from))
                .hint("write it as roster@example.org or as Homeroom <roster@example.org>")
        })?;
        let tls = || tls(settings).map_err(|why| Failure::usage(format!("mail: {why}")));
        let tls = match settings.tls {
            Safety::Starttls => Tls::Required(tls()?),
            Safety::Tls => Tls::Wrapper(tls()?),
            Safety::None => Tls::None,
        };
        let mut server = SmtpTransport::builder_dangerous(&settings.host)
            .port(settings.port.unwrap_or(settings.tls.port()))
            .timeout(Some(PATIENCE))
            .tls(tls);
        if let Some(user) = &settings.user {
            let path = settings.secret_file.as_deref().unwrap_or(Path::new(""));
            let secret = std::fs::read_to_string(path).map_err(|error| {
                Failure::unreadable(format!("mail: the secret in {} cannot be read: {error}", path.display()))
            })?;
            server =
                server.credentials(Credentials::new(user.clone(), secret.trim_end_matches(['\r', '\n']).to_owned()));
        }
        Ok(Mail { server: server.build(), from, shown: settings.host.as_str().into() })
    }

    /// Hands a message to the server; tries again for a while if it must.
    ///
    /// # Errors
    /// A sentence, if it was not taken after all.
    pub fn send(&self, letter: &Letter) -> Result<(), String> {
        let message = self.message(letter)?;
        let waits = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(500))
            .with_factor(4.0)
            .with_max_times(AGAIN);
        let sent = (|| self.server.send(&message)).retry(waits).when(|error| !error.is_permanent()).call();
        sent.map(drop).map_err(|error| format!("the mail server {} did not take it: {error}", self.shown))
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let seconds = u64::try_from(letter.at.0.div_euclid(1000)).unwrap_or_default();
        let mut message = Message::builder()
            .from(self.from.clone())
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .subject(&letter.subject)
            .header(ContentType::TEXT_PLAIN);
        for to in addresses(&letter.to)? {
            message = message.to(to);
        }
        message.body(letter.text.clone()).map_err(|error| error.to_string())
    }
}

/// Addresses, parted by commas.
///
/// # Errors
/// A sentence for people.
pub fn addresses(text: &str) -> Result<Vec<Mailbox>, String> {
    let one = |part: &str| {
        let part = part.trim();
        part.parse().map_err(|_| format!("{part:?} is no address; write them as a@example.org,b@example.org"))
    };
    text.split(',').map(one).collect()
}

fn tls(settings: &MailSettings) -> Result<TlsParameters, String> {
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let pem = std::fs::read(path).map_err(|error| format!("ca-file: {}: {error}", path.display()))?;
        let root = Certificate::from_pem(&pem).map_err(|error| format!("ca-file: {}: {error}", path.display()))?;
        parameters = parameters.add_root_certificate(root);
    }
    parameters.build().map_err(|error| error.to_string())
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("server", &self.shown).finish_non_exhaustive()
    }
}
