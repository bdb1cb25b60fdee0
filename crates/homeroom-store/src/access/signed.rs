//! Requests that are signed by an application (OAuth 1.0a).

use super::database::{Session, text};
use super::nonces::Nonce;
use super::{Access, Caller, ScopeSet, sql};
use super::{app, token};
use crate::Result;
use oneroster::oauth1::{Address, Fit, Signed, is_timely};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// Who signed a request, if somebody did.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Signature {
    /// This application, in this way.
    Good(Arc<Caller>, Fit),
    /// It was signed too long ago, or too far ahead of our clock; or before
    /// this process began to remember what it took.
    Untimely,
    /// No application that signs, or not with its secret.
    Wrong,
    /// The same request was taken before.
    Replayed,
}

/// An application that signs.
pub(super) struct Signer {
    caller: Arc<Caller>,
    secrets: Vec<(SecretString, Option<Timestamp>)>,
}

impl Access {
    /// Who signed a request that was sent to one of these addresses. A request
    /// is good once.
    ///
    /// # Errors
    /// `Busy`, `Internal`, `Key` if a secret cannot be opened.
    pub fn signature(&self, signed: &Signed<'_>, addresses: &[Address<'_>]) -> Result<Signature> {
        let now = self.outside().now();
        let second = now.0.div_euclid(1000);
        if !is_timely(signed.timestamp(), second) {
            return Ok(Signature::Untimely);
        }
        let client_id = signed.consumer_key();
        let Some(signer) = self.signer(client_id)? else { return Ok(Signature::Wrong) };
        let good = signer.secrets.iter().filter(|(_, expires)| expires.is_none_or(|end| now < end));
        let mut good = good.map(|(secret, _)| signed.fit(addresses, secret.expose_secret(), true));
        let Some(fit) = good.find_map(|fit| fit) else { return Ok(Signature::Wrong) };
        // Only what is signed well is remembered, so that nobody else can fill
        // the memory.
        let taken = self.nonces().take(self.database(), client_id, signed.nonce(), signed.timestamp(), second)?;
        Ok(match taken {
            Nonce::Fresh => match self.placed(signer.caller.clone()) {
                Some(caller) => Signature::Good(caller, fit),
                None => Signature::Wrong,
            },
            Nonce::Used => Signature::Replayed,
            Nonce::BeforeStart => Signature::Untimely,
        })
    }

    fn signer(&self, client_id: &str) -> Result<Option<Arc<Signer>>> {
        self.seen().signer(self.database(), client_id, |session| self.load_signer(session, client_id))
    }

    fn load_signer(&self, session: &mut Session<'_>, client_id: &str) -> Result<Option<Signer>> {
        let Some(row) = session.first(sql::CLIENT, &[text(client_id)])? else { return Ok(None) };
        let app = app::read(&row)?;
        if !app.signs || app.disabled.is_some() {
            return Ok(None);
        }
        let mut secrets = Vec::new();
        for kept in self.secrets(session, client_id)? {
            if let Some(secret) = self.opened(client_id, &kept)? {
                secrets.push((secret, kept.expires));
            }
        }
        let id = token::number(&token::hash(client_id));
        // What is granted opens for as long as the request takes.
        let caller = token::whole(session, app, ScopeSet::all(), Timestamp(i64::MAX), id)?;
        Ok(Some(Signer { caller: Arc::new(caller), secrets }))
    }
}
