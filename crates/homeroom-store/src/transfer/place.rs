//! Tables of one side: those of a district, or those of everybody.

use crate::intake::Cell;
use crate::postgres::{Pool, Rows};
use crate::schema::TENANT;
use crate::tenants::DEFAULT_TENANT;
use crate::work::{Each, Work, text};
use crate::{DatabaseUrl, Error, ErrorKind, Result, access, sqlite};
use postgres::Client;
use rusqlite::Connection;

/// Whose tables are meant.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// Those of the roster of a district.
    Tenant(&'a str),
    /// Applications, their secrets, the audit: of the whole installation.
    Everybody,
}

/// A table that is copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    pub name: String,
    /// Its columns that both engines have, in the order of their names.
    columns: Vec<String>,
}

/// One side.
pub enum Place {
    /// A file of its own.
    File(Connection),
    /// The rows of a tenant, by its number.
    Rows(Client, i64),
    /// The tables that have no tenant.
    Shared(Client),
}

/// What is no content: how far migrations came, what is of a moment, and what is made of files.
const APART: [&str; 9] =
    ["refinery_schema_history", "compatible", "tenants", "turns", "places", "spent", "guessed", "run_files", "nonce"];
/// How a transaction begins that reads one version.
const HOLD: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// The column by which SQLite holds the only row of a table.
const ONLY: (&str, &str) = ("state", "id");
/// Rows are sent when so many bytes wait.
const BATCH: usize = 1 << 20;

/// Numbers that are given once, though what had them is gone: of runs, and of
/// views.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    runs: i64,
    views: i64,
}

impl Place {
    /// Opens the tables of a district or of everybody, to read one version of
    /// them or to write.
    pub fn open(url: &DatabaseUrl, whose: Whose<'_>, writes: bool) -> Result<Place> {
        let begin = if writes { "BEGIN" } else { HOLD };
        Ok(match (url, whose) {
            (DatabaseUrl::Sqlite(_), Whose::Tenant(tenant)) => match url.of_tenant(tenant) {
                DatabaseUrl::Sqlite(path) => Place::File(sqlite::open_writer(&path)?),
                DatabaseUrl::Postgres(_) => return Err(lost()),
            },
            (DatabaseUrl::Sqlite(_), Whose::Everybody) => {
                Place::File(access::open_file(&url.beside("access").ok_or_else(lost)?)?)
            }
            (DatabaseUrl::Postgres(url), Whose::Tenant(tenant)) => {
                let pool = Pool::open(url, tenant)?;
                Place::Rows(pool.begin_apart(begin)?, pool.number())
            }
            (DatabaseUrl::Postgres(url), Whose::Everybody) => {
                Place::Shared(Pool::open(url, DEFAULT_TENANT)?.begin_apart(begin)?)
            }
        })
    }

    /// Holds one version still; on a server its transaction does.
    pub fn hold(&mut self) -> Result<()> {
        let Place::File(connection) = self else { return Ok(()) };
        Ok(connection.execute_batch("BEGIN")?)
    }

    /// Begins to write; on a server that was begun.
    pub fn begin(&mut self) -> Result<()> {
        let Place::File(connection) = self else { return Ok(()) };
        Ok(connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")?)
    }

    /// Lets what was written stand.
    pub fn commit(&mut self) -> Result<()> {
        match self {
            Place::File(connection) => Ok(connection.execute_batch("COMMIT")?),
            Place::Rows(client, _) | Place::Shared(client) => Ok(client.batch_execute("COMMIT")?),
        }
    }

    fn work(&mut self) -> Work<'_> {
        match self {
            Place::File(connection) => Work::Sqlite(connection),
            Place::Rows(client, tenant) => Work::Postgres(client, *tenant),
            Place::Shared(client) => Work::Postgres(client, 0),
        }
    }

