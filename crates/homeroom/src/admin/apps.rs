//! Applications as documents, and what is asked of them in JSON.

use super::sight::Sight;
use crate::output::Failure;
use crate::provider::ALL;
use homeroom_store::Roster;
use homeroom_store::access::{Access, App, Consent, Edit, NewApp, ScopeSet, TombstonePolicy};
use oneroster::grant::{Bounds, Cover, Profile};
use oneroster::model::{Service, Version};
use oneroster::oauth1::Hash;
use oneroster::time::Date;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// An application, without its secret.
pub fn document(app: &App) -> Value {
    json!({
        "app": &*app.name,
        "client_id": app.client_id,
        "scopes": app.scopes.names(),
        "tombstones": app.tombstones.word(),
        "grant": grant(&app.bounds, &app.cover),
        "oauth1": app.signs,
        "rate": app.rate,
        "created": app.created.to_string(),
        "disabled": app.disabled.map(|at| at.to_string()),
        "withdrawn": app.withdrawn.map(|at| at.to_string()),
        "paths": paths(app),
    })
}

/// What stands before the paths that serve an application: those of the district,
/// and those of all that let it in.
pub fn paths(app: &App) -> [String; 2] {
    [format!("/t/{}", app.tenant), ALL.to_owned()]
}

/// The same with the ends of its secrets, of the district that gives them.
///
/// # Errors
/// As the store says.
pub fn with_secrets(access: &Access, app: &App) -> Result<Value, Failure> {
    let mut told = document(app);
    if app.is_home() {
        let ends = access.secret_ends(app)?;
        told["secrets"] = ends.iter().map(|end| json!({ "expires": end.map(|at| at.to_string()) })).collect();
    }
    Ok(told)
}

/// The grant as scripts read it: every list, an empty one being no limit.
fn grant(bounds: &Bounds, cover: &Cover) -> Value {
    json!({
        "schools": bounds.schools,
        "classes": bounds.classes,
        "grades": bounds.grades,
        "roles": bounds.roles,
        "terms": bounds.terms,
        "entities": cover.entities,
        "hidden": cover.hidden,
        "masked": cover.masked,
        "profile": bounds.profile.as_ref().map(Profile::name),
        "profile_set": bounds.profile.iter().flat_map(Profile::set).map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>(),
    })
}

/// What an application needs to prove who it is, this one time; `base` is the
/// address by which it knows the server.
pub fn secret(app: &App, secret: &SecretString, base: &str) -> Value {
    let mut document = json!({
        "app": &*app.name,
        "client_id": app.client_id,
        "client_secret": secret.expose_secret(),
        "token_url": format!("{base}/oauth/token"),
        "scopes": app.scopes.names(),
    });
    if app.signs {
        let methods = [Hash::Sha256, Hash::Sha1].map(Hash::name);
        document["oauth1"] = json!({
            "consumer_key": app.client_id,
            "consumer_secret": secret.expose_secret(),
            "base_url": format!("{base}{}", Service::Rostering.base_path(Version::V1P1)),
            "signature_methods": methods,
        });
    }
    document
}

/// What an application is to be; what is left out stays as it was, or is as
/// that of a new one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// Its name, of a new one.
    pub app: Option<String>,
    scopes: Option<Vec<String>>,
    tombstones: Option<String>,
    grant: Sight,
    oauth1: bool,
    #[serde(deserialize_with = "given")]
    rate: Option<Option<u32>>,
    disabled: Option<bool>,
}

