//! `homeroom app`: the applications that may read the roster.

mod credentials;
mod known;
mod words;

use super::setting::{Setting, who};
use crate::admin::apps;
use crate::admin::preview::{self, Preview};
use crate::admin::sight::Sight;
use crate::export::AsSeen;
use crate::output::{Failure, Status};
use crate::provider::public_url;
use credentials::{NewSecretFlags, RateFlag, RotateFlags};
use homeroom_store::Roster;
use homeroom_store::access::{self, Access, Consent, Edit, NewApp, ScopeSet, TombstonePolicy};
use oneroster::oauth1::Hash;
use secrecy::SecretString;
use serde_json::{Value, json};
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
        sight: Sight,
        #[command(flatten)]
        secret: NewSecretFlags,
        #[command(flatten)]
        rate: RateFlag,
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
        secret: NewSecretFlags,
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
        sight: Sight,
        #[command(flatten)]
        rate: RateFlag,
        /// Answer it with nothing, and give it no token, until --enable
        #[arg(long, conflicts_with = "enable")]
        disable: bool,
        /// Let it read again what it was granted
        #[arg(long)]
        enable: bool,
    },
    /// Give an application a new secret; the old one and its tokens end at once,
    /// or after a time that is told
    Rotate {
        /// Its name
        name: String,
        #[command(flatten)]
        secret: RotateFlags,
        #[command(flatten)]
        url: UrlFlag,
    },
    /// Show what an application would see: how much of each kind and school, one
    /// record of each kind, and who is left out
    Preview {
        /// Its name
        name: String,
    },
    /// Let an application read this district: again, some more schools of it, or
    /// one that another district made
    Authorize {
        /// Its name, or its client id if another district made it
        name: String,
        #[command(flatten)]
        grant: GrantFlags,
        #[command(flatten)]
        sight: Sight,
    },
    /// Let an application read this district no more; it is refused at once
    Withdraw {
        /// Its name
        name: String,
        /// Only this school, by sourcedId; may be repeated
        #[arg(long = "school", value_name = "ID")]
        schools: Vec<String>,
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

pub(super) fn scope(name: &str) -> Result<ScopeSet, String> {
    let set = ScopeSet::named(name);
    if set.is_empty() {
        return Err(apps::scopes_there_are());
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
            App::Add { name, grant, sight, secret, rate, url } => {
                let (bounds, cover) = sight.applied(Default::default(), Default::default())?;
                let scopes = grant.scopes().unwrap_or_else(|| apps::usual_scopes(&bounds));
                let tombstones = grant.tombstones().unwrap_or_default();
                known::warn(setting, &bounds)?;
                let rate = rate.rate().flatten();
                let new = NewApp { tombstones, bounds, cover, rate, ..NewApp::new(name, scopes) };
                let (app, secret) = access.add(&who(), &secret.applied(new))?;
                secret_report(&app, &secret, url.base())
            }
            App::Copy { from, to, secret, url } => {
                let new = secret.applied(NewApp::like(&access.app(from)?, to));
                let (app, secret) = access.add(&who(), &new)?;
                secret_report(&app, &secret, url.base())
            }
            App::List => list_report(&access.apps()?),
            App::Show { name } => shown(setting, &access, name)?,
            App::Edit { name, grant, sight, rate, disable, enable } => {
                let disabled = (*disable || *enable).then_some(*disable);
                let edit = Edit { disabled, ..edit(setting, &access, name, (grant, sight, rate))? };
                report(&access.edit(&who(), name, edit)?, &Names::of(setting)?)
            }
            App::Rotate { name, secret, url } => {
                let (app, secret) = access.rotate_with(&who(), name, secret.rotation())?;
                secret_report(&app, &secret, url.base())
            }
            App::Preview { name } => previewed(setting, name)?,
            App::Authorize { name, grant, sight } => {
                let consent = consent(setting, &access, name, (grant, sight))?;
                report(&access.authorize(&who(), name, &consent)?, &Names::of(setting)?)
            }
            App::Withdraw { name, schools } => report(&access.withdraw(&who(), name, schools)?, &Names::of(setting)?),
            App::Remove { name } => {
                apps::remove(&access, &who(), name, &|tenant| setting.rosters(tenant))?;
                (json!({ "app": name, "removed": true }), format!("{name} is removed; its tokens have ended."))
            }
        };
        setting.output.result(&document, &text)?;
        Ok(Status::Done)
    }
}

/// An application, until when its secrets are good, and where it reads.
fn shown(setting: &Setting, access: &Access, name: &str) -> Result<(Value, String), Failure> {
    let app = access.app(name)?;
    let (_, text) = report(&app, &Names::of(setting)?);
    let document = apps::with_secrets(access, &app)?;
    let ends = if app.is_home() { access.secret_ends(&app)? } else { Vec::new() };
    let ends = ends.iter().map(|end| match end {
        None => "\nsecret      good until it is rotated".to_owned(),
        Some(at) => format!("\nsecret      good until {at}"),
    });
    let [own, all] = apps::paths(&app);
    let paths = format!("\npaths       below {own}; of every district that lets it read at once, below {all}");
    Ok((document, text + &ends.collect::<String>() + &paths))
}