    /// The tables, with their columns.
    pub fn tables(&mut self) -> Result<Vec<Table>> {
        // On PostgreSQL the tables of districts are those that have their number.
        let of_tenants = format!(
            "EXISTS (SELECT FROM information_schema.columns AS t WHERE t.table_schema = c.table_schema \
             AND t.table_name = c.table_name AND t.column_name = '{TENANT}' AND t.data_type = 'bigint')"
        );
        // Views are somebody else's, and so is what an extension brought.
        let server = |which: &str| {
            format!(
                "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns AS c \
                 JOIN pg_class AS r ON r.relname = c.table_name AND r.relnamespace = current_schema()::regnamespace \
                 WHERE c.table_schema = current_schema() AND r.relkind IN ('r', 'p') AND NOT EXISTS \
                 (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid \
                 AND d.deptype = 'e') AND {which} ORDER BY 1, 2"
            )
        };
        let (sql, own) = match self {
            Place::File(_) => (
                "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
                    .to_owned(),
                "",
            ),
            Place::Rows(..) => (server(&of_tenants), TENANT),
            Place::Shared(_) => (server(&format!("NOT {of_tenants}")), ""),
        };
        let mut tables: Vec<Table> = Vec::new();
        self.work().query(&sql, &[], &mut |row| {
            let (name, column) = (text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default());
            if APART.contains(&name) {
                return Ok(());
            }
            if tables.last().is_none_or(|table| table.name != name) {
                tables.push(Table { name: name.to_owned(), columns: Vec::new() });
            }
            if let Some(table) = tables.last_mut().filter(|_| column != own && (name, column) != ONLY) {
                table.columns.push(column.to_owned());
            }
            Ok(())
        })?;
        // The engines order texts by rules of their own.
        tables.iter_mut().for_each(|table| table.columns.sort());
        Ok(tables)
    }

    /// Whether there is any application, among the tables of everybody.
    pub fn has_apps(&mut self) -> Result<bool> {
        Ok(self.work().number("SELECT count(*) FROM app", &[])?.unwrap_or_default() > 0)
    }

    /// Gives every row of a table; says how many there were.
    pub fn rows(&mut self, table: &Table, each: Each<'_>) -> Result<u64> {
        let mut work = self.work();
        let own = match work {
            Work::Postgres(_, 0) => String::new(),
            _ => work.own("t"),
        };
        let list: Vec<String> = table.columns.iter().map(|column| format!("t.\"{column}\"")).collect();
        let sql = format!("SELECT {} FROM \"{}\" AS t WHERE {own} 1 = 1", list.join(", "), table.name);
        let mut count = 0;
        work.query(&sql, &[], &mut |row| {
            count += 1;
            each(row)
        })?;
        Ok(count)
    }

    /// The tables in an order in which each stands after those that it names.
    pub fn in_order(&mut self, mut tables: Vec<Table>) -> Result<Vec<Table>> {
        if let Place::File(_) = self {
            return Ok(tables);
        }
        let mut names = Vec::new();
        let sql = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' \
                   AND conrelid <> confrelid";
        self.work().query(sql, &[], &mut |row| {
            names.push((text(row, 0)?.unwrap_or_default().to_owned(), text(row, 1)?.unwrap_or_default().to_owned()));
            Ok(())
        })?;
        let mut ordered: Vec<Table> = Vec::new();
        while !tables.is_empty() {
            let waits = |table: &Table, tables: &[Table]| {
                names.iter().any(|(from, to)| *from == table.name && tables.iter().any(|other| other.name == *to))
            };
            let free = tables.iter().position(|table| !waits(table, &tables)).ok_or_else(lost)?;
            ordered.push(tables.remove(free));
        }
        Ok(ordered)
    }

