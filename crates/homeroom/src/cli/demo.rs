//! `homeroom demo`: a district made up on the spot, served, in one command.

use super::app::scope;
use super::serve::{House, Listening, urls};
use super::setting::{Setting, who};
use crate::generate::{Options, STUDENTS, generate, screenings};
use crate::intake::{Request, Step, Watcher, import, sentence};
use crate::output::{Failure, Status};
use crate::provider::{self, Chaos, Disguise};
use crate::system::System;
use homeroom_store::access::Outside as _;
use homeroom_store::access::{Access, App, Claim, Edit, Grant, NewApp, Rotation, ScopeSet, write_private};
use homeroom_store::intake::Plan;
use homeroom_store::{DatabaseUrl, ErrorKind, Roster, RunState};
use oneroster::grant::{Bounds, GUARDIANS};
use oneroster::model::vocabulary::USER_ROLE;
use oneroster::model::{Edition, Service, Version};
use oneroster::validate;
use oneroster_client::vendor::{Trait, VENDORS, Vendor, Way};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

const DATABASE: &str = "sqlite:homeroom-demo.db";
const FLAGS: &str = " --database sqlite:homeroom-demo.db";
const APP: &str = "demo";

/// Make up a district, serve it, and print how to query it; a second start
/// uses what is there
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    #[command(flatten)]
    listening: Listening,

    /// How many students the district has
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = students())]
    students: u32,

    /// What its application may do: all, or scopes by their short names, parted by
    /// commas [default of the first start: roster-core.readonly and
    /// roster.readonly; of later ones what was granted before]
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', value_parser = scopes)]
    scopes: Vec<ScopeSet>,

    /// Let its application sign requests (OAuth 1.0a, OneRoster 1.1 only), too
    #[arg(long)]
    oauth1: bool,

    /// Behave like a vendor's server: infinite-campus, powerschool, aeries,
    /// classlink, skyward or sims; or like one of OneRoster 1.0: oneroster-1.0;
    /// what is known of each has a source
    #[arg(long = "as", value_name = "VENDOR", value_parser = vendor)]
    vendor: Option<&'static Vendor>,

    /// Fail now and then: 429, 500, an expired token, an answer cut in half, a
    /// page twice, a total too small, a slow answer
    #[arg(long)]
    chaos: bool,

    /// Which faults come when: the same ones with the same number
    #[arg(long, value_name = "N", requires = "chaos", default_value_t = 1)]
    chaos_seed: u64,

    /// Only these faults, parted by commas; the log says when one is given
    #[arg(long, value_name = "FAULT", requires = "chaos", value_delimiter = ',', value_parser = Chaos::words())]
    chaos_only: Vec<String>,
}

/// Every scope of the standard, or one by its name.
fn scopes(name: &str) -> Result<ScopeSet, String> {
    if name == "all" { Ok(ScopeSet::parse(&ScopeSet::all_names().join(" "))) } else { scope(name) }
}

/// A vendor that can be played.
fn vendor(name: &str) -> Result<&'static Vendor, String> {
    let can = |vendor: &&Vendor| !vendor.editions.is_empty();
    Vendor::named(name).filter(can).ok_or_else(|| {
        let all: Vec<&str> = VENDORS.iter().filter(can).map(|vendor| vendor.name).collect();
        format!("there are {}", all.join(", "))
    })
}

pub(super) fn students() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(*STUDENTS.start())..=i64::from(*STUDENTS.end()))
}

impl Demo {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let listen = self.listening.address(false)?;
        let database = setting.database_or(DATABASE)?;
        let access = setting.access(&database)?;
        let roster = Roster::open_tenant(&database, setting.tenant())?;
        if roster.published()?.at.is_none() {
            setting.output.note(&format!("Making up a district of {} students ...", self.students));
            settle(&roster, self.students)?;
        }
        let signs = self.oauth1 || self.vendor.is_some_and(|vendor| vendor.ways.contains(&Way::OAuth1));
        let (app, secret) = application(&access, &database, signs)?;
        let app = granted(&access, app, self.vendor)?;
        let app = match self.scopes.iter().copied().reduce(ScopeSet::union) {
            Some(scopes) if scopes != app.scopes => {
                access.edit(&who(), APP, Edit { scopes: Some(scopes), ..Edit::default() })?
            }
            _ => app,
        };
        let flags = if database == DatabaseUrl::parse(DATABASE).map_err(Failure::usage)? { FLAGS } else { "" };
        let chaos = self.chaos.then(|| Chaos::new(self.chaos_seed, &self.chaos_only));
        let disguised = self.vendor.is_some() || self.chaos;
        let disguise = match disguised {
            true => Some(Arc::new(Disguise::new(self.vendor, chaos, setting.tenant()).knowing(&roster)?)),
            false => None,
        };
        let options =
            provider::Options { flags: flags.to_owned(), disguise: disguise.clone(), ..provider::Options::default() };
        let bearer = match self.vendor.and_then(|vendor| vendor.ways.first()) {
            Some(Way::Bearer) => bearer(&access, &app, &secret)?,
            _ => None,
        };
        let house = House { access, roster, options };
        self.listening.serve(setting, listen, house, |base| match &disguise {
            None => hello(base, &app, secret.expose_secret()),
            Some(disguise) => zoo(base, disguise, self, (&app, secret.expose_secret(), bearer.as_deref())),
        })
    }
}

