//! Districts that are suspended, and the end of one.

use super::database::{Change, Database, Session, text};
use super::{Access, Audit, Caller, sql};
use crate::Result;
use crate::plan::Value;
use oneroster::time::Timestamp;
use std::sync::Arc;

impl Access {
    /// Gives applications nothing of the district any more, or again what they
    /// were granted; every process knows it from the next request on.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn suspend(&self, who: &str, suspended: bool) -> Result<()> {
        let action = if suspended { "tenant suspend" } else { "tenant resume" };
        self.change(who, action, self.tenant(), |tx| {
            let tenant = text(self.tenant());
            if suspended {
                tx.execute(sql::SUSPEND, &[tenant, Value::Whole(self.outside().now().0)])?;
            } else {
                tx.execute(sql::RESUME, &[tenant])?;
            }
            Ok(String::new())
        })
    }

    /// Since when the district is suspended, if it is.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn suspended(&self) -> Result<Option<Timestamp>> {
        since(self.database(), self.tenant())
    }

    /// Removes what is kept of the district here: its applications with all
    /// their secrets and tokens, consents, issuers, and what was disclosed. The
    /// audit stays, with one line more. Gives the client ids that are no more.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn remove_tenant(&self, who: &str) -> Result<Vec<String>> {
        let apps = self.apps()?;
        let names: Vec<&str> = apps.iter().map(|app| &*app.name).collect();
        let made: Vec<String> = apps.iter().filter(|app| app.is_home()).map(|app| app.client_id.clone()).collect();
        self.change(who, "tenant remove", self.tenant(), |tx| {
            for statement in sql::REMOVE_TENANT {
                tx.execute(statement, &[text(self.tenant())])?;
            }
            let before = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Ok(format!("before: applications {before}"))
        })?;
        // Answers whose request is no more tell of nobody.
        self.database().change(Change::Token, |session| session.execute(sql::END_LOST_DISCLOSURES, &[]))?;
        Ok(made)
    }
}

impl Audit {
    /// Since when the district is suspended, if it is. No key is needed to know.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn suspended(&self) -> Result<Option<Timestamp>> {
        since(self.database(), self.tenant())
    }
}

fn since(database: &Database, tenant: &str) -> Result<Option<Timestamp>> {
    let found = database.look(|session| session.first(sql::SUSPENDED_SINCE, &[text(tenant)]))?;
    found.map(|row| Ok(Timestamp(row.whole(0)?))).transpose()
}

/// A caller, with the districts marked that are suspended.
pub(super) fn marked(session: &mut Session<'_>, caller: Caller) -> Result<Caller> {
    let rows = session.rows(sql::SUSPENDED, &[])?;
    if rows.is_empty() {
        return Ok(caller);
    }
    let tenants = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<String>>>()?;
    let is = |caller: &Caller| tenants.iter().any(|tenant| *tenant == *caller.tenant);
    let mark = |other: &Arc<Caller>| match is(other) {
        true => Arc::new(Caller { suspended: true, ..Caller::clone(other) }),
        false => other.clone(),
    };
    let elsewhere = caller.elsewhere.iter().map(mark).collect();
    Ok(Caller { suspended: is(&caller), elsewhere, ..caller })
}
