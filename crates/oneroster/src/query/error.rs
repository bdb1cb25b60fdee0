//! Why a query is refused, and where in it.

use std::fmt;

/// What is wrong with a query. How a version reports it is the provider's
/// matter (rest.md 3.6 and 4).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum QueryErrorKind {
    /// The filter names a field that the class of the version has not.
    UnknownFilterField(String),
    /// `fields` names a member that the class of the version has not.
    UnknownSelectionField(String),
    /// `sort` names a field that the class of the version has not; only ever
    /// a warning.
    UnknownSortField(String),
    /// `fields` names nothing.
    BlankSelection,
    /// Anything else, as a sentence.
    InvalidData(String),
}

/// Why a query is refused: the kind, the parameter and the place in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryError {
    kind: QueryErrorKind,
    parameter: &'static str,
    position: usize,
}

impl QueryError {
    /// An error at a byte of the parameter's decoded value.
    pub(super) fn new(parameter: &'static str, kind: QueryErrorKind, position: usize) -> QueryError {
        QueryError { kind, parameter, position }
    }

    /// A value that cannot be meant, at a byte of the parameter's decoded value.
    pub(super) fn invalid(parameter: &'static str, sentence: impl Into<String>, position: usize) -> QueryError {
        QueryError::new(parameter, QueryErrorKind::InvalidData(sentence.into()), position)
    }

    /// What is wrong.
    pub fn kind(&self) -> &QueryErrorKind {
        &self.kind
    }

    /// The query parameter that is wrong: `filter`, `limit`, ...
    pub fn parameter(&self) -> &'static str {
        self.parameter
    }

    /// The byte, within the decoded value of the parameter, where it goes wrong.
    pub fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.position + 1;
        match &self.kind {
            QueryErrorKind::UnknownFilterField(name) => {
                write!(f, "The filter names the field '{}', which records of this kind do not have.", short(name))
            }
            QueryErrorKind::UnknownSelectionField(name) => {
                write!(f, "The parameter fields names '{}', which records of this kind do not have.", short(name))
            }
            QueryErrorKind::UnknownSortField(name) => {
                write!(f, "The parameter sort names '{}', which records of this kind do not have.", short(name))
            }
            QueryErrorKind::BlankSelection => {
                write!(f, "The parameter fields names no member; list some or leave it out.")
            }
            QueryErrorKind::InvalidData(sentence) => {
                write!(f, "The parameter {} is not valid at position {at}: {sentence}", self.parameter)
            }
        }
    }
}

impl std::error::Error for QueryError {}

/// A name as far as it is worth repeating.
fn short(name: &str) -> &str {
    match name.char_indices().nth(80) {
        Some((end, _)) => &name[..end],
        None => name,
    }
}