/// Fills an empty roster with a made-up district; its package does not stay.
pub(super) fn settle(roster: &Roster, students: u32) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let package = folder.path().join("demo");
    let district = Options { edition: Edition::V1P2, students, seed: 1, day: 0, gradebook: true };
    generate(&district, &package)
        .and_then(|_| screenings(&district, &package))
        .map_err(|e| Failure::refused(format!("the district could not be made: {e:#}")))
        .and_then(|()| bring_in(roster, &package))
}

/// Imports the package as its only source.
fn bring_in(roster: &Roster, package: &Path) -> Result<(), Failure> {
    let now = || System.now();
    let request = Request {
        package: package.to_owned(),
        source: "demo".into(),
        dry_run: false,
        max_removed: Some(100.0),
        max_rejected: Some(0.0),
        rekey: None,
        // What no file has room for lies beside.
        nested_whole: true,
        met: Vec::new(),
        who: "demo".to_owned(),
        options: validate::Options::careful(now()),
    };
    let ended = import(roster, &request, &now, &mut Nobody)?;
    if ended.state != RunState::Applied {
        return Err(Failure::refused(format!("the district was not imported: {}", sentence(&ended, false))));
    }
    Ok(())
}

/// Nobody watches, and everything is approved: the roster was empty.
struct Nobody;

impl Watcher for Nobody {
    fn step(&mut self, _: Step) {}
    fn plan(&mut self, _: &Plan, _: &validate::Report) {}
    fn approved(&self) -> bool {
        true
    }
    fn approve(&mut self) -> bool {
        true
    }
}

/// The application of the demonstration with its secret, which is kept beside
/// the database so that a second start can print it again.
fn application(access: &Access, database: &DatabaseUrl, oauth1: bool) -> Result<(App, SecretString), Failure> {
    let place = database.beside("demo-secret");
    let known = match access.app(APP) {
        Ok(app) => Some(app),
        Err(e) if e.kind() == ErrorKind::NotFound => None,
        Err(e) => return Err(e.into()),
    };
    if let (Some(app), Some(place)) = (&known, &place)
        && (app.signs || !oauth1)
        && let Ok(kept) = std::fs::read_to_string(place)
    {
        let secret = SecretString::from(kept.trim());
        let claim = Claim { client_id: &app.client_id, secret: secret.expose_secret() };
        if matches!(access.issue(&[claim], None)?, Grant::Token { .. }) {
            return Ok((app.clone(), secret));
        }
    }
    let (app, secret) = match known {
        Some(known) => {
            let signs = Some(oauth1 || known.signs);
            access.rotate_with(&who(), APP, Rotation { signs, ..Rotation::default() })?
        }
        None => access.add(&who(), &NewApp { signs: oauth1, ..NewApp::new(APP, ScopeSet::default_grant()) })?,
    };
    if let Some(place) = &place {
        write_private(place, secret.expose_secret())?;
    }
    Ok((app, secret))
}

/// The application as a vendor's consumer: of a vendor without guardians it
/// sees none. What was set here before is taken back.
fn granted(access: &Access, app: App, vendor: Option<&Vendor>) -> Result<App, Failure> {
    let words = USER_ROLE.words(Version::V1P2).filter(|word| !GUARDIANS.contains(word));
    let few = Bounds { roles: words.map(str::to_owned).collect(), ..Bounds::default() };
    let bounds = match vendor.is_some_and(|vendor| vendor.does(Trait::NoGuardians)) {
        true => few,
        false if app.bounds == few => Bounds::default(),
        false => return Ok(app),
    };
    Ok(access.edit(&who(), APP, Edit { bounds: Some(bounds), ..Edit::default() })?)
}

/// A token that is given once and for all; this one ends after an hour.
fn bearer(access: &Access, app: &App, secret: &SecretString) -> Result<Option<String>, Failure> {
    let claim = Claim { client_id: &app.client_id, secret: secret.expose_secret() };
    Ok(match access.issue(&[claim], None)? {
        Grant::Token { token, .. } => Some(token.expose_secret().to_owned()),
        _ => None,
    })
}

