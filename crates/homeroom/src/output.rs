//! What a command says: results on standard output, everything else on
//! standard error.

use homeroom_store::ErrorKind;
use serde_json::{Value, json};
use std::fmt;
use std::io::Write;

/// How a command ended that did not fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Done: exit status 0.
    Done,
    /// Not done, as the output says: held, or waiting for a yes: exit status 1.
    NotDone,
    /// The input was refused whole, as the output says: exit status 2.
    Refused,
}

/// Why a command failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// A short word for scripts: `usage`, `not_found`, `refused`, `key`,
    /// `busy`, `unusable`, `unreadable`, `internal`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The exit status: 1 not done, 2 usage or unreadable input.
    pub status: u8,
}

impl Failure {
    /// A command that cannot be meant as it was given: exit status 2.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure { code: "usage", message: message.into(), hint: None, status: 2 }
    }

    /// Input that cannot be read: exit status 2.
    pub fn unreadable(message: impl Into<String>) -> Failure {
        Failure { code: "unreadable", message: message.into(), hint: None, status: 2 }
    }

    /// Something that was not done: exit status 1.
    pub fn refused(message: impl Into<String>) -> Failure {
        Failure { code: "refused", message: message.into(), hint: None, status: 1 }
    }

    /// The same with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    fn to_json(&self) -> Value {
        json!({ "error": { "code": self.code, "message": self.message, "hint": self.hint } })
    }
}

impl From<homeroom_store::Error> for Failure {
    fn from(error: homeroom_store::Error) -> Failure {
        let (code, status, hint) = match error.kind() {
            ErrorKind::Unusable => {
                ("unusable", 2, "check --database: it must name a database of Homeroom, or a new one")
            }
            ErrorKind::Busy => {
                ("busy", 1, "another command is writing, an import perhaps; try again when it has ended")
            }
            ErrorKind::Key => ("key", 1, ""),
            ErrorKind::NotFound => ("not_found", 1, "see what there is with: homeroom app list"),
            ErrorKind::Refused | ErrorKind::Cursor => ("refused", 1, ""),
            _ => ("internal", 1, "try again; if it stays, please report it with this message"),
        };
        let mut message = error.to_string();
        // The chain says what no sentence of ours can: which disk, which file.
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !cause_text.starts_with("Error code ") && !message.contains(&cause_text) {
                message.push_str(": ");
                message.push_str(&cause_text);
            }
            source = cause.source();
        }
        let hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
        Failure { code, message, hint, status }
    }
}

impl From<oneroster::csv::PackageError> for Failure {
    fn from(error: oneroster::csv::PackageError) -> Failure {
        Failure::unreadable(error.message).hint(error.hint)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure { code: "internal", message: error.to_string(), hint: None, status: 1 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Where a command writes, and in which form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Output {
    /// Exactly one JSON document on standard output.
    pub json: bool,
}

impl Output {
    /// Writes the result: the document, or its text for people.
    ///
    /// # Errors
    /// If standard output is closed.
    pub fn result(self, document: &Value, text: &str) -> std::io::Result<()> {
        let mut out = anstream::stdout().lock();
        if self.json {
            writeln!(out, "{document}")?;
        } else {
            writeln!(out, "{}", text.trim_end())?;
        }
        out.flush()
    }

    /// Says something on the way, on standard error.
    pub fn note(self, text: &str) {
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// Says why a command failed.
    pub fn failure(self, failure: &Failure) {
        if self.json {
            let _ = self.result(&failure.to_json(), "");
            return;
        }
        self.note(&format!("error: {}", failure.message));
        if let Some(hint) = &failure.hint {
            self.note(&format!("hint: {hint}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_agreed_shape() {
        let failure = Failure::usage("no").hint("do");
        assert_eq!(failure.to_json().to_string(), r#"{"error":{"code":"usage","message":"no","hint":"do"}}"#);
        let bare = Failure::refused("no").to_json();
        assert_eq!(bare.to_string(), r#"{"error":{"code":"refused","message":"no","hint":null}}"#);
    }
}