    /// What writes rows into a table, in place of what a migration put there.
    pub fn writer(&mut self, table: &Table) -> Result<Writer<'_>> {
        let name = &table.name;
        let list: Vec<String> = table.columns.iter().map(|column| format!("\"{column}\"")).collect();
        let list = list.join(", ");
        Ok(match self {
            Place::File(connection) => {
                connection.execute(&format!("DELETE FROM \"{name}\""), [])?;
                let marks = vec!["?"; table.columns.len()].join(", ");
                Writer::File(connection.prepare(&format!("INSERT INTO \"{name}\" ({list}) VALUES ({marks})"))?)
            }
            Place::Rows(client, tenant) => {
                client.execute(&format!("DELETE FROM \"{name}\" WHERE {TENANT} = $1"), &[tenant])?;
                // COPY goes into no table with a policy.
                let columns = format!("{TENANT}, {list}");
                let target = format!("\"arriving_{name}\" ({columns})");
                client.batch_execute(&format!(
                    "CREATE TEMPORARY TABLE \"arriving_{name}\" ON COMMIT DROP AS \
                     SELECT {columns} FROM \"{name}\" WITH NO DATA"
                ))?;
                let then = format!(
                    "INSERT INTO \"{name}\" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM \"arriving_{name}\""
                );
                Writer::Server { client, tenant: Some(*tenant), target, rows: Rows::default(), then }
            }
            Place::Shared(client) => {
                client.execute(&format!("DELETE FROM \"{name}\""), &[])?;
                let target = format!("\"{name}\" ({list})");
                Writer::Server { client, tenant: None, target, rows: Rows::default(), then: String::new() }
            }
        })
    }

    /// How far numbers are given.
    pub fn counters(&mut self) -> Result<Counters> {
        let (runs, views) = match self {
            // Only a roster has runs; the applications' file counts nothing.
            Place::File(connection) if connection.table_exists(None, "runs")? => {
                let given = |table: &str| format!("SELECT max(seq) FROM sqlite_sequence WHERE name = '{table}'");
                (given("runs"), given("views"))
            }
            Place::Rows(_, tenant) => (
                format!("SELECT runs FROM tenants WHERE id = {tenant}"),
                format!("SELECT max(id) FROM views WHERE tenant = {tenant}"),
            ),
            _ => return Ok(Counters::default()),
        };
        let mut work = self.work();
        let mut number = |sql: &str| Ok::<_, Error>(work.number(sql, &[])?.unwrap_or_default());
        Ok(Counters { runs: number(&runs)?, views: number(&views)? })
    }

    /// Goes on from there.
    pub fn set_counters(&mut self, counters: Counters) -> Result<()> {
        match self {
            Place::File(connection) if connection.table_exists(None, "runs")? => {
                for (table, last) in [("runs", counters.runs), ("views", counters.views)] {
                    connection.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])?;
                    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, last))?;
                }
                Ok(())
            }
            Place::File(_) => Ok(()),
            Place::Rows(client, tenant) => {
                let sources = "SELECT coalesce(max(id), 0) FROM sources WHERE tenant = $1";
                client.execute(
                    &format!("UPDATE tenants SET runs = greatest(runs, $2), sources = ({sources}) WHERE id = $1"),
                    &[tenant, &counters.runs],
                )?;
                advance(client, counters.views)
            }
            Place::Shared(client) => advance(client, 0),
        }
    }
}

/// Lets every column that numbers its rows by itself go on after those that
/// were written, and after a number that was given once.
fn advance(client: &mut Client, views: i64) -> Result<()> {
    let sql = "SELECT table_name::text, column_name::text, \
               pg_get_serial_sequence(quote_ident(table_name), column_name) FROM information_schema.columns \
               WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name <> 'tenants'";
    for row in client.query(sql, &[])? {
        let (table, column, sequence): (&str, &str, &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let given = if table == "views" { views } else { 0 };
        let set = format!(
            "SELECT setval('{sequence}', greatest((SELECT max(\"{column}\") FROM \"{table}\"), \
             (SELECT last_value FROM {sequence}), $1, 1))"
        );
        client.execute(&set, &[&given])?;
    }
    Ok(())
}

/// Writes rows into one table.
pub enum Writer<'a> {
    File(rusqlite::Statement<'a>),
    /// With what is to be done after the last row.
    Server {
        client: &'a mut Client,
        tenant: Option<i64>,
        target: String,
        rows: Rows,
        then: String,
    },
}

impl Writer<'_> {
    /// Writes a row, its cells in the order of the columns.
    pub fn row(&mut self, row: &[Cell<'_>]) -> Result<()> {
        match self {
            Writer::File(statement) => {
                for (place, cell) in row.iter().enumerate() {
                    statement.raw_bind_parameter(place + 1, sqlite::CellSql(*cell))?;
                }
                statement.raw_execute()?;
            }
            Writer::Server { client, tenant, target, rows, .. } => {
                rows.row(row.len() + usize::from(tenant.is_some()));
                if let Some(tenant) = tenant {
                    rows.whole(*tenant);
                }
                for cell in row {
                    rows.cell(*cell, false)?;
                }
                if rows.waiting() >= BATCH {
                    rows.send(client, target)?;
                }
            }
        }
        Ok(())
    }

    /// Sends what waits.
    pub fn end(self) -> Result<()> {
        match self {
            Writer::File(_) => Ok(()),
            Writer::Server { client, target, mut rows, then, .. } => {
                rows.send(client, &target)?;
                Ok(client.batch_execute(&then)?)
            }
        }
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Internal, "the tables of the database are not as they should be")
}
