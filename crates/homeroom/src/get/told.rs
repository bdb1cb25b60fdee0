//! What comes of a query besides records, in words.

use crate::output::Failure;
use oneroster_client::get::Unknown;
use oneroster_client::{Error, ErrorKind, Finding};

/// Why a query was not answered, as it is told.
#[derive(Debug)]
pub struct Told(Failure);

impl From<Failure> for Told {
    fn from(failure: Failure) -> Told {
        Told(failure)
    }
}

impl From<Told> for Failure {
    fn from(Told(failure): Told) -> Failure {
        failure
    }
}

impl From<homeroom_store::Error> for Told {
    fn from(error: homeroom_store::Error) -> Told {
        Told(error.into())
    }
}

impl From<Error> for Told {
    /// Why a provider could not be read, with what to do.
    fn from(error: Error) -> Told {
        let (code, hint, status) = match error.kind() {
            ErrorKind::Config => ("usage", "check --url, --token-url and --oneroster", 2),
            ErrorKind::SignIn => ("refused", "check --client-id, the secret and --token-url", 1),
            ErrorKind::Forbidden => ("refused", "ask the provider to grant the scope that this needs", 1),
            ErrorKind::NotOffered => ("refused", "ask for it in another version: --oneroster 1.1 or 1.2", 1),
            ErrorKind::Busy => ("busy", "try again later", 1),
            ErrorKind::NotFound => ("refused", "check --url: it stands before /ims/oneroster", 1),
            _ => ("unreadable", "check --url, and whether the provider is up", 2),
        };
        let message = format!("the provider cannot be read: {error}");
        Told(Failure { code, message, hint: Some(hint.to_owned()), status })
    }
}

/// What a provider was seen to do otherwise.
pub(super) fn finding(finding: &Finding) -> String {
    let sentence = finding.habit.row().sentence;
    match finding.count {
        1 => sentence.to_owned(),
        times => format!("{sentence} ({times} times)"),
    }
}

/// That there is no such group.
pub fn unknown(group: &Unknown) -> String {
    let Unknown { group, collection, name, fields, at_school } = group;
    let place = if *at_school { " at that school" } else { "" };
    let fields = fields.join(" or ");
    format!("there is no {group} {name:?}{place} by its {fields}; see them with: homeroom get {collection}")
}
