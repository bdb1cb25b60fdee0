//! Writing changes, in one transaction.

use super::copy::Rows;
use crate::intake::{Action, Cell, Changes, Head};
use crate::schema::{CARRIED, DERIVED, TENANT, UNTIL, all_columns, history};
use crate::writer::Moves;
use crate::{Error, ErrorKind, Result};
use oneroster::model::{Entity, MODEL, Type};
use postgres::Client;

/// Rows are copied when so many bytes of a kind wait.
const BATCH: usize = 1024 * 1024;

/// Applies changes within a transaction that its caller opened and ends.
///
/// Added rows go straight into their table; changed ones into a table of the
/// transaction, from where the rest is done by a few statements over sets.
pub struct Applier<'c> {
    client: &'c mut Client,
    tenant: i64,
    published: i64,
    /// The version that the changes were compared with.
    compared: i64,
    kinds: Vec<Option<Kind>>,
    moves: Moves,
    /// Whether the tables have no policies for now.
    bare: bool,
}

impl<'c> Applier<'c> {
    /// For changes of a tenant that become visible at `published`.
    pub fn new(client: &'c mut Client, tenant: i64, published: i64) -> Applier<'c> {
        let kinds = MODEL.iter().map(|_| None).collect();
        Applier { client, tenant, published, compared: i64::MAX, kinds, moves: Moves::default(), bare: false }
    }

    /// Into tables that the transaction holds to itself, without policies.
    pub fn bare(mut self) -> Applier<'c> {
        self.bare = true;
        self
    }

    /// For changes that come of a comparison with a version: rows that an
    /// application changed since are not written over.
    pub fn compared(mut self, version: i64) -> Applier<'c> {
        self.compared = version;
        self
    }

    /// Applies a piece of staged changes.
    pub fn apply(&mut self, piece: &[u8]) -> Result<()> {
        let mut changes = Changes::new(piece);
        while let Some(head) = changes.head()? {
            self.moves.count(head);
            let lost = || Error::new(ErrorKind::Internal, "the staged changes name an unknown kind");
            let place = self.kinds.get_mut(usize::from(head.kind)).ok_or_else(lost)?;
            let kind = place.get_or_insert_with(|| Kind::new(MODEL[usize::from(head.kind)]));
            match head.action {
                Action::Add => {
                    kind.row(head, self.tenant, self.published, &mut changes)?;
                    if kind.added.waiting() >= BATCH {
                        kind.add(self.client, self.bare)?;
                    }
                }
                Action::Change => {
                    kind.row(head, self.tenant, self.published, &mut changes)?;
                    if kind.changed.waiting() >= BATCH {
                        kind.stage(self.client)?;
                    }
                }
                Action::Remove => {
                    let modified = if let Cell::Whole(instant) = changes.cell()? { Some(instant) } else { None };
                    kind.removed.push(head.rid);
                    kind.removed_at.push(modified);
                }
            }
        }
        Ok(())
    }

    /// Writes what waits, the totals, the ranges of added rows and the new
    /// version; gives the tables that were written.
    pub fn finish(mut self) -> Result<Vec<&'static str>> {
        let mut tables = Vec::new();
        for kind in self.kinds.iter_mut().flatten() {
            kind.finish(self.client, self.tenant, self.published, self.compared)?;
            kind.add(self.client, self.bare)?;
            kind.arrive(self.client)?;
            tables.push(kind.table);
        }
        for (name, moved) in self.moves.by_table() {
            self.client.execute(
                "INSERT INTO counts AS c (tenant, kind, live, dead, only1p2) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (tenant, kind) DO UPDATE SET live = c.live + excluded.live, \
                 dead = c.dead + excluded.dead, only1p2 = c.only1p2 + excluded.only1p2",
                &[&self.tenant, &name, &moved.live, &moved.dead, &moved.only1p2],
            )?;
            if let Some((first, last)) = moved.added {
                self.client.execute(
                    "INSERT INTO added (tenant, published, kind, first, last) VALUES ($1, $2, $3, $4, $5)",
                    &[&self.tenant, &self.published, &name, &first, &last],
                )?;
            }
        }
        self.client.execute("UPDATE state SET published = $2 WHERE tenant = $1", &[&self.tenant, &self.published])?;
        Ok(tables)
    }
}

/// The changes of one kind.
struct Kind {
    table: &'static str,
    past: String,
    columns: Vec<&'static str>,
    /// Whether the column at a place holds JSON.
    json: Vec<bool>,
    added: Rows,
    changed: Rows,
    removed: Vec<i64>,
    /// What the source said of the time of each removal.
    removed_at: Vec<Option<i64>>,
    /// Whether there is a table of changed rows.
    staged: bool,
    /// Whether there is one of added rows.
    arriving: bool,
}

impl Kind {
    fn new(entity: &'static Entity) -> Kind {
        let columns = all_columns(entity.kind);
        let metadata = |name: &str| entity.fields.iter().any(|f| f.name == name && matches!(f.ty, Type::Metadata));
        let json = columns.iter().map(|name| [DERIVED[0], CARRIED].contains(name) || metadata(name)).collect();
        Kind {
            table: entity.plural,
            past: history(entity),
            columns,
            json,
            added: Rows::default(),
            changed: Rows::default(),
            removed: Vec::new(),
            removed_at: Vec::new(),
            staged: false,
            arriving: false,
        }
    }

