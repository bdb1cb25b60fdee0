//! The installation key, and what is made with it.

use super::Outside;
use crate::{Error, ErrorKind, Result};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq;

/// The key of an installation: 256 bits, from which one key per purpose is
/// derived. Whoever has it and the database can act as any application.
///
/// What was made of an earlier key and cannot be made anew (codes of secrets
/// that nobody holds in clear) goes on by derived keys that are carried over.
pub struct Key {
    root: SecretBox<[u8; 32]>,
    carried: Vec<(Purpose, SecretBox<[u8; 32]>)>,
}

/// Where the key of an installation comes from.
pub enum KeySource {
    /// It is given: from the environment, or from a file that the operator
    /// keeps.
    Given(Key),
    /// It lies in a file beside the database, which is made on first use.
    Beside(PathBuf),
}

/// What a derived key is for; a key is never used for two things.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Check,
    Secret,
    Seal,
    Forgotten,
    Mask,
}

const NONCE: usize = 24;

impl Key {
    /// Reads 64 hexadecimal digits; white space around them is ignored.
    ///
    /// # Errors
    /// `Key` if it is anything else.
    pub fn parse(text: &str) -> Result<Key> {
        let digits = text.trim().as_bytes();
        let mut bytes = [0; 32];
        let digit = |b: u8| (b as char).to_digit(16);
        let pairs = digits.chunks(2).zip(bytes.iter_mut());
        let read = pairs.fold(digits.len() == 64, |good, (pair, byte)| {
            let value = pair.iter().try_fold(0, |n, b| digit(*b).map(|d| n * 16 + d));
            *byte = value.and_then(|v| u8::try_from(v).ok()).unwrap_or(0);
            good && value.is_some()
        });
        if read {
            return Ok(Key { root: SecretBox::new(Box::new(bytes)), carried: Vec::new() });
        }
        let message = "the installation key must be 64 hexadecimal digits; `openssl rand -hex 32` makes one for a new installation";
        Err(Error::new(ErrorKind::Key, message))
    }

    /// Reads the key from a file.
    ///
    /// # Errors
    /// `Key` if there is no such file or no key in it.
    pub fn read(path: &Path) -> Result<Key> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            let message = format!("the installation key cannot be read from {}: {e}", path.display());
            Error::caused(ErrorKind::Key, message, e)
        })?;
        let text = SecretBox::new(Box::new(text));
        Key::parse(text.expose_secret())
            .map_err(|_| Error::new(ErrorKind::Key, format!("{} does not hold an installation key", path.display())))
    }

    /// Makes a new key and writes it to a file that only its owner can read.
    ///
    /// # Errors
    /// `Unusable` if the file cannot be written, `Internal` if there is no
    /// chance to be had.
    pub fn make(path: &Path, outside: &dyn Outside) -> Result<Key> {
        let text = random_hex::<32>(outside)?;
        write_private(path, &text).map_err(|e| {
            let message = format!("the installation key cannot be written to {}: {e}", path.display());
            Error::caused(ErrorKind::Unusable, message, e)
        })?;
        Key::parse(&text)
    }

    /// The authentication code of some parts, in hexadecimal digits.
    pub(super) fn mac(&self, purpose: Purpose, parts: &[&str]) -> Result<String> {
        Ok(hex(&self.code(purpose, parts)?))
    }

    /// The same as bytes, to be a key itself.
    pub(super) fn code(&self, purpose: Purpose, parts: &[&str]) -> Result<[u8; 32]> {
        let mut mac = hmac(&self.derived(purpose)?)?;
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        Ok(mac.finalize().into_bytes().into())
    }

    /// Seals a secret that must be read again; `context` says what it belongs
    /// to, so that a sealed secret cannot be moved to another row.
    ///
    /// # Errors
    /// `Internal` if there is no chance to be had.
    pub fn seal(&self, context: &str, secret: &[u8], outside: &dyn Outside) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        outside.fill(&mut nonce).map_err(no_chance)?;
        let payload = Payload { msg: secret, aad: context.as_bytes() };
        let sealed = self
            .cipher()?
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::new(ErrorKind::Internal, "the secret could not be sealed"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`Key::seal`] sealed for the same context.
    ///
    /// # Errors
    /// `Key` if it was sealed with another key or for another context, or was
    /// changed since.
    pub fn unseal(&self, context: &str, sealed: &[u8]) -> Result<SecretBox<Vec<u8>>> {
        let broken = || {
            let message = "a stored secret cannot be opened with this installation key; if it was changed, start this program anew, \
             and if `homeroom key rotate` was broken off, run it again";
            Error::new(ErrorKind::Key, message)
        };
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        let secret = self.cipher()?.decrypt(&XNonce::from(*nonce), payload).map_err(|_| broken())?;
        Ok(SecretBox::new(Box::new(secret)))
    }

    /// Whether it is the same one.
    pub fn is(&self, other: &Key) -> bool {
        self.root.expose_secret().ct_eq(other.root.expose_secret()).into()
    }

    /// Goes on with a key that was derived from an earlier one.
    pub(super) fn carry(&mut self, purpose: Purpose, derived: [u8; 32]) {
        self.carried.push((purpose, SecretBox::new(Box::new(derived))));
    }

    fn cipher(&self) -> Result<XChaCha20Poly1305> {
        XChaCha20Poly1305::new_from_slice(&self.derived(Purpose::Seal)?)
            .map_err(|e| Error::caused(ErrorKind::Internal, "the key has a wrong length", std::io::Error::other(e)))
    }

    pub(super) fn derived(&self, purpose: Purpose) -> Result<[u8; 32]> {
        if let Some((_, carried)) = self.carried.iter().find(|(of, _)| *of == purpose) {
            return Ok(*carried.expose_secret());
        }
        let name: &[u8] = match purpose {
            Purpose::Check => b"homeroom key check",
            Purpose::Secret => b"homeroom client secret",
            Purpose::Seal => b"homeroom sealed secret",
            Purpose::Forgotten => b"homeroom forgotten person",
            Purpose::Mask => b"homeroom stand-ins",
        };
        let mut mac = hmac(self.root.expose_secret())?;
        mac.update(name);
        Ok(mac.finalize().into_bytes().into())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(...)")
    }
}

