//! The report as one page that needs nothing beside itself.
//!
//! The page has no script. A policy in it names its style by digest and forbids
//! the rest, so that nothing that a provider answers can run or be fetched.

use super::super::{Outcome, Report, Verdict};
use super::{lines, sentence};
use askama::Template;
use base64::Engine as _;
use oneroster::model::Version;
use sha2::{Digest as _, Sha256};
use std::io::Write;

const STYLE: &str =
    concat!(include_str!("../../../templates/page.css"), include_str!("../../../templates/conformance.css"));

#[derive(Template)]
#[template(path = "conformance.html")]
struct Page<'a> {
    style: &'static str,
    style_digest: String,
    url: &'a str,
    authentication: &'static str,
    when: String,
    wrote: bool,
    values: bool,
    conforms: bool,
    sentence: String,
    versions: Vec<Part<'a>>,
    failed: Vec<&'a Outcome>,
    program: &'static str,
}

/// What was found of one version.
struct Part<'a> {
    version: Version,
    services: Vec<ServicePart<'a>>,
}

/// What was found of one service.
struct ServicePart<'a> {
    name: &'static str,
    counts: [usize; 4],
    groups: Vec<Group<'a>>,
}

/// A check and what became of it, once or for each operation.
struct Group<'a> {
    outcomes: Vec<&'a Outcome>,
}

impl Group<'_> {
    fn first(&self) -> &Outcome {
        self.outcomes[0]
    }

    /// The worst that became of it.
    fn word(&self) -> &'static str {
        let has = |word: &&str| self.outcomes.iter().any(|o| o.verdict.word() == *word);
        // Failed, not offered, not tried, and passed if nothing else.
        ["failed", "not offered", "not tried"].into_iter().find(has).unwrap_or("passed")
    }

    fn passed(&self) -> usize {
        self.outcomes.iter().filter(|o| o.verdict == Verdict::Passed).count()
    }

    fn others(&self) -> impl Iterator<Item = &&Outcome> {
        self.outcomes.iter().filter(|o| o.verdict != Verdict::Passed)
    }

    fn is_family(&self) -> bool {
        self.first().operation.is_some()
    }
}

impl Page<'_> {
    /// A word as the style sheet names it.
    fn class(&self, word: &str) -> String {
        word.replace(' ', "-")
    }
}

pub(super) fn write(out: &mut dyn Write, report: &Report) -> anyhow::Result<()> {
    let mut versions: Vec<Part<'_>> = Vec::new();
    for line in lines(report) {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for outcome in report.outcomes.iter().filter(|o| o.version == line.version && o.part() == line.part) {
            match groups.iter_mut().find(|group| group.first().check.id == outcome.check.id) {
                Some(group) => group.outcomes.push(outcome),
                None => groups.push(Group { outcomes: vec![outcome] }),
            }
        }
        let service = ServicePart { name: line.part, counts: line.counts, groups };
        match versions.iter_mut().find(|part| part.version == line.version) {
            Some(part) => part.services.push(service),
            None => versions.push(Part { version: line.version, services: vec![service] }),
        }
    }
    let page = Page {
        style: STYLE,
        style_digest: base64::prelude::BASE64_STANDARD.encode(Sha256::digest(STYLE)),
        url: &report.url,
        authentication: report.authentication,
        when: report.begun.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect(),
        wrote: report.wrote,
        values: report.show_values,
        conforms: report.conforms(),
        sentence: sentence(report),
        versions,
        failed: report.outcomes.iter().filter(|o| matches!(o.verdict, Verdict::Failed(_))).collect(),
        program: env!("CARGO_PKG_VERSION"),
    };
    Ok(page.write_into(&mut &mut *out)?)
}
