//! The secret by which a webhook of a target is signed. It is sealed apart from
//! that of the target itself, and stands with how far the target has come.

use super::common::State;
use crate::output::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use homeroom_store::Target;
use homeroom_store::access::{Access, Outside};
use secrecy::{ExposeSecret as _, SecretString};

/// What it is sealed for, so that no other secret passes for it.
pub(crate) fn context(tenant: &str, name: &str) -> String {
    format!("{} notify", Target::context(tenant, name))
}

/// The secret, sealed, as it is kept.
///
/// # Errors
/// If the system gives no chance.
pub fn seal(access: &Access, name: &str, secret: &SecretString, outside: &dyn Outside) -> Result<String, Failure> {
    let context = context(access.tenant(), name);
    let sealed = access.key().seal(&context, secret.expose_secret().as_bytes(), outside)?;
    Ok(kept(&sealed))
}

/// The same, sealed already.
pub(crate) fn kept(sealed: &[u8]) -> String {
    STANDARD.encode(sealed)
}

/// The secret of a webhook as it is sealed. What is no text of ours opens with
/// no key, and is told so.
pub(crate) fn sealed(state: &State) -> Option<Vec<u8>> {
    state.hook.as_ref().map(|kept| STANDARD.decode(kept).unwrap_or_default())
}

/// The secret of a target, if it has one.
///
/// # Errors
/// `key` if it was sealed with another installation key.
pub fn secret(access: &Access, target: &Target) -> Result<Option<SecretString>, Failure> {
    let Some(sealed) = sealed(&State::of(target)) else { return Ok(None) };
    let opened = access.key().unseal(&context(access.tenant(), &target.name), &sealed)?;
    Ok(Some(SecretString::from(String::from_utf8_lossy(opened.expose_secret()).into_owned())))
}
