//! Why a set of files was not written.

use std::fmt;

/// Why a set of files was not written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The roster cannot be read, or what was sent not be noted.
    Store(homeroom_store::Error),
    /// A file cannot be written; what was being done.
    Write(String, std::io::Error),
    /// The place holds what must not be replaced, as a sentence.
    Place(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Store(error) => error.fmt(f),
            Error::Write(what, error) => write!(f, "{what}: {error}"),
            Error::Place(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Store(error) => Some(error),
            Error::Write(_, error) => Some(error),
            Error::Place(_) => None,
        }
    }
}

impl From<homeroom_store::Error> for Error {
    fn from(error: homeroom_store::Error) -> Error {
        Error::Store(error)
    }
}
