//! Everything that is set of a district as one document: written out, compared,
//! applied in one step.
//!
//! What a document names is whole: a setting that it leaves out is as usual
//! afterwards. What it does not name stays, unless it is to be removed. Secrets
//! never stand in it: they stay as they are, or come from a file or the environment.

mod checked;
mod document;
mod now;
mod plan;

pub use document::{Document, read, told, write};
pub use plan::{Change, Planned, What};

use crate::output::Failure;
use crate::sync::Source;
use homeroom_store::access::{Access, NewIssuer, Outside, ScopeSet};
use homeroom_store::{Configured, Roster};
use oneroster::time::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::apps::{Rosters, before_narrowed, remove, secret};

/// The scope that lets an application change what others may read.
const APPS: &str = "admin.apps";

/// Who configures a district.
pub struct Configurer<'a> {
    /// Its roster.
    pub roster: &'a Roster,
    /// Its applications and the key; none if there are none yet.
    pub access: Option<&'a Access>,
    /// By which name the audit knows them.
    pub who: &'a str,
    /// What they may do with applications; none if anything.
    pub by: Option<ScopeSet>,
    /// Opens rosters.
    pub rosters: &'a Rosters<'a>,
    /// Chance.
    pub outside: &'a dyn Outside,
    /// What time it is.
    pub now: Timestamp,
    /// Whether secrets may be named by a file or a variable of this machine.
    pub secrets: bool,
    /// The address by which applications know the server.
    pub base: &'a str,
    /// Says which source is right, by a run.
    pub settle: &'a Settle<'a>,
}

/// Sets orders of sources, those that are given and no others, by a run.
pub type Settle<'a> = dyn Fn(Vec<(String, String)>) -> Result<(), Failure> + 'a;

/// What became of a document.
#[derive(Debug)]
pub struct Applied {
    /// Its number; none if there was nothing to do.
    pub id: Option<i64>,
    /// What was changed.
    pub changes: Vec<Change>,
    /// New applications with their secrets, this one time.
    pub made: Vec<Value>,
}

/// What is done with an application.
#[derive(Debug)]
pub(super) enum OfApp {
    Add(Box<super::apps::Asked>),
    Edit(String, Box<super::apps::Asked>),
    Remove(String),
    /// One of another district may read here, or no more.
    Authorize(String, Box<super::apps::Asked>),
    Withdraw(String),
    /// Tokens of an issuer are taken, or no more.
    Issuer(Box<NewIssuer>),
    NoIssuer(String),
}

