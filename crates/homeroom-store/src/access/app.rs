//! Applications, and what is done to them.

use super::audit::Line;
use super::database::{Change, Row, Session, text};
use super::key::random_hex;
use super::{Access, ScopeSet, sql};
use crate::plan::Value;
use crate::{Error, ErrorKind, Result};
use oneroster::grant::{Bounds, Cover};
use oneroster::time::Timestamp;
use secrecy::SecretString;
use std::sync::Arc;

/// When an application sees records marked `tobedeleted` in collections.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TombstonePolicy {
    /// Where its filter names `status` or `dateLastModified`.
    #[default]
    Filtered,
    /// Always.
    Always,
}

impl TombstonePolicy {
    /// The word of the command line and the database.
    pub fn word(self) -> &'static str {
        match self {
            TombstonePolicy::Filtered => "filtered",
            TombstonePolicy::Always => "always",
        }
    }

    fn from_word(word: &str) -> TombstonePolicy {
        if word == "always" { TombstonePolicy::Always } else { TombstonePolicy::Filtered }
    }
}

/// An application that may ask for data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct App {
    /// What people call it; one of its kind in the district.
    pub name: Arc<str>,
    /// What it calls itself when it asks for a token; unreserved characters.
    pub client_id: String,
    /// What it may be granted.
    pub scopes: ScopeSet,
    /// When it sees tombstones.
    pub tombstones: TombstonePolicy,
    /// Which records it sees.
    pub bounds: Bounds,
    /// What it is shown of them.
    pub cover: Cover,
    /// Whether it may sign its requests (OAuth 1.0a), and not only ask for
    /// tokens.
    pub signs: bool,
    /// How many requests a second it may make; without it, as many as the
    /// server allows.
    pub rate: Option<u32>,
    /// Since when it is known.
    pub created: Timestamp,
    /// Since when it gets nothing, if so.
    pub disabled: Option<Timestamp>,
    /// The tenant whose records these are about.
    pub tenant: Arc<str>,
    /// Since when this tenant lets it read no more, if so.
    pub withdrawn: Option<Timestamp>,
    /// The tenant that made it, and alone gives it secrets.
    pub home: Arc<str>,
}

/// A new application.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Its name.
    pub name: String,
    /// What it may be granted.
    pub scopes: ScopeSet,
    /// When it sees tombstones.
    pub tombstones: TombstonePolicy,
    /// Which records it sees.
    pub bounds: Bounds,
    /// What it is shown of them.
    pub cover: Cover,
    /// Whether it may sign its requests (OAuth 1.0a).
    pub signs: bool,
    /// How many requests a second it may make.
    pub rate: Option<u32>,
    /// For how long its secret is good, in milliseconds; without it, until
    /// another one takes its place.
    pub secret_for: Option<i64>,
}

impl App {
    /// Whether the tenant whose records these are about made it.
    pub fn is_home(&self) -> bool {
        self.tenant == self.home
    }
}

impl NewApp {
    /// An application that sees whatever its scopes open.
    pub fn new(name: &str, scopes: ScopeSet) -> NewApp {
        let (tombstones, bounds, cover) = Default::default();
        let name = name.to_owned();
        NewApp { name, scopes, tombstones, bounds, cover, signs: false, rate: None, secret_for: None }
    }

    /// An application that is granted what another one is.
    pub fn like(app: &App, name: &str) -> NewApp {
        let (bounds, cover) = (app.bounds.clone(), app.cover.clone());
        let (tombstones, signs, rate) = (app.tombstones, app.signs, app.rate);
        NewApp { tombstones, bounds, cover, signs, rate, ..NewApp::new(name, app.scopes) }
    }
}

/// What changes of an application; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// What it may be granted from now on.
    pub scopes: Option<ScopeSet>,
    /// When it sees tombstones.
    pub tombstones: Option<TombstonePolicy>,
    /// Which records it sees.
    pub bounds: Option<Bounds>,
    /// What it is shown of them.
    pub cover: Option<Cover>,
    /// How many requests a second it may make; `Some(None)`: as many as the
    /// server allows.
    pub rate: Option<Option<u32>>,
    /// Whether it gets nothing.
    pub disabled: Option<bool>,
}

/// One line of the audit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Audited {
    /// When.
    pub at: Timestamp,
    /// Who did it, as the caller said.
    pub who: String,
    /// What was done: `app add`, `app edit`, `app rotate`, `app remove`,
    /// `issuer add`, `issuer remove`, `forget`.
    pub action: String,
    /// To which application; of a person who was forgotten, a salted digest.
    pub subject: String,
    /// More of it; never a secret.
    pub detail: String,
}