    /// The table of changed rows, which lives as long as the transaction.
    fn changes(&self) -> String {
        format!("changed_{}", self.table)
    }

    fn list(&self) -> String {
        let quoted: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        quoted.join(", ")
    }

    fn target(&self, table: &str) -> String {
        format!("\"{table}\" ({TENANT}, {})", self.list())
    }

    fn row(&mut self, head: Head, tenant: i64, published: i64, changes: &mut Changes<'_>) -> Result<()> {
        let rows = if head.action == Action::Add { &mut self.added } else { &mut self.changed };
        rows.row(self.columns.len() + 1);
        rows.whole(tenant);
        for (column, json) in self.columns.iter().zip(&self.json) {
            match *column {
                // These are the writer's.
                "rid" => rows.whole(head.rid),
                "status" => rows.whole(0),
                "published" => rows.whole(published),
                _ => rows.cell(changes.cell()?, *json)?,
            }
        }
        Ok(())
    }

    /// Makes a table of the transaction, of the same columns.
    fn like(&self, client: &mut Client, table: &str) -> Result<()> {
        let like = format!("CREATE TEMPORARY TABLE \"{table}\" (LIKE \"{}\") ON COMMIT DROP", self.table);
        Ok(client.batch_execute(&like)?)
    }

    /// Copies added rows into their table; where that has a policy, which COPY
    /// does not go through, into one from where they go there.
    fn add(&mut self, client: &mut Client, bare: bool) -> Result<()> {
        if self.added.waiting() == 0 {
            return Ok(());
        }
        if bare {
            let target = self.target(self.table);
            return self.added.send(client, &target);
        }
        let table = format!("added_{}", self.table);
        if !self.arriving {
            self.like(client, &table)?;
            self.arriving = true;
        }
        let target = self.target(&table);
        self.added.send(client, &target)
    }

    /// Brings added rows from there to their table.
    fn arrive(&mut self, client: &mut Client) -> Result<()> {
        if self.arriving {
            let (target, list) = (self.target(self.table), self.list());
            let insert = format!("INSERT INTO {target} SELECT {TENANT}, {list} FROM \"added_{}\"", self.table);
            client.batch_execute(&insert)?;
        }
        Ok(())
    }

    /// Copies changed rows into their own table.
    fn stage(&mut self, client: &mut Client) -> Result<()> {
        let table = self.changes();
        if !self.staged {
            self.like(client, &table)?;
            self.staged = true;
        }
        let target = self.target(&table);
        self.changed.send(client, &target)
    }

    fn finish(&mut self, client: &mut Client, tenant: i64, published: i64, compared: i64) -> Result<()> {
        let (table, past, list) = (self.table, &self.past, self.list());
        let keep = format!(
            "INSERT INTO \"{past}\" ({TENANT}, {list}, \"{UNTIL}\") SELECT {TENANT}, {list}, $2 FROM \"{table}\" \
             WHERE {TENANT} = $1 AND published <= $3 AND rid"
        );
        if self.changed.waiting() > 0 {
            self.stage(client)?;
        }
        if self.staged {
            let changes = self.changes();
            // Statistics of the new table, so that the join is chosen well.
            client.batch_execute(&format!("ANALYZE \"{changes}\""))?;
            let former = format!("{keep} IN (SELECT rid FROM \"{changes}\")");
            let kept = client.execute(&former, &[&tenant, &published, &compared])?;
            let all: i64 = client.query_one(&format!("SELECT count(*) FROM \"{changes}\""), &[])?.try_get(0)?;
            whole(kept, all as u64)?;
            let sets: Vec<String> =
                self.columns.iter().skip(1).map(|column| format!("\"{column}\" = c.\"{column}\"")).collect();
            let replace = format!(
                "UPDATE \"{table}\" AS t SET {} FROM \"{changes}\" AS c WHERE t.{TENANT} = $1 AND t.rid = c.rid",
                sets.join(", ")
            );
            client.execute(&replace, &[&tenant])?;
        }
        if !self.removed.is_empty() {
            let former = format!("{keep} = ANY($4)");
            let kept = client.execute(&former, &[&tenant, &published, &compared, &self.removed])?;
            whole(kept, self.removed.len() as u64)?;
            let mark = format!(
                "UPDATE \"{table}\" AS t SET status = 1, published = $2, \"sourceModified\" = gone.modified \
                 FROM unnest($3::bigint[], $4::bigint[]) AS gone (rid, modified) \
                 WHERE t.{TENANT} = $1 AND t.rid = gone.rid"
            );
            client.execute(&mark, &[&tenant, &published, &self.removed, &self.removed_at])?;
        }
        Ok(())
    }
}

/// Every row that is to be changed went to the history.
fn whole(kept: u64, all: u64) -> Result<()> {
    if kept == all { Ok(()) } else { Err(crate::writer::overtaken()) }
}
