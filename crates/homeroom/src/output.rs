//! What a command says: results on standard output, everything else on
//! standard error.

use crate::interrupt::{self, Heeding};
use anyhow::Context as _;
use homeroom_store::ErrorKind;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::OnceLock;

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
    /// `busy`, `unusable`, `unreadable`, `unwritten`, `interrupted`, `internal`.
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

    /// As documents say it.
    pub fn to_json(&self) -> Value {
        json!({ "error": { "code": self.code, "message": self.message, "hint": self.hint } })
    }
}

impl From<homeroom_store::Error> for Failure {
    fn from(error: homeroom_store::Error) -> Failure {
        let (code, status, hint) = match error.kind() {
            ErrorKind::Unusable => {
                ("unusable", 2, "check --database: it must name a database of Homeroom, or a new one")
            }
            ErrorKind::Lost => {
                ("unreachable", 1, "try again when the server is back; what was being written may stand or not")
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

/// The district that was named, which commands that we name are then to name, too.
static DISTRICT: OnceLock<String> = OnceLock::new();
/// Commands that are about one district.
const OF_A_DISTRICT: [&str; 15] = [
    "app",
    "audit",
    "config",
    "disclosures",
    "export",
    "find",
    "forget",
    "get",
    "grades",
    "import",
    "issuer",
    "people",
    "runs",
    "source",
    "target",
];

/// Lets every command that is named from now on name this district: typed as it
/// stands it must not be done to another one.
pub(crate) fn speak_of(tenant: &str) {
    // One process is about one.
    let _ = DISTRICT.set(tenant.to_owned());
}

/// A text whose commands name the district.
fn addressed(text: &str) -> Cow<'_, str> {
    DISTRICT.get().map_or(Cow::Borrowed(text), |tenant| Cow::Owned(naming(text, tenant)))
}

fn naming(text: &str, tenant: &str) -> String {
    const PROGRAM: &str = "homeroom ";
    let (mut said, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(PROGRAM) {
        let (before, behind) = rest.split_at(at + PROGRAM.len());
        let alone = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || "-_:/.".contains(c));
        let command = behind.split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or_default();
        let line = behind.split('\n').next().unwrap_or_default();
        let line = line.split(PROGRAM).next().unwrap_or_default();
        said.push_str(before);
        if alone && OF_A_DISTRICT.contains(&command) && !line.contains("--tenant") && !line.contains("--removed") {
            said.push_str(&format!("--tenant {tenant} "));
        }
        rest = behind;
    }
    said.push_str(rest);
    said
}

impl Output {
    /// Writes the result: the document, or its text for people. A reader that
    /// closed the pipe has seen enough.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn result(self, document: &Value, text: &str) -> std::io::Result<()> {
        let mut out = anstream::stdout().lock();
        let written = match self.json {
            true => writeln!(out, "{document}"),
            false => writeln!(out, "{}", addressed(text).trim_end()),
        };
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Says something on the way, on standard error.
    pub fn note(self, text: &str) {
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(anstream::stderr(), "{}", addressed(text));
    }

    /// Says why a command failed.
    pub fn failure(self, failure: &Failure) {
        if self.json {
            let hint = failure.hint.as_deref().map(|hint| addressed(hint).into_owned());
            let failure = Failure { message: addressed(&failure.message).into_owned(), hint, ..failure.clone() };
            let _ = self.result(&failure.to_json(), "");
            return;
        }
        self.note(&format!("error: {}", failure.message));
        if let Some(hint) = &failure.hint {
            self.note(&format!("hint: {hint}"));
        }
    }
}

/// Writes a file that appears whole or not at all: under a name of its own
/// first, which is gone if anything goes wrong on the way.
///
/// # Errors
/// `unwritten` if it cannot be written, `interrupted` if we were asked to stop.
pub fn whole_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> Result<(), Failure> {
    let said = |error: anyhow::Error| unwritten(&path.display().to_string(), &error);
    let there = fs::metadata(path).ok();
    // A device or a pipe is written as it is: nothing can take its place.
    if there.as_ref().is_some_and(|data| !data.is_file()) {
        let file = OpenOptions::new().write(true).open(path).map_err(|error| said(error.into()))?;
        return through(file, write).map_err(|error| interrupt::cause(said(error)));
    }
    let whole = || -> anyhow::Result<()> {
        // What a link names is replaced, not the link.
        let place = if there.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut name = OsString::from(".");
        name.push(place.file_name().context("it names no file")?);
        let mut draft = tempfile::Builder::new();
        draft.prefix(&name).suffix(".part");
        #[cfg(unix)]
        draft.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut draft = draft.tempfile_in(folder)?;
        through(draft.as_file_mut(), write)?;
        if let Some(data) = &there {
            draft.as_file().set_permissions(data.permissions())?;
        }
        interrupt::go_on()?;
        draft.persist(&place).map_err(|error| error.error)?;
        Ok(())
    };
    whole().map_err(|error| interrupt::cause(said(error)))
}

/// Writes standard output; a reader that closed the pipe has seen enough.
///
/// # Errors
/// As [`whole_file`].
pub fn standard(write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> Result<(), Failure> {
    match through(io::stdout().lock(), write) {
        Err(error) if error.downcast_ref::<io::Error>().map(io::Error::kind) != Some(io::ErrorKind::BrokenPipe) => {
            Err(interrupt::cause(unwritten("standard output", &error)))
        }
        _ => Ok(()),
    }
}

fn through<W: Write>(to: W, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, Heeding(to));
    write(&mut out)?;
    Ok(out.flush()?)
}

fn unwritten(name: &str, error: &anyhow::Error) -> Failure {
    let hint = "check that the folder exists and may be written, and that the disk is not full";
    Failure { code: "unwritten", ..Failure::unreadable(format!("{name} cannot be written: {error:#}")).hint(hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let broken = whole_file(&path, |out| {
            out.write_all(b"half")?;
            anyhow::bail!("the disk is full")
        });
        assert_eq!((broken.unwrap_err().code, names()), ("unwritten", 0));
        whole_file(&path, |out| Ok(out.write_all(b"first")?)).unwrap();
        whole_file(&path, |out| Ok(out.write_all(b"second")?)).unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names()), ("second", 1));
        let nowhere = folder.path().join("no/such/folder/report.txt");
        let failure = whole_file(&nowhere, |_| Ok(())).unwrap_err();
        assert!(failure.message.contains("report.txt cannot be written: ") && failure.status == 2, "{failure}");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        whole_file(&link, |out| Ok(out.write_all(b"new")?)).unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        whole_file(Path::new("/dev/null"), |out| Ok(out.write_all(b"gone")?)).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn commands_that_are_named_name_the_district() {
        for (text, wanted) in [
            (
                "look with: homeroom runs show 2; then homeroom runs approve 2.",
                "look with: homeroom --tenant north runs show 2; then homeroom --tenant north runs approve 2.",
            ),
            ("`homeroom app add NAME` makes one", "`homeroom --tenant north app add NAME` makes one"),
            (
                "homeroom import P --tenant south\nhomeroom find X",
                "homeroom import P --tenant south\nhomeroom --tenant north find X",
            ),
            ("homeroom audit --removed south", "homeroom audit --removed south"),
            ("homeroom tenant list", "homeroom tenant list"),
            ("homeroom database check; homeroom.db", "homeroom database check; homeroom.db"),
            ("the class \"Ms X's homeroom \"", "the class \"Ms X's homeroom \""),
            ("/etc/homeroom app", "/etc/homeroom app"),
        ] {
            assert_eq!(naming(text, "north"), wanted);
        }
    }

    #[test]
    fn errors_have_the_agreed_shape() {
        let failure = Failure::usage("no").hint("do");
        assert_eq!(failure.to_json().to_string(), r#"{"error":{"code":"usage","message":"no","hint":"do"}}"#);
        let bare = Failure::refused("no").to_json();
        assert_eq!(bare.to_string(), r#"{"error":{"code":"refused","message":"no","hint":null}}"#);
    }
}
