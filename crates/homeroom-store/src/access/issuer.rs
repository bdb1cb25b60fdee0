//! Outside issuers: who else vouches for callers (OpenID Connect).

use super::database::{Row, Session, text};
use super::token::{hash, number};
use super::{Access, Caller, ScopeSet, app, sql, suspended};
use crate::plan::Value;
use crate::{Error, ErrorKind, Result};
use oneroster::time::Timestamp;
use std::sync::Arc;

/// An issuer whose tokens are taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
    /// The tenant that takes its tokens.
    pub tenant: String,
    /// What people call it; one of its kind in the district.
    pub name: String,
    /// Its identifier: the `iss` of its tokens, and where its documents are.
    pub url: String,
    /// The `aud` of tokens that are meant for us.
    pub audience: String,
    /// The application as which its tokens call: its grant bounds them.
    pub app: Arc<str>,
    /// The client id of that application.
    pub client_id: String,
    /// The claim that names a person, if tokens may be people's.
    pub user_claim: Option<String>,
    /// The member of the person that the claim holds.
    pub user_member: String,
    /// Since when it is known.
    pub created: Timestamp,
}

/// A new issuer.
#[derive(Clone, Debug)]
pub struct NewIssuer {
    /// Its name.
    pub name: String,
    /// Its identifier.
    pub url: String,
    /// The `aud` of tokens that are meant for us.
    pub audience: String,
    /// The name of the application as which its tokens call.
    pub app: String,
    /// The claim that names a person.
    pub user_claim: Option<String>,
    /// The member of the person that the claim holds.
    pub user_member: String,
}

const LONGEST: usize = 500;

impl Access {
    /// Takes tokens of an issuer from now on.
    ///
    /// # Errors
    /// `Refused` if the name is taken or a text is empty or too long, `NotFound`
    /// if there is no such application, `Busy`, `Internal`.
    pub fn add_issuer(&self, who: &str, new: &NewIssuer) -> Result<Issuer> {
        let texts = [&new.name, &new.url, &new.audience, &new.user_member];
        let odd = |text: &str| text.trim().is_empty() || text.len() > LONGEST || text.chars().any(char::is_control);
        if texts.into_iter().chain(&new.user_claim).any(|text| odd(text)) {
            let message = "name, URL, audience and claim of an issuer have 1 to 500 characters, no control characters";
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let app = self.app(&new.app)?;
        self.change(who, "issuer add", &new.name, |tx| {
            if self.find_issuer(tx, &new.name)?.is_some() {
                let message = format!("there is an issuer of the name {:?} already", new.name);
                return Err(Error::new(ErrorKind::Refused, message));
            }
            let claim = new.user_claim.as_deref().map_or(Value::Null, text);
            let [tenant, name, url] = [self.tenant(), &new.name, &new.url].map(text);
            let [audience, client_id, member] = [&new.audience, &app.client_id, &new.user_member].map(|t| text(t));
            let created = Value::Whole(self.outside().now().0);
            tx.execute(sql::ADD_ISSUER, &[tenant, name, url, audience, client_id, claim, member, created])?;
            Ok(self.find_issuer(tx, &new.name)?.map_or_else(String::new, |issuer| state(&issuer)))
        })?;
        let found = self.database().look(|session| self.find_issuer(session, &new.name))?;
        found.ok_or_else(|| unknown(&new.name))
    }

    /// Every issuer, by name.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn issuers(&self) -> Result<Vec<Issuer>> {
        self.database().look(|session| self.load_issuers(session))
    }

    /// Takes no tokens of an issuer any more.
    ///
    /// # Errors
    /// `NotFound`, `Busy`, `Internal`.
    pub fn remove_issuer(&self, who: &str, name: &str) -> Result<()> {
        self.change(who, "issuer remove", name, |tx| {
            let before = self.find_issuer(tx, name)?.ok_or_else(|| unknown(name))?;
            tx.execute(sql::REMOVE_ISSUER, &[text(self.tenant()), text(name)])?;
            Ok(format!("before: {}", state(&before)))
        })
    }

    /// The application for which somebody else vouched, with a token that ends
    /// at `expires`; of a person, if it is one's. `None` if the application may
    /// not call.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn vouched(
        &self,
        issuer: &Issuer,
        asked: Option<ScopeSet>,
        person: Option<&str>,
        expires: Timestamp,
    ) -> Result<Option<Caller>> {
        let app = self.database().look(|session| app::find(session, &issuer.tenant, &issuer.app))?;
        let Some(mut app) = app.filter(|app| app.disabled.is_none()) else { return Ok(None) };
        app.bounds.person = person.map(str::to_owned).or(app.bounds.person);
        let scopes = asked.unwrap_or(app.scopes);
        // Each person pages on their own.
        let id = number(&hash(&format!("{} {} {}", issuer.tenant, app.client_id, person.unwrap_or_default())));
        let caller = Caller::of(app, scopes, expires, id);
        self.database().look(|session| suspended::marked(session, caller.clone())).map(Some)
    }

    fn find_issuer(&self, session: &mut Session<'_>, name: &str) -> Result<Option<Issuer>> {
        Ok(self.load_issuers(session)?.into_iter().find(|issuer| issuer.name == name))
    }

    fn load_issuers(&self, session: &mut Session<'_>) -> Result<Vec<Issuer>> {
        session.rows(sql::ISSUERS, &[text(self.tenant())])?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Issuer> {
    Ok(Issuer {
        name: row.text(0)?,
        url: row.text(1)?,
        audience: row.text(2)?,
        client_id: row.text(3)?,
        app: row.text(4)?.into(),
        user_claim: row.optional(5)?,
        user_member: row.text(6)?,
        created: Timestamp(row.whole(7)?),
        tenant: row.text(8)?,
    })
}

/// What an issuer is trusted with, for the audit.
fn state(issuer: &Issuer) -> String {
    let person = issuer.user_claim.as_ref().map(|claim| format!("; {claim} is the {} of a person", issuer.user_member));
    let person = person.unwrap_or_default();
    format!("{} for {}, as the application {}{person}", issuer.url, issuer.audience, issuer.app)
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no issuer of the name {name:?}"))
}
