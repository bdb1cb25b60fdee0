//! The beginning of a connection: the server's key, then who we are.

use super::Login;
use crate::output::Failure;
use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse, Msg};
use russh::keys::ssh_key::EcdsaCurve;
use russh::keys::{Algorithm, HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key};
use russh::{ChannelStream, Preferred};
use russh_sftp::client::error::Error;
use secrecy::{ExposeSecret as _, SecretString};
use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(30);
/// How often a server may ask for the same password.
const ROUNDS: usize = 3;

/// The kinds of key that a server may have; the pinned one may be any of them.
const FAMILIES: [&[Algorithm]; 3] = [
    &[Algorithm::Ed25519],
    &[
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    ],
    &[Algorithm::Rsa { hash: Some(HashAlg::Sha512) }, Algorithm::Rsa { hash: Some(HashAlg::Sha256) }],
];

/// A server that is believed, and believes us.
pub(super) struct Greeted(Handle<Guard>);

/// Looks at the key of a server.
struct Guard {
    /// The fingerprints that are believed.
    pinned: Vec<String>,
    /// The one that came.
    seen: Arc<Mutex<Option<String>>>,
}

impl client::Handler for Guard {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else { return Ok(false) };
        let print = key.fingerprint(HashAlg::Sha256).to_string();
        let known = self.pinned.contains(&print);
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Some(print);
        }
        Ok(known)
    }
}

impl Greeted {
    /// A stream to the server's SFTP.
    pub(super) async fn channel(&self) -> Result<ChannelStream<Msg>, Error> {
        let strange = |error: russh::Error| Error::IO(error.to_string());
        let channel = self.0.channel_open_session().await.map_err(strange)?;
        channel.request_subsystem(true, "sftp").await.map_err(strange)?;
        Ok(channel.into_stream())
    }
}

/// Connects to whoever has the pinned key, and says who we are.
pub(super) async fn greet(login: &Login<'_>) -> Result<Greeted, Failure> {
    let pinned = login.pinned.into_iter().flat_map(|pinned| pinned.split(','));
    let pinned: Vec<String> = pinned.map(|one| one.trim().trim_end_matches('=').to_owned()).collect();
    let mut stranger = None;
    let mut last = None;
    for family in FAMILIES {
        match connect(login, &pinned, family).await {
            Ok(mut handle) => {
                prove(login, &mut handle).await?;
                return Ok(Greeted(handle));
            }
            Err((Some(print), _)) => stranger = stranger.or(Some(print)),
            // It has no key of this family, perhaps.
            Err((None, error @ russh::Error::NoCommonAlgo { .. })) => last = last.or(Some(error)),
            Err((None, error)) => return Err(unreached(login, &error)),
        }
    }
    Err(match (stranger, last) {
        (Some(print), _) => unknown(login, &print),
        (None, Some(error)) => unreached(login, &error),
        (None, None) => unreached(login, &russh::Error::Disconnect),
    })
}

/// Connects; else the fingerprint of a key that is not believed, or why not.
async fn connect(
    login: &Login<'_>,
    pinned: &[String],
    family: &'static [Algorithm],
) -> Result<Handle<Guard>, (Option<String>, russh::Error)> {
    let config = client::Config {
        preferred: Preferred { key: Cow::Borrowed(family), ..Preferred::DEFAULT },
        keepalive_interval: Some(CONNECT),
        nodelay: true,
        ..client::Config::default()
    };
    let seen = Arc::<Mutex<Option<String>>>::default();
    let guard = Guard { pinned: pinned.to_vec(), seen: Arc::clone(&seen) };
    let place = (login.address.host.as_str(), login.address.port);
    let made = tokio::time::timeout(CONNECT, client::connect(Arc::new(config), place, guard)).await;
    let error = match made {
        Ok(Ok(handle)) => return Ok(handle),
        Ok(Err(error)) => error,
        Err(_) => russh::Error::ConnectionTimeout,
    };
    let print = seen.lock().ok().and_then(|mut seen| seen.take()).filter(|print| !pinned.contains(print));
    Err((print, error))
}

/// Says who we are: by key, or by password.
async fn prove(login: &Login<'_>, handle: &mut Handle<Guard>) -> Result<(), Failure> {
    let Some(secret) = login.secret else {
        return Err(Failure::refused(format!("{}: there is no password or key to show", login.address))
            .hint("give a file with it: a password, or a private key without passphrase"));
    };
    let proven = match is_key(secret) {
        true => by_key(login, secret, handle).await?,
        false => by_password(login, secret, handle).await.map_err(|error| unreached(login, &error))?,
    };
    if proven {
        return Ok(());
    }
    let how = if is_key(secret) { "key" } else { "password" };
    Err(Failure::refused(format!("{}: the server does not take our {how}", login.address))
        .hint(format!("check the user in the address, and that the server knows this {how}")))
}

fn is_key(secret: &SecretString) -> bool {
    let text = secret.expose_secret();
    text.contains("-----BEGIN ") || text.starts_with("PuTTY-User-Key-File-")
}

async fn by_key(login: &Login<'_>, secret: &SecretString, handle: &mut Handle<Guard>) -> Result<bool, Failure> {
    let key = decode_secret_key(secret.expose_secret(), None).map_err(|_| {
        Failure::refused("the private key cannot be read").hint(
            "give a private key without passphrase, as ssh-keygen writes it; the server gets the other half, .pub",
        )
    })?;
    let failed = |error| unreached(login, &error);
    let hash = if key.algorithm().is_rsa() {
        handle.best_supported_rsa_hash().await.map_err(failed)?.unwrap_or(Some(HashAlg::Sha256))
    } else {
        None
    };
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
    let answer = handle.authenticate_publickey(&login.address.user, key).await.map_err(failed)?;
    Ok(answer.success())
}

/// Some servers take a password only as the answer to a question.
async fn by_password(
    login: &Login<'_>,
    secret: &SecretString,
    handle: &mut Handle<Guard>,
) -> Result<bool, russh::Error> {
    let (user, password) = (&login.address.user, secret.expose_secret());
    let answer = handle.authenticate_password(user, password).await?;
    let AuthResult::Failure { remaining_methods, .. } = &answer else { return Ok(true) };
    if !remaining_methods.contains(&russh::MethodKind::KeyboardInteractive) {
        return Ok(false);
    }
    let mut asked = handle.authenticate_keyboard_interactive_start(user, None::<String>).await?;
    for _ in 0..ROUNDS {
        match asked {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| password.to_owned()).collect();
                asked = handle.authenticate_keyboard_interactive_respond(answers).await?;
            }
        }
    }
    Ok(matches!(asked, KeyboardInteractiveAuthResponse::Success))
}

fn unreached(login: &Login<'_>, error: &russh::Error) -> Failure {
    Failure::refused(format!("{} cannot be reached by SFTP: {error}", login.address))
        .hint("check the address, and that this machine may connect to it")
}

fn unknown(login: &Login<'_>, print: &str) -> Failure {
    let address = login.address;
    if login.pinned.is_some() {
        return Failure::refused(format!("{address} shows another key than the one that is set: {print}"))
            .hint("nothing was sent. If the server has a new key, which its people can say, set host-key to it");
    }
    Failure::refused(format!("{address} is not known yet; its key has the fingerprint {print}"))
        .hint(format!("nothing was sent. Compare it with what the server's people say, then set host-key={print}"))
}
