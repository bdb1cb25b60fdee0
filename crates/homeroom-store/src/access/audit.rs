//! The audit: who did what, when, and what was before and after.

use super::database::{Change, Database, Row, Session, text};
use super::{Access, Audited, Inner, Outside, sql};
use crate::plan::Value;
use crate::{DatabaseUrl, Result};
use oneroster::time::Timestamp;
use std::sync::Arc;

/// The audit of a district by itself: it holds no secrets, so whoever writes
/// in it needs no installation key.
pub struct Audit {
    tenant: String,
    outside: Arc<dyn Outside>,
    database: Arc<Database>,
}

impl Audit {
    /// Opens the audit of a district, making what is not there yet.
    ///
    /// # Errors
    /// `Unusable` if the file cannot be used, `Internal`.
    pub fn open(url: &DatabaseUrl, tenant: &str, outside: Arc<dyn Outside>) -> Result<Audit> {
        let database = match url {
            DatabaseUrl::Sqlite(_) => Database::sqlite(&url.beside("access").unwrap_or_default())?,
            DatabaseUrl::Postgres(url) => Database::postgres(url, tenant)?,
        };
        Ok(Audit { tenant: tenant.to_owned(), outside, database: Arc::new(database) })
    }

    /// Notes that `who` did `action` to `subject`; `detail` tells what is now and
    /// what was before, never a secret and nothing of a person.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn note(&self, who: &str, action: &str, subject: &str, detail: &str) -> Result<()> {
        let line = Line { at: self.outside.now(), tenant: &self.tenant, who, action, subject, detail };
        self.database.change(Change::App, |session| line.write(session))
    }

    /// Who did what, latest first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn lines(&self) -> Result<Vec<Audited>> {
        lines(&self.database, &self.tenant)
    }

    /// The audit of another district of the installation, be it there or not: what
    /// was done in one outlives it.
    pub fn of(self, tenant: &str) -> Audit {
        Audit { tenant: tenant.to_owned(), ..self }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    pub(super) fn tenant(&self) -> &str {
        &self.tenant
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Access {
    /// The audit of the same district.
    pub fn audit(&self) -> Audit {
        let Inner { outside, database, .. } = &*self.inner;
        Audit { tenant: self.tenant().to_owned(), outside: outside.clone(), database: database.clone() }
    }

    /// Who did what, latest first.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn audited(&self) -> Result<Vec<Audited>> {
        lines(self.database(), self.tenant())
    }
}

/// One line to be written.
pub(super) struct Line<'a> {
    pub(super) at: Timestamp,
    pub(super) tenant: &'a str,
    pub(super) who: &'a str,
    pub(super) action: &'a str,
    pub(super) subject: &'a str,
    pub(super) detail: &'a str,
}

impl Line<'_> {
    pub(super) fn write(&self, session: &mut Session<'_>) -> Result<()> {
        let texts = [self.tenant, self.who, self.action, self.subject, self.detail];
        let values: Vec<Value<'_>> = [Value::Whole(self.at.0)].into_iter().chain(texts.map(text)).collect();
        session.execute(sql::AUDIT, &values)?;
        Ok(())
    }
}

fn lines(database: &Database, tenant: &str) -> Result<Vec<Audited>> {
    let rows = database.look(|session| session.rows(sql::AUDITED, &[text(tenant)]))?;
    let read = |row: &Row| {
        Ok(Audited {
            at: Timestamp(row.whole(0)?),
            who: row.text(1)?,
            action: row.text(2)?,
            subject: row.text(3)?,
            detail: row.text(4)?,
        })
    };
    rows.iter().map(read).collect()
}