impl Configurer<'_> {
    /// What is set now.
    ///
    /// # Errors
    /// As the store says.
    pub fn export(&self) -> Result<Document, Failure> {
        now::document(self.roster, self.access)
    }

    /// What a document would change; `prune` removes what it does not name.
    ///
    /// # Errors
    /// `usage` if something in it cannot be, with where it stands.
    pub fn plan(&self, document: &Document, prune: bool) -> Result<Planned, Failure> {
        let wanted = checked::checked(document, self.now)?;
        plan::plan(self, self.export()?, wanted, prune)
    }

    /// Does what was planned: all that is set in one step, then the
    /// applications one by one. What was done before stays if one of them fails;
    /// to apply the document again goes on from there.
    ///
    /// # Errors
    /// As the store says.
    pub fn apply(&self, planned: Planned) -> Result<Applied, Failure> {
        let Planned { changes, acts, apps, orders } = planned;
        if changes.is_empty() {
            return Ok(Applied { id: None, changes, made: Vec::new() });
        }
        if !apps.is_empty() && self.by.is_some_and(|by| by.intersection(ScopeSet::named(APPS)).is_empty()) {
            let message = format!("the document changes who may read, for which the token needs the scope {APPS}");
            return Err(Failure { code: "forbidden", message, hint: None, status: 1 });
        }
        let all: Vec<Value> = changes.iter().map(Change::document).collect();
        let kept = Configured {
            id: 0,
            at: self.now,
            who: self.who.to_owned(),
            changes: Value::from(all).to_string(),
            document: String::new(),
        };
        let mut made = Vec::new();
        let id = self.roster.configure(&acts, &kept)?;
        if let Some(access) = self.access {
            let told: Vec<String> = changes.iter().map(Change::line).collect();
            access.audit().note(self.who, "config apply", &format!("configuration {id}"), &told.join("; "))?;
        }
        if let Some(orders) = orders {
            (self.settle)(orders)?;
        }
        for act in apps {
            made.extend(self.of_app(act)?);
        }
        self.roster.keep_configuration(id, &write(&self.export()?)?)?;
        Ok(Applied { id: Some(id), changes, made })
    }

    fn of_app(&self, act: OfApp) -> Result<Option<Value>, Failure> {
        let access = self.access.ok_or_else(|| Failure::refused("there is no installation key"))?;
        match act {
            OfApp::Add(asked) => {
                let new = asked.new_app()?;
                self.may(new.scopes)?;
                let (app, told) = access.add(self.who, &new)?;
                return Ok(Some(secret(&app, &told, self.base)));
            }
            OfApp::Edit(name, asked) => {
                let before = access.app(&name)?;
                self.may(before.scopes)?;
                let edit = asked.edit(&before)?;
                self.may(edit.scopes.unwrap_or_default())?;
                before_narrowed(access, &before, edit.bounds.as_ref(), self.rosters)?;
                access.edit(self.who, &name, edit)?;
            }
            OfApp::Remove(name) => {
                self.may(access.app(&name)?.scopes)?;
                remove(access, self.who, &name, self.rosters)?;
            }
            OfApp::Authorize(name, asked) => {
                let consent = asked.consent()?;
                self.may(consent.scopes.unwrap_or_default())?;
                access.authorize(self.who, &name, &consent)?;
            }
            OfApp::Withdraw(name) => {
                self.may(access.app(&name)?.scopes)?;
                access.withdraw(self.who, &name, &[])?;
            }
            OfApp::Issuer(new) => {
                self.may(access.app(&new.app)?.scopes)?;
                access.add_issuer(self.who, &new)?;
            }
            OfApp::NoIssuer(name) => access.remove_issuer(self.who, &name)?,
        }
        Ok(None)
    }

    fn may(&self, scopes: ScopeSet) -> Result<(), Failure> {
        self.by.map_or(Ok(()), |by| super::apps::within(by, scopes))
    }

    /// Refuses what only whoever sits at the machine may do: to name its files, and
    /// to send a secret that is kept here elsewhere.
    fn may_reach(&self, section: &str, name: &str, by_network: bool, moved: bool) -> Result<(), Failure> {
        if self.secrets || (by_network && !moved) {
            return Ok(());
        }
        let why = if moved { "its secret would go to another place" } else { "it names files of the server" };
        Err(Failure::refused(format!("{section}: {name}: {why}"))
            .hint("apply the document there, with: homeroom config apply FILE"))
    }

    /// A secret that is named by where it is.
    fn secret(&self, named: &document::Secret) -> Result<SecretString, Failure> {
        if !self.secrets {
            return Err(Failure::usage("a document that is sent names no secrets: they would be those of the server")
                .hint("apply it with the command there, or set the secret with: homeroom source edit"));
        }
        named.read()
    }

    /// Whether a source has another secret than this one.
    fn is_new(&self, source: &Source, name: &str, secret: &SecretString) -> Result<bool, Failure> {
        use secrecy::ExposeSecret as _;
        let Some(access) = self.access else { return Ok(true) };
        let known = source.secret(access, name)?;
        Ok(known.is_none_or(|known| known.expose_secret() != secret.expose_secret()))
    }
}

impl std::fmt::Debug for Configurer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Configurer").field("who", &self.who).finish_non_exhaustive()
    }
}

/// A configuration that was applied, without its document.
pub fn brief(kept: &Configured) -> Value {
    let changes: Value = serde_json::from_str(&kept.changes).unwrap_or_else(|_| json!([]));
    json!({ "id": kept.id, "at": kept.at.to_string(), "who": kept.who, "changes": changes })
}
