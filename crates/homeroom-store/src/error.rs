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
    /// The server of the database cannot be reached, or broke off: what was
    /// read can be asked again, what was written may or may not stand.
    Lost,
    /// What was taken for granted has changed meanwhile; nothing was given, and
    /// asked again it is looked at anew.
    Stale,
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

    /// The same where nothing has worked yet: then it is rather the address that
    /// is wrong.
    pub(crate) fn at_first(self) -> Error {
        if self.kind == ErrorKind::Lost { Error { kind: ErrorKind::Unusable, ..self } } else { self }
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
        let Some(said) = error.as_db_error() else { return beside(error) };
        let code = said.code().code().to_owned();
        let (kind, sentence) = match &code[..] {
            "55P03" | "40001" | "40P01" => (ErrorKind::Busy, "the database is being written by another process"),
            "53300" => (ErrorKind::Busy, "the PostgreSQL server has no connection left"),
            // These end the connection.
            "57P01" | "57P02" => (ErrorKind::Lost, "the PostgreSQL server is stopping"),
            "57P03" => (ErrorKind::Lost, "the PostgreSQL server is starting or stopping"),
            "08P01" if said.message().contains("startup parameter") => (
                ErrorKind::Unusable,
                "a pooler stands before the PostgreSQL server; add ?pool_mode=transaction to the URL, or name the server \
                 itself",
            ),
            "57014" => (ErrorKind::Busy, "the PostgreSQL server took too long, and was told to stop"),
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

/// What the server did not say: it was not reached, or its answer is not what
/// was expected.
fn beside(error: postgres::Error) -> Error {
    use std::error::Error as _;
    let broke = error.source().is_some_and(|cause| cause.is::<std::io::Error>());
    // The driver has no other word for its own patience.
    if error.is_closed() || broke || error.to_string().starts_with("timeout waiting") {
        let message =
            "the PostgreSQL server cannot be reached, or broke off; look at the database URL and the server's log";
        return Error::caused(ErrorKind::Lost, message, error);
    }
    Error::caused(ErrorKind::Unusable, "the PostgreSQL server and this program do not understand each other", error)
}
