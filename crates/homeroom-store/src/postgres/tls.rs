//! Whether a connection is encrypted.
//!
//! Rosters are about children, so nothing goes over a network in the clear
//! unless the URL says so: a socket and this machine itself need no TLS, any
//! other host needs `sslmode=require`, and its certificate is always checked.

use crate::{Error, ErrorKind, Result};
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Refuses what would go in the clear without being meant to.
pub fn check(config: &Config) -> Result<()> {
    let here = |host: &Host| match host {
        Host::Tcp(name) => ["localhost", "127.0.0.1", "::1"].contains(&name.as_str()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    let near =
        config.get_hosts().iter().all(here) && config.get_hostaddrs().iter().all(|address| address.is_loopback());
    if near || config.get_ssl_mode() != SslMode::Prefer {
        return Ok(());
    }
    let message = "the PostgreSQL server is on another machine; add ?sslmode=require to the URL for TLS, or \
                   ?sslmode=disable if the network between is trusted";
    Err(Error::new(ErrorKind::Unusable, message))
}

/// A new connection, encrypted if the URL asks for it.
pub fn connect(config: &Config) -> Result<Client> {
    if config.get_ssl_mode() != SslMode::Require {
        return Ok(config.connect(NoTls)?);
    }
    Ok(config.connect(MakeRustlsConnect::new(trusting()?))?)
}

/// The certificate authorities of the operating system, or of `SSL_CERT_FILE`.
fn trusting() -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let (known, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if known == 0 {
        let message = "no certificate authority is known here; install ca-certificates, or name a file of your own \
                       authority by SSL_CERT_FILE";
        return Err(Error::new(ErrorKind::Unusable, message));
    }
    let failed = |error| Error::caused(ErrorKind::Internal, "TLS cannot be set up", error);
    // Named, so that no other library decides who encrypts.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(failed)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::super::connect::config;
    use crate::ErrorKind;

    #[test]
    fn nothing_leaves_the_machine_in_the_clear_unless_it_is_meant() {
        let near = ["postgres://me@localhost/db", "postgres://me@127.0.0.1/db", "postgres:///db?host=/run/postgresql"];
        let said = ["postgres://me@db.example.org/db?sslmode=disable", "postgres://me@10.0.0.1/db?sslmode=require"];
        let full = ["postgres://me@db.example.org/db?connect_timeout=3&sslmode=verify-full"];
        for good in near.iter().chain(&said).chain(&full) {
            assert!(config(good).is_ok(), "{good}");
        }
        let far = ["postgres://me@db.example.org/db", "postgres://me@localhost,db.example.org/db?sslmode=prefer"];
        let unknown = ["postgres://me@localhost/db?sslmode=maybe", "postgres://me@[/db"];
        for bad in far.iter().chain(&unknown) {
            assert_eq!(config(bad).unwrap_err().kind(), ErrorKind::Unusable, "{bad}");
        }
    }
}
