//! What each district lets an application read, and takes back.
//!
//! An application is made by one district. Others may let it read, too, with
//! the same credentials; each decides for itself, and may decide otherwise at
//! any time.

use super::database::{Session, text};
use super::{Access, App, ScopeSet, TombstonePolicy, app, sql};
use crate::plan::Value;
use crate::{Error, ErrorKind, Result};
use oneroster::grant::{Bounds, Cover, Profile};

/// What a district lets an application read.
#[derive(Clone, Debug, Default)]
pub struct Consent {
    /// What it may be granted; without it, what it was or, of an application
    /// that is new here, what the district that made it grants.
    pub scopes: Option<ScopeSet>,
    /// When it sees tombstones.
    pub tombstones: Option<TombstonePolicy>,
    /// Which records it sees; of one that is known here, schools are added to
    /// those that it sees.
    pub bounds: Option<Bounds>,
    /// What it is shown of them.
    pub cover: Option<Cover>,
    /// What is made of them; `Some(None)`: nothing.
    pub profile: Option<Option<Profile>>,
}

impl Access {
    /// Lets an application read: one that is known here, as it was before or
    /// some more schools; or one that another tenant made, by its client id or,
    /// if no other one has it, its name.
    ///
    /// # Errors
    /// `NotFound`, `Refused` if several have the name or it has no scope,
    /// `Busy`, `Internal`.
    pub fn authorize(&self, who: &str, name: &str, consent: &Consent) -> Result<App> {
        let mut known_as = name.to_owned();
        self.change(who, "app authorize", name, |tx| {
            if let Some(before) = app::find(tx, self.tenant(), name)? {
                return self.again(tx, &before, consent);
            }
            let made = stranger(tx, name)?;
            known_as = made.name.to_string();
            if app::find(tx, self.tenant(), &made.name)?.is_some() {
                let message = format!("there is an application of the name {:?} already", made.name);
                return Err(Error::new(ErrorKind::Refused, message));
            }
            let scopes = consent.scopes.unwrap_or(made.scopes);
            if scopes.is_empty() {
                return Err(Error::new(ErrorKind::Refused, "an application needs at least one scope"));
            }
            let tombstones = consent.tombstones.unwrap_or(made.tombstones);
            // Least data: what another tenant lets it see says nothing here.
            let mut bounds = consent.bounds.clone().unwrap_or_default();
            // How records are told is no question of which.
            bounds.profile = consent.profile.clone().unwrap_or_else(|| made.bounds.profile.clone());
            let cover = consent.cover.clone().unwrap_or_else(|| made.cover.clone());
            let names = scopes.names().join(" ");
            let [sees, shown] = app::grant(&bounds, &cover)?;
            let texts = [&made.client_id, self.tenant(), &names, tombstones.word(), &sees, &shown].map(text);
            let now = Value::Whole(self.outside().now().0);
            let values: Vec<Value<'_>> = texts.into_iter().chain([now]).collect();
            tx.execute(sql::ADD_CONSENT, &values)?;
            Ok(app::find(tx, self.tenant(), &made.name)?.map_or_else(String::new, |app| app::state(&app)))
        })?;
        self.app(&known_as)
    }

    fn again(&self, tx: &mut Session<'_>, before: &App, consent: &Consent) -> Result<String> {
        let mut after = App { withdrawn: None, ..before.clone() };
        after.scopes = consent.scopes.unwrap_or(after.scopes);
        after.tombstones = consent.tombstones.unwrap_or(after.tombstones);
        after.cover = consent.cover.clone().unwrap_or(after.cover);
        if let Some(bounds) = &consent.bounds {
            let mut bounds = bounds.clone();
            // Whoever sees every school gains nothing by one more, and whoever
            // was refused sees what is given anew alone.
            if before.withdrawn.is_none() && !bounds.schools.is_empty() {
                match before.bounds.schools.is_empty() {
                    true => bounds.schools.clear(),
                    false => bounds.schools.extend(before.bounds.schools.iter().cloned()),
                }
            }
            bounds.profile = before.bounds.profile.clone();
            after.bounds = bounds;
        }
        after.bounds.profile = consent.profile.clone().unwrap_or(after.bounds.profile);
        self.write_consent(tx, &after)?;
        Ok(format!("{}; before: {}", app::state(&after), app::state(before)))
    }

    /// Takes back what an application may read: of some schools, or of all.
    /// From the next request on it is refused.
    ///
    /// # Errors
    /// `NotFound`, `Refused` if it does not see one of the schools by name,
    /// `Busy`, `Internal`.
    pub fn withdraw(&self, who: &str, name: &str, schools: &[String]) -> Result<App> {
        self.change(who, "app withdraw", name, |tx| {
            let before = app::find(tx, self.tenant(), name)?.ok_or_else(|| app::unknown(name))?;
            let mut after = before.clone();
            for school in schools {
                if !after.bounds.schools.remove(school) {
                    return Err(not_by_name(&before, school));
                }
            }
            // Without schools the grant would be of all of them.
            if schools.is_empty() || after.bounds.schools.is_empty() {
                after.bounds = before.bounds.clone();
                after.withdrawn = before.withdrawn.or(Some(self.outside().now()));
            }
            self.write_consent(tx, &after)?;
            Ok(format!("{}; before: {}", app::state(&after), app::state(&before)))
        })?;
        self.app(name)
    }

    fn write_consent(&self, tx: &mut Session<'_>, app: &App) -> Result<()> {
        let names = app.scopes.names().join(" ");
        let [bounds, cover] = app::grant(&app.bounds, &app.cover)?;
        let withdrawn = app.withdrawn.map_or(Value::Null, |at| Value::Whole(at.0));
        let id = text(&app.client_id);
        if app.is_home() {
            let disabled = app.disabled.map_or(Value::Null, |at| Value::Whole(at.0));
            let rate = app.rate.map_or(Value::Null, |rate| Value::Whole(rate.into()));
            let policy = text(app.tombstones.word());
            let values = [id.clone(), text(&names), policy, disabled, text(&bounds), text(&cover), rate];
            tx.execute(sql::EDIT_APP, &values)?;
            tx.execute(sql::WITHDRAW_APP, &[id, withdrawn])?;
        } else {
            let tenant = text(&app.tenant);
            let policy = text(app.tombstones.word());
            let values = [id.clone(), tenant.clone(), text(&names), policy, text(&bounds), text(&cover)];
            tx.execute(sql::EDIT_CONSENT, &values)?;
            tx.execute(sql::WITHDRAW_CONSENT, &[id, tenant, withdrawn])?;
        }
        Ok(())
    }
}

/// An application that another tenant made.
fn stranger(tx: &mut Session<'_>, name: &str) -> Result<App> {
    if let Some(row) = tx.first(sql::CLIENT, &[text(name)])? {
        return app::read(&row);
    }
    let rows = tx.rows(sql::NAMED, &[text(name)])?;
    match rows.as_slice() {
        [row] => app::read(row),
        [] => Err(app::unknown(name)),
        _ => {
            let message = format!("several tenants have an application of the name {name:?}; give its client id");
            Err(Error::new(ErrorKind::Refused, message))
        }
    }
}

fn not_by_name(app: &App, school: &str) -> Error {
    let message = if app.bounds.schools.is_empty() {
        format!("{} sees all schools; name those that it may see before one is taken back", app.name)
    } else {
        format!("{} does not see the school {school}", app.name)
    };
    Error::new(ErrorKind::Refused, message)
}
