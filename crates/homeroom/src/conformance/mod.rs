//! Proves a provider, ours or anyone's: every operation is asked, and every
//! answer is held against the model and against what consumers rely on.
//!
//! [`CHECKS`] is the table of what is proven: numbers, sentences and sources.
//! [`run`] asks, one check after the other, and hands on each [`Outcome`] as it
//! comes; the whole is a [`Report`], which [`report`] writes in three forms.
//! No answer is trusted: each has a limit of size and time, no redirect is
//! followed, and a token goes to no other host than the one that was named.

mod answer;
mod call;
mod checks;
mod look;
mod names;
pub mod report;
mod sample;
mod sign;
mod site;
mod wire;

pub use checks::CHECKS;
pub use look::Stop;
pub use site::{Base, Credentials, is_safe};

use crate::interrupt;
use crate::output::Failure;
use homeroom_store::access::Outside;
use look::Look;
use oneroster::model::{ROUTES, Route, Service, Span, Version};
use oneroster::time::Timestamp;
use site::Site;

/// What to prove, and how.
#[derive(Debug)]
pub struct Options {
    /// Where the provider is.
    pub base: Base,
    /// The versions to prove, oldest first.
    pub versions: Vec<Version>,
    /// Who asks.
    pub credentials: Credentials,
    /// Whether records may be written; all of them are deleted again.
    pub write: bool,
    /// Whether values of the provider's records may stand in what is said.
    pub show_values: bool,
    /// The ids of the checks to make; all if empty.
    pub only: Vec<String>,
}

/// One row of the table of checks.
#[derive(Debug)]
pub struct Check {
    /// Its number: T and a number where rest.md 6 has the row, else a letter
    /// for its section and a number.
    pub id: &'static str,
    /// The versions that it is made of.
    pub versions: Span,
    /// What it is about: a service, or else the way in.
    pub service: Option<Service>,
    /// What must hold, in one sentence.
    pub sentence: &'static str,
    /// Who says so.
    pub source: &'static str,
    /// Without what it cannot be made.
    pub needs: Needs,
    ask: Ask,
}

/// Without what a check cannot be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Nothing further.
    Nothing,
    /// An application of OAuth 2.0.
    OAuth2,
    /// An application of OAuth 1.0a, and version 1.1.
    OAuth1,
    /// The leave to write.
    Write,
    /// That, and an application of OAuth 2.0.
    WriteByToken,
}

/// How a check is made.
#[derive(Clone, Copy)]
enum Ask {
    /// Once.
    Once(fn(&mut Look<'_, '_>) -> Step),
    /// Once for each operation that is chosen.
    Each(fn(&Route) -> bool, fn(&mut Look<'_, '_>, &'static Route) -> Step),
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Ask::Once(_)) { "Once" } else { "Each" })
    }
}

/// A step of a check: goes on, or stops the check.
type Step<T = ()> = Result<T, Stop>;

/// How a check ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// What it says holds.
    Passed,
    /// It does not; a sentence for each fault.
    Failed(Vec<String>),
    /// The provider lacks an operation that it may lack.
    NotOffered(String),
    /// There was nothing to try it on, or no leave to.
    NotTried(String),
}

impl Verdict {
    /// Every word that [`Verdict::word`] gives.
    pub const WORDS: [&'static str; 4] = ["passed", "failed", "not offered", "not tried"];

    /// Its name in reports.
    pub fn word(&self) -> &'static str {
        Verdict::WORDS[match self {
            Verdict::Passed => 0,
            Verdict::Failed(_) => 1,
            Verdict::NotOffered(_) => 2,
            Verdict::NotTried(_) => 3,
        }]
    }

    /// Why it is not passed: a sentence for each fault, or the reason.
    pub fn reasons(&self) -> &[String] {
        match self {
            Verdict::Passed => &[],
            Verdict::Failed(faults) => faults,
            Verdict::NotOffered(why) | Verdict::NotTried(why) => std::slice::from_ref(why),
        }
    }
}

/// What became of a check.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its row.
    pub check: &'static Check,
    /// The version it was made of.
    pub version: Version,
    /// The operation, of a check that is made for each.
    pub operation: Option<&'static Route>,
    /// How it ended.
    pub verdict: Verdict,
    /// How many requests it took.
    pub requests: u32,
    /// How long it took, in milliseconds.
    pub milliseconds: i64,
}