/// The same for one who serves in disguise.
fn zoo(base: &str, disguise: &Disguise, demo: &Demo, given: (&App, &str, Option<&str>)) -> (Value, String) {
    let (app, secret, bearer) = given;
    let label = demo.vendor.map_or("Homeroom", |vendor| vendor.label);
    let (url, token_url) = (disguise.base_url(base), disguise.token_url(base));
    let unplayed = disguise.unplayed();
    let mut text = format!("A made-up district is served as by {label}:\n\nbase URL        {url}\n");
    if let Some(token_url) = &token_url {
        text.push_str(&format!("token URL       {token_url}\n"));
    }
    text.push_str(&format!("client id       {}\nclient secret   {secret}\n", app.client_id));
    if let Some(bearer) = bearer {
        text.push_str(&format!("token           {bearer}  (for an hour)\n"));
    }
    if app.signs {
        text.push_str("OAuth 1.0a      client id and secret are consumer key and secret\n");
    }
    if demo.chaos {
        text.push_str(&format!("faults          yes, by the seed {}\n", demo.chaos_seed));
    }
    if !unplayed.is_empty() {
        text.push_str(&format!("not played      {}\n", unplayed.join(", ")));
    }
    text.push_str("\nStop with Ctrl-C.");
    let mut document = urls(base);
    document["as"] = json!(demo.vendor.map(|vendor| vendor.name));
    document["base_url"] = json!(url);
    document["token_url"] = json!(token_url);
    document["client_id"] = json!(app.client_id);
    document["client_secret"] = json!(secret);
    document["bearer"] = json!(bearer);
    document["oauth1"] = json!(app.signs);
    document["chaos"] = json!(demo.chaos.then_some(demo.chaos_seed));
    document["not_played"] = json!(unplayed);
    (document, text)
}

fn hello(base: &str, app: &App, secret: &str) -> (Value, String) {
    let rostering = Service::Rostering.base_path(Version::V1P2);
    let lines = [
        format!(
            "TOKEN=$(curl -s -u '{}:{secret}' -d grant_type=client_credentials {base}/oauth/token \
             | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')",
            app.client_id
        ),
        format!("curl -s -H \"Authorization: Bearer $TOKEN\" '{base}{rostering}/students?limit=3'"),
    ];
    let text = format!(
        "A made-up district is served at {base}/\n\n\
         OneRoster 1.2   {base}{rostering}\n\
         OneRoster 1.1   {base}{}\n\
         token URL       {base}/oauth/token\n\
         client id       {}\n\
         client secret   {secret}\n{}\n\
         Try it in another terminal:\n\n{}\n{}\n\n\
         Stop with Ctrl-C.",
        Service::Rostering.base_path(Version::V1P1),
        app.client_id,
        if app.signs { "OAuth 1.0a      client id and secret are consumer key and secret\n" } else { "" },
        lines[0],
        lines[1],
    );
    let mut document = urls(base);
    document["oauth1"] = json!(app.signs);
    document["client_id"] = json!(app.client_id);
    document["client_secret"] = json!(secret);
    document["scopes"] = json!(app.scopes.names());
    document["try"] = json!(lines);
    (document, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use homeroom_store::access::KeySource;

    #[test]
    fn a_second_start_knows_the_secret_unless_it_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let database = DatabaseUrl::Sqlite(folder.path().join("d.db"));
        let key = KeySource::Beside(database.beside("key").unwrap());
        let (access, _) = Access::open(&database, "default", key, Arc::new(System)).unwrap();
        let secret = |()| application(&access, &database, false).unwrap().1.expose_secret().to_owned();
        let first = secret(());
        assert_eq!(secret(()), first);
        access.rotate("me", APP).unwrap();
        let second = secret(());
        assert_ne!(second, first);
        assert_eq!(secret(()), second);
        std::fs::remove_file(database.beside("demo-secret").unwrap()).unwrap();
        assert_ne!(secret(()), second);
        // One that is to sign gets another secret, which it keeps.
        let (app, third) = application(&access, &database, true).unwrap();
        assert!(app.signs && third.expose_secret() != second);
        assert_eq!(secret(()), third.expose_secret());
    }

    #[test]
    fn the_lines_to_paste_name_everything() {
        let app = App {
            name: APP.into(),
            client_id: "abc".into(),
            scopes: ScopeSet::default_grant(),
            tombstones: Default::default(),
            bounds: Default::default(),
            cover: Default::default(),
            signs: false,
            rate: None,
            created: oneroster::time::Timestamp(0),
            disabled: None,
            tenant: "default".into(),
            withdrawn: None,
            home: "default".into(),
        };
        let (document, text) = hello("http://127.0.0.1:8080", &app, "s3");
        let lines: Vec<_> = document["try"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
        assert!(lines.iter().all(|line| text.contains(line) && !line.contains('\n')));
        assert!(lines[0].starts_with(
            "TOKEN=$(curl -s -u 'abc:s3' -d grant_type=client_credentials http://127.0.0.1:8080/oauth/token | sed"
        ));
        assert!(lines[1].ends_with("'http://127.0.0.1:8080/ims/oneroster/rostering/v1p2/students?limit=3'"));
    }
}
