//! What every command takes: where the data are, and how to speak.

use super::file::File;
use crate::admin::Office;
use crate::mail::Mail;
use crate::output::{Failure, Output, speak_of};
use crate::system::System;
use homeroom_store::access::{Access, Audit, EVERY_TENANT, Key, KeyOrigin, KeySource, Outside as _};
use homeroom_store::{DEFAULT_TENANT, DatabaseUrl, Roster, Tenants};
use oneroster::time::Timestamp;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

const DEFAULT_DATABASE: &str = "sqlite:homeroom.db";

/// Where help puts them: after the flags of the command itself.
const HEADING: &str = "Options of every command";

/// The flags that every command takes.
#[derive(Debug, clap::Args)]
pub(super) struct Global {
    /// Where the data are: sqlite:PATH, with the files that go with it beside it,
    /// or postgres://USER@HOST/NAME
    /// [default: sqlite:homeroom.db; of demo: sqlite:homeroom-demo.db]
    #[arg(long, global = true, help_heading = HEADING, env = "HOMEROOM_DATABASE", hide_env_values = true, value_name = "URL")]
    database: Option<String>,

    /// A configuration file in YAML: what a process needs to start, by the names of
    /// the flags of `serve`; flags and environment variables come before it
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The district, if the installation has several: see `homeroom tenant`
    /// [default: default]
    #[arg(long, global = true, help_heading = HEADING, env = "HOMEROOM_TENANT", hide_env_values = true, value_name = "NAME")]
    tenant: Option<String>,

    /// Write exactly one JSON document to standard output, errors too
    #[arg(long, global = true, help_heading = HEADING)]
    pub(super) json: bool,
}

/// Where the data are, and how to speak.
#[derive(Clone, Debug)]
pub struct Setting {
    database: Option<DatabaseUrl>,
    tenant: Option<String>,
    /// What the configuration file says.
    file: Arc<File>,
    /// How results and messages are written.
    pub output: Output,
}

impl Setting {
    pub(super) fn new(global: &Global, file: File) -> Result<Setting, Failure> {
        let output = Output { json: global.json };
        let database = global.database.as_deref().map(DatabaseUrl::parse).transpose().map_err(Failure::usage)?;
        let setting = Setting { database, tenant: global.tenant.clone(), file: Arc::new(file), output };
        setting.known()?;
        if setting.tenant() != DEFAULT_TENANT {
            speak_of(setting.tenant());
        }
        Ok(setting)
    }

    /// Looks whether there is the tenant that was named: a slip of the pen must
    /// not make one.
    fn known(&self) -> Result<(), Failure> {
        let Some(tenant) = self.tenant.as_deref().filter(|tenant| *tenant != DEFAULT_TENANT) else { return Ok(()) };
        let database = self.database()?;
        let names = Tenants::of(&database).names()?;
        if names.iter().any(|name| name == tenant) {
            return Ok(());
        }
        let hint = match names.as_slice() {
            [_] => "this installation has no other tenant than default; homeroom tenant add makes one".to_owned(),
            names => format!("{}; homeroom tenant add makes one", among(names)),
        };
        Err(Failure::usage(format!("there is no tenant {tenant:?}")).hint(hint))
    }

    /// The database that was named, or the usual one; what all its tenants share
    /// stands beside it.
    ///
    /// # Errors
    /// Never in practice: the usual one is well written.
    pub fn database(&self) -> Result<DatabaseUrl, Failure> {
        self.database_or(DEFAULT_DATABASE)
    }

    /// The database that was named, or this one.
    ///
    /// # Errors
    /// `usage` if this one is not well written.
    pub fn database_or(&self, usual: &str) -> Result<DatabaseUrl, Failure> {
        self.database.clone().map_or_else(|| DatabaseUrl::parse(usual).map_err(Failure::usage), Ok)
    }

    /// The same over connections that something more is said of.
    ///
    /// # Errors
    /// `usage` if that cannot be said of this database.
    pub(super) fn reached_by(&self, name: &str, value: &str) -> Result<Setting, Failure> {
        let database = self.database()?.with(name, value).map_err(Failure::usage)?;
        Ok(Setting { database: Some(database), ..self.clone() })
    }

    /// Opens the roster of the database.
    ///
    /// # Errors
    /// As [`Roster::open`].
    pub fn roster(&self) -> Result<Roster, Failure> {
        Ok(Roster::open_tenant(&self.database()?, self.tenant())?)
    }

    /// The rosters that there are: that of a district, or of all.
    ///
    /// # Errors
    /// As [`Roster::open`].
    pub(super) fn rosters(&self, tenant: Option<&str>) -> Result<Vec<Roster>, Failure> {
        let database = self.database()?;
        let mut all = Vec::new();
        for name in Tenants::of(&database).names()? {
            if tenant.is_none_or(|tenant| tenant == name) && self.of_tenant(&name).has_roster()? {
                all.push(Roster::open_tenant(&database, &name)?);
            }
        }
        Ok(all)
    }

    /// Whether there is a roster already, without making one.
    ///
    /// # Errors
    /// As [`Setting::database`].
    pub(super) fn has_roster(&self) -> Result<bool, Failure> {
        Ok(match self.database()?.of_tenant(self.tenant()) {
            DatabaseUrl::Sqlite(path) => path.exists(),
            DatabaseUrl::Postgres(_) => true,
        })
    }

