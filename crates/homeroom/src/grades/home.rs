//! The source that is the home of grades: naming it, and signing in to write.

use crate::output::Failure;
use crate::sync::Source;
use crate::sync::rest::{self, asks};
use crate::sync::settings::Kind as SourceKind;
use homeroom_store::Roster;
use oneroster::model::{Kind, ROUTES, Route, Service, Shape, Version};
use oneroster_client::{Client, Error, ErrorKind, Scopes};
use secrecy::SecretString;
use std::future::Future;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// The setting of a source that says so, and what it says then.
pub const SETTING: &str = "grades";
/// The value of the setting.
pub const HOME: &str = "home";

/// Whether a source is the home of grades.
pub fn is_home(source: &Source) -> bool {
    source.text(SETTING) == Some(HOME)
}

/// Looks whether a source may be the home of grades, if it is named so.
///
/// # Errors
/// `refused` if another one is, or if this one surely takes no grades.
pub fn check(roster: &Roster, source: &Source, secret: Option<&SecretString>) -> Result<(), Failure> {
    if !is_home(source) {
        return Ok(());
    }
    if let Some(other) = roster.grades_home()?.filter(|other| other != source.name()) {
        let told = format!("{other} is the home of grades already, and there is one only");
        return Err(
            Failure::refused(told).hint(format!("take that away first: homeroom source edit {other} --set grades="))
        );
    }
    match takes_grades(source, secret) {
        Err(trouble) if trouble.surely => {
            Err(Failure::refused(format!("{} cannot be the home of grades: {}", source.name(), trouble.why))
                .hint("ask its administrator for the scopes gradebook.createput and gradebook.delete"))
        }
        // Who cannot be reached today may take grades tomorrow.
        _ => Ok(()),
    }
}

/// Why grades may not be taken.
struct Trouble {
    why: String,
    /// Whether that is not only for now.
    surely: bool,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        let surely = matches!(error.kind(), ErrorKind::NotOffered | ErrorKind::SignIn | ErrorKind::Forbidden);
        // A server that takes no such scope says so with 400.
        let surely = surely || error.kind() == ErrorKind::BadRequest;
        Trouble { why: error.to_string().trim_end_matches('.').to_owned(), surely }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble { why: failure.message, surely: false }
    }
}

fn takes_grades(source: &Source, secret: Option<&SecretString>) -> Result<(), Trouble> {
    let way = Way::to(source, secret)?;
    let signed = way.wait(way.client.sign_in())?;
    let given = signed.and_then(|signed| signed.scopes);
    let may = |word: &str| given.as_ref().is_none_or(|given| given.iter().any(|scope| scope.ends_with(word)));
    if given.as_ref().is_some_and(|given| !given.is_empty()) && !may("gradebook.createput") {
        let why = "it gives these credentials no leave to write grades".to_owned();
        return Err(Trouble { why, surely: true });
    }
    let offered = way.wait(way.client.learn_offered())?;
    for kind in [Kind::LineItem, Kind::Result] {
        if put(kind, way.version).is_none_or(|route| !offered.has(route)) {
            let why = format!("it offers no way to write {}", kind.entity().plural);
            return Err(Trouble { why, surely: true });
        }
    }
    Ok(())
}

/// The operation that puts a record of a kind, if a version has one.
pub(super) fn put(kind: Kind, version: Version) -> Option<&'static Route> {
    operation(kind, version, Shape::Put)
}

/// The operation that deletes one.
pub(super) fn delete(kind: Kind, version: Version) -> Option<&'static Route> {
    operation(kind, version, Shape::Delete)
}

fn operation(kind: Kind, version: Version, shape: Shape) -> Option<&'static Route> {
    let fits = |route: &&Route| {
        route.kind == kind && route.shape == shape && route.parents.is_empty() && route.versions.has(version)
    };
    ROUTES.iter().find(fits)
}

/// How long the home may take to answer one write.
const PATIENCE: Duration = Duration::from_secs(60);

/// The way to the home of grades.
pub(super) struct Way {
    /// What talks to it.
    pub(super) client: Client,
    /// The version that it speaks.
    pub(super) version: Version,
    runtime: Runtime,
}

impl Way {
    /// Prepares to talk to a source.
    pub(super) fn to(source: &Source, secret: Option<&SecretString>) -> Result<Way, Failure> {
        if source.kind != SourceKind::Oneroster {
            return Err(Failure::refused(format!("{} is no provider to which grades could be written", source.name())));
        }
        let version = rest::version(source);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let of = |scopes| {
            // Waiting is ours: what is not taken now is noted, and sent again later.
            let config = rest::config(source, secret, scopes)?.patience(1, Duration::ZERO).timeout(PATIENCE);
            Client::new(config).map_err(|error| rest::told(&error))
        };
        let client = of(Scopes::Named(fitting(source, version)))?;
        let way = Way { client, version, runtime };
        if source.text("scopes").is_some() {
            return Ok(way);
        }
        // Some know no scopes by these names, and give all that there is without.
        match way.wait(way.client.sign_in()) {
            Err(error) if error.to_string().contains("scope") => Ok(Way { client: of(Scopes::Unnamed)?, ..way }),
            _ => Ok(way),
        }
    }

    /// Waits for an answer.
    pub(super) fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }
}

/// The scopes for writing what may be forwarded, or those that were set.
fn fitting(source: &Source, version: Version) -> Vec<String> {
    if let Some(set) = source.text("scopes") {
        return set.split_whitespace().map(str::to_owned).collect();
    }
    let mut scopes: Vec<String> = Vec::new();
    // Those of assessments are a profile of their own, which few offer.
    let asked = |service| service == Service::Gradebook || (service == Service::Assessment && asks(source, service));
    let kinds = Kind::all().filter(|kind| asked(kind.entity().service));
    for route in kinds.flat_map(|kind| [put(kind, version), delete(kind, version)]).flatten() {
        for scope in route.access.scopes(version) {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push((*scope).to_owned());
            }
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_written_is_a_row_of_the_table() {
        let kinds = |version| -> Vec<&str> {
            Kind::all().filter(|kind| put(*kind, version).is_some()).map(|kind| kind.entity().plural).collect()
        };
        assert_eq!(kinds(Version::V1P1), ["categories", "lineItems", "results"]);
        assert!(kinds(Version::V1P2).len() > 4);
        assert!(Kind::all().all(|kind| put(kind, Version::V1P2).is_some() == delete(kind, Version::V1P2).is_some()));
    }
}