/// So many random bytes, in hexadecimal digits: unreserved characters only,
/// which no client, URL or shell spoils.
pub(super) fn random_hex<const N: usize>(outside: &dyn Outside) -> Result<String> {
    let mut bytes = [0; N];
    outside.fill(&mut bytes).map_err(no_chance)?;
    Ok(hex(&bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|d| DIGITS[usize::from(d)] as char).collect()
}

/// What [`hex`] wrote; `None` if it is anything else.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
            _ => None,
        })
        .collect()
}

fn hmac(key: &[u8]) -> Result<Hmac<Sha256>> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .map_err(|e| Error::caused(ErrorKind::Internal, "the key has a wrong length", std::io::Error::other(e)))
}

pub(super) fn no_chance(error: std::io::Error) -> Error {
    Error::caused(ErrorKind::Internal, "the operating system gives no random numbers", error)
}

/// Writes a line to a file that only its owner can read; beside it first, and
/// then renamed, so that a crash leaves no half of it.
///
/// # Errors
/// As the system says.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    let unfinished = PathBuf::from(unfinished);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Clock;
    use super::*;

    fn key(digit: &str) -> Key {
        Key::parse(&digit.repeat(64)).unwrap()
    }

    #[test]
    fn only_64_digits_are_a_key() {
        assert!(Key::parse(&format!(" {}\n", "aF".repeat(32))).is_ok());
        for bad in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), &"é".repeat(32)] {
            assert_eq!(Key::parse(bad).unwrap_err().kind(), ErrorKind::Key, "{bad}");
        }
    }

    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_context() {
        let outside = Clock::new();
        let sealed = key("1").seal("app x", b"tell nobody", &outside).unwrap();
        assert_eq!(key("1").unseal("app x", &sealed).unwrap().expose_secret().as_slice(), b"tell nobody");
        assert!(key("2").unseal("app x", &sealed).is_err());
        assert!(key("1").unseal("app y", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key("1").unseal("app x", &changed).is_err(), "byte {at}");
        }
        assert!(key("1").unseal("app x", &sealed[..10]).is_err());
        assert_ne!(sealed, key("1").seal("app x", b"tell nobody", &outside).unwrap());
    }

    #[test]
    fn codes_depend_on_key_purpose_and_parts() {
        let codes = [
            key("1").mac(Purpose::Secret, &["ab", "c"]).unwrap(),
            key("1").mac(Purpose::Secret, &["a", "bc"]).unwrap(),
            key("1").mac(Purpose::Check, &["ab", "c"]).unwrap(),
            key("2").mac(Purpose::Secret, &["ab", "c"]).unwrap(),
        ];
        for (i, code) in codes.iter().enumerate() {
            assert_eq!(code.len(), 64);
            assert!(!codes[i + 1..].contains(code));
        }
        assert_eq!(format!("{:?}", key("1")), "Key(...)");
    }
}