/// `null` is a value here, other than nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Asked {
    /// The new application.
    ///
    /// # Errors
    /// `usage` if something is named that there is not.
    pub fn new_app(&self) -> Result<NewApp, Failure> {
        let name = self.app.as_deref().ok_or_else(|| Failure::usage("the member app, its name, is missing"))?;
        let (bounds, cover) = self.grant.applied(Bounds::default(), Cover::default())?;
        let scopes = self.scopes()?.unwrap_or_else(|| usual_scopes(&bounds));
        let tombstones = self.tombstones()?.unwrap_or_default();
        let rate = self.rate.flatten();
        Ok(NewApp { tombstones, bounds, cover, rate, signs: self.oauth1, ..NewApp::new(name, scopes) })
    }

    /// The change of the application that there is.
    ///
    /// # Errors
    /// `usage` if something is named that there is not, or cannot be changed.
    pub fn edit(&self, before: &App) -> Result<Edit, Failure> {
        if self.app.as_deref().is_some_and(|name| *name != *before.name) || self.oauth1 {
            let message = "the name of an application stays, and whether it signs is changed by a new secret";
            return Err(Failure::usage(message));
        }
        let (bounds, cover) = self.grant.applied(before.bounds.clone(), before.cover.clone())?;
        Ok(Edit {
            scopes: self.scopes()?,
            tombstones: self.tombstones()?,
            bounds: Some(bounds),
            cover: Some(cover),
            rate: self.rate,
            disabled: self.disabled,
        })
    }

    /// What the district lets the application read.
    ///
    /// # Errors
    /// `usage` if something is named that there is not, or no consent decides.
    pub fn consent(&self) -> Result<Consent, Failure> {
        if self.app.is_some() || self.oauth1 || self.rate.is_some() || self.disabled.is_some() {
            let message = "only scopes, tombstones and the grant are said where an application is authorized";
            return Err(Failure::usage(message));
        }
        let (bounds, cover) = self.grant.applied(Bounds::default(), Cover::default())?;
        Ok(Consent {
            scopes: self.scopes()?,
            tombstones: self.tombstones()?,
            bounds: self.grant.bounds().then_some(bounds),
            cover: self.grant.cover().then_some(cover),
            profile: self.grant.profile(None)?,
        })
    }

    fn scopes(&self) -> Result<Option<ScopeSet>, Failure> {
        let Some(names) = &self.scopes else { return Ok(None) };
        let mut all = ScopeSet::default();
        for name in names {
            let set = ScopeSet::named(name);
            if set.is_empty() {
                return Err(Failure::usage(format!("there is no scope {name:?}")).hint(scopes_there_are()));
            }
            all = all.union(set);
        }
        Ok(Some(all))
    }

    fn tombstones(&self) -> Result<Option<TombstonePolicy>, Failure> {
        let Some(word) = &self.tombstones else { return Ok(None) };
        let words = [TombstonePolicy::Filtered, TombstonePolicy::Always];
        let policy = words.into_iter().find(|policy| policy.word() == word);
        policy.map(Some).ok_or_else(|| Failure::usage("tombstones are filtered or always"))
    }
}

/// The scopes of an application of which none are said: those that its profile
/// asks for, else the usual ones.
pub fn usual_scopes(bounds: &Bounds) -> ScopeSet {
    let of =
        |profile: &Profile| profile.known().scopes.iter().map(|name| ScopeSet::named(name)).reduce(ScopeSet::union);
    bounds.profile.as_ref().and_then(of).unwrap_or_else(ScopeSet::default_grant)
}

/// The scopes that may be named, as a sentence.
pub fn scopes_there_are() -> String {
    let own = ScopeSet::own_names().join(", ");
    format!("the scopes are {}; and of our own {own}", ScopeSet::all_names().join(", "))
}

/// Refuses an act on an application by one that may do less: nobody gives
/// rights of administration that they have not got, nor takes them over.
///
/// # Errors
/// `forbidden`.
pub fn within(by: ScopeSet, scopes: ScopeSet) -> Result<(), Failure> {
    if scopes.own().is_within(by) {
        return Ok(());
    }
    let (code, status) = ("forbidden", 1);
    let message = "this concerns an application with scopes of administration that the caller has not got".to_owned();
    let hint = Some("do it from the command line, or with an application that has them".to_owned());
    Err(Failure { code, message, hint, status })
}

/// Opens rosters: that of a district, or those of all.
pub type Rosters<'a> = dyn Fn(Option<&str>) -> Result<Vec<Roster>, Failure> + 'a;

/// Makes sure that an application which saw everything is told what it sees no
/// more, if its grant is to be bounded: to be called before it is. One that was
/// given nothing yet has nothing to delete.
///
/// # Errors
/// As the store says.
pub fn before_narrowed(
    access: &Access,
    before: &App,
    bounds: Option<&Bounds>,
    rosters: &Rosters<'_>,
) -> Result<(), Failure> {
    if !before.bounds.is_open() || bounds.is_none_or(Bounds::is_open) || !access.was_given(before)? {
        return Ok(());
    }
    for roster in rosters(Some(&before.tenant))? {
        roster.see_all(&before.client_id, access.now(), Date(0))?;
    }
    Ok(())
}

/// Removes an application, and what is kept of its views: in every district if
/// this one made it, else here.
///
/// # Errors
/// As the store says; what was removed stays so.
pub fn remove(access: &Access, who: &str, name: &str, rosters: &Rosters<'_>) -> Result<(), Failure> {
    let app = access.app(name)?;
    access.remove(who, name)?;
    let here = (!app.is_home()).then_some(&*app.tenant);
    for roster in rosters(here)? {
        roster.remove_views(&app.client_id)?;
    }
    Ok(())
}

/// The application of a name, if the caller may deal with it.
///
/// # Errors
/// `not_found`, `forbidden`, and as the store says.
pub fn one(access: &Access, by: ScopeSet, name: &str) -> Result<App, Failure> {
    let app = access.app(name)?;
    within(by, app.scopes)?;
    Ok(app)
}
