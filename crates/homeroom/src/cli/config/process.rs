//! How a process is set up: a row for each thing that can be said to it.

use super::super::file::flags;
use super::super::setting::variable;
use super::super::{Setting, whole};
use crate::output::{Failure, Status};
use homeroom_store::DatabaseUrl;
use serde_json::{Value, json};

/// What stands for a secret.
const NOT_SHOWN: &str = "(given, not shown)";

/// Something that is said to the process by no flag.
struct Said {
    /// Its name; that of the configuration file, if it may stand there.
    name: &'static str,
    /// The variable.
    variable: &'static str,
    /// What holds without it.
    usual: &'static str,
    /// Whether its value must not be shown.
    secret: bool,
}

/// What the environment may say, beside flags.
const SAID: [Said; 4] = [
    Said { name: "installation key", variable: "HOMEROOM_KEY", usual: "", secret: true },
    Said { name: "key-file", variable: "HOMEROOM_KEY_FILE", usual: "beside the database", secret: false },
    Said { name: "sources", variable: "HOMEROOM_SOURCES", usual: "beside the database", secret: false },
    Said { name: "token of targets", variable: "HOMEROOM_TARGET_TOKEN", usual: "", secret: true },
];

/// One value, and where it comes from.
struct Row {
    name: String,
    value: String,
    from: &'static str,
}

impl Row {
    /// The environment comes before the file.
    fn new(name: &str, said: Option<&str>, by: [Option<String>; 2], usual: String) -> Row {
        let name = said.map_or_else(|| name.to_owned(), |variable| format!("{name} ({variable})"));
        let (value, from) = match by {
            [Some(value), _] => (value, "the environment"),
            [None, Some(value)] => (value, "the configuration file"),
            [None, None] => (usual, "the default"),
        };
        Row { name, value, from }
    }
}

fn given(name: &str) -> Option<String> {
    variable(name).map(|value| value.to_string_lossy().into_owned())
}

fn rows(setting: &Setting) -> Result<Vec<Row>, Failure> {
    let command = whole();
    let mut rows = Vec::new();
    for flag in flags(&command) {
        let (name, by) = (flag.get_long().unwrap_or_default(), flag.get_env().and_then(|name| name.to_str()));
        let file = Some(setting.file().says(flag).join(", ")).filter(|value| !value.is_empty());
        let usual: Vec<_> = flag.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let mut row = Row::new(name, by, [by.and_then(given), file], usual.join(", "));
        match name {
            "database" => row = Row { value: shown(&setting.database()?), ..typed(row, setting.names_database()) },
            "tenant" => row = Row { value: setting.tenant().to_owned(), ..typed(row, setting.names_tenant()) },
            // What a URL holds that cannot be read as one may be a password.
            "read-database" if !row.value.is_empty() => {
                row.value = DatabaseUrl::parse(&row.value).map_or_else(|_| NOT_SHOWN.to_owned(), |url| shown(&url));
            }
            _ => {}
        }
        rows.push(row);
    }
    for said in &SAID {
        let file = match said.name {
            "key-file" => setting.file().key_file.as_ref(),
            "sources" => setting.file().sources.as_ref(),
            _ => None,
        };
        let by = [given(said.variable), file.map(|path| path.display().to_string())];
        let by = by.map(|value| value.map(|value| if said.secret { NOT_SHOWN.to_owned() } else { value }));
        rows.push(Row::new(said.name, Some(said.variable), by, said.usual.to_owned()));
    }
    let mail = setting.file().mail.as_ref().map(|mail| mail.host.clone());
    rows.push(Row::new("mail", None, [None, mail], String::new()));
    Ok(rows)
}

/// A value that this command took itself, and so perhaps from a flag.
fn typed(row: Row, named: bool) -> Row {
    let from = match (named, row.from) {
        (true, "the environment") => "the environment, or a flag",
        (true, "the configuration file") => "the configuration file, or a flag",
        (true, _) => "a flag",
        (false, _) => "the default",
    };
    Row { from, ..row }
}

/// A database without the password of its address.
fn shown(database: &DatabaseUrl) -> String {
    match database {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => {
            let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
            // What stands before the last @ may be a password, and so may a parameter.
            let rest = rest.split('?').next().unwrap_or_default();
            let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
            format!("{scheme}://{place}")
        }
    }
}

pub(super) fn show(setting: &Setting) -> Result<Status, Failure> {
    let rows = rows(setting)?;
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for row in &rows {
        let value = if row.value.is_empty() { "-" } else { &row.value };
        text.push_str(&format!("{:<width$} {value}  ({})\n", row.name, row.from));
    }
    let all: Vec<Value> =
        rows.iter().map(|row| json!({ "name": row.name, "value": row.value, "from": row.from })).collect();
    setting.output.result(&json!({ "config": all }), &text)?;
    Ok(Status::Done)
}

/// Tries what can be tried without changing anything.
pub(super) fn check(setting: &Setting) -> Result<Status, Failure> {
    let database = setting.database()?;
    let mut checks = Vec::new();
    if setting.has_roster()? {
        let done = setting.roster().and_then(|roster| Ok(roster.runs(1).map(drop)?));
        checks.push(("database", done.err()));
    }
    checks.push(("installation key", setting.access_if_any().err()));
    // What it holds of a mail server can be read, or there is none.
    checks.push(("configuration file", setting.mail().err()));
    let good = checks.iter().all(|(_, failure)| failure.is_none());
    let mut text = format!("database {}\n", shown(&database));
    for (name, failure) in &checks {
        match failure {
            None => text.push_str(&format!("good  {name}\n")),
            Some(failure) => {
                let hint = failure.hint.as_deref().map_or_else(String::new, |hint| format!(" ({hint})"));
                text.push_str(&format!("bad   {name}: {}{hint}\n", failure.message));
            }
        }
    }
    if !setting.has_roster()? {
        text.push_str("There is no database yet; the first command that needs it makes one.\n");
    }
    let all: Vec<Value> = checks
        .iter()
        .map(|(name, failure)| {
            let told = failure.as_ref().map(|failure| json!({ "message": failure.message, "hint": failure.hint }));
            json!({ "name": name, "good": failure.is_none(), "failure": told })
        })
        .collect();
    setting.output.result(&json!({ "good": good, "checks": all }), &text)?;
    Ok(if good { Status::Done } else { Status::NotDone })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for url in ["postgres://me:s3cret@db.example/home", "postgres://db.example/home?password=s3cret"] {
            let text = shown(&DatabaseUrl::parse(url).unwrap());
            assert!(!text.contains("s3cret") && text.ends_with("db.example/home"), "{text}");
        }
    }
}
