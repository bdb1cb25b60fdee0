//! How a process is set up: a row for each thing that can be said to it.

use super::super::Setting;
use crate::output::{Failure, Status};
use homeroom_store::DatabaseUrl;
use serde_json::{Value, json};

/// Something that is said to the process by its environment.
struct Said {
    /// Its name.
    name: &'static str,
    /// The variable.
    variable: &'static str,
    /// What holds without it.
    usual: &'static str,
    /// Whether its value must not be shown.
    secret: bool,
}

const fn said(name: &'static str, variable: &'static str, usual: &'static str, secret: bool) -> Said {
    Said { name, variable, usual, secret }
}

/// Everything that the environment may say; flags of a command come before it.
const SAID: [Said; 10] = [
    said("installation key", "HOMEROOM_KEY", "", true),
    said("installation key file", "HOMEROOM_KEY_FILE", "", false),
    said("replica", "HOMEROOM_READ_DATABASE", "", true),
    said("connections to PostgreSQL", "HOMEROOM_DATABASE_CONNECTIONS", "32", false),
    said("seconds for a statement of a request", "HOMEROOM_DATABASE_TIMEOUT", "30", false),
    said("public url", "HOMEROOM_PUBLIC_URL", "", false),
    said("log level", "HOMEROOM_LOG", "info", false),
    said("spans", "HOMEROOM_OTLP", "", false),
    said("folder of sources", "HOMEROOM_SOURCES", "beside the database", false),
    said("token of targets", "HOMEROOM_TARGET_TOKEN", "", true),
];

/// One value, and where it comes from.
struct Row {
    name: String,
    value: String,
    from: &'static str,
}

fn rows(setting: &Setting) -> Result<Vec<Row>, Failure> {
    let given = |variable: &str| std::env::var(variable).ok().filter(|value| !value.is_empty());
    let from = |is_said: bool, variable: &str| match (is_said, given(variable)) {
        (true, Some(_)) => "the environment, or a flag",
        (true, None) => "a flag",
        (false, _) => "the default",
    };
    let database = setting.database()?;
    let mut rows = vec![
        Row {
            name: "database".to_owned(),
            value: shown(&database),
            from: from(setting.names_database(), "HOMEROOM_DATABASE"),
        },
        Row {
            name: "tenant".to_owned(),
            value: setting.tenant().to_owned(),
            from: from(setting.names_tenant(), "HOMEROOM_TENANT"),
        },
    ];
    for said in &SAID {
        let value = given(said.variable);
        let from = if value.is_some() { "the environment" } else { "the default" };
        let value = match value {
            Some(_) if said.secret => "(given, not shown)".to_owned(),
            Some(value) => value,
            None => said.usual.to_owned(),
        };
        rows.push(Row { name: format!("{} ({})", said.name, said.variable), value, from });
    }
    Ok(rows)
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
    let mut text = String::new();
    for row in &rows {
        let value = if row.value.is_empty() { "-" } else { &row.value };
        text.push_str(&format!("{:<44} {value}  ({})\n", row.name, row.from));
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
