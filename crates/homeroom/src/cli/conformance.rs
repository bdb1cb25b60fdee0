//! `homeroom conformance`: does a provider do what the standard and its
//! consumers ask?

use super::secret::client_secret;
use super::setting::Setting;
use crate::conformance::report::{self, Form};
use crate::conformance::{Base, CHECKS, Credentials, Options, Outcome, Verdict, is_safe, run};
use crate::interrupt;
use crate::output::{Failure, Output, Status, whole_file};
use crate::system::System;
use oneroster::model::Version;
use serde_json::json;
use std::path::PathBuf;

/// Prove a OneRoster provider, your own or another: every operation, every
/// parameter, and what consumers rely on
///
/// Only reads, unless --write is given; what it writes it deletes again. Exit
/// status: 0 nothing failed, 1 something did, 2 it could not be begun.
#[derive(Debug, clap::Args)]
pub(super) struct Conformance {
    /// The address of the provider: https://sis.example.org, what stands before
    /// /ims/oneroster, or a service's base path
    #[arg(long, value_name = "BASE", required_unless_present = "list")]
    url: Option<String>,

    /// Where tokens are given out [default: as the provider's discovery document
    /// says, else BASE/oauth/token]
    #[arg(long, value_name = "URL", conflicts_with = "oauth1")]
    token_url: Option<String>,

    /// The client id; with --oauth1 the consumer key
    #[arg(long, value_name = "ID", required_unless_present = "list")]
    client_id: Option<String>,

    /// A file that holds the client secret [default: what HOMEROOM_CLIENT_SECRET
    /// holds, else you are asked for it]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,

    /// The version to prove [default: both; with --oauth1 1.1]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    oneroster: Option<Version>,

    /// Write to the gradebook, too; all that is written is deleted at the end
    #[arg(long)]
    write: bool,

    /// Sign requests by OAuth 1.0a instead of asking for tokens: version 1.1 only
    #[arg(long)]
    oauth1: bool,

    /// Write a report into this file; its name says in which form: .json, .xml
    /// (JUnit) or .html; may be repeated
    #[arg(long, value_name = "FILE", value_parser = report_file)]
    report: Vec<PathBuf>,

    /// Make these checks only, by their ids, parted by commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    check: Vec<String>,

    /// List the checks, and ask nobody
    #[arg(long)]
    list: bool,

    /// Show identifiers and values of the provider's records in reports; they
    /// may name people
    #[arg(long)]
    show_values: bool,

    /// Send secrets over plain HTTP to other machines, too: in closed networks only
    #[arg(long)]
    insecure_http: bool,
}

fn version(text: &str) -> Result<Version, String> {
    Version::from_label(text).ok_or_else(|| "the versions are 1.1 and 1.2".to_owned())
}

fn report_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match Form::of(&path) {
        Some(_) => Ok(path),
        None => Err("the name must end in .json, .xml or .html".to_owned()),
    }
}

impl Conformance {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        if self.list {
            return list(setting.output);
        }
        let options = self.options()?;
        interrupt::mind(setting.output)?;
        let report = run(&options, &System, |outcome| setting.output.note(&line(outcome)))?;
        for path in &self.report {
            let form = Form::of(path).unwrap_or(Form::Json);
            whole_file(path, |out| report::write(out, &report, form))?;
        }
        setting.output.result(&report::document(&report), &report::text(&report))?;
        Ok(if report.conforms() { Status::Done } else { Status::NotDone })
    }

    fn options(&self) -> Result<Options, Failure> {
        let url = self.url.as_deref().unwrap_or_default();
        let base = Base::parse(url, self.insecure_http).map_err(|why| {
            let hint = "give --url https://HOST, and for plain http in a closed network --insecure-http";
            Failure::usage(format!("--url {url}: {why}")).hint(hint)
        })?;
        if let Some(url) = &self.token_url {
            is_safe(url, self.insecure_http).map_err(|why| Failure::usage(format!("--token-url {url}: {why}")))?;
        }
        let versions = match (self.oneroster, self.oauth1) {
            (Some(Version::V1P2), true) => {
                let hint = "leave --oneroster out, or give credentials of OAuth 2.0 without --oauth1";
                return Err(Failure::usage("OAuth 1.0a is of OneRoster 1.1 only").hint(hint));
            }
            (Some(version), _) => vec![version],
            (None, true) => vec![Version::V1P1],
            (None, false) => Version::ALL.to_vec(),
        };
        let (id, token_url) = (self.client_id.clone().unwrap_or_default(), self.token_url.clone());
        // Nobody types a secret for what cannot be begun.
        let secret = client_secret(self.secret_file.as_deref())?;
        let credentials = if self.oauth1 {
            Credentials::OAuth1 { key: id, secret }
        } else {
            Credentials::OAuth2 { token_url, client_id: id, secret }
        };
        let (write, show_values, only) = (self.write, self.show_values, self.check.clone());
        Ok(Options { base, versions, credentials, write, show_values, only })
    }
}

/// A check and what became of it, as it goes.
fn line(outcome: &Outcome) -> String {
    let mark = match outcome.verdict {
        Verdict::Passed => "ok  ",
        Verdict::Failed(_) => "FAIL",
        Verdict::NotOffered(_) => "n/o ",
        Verdict::NotTried(_) => "-   ",
    };
    let mut text = format!("{mark} {} {:<34} {}", outcome.version, outcome.name(), outcome.check.sentence);
    for reason in outcome.verdict.reasons() {
        text.push_str("\n         ");
        text.push_str(reason);
    }
    text
}

fn list(output: Output) -> Result<Status, Failure> {
    let versions = |check: &crate::conformance::Check| -> Vec<&str> {
        Version::ALL.iter().filter(|v| check.versions.has(**v)).map(|v| v.label()).collect()
    };
    let rows: Vec<_> = CHECKS
        .iter()
        .map(|check| {
            let (id, sentence, source) = (check.id, check.sentence, check.source);
            json!({ "id": id, "oneroster": versions(check), "sentence": sentence, "source": source })
        })
        .collect();
    let text: String = CHECKS
        .iter()
        .map(|c| format!("{:<5}{:<9}{} ({})\n", c.id, versions(c).join(", "), c.sentence, c.source))
        .collect();
    output.result(&json!({ "checks": rows }), &text)?;
    Ok(Status::Done)
}
