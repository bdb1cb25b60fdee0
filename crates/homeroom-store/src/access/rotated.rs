//! Another installation key.
//!
//! What is sealed is sealed anew. Codes of client secrets and of forgotten
//! people, and the stand-ins of masked members, cannot be made anew, since
//! nobody holds what they were made of; the keys that they were derived with are
//! carried over, sealed. Whoever has the former key gains nothing by them:
//! secrets of 256 random bits are not found by trying.

use super::database::{Row, Session, text};
use super::key::{Key, Purpose, hex, unhex};
use super::{Access, Outside, secret, sql};
use crate::{Error, ErrorKind, Result};
use secrecy::ExposeSecret;
use std::path::{Path, PathBuf};

/// The purposes whose derived keys are carried over, with the names under which
/// they are kept.
const CARRIED: [(Purpose, &str); 3] = [
    (Purpose::Secret, "carried key of client secrets"),
    (Purpose::Forgotten, "carried key of forgotten people"),
    (Purpose::Mask, "carried key of stand-ins"),
];

/// Where the next key waits for its time, beside the one that it replaces.
pub fn next_key(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-next");
    PathBuf::from(name)
}

/// Where the former key stays, for backups that were made before.
pub fn former_key(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-former");
    PathBuf::from(name)
}

/// Puts the next key in the place of the one beside it, which stays as the
/// former one.
///
/// # Errors
/// `Unusable` if the files cannot be renamed.
pub fn replace_key(path: &Path) -> Result<()> {
    let failed = |e| {
        let message = format!("the installation key {} cannot be replaced; check the permissions", path.display());
        Error::caused(ErrorKind::Unusable, message, e)
    };
    // A copy and a rename: at every moment there is a key in its place.
    let former = former_key(path);
    let _ = std::fs::remove_file(&former);
    std::fs::copy(path, &former).map_err(failed)?;
    std::fs::rename(next_key(path), path).map_err(failed)
}

impl Access {
    /// Makes another key that of the installation, and says how many secrets of
    /// applications were sealed anew. What is sealed in rosters must be sealed
    /// with it already. This handle, and every process that is running, has the
    /// former one until it opens the applications again.
    ///
    /// # Errors
    /// `Key` if a secret cannot be opened, `Busy`, `Internal`.
    pub fn take_key(&self, who: &str, next: &Key) -> Result<usize> {
        let mut sealed = 0;
        self.change(who, "key rotate", "installation key", |tx| {
            sealed = self.reseal(tx, next)?;
            for (purpose, name) in CARRIED {
                let kept = next.seal(name, &self.key().derived(purpose)?, self.outside())?;
                tx.execute(sql::PUT_VALUE, &[text(name), text(&hex(&kept))])?;
            }
            tx.execute(sql::PUT_VALUE, &[text("key_check"), text(&next.mac(Purpose::Check, &[])?)])?;
            Ok(format!("{sealed} secrets of applications were sealed anew"))
        })?;
        Ok(sealed)
    }

    fn reseal(&self, tx: &mut Session<'_>, next: &Key) -> Result<usize> {
        let rows = tx.rows(sql::SEALED, &[])?;
        for row in &rows {
            let (client_id, hash) = (row.text(0)?, row.text(1)?);
            let context = secret::context(&client_id);
            let anew = again(self.key(), next, &context, &bytes(row, 2)?, self.outside())?;
            if let Some(anew) = anew {
                tx.execute(sql::RESEAL, &[text(&client_id), text(&hash), text(&hex(&anew))])?;
            }
        }
        Ok(rows.len())
    }
}

/// Seals anew what was sealed with a key; `None` if it is already sealed with
/// the next one.
///
/// # Errors
/// `Key` if neither opens it, `Internal` if there is no chance to be had.
pub fn again(key: &Key, next: &Key, context: &str, sealed: &[u8], outside: &dyn Outside) -> Result<Option<Vec<u8>>> {
    match key.unseal(context, sealed) {
        Ok(secret) => next.seal(context, secret.expose_secret(), outside).map(Some),
        Err(_) if next.unseal(context, sealed).is_ok() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives a key those that were carried over to it.
pub(super) fn carried(session: &mut Session<'_>, key: &mut Key) -> Result<()> {
    for (purpose, name) in CARRIED {
        let Some(row) = session.first(sql::VALUE, &[text(name)])? else { continue };
        let opened = key.unseal(name, &bytes(&row, 0)?)?;
        let derived = opened.expose_secret().as_slice().try_into().map_err(|_| broken())?;
        key.carry(purpose, derived);
    }
    Ok(())
}

fn bytes(row: &Row, place: usize) -> Result<Vec<u8>> {
    unhex(&row.text(place)?).ok_or_else(broken)
}

fn broken() -> Error {
    Error::new(ErrorKind::Internal, "a sealed secret is no text of hexadecimal digits")
}
