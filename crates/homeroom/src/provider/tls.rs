//! TLS with a certificate that may be replaced while we serve.

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate and its key, in two PEM files that are read again when they
/// change. TLS 1.2 and 1.3 are spoken.
#[derive(Clone, Debug)]
pub struct Tls {
    pub(super) config: Arc<ServerConfig>,
    pub(super) files: Arc<Files>,
    pub(super) look_every: Duration,
}

/// Why a certificate and a key cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read: {error}", file.display())]
    Unreadable {
        /// Which one.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file holds no certificate, or one that is broken.
    #[error("{} holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    /// A file holds no private key, or one of a kind that is not served.
    #[error("{} holds no private key in PEM form that can be used", .0.display())]
    NoKey(PathBuf),
    /// Both are good, but of different pairs.
    #[error("the key in {} is not that of the certificate in {}", key.display(), certificate.display())]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// The library refuses, which it has no reason to.
    #[error("TLS cannot be offered: {0}")]
    Refused(#[from] rustls::Error),
}

/// The files, and what was last read from them.
#[derive(Debug)]
pub(super) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    /// Of both files as they last were, good or bad.
    seen: Mutex<[u8; 32]>,
    served: RwLock<Arc<CertifiedKey>>,
}

impl Tls {
    /// Reads a certificate, with those that vouch for it behind it, and its
    /// private key.
    ///
    /// # Errors
    /// If there are none in the files, or they do not belong together.
    pub fn load(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let texts = [read(certificate)?, read(key)?];
        let served = pair(certificate, key, &texts)?;
        let files = Arc::new(Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            seen: Mutex::new(print(&texts)),
            served: RwLock::new(Arc::new(served)),
        });
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(files.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls { config: Arc::new(config), files, look_every: LOOK_EVERY })
    }

    /// The same, with another time between two looks at the files.
    #[must_use]
    pub fn looking_every(self, look_every: Duration) -> Tls {
        Tls { look_every, ..self }
    }
}

impl Files {
    /// Reads the files again; whether there is something new in them that is
    /// served from now on. What is bad is not served, and said once.
    pub(super) fn look(&self) -> Result<bool, TlsError> {
        let texts = [read(&self.certificate)?, read(&self.key)?];
        let print = print(&texts);
        let before = std::mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), print);
        if print == before {
            return Ok(false);
        }
        let pair = pair(&self.certificate, &self.key, &texts)?;
        *self.served.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
        Ok(true)
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.served.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Looks at the files now and then, for as long as we serve.
pub(super) async fn watch(tls: Tls) {
    let mut ticks = tokio::time::interval(tls.look_every);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let files = tls.files.clone();
        match tokio::task::spawn_blocking(move || files.look()).await {
            Ok(Ok(false)) => {}
            Ok(Ok(true)) => tracing::info!("the certificate was replaced"),
            Ok(Err(e)) => tracing::error!("the certificate was not replaced, the old one is served: {e}"),
            Err(e) => tracing::error!("the certificate was not looked at: {e}"),
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(file).map_err(|error| TlsError::Unreadable { file: file.to_owned(), error })
}

fn print([certificate, key]: &[Vec<u8>; 2]) -> [u8; 32] {
    let length = (certificate.len() as u64).to_le_bytes();
    Sha256::new().chain_update(length).chain_update(certificate).chain_update(key).finalize().into()
}

fn pair(certificate: &Path, key: &Path, texts: &[Vec<u8>; 2]) -> Result<CertifiedKey, TlsError> {
    let none = || TlsError::NoCertificate(certificate.to_owned());
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&texts[0]).collect::<Result<_, _>>().map_err(|_| none())?;
    if chain.is_empty() {
        return Err(none());
    }
    let no_key = || TlsError::NoKey(key.to_owned());
    let private = PrivateKeyDer::from_pem_slice(&texts[1]).map_err(|_| no_key())?;
    let signing = ring::sign::any_supported_type(&private).map_err(|_| no_key())?;
    let pair = CertifiedKey::new(chain, signing);
    match pair.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(pair),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(TlsError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() })
        }
        Err(_) => Err(none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertifiedKey as Pair, KeyPair, generate_simple_self_signed};

    fn made() -> Pair<KeyPair> {
        generate_simple_self_signed(["localhost".to_owned()]).unwrap()
    }

    #[test]
    fn a_pair_is_served_and_replaced_by_a_good_one_only() {
        let folder = tempfile::tempdir().unwrap();
        let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        let load = || Tls::load(&certificate, &key);
        assert!(matches!(load().unwrap_err(), TlsError::Unreadable { file, .. } if file == certificate));
        let (first, second) = (made(), made());
        std::fs::write(&certificate, first.cert.pem()).unwrap();
        std::fs::write(&key, "no key").unwrap();
        assert!(matches!(load().unwrap_err(), TlsError::NoKey(file) if file == key));
        std::fs::write(&key, second.signing_key.serialize_pem()).unwrap();
        assert!(matches!(load().unwrap_err(), TlsError::Mismatch { .. }));
        std::fs::write(&key, first.signing_key.serialize_pem()).unwrap();
        let tls = load().unwrap();
        let served = || tls.files.served.read().unwrap().cert[0].clone();
        assert_eq!(served(), *first.cert.der());
        assert!(!tls.files.look().unwrap());
        // The two files are replaced one after the other.
        std::fs::write(&certificate, second.cert.pem()).unwrap();
        assert!(tls.files.look().is_err());
        assert!(!tls.files.look().unwrap(), "said once");
        assert_eq!(served(), *first.cert.der());
        std::fs::write(&key, second.signing_key.serialize_pem()).unwrap();
        assert!(tls.files.look().unwrap());
        assert_eq!(served(), *second.cert.der());
        std::fs::write(&certificate, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(tls.files.look().unwrap_err(), TlsError::NoCertificate(_)));
        std::fs::remove_file(&certificate).unwrap();
        assert!(tls.files.look().is_err());
        assert_eq!(served(), *second.cert.der());
    }
}
