//! HTTP with limits: whatever a provider answers, we end in time and in memory.

use super::answer::Answer;
use crate::output::Failure;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, http};

/// How long one answer may take, its body included.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(15);

/// How large one answer may be.
const LARGEST: u64 = 256 << 20;

/// How often a request is repeated that was answered with 429 or 503.
const AGAIN: usize = 5;

/// The longest wait before that, in seconds.
const LONGEST: u64 = 30;

/// After so many requests in a row without any answer we ask no more.
const DEAF: u32 = 4;

/// The way to the provider.
#[derive(Debug)]
pub(super) struct Wire {
    agent: Agent,
    requests: u32,
    unanswered: u32,
}

/// One request as it goes out.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct NoAnswer {
    /// What happened, for people.
    pub(super) why: String,
    /// Whether the provider does not answer at all any more.
    pub(super) deaf: bool,
}

impl Wire {
    pub(super) fn new() -> Wire {
        let native = rustls_native_certs::load_native_certs().certs;
        let roots = if native.is_empty() {
            RootCerts::WebPki
        } else {
            RootCerts::Specific(Arc::new(native.iter().map(|der| Certificate::from_der(der).to_owned()).collect()))
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .timeout_connect(Some(CONNECT))
            .user_agent(concat!("homeroom-conformance/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Wire { agent: config.into(), requests: 0, unanswered: 0 }
    }

    /// How many requests went out.
    pub(super) fn requests(&self) -> u32 {
        self.requests
    }

    /// Sends a request; waits and repeats if the provider asks for patience.
    pub(super) fn send(&mut self, sent: &Sent) -> Result<Answer, NoAnswer> {
        let mut answer = self.once(sent)?;
        for _ in 0..AGAIN {
            let Some(wait) = answer.wait().filter(|wait| *wait <= LONGEST) else { break };
            std::thread::sleep(Duration::from_secs(wait));
            answer = self.once(sent)?;
        }
        Ok(answer)
    }

    fn once(&mut self, sent: &Sent) -> Result<Answer, NoAnswer> {
        if self.unanswered >= DEAF {
            return Err(NoAnswer { why: "the provider no longer answers".to_owned(), deaf: true });
        }
        self.requests += 1;
        match self.exchange(sent) {
            Ok(answer) => {
                self.unanswered = 0;
                Ok(answer)
            }
            Err(error) => {
                self.unanswered += 1;
                Err(NoAnswer { why: plain(&error), deaf: false })
            }
        }
    }

    fn exchange(&self, sent: &Sent) -> Result<Answer, ureq::Error> {
        let mut request = http::Request::builder().method(sent.method).uri(&sent.url);
        for (name, value) in &sent.headers {
            request = request.header(*name, value);
        }
        let mut response = match &sent.body {
            None => self.agent.run(request.body(())?)?,
            // A body where none is usual, as some clients send it.
            Some(body) if sent.method == "GET" => {
                let mut builder = self.agent.get(&sent.url);
                for (name, value) in &sent.headers {
                    builder = builder.header(*name, value);
                }
                builder.force_send_body().send(&body[..])?
            }
            Some(body) => self.agent.run(request.body(&body[..])?)?,
        };
        let mut body = Vec::new();
        let mut reader = response.body_mut().with_config().limit(LARGEST + 1).reader();
        reader.by_ref().take(LARGEST + 1).read_to_end(&mut body).map_err(ureq::Error::from)?;
        if body.len() as u64 > LARGEST {
            return Err(ureq::Error::BodyExceedsLimit(LARGEST));
        }
        Ok(Answer::new(response.status().as_u16(), response.headers().clone(), body))
    }
}

/// What went wrong, without what may stand in an address.
fn plain(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no whole answer within {} seconds", PATIENCE.as_secs()),
        ureq::Error::BodyExceedsLimit(limit) => format!("an answer of more than {} MiB", limit >> 20),
        ureq::Error::Io(error) => format!("the connection failed: {}", error.kind()),
        ureq::Error::HostNotFound => "the host is not known".to_owned(),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the request could not be written as HTTP".to_owned(),
        other => format!("no answer: {other}"),
    }
}

impl From<NoAnswer> for Failure {
    fn from(none: NoAnswer) -> Failure {
        Failure::refused(none.why).hint("check the address, and that this machine may reach it")
    }
}
