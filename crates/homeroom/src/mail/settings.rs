//! The mail server, as the configuration file names it.

use crate::output::Failure;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;

/// A mail server.
#[derive(Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MailSettings {
    /// Its name.
    pub host: String,
    /// Its port; without it, the usual one of the way it is spoken with.
    pub port: Option<u16>,
    /// How it is spoken with.
    #[serde(default)]
    pub tls: Safety,
    /// Who sends.
    pub from: String,
    /// By which name it knows us, if it wants to.
    pub user: Option<String>,
    /// The file with the password.
    pub secret_file: Option<PathBuf>,
    /// A file with the certificate of an authority that the system does not know.
    pub ca_file: Option<PathBuf>,
}

/// How a mail server is spoken with.
#[derive(Deserialize, Clone, Copy, Default, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// In the open until it says that it can do better, and then so; else not.
    #[default]
    Starttls,
    /// Under TLS from the beginning.
    Tls,
    /// In the open.
    None,
}

impl Safety {
    /// The usual port.
    pub(super) const fn port(self) -> u16 {
        match self {
            Safety::Starttls => 587,
            Safety::Tls => 465,
            Safety::None => 25,
        }
    }
}

impl MailSettings {
    /// Looks whether what is set fits together.
    ///
    /// # Errors
    /// `usage`.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.user.is_some() != self.secret_file.is_some() {
            return Err(Failure::usage("mail: give user and secret-file, or neither"));
        }
        let near = self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if self.tls == Safety::None && self.user.is_some() && !near {
            return Err(Failure::usage("mail: without TLS everybody on the way reads the password")
                .hint("set tls to starttls or tls"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_sent_in_the_open() {
        let near = MailSettings {
            host: "localhost".to_owned(),
            port: None,
            tls: Safety::None,
            from: "a@b.org".to_owned(),
            user: Some("me".to_owned()),
            secret_file: Some("x".into()),
            ca_file: None,
        };
        assert!(near.check().is_ok());
        let half = MailSettings { secret_file: None, ..near.clone() };
        assert!(half.check().unwrap_err().message.contains("neither"));
        let far = MailSettings { host: "h".to_owned(), ..near };
        assert!(far.check().unwrap_err().message.contains("reads the password"));
    }
}
