//! What is said of a target on the command line.

use super::super::setting::Setting;
use crate::output::Failure;
use crate::system::System;
use crate::targets::{self, Given};
use secrecy::SecretString;
use std::path::PathBuf;

/// What is set.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Flags {
    /// Address of the target; short for --set url=URL
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A school by its sourcedId, or all; may be repeated; short for --set schools=ID,ID
    #[arg(long = "school", value_name = "ID")]
    schools: Vec<String>,
    /// A role there for one of OneRoster, such as parent=9 or aide=none; may be
    /// repeated; short for --set role.WORD=ROLE
    #[arg(long = "role", value_name = "WORD=ROLE", value_parser = pair)]
    roles: Vec<(String, String)>,
    /// Any setting; may be repeated; `homeroom target show` lists them
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// A file with the secret of the target, a token, a password or a private key; or set HOMEROOM_TARGET_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A file with the secret by which outcomes are signed that go to notify-url
    #[arg(long, value_name = "FILE")]
    notify_secret_file: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

pub(super) fn name(text: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let good = !text.is_empty() && text.len() <= 64 && text.bytes().all(fits);
    good.then(|| text.to_owned())
        .ok_or_else(|| "a name has letters, digits, - and _, and at most 64 of them".to_owned())
}

impl Flags {
    /// Whether a file with the secret was named.
    pub(super) fn names_secret(&self) -> bool {
        self.token_file.is_some()
    }

    /// Puts what was said into what is set.
    pub(super) fn put(&self, given: &mut Given) {
        let mut put = |key: &str, value: &str| drop(given.insert(key.to_owned(), value.to_owned()));
        self.set.iter().for_each(|(key, value)| put(key, value));
        self.roles.iter().for_each(|(word, role)| put(&format!("role.{word}"), role));
        if let Some(url) = &self.url {
            put("url", url);
        }
        if !self.schools.is_empty() {
            put("schools", &self.schools.join(","));
        }
    }

    /// The secret of the webhook, sealed.
    pub(super) fn hook(&self, setting: &Setting, name: &str) -> Result<Option<String>, Failure> {
        let Some(path) = &self.notify_secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::unreadable(format!("the secret in {} cannot be read: {e}", path.display())))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Failure::usage("the file of --notify-secret-file is empty"));
        }
        let access = setting.access(&setting.database()?)?;
        targets::hook::seal(&access, name, &SecretString::from(text), &System).map(Some)
    }

    /// The secret of the target itself.
    pub(super) fn secret(&self) -> Result<Option<SecretString>, Failure> {
        let text = match &self.token_file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|e| Failure::unreadable(format!("the secret in {} cannot be read: {e}", path.display())))?,
            None => std::env::var("HOMEROOM_TARGET_TOKEN").unwrap_or_default(),
        };
        match text.trim() {
            "" if self.token_file.is_some() => Err(Failure::usage("the file of --token-file is empty")),
            "" => Ok(None),
            text => Ok(Some(SecretString::from(text))),
        }
    }
}