const LONGEST_NAME: usize = 100;

impl Access {
    /// Adds an application; the secret is given this one time.
    ///
    /// # Errors
    /// `Refused` if the name is taken, empty, over 100 characters long or
    /// holds control characters, or there is no scope; `Busy`, `Internal`.
    pub fn add(&self, who: &str, new: &NewApp) -> Result<(App, SecretString)> {
        check(&new.name, new.scopes)?;
        let client_id = random_hex::<12>(self.outside())?;
        let secret = self.new_secret(&client_id, new.signs, new.secret_for)?;
        self.change(who, "app add", &new.name, |tx| {
            if find(tx, self.tenant(), &new.name)?.is_some() {
                let message = format!("there is an application of the name {:?} already", new.name);
                return Err(Error::new(ErrorKind::Refused, message));
            }
            let names = new.scopes.names().join(" ");
            let [bounds, cover] = grant(&new.bounds, &new.cover)?;
            let now = self.outside().now();
            let texts = [&client_id, self.tenant(), &new.name, &names, new.tombstones.word(), &bounds, &cover];
            let numbers = [Value::Whole(now.0), Value::Whole(new.signs.into()), number(new.rate)];
            let values: Vec<Value<'_>> = texts.map(text).into_iter().chain(numbers).collect();
            tx.execute(sql::ADD_APP, &values)?;
            secret.add(tx, &client_id)?;
            Ok(find(tx, self.tenant(), &new.name)?.map_or_else(String::new, |app| state(&app)))
        })?;
        Ok((self.app(&new.name)?, secret.text))
    }

    /// Every application, by name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn apps(&self) -> Result<Vec<App>> {
        let rows = self.database().look(|session| session.rows(sql::APPS, &[text(self.tenant())]))?;
        rows.iter().map(read).collect()
    }

    /// One application.
    ///
    /// # Errors
    /// `NotFound`, `Busy`, `Internal`.
    pub fn app(&self, name: &str) -> Result<App> {
        self.database().look(|session| find(session, self.tenant(), name))?.ok_or_else(|| unknown(name))
    }

    /// Changes an application; tokens it has follow at once.
    ///
    /// # Errors
    /// `NotFound`, `Refused` if no scope is left, `Busy`, `Internal`.
    pub fn edit(&self, who: &str, name: &str, edit: Edit) -> Result<App> {
        self.change(who, "app edit", name, |tx| {
            let before = find(tx, self.tenant(), name)?.ok_or_else(|| unknown(name))?;
            let after = edited(before.clone(), edit, self.outside().now());
            check(name, after.scopes)?;
            let names = after.scopes.names().join(" ");
            let [bounds, cover] = grant(&after.bounds, &after.cover)?;
            let disabled_at = after.disabled.map_or(Value::Null, |at| Value::Whole(at.0));
            let [id, names, policy] = [&before.client_id, &names, after.tombstones.word()].map(text);
            if !after.is_home() {
                if after.rate != before.rate || after.disabled != before.disabled {
                    return Err(elsewhere(&after));
                }
                let values = [id, text(&before.tenant), names, policy, text(&bounds), text(&cover)];
                tx.execute(sql::EDIT_CONSENT, &values)?;
                return Ok(format!("{}; before: {}", state(&after), state(&before)));
            }
            let rate = number(after.rate);
            tx.execute(sql::EDIT_APP, &[id, names, policy, disabled_at, text(&bounds), text(&cover), rate])?;
            Ok(format!("{}; before: {}", state(&after), state(&before)))
        })?;
        self.app(name)
    }

    /// Removes an application and every token it has.
    ///
    /// # Errors
    /// `NotFound`, `Busy`, `Internal`.
    pub fn remove(&self, who: &str, name: &str) -> Result<()> {
        self.change(who, "app remove", name, |tx| {
            let app = find(tx, self.tenant(), name)?.ok_or_else(|| unknown(name))?;
            if app.is_home() {
                tx.execute(sql::REMOVE_APP, &[text(&app.client_id)])?;
            } else {
                tx.execute(sql::REMOVE_CONSENT, &[text(&app.client_id), text(&app.tenant)])?;
            }
            Ok(format!("before: {}", state(&app)))
        })
    }

    /// One change and its line of audit, on the disk before it counts; every
    /// process looks at its tokens again.
    pub(super) fn change(
        &self,
        who: &str,
        action: &str,
        subject: &str,
        work: impl FnOnce(&mut Session<'_>) -> Result<String>,
    ) -> Result<()> {
        self.database().change(Change::App, |session| {
            let detail = work(session)?;
            let at = self.outside().now();
            Line { at, tenant: self.tenant(), who, action, subject, detail: &detail }.write(session)?;
            session.execute(sql::NEXT_GENERATION, &[])?;
            Ok(())
        })
    }
}

