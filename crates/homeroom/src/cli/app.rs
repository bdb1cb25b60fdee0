//! `homeroom app`: the applications that may read the roster.

mod known;
mod sight;
mod words;

use super::setting::{Setting, who};
use crate::output::{Failure, Status};
use crate::provider::public_url;
use homeroom_store::access::{self, Edit, NewApp, ScopeSet, TombstonePolicy};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sight::SightFlags;
use words::Names;

/// The applications that may read the roster, and what each of them sees
#[derive(Debug, clap::Subcommand)]
pub(super) enum App {
    /// Add an application and print its client id and, this one time, its secret
    Add {
        /// What people call it; no other application of the district may have this name
        name: String,
        #[command(flatten)]
        grant: GrantFlags,
        #[command(flatten)]
        sight: SightFlags,
        #[command(flatten)]
        url: UrlFlag,
    },
    /// Add an application that is granted what another one is
    Copy {
        /// The application that is there
        from: String,
        /// The name of the new one
        to: String,
        #[command(flatten)]
        url: UrlFlag,
    },
    /// List the applications
    List,
    /// Show one application, and in words what it sees
    Show {
        /// Its name
        name: String,
    },
    /// Change what an application may read; its tokens follow at once
    Edit {
        /// Its name
        name: String,
        #[command(flatten)]
        grant: GrantFlags,
        #[command(flatten)]
        sight: SightFlags,
        /// Answer it with nothing, and give it no token, until --enable
        #[arg(long, conflicts_with = "enable")]
        disable: bool,
        /// Let it read again what it was granted
        #[arg(long)]
        enable: bool,
    },
    /// Give an application a new secret; the old one and its tokens end at once
    Rotate {
        /// Its name
        name: String,
        #[command(flatten)]
        url: UrlFlag,
    },
    /// Remove an application; its tokens end at once
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct GrantFlags {
    /// A scope by its short name, such as roster-demographics.readonly; may be
    /// repeated, and replaces what was granted before
    /// [default of a new application: roster-core.readonly and roster.readonly]
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<ScopeSet>,
    /// When it sees deleted records in collections: where its filter names
    /// status or dateLastModified, or always [default of a new application:
    /// filtered]
    #[arg(long, value_name = "WHEN", value_parser = ["filtered", "always"])]
    tombstones: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct UrlFlag {
    /// The address by which applications know the server, for the token URL
    /// [default: http://127.0.0.1:8080]
    #[arg(long, env = "HOMEROOM_PUBLIC_URL", hide_env_values = true, value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
}

fn scope(name: &str) -> Result<ScopeSet, String> {
    let set = ScopeSet::named(name);
    if set.is_empty() {
        return Err(format!("the scopes are {}", ScopeSet::all_names().join(", ")));
    }
    Ok(set)
}

impl GrantFlags {
    fn scopes(&self) -> Option<ScopeSet> {
        self.scopes.iter().copied().reduce(ScopeSet::union)
    }

    fn tombstones(&self) -> Option<TombstonePolicy> {
        let words = [TombstonePolicy::Filtered, TombstonePolicy::Always];
        words.into_iter().find(|policy| self.tombstones.as_deref() == Some(policy.word()))
    }
}

impl App {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let access = setting.access(&setting.database()?)?;
        let (document, text) = match self {
            App::Add { name, grant, sight, url } => {
                let scopes = grant.scopes().unwrap_or_else(ScopeSet::default_grant);
                let tombstones = grant.tombstones().unwrap_or_default();
                let (bounds, cover) = sight.applied(Default::default(), Default::default())?;
                known::warn(setting, &bounds)?;
                let new = NewApp { tombstones, bounds, cover, ..NewApp::new(name, scopes) };
                let (app, secret) = access.add(&who(), &new)?;
                secret_report(&app, &secret, &url.token_url())
            }
            App::Copy { from, to, url } => {
                let (app, secret) = access.add(&who(), &NewApp::like(&access.app(from)?, to))?;
                secret_report(&app, &secret, &url.token_url())
            }
            App::List => list_report(&access.apps()?),
            App::Show { name } => report(&access.app(name)?, &Names::of(setting)?),
            App::Edit { name, grant, sight, disable, enable } => {
                let before = access.app(name)?;
                let (bounds, cover) = sight.applied(before.bounds, before.cover)?;
                known::warn(setting, &bounds)?;
                let disabled = (*disable || *enable).then_some(*disable);
                let (scopes, tombstones) = (grant.scopes(), grant.tombstones());
                let edit = Edit { scopes, tombstones, bounds: Some(bounds), cover: Some(cover), disabled };
                report(&access.edit(&who(), name, edit)?, &Names::of(setting)?)
            }
            App::Rotate { name, url } => {
                let (app, secret) = access.rotate(&who(), name)?;
                secret_report(&app, &secret, &url.token_url())
            }
            App::Remove { name } => {
                access.remove(&who(), name)?;
                (json!({ "app": name, "removed": true }), format!("{name} is removed; its tokens have ended."))
            }
        };
        setting.output.result(&document, &text)?;
        Ok(Status::Done)
    }
}

impl UrlFlag {
    fn token_url(&self) -> String {
        let base = self.public_url.as_deref().unwrap_or("http://127.0.0.1:8080");
        format!("{base}/oauth/token")
    }
}

fn secret_report(app: &access::App, secret: &SecretString, token_url: &str) -> (Value, String) {
    let (scopes, secret) = (app.scopes.names(), secret.expose_secret());
    let document = json!({
        "app": &*app.name,
        "client_id": app.client_id,
        "client_secret": secret,
        "token_url": token_url,
        "scopes": scopes,
    });
    let text = format!(
        "app            {}\nclient id      {}\nclient secret  {secret}\ntoken URL      {token_url}\nscopes         {}\n\n\
         The secret is shown this one time; `homeroom app rotate` makes a new one.",
        app.name,
        app.client_id,
        scopes.join(" "),
    );
    (document, text)
}

fn document(app: &access::App) -> Value {
    json!({
        "app": &*app.name,
        "client_id": app.client_id,
        "scopes": app.scopes.names(),
        "tombstones": app.tombstones.word(),
        "grant": words::document(&app.bounds, &app.cover),
        "created": app.created.to_string(),
        "disabled": app.disabled.map(|at| at.to_string()),
    })
}

fn report(app: &access::App, names: &Names) -> (Value, String) {
    let sees: String = words::lines(&app.bounds, &app.cover, names)
        .into_iter()
        .enumerate()
        .map(|(i, line)| format!("{:12}{line}\n", if i == 0 { "sees" } else { "" }))
        .collect();
    let text = format!(
        "app         {}\nclient id   {}\nscopes      {}\ntombstones  {}\n{sees}created     {}\ndisabled    {}",
        app.name,
        app.client_id,
        app.scopes.names().join(" "),
        app.tombstones.word(),
        app.created,
        app.disabled.map_or_else(|| "no".to_owned(), |at| format!("since {at}")),
    );
    (document(app), text)
}

fn list_report(apps: &[access::App]) -> (Value, String) {
    let document = json!({ "apps": apps.iter().map(document).collect::<Vec<_>>() });
    if apps.is_empty() {
        return (document, "There are no applications yet; `homeroom app add NAME` makes one.".into());
    }
    let width = apps.iter().map(|app| app.name.chars().count()).max().unwrap_or_default();
    let line = |app: &access::App| {
        let off = if app.disabled.is_some() { "  (disabled)" } else { "" };
        format!("{:width$}  {}  {}{off}\n", app.name, app.client_id, app.scopes.names().join(" "))
    };
    (document, apps.iter().map(line).collect())
}
