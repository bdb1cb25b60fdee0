//! Whom the client trusts.

use crate::error::{Error, ErrorKind};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// The certificate authorities of the operating system, or of `SSL_CERT_FILE`,
/// and those that were given.
pub(crate) fn trusting(given: &[Vec<u8>]) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for authority in given {
        roots
            .add(CertificateDer::from(authority.clone()))
            .map_err(|_| Error::new(ErrorKind::Config, "The certificate authority that was given cannot be read."))?;
    }
    // Named, so that no other library decides who encrypts.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(ErrorKind::Config, "TLS cannot be set up."))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
