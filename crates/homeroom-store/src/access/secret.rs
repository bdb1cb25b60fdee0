//! Secrets of applications: made, kept, replaced.

use super::database::{Session, text};
use super::key::{Purpose, hex, random_hex, unhex};
use super::{Access, App, app, sql};
use crate::plan::Value;
use crate::{Error, ErrorKind, Result};
use oneroster::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// How an application gets another secret.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rotation {
    /// For how long the secrets that it has stay good beside the new one, in
    /// milliseconds. Without it, they and every token end at once.
    pub keep_old: Option<i64>,
    /// For how long the new one is good, in milliseconds.
    pub secret_for: Option<i64>,
    /// Whether it may sign its requests (OAuth 1.0a) from now on; `None`
    /// leaves it.
    pub signs: Option<bool>,
}

/// A secret that was just made.
pub(super) struct NewSecret {
    pub(super) text: SecretString,
    hash: String,
    sealed: Option<String>,
    created: i64,
    expires: Option<i64>,
}

/// A secret as it is kept.
pub(super) struct Kept {
    hash: String,
    sealed: Option<String>,
    /// When it ends.
    pub(super) expires: Option<Timestamp>,
}

impl NewSecret {
    pub(super) fn add(&self, session: &mut Session<'_>, client_id: &str) -> Result<()> {
        let sealed = self.sealed.as_deref().map_or(Value::Null, text);
        let expires = self.expires.map_or(Value::Null, Value::Whole);
        let values = [text(client_id), text(&self.hash), sealed, Value::Whole(self.created), expires];
        session.execute(sql::ADD_SECRET, &values).map(drop)
    }
}

impl Access {
    /// Gives an application a new secret; the old one and every token end.
    ///
    /// # Errors
    /// `NotFound`, `Busy`, `Internal`.
    pub fn rotate(&self, who: &str, name: &str) -> Result<(App, SecretString)> {
        self.rotate_with(who, name, Rotation::default())
    }

    /// Gives an application a new secret, perhaps beside the old one for a
    /// while.
    ///
    /// # Errors
    /// `NotFound`, `Busy`, `Internal`.
    pub fn rotate_with(&self, who: &str, name: &str, rotation: Rotation) -> Result<(App, SecretString)> {
        let app = self.app(name)?;
        if !app.is_home() {
            return Err(app::elsewhere(&app));
        }
        let signs = rotation.signs.unwrap_or(app.signs);
        let secret = self.new_secret(&app.client_id, signs, rotation.secret_for)?;
        self.change(who, "app rotate", name, |tx| {
            let client_id = text(&app.client_id);
            if tx.execute(sql::SIGNS, &[client_id.clone(), Value::Whole(signs.into())])? == 0 {
                return Err(app::unknown(name));
            }
            let now = secret.created;
            match rotation.keep_old {
                None => {
                    tx.execute(sql::REMOVE_SECRETS, std::slice::from_ref(&client_id))?;
                    tx.execute(sql::REMOVE_TOKENS, std::slice::from_ref(&client_id))?;
                }
                Some(keep) => {
                    let until = Value::Whole(now.saturating_add(keep));
                    tx.execute(sql::PURGE_SECRETS, &[client_id.clone(), Value::Whole(now)])?;
                    tx.execute(sql::END_SECRETS, &[client_id.clone(), until.clone()])?;
                    tx.execute(sql::END_TOKENS, &[client_id.clone(), until])?;
                }
            }
            secret.add(tx, &app.client_id)?;
            Ok(said(&secret, rotation, signs))
        })?;
        Ok((self.app(name)?, secret.text))
    }

    /// When the secrets of an application end that are good now; `None` is one
    /// without an end.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn secret_ends(&self, app: &App) -> Result<Vec<Option<Timestamp>>> {
        let kept = self.database().look(|session| self.secrets(session, &app.client_id))?;
        let mut ends: Vec<Option<Timestamp>> = kept.iter().map(|kept| kept.expires).collect();
        ends.sort_unstable_by_key(|end| end.map_or(i64::MAX, |at| at.0));
        Ok(ends)
    }

    pub(super) fn new_secret(&self, client_id: &str, signs: bool, good_for: Option<i64>) -> Result<NewSecret> {
        let secret = random_hex::<32>(self.outside())?;
        let seal =
            || self.key().seal(&context(client_id), secret.as_bytes(), self.outside()).map(|sealed| hex(&sealed));
        let created = self.outside().now().0;
        Ok(NewSecret {
            hash: self.secret_hash(client_id, &secret)?,
            sealed: signs.then(seal).transpose()?,
            text: SecretString::from(secret),
            created,
            expires: good_for.map(|good_for| created.saturating_add(good_for)),
        })
    }

    /// The secrets of an application that are good now.
    pub(super) fn secrets(&self, session: &mut Session<'_>, client_id: &str) -> Result<Vec<Kept>> {
        let rows = session.rows(sql::SECRETS, &[text(client_id), Value::Whole(self.outside().now().0)])?;
        let read = |row: &super::database::Row| {
            Ok(Kept { hash: row.text(0)?, sealed: row.optional(1)?, expires: row.number(2)?.map(Timestamp) })
        };
        rows.iter().map(read).collect()
    }

    /// The secret that is the given one. It takes as long for any that is not.
    pub(super) fn held(&self, client_id: &str, given: &str, kept: Vec<Kept>) -> Result<Option<Kept>> {
        let given = self.secret_hash(client_id, given)?;
        let is = |kept: &Kept| bool::from(given.as_bytes().ct_eq(kept.hash.as_bytes()));
        Ok(kept.into_iter().fold(None, |found, kept| if is(&kept) { Some(kept) } else { found }))
    }

    /// A secret that was sealed, for an application that signs.
    pub(super) fn opened(&self, client_id: &str, kept: &Kept) -> Result<Option<SecretString>> {
        let broken = || Error::new(ErrorKind::Internal, "a sealed secret is no text");
        let Some(sealed) = &kept.sealed else { return Ok(None) };
        let bytes = self.key().unseal(&context(client_id), &unhex(sealed).ok_or_else(broken)?)?;
        let secret = std::str::from_utf8(bytes.expose_secret()).map_err(|_| broken())?;
        Ok(Some(SecretString::from(secret)))
    }

    /// The hash of a secret as the database keeps it.
    fn secret_hash(&self, client_id: &str, secret: &str) -> Result<String> {
        self.key().mac(Purpose::Secret, &[client_id, secret])
    }
}

/// What a sealed secret belongs to.
pub(super) fn context(client_id: &str) -> String {
    format!("secret of the application {client_id}")
}

/// For the audit.
fn said(secret: &NewSecret, rotation: Rotation, signs: bool) -> String {
    let mut parts = Vec::new();
    if let Some(keep) = rotation.keep_old {
        parts.push(format!("the old secret is good until {}", Timestamp(secret.created.saturating_add(keep))));
    }
    if let Some(expires) = secret.expires {
        parts.push(format!("the new one is good until {}", Timestamp(expires)));
    }
    if signs {
        parts.push("signs".to_owned());
    }
    parts.join("; ")
}