impl Outcome {
    /// What it is about.
    pub fn part(&self) -> &'static str {
        match self.operation.map(|route| route.service).or(self.check.service) {
            Some(Service::Rostering) => "rostering",
            Some(Service::Resources) => "resources",
            Some(Service::Gradebook) => "gradebook",
            Some(Service::Assessment) => "assessment results",
            None => "security",
        }
    }

    /// Its number, and the operation if it is about one.
    pub fn name(&self) -> String {
        match self.operation {
            Some(route) => format!("{} {}", self.check.id, route.operation),
            None => self.check.id.to_owned(),
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Report {
    /// The address of the provider.
    pub url: String,
    /// How we authenticated: `OAuth 2.0` or `OAuth 1.0a`.
    pub authentication: &'static str,
    /// When it began.
    pub begun: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Whether records were written.
    pub wrote: bool,
    /// Whether values may stand in it.
    pub show_values: bool,
    /// What became of each check, in the order of the table.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// How many checks ended so, by [`Verdict::WORDS`].
    pub fn counts(&self) -> [usize; 4] {
        Verdict::WORDS.map(|word| self.outcomes.iter().filter(|o| o.verdict.word() == word).count())
    }

    /// Whether nothing failed and something passed.
    pub fn conforms(&self) -> bool {
        let [passed, failed, ..] = self.counts();
        failed == 0 && passed > 0
    }
}

/// Makes the checks; `told` hears of each as it ends.
///
/// # Errors
/// If the credentials or the address cannot be used at all, if an id of
/// [`Options::only`] is unknown, or if we were asked to stop.
pub fn run(options: &Options, outside: &dyn Outside, mut told: impl FnMut(&Outcome)) -> Result<Report, Failure> {
    if let Some(id) = options.only.iter().find(|id| !CHECKS.iter().any(|check| check.id == id.as_str())) {
        return Err(Failure::usage(format!("there is no check {id}")).hint("homeroom conformance --list names them"));
    }
    let mut site = Site::new(options, outside)?;
    let begun = outside.now();
    let mut outcomes = Vec::new();
    for &version in &options.versions {
        let ended = every(&mut site, options, version, &mut |outcome| {
            told(&outcome);
            outcomes.push(outcome);
        });
        // Whatever happened, nothing of ours stays.
        checks::take_back(&mut Look::new(&mut site, version));
        ended?;
    }
    Ok(Report {
        url: options.base.to_string(),
        authentication: options.credentials.name(),
        begun,
        ended: outside.now(),
        wrote: options.write,
        show_values: options.show_values,
        outcomes,
    })
}

/// Makes the checks of one version.
fn every(
    site: &mut Site<'_>,
    options: &Options,
    version: Version,
    ended: &mut dyn FnMut(Outcome),
) -> Result<(), Failure> {
    let chosen = |check: &&Check| options.only.is_empty() || options.only.iter().any(|id| id == check.id);
    for check in CHECKS.iter().filter(|check| check.versions.has(version)).filter(chosen) {
        for operation in targets(check, version) {
            interrupt::go_on()?;
            ended(one(site, options, check, version, operation));
        }
    }
    Ok(())
}

fn targets(check: &Check, version: Version) -> Vec<Option<&'static Route>> {
    match check.ask {
        Ask::Once(_) => vec![None],
        Ask::Each(chosen, _) => {
            ROUTES.iter().filter(|route| route.versions.has(version) && chosen(route)).map(Some).collect()
        }
    }
}

fn one(
    site: &mut Site<'_>,
    options: &Options,
    check: &'static Check,
    version: Version,
    operation: Option<&'static Route>,
) -> Outcome {
    let (begun, before) = (site.now(), site.requests());
    let verdict = match lacks(options, check, version) {
        Some(why) => Verdict::NotTried(why.to_owned()),
        None => {
            let mut look = Look::new(site, version);
            let step = match (check.ask, operation) {
                (Ask::Once(ask), _) => ask(&mut look),
                (Ask::Each(_, ask), Some(route)) => ask(&mut look, route),
                (Ask::Each(..), None) => Ok(()),
            };
            look.verdict(step)
        }
    };
    let (requests, milliseconds) = (site.requests() - before, site.now().0 - begun.0);
    Outcome { check, version, operation, verdict, requests, milliseconds }
}

/// Why a check cannot be made, if it cannot.
fn lacks(options: &Options, check: &Check, version: Version) -> Option<&'static str> {
    let signed = matches!(options.credentials, Credentials::OAuth1 { .. });
    match check.needs {
        _ if signed && version != Version::V1P1 => Some("OAuth 1.0a is of version 1.1 only"),
        Needs::OAuth2 | Needs::WriteByToken if signed => {
            Some("it speaks of OAuth 2.0, and the credentials are of OAuth 1.0a")
        }
        Needs::OAuth1 if !signed => Some("it speaks of OAuth 1.0a: give such credentials and --oauth1"),
        Needs::Write | Needs::WriteByToken if !options.write => Some("it writes: give --write to allow that"),
        _ => None,
    }
}
