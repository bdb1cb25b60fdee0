//! A whole installation from one database into another: from SQLite to
//! PostgreSQL, or back, or to another one of its kind.
//!
//! Tables are found by asking both databases, so that nothing is listed here
//! that a migration could forget. What was written is read back and compared.

mod place;
mod sum;

use crate::archive::Archive;
use crate::postgres::Pool;
use crate::{DatabaseUrl, Error, ErrorKind, Result, Roster, Tenants};
use place::{Place, Whose};
use sum::Sum;

/// A table on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried {
    /// The district, if the table is of one.
    pub tenant: Option<String>,
    /// The table.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
}

/// Copies every district with its history and runs, and the applications with
/// their secrets, into an installation that holds nothing yet; `on_the_way` is
/// told of each table that was read back and found the same.
///
/// The installation key is not in a database: the copy needs the same one.
///
/// # Errors
/// `Refused` if the other database holds anything, or the two are one,
/// `Unusable` if one of them cannot be used, `Internal` if a table has not
/// arrived as it left.
pub fn transfer(from: &DatabaseUrl, to: &DatabaseUrl, on_the_way: &mut dyn FnMut(Carried)) -> Result<()> {
    if from == to {
        return Err(Error::new(ErrorKind::Refused, "a database cannot be copied into itself; name another one"));
    }
    let (districts, arriving) = (Tenants::of(from), Tenants::of(to));
    let tenants = districts.names()?;
    // Both are brought to the same version before anything is read.
    for tenant in &tenants {
        drop(Roster::open_tenant(from, tenant)?);
    }
    empty(to, &arriving)?;
    for tenant in &tenants {
        if !arriving.has(tenant)? {
            arriving.add(tenant)?;
        }
        carry(from, to, Whose::Tenant(tenant), on_the_way)?;
        archive(from, tenant)?.carry(&archive(to, tenant)?)?;
    }
    carry(from, to, Whose::Everybody, on_the_way)
}

/// Makes sure that there is nothing to lose, and that the tables are there.
fn empty(to: &DatabaseUrl, tenants: &Tenants<'_>) -> Result<()> {
    if let DatabaseUrl::Sqlite(path) = to
        && path.exists()
    {
        return Err(Error::new(ErrorKind::Refused, format!("{} is there already; name a new file", path.display())));
    }
    let holds = |what: String| {
        Err(Error::new(ErrorKind::Refused, format!("the other database holds {what} already; name an empty one")))
    };
    for tenant in tenants.names()? {
        let roster = Roster::open_tenant(to, &tenant)?;
        if roster.published()?.at.is_some() || !roster.runs(1)?.is_empty() {
            return holds(format!("a roster, that of {tenant},"));
        }
        if !roster.feeds()?.is_empty() || !roster.targets()?.is_empty() {
            return holds(format!("sources or targets of {tenant}"));
        }
    }
    match to {
        DatabaseUrl::Postgres(_) if Place::open(to, Whose::Everybody, false)?.has_apps()? => {
            holds("applications".to_owned())
        }
        _ => Ok(()),
    }
}

/// Copies the tables of a district, or those of everybody.
fn carry(from: &DatabaseUrl, to: &DatabaseUrl, whose: Whose<'_>, on_the_way: &mut dyn FnMut(Carried)) -> Result<()> {
    let (mut source, mut target) = (Place::open(from, whose, false)?, Place::open(to, whose, true)?);
    source.hold()?;
    let arriving = target.tables()?;
    let mut tables = Vec::new();
    for table in source.tables()? {
        if arriving.iter().any(|other| other.name == table.name) {
            tables.push(table);
        } else if source.rows(&table, &mut |_| Ok(()))? > 0 {
            let message = format!("the table {} has no place in the other database", table.name);
            return Err(Error::new(ErrorKind::Internal, message));
        }
    }
    target.begin()?;
    let mut sums = Vec::new();
    // Rows arrive after those that they name.
    for table in target.in_order(tables)? {
        let mut sum = Sum::default();
        let mut writer = target.writer(&table)?;
        source.rows(&table, &mut |row| {
            sum.add(row);
            writer.row(row)
        })?;
        writer.end()?;
        sums.push((table, sum));
    }
    let counters = source.counters()?;
    target.set_counters(counters)?;
    for (table, left) in &sums {
        let mut arrived = Sum::default();
        target.rows(table, &mut |row| {
            arrived.add(row);
            Ok(())
        })?;
        if arrived != *left {
            let message = format!("the table {} has not arrived as it left; nothing of it was kept", table.name);
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let tenant = if let Whose::Tenant(name) = whose { Some(name.to_owned()) } else { None };
        on_the_way(Carried { tenant, table: table.name.clone(), rows: left.rows() });
    }
    target.commit()
}

fn archive(url: &DatabaseUrl, tenant: &str) -> Result<Archive> {
    Ok(match url.of_tenant(tenant) {
        DatabaseUrl::Sqlite(path) => Archive::beside(&path),
        DatabaseUrl::Postgres(url) => Archive::table(Pool::open(&url, tenant)?),
    })
}