fn check(name: &str, scopes: ScopeSet) -> Result<()> {
    let refuse = |message: &str| Err(Error::new(ErrorKind::Refused, message));
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return refuse("the name of an application has 1 to 100 characters, none of them a control character");
    }
    if scopes.is_empty() {
        return refuse("an application needs at least one scope");
    }
    Ok(())
}

fn edited(mut app: App, edit: Edit, now: Timestamp) -> App {
    app.scopes = edit.scopes.unwrap_or(app.scopes);
    app.tombstones = edit.tombstones.unwrap_or(app.tombstones);
    app.bounds = edit.bounds.unwrap_or(app.bounds);
    app.cover = edit.cover.unwrap_or(app.cover);
    app.rate = edit.rate.unwrap_or(app.rate);
    app.disabled = match edit.disabled {
        None => app.disabled,
        Some(true) => app.disabled.or(Some(now)),
        Some(false) => None,
    };
    app
}

/// What an application may do, for the audit.
pub(super) fn state(app: &App) -> String {
    let mut text = format!("scopes {}; tombstones {}", app.scopes.names().join(" "), app.tombstones.word());
    if let Ok([bounds, cover]) = grant(&app.bounds, &app.cover) {
        for (what, json, open) in [("sees", bounds, app.bounds.is_open()), ("shown", cover, app.cover.is_open())] {
            if !open {
                text.push_str(&format!("; {what} {json}"));
            }
        }
    }
    if app.signs {
        text.push_str("; signs");
    }
    if let Some(rate) = app.rate {
        text.push_str(&format!("; {rate} requests a second"));
    }
    if app.disabled.is_some() {
        text.push_str("; disabled");
    }
    if app.withdrawn.is_some() {
        text.push_str("; withdrawn");
    }
    text
}

fn number(number: Option<u32>) -> Value<'static> {
    number.map_or(Value::Null, |number| Value::Whole(number.into()))
}

/// A grant as the database keeps it.
pub(super) fn grant(bounds: &Bounds, cover: &Cover) -> Result<[String; 2]> {
    let json = |done: serde_json::Result<String>| {
        done.map_err(|e| Error::caused(ErrorKind::Internal, "a grant cannot be written", e))
    };
    Ok([json(serde_json::to_string(bounds))?, json(serde_json::to_string(cover))?])
}

/// One half of a grant, as the database kept it. One that cannot be read, of
/// a later version perhaps, must not be taken for an open one.
fn granted<T: Default + serde::de::DeserializeOwned>(json: &str) -> Result<T> {
    if json == "{}" {
        return Ok(T::default());
    }
    serde_json::from_str(json)
        .map_err(|e| Error::caused(ErrorKind::Unusable, "the grant of an application cannot be read", e))
}

pub(super) fn find(session: &mut Session<'_>, tenant: &str, name: &str) -> Result<Option<App>> {
    session.first(sql::APP, &[text(tenant), text(name)])?.as_ref().map(read).transpose()
}

/// An application that another tenant made.
pub(super) fn elsewhere(app: &App) -> Error {
    let message =
        format!("{} was made by the tenant {}; only there its secrets, rate and end are decided", app.name, app.home);
    Error::new(ErrorKind::Refused, message)
}

pub(super) fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no application of the name {name:?}"))
}

/// The first thirteen columns of every statement that gives applications.
pub(super) fn read(row: &Row) -> Result<App> {
    Ok(App {
        client_id: row.text(0)?,
        name: row.text(1)?.into(),
        scopes: ScopeSet::parse(&row.text(2)?),
        tombstones: TombstonePolicy::from_word(&row.text(3)?),
        created: Timestamp(row.whole(4)?),
        disabled: row.number(5)?.map(Timestamp),
        bounds: granted(&row.text(6)?)?,
        cover: granted(&row.text(7)?)?,
        signs: row.whole(8)? != 0,
        rate: row.number(9)?.and_then(|rate| u32::try_from(rate).ok()),
        tenant: row.text(10)?.into(),
        withdrawn: row.number(11)?.map(Timestamp),
        home: row.text(12)?.into(),
    })
}
