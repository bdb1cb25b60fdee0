//! A package at an address, fetched only if it has changed.

use super::Errand;
use crate::intake::digest;
use crate::output::Failure;
use crate::sync::source::private_file;
use crate::sync::state::Package as Mark;
use crate::sync::{Carrier, Parcel};
use backon::{BlockingRetryable as _, ExponentialBuilder};
use base64::Engine as _;
use secrecy::ExposeSecret as _;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::HeaderMap;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// The largest package, in bytes.
const LARGEST: u64 = 4 << 30;
/// How long a connection may take to be made, and a server to begin its answer.
const CONNECT: Duration = Duration::from_secs(30);
/// How long a whole package may take.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// How often it is tried again after a failure that may pass.
const AGAIN: usize = 3;

/// Brings the package at an address.
#[derive(Debug)]
pub struct Address<'a> {
    errand: Errand<'a>,
    url: String,
    agent: Agent,
    asked: bool,
}

/// Why there is no package.
struct Trouble {
    failure: Failure,
    /// Whether it may be better in a moment.
    passes: bool,
}

impl<'a> Address<'a> {
    /// Prepares to ask.
    pub fn new(errand: Errand<'a>) -> Address<'a> {
        let url = errand.source.text("url").unwrap_or_default().to_owned();
        Address { errand, url, agent: agent(), asked: false }
    }

    /// Who we say that we are.
    fn authorization(&self) -> Option<String> {
        let secret = self.errand.secret.as_ref()?.expose_secret();
        Some(match self.errand.source.text("client-id") {
            Some(id) => {
                format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
            }
            None => format!("Bearer {secret}"),
        })
    }

    fn fetch(&self) -> Result<Option<Parcel>, Trouble> {
        let mut request = self.agent.get(&self.url).header("accept", "application/zip, */*;q=0.5");
        let mark = &self.errand.mark;
        let known = |value: &Option<String>| value.clone().filter(|_| !self.errand.again);
        for (name, value) in [
            ("authorization", self.authorization()),
            ("if-none-match", known(&mark.etag)),
            ("if-modified-since", known(&mark.modified)),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let mut answer = request.call().map_err(|error| trouble(&self.url, &error.to_string(), true))?;
        match answer.status().as_u16() {
            200 => {}
            304 => return Ok(None),
            status => {
                let passes = status == 429 || status >= 500;
                return Err(trouble(&self.url, &format!("it answers with status {status}"), passes));
            }
        }
        let header = |name: &str| text(answer.headers(), name);
        let (etag, modified) = (header("etag"), header("last-modified"));
        let length = header("content-length").and_then(|length| length.parse().ok());
        let path = self.errand.room.at("package.zip");
        let broken = |error: &io::Error| trouble(&self.url, &format!("the package broke off: {error}"), true);
        self.save(answer.body_mut(), length, &path).map_err(|error| broken(&error))?;
        let digest = digest::digest(&path).map_err(|error| broken(&error))?;
        if !self.errand.again && mark.digest.as_ref() == Some(&digest) {
            fs::remove_file(&path).map_err(|error| broken(&error))?;
            return Ok(None);
        }
        Ok(Some(Parcel {
            asked: None,
            path,
            mark: Mark { etag, modified, digest: Some(digest) },
            checkpoint: None,
            stale: false,
            met: Vec::new(),
        }))
    }

    /// Writes the package beside its place first: a half of it is none.
    fn save(&self, body: &mut Body, length: Option<u64>, path: &Path) -> io::Result<()> {
        let part = self.errand.room.at("package.zip.part");
        let mut file = private_file(&part)?;
        let mut reader = body.with_config().limit(LARGEST).reader();
        let mut buffer = vec![0; 1 << 16];
        let mut done = 0u64;
        loop {
            crate::interrupt::heed()?;
            match reader.read(&mut buffer)? {
                0 => break,
                read => {
                    file.write_all(&buffer[..read])?;
                    done += read as u64;
                }
            }
        }
        file.flush()?;
        if length.is_some_and(|length| length != done) {
            return Err(io::Error::other(format!("{done} bytes came of {}", length.unwrap_or_default())));
        }
        fs::rename(part, path)
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= 1_000).then(|| value.to_owned())
}

/// The address is shown without its query, which may hold a secret.
fn trouble(url: &str, why: &str, passes: bool) -> Trouble {
    let url = url.split('?').next().unwrap_or_default();
    let failure = Failure::refused(format!("{url}: {why}")).hint("check the address and the credentials of the source");
    Trouble { failure, passes }
}

impl Carrier for Address<'_> {
    fn next(&mut self) -> Result<Option<Parcel>, Failure> {
        if std::mem::replace(&mut self.asked, true) {
            return Ok(None);
        }
        let patience = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_factor(4.0)
            .with_max_times(AGAIN);
        let fetched = (|| self.fetch()).retry(patience).when(|trouble: &Trouble| trouble.passes).call();
        fetched.map_err(|trouble| crate::interrupt::cause(trouble.failure))
    }

    fn done(&mut self, parcel: Parcel, _: bool) -> Result<(), Failure> {
        // The run keeps a copy; a package holds people.
        Ok(fs::remove_file(parcel.path)?)
    }

    fn leave(&mut self, parcel: Parcel) {
        // The next fetch writes over what cannot be removed.
        let _ = fs::remove_file(parcel.path);
    }
}

/// What asks servers of others.
pub(in crate::sync) fn agent() -> Agent {
    let native = rustls_native_certs::load_native_certs().certs;
    let roots = if native.is_empty() {
        RootCerts::WebPki
    } else {
        RootCerts::Specific(Arc::new(native.iter().map(|der| Certificate::from_der(der).to_owned()).collect()))
    };
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(CONNECT))
        .user_agent(concat!("homeroom/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .build();
    config.into()
}
