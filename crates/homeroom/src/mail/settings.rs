//! The mail server, as the configuration file names it.

use crate::output::Failure;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;

/// What a configuration file says of mail. Other parts of it are not ours.
#[derive(Deserialize)]
struct File {
    mail: Option<MailSettings>,
}

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
    /// What a configuration file says; none if it does not speak of mail.
    ///
    /// # Errors
    /// `usage` with the place in the file.
    pub fn of(config: &str) -> Result<Option<MailSettings>, Failure> {
        if config.trim().is_empty() {
            return Ok(None);
        }
        let file: File = serde_saphyr::from_str(config).map_err(|error| {
            Failure::usage(format!("the configuration file cannot be understood: {error}"))
                .hint("of mail it says host, port, tls (starttls, tls or none), from, user, secret-file, ca-file")
        })?;
        Ok(file.mail)
    }

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
    fn a_file_says_as_much_as_it_must() {
        assert_eq!(MailSettings::of("").unwrap(), None);
        assert_eq!(MailSettings::of("listen: 127.0.0.1:80\n").unwrap(), None);
        let read = MailSettings::of("mail:\n  host: h\n  from: a@b.org\n").unwrap().unwrap();
        assert_eq!((read.tls, read.tls.port(), read.user), (Safety::Starttls, 587, None));
        for (bad, told) in [
            ("mail:\n  host: h\n", "from"),
            ("mail:\n  host: h\n  from: a@b.org\n  password: x\n", "password"),
            ("mail:\n  host: h\n  from: a@b.org\n  tls: some\n", "some"),
        ] {
            let failure = MailSettings::of(bad).unwrap_err();
            assert!(failure.message.contains(told) && failure.status == 2, "{failure}");
        }
        for (more, told) in [("user: me", "neither"), ("user: me\n  secret-file: x\n  tls: none", "reads the password")]
        {
            let read = MailSettings::of(&format!("mail:\n  host: h\n  from: a@b.org\n  {more}\n")).unwrap().unwrap();
            assert!(read.check().unwrap_err().message.contains(told));
        }
    }
}
