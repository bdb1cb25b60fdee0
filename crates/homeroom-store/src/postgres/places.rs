//! Where pages ended, for whichever node is asked for the next one: consumers
//! that count offsets by themselves are given one version, too.

use super::pool::{Leased, Pool};
use crate::Result;
use crate::paging::Cursor;
use crate::reader::Jump;

/// Places are kept so long, in seconds: a consumer that pauses longer goes on in
/// the roster of that moment.
const KEPT: i64 = 3600;
/// After so many places old ones are taken away.
const OFTEN: u32 = 256;

impl Pool {
    /// Keeps the place where a page ended.
    pub fn write_place(&self, caller: u64, cursor: &Cursor) -> Result<()> {
        // What the page needs is on its way already; a crash may take the place.
        let mut leased = self.begin("BEGIN; SET LOCAL synchronous_commit = off")?;
        let (tenant, passed, text) = (self.number(), cursor.offset as i64, cursor.encode());
        let keep = "INSERT INTO places (tenant, caller, request, passed, cursor, since) \
                    VALUES ($1, $2, $3, $4, $5, extract(epoch FROM now())::bigint) \
                    ON CONFLICT (tenant, caller, request, passed) \
                    DO UPDATE SET cursor = excluded.cursor, since = excluded.since";
        let (client, statement) = leased.prepared(keep)?;
        client.execute(statement, &[&tenant, &(caller as i64), &(cursor.request as i64), &passed, &text])?;
        if self.one_in(OFTEN) {
            let purge = "DELETE FROM places WHERE (tenant, caller, request, passed) IN \
                         (SELECT tenant, caller, request, passed FROM places \
                         WHERE tenant = $1 AND since < extract(epoch FROM now())::bigint - $2 FOR UPDATE SKIP LOCKED)";
            let (client, statement) = leased.prepared(purge)?;
            client.execute(statement, &[&tenant, &KEPT])?;
        }
        leased.commit()
    }

    /// The place where the page at an offset begins, if another node gave the one
    /// before.
    pub fn read_place(&self, jump: Jump) -> Result<Option<Cursor>> {
        let mut leased = self.begin("BEGIN READ ONLY")?;
        let place = leased.place(jump)?;
        leased.commit()?;
        Ok(place)
    }
}

impl Leased {
    /// The same, within a transaction.
    pub fn place(&mut self, jump: Jump) -> Result<Option<Cursor>> {
        let tenant = self.tenant();
        let find = format!("SELECT p.cursor FROM places AS p WHERE p.tenant = $1 AND {}", at(2));
        let (client, statement) = self.prepared(&find)?;
        let [caller, request, offset] = numbers(jump);
        let row = client.query_opt(statement, &[&tenant, &caller, &request, &offset])?;
        let text: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
        text.map(|text| Cursor::decode(&text, jump.request)).transpose()
    }
}

/// The condition that a place `p` is that of a jump and still kept; its numbers
/// are bound from a place on.
pub fn at(first: usize) -> String {
    let (second, third) = (first + 1, first + 2);
    format!(
        "p.caller = ${first} AND p.request = ${second} AND p.passed = ${third} \
         AND p.since >= extract(epoch FROM now())::bigint - {KEPT}"
    )
}

/// The numbers of a jump as they are stored.
pub fn numbers(jump: Jump) -> [i64; 3] {
    [jump.caller, jump.request, jump.offset].map(|number| number as i64)
}
