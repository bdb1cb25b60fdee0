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

/// What PostgreSQL said, without the values of the rows it speaks of.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
struct Said {
    code: String,
    message: String,
}

impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Error {
        let Some(said) = error.as_db_error() else {
            let message =
                "the PostgreSQL server cannot be reached, or broke off; look at the database URL and the server's log";
            return Error::caused(ErrorKind::Unusable, message, error);
        };
        let code = said.code().code().to_owned();
        let (kind, sentence) = match &code[..] {
            "55P03" | "40001" | "40P01" => (ErrorKind::Busy, "the database is being written by another process"),
            "53300" => (ErrorKind::Busy, "the PostgreSQL server has no connection left"),
            "57P01" | "57P02" | "57P03" => (ErrorKind::Busy, "the PostgreSQL server is starting or stopping"),
            "25006" => (ErrorKind::Unusable, "the PostgreSQL server may only be read; name the primary in the URL"),
            "42501" => (ErrorKind::Unusable, "the PostgreSQL role may not do this; it must own the roster's tables"),
            code if code.starts_with("28") => {
                (ErrorKind::Unusable, "the PostgreSQL server refuses the role or password")
            }
            code if code.starts_with("3D") => (ErrorKind::Unusable, "there is no such PostgreSQL database; create it"),
            _ => (ErrorKind::Internal, "the database failed"),
        };
        // What is said of bad data and broken rules may quote the data.
        let quotes = code.starts_with("22") || code.starts_with("23");
        let message = if quotes { String::from("(not repeated)") } else { said.message().to_owned() };
        Error::caused(kind, sentence, Said { code, message })
    }
}
