//! Where pages ended, for whichever node is asked for the next one: consumers
//! that count offsets by themselves are given one version, too.

use super::pool::Pool;
use crate::Result;
use crate::paging::Cursor;

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
    pub fn read_place(&self, caller: u64, request: u64, offset: u64) -> Result<Option<Cursor>> {
        let mut leased = self.begin("BEGIN READ ONLY")?;
        let find = "SELECT cursor FROM places WHERE tenant = $1 AND caller = $2 AND request = $3 AND passed = $4 \
                    AND since >= extract(epoch FROM now())::bigint - $5";
        let (tenant, passed) = (self.number(), offset as i64);
        let (client, statement) = leased.prepared(find)?;
        let row = client.query_opt(statement, &[&tenant, &(caller as i64), &(request as i64), &passed, &KEPT])?;
        let text: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
        leased.commit()?;
        text.map(|text| Cursor::decode(&text, request)).transpose()
    }
}