    /// The district.
    pub(super) fn tenant(&self) -> &str {
        self.tenant.as_deref().unwrap_or(DEFAULT_TENANT)
    }

    /// Whether the database was named.
    pub(super) fn names_database(&self) -> bool {
        self.database.is_some()
    }

    /// Whether the district was named.
    pub(super) fn names_tenant(&self) -> bool {
        self.tenant.is_some()
    }

    /// The same for another district, which is there.
    pub(super) fn of_tenant(&self, tenant: &str) -> Setting {
        Setting { tenant: Some(tenant.to_owned()), ..self.clone() }
    }

    /// The folder in which sources may keep what they fetch, where it cannot
    /// stand beside the database.
    pub(super) fn room(&self) -> Option<PathBuf> {
        variable("HOMEROOM_SOURCES").map(PathBuf::from).or_else(|| self.file.sources.clone())
    }

    /// The mail server of the installation, if the configuration names one.
    ///
    /// # Errors
    /// As [`Mail::new`].
    pub(super) fn mail(&self) -> Result<Option<Mail>, Failure> {
        self.file.mail.as_ref().map(Mail::new).transpose()
    }

    /// What the configuration file says.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The file of the installation key, if one is named.
    pub(super) fn key_file(&self) -> Option<PathBuf> {
        variable("HOMEROOM_KEY_FILE").map(PathBuf::from).or_else(|| self.file.key_file.clone())
    }

    /// Where the installation key is to be found.
    fn key_source(&self, database: &DatabaseUrl) -> Result<KeySource, Failure> {
        match (variable("HOMEROOM_KEY"), variable("HOMEROOM_KEY_FILE")) {
            (Some(_), Some(_)) => {
                return Err(Failure::usage("HOMEROOM_KEY and HOMEROOM_KEY_FILE are both set; give one of them"));
            }
            (Some(text), None) => return Ok(KeySource::Given(Key::parse(&text.to_string_lossy())?)),
            (None, _) => {}
        }
        match (self.key_file(), database.beside("key")) {
            (Some(path), _) => Ok(KeySource::Given(Key::read(&path)?)),
            (None, Some(path)) => Ok(KeySource::Beside(path)),
            (None, None) => Err(Failure::usage("a PostgreSQL database needs the installation key given")
                .hint("set HOMEROOM_KEY or HOMEROOM_KEY_FILE, or name it in the configuration file: key-file")),
        }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        System.now()
    }

    /// What is administered of this roster, by whoever types.
    pub(super) fn office<T>(
        &self,
        roster: &Roster,
        act: impl FnOnce(&Office<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let audit = Audit::open(&self.database()?, self.tenant(), Arc::new(System))?;
        act(&Office { roster, audit: &audit, name: &user(), who: &who(), clock: &|| self.now() })
    }

    /// Opens the applications of a database with the installation key of the
    /// environment, and says so if a key was made.
    ///
    /// # Errors
    /// As [`Access::open`], and `usage` if both ways of giving a key are used.
    pub fn access(&self, database: &DatabaseUrl) -> Result<Access, Failure> {
        self.access_of(database, self.tenant())
    }

    /// The same for the tenant that was named or, if none was, for all.
    ///
    /// # Errors
    /// As [`Setting::access`].
    pub(super) fn access_for_all(&self, database: &DatabaseUrl) -> Result<Access, Failure> {
        self.access_of(database, self.tenant.as_deref().unwrap_or(EVERY_TENANT))
    }

    fn access_of(&self, database: &DatabaseUrl, tenant: &str) -> Result<Access, Failure> {
        self.access_by_key(database, tenant).map(|(access, _)| access)
    }

    /// The same, and where the installation key was found.
    ///
    /// # Errors
    /// As [`Setting::access`].
    pub(super) fn access_by_key(&self, database: &DatabaseUrl, tenant: &str) -> Result<(Access, KeyOrigin), Failure> {
        let (access, origin) = Access::open(database, tenant, self.key_source(database)?, Arc::new(System))?;
        if let KeyOrigin::Made(path) = &origin {
            self.output.note(&format!(
                "note: a new installation key was made: {}. Keep it with your backups, apart from the database; \
                 without it every application needs a new secret.",
                path.display()
            ));
        }
        Ok((access, origin))
    }

    /// The applications of a database, if there are any: to look at them is no
    /// reason to make an installation key.
    ///
    /// # Errors
    /// As [`Setting::access`].
    pub fn access_if_any(&self) -> Result<Option<Access>, Failure> {
        let database = self.database()?;
        if database.beside("access").is_some_and(|path| !path.exists()) {
            return Ok(None);
        }
        self.access(&database).map(Some)
    }
}

/// So many districts are named to choose from.
const NAMED: usize = 20;

/// Which districts there are, for somebody who named none of them.
pub(super) fn among(names: &[String]) -> String {
    match names.len() {
        0..=NAMED => format!("the tenants are {}", names.join(", ")),
        many => format!("there are {many} tenants; homeroom tenant list tells them"),
    }
}

/// Who types, for the audit.
pub(super) fn who() -> String {
    format!("command line: {}", user())
}

/// The name of the person by the operating system.
pub(super) fn user() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    name.unwrap_or_else(|| "unknown".to_owned())
}

/// What a variable of the environment says.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