/// What is changed of an application; if it comes to see less, what it sees now is
/// noted before, so that it is told what is gone.
fn edit(
    setting: &Setting,
    access: &Access,
    name: &str,
    (grant, sight, rate): (&GrantFlags, &Sight, &RateFlag),
) -> Result<Edit, Failure> {
    let before = access.app(name)?;
    let (bounds, cover) = sight.applied(before.bounds.clone(), before.cover.clone())?;
    known::warn(setting, &bounds)?;
    apps::before_narrowed(access, &before, Some(&bounds), &|tenant| setting.rosters(tenant))?;
    Ok(Edit {
        scopes: grant.scopes(),
        tombstones: grant.tombstones(),
        bounds: Some(bounds),
        cover: Some(cover),
        rate: rate.rate(),
        disabled: None,
    })
}

/// What a district lets an application read.
fn consent(
    setting: &Setting,
    access: &Access,
    name: &str,
    (grant, sight): (&GrantFlags, &Sight),
) -> Result<Consent, Failure> {
    let (bounds, cover) = sight.applied(Default::default(), Default::default())?;
    known::warn(setting, &bounds)?;
    let consent = Consent {
        scopes: grant.scopes(),
        tombstones: grant.tombstones(),
        bounds: sight.bounds().then_some(bounds),
        cover: sight.cover().then_some(cover),
        profile: sight.profile(None)?,
    };
    if let Ok(before) = access.app(name) {
        apps::before_narrowed(access, &before, consent.bounds.as_ref(), &|tenant| setting.rosters(tenant))?;
    }
    Ok(consent)
}

fn previewed(setting: &Setting, name: &str) -> Result<(Value, String), Failure> {
    if !setting.has_roster()? {
        let hint = "import a package first: homeroom import PACKAGE";
        return Err(Failure::refused("there is no roster yet").hint(hint));
    }
    let roster = setting.roster()?;
    let (app, sight) = as_seen(setting, &roster, name)?;
    let preview = Preview::of(&roster, app, &sight)?;
    Ok((preview.document(), preview.text()))
}

/// An application, and what it sees of its roster.
pub(super) fn as_seen(setting: &Setting, roster: &Roster, name: &str) -> Result<(access::App, AsSeen), Failure> {
    let access = setting.access(&setting.database()?)?;
    let app = access.app(name)?;
    let seen = preview::as_seen(&access, roster, &app)?;
    Ok((app, seen))
}

impl UrlFlag {
    fn base(&self) -> &str {
        self.public_url.as_deref().unwrap_or("http://127.0.0.1:8080")
    }
}

fn secret_report(app: &access::App, secret: &SecretString, base: &str) -> (Value, String) {
    let document = apps::secret(app, secret, base);
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = format!(
        "app            {}\nclient id      {}\nclient secret  {}\ntoken URL      {}\nscopes         {}\n",
        app.name,
        app.client_id,
        word(&document["client_secret"]),
        word(&document["token_url"]),
        app.scopes.names().join(" "),
    );
    if app.signs {
        text.push_str(&format!(
            "OAuth 1.0a     the client id is the consumer key, the client secret the consumer secret\n\
             base URL       {}\nsignatures     {}\n",
            word(&document["oauth1"]["base_url"]),
            Hash::Sha256.name().to_owned() + " or " + Hash::Sha1.name(),
        ));
    }
    text.push_str("\nThe secret is shown this one time; `homeroom app rotate` makes a new one.");
    (document, text)
}

fn report(app: &access::App, names: &Names) -> (Value, String) {
    let sees: String = words::lines(&app.bounds, &app.cover, names)
        .into_iter()
        .enumerate()
        .map(|(i, line)| format!("{:12}{line}\n", if i == 0 { "sees" } else { "" }))
        .collect();
    let text = format!(
        "app         {}\nclient id   {}\nscopes      {}\ntombstones  {}\n{sees}signs       {}\nrate        {}\ncreated     {}\ndisabled    {}{}",
        app.name,
        app.client_id,
        app.scopes.names().join(" "),
        app.tombstones.word(),
        if app.signs { "yes (OAuth 1.0a), or asks for tokens" } else { "no, asks for tokens" },
        match app.rate {
            None => "as the server allows".to_owned(),
            Some(0) => "not limited".to_owned(),
            Some(rate) => format!("{rate} requests a second"),
        },
        app.created,
        app.disabled.map_or_else(|| "no".to_owned(), |at| format!("since {at}")),
        app.withdrawn.map_or_else(String::new, |at| format!("\nwithdrawn   since {at}")),
    );
    (apps::document(app), text)
}

fn list_report(known: &[access::App]) -> (Value, String) {
    let document = json!({ "apps": known.iter().map(apps::document).collect::<Vec<_>>() });
    if known.is_empty() {
        return (document, "There are no applications yet; `homeroom app add NAME` makes one.".into());
    }
    let width = known.iter().map(|app| app.name.chars().count()).max().unwrap_or_default();
    let line = |app: &access::App| {
        let off = match (app.disabled, app.withdrawn) {
            (Some(_), _) => "  (disabled)",
            (None, Some(_)) => "  (withdrawn)",
            (None, None) => "",
        };
        format!("{:width$}  {}  {}{off}\n", app.name, app.client_id, app.scopes.names().join(" "))
    };
    (document, known.iter().map(line).collect())
}
