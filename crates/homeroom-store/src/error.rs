//! What can go wrong in the store.

/// An error of the store; [`Error::kind`] says what a caller can do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The database cannot be opened, is of a later version or is damaged.
    Unusable,
    /// Someone else is writing; try again a little later.
    Busy,
    /// The installation key is missing or another one.
    Key,
    /// What was asked for is not there.
    NotFound,
    /// What was asked for is not allowed as it is: a name taken, a bad value.
    Refused,
    /// The paging cursor is not one of ours, or its version is past retention.
    Cursor,
    /// The database failed in a way that is nobody's fault but ours.
    Internal,
}

impl Error {
    /// A new error with a sentence for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), source: None }
    }

    /// The same with what caused it.
    pub fn caused(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        Error { kind, message: message.into(), source: Some(Box::new(source)) }
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => {
                Error::caused(ErrorKind::Busy, "the database is being written by another process", error)
            }
            Some(CannotOpen | DatabaseCorrupt | NotADatabase) => {
                Error::caused(ErrorKind::Unusable, "the database file cannot be used", error)
            }
            _ => Error::caused(ErrorKind::Internal, "the database failed", error),
        }
    }
}
